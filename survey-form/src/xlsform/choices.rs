//! The choices and external_choices sheets: lists of choices, as written until every name is known.

use super::cells::{Columns, Grid, Line, is_failed_formula, straight_quotes};
use super::headers::Choices;
use super::languages::Languages;
use super::settings::Settings;
use super::sink::Sink;
use super::types::ChoicesFrom;
use crate::fault::{Limit, SheetFault};
use crate::limits::FORM_CHOICES_MAX;
use crate::model::{Choice, ChoiceList, Template, Text};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What “other” is called that `or_other` adds.
pub(super) const OTHER: &str = "other";

/// All lists of a form.
pub(super) struct Lists<'a> {
    by_key: BTreeMap<String, List<'a>>,
    /// The sheet of choices, for faults.
    pub(super) has_choices: bool,
}

/// One list, as written.
pub(super) struct List<'a> {
    columns: &'a Columns<Choices>,
    is_external: bool,
    pub(super) choices: Vec<Written>,
    names: BTreeSet<String>,
    is_used: bool,
    adds_other: bool,
    /// Whether names with spaces have been told.
    spaces_are_told: bool,
}

/// One choice, as written.
pub(super) struct Written {
    pub(super) name: String,
    line: Line,
}

/// A sheet of choices with what its columns mean.
pub(super) type ChoiceSheet<'a> = (&'a Grid<'a>, Columns<Choices>);

pub(super) fn read<'a>(
    choices: Option<&'a ChoiceSheet<'_>>,
    external: Option<&'a ChoiceSheet<'_>>,
    settings: &Settings,
    sink: &mut Sink,
) -> Lists<'a> {
    let mut lists = Lists { by_key: BTreeMap::new(), has_choices: choices.is_some() };
    let mut count = 0;
    for (sheet, is_external) in [(choices, false), (external, true)] {
        let Some((grid, columns)) = sheet else { continue };
        let mut unheaded = BTreeSet::new();
        for row in grid.rows() {
            count += 1;
            if count > FORM_CHOICES_MAX {
                sink.error(columns.row(row.number), SheetFault::TooMuch(Limit::Choices));
                return lists;
            }
            let mut line = Line { row: row.number, cells: Vec::new() };
            for cell in &row.cells {
                match columns.columns.iter().position(|column| column.number == cell.column) {
                    Some(index) if is_failed_formula(&cell.text) => {
                        let place = columns.cell(row.number, &columns.columns[index]);
                        sink.error(place, SheetFault::FailedFormula { shown: cell.text.clone() });
                    }
                    Some(index) => line.cells.push((index, cell.text.clone())),
                    None => columns.tell_unheaded(grid, row.number, cell.column, &mut unheaded, sink),
                }
            }
            lists.take(line, columns, is_external, sink);
        }
    }
    lists.find_faults(settings, sink);
    lists
}

impl<'a> Lists<'a> {
    fn take(&mut self, line: Line, columns: &'a Columns<Choices>, is_external: bool, sink: &mut Sink) {
        let list = line.get(columns, &Choices::List).map(|(text, _)| text.to_owned());
        let name = line.get(columns, &Choices::Name).map(|(text, _)| straight_quotes(text));
        let place = columns.row(line.row);
        let Some(list) = list else {
            // A row with neither is a note between lists.
            let kind = if name.is_some() { SheetFault::ChoiceWithoutList } else { SheetFault::CommentRow };
            return sink.warning(place, kind);
        };
        let Some(name) = name else { return sink.error(place, SheetFault::ChoiceWithoutName) };
        let key = if is_external { self.external_key(&list) } else { list };
        let list = self.by_key.entry(key).or_insert_with(|| List {
            columns,
            is_external,
            choices: Vec::new(),
            names: BTreeSet::new(),
            is_used: false,
            adds_other: false,
            spaces_are_told: false,
        });
        list.names.insert(name.clone());
        list.choices.push(Written { name, line });
    }

    /// Lists of the external_choices sheet are apart from those of the choices sheet.
    fn external_key(&self, list: &str) -> String {
        match self.by_key.get(list) {
            Some(known) if !known.is_external => format!("{list} (external)"),
            _ => list.to_owned(),
        }
    }

    fn find_faults(&self, settings: &Settings, sink: &mut Sink) {
        for (key, list) in &self.by_key {
            let mut seen = HashMap::new();
            for choice in &list.choices {
                let row = choice.line.row;
                let first_row = *seen.entry(choice.name.as_str()).or_insert(row);
                if first_row != row && !settings.allows_duplicate_choices && !list.is_external {
                    let (name, list_name) = (choice.name.clone(), key.clone());
                    let kind = SheetFault::DuplicateChoice { name, list: list_name, first_row };
                    let cell = choice.line.get(list.columns, &Choices::Name);
                    let place = cell.map(|(_, column)| list.columns.cell(row, column));
                    sink.error(place.unwrap_or_else(|| list.columns.row(row)), kind);
                }
                let is_shown = |(_, column): (&str, &super::cells::Column<Choices>)| {
                    matches!(column.means, Choices::Label(_) | Choices::Media(..))
                };
                if !choice.line.each(list.columns).any(is_shown) {
                    let kind = SheetFault::ChoiceWithoutLabel { name: choice.name.clone() };
                    sink.warning(list.columns.row(row), kind);
                }
            }
        }
    }

    /// The key of the list that a type names, now used.
    pub(super) fn used(&mut self, from: &ChoicesFrom) -> Option<String> {
        let key = match from {
            ChoicesFrom::List(name) => name.clone(),
            ChoicesFrom::External(name) => self.external_key(name),
            ChoicesFrom::File(_) | ChoicesFrom::Answers(_) => return None,
        };
        let list = self.by_key.get_mut(&key)?;
        let is_right = list.is_external == matches!(from, ChoicesFrom::External(_));
        list.is_used |= is_right;
        is_right.then_some(key)
    }

    /// Says that a formula names a list.
    pub(super) fn mention(&mut self, name: &str) {
        if let Some(list) = self.by_key.get_mut(name) {
            list.is_used = true;
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&List<'a>> {
        self.by_key.get(key)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_key.keys().map(String::as_str)
    }

    /// Adds the choice “other” at the end of a list that lacks it.
    pub(super) fn add_other(&mut self, key: &str) {
        if let Some(list) = self.by_key.get_mut(key) {
            list.adds_other = !list.names.contains(OTHER);
        }
    }

    /// Tells of choices whose names cannot be chosen with others.
    pub(super) fn check_spaces(&mut self, key: &str, sink: &mut Sink) {
        let Some(list) = self.by_key.get_mut(key).filter(|list| !list.spaces_are_told) else { return };
        list.spaces_are_told = true;
        for choice in list.choices.iter().filter(|choice| choice.name.contains(char::is_whitespace)) {
            let cell = choice.line.get(list.columns, &Choices::Name);
            let place = cell.map(|(_, column)| list.columns.cell(choice.line.row, column));
            let kind = SheetFault::SpacedChoice { name: choice.name.clone() };
            sink.error(place.unwrap_or_else(|| list.columns.row(choice.line.row)), kind);
        }
    }

    /// Tells of lists that nothing uses.
    pub(super) fn find_unused(&self, sink: &mut Sink) {
        for (key, list) in self.by_key.iter().filter(|(_, list)| !list.is_used) {
            let row = list.choices.first().map_or(0, |choice| choice.line.row);
            sink.warning(list.columns.row(row), SheetFault::UnusedList { list: key.clone() });
        }
    }

    /// The names of the columns of each list beyond name and label.
    pub(super) fn columns(&self) -> BTreeMap<String, BTreeSet<String>> {
        let of = |list: &List<'_>| list.extra_columns().into_iter().map(|(_, name)| name).collect();
        self.by_key.iter().map(|(key, list)| (key.clone(), of(list))).collect()
    }

    /// The lists of the form. `template` reads a text; it is given the text and where it stands.
    pub(super) fn compile(
        &self,
        languages: &Languages,
        template: &mut dyn FnMut(&str, &dyn Fn() -> crate::fault::Place) -> Template,
    ) -> BTreeMap<String, ChoiceList> {
        self.by_key.iter().map(|(key, list)| (key.clone(), list.compile(languages, template))).collect()
    }
}

impl List<'_> {
    /// Place among the columns and name of those that choice filters can use.
    fn extra_columns(&self) -> Vec<(usize, String)> {
        let cells = self.choices.iter().flat_map(|choice| &choice.line.cells);
        let filled = cells.map(|(index, _)| *index).collect::<BTreeSet<_>>();
        let columns = self.columns.columns.iter().enumerate();
        let named = columns.filter_map(|(index, column)| match &column.means {
            Choices::Column(name) if filled.contains(&index) => Some((index, name.clone())),
            _ => None,
        });
        named.collect()
    }

    /// Whether a choice of this name is in it.
    pub(super) fn has(&self, name: &str) -> bool {
        (self.adds_other && name == OTHER) || self.names.contains(name)
    }

    /// A choice's label in one language as written, else in any.
    pub(super) fn label<'b>(
        &'b self,
        choice: &'b Written,
        languages: &Languages,
        language: usize,
    ) -> &'b str {
        let labels = choice.line.each(self.columns).filter_map(|(text, column)| match &column.means {
            Choices::Label(spoken) => Some((languages.index(spoken), text)),
            _ => None,
        });
        let labels = labels.collect::<Vec<_>>();
        let spoken = labels.iter().find(|(index, _)| *index == language).or_else(|| labels.first());
        spoken.map_or(choice.name.as_str(), |(_, text)| text)
    }

    fn compile(
        &self,
        languages: &Languages,
        template: &mut dyn FnMut(&str, &dyn Fn() -> crate::fault::Place) -> Template,
    ) -> ChoiceList {
        let extra = self.extra_columns();
        let mut choices = Vec::with_capacity(self.choices.len());
        for written in &self.choices {
            let row = written.line.row;
            let mut choice = Choice { name: written.name.clone(), row, ..Choice::default() };
            for (text, column) in written.line.each(self.columns) {
                let place = || self.columns.cell(row, column);
                match &column.means {
                    Choices::Label(spoken) => {
                        choice.label.set(languages.index(spoken), template(text, &place));
                    }
                    Choices::Media(kind, spoken) => {
                        let media = choice.media.entry((*kind).to_owned()).or_default();
                        media.set(languages.index(spoken), template(text, &place));
                    }
                    Choices::List | Choices::Name | Choices::Column(_) => {}
                }
            }
            let cell = |index| {
                let cell = written.line.cells.iter().find(|(at, _)| *at == index);
                cell.map(|(_, text)| text.clone()).unwrap_or_default()
            };
            choice.cells = extra.iter().map(|(index, _)| cell(*index)).collect();
            while choice.cells.last().is_some_and(String::is_empty) {
                choice.cells.pop();
            }
            choices.push(choice);
        }
        if self.adds_other {
            let label = said(languages, "อื่น ๆ", "Other");
            choices.push(Choice { name: OTHER.to_owned(), label, ..Choice::default() });
        }
        ChoiceList { columns: extra.into_iter().map(|(_, name)| name).collect(), choices }
    }
}

/// A text that the program adds itself, in every language of the form.
pub(super) fn said(languages: &Languages, thai: &str, english: &str) -> Text {
    let mut text = Text::default();
    for (index, name) in languages.names.iter().enumerate() {
        let words = if Languages::is_thai(name) { thai } else { english };
        text.set(index, Template::plain(words));
    }
    text
}
