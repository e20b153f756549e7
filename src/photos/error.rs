//! What goes wrong with photos.

use crate::store::{StoreError, TxError};

/// Why a photo was not taken or given.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The database's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder's, or the object store's.
    #[error("photos cannot be read or written: {0}")]
    Objects(#[from] object_store::Error),
    /// The place for photos cannot be used.
    #[error("photos cannot be kept in {place}: {reason}")]
    Place {
        /// What was named.
        place: String,
        /// Why not.
        reason: String,
    },
    /// A photo over the limit.
    #[error("a photo may have {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u32,
    },
    /// More unfinished uploads than one device may have.
    #[error("this device has {0} unfinished uploads already; finish those first")]
    TooManyUploads(usize),
    /// No such upload of this device.
    #[error("there is no such upload; begin it again")]
    UnknownUpload,
    /// The upload stands elsewhere.
    #[error("the upload goes on from {received}")]
    WrongOffset {
        /// Where it stands.
        received: u32,
    },
    /// What arrived is not what was announced.
    #[error("what arrived does not have the SHA-256 that was announced; begin again")]
    Mismatch,
    /// What arrived is no picture.
    #[error("what arrived is neither JPEG nor PNG nor WebP")]
    NotAPhoto,
    /// Its household was erased.
    #[error("the household of this photo was erased; keep the photo nowhere")]
    Erased,
}

impl TxError for PhotoError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
