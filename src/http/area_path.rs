//! The tambon that an address names, and pages of a list.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use data_encoding::HEXLOWER;
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use sync_protocol::ids::{InvalidId, TambonCode, VillageCode};

use super::problem::{Problem, shortened};
use crate::area::{Area, Areas};

/// Elements of a page, unless the client asks for another number.
const PAGE_DEFAULT: usize = 100;
/// The most elements of a page.
pub(super) const PAGE_MAX: usize = 1_000;

/// The tambon in the address; there is such a tambon.
#[derive(Debug, Clone, Copy)]
pub(super) struct TambonPath(pub TambonCode);

impl FromRequest for TambonPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let code = request.match_info().query("tambon");
        ready(known_tambon(Areas::bundled(), code).map(Self))
    }
}

/// The tambon of this code.
///
/// # Errors
/// [`Problem::UnknownArea`].
pub(super) fn known_tambon(areas: &Areas, code: &str) -> Result<TambonCode, Problem> {
    match code.parse::<TambonCode>() {
        Ok(tambon) if areas.contains(tambon.into()) => Ok(tambon),
        Ok(tambon) => Err(unknown(areas, tambon.into())),
        Err(_) => Err(Problem::UnknownArea { code: shortened(code).into_owned(), successors: Vec::new() }),
    }
}

/// The village of this code, in a tambon that there is.
///
/// # Errors
/// [`Problem::UnknownArea`].
pub(super) fn known_village(areas: &Areas, code: &str) -> Result<VillageCode, Problem> {
    match code.parse::<VillageCode>() {
        Ok(village) if areas.contains(village.into()) => Ok(village),
        Ok(village) => Err(unknown(areas, village.into())),
        Err(_) => Err(Problem::UnknownArea { code: shortened(code).into_owned(), successors: Vec::new() }),
    }
}

fn unknown(areas: &Areas, area: Area) -> Problem {
    let successors = areas.successors(area.shortened(6)).iter().map(ToString::to_string).collect();
    Problem::UnknownArea { code: area.to_string(), successors }
}

/// An identifier in the address or a body.
///
/// # Errors
/// [`Problem::MalformedId`].
pub(super) fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|invalid: InvalidId| Problem::MalformedId(invalid.to_string()))
}

/// An identifier of so many bytes in the address or a body, as hexadecimal digits; `None` if it is none.
pub(super) fn hex_id<const N: usize>(text: impl AsRef<[u8]>) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_ref()).ok()?.try_into().ok()
}

/// The query of a request.
///
/// # Errors
/// [`Problem::MalformedQuery`].
pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    let query = actix_web::web::Query::<T>::from_query(request.query_string());
    query
        .map(actix_web::web::Query::into_inner)
        .map_err(|error| Problem::MalformedQuery(shortened(&error.to_string()).into_owned()))
}

/// How many elements a page may have.
///
/// # Errors
/// [`Problem::MalformedQuery`].
pub(super) fn page_limit(limit: Option<usize>) -> Result<usize, Problem> {
    match limit {
        None => Ok(PAGE_DEFAULT),
        Some(limit @ 1..=PAGE_MAX) => Ok(limit),
        Some(_) => Err(Problem::MalformedQuery(format!("limit is 1 to {PAGE_MAX}"))),
    }
}

/// The place to read on from that a list gave as `next`.
///
/// # Errors
/// [`Problem::MalformedQuery`].
pub(super) fn place<T>(
    after: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let wrong = || Problem::MalformedQuery("after is what an earlier page gave as next".to_owned());
    after.map(|after| read(after).ok_or_else(wrong)).transpose()
}

/// The list, which was asked for with one element more than a page has, cut to the page; and whether
/// there is more.
pub(super) fn cut<T>(mut list: Vec<T>, limit: usize) -> (Vec<T>, bool) {
    let more = list.len() > limit;
    list.truncate(limit);
    (list, more)
}
