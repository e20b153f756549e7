//! Which versions of forms there are, and where each holds.

use std::collections::{BTreeMap, BTreeSet};

use survey_form::compare::{Difference, compare};
use survey_form::engine::Plan;
use survey_form::fault::{Fault, Severity};
use survey_form::model::Form;
use survey_form::xlsform::compile;
use sync_protocol::ids::{TambonCode, VillageCode};

use super::built_in::built_in;
use super::dictionary::clashes;
use super::error::FormsError;
use super::fingerprint;
use super::tables::{carried, needed};
use super::words::{Words, hash_text, read_hash};
use crate::clock::Micros;
use crate::store::audit::{self, AuditEntry};
use crate::store::forms::{self, FormHash, FormVersion, NeededTable, Publication};
use crate::store::tables::{self, FormTable};
use crate::store::{Conn, Database, StoreError, Tx, tambons};

/// Bytes of a form's model, which phones fetch.
const MODEL_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Versions that a hub keeps: each for good.
const VERSIONS_MAX: u64 = 20_000;

/// Who adds, publishes or retires, and when.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// As the audit log calls them, e.g. `key:0123456789ab`.
    pub name: &'a str,
    /// When.
    pub now: Micros,
}

/// A version of a form on this hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// What is known of it.
    pub about: FormVersion,
    /// Whether it comes with the program.
    pub is_built_in: bool,
    /// The tables from outside that it reads, by name.
    pub tables: Vec<VersionTable>,
}

/// A table that a version reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTable {
    /// What is read of it.
    pub needed: NeededTable,
    /// The file that it is; `None` where none was added yet.
    pub file: Option<FormTable>,
}

/// What a workbook would make.
#[derive(Debug)]
pub struct Examined {
    /// The form; `None` where a fault is an error.
    pub form: Option<Form>,
    /// What is wrong with the workbook, by cell.
    pub faults: Vec<Fault>,
    /// The version of the same form that was added last, if there is one and it is another.
    pub before: Option<Version>,
    /// What differs from that.
    pub differences: Vec<Difference>,
    /// Keys of questions without a class of personal data (`pdpa`): planners and funds do not see them.
    pub unclassified: Vec<String>,
    /// The tables that it reads: each with its file, or with that of the version before where it fits.
    pub tables: Vec<VersionTable>,
}

/// A version that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The version.
    pub version: FormVersion,
    /// Whether it was not there yet.
    pub is_new: bool,
}

/// What a publication did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The version.
    pub version: FormVersion,
    /// Villages in which it holds from now on and did not before.
    pub changed: Vec<VillageCode>,
}

/// What holds in a tambon.
#[derive(Debug, Clone, Default)]
pub struct Holding(Vec<Publication>);

/// Compiles a workbook and compares it with the version before. `fallback_id` names the form where the
/// workbook does not: the file's name without its ending. Writes nothing.
///
/// # Errors
/// [`FormsError::TooLarge`], or the database's own. What is wrong with the workbook is no error.
pub fn examine(database: &Database, bytes: &[u8], fallback_id: &str) -> Result<Examined, FormsError> {
    let compiled = compile(bytes, fallback_id);
    let mut examined = Examined {
        form: compiled.form,
        faults: compiled.faults,
        before: None,
        differences: Vec::new(),
        unclassified: Vec::new(),
        tables: Vec::new(),
    };
    let Some(form) = examined.form.take() else { return Ok(examined) };
    // What cannot run is no form, whatever it looks like.
    if let Err(rings) = Plan::new(form.clone()) {
        examined.faults.extend(rings);
        return Ok(examined);
    }
    let bytes = serde_json::to_vec(&form).map_or(usize::MAX, |model| model.len());
    if bytes > MODEL_BYTES_MAX {
        return Err(FormsError::TooLarge { bytes, limit: MODEL_BYTES_MAX });
    }
    let before = database.read(|conn: &mut Conn| -> Result<_, FormsError> {
        let before = before(conn, &form)?;
        let hash = read_hash(&form.hash()).unwrap_or_default();
        let files = match (find(conn, &hash)?, &before) {
            (Some(_), _) => tables::of_form(conn, &hash)?,
            (None, Some((before, _))) => carried(conn, &before.about.hash, &form)?,
            (None, None) => Vec::new(),
        };
        examined.tables = with_files(needed(&form), files);
        Ok(before)
    })?;
    if let Some((version, old)) = before {
        examined.differences = compare(&old, &form);
        examined.before = Some(version);
    }
    let asked = form.fields.iter().filter(|field| field.kind.is_stored());
    let unclassified = asked.filter(|field| !field.extra.contains_key("pdpa"));
    examined.unclassified = unclassified.map(|field| field.key().to_owned()).collect();
    examined.form = Some(form);
    Ok(examined)
}

/// The version of the same form that was added last, unless it is this one.
fn before(conn: &mut Conn, form: &Form) -> Result<Option<(Version, Form)>, FormsError> {
    let latest = forms::latest(conn, &form.id)?;
    let built_in = built_in();
    let latest = latest.or_else(|| (form.id == built_in.form.id).then(|| built_in.version()));
    let Some(latest) = latest.filter(|latest| Some(latest.hash) != read_hash(&form.hash())) else {
        return Ok(None);
    };
    let old = load(conn, &latest.hash)?;
    Ok(Some((version(conn, latest)?, old)))
}

/// A version with its tables.
fn version(conn: &mut Conn, about: FormVersion) -> Result<Version, FormsError> {
    let is_built_in = about.hash == built_in().hash;
    let needed = match &about.tables {
        Some(needed) => needed.clone(),
        None => needed(&load(conn, &about.hash)?),
    };
    let files = if needed.is_empty() { Vec::new() } else { tables::of_form(conn, &about.hash)? };
    Ok(Version { about, is_built_in, tables: with_files(needed, files) })
}

fn with_files(needed: Vec<NeededTable>, files: Vec<FormTable>) -> Vec<VersionTable> {
    let with_file = |needed: NeededTable| {
        let file = files.iter().find(|file| file.name == needed.name).cloned();
        VersionTable { needed, file }
    };
    needed.into_iter().map(with_file).collect()
}

impl Examined {
    /// Whether the workbook makes a form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.form.is_some() && !self.faults.iter().any(|fault| fault.severity == Severity::Error)
    }
}

/// Adds what was examined. `line` is written to the audit log of a tambon if it was not there yet.
///
/// # Errors
/// [`FormsError::Refused`], [`FormsError::Full`], or the database's own.
pub fn add(
    database: &Database,
    examined: &Examined,
    workbook: &[u8],
    author: &Author<'_>,
    line: Option<(TambonCode, AuditEntry)>,
) -> Result<Added, FormsError> {
    let Some(form) = examined.form.as_ref().filter(|_| examined.is_form()) else {
        return Err(FormsError::Refused(examined.faults.clone()));
    };
    let hash = read_hash(&form.hash()).unwrap_or_default();
    if hash == built_in().hash {
        return Ok(Added { version: built_in().version(), is_new: false });
    }
    let version = FormVersion {
        hash,
        form_id: form.id.clone(),
        version: form.version.clone(),
        title: Words::of(form, &form.title).th,
        added_by: author.name.to_owned(),
        added_at: author.now,
        tables: Some(needed(form)),
    };
    let files = examined.tables.iter().filter_map(|table| table.file.clone());
    let files: Vec<FormTable> = files
        .map(|file| FormTable { added_by: author.name.to_owned(), added_at: author.now, ..file })
        .collect();
    let model =
        serde_json::to_string(form).map_err(|error| FormsError::Model(form.id.clone(), error.to_string()))?;
    let workbook = workbook.to_vec();
    database.write(move |tx| {
        if let Some(version) = forms::find(tx, &hash)? {
            return Ok(Added { version, is_new: false });
        }
        let count = forms::count(tx)?;
        if count >= VERSIONS_MAX {
            return Err(FormsError::Full(count));
        }
        let is_new = forms::insert(tx, &version, &model, &workbook)?;
        for file in &files {
            tables::put(tx, &hash, file)?;
        }
        if let Some((tambon, line)) = &line {
            audit::append(tx, *tambon, line)?;
        }
        Ok(Added { version: version.clone(), is_new })
    })
}

/// Versions of forms, the built-in one first: at most `count`, after the one of this hash.
///
/// # Errors
/// [`FormsError::Model`], or the database's own.
pub fn page(conn: &mut Conn, after: Option<&FormHash>, count: usize) -> Result<Vec<Version>, FormsError> {
    let built_in = built_in();
    let mut versions = Vec::new();
    let after = match after {
        None => {
            versions.push(version(conn, built_in.version())?);
            None
        }
        Some(hash) if *hash == built_in.hash => None,
        Some(hash) => forms::find(conn, hash)?,
    };
    let added = forms::page(conn, after.as_ref(), count.saturating_sub(versions.len()))?;
    for about in added {
        versions.push(version(conn, about)?);
    }
    Ok(versions)
}

/// The version of this hash.
///
/// # Errors
/// [`FormsError::Model`], or the database's own.
pub fn find(conn: &mut Conn, hash: &FormHash) -> Result<Option<Version>, FormsError> {
    let built_in = built_in();
    let about = if *hash == built_in.hash { Some(built_in.version()) } else { forms::find(conn, hash)? };
    about.map(|about| version(conn, about)).transpose()
}

/// The model of a version as JSON.
///
/// # Errors
/// The database's own.
pub fn model(conn: &mut Conn, hash: &FormHash) -> Result<Option<String>, StoreError> {
    let built_in = built_in();
    if *hash == built_in.hash { Ok(Some(built_in.model.clone())) } else { forms::model(conn, hash) }
}

/// The workbook that a version was made from.
///
/// # Errors
/// The database's own.
pub fn workbook(conn: &mut Conn, hash: &FormHash) -> Result<Option<Vec<u8>>, StoreError> {
    let built_in = built_in();
    if *hash == built_in.hash { Ok(Some(built_in.workbook.to_vec())) } else { forms::workbook(conn, hash) }
}

/// A version, ready to be used.
///
/// # Errors
/// [`FormsError::UnknownForm`], [`FormsError::Model`], or the database's own.
pub fn load(conn: &mut Conn, hash: &FormHash) -> Result<Form, FormsError> {
    let built_in = built_in();
    if *hash == built_in.hash {
        return Ok(built_in.form.clone());
    }
    let unknown = || FormsError::UnknownForm(hash_text(hash));
    let model = forms::model(conn, hash)?.ok_or_else(unknown)?;
    serde_json::from_str(&model).map_err(|error| FormsError::Model(hash_text(hash), error.to_string()))
}

/// The versions of a form that its answers in a tambon can have been given with: those that hold or
/// held there, the one published last first; where none did, the one that was added last.
///
/// # Errors
/// [`FormsError::UnknownForm`], or the database's own.
pub fn asked_in(
    conn: &mut Conn,
    tambon: TambonCode,
    form_id: &str,
) -> Result<Vec<(FormHash, Form)>, FormsError> {
    let built_in = built_in();
    let mut hashes = forms::ever_published(conn, tambon, form_id)?;
    if form_id == built_in.form.id && !hashes.contains(&built_in.hash) {
        hashes.push(built_in.hash);
    }
    if hashes.is_empty() {
        hashes.extend(forms::latest(conn, form_id)?.map(|latest| latest.hash));
    }
    if hashes.is_empty() {
        return Err(FormsError::UnknownForm(form_id.to_owned()));
    }
    hashes.into_iter().map(|hash| Ok((hash, load(conn, &hash)?))).collect()
}

/// What holds in a tambon.
///
/// # Errors
/// The database's own.
pub fn holding(conn: &mut Conn, tambon: TambonCode) -> Result<Holding, StoreError> {
    forms::holding(conn, tambon).map(Holding)
}

impl Holding {
    /// The publications, by village and form.
    #[must_use]
    pub fn publications(&self) -> &[Publication] {
        &self.0
    }

    /// The versions that hold in a village, by form; the built-in form holds where no version of it was
    /// published.
    #[must_use]
    pub fn in_village(&self, village: VillageCode) -> Vec<FormHash> {
        let built_in = built_in();
        let here = self.0.iter().filter(|publication| publication.village == village);
        let mut versions: BTreeMap<&str, FormHash> =
            here.map(|publication| (publication.form_id.as_str(), publication.hash)).collect();
        versions.entry(&built_in.form.id).or_insert(built_in.hash);
        versions.into_values().collect()
    }

    /// The versions that hold in any of these villages, and where.
    #[must_use]
    pub fn in_villages(&self, villages: &[VillageCode]) -> BTreeMap<FormHash, Vec<VillageCode>> {
        let mut found: BTreeMap<FormHash, Vec<VillageCode>> = BTreeMap::new();
        for village in villages {
            for hash in self.in_village(*village) {
                found.entry(hash).or_default().push(*village);
            }
        }
        found
    }

    /// Every version that holds somewhere in the tambon.
    #[must_use]
    pub fn versions(&self) -> BTreeSet<FormHash> {
        let published = self.0.iter().map(|publication| publication.hash);
        published.chain([built_in().hash]).collect()
    }
}

/// Publishes a version in villages of one tambon. `epoch` is drawn by the caller: the hub serves the
/// tambon from now on.
///
/// # Errors
/// [`FormsError::UnknownForm`], [`FormsError::SeveralTambons`], [`FormsError::TablesMissing`],
/// [`FormsError::Clashes`], or the database's own.
pub fn publish(
    database: &Database,
    hash: &FormHash,
    villages: &[VillageCode],
    author: &Author<'_>,
    (epoch, line): ([u8; 8], AuditEntry),
) -> Result<Published, FormsError> {
    let tambon = tambon_of(villages)?;
    let (hash, villages) = (*hash, villages.to_vec());
    let (actor, now) = (author.name.to_owned(), author.now);
    database.write(move |tx| {
        let unknown = || FormsError::UnknownForm(hash_text(&hash));
        let Version { about: version, tables, .. } = find(tx, &hash)?.ok_or_else(unknown)?;
        let missing = tables.into_iter().filter(|table| table.file.is_none());
        let missing: Vec<NeededTable> = missing.map(|table| table.needed).collect();
        if !missing.is_empty() {
            return Err(FormsError::TablesMissing(missing));
        }
        tambons::ensure(tx, tambon, epoch, now)?;
        tambons::lock(tx, tambon)?;
        refuse_clashes(tx, tambon, &hash, &version.form_id)?;
        let mut changed = Vec::new();
        for village in &villages {
            if forms::publish(tx, *village, &version.form_id, &hash, (now, &actor))? {
                changed.push(*village);
            }
        }
        if !changed.is_empty() {
            fingerprint::note(tx, tambon)?;
            audit::append(tx, tambon, &line)?;
        }
        Ok(Published { version, changed })
    })
}

/// Looks at every other form that holds in the tambon, and at the built-in one.
fn refuse_clashes(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    hash: &FormHash,
    form_id: &str,
) -> Result<(), FormsError> {
    let form = load(tx, hash)?;
    let mut others = Vec::new();
    for other in holding(tx, tambon)?.versions() {
        let other = load(tx, &other)?;
        if other.id != form_id {
            others.push(other);
        }
    }
    let found = clashes(&form, &others);
    if found.is_empty() { Ok(()) } else { Err(FormsError::Clashes(found)) }
}

/// Retires a form in villages of one tambon; gives those in which it held. The built-in form then holds
/// again where a version of it is retired.
///
/// # Errors
/// [`FormsError::NotPublished`], [`FormsError::SeveralTambons`], or the database's own.
pub fn retire(
    database: &Database,
    form_id: &str,
    villages: &[VillageCode],
    author: &Author<'_>,
    line: AuditEntry,
) -> Result<Vec<VillageCode>, FormsError> {
    let tambon = tambon_of(villages)?;
    let (form_id, villages) = (form_id.to_owned(), villages.to_vec());
    let (actor, now) = (author.name.to_owned(), author.now);
    database.write(move |tx| {
        tambons::lock(tx, tambon)?;
        let mut changed = Vec::new();
        for village in &villages {
            if forms::retire(tx, *village, &form_id, (now, &actor))? {
                changed.push(*village);
            }
        }
        if changed.is_empty() {
            return Err(FormsError::NotPublished(form_id.clone()));
        }
        fingerprint::note(tx, tambon)?;
        audit::append(tx, tambon, &line)?;
        Ok(changed)
    })
}

fn tambon_of(villages: &[VillageCode]) -> Result<TambonCode, FormsError> {
    let tambons: BTreeSet<TambonCode> = villages.iter().map(|village| village.tambon()).collect();
    match (tambons.first(), tambons.len()) {
        (Some(tambon), 1) => Ok(*tambon),
        _ => Err(FormsError::SeveralTambons(villages.to_vec())),
    }
}
