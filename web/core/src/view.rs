//! A document as it is read: what it shows, who wrote it and when.

use light::{Map, Set};

use survey_form::engine::{Entry, RowId as FormRow};
use survey_form::value::Scalar as FormScalar;
use sync_protocol::change::Change;
use sync_protocol::document::Document;
use sync_protocol::ids::{DeviceId, RowId};
use sync_protocol::registers::Registers;
use sync_protocol::value::{Scalar, ScalarRef};

use crate::fault::Fault;

/// A household's registers, with the times of its changes.
#[derive(Debug)]
pub struct View {
    registers: Registers,
    /// By the places that the registers have for changes.
    times_ms: Vec<i64>,
}

/// A live value, and who put it.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The value.
    pub value: Scalar,
    /// The device that put it.
    pub device: DeviceId,
    /// When, by that device's clock.
    pub time_ms: i64,
}

impl View {
    /// The view of a stored document; of a new household where it is empty.
    ///
    /// # Errors
    /// `internal` where the document cannot be read.
    pub fn of(document: &[u8]) -> Result<Self, Fault> {
        let mut view = Self { registers: Registers::genesis(), times_ms: Vec::new() };
        if document.is_empty() {
            return Ok(view);
        }
        let document = Document::load(document).map_err(Fault::internal)?;
        for (place, held) in (0_u64..).zip(document.changes()) {
            let change = Change::read(&held.bytes).map_err(Fault::internal)?;
            view.times_ms.push(change.time_ms());
            if view.registers.merge(&change, place).is_err() {
                return Err(Fault::internal("a stored document holds a change that does not fit"));
            }
        }
        Ok(view)
    }

    /// The household as the engine takes it: rows in the order of the operations that made them.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let shown = self.registers.shown();
        let mut rows: Map<RowId, Vec<Entry>> = Map::new();
        let mut entries = Vec::with_capacity(shown.len());
        for register in &shown {
            let entry = Entry {
                row: register.row.map(|row| FormRow(row.0)),
                key: register.key.to_owned(),
                value: form_scalar(&register.value.to_owned()),
            };
            match register.row {
                None => entries.push(entry),
                Some(row) => rows.entry(row).or_default().push(entry),
            }
        }
        entries.extend(self.registers.rows_by_making().iter().filter_map(|row| rows.remove(row)).flatten());
        entries
    }

    /// The live values of one register, the last one is shown.
    #[must_use]
    pub fn live(&self, row: Option<RowId>, key: &str) -> Vec<Live> {
        let register = self.registers.register(row, key);
        let live = register.map(|register| register.live).unwrap_or_default();
        live.into_iter()
            .map(|live| Live {
                value: live.value.to_owned(),
                device: live.actor.device(),
                time_ms: self.time_ms(live.log_seq),
            })
            .collect()
    }

    fn time_ms(&self, place: u64) -> i64 {
        usize::try_from(place).ok().and_then(|place| self.times_ms.get(place)).copied().unwrap_or(0)
    }

    /// Rows and keys of the registers whose live values differ.
    #[must_use]
    pub fn conflicts(&self) -> Set<(Option<RowId>, String)> {
        let shown = self.registers.shown().into_iter().filter(|register| register.conflict);
        shown.map(|register| (register.row, register.key.to_owned())).collect()
    }

    /// Every register that holds something with its place, who put it and when.
    pub fn written(&self) -> Vec<(Option<RowId>, String, DeviceId, i64)> {
        let shown = self.registers.shown().into_iter().filter(|register| register.value != ScalarRef::Null);
        let written = shown.filter_map(|register| {
            let live = self.registers.register(register.row, register.key)?;
            let last = live.live.last()?;
            Some((register.row, register.key.to_owned(), last.actor.device(), self.time_ms(last.log_seq)))
        });
        written.collect()
    }

    /// The devices that wrote in it.
    #[must_use]
    pub fn writers(&self) -> Set<DeviceId> {
        self.registers.changes().map(|change| change.actor.device()).collect()
    }
}

/// An answer as forms have it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no form asks for such numbers")]
pub fn form_scalar(scalar: &Scalar) -> FormScalar {
    match scalar {
        Scalar::Null => FormScalar::Null,
        Scalar::Bool(value) => FormScalar::Bool(*value),
        Scalar::Int(value) => FormScalar::Int(*value),
        Scalar::Uint(value) => i64::try_from(*value).map_or(FormScalar::F64(*value as f64), FormScalar::Int),
        Scalar::F64(value) => FormScalar::F64(*value),
        Scalar::Str(value) => FormScalar::Str(value.clone()),
    }
}

/// An answer as documents have it.
#[must_use]
pub fn document_scalar(scalar: &FormScalar) -> Scalar {
    match scalar {
        FormScalar::Null => Scalar::Null,
        FormScalar::Bool(value) => Scalar::Bool(*value),
        FormScalar::Int(value) => Scalar::Int(*value),
        FormScalar::F64(value) => Scalar::F64(*value),
        FormScalar::Str(value) => Scalar::Str(value.clone()),
    }
}
