//! The judge of documents: a household's document made with Automerge, kept within the two operations of
//! this protocol, as a client that has Automerge would keep it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, Change, ObjId, ObjType, ReadDoc, ScalarValue, Value, ValueRef};
use sync_protocol::change::Edit;
use sync_protocol::document::{Answer, Document, LiveAnswer};
use sync_protocol::ids::{ActorId, ChangeHash, RowId};
use sync_protocol::value::Scalar;

use crate::reference::{self, bits, scalar};
use crate::world::{answers, genesis_document, rows};

/// An Automerge document.
#[derive(Clone)]
pub(crate) struct Judge(pub(crate) AutoCommit);

impl Judge {
    /// The genesis.
    pub(crate) fn new() -> Self {
        Self(genesis_document())
    }

    /// Makes one change of these edits; its raw bytes, or `None` when the document says all of it already.
    pub(crate) fn edit(&mut self, actor: ActorId, time_ms: i64, edits: &[Edit]) -> Option<Vec<u8>> {
        self.0.set_actor(automerge::ActorId::from(actor.0));
        for edit in edits {
            match edit {
                Edit::MakeRow(row) => {
                    self.0.put_object(rows(), row.to_string(), ObjType::Map).expect("a row is made");
                }
                Edit::Put { row, key, value } => {
                    let object = row.map_or(answers(), |row| self.row(row).expect("the row is there"));
                    self.put(&object, key, automerge_value(value));
                }
            }
        }
        self.0.commit_with(CommitOptions::default().with_time(time_ms))?;
        Some(self.0.get_last_local_change().expect("a change was just made").raw_bytes().to_vec())
    }

    /// Puts a value. Where several are live and this one is shown, Automerge would only delete the
    /// others; so another value is put first.
    fn put(&mut self, object: &ObjId, key: &str, value: ScalarValue) {
        let is_it = |(live, _): &(Value<'_>, ObjId)| matches!(live, Value::Scalar(live) if **live == value);
        let live = self.0.get_all(object, key).expect("a key is read");
        if live.len() > 1 && live.last().is_some_and(is_it) {
            if live.iter().all(is_it) {
                return;
            }
            let other =
                if value == ScalarValue::Null { ScalarValue::Boolean(false) } else { ScalarValue::Null };
            self.0.put(object, key, other).expect("a scalar is put");
        }
        self.0.put(object, key, value).expect("a scalar is put");
    }

    /// Takes raw changes; known ones do nothing.
    pub(crate) fn apply(&mut self, changes: &[Vec<u8>]) {
        let changes = changes.iter().map(|bytes| Change::from_bytes(bytes.clone()).expect("a change"));
        self.0.apply_changes(changes).expect("honest changes apply");
    }

    /// The document as it was for whoever knew these changes.
    pub(crate) fn at(&mut self, heads: &BTreeSet<ChangeHash>) -> Self {
        let heads: Vec<_> = heads.iter().map(|head| automerge::ChangeHash(head.0)).collect();
        Self(self.0.fork_at(&heads).expect("heads that are there"))
    }

    fn row(&self, row: RowId) -> Option<ObjId> {
        Some(self.0.get(rows(), row.to_string()).expect("rows are read")?.1)
    }

    fn rows(&self) -> Vec<(RowId, ObjId)> {
        self.0.map_range(rows(), ..).map(|row| (row.key.parse().expect("a row id"), row.id())).collect()
    }

    fn answers_of(&self, row: Option<RowId>, object: &ObjId) -> Vec<Answer> {
        let items = self.0.map_range(object, ..);
        let answer = |key: String, value: &ScalarValue| {
            let live = self.live_in(object, &key);
            let conflict = live.windows(2).any(|pair| bits(&pair[0].0) != bits(&pair[1].0));
            Answer { row, key, value: scalar(value), conflict }
        };
        items
            .map(|item| match item.value {
                ValueRef::Scalar(value) => answer(item.key.into_owned(), &(&value).into()),
                ValueRef::Object(_) => panic!("an answer is a scalar"),
            })
            .collect()
    }

    fn live_in(&self, object: &ObjId, key: &str) -> Vec<(Scalar, ObjId)> {
        let live = self.0.get_all(object, key).expect("a key is read").into_iter();
        live.map(|(value, id)| (scalar(value.as_scalar().expect("an answer is a scalar")), id)).collect()
    }

    fn live(&mut self, object: &ObjId, key: &str) -> Vec<LiveAnswer> {
        let live = self.live_in(object, key).into_iter();
        live.map(|(value, id)| {
            let ObjId::Id(_, actor, _) = &id else { panic!("a value is put by an operation") };
            let actor = ActorId::try_from(actor.to_bytes()).expect("an actor");
            let change = self.0.hash_for_opid(&id).expect("an operation of a change");
            let change = self.0.get_change_meta_by_hash(&change).expect("the change");
            LiveAnswer { value, actor, time_ms: change.timestamp }
        })
        .collect()
    }

    /// The raw bytes of all changes but genesis, by hash.
    pub(crate) fn changes(&mut self) -> BTreeMap<ChangeHash, Vec<u8>> {
        let changes = self.0.get_changes(&[]).into_iter().filter(|change| !change.deps().is_empty());
        changes.map(|change| (ChangeHash(change.hash().0), change.raw_bytes().to_vec())).collect()
    }

    /// Panics where the document shows something else than Automerge does: heads, changes, rows, answers,
    /// conflicts, winners, who put the live values and when.
    pub(crate) fn assert_same(&mut self, document: &Document) {
        assert_eq!(document.heads(), reference::heads(&mut self.0));
        let held = document.changes().into_iter().map(|held| (held.hash, held.bytes));
        assert_eq!(held.collect::<BTreeMap<_, _>>(), self.changes());
        let rows = self.rows();
        assert_eq!(document.rows(), rows.iter().map(|(row, _)| *row).collect::<Vec<_>>());
        let mut expected = self.answers_of(None, &answers());
        for (row, object) in &rows {
            expected.extend(self.answers_of(Some(*row), object));
        }
        let told = |answers: Vec<Answer>| -> Vec<_> {
            let told = answers.into_iter();
            told.map(|answer| (answer.row, answer.key, bits(&answer.value), answer.conflict)).collect()
        };
        assert_eq!(told(document.answers()), told(expected.clone()));
        for answer in &expected {
            let object = answer.row.map_or(answers(), |row| self.row(row).expect("the row is there"));
            let live = self.live(&object, &answer.key);
            assert_eq!(document.live(answer.row, &answer.key), live, "{:?} {}", answer.row, answer.key);
        }
    }
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
