//! The reader and the registers against Automerge itself: what honest devices write, what hostile
//! bytes try, and what the JavaScript library makes of both; and devices in step with a hub.

mod bombs;
mod differential;
mod document;
mod javascript;
mod judge;
mod limits;
mod mutation;
mod raw;
mod reference;
mod snapshot;
mod specification;
mod sync;
mod world;
