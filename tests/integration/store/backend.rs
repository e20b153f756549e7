//! The backends that the suite runs on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use samruat::store::{Database, Options};

use crate::postgres;

/// An empty database of one kind; a SQLite file goes away with it.
pub(super) struct TestDatabase {
    pub(super) url: String,
    pub(super) folder: PathBuf,
    server: Option<postgres::Database>,
}

fn folder() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("samruat-store-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl TestDatabase {
    pub(super) fn sqlite() -> Self {
        let folder = folder();
        Self { url: format!("sqlite:{}", folder.join("hub.sqlite").display()), folder, server: None }
    }

    pub(super) fn postgres() -> Self {
        let server = postgres::Database::new();
        Self { url: server.url().to_owned(), folder: folder(), server: Some(server) }
    }

    /// Runs a statement behind the back of whoever has the database open. PostgreSQL only.
    pub(super) fn run(&self, sql: &str) {
        self.server.as_ref().unwrap().run(sql).unwrap();
    }
    pub(super) fn open(&self) -> Database {
        self.open_with(Options::default())
    }

    pub(super) fn open_with(&self, options: Options) -> Database {
        Database::open_with(&self.url, options).unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Runs one body on every backend.
pub(super) fn on_each_backend(body: impl Fn(&TestDatabase)) {
    body(&TestDatabase::sqlite());
    body(&TestDatabase::postgres());
}
