//! Photos of households: they come piece by piece over bad lines, are checked when they are whole, and lie
//! apart from the database, in a folder or an object store. The only place that knows `object_store`.
//!
//! ```no_run
//! use samruat::photos::{Offer, Photos, Place};
//! # fn take(database: &samruat::store::Database, device: &samruat::store::devices::Device, offer: Offer,
//! #         id: [u8; 16], now: samruat::clock::Micros, bytes: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let photos = Photos::open(&Place::parse("samruat-photos")?)?;
//! let upload = photos.offer(database, device, &offer, id, now)?; // where to go on from
//! let received = photos.append(database, device, &upload.id, upload.received, bytes, now)?;
//! # Ok(())
//! # }
//! ```
//!
//! A photo is named by the SHA-256 of its bytes, within its tambon. What the database says of it is in
//! [`store::photos`](crate::store::photos): a photo's bytes are there before its row, and its row is changed
//! before they go. All of it blocks: call it from a blocking thread.

mod error;
mod media;
mod objects;
mod upload;

pub use error::PhotoError;
pub use media::content_type;
pub use objects::{Photos, Place};
pub use upload::{Offer, PHOTO_BYTES_MAX, UPLOAD_DAYS};
