//! JSON is read as serde_json reads it.

use light::json::{Json, Object};
use proptest::prelude::*;
use serde_json::Value;

/// Texts of which many are JSON, and many nearly.
fn text() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?[0-9]{1,20}",
        "-?[0-9]{0,3}\\.?[0-9]{0,3}([eE][-+]?[0-9]{0,3})?",
        any::<f64>().prop_map(|number| format!("{number:?}")),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| Value::String(text).to_string()),
        "\"(\\\\[\"\\\\/bfnrtx]|\\\\u[0-9a-fA-F]{3,4}|\\\\ud[89a-f]0f|[a-cก-ฮ\t])*\"",
        "[ \\[\\]{},:\"a]{0,3}",
    ];
    atom.prop_recursive(4, 24, 4, |inner| {
        let entry =
            (("\"[a-c]\"|[a-c]"), inner.clone()).prop_map(|(name, value)| format!("{name} : {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(" ,\n"))),
            prop::collection::vec(entry, 0..4).prop_map(|entries| format!("{{{}}}", entries.join(","))),
        ]
    })
}

#[track_caller]
fn agree(text: &str) {
    let (ours, theirs) = (Json::read(text.as_bytes()), serde_json::from_str(text).ok());
    assert!(ours.is_some() == theirs.is_some(), "{text}\n{ours:?}\n{theirs:?}");
    if let (Some(ours), Some(theirs)) = (ours, theirs) {
        assert!(is(&ours, &theirs), "{text}\n{ours:?}\n{theirs:?}");
    }
}

fn is(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::Int(ours), Value::Number(theirs)) => theirs.as_i64() == Some(*ours),
        (Json::Float(ours), Value::Number(theirs)) => {
            // serde_json reads some numbers of many digits to the double beside.
            let near = theirs.as_f64().is_some_and(|theirs| (ours - theirs).abs() <= theirs.abs() * 1e-15);
            near && theirs.as_i64().is_none()
        }
        (Json::Text(ours), Value::String(theirs)) => ours == theirs,
        (Json::List(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| is(ours, theirs))
        }
        (Json::Object(Object(ours)), Value::Object(theirs)) => theirs.iter().all(|(name, theirs)| {
            // Of two entries with one name serde_json keeps the later.
            ours.iter().rfind(|(ours, _)| ours == name).is_some_and(|(_, ours)| is(ours, theirs))
        }),
        _ => false,
    }
}

proptest! {
    #[test]
    fn texts_are_read_alike(text in text()) {
        agree(&text);
    }
}

#[test]
fn ends_are_read_alike() {
    let texts = r#"|-|0|-0|00|-01|1.|.5|1.e1|1e|1e+|1e5|1E400|-1e-400|9223372036854775807|9223372036854775808
        |-9223372036854775808|18446744073709551616|nul|nulll|"|"\"|"\u12"|"\ud800"|"\ud800\u0041"|"\ud83d\ude00"|"\udc00"
        |[|[]|[,]|[1,]|[1 2]|{|{}|{"a"}|{"a":}|{"a":1,}|{a:1}| 1 |1 1|[]]|"ก|tru|+1|1-2|1+|--1|NaN"#;
    texts.split('|').for_each(agree);
    agree("\u{feff}1");
    agree("\"\u{1}\"");
    for levels in [100, 127, 128, 129, 200] {
        agree(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    }
    assert_eq!(Json::read(b"\"\xff\""), None);
}
