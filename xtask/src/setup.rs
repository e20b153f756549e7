//! What the machine needs beyond Rust and Node.js: found by looking for the thing itself, not for the name
//! of a package, and installed from Debian's packages where that is allowed.

use crate::command::{Command, on_path};
use crate::target_dir;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Something of the machine, and the Debian package that brings it.
struct Need {
    package: &'static str,
    present: fn() -> bool,
}

const BUILD_NEEDS: [Need; 3] = [
    Need { package: "gcc", present: || on_path("cc") },
    Need { package: "pkg-config", present: || on_path("pkg-config") },
    Need { package: "libpq-dev", present: || Command::new("pkg-config --exists libpq").succeeds() },
];

const TEST_NEEDS: [Need; 4] = [
    Need { package: "g++", present: || on_path("c++") }, // libFuzzer is C++
    Need { package: "postgresql", present: has_postgres_server }, // the tests start servers of their own
    Need { package: "chromium", present: || on_path("chromium") }, // runs the volunteers' app
    // pyxform judges what forms mean
    Need {
        package: "python3-venv",
        present: || Command::new("python3 -c").arg("import ensurepip, venv").succeeds(),
    },
];

/// What Python needs in the tests, each package pinned by its hash, and the folder below `target/` for it.
const PYTHON_REQUIREMENTS: &str = "survey-form/tests/judges/requirements.txt";
const PYTHON_FOLDER: &str = "judges/python";

/// Installs what building the volunteers' app and the binary needs.
pub(crate) fn for_builds() -> Result<(), String> {
    install(&BUILD_NEEDS.iter().collect::<Vec<_>>())?;
    add_wasm_target()?;
    install_npm_packages(Path::new("web"))
}

/// Installs what building and every test need.
pub(crate) fn for_tests() -> Result<(), String> {
    install(&BUILD_NEEDS.iter().chain(&TEST_NEEDS).collect::<Vec<_>>())?;
    add_wasm_target()?;
    install_npm_packages(Path::new("."))?;
    install_python_packages()
}

fn has_postgres_server() -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("bin/initdb").is_file()) || on_path("initdb")
}

fn install(needs: &[&Need]) -> Result<(), String> {
    let packages = missing(needs);
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let line = format!("sudo apt-get update && sudo apt-get install --yes --no-install-recommends {names}");
    println!("missing: {names}");
    let Some(prefix) = apt_prefix() else {
        return Err(format!("This line installs what is missing; then start again:\n  {line}"));
    };
    apt_install(prefix, &names).map_err(|trouble| format!("{trouble}\nBy hand that is:\n  {line}"))?;
    match missing(needs).as_slice() {
        [] => Ok(()),
        still => Err(format!("installed, but still not found: {}", still.join(" "))),
    }
}

fn missing(needs: &[&Need]) -> Vec<&'static str> {
    needs.iter().filter(|need| !(need.present)()).map(|need| need.package).collect()
}

/// How apt-get may be called here without asking anybody: as root, by `sudo -n`, or not at all.
fn apt_prefix() -> Option<&'static str> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    match () {
        () if !on_path("apt-get") => None,
        () if root => Some(""),
        () if Command::new("sudo -n true").succeeds() => Some("sudo -n "),
        () => None,
    }
}

/// Fetches the lists of packages only where installing without it fails: it takes longer than the rest.
fn apt_install(prefix: &str, names: &str) -> Result<(), String> {
    let quiet = format!("{prefix}env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120");
    let install = Command::new(format!("{quiet} install --yes --no-install-recommends {names}"));
    if install.run().is_ok() {
        return Ok(());
    }
    Command::new(format!("{quiet} update")).run()?;
    install.run()
}

fn add_wasm_target() -> Result<(), String> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let libraries = std::process::Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|e| format!("cannot start rustc: {e}"))?;
    if Path::new(String::from_utf8_lossy(&libraries.stdout).trim()).is_dir() {
        return Ok(());
    }
    if !on_path("rustup") {
        return Err(format!("Rust's standard library for {TARGET} is missing, and rustup, which brings it."));
    }
    Command::new(format!("rustup target add {TARGET}")).run()
}

/// Runs `npm ci` in each folder from `root` down that has a lock file newer than what is installed beside it.
fn install_npm_packages(root: &Path) -> Result<(), String> {
    let mut folders = Vec::new();
    find_npm_folders(root, 3, &mut folders);
    if !folders.is_empty() && !on_path("npm") {
        return Err(
            "Node.js is missing. This line installs it:\n  sudo apt-get install nodejs npm".to_owned()
        );
    }
    for folder in folders.iter().filter(|folder| !npm_is_fresh(folder)) {
        Command::new("npm ci --no-audit --no-fund").folder(folder).run()?;
    }
    Ok(())
}

fn find_npm_folders(folder: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    if folder.join("package-lock.json").is_file() {
        found.push(folder.to_owned());
    }
    if depth == 0 {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let skipped = name == "node_modules" || name == "target" || name.to_string_lossy().starts_with('.');
        if !skipped && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find_npm_folders(&entry.path(), depth - 1, found);
        }
    }
}

/// npm writes `node_modules/.package-lock.json` as the last thing that it does.
fn npm_is_fresh(folder: &Path) -> bool {
    let written = |path: &str| fs::metadata(folder.join(path)).and_then(|file| file.modified()).ok();
    match (written("node_modules/.package-lock.json"), written("package-lock.json")) {
        (Some(installed), Some(wanted)) => installed >= wanted,
        _ => false,
    }
}

/// Makes a Python environment below `target/` where there is none for these requirements. The list is
/// copied into it as the last thing, so that what was broken off is made again.
fn install_python_packages() -> Result<(), String> {
    let Ok(wanted) = fs::read_to_string(PYTHON_REQUIREMENTS) else { return Ok(()) };
    let folder = target_dir().join(PYTHON_FOLDER);
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|present| present == wanted) {
        return Ok(());
    }
    Command::new("python3 -m venv --clear").arg(folder.display()).run()?;
    Command::default()
        .arg(folder.join("bin/pip").display())
        .arg("install")
        .arg("--quiet")
        .arg("--disable-pip-version-check")
        .arg("--require-hashes")
        .arg("--requirement")
        .arg(PYTHON_REQUIREMENTS)
        .run()?;
    fs::write(&installed, wanted).map_err(|e| format!("cannot write {}: {e}", installed.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_absent_is_missing() {
        let here = Need { package: "here", present: || true };
        let gone = Need { package: "gone", present: || false };
        assert_eq!(missing(&[&here, &gone]), ["gone"]);
        assert_eq!(install(&[&here]), Ok(()));
    }
}
