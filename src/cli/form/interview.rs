//! An interview as lines of text: what is shown, what is typed, one question at a time in the order of the
//! form. The form's engine decides everything; nothing here reads or writes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use survey_form::engine::{Context, OpenChoice, Outcome, Plan, Problem, RowId, Session, State};
use survey_form::fault::Tongue;
use survey_form::model::{Field, FieldId, Form, Kind};
use survey_form::thai::{fold_digits, show_date};
use survey_form::typed::{self, choice_keys, chosen, is_no, is_yes};
use survey_form::value::Scalar;

use super::words::{either, help, instead};

/// An interview that is going on.
pub(super) struct Interview {
    pub(super) session: Session,
    plan: Arc<Plan>,
    /// Fields by the group or repeat right around them.
    inside: BTreeMap<Option<FieldId>, Vec<FieldId>>,
    pub(super) tongue: Tongue,
    /// The day, `YYYY-MM-DD`.
    today: String,
    /// Where it stands.
    at: Key,
    /// Up to where notes and calculations have been shown.
    shown: Key,
    /// The groups and rows in which the last question stood.
    trail: Vec<Around>,
    rows_made: u128,
    is_over: bool,
}

/// Where something stands in the order of the form: fields by their ids, which count through the sheet,
/// and behind a repeat's the number of the row.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<u64>);

/// Something that the interview comes by.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub(super) key: Key,
    pub(super) row: Option<RowId>,
    pub(super) field: FieldId,
    pub(super) what: What,
    /// From the outside in.
    pub(super) around: Vec<Around>,
}

/// What is done at a [`Stop`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A person answers.
    Question,
    /// A note, or a value that is derived: shown in passing.
    Shown,
    /// After the last row of a repeat: is there another?
    Another,
    /// All is answered.
    End,
}

/// A group, or a row of a repeat with its number from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Around {
    /// The row that the group or repeat itself lies in.
    pub(super) row: Option<RowId>,
    pub(super) field: FieldId,
    pub(super) number: Option<usize>,
}

impl Interview {
    /// Begins the interview of a new household.
    pub(super) fn begin(plan: Arc<Plan>, context: Context, tongue: Tongue, today: String) -> Self {
        let mut inside: BTreeMap<Option<FieldId>, Vec<FieldId>> = BTreeMap::new();
        for (id, field) in plan.form().ids() {
            inside.entry(field.parent).or_default().push(id);
        }
        let session = Session::new(plan.clone(), context, []);
        let mut interview = Self {
            session,
            plan,
            inside,
            tongue,
            today,
            at: Key::default(),
            shown: Key::default(),
            trail: Vec::new(),
            rows_made: 0,
            is_over: false,
        };
        let begun = interview.session.begin();
        interview.follow(begun);
        interview.move_on();
        interview
    }

    /// Whether there is nothing more to ask.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn form(&self) -> &Form {
        self.plan.form()
    }

    pub(super) fn field(&self, id: FieldId) -> &Field {
        self.plan.form().field(id)
    }

    /// Everything that the interview comes by as the answers are now, in order.
    pub(super) fn stops(&self) -> Vec<Stop> {
        let mut stops = Vec::new();
        self.collect(None, None, &Key::default(), &[], &mut stops);
        let end = Stop {
            key: Key(vec![u64::MAX]),
            row: None,
            field: FieldId(0),
            what: What::End,
            around: Vec::new(),
        };
        stops.push(end);
        stops
    }

    fn collect(
        &self,
        parent: Option<FieldId>,
        row: Option<RowId>,
        above: &Key,
        around: &[Around],
        stops: &mut Vec<Stop>,
    ) {
        for id in self.inside.get(&parent).into_iter().flatten() {
            let Some(state) = self.session.state(row, *id).ok().filter(|state| state.relevant) else {
                continue;
            };
            let field = self.field(*id);
            let key = above.then(u64::from(id.0));
            let further = |number| {
                let this = Around { row, field: *id, number };
                around.iter().copied().chain([this]).collect::<Vec<_>>()
            };
            let mut stop = |key, what| {
                stops.push(Stop { key, row, field: *id, what, around: around.to_vec() });
            };
            match field.kind {
                Kind::Group => self.collect(Some(*id), row, above, &further(None), stops),
                Kind::Repeat => {
                    let rows = self.session.row_ids(row, *id).unwrap_or_default();
                    for (number, child) in (1_usize..).zip(rows) {
                        let key = key.then(number as u64);
                        self.collect(Some(*id), Some(child), &key, &further(Some(number)), stops);
                    }
                    if self.session.is_free(*id) {
                        let around = around.to_vec();
                        let key = key.then(u64::MAX);
                        stops.push(Stop { key, row, field: *id, what: What::Another, around });
                    }
                }
                Kind::Hidden | Kind::Metadata(_) => {}
                Kind::Note => stop(key, What::Shown),
                _ if state.read_only => stop(key, What::Shown),
                _ => stop(key, What::Question),
            }
        }
    }

    /// Where it stands; what is no longer asked is passed over.
    fn here(&self) -> Stop {
        let mut stops = self.stops();
        let is_here = |stop: &Stop| stop.key >= self.at && stop.what != What::Shown;
        let place = stops.iter().position(is_here).unwrap_or(stops.len() - 1);
        stops.swap_remove(place)
    }

    /// What is to be shown: notes and calculations that were passed, groups that begin, and the question.
    pub(super) fn prompt(&mut self) -> String {
        let here = self.here();
        let mut text = String::new();
        for stop in self.stops() {
            if stop.what == What::Shown && stop.key > self.shown && stop.key < here.key {
                self.enter(&stop.around, &mut text);
                self.show(&stop, &mut text);
            }
        }
        self.shown = here.key.clone();
        self.enter(&here.around, &mut text);
        match here.what {
            What::Question => self.show_question(&here, &mut text),
            What::Another => {
                let rows = self.session.row_ids(here.row, here.field).map_or(0, |rows| rows.len());
                let label = self.label(here.row, here.field);
                let question = match self.tongue {
                    Tongue::Thai => {
                        format!("{label}: มี {rows} แถว เพิ่มอีกไหม  (+ เพิ่ม, Enter ไปต่อ, -1 ลบแถวที่ 1)")
                    }
                    Tongue::English => {
                        format!(
                            "{label}: {rows} rows; another?  (+ adds one, Enter goes on, -1 deletes row 1)"
                        )
                    }
                };
                text.push_str(&question);
            }
            What::Shown | What::End => text.push_str(either(
                self.tongue,
                "จบแบบสอบถาม กด Enter เพื่อสรุป หรือ < เพื่อกลับไปแก้",
                "That was the last question. Enter for the summary, < to go back",
            )),
        }
        text
    }

    /// Tells of the groups and rows that begin here.
    fn enter(&mut self, around: &[Around], text: &mut String) {
        let shared = self.trail.iter().zip(around).take_while(|(old, new)| old == new).count();
        for place in &around[shared..] {
            let name = self.name_of(place);
            if !name.is_empty() {
                let _ = writeln!(text, "── {name} ──");
            }
        }
        self.trail = around.to_vec();
    }

    /// A group's label, or a row's with its number.
    pub(super) fn name_of(&self, place: &Around) -> String {
        let label = self.session.label(place.row, place.field).unwrap_or_default();
        match place.number {
            None => label,
            Some(number) if label.is_empty() => format!("{} {number}", self.field(place.field).name),
            Some(number) => format!("{label} {number}"),
        }
    }

    /// A field's label, or its name where it has none.
    pub(super) fn label(&self, row: Option<RowId>, id: FieldId) -> String {
        let label = self.session.label(row, id).unwrap_or_default();
        if label.is_empty() { self.field(id).name.clone() } else { label }
    }

    fn show(&self, stop: &Stop, text: &mut String) {
        let value = self.answer_text(stop.row, stop.field);
        let label = self.session.label(stop.row, stop.field).unwrap_or_default();
        let name = &self.field(stop.field).name;
        let _ = match (label.is_empty(), value.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => writeln!(text, "  {name} = {value}"),
            (false, true) => writeln!(text, "  {label}"),
            (false, false) => writeln!(text, "  {label}: {value}"),
        };
    }

    fn show_question(&self, stop: &Stop, text: &mut String) {
        let (row, id) = (stop.row, stop.field);
        let field = self.field(id);
        let star = if self.state(stop).required { " *" } else { "" };
        let _ = write!(text, "{}{star}  [{}]", self.label(row, id), field.name);
        let hint = self.session.hint(row, id).unwrap_or_default();
        if !hint.is_empty() {
            let _ = write!(text, "\n  {hint}");
        }
        let choices = self.session.choices(row, id).unwrap_or_default();
        for (key, choice) in choice_keys(&choices).iter().zip(&choices) {
            let label = if choice.label.is_empty() { &choice.name } else { &choice.label };
            let _ = write!(text, "\n  {key:>3}  {label}");
        }
        let value = self.answer_text(row, id);
        if !value.is_empty() {
            let _ = write!(text, "\n  = {value}");
        }
    }

    /// A field's value as it is shown; of a day also as it is stored.
    pub(super) fn answer_text(&self, row: Option<RowId>, id: FieldId) -> String {
        let value = self.session.state(row, id).map(|state| state.value).unwrap_or_default();
        let choices = self.choices(row, id);
        let shown = typed::shown(self.field(id), &choices, &value);
        match &value {
            Scalar::Str(stored) if show_date(stored).is_some_and(|date| date == shown) => {
                format!("{shown} ({stored})")
            }
            _ => shown,
        }
    }

    fn choices(&self, row: Option<RowId>, id: FieldId) -> Vec<OpenChoice> {
        self.session.choices(row, id).unwrap_or_default()
    }

    fn state(&self, stop: &Stop) -> State {
        let unknown =
            State { relevant: false, required: false, read_only: true, value: Scalar::Null, problem: None };
        self.session.state(stop.row, stop.field).unwrap_or(unknown)
    }

    /// Takes a line that was typed; gives what there is to say to it.
    pub(super) fn take(&mut self, line: &str) -> String {
        let here = self.here();
        self.at = here.key.clone();
        let typed = line.trim();
        if let Some(literal) = typed.strip_prefix('=').filter(|_| here.what == What::Question) {
            return self.answer(&here, literal);
        }
        // The names of choices come before commands: a list of languages has `th` in it.
        if here.what == What::Question && chosen(&self.choices(here.row, here.field), typed).is_some() {
            return self.answer(&here, typed);
        }
        match typed {
            "" => self.pass(&here),
            ">" => self.leave(&here),
            "<" => self.go_back(),
            "-" if here.what == What::Question => self.put(&here, Scalar::Null),
            "?" => help(self.tongue).to_owned(),
            "q" | "quit" | "จบ" => {
                self.is_over = true;
                String::new()
            }
            _ => {
                if let Some(place) = typed.strip_prefix('@') {
                    return self.jump(&here, place);
                }
                if let Some(said) = self.speak(typed) {
                    return said;
                }
                match here.what {
                    What::Question => self.answer(&here, typed),
                    What::Another => self.rows(&here, typed),
                    What::Shown | What::End => help(self.tongue).to_owned(),
                }
            }
        }
    }

    /// Enter: on, unless something does not hold.
    fn pass(&mut self, here: &Stop) -> String {
        match self.complaint(here) {
            Some(complaint) => format!(
                "✗ {complaint}{}",
                either(self.tongue, "  (พิมพ์ > เพื่อข้ามไปก่อน)", "  (> goes on all the same)")
            ),
            None => self.leave(here),
        }
    }

    /// On, whatever holds; at the end the interview ends.
    fn leave(&mut self, here: &Stop) -> String {
        if here.what == What::End {
            let ended = self.session.end();
            self.follow(ended);
            self.is_over = true;
        } else {
            self.move_on();
        }
        String::new()
    }

    /// What does not hold of a question, as the form says it.
    fn complaint(&self, stop: &Stop) -> Option<String> {
        self.said_of(stop, |problem| *problem != Problem::SoftConstraint)
    }

    /// What should hold and does not: it is said, and the interview goes on.
    fn remark(&self, stop: &Stop) -> Option<String> {
        self.said_of(stop, |problem| *problem == Problem::SoftConstraint)
    }

    fn said_of(&self, stop: &Stop, is_meant: impl Fn(&Problem) -> bool) -> Option<String> {
        if stop.what != What::Question {
            return None;
        }
        let problem = self.state(stop).problem.filter(is_meant)?;
        let said = self.session.message(stop.row, stop.field, &problem).unwrap_or_default();
        Some(if said.is_empty() { problem.told(self.tongue) } else { said })
    }

    /// To the next stop where something is asked.
    fn move_on(&mut self) {
        let mut stops = self.stops().into_iter();
        let next = stops.find(|stop| stop.key > self.at && stop.what != What::Shown);
        if let Some(next) = next {
            self.at = next.key;
        }
    }

    fn go_back(&mut self) -> String {
        let stops = self.stops();
        let before = stops.iter().rev().find(|stop| stop.key < self.at && stop.what != What::Shown);
        match before {
            Some(before) => {
                self.at = before.key.clone();
                self.shown = self.at.clone();
                String::new()
            }
            None => either(self.tongue, "นี่คือคำถามแรก", "this is the first question").to_owned(),
        }
    }

    /// To a question by its name: the one in this row, or in the row of the number that follows.
    fn jump(&mut self, here: &Stop, place: &str) -> String {
        let mut words = place.split_whitespace();
        let name = words.next().unwrap_or_default();
        let number: Option<usize> = words.next().and_then(|word| fold_digits(word).parse().ok());
        let stops = self.stops();
        let is_named = |id: FieldId| self.field(id).name == name || self.field(id).key() == name;
        let named: Vec<&Stop> = stops
            .iter()
            .filter(|stop| !matches!(stop.what, What::Shown | What::End))
            .filter(|stop| is_named(stop.field) || stop.around.iter().any(|place| is_named(place.field)))
            .collect();
        let is_in_row = |stop: &&&Stop| match number {
            Some(_) => stop.around.iter().rev().find_map(|place| place.number) == number,
            None => stop.row == here.row,
        };
        let found = named.iter().find(is_in_row).or_else(|| named.first().filter(|_| number.is_none()));
        if let Some(found) = found {
            self.at = found.key.clone();
            self.shown = self.at.clone();
            return String::new();
        }
        let is_known = self.form().fields.iter().any(|field| field.name == name || field.key() == name);
        match (is_known, self.tongue) {
            (true, Tongue::Thai) => format!("{place}: ยังไม่ถูกถาม เมื่อดูจากคำตอบข้ออื่น"),
            (true, Tongue::English) => format!("{place} is not asked with the answers as they are"),
            (false, Tongue::Thai) => format!("แบบฟอร์มไม่มีคำถามชื่อ {name}"),
            (false, Tongue::English) => format!("the form has no question named {name}"),
        }
    }

    /// Changes the language, if this names one.
    fn speak(&mut self, code: &str) -> Option<String> {
        let tongue = match code {
            "th" => Some(Tongue::Thai),
            "en" => Some(Tongue::English),
            _ => None,
        };
        let language = language_of(self.form(), code);
        if tongue.is_none() && language.is_none() {
            return None;
        }
        self.tongue = tongue.unwrap_or(self.tongue);
        self.trail.clear();
        match language {
            Some(language) => {
                self.session.set_language(language);
                Some(String::new())
            }
            None => {
                let spoken = self.form().languages.join(", ");
                Some(match self.tongue {
                    Tongue::Thai => format!("แบบฟอร์มมีภาษา: {spoken}"),
                    Tongue::English => format!("the form speaks: {spoken}"),
                })
            }
        }
    }

    fn rows(&mut self, here: &Stop, typed: &str) -> String {
        if is_yes(typed) {
            let number = self.add_row(here);
            // The key ends with the place behind all rows; its row is right before what lies in it.
            let repeat = &here.key.0[..here.key.0.len() - 1];
            self.at = Key(repeat.to_vec()).then(number as u64);
            self.move_on();
            return String::new();
        }
        if is_no(typed) {
            return self.leave(here);
        }
        let number = typed.strip_prefix('-').and_then(|number| fold_digits(number).parse::<usize>().ok());
        let rows = self.session.row_ids(here.row, here.field).unwrap_or_default();
        let row = number.and_then(|number| rows.get(number.checked_sub(1)?));
        match row {
            Some(row) => {
                let outcome = self.session.delete_row(*row).unwrap_or_default();
                self.follow(outcome);
                String::new()
            }
            None => help(self.tongue).to_owned(),
        }
    }

    /// Adds a row to the repeat of this stop; gives its number.
    pub(super) fn add_row(&mut self, another: &Stop) -> usize {
        let id = self.next_row_id();
        let outcome = self.session.new_row(another.field, another.row, id).unwrap_or_default();
        self.follow(outcome);
        self.session.row_ids(another.row, another.field).map_or(0, |rows| rows.len())
    }

    fn answer(&mut self, here: &Stop, text: &str) -> String {
        match self.read(here, text) {
            Ok(answer) => self.put(here, answer),
            Err(said) => format!("✗ {said}"),
        }
    }

    /// What was typed as an answer to a question, or what to write instead.
    pub(super) fn read(&self, stop: &Stop, text: &str) -> Result<Scalar, String> {
        let choices = self.choices(stop.row, stop.field);
        let answer = typed::read(self.field(stop.field), &choices, text, &self.today);
        answer.map_err(|why| instead(self.tongue, &why))
    }

    /// Writes an answer, says what does not hold, and goes on where all does.
    fn put(&mut self, here: &Stop, answer: Scalar) -> String {
        let is_cleared = answer.is_empty();
        self.write(here, answer);
        match self.complaint(here) {
            _ if is_cleared => String::new(),
            Some(complaint) => format!("✗ {complaint}"),
            None => {
                let remark = self.remark(here);
                self.move_on();
                remark.map_or_else(String::new, |remark| format!("! {remark}"))
            }
        }
    }

    /// Writes an answer. A text in Thai digits is written in Arabic ones where only that satisfies the
    /// form: a pattern of a house number, say.
    pub(super) fn write(&mut self, stop: &Stop, answer: Scalar) {
        self.write_as_it_is(stop, answer.clone());
        let Scalar::Str(text) = &answer else { return };
        let folded = fold_digits(text).into_owned();
        if folded == *text || self.complaint(stop).is_none() {
            return;
        }
        self.write_as_it_is(stop, Scalar::Str(folded));
        if self.complaint(stop).is_some() {
            self.write_as_it_is(stop, answer);
        }
    }

    fn write_as_it_is(&mut self, stop: &Stop, answer: Scalar) {
        let outcome = self.session.put(stop.row, stop.field, answer).unwrap_or_default();
        self.follow(outcome);
    }

    /// Adds the rows that a `repeat_count` wants.
    fn follow(&mut self, mut outcome: Outcome) {
        while let Some(wanted) = outcome.wanted.first() {
            let (repeat, parent) = (wanted.repeat, wanted.parent);
            let id = self.next_row_id();
            match self.session.new_row(repeat, parent, id) {
                Ok(next) => outcome = next,
                Err(_) => return,
            }
        }
    }

    /// Ids count up: an interview that only tests a form is the same each time.
    fn next_row_id(&mut self) -> RowId {
        self.rows_made += 1;
        RowId(self.rows_made.to_be_bytes())
    }
}

impl Key {
    fn then(&self, next: u64) -> Self {
        Self(self.0.iter().copied().chain([next]).collect())
    }
}

/// The place of a language in the form's list: by its code, as in `ไทย (th)`, or by its name.
pub(super) fn language_of(form: &Form, code: &str) -> Option<usize> {
    let names: &[&str] = match code {
        "th" => &["th", "ไทย", "thai"],
        "en" => &["en", "english"],
        other => &[other],
    };
    form.languages.iter().position(|language| {
        let language = language.to_lowercase();
        let coded = language.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        let named = language.split('(').next().unwrap_or_default().trim();
        names.iter().any(|name| *name == named || Some(*name) == coded)
    })
}

#[cfg(test)]
#[path = "interview_tests.rs"]
mod tests;
