//! Drafts to fields: with every name known, formulas and texts are read.

use super::cells::Columns;
use super::choices::{self, Lists};
use super::defaults;
use super::formulas::Formulas;
use super::headers::Survey;
use super::keys;
use super::languages::{Languages, Translatable};
use super::parameters;
use super::settings::Settings;
use super::sink::Sink;
use super::survey::{Draft, Tree, What};
use super::types::{ChoicesFrom, Picks, Preset, Select, truth};
use crate::engine::Plan;
use crate::expr::{Expr, Node, Outline, is_dynamic_default};
use crate::fault::{Instead, Limit, Place, SheetFault};
use crate::limits::FORM_TABLES_MAX;
use crate::model::{ChoiceSource, Field, FieldId, Form, Initial, Kind, Shuffle, Table, Template, Text};
use std::collections::BTreeMap;

/// Ways of writing that the program knows beyond the types: how an answer may be typed and is shown.
const FORMATS: &str =
    "area_code, house_number, house_code, citizen_id, phone, year_be, land_rai, land_wah, baht";

/// Compiles the fields of a tree and the lists that they use.
pub(super) fn compile(
    mut tree: Tree<'_>,
    columns: &Columns<Survey>,
    settings: Settings,
    languages: &Languages,
    sink: &mut Sink,
) -> Form {
    mention_instances(&mut tree, columns);
    let node = |draft: &Draft| Node {
        name: draft.name.clone(),
        parent: draft.parent,
        is_repeat: draft.what == What::Repeat,
        is_select: matches!(draft.what, What::Select(..)),
    };
    let nodes = tree.drafts.iter().map(node).collect();
    let outline = Outline::new(nodes, tree.lists.columns(), tree.tables.keys().cloned().collect());
    let Tree { drafts, mut lists, tables } = tree;
    if tables.len() > FORM_TABLES_MAX {
        sink.error(Place::default(), SheetFault::TooMuch(Limit::Tables));
    }
    let mut form = Form {
        id: settings.id,
        version: settings.version,
        languages: languages.names.clone(),
        default_language: languages.default,
        settings: settings.kept,
        tables,
        ..Form::default()
    };
    form.title.set(languages.default, Template::plain(settings.title));
    let formulas = Formulas::new(&outline);
    let mut reading = Reading { columns, languages, formulas, lists: &mut lists, sink };
    for (id, draft) in (0..).map(FieldId).zip(&drafts) {
        let field = reading.field(id, draft, &form.tables);
        form.fields.push(field);
    }
    form.instance_name =
        settings.instance_name.and_then(|(text, place)| reading.expression(&text, place, None));
    let Reading { mut formulas, lists, sink, .. } = reading;
    form.lists = lists.compile(languages, &mut |text, place| formulas.choice_text(text, place, sink));
    lists.find_unused(sink);
    keys::set(&mut form, columns, sink);
    find_rings(&form, columns, sink);
    form
}

/// Tells of formulas that need each other's values, at their cells.
fn find_rings(form: &Form, columns: &Columns<Survey>, sink: &mut Sink) {
    let Err(faults) = Plan::new(form.clone()) else { return };
    for mut fault in faults {
        let means = match fault.place.header.as_str() {
            "relevant" => Survey::Relevant,
            "repeat_count" => Survey::RepeatCount,
            _ => Survey::Calculation,
        };
        fault.place = match columns.columns.iter().find(|column| column.means == means) {
            Some(column) => columns.cell(fault.place.row, column),
            None => columns.row(fault.place.row),
        };
        sink.push(fault);
    }
}

/// Declares the tables that formulas name in `pulldata()`, and marks lists that they name as used.
fn mention_instances(tree: &mut Tree<'_>, columns: &Columns<Survey>) {
    for draft in &tree.drafts {
        for (text, _) in draft.line.each(columns) {
            for name in first_arguments(text, "pulldata") {
                let table = || Table { file: format!("{name}.csv") };
                tree.tables.entry(name.to_owned()).or_insert_with(table);
            }
            first_arguments(text, "instance").for_each(|name| tree.lists.mention(name));
        }
    }
}

/// The texts in quotes with which calls of a function begin.
fn first_arguments<'a>(text: &'a str, function: &'static str) -> impl Iterator<Item = &'a str> {
    text.match_indices(function).filter_map(move |(at, _)| {
        let inside = text[at + function.len()..].trim_start().strip_prefix('(')?.trim_start();
        let quote = inside.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (name, _) = inside[1..].split_once(quote)?;
        (!name.is_empty()).then_some(name)
    })
}

struct Reading<'s, 'a> {
    columns: &'s Columns<Survey>,
    languages: &'s Languages,
    formulas: Formulas<'s>,
    lists: &'s mut Lists<'a>,
    sink: &'s mut Sink,
}

impl Reading<'_, '_> {
    fn field(&mut self, id: FieldId, draft: &Draft, tables: &BTreeMap<String, Table>) -> Field {
        let mut field =
            Field { name: draft.name.clone(), parent: draft.parent, row: draft.line.row, ..Field::default() };
        let parameters_cell = draft.line.get(self.columns, &Survey::Parameters);
        let parameters_place =
            parameters::place(self.columns, field.row, parameters_cell.map(|(_, column)| column));
        if let Some((text, _)) = parameters_cell {
            field.parameters = parameters::read(text, &parameters_place, self.sink);
        }
        let preset = self.kind(id, draft, &mut field, tables);
        let is_from_file = matches!(field.kind.choices(), Some(ChoiceSource::Table { .. }));
        let known = parameters::known(&field.kind, is_from_file);
        parameters::check(&field.parameters, known, &parameters_place, self.lists, self.sink);
        if matches!(field.kind, Kind::Range(_)) {
            field.kind = Kind::Range(parameters::range(&field.parameters, &parameters_place, self.sink));
        }
        self.texts(id, draft, &mut field);
        self.rules(id, draft, &mut field);
        self.add_preset(id, preset, &mut field);
        self.choices(id, draft, &mut field, &parameters_place);
        self.values(id, draft, &mut field);
        self.extras(draft, &mut field);
        self.find_unused_cells(draft, &field);
        self.find_missing_label(&field);
        field
    }

    /// Sets the kind, as far as the type alone says it.
    fn kind(
        &mut self,
        id: FieldId,
        draft: &Draft,
        field: &mut Field,
        tables: &BTreeMap<String, Table>,
    ) -> Preset {
        match &draft.what {
            What::Group => field.kind = Kind::Group,
            What::Repeat => field.kind = Kind::Repeat,
            What::OtherText => field.kind = Kind::Text,
            What::Question(Kind::Image, preset) => {
                let appearance = draft.line.get(self.columns, &Survey::Appearance);
                let is_signature = appearance
                    .is_some_and(|(text, _)| text.split_whitespace().any(|word| word == "signature"));
                field.kind = if is_signature { Kind::Signature } else { Kind::Image };
                return *preset;
            }
            What::Question(kind, preset) => {
                field.kind = kind.clone();
                if *preset == Preset::MapFile {
                    let place = self.place(draft, &Survey::Type);
                    let kind = SheetFault::ReplacedType {
                        written: "osm".to_owned(),
                        instead: Instead::AttachedFile,
                    };
                    self.sink.warning(place, kind);
                }
                return *preset;
            }
            What::Select(select, key) => {
                if let Some(source) = self.source(id, draft, select, key.as_ref(), field, tables) {
                    field.kind = match select.picks {
                        Picks::One => Kind::SelectOne(source),
                        Picks::Several => Kind::SelectMultiple(source),
                        Picks::Ranked => Kind::Rank(source),
                    };
                }
            }
        }
        Preset::None
    }

    fn source(
        &mut self,
        id: FieldId,
        draft: &Draft,
        select: &Select,
        key: Option<&String>,
        field: &Field,
        tables: &BTreeMap<String, Table>,
    ) -> Option<ChoiceSource> {
        match &select.from {
            ChoicesFrom::List(_) | ChoicesFrom::External(_) => key.cloned().map(ChoiceSource::List),
            ChoicesFrom::File(file) => {
                let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
                let (value, label) = if extension == "geojson" { ("id", "title") } else { ("name", "label") };
                let named = |name: &str, otherwise: &str| {
                    field.parameters.get(name).cloned().unwrap_or_else(|| otherwise.to_owned())
                };
                tables.contains_key(stem).then(|| ChoiceSource::Table {
                    table: stem.to_owned(),
                    value: named("value", value),
                    label: named("label", label),
                })
            }
            ChoicesFrom::Answers(name) => {
                let place = self.place(draft, &Survey::Type);
                self.answered(id, name, &place).map(ChoiceSource::Rows)
            }
        }
    }

    /// The field that `${name}` means to the field `id`.
    fn answered(&mut self, id: FieldId, name: &str, place: &Place) -> Option<FieldId> {
        match self.expression(&format!("${{{name}}}"), place.clone(), Some(id))? {
            Expr::Field(path) => Some(path.field),
            _ => {
                self.sink.error(place.clone(), SheetFault::BadReference { name: name.to_owned() });
                None
            }
        }
    }

    /// Labels, hints, messages and media.
    fn texts(&mut self, id: FieldId, draft: &Draft, field: &mut Field) {
        for (text, column) in draft.line.each(self.columns) {
            let Some((_, spoken)) = column.means.spoken() else { continue };
            let place = || self.columns.cell(draft.line.row, column);
            let template = self.formulas.template(text, &place, Some(id), self.sink);
            let slot = match &column.means {
                Survey::Label(_) => &mut field.label,
                Survey::Hint(_) => &mut field.hint,
                Survey::Guidance(_) => &mut field.guidance,
                Survey::RequiredMessage(_) => &mut field.required_message,
                Survey::ConstraintMessage(_) => &mut field.constraint_message,
                Survey::SoftConstraintMessage(_) => &mut field.soft_constraint_message,
                Survey::Media(kind, _) => field.media.entry((*kind).to_owned()).or_default(),
                _ => continue,
            };
            slot.set(self.languages.index(spoken), template);
        }
        if draft.what == What::OtherText {
            field.label = choices::said(self.languages, "โปรดระบุ", "Please specify");
        }
    }

    /// What must hold, and when.
    fn rules(&mut self, id: FieldId, draft: &Draft, field: &mut Field) {
        field.relevant = self.rule(id, draft, &Survey::Relevant);
        field.required = self.rule(id, draft, &Survey::Required);
        field.read_only = self.rule(id, draft, &Survey::ReadOnly);
        field.constraint = self.rule(id, draft, &Survey::Constraint);
        field.soft_constraint = self.rule(id, draft, &Survey::SoftConstraint);
        if draft.what == What::OtherText {
            let of = field.name.strip_suffix("_other").unwrap_or_default();
            field.relevant = self.formula(id, &format!("selected(../{of}, 'other')"), draft);
        }
        type IsMessage = fn(&Survey) -> bool;
        let messages: [(&'static str, bool, IsMessage); 3] = [
            ("required", field.required.is_none(), |means| matches!(means, Survey::RequiredMessage(_))),
            ("constraint", field.constraint.is_none(), |means| matches!(means, Survey::ConstraintMessage(_))),
            ("soft_constraint", field.soft_constraint.is_none(), |means| {
                matches!(means, Survey::SoftConstraintMessage(_))
            }),
        ];
        for (rule, is_missing, is_message) in messages {
            let mut cells = draft.line.each(self.columns);
            if is_missing && let Some((_, column)) = cells.find(|(_, column)| is_message(&column.means)) {
                let place = self.columns.cell(draft.line.row, column);
                self.sink.warning(place, SheetFault::MessageWithoutRule { rule });
            }
        }
    }

    /// A formula that is true or false; `yes` and `no` will do. What is always false is left out.
    fn rule(&mut self, id: FieldId, draft: &Draft, means: &Survey) -> Option<Expr> {
        let (text, column) = draft.line.get(self.columns, means)?;
        let text = match truth(text) {
            // Always false matters where it hides a field.
            Some(false) if *means == Survey::Required || *means == Survey::ReadOnly => return None,
            Some(false) => "false()",
            Some(true) => "true()",
            None => text,
        };
        let place = self.columns.cell(draft.line.row, column);
        self.expression(text, place, Some(id))
    }

    /// What a type of old adds to a row that does not say it itself.
    fn add_preset(&mut self, id: FieldId, preset: Preset, field: &mut Field) {
        if field.constraint.is_some() {
            return;
        }
        let (text, thai, english) = match preset {
            Preset::None | Preset::MapFile => return,
            Preset::Digits => {
                ("regex(., '[0-9]*')".to_owned(), "กรุณากรอกตัวเลขเท่านั้น".to_owned(), "Digits only.".to_owned())
            }
            Preset::UpTo(most) => {
                (format!("0 <= . and . <= {most}"), format!("0 ถึง {most}"), format!("0 to {most}"))
            }
        };
        field.constraint = self.expression(&text, self.columns.row(field.row), Some(id));
        field.constraint_message = choices::said(self.languages, &thai, &english);
    }

    /// Which choices are open and in which order.
    fn choices(&mut self, id: FieldId, draft: &Draft, field: &mut Field, parameters_place: &Place) {
        if let Some((text, column)) = draft.line.get(self.columns, &Survey::ChoiceFilter) {
            let place = self.columns.cell(draft.line.row, column);
            if let Some(source) = field.kind.choices() {
                field.choice_filter =
                    self.formulas.expression(text, place, Some(id), Some(source), self.sink);
            } else if !matches!(draft.what, What::Select(..)) {
                self.sink.warning(place, SheetFault::NoChoicesToFilter);
            }
        }
        let is_shuffled = field.parameters.get("randomize").and_then(|text| truth(text)) == Some(true);
        if is_shuffled && field.kind.choices().is_some() {
            let seed = field.parameters.get("seed").cloned();
            let seed = seed.and_then(|seed| self.expression(&seed, parameters_place.clone(), Some(id)));
            field.shuffle = Some(seed.map_or(Shuffle::Unseeded, Shuffle::Seeded));
        }
    }

    /// Where the value comes from.
    fn values(&mut self, id: FieldId, draft: &Draft, field: &mut Field) {
        let row = draft.line.row;
        if let Some((text, column)) = draft.line.get(self.columns, &Survey::Calculation) {
            field.calculation = self.expression(text, self.columns.cell(row, column), Some(id));
        }
        let default = draft.line.get(self.columns, &Survey::Default);
        if let Some((text, column)) = default.filter(|_| can_hold(&field.kind)) {
            field.default = self.default(text, self.columns.cell(row, column), field, id);
        }
        if let Some((text, column)) = draft.line.get(self.columns, &Survey::RepeatCount)
            && field.kind == Kind::Repeat
        {
            field.repeat_count = self.expression(text, self.columns.cell(row, column), Some(id));
        }
        if let Some((text, column)) = draft.line.get(self.columns, &Survey::Trigger) {
            let place = self.columns.cell(row, column);
            field.trigger = self.trigger(id, text, &place);
            if draft.line.get(self.columns, &Survey::Calculation).is_none() {
                self.sink.warning(place, SheetFault::IdleTrigger);
                field.trigger.clear();
            }
        }
        if field.kind == Kind::Calculate {
            let has_calculation = draft.line.get(self.columns, &Survey::Calculation).is_some();
            if !has_calculation && default.is_none() {
                self.sink.error(self.columns.row(row), SheetFault::MissingCalculation);
            }
        }
    }

    fn default(&mut self, text: &str, place: Place, field: &Field, id: FieldId) -> Option<Initial> {
        let list = match field.kind.choices() {
            Some(ChoiceSource::List(key)) => self.lists.get(key),
            _ => None,
        };
        let answer = defaults::answer(text, &field.kind, list);
        let is_text = matches!(field.kind, Kind::Text | Kind::Barcode | Kind::Hidden | Kind::Calculate);
        match answer {
            Some(answer) if !is_text || !is_dynamic_default(text, &field.kind) => {
                Some(Initial::Value(answer))
            }
            None if !is_dynamic_default(text, &field.kind) => {
                self.sink.warning(place, SheetFault::BadDefault { written: text.to_owned() });
                None
            }
            _ => self.expression(text, place, Some(id)).map(Initial::Dynamic),
        }
    }

    fn trigger(&mut self, id: FieldId, text: &str, place: &Place) -> Vec<FieldId> {
        let mut trigger = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.strip_prefix("${").and_then(|part| part.strip_suffix('}')) {
                Some(name) => trigger.extend(self.answered(id, name.trim(), place)),
                None => {
                    self.sink.error(place.clone(), SheetFault::BadTrigger { written: part.to_owned() });
                }
            }
        }
        trigger
    }

    /// Appearance, and columns that mean something to whoever reads the model.
    fn extras(&mut self, draft: &Draft, field: &mut Field) {
        for (text, column) in draft.line.each(self.columns) {
            let place = || self.columns.cell(draft.line.row, column);
            match &column.means {
                Survey::Appearance => text.clone_into(&mut field.appearance),
                Survey::Pdpa | Survey::Maps | Survey::Format
                    if !field.kind.is_stored() && field.kind != Kind::Calculate =>
                {
                    self.sink.warning(place(), SheetFault::NothingStored);
                }
                Survey::Pdpa => {
                    let class = text.to_uppercase();
                    if matches!(class.as_str(), "N" | "P" | "S") {
                        field.extra.insert("pdpa".to_owned(), class);
                    } else {
                        self.sink.error(place(), SheetFault::BadPdpa { written: text.to_owned() });
                    }
                }
                Survey::Maps => {
                    field.extra.insert("maps".to_owned(), text.to_owned());
                }
                Survey::Format if FORMATS.split(", ").any(|format| format == text) => {
                    field.extra.insert("format".to_owned(), text.to_owned());
                }
                Survey::Format => {
                    let written = text.to_owned();
                    self.sink.error(place(), SheetFault::UnknownFormat { written, known: FORMATS });
                }
                Survey::Kept(name) => {
                    field.extra.insert(name.clone(), text.to_owned());
                }
                _ => {}
            }
        }
    }

    fn find_unused_cells(&mut self, draft: &Draft, field: &Field) {
        if matches!(draft.what, What::OtherText) {
            return;
        }
        let written = draft.line.get(self.columns, &Survey::Type).map_or("loop", |(text, _)| text);
        let kind = written.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        for (_, column) in draft.line.each(self.columns) {
            if !is_used(&column.means, &field.kind) {
                let place = self.columns.cell(draft.line.row, column);
                self.sink.warning(place, SheetFault::UnusedCell { kind: kind.clone() });
            }
        }
    }

    fn find_missing_label(&mut self, field: &Field) {
        let is_asked = !field.kind.is_container()
            && !matches!(field.kind, Kind::Calculate | Kind::Hidden | Kind::Metadata(_));
        let texts = [&field.label, &field.hint, &field.guidance];
        let has_text = texts.into_iter().chain(field.media.values()).any(|text: &Text| !text.is_empty());
        if is_asked && !has_text {
            let kind = SheetFault::MissingLabel { name: field.name.clone() };
            self.sink.warning(self.columns.row(field.row), kind);
        }
    }

    fn formula(&mut self, id: FieldId, text: &str, draft: &Draft) -> Option<Expr> {
        self.expression(text, self.columns.row(draft.line.row), Some(id))
    }

    fn expression(&mut self, text: &str, place: Place, at: Option<FieldId>) -> Option<Expr> {
        self.formulas.expression(text, place, at, None, self.sink)
    }

    fn place(&self, draft: &Draft, means: &Survey) -> Place {
        let cell = draft.line.get(self.columns, means);
        cell.map_or_else(
            || self.columns.row(draft.line.row),
            |(_, column)| self.columns.cell(draft.line.row, column),
        )
    }
}

/// Whether a field of this kind can start with an answer.
fn can_hold(kind: &Kind) -> bool {
    kind.is_stored() && !matches!(kind, Kind::Metadata(_)) || *kind == Kind::Calculate
}

/// Whether a cell in a column of this meaning changes anything in a row of this kind. Cells that have
/// a fault of their own where they do not are counted as used.
fn is_used(means: &Survey, kind: &Kind) -> bool {
    let is_shown = !matches!(kind, Kind::Calculate | Kind::Hidden | Kind::Metadata(_));
    let is_answered = !kind.is_container() && !matches!(kind, Kind::Note | Kind::Metadata(_));
    match means {
        Survey::Type | Survey::Name | Survey::Label(_) | Survey::Relevant | Survey::Disabled => true,
        Survey::Pdpa
        | Survey::Maps
        | Survey::Format
        | Survey::ChoiceFilter
        | Survey::Parameters
        | Survey::Kept(_) => true,
        Survey::Hint(_) | Survey::Guidance(_) | Survey::Media(..) => is_shown,
        // Some of what is not drawn has one out of habit; it changes as little as any other.
        Survey::Appearance => true,
        Survey::ReadOnly => is_shown,
        Survey::Required | Survey::RequiredMessage(_) => is_answered && is_shown,
        Survey::Constraint
        | Survey::ConstraintMessage(_)
        | Survey::SoftConstraint
        | Survey::SoftConstraintMessage(_) => is_answered,
        Survey::Calculation | Survey::Trigger => is_answered || *kind == Kind::Note,
        Survey::Default => is_answered,
        Survey::RepeatCount => *kind == Kind::Repeat,
    }
}
