//! `samruat export`: what the hub holds, as a file.

mod answers;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use super::{CliError, DatabaseArgs, Lang, create_private, known, line, served};
use crate::area::Area;
use crate::clock::Clock;
use crate::http::credentials::random;
use crate::http::csv_table::{Language, Table, Values};
use crate::http::views::{Extent, Eye, HouseholdView};
use crate::projection::Form;
use crate::store::audit;
use crate::store::read_model::{self, Span};
use crate::store::{Conn, Database, StoreError};

/// Households that are read at a time.
const AT_ONCE: usize = 200;

/// What is written out.
#[derive(Debug, Subcommand)]
pub(super) enum Export {
    Households(Households),
    Members(Members),
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
    file: File,
    /// How they are written
    #[arg(long, value_enum)]
    format: Format,
    /// Leave out what points to a person
    #[arg(long)]
    deidentified: bool,
}

/// Write out who lives in the households of an area: CSV with a row for each.
///
/// With the household's id, village and house number, as `samruat export households` gives them. (The JSON of that has
/// the members in it.) The file names people: keep it as safe as the database.
///
///   samruat export members --area 650117 --output aranyik-members.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Members {
    #[command(flatten)]
    file: File,
}

/// What is written, and where to.
#[derive(Debug, Args)]
struct File {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The area: 2, 4, 6 or 8 digits
    #[arg(long, value_name = "CODE")]
    area: Area,
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

/// What a row of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Household(Format),
    Member,
}

impl Export {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        match self {
            Self::Households(Households { file, format, deidentified }) => {
                file.run(Kind::Household(format), deidentified, json, clock)
            }
            Self::Members(Members { file }) => file.run(Kind::Member, false, json, clock),
            Self::Answers(answers) => answers.run(json, clock),
        }
    }
}

impl File {
    fn run(self, kind: Kind, deidentified: bool, json: bool, clock: &Clock) -> Result<String, CliError> {
        let area = known(self.area)?;
        let database = self.database.open()?;
        let tambons = served(&database, Some(area))?;
        let what = if kind == Kind::Member { "members" } else { "households" };
        for tambon in &tambons {
            let details = json!({ "area": self.area.to_string(), "deidentified": deidentified });
            write_down(&database, *tambon, &format!("{what}.export"), &details, clock)?;
        }
        let secret = random::<32>()?;
        let form = Form::built_in();
        let eye = if deidentified { Eye::deidentifying(form, &secret) } else { Eye::whole(form) };
        let Some(path) = &self.output else {
            let printed = self.write(io::stdout().lock(), kind, &eye, (&database, &tambons), area);
            return match printed {
                // Whoever reads it has enough (`| head`).
                Err(CliError::File { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => {
                    Ok(String::new())
                }
                other => other.map(|_| String::new()),
            };
        };
        let file = create_private(path).map_err(|error| CliError::file(path, error))?;
        let count = self.write(BufWriter::new(file), kind, &eye, (&database, &tambons), area)?;
        let path = path.display();
        Ok(if json {
            json!({ "file": path.to_string(), what: count }).to_string()
        } else if kind == Kind::Member {
            format!("เขียนข้อมูลสมาชิก {count} คนลง {path} แล้ว / wrote {count} members to {path}")
        } else {
            format!("เขียนข้อมูล {count} ครัวเรือนลง {path} แล้ว / wrote {count} households to {path}")
        })
    }

    /// Writes the file; gives how many households or members are in it.
    fn write(
        &self,
        mut out: impl Write,
        kind: Kind,
        eye: &Eye,
        (database, tambons): (&Database, &[TambonCode]),
        area: Area,
    ) -> Result<usize, CliError> {
        let language = if self.lang == Lang::Th { Language::Th } else { Language::En };
        let values = if self.codes { Values::Codes } else { Values::Labels };
        let make = if kind == Kind::Member { Table::of_members } else { Table::new };
        let table = make(eye, Form::built_in(), language, values);
        let is_json = kind == Kind::Household(Format::Json);
        let path = self.output.clone().unwrap_or_else(|| "stdout".into());
        let failed = |error| CliError::file(&path, error);
        let bar = ProgressBar::new_spinner().with_message("export");
        let mut count = 0;
        let head = if is_json { b"[".to_vec() } else { table.head().map_err(failed)? };
        out.write_all(&head).map_err(failed)?;
        for tambon in tambons {
            let mut pages =
                Pages { tambon: *tambon, village: village_of(area), kind, after: None, is_done: false };
            while let Some(views) = pages.next(database, eye)? {
                let written = if is_json {
                    write_objects(&mut out, &views, count == 0)
                } else {
                    table.rows(&views).and_then(|rows| out.write_all(&rows))
                };
                written.map_err(failed)?;
                let members = || views.iter().flat_map(|view| &view.members).map(Vec::len).sum();
                count += if kind == Kind::Member { members() } else { views.len() };
                bar.inc(views.len() as u64);
            }
        }
        if is_json {
            out.write_all(b"\n]\n").map_err(failed)?;
        }
        out.flush().map_err(failed)?;
        bar.finish_and_clear();
        Ok(count)
    }
}

/// Nobody takes personal data out of the hub without a line in the audit log.
fn write_down(
    database: &Database,
    tambon: TambonCode,
    action: &str,
    details: &serde_json::Value,
    clock: &Clock,
) -> Result<(), CliError> {
    let line = line(clock.now(), action, &tambon.to_string(), details)?;
    Ok(database.write(move |tx| audit::append(tx, tambon, &line))?)
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

/// The households of a tambon, or who lives there, page by page.
struct Pages {
    tambon: TambonCode,
    village: Option<VillageCode>,
    kind: Kind,
    after: Option<HouseholdId>,
    is_done: bool,
}

impl Pages {
    fn next(&mut self, database: &Database, eye: &Eye) -> Result<Option<Vec<HouseholdView>>, CliError> {
        if self.is_done {
            return Ok(None);
        }
        let (tambon, village, kind, after) = (self.tambon, self.village, self.kind, self.after);
        let (views, last) = database.read(|conn: &mut Conn| -> Result<_, StoreError> {
            let last = read_model::nth_household(conn, tambon, village, after, AT_ONCE)?;
            let span = Span { after, last };
            let views = if kind == Kind::Member {
                let houses = read_model::houses(conn, tambon, village, span, usize::MAX)?;
                eye.members(conn, tambon, houses)?
            } else {
                let rows = read_model::households(conn, tambon, village, span, usize::MAX)?;
                let whole = kind == Kind::Household(Format::Json);
                eye.views(conn, tambon, rows, if whole { Extent::Whole } else { Extent::WithNeeds })?
            };
            Ok((views, last))
        })?;
        self.after = last;
        self.is_done = last.is_none();
        Ok(Some(views))
    }
}
