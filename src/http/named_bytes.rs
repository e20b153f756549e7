//! Bytes that never change under their name: given whole, in part, or not again.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH,
    IF_RANGE, RANGE,
};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use super::reply::Packed;

/// It never changes: whoever has it need not ask again.
const KEEP_FOR_GOOD: (HeaderName, HeaderValue) =
    (CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));

/// The reply to who asks for bytes that are named by their hash and are theirs alone to keep.
///
/// # Errors
/// [`Problem::RangeNotSatisfiable`] for a part that lies outside of them.
pub(super) fn named_bytes(
    request: &HttpRequest,
    name: &str,
    content_type: &'static str,
    bytes: Vec<u8>,
) -> Result<HttpResponse, Problem> {
    let etag = tag(name);
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((ETAG, etag.as_str()))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header(KEEP_FOR_GOOD);
    if has_already(request, &etag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    response.insert_header((CONTENT_TYPE, content_type));
    // A range of another file is no use: then all of this one is given.
    let is_of_this = header(IF_RANGE).is_none_or(|known| known == etag);
    match header(RANGE).filter(|_| is_of_this).map(|range| Part::read(range, bytes.len())) {
        None | Some(Part::Whole) => Ok(response.body(bytes)),
        Some(Part::None) => Err(Problem::RangeNotSatisfiable { size: bytes.len() }),
        Some(Part::Of { first, last }) => {
            response.insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{}", bytes.len())));
            let part = bytes.get(first..=last).unwrap_or_default().to_vec();
            Ok(response.status(StatusCode::PARTIAL_CONTENT).body(part))
        }
    }
}

/// The reply to who asks for a text that is named by its hash and is given whole, compressed; `None` where
/// [`has_already`] says that the client has it.
///
/// # Errors
/// [`Problem::Internal`] for a name that is no part of a header.
pub(super) fn named_text(
    name: &str,
    content_type: &'static str,
    packed: Option<Packed>,
) -> Result<HttpResponse, Problem> {
    let etag = HeaderValue::try_from(tag(name)).map_err(|error| Problem::Internal(error.to_string()))?;
    let mut response = match packed {
        None => HttpResponse::NotModified().finish(),
        Some(packed) => packed.response(StatusCode::OK, content_type),
    };
    let (cache_control, for_good) = KEEP_FOR_GOOD;
    response.headers_mut().insert(ETAG, etag);
    response.headers_mut().insert(cache_control, for_good);
    Ok(response)
}

/// The entity tag of what has this name.
pub(super) fn tag(name: &str) -> String {
    format!("\"{name}\"")
}

/// Whether the client says that it has what this tag stands for.
pub(super) fn has_already(request: &HttpRequest, etag: &str) -> bool {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // A proxy that compresses makes a tag weak; for this question that is no difference (RFC 9110, 13.1.2).
    let is_it = |known: &str| known.trim().trim_start_matches("W/") == etag;
    known.is_some_and(|known| known.trim() == "*" || known.split(',').any(is_it))
}

/// Which part of a file a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// The header says nothing that can be followed: all of it (RFC 9110, 14.2).
    Whole,
    /// The part lies outside the file.
    None,
    /// From the first to the last byte, both included.
    Of { first: usize, last: usize },
}

impl Part {
    fn read(header: &str, size: usize) -> Self {
        let Some(range) = header.strip_prefix("bytes=") else { return Self::Whole };
        let Some((first, last)) = range.trim().split_once('-').filter(|_| !range.contains(',')) else {
            return Self::Whole;
        };
        let number = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap_or(usize::MAX))
        };
        match (first, last) {
            ("", "") => Self::Whole,
            ("", count) => match number(count) {
                None => Self::Whole,
                Some(0) => Self::None,
                Some(_) if size == 0 => Self::None,
                Some(count) => Self::Of { first: size.saturating_sub(count), last: size - 1 },
            },
            (first, last) => {
                let end = if last.is_empty() { Some(usize::MAX) } else { number(last) };
                match number(first).zip(end) {
                    None => Self::Whole,
                    Some((first, end)) if end < first => Self::Whole,
                    Some((first, _)) if first >= size => Self::None,
                    Some((first, end)) => Self::Of { first, last: end.min(size - 1) },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_header_says() {
        for (header, part) in [
            ("bytes=0-31", Part::Of { first: 0, last: 31 }),
            ("bytes=32-", Part::Of { first: 32, last: 99 }),
            ("bytes=90-500", Part::Of { first: 90, last: 99 }),
            ("bytes=-10", Part::Of { first: 90, last: 99 }),
            ("bytes=-500", Part::Of { first: 0, last: 99 }),
            ("bytes=100-", Part::None),
            ("bytes=-0", Part::None),
            ("bytes=99999999999999999999999-", Part::None),
            ("bytes=5-1", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=0-1", Part::Whole),
        ] {
            assert_eq!(Part::read(header, 100), part, "{header}");
        }
        assert_eq!(Part::read("bytes=0-0", 0), Part::None);
        assert_eq!(Part::read("bytes=-1", 0), Part::None);
    }
}
