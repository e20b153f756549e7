//! The reader and the registers against Automerge itself: what honest devices write, what hostile
//! bytes try, and what the JavaScript library makes of both.

mod differential;
mod reference;
mod world;
