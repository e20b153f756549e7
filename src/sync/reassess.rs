//! Every household of a tambon assessed anew: after the thresholds of scores changed, or what plans count.

use std::collections::{BTreeMap, BTreeSet};

use need_score::{Parameters, Score};
use sync_protocol::ids::{DeviceId, HouseholdId, TambonCode};

use super::error::SyncError;
use super::household::{Household, Knowledge, decode};
use super::ledger::Ledger;
use crate::clock::Clock;
use crate::planning::assessment::Assessment;
use crate::planning::programme::Facts;
use crate::projection::{self, HouseholdRow};
use crate::store::documents::{self, State};
use crate::store::{Conn, Database, StoreError, Tx, read_model, scoring, settlements, tambons};

/// Households that are read at a time.
const PAGE: usize = 256;

/// What is done with each household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anew {
    /// It is assessed.
    Assess,
    /// So it is, and its rows are written.
    Write,
}

/// Assesses the households of those tambons that were never assessed, or counted by another registry, and writes
/// the rows anew that an older program made.
///
/// # Errors
/// The database's own.
pub(super) fn assess_stale(
    database: &Database,
    clock: &Clock,
    knowledge: &Knowledge,
) -> Result<(), SyncError> {
    let (all, old) =
        database.read(|conn| Ok::<_, StoreError>((tambons::counts(conn)?, tambons::with_old_rows(conn)?)))?;
    let unassessed = all.into_iter().filter(|(_, counts)| counts.is_none()).map(|(tambon, _)| tambon);
    let stale: BTreeSet<TambonCode> = unassessed.chain(old).collect();
    for tambon in stale {
        tracing::info!(%tambon, "assessing the households of a tambon");
        let (knowledge, now) = (knowledge.clone(), clock.now());
        let assessed = database.write(move |tx| {
            let ledger = Ledger::open(tx, tambon, DeviceId([0; 8]), now)?;
            reassess(tx, ledger, &knowledge, Anew::Write)
        });
        match assessed {
            // It can be mended by `samruat reproject` only if that begins.
            Err(error @ SyncError::Registers { .. }) => tracing::error!(%tambon, %error, "not assessed"),
            assessed => drop(assessed?),
        }
    }
    Ok(())
}

/// Assesses every household of the ledger's tambon anew, and counts what plans count; how many there are.
pub(super) fn reassess(
    tx: &mut Tx<'_>,
    mut ledger: Ledger,
    knowledge: &Knowledge,
    anew: Anew,
) -> Result<usize, SyncError> {
    let tambon = ledger.tambon();
    read_model::delete_assessments(tx, tambon, None)?;
    ledger.count_anew(tx)?;
    let mut households = 0;
    let mut after = None;
    loop {
        let page = documents::page(tx, tambon, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.household);
        let live: Vec<_> = page.into_iter().filter(|document| document.state == State::Live).collect();
        let ids: Vec<HouseholdId> = live.iter().map(|document| document.household).collect();
        let mut rows = rows(tx, tambon, &ids)?;
        for document in live {
            let Some(row) = rows.remove(&document.household) else { continue };
            let household = Household::stored(document, knowledge)?;
            match anew {
                Anew::Assess => household.reassess(tx, &mut ledger, &row)?,
                Anew::Write => household.renew(tx, &mut ledger, knowledge)?,
            }
            households += 1;
        }
    }
    ledger.close(tx)?;
    if anew == Anew::Write {
        tambons::set_rows_version(tx, tambon)?;
    }
    Ok(households)
}

/// What the answers of these households come to by other thresholds; those that are not assessed are left out.
pub(super) fn assess_by(
    conn: &mut Conn,
    tambon: TambonCode,
    households: &[HouseholdId],
    parameters: &Parameters,
    knowledge: &Knowledge,
) -> Result<BTreeMap<HouseholdId, Assessment>, SyncError> {
    let mut all = BTreeMap::new();
    for ids in households.chunks(PAGE) {
        let mut rows = rows(conn, tambon, ids)?;
        for document in documents::by_id(conn, tambon, ids)? {
            let Some(row) = rows.remove(&document.household) else { continue };
            let registers = decode(&document, knowledge)?;
            let assessed = projection::assess(&registers.shown(), &row, parameters);
            all.extend(assessed.assessment.map(|assessment| (document.household, assessment)));
        }
    }
    Ok(all)
}

/// What the rules of programmes ask of these households, with the score of each.
pub(super) fn facts(
    conn: &mut Conn,
    tambon: TambonCode,
    households: &[HouseholdId],
    knowledge: &Knowledge,
) -> Result<BTreeMap<HouseholdId, (Facts, Score)>, SyncError> {
    let served = tambons::find(conn, tambon)?.ok_or(SyncError::UnknownTambon(tambon))?;
    let parameters = scoring::find(conn, served.scoring)?;
    let settlements = settlements::last(conn, tambon)?.map(|list| list.settlements).unwrap_or_default();
    let mut all = BTreeMap::new();
    for ids in households.chunks(PAGE) {
        let mut rows = rows(conn, tambon, ids)?;
        for document in documents::by_id(conn, tambon, ids)? {
            let Some(row) = rows.remove(&document.household) else { continue };
            let registers = decode(&document, knowledge)?;
            let (mut facts, score) = projection::facts(&registers.shown(), &row, &parameters);
            facts.settlement = settlements.get(&document.village).cloned().unwrap_or_default();
            all.insert(document.household, (facts, score));
        }
    }
    Ok(all)
}

fn rows(
    conn: &mut Conn,
    tambon: TambonCode,
    ids: &[HouseholdId],
) -> Result<BTreeMap<HouseholdId, HouseholdRow>, SyncError> {
    let rows = read_model::households_by_id(conn, tambon, ids)?;
    Ok(rows.into_iter().map(|(_, row)| (row.household, row)).collect())
}
