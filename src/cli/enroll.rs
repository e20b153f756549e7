//! `samruat enroll`: a one-time code for a volunteer's device.

use std::fmt::Write;
use std::io::IsTerminal;

use clap::Args;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use sync_protocol::ids::VillageCode;

use super::show::thai_time;
use super::{CliError, DatabaseArgs, known, operator};
use crate::clock::Clock;
use crate::http::devices::{EnrolmentView, issue_code};

/// Make a one-time code with which a volunteer's device enrols itself.
///
/// The code is shown once and works once, within some days. In a terminal it is shown as a QR code too.
/// The villages have to lie in one tambon; the hub serves that tambon from now on.
///
///   samruat enroll --person 'สมศรี ใจงาม' --villages 65011704,65011705
///   samruat device init --dir phone --hub http://127.0.0.1:8080 --code 650117-7KM2P-XQ4RT
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Enroll {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The volunteer's name
    #[arg(long, value_name = "NAME")]
    person: String,
    /// Villages that the device may sync: 8-digit codes with commas between
    #[arg(long, value_name = "CODES", value_delimiter = ',', required = true)]
    villages: Vec<VillageCode>,
    /// For how many days the code is valid
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=60))]
    days: u16,
    /// The hub's address, for the QR code: a phone that reads it then knows where to go
    #[arg(long, value_name = "URL")]
    hub: Option<String>,
}

impl Enroll {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let person = self.person.trim().to_owned();
        if person.is_empty() || person.chars().count() > 80 || person.chars().any(char::is_control) {
            return Err(CliError::Usage(
                "--person has 1 to 80 characters on one line / ชื่อต้องมี 1-80 ตัวอักษร".to_owned(),
            ));
        }
        let mut villages = self.villages;
        villages.sort_unstable();
        villages.dedup();
        let Some(tambon) = villages.first().map(|village| village.tambon()) else {
            return Err(CliError::Usage("--villages names no village".to_owned()));
        };
        for village in &villages {
            known((*village).into())?;
            if village.tambon() != tambon {
                return Err(CliError::Usage(format!(
                    "{village} does not lie in tambon {tambon}: a device belongs to one tambon / เครื่องหนึ่งใช้ได้ในตำบลเดียว"
                )));
            }
        }
        let limit = sync_protocol::limits::SCOPE_VILLAGES_MAX;
        if villages.len() > limit {
            return Err(CliError::Usage(format!("a device may sync {limit} villages")));
        }
        let database = self.database.open_or_make()?;
        let now = clock.now();
        let issued = issue_code(&database, now, tambon, person, villages, self.days, &operator())?;
        if json {
            return Ok(serde_json::to_string(&issued).unwrap_or_default());
        }
        let until = thai_time(now.plus_seconds(i64::from(self.days) * 86_400).millis());
        Ok(told(&issued, &until, self.hub.as_deref()))
    }
}

fn told(issued: &EnrolmentView, until: &str, hub: Option<&str>) -> String {
    let (code, person) = (&issued.code, &issued.person);
    let mut text = format!(
        "รหัสลงทะเบียนเครื่องของ {person} ใช้ได้ครั้งเดียว ถึง {until}\n\
         One-time code for {person}'s device, valid until {}\n\n    {code}\n",
        issued.expires_at
    );
    let shown = hub.map_or_else(|| code.clone(), |hub| format!("{}/#code={code}", hub.trim_end_matches('/')));
    if std::io::stdout().is_terminal()
        && let Ok(qr) = QrCode::new(shown)
    {
        let drawn = qr.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        text.push('\n');
        text.push_str(&drawn);
        text.push('\n');
    }
    let hub = hub.unwrap_or("http://HUB:8080");
    // Writing to a text does not fail.
    let _ = write!(
        text,
        "\nบนเครื่อง / on the device:\n    samruat device init --dir DIR --hub {hub} --code {code}"
    );
    text
}
