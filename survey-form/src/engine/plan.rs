//! What is found out once for a form: where each answer lies, and what depends on what.

use crate::engine::graph::Graph;
use crate::engine::sound;
use crate::expr::{Anchor, Expr, FieldPath, Function, ItemSource, Items, Test};
use crate::fault::Fault;
use crate::model::{ChoiceList, ChoiceSource, Field, FieldId, Form, Kind, Piece, Shuffle, Template};
use light::Map;

/// A form, ready to run.
#[derive(Debug)]
pub struct Plan {
    form: Form,
    /// By field: the innermost repeat around it, itself not counted.
    scopes: Vec<Option<FieldId>>,
    /// By field: its place among the cells of its row.
    slots: Vec<usize>,
    /// The fields whose cells lie in a row of this repeat; `None` for the household.
    cells: Map<Option<FieldId>, Vec<FieldId>>,
    /// Fields by the key of their answers.
    keys: Map<Option<FieldId>, Map<String, FieldId>>,
    /// Repeats by the value of their rows' `group`.
    groups: Map<String, FieldId>,
    /// By field: what its change triggers.
    triggered: Map<FieldId, Vec<FieldId>>,
    /// The fields whose first value is kept.
    kept: Vec<FieldId>,
    /// The repeats with a `repeat_count`.
    counted: Vec<FieldId>,
    /// By select: where its choices come from, and which are open.
    choices: Map<FieldId, Choices>,
    graph: Graph,
}

/// Where a select's choices come from, with its filter.
#[derive(Debug)]
pub(super) enum Choices {
    /// Items of a list or table, with the columns of names and labels.
    Items { items: Items, name: String, label: String },
    /// The answers of a field in the rows of its repeat.
    Rows(FieldPath),
}

impl Plan {
    /// Makes the plan of a form.
    ///
    /// # Errors
    ///
    /// The calculations and conditions that need each other's values; or where a model that came from
    /// elsewhere is damaged.
    pub fn new(form: Form) -> Result<Self, Vec<Fault>> {
        sound::check(&form)?;
        let scopes: Vec<_> = form.ids().map(|(id, _)| form.scope_of(id)).collect();
        let mut slots = Vec::with_capacity(form.fields.len());
        let mut cells: Map<_, Vec<FieldId>> = Map::new();
        let mut keys: Map<_, Map<String, FieldId>> = Map::new();
        let mut groups = Map::new();
        let mut triggered: Map<FieldId, Vec<FieldId>> = Map::new();
        for (id, field) in form.ids() {
            let scope = scopes[id.index()];
            let row = cells.entry(scope).or_default();
            slots.push(row.len());
            row.push(id);
            match field.kind {
                Kind::Repeat => _ = groups.insert(field.key().to_owned(), id),
                Kind::Group => {}
                _ => _ = keys.entry(scope).or_default().insert(field.key().to_owned(), id),
            }
            for source in &field.trigger {
                triggered.entry(*source).or_default().push(id);
            }
        }
        let graph = Graph::new(&form, &scopes)?;
        let mut selects = Map::new();
        for (id, field) in form.ids() {
            if let Some(choices) = choices(&scopes, id, field) {
                selects.insert(id, choices);
            }
        }
        let those = |wanted: fn(&Field) -> bool| {
            form.ids().filter(|(_, field)| wanted(field)).map(|(id, _)| id).collect::<Vec<_>>()
        };
        let kept = those(Self::is_kept);
        let counted = those(|field| field.repeat_count.is_some());
        Ok(Self {
            form,
            scopes,
            slots,
            cells,
            keys,
            groups,
            triggered,
            kept,
            counted,
            choices: selects,
            graph,
        })
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The innermost repeat around a field, itself not counted.
    pub(super) fn scope(&self, field: FieldId) -> Option<FieldId> {
        self.scopes.get(field.index()).copied().flatten()
    }

    pub(super) fn slot(&self, field: FieldId) -> usize {
        self.slots[field.index()]
    }

    /// The fields whose cells lie in a row of `repeat`.
    pub(super) fn cells(&self, repeat: Option<FieldId>) -> &[FieldId] {
        self.cells.get(&repeat).map_or(&[], Vec::as_slice)
    }

    pub(super) fn field_of_key(&self, scope: Option<FieldId>, key: &str) -> Option<FieldId> {
        self.keys.get(&scope)?.get(key).copied()
    }

    pub(super) fn repeat_of_group(&self, group: &str) -> Option<FieldId> {
        self.groups.get(group).copied()
    }

    /// The fields whose first value is kept: `once(…)`.
    pub(super) fn kept(&self) -> &[FieldId] {
        &self.kept
    }

    /// The repeats with a `repeat_count`.
    pub(super) fn counted(&self) -> &[FieldId] {
        &self.counted
    }

    pub(super) fn choices(&self, field: FieldId) -> Option<&Choices> {
        self.choices.get(&field)
    }

    /// What a change of `field` triggers.
    pub(super) fn triggered(&self, field: FieldId) -> &[FieldId] {
        self.triggered.get(&field).map_or(&[], Vec::as_slice)
    }

    /// The calculation that gives a field's value at every moment.
    pub(super) fn derivation(field: &Field) -> Option<&Expr> {
        field.calculation.as_ref().filter(|_| field.trigger.is_empty())
    }

    /// Whether the derivation's first value is kept: `once(…)`.
    pub(super) fn is_kept(field: &Field) -> bool {
        matches!(Self::derivation(field), Some(Expr::Call(Function::Once, _)))
    }

    /// Whether a household document holds the field's value.
    pub(super) fn is_stored(field: &Field) -> bool {
        match field.kind {
            Kind::Group | Kind::Repeat | Kind::Note => false,
            _ if Self::derivation(field).is_some() => Self::is_kept(field),
            Kind::Calculate => !field.trigger.is_empty() || field.default.is_some(),
            _ => true,
        }
    }
}

fn choices(scopes: &[Option<FieldId>], id: FieldId, field: &Field) -> Option<Choices> {
    let tests: Vec<Expr> = field.choice_filter.iter().cloned().collect();
    let items = |source, tests| Items { source, tests, column: None };
    Some(match field.kind.choices()? {
        ChoiceSource::List(list) => Choices::Items {
            items: items(ItemSource::List(list.clone()), tests),
            name: "name".to_owned(),
            label: "label".to_owned(),
        },
        ChoiceSource::Table { table, value, label } => Choices::Items {
            items: items(ItemSource::Table(table.clone()), tests),
            name: value.clone(),
            label: label.clone(),
        },
        ChoiceSource::Rows(source) => {
            // All rows of the repeat, of those around it the ones in which the select stands.
            let step = scopes[source.index()].unwrap_or(*source);
            let around =
                |field: FieldId| std::iter::successors(scopes[field.index()], |it| scopes[it.index()]);
            let shared = around(step).find(|repeat| around(id).any(|other| other == *repeat));
            let tests = tests.into_iter().map(|keep| Test { step, keep }).collect();
            Choices::Rows(FieldPath {
                field: *source,
                anchor: shared.map_or(Anchor::Household, Anchor::Here),
                tests,
            })
        }
    })
}

/// The values in the labels of choices, by list: found once, because any number of questions can take a
/// list and few labels have values.
pub(crate) struct ChoiceValues<'a>(Map<&'a str, Vec<&'a Expr>>);

impl<'a> ChoiceValues<'a> {
    pub(crate) fn of(form: &'a Form) -> Self {
        let labels = |list: &'a ChoiceList| list.choices.iter().flat_map(|choice| &choice.label.0);
        let lists = form.lists.iter().map(|(name, list)| (name.as_str(), labels(list).flat_map(values)));
        Self(lists.map(|(name, values)| (name, values.collect())).collect())
    }

    /// The name of the list that a field takes, and the values in its labels.
    pub(super) fn list_of(&self, field: &Field) -> Option<(&'a str, &[&'a Expr])> {
        let Some(ChoiceSource::List(name)) = field.kind.choices() else { return None };
        self.0.get_key_value(name.as_str()).map(|(name, values)| (*name, values.as_slice()))
    }
}

fn values(template: &Template) -> impl Iterator<Item = &Expr> {
    template.0.iter().filter_map(|piece| match piece {
        Piece::Value(expr) => Some(expr),
        Piece::Literal(_) => None,
    })
}

/// The expressions in a field's texts and in those of its choices.
pub(super) fn shown_expressions<'a>(choices: &ChoiceValues<'a>, field: &'a Field) -> Vec<&'a Expr> {
    let texts = [
        &field.label,
        &field.hint,
        &field.guidance,
        &field.constraint_message,
        &field.soft_constraint_message,
        &field.required_message,
    ];
    let templates = texts.into_iter().chain(field.media.values()).flat_map(|text| &text.0);
    let of_choices = choices.list_of(field).map_or(&[][..], |(_, values)| values);
    let values = templates.flat_map(values).chain(of_choices.iter().copied());
    let shuffle = match &field.shuffle {
        Some(Shuffle::Seeded(seed)) => Some(seed),
        _ => None,
    };
    let rules = [&field.choice_filter, &field.read_only, &field.soft_constraint];
    values.chain(rules.into_iter().flatten()).chain(shuffle).collect()
}
