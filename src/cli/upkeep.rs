//! `samruat verify` and `samruat reproject`: does everything agree with the log, and making it so.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{CliError, DatabaseArgs, known, served};
use crate::area::Area;
use crate::clock::Clock;
use crate::sync::{Finding, Hub};

/// Say whether log, registers, rows, sums and digests agree, or what does not.
///
/// Reads everything and changes nothing. The exit code is 1 if something does not agree;
/// `samruat reproject` then makes it anew from the log.
///
///   samruat verify
///   samruat verify --area 650117 --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Verify {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Only the tambons of this area
    #[arg(long, value_name = "CODE")]
    area: Option<Area>,
}

impl Verify {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let area = self.area.map(known).transpose()?;
        let database = self.database.open()?;
        let tambons = served(&database, area)?;
        let hub = Hub::new(database, clock.clone())?;
        let mut findings = Vec::new();
        for tambon in &tambons {
            let bar = bar(&format!("verify {tambon}"));
            findings.extend(hub.verify(*tambon, |done, all| show(&bar, done, all))?);
            bar.finish_and_clear();
        }
        let text = if json { in_json(tambons.len(), &findings) } else { in_words(tambons.len(), &findings) };
        if findings.is_empty() { Ok(text) } else { Err(CliError::Disagrees(text)) }
    }
}

fn in_json(tambons: usize, findings: &[Finding]) -> String {
    let list = findings.iter().map(|finding| {
        json!({
            "tambon": finding.tambon.to_string(),
            "household": finding.household.map(|household| household.to_string()),
            "what": finding.what,
        })
    });
    json!({ "tambons": tambons, "agrees": findings.is_empty(), "findings": list.collect::<Vec<_>>() })
        .to_string()
}

fn in_words(tambons: usize, findings: &[Finding]) -> String {
    if findings.is_empty() {
        return format!("ข้อมูลตรงกันทุกส่วน {tambons} ตำบล / everything agrees, {tambons} tambons");
    }
    let mut lines = vec![
        "ข้อมูลไม่ตรงกัน / not everything agrees; `samruat reproject` makes it anew from the log:".to_owned(),
    ];
    lines.extend(findings.iter().map(|finding| {
        let household = finding.household.map(|household| format!(" {household}")).unwrap_or_default();
        format!("  {}{household}: {}", finding.tambon, finding.what)
    }));
    lines.join("\n")
}

/// Make registers, rows, sums and digests anew from the log.
///
/// The log is the truth; everything else can be made from it, and comes out the same. Each tambon is one
/// transaction: if its log does not fit, nothing of it is changed.
///
///   samruat reproject
///   samruat reproject --area 650117
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Reproject {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Only the tambons of this area
    #[arg(long, value_name = "CODE")]
    area: Option<Area>,
}

impl Reproject {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let area = self.area.map(known).transpose()?;
        let database = self.database.open()?;
        let tambons = served(&database, area)?;
        let hub = Hub::new(database, clock.clone())?;
        for tambon in &tambons {
            let bar = bar(&format!("reproject {tambon}"));
            let shown = bar.clone();
            hub.rebuild(*tambon, move |done, all| show(&shown, done, all))?;
            bar.finish_and_clear();
        }
        let count = tambons.len();
        Ok(if json {
            json!({ "tambons": count }).to_string()
        } else {
            format!("สร้างข้อมูลใหม่จากบันทึกแล้ว {count} ตำบล / made anew from the log, {count} tambons")
        })
    }
}

/// A bar on stderr; nothing where stderr is no terminal.
fn bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(what.to_owned());
    match ProgressStyle::with_template("{msg} [{bar:40}] {human_pos}/{human_len} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn show(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(done);
}
