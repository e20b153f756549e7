//! What follows from scores: who is helped first, and how far a budget goes. Pure.

pub mod allocation;
