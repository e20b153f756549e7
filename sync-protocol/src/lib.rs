//! The sync protocol, without I/O, clock or chance.

pub mod ids;
pub mod limits;
pub mod value;
