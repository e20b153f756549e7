//! Maps and sets as sorted vectors, and a sort that exists once for all types of items.

mod map;
mod set;
mod sort;

pub use map::{Entry, IntoIter, Iter, IterMut, Map};
pub use set::Set;
pub use sort::sort_by;
