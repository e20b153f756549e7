//! The words of an expression, each with its place in the text.

use crate::expr::error::{ExprError, ExprErrorKind};

/// One word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) word: Word<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Word<'a> {
    /// A number, without a sign.
    Number(f64),
    /// What stands between quotes.
    Literal(&'a str),
    /// A name, with its prefix (`jr:choice-name`).
    Name(&'a str),
    /// What stands between `${` and `}`.
    Reference(&'a str),
    /// An operator: a symbol, or `and`, `or`, `div`, `mod` where an operator can stand.
    Operator(&'static str),
    /// `(`, `)`, `[`, `]`, `,`, `/`, `//`, `.`, `..`, `@`, `::`.
    Mark(&'static str),
}

/// Operators and marks; where one begins another, the longer stands first.
const SYMBOLS: [(&str, bool); 21] = [
    ("!=", true),
    ("<=", true),
    (">=", true),
    ("//", false),
    ("..", false),
    ("::", false),
    ("=", true),
    ("<", true),
    (">", true),
    ("+", true),
    ("-", true),
    ("*", true),
    ("|", true),
    ("(", false),
    (")", false),
    ("[", false),
    ("]", false),
    (",", false),
    ("/", false),
    (".", false),
    ("@", false),
];

/// What people write who know another language, and what it is here.
const FOREIGN: [(&str, &str); 7] =
    [("==", "="), ("<>", "!="), ("&&", "and"), ("||", "or"), ("&", "and"), ("!", "not(…)"), ("%", "mod")];

const WORD_OPERATORS: [&str; 4] = ["and", "or", "div", "mod"];

/// Divides `text` into words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ExprError> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if is_space(first) {
            at += first.len_utf8();
            continue;
        }
        let (word, length) = word(&text[at..], found.last()).map_err(|(length, kind)| ExprError {
            start: at,
            end: at + length,
            kind,
        })?;
        found.push(Token { word, start: at, end: at + length });
        at += length;
    }
    Ok(found)
}

type Fault = (usize, ExprErrorKind);

/// The word that `rest` begins with, and its length in bytes.
fn word<'a>(rest: &'a str, before: Option<&Token<'_>>) -> Result<(Word<'a>, usize), Fault> {
    let first = rest.chars().next().unwrap_or(' ');
    if let Some(close) = closing_quotes(first) {
        return literal(rest, first, close);
    }
    if let Some(inside) = rest.strip_prefix("${") {
        let end = inside.find('}').ok_or((rest.len(), ExprErrorKind::Unclosed("${", "}")))?;
        return Ok((Word::Reference(inside[..end].trim()), end + 3));
    }
    if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit())) {
        return number(rest);
    }
    if is_name_start(first) {
        return Ok(name(rest, before));
    }
    let foreign = FOREIGN.iter().find(|(wrote, _)| rest.starts_with(wrote) && !rest.starts_with("!="));
    if let Some((wrote, write)) = foreign {
        return Err((wrote.len(), ExprErrorKind::Foreign { wrote, write }));
    }
    for (symbol, is_operator) in SYMBOLS {
        if rest.starts_with(symbol) {
            let word = if is_operator { Word::Operator(symbol) } else { Word::Mark(symbol) };
            return Ok((word, symbol.len()));
        }
    }
    Err((first.len_utf8(), ExprErrorKind::Character(first)))
}

/// A text. Spreadsheets like to turn straight quotes into bent ones: they are taken as meant.
fn literal<'a>(rest: &'a str, open: char, close: &[char]) -> Result<(Word<'a>, usize), Fault> {
    let inside = &rest[open.len_utf8()..];
    // A text that opens with a straight quote may hold bent ones, and closes with one only if it must.
    let end = inside.find(close[0]).filter(|_| open == close[0]).or_else(|| inside.find(close));
    let end = end.ok_or((rest.len(), ExprErrorKind::UnclosedText))?;
    let width = inside[end..].chars().next().map_or(0, char::len_utf8);
    Ok((Word::Literal(&inside[..end]), open.len_utf8() + end + width))
}

fn closing_quotes(open: char) -> Option<&'static [char]> {
    match open {
        '\'' | '\u{2018}' | '\u{2019}' => Some(&['\'', '\u{2018}', '\u{2019}']),
        '"' | '\u{201c}' | '\u{201d}' => Some(&['"', '\u{201c}', '\u{201d}']),
        _ => None,
    }
}

fn number(rest: &str) -> Result<(Word<'static>, usize), Fault> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    let fraction = rest[whole..].strip_prefix('.').map_or(0, |after| 1 + digits(after));
    let length = whole + fraction;
    match light::read_number(&rest[..length]) {
        Some(number) if number.is_finite() => Ok((Word::Number(number), length)),
        _ => Err((length, ExprErrorKind::NumberTooLarge)),
    }
}

/// A name, or an operator made of letters where the word before lets an operator stand.
fn name<'a>(rest: &'a str, before: Option<&Token<'_>>) -> (Word<'a>, usize) {
    let mut length = name_length(rest);
    if let Some(local) = rest[length..].strip_prefix(':').filter(|local| local.starts_with(is_name_start)) {
        length += 1 + name_length(local);
    }
    let name = &rest[..length];
    let after_operand = before.is_some_and(|token| match token.word {
        Word::Number(_) | Word::Literal(_) | Word::Name(_) | Word::Reference(_) => true,
        Word::Operator(_) => false,
        Word::Mark(mark) => matches!(mark, ")" | "]" | "." | ".."),
    });
    let operator = WORD_OPERATORS.into_iter().find(|operator| *operator == name && after_operand);
    (operator.map_or(Word::Name(name), Word::Operator), length)
}

fn name_length(text: &str) -> usize {
    text.find(|letter| !is_name_part(letter)).unwrap_or(text.len())
}

/// Whitespace, the kinds that spreadsheets and web pages leave included.
pub(super) fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}')
}

/// As in XML names.
pub(super) fn is_name_start(letter: char) -> bool {
    matches!(letter,
        'a'..='z' | 'A'..='Z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// As in XML names.
pub(super) fn is_name_part(letter: char) -> bool {
    is_name_start(letter)
        || matches!(letter, '0'..='9' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word<'_>> {
        tokens(text).expect("words").into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn a_word_is_an_operator_only_where_one_can_stand() {
        assert_eq!(
            words("div div mod"),
            [Word::Name("div"), Word::Operator("div"), Word::Name("mod")],
            "a field may be named like an operator"
        );
        assert_eq!(words("${a}and .5"), [Word::Reference("a"), Word::Operator("and"), Word::Number(0.5)]);
    }

    #[test]
    fn names_hold_hyphens_dots_thai_and_a_prefix() {
        assert_eq!(words("น้ำ-ใช้.1 jr:choice-name"), [Word::Name("น้ำ-ใช้.1"), Word::Name("jr:choice-name")]);
    }

    #[test]
    fn bent_quotes_are_taken_as_meant() {
        assert_eq!(words("\u{2018}yes\u{2019}"), [Word::Literal("yes")]);
        assert_eq!(words("\u{201c}it's\u{201d}"), [Word::Literal("it's")]);
    }

    #[test]
    fn faults_name_their_place() {
        let fault = tokens("${a} == 1").expect_err("a foreign operator");
        assert_eq!((fault.start, fault.end), (5, 7));
        let fault = tokens("concat('a, 1)").expect_err("an open text");
        assert_eq!((fault.start, fault.kind), (7, ExprErrorKind::UnclosedText));
    }
}
