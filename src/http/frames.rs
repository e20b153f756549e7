//! Frames: the files of a first sync, which never change and can be fetched piece by piece.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use actix_web::{HttpRequest, HttpResponse};
use sync_protocol::ids::ChangeHash;

use super::app::App;
use super::auth::Bearer;
use super::problem::{Problem, ProblemBody};

/// A frame, or a part of it, by the SHA-256 of its bytes.
#[utoipa::path(
    get,
    path = "/api/v1/frames/{sha256}",
    tag = "devices",
    params(
        ("sha256" = String, Path, description = "64 hexadecimal digits, as a sync gave them"),
        ("Range" = Option<String>, Header, description = "One range of bytes: `bytes=0-32767`"),
    ),
    responses(
        (status = 200, description = "All of it", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The part that was asked for", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already"),
        (status = "4XX", description = "unknown-frame, range-not-satisfiable, missing-credentials, wrong-token, device-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn get(app: App, bearer: Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let name = request.match_info().query("sha256").parse::<ChangeHash>();
    let bytes = app
        .block(move |app| {
            let device = bearer.device(app)?;
            let name = name.map_err(|_| Problem::UnknownFrame)?;
            app.hub.frame(&device, &name.0)?.ok_or(Problem::UnknownFrame)
        })
        .await?;
    let etag = format!("\"{}\"", request.match_info().query("sha256"));
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((ETAG, etag.as_str()))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"));
    if header(IF_NONE_MATCH)
        .is_some_and(|known| known == "*" || known.split(',').any(|known| known.trim() == etag))
    {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    response.insert_header((CONTENT_TYPE, "application/octet-stream"));
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
