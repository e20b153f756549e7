//! Our engine and the engine of ODK Web Forms, answer by answer.

use crate::corpus::Specimen;
use crate::intended::{INTENDED, Intended};
use crate::interviewer::{self, Run};
use crate::odk::{self, Converted, FormAnswers, FormQuestions, Questions, Told};
use form_interview::{Node, State};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use survey_form::model::Form;

/// Interviews for each form, and the steps of each.
const SEEDS: u64 = 5;
const STEPS: usize = 24;

/// Fewer comparisons than this prove nothing.
const CHECKS_MIN: u64 = 10_000;

/// Something that both tell differently.
struct Disagreement {
    form: String,
    seed: u64,
    /// How many steps had been taken.
    step: usize,
    reference: String,
    what: What,
    ours: String,
    theirs: String,
    steps: String,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Whether there is such a node.
    Presence,
    Relevant,
    Required,
    /// Which of constraint and required does not hold.
    Fault,
    Value,
    /// Open choices with their labels.
    Choices,
    Label,
    /// How many rows a repeat has.
    Rows,
}

#[test]
fn forms_mean_what_they_mean_to_odk() {
    let specimens = interviewer::specimens();
    let workbooks: BTreeMap<String, Vec<u8>> =
        specimens.iter().map(|(name, specimen)| (name.clone(), specimen.workbook())).collect();
    let converted = odk::convert(&workbooks);
    let mut refused = String::new();
    let mut interviewed: Vec<(&Specimen, &str, Vec<Run>)> = Vec::new();
    for (name, specimen) in &specimens {
        let (form, faults) = crate::compiled(&workbooks[name]);
        match (&converted[name], form) {
            (Converted::Xform(xform), Some(form)) => {
                let json = serde_json::to_vec(&form).expect("a model");
                assert_eq!(Form::read(&json).as_ref(), Some(&form), "{name}");
                let runs = interviewer::seeds(SEEDS)
                    .map(|seed| interviewer::interview(specimen, &form, seed, STEPS))
                    .collect();
                interviewed.push((specimen, xform, runs));
            }
            (Converted::Xform(_), None) => writeln!(refused, "{name}: we refuse it: {faults}").expect("text"),
            (Converted::Error(fault), _) => {
                writeln!(refused, "{name}: pyxform refuses it: {fault}").expect("text")
            }
        }
    }
    assert!(refused.is_empty(), "{refused}");

    let questions = Questions {
        now: crate::NOW_MS,
        forms: interviewed
            .iter()
            .map(|(specimen, xform, runs)| FormQuestions {
                name: &specimen.name,
                xform,
                files: &specimen.files,
                runs: runs.iter().map(|run| &run.steps[..]).collect(),
            })
            .collect(),
    };
    let answers = odk::interview(&questions);
    assert_eq!(answers.len(), interviewed.len());

    let mut checks = Checks::default();
    for ((_, _, runs), answers) in interviewed.iter().zip(&answers) {
        checks.form(runs, answers);
    }
    checks.report(std::env::var_os("JUDGE_FORM").is_none());
}

/// What was compared so far.
#[derive(Default)]
struct Checks {
    made: u64,
    disagreements: Vec<Disagreement>,
    intended: BTreeMap<usize, u64>,
}

impl Checks {
    fn form(&mut self, runs: &[Run], answers: &FormAnswers) {
        assert!(answers.error.is_none(), "{}: {:?}", answers.name, answers.error);
        assert_eq!(answers.runs.len(), runs.len());
        for (run, told) in runs.iter().zip(&answers.runs) {
            let broke_off = matches!(told.last(), Some(Told::Error { .. }));
            assert!(broke_off || told.len() == run.states.len(), "{} {}", answers.name, run.seed);
            for (step, (ours, theirs)) in run.states.iter().zip(told).enumerate() {
                let at = At { form: &answers.name, run, step };
                match theirs {
                    // After the first difference the rest of the interview is another interview.
                    Told::State(theirs) => {
                        if !self.state(&at, ours, theirs) {
                            break;
                        }
                    }
                    Told::Error { error } => {
                        self.differ(&at, "", What::Presence, "no error", error);
                        break;
                    }
                }
            }
        }
    }

    /// Whether both tell the same.
    fn state(&mut self, at: &At<'_>, ours: &State, theirs: &State) -> bool {
        let mut same = true;
        let seen =
            |state: &State, reference: &str| !is_ignored(reference) && is_in_relevant(state, reference);
        for (reference, theirs) in theirs.iter().filter(|(reference, _)| seen(theirs, reference)) {
            if !ours.contains_key(reference) && is_count(reference, theirs) {
                continue;
            }
            self.made += 1;
            match ours.get(reference) {
                Some(ours) => same &= self.node(at, reference, ours, theirs),
                None => same &= self.differ(at, reference, What::Presence, "absent", &theirs.kind),
            }
        }
        let seen_by_us = ours.iter().filter(|(reference, _)| seen(ours, reference));
        for (reference, node) in seen_by_us.filter(|(reference, _)| !theirs.contains_key(*reference)) {
            same &= self.differ(at, reference, What::Presence, &node.kind, "absent");
        }
        same
    }

    fn node(&mut self, at: &At<'_>, reference: &str, ours: &Node, theirs: &Node) -> bool {
        let mut same = self.equal(at, reference, What::Relevant, &ours.relevant, &theirs.relevant);
        if !theirs.relevant || !ours.relevant {
            return same;
        }
        same &= self.equal(at, reference, What::Rows, &ours.rows, &theirs.rows);
        same &= self.equal(at, reference, What::Required, &ours.required, &theirs.required);
        same &= self.equal(at, reference, What::Fault, &ours.fault, &theirs.fault);
        same &= self.equal(at, reference, What::Value, &ours.value, &theirs.value);
        same &= self.equal(at, reference, What::Choices, &ours.choices, &theirs.choices);
        same & self.equal(at, reference, What::Label, &spaced(&ours.label), &spaced(&theirs.label))
    }

    fn equal<T: PartialEq + fmt::Debug>(
        &mut self,
        at: &At<'_>,
        reference: &str,
        what: What,
        ours: &T,
        theirs: &T,
    ) -> bool {
        self.made += 1;
        ours == theirs || self.differ(at, reference, what, &format!("{ours:?}"), &format!("{theirs:?}"))
    }

    /// Notes a difference; whether it is one that is meant.
    fn differ(&mut self, at: &At<'_>, reference: &str, what: What, ours: &str, theirs: &str) -> bool {
        let meant = INTENDED.iter().position(|intended| {
            let is_question = reference.rsplit('/').next() == Some(intended.question);
            is_question && intended.form == at.form && intended.what == what && (intended.holds)(ours, theirs)
        });
        if let Some(meant) = meant {
            *self.intended.entry(meant).or_default() += 1;
            return true;
        }
        self.disagreements.push(Disagreement {
            form: at.form.to_owned(),
            seed: at.run.seed,
            step: at.step,
            reference: reference.to_owned(),
            what,
            ours: ours.to_owned(),
            theirs: theirs.to_owned(),
            steps: serde_json::to_string(&at.run.steps[..at.step]).expect("JSON"),
        });
        false
    }

    fn report(&self, all_forms: bool) {
        let mut page = String::new();
        let mut told: BTreeMap<(&str, String, What), u64> = BTreeMap::new();
        for one in &self.disagreements {
            let Disagreement { form, seed, step, reference, what, ours, theirs, .. } = one;
            let times = told.entry((form, without_places(reference), *what)).or_default();
            *times += 1;
            if *times <= 1 || !all_forms {
                if !all_forms {
                    writeln!(page, "   {}", one.steps).expect("text");
                }
                writeln!(
                    page,
                    "{form} {seed} after {step}: {what:?} of {reference}: ours {ours}, theirs {theirs}"
                )
                .expect("text");
            }
        }
        let count = self.disagreements.len();
        let meant: u64 = self.intended.values().sum();
        println!("{} checks, {meant} differ as intended, {count} disagree", self.made);
        assert!(self.disagreements.is_empty(), "{count} disagreements:\n{page}");
        if all_forms {
            assert!(self.made >= CHECKS_MIN, "only {} checks", self.made);
            for (place, Intended { why, form, question, .. }) in INTENDED.iter().enumerate() {
                assert!(self.intended.contains_key(&place), "{form}: {question} no longer differs: {why:?}");
            }
        }
    }
}

/// A reference without the places of rows: `/data/member/age`.
fn without_places(reference: &str) -> String {
    reference.split('/').map(|name| name.split('[').next().unwrap_or_default()).collect::<Vec<_>>().join("/")
}

/// Where in an interview.
struct At<'a> {
    form: &'a str,
    run: &'a Run,
    step: usize,
}

/// pyxform puts spaces around what is inserted into a label.
fn spaced(label: &Option<String>) -> Option<String> {
    Some(label.as_ref()?.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether every group, repeat and row around it is relevant: what lies in others is not seen.
fn is_in_relevant(state: &State, reference: &str) -> bool {
    let ends = reference.match_indices(['/', '[']).map(|(end, _)| &reference[..end]);
    ends.filter_map(|around| state.get(around)).all(|node| node.relevant)
}

/// pyxform keeps the number that a `repeat_count` calculates in a field of its own.
fn is_count(reference: &str, node: &Node) -> bool {
    node.kind == "model-value" && reference.ends_with("_count")
}

/// What pyxform adds to every form.
fn is_ignored(reference: &str) -> bool {
    reference == "/data" || reference.starts_with("/data/meta")
}
