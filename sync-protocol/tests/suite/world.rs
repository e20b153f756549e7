//! A household that several devices edit, often behind one another, each with a real Automerge
//! document. What comes out is the history of changes, in an order in which they were made.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ObjId, ObjType, ReadDoc, ScalarValue};
use data_encoding::BASE32_DNSSEC;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sync_protocol::genesis::{GENESIS, GENESIS_ACTOR};

/// Question names; few enough that devices meet in them.
pub(crate) const QUESTIONS: &[&str] = &[
    "address/house_number",
    "consent",
    "debt",
    "elderly_alone",
    "hazards/drought",
    "hazards/flood",
    "hazards/storm",
    "income",
    "latitude",
    "name",
    "phone",
    "remark",
    "roof",
    "toilet",
    "water/pipe",
    "water/well",
    "รายได้",
];

/// Words that registers write as numbers.
pub(crate) const WORDS: &[&str] =
    &["group", "deleted", "member", "need", "flood", "tile", "grass", "answered"];

const ROW_QUESTIONS: &[&str] =
    &["group", "deleted", "name", "age", "citizen_id", "disability/vision", "relation"];

const TEXTS: &[&str] = &[
    "",
    "tile",
    "grass",
    "member",
    "need",
    "answered",
    "สมหญิง ใจดี",
    "บ้านไม้สองชั้น ใต้ถุนสูง",
    "081-234-5678",
    "น้ำท่วมทุกปี ตั้งแต่เดือนกันยายนถึงพฤศจิกายน",
    "16.8211,100.2659",
];

/// One household in the making.
pub(crate) struct World {
    pub(crate) rng: ChaCha8Rng,
    /// Every change, after those that it depends on.
    pub(crate) history: Vec<Change>,
    devices: Vec<Device>,
    time_ms: i64,
}

struct Device {
    document: AutoCommit,
    /// Which changes of the history it has.
    has: Vec<bool>,
}

/// A document that holds the genesis change.
pub(crate) fn genesis_document() -> AutoCommit {
    let mut document = AutoCommit::new();
    let genesis = Change::from_bytes(GENESIS.to_vec()).expect("genesis is a change");
    document.apply_changes([genesis]).expect("genesis applies");
    document
}

/// The `answers` map.
pub(crate) fn answers() -> ObjId {
    ObjId::Id(1, ActorId::from(GENESIS_ACTOR.0), 0)
}

/// The `rows` map.
pub(crate) fn rows() -> ObjId {
    ObjId::Id(2, ActorId::from(GENESIS_ACTOR.0), 0)
}

impl World {
    /// A household with `devices` devices; everything follows from `seed`.
    pub(crate) fn new(seed: u64, devices: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let devices = (0..devices).map(|_| Device {
            document: genesis_document().with_actor(random_actor(&mut rng)),
            has: Vec::new(),
        });
        Self { devices: devices.collect(), rng, history: Vec::new(), time_ms: 1_717_000_000_000 }
    }

    /// Devices edit and hear of each other until the history has `changes` changes.
    pub(crate) fn run(&mut self, changes: usize) {
        while self.history.len() < changes {
            let device = self.rng.random_range(0..self.devices.len());
            match self.rng.random_range(0..100) {
                0..70 => self.edit(device),
                70..98 => self.hear(device),
                // A new incarnation of the device's storage.
                _ => {
                    let actor = random_actor(&mut self.rng);
                    self.devices[device].document.set_actor(actor);
                }
            }
        }
    }

    /// The device makes one change of a few operations.
    fn edit(&mut self, device: usize) {
        let document = &mut self.devices[device].document;
        for _ in 0..self.rng.random_range(1..=4) {
            edit(document, &mut self.rng);
        }
        self.time_ms += self.rng.random_range(-5_000..60_000);
        if document.commit_with(CommitOptions::default().with_time(self.time_ms)).is_some() {
            let change = document.get_last_local_change().expect("the change that was just made");
            self.devices[device].has.resize(self.history.len(), false);
            self.devices[device].has.push(true);
            self.history.push(change);
        }
    }

    /// The device receives what another has, or the older part of it.
    fn hear(&mut self, device: usize) {
        let other = self.rng.random_range(0..self.devices.len());
        let upto = match self.rng.random_bool(0.5) {
            true => self.history.len(),
            false => self.rng.random_range(0..=self.history.len()),
        };
        self.devices[device].has.resize(self.history.len(), false);
        let mut news = Vec::new();
        for index in 0..upto {
            let other_has = self.devices[other].has.get(index).copied().unwrap_or(false);
            let has = &mut self.devices[device].has[index];
            if other_has && !*has {
                *has = true;
                news.push(self.history[index].clone());
            }
        }
        self.devices[device].document.apply_changes(news).expect("changes of other devices apply");
    }
}

fn random_actor(rng: &mut ChaCha8Rng) -> ActorId {
    ActorId::from(rng.random::<[u8; 16]>())
}

/// One thing that a volunteer does on a form.
fn edit(document: &mut AutoCommit, rng: &mut ChaCha8Rng) {
    match rng.random_range(0..100) {
        0..60 => put(document, &answers(), QUESTIONS[rng.random_range(0..QUESTIONS.len())], rng),
        60..68 => {
            let row = BASE32_DNSSEC.encode(&rng.random::<[u8; 16]>());
            let row = document.put_object(rows(), row, ObjType::Map).expect("a row is made");
            document
                .put(&row, "group", ["member", "need"][rng.random_range(0..2)])
                .expect("its group is put");
        }
        68..95 => {
            let keys: Vec<String> = document.keys(rows()).collect();
            if let Some(key) = keys.get(rng.random_range(0..keys.len().max(1))) {
                let (_, row) = document.get(rows(), key).expect("rows are read").expect("the row is there");
                put(document, &row, ROW_QUESTIONS[rng.random_range(0..ROW_QUESTIONS.len())], rng);
            }
        }
        // The same question twice in one change.
        _ => {
            let key = QUESTIONS[rng.random_range(0..QUESTIONS.len())];
            put(document, &answers(), key, rng);
            put(document, &answers(), key, rng);
        }
    }
}

fn put(document: &mut AutoCommit, object: &ObjId, key: &str, rng: &mut ChaCha8Rng) {
    let value = if key.contains('/') || key == "deleted" {
        ScalarValue::Boolean(rng.random())
    } else {
        random_value(rng)
    };
    put_value(document, object, key, value);
}

/// Puts a value as every client must: where live values are in conflict and the value that is
/// shown is put again, Automerge would only delete the others. That leaves no value of the person
/// who settled it, and changes with deletes are refused. So another value is put first.
fn put_value(document: &mut AutoCommit, object: &ObjId, key: &str, value: ScalarValue) {
    let live = document.get_all(object, key).expect("a key is read");
    if live.len() > 1 && live.last().and_then(|(shown, _)| shown.as_scalar()) == Some(&value) {
        let other = if value == ScalarValue::Null { ScalarValue::Boolean(false) } else { ScalarValue::Null };
        document.put(object, key, other).expect("a scalar is put");
    }
    document.put(object, key, value).expect("a scalar is put");
}

fn random_value(rng: &mut ChaCha8Rng) -> ScalarValue {
    match rng.random_range(0..10) {
        0 => ScalarValue::Null,
        1 => ScalarValue::Boolean(rng.random()),
        2 => ScalarValue::Int(rng.random_range(-3..3)),
        3 => ScalarValue::Int(rng.random()),
        4 => ScalarValue::Uint(rng.random_range(0..3)),
        5 => ScalarValue::Uint(rng.random()),
        6 => ScalarValue::F64([0.0, -0.0, 2.0, 1e300, 16.8211][rng.random_range(0..5)]),
        _ => ScalarValue::Str(TEXTS[rng.random_range(0..TEXTS.len())].into()),
    }
}
