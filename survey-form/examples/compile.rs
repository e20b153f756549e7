//! Compiles XLSForms and says what came of each: figures, and what is wrong by cell.
//!
//! `cargo run -p survey-form --example compile -- [--quiet] [--thai] [--accepted LIST] FILE…`
//!
//! `--quiet` leaves the faults of files that compile out. LIST is a file of file names, one on each
//! line, that another program accepts: the last line then says how many of those compile here.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;
use survey_form::fault::{Severity, Tongue};
use survey_form::xlsform::compile;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    let (mut is_quiet, mut tongue, mut accepted) = (false, Tongue::English, None);
    while let Some(option) = arguments.next_if(|argument| argument.starts_with("--")) {
        match option.as_str() {
            "--quiet" => is_quiet = true,
            "--thai" => tongue = Tongue::Thai,
            "--accepted" => accepted = arguments.next().map(std::fs::read_to_string).transpose()?,
            other => eprintln!("{other} is not an option"),
        }
    }
    let accepted = accepted.map(|names| names.lines().map(str::to_owned).collect::<BTreeSet<_>>());
    let (mut files, mut compiled, mut both) = (0, 0, 0);
    for path in arguments {
        let bytes = std::fs::read(&path)?;
        let name = Path::new(&path).file_stem().unwrap_or_default().to_string_lossy();
        let start = Instant::now();
        let outcome = compile(&bytes, &name);
        let took = start.elapsed();
        files += 1;
        match &outcome.form {
            Some(form) => {
                let choices = form.lists.values().map(|list| list.choices.len()).sum::<usize>();
                let (fields, warnings) = (form.fields.len(), outcome.faults.len());
                println!("{path}: {fields} fields, {choices} choices, {warnings} warnings in {took:.1?}");
                compiled += 1;
                both += usize::from(accepted.as_ref().is_some_and(|accepted| accepted.contains(&path)));
            }
            None => println!("{path}: refused in {took:.1?}"),
        }
        if !is_quiet || outcome.form.is_none() {
            let shown = outcome.faults.iter();
            for fault in shown.filter(|fault| !is_quiet || fault.severity == Severity::Error) {
                println!("  {:?} {}: {}", fault.severity, fault.place, fault.kind.told(tongue));
            }
        }
    }
    println!("{compiled} of {files} files compile");
    if let Some(accepted) = accepted {
        println!("{both} of the {} that are accepted elsewhere compile", accepted.len());
    }
    Ok(())
}
