//! Sums over the live households of a village, kept by difference at each write, and the houses that
//! it is expected to have.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer};
use sync_protocol::digest::Digest;
use sync_protocol::ids::{TambonCode, VillageCode};

use super::columns::{bytes_from, tambon_column, village_column, village_from};
use super::conn::{Conn, Tx, each};
use super::documents::{Outcome, Tally};
use super::error::StoreError;
use super::schema::{households, roster, villages};
use super::statement::statement;
use crate::clock::Micros;
use crate::planning::indicators::{Counts, Share};

/// Houses of known place in a village.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Places {
    /// The village.
    pub village: VillageCode,
    /// How many.
    pub houses: u64,
    /// The mean of their latitudes and longitudes, degrees of WGS 84.
    pub middle: (f64, f64),
}

/// Sums over a village's live households.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// Proves to a device that it holds the same documents.
    pub digest: Digest,
    /// Households.
    pub households: i32,
    /// Households by the outcome of the visit that counts, in the order of [`Outcome`].
    pub outcomes: [i32; 8],
    /// People.
    pub members: i32,
    /// Needs.
    pub needs: i32,
    /// Registers in conflict.
    pub conflicts: i32,
    /// What plans count.
    pub counts: Counts,
}

impl Sums {
    /// The sums with one more household.
    pub fn add(&mut self, term: Digest, tally: &Tally, share: &Share) {
        self.digest = self.digest.plus(term);
        self.count(tally, 1);
        self.counts.add(share);
    }

    /// The sums without a household.
    pub fn take(&mut self, term: Digest, tally: &Tally, share: &Share) {
        self.digest = self.digest.minus(term);
        self.count(tally, -1);
        self.counts.take(share);
    }

    fn count(&mut self, tally: &Tally, sign: i32) {
        self.households += sign;
        self.outcomes[tally.outcome as usize] += sign;
        self.members += sign * i32::from(tally.members);
        self.needs += sign * i32::from(tally.needs);
        self.conflicts += sign * i32::from(tally.conflicts);
    }

    /// Households with this outcome.
    #[must_use]
    pub fn with(&self, outcome: Outcome) -> i32 {
        self.outcomes[outcome as usize]
    }

    /// Households where somebody was, whatever came of it.
    #[must_use]
    pub fn visited(&self) -> i32 {
        self.households - self.with(Outcome::None)
    }
}

statement! {
    Save = "INSERT INTO villages (tambon_code, village_code, digest, households, done, partial, absent, refused, \
            vacant, demolished, not_found, members, needs, conflicts, counts) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
            ON CONFLICT (tambon_code, village_code) DO UPDATE SET digest = excluded.digest, \
            households = excluded.households, done = excluded.done, partial = excluded.partial, \
            absent = excluded.absent, refused = excluded.refused, vacant = excluded.vacant, \
            demolished = excluded.demolished, not_found = excluded.not_found, members = excluded.members, \
            needs = excluded.needs, conflicts = excluded.conflicts, counts = excluded.counts";
    tambon_code: i32 => Integer,
    village_code: i32 => Integer,
    digest: &'a [u8] => Binary,
    households: i32 => Integer,
    done: i32 => Integer,
    partial: i32 => Integer,
    absent: i32 => Integer,
    refused: i32 => Integer,
    vacant: i32 => Integer,
    demolished: i32 => Integer,
    not_found: i32 => Integer,
    members: i32 => Integer,
    needs: i32 => Integer,
    conflicts: i32 => Integer,
    counts: &'a [u8] => Binary,
}

/// Writes a village's sums.
///
/// # Errors
/// The database's own.
pub fn save(tx: &mut Tx<'_>, village: VillageCode, sums: &Sums) -> Result<(), StoreError> {
    let statement = Save {
        tambon_code: tambon_column(village.tambon()),
        village_code: village_column(village),
        digest: &sums.digest.to_bytes(),
        households: sums.households,
        done: sums.with(Outcome::Done),
        partial: sums.with(Outcome::Partial),
        absent: sums.with(Outcome::Absent),
        refused: sums.with(Outcome::Refused),
        vacant: sums.with(Outcome::Vacant),
        demolished: sums.with(Outcome::Demolished),
        not_found: sums.with(Outcome::NotFound),
        members: sums.members,
        needs: sums.needs,
        conflicts: sums.conflicts,
        counts: &sums.counts.encode(),
    };
    statement.execute(tx).map(drop)
}

#[derive(Queryable)]
struct Record {
    village_code: i32,
    digest: Vec<u8>,
    households: i32,
    done: i32,
    partial: i32,
    absent: i32,
    refused: i32,
    vacant: i32,
    demolished: i32,
    not_found: i32,
    members: i32,
    needs: i32,
    conflicts: i32,
    counts: Option<Vec<u8>>,
}

impl Record {
    fn into_sums(self) -> Result<(VillageCode, Sums), StoreError> {
        let visited = [
            self.done,
            self.partial,
            self.absent,
            self.refused,
            self.vacant,
            self.demolished,
            self.not_found,
        ];
        let mut outcomes = [0; 8];
        outcomes[1..].copy_from_slice(&visited);
        outcomes[0] = self.households - visited.iter().sum::<i32>();
        let sums = Sums {
            digest: Digest::from_bytes(bytes_from("a digest", &self.digest)?),
            households: self.households,
            outcomes,
            members: self.members,
            needs: self.needs,
            conflicts: self.conflicts,
            counts: self.counts.and_then(|counts| Counts::decode(&counts)).unwrap_or_default(),
        };
        Ok((village_from(self.village_code)?, sums))
    }
}

/// The columns of a [`Record`], in its order.
macro_rules! columns {
    () => {
        (
            villages::village_code,
            villages::digest,
            villages::households,
            villages::done,
            villages::partial,
            villages::absent,
            villages::refused,
            villages::vacant,
            villages::demolished,
            villages::not_found,
            villages::members,
            villages::needs,
            villages::conflicts,
            villages::counts,
        )
    };
}

/// The sums of one village; all zero where there is no household.
///
/// # Errors
/// The database's own.
pub fn sums(conn: &mut Conn, village: VillageCode) -> Result<Sums, StoreError> {
    let query = villages::table
        .filter(villages::tambon_code.eq(tambon_column(village.tambon())))
        .filter(villages::village_code.eq(village_column(village)))
        .select(columns!());
    let record: Option<Record> = each!(conn, |c| query.get_result(c).optional())?;
    record.map_or(Ok(Sums::default()), |record| record.into_sums().map(|(_, sums)| sums))
}

/// The sums of every village of a tambon that ever had a household, by code.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<(VillageCode, Sums)>, StoreError> {
    let query = villages::table
        .filter(villages::tambon_code.eq(tambon_column(tambon)))
        .order(villages::village_code)
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Record::into_sums).collect()
}

/// Forgets the sums of a tambon, before they are rebuilt.
///
/// # Errors
/// The database's own.
pub fn clear(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<(), StoreError> {
    let delete = diesel::delete(villages::table.filter(villages::tambon_code.eq(tambon_column(tambon))));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}

/// What a register outside says of a village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The village.
    pub village: VillageCode,
    /// Its name.
    pub name_th: Option<String>,
    /// Houses that it should have.
    pub houses: u32,
    /// Where the number comes from, e.g. the file's name.
    pub source: String,
    /// When it was imported.
    pub imported_at: Micros,
}

/// Writes what is expected of a village, in place of what was.
///
/// # Errors
/// The database's own.
pub fn expect(tx: &mut Tx<'_>, expected: &Expected) -> Result<(), StoreError> {
    let key = (
        roster::tambon_code.eq(tambon_column(expected.village.tambon())),
        roster::village_code.eq(village_column(expected.village)),
    );
    let delete = diesel::delete(roster::table).filter(key.0).filter(key.1);
    each!(&mut **tx, |c| delete.execute(c))?;
    let insert = diesel::insert_into(roster::table).values((
        roster::tambon_code.eq(tambon_column(expected.village.tambon())),
        roster::village_code.eq(village_column(expected.village)),
        roster::name_th.eq(&expected.name_th),
        roster::expected.eq(i32::try_from(expected.houses).unwrap_or(i32::MAX)),
        roster::source.eq(&expected.source),
        roster::imported_at.eq(expected.imported_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// What is expected of the villages of a tambon, by code.
///
/// # Errors
/// The database's own.
pub fn expected(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Expected>, StoreError> {
    let query = roster::table
        .filter(roster::tambon_code.eq(tambon_column(tambon)))
        .order(roster::village_code)
        .select((
            roster::village_code,
            roster::name_th,
            roster::expected,
            roster::source,
            roster::imported_at,
        ));
    let rows: Vec<(i32, Option<String>, i32, String, i64)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(village, name_th, houses, source, imported_at)| {
            Ok(Expected {
                village: village_from(village)?,
                name_th,
                houses: houses.unsigned_abs(),
                source,
                imported_at: Micros(imported_at),
            })
        })
        .collect()
}

/// How far the survey of one village has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The village.
    pub village: VillageCode,
    /// What a register outside says, if one was imported.
    pub expected: Option<Expected>,
    /// What the hub holds.
    pub sums: Sums,
}

/// How far the survey of each village of a tambon has come: villages with households, and those that
/// are expected to have some.
///
/// # Errors
/// The database's own.
pub fn coverage(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Coverage>, StoreError> {
    let mut by_village: std::collections::BTreeMap<VillageCode, Coverage> = all(conn, tambon)?
        .into_iter()
        .map(|(village, sums)| (village, Coverage { village, expected: None, sums }))
        .collect();
    for expected in expected(conn, tambon)? {
        let village = expected.village;
        let empty = || Coverage { village, expected: None, sums: Sums::default() };
        by_village.entry(village).or_insert_with(empty).expected = Some(expected);
    }
    Ok(by_village.into_values().collect())
}

/// Where the houses of each village of a tambon are, in the middle; reads a row for each household.
///
/// # Errors
/// The database's own.
pub fn places(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Places>, StoreError> {
    use diesel::dsl::{avg, count_star};
    let query = households::table
        .filter(households::tambon_code.eq(tambon_column(tambon)))
        .filter(households::lat.is_not_null())
        .group_by(households::village_code)
        .order(households::village_code)
        .select((households::village_code, count_star(), avg(households::lat), avg(households::lon)));
    let rows: Vec<(i32, i64, Option<f64>, Option<f64>)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .filter_map(|(village, houses, lat, lon)| Some((village, houses, lat.zip(lon)?)))
        .map(|(village, houses, middle)| {
            Ok(Places { village: village_from(village)?, houses: houses.unsigned_abs(), middle })
        })
        .collect()
}
