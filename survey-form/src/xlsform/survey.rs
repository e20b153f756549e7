//! The survey sheet as a tree: rows with their types read, groups nested, loops written out, names
//! checked. Formulas and texts stay as written until every name is known.

use super::cells::{Columns, Grid, Line, is_failed_formula, straight_quotes};
use super::choices::Lists;
use super::headers::Survey;
use super::languages::{Languages, Translatable};
use super::names;
use super::settings::Settings;
use super::sink::Sink;
use super::types::{self, ChoicesFrom, Container, Picks, Preset, RowType, Select};
use crate::fault::{Limit, Place, SheetFault};
use crate::limits::{FORM_DEPTH_MAX, FORM_FIELDS_MAX, NAME_BYTES_MAX};
use crate::model::{FieldId, Kind, Metadata, Table};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Keys that a row of a household document needs itself.
const RESERVED_IN_ROWS: [&str; 3] = ["group", "deleted", "parent"];

/// The rows of the survey sheet, nested.
pub(super) struct Tree<'a> {
    /// By [`FieldId`].
    pub(super) drafts: Vec<Draft>,
    pub(super) lists: Lists<'a>,
    pub(super) tables: BTreeMap<String, Table>,
}

/// A field as written.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) parent: Option<FieldId>,
    pub(super) what: What,
    pub(super) line: Line,
}

/// What a draft will be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Group,
    Repeat,
    Question(Kind, Preset),
    /// A select and, of a list, its key.
    Select(Select, Option<String>),
    /// The text after a select with `or_other`.
    OtherText,
}

struct Entry {
    line: Line,
    kind: RowType,
}

/// What `%(name)s` and `%(label)s` mean in one round of a loop.
struct Round<'b> {
    name: String,
    /// By place of the language.
    labels: Vec<&'b str>,
}

/// A group that is not ended yet.
struct Open {
    container: Container,
    name: String,
    row: u32,
    id: Option<FieldId>,
}

struct Planter<'s, 'a> {
    columns: &'s Columns<Survey>,
    languages: &'s Languages,
    sink: &'s mut Sink,
    tree: Tree<'a>,
    open: Vec<Open>,
    rows_of_names: HashMap<(Option<FieldId>, String), u32>,
    rows_of_lower_names: HashMap<(Option<FieldId>, String), u32>,
    rows_of_repeats: HashMap<String, u32>,
    is_full: bool,
}

pub(super) fn read<'a>(
    grid: &Grid<'_>,
    columns: &Columns<Survey>,
    lists: Lists<'a>,
    settings: &Settings,
    languages: &Languages,
    sink: &mut Sink,
) -> Tree<'a> {
    let entries = entries(grid, columns, settings, sink);
    let tree = Tree { drafts: Vec::new(), lists, tables: BTreeMap::new() };
    let mut planter = Planter {
        columns,
        languages,
        sink,
        tree,
        open: Vec::new(),
        rows_of_names: HashMap::new(),
        rows_of_lower_names: HashMap::new(),
        rows_of_repeats: HashMap::new(),
        is_full: false,
    };
    planter.plant(&entries, None);
    planter.tree
}

/// The rows with their types; rows without, or with a wrong one, are told and left out.
fn entries(grid: &Grid<'_>, columns: &Columns<Survey>, settings: &Settings, sink: &mut Sink) -> Vec<Entry> {
    let mut unheaded = BTreeSet::new();
    let mut entries = Vec::new();
    for row in grid.rows() {
        let mut line = Line { row: row.number, cells: Vec::new() };
        for cell in &row.cells {
            let index = columns.columns.iter().position(|column| column.number == cell.column);
            let Some(index) = index else {
                columns.tell_unheaded(grid, row.number, cell.column, &mut unheaded, sink);
                continue;
            };
            let column = &columns.columns[index];
            if is_failed_formula(&cell.text) {
                let kind = SheetFault::FailedFormula { shown: cell.text.clone() };
                sink.error(columns.cell(row.number, column), kind);
            }
            if column.means.spoken().is_some() {
                line.cells.push((index, cell.text.clone()));
            } else if !is_failed_formula(&cell.text) {
                line.cells.push((index, cleaned(&cell.text, settings.single_spaces)));
            }
        }
        if let Some((text, column)) = line.get(columns, &Survey::Disabled) {
            match types::truth(text) {
                Some(false) => {}
                _ => {
                    sink.warning(columns.cell(row.number, column), SheetFault::Disabled);
                    continue;
                }
            }
        }
        if let Some(entry) = entry(line, columns, sink) {
            entries.push(entry);
        }
    }
    entries
}

fn entry(line: Line, columns: &Columns<Survey>, sink: &mut Sink) -> Option<Entry> {
    if line.cells.is_empty() {
        return None;
    }
    let Some((text, column)) = line.get(columns, &Survey::Type) else {
        let is_meant =
            line.each(columns).any(|(_, column)| matches!(column.means, Survey::Name | Survey::Label(_)));
        let place = columns.row(line.row);
        if is_meant {
            sink.error(place, SheetFault::MissingType);
        } else {
            sink.warning(place, SheetFault::CommentRow);
        }
        return None;
    };
    match types::read(text) {
        Ok(kind) => Some(Entry { line, kind }),
        Err(fault) => {
            sink.error(columns.cell(line.row, column), fault);
            None
        }
    }
}

/// A formula's text with straight quotes and, unless the settings say otherwise, single spaces.
fn cleaned(text: &str, single_spaces: bool) -> String {
    let mut text = straight_quotes(text);
    while single_spaces && text.contains("  ") {
        text = text.replace("  ", " ");
    }
    text
}

impl Planter<'_, '_> {
    fn plant(&mut self, entries: &[Entry], round: Option<&Round<'_>>) {
        let outside = self.open.len();
        let mut at = 0;
        while at < entries.len() && !self.is_full {
            let Entry { line, kind } = &entries[at];
            at += 1;
            let line = round.map_or_else(|| line.clone(), |round| self.written_out(line, round));
            match kind {
                RowType::End(container) => self.end(&line, container, outside),
                RowType::Begin(Container::Loop(list)) => {
                    let inside = entries[at..].iter().scan(1_i32, |depth, entry| {
                        *depth += match entry.kind {
                            RowType::Begin(_) => 1,
                            RowType::End(_) => -1,
                            _ => 0,
                        };
                        (*depth > 0).then_some(())
                    });
                    let inside = inside.count();
                    self.begin(line, Container::Loop(list.clone()));
                    self.go_round(list, &entries[at..at + inside]);
                    at += inside;
                }
                RowType::Begin(container) => self.begin(line, container.clone()),
                RowType::Question(kind, preset) => {
                    self.add(line, What::Question(kind.clone(), *preset));
                }
                RowType::Select(select) => self.select(line, select),
                RowType::External(extension) => self.external(&line, extension),
            }
        }
        while self.open.len() > outside {
            let Some(open) = self.open.pop() else { break };
            let kind = SheetFault::NeverEnded { kind: open.container.word(), name: open.name };
            self.sink.error(self.columns.row(open.row), kind);
        }
    }

    /// The rows of a loop, once for each choice of its list, each time in a group of the choice's name.
    fn go_round(&mut self, list: &str, inside: &[Entry]) {
        let key = self.tree.lists.used(&ChoicesFrom::List(list.to_owned()));
        let rounds = key.as_deref().and_then(|key| self.tree.lists.get(key)).map(|list| {
            let choices = list.choices.iter().filter(|choice| choice.name != "none");
            let rounds = choices.map(|choice| {
                let labels = 0..self.languages.names.len();
                let labels = labels.map(|language| list.label(choice, self.languages, language).to_owned());
                (choice.name.clone(), labels.collect::<Vec<_>>())
            });
            rounds.collect::<Vec<_>>()
        });
        let Some(open) = self.open.last() else { return };
        let Some(rounds) = rounds else {
            let place = self.columns.row(open.row);
            return self.missing_list(place, list);
        };
        let (parent, row) = (open.id, open.row);
        let label = self.columns.columns.iter().position(|column| matches!(column.means, Survey::Label(_)));
        for (name, labels) in rounds {
            let text = labels.first().cloned().unwrap_or_default();
            let cells = label.into_iter().map(|index| (index, text.clone())).collect();
            if !names::is_valid(&name) {
                self.sink.error(self.columns.row(row), SheetFault::BadName { name });
                continue;
            }
            let id =
                self.push(Draft { name: name.clone(), parent, what: What::Group, line: Line { row, cells } });
            self.open.push(Open { container: Container::Group, name: name.clone(), row, id });
            let round = Round { name, labels: labels.iter().map(String::as_str).collect() };
            self.plant(inside, Some(&round));
            self.open.pop();
        }
    }

    /// A row of a loop with the choice's name and label in it.
    fn written_out(&self, line: &Line, round: &Round<'_>) -> Line {
        let mut line = line.clone();
        for (index, text) in &mut line.cells {
            if text.contains("%(") {
                let spoken = self.columns.columns[*index].means.spoken();
                let language =
                    spoken.map_or(self.languages.default, |(_, spoken)| self.languages.index(spoken));
                let label = round.labels.get(language).copied().unwrap_or(&round.name);
                *text = text.replace("%(name)s", &round.name).replace("%(label)s", label);
            }
        }
        line
    }

    fn begin(&mut self, line: Line, container: Container) {
        let row = line.row;
        if self.open.len() >= FORM_DEPTH_MAX {
            self.sink.error(self.columns.row(row), SheetFault::TooMuch(Limit::Depth));
            self.is_full = true;
            return;
        }
        let what = if container == Container::Repeat { What::Repeat } else { What::Group };
        let name = self.name_of(&line).unwrap_or_default();
        let id = self.add(line, what);
        self.open.push(Open { container, name, row, id: id.or_else(|| self.parent()) });
    }

    fn end(&mut self, line: &Line, container: &Container, outside: usize) {
        let place = self.columns.row(line.row);
        for (_, column) in line.each(self.columns) {
            if !matches!(column.means, Survey::Type | Survey::Name | Survey::Label(_)) {
                self.sink.warning(self.columns.cell(line.row, column), SheetFault::CellAtEnd);
            }
        }
        if self.open.len() <= outside {
            let kind = SheetFault::EndWithoutBegin { kind: container.word() };
            return self.sink.error(place, kind);
        }
        let Some(open) = self.open.pop() else { return };
        if open.container.word() != container.word() {
            let (kind, begun) = (container.word(), open.container.word());
            let fault = SheetFault::WrongEnd { kind, begun, name: open.name, begun_row: open.row };
            self.sink.error(place, fault);
        }
    }

    fn select(&mut self, line: Line, select: &Select) {
        let place = self.place(&line, &Survey::Type);
        let key = match &select.from {
            ChoicesFrom::List(list) | ChoicesFrom::External(list) => {
                let key = self.tree.lists.used(&select.from);
                if key.is_none() {
                    self.missing_list(place, list);
                }
                key
            }
            ChoicesFrom::File(file) => {
                self.table(file, place);
                None
            }
            ChoicesFrom::Answers(_) => None,
        };
        if let Some(key) = &key
            && select.picks != Picks::One
        {
            self.tree.lists.check_spaces(key, self.sink);
        }
        let row = line.row;
        let filter = line.get(self.columns, &Survey::ChoiceFilter);
        if select.or_other
            && let Some((_, column)) = filter
        {
            self.sink.error(self.columns.cell(row, column), SheetFault::FilteredOther);
        }
        let Some(id) = self.add(line, What::Select(select.clone(), key.clone())) else { return };
        if let Some(key) = key.filter(|_| select.or_other) {
            self.tree.lists.add_other(&key);
            let name = format!("{}_other", self.tree.drafts[id.index()].name);
            let parent = self.parent();
            if self.is_new_name(&name, parent, row, self.columns.row(row)) {
                let line = Line { row, cells: Vec::new() };
                self.push(Draft { name, parent, what: What::OtherText, line });
            }
        }
    }

    fn missing_list(&mut self, place: Place, list: &str) {
        if !self.tree.lists.has_choices {
            let kind = SheetFault::MissingSheet { sheet: "choices", similar: None };
            return self.sink.error(place, kind);
        }
        let suggests = self.sink.suggests();
        let similar = suggests.then(|| names::similar(list, self.tree.lists.names())).flatten();
        let similar = similar.map(str::to_owned);
        self.sink.error(place, SheetFault::MissingList { list: list.to_owned(), similar });
    }

    /// A table by its file's name, known by that name without its ending.
    fn table(&mut self, file: &str, place: Place) {
        let instance = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned();
        let known =
            self.tree.tables.entry(instance.clone()).or_insert_with(|| Table { file: file.to_owned() });
        if known.file != file {
            self.sink.error(place, SheetFault::DuplicateFile { instance });
        }
    }

    fn external(&mut self, line: &Line, extension: &str) {
        let place = self.place(line, &Survey::Name);
        match self.name_of(line) {
            Some(name) => self.table(&format!("{name}.{extension}"), place),
            None => self.sink.error(place, SheetFault::MissingName),
        }
    }

    /// Adds a field with the name of its row, unless the row has none that it may have.
    fn add(&mut self, line: Line, what: What) -> Option<FieldId> {
        let Some(name) = self.name_of(&line).or_else(|| own_name(&what, line.row)) else {
            self.sink.error(self.columns.row(line.row), SheetFault::MissingName);
            return None;
        };
        let parent = self.parent();
        let place = self.place(&line, &Survey::Name);
        let fault = if name.len() > NAME_BYTES_MAX {
            Some(SheetFault::TooMuch(Limit::NameBytes))
        } else if !names::is_valid(&name) {
            Some(SheetFault::BadName { name: name.clone() })
        } else if self.is_in_repeat() && RESERVED_IN_ROWS.contains(&name.as_str()) {
            Some(SheetFault::ReservedName { name: name.clone() })
        } else {
            None
        };
        if let Some(fault) = fault {
            self.sink.error(place, fault);
            return None;
        }
        if what == What::Repeat {
            let first_row = *self.rows_of_repeats.entry(name.clone()).or_insert(line.row);
            if first_row != line.row {
                self.sink.error(place, SheetFault::DuplicateRepeat { name, first_row });
                return None;
            }
        }
        let row = line.row;
        self.is_new_name(&name, parent, row, place).then(|| self.push(Draft { name, parent, what, line }))?
    }

    /// Whether no other row of the group has this name; tells if one has.
    fn is_new_name(&mut self, name: &str, parent: Option<FieldId>, row: u32, place: Place) -> bool {
        if let Some(&first_row) = self.rows_of_names.get(&(parent, name.to_owned())) {
            self.sink.error(place, SheetFault::DuplicateName { name: name.to_owned(), first_row });
            return false;
        }
        self.rows_of_names.insert((parent, name.to_owned()), row);
        let first_row = *self.rows_of_lower_names.entry((parent, name.to_lowercase())).or_insert(row);
        if first_row != row {
            self.sink.warning(place, SheetFault::SimilarName { name: name.to_owned(), first_row });
        }
        true
    }

    fn push(&mut self, draft: Draft) -> Option<FieldId> {
        if self.tree.drafts.len() >= FORM_FIELDS_MAX {
            if !self.is_full {
                self.sink.error(self.columns.row(draft.line.row), SheetFault::TooMuch(Limit::Fields));
            }
            self.is_full = true;
            return None;
        }
        let id = FieldId(u32::try_from(self.tree.drafts.len()).ok()?);
        self.tree.drafts.push(draft);
        Some(id)
    }

    fn name_of(&self, line: &Line) -> Option<String> {
        line.get(self.columns, &Survey::Name).map(|(text, _)| text.to_owned())
    }

    fn parent(&self) -> Option<FieldId> {
        self.open.last().and_then(|open| open.id)
    }

    fn is_in_repeat(&self) -> bool {
        self.open.iter().any(|open| open.container == Container::Repeat)
    }

    fn place(&self, line: &Line, means: &Survey) -> Place {
        let cell = line.get(self.columns, means);
        cell.map_or_else(|| self.columns.row(line.row), |(_, column)| self.columns.cell(line.row, column))
    }
}

/// Names that rows have without a name cell.
fn own_name(what: &What, row: u32) -> Option<String> {
    match what {
        What::Question(Kind::Note, _) => Some(format!("note_{row}")),
        What::Question(Kind::Metadata(Metadata::Audit), _) => Some("audit".to_owned()),
        _ => None,
    }
}
