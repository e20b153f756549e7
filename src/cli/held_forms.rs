//! The forms that a device holds: those that are published in its villages, with their tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use survey_form::engine::Plan;
use survey_form::model::Form;
use survey_form::table::{read, read_by};
use sync_protocol::ids::VillageCode;
use sync_protocol::wire::Fingerprint;

use super::device::{Device, DeviceError};
use crate::client::{Hub, TransportError};
use crate::forms::quality::Ready;
use crate::forms::{Tables, built_in, hash_text, read_hash};

/// Under this name a device keeps its forms, as JSON.
const FORMS: &str = "forms";
/// Under this, with a table's hash behind it, the file of the table.
const TABLE: &str = "table:";

/// The forms of a device.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HeldForms {
    /// What was published in the tambon when they were fetched, 16 hexadecimal digits; zeros at first.
    #[serde(default = "nothing")]
    fingerprint: String,
    /// Those that are published in its villages, but for the one that comes with the program.
    pub(super) forms: Vec<HeldForm>,
}

/// A form of a device.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HeldForm {
    /// Hash of the version.
    hash: String,
    /// The villages in which it holds, 8 digits each.
    villages: BTreeSet<String>,
    /// The tables that it reads: hashes of their files, by name.
    tables: BTreeMap<String, String>,
    /// The form.
    pub(super) model: Form,
}

fn nothing() -> String {
    text(Fingerprint::default())
}

fn text(fingerprint: Fingerprint) -> String {
    HEXLOWER.encode(&fingerprint.0)
}

impl Default for HeldForms {
    fn default() -> Self {
        Self { fingerprint: nothing(), forms: Vec::new() }
    }
}

fn unreadable(why: impl ToString) -> DeviceError {
    DeviceError::Forms(why.to_string())
}

impl HeldForms {
    /// The forms that the device fetched.
    ///
    /// # Errors
    /// [`DeviceError`] when its file cannot be read.
    pub(super) fn of(device: &mut Device) -> Result<Self, DeviceError> {
        let kept = device.file.setting(FORMS)?.unwrap_or_default();
        if kept.is_empty() { Ok(Self::default()) } else { serde_json::from_slice(&kept).map_err(unreadable) }
    }

    /// The forms that hold in a village, ready to be evaluated: the one that comes with the program, unless a
    /// version of it was published there, then the others.
    ///
    /// # Errors
    /// [`DeviceError`] when one of them cannot be read.
    pub(super) fn ready_in(
        &self,
        device: &mut Device,
        village: VillageCode,
    ) -> Result<Vec<Ready>, DeviceError> {
        let built_in = built_in();
        let village = village.to_string();
        let here: Vec<&HeldForm> =
            self.forms.iter().filter(|form| form.villages.contains(&village)).collect();
        let mut ready = Vec::new();
        if here.iter().all(|form| form.model.id != built_in.form.id) {
            let plan = Plan::new(built_in.form.clone()).map_err(|_| unreadable(&built_in.form.id))?;
            ready.push(Ready { hash: built_in.hash, plan: Arc::new(plan), tables: Tables::default() });
        }
        for form in here {
            let hash = read_hash(&form.hash).ok_or_else(|| unreadable(&form.hash))?;
            let plan = Plan::new(form.model.clone()).map_err(|_| unreadable(&form.model.id))?;
            ready.push(Ready { hash, plan: Arc::new(plan), tables: form.tables(device)? });
        }
        Ok(ready)
    }
}

impl HeldForm {
    /// Its tables, for the engine.
    ///
    /// # Errors
    /// [`DeviceError`] when the device's file cannot be read.
    pub(super) fn tables(&self, device: &mut Device) -> Result<Tables, DeviceError> {
        let mut tables = BTreeMap::new();
        for (name, reads) in read_by(&self.model) {
            let Some(sha256) = self.tables.get(name) else { continue };
            let content = device.file.setting(&format!("{TABLE}{sha256}"))?.unwrap_or_default();
            tables.extend(read(&content, &reads).rows.map(|rows| (name.to_owned(), rows)));
        }
        Ok(Arc::new(tables))
    }
}

/// What the hub says of a device's forms.
#[derive(Deserialize)]
struct Listed {
    forms: Vec<ListedForm>,
    // A hub that says nothing of it in a sync says nothing here.
    #[serde(default = "nothing")]
    fingerprint: String,
}

#[derive(Deserialize)]
struct ListedForm {
    hash: String,
    form_id: String,
    version: String,
    built_in: bool,
    villages: BTreeSet<String>,
    // A hub that knows of no tables does not name any.
    #[serde(default)]
    tables: Vec<ListedTable>,
}

#[derive(Deserialize)]
struct ListedTable {
    name: String,
    file: String,
    sha256: Option<String>,
}

/// What was fetched.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// Every form that holds in the device's villages: id, version, hash, whether it comes with the program.
    listed: Vec<(String, String, String, bool)>,
    /// Those that the device had not.
    forms: usize,
    /// The files of tables that it had not.
    tables: Vec<String>,
}

/// Fetches the forms that are published in the device's villages and the tables that they read, as far as
/// the device has them not, and keeps them in the place of those that it had.
///
/// # Errors
/// [`DeviceError`]; then the device keeps those that it had.
pub(super) fn fetch(device: &mut Device) -> Result<Fetched, DeviceError> {
    let mut hub = device.way_to_hub()?;
    let listed = hub.get("/api/v1/published-forms")?;
    let Listed { forms: listed, fingerprint } = serde_json::from_slice(&listed).map_err(unreadable_answer)?;
    // Forms that cannot be read are no reason to keep them.
    let mut had: BTreeMap<String, Form> = match HeldForms::of(device) {
        Ok(held) => held.forms.into_iter().map(|form| (form.hash, form.model)).collect(),
        Err(_) => BTreeMap::new(),
    };
    let mut fetched = Fetched::default();
    let mut held = HeldForms { fingerprint, forms: Vec::new() };
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for form in listed {
        let (id, version) = (form.form_id.clone(), form.version.clone());
        fetched.listed.push((id, version, form.hash.clone(), form.built_in));
        if form.built_in {
            continue;
        }
        let model = match had.remove(&form.hash) {
            Some(model) => model,
            None => {
                fetched.forms += 1;
                model(&mut hub, &form.hash)?
            }
        };
        let mut tables = BTreeMap::new();
        for ListedTable { name, file, sha256 } in form.tables {
            let Some(sha256) = sha256 else { continue };
            let setting = format!("{TABLE}{sha256}");
            if !files.contains_key(&setting) && device.file.setting(&setting)?.is_none() {
                files.insert(setting.clone(), table(&mut hub, &sha256)?);
                fetched.tables.push(file);
            }
            kept.insert(setting);
            tables.insert(name, sha256);
        }
        held.forms.push(HeldForm { hash: form.hash, villages: form.villages, tables, model });
    }
    let forms = serde_json::to_vec(&held).map_err(unreadable)?;
    let files = files.iter().map(|(name, content)| (name.as_str(), content.as_slice()));
    let values: Vec<(&str, &[u8])> = files.chain([(FORMS, forms.as_slice())]).collect();
    device.file.replace(&values, TABLE, &kept)?;
    Ok(fetched)
}

/// After a sync: fetches the forms where the hub said that something else is published than the device
/// fetched; `None` where it is the same, or the hub did not say.
pub(super) fn learn(device: &mut Device, told: Option<Fingerprint>) -> Option<Result<Fetched, DeviceError>> {
    let told = text(told?);
    // Forms that cannot be read are fetched anew.
    let is_known = HeldForms::of(device).is_ok_and(|held| held.fingerprint == told);
    (!is_known).then(|| fetch(device))
}

fn unreadable_answer(why: impl ToString) -> TransportError {
    TransportError::Unreadable(why.to_string())
}

/// A form by its hash.
fn model(hub: &mut Hub, hash: &str) -> Result<Form, DeviceError> {
    let model = hub.get(&format!("/api/v1/forms/{hash}"))?;
    let model: Form = serde_json::from_slice(&model).map_err(unreadable_answer)?;
    crate::projection::form::Form::of(&model).map_err(unreadable)?;
    Plan::new(model.clone()).map_err(|_| unreadable(&model.id))?;
    Ok(model)
}

/// The file of a table by its hash.
fn table(hub: &mut Hub, sha256: &str) -> Result<Vec<u8>, DeviceError> {
    let content = hub.get(&format!("/api/v1/tables/{sha256}"))?;
    let found = hash_text(&Sha256::digest(&content).into());
    if found == sha256 {
        Ok(content)
    } else {
        Err(unreadable_answer("a table is not what its hash says").into())
    }
}

impl Fetched {
    /// What to print after a sync.
    pub(super) fn told_briefly(&self) -> String {
        let (forms, tables) = (self.forms, self.tables.len());
        format!(
            "แบบสำรวจเปลี่ยนแปลง รับมาใหม่ {forms} แบบ {tables} ตาราง  (forms changed: {forms} forms and {tables} tables fetched)"
        )
    }

    /// The same, for programs.
    pub(super) fn brief(&self) -> Value {
        json!({ "fetched": self.forms, "tables_fetched": self.tables })
    }

    /// What to print.
    pub(super) fn told(&self, json: bool) -> String {
        if json {
            let forms = self.listed.iter().map(|(form_id, version, hash, built_in)| {
                json!({ "form_id": form_id, "version": version, "hash": hash, "built_in": built_in })
            });
            let forms: Vec<_> = forms.collect();
            return json!({ "forms": forms, "fetched": self.forms, "tables_fetched": self.tables })
                .to_string();
        }
        let lines = self.listed.iter().map(|(form_id, version, hash, _)| {
            format!("{}  {form_id}  {version}", hash.get(..12).unwrap_or(hash))
        });
        let tables = self.tables.iter().map(|file| format!("ตาราง / table {file}"));
        lines.chain(tables).collect::<Vec<_>>().join("\n")
    }
}
