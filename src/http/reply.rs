//! Replies: JSON, bytes and streams, compressed as the client likes it.

use std::io::Write;

use actix_web::body::BoxBody;
use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    AcceptEncoding, CONTENT_ENCODING, CONTENT_TYPE, ContentEncoding, ETAG, Encoding, HeaderValue, VARY,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder};
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::named_bytes::has_already;
use super::problem::Problem;

/// Bodies up to this many bytes are sent as they are: a compressed one would not be smaller by a packet.
const COMPRESSED_FROM_BYTES: usize = 256;

/// Up to this many bytes the best compression costs a few milliseconds.
const SMALL_BYTES: usize = 64 * 1024;

/// How a reply is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// How much work compressing is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// For an office's network.
    Quick,
    /// For a phone's: every byte counts.
    Thorough,
}

impl Compression {
    /// What the client of this request likes best.
    #[must_use]
    pub(super) fn of(request: &HttpRequest) -> Self {
        let Some(accepted) = request.get_header::<AcceptEncoding>() else { return Self::None };
        let known = [Encoding::zstd(), Encoding::gzip(), Encoding::identity()];
        match accepted.negotiate(known.iter()) {
            Some(Encoding::Known(ContentEncoding::Zstd)) => Self::Zstd,
            Some(Encoding::Known(ContentEncoding::Gzip)) => Self::Gzip,
            _ => Self::None,
        }
    }

    /// Its name in `Content-Encoding`.
    #[must_use]
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// A body that is ready to be sent.
#[derive(Debug)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    compression: Compression,
}

impl Packed {
    /// Compresses a body, if that is asked for and makes it smaller.
    ///
    /// # Errors
    /// [`Problem::Internal`], which does not happen while there is memory.
    pub(super) fn new(bytes: Vec<u8>, compression: Compression, effort: Effort) -> Result<Self, Problem> {
        if bytes.len() <= COMPRESSED_FROM_BYTES || compression == Compression::None {
            return Ok(Self { bytes, compression: Compression::None });
        }
        let packed = match compression {
            Compression::Zstd => zstd::bulk::compress(&bytes, zstd_level(effort, bytes.len())),
            _ => gzip(&bytes, effort),
        };
        let packed = packed.map_err(|error| Problem::Internal(format!("compressing a reply: {error}")))?;
        if packed.len() < bytes.len() {
            Ok(Self { bytes: packed, compression })
        } else {
            Ok(Self { bytes, compression: Compression::None })
        }
    }

    /// How many bytes are sent.
    #[must_use]
    pub(super) fn sent_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The response with this body.
    #[must_use]
    pub(super) fn response(self, status: StatusCode, content_type: &'static str) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, content_type)).insert_header((VARY, "Accept-Encoding"));
        if let Some(name) = self.compression.name() {
            response.insert_header((CONTENT_ENCODING, name));
        }
        response.body(self.bytes)
    }
}

fn zstd_level(effort: Effort, length: usize) -> i32 {
    match effort {
        Effort::Thorough if length <= SMALL_BYTES => 19,
        Effort::Thorough => 9,
        Effort::Quick => 3,
    }
}

fn gzip(bytes: &[u8], effort: Effort) -> std::io::Result<Vec<u8>> {
    let level = match effort {
        Effort::Thorough => flate2::Compression::best(),
        Effort::Quick => flate2::Compression::default(),
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// A reply in JSON.
#[derive(Debug)]
pub(super) struct Json<T>(pub StatusCode, pub T);

/// A reply in JSON with status 200.
pub(super) fn ok<T: Serialize>(value: T) -> Json<T> {
    Json(StatusCode::OK, value)
}

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    /// What is read has a tag, so that who has it already is told so.
    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let bytes = match serde_json::to_vec(&self.1) {
            Ok(bytes) => bytes,
            Err(error) => {
                return HttpResponse::from_error(Problem::Internal(format!("a reply is not JSON: {error}")));
            }
        };
        let is_read = self.0 == StatusCode::OK && matches!(*request.method(), Method::GET | Method::HEAD);
        // 128 bits are enough: whoever could look for two replies with one tag writes both of them.
        let tag = is_read.then(|| format!("\"{}\"", HEXLOWER.encode(&Sha256::digest(&bytes)[..16])));
        if let Some(tag) = tag.as_ref().filter(|tag| has_already(request, tag)) {
            return HttpResponse::NotModified().insert_header((ETAG, format!("W/{tag}"))).finish();
        }
        let mut response = match Packed::new(bytes, Compression::of(request), Effort::Quick) {
            Ok(body) => body.response(self.0, "application/json"),
            Err(problem) => return HttpResponse::from_error(problem),
        };
        // A weak one: compressed bytes differ.
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok()) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// Compresses a reply that is made piece by piece.
pub(super) enum Packer {
    /// Not at all.
    None,
    /// By gzip, which every client reads.
    Gzip(Box<flate2::write::GzEncoder<Vec<u8>>>),
}

impl Packer {
    /// What the client of this request takes.
    #[must_use]
    pub(super) fn of(request: &HttpRequest) -> Self {
        let known = [Encoding::gzip(), Encoding::identity()];
        let accepted = request.get_header::<AcceptEncoding>();
        match accepted.and_then(|accepted| accepted.negotiate(known.iter())) {
            Some(Encoding::Known(ContentEncoding::Gzip)) => Self::Gzip(Box::new(
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()),
            )),
            _ => Self::None,
        }
    }

    /// Its name in `Content-Encoding`.
    #[must_use]
    pub(super) fn name(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip(_) => Some("gzip"),
        }
    }

    /// Takes the next piece and gives what is ready to be sent.
    ///
    /// # Errors
    /// None while there is memory.
    pub(super) fn push(&mut self, piece: Vec<u8>) -> std::io::Result<Vec<u8>> {
        match self {
            Self::None => Ok(piece),
            Self::Gzip(encoder) => {
                encoder.write_all(&piece)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
        }
    }

    /// Gives what is left.
    ///
    /// # Errors
    /// None while there is memory.
    pub(super) fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}
