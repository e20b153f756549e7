//! The backends that the suite runs on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use samruat::store::{Database, Options};

/// An empty database of one kind; what it lies in goes away with it.
pub(super) struct TestDatabase {
    pub(super) url: String,
    folder: Option<PathBuf>,
}

impl TestDatabase {
    pub(super) fn sqlite() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("samruat-store-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self { url: format!("sqlite:{}", folder.join("hub.sqlite").display()), folder: Some(folder) }
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
        if let Some(folder) = &self.folder {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

/// Runs one body on every backend.
pub(super) fn on_each_backend(body: impl Fn(&TestDatabase)) {
    body(&TestDatabase::sqlite());
}
