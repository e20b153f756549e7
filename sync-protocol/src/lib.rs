//! The sync protocol of Samruat, without I/O, clock or chance. PROTOCOL.md beside this crate is its
//! specification.

pub mod change;
pub mod cursor;
pub mod device;
pub mod digest;
pub mod document;
pub mod frame;
pub mod genesis;
pub mod hub;
pub mod ids;
pub mod limits;
pub mod registers;
pub mod snapshot;
pub mod value;
pub mod wire;
