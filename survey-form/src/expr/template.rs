//! Labels with values in them, and which defaults are expressions.

use crate::expr::error::{ExprError, ExprErrorKind};
use crate::expr::outline::Scope;
use crate::expr::parse;
use crate::expr::token::{is_name_part, is_name_start};
use crate::model::{Kind, Piece, Template};

/// Reads a label or message: text with `${name}` in it.
///
/// # Errors
///
/// As [`parse`](crate::expr::parse).
pub fn parse_template(text: &str, scope: &Scope<'_>) -> Result<Template, ExprError> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${").map(|found| at + found) {
        let Some(end) = text[start..].find('}').map(|found| start + found + 1) else {
            let kind = ExprErrorKind::Unclosed("${", "}");
            return Err(ExprError { start, end: text.len(), kind });
        };
        if start > at {
            pieces.push(Piece::Literal(text[at..start].to_owned()));
        }
        let value = parse(&text[start..end], scope).map_err(|error| ExprError {
            start: start + error.start,
            end: start + error.end,
            kind: error.kind,
        })?;
        pieces.push(Piece::Value(value));
        at = end;
    }
    if at < text.len() {
        pieces.push(Piece::Literal(text[at..].to_owned()));
    }
    Ok(Template(pieces))
}

/// Whether a default is an expression rather than an answer as written: it calls a function, refers to
/// a field, or calculates. A hyphen alone calculates nothing in a date or a point.
#[must_use]
pub fn is_dynamic_default(text: &str, kind: &Kind) -> bool {
    let keeps_hyphens =
        matches!(kind, Kind::Date | Kind::DateTime | Kind::Geopoint | Kind::Geotrace | Kind::Geoshape);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(1, |end| end + 2),
            '0'..='9' | '.' => number_length(rest),
            '-' if rest[1..].starts_with(|next: char| next.is_ascii_digit()) => 1 + number_length(&rest[1..]),
            '-' if keeps_hyphens => return false,
            '-' | '+' | '*' | '|' => return true,
            '$' if rest.starts_with("${") && rest.contains('}') => return true,
            _ if is_name_start(first) => {
                let length = rest
                    .char_indices()
                    .find(|(_, letter)| !(is_name_part(*letter) || *letter == ':'))
                    .map_or(rest.len(), |(at, _)| at);
                if rest[length..].starts_with('(') {
                    return true;
                }
                length
            }
            ' ' if [" mod ", " div "].iter().any(|operator| rest.starts_with(operator)) => return true,
            _ => first.len_utf8(),
        };
        rest = &rest[length..];
    }
    false
}

/// The length of a number, a date or a time: what begins with a digit and holds no letter.
fn number_length(text: &str) -> usize {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == '.';
    let digits = text.find(|letter| !is_part(letter)).unwrap_or(text.len()).max(1);
    let is_date = digits == 4 && text.as_bytes().get(4) == Some(&b'-');
    if is_date {
        let part = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | ':' | 'T' | '.' | 'Z');
        return text.find(|letter| !part(letter)).unwrap_or(text.len());
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_an_expression_where_it_calculates() {
        for text in ["today()", "${age} + 1", "1 + 2", "now()", "'a' | 'b'", "7 div 2", "${a}"] {
            assert!(is_dynamic_default(text, &Kind::Text), "{text}");
        }
        for text in
            ["2024-01-31", "-5", "081-2345678", "foo-bar", "yes", "'1 + 2'", "บ้านเลขที่ 5", "a.b", "0.5"]
        {
            assert!(!is_dynamic_default(text, &Kind::Text), "{text}");
        }
        assert!(!is_dynamic_default("2024-01-31T10:00:00", &Kind::DateTime));
        assert!(!is_dynamic_default("16.5 100.2 - 0", &Kind::Geopoint));
    }
}
