//! What each device wrote of what a tambon holds: counted when somebody asks, from the registers, which know who put each
//! value. A push keeps nothing up for it.

use std::collections::BTreeMap;

use sync_protocol::ids::{DeviceId, HouseholdId, RowId, TambonCode};
use sync_protocol::value::{ScalarRef, Shown};

use super::error::SyncError;
use super::household::{Knowledge, decode};
use crate::projection::form::{DELETED, GROUP};
use crate::projection::visits::ABSENT;
use crate::store::Conn;
use crate::store::documents::{self, State};

/// Documents that are read at a time.
const PAGE: usize = 500;

/// What a device wrote, as far as it stands.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Answers: values that are shown and that it put.
    pub answers: u64,
    /// The outcome of its visit that counts, by household.
    pub visits: BTreeMap<HouseholdId, Visited>,
}

/// A visit: the outcome that counts for a household is the greatest, as
/// [`counting_visit`](crate::projection::visits::counting_visit) has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visited {
    /// Whether it found out more than that nobody is at home.
    met: bool,
    date: Option<String>,
    row: RowId,
    /// Code of the outcome.
    pub outcome: String,
}

/// What each device wrote in the live households of a tambon. It reads every document of the tambon once.
pub(super) fn by_device(
    conn: &mut Conn,
    tambon: TambonCode,
    knowledge: &Knowledge,
) -> Result<BTreeMap<DeviceId, Progress>, SyncError> {
    let mut devices: BTreeMap<DeviceId, Progress> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = documents::page(conn, tambon, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(devices) };
        after = Some(last.household);
        for document in page.iter().filter(|document| document.state == State::Live) {
            let registers = decode(document, knowledge)?;
            let shown = registers.shown_with_writers();
            for row in shown.chunk_by(|(a, _), (b, _)| a.row == b.row) {
                let of_row: Vec<(&Shown<'_>, DeviceId)> =
                    row.iter().map(|(shown, actor)| (shown, actor.device())).collect();
                count(&mut devices, document.household, &of_row);
            }
        }
    }
}

/// Counts the household's own answers, or those of a row that is not hidden.
fn count(
    devices: &mut BTreeMap<DeviceId, Progress>,
    household: HouseholdId,
    shown: &[(&Shown<'_>, DeviceId)],
) {
    let value = |key: &str| shown.iter().find(|(shown, _)| shown.key == key);
    if value(DELETED).is_some_and(|(shown, _)| shown.value == ScalarRef::Bool(true)) {
        return;
    }
    for (shown, device) in shown {
        let is_answer = shown.key != DELETED && shown.key != GROUP && shown.value != ScalarRef::Null;
        devices.entry(*device).or_default().answers += u64::from(is_answer);
    }
    let (Some((outcome, device)), Some(row)) =
        (value("visit_outcome"), shown.first().and_then(|(it, _)| it.row))
    else {
        return;
    };
    let ScalarRef::Str(code) = outcome.value else { return };
    let date = value("visit_date").and_then(|(shown, _)| match shown.value {
        ScalarRef::Str(day) => Some(day.to_owned()),
        _ => None,
    });
    let visit = Visited { met: code != ABSENT, date, row, outcome: code.to_owned() };
    let visits = &mut devices.entry(*device).or_default().visits;
    if visits.get(&household).is_none_or(|known| *known < visit) {
        visits.insert(household, visit);
    }
}
