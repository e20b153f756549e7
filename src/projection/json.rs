//! Writing JSON objects piece by piece, because an object of answers keeps the order of the form.

use std::fmt::Write;

use sync_protocol::value::ScalarRef;

/// A JSON object in the making.
#[derive(Debug)]
pub(super) struct ObjectWriter(String);

impl ObjectWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let mut out = String::with_capacity(bytes);
        out.push('{');
        Self(out)
    }

    /// Begins a member; the value is to be written to what this gives.
    pub(super) fn key(&mut self, key: &str) -> &mut String {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_text(&mut self.0, key);
        self.0.push(':');
        &mut self.0
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// The value as JSON.
pub(super) fn scalar_json(value: ScalarRef<'_>) -> String {
    let mut out = String::new();
    push_scalar(&mut out, value);
    out
}

pub(super) fn push_scalar(out: &mut String, value: ScalarRef<'_>) {
    match value {
        ScalarRef::Null => out.push_str("null"),
        ScalarRef::Bool(true) => out.push_str("true"),
        ScalarRef::Bool(false) => out.push_str("false"),
        ScalarRef::Int(number) => push_displayed(out, number),
        ScalarRef::Uint(number) => push_displayed(out, number),
        ScalarRef::F64(number) => push_decimal(out, number),
        ScalarRef::Str(text) => push_text(out, text),
    }
}

pub(super) fn push_displayed(out: &mut String, number: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{number}");
}

/// A decimal; JSON has no word for one that is not finite.
pub(super) fn push_decimal(out: &mut String, number: f64) {
    if number.is_finite() {
        let _ = write!(out, "{number:?}");
    } else {
        out.push_str("null");
    }
}

pub(super) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain_from..at]);
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            control => {
                let _ = write!(out, "\\u{control:04x}");
            }
        }
        plain_from = at + 1;
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let texts = ["", "บ้านเลขที่ 12/3", "\"quoted\" \\ \n\r\t\u{1}\u{1F}", "\u{2028}😀"];
        for text in texts {
            let json = scalar_json(ScalarRef::Str(text));
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text, "{json}");
        }
        for number in [0.0, -0.0, 2.0, 2.375, 1e21, 1e-7, f64::MAX, f64::MIN_POSITIVE, 16.8201] {
            let json = scalar_json(ScalarRef::F64(number));
            assert_eq!(serde_json::from_str::<f64>(&json).unwrap(), number, "{json}");
        }
        assert_eq!(scalar_json(ScalarRef::Uint(u64::MAX)), u64::MAX.to_string());
        assert_eq!(scalar_json(ScalarRef::Int(i64::MIN)), i64::MIN.to_string());
        assert_eq!(scalar_json(ScalarRef::F64(f64::NAN)), "null");

        let mut object = ObjectWriter::with_capacity(0);
        push_scalar(object.key("a\"b"), ScalarRef::Null);
        push_scalar(object.key("flood"), ScalarRef::Bool(true));
        assert_eq!(object.finish(), r#"{"a\"b":null,"flood":true}"#);
        assert_eq!(ObjectWriter::with_capacity(0).finish(), "{}");
    }
}
