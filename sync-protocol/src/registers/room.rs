//! How much one household may hold: less on a hub than on a device.

use crate::limits;

/// What a household has room for, of each kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) changes: usize,
    pub(crate) rows: usize,
    pub(crate) actors: usize,
    pub(crate) registers: usize,
    pub(crate) values: usize,
    pub(crate) heads: usize,
    /// Whether a row may be made twice, by two who did not know of each other.
    pub(crate) rows_twice: bool,
}

impl Room {
    /// On a hub: the limits that the protocol states.
    pub(super) const HUB: Self = Self {
        changes: limits::HOUSEHOLD_CHANGES_MAX,
        rows: limits::HOUSEHOLD_ROWS_MAX,
        actors: limits::HOUSEHOLD_ACTORS_MAX,
        registers: limits::HOUSEHOLD_REGISTERS_MAX,
        values: limits::REGISTER_VALUES_MAX,
        heads: limits::HOUSEHOLD_HEADS_MAX,
        rows_twice: false,
    };

    /// On a device: all that a hub may hold, and as much again that no hub has accepted yet. What a
    /// hub will refuse, a device takes: it has to show what was written on it until it is told.
    pub(crate) const DEVICE: Self = Self {
        changes: 2 * Self::HUB.changes,
        rows: 2 * Self::HUB.rows,
        actors: 2 * Self::HUB.actors,
        registers: 2 * Self::HUB.registers,
        values: 2 * Self::HUB.values,
        heads: 2 * Self::HUB.heads,
        rows_twice: true,
    };
}

// Whatever lies in a register of a device, one operation can replace it.
const _: () = assert!(Room::DEVICE.values <= limits::OP_PREDS_MAX);
