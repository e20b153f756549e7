//! Interviews as they are typed.
