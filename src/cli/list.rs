//! `samruat list`: whom a tambon has to help first, from the database.

use clap::{Args, ValueEnum};
use serde_json::json;
use sync_protocol::ids::{TambonCode, VillageCode};

use super::{CliError, DatabaseArgs, Lang, known, line};
use crate::area::{Area, Areas};
use crate::clock::Clock;
use crate::http::assessments::{AssessmentsPage, in_columns, in_order_of_need};
use crate::http::export::checked_purpose;
use crate::planning::allocation::By;
use crate::planning::told::Language;
use crate::store::Conn;
use crate::store::audit;

/// Print a tambon's households in the order of need.
///
/// The order is that of a needy list before people decided anything: tier, then the score, then income
/// per person. Each household comes with the reasons why it stands where it stands. CSV opens in a
/// spreadsheet; JSON is what GET /api/v1/tambons/{tambon}/assessments answers, in one piece.
///
/// It names people: the purpose is written down in the audit log before the first line is printed.
///
///   samruat list --area 650117 --purpose 'ประชุมกรรมการกองทุน' > need.csv
///   samruat list --area 65011704 --by housing --tier 2 --first 20 --purpose 'สำรวจบ้าน' --format json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct List {
    #[command(flatten)]
    database: DatabaseArgs,
    /// A tambon, 6 digits, or one of its villages, 8 digits
    #[arg(long, value_name = "CODE")]
    area: String,
    /// What the list is for, in 3 to 200 characters
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// Which score decides within a tier
    #[arg(long, value_enum, default_value_t = Score::Need)]
    by: Score,
    /// Only this tier and more pressing ones: 1 urgent, 2 severe, 3 deprived, 4 none
    #[arg(long, value_name = "TIER", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=4))]
    tier: u8,
    /// Only the first so many; all of them unless said
    #[arg(long, value_name = "COUNT")]
    first: Option<usize>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Language of headings and reasons in CSV
    #[arg(long, value_enum, default_value_t = Lang::Th)]
    lang: Lang,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Score {
    Need,
    Housing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

impl List {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let (tambon, village) = self.scope()?;
        let Some(purpose) = checked_purpose(&self.purpose) else {
            return Err(CliError::Usage(
                "say in --purpose, in 3 to 200 characters, what the list is for / กรุณาระบุใน --purpose ยาว 3 ถึง 200 ตัวอักษร ว่าจะนำไปใช้ทำอะไร"
                    .to_owned(),
            ));
        };
        let database = self.database.open()?;
        let by = if self.by == Score::Need { By::Need } else { By::Housing };
        let limit = self.first.unwrap_or(usize::MAX);
        let read = |conn: &mut Conn| in_order_of_need(conn, tambon, village, by, self.tier, limit);
        let page = database.read(read)?.ok_or_else(|| {
            CliError::Usage(format!(
                "tambon {tambon} is not served by this hub yet; `samruat enroll` begins it / ระบบนี้ยังไม่มีตำบล {tambon} เริ่มได้ด้วย samruat enroll"
            ))
        })?;
        let format = if json { Format::Json } else { self.format };
        let details = json!({
            "format": if format == Format::Csv { "csv" } else { "json" }, "purpose": purpose,
            "count": page.households.len(), "village": village.map(|village| village.to_string()),
        });
        let line = line(clock.now(), "assessments.export", &tambon.to_string(), &details)?;
        database.write(move |tx| audit::append(tx, tambon, &line))?;
        self.written(format, tambon, &page, clock)
    }

    /// The tambon and the village that the code names.
    fn scope(&self) -> Result<(TambonCode, Option<VillageCode>), CliError> {
        let wrong = || {
            CliError::Usage(format!(
                "{:?} is no tambon (6 digits) and no village (8 digits) / {:?} ไม่ใช่รหัสตำบล (6 หลัก) หรือหมู่บ้าน (8 หลัก)",
                self.area, self.area
            ))
        };
        let area: Area = self.area.parse().map_err(|_| wrong())?;
        let area = known(area)?;
        let village = (area.digits() == 8).then(|| VillageCode::try_from(area.code()).ok()).flatten();
        let tambon = TambonCode::try_from(area.shortened(6).code()).ok().filter(|_| area.digits() >= 6);
        Ok((tambon.ok_or_else(wrong)?, village))
    }

    fn written(
        &self,
        format: Format,
        tambon: TambonCode,
        page: &AssessmentsPage,
        clock: &Clock,
    ) -> Result<String, CliError> {
        let failed = |error: &dyn std::fmt::Display| CliError::Usage(error.to_string());
        if format == Format::Json {
            return serde_json::to_string(page).map_err(|error| failed(&error));
        }
        let language = if self.lang == Lang::Th { Language::Th } else { Language::En };
        let listing = in_columns(Areas::bundled(), clock.now(), tambon, page);
        let bytes = listing.csv(Some(language)).map_err(|error| failed(&error))?;
        Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    }
}
