//! The device side of the protocol over HTTP: for the command line, for tests, for one hub to another.
//! The only place that knows reqwest.
//!
//! [`Hub`] speaks HTTP; [`sync`] drives a [`Session`](sync_protocol::device::Session) between a
//! device's file and anything that [`Transport`]s, so that tests can put a bad network in between.

mod hub;
mod session;

pub use hub::{Enrolment, Hub};
pub(crate) use session::stretched;
pub use session::{SyncError, SyncReport, sync};

use sync_protocol::wire::FrameRef;

/// The setting of a device's file that holds [`Transport::people`].
pub(crate) const PEOPLE: &str = "people";

/// What can go wrong between a device and its hub.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The hub's address is not one.
    #[error("{0:?} is not a hub's address; write it like http://192.168.1.10:8080")]
    Address(String),
    /// The hub cannot be reached, or the connection broke: what was sent may or may not have arrived.
    #[error("the hub cannot be reached: {0}. Nothing is lost: sync again when there is a network")]
    Unreachable(String),
    /// The hub refused.
    #[error("the hub refused: {title} ({kind}){detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem's type, e.g. `urn:samruat:problem:device-revoked`.
        kind: String,
        /// What happened, in English and Thai.
        title: String,
        /// More of it, with a leading separator, or empty.
        detail: String,
        /// Seconds after which the hub asks to be asked again.
        retry_after_seconds: Option<u64>,
    },
    /// The hub's answer is not one.
    #[error("the hub's answer cannot be read: {0}")]
    Unreadable(String),
}

impl TransportError {
    /// Whether the hub answered that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404 | 410, .. })
    }
}

/// Bytes of bodies that went over the wire, as they were sent: compressed, without headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Traffic {
    /// From the device to the hub.
    pub up_bytes: u64,
    /// From the hub to the device.
    pub down_bytes: u64,
}

/// A way to a hub.
pub trait Transport {
    /// Sends a sync request's body and gives the reply's.
    ///
    /// # Errors
    /// [`TransportError`]; the request may have been carried out all the same.
    fn sync(&mut self, body: &[u8]) -> Result<Vec<u8>, TransportError>;

    /// Fetches at most `count` of a frame's bytes, from `offset` on.
    ///
    /// # Errors
    /// [`TransportError`]; [`TransportError::is_not_found`] when the hub has it no more.
    fn frame(&mut self, frame: &FrameRef, offset: u64, count: u64) -> Result<Vec<u8>, TransportError>;

    /// The names of the people behind the tambon's devices: a JSON object, device id to name.
    ///
    /// # Errors
    /// [`TransportError`].
    fn people(&mut self) -> Result<Vec<u8>, TransportError>;

    /// What went over the wire so far.
    fn traffic(&self) -> Traffic;
}
