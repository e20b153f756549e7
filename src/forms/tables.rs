//! Tables from outside that forms read: looked at, added, and made ready for the engine.
//!
//! A form names a table by a file, `villages.csv`. A coordinator adds the file to a version; it may be
//! replaced at any time, also while the version holds somewhere. What it was before is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use survey_form::expr::TableRows;
use survey_form::fault::Fault;
use survey_form::model::{ChoiceSource, Form};
use survey_form::table::{Read, Reads, read, read_by};
use sync_protocol::ids::TambonCode;

use super::catalogue::{Author, VersionTable, find, load};
use super::error::FormsError;
use super::fingerprint;
use super::words::{Words, hash_text};
use crate::area::Area;
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::Device;
use crate::store::forms::{self, FormHash, FormVersion, NeededTable};
use crate::store::tables::{self, FormTable, TableHash};
use crate::store::{Conn, Database, StoreError, tambons};

/// Earlier files of a table in which the label of a choice is looked for.
const EARLIER_FILES_MAX: usize = 8;

/// The tables of a version, as the engine takes them.
pub type Tables = Arc<BTreeMap<String, TableRows>>;

/// The labels of the choices of a table, by the name that is stored.
pub type Labels = BTreeMap<String, Words>;

/// What a file would be as a table of a version.
#[derive(Debug)]
pub struct ExaminedTable {
    /// The version.
    pub version: FormVersion,
    /// The table, with the file that it is now.
    pub table: VersionTable,
    /// SHA-256 of the file that was looked at.
    pub sha256: TableHash,
    /// Its bytes.
    pub bytes: usize,
    /// Its rows; `None` where a fault is an error.
    pub rows: Option<usize>,
    /// What is wrong with it, by row and column.
    pub faults: Vec<Fault>,
}

/// Looks at a file as the table `name` of a version; the name of the file is as good. Writes nothing.
///
/// # Errors
/// [`FormsError::UnknownForm`], [`FormsError::UnknownTable`], or the database's own. What is wrong with
/// the file is no error.
pub fn examine_table(
    database: &Database,
    hash: &FormHash,
    name: &str,
    content: &[u8],
) -> Result<ExaminedTable, FormsError> {
    let (version, form) = database.read(|conn: &mut Conn| -> Result<_, FormsError> {
        let unknown = || FormsError::UnknownForm(hash_text(hash));
        let version = find(conn, hash)?.ok_or_else(unknown)?;
        let form = load(conn, hash)?;
        Ok((version, form))
    })?;
    let is_meant = |table: &&VersionTable| table.needed.name == name || table.needed.file == name;
    let Some(table) = version.tables.iter().find(is_meant) else {
        let known = version.tables.iter().map(|table| table.needed.file.clone()).collect();
        return Err(FormsError::UnknownTable { wanted: name.to_owned(), known });
    };
    let reads = read_by(&form).remove(table.needed.name.as_str()).unwrap_or_default();
    let Read { rows, faults } = read(content, &reads);
    Ok(ExaminedTable {
        table: table.clone(),
        version: version.about,
        sha256: Sha256::digest(content).into(),
        bytes: content.len(),
        rows: rows.map(|rows| rows.len()),
        faults,
    })
}

/// Makes a file that was looked at the table of its version; whether it was another before. Where the
/// version holds, it holds from now on with this table: then every tambon has to lie `within` the area of
/// who does this, and each gets `line` in its audit log. So does `home`, wherever it holds.
///
/// # Errors
/// [`FormsError::TableRefused`], [`FormsError::HeldOutside`], or the database's own.
pub fn add_table(
    database: &Database,
    examined: &ExaminedTable,
    content: &[u8],
    author: &Author<'_>,
    (within, home): (Option<Area>, Option<TambonCode>),
    line: &AuditEntry,
) -> Result<bool, FormsError> {
    let Some(rows) = examined.rows else {
        return Err(FormsError::TableRefused(examined.faults.clone()));
    };
    let table = FormTable {
        name: examined.table.needed.name.clone(),
        number: 1,
        sha256: examined.sha256,
        bytes: examined.bytes,
        rows,
        added_by: author.name.to_owned(),
        added_at: author.now,
    };
    let (hash, content, line) = (examined.version.hash, content.to_vec(), line.clone());
    database.write(move |tx| {
        let mut told = forms::tambons_of(tx, &hash)?;
        if let Some(allowed) = within
            && let Some(outside) = told.iter().find(|tambon| !allowed.covers((**tambon).into()))
        {
            return Err(FormsError::HeldOutside { tambon: *outside, allowed });
        }
        // In the order of their codes, as everybody takes several.
        for tambon in &told {
            tambons::lock(tx, *tambon)?;
        }
        let now = tables::of_form(tx, &hash)?.into_iter().find(|it| it.name == table.name);
        if now.is_some_and(|now| now.sha256 == table.sha256) {
            return Ok(false);
        }
        tables::keep(tx, &table.sha256, &content, table.added_at)?;
        tables::put(tx, &hash, &table)?;
        for tambon in &told {
            fingerprint::note(tx, *tambon)?;
        }
        told.extend(home.filter(|home| !told.contains(home)));
        for tambon in told {
            audit::append(tx, tambon, &line)?;
        }
        Ok(true)
    })
}

/// What a form reads, as it is kept with its version.
#[must_use]
pub fn needed(form: &Form) -> Vec<NeededTable> {
    let each = read_by(form).into_iter();
    each.map(|(name, Reads { file, columns, .. })| NeededTable { name: name.to_owned(), file, columns })
        .collect()
}

/// The tables of a version that have a file, for the engine.
///
/// # Errors
/// The database's own.
pub fn tables_of(conn: &mut Conn, hash: &FormHash, form: &Form) -> Result<Tables, StoreError> {
    let mut ready = BTreeMap::new();
    if form.tables.is_empty() {
        return Ok(Arc::new(ready));
    }
    let reads = read_by(form);
    for table in tables::of_form(conn, hash)? {
        if let Some(rows) = rows(conn, &table, reads.get(table.name.as_str()))? {
            ready.insert(table.name, rows);
        }
    }
    Ok(Arc::new(ready))
}

/// The rows of a file.
fn rows(conn: &mut Conn, table: &FormTable, reads: Option<&Reads>) -> Result<Option<TableRows>, StoreError> {
    let Some(reads) = reads else { return Ok(None) };
    let content = tables::content(conn, &table.sha256)?;
    Ok(content.and_then(|content| read(&content, reads).rows))
}

/// The labels of what can be chosen from the tables of a version, by table and by the columns of names and
/// labels. Choices that only an earlier file of the table had keep the label that they had there.
///
/// # Errors
/// The database's own.
pub fn labels(
    conn: &mut Conn,
    hash: &FormHash,
    form: &Form,
) -> Result<BTreeMap<ChosenFrom, Arc<Labels>>, StoreError> {
    let mut wanted: BTreeMap<ChosenFrom, Labels> = form
        .fields
        .iter()
        .filter_map(|field| ChosenFrom::of(field.kind.choices()?))
        .map(|from| (from, Labels::new()))
        .collect();
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let reads = read_by(form);
    let mut files: BTreeMap<String, usize> = BTreeMap::new();
    for table in tables::history(conn, hash)? {
        let count = files.entry(table.name.clone()).or_default();
        *count += 1;
        if *count > EARLIER_FILES_MAX || !wanted.keys().any(|from| from.table == table.name) {
            continue;
        }
        let Some(rows) = rows(conn, &table, reads.get(table.name.as_str()))? else { continue };
        for (from, labels) in wanted.iter_mut().filter(|(from, _)| from.table == table.name) {
            for (name, label) in rows.pairs(&from.value, &from.label) {
                let same = || Words { th: label.to_owned(), en: label.to_owned() };
                labels.entry(name.to_owned()).or_insert_with(same);
            }
        }
    }
    Ok(wanted.into_iter().map(|(from, labels)| (from, Arc::new(labels))).collect())
}

/// Columns of a table that a select chooses from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChosenFrom {
    table: String,
    value: String,
    label: String,
}

impl ChosenFrom {
    /// The table of a select, if it chooses from one.
    #[must_use]
    pub fn of(source: &ChoiceSource) -> Option<Self> {
        match source {
            ChoiceSource::Table { table, value, label } => {
                Some(Self { table: table.clone(), value: value.clone(), label: label.clone() })
            }
            ChoiceSource::List(_) | ChoiceSource::Rows(_) => None,
        }
    }
}

/// The tables of the version before that a new one can go on with: those with the same name whose file is
/// one for the new version as well.
///
/// # Errors
/// The database's own.
pub(super) fn carried(conn: &mut Conn, before: &FormHash, form: &Form) -> Result<Vec<FormTable>, StoreError> {
    let reads = read_by(form);
    if reads.is_empty() {
        return Ok(Vec::new());
    }
    let mut carried = Vec::new();
    for table in tables::of_form(conn, before)? {
        if rows(conn, &table, reads.get(table.name.as_str()))?.is_some() {
            carried.push(table);
        }
    }
    Ok(carried)
}

/// The file of this hash, if a table of a form is or was it that holds in one of the device's villages.
///
/// # Errors
/// The database's own.
pub fn table_for(
    conn: &mut Conn,
    device: &Device,
    sha256: &TableHash,
) -> Result<Option<Vec<u8>>, StoreError> {
    let holding = super::catalogue::holding(conn, device.tambon)?;
    for hash in holding.in_villages(&device.villages).keys() {
        if tables::history(conn, hash)?.iter().any(|table| table.sha256 == *sha256) {
            return tables::content(conn, sha256);
        }
    }
    Ok(None)
}
