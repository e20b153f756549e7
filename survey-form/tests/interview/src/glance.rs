//! A look at one field of a household that is there already.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use survey_form::engine::{Context, Entry, Plan, RowId, Session};
use survey_form::expr::{TableRows, Zone};
use survey_form::model::Form;
use survey_form::value::Scalar;

/// A household, what is around it, and the field to look at.
#[derive(Serialize, Deserialize)]
pub struct Glance {
    /// The form.
    pub form: Form,
    /// Tables from outside, by instance name.
    pub tables: BTreeMap<String, TableText>,
    /// What the document holds.
    pub household: Vec<Register>,
    /// The household that was saved last.
    pub last_saved: Vec<Register>,
    /// Milliseconds since 1970.
    pub now_ms: i64,
    /// How far the clock is ahead of UTC.
    pub zone_minutes: i16,
    /// The row to look at.
    pub row: Option<String>,
    /// The field's name.
    pub field: String,
}

/// One register of a document.
#[derive(Serialize, Deserialize)]
pub struct Register {
    /// The row's id as text; none for the household itself.
    pub row: Option<String>,
    /// The question's key.
    pub key: String,
    /// The answer.
    pub value: Scalar,
}

/// A table from outside.
#[derive(Serialize, Deserialize)]
pub struct TableText {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells in their order.
    pub rows: Vec<Vec<String>>,
}

impl From<&Entry> for Register {
    fn from(entry: &Entry) -> Self {
        let row = entry.row.map(|row| row.to_string());
        Self { row, key: entry.key.clone(), value: entry.value.clone() }
    }
}

impl Register {
    fn entry(&self) -> Entry {
        let row = self.row.as_deref().and_then(RowId::read);
        Entry { row, key: self.key.clone(), value: self.value.clone() }
    }
}

impl Glance {
    /// The state of the field as debugging shows it, numbers to the last bit.
    pub(crate) fn tell(&self) -> String {
        let plan = match Plan::new(self.form.clone()) {
            Ok(plan) => Arc::new(plan),
            Err(faults) => return format!("{faults:?}"),
        };
        let tables = self.tables.iter();
        let tables = tables
            .map(|(name, table)| (name.clone(), TableRows::new(table.columns.clone(), table.rows.clone())))
            .collect();
        let context = Context {
            now_ms: self.now_ms,
            zone: Zone(self.zone_minutes),
            seed: [7; 32],
            tables: Arc::new(tables),
            last_saved: Some(self.last_saved.iter().map(Register::entry).collect()),
            ..Context::default()
        };
        let session = Session::new(plan, context, self.household.iter().map(Register::entry));
        let row = self.row.as_deref().and_then(RowId::read);
        let field = self.form.ids().find(|(_, field)| field.name == self.field);
        match field {
            Some((id, _)) => format!("{:?}", session.state(row, id)),
            None => "there is no such field".to_owned(),
        }
    }
}
