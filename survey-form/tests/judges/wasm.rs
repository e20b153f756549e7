//! What our engine tells natively, it tells in wasm32-unknown-unknown, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use form_interview::{Script, tell};

use crate::interviewer;
use crate::odk;

/// Interviews for each form, and the steps of each.
const SEEDS: u64 = 2;
const STEPS: usize = 16;

#[test]
fn wasm_tells_what_native_code_tells() {
    let module = module();
    let mut scripts = Vec::new();
    for (name, specimen) in interviewer::specimens() {
        let (form, faults) = crate::compiled(&specimen.workbook());
        let form = form.unwrap_or_else(|| panic!("{name}: {faults}"));
        for seed in interviewer::seeds(SEEDS) {
            let steps = interviewer::interview(&specimen, &form, seed, STEPS).steps;
            let (files, now_ms, zone_minutes) = (specimen.files.clone(), crate::NOW_MS, crate::ZONE_MINUTES);
            scripts.push(serde_json::to_string(&Script {
                form: form.clone(),
                files,
                now_ms,
                zone_minutes,
                steps,
            }));
        }
    }
    let scripts: Vec<String> = scripts.into_iter().collect::<Result<_, _>>().expect("scripts are JSON");
    let mut node = Command::new("node");
    node.arg(odk::folder().join("wasm.mjs")).arg(module);
    let told = String::from_utf8(odk::run(node, scripts.join("\n").as_bytes())).expect("UTF-8");
    let told: Vec<&str> = told.split('\n').collect();
    assert_eq!(told.len(), scripts.len());
    let mut bytes = 0;
    for (script, wasm) in scripts.iter().zip(told) {
        let native = String::from_utf8(tell(script.as_bytes())).expect("UTF-8");
        assert!(native.starts_with("[{"), "{native}");
        assert_eq!(native, wasm, "{script}");
        bytes += native.len();
    }
    println!("{} interviews, {bytes} bytes", scripts.len());
}

/// Builds the module as the step `wasm` of `cargo xtask test` builds what phones run.
fn module() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interview");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../wasm");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--lib", "--target", "wasm32-unknown-unknown"])
        .args(["--config", r#"profile.dev.package."*".opt-level=0"#])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTFLAGS", r#"--cfg getrandom_backend="custom""#)
        .status();
    assert!(
        built.expect("cargo starts").success(),
        "`rustup target add wasm32-unknown-unknown` brings the target"
    );
    let module = target.join("wasm32-unknown-unknown/debug/form_interview.wasm");
    assert!(fs::exists(&module).expect("a path"), "{}", module.display());
    module
}
