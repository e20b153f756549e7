//! Whatever bytes come as a workbook: reading and compiling them ends, in bounds, with a form or with
//! faults; and a form survives its JSON.
//!
//! `cargo +nightly fuzz run workbook fuzz/corpus/workbook fuzz/seeds/workbook`

#![no_main]

use libfuzzer_sys::fuzz_target;
use survey_form::fault::{Severity, Tongue};
use survey_form::model::Form;
use survey_form::xlsform::compile;

fuzz_target!(|input: &[u8]| {
    let compiled = compile(input, "fuzz");
    let is_refused = compiled.faults.iter().any(|fault| fault.severity == Severity::Error);
    assert_eq!(compiled.form.is_none(), is_refused);
    for fault in &compiled.faults {
        assert!(!fault.kind.told(Tongue::Thai).is_empty() && !fault.kind.told(Tongue::English).is_empty());
    }
    if let Some(form) = compiled.form {
        let json = serde_json::to_string(&form).expect("a form is JSON");
        assert_eq!(serde_json::from_str::<Form>(&json).expect("its own JSON"), form);
    }
});
