//! XLSForm: the sheets of a workbook to a form, with everything that is wrong with them.
//!
//! First the structure: settings, languages, choices, and the rows of the survey sheet as a tree. Then,
//! with every name known, the expressions. Faults are gathered all the way, so that an author sees all
//! of them at once; one error is enough for there to be no form.

mod cells;
mod choices;
mod defaults;
mod fields;
mod formulas;
mod headers;
mod keys;
mod languages;
mod names;
mod parameters;
mod settings;
mod sink;
mod survey;
mod types;

use crate::fault::{Fault, Instead, Severity, SheetFault};
use crate::model::Form;
use crate::workbook::{self, Workbook};
use cells::Grid;
use languages::Languages;
use sink::Sink;

/// What became of a workbook.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    /// The form, unless a fault is an error.
    pub form: Option<Form>,
    /// What is wrong, in the order of the sheets and their rows.
    pub faults: Vec<Fault>,
}

/// Reads the bytes of an .xlsx or .xls and compiles the form in it. `fallback_id` names the form where
/// the settings do not: the file's name without its ending.
#[must_use]
pub fn compile(bytes: &[u8], fallback_id: &str) -> Compiled {
    match workbook::read(bytes) {
        Ok(workbook) => compile_workbook(&workbook, fallback_id),
        Err(fault) => Compiled { form: None, faults: vec![*fault] },
    }
}

/// Compiles the form in a workbook; see [`compile`].
#[must_use]
pub fn compile_workbook(workbook: &Workbook, fallback_id: &str) -> Compiled {
    let mut sink = Sink::default();
    let form = compile_sheets(workbook, fallback_id, &mut sink);
    let faults = sink.finish();
    let is_refused = faults.iter().any(|fault| fault.severity == Severity::Error);
    Compiled { form: form.filter(|_| !is_refused), faults }
}

fn compile_sheets(workbook: &Workbook, fallback_id: &str, sink: &mut Sink) -> Option<Form> {
    let sheets = Sheets::find(workbook, sink);
    let settings = settings::read(sheets.settings, fallback_id, sink);
    let survey = Grid::of(sheets.survey?);
    let columns = headers::survey_columns(&survey, sink)?;
    let choice_grids = [sheets.choices, sheets.external_choices].map(|sheet| sheet.map(Grid::of));
    let choice_columns = choice_grids.each_ref().map(|grid| {
        let grid = grid.as_ref()?;
        headers::choice_columns(grid, sink).map(|columns| (grid, columns))
    });
    let [choices, external] = choice_columns;
    let all = choices.iter().chain(&external);
    let spoken = all.flat_map(|(_, columns)| columns.languages());
    let languages = Languages::of(&settings, columns.languages().chain(spoken), sink);
    languages.check(&columns, sink);
    for (_, columns) in choices.iter().chain(&external) {
        languages.check(columns, sink);
    }
    let lists = choices::read(choices.as_ref(), external.as_ref(), &settings, sink);
    let tree = survey::read(&survey, &columns, lists, &settings, &languages, sink);
    Some(fields::compile(tree, &columns, settings, &languages, sink))
}

/// The sheets of a form.
#[derive(Default)]
struct Sheets<'a> {
    survey: Option<&'a workbook::Sheet>,
    choices: Option<&'a workbook::Sheet>,
    settings: Option<&'a workbook::Sheet>,
    external_choices: Option<&'a workbook::Sheet>,
}

/// Names of sheets that mean something.
const SHEETS: [&str; 6] = ["survey", "choices", "settings", "external_choices", "entities", "osm"];

impl<'a> Sheets<'a> {
    /// Finds them by name, whatever its case; a workbook with one sheet is its survey.
    fn find(workbook: &'a Workbook, sink: &mut Sink) -> Self {
        let mut sheets = Self::default();
        let filled = workbook.sheets.iter().filter(|sheet| !sheet.rows.is_empty());
        let is_alone = workbook.sheets.len() == 1;
        let has_survey = workbook.sheets.iter().any(|sheet| sheet.name.trim().eq_ignore_ascii_case("survey"));
        for sheet in filled {
            let name = sheet.name.trim().to_lowercase();
            let slot = match name.as_str() {
                "survey" => &mut sheets.survey,
                "choices" => &mut sheets.choices,
                "settings" => &mut sheets.settings,
                "external_choices" => &mut sheets.external_choices,
                "entities" => {
                    let kind = SheetFault::UnsupportedSheet { instead: Instead::Households };
                    sink.warning(Sink::sheet(sheet), kind);
                    continue;
                }
                "osm" => {
                    let kind = SheetFault::UnsupportedSheet { instead: Instead::Geopoint };
                    sink.warning(Sink::sheet(sheet), kind);
                    continue;
                }
                _ if is_alone => &mut sheets.survey,
                _ if name.starts_with('_') => continue,
                _ => {
                    let similar = names::similar(&name, SHEETS);
                    // That the survey is missing, and which sheet may be it, is told once.
                    if similar != Some("survey") || has_survey {
                        sink.warning(Sink::sheet(sheet), SheetFault::UnknownSheet { similar });
                    }
                    continue;
                }
            };
            if slot.is_some() {
                sink.error(Sink::sheet(sheet), SheetFault::DuplicateSheet);
            } else {
                *slot = Some(sheet);
            }
        }
        match sheets.survey {
            None => {
                let tabs = workbook.sheets.iter().map(|sheet| sheet.name.as_str());
                let similar = names::similar("survey", tabs).map(str::to_owned);
                sink.error(Default::default(), SheetFault::MissingSheet { sheet: "survey", similar });
            }
            Some(survey) if survey.rows.len() < 2 => sink.error(Sink::sheet(survey), SheetFault::EmptySheet),
            Some(_) => {}
        }
        sheets
    }
}
