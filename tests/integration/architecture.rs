//! Holds the lines that ARCHITECTURE.md draws, by reading manifests and sources.
//!
//! Each rule is a function from what was read to the faults it finds, so that it can be shown to bite on a
//! small bad input; one test reads the workspace and applies them all. Rooms that do not exist are no fault.

mod manifest;
mod source;

use crate::{assert_no_faults, workspace};
use manifest::Manifest;
use source::{Source, test_functions};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The rooms of `src/`, from the top down: a room may name those after it, never those before it.
const ROOMS: [&str; 15] = [
    "cli",
    "http",
    "forms",
    "sync",
    "photos",
    "client",
    "store",
    "projection",
    "papers",
    "odata",
    "planning",
    "samples",
    "area",
    "config",
    "clock",
];

/// The crate that only this room may name.
const SOLE_ROOM_OF: [(&str, &str); 5] = [
    ("actix", "http"),
    ("diesel", "store"),
    ("object_store", "photos"),
    ("reqwest", "client"),
    ("rust_xlsxwriter", "papers"),
];

/// Rooms that compute and do nothing else.
const PURE_ROOMS: [&str; 5] = ["projection", "papers", "odata", "planning", "area"];

/// The files in them that reach outside, each for one thing.
const IMPURE_FILES: [&str; 1] = ["src/papers/pdf.rs"];

/// Crates without input or output, clock or chance, which run on a phone as they run in the hub.
const PURE_CRATES: [&str; 4] = ["sync-protocol", "survey-form", "need-score", "light"];

/// What a pure crate must not depend on; also with a suffix, as in `actix-web`.
const IMPURE_CRATES: [&str; 10] =
    ["tokio", "actix", "diesel", "reqwest", "getrandom", "rand", "fastrand", "jiff", "chrono", "time"];

/// The modules of the standard library that reach outside.
const IMPURE_STD: [&str; 6] = ["time", "fs", "net", "env", "process", "thread"];

/// Reading a clock, by whichever type.
const CLOCK_READINGS: [(&str, &str); 5] =
    [("SystemTime", "now"), ("Instant", "now"), ("Timestamp", "now"), ("Zoned", "now"), ("Uuid", "now_v7")];

/// Automerge, and what came to a phone with it alone.
const WITH_AUTOMERGE: [&str; 7] = ["automerge", "hexane", "getrandom", "rand", "tracing", "flate2", "uuid"];

const FILE_LINES_MAX: usize = 800;

/// Words that say nothing of what a thing is.
const EMPTY_WORDS: [&str; 7] = ["manager", "helper", "helpers", "util", "utils", "data", "process"];

#[test]
fn rooms_name_only_the_rooms_below_them() {
    assert_no_faults(&faults(&sources(), arrows));
}

#[test]
fn each_frame_crate_is_named_in_one_room() {
    assert_no_faults(&faults(&sources(), frames));
}

#[test]
fn only_the_clock_reads_the_clock() {
    assert_no_faults(&faults(&sources(), clock));
}

#[test]
fn the_core_has_no_io_clock_or_chance() {
    let mut found = faults(&sources(), purity);
    found.extend(manifests().iter().flat_map(pure_dependencies));
    assert_no_faults(&found);
}

#[test]
fn only_sync_protocol_depends_on_automerge() {
    assert_no_faults(&manifests().iter().flat_map(automerge_dependency).collect::<Vec<_>>());
}

/// Nor anything that came with it: what a phone fetches is counted in kilobytes.
#[test]
fn the_phones_build_has_no_automerge() {
    let mut phones = vec![("sync-protocol/Cargo.toml", &["--no-default-features"][..])];
    if workspace().join("web/core/Cargo.toml").exists() {
        phones.push(("web/core/Cargo.toml", &[]));
    }
    for (manifest, options) in phones {
        let packages = packages_for_wasm(manifest, options);
        assert!(packages.contains("sync-protocol"), "{manifest}: {packages:?}");
        let found = packages.iter().filter(|package| WITH_AUTOMERGE.contains(&package.as_str()));
        assert_no_faults(&found.map(|package| format!("{manifest}: {package}")).collect::<Vec<_>>());
    }
}

#[test]
fn xtask_depends_on_nothing() {
    let manifests = manifests();
    let xtask = manifests.iter().find(|manifest| manifest.package == "xtask").unwrap();
    assert_eq!(xtask.dependencies, [""; 0]);
}

#[test]
fn files_are_short_say_what_they_are_and_bear_real_names() {
    let sources = sources();
    assert!(sources.len() > 10, "the sources were not found");
    let mut found = faults(&sources, length);
    found.extend(faults(&sources, module_page));
    found.extend(faults(&sources, names));
    assert_no_faults(&found);
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let sources = sources();
    let tests: BTreeSet<&str> = sources.iter().flat_map(test_functions).collect();
    let page = fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    assert_no_faults(&invariants(&page, &tests));
}

fn faults(sources: &[Source], rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    sources.iter().flat_map(rule).collect()
}

fn arrows(source: &Source) -> Vec<String> {
    let Some(room) = source.room().filter(|room| !["lib", "main"].contains(room)) else { return Vec::new() };
    let Some(level) = ROOMS.iter().position(|known| *known == room) else {
        return vec![format!("{}: `{room}` is not a room; ARCHITECTURE.md and ROOMS list them", source.path)];
    };
    let mut found = Vec::new();
    for (name, line) in source.names_under_crate() {
        match ROOMS.iter().position(|known| *known == name) {
            Some(other) if other < level => {
                found.push(format!("{}:{line}: `{room}` names `{name}`, which is above it", source.path));
            }
            None if name == "*" => found.push(format!("{}:{line}: a glob of all rooms", source.path)),
            _ => {}
        }
    }
    found
}

fn frames(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    let mut found = Vec::new();
    for token in source.tokens.iter().filter(|token| !token.test && token.is_name()) {
        for (name, sole) in SOLE_ROOM_OF {
            if room != sole && is_or_extends(&token.word, name) {
                let (path, line, word) = (&source.path, token.line, &token.word);
                found.push(format!("{path}:{line}: `{word}` is named outside of src/{sole}/"));
            }
        }
    }
    found
}

fn clock(source: &Source) -> Vec<String> {
    if source.room().is_none_or(|room| room == "clock") {
        return Vec::new();
    }
    let reading = |(at, token): (usize, &source::Token)| {
        let (kind, now) = (source.word(at), source.word(at + 2));
        (!token.test && source.word(at + 1) == "::" && CLOCK_READINGS.contains(&(kind, now)))
            .then(|| format!("{}:{}: `{kind}::{now}` outside of src/clock.rs", source.path, token.line))
    };
    source.tokens.iter().enumerate().filter_map(reading).collect()
}

/// Of the pure crates and the pure rooms: no way out through the standard library or tokio.
fn purity(source: &Source) -> Vec<String> {
    let in_crate = PURE_CRATES.iter().any(|name| source.path.starts_with(&format!("{name}/src/")));
    let in_room = source.room().is_some_and(|room| PURE_ROOMS.contains(&room));
    if !in_crate && !in_room || IMPURE_FILES.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (module, line) in source.names_under("std") {
        if IMPURE_STD.contains(&module) {
            found.push(format!("{}:{line}: `std::{module}` in a place without I/O or clock", source.path));
        }
    }
    for token in source.tokens.iter().filter(|token| !token.test) {
        let word = token.word.as_str();
        let clock = ["Instant", "SystemTime"].contains(&word);
        if clock || ["tokio", "getrandom", "thread_rng", "RandomState"].contains(&word) {
            found.push(format!("{}:{}: `{word}` in a place without I/O or clock", source.path, token.line));
        }
    }
    found
}

fn pure_dependencies(manifest: &Manifest) -> Vec<String> {
    if !PURE_CRATES.contains(&manifest.package.as_str()) {
        return Vec::new();
    }
    let impure = |name: &&String| IMPURE_CRATES.iter().any(|banned| is_or_extends(name, banned));
    let found = manifest.dependencies.iter().filter(impure);
    found.map(|name| format!("{}: depends on `{name}`; it is pure", manifest.path)).collect()
}

/// The judges in `fuzz/` compare with Automerge itself; they ship nowhere.
fn automerge_dependency(manifest: &Manifest) -> Vec<String> {
    let allowed = manifest.package == "sync-protocol" || manifest.path.starts_with("fuzz/");
    if allowed || !manifest.dependencies.iter().any(|name| name == "automerge") {
        return Vec::new();
    }
    vec![format!("{}: only sync-protocol depends on automerge", manifest.path)]
}

/// The names of all packages that a build of a crate for a phone links, as cargo resolves them.
fn packages_for_wasm(manifest: &str, options: &[&str]) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--quiet", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(["--target", "wasm32-unknown-unknown", "--manifest-path"])
        .arg(workspace().join(manifest))
        .args(options)
        .output();
    let tree = tree.unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn length(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let generated = source.path.contains("generated");
    if generated || lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines; at most {FILE_LINES_MAX}", source.path)]
}

fn module_page(source: &Source) -> Vec<String> {
    let before_items = |line: &&str| line.is_empty() || line.starts_with("#!") || line.starts_with("//");
    let documented = source.text.lines().take_while(before_items).any(|line| line.starts_with("//! "));
    if documented || !source.path.ends_with(".rs") {
        return Vec::new();
    }
    vec![format!("{}: does not say in `//! ` what it is", source.path)]
}

fn names(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for pair in source.tokens.windows(2) {
        let (kind, name) = (pair[0].word.as_str(), &pair[1]);
        if ["mod", "struct", "enum", "trait"].contains(&kind) && name.is_name() {
            for word in words_of(&name.word).iter().filter(|word| EMPTY_WORDS.contains(&word.as_str())) {
                let (path, line, name) = (&source.path, name.line, &name.word);
                found.push(format!("{path}:{line}: `{kind} {name}`: `{word}` says nothing of it"));
            }
        }
    }
    found
}

/// The lines `**Invariant: …** (`test`, `test`)` of the page, which may run over several lines of text.
fn invariants(page: &str, tests: &BTreeSet<&str>) -> Vec<String> {
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for piece in flat.split("**Invariant:").skip(1) {
        let Some((says, after)) = piece.split_once("**") else {
            found.push(format!("ARCHITECTURE.md: an invariant without its closing `**`:{piece}"));
            continue;
        };
        let list = after.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let named: Vec<&str> = list.map_or("", |(inside, _)| inside).split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            found.push(format!("ARCHITECTURE.md: no test holds the invariant:{says}"));
        }
        for test in named.iter().filter(|test| !tests.contains(**test)) {
            found.push(format!("ARCHITECTURE.md: there is no test `{test}` to hold the invariant:{says}"));
        }
    }
    if !flat.contains("**Invariant:") {
        found.push("ARCHITECTURE.md: states no invariant".to_owned());
    }
    found
}

/// `actix` itself, `actix-web` and `actix_web`, but not `actixish`.
fn is_or_extends(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

/// The words of `snake_case` and of `CamelCase`, in small letters.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c != '_', words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

fn sources() -> Vec<Source> {
    read_all(&[".rs", ".ts", ".tsx"]).iter().map(|(path, text)| Source::new(path, text)).collect()
}

fn manifests() -> Vec<Manifest> {
    read_all(&["Cargo.toml"]).iter().map(|(path, text)| Manifest::new(path, text)).collect()
}

/// The files of the workspace whose names end so, sorted by path; not what was built or installed.
fn read_all(endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(workspace(), endings, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            if !["target", "node_modules", "dist"].contains(&name.as_str()) && !name.starts_with('.') {
                collect(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let inside = path.strip_prefix(workspace()).unwrap().to_string_lossy().into_owned();
            found.push((inside, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Each rule against inputs that break it, and against their nearest neighbours that do not.
mod bites {
    use super::*;

    #[track_caller]
    fn assert_bites(rule: fn(&Source) -> Vec<String>, path: &str, text: &str, part: &str) {
        let found = rule(&Source::new(path, text));
        assert!(found.iter().any(|fault| fault.contains(part)), "{path}: {found:?}");
    }

    #[track_caller]
    fn assert_passes(rule: fn(&Source) -> Vec<String>, path: &str, text: &str) {
        assert_no_faults(&rule(&Source::new(path, text)));
    }

    #[test]
    fn on_an_arrow_that_goes_up() {
        assert_bites(
            arrows,
            "src/store/log.rs",
            "\nuse crate::http::App;",
            "src/store/log.rs:2: `store` names `http`",
        );
        assert_bites(arrows, "src/store/log.rs", "fn f() { crate::sync::push() }", "names `sync`");
        assert_bites(arrows, "src/area.rs", "use crate::{config, store::Store};", "names `store`");
        assert_bites(arrows, "src/client/mod.rs", "use super::sync;", "names `sync`");
        assert_bites(arrows, "src/area.rs", "use crate::*;", "glob");
        assert_bites(arrows, "src/misc.rs", "", "`misc` is not a room");
        assert_passes(
            arrows,
            "src/http/sync.rs",
            "use super::sync::x; use crate::{sync, http::Error, clock};",
        );
        assert_passes(
            arrows,
            "src/store/log.rs",
            "#[cfg(test)] mod tests { use crate::http; } // crate::http",
        );
        assert_passes(arrows, "src/main.rs", "use crate::http;");
    }

    #[test]
    fn on_a_frame_crate_outside_of_its_room() {
        assert_bites(
            frames,
            "src/cli/serve.rs",
            "#[actix_web::main] fn f() {}",
            "`actix_web` is named outside",
        );
        assert_bites(frames, "src/sync/push.rs", "use diesel::prelude::*;", "`diesel`");
        assert_bites(frames, "src/main.rs", "use diesel_migrations::x;", "`diesel_migrations`");
        assert_bites(frames, "src/http/mod.rs", "reqwest::get(url)", "`reqwest`");
        assert_bites(frames, "src/cli/export.rs", "use rust_xlsxwriter::Workbook;", "`rust_xlsxwriter`");
        assert_passes(frames, "src/store/mod.rs", "use diesel::prelude::*;");
        assert_passes(frames, "src/http/mod.rs", "use actix_web::web; // diesel says \"reqwest\"");
    }

    #[test]
    fn on_a_clock_read_outside_of_the_clock() {
        assert_bites(clock, "src/sync/push.rs", "let t = std::time::Instant::now();", "`Instant::now`");
        assert_bites(clock, "src/http/mod.rs", "SystemTime::now()", "`SystemTime::now`");
        assert_passes(clock, "src/clock.rs", "SystemTime::now()");
        assert_passes(clock, "src/http/mod.rs", "fn f(started: Instant) -> Instant { clock.now() }");
    }

    #[test]
    fn on_io_clock_or_chance_in_the_core() {
        let core = "sync-protocol/src/hub.rs";
        assert_bites(purity, core, "use std::time::Duration;", "`std::time`");
        assert_bites(purity, core, "use std::{collections::BTreeMap, fs};", "`std::fs`");
        assert_bites(purity, core, "fn f(at: Instant) {}", "`Instant`");
        assert_bites(purity, "src/planning/score.rs", "std::env::var(name)", "`std::env`");
        assert_passes(purity, core, "#[cfg(test)] mod tests { use std::time::Instant; }");
        assert_passes(purity, "src/http/mod.rs", "use std::fs;");
        assert_bites(purity, "src/papers/xlsx.rs", "use std::fs;", "`std::fs`");
        assert_passes(purity, "src/papers/pdf.rs", "use std::process::Command;");

        let manifest = |text: &str| Manifest::new("sync-protocol/Cargo.toml", text);
        let package = "[package]\nname = \"sync-protocol\"\n";
        let bad = manifest(&format!("{package}[dependencies]\nrand_core = \"0.9\"\nsha2 = \"1\""));
        assert_eq!(pure_dependencies(&bad), ["sync-protocol/Cargo.toml: depends on `rand_core`; it is pure"]);
        let good = manifest(&format!("{package}[dev-dependencies]\nrand = \"0.9\""));
        assert_no_faults(&pure_dependencies(&good));
    }

    #[test]
    fn on_a_second_crate_that_depends_on_automerge() {
        let text = "[package]\nname = \"samruat\"\n[dependencies]\ncrdt = { package = \"automerge\" }";
        assert_eq!(automerge_dependency(&Manifest::new("Cargo.toml", text)).len(), 1);
        assert_no_faults(&automerge_dependency(&Manifest::new("fuzz/Cargo.toml", text)));
        let tests_only = text.replace("[dependencies]", "[dev-dependencies]");
        assert_no_faults(&automerge_dependency(&Manifest::new("Cargo.toml", &tests_only)));
    }

    #[test]
    fn on_long_nameless_and_empty_words() {
        assert_bites(length, "src/area.rs", &"\n".repeat(801), "801 lines");
        assert_passes(length, "src/area.rs", &"\n".repeat(800));
        assert_bites(module_page, "src/area.rs", "use std::fmt;\n//! Too late.", "what it is");
        assert_passes(module_page, "src/area.rs", "#![no_main]\n//! Area codes.\nuse std::fmt;");
        assert_bites(names, "src/area.rs", "mod string_utils;", "`utils` says nothing");
        assert_bites(names, "src/area.rs", "pub struct SessionManager;", "`manager`");
        assert_passes(names, "src/area.rs", "struct Metadata; struct Processed; fn data() {}");
    }

    #[test]
    fn on_an_invariant_that_nothing_holds() {
        let tests = BTreeSet::from(["a_test", "another"]);
        assert_no_faults(&invariants("**Invariant: so\nit is.** (`a_test`,\n`another`) More.", &tests));
        for (page, part) in [
            ("**Invariant: so it is.** And so on (`a_test`).", "no test holds"),
            ("**Invariant: so it is.** (`gone`)", "no test `gone`"),
            ("**Invariant: so it is.** (`a_test`, `gone`)", "no test `gone`"),
            ("Nothing.", "states no invariant"),
        ] {
            assert!(invariants(page, &tests).concat().contains(part), "{page}");
        }
    }
}
