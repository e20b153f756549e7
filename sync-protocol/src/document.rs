//! A household's document on a device: Automerge, kept within the two operations of this protocol.
//!
//! A device edits and shows documents; a hub only makes snapshots of them, off its hot path.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, ObjId, ObjType, ReadDoc, ScalarValue, ValueRef};

use crate::change::{Change, Edit, OpId, Refusal};
use crate::genesis;
use crate::ids::{ActorId, ChangeHash, RowId};
use crate::limits;
use crate::value::{Scalar, Shown};

/// Why a document could not be loaded, changed or edited. The document is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The stored bytes are not a document of this protocol.
    #[error("the stored document cannot be read: {0}")]
    Unreadable(String),
    /// A change that no replica may take.
    #[error("a change was refused: {0}")]
    Refused(Refusal),
    /// A change depends on one that is not here.
    #[error("a change depends on {0}, which is not here")]
    Missing(ChangeHash),
    /// There is another change with the same actor and number.
    #[error("there is another change with number {seq} of actor {actor}")]
    ActorConflict {
        /// The actor.
        actor: ActorId,
        /// The number that both changes have.
        seq: u64,
    },
    /// An edit that cannot be made.
    #[error("{0}")]
    Edit(EditError),
}

/// Why an edit cannot be made; nothing of its change is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A question name that is empty, too long or has control characters.
    #[error(
        "{0:?} is not a question name: it has 1 to {max} bytes and no control characters",
        max = limits::KEY_BYTES_MAX
    )]
    Key(String),
    /// A text that is too long.
    #[error("the answer to {key} has {bytes} bytes; {max} are allowed", max = limits::STRING_BYTES_MAX)]
    TooLong {
        /// The question.
        key: String,
        /// Length of the answer.
        bytes: usize,
    },
    /// A decimal that is not a number, or infinite.
    #[error("the answer to {0} is not a finite number")]
    NotFinite(String),
    /// No such row.
    #[error("there is no row {0} in this household")]
    NoRow(RowId),
    /// The row is there already.
    #[error("there is already a row {0} in this household")]
    RowExists(RowId),
    /// More edits than one change can hold.
    #[error("one change holds at most {max} edits", max = limits::CHANGE_OPS_MAX)]
    TooMany,
}

/// A change that was made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its hash.
    pub hash: ChangeHash,
    /// Its raw bytes.
    pub bytes: Vec<u8>,
}

/// A change that a document holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who made it.
    pub actor: ActorId,
    /// When, by the author's clock: Unix milliseconds.
    pub time_ms: i64,
    /// What it depends on.
    pub deps: Vec<ChangeHash>,
    /// Its raw bytes.
    pub bytes: Vec<u8>,
}

/// One live value of a register.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveAnswer {
    /// The value.
    pub value: Scalar,
    /// Who put it.
    pub actor: ActorId,
    /// When, by the author's clock: Unix milliseconds.
    pub time_ms: i64,
}

/// One register of a document, with its winning value.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The row it lies in; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// Question name.
    pub key: String,
    /// The value that every replica shows.
    pub value: Scalar,
    /// Whether live values differ.
    pub conflict: bool,
}

impl Answer {
    /// The same, borrowed.
    #[must_use]
    pub fn as_shown(&self) -> Shown<'_> {
        Shown { row: self.row, key: &self.key, value: self.value.as_ref(), conflict: self.conflict }
    }
}

/// What is left of a document without some of its changes.
#[derive(Debug)]
pub struct Parted {
    /// The document without them and without what depends on them.
    pub rest: Document,
    /// The changes that were taken out, each after those that it depends on, as edits to make anew.
    pub taken: Vec<(Held, Vec<Edit>)>,
}

/// One household's document.
#[derive(Debug, Clone)]
pub struct Document {
    doc: AutoCommit,
    answers: ObjId,
    rows: ObjId,
}

impl Document {
    /// A household of which nothing is known yet: the genesis.
    #[must_use]
    pub fn new() -> Self {
        let mut doc = AutoCommit::new();
        let genesis =
            automerge::Change::from_bytes(genesis::GENESIS.to_vec()).expect("the genesis is a change");
        doc.apply_changes([genesis]).expect("the genesis applies to an empty document");
        Self::over(doc).expect("the genesis makes both containers")
    }

    /// Reads [`Document::save`].
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] when the bytes are not a document that begins with the genesis.
    pub fn load(bytes: &[u8]) -> Result<Self, DocumentError> {
        let doc = AutoCommit::load(bytes).map_err(|error| DocumentError::Unreadable(error.to_string()))?;
        Self::over(doc)
            .ok_or_else(|| DocumentError::Unreadable("it does not begin with the genesis".to_owned()))
    }

    fn over(mut doc: AutoCommit) -> Option<Self> {
        doc.get_change_meta_by_hash(&automerge_hash(&genesis::hash()))?;
        let map = |key: &str| match doc.get(automerge::ROOT, key) {
            Ok(Some((automerge::Value::Object(ObjType::Map), id))) => Some(id),
            _ => None,
        };
        let (answers, rows) = (map("answers")?, map("rows")?);
        Some(Self { doc, answers, rows })
    }

    /// The document's bytes, without Automerge's own compression: documents compress better together.
    #[must_use]
    pub fn save(&mut self) -> Vec<u8> {
        self.doc.save_nocompress()
    }

    /// The hashes of the changes that no other change depends on, ascending.
    #[must_use]
    pub fn heads(&mut self) -> Vec<ChangeHash> {
        let mut heads: Vec<ChangeHash> = self.doc.get_heads().iter().map(|head| ChangeHash(head.0)).collect();
        heads.sort_unstable();
        heads
    }

    /// Makes one change of these edits, under `actor`, at `time_ms` (Unix milliseconds).
    /// `None` when the document says all of it already.
    ///
    /// # Errors
    /// [`DocumentError::Edit`] for an edit that no replica would take, [`DocumentError::Refused`] for
    /// a change that no replica would take, e.g. because all of it together is too large.
    pub fn edit(
        &mut self,
        actor: ActorId,
        time_ms: i64,
        edits: &[Edit],
    ) -> Result<Option<Made>, DocumentError> {
        self.check(edits).map_err(DocumentError::Edit)?;
        let unexpected = |error: automerge::AutomergeError| DocumentError::Unreadable(error.to_string());
        let mut edited = self.doc.clone();
        edited.set_actor(automerge::ActorId::from(actor.0.as_slice()));
        let mut made: BTreeMap<RowId, ObjId> = BTreeMap::new();
        for edit in edits {
            match edit {
                Edit::MakeRow(row) => {
                    let object = edited.put_object(&self.rows, row.to_string(), ObjType::Map);
                    made.insert(*row, object.map_err(unexpected)?);
                }
                Edit::Put { row, key, value } => {
                    let object = match row {
                        None => self.answers.clone(),
                        Some(row) => match made.get(row).cloned().or_else(|| self.row_object(*row)) {
                            Some(object) => object,
                            None => return Err(DocumentError::Edit(EditError::NoRow(*row))),
                        },
                    };
                    put(&mut edited, &object, key, automerge_value(value)).map_err(unexpected)?;
                }
            }
        }
        if edited.commit_with(CommitOptions::default().with_time(time_ms)).is_none() {
            return Ok(None);
        }
        let change = edited.get_last_local_change().expect("a change was just committed");
        let bytes = change.raw_bytes().to_vec();
        Change::read(&bytes).map_err(DocumentError::Refused)?;
        self.doc = edited;
        Ok(Some(Made { hash: ChangeHash(change.hash().0), bytes }))
    }

    fn check(&self, edits: &[Edit]) -> Result<(), EditError> {
        if edits.len() > limits::CHANGE_OPS_MAX {
            return Err(EditError::TooMany);
        }
        let mut made = BTreeSet::new();
        for edit in edits {
            match edit {
                Edit::MakeRow(row) => {
                    if self.row_object(*row).is_some() || !made.insert(*row) {
                        return Err(EditError::RowExists(*row));
                    }
                }
                Edit::Put { row, key, value } => {
                    if let Some(row) = row
                        && !made.contains(row)
                        && self.row_object(*row).is_none()
                    {
                        return Err(EditError::NoRow(*row));
                    }
                    check_answer(key, value)?;
                }
            }
        }
        Ok(())
    }

    fn row_object(&self, row: RowId) -> Option<ObjId> {
        match self.doc.get(&self.rows, row.to_string()) {
            Ok(Some((automerge::Value::Object(ObjType::Map), id))) => Some(id),
            _ => None,
        }
    }

    /// Takes changes that were made elsewhere, each after those that it depends on; known ones are
    /// passed over. Returns how many were new.
    ///
    /// # Errors
    /// The first change that cannot be taken; then none is.
    pub fn apply<B: AsRef<[u8]>>(&mut self, changes: &[B]) -> Result<usize, DocumentError> {
        let mut fresh = Vec::new();
        let mut hashes = BTreeSet::new();
        for bytes in changes {
            let change = Change::read(bytes.as_ref()).map_err(DocumentError::Refused)?;
            if self.contains(&change.hash()) || hashes.contains(&change.hash()) {
                continue;
            }
            if let Some(missing) =
                change.deps().iter().find(|dep| !hashes.contains(*dep) && !self.contains(dep))
            {
                return Err(DocumentError::Missing(*missing));
            }
            hashes.insert(change.hash());
            let parsed = automerge::Change::from_bytes(bytes.as_ref().to_vec());
            fresh.push(parsed.map_err(|error| DocumentError::Unreadable(error.to_string()))?);
        }
        let mut applied = self.doc.clone();
        match applied.apply_changes(fresh) {
            Ok(()) => self.doc = applied,
            Err(automerge::AutomergeError::DuplicateSeqNumber(seq, actor)) => {
                let actor = ActorId::try_from(actor.to_bytes());
                let actor = actor.map_err(|error| DocumentError::Unreadable(error.to_string()))?;
                return Err(DocumentError::ActorConflict { actor, seq });
            }
            Err(error) => return Err(DocumentError::Unreadable(error.to_string())),
        }
        Ok(hashes.len())
    }

    /// Whether the document holds this change.
    #[must_use]
    pub fn contains(&mut self, hash: &ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(&automerge_hash(hash)).is_some()
    }

    /// All changes but the genesis, each after those that it depends on.
    #[must_use]
    pub fn changes(&mut self) -> Vec<Held> {
        let changes = self.doc.get_changes(&[]);
        changes.iter().filter(|change| change.hash().0 != genesis::hash().0).map(held).collect()
    }

    /// The document without these changes and without what depends on them.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] when the document holds what no replica would have taken.
    pub fn without(&mut self, hashes: &BTreeSet<ChangeHash>) -> Result<Parted, DocumentError> {
        let rows = self.rows_by_operation();
        let row_of = |made: OpId| rows.get(&(made.counter, made.actor)).copied();
        let unreadable =
            |held: &Held| DocumentError::Unreadable(format!("it holds the change {}", held.hash));
        let mut gone = hashes.clone();
        let (mut kept, mut taken) = (Vec::new(), Vec::new());
        for held in self.changes() {
            if gone.contains(&held.hash) || held.deps.iter().any(|dep| gone.contains(dep)) {
                gone.insert(held.hash);
                let change = Change::read(&held.bytes).map_err(|_| unreadable(&held))?;
                let edits = change.edits(row_of).ok_or_else(|| unreadable(&held))?;
                taken.push((held, edits));
            } else {
                kept.push(held.bytes);
            }
        }
        let mut rest = Self::new();
        rest.apply(&kept)?;
        Ok(Parted { rest, taken })
    }

    /// The document as it was for whoever knew these changes and what they build on; `None` when one
    /// of them is not here.
    #[must_use]
    pub fn at(&mut self, heads: &BTreeSet<ChangeHash>) -> Option<Self> {
        let heads: Vec<_> = heads.iter().map(automerge_hash).collect();
        Self::over(self.doc.fork_at(&heads).ok()?)
    }

    fn rows_by_operation(&self) -> BTreeMap<(u64, ActorId), RowId> {
        self.row_objects()
            .filter_map(|(row, object)| match object {
                ObjId::Id(counter, actor, _) => {
                    Some(((counter, ActorId::try_from(actor.to_bytes()).ok()?), row))
                }
                ObjId::Root => None,
            })
            .collect()
    }

    fn row_objects(&self) -> impl Iterator<Item = (RowId, ObjId)> + '_ {
        self.doc.map_range(&self.rows, ..).filter_map(|item| Some((item.key.parse().ok()?, item.id())))
    }

    /// Every register with the value that every replica shows, by row and key; the household's own
    /// answers first.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        let mut answers = Vec::new();
        self.answers_of(None, &self.answers, &mut answers);
        for (row, object) in self.row_objects() {
            self.answers_of(Some(row), &object, &mut answers);
        }
        answers
    }

    fn answers_of(&self, row: Option<RowId>, object: &ObjId, answers: &mut Vec<Answer>) {
        for item in self.doc.map_range(object, ..) {
            let ValueRef::Scalar(value) = item.value else { continue };
            let key = item.key.into_owned();
            let conflict = item.conflict && {
                let live = self.live_in(object, &key);
                live.windows(2).any(|pair| pair[0].0 != pair[1].0)
            };
            answers.push(Answer { row, key, value: scalar(&(&value).into()), conflict });
        }
    }

    /// The rows, by id, hidden ones included.
    #[must_use]
    pub fn rows(&self) -> Vec<RowId> {
        self.row_objects().map(|(row, _)| row).collect()
    }

    /// The live values of one register; the last one is shown. Empty when nothing was ever put.
    #[must_use]
    pub fn live(&mut self, row: Option<RowId>, key: &str) -> Vec<LiveAnswer> {
        let object = match row {
            None => Some(self.answers.clone()),
            Some(row) => self.row_object(row),
        };
        let Some(object) = object else { return Vec::new() };
        let live = self.live_in(&object, key);
        live.into_iter()
            .filter_map(|(value, id)| {
                let ObjId::Id(_, actor, _) = &id else { return None };
                let actor = ActorId::try_from(actor.to_bytes()).ok()?;
                let change = self.doc.hash_for_opid(&id)?;
                let time_ms = self.doc.get_change_meta_by_hash(&change)?.timestamp;
                Some(LiveAnswer { value, actor, time_ms })
            })
            .collect()
    }

    fn live_in(&self, object: &ObjId, key: &str) -> Vec<(Scalar, ObjId)> {
        let live = self.doc.get_all(object, key).unwrap_or_default();
        live.into_iter()
            .filter_map(|(value, id)| match value {
                automerge::Value::Scalar(value) => Some((scalar(&value), id)),
                automerge::Value::Object(_) => None,
            })
            .collect()
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts a value. Where several are live and this one is shown, Automerge would delete the others
/// instead of putting it, and who settles a conflict so would lose it to any concurrent put. So
/// another value is put first.
fn put(
    doc: &mut AutoCommit,
    object: &ObjId,
    key: &str,
    value: ScalarValue,
) -> Result<(), automerge::AutomergeError> {
    let is_it = |(live, _): &(automerge::Value<'_>, ObjId)| matches!(live, automerge::Value::Scalar(live) if **live == value);
    let live = doc.get_all(object, key)?;
    if live.len() > 1 && live.last().is_some_and(is_it) {
        if live.iter().all(is_it) {
            return Ok(());
        }
        let other = if value == ScalarValue::Null { ScalarValue::Boolean(false) } else { ScalarValue::Null };
        doc.put(object, key, other)?;
    }
    doc.put(object, key, value)
}

fn check_answer(key: &str, value: &Scalar) -> Result<(), EditError> {
    if key.is_empty() || key.len() > limits::KEY_BYTES_MAX || key.bytes().any(|byte| byte.is_ascii_control())
    {
        return Err(EditError::Key(key.to_owned()));
    }
    match value {
        Scalar::Str(text) if text.len() > limits::STRING_BYTES_MAX => {
            Err(EditError::TooLong { key: key.to_owned(), bytes: text.len() })
        }
        Scalar::F64(number) if !number.is_finite() => Err(EditError::NotFinite(key.to_owned())),
        _ => Ok(()),
    }
}

fn held(change: &automerge::Change) -> Held {
    Held {
        hash: ChangeHash(change.hash().0),
        actor: ActorId::try_from(change.actor_id().to_bytes())
            .expect("an actor of this protocol has 16 bytes"),
        time_ms: change.timestamp(),
        deps: change.deps().iter().map(|dep| ChangeHash(dep.0)).collect(),
        bytes: change.raw_bytes().to_vec(),
    }
}

fn automerge_hash(hash: &ChangeHash) -> automerge::ChangeHash {
    automerge::ChangeHash(hash.0)
}

fn automerge_value(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Null => ScalarValue::Null,
        Scalar::Bool(value) => ScalarValue::Boolean(*value),
        Scalar::Int(value) => ScalarValue::Int(*value),
        Scalar::Uint(value) => ScalarValue::Uint(*value),
        Scalar::F64(value) => ScalarValue::F64(*value),
        Scalar::Str(value) => ScalarValue::Str(value.as_str().into()),
    }
}

/// The value as this protocol knows it. A document holds no other: every change was read first.
fn scalar(value: &ScalarValue) -> Scalar {
    match value {
        ScalarValue::Boolean(value) => Scalar::Bool(*value),
        ScalarValue::Int(value) => Scalar::Int(*value),
        ScalarValue::Uint(value) => Scalar::Uint(*value),
        ScalarValue::F64(value) => Scalar::F64(*value),
        ScalarValue::Str(value) => Scalar::Str(value.to_string()),
        _ => Scalar::Null,
    }
}
