//! Two versions of a form: what changed, and what that does to answers already collected.
//!
//! Nothing that was collected is ever removed by a new version. What can happen is that an answer is no
//! longer shown, no longer an answer of its question's kind, or no longer within what the form allows;
//! each [`Difference`] says which.

mod told;

use crate::expr::{Anchor, Expr, FieldPath, Items, Test};
use crate::model::{ChoiceList, ChoiceSource, Field, FieldId, Form, Initial, Kind, Text};
use light::Map;
use serde::{Deserialize, Serialize};

/// Something that differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Where the answers lie that it is about; of a list of choices, all that use it.
    pub at: Vec<Address>,
    /// What changed.
    pub change: Change,
    /// What it does to answers already collected.
    pub effect: Effect,
}

/// Where answers lie in a household document.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The `group` of the rows; empty for the household's own answers.
    pub group: String,
    /// The question's key; empty for the rows themselves.
    pub key: String,
}

/// What changed. Texts are in the language that each version shows first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a variant's line says what its fields hold")]
pub enum Change {
    /// A question is new; whether it must be answered.
    Added { label: String, is_required: bool },
    /// A question is gone.
    Dropped { label: String },
    /// A question has another type.
    Retyped { from: String, to: String },
    /// The answers of the same question lie under another key or in other rows.
    Moved { from: Address },
    /// Rows of a new kind can be made.
    RowsAdded { label: String },
    /// Rows of a kind can no longer be made.
    RowsDropped { label: String },
    /// A choice is new.
    ChoiceAdded { name: String, label: String },
    /// A choice is gone.
    ChoiceDropped { name: String, label: String },
    /// A choice is called otherwise.
    ChoiceRelabelled { name: String, from: String, to: String },
    /// A question is asked in other words.
    Relabelled { from: String, to: String },
    /// One of a question's rules came, went, or changed.
    Rule { rule: Rule, how: How },
    /// Another class of personal data; empty where there is none.
    Class { from: String, to: String },
    /// A language is new.
    LanguageAdded { language: String },
    /// A language is gone.
    LanguageDropped { language: String },
}

/// A rule of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// When it is asked.
    Relevant,
    /// When it must be answered.
    Required,
    /// What an answer must satisfy.
    Constraint,
    /// What an answer should satisfy.
    SoftConstraint,
    /// Where its value comes from.
    Calculation,
    /// What it starts with.
    Default,
    /// Which choices are open.
    ChoiceFilter,
    /// When it cannot be written.
    ReadOnly,
    /// How many rows there are.
    RepeatCount,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// There was none.
    Added,
    /// There is none any more.
    Dropped,
    /// It is another one.
    Changed,
}

/// What a difference does to answers already collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    None,
    /// They stay, and are shown in other words.
    ShownOtherwise,
    /// Households that were visited have none; that is listed where one is required.
    Missing,
    /// Some may no longer satisfy the form; those are listed, not changed.
    MayNotHold,
    /// Values that are derived from them are derived anew.
    DerivedAnew,
    /// They stay, and others may see them than before.
    SeenByOthers,
    /// They stay in the documents, but no question shows them.
    KeptUnseen,
    /// They stay, but are no answers of the new type; they are listed until asked again.
    Unreadable,
}

/// What differs between two versions of a form, in the order of the new one, then what only the old
/// one has.
#[must_use]
pub fn compare(old: &Form, new: &Form) -> Vec<Difference> {
    let pairs = Pairs::of(old, new);
    let mut found = languages(old, new);
    for (new_id, field) in new.ids() {
        match pairs.old_of(new_id) {
            Some(old_id) => pairs.field(old_id, new_id, &mut found),
            None => found.extend(added(new, new_id, field)),
        }
    }
    for (old_id, field) in old.ids() {
        if pairs.new_of[old_id.index()].is_none() {
            found.extend(dropped(old, old_id, field));
        }
    }
    pairs.choices(&mut found);
    found
}

impl Address {
    /// The address of a field's answers, or of a repeat's rows.
    #[must_use]
    pub fn of(form: &Form, id: FieldId) -> Self {
        let field = form.field(id);
        if field.kind == Kind::Repeat {
            return Self { group: field.key().to_owned(), key: String::new() };
        }
        let group = form.scope_of(id).map(|repeat| form.field(repeat).key().to_owned());
        Self { group: group.unwrap_or_default(), key: field.key().to_owned() }
    }
}

/// Which field of the new version is which of the old one.
struct Pairs<'a> {
    old: &'a Form,
    new: &'a Form,
    /// By old field.
    new_of: Vec<Option<FieldId>>,
    /// By new field.
    old_of: Vec<Option<FieldId>>,
}

impl<'a> Pairs<'a> {
    /// Answers that lie at one address belong together, wherever the question stands in the sheet; what
    /// is left is paired by its path of names.
    fn of(old: &'a Form, new: &'a Form) -> Self {
        let mut pairs =
            Self { old, new, new_of: vec![None; old.fields.len()], old_of: vec![None; new.fields.len()] };
        pairs.join(|form, id| {
            (form.field(id).kind != Kind::Group).then(|| {
                let Address { group, key } = Address::of(form, id);
                vec![group, key]
            })
        });
        pairs.join(|form, id| Some(path(form, id)));
        pairs
    }

    fn join(&mut self, identity: fn(&Form, FieldId) -> Option<Vec<String>>) {
        let mut known = Map::new();
        for (id, field) in self.old.ids().filter(|(id, _)| self.new_of[id.index()].is_none()) {
            if let Some(identity) = identity(self.old, id) {
                known.entry((is_rows(field), identity)).or_insert(id);
            }
        }
        for (id, field) in self.new.ids() {
            let identity = identity(self.new, id).filter(|_| self.old_of[id.index()].is_none());
            if let Some(old_id) = identity.and_then(|identity| known.remove(&(is_rows(field), identity))) {
                self.old_of[id.index()] = Some(old_id);
                self.new_of[old_id.index()] = Some(id);
            }
        }
    }

    fn old_of(&self, new_id: FieldId) -> Option<FieldId> {
        self.old_of[new_id.index()]
    }

    fn field(&self, old_id: FieldId, new_id: FieldId, found: &mut Vec<Difference>) {
        let (before, after) = (self.old.field(old_id), self.new.field(new_id));
        let at = Address::of(self.new, new_id);
        let mut push = |change, effect| found.push(Difference { at: vec![at.clone()], change, effect });
        let from = Address::of(self.old, old_id);
        if from != at && after.kind != Kind::Group {
            push(Change::Moved { from }, Effect::KeptUnseen);
        }
        let (from, to) = (type_of(&before.kind), type_of(&after.kind));
        if from != to {
            let effect = retyped(&before.kind, &after.kind);
            push(Change::Retyped { from: from.to_owned(), to: to.to_owned() }, effect);
        } else if let (Kind::Range(before), Kind::Range(after)) = (&before.kind, &after.kind)
            && before != after
        {
            let rule = Change::Rule { rule: Rule::Constraint, how: How::Changed };
            push(rule, Effect::MayNotHold);
        }
        let class = |field: &Field| field.extra.get("pdpa").cloned().unwrap_or_default();
        if class(before) != class(after) {
            push(Change::Class { from: class(before), to: class(after) }, Effect::SeenByOthers);
        }
        if self.texts_differ(&before.label, &after.label) || self.texts_differ(&before.hint, &after.hint) {
            let change = Change::Relabelled { from: label(self.old, before), to: label(self.new, after) };
            push(change, Effect::ShownOtherwise);
        }
        self.rules(before, after, &mut push);
    }

    fn rules(&self, before: &Field, after: &Field, push: &mut dyn FnMut(Change, Effect)) {
        type Part = fn(&Field) -> Option<&Expr>;
        let rules: [(Rule, Part, [Effect; 3]); 8] = [
            (Rule::Relevant, |field| field.relevant.as_ref(), [Effect::MayNotHold; 3]),
            (
                Rule::Required,
                |field| field.required.as_ref(),
                [Effect::Missing, Effect::None, Effect::Missing],
            ),
            (
                Rule::Constraint,
                |field| field.constraint.as_ref(),
                [Effect::MayNotHold, Effect::None, Effect::MayNotHold],
            ),
            (
                Rule::SoftConstraint,
                |field| field.soft_constraint.as_ref(),
                [Effect::MayNotHold, Effect::None, Effect::MayNotHold],
            ),
            (Rule::Calculation, |field| field.calculation.as_ref(), [Effect::DerivedAnew; 3]),
            (
                Rule::ChoiceFilter,
                |field| field.choice_filter.as_ref(),
                [Effect::MayNotHold, Effect::None, Effect::MayNotHold],
            ),
            (Rule::ReadOnly, |field| field.read_only.as_ref(), [Effect::None; 3]),
            (
                Rule::RepeatCount,
                |field| field.repeat_count.as_ref(),
                [Effect::MayNotHold, Effect::None, Effect::MayNotHold],
            ),
        ];
        for (rule, part, effects) in rules {
            let how = self.how(part(before), part(after));
            if let Some((how, effect)) = how.map(|how| (how, effects[how as usize])) {
                push(Change::Rule { rule, how }, effect);
            }
        }
        let how = match (&before.default, &after.default) {
            (None, None) => None,
            (None, Some(_)) => Some(How::Added),
            (Some(_), None) => Some(How::Dropped),
            (Some(Initial::Dynamic(before)), Some(Initial::Dynamic(after))) => {
                self.how(Some(before), Some(after))
            }
            (Some(before), Some(after)) => (before != after).then_some(How::Changed),
        };
        if let Some(how) = how {
            push(Change::Rule { rule: Rule::Default, how }, Effect::None);
        }
    }

    fn how(&self, before: Option<&Expr>, after: Option<&Expr>) -> Option<How> {
        match (before, after) {
            (None, None) => None,
            (None, Some(_)) => Some(How::Added),
            (Some(_), None) => Some(How::Dropped),
            (Some(before), Some(after)) => (self.as_new(before) != *after).then_some(How::Changed),
        }
    }

    /// An expression of the old version with the fields of the new one. A field that is gone becomes
    /// one that no form has.
    fn as_new(&self, expr: &Expr) -> Expr {
        let id = |old: FieldId| self.new_of[old.index()].unwrap_or(FieldId(u32::MAX));
        match expr {
            Expr::Number(_) | Expr::Text(_) | Expr::Column(_) | Expr::Nothing => expr.clone(),
            Expr::Call(function, arguments) => {
                Expr::Call(*function, arguments.iter().map(|argument| self.as_new(argument)).collect())
            }
            Expr::Field(path) => Expr::Field(FieldPath {
                field: id(path.field),
                anchor: match path.anchor {
                    Anchor::Here(repeat) => Anchor::Here(id(repeat)),
                    Anchor::Tested(repeat) => Anchor::Tested(id(repeat)),
                    anchor => anchor,
                },
                tests: path
                    .tests
                    .iter()
                    .map(|test| Test { step: id(test.step), keep: self.as_new(&test.keep) })
                    .collect(),
            }),
            Expr::Items(items) => Expr::Items(Box::new(Items {
                source: items.source.clone(),
                tests: items.tests.iter().map(|test| self.as_new(test)).collect(),
                column: items.column.clone(),
            })),
        }
    }

    /// Whether a text says something else in a language that both versions have.
    fn texts_differ(&self, before: &Text, after: &Text) -> bool {
        let languages = self.new.languages.iter().enumerate();
        languages.into_iter().any(|(to, language)| {
            let from = self.old.languages.iter().position(|old| old == language);
            from.is_some_and(|from| told::plain(before, from) != told::plain(after, to))
        })
    }

    /// Choices of lists, told once for all questions that take the same two lists.
    fn choices(&self, found: &mut Vec<Difference>) {
        let mut lists = Map::<(&str, &str), Vec<Address>>::new();
        for (new_id, after) in self.new.ids() {
            let before = self.old_of(new_id).map(|old_id| self.old.field(old_id));
            let source = |field: &'a Field| match field.kind.choices() {
                Some(ChoiceSource::List(list)) => Some(list.as_str()),
                _ => None,
            };
            if let (Some(from), Some(to)) = (before.and_then(source), source(after)) {
                lists.entry((from, to)).or_default().push(Address::of(self.new, new_id));
            }
        }
        for ((from, to), at) in lists {
            let (Some(before), Some(after)) = (self.old.lists.get(from), self.new.lists.get(to)) else {
                continue;
            };
            self.list(before, after, &at, found);
        }
    }

    fn list(&self, before: &ChoiceList, after: &ChoiceList, at: &[Address], found: &mut Vec<Difference>) {
        let mut push = |change, effect| found.push(Difference { at: at.to_vec(), change, effect });
        let known = before.choices.iter().map(|choice| (choice.name.as_str(), choice));
        let mut known = known.collect::<Map<_, _>>();
        for choice in &after.choices {
            let name = choice.name.clone();
            let to = told::shown(self.new, &choice.label, &choice.name);
            match known.remove(choice.name.as_str()) {
                None => push(Change::ChoiceAdded { name, label: to }, Effect::None),
                Some(old) if self.texts_differ(&old.label, &choice.label) => {
                    let from = told::shown(self.old, &old.label, &old.name);
                    push(Change::ChoiceRelabelled { name, from, to }, Effect::ShownOtherwise);
                }
                Some(_) => {}
            }
        }
        for choice in before.choices.iter().filter(|choice| known.contains_key(choice.name.as_str())) {
            let label = told::shown(self.old, &choice.label, &choice.name);
            push(Change::ChoiceDropped { name: choice.name.clone(), label }, Effect::MayNotHold);
        }
    }
}

fn languages(old: &Form, new: &Form) -> Vec<Difference> {
    let missing = |from: &Form, of: &Form| {
        let missing = of.languages.iter().filter(|language| !from.languages.contains(language));
        missing.cloned().collect::<Vec<_>>()
    };
    let added = missing(old, new).into_iter().map(|language| Change::LanguageAdded { language });
    let dropped = missing(new, old).into_iter().map(|language| Change::LanguageDropped { language });
    let differences = added.chain(dropped);
    differences.map(|change| Difference { at: Vec::new(), change, effect: Effect::ShownOtherwise }).collect()
}

fn added(form: &Form, id: FieldId, field: &Field) -> Option<Difference> {
    let (change, effect) = match field.kind {
        Kind::Group | Kind::Note => return None,
        Kind::Repeat => (Change::RowsAdded { label: label(form, field) }, Effect::None),
        Kind::Calculate => {
            (Change::Added { label: label(form, field), is_required: false }, Effect::DerivedAnew)
        }
        _ => {
            let is_required = field.required.is_some();
            let effect = if is_required { Effect::Missing } else { Effect::None };
            (Change::Added { label: label(form, field), is_required }, effect)
        }
    };
    Some(Difference { at: vec![Address::of(form, id)], change, effect })
}

fn dropped(form: &Form, id: FieldId, field: &Field) -> Option<Difference> {
    let (change, effect) = match field.kind {
        Kind::Group | Kind::Note => return None,
        Kind::Repeat => (Change::RowsDropped { label: label(form, field) }, Effect::KeptUnseen),
        Kind::Calculate => (Change::Dropped { label: label(form, field) }, Effect::None),
        _ => (Change::Dropped { label: label(form, field) }, Effect::KeptUnseen),
    };
    Some(Difference { at: vec![Address::of(form, id)], change, effect })
}

/// What becomes of answers of one kind that are asked as another.
fn retyped(from: &Kind, to: &Kind) -> Effect {
    let is_text = |kind: &Kind| matches!(kind, Kind::Text | Kind::Barcode | Kind::Hidden);
    let is_blob =
        |kind: &Kind| matches!(kind, Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::Signature);
    let is_number = |kind: &Kind| matches!(kind, Kind::Decimal | Kind::Range(_));
    let whole = |kind: &Kind| match kind {
        Kind::Integer => true,
        Kind::Range(range) => range.is_whole(),
        _ => false,
    };
    match (from, to) {
        (from, to) if !from.is_stored() && !to.is_stored() => Effect::None,
        (from, _) if !from.is_stored() => Effect::None,
        (_, to) if !to.is_stored() => Effect::KeptUnseen,
        (from, to) if whole(from) && (is_number(to) || *to == Kind::Integer) => Effect::MayNotHold,
        (Kind::Range(_), Kind::Decimal) => Effect::None,
        (Kind::Decimal, Kind::Range(range)) if !range.is_whole() => Effect::MayNotHold,
        // What is stored as text is read as text.
        (Kind::SelectOne(_) | Kind::Date | Kind::Time | Kind::DateTime | Kind::Rank(_), to)
            if is_text(to) =>
        {
            Effect::ShownOtherwise
        }
        (Kind::Text, Kind::SelectOne(_)) => Effect::MayNotHold,
        (from, to) if is_text(from) && is_text(to) => Effect::None,
        (from, to) if is_blob(from) && is_blob(to) => Effect::None,
        _ => Effect::Unreadable,
    }
}

/// The type's name as XLSForm has it.
fn type_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Group => "group",
        Kind::Repeat => "repeat",
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Range(_) => "range",
        Kind::SelectOne(_) => "select_one",
        Kind::SelectMultiple(_) => "select_multiple",
        Kind::Rank(_) => "rank",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "dateTime",
        Kind::Geopoint => "geopoint",
        Kind::Geotrace => "geotrace",
        Kind::Geoshape => "geoshape",
        Kind::Barcode => "barcode",
        Kind::Image => "image",
        Kind::Audio => "audio",
        Kind::Video => "video",
        Kind::File => "file",
        Kind::Signature => "signature",
        Kind::Note => "note",
        Kind::Acknowledge => "acknowledge",
        Kind::Calculate => "calculate",
        Kind::Hidden => "hidden",
        Kind::Metadata(_) => "metadata",
    }
}

fn label(form: &Form, field: &Field) -> String {
    told::shown(form, &field.label, &field.name)
}

fn is_rows(field: &Field) -> bool {
    field.kind == Kind::Repeat
}

/// The names from the form down to a field.
fn path(form: &Form, id: FieldId) -> Vec<String> {
    let mut names = vec![form.field(id).name.clone()];
    let mut above = form.field(id).parent;
    while let Some(group) = above {
        names.push(form.field(group).name.clone());
        above = form.field(group).parent;
    }
    names.reverse();
    names
}
