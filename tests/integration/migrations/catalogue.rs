//! What a schema consists of, as far as the rules ask; and the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// Tables that are the same for every tambon and rarely written. All others are distributed by tambon.
pub(crate) const REFERENCE_TABLES: [&str; 12] = [
    "api_keys",
    "area_groups",
    "enrolment_codes",
    "form_tables",
    "form_versions",
    "meta",
    "people",
    "programme_files",
    "rule_parameters",
    "scoring_parameters",
    "sessions",
    "table_contents",
];

/// Kept by Diesel's migrations, not by ours.
pub(crate) const DIESELS_TABLE: &str = "__diesel_schema_migrations";

/// The types that mean the same to SQLite, PostgreSQL and its distributed kin.
const TYPES: [&str; 7] = ["INT2", "INT4", "INT8", "TEXT", "BYTEA", "DOUBLE PRECISION", "BOOLEAN"];

const COLUMNS_MAX: usize = 32;

/// The column that a distributed table is spread by.
const SPREAD: &str = "tambon_code";

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Catalogue {
    pub(crate) tables: BTreeMap<String, Table>,
    /// What is there and is no table or index, in words: `trigger touch on households`.
    pub(crate) others: BTreeSet<String>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Vec<String>,
    /// `UNIQUE` constraints and unique indexes alike.
    pub(crate) uniques: BTreeSet<Vec<String>>,
    pub(crate) indexes: BTreeSet<Vec<String>>,
    pub(crate) foreign_keys: BTreeSet<ForeignKey>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// In the spelling of [`TYPES`].
    pub(crate) kind: String,
    pub(crate) not_null: bool,
    /// The expression as written.
    pub(crate) default: Option<String>,
    /// Generated or an identity.
    pub(crate) generated: bool,
}

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) to: String,
    pub(crate) to_columns: Vec<String>,
    /// `NO ACTION`, `CASCADE`, …
    pub(crate) on_delete: String,
    pub(crate) on_update: String,
}

/// Every place where the schema breaks a rule, in words.
pub(crate) fn lint(catalogue: &Catalogue) -> Vec<String> {
    let mut faults: Vec<String> = catalogue
        .others
        .iter()
        .map(|other| format!("{other}: only tables and indexes are allowed"))
        .collect();
    for (name, table) in catalogue.tables.iter().filter(|(name, _)| *name != DIESELS_TABLE) {
        let mut fault = |says: &dyn Display| faults.push(format!("{name}: {says}"));
        columns(table, &mut fault);
        if table.primary_key.is_empty() {
            fault(&"has no primary key");
        }
        if !is_reference(name) {
            spread(table, &mut fault);
        }
        for key in &table.foreign_keys {
            foreign_key(name, key, &mut fault);
        }
    }
    faults
}

fn is_reference(table: &str) -> bool {
    REFERENCE_TABLES.contains(&table)
}

fn columns(table: &Table, fault: &mut dyn FnMut(&dyn Display)) {
    if table.columns.len() > COLUMNS_MAX {
        fault(&format!("{} columns; at most {COLUMNS_MAX}", table.columns.len()));
    }
    for Column { name, kind, not_null, default, generated } in &table.columns {
        if !not_null && table.primary_key.contains(name) {
            fault(&format!("{name} is of the key and may be null on SQLite; say NOT NULL"));
        }
        if !TYPES.contains(&kind.as_str()) {
            fault(&format!("{name} is {kind}; allowed are {}", TYPES.join(", ")));
        }
        if let Some(expression) = default.as_ref().filter(|expression| !is_constant(expression)) {
            fault(&format!("{name} defaults to {expression}, which is not a constant"));
        }
        if *generated {
            fault(&format!("{name} is generated; the hub gives every value"));
        }
    }
}

/// The tambon leads: so that one tambon's rows lie together, and no key needs another machine's word.
fn spread(table: &Table, fault: &mut dyn FnMut(&dyn Display)) {
    match table.columns.iter().find(|column| column.name == SPREAD) {
        Some(Column { kind, not_null: true, .. }) if kind == "INT4" => {}
        Some(_) => fault(&format!("{SPREAD} must be INT4 NOT NULL")),
        None => fault(&format!("has no {SPREAD}, and is not on the list of reference tables")),
    }
    let primary = [("the primary key", &table.primary_key)];
    let uniques = table.uniques.iter().map(|columns| ("a unique key", columns));
    let indexes = table.indexes.iter().map(|columns| ("an index", columns));
    for (what, columns) in primary.into_iter().chain(uniques).chain(indexes) {
        if columns.first().is_some_and(|first| first != SPREAD) {
            fault(&format!("{what} ({}) does not begin with {SPREAD}", columns.join(", ")));
        }
    }
}

fn foreign_key(table: &str, key: &ForeignKey, fault: &mut dyn FnMut(&dyn Display)) {
    let ForeignKey { columns, to, to_columns, on_delete, on_update } = key;
    let what = format!("the foreign key ({}) to {to}", columns.join(", "));
    for (event, action) in [("delete", on_delete), ("update", on_update)] {
        if !["NO ACTION", "CASCADE"].contains(&action.as_str()) {
            fault(&format!("{what} does {action} on {event}; allowed are NO ACTION and CASCADE"));
        }
    }
    if is_reference(to) {
        return;
    }
    if is_reference(table) {
        fault(&format!("{what}: a reference table cannot refer to a distributed one"));
    } else if [columns, to_columns].iter().any(|list| list.first().is_none_or(|first| first != SPREAD)) {
        fault(&format!("{what} must lead with {SPREAD} on both sides"));
    }
}

/// A number, a string, bytes, true, false or null; PostgreSQL shows some of them with a cast.
fn is_constant(expression: &str) -> bool {
    let bare = expression.trim().trim_start_matches('(').trim_end_matches(')');
    let bare = bare.split("::").next().unwrap_or(bare).trim();
    let quoted = bare.trim_start_matches(['x', 'X', 'e', 'E']);
    let string = quoted.len() >= 2 && quoted.starts_with('\'') && quoted.ends_with('\'');
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    bare.parse::<f64>().is_ok()
        || (string && !inside.replace("''", "").contains('\''))
        || ["true", "false", "null"].iter().any(|word| bare.eq_ignore_ascii_case(word))
}

#[test]
fn constants_are_told_from_expressions() {
    for constant in ["0", "-1", "'-1'::integer", "1.5", "''", "'a''b'::text", "false", "NULL", "x'00'", "(0)"]
    {
        assert!(is_constant(constant), "{constant}");
    }
    for expression in
        ["now()", "CURRENT_TIMESTAMP", "nextval('s'::regclass)", "'a' || 'b'", "unixepoch()", "1 + 1"]
    {
        assert!(!is_constant(expression), "{expression}");
    }
}
