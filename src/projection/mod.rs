//! From a household's registers to the rows of the read model: pure, no I/O.

pub mod rows;
pub mod thai;
