//! `samruat device`: a volunteer's device on the command line. A real one: its own file, every edit
//! durable before the command returns, a sync that can be killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde_json::json;
use sync_protocol::change::Edit;
use sync_protocol::device::{EditFailed, Presence, State, edit};
use sync_protocol::document::{Document, DocumentError};
use sync_protocol::hub::Reason;
use sync_protocol::ids::{DeviceId, HouseCode, HouseholdId, InvalidId, RowId, TambonCode, VillageCode};
use sync_protocol::limits::{BUDGET_BYTES_DEFAULT, BUDGET_BYTES_MAX, BUDGET_BYTES_MIN};
use sync_protocol::value::Scalar;

use super::check;
use super::held_forms;
use super::questions::{Questions, chosen, put};
use super::show::{Summary, household_json, household_text};
use crate::client::{Hub, SyncError, TransportError, stretched, sync};
use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::device::DeviceFile;

/// Where a device keeps everything.
#[derive(Debug, Args)]
pub struct Dir {
    /// The device's folder.
    #[arg(long, value_name = "DIR", env = "SAMRUAT_DEVICE_DIR")]
    dir: PathBuf,
}

/// What a device can be told.
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Enrol a new device with a one-time code.
    ///
    /// The coordinator makes the code with `samruat enroll`. The folder is made if it is not there.
    Init {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
        /// The hub's address, e.g. http://192.168.1.10:8080
        #[arg(long, value_name = "URL")]
        hub: String,
        /// The one-time code, e.g. 650117-7KM2P-XQ4RT
        #[arg(long)]
        code: String,
    },
    /// Register a household; prints its id.
    ///
    /// Answers are written question=value, as in `head_name='บุญมี สุขสวัสดิ์' household_size=4
    /// hazards=flood,storm`. Questions about the visit (visit_outcome, visit_date, consent_given …)
    /// go into a visit row of their own. Two devices that register the same --house-code make the
    /// same household.
    New {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
        /// The village, 8 digits.
        #[arg(long)]
        village: VillageCode,
        /// The 11-digit house code, where it is known.
        #[arg(long, value_name = "N")]
        house_code: Option<String>,
        /// Which family of the house: 1, or another number where another family lives there too.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
        family: u8,
        /// Answers.
        #[arg(value_name = "question=value")]
        answers: Vec<String>,
    },
    /// Answer questions of a household, or of one of its rows; prints the row id of a new row.
    ///
    /// An empty value clears an answer; deleted=true hides a row.
    Set {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
        /// The household.
        household: HouseholdId,
        /// Make a row of this group: member, need, visit, photo, note.
        #[arg(long, value_name = "GROUP", conflicts_with = "row")]
        new_row: Option<String>,
        /// Answer in this row.
        #[arg(long, value_name = "ROW")]
        row: Option<RowId>,
        /// Answers.
        #[arg(value_name = "question=value")]
        answers: Vec<String>,
    },
    /// Show a household: answers, rows, and conflicts with who and when.
    Show {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
        /// The household.
        household: HouseholdId,
    },
    /// List the households, with what is unsent and where answers differ.
    List {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
    },
    /// Fetch the forms that are published in the device's villages, with the tables that they read, so that
    /// their questions are known.
    ///
    /// Only what the device has not is fetched. A sync does it by itself where something changed. Before it
    /// `set` and `new` know the built-in form alone, and keep answers to other questions as texts.
    Forms {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
    },
    /// List what the forms say does not hold after the merge, form by form, with who answered and when.
    ///
    /// Every form that the device holds is looked at where it holds and was begun. Two volunteers may each
    /// fill in a form rightly, and the union of both may break it: two heads of one household, say.
    Check {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
        /// Only this household.
        household: Option<HouseholdId>,
    },
    /// List the answers that differ, with every value, who and when.
    Conflicts {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
    },
    /// Say who and where the device is, what is unsent, and what the hub refused and why.
    Status {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
    },
    /// Send what is new, receive what is new, and compare digests.
    ///
    /// Where the hub says that other forms or tables are published in the tambon than the device has, they are
    /// fetched afterwards, as `samruat device forms` does it.
    Sync {
        /// Where the device is.
        #[command(flatten)]
        dir: Dir,
        /// Bytes that a request and a reply may take, e.g. 32KiB for a slow network.
        #[arg(long, value_name = "BYTES", value_parser = parse_budget)]
        budget: Option<u32>,
    },
}

/// What goes wrong on a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The device's file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sync.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The hub.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A folder or a file.
    #[error("{path}: {error}")]
    Folder {
        /// Which.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is a device already.
    #[error("{0} holds a device already; use another folder for another device")]
    Exists(String),
    /// There is none.
    #[error("{0} holds no device; enrol one with: samruat device init --dir {0} --hub URL --code CODE")]
    NotEnrolled(String),
    /// What the hub, or the file, says is not what it should be.
    #[error("the device's enrolment cannot be read: {0}")]
    Enrolment(String),
    /// A village outside the device's scope.
    #[error(
        "village {village} is not one of this device's: {villages}. Ask the coordinator to enrol the device for it"
    )]
    OutsideScope {
        /// The village.
        village: VillageCode,
        /// The device's.
        villages: String,
    },
    /// A code that is not one.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// An answer that is not written question=value.
    #[error("{0:?} is not an answer; write question=value, e.g. head_name='บุญมี สุขสวัสดิ์'")]
    Answer(String),
    /// A question that belongs elsewhere.
    #[error("{question} is asked in each {group} row; answer it with --new-row {group}, or --row ROW")]
    Elsewhere {
        /// The question.
        question: String,
        /// Where it belongs.
        group: String,
    },
    /// A household that is not here.
    #[error("household {0} is not on this device; `samruat device list` shows those that are")]
    NoHousehold(HouseholdId),
    /// A household that left.
    #[error("household {household} is not on this device any more: {why}")]
    Gone {
        /// Which.
        household: HouseholdId,
        /// Where it went.
        why: String,
    },
    /// Forms that cannot be read.
    #[error("the forms on this device cannot be read: {0}; fetch them again with samruat device forms")]
    Forms(String),
    /// A household that cannot be checked.
    #[error("household {household} cannot be read as the hub reads it: {why}; sync, then try again")]
    Unreadable {
        /// Which.
        household: HouseholdId,
        /// Why.
        why: String,
    },
    /// An edit that cannot be made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// No randomness.
    #[error("this machine gives no random bytes: {0}")]
    Random(String),
}

impl From<EditFailed<StoreError>> for DeviceError {
    fn from(failed: EditFailed<StoreError>) -> Self {
        match failed {
            EditFailed::Storage(error) => Self::Store(error),
            EditFailed::Document(error) => Self::Document(error),
            EditFailed::Gone(household) => Self::Gone { household, why: "it was moved or erased".to_owned() },
        }
    }
}

/// A device that is enrolled.
pub struct Device {
    /// Its file.
    pub file: DeviceFile,
    /// Its id.
    pub id: DeviceId,
    /// The volunteer.
    pub person: String,
    /// Its tambon.
    pub tambon: TambonCode,
    /// Its villages.
    pub villages: BTreeSet<VillageCode>,
    /// Its hub's address.
    pub hub: String,
    pub(super) clock: Clock,
    token: String,
}

/// The name of the file in a device's folder.
const FILE: &str = "device.sqlite";

impl Device {
    /// Enrols a device with its hub, and makes its folder.
    ///
    /// # Errors
    /// [`DeviceError`]; then there is no device.
    pub fn enrol(dir: &Path, hub: &str, code: &str, clock: Clock) -> Result<Self, DeviceError> {
        let folder = |error| DeviceError::Folder { path: dir.display().to_string(), error };
        if dir.join(FILE).exists() && DeviceFile::open(&dir.join(FILE))?.setting("token")?.is_some() {
            return Err(DeviceError::Exists(dir.display().to_string()));
        }
        std::fs::create_dir_all(dir).map_err(folder)?;
        private(dir).map_err(folder)?;
        // The file is there before the code is spent, and whoever tries again is known as the same.
        let mut file = DeviceFile::open(&dir.join(FILE))?;
        let attempt = match file.setting("attempt")?.and_then(|kept| kept.try_into().ok()) {
            Some(kept) => kept,
            None => {
                let mut drawn = [0; 16];
                getrandom::fill(&mut drawn).map_err(|error| DeviceError::Random(error.to_string()))?;
                file.set(&[("attempt", &drawn)])?;
                drawn
            }
        };
        let enrolment = Hub::new(hub, None)?.enrol(code.trim(), &attempt)?;
        let villages: Vec<String> = enrolment.villages.iter().map(|village| village.code.clone()).collect();
        file.set(&[
            ("device", enrolment.device.as_bytes()),
            ("person", enrolment.person.as_bytes()),
            ("tambon", enrolment.tambon.as_bytes()),
            ("villages", villages.join(",").as_bytes()),
            ("hub", hub.as_bytes()),
            ("token", enrolment.token.as_bytes()),
        ])?;
        Self::open(dir, clock)
    }

    /// Opens an enrolled device.
    ///
    /// # Errors
    /// [`DeviceError::NotEnrolled`] when the folder holds none.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self, DeviceError> {
        let absent = || DeviceError::NotEnrolled(dir.display().to_string());
        if !dir.join(FILE).exists() {
            return Err(absent());
        }
        let mut file = DeviceFile::open(&dir.join(FILE))?;
        let mut setting = |name: &str| -> Result<String, DeviceError> {
            let value = file.setting(name)?.ok_or_else(absent)?;
            String::from_utf8(value).map_err(|_| DeviceError::Enrolment(name.to_owned()))
        };
        let villages = setting("villages")?;
        let villages: Result<BTreeSet<VillageCode>, InvalidId> =
            villages.split(',').map(str::parse).collect();
        Ok(Self {
            id: setting("device")?.parse()?,
            person: setting("person")?,
            tambon: setting("tambon")?.parse()?,
            villages: villages?,
            hub: setting("hub")?,
            token: setting("token")?,
            clock,
            file,
        })
    }

    /// Makes one change; durable when this returns. Gives the household that was edited: another one
    /// where `household` was folded into it.
    ///
    /// # Errors
    /// [`DeviceError`]; then nothing was written.
    pub fn edit(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        edits: &[Edit],
    ) -> Result<HouseholdId, DeviceError> {
        let mut random = random()?;
        let (id, now_ms) = (self.id, self.clock.now().millis());
        let (household, _) =
            self.file.transaction(|tx| edit(tx, id, &mut random, (household, village), now_ms, edits))?;
        Ok(household)
    }

    /// Registers a household of these answers; those about the visit get a row of their own.
    ///
    /// # Errors
    /// [`DeviceError`]; then nothing was written.
    pub fn register(
        &mut self,
        village: VillageCode,
        house_code: Option<&str>,
        family: u8,
        answers: &[(String, String)],
    ) -> Result<HouseholdId, DeviceError> {
        let questions = Questions::of(self)?;
        let (visit, answers): (Vec<_>, Vec<_>) =
            answers.iter().cloned().partition(|(question, _)| questions.group_of(question) == Some("visit"));
        self.register_with(village, house_code, family, |draw_row| {
            let mut edits = questions.answer_edits("household", None, &answers, &BTreeSet::new())?;
            if !visit.is_empty() {
                edits.extend(questions.row_edits("visit", draw_row(), &visit)?);
            }
            Ok(edits)
        })
    }

    /// Registers a household in one change: where it lies, then what `fill` says. `fill` is given a
    /// source of new row ids.
    ///
    /// # Errors
    /// [`DeviceError`]; then nothing was written.
    pub fn register_with(
        &mut self,
        village: VillageCode,
        house_code: Option<&str>,
        family: u8,
        fill: impl FnOnce(&mut dyn FnMut() -> RowId) -> Result<Vec<Edit>, DeviceError>,
    ) -> Result<HouseholdId, DeviceError> {
        self.in_scope(village)?;
        let mut random = random()?;
        let household = match house_code {
            Some(code) => HouseholdId::derived(&code.parse::<HouseCode>()?, family),
            None => fresh_household(self.clock.now().millis(), &mut random),
        };
        let mut edits = vec![
            put(None, "tambon_code", Scalar::Str(village.tambon().to_string())),
            put(None, "moo", Scalar::Int(i64::from(village.moo()))),
        ];
        if let Some(code) = house_code {
            edits.push(put(
                None,
                "house_code",
                Scalar::Str(code.chars().filter(char::is_ascii_digit).collect()),
            ));
        }
        edits.extend(fill(&mut || new_row(&mut random))?);
        self.edit(household, village, &edits)
    }

    /// Answers questions of a household, or of one of its rows. Gives the row, if it is a row.
    ///
    /// # Errors
    /// [`DeviceError`]; then nothing was written.
    pub fn answer(
        &mut self,
        household: HouseholdId,
        place: Place<'_>,
        answers: &[(String, String)],
    ) -> Result<Option<RowId>, DeviceError> {
        let (household, village, document) = self.document(household)?;
        let questions = Questions::of(self)?;
        let shown = document.answers();
        let (row, edits) = match place {
            Place::Household => {
                let chosen = chosen(&shown, None);
                (None, questions.answer_edits("household", None, answers, &chosen)?)
            }
            Place::NewRow(group) => {
                let row = new_row(&mut random()?);
                (Some(row), questions.row_edits(group, row, answers)?)
            }
            Place::Row(row) => {
                let group = shown.iter().find(|answer| answer.row == Some(row) && answer.key == "group");
                let group = match group.map(|answer| &answer.value) {
                    Some(Scalar::Str(group)) => group.clone(),
                    _ => String::new(),
                };
                let chosen = chosen(&shown, Some(row));
                (Some(row), questions.answer_edits(&group, Some(row), answers, &chosen)?)
            }
        };
        self.edit(household, village, &edits)?;
        Ok(row)
    }

    /// A household's document, where it is now.
    ///
    /// # Errors
    /// [`DeviceError::NoHousehold`] or [`DeviceError::Gone`].
    pub fn document(
        &mut self,
        household: HouseholdId,
    ) -> Result<(HouseholdId, VillageCode, Document), DeviceError> {
        let mut at = household;
        let mut seen = BTreeSet::new();
        loop {
            let stored = self.file.household(at)?.ok_or(DeviceError::NoHousehold(at))?;
            let gone = |why: String| DeviceError::Gone { household, why };
            match stored.presence {
                Presence::Here => return Ok((at, stored.village, Document::load(&stored.document)?)),
                Presence::Folded(into) if seen.insert(at) => at = into,
                Presence::Folded(_) => return Err(gone("it was folded in a circle".to_owned())),
                Presence::Moved(to) => return Err(gone(format!("it moved to village {to}"))),
                Presence::Erased => return Err(gone("it was erased".to_owned())),
            }
        }
    }

    /// Syncs with the hub.
    ///
    /// # Errors
    /// [`DeviceError`]; nothing is half applied, and the next sync goes on from there.
    pub fn sync(&mut self, budget_bytes: u32) -> Result<crate::client::SyncReport, DeviceError> {
        let mut hub = Hub::new(&self.hub, Some(self.token.clone()))?;
        self.sync_through(&mut hub, budget_bytes)
    }

    /// Syncs with the hub over a given way to it.
    ///
    /// # Errors
    /// [`DeviceError`]; nothing is half applied, and the next sync goes on from there.
    pub fn sync_through(
        &mut self,
        transport: &mut dyn crate::client::Transport,
        budget_bytes: u32,
    ) -> Result<crate::client::SyncReport, DeviceError> {
        let bar = ProgressBar::new_spinner();
        let now_ms = self.clock.now().millis();
        let report =
            sync(&mut self.file, transport, self.villages.clone(), budget_bytes, now_ms, &mut |session| {
                let frames =
                    session.frames().map_or_else(String::new, |(done, all)| format!(", frames {done}/{all}"));
                let left = session.left_to_push();
                bar.set_message(format!("{} received, {left} to send{frames}", session.report().received));
                bar.tick();
            });
        bar.finish_and_clear();
        let report = report?;
        self.file.set(&[("synced_at_ms", &now_ms.to_be_bytes())])?;
        Ok(report)
    }

    /// A way to the device's hub.
    ///
    /// # Errors
    /// When the hub's address is not one.
    pub fn way_to_hub(&self) -> Result<Hub, TransportError> {
        Hub::new(&self.hub, Some(self.token.clone()))
    }

    fn in_scope(&self, village: VillageCode) -> Result<(), DeviceError> {
        if self.villages.contains(&village) {
            return Ok(());
        }
        let villages: Vec<String> = self.villages.iter().map(ToString::to_string).collect();
        Err(DeviceError::OutsideScope { village, villages: villages.join(", ") })
    }
}

/// Where in a household an answer goes.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// Among its own answers.
    Household,
    /// Into a new row of this group.
    NewRow(&'a str),
    /// Into this row.
    Row(RowId),
}

/// Runs a command; gives what to print.
///
/// # Errors
/// [`DeviceError`], one line that says what to do.
pub fn run(command: DeviceCommand, json: bool, clock: Clock) -> Result<String, DeviceError> {
    match command {
        DeviceCommand::Init { dir, hub, code } => {
            let device = Device::enrol(&dir.dir, &hub, &code, clock)?;
            Ok(described(&device, json))
        }
        DeviceCommand::New { dir, village, house_code, family, answers } => {
            let mut device = Device::open(&dir.dir, clock)?;
            let answers = pairs(&answers)?;
            let household = device.register(village, house_code.as_deref(), family, &answers)?;
            Ok(if json {
                json!({ "household": household.to_string() }).to_string()
            } else {
                household.to_string()
            })
        }
        DeviceCommand::Set { dir, household, new_row, row, answers } => {
            let mut device = Device::open(&dir.dir, clock)?;
            let place = match (&new_row, row) {
                (Some(group), _) => Place::NewRow(group),
                (None, Some(row)) => Place::Row(row),
                (None, None) => Place::Household,
            };
            let row = device.answer(household, place, &pairs(&answers)?)?;
            Ok(match (json, row) {
                (true, row) => json!({ "row": row.map(|row| row.to_string()) }).to_string(),
                (false, Some(row)) if new_row.is_some() => row.to_string(),
                (false, _) => String::new(),
            })
        }
        DeviceCommand::Show { dir, household } => {
            let mut device = Device::open(&dir.dir, clock)?;
            let people = people(&mut device)?;
            let (household, village, document) = device.document(household)?;
            let unheld = check::count(&mut device, (household, village), &document)?;
            Ok(if json {
                let mut shown = household_json(household, village, &document, &people);
                shown["does_not_hold"] = json!(unheld);
                shown.to_string()
            } else {
                let shown = household_text(household, village, &document, &people);
                if unheld == 0 { shown } else { format!("{shown}\n{}", check::mention(unheld)) }
            })
        }
        DeviceCommand::Forms { dir } => {
            Ok(held_forms::fetch(&mut Device::open(&dir.dir, clock)?)?.told(json))
        }
        DeviceCommand::Check { dir, household } => {
            check::run(&mut Device::open(&dir.dir, clock)?, household, json)
        }
        DeviceCommand::List { dir } => list(&mut Device::open(&dir.dir, clock)?, json),
        DeviceCommand::Conflicts { dir } => conflicts(&mut Device::open(&dir.dir, clock)?, json),
        DeviceCommand::Status { dir } => status(&mut Device::open(&dir.dir, clock)?, json),
        DeviceCommand::Sync { dir, budget } => {
            let mut device = Device::open(&dir.dir, clock)?;
            let report = device.sync(budget.unwrap_or(BUDGET_BYTES_DEFAULT))?;
            // The sync is done, whatever becomes of the forms.
            let learnt = held_forms::learn(&mut device, report.forms);
            Ok(if json {
                let mut told = json!(report);
                told["forms"] = match &learnt {
                    None => json!(null),
                    Some(Ok(fetched)) => fetched.brief(),
                    Some(Err(error)) => json!({ "error": error.to_string() }),
                };
                told.to_string()
            } else {
                let told = super::show::sync_text(&report);
                match learnt {
                    None => told,
                    Some(Ok(fetched)) => format!("{told}\n{}", fetched.told_briefly()),
                    Some(Err(error)) => format!(
                        "{told}\nยังรับแบบสำรวจใหม่ไม่ได้  (the forms changed and were not fetched: {error})"
                    ),
                }
            })
        }
    }
}

fn described(device: &Device, json: bool) -> String {
    let villages: Vec<String> = device.villages.iter().map(ToString::to_string).collect();
    if json {
        json!({ "device": device.id.to_string(), "person": device.person, "tambon": device.tambon.to_string(),
                "villages": villages, "hub": device.hub })
        .to_string()
    } else {
        format!("{} ({}) · {} · {}", device.person, device.id, villages.join(", "), device.hub)
    }
}

fn list(device: &mut Device, json: bool) -> Result<String, DeviceError> {
    let unsent: BTreeSet<HouseholdId> =
        device.file.unsent()?.iter().map(|outgoing| outgoing.household).collect();
    let mut lines = Vec::new();
    for (household, stored) in device.file.documents()? {
        let document = Document::load(&stored.document)?;
        let summary = Summary::of(household, stored.village, &document, unsent.contains(&household));
        lines.push(summary);
    }
    lines.sort_by(Summary::by_place);
    Ok(if json {
        json!(lines).to_string()
    } else {
        lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })
}

fn conflicts(device: &mut Device, json: bool) -> Result<String, DeviceError> {
    let people = people(device)?;
    let mut found = Vec::new();
    for (household, stored) in device.file.documents()? {
        let document = Document::load(&stored.document)?;
        found.extend(super::show::conflicts_of(household, &document, &people));
    }
    Ok(if json { json!(found).to_string() } else { super::show::conflicts_text(&found) })
}

fn status(device: &mut Device, json: bool) -> Result<String, DeviceError> {
    let unsent = device.file.unsent()?.len();
    let refused = device.file.refused()?;
    let households = device.file.live()?.len();
    let state = State::from_bytes(&device.file.setting("state")?.unwrap_or_default());
    let synced_at_ms =
        device.file.setting("synced_at_ms")?.and_then(|bytes| bytes.try_into().ok().map(i64::from_be_bytes));
    let why = |code: u8| Reason::from_code(code);
    if json {
        let refused: Vec<_> = refused
            .iter()
            .map(|change| {
                json!({ "household": change.household.to_string(), "change": change.hash.to_string(),
                        "reason": why(change.reason).map(Reason::name) })
            })
            .collect();
        return Ok(json!({ "device": device.id.to_string(), "person": device.person, "hub": device.hub,
            "villages": device.villages.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "households": households, "unsent": unsent, "refused": refused,
            "log_position": state.cursor.map(|cursor| cursor.seq), "synced_at_ms": synced_at_ms })
        .to_string());
    }
    let mut text = vec![
        described(device, false),
        format!(
            "ครัวเรือน {households} · ยังไม่ได้ส่ง {unsent} รายการ  ({households} households, {unsent} changes unsent)"
        ),
        match synced_at_ms {
            Some(ms) => format!("ส่งข้อมูลล่าสุด {}  (last sync)", super::show::thai_time(ms)),
            None => "ยังไม่เคยส่งข้อมูล  (never synced)".to_owned(),
        },
    ];
    for change in refused {
        let reason = why(change.reason)
            .map_or_else(|| "?".to_owned(), |reason| format!("{} / {}", reason.thai(), reason.english()));
        text.push(format!("ถูกพักไว้ (in quarantine) {}: {reason}", change.household));
    }
    Ok(text.join("\n"))
}

/// Names of the people who wrote, by their devices.
pub(super) fn people(device: &mut Device) -> Result<BTreeMap<DeviceId, String>, DeviceError> {
    let known = device.file.setting(crate::client::PEOPLE)?.unwrap_or_default();
    let mut people: BTreeMap<DeviceId, String> = serde_json::from_slice::<BTreeMap<String, String>>(&known)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(id, name)| Some((id.parse().ok()?, name)))
        .collect();
    people.insert(device.id, device.person.clone());
    Ok(people)
}

fn pairs(answers: &[String]) -> Result<Vec<(String, String)>, DeviceError> {
    answers
        .iter()
        .map(|answer| match answer.split_once('=') {
            Some((question, value)) if !question.trim().is_empty() => {
                Ok((question.trim().to_owned(), value.to_owned()))
            }
            _ => Err(DeviceError::Answer(answer.clone())),
        })
        .collect()
}

fn new_row(random: &mut impl FnMut() -> [u8; 8]) -> RowId {
    RowId(sixteen(random))
}

fn sixteen(random: &mut impl FnMut() -> [u8; 8]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&random());
    bytes[8..].copy_from_slice(&random());
    bytes
}

/// UUID version 7: ids that are made later sort later, which keeps them together in a database.
fn fresh_household(now_ms: i64, random: &mut impl FnMut() -> [u8; 8]) -> HouseholdId {
    let bytes = sixteen(random);
    let mut tail = [0; 10];
    tail.copy_from_slice(&bytes[..10]);
    let millis = u64::try_from(now_ms).unwrap_or(0);
    HouseholdId(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid().into_bytes())
}

fn random() -> Result<impl FnMut() -> [u8; 8], DeviceError> {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|error| DeviceError::Random(error.to_string()))?;
    Ok(stretched(seed))
}

/// The folder is its owner's alone: it holds people's data and a token.
#[cfg(unix)]
fn private(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn private(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn parse_budget(text: &str) -> Result<u32, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1024,
        "m" | "mb" | "mib" => 1024 * 1024,
        _ => 0,
    };
    let bytes = digits.parse::<u32>().ok().and_then(|number| number.checked_mul(unit));
    bytes.filter(|bytes| (BUDGET_BYTES_MIN..=BUDGET_BYTES_MAX).contains(bytes)).ok_or_else(|| {
        format!("write a number of bytes from {BUDGET_BYTES_MIN} to {BUDGET_BYTES_MAX}, e.g. 32KiB")
    })
}
