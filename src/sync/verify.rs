//! Whether log, registers, rows, sums and digests of a tambon agree, or what does not.

use std::collections::{BTreeMap, BTreeSet};

use need_score::Parameters;
use sha2::{Digest as _, Sha256};
use sync_protocol::change::Change;
use sync_protocol::cursor::{Chain, EntryKind};
use sync_protocol::digest::Digest;
use sync_protocol::ids::{ChangeHash, HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::registers::Registers;

use super::error::SyncError;
use super::household::{Knowledge, decode, tally_of};
use super::prints::{assessment_print, faults_print, household_print};
use crate::planning::assessment::Assessment;
use crate::planning::indicators::Counts as PlanCounts;
use crate::projection::rows::{HouseholdRow, MemberRow, NeedRow, OtherRow, Projection, VisitRow};
use crate::projection::{Assessed, assess, project};
use crate::store::documents::{self, Document, State};
use crate::store::read_model::{self, Counts, Row};
use crate::store::tambons::Tambon;
use crate::store::villages::{self, Sums};
use crate::store::{Conn, changes, conflicts, scoring, tambons};

/// Entries that are read at a time.
const ENTRIES: usize = 1_000;
/// Documents that are read at a time.
const DOCUMENTS: usize = 64;
/// Findings that are told of one tambon.
const FINDINGS_MAX: usize = 100;

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The tambon.
    pub tambon: TambonCode,
    /// The household, if it is about one.
    pub household: Option<HouseholdId>,
    /// What does not agree.
    pub what: String,
}

struct Check<'a> {
    tambon: Tambon,
    knowledge: &'a Knowledge,
    scoring: Parameters,
    findings: Vec<Finding>,
    sums: BTreeMap<VillageCode, Sums>,
    counts: Counts,
}

/// What does not agree in a tambon; nothing if all does. `progress` is told how far it has come.
pub(super) fn verify(
    conn: &mut Conn,
    tambon: TambonCode,
    knowledge: &Knowledge,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Finding>, SyncError> {
    let tambon = tambons::find(conn, tambon)?.ok_or(SyncError::UnknownTambon(tambon))?;
    let scoring = scoring::find(conn, tambon.scoring)?;
    let mut check = Check {
        tambon,
        knowledge,
        scoring,
        findings: Vec::new(),
        sums: BTreeMap::new(),
        counts: Counts::default(),
    };
    check.log(conn, progress)?;
    check.documents(conn)?;
    check.sums_and_counts(conn)?;
    check.findings.truncate(FINDINGS_MAX);
    Ok(check.findings)
}

impl Check<'_> {
    fn find(&mut self, household: Option<HouseholdId>, what: impl Into<String>) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { tambon: self.tambon.code, household, what: what.into() });
        }
    }

    /// The log: without gaps, chained, each change what its hash says and part of its household.
    fn log(&mut self, conn: &mut Conn, progress: &mut dyn FnMut(u64, u64)) -> Result<(), SyncError> {
        let mut chain = Chain::default();
        // Past the first break every entry would be told of.
        let mut is_whole = true;
        let mut read_to = 0;
        loop {
            let page = changes::page_with_chain(conn, self.tambon.code, read_to, ENTRIES)?;
            if page.is_empty() {
                break;
            }
            let mut by_household: BTreeMap<HouseholdId, Vec<ChangeHash>> = BTreeMap::new();
            let mut forgotten = BTreeSet::new();
            for (entry, stored) in &page {
                if entry.seq != read_to + 1 {
                    self.find(None, format!("the log has no entries {} to {}", read_to + 1, entry.seq - 1));
                }
                read_to = entry.seq;
                chain = chain.after(entry.kind, entry.household, entry.village, &entry.hash.0);
                if is_whole && chain.short() != *stored {
                    is_whole = false;
                    self.find(
                        Some(entry.household),
                        format!("the running hash breaks at entry {}", entry.seq),
                    );
                }
                let hash = match entry.kind {
                    EntryKind::Change if entry.is_forgotten() => {
                        forgotten.insert(entry.household);
                        Some(entry.hash)
                    }
                    EntryKind::Change => Change::read(&entry.payload).map(|change| change.hash()).ok(),
                    _ => Some(ChangeHash(Sha256::digest(&entry.payload).into())),
                };
                if hash != Some(entry.hash) {
                    let what = format!("entry {} is not what its hash says", entry.seq);
                    self.find(Some(entry.household), what);
                }
                if entry.kind == EntryKind::Change && !entry.is_forgotten() {
                    by_household.entry(entry.household).or_default().push(entry.hash);
                }
            }
            for (household, hashes) in by_household {
                self.changes_are_in(conn, household, &hashes)?;
            }
            for household in forgotten {
                self.was_erased(conn, household)?;
            }
            progress(read_to, self.tambon.last_seq);
        }
        if is_whole && (read_to, chain) != (self.tambon.last_seq, self.tambon.chain) {
            self.find(None, "the log does not end where the tambon says");
        }
        Ok(())
    }

    fn changes_are_in(
        &mut self,
        conn: &mut Conn,
        household: HouseholdId,
        hashes: &[ChangeHash],
    ) -> Result<(), SyncError> {
        let Some(document) = documents::find(conn, self.tambon.code, household)? else {
            self.find(Some(household), "the log has changes of it, but there is no document");
            return Ok(());
        };
        if document.state == State::Erased {
            self.find(Some(household), "it was erased, but the log has changes of it");
            return Ok(());
        }
        let registers = decode(&document, self.knowledge)?;
        if hashes.iter().any(|hash| !registers.contains(hash)) {
            self.find(Some(household), "the log has changes that its registers do not have");
        }
        Ok(())
    }

    /// Only an erased household has changes without bytes.
    fn was_erased(&mut self, conn: &mut Conn, household: HouseholdId) -> Result<(), SyncError> {
        let state = documents::find(conn, self.tambon.code, household)?.map(|document| document.state);
        if state != Some(State::Erased) {
            self.find(Some(household), "the log has changes of it without their bytes");
        }
        Ok(())
    }

    fn documents(&mut self, conn: &mut Conn) -> Result<(), SyncError> {
        let mut after = None;
        loop {
            let page = documents::page(conn, self.tambon.code, after, DOCUMENTS)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.household);
            let ids: Vec<HouseholdId> = page.iter().map(|document| document.household).collect();
            let mut stored = StoredRows::load(conn, self.tambon.code, &ids)?;
            for document in &page {
                self.document(conn, document, &mut stored)?;
            }
        }
    }

    fn document(
        &mut self,
        conn: &mut Conn,
        document: &Document,
        stored: &mut StoredRows,
    ) -> Result<(), SyncError> {
        let id = document.household;
        let registers = decode(document, self.knowledge)?;
        if document.state == State::Erased {
            let has_rows = stored.take(conn, self.tambon.code, id)?.is_some();
            let has_assessment = stored.assessments.contains_key(&id);
            let has_conflicts = !conflicts::of_household(conn, self.tambon.code, id)?.is_empty();
            if has_rows || has_assessment || has_conflicts || registers.changes().next().is_some() {
                self.find(Some(id), "it was erased, but something of it is kept");
            }
            return Ok(());
        }
        match replayed(conn, self.tambon.code, &registers)? {
            Some(made) if made.heads() == registers.heads() && made.shown() == registers.shown() => {}
            _ => self.find(Some(id), "its registers are not what its changes make"),
        }
        let found = stored.take(conn, self.tambon.code, id)?;
        if document.state != State::Live {
            if found.is_some() {
                self.find(Some(id), "it is one with another, but has rows");
            }
            return Ok(());
        }
        let projection = project(self.knowledge.form, id, &registers.shown());
        self.rows(document, &projection, found);
        self.conflicts(conn, id, &registers)?;
        let assessed = assess(&registers.shown(), &projection.household, &self.scoring);
        self.assessment(document, &assessed, stored.assessments.remove(&id));
        let term = Digest::of(id, registers.heads());
        self.sums.entry(document.village).or_default().add(
            term,
            &tally_of(&projection.household),
            &assessed.share,
        );
        Ok(())
    }

    fn rows(
        &mut self,
        document: &Document,
        projection: &Projection,
        found: Option<(VillageCode, Projection)>,
    ) {
        let id = document.household;
        self.counts.households += 1;
        self.counts.members += projection.members.len() as u64;
        self.counts.needs += projection.needs.len() as u64;
        self.counts.visits += projection.visits.len() as u64;
        self.counts.other_rows += projection.other_rows.len() as u64;
        self.counts.faults += projection.faults.len() as u64;
        let Some((village, found)) = found else { return self.find(Some(id), "it has no row") };
        let same = [
            (village == document.village, "its village"),
            (found.household == projection.household, "its row"),
            (found.members == projection.members, "its members"),
            (found.needs == projection.needs, "its needs"),
            (found.visits == projection.visits, "its visits"),
            (found.other_rows == projection.other_rows, "its other rows"),
            (found.faults == projection.faults, "its faults"),
            (document.tally == tally_of(&projection.household), "what it adds to the sums"),
            (
                document.household_print == household_print(document.village, &projection.household)
                    && document.faults_print == faults_print(&projection.faults),
                "its prints",
            ),
        ];
        for (_, what) in same.into_iter().filter(|(same, _)| !same) {
            self.find(Some(id), format!("the read model disagrees with the registers: {what}"));
        }
    }

    fn assessment(&mut self, document: &Document, made: &Assessed, found: Option<(VillageCode, Assessment)>) {
        let Assessed { assessment, share } = made;
        self.counts.assessments += u64::from(assessment.is_some());
        let print = assessment.as_ref().map_or(0, |made| assessment_print(document.village, made));
        let expected = assessment.map(|made| (document.village, made));
        if found != expected || document.share != *share || document.assessment_print != print {
            self.find(Some(document.household), "its assessment is not what its answers come to");
        }
    }

    fn conflicts(
        &mut self,
        conn: &mut Conn,
        id: HouseholdId,
        registers: &Registers,
    ) -> Result<(), SyncError> {
        let shown = registers.shown();
        let differ: BTreeSet<(Option<RowId>, &str)> =
            shown.iter().filter(|shown| shown.conflict).map(|shown| (shown.row, shown.key)).collect();
        let listed = conflicts::of_household(conn, self.tambon.code, id)?;
        let open: BTreeSet<(Option<RowId>, &str)> = listed
            .iter()
            .filter(|conflict| conflict.settled.is_none())
            .map(|conflict| (conflict.row, conflict.question.as_str()))
            .collect();
        if open != differ {
            self.find(Some(id), "its list of open conflicts is not what its registers show");
        }
        Ok(())
    }

    fn sums_and_counts(&mut self, conn: &mut Conn) -> Result<(), SyncError> {
        let empty = Sums::default();
        let kept: BTreeMap<VillageCode, Sums> = villages::all(conn, self.tambon.code)?.into_iter().collect();
        let made = std::mem::take(&mut self.sums);
        let codes: BTreeSet<VillageCode> = kept.keys().chain(made.keys()).copied().collect();
        for village in codes {
            let (kept, made) = (kept.get(&village).unwrap_or(&empty), made.get(&village).unwrap_or(&empty));
            if kept.digest != made.digest {
                self.find(None, format!("the digest of village {village} is not that of its households"));
            }
            let counts = |sums: &Sums| Sums { digest: Digest::default(), ..sums.clone() };
            if counts(kept) != counts(made) {
                self.find(None, format!("the sums of village {village} are not those of its households"));
            }
        }
        let mut total = PlanCounts::default();
        made.values().for_each(|sums| total.merge(&sums.counts));
        if tambons::counts_of(conn, self.tambon.code)? != Some(total) {
            self.find(None, "what plans count in the tambon is not the sum of its households");
        }
        let counts = read_model::count(conn, self.tambon.code)?;
        if counts != self.counts {
            self.find(None, format!("the read model has {counts:?}, the households make {:?}", self.counts));
        }
        Ok(())
    }
}

/// The registers that a household's changes make, read from the log; `None` if they do not fit.
fn replayed(
    conn: &mut Conn,
    tambon: TambonCode,
    registers: &Registers,
) -> Result<Option<Registers>, SyncError> {
    let places: Vec<u64> = registers.changes().map(|change| change.log_seq).collect();
    let mut made = Registers::genesis();
    let mut merged = 0;
    for places in places.chunks(changes::PLACES_AT_ONCE) {
        for entry in changes::at(conn, tambon, places)? {
            let Ok(change) = Change::read(&entry.payload) else { return Ok(None) };
            if made.merge(&change, entry.seq).is_err() {
                return Ok(None);
            }
            merged += 1;
        }
    }
    Ok((merged == places.len()).then_some(made))
}

/// The rows of one page of households, by household.
struct StoredRows {
    households: BTreeMap<HouseholdId, (VillageCode, HouseholdRow)>,
    members: BTreeMap<HouseholdId, Vec<MemberRow>>,
    needs: BTreeMap<HouseholdId, Vec<NeedRow>>,
    visits: BTreeMap<HouseholdId, Vec<VisitRow>>,
    other_rows: BTreeMap<HouseholdId, Vec<OtherRow>>,
    assessments: BTreeMap<HouseholdId, (VillageCode, Assessment)>,
}

impl StoredRows {
    fn load(conn: &mut Conn, tambon: TambonCode, ids: &[HouseholdId]) -> Result<Self, SyncError> {
        let households = read_model::households_by_id(conn, tambon, ids)?;
        Ok(Self {
            households: households
                .into_iter()
                .map(|(village, row)| (row.household, (village, row)))
                .collect(),
            members: by_household(Row::of(conn, tambon, ids)?),
            needs: by_household(Row::of(conn, tambon, ids)?),
            visits: by_household(Row::of(conn, tambon, ids)?),
            other_rows: by_household(Row::of(conn, tambon, ids)?),
            assessments: read_model::assessments_of(conn, tambon, ids)?
                .into_iter()
                .map(|found| (found.household, (found.village, found.assessment)))
                .collect(),
        })
    }

    /// All rows of one household, if it has any.
    fn take(
        &mut self,
        conn: &mut Conn,
        tambon: TambonCode,
        id: HouseholdId,
    ) -> Result<Option<(VillageCode, Projection)>, SyncError> {
        let Some((village, household)) = self.households.remove(&id) else { return Ok(None) };
        let projection = Projection {
            household,
            members: self.members.remove(&id).unwrap_or_default(),
            needs: self.needs.remove(&id).unwrap_or_default(),
            visits: self.visits.remove(&id).unwrap_or_default(),
            other_rows: self.other_rows.remove(&id).unwrap_or_default(),
            faults: read_model::faults_of(conn, tambon, id)?,
            hidden_rows: 0,
        };
        Ok(Some((village, projection)))
    }
}

fn by_household<R>(rows: Vec<(HouseholdId, R)>) -> BTreeMap<HouseholdId, Vec<R>> {
    let mut by_household: BTreeMap<HouseholdId, Vec<R>> = BTreeMap::new();
    for (household, row) in rows {
        by_household.entry(household).or_default().push(row);
    }
    by_household
}
