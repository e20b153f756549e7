//! What changed since last time: for planners who keep a table of their own up to date.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use sync_protocol::cursor::Cursor;
use sync_protocol::ids::{HouseholdId, TambonCode};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, page_limit, query};
use super::auth::Office;
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::{Extent, Eye, HouseholdView, time};
use crate::store::changes::{self, Touched};
use crate::store::documents::{self, State};
use crate::store::{Conn, StoreError, TxError, read_model, tambons};

/// Entries of the log that are read for each household of a page, at the most: a page that finds
/// fewer households says that there is more.
const ENTRIES_FOR_EACH: usize = 8;

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesQuery {
    /// What an earlier page gave as `next`; without it everything from the beginning.
    after: Option<String>,
    /// Households on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
}

/// What changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangesPage {
    /// Code of the tambon.
    tambon: String,
    /// Whether what points to a person was left out.
    deidentified: bool,
    /// Households that changed, each once and as it is now, in the order of their last change.
    changes: Vec<HouseholdChange>,
    /// What to ask for as `after` next time. Keep it: it is never null.
    next: String,
    /// Whether there is more already.
    more: bool,
}

/// A household that changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HouseholdChange {
    /// Its id; for a planner a pseudonym, the same as in every list that this key reads.
    household_id: String,
    /// Place of its last change in the tambon's log.
    seq: u64,
    /// When the hub took that.
    changed_at: String,
    /// What became of it.
    state: ChangeState,
    /// The household that it is one with, if it was folded.
    folded_into: Option<String>,
    /// It as it is now; null if it is no more.
    household: Option<HouseholdView>,
}

/// What became of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ChangeState {
    /// It is as the feed shows it.
    Live,
    /// It is one with another, which the feed shows too: drop it.
    Folded,
    /// It was erased: drop it.
    Erased,
}

/// What changed since last time: an incremental feed.
///
/// Ask with the `next` of the page before until `more` is false, and again later. Each household comes
/// as it is now, so that applying a page twice does no harm. A cursor that this hub's log does not know
/// (the hub was restored from a backup, or it is another hub) is refused with `unknown-cursor`: begin
/// anew without one.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/changes",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), ChangesQuery),
    responses(
        (status = 200, body = ChangesPage),
        (status = "4XX", description = "malformed-query, unknown-cursor, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<ChangesPage>, Problem> {
    let wanted: ChangesQuery = query(&request)?;
    office.covers(tambon)?;
    let limit = page_limit(wanted.limit)?;
    let after = wanted.after.as_deref().map(read_cursor).transpose()?;
    let eye = Eye::of(&office, &app);
    app.block(move |app| {
        let page = |conn: &mut Conn| page(conn, &eye, tambon, after, limit);
        let page = if eye.is_deidentified() {
            app.database.read(page)?
        } else {
            office.read_personal(
                app,
                tambon,
                "changes.read",
                |page: &ChangesPage| page.changes.len(),
                page,
            )?
        };
        Ok(ok(page))
    })
    .await
}

fn page(
    conn: &mut Conn,
    eye: &Eye,
    tambon: TambonCode,
    after: Option<Cursor>,
    limit: usize,
) -> Result<ChangesPage, FeedError> {
    let log = tambons::find(conn, tambon)?.ok_or(FeedError::NotServed(tambon))?;
    let after = match after {
        None => 0,
        Some(cursor) if cursor.epoch != log.epoch || cursor.seq > log.last_seq => {
            return Err(FeedError::UnknownCursor);
        }
        Some(cursor) => {
            let chain =
                if cursor.seq == 0 { Some([0; 8]) } else { changes::chain_at(conn, tambon, cursor.seq)? };
            if chain != Some(cursor.chain) {
                return Err(FeedError::UnknownCursor);
            }
            cursor.seq
        }
    };
    let (touched, read_to) = touched(conn, tambon, after, limit)?;
    let chain = if read_to == 0 { Some([0; 8]) } else { changes::chain_at(conn, tambon, read_to)? };
    let next = Cursor { epoch: log.epoch, seq: read_to, chain: chain.unwrap_or_default() };
    Ok(ChangesPage {
        tambon: tambon.to_string(),
        deidentified: eye.is_deidentified(),
        changes: as_they_are(conn, eye, tambon, &touched)?,
        next: write_cursor(&next),
        more: read_to < log.last_seq,
    })
}

/// The next households that the log names, each once, and the place up to which it was read.
fn touched(
    conn: &mut Conn,
    tambon: TambonCode,
    after: u64,
    limit: usize,
) -> Result<(Vec<Touched>, u64), StoreError> {
    let (touched, read_to) = changes::households_touched(conn, tambon, after, limit * ENTRIES_FOR_EACH)?;
    if touched.len() <= limit {
        return Ok((touched, read_to));
    }
    // Reading less of the log leaves those for the next page that would be too many: as many entries as
    // there may be households.
    changes::households_touched(conn, tambon, after, limit)
}

fn as_they_are(
    conn: &mut Conn,
    eye: &Eye,
    tambon: TambonCode,
    touched: &[Touched],
) -> Result<Vec<HouseholdChange>, StoreError> {
    let ids: Vec<HouseholdId> = touched.iter().map(|touched| touched.household).collect();
    let rows = read_model::households_by_id(conn, tambon, &ids)?;
    let views = eye.views(conn, tambon, rows, Extent::Whole)?;
    let mut views: BTreeMap<String, HouseholdView> =
        views.into_iter().map(|view| (view.household_id.clone(), view)).collect();
    let mut list = Vec::with_capacity(touched.len());
    for touched in touched {
        let Some(document) = documents::find(conn, tambon, touched.household)? else { continue };
        let id = eye.name(touched.household).to_string();
        let (state, into) = match document.state {
            State::Live => (ChangeState::Live, None),
            State::Folded { into } => (ChangeState::Folded, Some(eye.name(into).to_string())),
            State::Erased => (ChangeState::Erased, None),
        };
        list.push(HouseholdChange {
            household: views.remove(&id).filter(|_| state == ChangeState::Live),
            household_id: id,
            seq: touched.seq,
            changed_at: time(document.changed_at),
            state,
            folded_into: into,
        });
    }
    Ok(list)
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("tambon {0} is not served")]
    NotServed(TambonCode),
    #[error("the cursor is not known")]
    UnknownCursor,
}

impl TxError for FeedError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Store(error) => error.into(),
            FeedError::NotServed(tambon) => Self::TambonNotServed(tambon.to_string()),
            FeedError::UnknownCursor => Self::UnknownCursor,
        }
    }
}

/// A cursor as it travels in an address: epoch, number and running hash.
fn write_cursor(cursor: &Cursor) -> String {
    format!("{}.{}.{}", HEXLOWER.encode(&cursor.epoch), cursor.seq, BASE64URL_NOPAD.encode(&cursor.chain))
}

fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let read = || {
        let mut parts = text.splitn(3, '.');
        Some(Cursor {
            epoch: HEXLOWER.decode(parts.next()?.as_bytes()).ok()?.try_into().ok()?,
            seq: parts.next()?.parse().ok()?,
            chain: BASE64URL_NOPAD.decode(parts.next()?.as_bytes()).ok()?.try_into().ok()?,
        })
    };
    read().ok_or_else(|| Problem::MalformedQuery("after is what an earlier page gave as next".to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let cursor = Cursor { epoch: [1; 8], seq: 42, chain: [0xff; 8] };
        assert_eq!(read_cursor(&write_cursor(&cursor)).unwrap(), cursor);
        for bad in ["", "42", "00.42.00", "0101010101010101.x.AAAAAAAAAAA", "0101010101010101.1.AAAA"] {
            assert!(read_cursor(bad).is_err(), "{bad}");
        }
    }
}
