//! Keeping up is the same as starting anew: after any operations, a session that evaluated only what
//! changed shows what a session shows that is opened over the same document.

mod support;

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use support::{context, form};
use survey_form::engine::{Edit, Entry, Outcome, Plan, RowId, Session, State};
use survey_form::model::{FieldId, Kind};
use survey_form::value::Scalar;

/// Conditions across groups, rows and repeats in repeats, sums, positions, choices and triggers.
const SURVEY: &str = "
    integer size
    select_one yn open
    begin group house; relevant: ${open} = 'yes'
      integer rooms; required: ${size} > 2; constraint: . < 10 + ${size}
      calculate per_room; calculation: ${size} div ${rooms}
    end
    select_multiple hazard hazards; filter: level <= ${size}
    begin repeat member; relevant: ${size} != 5; count: ${size}
      integer age; constraint: . > position(..)
      text name; relevant: ${age} > 1 or ${open} = 'yes'
      calculate older; calculation: count(../../member[age > current()/../age])
      calculate running; calculation: coalesce(indexed-repeat(${running}, ${member}, position(..) - 1), 0) + ${age}
      date asked; calculation: today(); trigger: ${age}
      begin repeat need; relevant: ${age} != 3
        integer cost; default: position(..)
        calculate label_of; calculation: concat(${name}, ':', position(../..), ':', ${total})
        calculate share; calculation: ${cost} div sum(../../need/cost)
      end
      calculate costs; calculation: sum(${cost})
    end
    calculate total; calculation: sum(${cost})
    calculate names; calculation: join(',', ${name})
    calculate second; calculation: ${member}[2]/age
    calculate first; calculation: once(${total})
    begin group inputs; relevant: ./source > 1
      integer source
    end
    select_one ${name} head; label: ${names} of ${source}
    integer double; calculation: ${size} * 2; trigger: ${size}
";

fn plan() -> Arc<Plan> {
    let lists: &[support::ListLines<'_>] = &[
        ("yn", &[], &[&["yes", "Yes"], &["no", "No"]]),
        ("hazard", &["level"], &[&["flood", "Flood", "1"], &["fire", "Fire", "2"], &["storm", "Storm", "4"]]),
    ];
    Arc::new(Plan::new(form(SURVEY, lists, &[])).expect("no rings"))
}

/// What a device does; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Put {
        field: usize,
        row: usize,
        answer: u8,
    },
    NewRow {
        repeat: usize,
        parent: usize,
    },
    DeleteRow {
        row: usize,
    },
    /// Another device's answer comes in.
    Merge {
        field: usize,
        row: usize,
        answer: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let any = 0..1_000_usize;
    prop_oneof![
        6 => (any.clone(), any.clone(), 0..8_u8).prop_map(|(field, row, answer)| Step::Put { field, row, answer }),
        3 => (any.clone(), any.clone()).prop_map(|(repeat, parent)| Step::NewRow { repeat, parent }),
        1 => any.clone().prop_map(|row| Step::DeleteRow { row }),
        2 => (any.clone(), any, 0..8_u8).prop_map(|(field, row, answer)| Step::Merge { field, row, answer }),
    ]
}

/// The household document, as the edits make it: registers by row, rows in the order in which they came.
#[derive(Debug, Default)]
struct Document {
    order: Vec<RowId>,
    registers: BTreeMap<(Option<RowId>, String), Scalar>,
}

impl Document {
    fn apply(&mut self, edits: &[Edit]) {
        for edit in edits {
            match edit.clone() {
                Edit::Put { row, key, value } => _ = self.registers.insert((row, key), value),
                Edit::NewRow { row, group, parent } => {
                    self.order.push(row);
                    self.registers.insert((Some(row), "group".into()), Scalar::Str(group));
                    if let Some(parent) = parent {
                        let parent = Scalar::Str(parent.to_string());
                        self.registers.insert((Some(row), "parent".into()), parent);
                    }
                }
                Edit::DeleteRow { row } => {
                    self.registers.insert((Some(row), "deleted".into()), Scalar::Bool(true));
                }
            }
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let rows = std::iter::once(None).chain(self.order.iter().copied().map(Some));
        rows.flat_map(|row| {
            let of_row = self.registers.iter().filter(move |((its_row, _), _)| *its_row == row);
            of_row.map(|((row, key), value)| Entry { row: *row, key: key.clone(), value: value.clone() })
        })
        .collect()
    }
}

/// Every row that is there, with its repeat.
fn rows(session: &Session) -> Vec<(Option<RowId>, Option<FieldId>)> {
    let form = session.plan().form();
    let mut found = vec![(None, None)];
    let mut next = 0;
    while let Some((row, scope)) = found.get(next).copied() {
        for (id, _) in form.ids().filter(|(_, field)| field.kind == Kind::Repeat) {
            if form.scope_of(id) == scope {
                let inner = session.row_ids(row, id).expect("a row");
                found.extend(inner.into_iter().map(|row| (Some(row), Some(id))));
            }
        }
        next += 1;
    }
    found
}

type Shown = BTreeMap<(Option<RowId>, FieldId), (State, String, Vec<String>)>;

fn shown(session: &Session) -> Shown {
    let form = session.plan().form();
    let mut all = BTreeMap::new();
    for (row, scope) in rows(session) {
        for (id, _) in form.ids().filter(|(id, _)| form.scope_of(*id) == scope) {
            let state = session.state(row, id).expect("a field of the row");
            let label = session.label(row, id).expect("a field of the row");
            let choices = session.choices(row, id).expect("a field of the row");
            all.insert((row, id), (state, label, choices.into_iter().map(|choice| choice.name).collect()));
        }
    }
    all
}

fn answer(kind: &Kind, number: u8) -> Scalar {
    let text = |text: &str| Scalar::Str(text.into());
    match (kind, number) {
        (_, 0) => Scalar::Null,
        (Kind::SelectOne(_), number) => text(if number % 2 == 0 { "yes" } else { "no" }),
        (Kind::SelectMultiple(_), number) => text(["flood", "fire storm", "storm"][usize::from(number) % 3]),
        (Kind::Text, number) => text(["ก", "ข", "ค"][usize::from(number) % 3]),
        (Kind::Date, _) => text("2024-01-01"),
        (_, number) => Scalar::Int(i64::from(number)),
    }
}

/// Does a step, if it can be done; the edits of a merge are another device's.
fn take(session: &mut Session, step: &Step, number: usize) -> Outcome {
    let form = session.plan().form().clone();
    let there = rows(session);
    let chosen = |field: usize, row: usize| {
        let (row, scope) = there[row % there.len()];
        let fields: Vec<FieldId> =
            form.ids().map(|(id, _)| id).filter(|id| form.scope_of(*id) == scope).collect();
        (row, fields[field % fields.len()])
    };
    match *step {
        Step::Put { field, row, answer: number } => {
            let (row, id) = chosen(field, row);
            session.put(row, id, answer(&form.field(id).kind, number)).unwrap_or_default()
        }
        Step::NewRow { repeat, parent } => {
            let (parent, _) = there[parent % there.len()];
            let repeats: Vec<FieldId> =
                form.ids().filter(|(_, field)| field.kind == Kind::Repeat).map(|(id, _)| id).collect();
            let id = RowId((number as u128 + 1).to_be_bytes());
            session.new_row(repeats[repeat % repeats.len()], parent, id).unwrap_or_default()
        }
        Step::DeleteRow { row } => {
            let Some(id) = there[row % there.len()].0 else { return Outcome::default() };
            session.delete_row(id).unwrap_or_default()
        }
        Step::Merge { field, row, answer: number } => {
            let (row, id) = chosen(field, row);
            let field = form.field(id);
            if !matches!(field.kind, Kind::Integer | Kind::Text) {
                return Outcome::default();
            }
            let value = answer(&field.kind, number);
            let key = field.key().to_owned();
            let outcome = session.merge([Entry { row, key: key.clone(), value: value.clone() }]);
            assert_eq!(outcome.edits, [], "a merge writes nothing");
            Outcome { edits: vec![Edit::Put { row, key, value }], ..outcome }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn keeping_up_is_the_same_as_starting_anew(steps in prop::collection::vec(step(), 1..40)) {
        let plan = plan();
        let mut session = Session::new(plan.clone(), context(), Vec::new());
        let mut document = Document::default();
        document.apply(&session.begin().edits);
        for (number, step) in steps.iter().enumerate() {
            let before = shown(&session);
            let outcome = take(&mut session, step, number);
            document.apply(&outcome.edits);
            let anew = Session::new(plan.clone(), context(), document.entries());
            let (kept_up, anew_shown) = (shown(&session), shown(&anew));
            for (place, shows) in &anew_shown {
                let name = &plan.form().field(place.1).name;
                prop_assert_eq!(kept_up.get(place), Some(shows), "{} {:?} after {:?}", name, place.0, step);
                let is_untouched = !outcome.touched.contains(place);
                if let Some(showed) = before.get(place).filter(|_| is_untouched) {
                    prop_assert_eq!(showed, shows, "{} {:?} is untouched by {:?}", name, place.0, step);
                }
            }
            prop_assert_eq!(kept_up.len(), anew_shown.len());
            prop_assert_eq!(session.check_all(), anew.check_all());
        }
    }
}
