//! `samruat form test`: a form at work in the terminal, from its workbook, without a hub.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Map, Value, json};
use survey_form::engine::{Context, Plan};
use survey_form::expr::{Moment, TableRows};
use survey_form::fault::{Fault, Severity, Tongue};
use survey_form::model::Form;
use survey_form::table::{self, read_by};
use survey_form::typed::THAILAND;
use survey_form::xlsform::compile;

use super::interview::{Interview, language_of};
use super::outcome;
use super::play::{Played, play};
use super::words::{Language, either, help};
use crate::cli::CliError;
use crate::clock::Clock;
use crate::http::form_views::FaultView;

/// Try a form in the terminal before it is published.
///
/// Asks one question at a time, as a phone does; `?` says what can be typed. Tables that the form reads
/// (select_one_from_file, pulldata, csv-external) are CSV files beside it, or in --tables, under the names
/// that the form has for them. Nothing goes to a hub.
///
///   samruat form test household.xlsx --language th
///   samruat form test household.xlsx --answers answers.json --json
///   samruat form test water.xlsx --tables tables/ --table villages=export-2026.csv
///
/// With --answers the answers of a file are given in the order of the form, and the outcome is printed:
///   { "household_size": 4, "hazards": ["flood"], "visit_date": "3 ก.พ. 2569", "member": [{ "m_name": "…" }] }
/// The exit code is 1 where the form has faults or an answer does not hold.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Test {
    /// The form: .xlsx or .xls
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language to begin in
    #[arg(long, value_enum, default_value = "th")]
    language: Language,
    /// Answers to give: a JSON object by question
    #[arg(long, value_name = "FILE.json")]
    answers: Option<PathBuf>,
    /// The folder in which the tables lie; that of the form unless said
    #[arg(long, value_name = "DIR")]
    tables: Option<PathBuf>,
    /// A table that lies elsewhere, or has another name there
    #[arg(long, value_name = "NAME=FILE.csv", value_parser = named_file)]
    table: Vec<(String, PathBuf)>,
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    let named = text.split_once('=').filter(|(name, file)| !name.is_empty() && !file.is_empty());
    let (name, file) = named.ok_or("write it as NAME=FILE.csv, e.g. villages=export-2026.csv")?;
    Ok((name.to_owned(), PathBuf::from(file)))
}

impl Test {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let tongue = Tongue::from(self.language);
        let bytes = fs::read(&self.file).map_err(|error| CliError::file(&self.file, error))?;
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let compiled = compile(&bytes, &stem);
        let mut faults = compiled.faults;
        let plan = match compiled.form.map(Plan::new) {
            Some(Ok(plan)) => Arc::new(plan),
            refused => {
                faults.extend(refused.and_then(Result::err).unwrap_or_default());
                return Err(CliError::Disagrees(told(&faults, tongue, json)));
            }
        };
        if !faults.is_empty() {
            eprintln!("{}", told(&faults, tongue, false));
        }
        let (tables, faults) = self.tables(plan.form())?;
        if faults.iter().any(|fault| fault.severity == Severity::Error) {
            return Err(CliError::Disagrees(told(&faults, tongue, json)));
        }
        if !faults.is_empty() {
            eprintln!("{}", told(&faults, tongue, false));
        }
        let context = self.context(plan.form(), tables, clock);
        let today = Moment::of_utc(context.now_ms, THAILAND).map_or_else(String::new, |now| now.day().text());
        let mut interview = Interview::begin(plan, context, tongue, today);
        let Some(path) = &self.answers else {
            converse(&mut interview, json);
            return Ok(summary(&mut interview, &Played::default(), json));
        };
        let played = play(&mut interview, &answers(path)?);
        let all_hold = outcome::findings(&mut interview).is_empty();
        let text = summary(&mut interview, &played, json);
        if all_hold && played == Played::default() { Ok(text) } else { Err(CliError::Disagrees(text)) }
    }

    fn context(&self, form: &Form, tables: BTreeMap<String, TableRows>, clock: &Clock) -> Context {
        let code = either(self.language.into(), "th", "en");
        Context {
            now_ms: clock.now().millis(),
            zone: THAILAND,
            language: language_of(form, code).unwrap_or(form.default_language),
            tables: Arc::new(tables),
            ..Context::default()
        }
    }

    /// The tables that the form reads, from their files, and what is wrong with them.
    fn tables(&self, form: &Form) -> Result<(BTreeMap<String, TableRows>, Vec<Fault>), CliError> {
        let reads = read_by(form);
        if let Some((name, _)) = self.table.iter().find(|(name, _)| !reads.contains_key(name.as_str())) {
            let known: Vec<&str> = reads.keys().copied().collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(CliError::Usage(format!("the form reads no table {name}; it reads {known}")));
        }
        let folder = self.tables.as_deref().or_else(|| self.file.parent()).unwrap_or(Path::new(""));
        let (mut tables, mut faults) = (BTreeMap::new(), Vec::new());
        for (name, reads) in &reads {
            let named = self.table.iter().find(|(named, _)| named == name).map(|(_, file)| file.clone());
            // A name without a folder: a form reads what lies in its folder and nothing else. What it names
            // as .xml or .geojson is a CSV file as well.
            let file = Path::new(&reads.file).with_extension("csv");
            let path = named.unwrap_or_else(|| folder.join(file.file_name().unwrap_or_default()));
            let bytes = fs::read(&path).map_err(|error| CliError::file(&path, error))?;
            let read = table::read(&bytes, reads);
            faults.extend(read.faults);
            tables.extend(read.rows.map(|rows| ((*name).to_owned(), rows)));
        }
        Ok((tables, faults))
    }
}

fn answers(path: &Path) -> Result<Map<String, Value>, CliError> {
    let text = fs::read_to_string(path).map_err(|error| CliError::file(path, error))?;
    let read = serde_json::from_str(&text);
    read.map_err(|error| CliError::Usage(format!("{} holds no answers by question: {error}", path.display())))
}

/// Asks until all is answered or whoever answers has left. What is asked goes to the standard output, or
/// beside it where that is for the outcome as JSON.
fn converse(interview: &mut Interview, json: bool) {
    let stdin = io::stdin();
    let is_typed = stdin.is_terminal();
    let mut out: Box<dyn Write> = if json { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
    let mut lines = stdin.lock();
    let tongue = interview.tongue;
    let _ = writeln!(out, "{}", help(tongue));
    while !interview.is_over() {
        let prompt = interview.prompt();
        let mut line = Vec::new();
        if write!(out, "\n{prompt}\n> ").and_then(|()| out.flush()).is_err() {
            return;
        }
        if !matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
            let _ = writeln!(out);
            return;
        }
        let line = String::from_utf8_lossy(&line);
        if !is_typed {
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let said = interview.take(&line);
        if !said.is_empty() {
            let _ = writeln!(out, "{said}");
        }
    }
}

fn summary(interview: &mut Interview, played: &Played, json: bool) -> String {
    if json {
        let mut outcome = outcome::json(interview);
        outcome["refused"] =
            played.refused.iter().map(|(place, why)| json!({ "answer": place, "why": why })).collect();
        outcome["not_asked"] = json!(played.not_asked);
        return outcome.to_string();
    }
    let mut text = outcome::text(interview);
    for (place, why) in &played.refused {
        text.push_str(&format!("\n✗ {place}: {why}"));
    }
    if !played.not_asked.is_empty() {
        let names = played.not_asked.join(", ");
        let said = either(interview.tongue, "ในไฟล์มีคำตอบของข้อที่ไม่ถูกถาม", "in the file, but not asked");
        text.push_str(&format!("\n✗ {said}: {names}"));
    }
    text
}

/// Faults of a workbook, each with its sheet, row and column.
fn told(faults: &[Fault], tongue: Tongue, json: bool) -> String {
    if json {
        let faults: Vec<FaultView> = faults.iter().map(FaultView::of).collect();
        return json!({ "faults": faults }).to_string();
    }
    faults.iter().map(|fault| fault_line(fault, tongue)).collect::<Vec<_>>().join("\n")
}

fn fault_line(fault: &Fault, tongue: Tongue) -> String {
    let severity = match fault.severity {
        Severity::Error => either(tongue, "ผิด", "error"),
        Severity::Warning => either(tongue, "เตือน", "warning"),
    };
    let place = &fault.place;
    let mut at = place.to_string();
    if place.row > 0 {
        at.push_str(&format!(" · {} {}", either(tongue, "แถว", "row"), place.row));
    }
    if !place.header.is_empty() {
        at.push_str(&format!(" · {} {}", either(tongue, "คอลัมน์", "column"), place.header));
    }
    format!("{severity} {at}: {}", fault.kind.told(tongue))
}
