//! Embeds the volunteer's app and the office's pages: what lies in `web/dist`, each file with the Brotli form beside it.
//!
//! Building the app is not for this script: `cargo xtask build` does it beforehand. Where there is no app,
//! the hub is built without one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = root.join("web/dist");
    // A path that is not there would make cargo run this at every build. Where it cannot be made, it does.
    let _ = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/dist");
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        find(&dist, "", &mut files)?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("app_files.rs"), source(&dist, &files))
}

/// The files below a folder, by their paths with `/`, in order; without those in Brotli form.
fn find(folder: &Path, below: &str, found: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            find(&entry.path(), &format!("{below}{name}/"), found)?;
        } else if !name.ends_with(".br") && !name.starts_with('.') {
            found.push(format!("{below}{name}"));
        }
    }
    Ok(())
}

/// An expression of Rust: an array of `(path, bytes, bytes in Brotli form)`.
fn source(dist: &Path, files: &[String]) -> String {
    let mut text = String::from("&[\n");
    for path in files {
        let file = dist.join(path);
        let brotli = dist.join(format!("{path}.br"));
        let packed = if brotli.is_file() {
            format!("Some(include_bytes!({brotli:?}).as_slice())")
        } else {
            "None".to_owned()
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "({path:?}, include_bytes!({file:?}).as_slice(), {packed}),");
    }
    text + "]\n"
}
