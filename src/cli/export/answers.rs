//! `samruat export answers`: the answers to one form, typed and under its own labels.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{AT_ONCE, Format, Lang, village_of, write_down};
use crate::area::Area;
use crate::cli::{CliError, DatabaseArgs, create_private, known, served};
use crate::clock::Clock;
use crate::http::answer_table::{Several, Sheet, Style};
use crate::http::credentials::random;
use crate::http::csv_table::{Language, Values};
use crate::http::views::Eye;
use crate::projection::Form;
use crate::store::{Conn, Database};

/// Write out the answers to a form in an area, typed and under the form's own labels.
///
/// One row for each household, or with --repeat one for each row of a repeat. Questions that only an older
/// version of the form asked are columns too. CSV opens in a spreadsheet (UTF-8 with BOM; texts that would
/// be taken for a formula begin with an apostrophe) and is of one tambon, because each may use another
/// version; JSON is an array. The file names people: keep it as safe as the database, or say
/// --deidentified for planners.
///
///   samruat export answers --form thai-household-need --area 650117 --format csv --output answers.csv
///   samruat export answers --form water --area 650117 --repeat well --format csv --language en
///   samruat export answers --form water --area 65 --format json --deidentified | gzip > water.json.gz
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Answers {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The form's id
    #[arg(long, value_name = "ID")]
    form: String,
    /// The area: 2, 4, 6 or 8 digits
    #[arg(long, value_name = "CODE")]
    area: Area,
    /// The rows of this repeat, instead of the household's own answers
    #[arg(long, value_name = "NAME")]
    repeat: Option<String>,
    /// How they are written
    #[arg(long, value_enum)]
    format: Format,
    /// Leave out what points to a person
    #[arg(long)]
    deidentified: bool,
    /// Language of headings and choices in CSV
    #[arg(long, value_enum, default_value_t = Lang::Th)]
    language: Lang,
    /// Keys as headings and choices as codes in CSV, not in words
    #[arg(long)]
    codes: bool,
    /// A column of true and false for each choice of a select_multiple in CSV
    #[arg(long)]
    choice_columns: bool,
    /// The file to write; otherwise it is printed
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Answers {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let area = known(self.area)?;
        let database = self.database.open()?;
        let tambons = served(&database, Some(area))?;
        if self.format == Format::Csv && tambons.len() > 1 {
            let codes: Vec<String> = tambons.iter().map(ToString::to_string).collect();
            return Err(CliError::Usage(format!(
                "a CSV file is of one tambon, and {area} has {}: name one of them with --area, or say --format json",
                codes.join(", ")
            )));
        }
        // A form or repeat that is not there is told before anything is written.
        let eye = self.eye()?;
        let details = json!({
            "area": self.area.to_string(),
            "form": self.form,
            "repeat": self.repeat,
            "deidentified": self.deidentified,
        });
        let mut sheets = Vec::new();
        for tambon in &tambons {
            let place = (*tambon, village_of(area));
            let (form, repeat) = (self.form.as_str(), self.repeat.as_deref());
            let open = |conn: &mut Conn| Sheet::open(conn, eye.clone(), place, form, repeat);
            sheets.push(database.read(open)?);
            write_down(&database, *tambon, "answers.export", &details, clock)?;
        }
        let Some(path) = &self.output else {
            return match self.write(io::stdout().lock(), &database, &sheets) {
                // Whoever reads it has enough (`| head`).
                Err(CliError::File { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => {
                    Ok(String::new())
                }
                other => other.map(|_| String::new()),
            };
        };
        let file = create_private(path).map_err(|error| CliError::file(path, error))?;
        let count = self.write(BufWriter::new(file), &database, &sheets)?;
        let path = path.display();
        Ok(if json {
            json!({ "file": path.to_string(), "rows": count }).to_string()
        } else {
            format!("เขียนคำตอบ {count} แถวลง {path} แล้ว / wrote {count} rows to {path}")
        })
    }

    fn eye(&self) -> Result<Eye, CliError> {
        let form = Form::built_in();
        Ok(if self.deidentified { Eye::deidentifying(form, &random::<32>()?) } else { Eye::whole(form) })
    }

    fn write(&self, mut out: impl Write, database: &Database, sheets: &[Sheet]) -> Result<usize, CliError> {
        let style = Style {
            language: if self.language == Lang::Th { Language::Th } else { Language::En },
            values: if self.codes { Values::Codes } else { Values::Labels },
            several: if self.choice_columns { Several::Columns } else { Several::Joined },
        };
        let path = self.output.clone().unwrap_or_else(|| "stdout".into());
        let failed = |error| CliError::file(&path, error);
        let is_csv = self.format == Format::Csv;
        let mut count = 0;
        if !is_csv {
            out.write_all(b"[").map_err(failed)?;
        }
        for sheet in sheets {
            if is_csv {
                out.write_all(&sheet.csv_head(style).map_err(failed)?).map_err(failed)?;
            }
            let mut after = None;
            loop {
                let step = database.read(|conn: &mut Conn| sheet.step(conn, after, AT_ONCE))?;
                if is_csv {
                    out.write_all(&sheet.csv_rows(&step, style).map_err(failed)?).map_err(failed)?;
                } else {
                    for (place, row) in sheet.views(&step).iter().enumerate() {
                        let is_first = count + place == 0;
                        out.write_all(if is_first { b"\n" } else { b",\n" }).map_err(failed)?;
                        serde_json::to_writer(&mut out, row).map_err(|error| failed(error.into()))?;
                    }
                }
                count += step.count();
                after = step.next;
                if after.is_none() {
                    break;
                }
            }
        }
        if !is_csv {
            out.write_all(b"\n]\n").map_err(failed)?;
        }
        out.flush().map_err(failed)?;
        Ok(count)
    }
}
