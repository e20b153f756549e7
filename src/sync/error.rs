//! What can go wrong in a sync, beside verdicts: those are answers, not errors.

use sync_protocol::ids::{HouseholdId, TambonCode};
use sync_protocol::registers::Corrupt;

use crate::store::{StoreError, TxError};

/// Why a sync, a fold, a rebuild or a frame came to nothing. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The database's own error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The hub does not serve this tambon.
    #[error("tambon {0} is not served by this hub")]
    UnknownTambon(TambonCode),
    /// The hub has no such household, or it is one no more.
    #[error("household {0} is not one of this hub's")]
    UnknownHousehold(HouseholdId),
    /// The two households cannot become one.
    #[error("the households cannot become one: {0}")]
    Unfoldable(String),
    /// The stored registers of a household cannot be read.
    #[error("the registers of household {household} cannot be read: {corrupt}; run `samruat reproject`")]
    Registers {
        /// The household.
        household: HouseholdId,
        /// Why.
        corrupt: Corrupt,
    },
    /// The log holds what it should not.
    #[error("entry {seq} of the log does not fit: {reason}; run `samruat verify`")]
    Log {
        /// Its place.
        seq: u64,
        /// Why.
        reason: String,
    },
}

impl TxError for SyncError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
