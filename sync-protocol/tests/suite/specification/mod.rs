//! PROTOCOL.md and the test vectors are what the code does: both are made here and compared with
//! what is committed.

mod annotate;
pub(crate) mod example;
mod page;
pub(crate) mod vectors;

use std::path::{Path, PathBuf};

const REFRESH: &str = "SAMRUAT_REFRESH=1 cargo test -p sync-protocol specification";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compares a committed file with what it should hold, or writes it when asked to.
#[track_caller]
fn assert_fresh(path: &Path, text: &str) {
    if std::env::var_os("SAMRUAT_REFRESH").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        std::fs::write(path, text).expect("the file is written");
        return;
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "{} is not what the code makes; to refresh it: {REFRESH}", path.display());
}
