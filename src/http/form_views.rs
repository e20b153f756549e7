//! How forms, their faults and their differences are told, over HTTP and on the command line.

use std::fmt;

use serde::Serialize;
use survey_form::compare::{Change, Difference, Effect};
use survey_form::fault::{Fault, Severity, Tongue};
use utoipa::ToSchema;

use super::views::time;
use crate::forms::{Clash, Examined, ExaminedTable, Version, VersionTable, hash_text};
use crate::store::forms::{FormVersion, NeededTable};

/// A version of a form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VersionView {
    /// Which form it is a version of.
    pub form_id: String,
    /// Its hash, 64 hexadecimal digits: the name of this version.
    pub hash: String,
    /// As its author calls it.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Whether it comes with the program: it holds wherever no other version of it was published.
    pub built_in: bool,
    /// Who added it; null for the built-in form.
    pub added_by: Option<String>,
    /// When.
    pub added_at: Option<String>,
    /// The tables from outside that it reads.
    pub tables: Vec<TableView>,
}

/// A table from outside that a version of a form reads.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TableView {
    /// As the form's formulas name it: `villages`.
    pub name: String,
    /// The file that the form names: `villages.csv`.
    pub file: String,
    /// The columns that the form names.
    pub columns: Vec<String>,
    /// SHA-256 of the file, 64 hexadecimal digits; null where none was added yet: then the form cannot be
    /// published.
    pub sha256: Option<String>,
    /// Bytes of the file.
    pub bytes: Option<usize>,
    /// Rows under its header.
    pub rows: Option<usize>,
    /// Who added it.
    pub added_by: Option<String>,
    /// When.
    pub added_at: Option<String>,
}

impl TableView {
    /// The view of a table.
    #[must_use]
    pub fn of(table: &VersionTable) -> Self {
        let VersionTable { needed: NeededTable { name, file, columns }, file: added } = table;
        let added = added.as_ref();
        Self {
            name: name.clone(),
            file: file.clone(),
            columns: columns.clone(),
            sha256: added.map(|it| hash_text(&it.sha256)),
            bytes: added.map(|it| it.bytes),
            rows: added.map(|it| it.rows),
            added_by: added.map(|it| it.added_by.clone()),
            added_at: added.map(|it| time(it.added_at)),
        }
    }
}

/// A table that has to be added before a form is published.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MissingTable {
    /// As the form's formulas name it.
    pub name: String,
    /// The file that the form names.
    pub file: String,
    /// The columns that the form names.
    pub columns: Vec<String>,
    /// What to do, in Thai.
    pub th: String,
    /// The same in English.
    pub en: String,
}

impl MissingTable {
    /// The view of what is missing.
    #[must_use]
    pub fn of(table: &NeededTable) -> Self {
        let NeededTable { name, file, columns } = table;
        let listed = columns.join(",");
        Self {
            name: name.clone(),
            file: file.clone(),
            columns: columns.clone(),
            th: format!("ยังไม่มีตาราง {file} กรุณาเพิ่มเป็นไฟล์ CSV ที่มีคอลัมน์ {listed}"),
            en: format!("the table {file} is missing; add it as a CSV file with the columns {listed}"),
        }
    }
}

/// What became of a table's file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TableReport {
    /// Which form it is a table of.
    pub form_id: String,
    /// Hash of the version.
    pub hash: String,
    /// Whether it is the table that the form reads.
    pub accepted: bool,
    /// Whether it was only looked at.
    pub dry_run: bool,
    /// Whether the table is another now than before.
    pub added: bool,
    /// As the form's formulas name it.
    pub name: String,
    /// The file that the form names.
    pub file: String,
    /// The columns that the form names.
    pub columns: Vec<String>,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes of the file.
    pub bytes: usize,
    /// Rows under its header; null where it is not accepted.
    pub rows: Option<usize>,
    /// SHA-256 of the file that was the table before this was looked at; null where there was none.
    pub before: Option<String>,
    /// What is wrong, by row and column; `sheet` is the file.
    pub faults: Vec<FaultView>,
}

impl TableReport {
    /// The report on what was examined.
    #[must_use]
    pub fn of(examined: &ExaminedTable, dry_run: bool, added: bool) -> Self {
        let NeededTable { name, file, columns } = examined.table.needed.clone();
        Self {
            form_id: examined.version.form_id.clone(),
            hash: hash_text(&examined.version.hash),
            accepted: examined.rows.is_some(),
            dry_run,
            added,
            name,
            file,
            columns,
            sha256: hash_text(&examined.sha256),
            bytes: examined.bytes,
            rows: examined.rows,
            before: examined.table.file.as_ref().map(|before| hash_text(&before.sha256)),
            faults: examined.faults.iter().map(FaultView::of).collect(),
        }
    }
}

impl VersionView {
    /// The view of a version.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        let Version { about, is_built_in, tables } = version;
        Self {
            form_id: about.form_id.clone(),
            hash: hash_text(&about.hash),
            version: about.version.clone(),
            title: about.title.clone(),
            built_in: *is_built_in,
            added_by: (!is_built_in).then(|| about.added_by.clone()),
            added_at: (!is_built_in).then(|| time(about.added_at)),
            tables: tables.iter().map(TableView::of).collect(),
        }
    }

    /// The view of a version that reads no tables, such as the one that comes with the program.
    #[must_use]
    pub fn of_about(about: &FormVersion) -> Self {
        let is_built_in = about.hash == crate::forms::built_in().hash;
        Self::of(&Version { about: about.clone(), is_built_in, tables: Vec::new() })
    }
}

/// Something wrong with a workbook, or with a table.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultView {
    /// `error`: the form is refused for it; `warning`: it works, but not all of it as written.
    pub severity: &'static str,
    /// Where, as a spreadsheet says it: `survey!C12`.
    pub place: String,
    /// Name of the sheet, of a table that of its file; empty where it is about the whole workbook.
    pub sheet: String,
    /// Row from 1; 0 where it is about the whole sheet.
    pub row: u32,
    /// Column from 1 (A is 1); 0 where it is about the whole row.
    pub column: u32,
    /// Header of the column, where it has one.
    pub header: String,
    /// What is wrong and what to write instead, in Thai.
    pub th: String,
    /// The same in English.
    pub en: String,
}

impl FaultView {
    /// The view of a fault.
    #[must_use]
    pub fn of(fault: &Fault) -> Self {
        Self {
            severity: if fault.severity == Severity::Error { "error" } else { "warning" },
            place: fault.place.to_string(),
            sheet: fault.place.sheet.clone(),
            row: fault.place.row,
            column: fault.place.column,
            header: fault.place.header.clone(),
            th: fault.kind.told(Tongue::Thai),
            en: fault.kind.told(Tongue::English),
        }
    }
}

impl fmt::Display for FaultView {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            out.write_str(&self.en)
        } else {
            write!(out, "{}: {}", self.place, self.en)
        }
    }
}

/// Something that differs from the version before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DifferenceView {
    /// Where the answers lie that it is about: `key`, or `repeat[].key`.
    pub at: Vec<String>,
    /// What changed.
    #[schema(value_type = Value)]
    pub change: Change,
    /// What it does to answers already collected: `none`, `shown_otherwise`, `missing`, `may_not_hold`,
    /// `derived_anew`, `seen_by_others`, `kept_unseen` or `unreadable`.
    #[schema(value_type = String)]
    pub effect: Effect,
    /// In words, in Thai.
    pub th: String,
    /// In words, in English.
    pub en: String,
}

impl DifferenceView {
    /// The view of a difference.
    #[must_use]
    pub fn of(difference: &Difference) -> Self {
        Self {
            at: difference.at.iter().map(ToString::to_string).collect(),
            change: difference.change.clone(),
            effect: difference.effect,
            th: difference.told(Tongue::Thai),
            en: difference.told(Tongue::English),
        }
    }
}

/// A key that means something else in another form of the tambon.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClashView {
    /// Where the answers lie: `key`, or `repeat[].key`.
    pub at: String,
    /// The other form's id.
    pub form_id: String,
    /// The other form's version.
    pub version: String,
    /// What clashes and what to do, in Thai.
    pub th: String,
    /// The same in English.
    pub en: String,
}

impl ClashView {
    /// The view of a clash.
    #[must_use]
    pub fn of(clash: &Clash) -> Self {
        let (form_id, version) = clash.other.clone();
        Self { at: clash.at.to_string(), form_id, version, th: clash.thai(), en: clash.english() }
    }
}

/// What became of a workbook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FormReport {
    /// Whether it makes a form.
    pub accepted: bool,
    /// Whether the form was only looked at.
    pub dry_run: bool,
    /// Whether this version was added now; a version that is there already is the same form.
    pub added: bool,
    /// Which form it is a version of; null if it makes none.
    pub form_id: Option<String>,
    /// The version, as its author calls it.
    pub version: Option<String>,
    /// Its hash.
    pub hash: Option<String>,
    /// How many questions it has.
    pub questions: usize,
    /// What is wrong with the workbook, by cell.
    pub faults: Vec<FaultView>,
    /// The version of the same form that was added last; null if there is none, or it is this one.
    pub compared_with: Option<VersionView>,
    /// What differs from that, and what it does to answers already collected.
    pub differences: Vec<DifferenceView>,
    /// Keys of questions without a class of personal data (column `pdpa`: N, P or S): only coordinators
    /// see their answers.
    pub unclassified: Vec<String>,
    /// The tables from outside that it reads. Those of the version before are taken over where they fit; the
    /// others have to be added before it is published.
    pub tables: Vec<TableView>,
}

impl FormReport {
    /// The report on what was examined.
    #[must_use]
    pub fn of(examined: &Examined, dry_run: bool, added: bool) -> Self {
        let form = examined.form.as_ref();
        let questions = form.map_or(0, |form| form.fields.iter().filter(|it| it.kind.is_stored()).count());
        Self {
            accepted: examined.is_form(),
            dry_run,
            added,
            form_id: form.map(|form| form.id.clone()),
            version: form.map(|form| form.version.clone()),
            hash: form.map(survey_form::model::Form::hash),
            questions,
            faults: examined.faults.iter().map(FaultView::of).collect(),
            compared_with: examined.before.as_ref().map(VersionView::of),
            differences: examined.differences.iter().map(DifferenceView::of).collect(),
            unclassified: examined.unclassified.clone(),
            tables: examined.tables.iter().map(TableView::of).collect(),
        }
    }
}
