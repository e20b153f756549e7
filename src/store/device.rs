//! A device's own file: its documents, its outbox and what it remembers of its hub.
//!
//! Every write is one transaction with `synchronous=FULL`: it is durable when the call returns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use sync_protocol::device::{Mark, Outgoing, Presence, Storage, Stored};
use sync_protocol::genesis;
use sync_protocol::ids::{ActorId, ChangeHash, HouseholdId, VillageCode};

use super::error::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/device");

#[allow(missing_docs, reason = "the columns say what they are")]
mod tables {
    diesel::table! {
        settings (name) {
            name -> Text,
            value -> Binary,
        }
    }

    diesel::table! {
        documents (household_id) {
            household_id -> Binary,
            village_code -> Integer,
            actor -> Nullable<Binary>,
            document -> Binary,
            heads -> Binary,
            presence -> SmallInt,
            presence_detail -> Nullable<Binary>,
        }
    }

    diesel::table! {
        outbox (position) {
            position -> BigInt,
            household_id -> Binary,
            village_code -> Integer,
            hash -> Binary,
            payload -> Binary,
            mark -> Nullable<SmallInt>,
            reason -> Nullable<SmallInt>,
        }
    }
}

use tables::{documents, outbox, settings};

const ACCEPTED: i16 = 0;
const REFUSED: i16 = 1;

/// The file of one device.
pub struct DeviceFile {
    conn: SqliteConnection,
}

/// A change that the hub put into quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedChange {
    /// Its household.
    pub household: HouseholdId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Code of the reason.
    pub reason: u8,
    /// Its raw bytes.
    pub bytes: Vec<u8>,
}

impl DeviceFile {
    /// Opens the file, and makes it where it is not.
    ///
    /// # Errors
    /// When the file cannot be opened, or a newer version wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let unreachable =
            |error: &dyn std::fmt::Display| StoreError::Unreachable(format!("{}: {error}", path.display()));
        let path_text = path.to_str().ok_or_else(|| unreachable(&"its name is not UTF-8"))?;
        let mut conn = SqliteConnection::establish(path_text).map_err(|error| unreachable(&error))?;
        conn.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        )?;
        conn.run_pending_migrations(MIGRATIONS).map_err(|error| StoreError::Migration(error.to_string()))?;
        Ok(Self { conn })
    }

    /// Runs `work` in one transaction that is durable when this returns, or undone.
    ///
    /// # Errors
    /// What `work` says, or the file.
    pub fn transaction<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut DeviceTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut failure = None;
        let result = self.conn.immediate_transaction(|conn| {
            work(&mut DeviceTx { conn }).map_err(|error| {
                failure = Some(error);
                diesel::result::Error::RollbackTransaction
            })
        });
        result.map_err(|error| failure.unwrap_or_else(|| StoreError::from(error).into()))
    }

    /// A setting, e.g. the device's token.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn setting(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(settings::table.find(name).select(settings::value).first(&mut self.conn).optional()?)
    }

    /// Writes settings, all or none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(&mut self, values: &[(&str, &[u8])]) -> Result<(), StoreError> {
        self.transaction(|tx| values.iter().try_for_each(|(name, value)| tx.set(name, value)))
    }

    /// Writes settings, and forgets those whose names begin with `prefix` and are not among `kept`: all or
    /// nothing of it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn replace(
        &mut self,
        values: &[(&str, &[u8])],
        prefix: &str,
        kept: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        self.transaction(|tx| {
            values.iter().try_for_each(|(name, value)| tx.set(name, value))?;
            let names: Vec<String> = settings::table.select(settings::name).load(tx.conn)?;
            for name in names.iter().filter(|name| name.starts_with(prefix) && !kept.contains(*name)) {
                diesel::delete(settings::table.find(name)).execute(tx.conn)?;
            }
            Ok(())
        })
    }

    /// One household.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn household(&mut self, household: HouseholdId) -> Result<Option<Stored>, StoreError> {
        DeviceTx { conn: &mut self.conn }.load(household)
    }

    /// The households that are here, with their documents, in the order of their ids.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn documents(&mut self) -> Result<Vec<(HouseholdId, Stored)>, StoreError> {
        let rows: Vec<DocumentRow> = documents::table
            .filter(documents::presence.eq(0))
            .order(documents::household_id)
            .load(&mut self.conn)?;
        rows.into_iter().map(|row| Ok((household_id(&row.household_id)?, row.stored()?))).collect()
    }

    /// The live households with their villages and heads, as a sync wants them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn live(&mut self) -> Result<BTreeMap<HouseholdId, (VillageCode, Vec<ChangeHash>)>, StoreError> {
        let rows: Vec<(Vec<u8>, i32, Vec<u8>)> = documents::table
            .filter(documents::presence.eq(0))
            .select((documents::household_id, documents::village_code, documents::heads))
            .load(&mut self.conn)?;
        let mut live = BTreeMap::new();
        for (household, village, heads) in rows {
            let heads = hashes(&heads)?;
            if !heads.is_empty() && heads != [genesis::hash()] {
                live.insert(household_id(&household)?, (village_code(village)?, heads));
            }
        }
        Ok(live)
    }

    /// The households that moved away and are kept, to be offered to a hub that was restored.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn away(&mut self) -> Result<Vec<HouseholdId>, StoreError> {
        let rows: Vec<DocumentRow> =
            documents::table.filter(documents::presence.eq(2)).load(&mut self.conn)?;
        let mut away = Vec::new();
        for row in rows {
            let household = household_id(&row.household_id)?;
            if row.stored()?.is_kept_away() {
                away.push(household);
            }
        }
        Ok(away)
    }

    /// The changes that the hub has not accepted yet, in the order in which they were put.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unsent(&mut self) -> Result<Vec<Outgoing>, StoreError> {
        let rows: Vec<OutboxRow> = outbox::table
            .filter(outbox::mark.is_null())
            .order(outbox::position)
            .select(OutboxRow::as_select())
            .load(&mut self.conn)?;
        rows.into_iter().map(OutboxRow::outgoing).collect()
    }

    /// The changes that the hub put into quarantine.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn refused(&mut self) -> Result<Vec<RefusedChange>, StoreError> {
        let rows: Vec<(OutboxRow, Option<i16>)> = outbox::table
            .filter(outbox::mark.eq(REFUSED))
            .order(outbox::position)
            .select((OutboxRow::as_select(), outbox::reason))
            .load(&mut self.conn)?;
        rows.into_iter()
            .map(|(row, reason)| {
                let reason = reason.and_then(|reason| u8::try_from(reason).ok()).unwrap_or(0);
                let Outgoing { household, hash, bytes, .. } = row.outgoing()?;
                Ok(RefusedChange { household, hash, reason, bytes })
            })
            .collect()
    }
}

/// One transaction of a device's file.
pub struct DeviceTx<'a> {
    conn: &'a mut SqliteConnection,
}

impl DeviceTx<'_> {
    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        diesel::replace_into(settings::table)
            .values((settings::name.eq(name), settings::value.eq(value)))
            .execute(self.conn)?;
        Ok(())
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = documents)]
struct DocumentRow {
    household_id: Vec<u8>,
    village_code: i32,
    actor: Option<Vec<u8>>,
    document: Vec<u8>,
    heads: Vec<u8>,
    presence: i16,
    presence_detail: Option<Vec<u8>>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox)]
struct OutboxRow {
    household_id: Vec<u8>,
    village_code: i32,
    hash: Vec<u8>,
    payload: Vec<u8>,
}

impl DocumentRow {
    fn of(household: HouseholdId, stored: &Stored) -> Self {
        let (presence, presence_detail) = match stored.presence {
            Presence::Here => (0, None),
            Presence::Folded(into) => (1, Some(into.0.to_vec())),
            Presence::Moved(to) => (2, Some(to.get().to_be_bytes().to_vec())),
            Presence::Erased => (3, None),
        };
        Self {
            household_id: household.0.to_vec(),
            village_code: village_number(stored.village),
            actor: stored.actor.map(|actor| actor.0.to_vec()),
            document: stored.document.clone(),
            heads: stored.heads.iter().flat_map(|head| head.0).collect(),
            presence,
            presence_detail,
        }
    }

    fn stored(self) -> Result<Stored, StoreError> {
        let detail = self.presence_detail.unwrap_or_default();
        let presence = match self.presence {
            0 => Presence::Here,
            1 => Presence::Folded(household_id(&detail)?),
            2 => {
                let number =
                    detail.as_slice().try_into().map(u32::from_be_bytes).map_err(|_| corrupt("a village"))?;
                Presence::Moved(VillageCode::try_from(number).map_err(|_| corrupt("a village"))?)
            }
            3 => Presence::Erased,
            _ => return Err(corrupt("a household's presence")),
        };
        let actor = self.actor.map(|actor| ActorId::try_from(actor.as_slice())).transpose();
        Ok(Stored {
            village: village_code(self.village_code)?,
            actor: actor.map_err(|_| corrupt("an actor"))?,
            document: self.document,
            heads: hashes(&self.heads)?,
            presence,
        })
    }
}

impl OutboxRow {
    fn outgoing(self) -> Result<Outgoing, StoreError> {
        Ok(Outgoing {
            household: household_id(&self.household_id)?,
            village: village_code(self.village_code)?,
            hash: ChangeHash::try_from(self.hash.as_slice()).map_err(|_| corrupt("a change hash"))?,
            bytes: self.payload,
        })
    }
}

impl Storage for DeviceTx<'_> {
    type Error = StoreError;

    fn load(&mut self, household: HouseholdId) -> Result<Option<Stored>, StoreError> {
        let row: Option<DocumentRow> =
            documents::table.find(household.as_bytes()).first(self.conn).optional()?;
        row.map(DocumentRow::stored).transpose()
    }

    fn save(&mut self, household: HouseholdId, stored: &Stored) -> Result<(), StoreError> {
        diesel::replace_into(documents::table)
            .values(DocumentRow::of(household, stored))
            .execute(self.conn)?;
        Ok(())
    }

    fn unsent(&mut self, household: HouseholdId) -> Result<Vec<Outgoing>, StoreError> {
        let rows: Vec<OutboxRow> = outbox::table
            .filter(outbox::household_id.eq(household.as_bytes()).and(outbox::mark.is_null()))
            .order(outbox::position)
            .select(OutboxRow::as_select())
            .load(self.conn)?;
        rows.into_iter().map(OutboxRow::outgoing).collect()
    }

    fn put_outgoing(&mut self, outgoing: &Outgoing) -> Result<(), StoreError> {
        let row = OutboxRow {
            household_id: outgoing.household.0.to_vec(),
            village_code: village_number(outgoing.village),
            hash: outgoing.hash.0.to_vec(),
            payload: outgoing.bytes.clone(),
        };
        diesel::insert_or_ignore_into(outbox::table).values(row).execute(self.conn)?;
        Ok(())
    }

    fn mark(&mut self, household: HouseholdId, hash: &ChangeHash, mark: Mark) -> Result<(), StoreError> {
        let it = outbox::table
            .filter(outbox::household_id.eq(household.as_bytes()).and(outbox::hash.eq(hash.as_bytes())));
        let (mark, reason) = match mark {
            Mark::Replaced => {
                diesel::delete(it).execute(self.conn)?;
                return Ok(());
            }
            Mark::Accepted => (ACCEPTED, None),
            Mark::Refused(reason) => (REFUSED, Some(i16::from(reason))),
        };
        diesel::update(it).set((outbox::mark.eq(mark), outbox::reason.eq(reason))).execute(self.conn)?;
        Ok(())
    }

    fn confirm(&mut self) -> Result<(), StoreError> {
        diesel::delete(outbox::table.filter(outbox::mark.eq(ACCEPTED))).execute(self.conn)?;
        Ok(())
    }

    fn save_state(&mut self, state: &[u8]) -> Result<(), StoreError> {
        self.set("state", state)
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in the device's file"))
}

fn household_id(bytes: &[u8]) -> Result<HouseholdId, StoreError> {
    HouseholdId::try_from(bytes).map_err(|_| corrupt("a household id"))
}

fn hashes(bytes: &[u8]) -> Result<Vec<ChangeHash>, StoreError> {
    bytes.chunks(32).map(|hash| ChangeHash::try_from(hash).map_err(|_| corrupt("a change hash"))).collect()
}

fn village_code(number: i32) -> Result<VillageCode, StoreError> {
    let number = u32::try_from(number).map_err(|_| corrupt("a village"))?;
    VillageCode::try_from(number).map_err(|_| corrupt("a village"))
}

fn village_number(village: VillageCode) -> i32 {
    i32::try_from(village.get()).expect("a village code has 8 digits")
}
