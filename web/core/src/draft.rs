//! Answers that are no change yet: stored the moment they are given, and made one change when the
//! household is left. Of several answers to one question the last one counts.

use light::Map;

use survey_form::engine::{Edit as FormEdit, Entry, RowId as FormRow};
use survey_form::value::Scalar as FormScalar;
use sync_protocol::change::Edit;
use sync_protocol::ids::{RowId, VillageCode};
use sync_protocol::limits::STRING_BYTES_MAX;
use sync_protocol::value::Scalar;

use crate::fault::Fault;
use crate::records::{self, DraftRecord, PutRecord};
use crate::view::{document_scalar, form_scalar};

/// Edits of one change. A change holds more, but not more bytes than it may.
const EDITS_AT_ONCE: usize = 1_000;
/// Bytes of texts in one change.
const TEXT_BYTES_AT_ONCE: usize = 32 * 1024;

/// An answer, and when it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Put {
    /// The answer.
    pub value: Scalar,
    /// Unix milliseconds.
    pub time_ms: i64,
}

/// The answers to one household that are no change yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The village that the household is registered in, should it be new.
    pub village: VillageCode,
    rows: Vec<RowId>,
    puts: Map<(Option<RowId>, String), Put>,
}

impl Draft {
    /// No answers yet.
    #[must_use]
    pub fn new(village: VillageCode) -> Self {
        Self { village, rows: Vec::new(), puts: Map::new() }
    }

    /// Whether nothing was answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.puts.is_empty()
    }

    /// Reads [`Draft::to_bytes`]; `None` where the bytes are damaged.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let DraftRecord { village, rows, puts } = records::read(bytes)?;
        let puts = puts.into_iter().map(|put| {
            let PutRecord { row, key, value, time_ms } = put;
            ((row, key), Put { value: value.into(), time_ms })
        });
        Some(Self { village, rows, puts: puts.collect() })
    }

    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let puts = self.puts.iter().map(|((row, key), put)| PutRecord {
            row: *row,
            key: key.clone(),
            value: (&put.value).into(),
            time_ms: put.time_ms,
        });
        records::bytes(&DraftRecord { village: self.village, rows: self.rows.clone(), puts: puts.collect() })
    }

    /// Adds what a form's engine said.
    ///
    /// # Errors
    /// `too-long` for a text that no document takes; then nothing of `edits` is added.
    pub fn add(&mut self, edits: Vec<FormEdit>, time_ms: i64) -> Result<(), Fault> {
        let is_long = |edit: &FormEdit| matches!(edit, FormEdit::Put { value: FormScalar::Str(text), .. } if text.len() > STRING_BYTES_MAX);
        if edits.iter().any(is_long) {
            return Err(Fault::of("too-long"));
        }
        for edit in edits {
            match edit {
                FormEdit::Put { row, key, value } => {
                    self.put(row.map(row_id), &key, document_scalar(&value), time_ms);
                }
                FormEdit::NewRow { row, group, parent } => {
                    let row = row_id(row);
                    self.rows.push(row);
                    self.put(Some(row), "group", Scalar::Str(group), time_ms);
                    if let Some(parent) = parent {
                        self.put(Some(row), "parent", Scalar::Str(parent.to_string()), time_ms);
                    }
                }
                FormEdit::DeleteRow { row } => self.delete_row(row_id(row), time_ms),
            }
        }
        Ok(())
    }

    /// Puts one answer.
    pub fn put(&mut self, row: Option<RowId>, key: &str, value: Scalar, time_ms: i64) {
        self.puts.insert((row, key.to_owned()), Put { value, time_ms });
    }

    /// A row that nobody else knows is forgotten, another one hidden.
    fn delete_row(&mut self, row: RowId, time_ms: i64) {
        if self.rows.contains(&row) {
            self.rows.retain(|made| *made != row);
            self.puts.retain(|(of, _), _| *of != Some(row));
        } else {
            self.put(Some(row), "deleted", Scalar::Bool(true), time_ms);
        }
    }

    /// The answer that was put last, if one was.
    #[must_use]
    pub fn get(&self, row: Option<RowId>, key: &str) -> Option<&Put> {
        self.puts.get(&(row, key.to_owned()))
    }

    /// The answers with their places.
    pub fn puts(&self) -> impl Iterator<Item = (&(Option<RowId>, String), &Put)> {
        self.puts.iter()
    }

    /// As the engine takes it, to be read behind the document's entries.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let own = self.puts.iter().filter(|((row, _), _)| row.is_none_or(|row| !self.rows.contains(&row)));
        let new = self.rows.iter().flat_map(|row| {
            let from = (Some(*row), String::new());
            self.puts.range(from..).take_while(move |((of, _), _)| *of == Some(*row))
        });
        own.chain(new).map(|((row, key), put)| Entry {
            row: row.map(|row| FormRow(row.0)),
            key: key.clone(),
            value: form_scalar(&put.value),
        })
    }

    /// What to make changes of, each small enough for one: the rows with their answers first, and when the
    /// last of its answers was given.
    #[must_use]
    pub fn changes(&self) -> Vec<(Vec<Edit>, i64)> {
        let mut changes: Vec<(Vec<Edit>, i64)> = vec![(Vec::new(), 0)];
        let mut text_bytes = 0;
        let mut add = |edit: Edit, bytes: usize, time_ms: i64| {
            if changes.last().is_some_and(|(edits, _)| edits.len() >= EDITS_AT_ONCE)
                || text_bytes + bytes > TEXT_BYTES_AT_ONCE
            {
                changes.push((Vec::new(), 0));
                text_bytes = 0;
            }
            text_bytes += bytes;
            if let Some((edits, latest)) = changes.last_mut() {
                edits.push(edit);
                *latest = time_ms.max(*latest);
            }
        };
        let put = |(row, key): &(Option<RowId>, String), put: &Put| {
            let bytes = if let Scalar::Str(text) = &put.value { text.len() } else { 0 };
            let edit = Edit::Put { row: *row, key: key.clone(), value: put.value.clone() };
            (edit, bytes, put.time_ms)
        };
        for (place, it) in self.puts.iter().filter(|((row, _), _)| row.is_none()) {
            let (edit, bytes, time_ms) = put(place, it);
            add(edit, bytes, time_ms);
        }
        for row in &self.rows {
            add(Edit::MakeRow(*row), 0, 0);
            for (place, it) in self.puts.iter().filter(|((of, _), _)| *of == Some(*row)) {
                let (edit, bytes, time_ms) = put(place, it);
                add(edit, bytes, time_ms);
            }
        }
        let known = |row: &Option<RowId>| row.is_some_and(|row| !self.rows.contains(&row));
        for (place, it) in self.puts.iter().filter(|((row, _), _)| known(row)) {
            let (edit, bytes, time_ms) = put(place, it);
            add(edit, bytes, time_ms);
        }
        changes.retain(|(edits, _)| !edits.is_empty());
        changes
    }
}

/// A row's id as documents have it.
#[must_use]
pub fn row_id(row: FormRow) -> RowId {
    RowId(row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn village() -> VillageCode {
        "65011704".parse().expect("a village")
    }

    fn put(row: Option<u8>, key: &str, value: &str) -> FormEdit {
        let row = row.map(|row| FormRow([row; 16]));
        FormEdit::Put { row, key: key.into(), value: FormScalar::Str(value.into()) }
    }

    fn made(row: u8) -> FormEdit {
        FormEdit::NewRow { row: FormRow([row; 16]), group: "member".into(), parent: None }
    }

    #[test]
    fn the_last_answer_counts_and_survives_the_storage() {
        let mut draft = Draft::new(village());
        draft
            .add(vec![put(None, "toilet", "own"), made(1), put(Some(1), "m_name", "บุญมี")], 5)
            .expect("added");
        draft.add(vec![put(None, "toilet", "none")], 9).expect("added");
        let read = Draft::read(&draft.to_bytes()).expect("its own bytes");
        assert_eq!(read, draft);
        let changes = read.changes();
        let [(edits, 9)] = changes.as_slice() else { panic!("{changes:?}") };
        let toilet = Edit::Put { row: None, key: "toilet".into(), value: Scalar::Str("none".into()) };
        assert_eq!(edits.first(), Some(&toilet));
        assert_eq!(edits.get(1), Some(&Edit::MakeRow(RowId([1; 16]))));
        assert_eq!(edits.len(), 4);
    }

    #[test]
    fn a_row_that_nobody_else_knows_is_forgotten_when_it_is_deleted() {
        let mut draft = Draft::new(village());
        draft.add(vec![made(1), put(Some(1), "m_name", "บุญมี")], 1).expect("added");
        draft.add(vec![FormEdit::DeleteRow { row: FormRow([1; 16]) }], 2).expect("added");
        assert!(draft.is_empty());
        draft.add(vec![FormEdit::DeleteRow { row: FormRow([2; 16]) }], 3).expect("added");
        assert_eq!(draft.changes().len(), 1);
    }

    #[test]
    fn much_text_becomes_several_changes_and_too_much_none() {
        let mut draft = Draft::new(village());
        let long = "ก".repeat(STRING_BYTES_MAX / 3);
        for row in 1..=20 {
            draft.add(vec![made(row), put(Some(row), "text", &long)], 1).expect("added");
        }
        assert_eq!(draft.changes().len(), 3);
        let before = draft.clone();
        let longer = format!("{long}กก");
        assert_eq!(draft.add(vec![put(None, "landmark", &longer)], 1), Err(Fault::of("too-long")));
        assert_eq!(draft, before);
    }
}
