//! Every limit on what comes from outside, in one place. Whoever changes one changes PROTOCOL.md.

/// Bytes of one change chunk, header included.
pub const CHANGE_BYTES_MAX: usize = 64 * 1024;
/// Operations in one change.
pub const CHANGE_OPS_MAX: usize = 2_000;
/// Dependencies of one change.
pub const CHANGE_DEPS_MAX: usize = 32;
/// Actors that one change names, its author included.
pub const CHANGE_ACTORS_MAX: usize = 64;
/// Values that one operation replaces.
pub const OP_PREDS_MAX: usize = 64;
/// Values that the operations of one change replace, all together. A run-length encoded column
/// names hundreds of thousands of them in a few bytes, and each has to be looked up.
pub const CHANGE_PREDS_MAX: usize = 8_000;
/// The time of a change, in milliseconds before or after 1970: what JavaScript holds exactly.
/// Automerge keeps the differences between times, which overflow where any `i64` is let in.
pub const TIME_MS_MAX: u64 = (1 << 53) - 1;
/// Bytes of a question name, with its choice.
pub const KEY_BYTES_MAX: usize = 128;
/// Bytes of a string answer (500 Thai characters are 1,500).
pub const STRING_BYTES_MAX: usize = 4_096;

/// Changes in one household.
pub const HOUSEHOLD_CHANGES_MAX: usize = 10_000;
/// The highest operation counter in one household.
pub const HOUSEHOLD_OPS_MAX: u64 = 200_000;
/// Rows in one household, hidden ones included.
pub const HOUSEHOLD_ROWS_MAX: usize = 1_000;
/// Actors in one household.
pub const HOUSEHOLD_ACTORS_MAX: usize = 1_000;
/// Registers (keys) in one household.
pub const HOUSEHOLD_REGISTERS_MAX: usize = 20_000;

/// Live values in one register. Below [`OP_PREDS_MAX`] and [`CHANGE_ACTORS_MAX`], so that
/// whatever lies in a register, one operation can replace it.
pub const REGISTER_VALUES_MAX: usize = 32;
/// Heads of one household. Below [`CHANGE_DEPS_MAX`], so that a device can join them all in one
/// change, its own unsent ones included.
pub const HOUSEHOLD_HEADS_MAX: usize = 24;

/// Bytes of a request body, inflated.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a reply body, inflated.
pub const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Changes in one request.
pub const REQUEST_CHANGES_MAX: usize = 2_000;
/// Households named in one request, for any purpose.
pub const REQUEST_HOUSEHOLDS_MAX: usize = 2_000;
/// The least budget that a device can name, in bytes.
pub const BUDGET_BYTES_MIN: u32 = 1_024;
/// The budget that a device has unless it names one, in bytes.
pub const BUDGET_BYTES_DEFAULT: u32 = 256 * 1024;
/// The largest budget that a hub grants, in bytes.
pub const BUDGET_BYTES_MAX: u32 = 1024 * 1024;
/// Villages in one device's scope.
pub const SCOPE_VILLAGES_MAX: usize = 100;
/// Buckets that a village's households are divided into for reconciliation.
pub const BUCKETS: usize = 64;

/// Compressed bytes that a frame aims at.
pub const FRAME_BYTES_AIM: usize = 96 * 1024;
/// Compressed bytes of one frame.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of one frame, inflated.
pub const FRAME_INFLATED_BYTES_MAX: usize = 16 * 1024 * 1024;
