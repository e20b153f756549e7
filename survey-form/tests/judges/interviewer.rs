//! An interviewer who answers at random, from a seed, what can be answered at the moment.

use std::collections::BTreeMap;

use form_interview::{Answer, Interview, Node, Question, State, Step};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use survey_form::model::{ChoiceSource, Form, Kind};

use crate::corpus::Specimen;

/// Rows that one repeat has at most.
const ROWS_MAX: usize = 4;

/// One interview and what our engine told: before the first step and after every step.
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) steps: Vec<Step>,
    pub(crate) states: Vec<State>,
}

/// Interviews with `form` for `steps` steps.
pub(crate) fn interview(specimen: &Specimen, form: &Form, seed: u64, steps: usize) -> Run {
    let mut interview = Interview::start(form, &specimen.files, crate::NOW_MS, crate::ZONE_MINUTES);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut run = Run { seed, steps: Vec::new(), states: vec![interview.state()] };
    for _ in 0..steps {
        let Some(step) =
            next_step(&mut chance, form, specimen, &interview, run.states.last().expect("a state"))
        else {
            break;
        };
        interview.take(&step);
        run.steps.push(step);
        run.states.push(interview.state());
    }
    run
}

fn next_step(
    chance: &mut impl Rng,
    form: &Form,
    specimen: &Specimen,
    interview: &Interview,
    state: &State,
) -> Option<Step> {
    let repeats: Vec<(&String, usize)> = state
        .iter()
        .filter(|(_, node)| node.kind == "repeat-range:uncontrolled" && node.relevant)
        .map(|(reference, node)| (reference, node.rows.unwrap_or_default()))
        .collect();
    if !repeats.is_empty() && chance.random_ratio(1, 5) {
        let (reference, rows) = repeats[chance.random_range(0..repeats.len())];
        if rows > 0 && (rows == ROWS_MAX || chance.random_ratio(2, 5)) {
            return Some(Step::Remove { remove: reference.clone(), index: chance.random_range(0..rows) });
        }
        return Some(Step::Add { add: reference.clone() });
    }
    let questions = interview.questions();
    if questions.is_empty() {
        return None;
    }
    let question = &questions[chance.random_range(0..questions.len())];
    let node = &state[&question.reference];
    let value =
        if chance.random_ratio(1, 12) { None } else { answer(chance, form, specimen, question, node) };
    Some(Step::Set { set: question.reference.clone(), value })
}

fn answer(
    chance: &mut impl Rng,
    form: &Form,
    specimen: &Specimen,
    question: &Question<'_>,
    node: &Node,
) -> Option<Answer> {
    let open: Vec<String> = node.choices.iter().flatten().map(|(name, _)| name.clone()).collect();
    match &question.field.kind {
        Kind::SelectOne(_) => pick(chance, &open).map(Answer::One),
        Kind::SelectMultiple(source) => {
            let mut chosen: Vec<String> = open.into_iter().filter(|_| chance.random_ratio(2, 5)).collect();
            // Ours are in the order of the list, theirs as they were ticked.
            if let ChoiceSource::List(list) = source {
                let choices = &form.lists[list].choices;
                chosen.sort_by_key(|name| choices.iter().position(|choice| choice.name == *name));
            }
            (!chosen.is_empty()).then_some(Answer::Many(chosen))
        }
        Kind::Rank(_) => {
            let mut order = open;
            for at in (1..order.len()).rev() {
                order.swap(at, chance.random_range(0..=at));
            }
            (!order.is_empty()).then_some(Answer::Many(order))
        }
        Kind::Acknowledge => Some(Answer::One("OK".to_owned())),
        kind => {
            let given = specimen.values.get(&question.field.name);
            let usual = usual_values(kind).iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
            pick(chance, given.unwrap_or(&usual)).map(Answer::One)
        }
    }
}

fn pick(chance: &mut impl Rng, from: &[String]) -> Option<String> {
    (!from.is_empty()).then(|| from[chance.random_range(0..from.len())].clone())
}

/// What is answered where the form does not say it.
fn usual_values(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Integer => &["0", "1", "2", "3", "5", "10", "18", "-1"],
        Kind::Decimal => &["0", "0.5", "1", "2.25", "100", "-3.5"],
        Kind::Date => &["2024-02-29", "2023-12-31", "2024-06-01"],
        _ => &["a", "b", "x y", "12"],
    }
}

/// The seeds to run, and how many steps each interview has: `JUDGE_SEEDS=FIRST..END`.
pub(crate) fn seeds(usual: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("JUDGE_SEEDS").ok();
    let Some((first, end)) = asked.as_deref().and_then(|range| range.split_once("..")) else {
        return 0..usual;
    };
    first.parse().expect("a seed")..end.parse().expect("a seed")
}

/// The forms to run: all, or the one that `JUDGE_FORM` names.
pub(crate) fn specimens() -> BTreeMap<String, Specimen> {
    let asked = std::env::var("JUDGE_FORM").ok();
    let all = crate::corpus::read().into_iter().map(|specimen| (specimen.name.clone(), specimen));
    all.filter(|(name, _)| asked.as_ref().is_none_or(|asked| asked == name)).collect()
}
