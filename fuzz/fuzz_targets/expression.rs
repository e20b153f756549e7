//! Whatever text stands in a cell as a formula or a label: reading it ends, in bounds, with an
//! expression or with an error inside the text; and an expression survives its JSON.
//!
//! `cargo +nightly fuzz run expression fuzz/corpus/expression fuzz/seeds/expression`

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use survey_form::expr::{Expr, Node, Outline, Scope, parse_template, parse_with_warnings};
use survey_form::fault::Tongue;
use survey_form::model::{ChoiceSource, FieldId};

/// A question, a repeat with a select in it, and a list with a column.
fn outline() -> &'static Outline {
    static OUTLINE: OnceLock<Outline> = OnceLock::new();
    OUTLINE.get_or_init(|| {
        let node = |name: &str, parent, is_repeat, is_select| Node {
            name: name.to_owned(),
            parent,
            is_repeat,
            is_select,
        };
        let nodes = vec![
            node("a", None, false, false),
            node("r", None, true, false),
            node("s", Some(FieldId(1)), false, true),
        ];
        let lists = BTreeMap::from([("l".to_owned(), BTreeSet::from(["c".to_owned()]))]);
        Outline::new(nodes, lists, BTreeSet::from(["t".to_owned()]))
    })
}

fuzz_target!(|text: &str| {
    let source = ChoiceSource::List("l".to_owned());
    for at in [None, Some(FieldId(0)), Some(FieldId(2))] {
        for filtered in [None, Some(&source)] {
            let scope = Scope { outline: outline(), at, filtered };
            match parse_with_warnings(text, &scope) {
                Ok((expression, _)) => {
                    let json = serde_json::to_string(&expression).expect("an expression is JSON");
                    assert_eq!(serde_json::from_str::<Expr>(&json).expect("its own JSON"), expression);
                }
                Err(error) => {
                    assert!(error.start <= error.end && error.end <= text.len());
                    assert!(!error.told(Tongue::Thai).is_empty());
                }
            }
            let _ = parse_template(text, &scope);
        }
    }
});
