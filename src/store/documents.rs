//! Households as documents: each one's registers, where it belongs, and what it adds to the sums of
//! its village.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use super::columns::{bytes_from, limit, seq_column, seq_from, tambon_column, village_column, village_from};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::documents;
use super::statement::statement;
use crate::clock::Micros;
use crate::planning::indicators::Share;

/// What became of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is one of its village's households.
    Live,
    /// It is one with another; its changes are in that one too.
    Folded {
        /// The household that goes on.
        into: HouseholdId,
    },
    /// It was erased.
    Erased,
}

impl State {
    fn column(self) -> i16 {
        match self {
            Self::Live => 0,
            Self::Folded { .. } => 1,
            Self::Erased => 3,
        }
    }

    fn folded_into(&self) -> Option<&[u8]> {
        match self {
            Self::Folded { into } => Some(&into.0),
            _ => None,
        }
    }

    fn from_columns(state: i16, folded_into: Option<&[u8]>) -> Result<Self, StoreError> {
        match (state, folded_into) {
            (0, None) => Ok(Self::Live),
            (1, Some(into)) => Ok(Self::Folded { into: HouseholdId(bytes_from("a household id", into)?) }),
            (3, None) => Ok(Self::Erased),
            _ => Err(StoreError::Corrupt(format!("a document is in the unknown state {state}"))),
        }
    }
}

/// The outcome of the visit that counts, as the village's sums tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(i16)]
pub enum Outcome {
    /// Nobody was there yet, or the answer is none of the choices.
    #[default]
    None = 0,
    /// Surveyed.
    Done = 1,
    /// Surveyed in part.
    Partial = 2,
    /// Nobody at home.
    Absent = 3,
    /// Would not answer.
    Refused = 4,
    /// Nobody lives there.
    Vacant = 5,
    /// The house is gone.
    Demolished = 6,
    /// The house was not found.
    NotFound = 7,
}

impl Outcome {
    const ALL: [(Self, &'static str); 8] = [
        (Self::None, ""),
        (Self::Done, "done"),
        (Self::Partial, "partial"),
        (Self::Absent, "absent"),
        (Self::Refused, "refused"),
        (Self::Vacant, "vacant"),
        (Self::Demolished, "demolished"),
        (Self::NotFound, "not_found"),
    ];

    /// The outcome with this choice's code.
    #[must_use]
    pub fn from_code(code: Option<&str>) -> Self {
        Self::ALL.iter().find(|(_, known)| Some(*known) == code).map_or(Self::None, |(outcome, _)| *outcome)
    }
}

/// What a live household adds to its village's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The outcome of the visit that counts.
    pub outcome: Outcome,
    /// People.
    pub members: i16,
    /// Needs.
    pub needs: i16,
    /// Registers in conflict.
    pub conflicts: i16,
}

/// One household's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub household: HouseholdId,
    /// The village that it belongs to.
    pub village: VillageCode,
    /// The village that it belonged to before.
    pub moved_from: Option<VillageCode>,
    /// What became of it.
    pub state: State,
    /// Place in the log of its first change.
    pub created_seq: u64,
    /// Place in the log of its last change.
    pub changed_seq: u64,
    /// When the hub took that.
    pub changed_at: Micros,
    /// What it adds to its village's sums.
    pub tally: Tally,
    /// Tells whether its row of the read model is the one that was written.
    pub household_print: i64,
    /// The same of its list of faults; 0 without faults.
    pub faults_print: i64,
    /// Its registers, encoded.
    pub registers: Vec<u8>,
    /// What it adds to the counts of its village and tambon.
    pub share: Share,
    /// Tells whether its assessment is the one that was written; 0 without one.
    pub assessment_print: i64,
}

statement! {
    Insert = "INSERT INTO documents (tambon_code, household_id, village_code, moved_from, state, folded_into, \
              created_seq, changed_seq, changed_at, outcome, members, needs, conflicts, household_print, \
              faults_print, registers, share, assessment_print) \
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tambon_code: i32 => Integer,
    household_id: &'a [u8] => Binary,
    village_code: i32 => Integer,
    moved_from: Option<i32> => Nullable<Integer>,
    state: i16 => SmallInt,
    folded_into: Option<&'a [u8]> => Nullable<Binary>,
    created_seq: i64 => BigInt,
    changed_seq: i64 => BigInt,
    changed_at: i64 => BigInt,
    outcome: i16 => SmallInt,
    members: i16 => SmallInt,
    needs: i16 => SmallInt,
    conflicts: i16 => SmallInt,
    household_print: i64 => BigInt,
    faults_print: i64 => BigInt,
    registers: &'a [u8] => Binary,
    share: &'a [u8] => Binary,
    assessment_print: i64 => BigInt,
}

statement! {
    Update = "UPDATE documents SET village_code = ?, moved_from = ?, state = ?, folded_into = ?, changed_seq = ?, \
              changed_at = ?, outcome = ?, members = ?, needs = ?, conflicts = ?, household_print = ?, \
              faults_print = ?, registers = ?, share = ?, assessment_print = ? WHERE tambon_code = ? AND household_id = ?";
    village_code: i32 => Integer,
    moved_from: Option<i32> => Nullable<Integer>,
    state: i16 => SmallInt,
    folded_into: Option<&'a [u8]> => Nullable<Binary>,
    changed_seq: i64 => BigInt,
    changed_at: i64 => BigInt,
    outcome: i16 => SmallInt,
    members: i16 => SmallInt,
    needs: i16 => SmallInt,
    conflicts: i16 => SmallInt,
    household_print: i64 => BigInt,
    faults_print: i64 => BigInt,
    registers: &'a [u8] => Binary,
    share: &'a [u8] => Binary,
    assessment_print: i64 => BigInt,
    tambon_code: i32 => Integer,
    household_id: &'a [u8] => Binary,
}

// Most changes leave a household where it is. An assignment to an indexed column makes SQLite look at
// the index even if the value is the same.
statement! {
    UpdateInPlace = "UPDATE documents SET changed_seq = ?, changed_at = ?, outcome = ?, members = ?, needs = ?, \
                     conflicts = ?, household_print = ?, faults_print = ?, registers = ?, share = ?, \
                     assessment_print = ? WHERE tambon_code = ? AND household_id = ?";
    changed_seq: i64 => BigInt,
    changed_at: i64 => BigInt,
    outcome: i16 => SmallInt,
    members: i16 => SmallInt,
    needs: i16 => SmallInt,
    conflicts: i16 => SmallInt,
    household_print: i64 => BigInt,
    faults_print: i64 => BigInt,
    registers: &'a [u8] => Binary,
    share: &'a [u8] => Binary,
    assessment_print: i64 => BigInt,
    tambon_code: i32 => Integer,
    household_id: &'a [u8] => Binary,
}

/// Writes a document that is not there yet.
///
/// # Errors
/// The database's own.
pub fn insert(tx: &mut Tx<'_>, tambon: TambonCode, document: &Document) -> Result<(), StoreError> {
    let statement = Insert {
        tambon_code: tambon_column(tambon),
        household_id: &document.household.0,
        village_code: village_column(document.village),
        moved_from: document.moved_from.map(village_column),
        state: document.state.column(),
        folded_into: document.state.folded_into(),
        created_seq: seq_column(document.created_seq),
        changed_seq: seq_column(document.changed_seq),
        changed_at: document.changed_at.0,
        outcome: document.tally.outcome as i16,
        members: document.tally.members,
        needs: document.tally.needs,
        conflicts: document.tally.conflicts,
        household_print: document.household_print,
        faults_print: document.faults_print,
        registers: &document.registers,
        share: &document.share.encode(),
        assessment_print: document.assessment_print,
    };
    statement.execute(tx).map(drop)
}

/// Writes a document that is there; all of it but the place of its first change.
///
/// # Errors
/// The database's own.
pub fn update(tx: &mut Tx<'_>, tambon: TambonCode, document: &Document) -> Result<(), StoreError> {
    let statement = Update {
        village_code: village_column(document.village),
        moved_from: document.moved_from.map(village_column),
        state: document.state.column(),
        folded_into: document.state.folded_into(),
        changed_seq: seq_column(document.changed_seq),
        changed_at: document.changed_at.0,
        outcome: document.tally.outcome as i16,
        members: document.tally.members,
        needs: document.tally.needs,
        conflicts: document.tally.conflicts,
        household_print: document.household_print,
        faults_print: document.faults_print,
        registers: &document.registers,
        share: &document.share.encode(),
        assessment_print: document.assessment_print,
        tambon_code: tambon_column(tambon),
        household_id: &document.household.0,
    };
    statement.execute(tx).map(drop)
}

/// Writes a document that is there and stays in its village and state.
///
/// # Errors
/// The database's own.
pub fn update_in_place(tx: &mut Tx<'_>, tambon: TambonCode, document: &Document) -> Result<(), StoreError> {
    let statement = UpdateInPlace {
        changed_seq: seq_column(document.changed_seq),
        changed_at: document.changed_at.0,
        outcome: document.tally.outcome as i16,
        members: document.tally.members,
        needs: document.tally.needs,
        conflicts: document.tally.conflicts,
        household_print: document.household_print,
        faults_print: document.faults_print,
        registers: &document.registers,
        share: &document.share.encode(),
        assessment_print: document.assessment_print,
        tambon_code: tambon_column(tambon),
        household_id: &document.household.0,
    };
    statement.execute(tx).map(drop)
}

statement! {
    SetAssessment = "UPDATE documents SET share = ?, assessment_print = ? WHERE tambon_code = ? AND household_id = ?";
    share: &'a [u8] => Binary,
    assessment_print: i64 => BigInt,
    tambon_code: i32 => Integer,
    household_id: &'a [u8] => Binary,
}

/// Writes what a document adds to counts, and which assessment it has.
///
/// # Errors
/// The database's own.
pub fn set_assessment(tx: &mut Tx<'_>, tambon: TambonCode, document: &Document) -> Result<(), StoreError> {
    let statement = SetAssessment {
        share: &document.share.encode(),
        assessment_print: document.assessment_print,
        tambon_code: tambon_column(tambon),
        household_id: &document.household.0,
    };
    statement.execute(tx).map(drop)
}

#[derive(Queryable)]
struct Record {
    household_id: Vec<u8>,
    village_code: i32,
    moved_from: Option<i32>,
    state: i16,
    folded_into: Option<Vec<u8>>,
    created_seq: i64,
    changed_seq: i64,
    changed_at: i64,
    outcome: i16,
    members: i16,
    needs: i16,
    conflicts: i16,
    household_print: i64,
    faults_print: i64,
    registers: Vec<u8>,
    share: Option<Vec<u8>>,
    assessment_print: Option<i64>,
}

impl TryFrom<Record> for Document {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, StoreError> {
        let outcome = Outcome::ALL.iter().find(|(outcome, _)| *outcome as i16 == record.outcome);
        let (outcome, _) = outcome.ok_or_else(|| {
            StoreError::Corrupt(format!("a document has the unknown outcome {}", record.outcome))
        })?;
        Ok(Self {
            household: HouseholdId(bytes_from("a household id", &record.household_id)?),
            village: village_from(record.village_code)?,
            moved_from: record.moved_from.map(village_from).transpose()?,
            state: State::from_columns(record.state, record.folded_into.as_deref())?,
            created_seq: seq_from(record.created_seq)?,
            changed_seq: seq_from(record.changed_seq)?,
            changed_at: Micros(record.changed_at),
            tally: Tally {
                outcome: *outcome,
                members: record.members,
                needs: record.needs,
                conflicts: record.conflicts,
            },
            household_print: record.household_print,
            faults_print: record.faults_print,
            registers: record.registers,
            share: record.share.and_then(|share| Share::decode(&share)).unwrap_or_default(),
            assessment_print: record.assessment_print.unwrap_or_default(),
        })
    }
}

/// The columns of a [`Record`], in its order.
macro_rules! columns {
    () => {
        (
            documents::household_id,
            documents::village_code,
            documents::moved_from,
            documents::state,
            documents::folded_into,
            documents::created_seq,
            documents::changed_seq,
            documents::changed_at,
            documents::outcome,
            documents::members,
            documents::needs,
            documents::conflicts,
            documents::household_print,
            documents::faults_print,
            documents::registers,
            documents::share,
            documents::assessment_print,
        )
    };
}

/// One household's document.
///
/// # Errors
/// The database's own.
pub fn find(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
) -> Result<Option<Document>, StoreError> {
    let query = documents::table
        .filter(documents::tambon_code.eq(tambon_column(tambon)))
        .filter(documents::household_id.eq(household.0.as_slice()))
        .select(columns!());
    let record: Option<Record> = each!(conn, |c| query.get_result(c).optional())?;
    record.map(Document::try_from).transpose()
}

/// The documents of these households, by id; those that are not there are left out.
///
/// # Errors
/// The database's own.
pub fn by_id(conn: &mut Conn, tambon: TambonCode, ids: &[HouseholdId]) -> Result<Vec<Document>, StoreError> {
    let ids: Vec<&[u8]> = ids.iter().map(HouseholdId::as_bytes).collect();
    let query = documents::table
        .filter(documents::tambon_code.eq(tambon_column(tambon)))
        .filter(documents::household_id.eq_any(ids))
        .order(documents::household_id)
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Document::try_from).collect()
}

/// The documents of a village in order of arrival, whatever their state: at most `count`, after the
/// one whose first change is at `after`.
///
/// # Errors
/// The database's own.
pub fn of_village(
    conn: &mut Conn,
    village: VillageCode,
    after: u64,
    count: usize,
) -> Result<Vec<Document>, StoreError> {
    let query = documents::table
        .filter(documents::tambon_code.eq(tambon_column(village.tambon())))
        .filter(documents::village_code.eq(village_column(village)))
        .filter(documents::created_seq.gt(seq_column(after)))
        .order(documents::created_seq)
        .limit(limit(count))
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Document::try_from).collect()
}

/// The documents of a tambon by id, whatever their state: at most `count`, after `after`.
///
/// # Errors
/// The database's own.
pub fn page(
    conn: &mut Conn,
    tambon: TambonCode,
    after: Option<HouseholdId>,
    count: usize,
) -> Result<Vec<Document>, StoreError> {
    let after = after.map_or_else(Vec::new, |household| household.0.to_vec());
    let query = documents::table
        .filter(documents::tambon_code.eq(tambon_column(tambon)))
        .filter(documents::household_id.gt(after))
        .order(documents::household_id)
        .limit(limit(count))
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Document::try_from).collect()
}

/// The households that were folded into this one.
///
/// # Errors
/// The database's own.
pub fn folded_into(
    conn: &mut Conn,
    tambon: TambonCode,
    into: HouseholdId,
) -> Result<Vec<HouseholdId>, StoreError> {
    let query = documents::table
        .filter(documents::tambon_code.eq(tambon_column(tambon)))
        .filter(documents::folded_into.eq(into.0.as_slice()))
        .order(documents::household_id)
        .select(documents::household_id);
    let ids: Vec<Vec<u8>> = each!(conn, |c| query.load(c))?;
    ids.iter().map(|id| Ok(HouseholdId(bytes_from("a household id", id)?))).collect()
}

/// Forgets every document of a tambon, before they are rebuilt from its log.
///
/// # Errors
/// The database's own.
pub fn clear(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<(), StoreError> {
    let delete = diesel::delete(documents::table.filter(documents::tambon_code.eq(tambon_column(tambon))));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::Form;

    #[test]
    fn every_outcome_of_the_form_is_told_apart() {
        let field = Form::built_in().field("visit_outcome").expect("the form asks for the outcome");
        let outcomes = field.choices.iter().map(|choice| Outcome::from_code(Some(&choice.code)));
        let distinct: std::collections::BTreeSet<Outcome> = outcomes.collect();
        assert_eq!(distinct.len(), field.choices.len());
        assert!(!distinct.contains(&Outcome::None));
        assert_eq!(Outcome::from_code(Some("")), Outcome::None);
        assert_eq!(Outcome::from_code(None), Outcome::None);
    }
}
