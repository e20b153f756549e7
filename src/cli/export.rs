//! `samruat export`: what the hub holds, as a file.

mod answers;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use super::{CliError, DatabaseArgs, Lang, create_private, known, operator, served};
use crate::area::Area;
use crate::clock::Clock;
use crate::http::credentials::random;
use crate::http::csv_table::{Language, Table, Values};
use crate::http::views::{Extent, Eye, HouseholdView};
use crate::projection::Form;
use crate::store::audit::{self, AuditEntry};
use crate::store::{Conn, Database, StoreError, read_model};

/// Households that are read at a time.
const AT_ONCE: usize = 200;

/// What is written out.
#[derive(Debug, Subcommand)]
pub(super) enum Export {
    Households(Households),
    Answers(answers::Answers),
}

/// Write out the households of an area.
///
/// CSV opens in a spreadsheet (UTF-8 with BOM; texts that would be taken for a formula begin with an
/// apostrophe). JSON is an array with every row and answer. The file names people: keep it as safe as
/// the database, or say --deidentified for planners.
///
///   samruat export households --area 650117 --format csv --output aranyik.csv
///   samruat export households --area 65 --format json --deidentified | gzip > phitsanulok.json.gz
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Households {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The area: 2, 4, 6 or 8 digits
    #[arg(long, value_name = "CODE")]
    area: Area,
    /// How they are written
    #[arg(long, value_enum)]
    format: Format,
    /// Leave out what points to a person
    #[arg(long)]
    deidentified: bool,
    /// Language of headings and choices in CSV
    #[arg(long, value_enum, default_value_t = Lang::Th)]
    lang: Lang,
    /// Choices in CSV as codes, not in words
    #[arg(long)]
    codes: bool,
    /// The file to write; otherwise it is printed
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

impl Export {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        match self {
            Self::Households(households) => households.run(json, clock),
            Self::Answers(answers) => answers.run(json, clock),
        }
    }
}

impl Households {
    fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let area = known(self.area)?;
        let database = self.database.open()?;
        let tambons = served(&database, Some(area))?;
        for tambon in &tambons {
            self.write_down(&database, *tambon, clock)?;
        }
        let Some(path) = &self.output else {
            let printed = self.write(io::stdout().lock(), &database, &tambons, area);
            return match printed {
                // Whoever reads it has enough (`| head`).
                Err(CliError::File { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => {
                    Ok(String::new())
                }
                other => other.map(|_| String::new()),
            };
        };
        let file = create_private(path).map_err(|error| CliError::file(path, error))?;
        let count = self.write(BufWriter::new(file), &database, &tambons, area)?;
        let path = path.display();
        Ok(if json {
            json!({ "file": path.to_string(), "households": count }).to_string()
        } else {
            format!("เขียนข้อมูล {count} ครัวเรือนลง {path} แล้ว / wrote {count} households to {path}")
        })
    }

    /// Nobody takes personal data out of the hub without a line in the audit log.
    fn write_down(&self, database: &Database, tambon: TambonCode, clock: &Clock) -> Result<(), CliError> {
        let line = AuditEntry {
            at: clock.now(),
            id: random()?,
            actor: operator(),
            action: "households.export".to_owned(),
            subject: tambon.to_string(),
            details: json!({ "area": self.area.to_string(), "deidentified": self.deidentified }).to_string(),
        };
        Ok(database.write(move |tx| audit::append(tx, tambon, &line))?)
    }

    fn write(
        &self,
        mut out: impl Write,
        database: &Database,
        tambons: &[TambonCode],
        area: Area,
    ) -> Result<usize, CliError> {
        let form = Form::built_in();
        let secret = random::<32>()?;
        let eye = if self.deidentified { Eye::deidentifying(form, &secret) } else { Eye::whole(form) };
        let language = if self.lang == Lang::Th { Language::Th } else { Language::En };
        let values = if self.codes { Values::Codes } else { Values::Labels };
        let table = Table::new(&eye, form, language, values);
        let path = self.output.clone().unwrap_or_else(|| "stdout".into());
        let failed = |error| CliError::file(&path, error);
        let bar = ProgressBar::new_spinner().with_message("export");
        let mut count = 0;
        out.write_all(&if self.format == Format::Csv {
            table.head().map_err(failed)?
        } else {
            b"[".to_vec()
        })
        .map_err(failed)?;
        for tambon in tambons {
            let extent = if self.format == Format::Csv { Extent::WithNeeds } else { Extent::Whole };
            let mut pages =
                Pages { tambon: *tambon, village: village_of(area), extent, after: None, is_done: false };
            while let Some(views) = pages.next(database, &eye)? {
                let written = match self.format {
                    Format::Csv => table.rows(&views).and_then(|rows| out.write_all(&rows)),
                    Format::Json => write_objects(&mut out, &views, count == 0),
                };
                written.map_err(failed)?;
                count += views.len();
                bar.inc(views.len() as u64);
            }
        }
        if self.format == Format::Json {
            out.write_all(b"\n]\n").map_err(failed)?;
        }
        out.flush().map_err(failed)?;
        bar.finish_and_clear();
        Ok(count)
    }
}

fn village_of(area: Area) -> Option<VillageCode> {
    if area.digits() == 8 { VillageCode::try_from(area.code()).ok() } else { None }
}

fn write_objects(out: &mut impl Write, views: &[HouseholdView], mut is_first: bool) -> io::Result<()> {
    for view in views {
        out.write_all(if is_first { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, view)?;
        is_first = false;
    }
    Ok(())
}

/// The households of a tambon, page by page.
struct Pages {
    tambon: TambonCode,
    village: Option<VillageCode>,
    extent: Extent,
    after: Option<HouseholdId>,
    is_done: bool,
}

impl Pages {
    fn next(&mut self, database: &Database, eye: &Eye) -> Result<Option<Vec<HouseholdView>>, CliError> {
        if self.is_done {
            return Ok(None);
        }
        let (tambon, village, extent, after) = (self.tambon, self.village, self.extent, self.after);
        let (views, last) = database.read(|conn: &mut Conn| -> Result<_, StoreError> {
            let rows = read_model::households(conn, tambon, village, after, AT_ONCE)?;
            let last = rows.last().map(|(_, row)| row.household).filter(|_| rows.len() == AT_ONCE);
            Ok((eye.views(conn, tambon, rows, extent)?, last))
        })?;
        self.after = last;
        self.is_done = last.is_none();
        Ok(Some(views))
    }
}
