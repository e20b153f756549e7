//! The dependencies that a `Cargo.toml` names.

/// A package and what it depends on.
pub(crate) struct Manifest {
    /// Relative to the workspace, with `/`.
    pub(crate) path: String,
    /// The package's name; empty for a workspace without a package.
    pub(crate) package: String,
    /// What is linked into it or builds it: every dependency but those of its tests.
    pub(crate) dependencies: Vec<String>,
}

impl Manifest {
    /// Reads the part of TOML that manifests use: sections, a key on each line, values of any kind.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut manifest = Self { path: path.to_owned(), package: String::new(), dependencies: Vec::new() };
        let mut section = String::new();
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                section = header.trim_start_matches('[').replace(['"', '\''], "");
                manifest.dependencies.extend(dependency_of_section(&section));
            } else if let Some((key, value)) = line.split_once('=') {
                manifest.read_key(&section, key.trim().trim_matches('"'), value.trim());
            }
        }
        manifest
    }

    fn read_key(&mut self, section: &str, key: &str, value: &str) {
        if section == "package" && key == "name" {
            self.package = unquoted(value).to_owned();
        } else if is_dependencies(section) {
            let name = key.split('.').next().unwrap_or(key);
            let renamed = value.split_once("package").and_then(|(_, rest)| rest.split_once('='));
            self.dependencies.push(renamed.map_or(name, |(_, rest)| unquoted(rest)).to_owned());
        } else if key == "package" && dependency_of_section(section).is_some() {
            self.dependencies.push(unquoted(value).to_owned());
        }
    }
}

/// `[dependencies]`, `[build-dependencies]` and both for a target; not those of tests or of the workspace.
fn is_dependencies(section: &str) -> bool {
    let last = section.rsplit('.').next().unwrap_or(section);
    !section.starts_with("workspace") && ["dependencies", "build-dependencies"].contains(&last)
}

/// The `x` of `[dependencies.x]`.
fn dependency_of_section(section: &str) -> Option<String> {
    let (before, name) = section.rsplit_once('.')?;
    is_dependencies(before).then(|| name.to_owned())
}

/// The first quoted string of a value.
fn unquoted(value: &str) -> &str {
    value.split('"').nth(1).unwrap_or(value)
}

#[test]
fn every_way_to_name_a_dependency_is_read() {
    let text = r#"
        [workspace.dependencies]
        tokio = "1"
        [package]
        name = "sample"
        [dependencies]
        a = "1"
        b = { version = "1", features = ["x"] }
        c.workspace = true
        d = { package = "automerge", version = "0.12" }
        list = { version = "1", features = [
            "y",
        ] }
        [dependencies.e]
        package = "f"
        [target.'cfg(unix)'.dependencies]
        g = "1"
        [build-dependencies]
        h = "1"
        [dev-dependencies]
        rand = "1"
        [dev-dependencies.proptest]
        version = "1"
    "#;
    let manifest = Manifest::new("Cargo.toml", text);
    assert_eq!(manifest.package, "sample");
    assert_eq!(manifest.dependencies, ["a", "b", "c", "automerge", "list", "e", "f", "g", "h"]);
}
