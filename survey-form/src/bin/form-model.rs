//! Compiles an XLSForm and writes its model, the JSON that phones run, to standard output.
//!
//! `cargo run -p survey-form --bin form-model -- FILE`

use std::io::{Error, Write};
use std::path::Path;

use survey_form::xlsform::compile;

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).ok_or_else(|| Error::other("name a workbook"))?;
    let name = Path::new(&path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let compiled = compile(&std::fs::read(&path)?, &name);
    let form =
        compiled.form.ok_or_else(|| Error::other(format!("{path} has faults: {:?}", compiled.faults)))?;
    std::io::stdout().write_all(&serde_json::to_vec(&form)?)
}
