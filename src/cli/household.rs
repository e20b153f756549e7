//! `samruat merge`: two households that are one.

use clap::Args;
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode};

use super::{CliError, DatabaseArgs, operator, served};
use crate::clock::Clock;
use crate::http::merges::merge_households;
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
