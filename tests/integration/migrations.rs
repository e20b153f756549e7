//! The rules that let one schema run on SQLite, on PostgreSQL and on a PostgreSQL spread over many machines.
//!
//! Two readers make a [`Catalogue`]: one asks PostgreSQL what the migrations made of an empty database, one
//! reads the text of the migrations. The first proves the second, and the second reads SQLite's as well.

mod catalogue;
mod text;

use crate::postgres::Database;
use crate::{assert_no_faults, workspace};
use catalogue::{Catalogue, Column, ForeignKey, Table, lint};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

#[test]
fn the_schema_keeps_the_rules_on_postgres() {
    let database = Database::new();
    for (_, file) in migrations("postgres") {
        database.run_file(&file).unwrap();
    }
    let catalogue = read_postgres(&database);
    assert_no_faults(&lint(&catalogue));
    assert_same(&read_text("postgres"), &catalogue);
}

#[test]
fn the_schema_keeps_the_rules_on_sqlite() {
    assert_no_faults(&lint(&read_text("sqlite")));
}

#[test]
fn both_databases_have_the_same_migrations_and_the_same_schema() {
    let names = |folder| migrations(folder).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names("sqlite"), names("postgres"));
    assert_ne!(names("sqlite").is_empty(), workspace().join("migrations").is_dir());
    for name in names("sqlite") {
        assert!(is_dated(&name), "{name}: a migration is named like 2026-02-28-093000_what_it_does");
    }
    // Diesel knows a migration by its date alone: of two with one date the second never runs.
    let dates: BTreeSet<String> =
        names("sqlite").iter().filter_map(|name| Some(name.split_once('_')?.0.to_owned())).collect();
    assert_eq!(dates.len(), names("sqlite").len(), "two migrations have one date: {:?}", names("sqlite"));
    assert_same(&read_text("sqlite"), &read_text("postgres"));
}

/// The migrations of one database in the order in which they run: their names and their `up.sql`.
fn migrations(folder: &str) -> Vec<(String, PathBuf)> {
    let folder = workspace().join("migrations").join(folder);
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut found: Vec<(String, PathBuf)> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().join("up.sql")))
        .collect();
    found.sort();
    found
}

fn is_dated(name: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let (date, says) = name.split_once('_').unwrap_or_default();
    date.chars().map(shape).eq("0000-00-00-000000".chars()) && !says.is_empty()
}

fn read_text(folder: &str) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (_, file) in migrations(folder) {
        text::apply(&mut catalogue, &fs::read_to_string(&file).unwrap());
    }
    catalogue
}

/// A catalogue without the spelling of defaults, in which the readers may differ.
fn outline(catalogue: &Catalogue) -> BTreeSet<String> {
    let mut lines = catalogue.others.clone();
    for (name, table) in &catalogue.tables {
        for Column { name: column, kind, not_null, default, generated } in &table.columns {
            let default = default.is_some();
            lines.insert(format!("{name}.{column} {kind} not null {not_null} default {default} {generated}"));
        }
        lines.insert(format!("{name} primary key {:?}", table.primary_key));
        lines.insert(format!("{name} unique {:?} indexes {:?}", table.uniques, table.indexes));
        lines.extend(table.foreign_keys.iter().map(|key| format!("{name} {key:?}")));
    }
    lines
}

#[track_caller]
fn assert_same(one: &Catalogue, other: &Catalogue) {
    let differences: Vec<String> = outline(one)
        .symmetric_difference(&outline(other))
        .map(|line| format!("only in one: {line}"))
        .collect();
    assert_no_faults(&differences);
}

fn read_postgres(database: &Database) -> Catalogue {
    let mut catalogue = Catalogue::default();
    // One run of psql: it starts slower than it asks.
    let text = database.run(&[COLUMNS, INDEXES, FOREIGN_KEYS, OTHERS].join(";")).unwrap();
    for line in text.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match &words[..] {
            ["column", table, name, kind, not_null, generated, default] => {
                let given = !default.is_empty() && *generated == "f";
                catalogue.tables.entry((*table).to_owned()).or_default().columns.push(Column {
                    name: (*name).to_owned(),
                    kind: (*kind).to_owned(),
                    not_null: *not_null == "t",
                    default: given.then(|| (*default).to_owned()),
                    generated: *generated == "t",
                });
            }
            ["primary", table, columns] => table_of(&mut catalogue, table).primary_key = list(columns),
            ["unique", table, columns] => {
                table_of(&mut catalogue, table).uniques.insert(list(columns));
            }
            ["index", table, columns] => {
                table_of(&mut catalogue, table).indexes.insert(list(columns));
            }
            ["foreign", table, columns, to, to_columns, on_delete, on_update] => {
                table_of(&mut catalogue, table).foreign_keys.insert(ForeignKey {
                    columns: list(columns),
                    to: (*to).to_owned(),
                    to_columns: list(to_columns),
                    on_delete: (*on_delete).to_owned(),
                    on_update: (*on_update).to_owned(),
                });
            }
            ["other", what, name, table] => {
                catalogue.others.insert(format!("{what} {name} {table}").trim_end().to_owned());
            }
            _ => panic!("not a row of the catalogue: {line}"),
        }
    }
    catalogue
}

fn table_of<'a>(catalogue: &'a mut Catalogue, name: &str) -> &'a mut Table {
    catalogue.tables.get_mut(name).unwrap()
}

/// PostgreSQL quotes the columns whose names are words of SQL.
fn list(columns: &str) -> Vec<String> {
    columns.split('|').map(|column| column.replace('"', "")).collect()
}

const COLUMNS: &str = "
    SELECT 'column', c.relname, a.attname,
           CASE format_type(a.atttypid, a.atttypmod)
               WHEN 'smallint' THEN 'INT2' WHEN 'integer' THEN 'INT4' WHEN 'bigint' THEN 'INT8'
               ELSE upper(format_type(a.atttypid, a.atttypmod)) END,
           a.attnotnull, a.attidentity <> '' OR a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid)
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum";

const INDEXES: &str = "
    SELECT CASE WHEN x.indisprimary THEN 'primary' WHEN x.indisunique THEN 'unique' ELSE 'index' END,
           t.relname,
           (SELECT string_agg(pg_get_indexdef(x.indexrelid, k, true), '|' ORDER BY k)
            FROM generate_series(1, x.indnkeyatts) k)
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relnamespace = 'public'::regnamespace";

const FOREIGN_KEYS: &str = "
    SELECT 'foreign', t.relname, string_agg(a.attname, '|' ORDER BY k),
           r.relname, string_agg(b.attname, '|' ORDER BY k),
           CASE f.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'r' THEN 'RESTRICT'
                              WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END,
           CASE f.confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'r' THEN 'RESTRICT'
                              WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END
    FROM pg_constraint f
    JOIN pg_class t ON t.oid = f.conrelid
    JOIN pg_class r ON r.oid = f.confrelid
    CROSS JOIN generate_subscripts(f.conkey, 1) k
    JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[k]
    JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = f.confkey[k]
    WHERE f.contype = 'f'
    GROUP BY f.oid, t.relname, r.relname, f.confdeltype, f.confupdtype";

const OTHERS: &str = "
    SELECT 'other', 'trigger', tgname, 'on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'other', 'rule', rulename, 'on ' || ev_class::regclass FROM pg_rewrite
              WHERE rulename <> '_RETURN' AND ev_class >= 16384
    UNION ALL SELECT 'other', 'exclusion', conname, 'on ' || conrelid::regclass FROM pg_constraint
              WHERE contype = 'x'
    UNION ALL SELECT 'other', CASE relkind WHEN 'S' THEN 'sequence' ELSE 'view' END, relname, '' FROM pg_class
              WHERE relnamespace = 'public'::regnamespace AND relkind IN ('S', 'v', 'm')
    UNION ALL SELECT 'other', 'function', proname, '' FROM pg_proc
              WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'other', 'type', typname, '' FROM pg_type
              WHERE typnamespace = 'public'::regnamespace AND typtype IN ('d', 'e', 'r', 'm')";

/// Schemas that each break one rule, read by both readers, and their neighbours that break none.
mod bites {
    use super::*;

    /// Two tables that every case may refer to: a distributed one and a reference table.
    const GOOD: &str = "
        -- A comment; with a semicolon.
        CREATE TABLE documents (
            tambon_code INT4 NOT NULL, household_id BYTEA NOT NULL, state INT2 NOT NULL DEFAULT 0,
            lat DOUBLE PRECISION, note TEXT DEFAULT 'ยังไม่สำรวจ', open BOOLEAN NOT NULL DEFAULT TRUE,
            PRIMARY KEY (tambon_code, household_id), CHECK (state >= 0)
        );
        CREATE INDEX documents_by_state ON documents (tambon_code, state) WHERE state > 0;
        CREATE UNIQUE INDEX documents_once ON documents (tambon_code, note);
        CREATE TABLE api_keys (key_id TEXT NOT NULL PRIMARY KEY, label TEXT NOT NULL UNIQUE);
        ALTER TABLE documents ADD COLUMN key_id TEXT REFERENCES api_keys (key_id);
        UPDATE documents SET note = 'a; b';";

    const KEYS: &str = "tambon_code INT4 NOT NULL, id BYTEA NOT NULL, PRIMARY KEY (tambon_code, id)";

    /// The rest of a statement, and a part of the fault that it must raise.
    const BAD: [(&str, &str); 21] = [
        ("CREATE TABLE t (tambon_code INT4 NOT NULL, a TEXT)", "t: has no primary key"),
        ("CREATE TABLE t (id BYTEA NOT NULL PRIMARY KEY)", "t: has no tambon_code"),
        ("CREATE TABLE t (tambon_code INT8 NOT NULL PRIMARY KEY)", "t: tambon_code must be INT4"),
        (
            "CREATE TABLE t (tambon_code INT4 NOT NULL, id BYTEA NOT NULL, PRIMARY KEY (id, tambon_code))",
            "key (id,",
        ),
        ("CREATE TABLE t ({keys}, a TEXT UNIQUE)", "a unique key (a) does not begin"),
        ("CREATE TABLE t ({keys}, a TEXT, UNIQUE (a, tambon_code))", "a unique key (a, tambon_code)"),
        ("CREATE UNIQUE INDEX i ON documents (household_id)", "a unique key (household_id)"),
        ("CREATE INDEX i ON documents (state, tambon_code)", "an index (state, tambon_code)"),
        ("CREATE TABLE t ({keys}, a VARCHAR(10))", "a is "),
        ("CREATE TABLE t ({keys}, a TIMESTAMP)", "a is TIMESTAMP"),
        ("CREATE TABLE t ({keys}, a JSONB)", "a is JSONB"),
        ("CREATE TABLE t ({keys}, a TEXT DEFAULT CURRENT_USER)", "which is not a constant"),
        ("CREATE TABLE t ({keys}, a DOUBLE PRECISION DEFAULT random())", "random()"),
        ("CREATE TABLE t ({keys}, a INT8 GENERATED ALWAYS AS IDENTITY)", "a is generated"),
        ("CREATE TABLE t ({keys}, a INT2 GENERATED ALWAYS AS (1) STORED)", "a is generated"),
        ("CREATE SEQUENCE s", "only tables and indexes"),
        ("CREATE RULE r AS ON DELETE TO documents DO INSTEAD NOTHING", "only tables and indexes"),
        (
            "CREATE TABLE t ({keys}, CONSTRAINT f FOREIGN KEY (tambon_code, id) \
          REFERENCES documents (tambon_code, household_id) ON DELETE RESTRICT)",
            "does RESTRICT on delete",
        ),
        (
            "CREATE TABLE t ({keys}, a TEXT, FOREIGN KEY (tambon_code, a) \
          REFERENCES documents (tambon_code, note) ON UPDATE SET NULL)",
            "does SET NULL on update",
        ),
        (
            "CREATE TABLE t ({keys}, FOREIGN KEY (id, tambon_code) \
          REFERENCES documents (household_id, tambon_code))",
            "must lead with tambon_code on both sides",
        ),
        (
            "CREATE TABLE meta (tambon_code INT4 NOT NULL, note TEXT NOT NULL, PRIMARY KEY (tambon_code, note), \
          FOREIGN KEY (tambon_code, note) REFERENCES documents (tambon_code, note))",
            "a reference table cannot refer",
        ),
    ];

    fn sql(case: &str) -> String {
        format!("{GOOD}{};", case.replace("{keys}", KEYS))
    }

    fn text_of(sql: &str) -> Catalogue {
        let mut catalogue = Catalogue::default();
        text::apply(&mut catalogue, sql);
        catalogue
    }

    #[track_caller]
    fn assert_bites(catalogue: &Catalogue, case: &str, part: &str) {
        let faults = lint(catalogue);
        assert!(faults.iter().any(|fault| fault.contains(part)), "{case}\nwanted {part:?}, found {faults:?}");
    }

    #[test]
    fn on_the_text_of_a_migration() {
        assert_no_faults(&lint(&text_of(GOOD)));
        for (case, part) in BAD {
            assert_bites(&text_of(&sql(case)), case, part);
        }
        for (case, part) in [
            // What only SQLite has, and what the reader does not know.
            ("CREATE TABLE t ({keys}) WITHOUT ROWID", "only tables and indexes"),
            (
                "CREATE TABLE t (tambon_code INT4 PRIMARY KEY)",
                "tambon_code is of the key and may be null on SQLite",
            ),
            ("CREATE TABLE t (tambon_code INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT)", "only tables"),
            ("CREATE TRIGGER t AFTER INSERT ON documents BEGIN SELECT 1; END", "CREATE TRIGGER"),
            ("CREATE TABLE t ({keys}, a TEXT DEFAULT (datetime('now')))", "not a constant"),
            ("ALTER TABLE documents RENAME TO households", "only tables and indexes"),
            ("PRAGMA journal_mode = DELETE", "PRAGMA"),
        ] {
            assert_bites(&text_of(&sql(case)), case, part);
        }
        let columns: Vec<String> = (0..31).map(|n| format!("c{n} TEXT")).collect();
        let wide = format!("CREATE TABLE t ({KEYS}, {})", columns.join(", "));
        assert_bites(&text_of(&wide), &wide, "33 columns");
    }

    #[test]
    fn on_the_catalogue_of_postgres() {
        let database = Database::new();
        database.run(GOOD).unwrap();
        assert_no_faults(&lint(&read_postgres(&database)));
        assert_same(&text_of(GOOD), &read_postgres(&database));
        for (case, part) in BAD {
            let renewed = format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public; {}", sql(case));
            database.run(&renewed).unwrap();
            assert_bites(&read_postgres(&database), case, part);
        }
        let trigger = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER t BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION touch()";
        database.run(trigger).unwrap();
        assert_bites(&read_postgres(&database), trigger, "trigger t on documents");
    }

    #[test]
    fn on_a_name_without_its_date() {
        assert!(is_dated("2026-02-28-093000_create_hub_tables"));
        for name in ["create_hub_tables", "2026-02-28_hub", "2026-02-28-093000_", "2026-02-28-093000"] {
            assert!(!is_dated(name), "{name}");
        }
    }
}
