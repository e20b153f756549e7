//! The settings sheet: one row that holds for the whole form.

use super::cells::{Grid, is_failed_formula, straight_quotes};
use super::names::{similar, single_spaced};
use super::sink::Sink;
use crate::fault::{Expected, Instead, Place, SheetFault};
use crate::workbook::Sheet;
use std::collections::BTreeMap;

/// What the settings sheet says.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) title: String,
    pub(super) default_language: Option<(String, Place)>,
    pub(super) instance_name: Option<(String, Place)>,
    pub(super) allows_duplicate_choices: bool,
    /// Whether runs of spaces become one, as authors expect who break long formulas.
    pub(super) single_spaces: bool,
    /// As written, what nothing here acts on.
    pub(super) kept: BTreeMap<String, String>,
}

const KNOWN: [&str; 12] = [
    "form_id",
    "form_title",
    "version",
    "default_language",
    "instance_name",
    "allow_choice_duplicates",
    "clean_text_values",
    "style",
    "public_key",
    "submission_url",
    "auto_send",
    "name",
];

pub(super) fn read(sheet: Option<&Sheet>, fallback_id: &str, sink: &mut Sink) -> Settings {
    let mut settings = Settings { single_spaces: true, ..Settings::default() };
    if let Some(sheet) = sheet {
        settings.read_sheet(sheet, sink);
    }
    if settings.id.is_empty() {
        let place = sheet.map_or_else(Place::default, Sink::sheet);
        settings.id = fallback_id.to_owned();
        if fallback_id.is_empty() {
            sink.error(place, SheetFault::MissingFormId);
        } else {
            sink.warning(place, SheetFault::MissingFormId);
        }
    }
    if settings.title.is_empty() {
        settings.title.clone_from(&settings.id);
    }
    settings
}

impl Settings {
    fn read_sheet(&mut self, sheet: &Sheet, sink: &mut Sink) {
        let grid = Grid::of(sheet);
        let Some(header) = grid.header() else { return };
        let mut rows = grid.rows();
        let first = rows.next();
        for row in rows {
            let place = Place { sheet: sheet.name.clone(), row: row.number, ..Place::default() };
            sink.warning(place, SheetFault::SettingsRow);
        }
        let Some(row) = first else { return };
        for cell in &row.cells {
            let header = header.cells.iter().find(|header| header.column == cell.column);
            let place = Place {
                sheet: sheet.name.clone(),
                row: row.number,
                column: cell.column,
                header: header.map(|header| single_spaced(&header.text)).unwrap_or_default(),
            };
            if header.is_none() {
                sink.warning(place, SheetFault::NoHeader);
            } else if is_failed_formula(&cell.text) {
                sink.error(place, SheetFault::FailedFormula { shown: cell.text.clone() });
            } else {
                self.set(place, &cell.text, sink);
            }
        }
    }

    fn set(&mut self, place: Place, text: &str, sink: &mut Sink) {
        let name = place.header.replace(' ', "_").to_lowercase();
        match name.as_str() {
            "form_id" | "id_string" | "set_form_id" => text.clone_into(&mut self.id),
            "form_title" | "title" | "set_form_title" => text.clone_into(&mut self.title),
            "version" => text.clone_into(&mut self.version),
            "default_language" => self.default_language = Some((text.to_owned(), place)),
            "instance_name" => self.instance_name = Some((straight_quotes(text), place)),
            "allow_choice_duplicates" => {
                if let Some(yes) = yes_or_no(text, &place, sink) {
                    self.allows_duplicate_choices = yes;
                }
            }
            "clean_text_values" => {
                if let Some(yes) = yes_or_no(text, &place, sink) {
                    self.single_spaces = yes;
                }
            }
            "add_none_option" => {
                if yes_or_no(text, &place, sink) == Some(true) {
                    sink.error(place, SheetFault::UnsupportedSetting { instead: Instead::NoneChoice });
                }
            }
            "public_key" | "submission_url" | "auto_send" | "auto_delete" | "client_editable" | "prefix"
            | "delimiter" => {
                sink.warning(place, SheetFault::UnsupportedSetting { instead: Instead::Sync });
            }
            name if name.starts_with("sms_") => {
                sink.warning(place, SheetFault::UnsupportedSetting { instead: Instead::Sync });
            }
            // How other programs name and draw the form; kept for them.
            "style" | "name" | "namespaces" | "instance_xmlns" | "instance_id" | "omit_instanceid" => {
                self.kept.insert(name, text.to_owned());
            }
            name if name.starts_with('_') => {}
            name => {
                match similar(name, KNOWN) {
                    Some(similar) => {
                        sink.warning(place, SheetFault::UnknownColumn { similar: Some(similar) });
                    }
                    None => sink.warning(place, SheetFault::KeptSetting { name: name.to_owned() }),
                }
                self.kept.insert(name.to_owned(), text.to_owned());
            }
        }
    }
}

/// A cell that says yes or no; tells where it says neither.
fn yes_or_no(text: &str, place: &Place, sink: &mut Sink) -> Option<bool> {
    let yes = super::types::truth(text);
    if yes.is_none() {
        let written = text.to_owned();
        sink.error(place.clone(), SheetFault::BadSetting { written, expected: Expected::YesNo });
    }
    yes
}
