//! Assessments: what a household's answers come to, in the order of need.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt};
use need_score::{Inputs, Tier};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use crate::planning::allocation::By;
use crate::planning::assessment::{Assessment, Card, FlagSet};
use crate::store::columns::{bytes_from, limit, tambon_column, village_column, village_from};
use crate::store::conn::{Conn, Tx, each};
use crate::store::error::StoreError;
use crate::store::schema::assessments;
use crate::store::statement::statement;

/// A household's assessment, with where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessed {
    /// The household.
    pub household: HouseholdId,
    /// Its village.
    pub village: VillageCode,
    /// What its answers come to.
    pub assessment: Assessment,
}

statement! {
    Upsert = "INSERT INTO assessments (tambon_code, household_id, village_code, need_rank, housing_rank, tier, need, \
              need_min, need_max, housing, completeness, flags_yes, flags_no, flags_unknown, severe, tpmap_target, \
              missed, needs_check, card, income_per_person, need_categories, inputs) \
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
              ON CONFLICT (tambon_code, household_id) DO UPDATE SET village_code = excluded.village_code, \
              need_rank = excluded.need_rank, housing_rank = excluded.housing_rank, tier = excluded.tier, \
              need = excluded.need, need_min = excluded.need_min, need_max = excluded.need_max, \
              housing = excluded.housing, completeness = excluded.completeness, flags_yes = excluded.flags_yes, \
              flags_no = excluded.flags_no, flags_unknown = excluded.flags_unknown, severe = excluded.severe, \
              tpmap_target = excluded.tpmap_target, missed = excluded.missed, needs_check = excluded.needs_check, \
              card = excluded.card, income_per_person = excluded.income_per_person, \
              need_categories = excluded.need_categories, inputs = excluded.inputs";
    tambon_code: i32 => Integer,
    household_id: &'a [u8] => Binary,
    village_code: i32 => Integer,
    need_rank: i64 => BigInt,
    housing_rank: i64 => BigInt,
    tier: i16 => SmallInt,
    need: i16 => SmallInt,
    need_min: i16 => SmallInt,
    need_max: i16 => SmallInt,
    housing: i16 => SmallInt,
    completeness: i16 => SmallInt,
    flags_yes: i32 => Integer,
    flags_no: i32 => Integer,
    flags_unknown: i32 => Integer,
    severe: bool => Bool,
    tpmap_target: bool => Bool,
    missed: bool => Bool,
    needs_check: bool => Bool,
    card: i16 => SmallInt,
    income_per_person: Option<i64> => Nullable<BigInt>,
    need_categories: i32 => Integer,
    inputs: Option<i64> => Nullable<BigInt>,
}

/// Writes a household's assessment, whether there was one or not.
///
/// # Errors
/// The database's own.
pub fn upsert_assessment(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    village: VillageCode,
    assessment: &Assessment,
) -> Result<(), StoreError> {
    let statement = Upsert {
        tambon_code: tambon_column(tambon),
        household_id: &household.0,
        village_code: village_column(village),
        need_rank: assessment.need_rank(),
        housing_rank: assessment.housing_rank(),
        tier: assessment.tier as i16,
        need: assessment.need.into(),
        need_min: assessment.need_min.into(),
        need_max: assessment.need_max.into(),
        housing: assessment.housing.into(),
        completeness: assessment.completeness.into(),
        flags_yes: assessment.yes.0.cast_signed(),
        flags_no: assessment.no.0.cast_signed(),
        flags_unknown: assessment.unknown.0.cast_signed(),
        severe: assessment.severe,
        tpmap_target: assessment.tpmap_target,
        missed: assessment.missed,
        needs_check: assessment.needs_check,
        card: assessment.card as i16,
        income_per_person: assessment.income_per_person,
        need_categories: assessment.needs.cast_signed(),
        inputs: assessment.inputs.map(Inputs::pack),
    };
    statement.execute(tx).map(drop)
}

/// Takes away the assessment of one household, or all of the tambon's.
///
/// # Errors
/// The database's own.
pub fn delete_assessments(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: Option<HouseholdId>,
) -> Result<(), StoreError> {
    let all = diesel::delete(assessments::table).filter(assessments::tambon_code.eq(tambon_column(tambon)));
    match household {
        Some(household) => {
            let one = all.filter(assessments::household_id.eq(household.0.as_slice()));
            each!(&mut **tx, |c| one.execute(c))?;
        }
        None => {
            each!(&mut **tx, |c| all.execute(c))?;
        }
    }
    Ok(())
}

#[derive(Queryable)]
struct Record {
    household_id: Vec<u8>,
    village_code: i32,
    tier: i16,
    need: i16,
    need_min: i16,
    need_max: i16,
    housing: i16,
    completeness: i16,
    flags_yes: i32,
    flags_no: i32,
    flags_unknown: i32,
    severe: bool,
    tpmap_target: bool,
    missed: bool,
    needs_check: bool,
    card: i16,
    income_per_person: Option<i64>,
    need_categories: i32,
    inputs: Option<i64>,
}

impl Record {
    fn into_assessed(self) -> Result<Assessed, StoreError> {
        let score = |column: i16| {
            u8::try_from(column).map_err(|_| StoreError::Corrupt(format!("a score is {column}")))
        };
        let tier = match self.tier {
            1 => Tier::Urgent,
            2 => Tier::Severe,
            3 => Tier::Deprived,
            4 => Tier::Sound,
            other => return Err(StoreError::Corrupt(format!("a household is of tier {other}"))),
        };
        Ok(Assessed {
            household: HouseholdId(bytes_from("a household id", &self.household_id)?),
            village: village_from(self.village_code)?,
            assessment: Assessment {
                tier,
                need: score(self.need)?,
                need_min: score(self.need_min)?,
                need_max: score(self.need_max)?,
                housing: score(self.housing)?,
                completeness: score(self.completeness)?,
                yes: FlagSet(self.flags_yes.cast_unsigned()),
                no: FlagSet(self.flags_no.cast_unsigned()),
                unknown: FlagSet(self.flags_unknown.cast_unsigned()),
                severe: self.severe,
                tpmap_target: self.tpmap_target,
                missed: self.missed,
                needs_check: self.needs_check,
                card: Card::from_column(self.card),
                income_per_person: self.income_per_person,
                needs: self.need_categories.cast_unsigned(),
                inputs: self.inputs.and_then(Inputs::unpack),
            },
        })
    }
}

/// The columns of a [`Record`], in its order.
macro_rules! columns {
    () => {
        (
            assessments::household_id,
            assessments::village_code,
            assessments::tier,
            assessments::need,
            assessments::need_min,
            assessments::need_max,
            assessments::housing,
            assessments::completeness,
            assessments::flags_yes,
            assessments::flags_no,
            assessments::flags_unknown,
            assessments::severe,
            assessments::tpmap_target,
            assessments::missed,
            assessments::needs_check,
            assessments::card,
            assessments::income_per_person,
            assessments::need_categories,
            assessments::inputs,
        )
    };
}

/// The place of a household in a list: its rank, and its id among equals.
pub type Place = (i64, HouseholdId);

/// The households of a tambon in the order of need: at most `count`, after the place named.
///
/// # Errors
/// The database's own.
pub fn in_order(
    conn: &mut Conn,
    tambon: TambonCode,
    by: By,
    after: Option<Place>,
    count: usize,
) -> Result<Vec<Assessed>, StoreError> {
    let (rank, household) = after.map_or((i64::MIN, Vec::new()), |(rank, id)| (rank, id.0.to_vec()));
    macro_rules! in_order {
        ($rank:ident) => {{
            let later = assessments::$rank
                .gt(rank)
                .or(assessments::$rank.eq(rank).and(assessments::household_id.gt(household)));
            let query = assessments::table
                .filter(assessments::tambon_code.eq(tambon_column(tambon)))
                // The second condition is the one that the index can use.
                .filter(assessments::$rank.ge(rank))
                .filter(later)
                .order((assessments::$rank, assessments::household_id))
                .limit(limit(count))
                .select(columns!());
            each!(conn, |c| query.load::<Record>(c))?
        }};
    }
    let records = match by {
        By::Need => in_order!(need_rank),
        By::Housing => in_order!(housing_rank),
    };
    records.into_iter().map(Record::into_assessed).collect()
}

/// The assessments of a tambon, by id: at most `count`, after the household named.
///
/// # Errors
/// The database's own.
pub fn assessments_after(
    conn: &mut Conn,
    tambon: TambonCode,
    after: Option<HouseholdId>,
    count: usize,
) -> Result<Vec<Assessed>, StoreError> {
    let after = after.map_or_else(Vec::new, |household| household.0.to_vec());
    let query = assessments::table
        .filter(assessments::tambon_code.eq(tambon_column(tambon)))
        .filter(assessments::household_id.gt(after))
        .order(assessments::household_id)
        .limit(limit(count))
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Record::into_assessed).collect()
}

/// The assessments of these households, by id; those that have none are left out.
///
/// # Errors
/// The database's own.
pub fn assessments_of(
    conn: &mut Conn,
    tambon: TambonCode,
    ids: &[HouseholdId],
) -> Result<Vec<Assessed>, StoreError> {
    let ids: Vec<&[u8]> = ids.iter().map(HouseholdId::as_bytes).collect();
    let query = assessments::table
        .filter(assessments::tambon_code.eq(tambon_column(tambon)))
        .filter(assessments::household_id.eq_any(ids))
        .order(assessments::household_id)
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Record::into_assessed).collect()
}
