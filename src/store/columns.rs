//! Between the program's types and the columns that hold them.

use sync_protocol::ids::{TambonCode, VillageCode};

use super::error::StoreError;

/// A tambon's column.
pub(crate) fn tambon_column(tambon: TambonCode) -> i32 {
    tambon.get().cast_signed()
}

/// A village's column.
pub(crate) fn village_column(village: VillageCode) -> i32 {
    village.get().cast_signed()
}

/// Reads a tambon's column.
pub(crate) fn tambon_from(column: i32) -> Result<TambonCode, StoreError> {
    Ok(TambonCode::try_from(column.cast_unsigned())?)
}

/// Reads a village's column.
pub(crate) fn village_from(column: i32) -> Result<VillageCode, StoreError> {
    Ok(VillageCode::try_from(column.cast_unsigned())?)
}

/// A sequence number's column; the log ends long before this could overflow.
pub(crate) fn seq_column(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Reads a sequence number's column.
pub(crate) fn seq_from(column: i64) -> Result<u64, StoreError> {
    u64::try_from(column).map_err(|_| StoreError::Corrupt(format!("sequence number {column}")))
}

/// Reads a column of a fixed number of bytes.
pub(crate) fn bytes_from<const N: usize>(what: &'static str, column: &[u8]) -> Result<[u8; N], StoreError> {
    column
        .try_into()
        .map_err(|_| StoreError::Corrupt(format!("{what} has {} bytes instead of {N}", column.len())))
}

/// A limit as the database takes it.
pub(crate) fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A list of villages as it lies in a column: codes with commas between.
pub(crate) fn villages_column(villages: &[VillageCode]) -> String {
    villages.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Reads [`villages_column`].
pub(crate) fn villages_from(column: &str) -> Result<Vec<VillageCode>, StoreError> {
    Ok(column.split(',').filter(|code| !code.is_empty()).map(str::parse).collect::<Result<_, _>>()?)
}
