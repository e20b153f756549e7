//! JSON, read into a tree and taken apart: a derived reader weighs a thousand bytes and more for each type.

use crate::{Map, read_number};

/// Levels that a text nests, as serde_json has it.
const LEVELS_MAX: usize = 127;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, as it is written.
    Object(Object),
}

/// The entries of an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object(pub Vec<(String, Json)>);

/// What a value can be read as; `None` where it is something else.
pub trait FromJson: Sized {
    /// Takes a value apart.
    fn from_json(json: Json) -> Option<Self>;
}

impl Json {
    /// Reads a text; `None` where it is no JSON.
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Self> {
        let mut reader = Reader { text: std::str::from_utf8(text).ok()?, at: 0 };
        let json = reader.value(LEVELS_MAX)?;
        (reader.next() == 0 && reader.at == text.len()).then_some(json)
    }

    /// The entries of an object.
    #[must_use]
    pub fn object(self) -> Option<Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// A name with a value, as serde writes a variant: `{"name": value}`, or `"name"` where there is none.
    #[must_use]
    pub fn variant(self) -> Option<(String, Self)> {
        match self {
            Self::Text(name) => Some((name, Self::Null)),
            Self::Object(Object(mut entries)) if entries.len() == 1 => entries.pop(),
            _ => None,
        }
    }
}

impl Object {
    /// Takes out an entry; one that is not there is read as `null`.
    pub fn take<T: FromJson>(&mut self, name: &str) -> Option<T> {
        T::from_json(self.find(name).unwrap_or(Json::Null))
    }

    /// Takes out an entry; one that is not there has its default.
    pub fn take_or_default<T: FromJson + Default>(&mut self, name: &str) -> Option<T> {
        self.find(name).map_or_else(|| Some(T::default()), T::from_json)
    }

    fn find(&mut self, name: &str) -> Option<Json> {
        let place = self.0.iter().position(|(held, _)| held == name)?;
        Some(std::mem::replace(&mut self.0[place].1, Json::Null))
    }
}

impl FromJson for Json {
    fn from_json(json: Json) -> Option<Self> {
        Some(json)
    }
}

impl FromJson for bool {
    fn from_json(json: Json) -> Option<Self> {
        if let Json::Bool(truth) = json { Some(truth) } else { None }
    }
}

impl FromJson for i64 {
    fn from_json(json: Json) -> Option<Self> {
        if let Json::Int(number) = json { Some(number) } else { None }
    }
}

impl FromJson for u8 {
    fn from_json(json: Json) -> Option<Self> {
        i64::from_json(json)?.try_into().ok()
    }
}

impl FromJson for u32 {
    fn from_json(json: Json) -> Option<Self> {
        i64::from_json(json)?.try_into().ok()
    }
}

impl FromJson for usize {
    fn from_json(json: Json) -> Option<Self> {
        i64::from_json(json)?.try_into().ok()
    }
}

impl FromJson for f64 {
    #[expect(clippy::cast_precision_loss, reason = "a whole number may stand for a double")]
    fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Int(number) => Some(number as Self),
            Json::Float(number) => Some(number),
            _ => None,
        }
    }
}

impl FromJson for String {
    fn from_json(json: Json) -> Option<Self> {
        if let Json::Text(text) = json { Some(text) } else { None }
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: Json) -> Option<Self> {
        if json == Json::Null { Some(None) } else { T::from_json(json).map(Some) }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: Json) -> Option<Self> {
        let Json::List(items) = json else { return None };
        items.into_iter().map(T::from_json).collect()
    }
}

impl<T: FromJson> FromJson for Map<String, T> {
    fn from_json(json: Json) -> Option<Self> {
        json.object()?.0.into_iter().map(|(name, value)| Some((name, T::from_json(value)?))).collect()
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is no space, which stays; 0 at the end.
    fn next(&mut self) -> u8 {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return *byte;
            }
            self.at += 1;
        }
        0
    }

    /// Whether this byte comes next; then it is taken.
    fn has(&mut self, byte: u8) -> bool {
        let has = self.next() == byte;
        self.at += usize::from(has);
        has
    }

    fn value(&mut self, levels: usize) -> Option<Json> {
        match self.next() {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' | b'{' if levels == 0 => None,
            b'[' => {
                let mut items = Vec::new();
                self.inside(b']', |reader| {
                    items.push(reader.value(levels - 1)?);
                    Some(())
                })?;
                Some(Json::List(items))
            }
            b'{' => {
                let mut entries = Vec::new();
                self.inside(b'}', |reader| {
                    let name = if reader.next() == b'"' { reader.string()? } else { return None };
                    let value = if reader.has(b':') { reader.value(levels - 1)? } else { return None };
                    entries.push((name, value));
                    Some(())
                })?;
                Some(Json::Object(Object(entries)))
            }
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, json: Json) -> Option<Json> {
        let is_it = self.text[self.at..].starts_with(word);
        self.at += word.len();
        is_it.then_some(json)
    }

    /// What lies between a bracket, which comes next, and the one that closes it, with commas between.
    fn inside(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.has(close) {
            return Some(());
        }
        loop {
            item(self)?;
            if self.has(close) {
                return Some(());
            }
            if !self.has(b',') {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|letter| matches!(letter, '"' | '\\' | '\0'..='\u{1f}'))?;
            string += &rest[..plain];
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Some(string),
                b'\\' => string.push(self.escaped()?),
                _ => return None,
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = *self.text.as_bytes().get(self.at)?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first);
                }
                if !self.text[self.at..].starts_with("\\u") {
                    return None;
                }
                self.at += 2;
                let second = self.unit()?.checked_sub(0xdc00).filter(|second| *second < 0x400)?;
                return char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second);
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        let value = |unit: u32, digit: char| Some(unit << 4 | digit.to_digit(16)?);
        digits.chars().try_fold(0, value)
    }

    fn number(&mut self) -> Option<Json> {
        let rest = &self.text[self.at..];
        let is_in = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.' | 'e' | 'E');
        let text = &rest[..rest.find(|letter| !is_in(letter)).unwrap_or(rest.len())];
        self.at += text.len();
        // Beyond what JSON allows, a number may begin with a point, a plus or a zero and end with a point.
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let is_bare = |place: usize| unsigned.as_bytes().get(place).is_some_and(u8::is_ascii_digit);
        let after_point = unsigned.find('.').is_none_or(|point| is_bare(point + 1));
        if !is_bare(0) || unsigned.starts_with('0') && is_bare(1) || !after_point {
            return None;
        }
        match text.parse() {
            Ok(whole) if whole != 0 || text == unsigned => Some(Json::Int(whole)),
            _ => read_number(text).filter(|number| number.is_finite()).map(Json::Float),
        }
    }
}
