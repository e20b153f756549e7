//! Forms of Samruat, without I/O, clock or chance: the same on the hub and on a phone.

pub mod compare;
pub mod engine;
pub mod expr;
pub mod fault;
pub mod limits;
pub mod model;
pub mod thai;
pub mod value;
#[cfg(feature = "workbook")]
pub mod workbook;
#[cfg(feature = "workbook")]
pub mod xlsform;
