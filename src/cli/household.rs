//! `samruat merge`: two households that are one. `samruat household erase`: one that is to be forgotten.

use clap::{Args, Subcommand};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode};

use super::{CliError, DatabaseArgs, operator, served};
use crate::clock::Clock;
use crate::http::erasures::{ErasureError, checked_reason, erase_household};
use crate::http::merges::merge_households;
use crate::photos::{Photos, Place};
use crate::store::{Conn, Database, StoreError, documents};
use crate::sync::{Hub, SyncError};

/// Merge household A into household B, for good.
///
/// Nothing is lost: answers that differ become conflicts for a person to settle, and what a device that
/// knows only A sends later goes to B. `samruat verify` and the devices' digests agree afterwards.
///
///   samruat merge 06e1t8qk7d0h5s1v2m3n4p5q6c 3f9a0b1c2d3e4f5g6h7i8j9k0g
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Merge {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The household that becomes part of the other
    #[arg(value_name = "A")]
    from: HouseholdId,
    /// The household that goes on
    #[arg(value_name = "B")]
    into: HouseholdId,
}

impl Merge {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let database = self.database.open()?;
        let tambon = tambon_of(&database, self.from)?;
        let hub = Hub::new(database, clock.clone())?;
        let merged = merge_households(&hub, tambon, self.from, self.into, &operator(), clock.now())?;
        Ok(if json {
            json!({ "tambon": tambon.to_string(), "from": merged.from, "into": merged.into }).to_string()
        } else {
            format!(
                "รวมครัวเรือน {} เข้ากับ {} แล้ว / household {} is part of {} now",
                merged.from, merged.into, merged.from, merged.into
            )
        })
    }
}

/// What is done to one household.
#[derive(Debug, Subcommand)]
pub(super) enum HouseholdCommand {
    Erase(Erase),
}

impl HouseholdCommand {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        match self {
            Self::Erase(erase) => erase.run(json, clock),
        }
    }
}

/// Erase a household at its members' request, for good.
///
/// Its answers go from the tables, the log and the files of first syncs, its photos from their store. Devices
/// delete their copies at their next sync, and what they send later of it is refused. That it was erased, when,
/// by whom and why stays in the audit log: name no one of the household in the reason.
///
/// Backups still hold it. After a restore from one, erase it again.
///
///   samruat household erase 06e1t8qk7d0h5s1v2m3n4p5q6c --reason 'คำขอเลขที่ 12/2569'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Erase {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The household
    #[arg(value_name = "ID")]
    household: HouseholdId,
    /// Who asked for it and on what ground
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Where photos are kept, as `samruat serve` was told [default: beside the database]
    #[arg(long, value_name = "PLACE", env = "SAMRUAT_PHOTOS")]
    photos: Option<Place>,
}

impl Erase {
    fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let reason = checked_reason(&self.reason).map_err(CliError::Usage)?;
        let database = self.database.open()?;
        let tambon = tambon_of(&database, self.household)?;
        let place = self.photos.unwrap_or_else(|| Place::beside(database.url()));
        let photos = Photos::open(&place).map_err(ErasureError::from)?;
        let hub = Hub::new(database, clock.clone())?;
        let erased =
            erase_household(&hub, &photos, tambon, self.household, &reason, &operator(), clock.now())?;
        let (id, documents, count) = (&erased.household, erased.documents, erased.photos);
        Ok(match documents {
            _ if json => json!({ "tambon": tambon.to_string(), "household": id, "documents": documents, "photos": count })
                .to_string(),
            0 => format!("ครัวเรือน {id} ถูกลบไปก่อนแล้ว / household {id} was erased before"),
            _ => format!("ลบครัวเรือน {id} และรูป {count} รูปแล้ว / household {id} and {count} photos are erased"),
        })
    }
}

/// The tambon that holds a household.
fn tambon_of(database: &Database, household: HouseholdId) -> Result<TambonCode, CliError> {
    for tambon in served(database, None)? {
        let found = database.read(|conn: &mut Conn| -> Result<_, StoreError> {
            Ok(documents::find(conn, tambon, household)?.is_some())
        })?;
        if found {
            return Ok(tambon);
        }
    }
    Err(SyncError::UnknownHousehold(household).into())
}
