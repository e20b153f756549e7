//! Where faults are gathered.

use crate::fault::{Fault, FaultKind, Place, Severity, SheetFault};
use crate::limits::{FAULTS_MAX, SUGGESTIONS_MAX};
use crate::workbook::Sheet;

/// The faults found so far.
#[derive(Default)]
pub(super) struct Sink {
    faults: Vec<Fault>,
    /// Errors and warnings beyond those that are told.
    more: usize,
    /// Whether one of those is an error.
    more_is_error: bool,
}

impl Sink {
    pub(super) fn error(&mut self, place: Place, kind: SheetFault) {
        self.push(Fault { place, severity: Severity::Error, kind: FaultKind::Sheet(kind) });
    }

    pub(super) fn warning(&mut self, place: Place, kind: SheetFault) {
        self.push(Fault { place, severity: Severity::Warning, kind: FaultKind::Sheet(kind) });
    }

    pub(super) fn push(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.more += 1;
            self.more_is_error |= fault.severity == Severity::Error;
        }
    }

    /// Whether there are still so few faults that one more may suggest a name: looking for it costs more
    /// than the rest.
    pub(super) fn suggests(&self) -> bool {
        self.faults.len() < SUGGESTIONS_MAX
    }

    /// A sheet as a place.
    pub(super) fn sheet(sheet: &Sheet) -> Place {
        Place { sheet: sheet.name.clone(), ..Place::default() }
    }

    /// All faults, those of one sheet together and in the order of its rows.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        let mut sheets = Vec::new();
        for fault in &self.faults {
            if !sheets.contains(&fault.place.sheet) {
                sheets.push(fault.place.sheet.clone());
            }
        }
        self.faults.sort_by_key(|fault| {
            let sheet = sheets.iter().position(|sheet| *sheet == fault.place.sheet);
            (sheet, fault.place.row, fault.place.column)
        });
        if self.more > 0 {
            let severity = if self.more_is_error { Severity::Error } else { Severity::Warning };
            let kind = FaultKind::Sheet(SheetFault::MoreFaults(self.more));
            self.faults.push(Fault { place: Place::default(), severity, kind });
        }
        self.faults
    }
}
