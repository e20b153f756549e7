//! Request bodies, read and inflated within limits.
//!
//! A body is read first and inflated later, by whoever knows that the sender may send one: what a
//! stranger can make the hub hold is the limit, once.

use std::io::{ErrorKind, Read};

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::app::App;
use super::problem::{Problem, shortened};

/// Bytes of a JSON body, as sent and inflated.
pub(super) const JSON_BYTES_MAX: usize = 16 * 1024;

/// A zstd frame may name the memory that its reader needs; more than this is refused.
const ZSTD_WINDOW_LOG_MAX: u32 = 21;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

/// A body as it was sent.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Bytes,
    encoding: Encoding,
    limit: usize,
}

impl Body {
    /// Reads the body of a request that has to be of this media type: at most `limit` bytes.
    ///
    /// # Errors
    /// The problem that the request gets.
    pub(super) async fn read(
        request: &HttpRequest,
        payload: Payload,
        media_type: &'static str,
        limit: usize,
    ) -> Result<Self, Problem> {
        Self::read_one_of(request, payload, &[media_type], limit).await
    }

    /// As [`Body::read`], of one of these media types, the first of which is the usual one.
    ///
    /// # Errors
    /// The problem that the request gets.
    pub(super) async fn read_one_of(
        request: &HttpRequest,
        mut payload: Payload,
        media_types: &[&'static str],
        limit: usize,
    ) -> Result<Self, Problem> {
        let idle = request.app_data::<App>().map(|app| app.config.body_idle).unwrap_or_default();
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let sent_type = header(CONTENT_TYPE).unwrap_or_default();
        let sent_type = sent_type.split(';').next().unwrap_or_default().trim();
        if !media_types.iter().any(|known| sent_type.eq_ignore_ascii_case(known)) {
            let expected = media_types.first().copied().unwrap_or_default();
            return Err(Problem::UnsupportedMediaType { expected });
        }
        let encoding = match header(CONTENT_ENCODING).map(str::trim) {
            None => Encoding::Identity,
            Some(name) if name.is_empty() || name.eq_ignore_ascii_case("identity") => Encoding::Identity,
            Some(name) if name.eq_ignore_ascii_case("gzip") => Encoding::Gzip,
            Some(name) if name.eq_ignore_ascii_case("zstd") => Encoding::Zstd,
            Some(_) => return Err(Problem::UnsupportedEncoding),
        };
        let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(Problem::BodyTooLarge { limit_bytes: limit });
        }
        let mut bytes = BytesMut::with_capacity(announced.unwrap_or(0));
        loop {
            let next =
                tokio::time::timeout(idle, payload.next()).await.map_err(|_| Problem::RequestTimeout)?;
            let Some(chunk) = next else { break };
            let chunk = chunk.map_err(|_| Problem::TruncatedBody)?;
            if bytes.len() + chunk.len() > limit {
                return Err(Problem::BodyTooLarge { limit_bytes: limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Self { bytes: bytes.freeze(), encoding, limit })
    }

    /// How many bytes were sent.
    #[must_use]
    pub(super) fn sent_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The body, inflated.
    ///
    /// # Errors
    /// [`Problem::BodyTooLarge`] as soon as the limit is reached, [`Problem::TruncatedBody`],
    /// [`Problem::MalformedEncoding`].
    pub(super) fn inflate(self) -> Result<Bytes, Problem> {
        match self.encoding {
            Encoding::Identity => Ok(self.bytes),
            Encoding::Gzip if !self.bytes.starts_with(&GZIP_MAGIC) => Err(Problem::MalformedEncoding),
            Encoding::Gzip => read_within(flate2::read::MultiGzDecoder::new(&*self.bytes), self.limit),
            Encoding::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(&*self.bytes)
                    .map_err(|error| Problem::Internal(format!("zstd: {error}")))?;
                decoder
                    .window_log_max(ZSTD_WINDOW_LOG_MAX)
                    .map_err(|error| Problem::Internal(format!("zstd: {error}")))?;
                read_within(decoder, self.limit)
            }
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Those of [`Body::inflate`], [`Problem::MalformedJson`].
    pub(super) fn json<T: DeserializeOwned>(self) -> Result<T, Problem> {
        let bytes = self.inflate()?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Problem::MalformedJson(shortened(&error.to_string()).into_owned()))
    }
}

/// Reads a request's body as JSON.
///
/// # Errors
/// The problem that the request gets.
pub(super) async fn json<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, Problem> {
    Body::read(request, payload, "application/json", JSON_BYTES_MAX).await?.json()
}

/// The first bytes of whatever is gzip.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

fn read_within(reader: impl Read, limit: usize) -> Result<Bytes, Problem> {
    let mut inflated = Vec::new();
    let one_more = u64::try_from(limit).map_or(u64::MAX, |limit| limit.saturating_add(1));
    match reader.take(one_more).read_to_end(&mut inflated) {
        Ok(_) if inflated.len() > limit => Err(Problem::BodyTooLarge { limit_bytes: limit }),
        Ok(_) => Ok(Bytes::from(inflated)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Problem::TruncatedBody),
        Err(_) => Err(Problem::MalformedEncoding),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;

    const LIMIT: usize = 64 * 1024;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(encoding: Encoding, bytes: Vec<u8>) -> Result<Bytes, Problem> {
        Body { bytes: bytes.into(), encoding, limit: LIMIT }.inflate()
    }

    #[test]
    fn a_body_comes_out_as_it_went_in() {
        let content = "ครัวเรือน".repeat(500).into_bytes();
        assert_eq!(inflate(Encoding::Identity, content.clone()).unwrap(), content);
        assert_eq!(inflate(Encoding::Gzip, gzip(&content)).unwrap(), content);
        assert_eq!(inflate(Encoding::Zstd, zstd::bulk::compress(&content, 9).unwrap()).unwrap(), content);
    }

    #[test]
    fn a_bomb_is_refused_as_soon_as_it_passes_the_limit() {
        let zeros = vec![0; 200 * 1024 * 1024];
        for (encoding, bomb) in
            [(Encoding::Gzip, gzip(&zeros)), (Encoding::Zstd, zstd::bulk::compress(&zeros, 1).unwrap())]
        {
            assert!(matches!(inflate(encoding, bomb), Err(Problem::BodyTooLarge { limit_bytes: LIMIT })));
        }
    }

    #[test]
    fn broken_compression_is_told_from_compression_that_ends_early() {
        let whole = gzip(b"650117");
        assert!(matches!(inflate(Encoding::Gzip, b"650117".to_vec()), Err(Problem::MalformedEncoding)));
        assert!(matches!(
            inflate(Encoding::Gzip, whole[..whole.len() - 6].to_vec()),
            Err(Problem::TruncatedBody)
        ));
        let mut flipped = whole;
        let end = flipped.len() - 6;
        flipped[end] ^= 1;
        assert!(matches!(inflate(Encoding::Gzip, flipped), Err(Problem::MalformedEncoding)));
        assert!(matches!(inflate(Encoding::Zstd, b"650117".to_vec()), Err(Problem::MalformedEncoding)));
    }
}
