//! The sync protocol, without I/O, clock or chance.

pub mod change;
pub mod genesis;
pub mod ids;
pub mod limits;
pub mod registers;
pub mod value;
