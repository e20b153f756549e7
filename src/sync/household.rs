//! One household while a transaction writes to it: loaded once, merged in memory, saved once.

use std::collections::BTreeSet;

use need_score::Parameters;
use sync_protocol::change::Change;
use sync_protocol::digest::Digest;
use sync_protocol::ids::{HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::registers::{Judgement, Registers, Vocabulary};
use sync_protocol::value::ScalarRef;

use super::conflicts::{self, Transition};
use super::error::SyncError;
use super::ledger::Ledger;
use super::prints::{assessment_print, faults_print, household_print};
use crate::clock::Micros;
use crate::planning::indicators::Share;
use crate::projection::form::VISIT;
use crate::projection::rows::{HouseholdRow, Projection};
use crate::projection::{Assessed, Form, ROW_HEAD, assess, project, project_rows};
use crate::store::documents::{self, Document, Outcome, State, Tally};
use crate::store::read_model::{self, Row};
use crate::store::{self, Conn, StoreError, Tx, changes};

/// What a hub reads registers and answers with.
#[derive(Clone)]
pub(super) struct Knowledge {
    pub(super) vocabulary: Vocabulary,
    pub(super) form: &'static Form,
}

/// What the sums of a village hold of a household.
struct Counted {
    village: VillageCode,
    term: Digest,
    tally: Tally,
    share: Share,
}

/// A household that is being written to.
pub(super) struct Household {
    pub(super) document: Document,
    pub(super) registers: Registers,
    /// What the village's sums hold of it: where and what.
    counted: Option<Counted>,
    is_new: bool,
    is_changed: bool,
    /// Whether it changed its village or its state.
    is_displaced: bool,
    /// Whether an answer was written that says where the household lies.
    place_touched: bool,
    /// Whether an answer was written that names the head.
    head_touched: bool,
    touched_rows: BTreeSet<RowId>,
    /// Rows that may have left the table in which they lie.
    displaced_rows: BTreeSet<RowId>,
    transitions: Vec<Transition>,
}

impl Household {
    fn of(document: Document, registers: Registers, counted: Option<Counted>) -> Self {
        Self {
            document,
            registers,
            counted,
            is_new: false,
            is_changed: false,
            is_displaced: false,
            place_touched: false,
            head_touched: false,
            touched_rows: BTreeSet::new(),
            displaced_rows: BTreeSet::new(),
            transitions: Vec::new(),
        }
    }

    /// A household that the hub does not have yet.
    pub(super) fn new(household: HouseholdId, village: VillageCode) -> Self {
        let document = Document {
            household,
            village,
            moved_from: None,
            state: State::Live,
            created_seq: 0,
            changed_seq: 0,
            changed_at: Micros(0),
            tally: Tally::default(),
            household_print: 0,
            faults_print: 0,
            registers: Vec::new(),
            share: Share::default(),
            assessment_print: 0,
        };
        Self { is_new: true, ..Self::of(document, Registers::genesis(), None) }
    }

    /// A household as it is stored.
    pub(super) fn load(
        conn: &mut Conn,
        tambon: TambonCode,
        household: HouseholdId,
        knowledge: &Knowledge,
    ) -> Result<Option<Self>, SyncError> {
        let Some(document) = documents::find(conn, tambon, household)? else { return Ok(None) };
        Self::stored(document, knowledge).map(Some)
    }

    /// The household of a document that was read.
    pub(super) fn stored(mut document: Document, knowledge: &Knowledge) -> Result<Self, SyncError> {
        let household = document.household;
        let registers = decode(&document, knowledge)?;
        // It is encoded anew when it is saved.
        document.registers = Vec::new();
        let counted = (document.state == State::Live).then(|| Counted {
            village: document.village,
            term: Digest::of(household, registers.heads()),
            tally: document.tally,
            share: std::mem::take(&mut document.share),
        });
        Ok(Self::of(document, registers, counted))
    }

    /// The household that goes on where this one went: itself, or the one that it was folded into;
    /// and the village of the one that was asked for.
    pub(super) fn resolve(
        conn: &mut Conn,
        tambon: TambonCode,
        household: HouseholdId,
        knowledge: &Knowledge,
    ) -> Result<Option<(Self, VillageCode)>, SyncError> {
        let Some(asked) = Self::load(conn, tambon, household, knowledge)? else { return Ok(None) };
        let village = asked.document.village;
        let mut at = asked;
        for _ in 0..ALIASES_MAX {
            let State::Folded { into } = at.document.state else { return Ok(Some((at, village))) };
            at = Self::load(conn, tambon, into, knowledge)?.ok_or(SyncError::UnknownHousehold(into))?;
        }
        Err(SyncError::UnknownHousehold(household))
    }

    pub(super) fn id(&self) -> HouseholdId {
        self.document.household
    }

    /// Merges a change that will be, or is, at `seq` in the log.
    pub(super) fn merge(&mut self, change: &Change<'_>, seq: u64, now: Micros) -> Result<(), Judgement> {
        let merged = self.registers.merge(change, seq)?;
        for touched in &merged.touched {
            match touched.row {
                None => {
                    self.place_touched |= matches!(touched.key, "moo" | "tambon_code");
                    self.head_touched |= touched.key == "head_name";
                }
                Some(row) => {
                    self.touched_rows.insert(row);
                    if matches!(touched.key, "group" | "deleted") && !merged.new_rows.contains(&row) {
                        self.displaced_rows.insert(row);
                    }
                }
            }
            if touched.was_conflict || touched.is_conflict {
                self.transitions.push(Transition::of(touched, &self.registers, change, seq));
            }
        }
        self.touched_rows.extend(&merged.new_rows);
        if self.document.created_seq == 0 {
            self.document.created_seq = seq;
        }
        self.document.changed_seq = seq;
        self.document.changed_at = now;
        self.is_changed = true;
        Ok(())
    }

    /// The other village of the tambon that its answers name, if a change just said so. A new
    /// household lies where it was registered, whatever its answers say.
    pub(super) fn destination(&self, row: &HouseholdRow) -> Option<VillageCode> {
        let here = self.document.village;
        let said = !self.is_new && self.place_touched;
        row.village.filter(|there| said && *there != here && there.tambon() == here.tambon())
    }

    /// Passes over a change at `seq` that was forgotten, since it was erased later.
    pub(super) fn pass_over(&mut self, seq: u64, now: Micros) {
        if self.document.created_seq == 0 {
            self.document.created_seq = seq;
        }
        self.document.changed_seq = seq;
        self.document.changed_at = now;
        self.is_changed = true;
    }

    /// Puts the household into another village of the tambon.
    pub(super) fn move_to(&mut self, village: VillageCode, seq: u64, now: Micros) {
        self.document.moved_from = Some(self.document.village);
        self.document.village = village;
        self.displaced(seq, now);
    }

    /// Makes it an alias of another household.
    pub(super) fn fold_into(&mut self, into: HouseholdId, seq: u64, now: Micros) {
        self.document.state = State::Folded { into };
        self.displaced(seq, now);
    }

    /// Keeps nothing of it but that it was erased.
    pub(super) fn erase(&mut self, seq: u64, now: Micros) {
        self.document.state = State::Erased;
        self.registers = Registers::genesis();
        self.transitions.clear();
        self.displaced(seq, now);
    }

    fn displaced(&mut self, seq: u64, now: Micros) {
        self.document.changed_seq = seq;
        self.document.changed_at = now;
        self.is_changed = true;
        self.is_displaced = true;
    }

    /// The rows of the read model as the registers are now: those that [`Household::save`] writes.
    pub(super) fn project(&self, knowledge: &Knowledge) -> Projection {
        let form = knowledge.form;
        if self.is_new || self.document.faults_print != 0 {
            // The list of faults is written whole.
            return project(form, self.id(), &self.registers.shown());
        }
        let is_touched = |row: &RowId| self.touched_rows.contains(row);
        let shown = self.registers.shown_of(&ROW_HEAD, |row, head| {
            is_touched(&row) || head.iter().any(|register| register.value == ScalarRef::Str(VISIT))
        });
        project_rows(form, self.id(), &shown, |row| is_touched(&row))
    }

    /// Whether something was merged into it, or happened to it, since it was loaded.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Whether the hub has it, or will have once it is saved.
    pub(super) fn is_stored(&self) -> bool {
        !self.is_new || self.is_changed
    }

    /// Writes what has changed: conflicts, rows, the document and the sums of its village.
    /// `projection` is what [`Household::project`] gives.
    pub(super) fn save(
        mut self,
        tx: &mut Tx<'_>,
        ledger: &mut Ledger,
        knowledge: &Knowledge,
        projection: &Projection,
    ) -> Result<(), SyncError> {
        let tambon = ledger.tambon();
        conflicts::record(tx, tambon, self.id(), std::mem::take(&mut self.transitions))?;
        if let Some(Counted { village, term, tally, share }) = self.counted.take() {
            ledger.take(tx, village, term, &tally, &share)?;
        }
        if self.document.state == State::Live {
            self.write_rows(tx, tambon, projection)?;
            self.document.tally = tally_of(&projection.household);
            self.write_assessment(tx, tambon, &projection.household, ledger.scoring())?;
            let term = Digest::of(self.id(), self.registers.heads());
            ledger.add(tx, self.document.village, term, &self.document.tally, &self.document.share)?;
        } else {
            read_model::clear(tx, tambon, Some(self.id()))?;
            if self.document.state == State::Erased {
                store::conflicts::forget(tx, tambon, self.id())?;
            } else {
                let (seq, at) = (self.document.changed_seq, self.document.changed_at);
                conflicts::close_all(tx, tambon, self.id(), seq, at)?;
            }
            self.document.tally = Tally::default();
            (self.document.household_print, self.document.faults_print) = (0, 0);
            (self.document.share, self.document.assessment_print) = (Share::default(), 0);
        }
        self.document.registers = self.registers.encode(&knowledge.vocabulary);
        if self.is_new {
            documents::insert(tx, tambon, &self.document)?;
        } else if self.is_displaced {
            documents::update(tx, tambon, &self.document)?;
        } else {
            documents::update_in_place(tx, tambon, &self.document)?;
        }
        Ok(())
    }

    fn write_rows(
        &mut self,
        tx: &mut Tx<'_>,
        tambon: TambonCode,
        projection: &Projection,
    ) -> Result<(), SyncError> {
        let household = self.id();
        let print = household_print(self.document.village, &projection.household);
        if print != self.document.household_print {
            let is_named = self.is_new || self.head_touched;
            read_model::upsert_household(tx, tambon, self.document.village, &projection.household, is_named)?;
            self.document.household_print = print;
        }
        for row in &self.displaced_rows {
            read_model::delete_row(tx, tambon, household, *row)?;
        }
        let touched = &self.touched_rows;
        if !touched.is_empty() {
            write_touched(tx, tambon, household, &projection.members, |row| row.row, touched)?;
            write_touched(tx, tambon, household, &projection.needs, |row| row.row, touched)?;
            write_touched(tx, tambon, household, &projection.visits, |row| row.row, touched)?;
            write_touched(tx, tambon, household, &projection.other_rows, |row| row.row, touched)?;
        }
        let print = faults_print(&projection.faults);
        if print != self.document.faults_print {
            read_model::replace_faults(tx, tambon, household, &projection.faults)?;
            self.document.faults_print = print;
        }
        Ok(())
    }

    /// Assesses it as it is now, and writes what differs from what is there.
    fn write_assessment(
        &mut self,
        tx: &mut Tx<'_>,
        tambon: TambonCode,
        row: &HouseholdRow,
        scoring: &Parameters,
    ) -> Result<(), StoreError> {
        let (household, village) = (self.id(), self.document.village);
        let before = self.document.assessment_print;
        let Assessed { assessment, share } = assess(&self.registers.shown(), row, scoring);
        let print = assessment.map_or(0, |assessment| assessment_print(village, &assessment));
        (self.document.share, self.document.assessment_print) = (share, print);
        match assessment {
            Some(assessment) if print != before => {
                read_model::upsert_assessment(tx, tambon, household, village, &assessment)
            }
            None if before != 0 => read_model::delete_assessments(tx, tambon, Some(household)),
            _ => Ok(()),
        }
    }

    /// Writes those of its rows anew that have what an older program did not write, and assesses it.
    pub(super) fn renew(
        self,
        tx: &mut Tx<'_>,
        ledger: &mut Ledger,
        knowledge: &Knowledge,
    ) -> Result<(), SyncError> {
        let projection = project(knowledge.form, self.id(), &self.registers.shown());
        let (tambon, village) = (ledger.tambon(), self.document.village);
        read_model::upsert_household(tx, tambon, village, &projection.household, true)?;
        for member in &projection.members {
            member.upsert(tx, tambon, self.id())?;
        }
        self.reassess(tx, ledger, &projection.household)
    }

    /// Assesses it anew, after the thresholds or what is counted changed.
    pub(super) fn reassess(
        mut self,
        tx: &mut Tx<'_>,
        ledger: &mut Ledger,
        row: &HouseholdRow,
    ) -> Result<(), SyncError> {
        let tambon = ledger.tambon();
        self.document.assessment_print = 0;
        self.write_assessment(tx, tambon, row, ledger.scoring())?;
        ledger.count(tx, self.document.village, &self.document.share)?;
        Ok(documents::set_assessment(tx, tambon, &self.document)?)
    }
}

/// Writes those rows of a table that are among the touched ones.
fn write_touched<R: Row>(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    rows: &[R],
    id: impl Fn(&R) -> RowId,
    touched: &BTreeSet<RowId>,
) -> Result<(), SyncError> {
    for row in rows.iter().filter(|row| touched.contains(&id(row))) {
        row.upsert(tx, tambon, household)?;
    }
    Ok(())
}

/// The registers of a stored document.
pub(super) fn decode(document: &Document, knowledge: &Knowledge) -> Result<Registers, SyncError> {
    Registers::decode(&document.registers, &knowledge.vocabulary)
        .map_err(|corrupt| SyncError::Registers { household: document.household, corrupt })
}

/// What a household adds to its village's sums.
pub(super) fn tally_of(row: &HouseholdRow) -> Tally {
    Tally {
        outcome: Outcome::from_code(row.visit_outcome.as_deref()),
        members: row.members,
        needs: row.needs,
        conflicts: row.conflicts,
    }
}

/// How often a household can have been folded into another that was folded in turn.
const ALIASES_MAX: usize = 64;

/// Appends all changes of a household once more, for the village that it came to.
pub(super) fn append_again(
    tx: &mut Tx<'_>,
    ledger: &mut Ledger,
    household: &Household,
) -> Result<(), SyncError> {
    // A change's place in the log rises with its order of arrival.
    let places: Vec<u64> = household.registers.changes().map(|change| change.log_seq).collect();
    for places in places.chunks(changes::PLACES_AT_ONCE) {
        for entry in changes::at(tx, ledger.tambon(), places)? {
            let again = changes::NewEntry {
                village: household.document.village,
                household: household.id(),
                kind: entry.kind,
                hash: entry.hash,
                device: entry.device,
                received_at: entry.received_at,
                payload: &entry.payload,
            };
            ledger.append(tx, &again)?;
        }
    }
    Ok(())
}
