//! Why an expression cannot be read, and what to write instead.

use crate::fault::Tongue;
use crate::limits::{EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, EXPRESSION_TERMS_MAX};

/// Why an expression cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.told(Tongue::English))]
pub struct ExprError {
    /// First byte of the expression's text that is at fault.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What is wrong.
    pub kind: ExprErrorKind,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ExprErrorKind {
    /// There is nothing to read.
    Empty,
    /// More bytes than [`EXPRESSION_BYTES_MAX`].
    TooLong,
    /// Nested deeper than [`EXPRESSION_DEPTH_MAX`].
    TooDeep,
    /// More terms than [`EXPRESSION_TERMS_MAX`].
    TooManyTerms,
    /// A number that nothing can hold.
    NumberTooLarge,
    /// A text whose quote is not closed.
    UnclosedText,
    /// What is opened, and what would close it.
    Unclosed(&'static str, &'static str),
    /// A character that no expression has.
    Character(char),
    /// An operator of another language, and what it is here.
    Foreign {
        /// As written.
        wrote: &'static str,
        /// As it should be.
        write: &'static str,
    },
    /// Something that cannot stand here; empty at the end of the text.
    Unexpected(String),
    /// A function that does not exist, and the name that is nearest.
    UnknownFunction {
        /// As written.
        name: String,
        /// What was meant, perhaps.
        closest: Option<String>,
    },
    /// A function that exists in ODK and not here.
    UnsupportedFunction(String),
    /// Too few or too many arguments.
    Arguments {
        /// Of which function.
        function: &'static str,
        /// The fewest it takes.
        min: usize,
        /// The most it takes.
        max: usize,
        /// How many are written.
        given: usize,
    },
    /// A field that does not exist, and the name that is nearest.
    UnknownField {
        /// As written.
        name: String,
        /// What was meant, perhaps.
        closest: Option<String>,
    },
    /// More than one field has this name.
    AmbiguousField(String),
    /// A field's name without `${ }`.
    BareName(String),
    /// A name without `${ }`, and no field has it.
    UnknownName(String),
    /// A column that the list does not have, and the name that is nearest.
    UnknownColumn {
        /// As written.
        name: String,
        /// Of which list.
        list: String,
        /// What was meant, perhaps.
        closest: Option<String>,
    },
    /// A list or table that the form does not have, and the name that is nearest.
    UnknownInstance {
        /// As written.
        name: String,
        /// What was meant, perhaps.
        closest: Option<String>,
    },
    /// No field of this name lies in that group.
    NoChild {
        /// As written.
        name: String,
        /// The group's name; empty for the form.
        group: String,
    },
    /// `..` above the form.
    NoParent,
    /// `.` or `..` where there is no current question.
    NoCurrent,
    /// A piece of XPath that ODK does not have either, or that nothing here understands.
    UnsupportedPath(String),
    /// The function takes a field, a repeat or a path, not a value.
    NeedsPath(&'static str),
    /// The argument (from 1) must be a text in quotes.
    NeedsLiteral(&'static str, usize),
    /// The repeat is not around the field.
    NotAround {
        /// The repeat.
        repeat: String,
        /// The field.
        field: String,
    },
    /// The field has no choices.
    NotASelect(String),
    /// A regular expression that cannot be done.
    Regex(RegexFault),
    /// A hash that cannot be made.
    DigestAlgorithm(String),
}

/// Why a regular expression cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegexFault {
    /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`.
    LookAround,
    /// `\1`, `\k<name>`.
    Backreference,
    /// `\p{…}`, `\P{…}`.
    UnicodeClass,
    /// Larger than the limits.
    TooLarge,
    /// Not a regular expression; in the words of the library.
    Invalid(String),
}

impl ExprError {
    /// What is wrong and what to write instead.
    #[must_use]
    pub fn told(&self, tongue: Tongue) -> String {
        match tongue {
            Tongue::Thai => self.kind.in_thai(),
            Tongue::English => self.kind.in_english(),
        }
    }
}

impl ExprErrorKind {
    fn in_english(&self) -> String {
        match self {
            Self::Empty => "the expression is empty; write one, or clear the cell".into(),
            Self::TooLong => format!(
                "the expression is longer than {EXPRESSION_BYTES_MAX} bytes; divide it over calculate fields"
            ),
            Self::TooDeep => format!(
                "the expression nests deeper than {EXPRESSION_DEPTH_MAX} levels; divide it over calculate fields"
            ),
            Self::TooManyTerms => format!(
                "the expression has more than {EXPRESSION_TERMS_MAX} terms; divide it over calculate fields"
            ),
            Self::NumberTooLarge => {
                "the number is too large; write a smaller one, or put it in quotes as a text".into()
            }
            Self::UnclosedText => {
                "a quote is opened and not closed; write ' or \" at the end of the text".into()
            }
            Self::Unclosed(open, close) => format!("{open} is opened and not closed; write {close}"),
            Self::Character(letter) => format!("{letter:?} has no meaning here; put a text in quotes"),
            Self::Foreign { wrote, write } => format!("write {write} instead of {wrote}"),
            Self::Unexpected(found) if found.is_empty() => {
                "the expression stops too early; something is missing at its end".into()
            }
            Self::Unexpected(found) => format!(
                "{found} cannot stand here; an operator, a comma or a parenthesis may be missing before it"
            ),
            Self::UnknownFunction { name, closest: Some(closest) } => {
                format!("there is no function {name}(); did you mean {closest}()?")
            }
            Self::UnknownFunction { name, closest: None } => {
                format!("there is no function {name}(); see the list of functions in docs/FORMS.md")
            }
            Self::UnsupportedFunction(name) => format!(
                "{name}() is not done here; take it out, or calculate its value before the form and give it in a table (pulldata)"
            ),
            Self::Arguments { function, min, max, given } => {
                format!("{function}() takes {}, not {given}", counted(*min, *max, "argument", "arguments"))
            }
            Self::UnknownField { name, closest: Some(closest) } => {
                format!("there is no field ${{{name}}}; did you mean ${{{closest}}}?")
            }
            Self::UnknownField { name, closest: None } => {
                format!("there is no field ${{{name}}}; write the name of a row of the survey sheet")
            }
            Self::AmbiguousField(name) => {
                format!("more than one field is named {name}; give each its own name")
            }
            Self::BareName(name) => {
                format!("write ${{{name}}} for the field's answer, or '{name}' for the text")
            }
            Self::UnknownName(name) => format!(
                "{name} is neither a field nor a function; write '{name}' if it is a text, or ${{…}} for a field"
            ),
            Self::UnknownColumn { name, list, closest: Some(closest) } => {
                format!("the list {list} has no column {name}; did you mean {closest}?")
            }
            Self::UnknownColumn { name, list, closest: None } => format!(
                "the list {list} has no column {name}; add it to the choices sheet, or write '{name}' if it is a text"
            ),
            Self::UnknownInstance { name, closest: Some(closest) } => {
                format!("the form has no list or file named {name}; did you mean {closest}?")
            }
            Self::UnknownInstance { name, closest: None } => format!(
                "the form has no list or file named {name}; name it in a select_one_from_file or csv-external row"
            ),
            Self::NoChild { name, group } if group.is_empty() => {
                format!("no {name} lies at the top of the form; write ${{{name}}}")
            }
            Self::NoChild { name, group } => format!("no {name} lies in {group}; write ${{{name}}}"),
            Self::NoParent => ".. goes above the form; write ${…} with the field's name".into(),
            Self::NoCurrent => "there is no current question here; write ${…} with the field's name".into(),
            Self::UnsupportedPath(what) => {
                format!("{what} is not understood; write ${{…}} with the field's name")
            }
            Self::NeedsPath(function) => {
                format!("{function}() takes a field or a repeat, such as {function}(${{…}}), not a value")
            }
            Self::NeedsLiteral(function, which) => {
                format!("argument {which} of {function}() must be a text in quotes")
            }
            Self::NotAround { repeat, field } => {
                format!("the repeat {repeat} is not around {field}; name the repeat that {field} lies in")
            }
            Self::NotASelect(name) => {
                format!("{name} has no choices; name a select question, in quotes: '${{…}}'")
            }
            Self::Regex(fault) => fault.in_english(),
            Self::DigestAlgorithm(name) => {
                format!("digest() cannot do {name}; write 'SHA-256', 'SHA-384' or 'SHA-512'")
            }
        }
    }

    fn in_thai(&self) -> String {
        match self {
            Self::Empty => "สูตรว่างเปล่า ให้เขียนสูตรหรือลบเซลล์นี้".into(),
            Self::TooLong => format!("สูตรยาวเกิน {EXPRESSION_BYTES_MAX} ไบต์ ให้แบ่งเป็นหลายแถวชนิด calculate"),
            Self::TooDeep => format!("สูตรซ้อนกันลึกเกิน {EXPRESSION_DEPTH_MAX} ชั้น ให้แบ่งเป็นหลายแถวชนิด calculate"),
            Self::TooManyTerms => format!("สูตรมีเกิน {EXPRESSION_TERMS_MAX} พจน์ ให้แบ่งเป็นหลายแถวชนิด calculate"),
            Self::NumberTooLarge => "ตัวเลขใหญ่เกินไป ให้ใช้ค่าที่เล็กลง หรือใส่เครื่องหมายคำพูดให้เป็นข้อความ".into(),
            Self::UnclosedText => "เปิดเครื่องหมายคำพูดแล้วไม่ได้ปิด ให้ใส่ ' หรือ \" ท้ายข้อความ".into(),
            Self::Unclosed(open, close) => format!("เปิด {open} แล้วไม่ได้ปิด ให้ใส่ {close}"),
            Self::Character(letter) => format!("อักขระ {letter:?} ใช้ในสูตรไม่ได้ ถ้าเป็นข้อความให้ใส่เครื่องหมายคำพูด"),
            Self::Foreign { wrote, write } => format!("ให้เขียน {write} แทน {wrote}"),
            Self::Unexpected(found) if found.is_empty() => "สูตรจบก่อนครบ ยังขาดบางส่วนท้ายสูตร".into(),
            Self::Unexpected(found) => format!("{found} อยู่ตรงนี้ไม่ได้ อาจขาดเครื่องหมาย จุลภาค หรือวงเล็บก่อนหน้า"),
            Self::UnknownFunction { name, closest: Some(closest) } => {
                format!("ไม่มีฟังก์ชัน {name}() หมายถึง {closest}() หรือไม่")
            }
            Self::UnknownFunction { name, closest: None } => {
                format!("ไม่มีฟังก์ชัน {name}() ดูรายชื่อฟังก์ชันใน docs/FORMS.md")
            }
            Self::UnsupportedFunction(name) => {
                format!("ฟังก์ชัน {name}() ใช้ที่นี่ไม่ได้ ให้ตัดออก หรือคำนวณค่าไว้ก่อนแล้วใส่ในตาราง (pulldata)")
            }
            Self::Arguments { function, min, max, given } => {
                format!("{function}() ต้องมี {} แต่เขียนไว้ {given}", counted(*min, *max, "ค่า", "ค่า"))
            }
            Self::UnknownField { name, closest: Some(closest) } => {
                format!("ไม่มีคำถาม ${{{name}}} หมายถึง ${{{closest}}} หรือไม่")
            }
            Self::UnknownField { name, closest: None } => {
                format!("ไม่มีคำถาม ${{{name}}} ให้เขียนชื่อของแถวในแผ่น survey")
            }
            Self::AmbiguousField(name) => format!("มีคำถามชื่อ {name} มากกว่าหนึ่งข้อ ให้ตั้งชื่อไม่ซ้ำกัน"),
            Self::BareName(name) => format!("ให้เขียน ${{{name}}} ถ้าหมายถึงคำตอบ หรือ '{name}' ถ้าหมายถึงข้อความ"),
            Self::UnknownName(name) => {
                format!("{name} ไม่ใช่ทั้งคำถามและฟังก์ชัน ให้เขียน '{name}' ถ้าเป็นข้อความ หรือ ${{…}} ถ้าเป็นคำถาม")
            }
            Self::UnknownColumn { name, list, closest: Some(closest) } => {
                format!("รายการ {list} ไม่มีคอลัมน์ {name} หมายถึง {closest} หรือไม่")
            }
            Self::UnknownColumn { name, list, closest: None } => {
                format!("รายการ {list} ไม่มีคอลัมน์ {name} ให้เพิ่มในแผ่น choices หรือเขียน '{name}' ถ้าเป็นข้อความ")
            }
            Self::UnknownInstance { name, closest: Some(closest) } => {
                format!("แบบฟอร์มไม่มีรายการหรือไฟล์ชื่อ {name} หมายถึง {closest} หรือไม่")
            }
            Self::UnknownInstance { name, closest: None } => {
                format!("แบบฟอร์มไม่มีรายการหรือไฟล์ชื่อ {name} ให้ระบุในแถว select_one_from_file หรือ csv-external")
            }
            Self::NoChild { name, group } if group.is_empty() => {
                format!("ไม่มี {name} ที่ชั้นบนสุดของแบบฟอร์ม ให้เขียน ${{{name}}}")
            }
            Self::NoChild { name, group } => format!("ไม่มี {name} อยู่ใน {group} ให้เขียน ${{{name}}}"),
            Self::NoParent => ".. ขึ้นไปสูงกว่าแบบฟอร์ม ให้เขียน ${…} พร้อมชื่อคำถาม".into(),
            Self::NoCurrent => "ตรงนี้ไม่มีคำถามปัจจุบัน ให้เขียน ${…} พร้อมชื่อคำถาม".into(),
            Self::UnsupportedPath(what) => format!("ไม่เข้าใจ {what} ให้เขียน ${{…}} พร้อมชื่อคำถาม"),
            Self::NeedsPath(function) => {
                format!("{function}() ต้องใช้กับคำถามหรือกลุ่มซ้ำ เช่น {function}(${{…}}) ไม่ใช่ค่า")
            }
            Self::NeedsLiteral(function, which) => {
                format!("ค่าที่ {which} ของ {function}() ต้องเป็นข้อความในเครื่องหมายคำพูด")
            }
            Self::NotAround { repeat, field } => {
                format!("กลุ่มซ้ำ {repeat} ไม่ได้ครอบ {field} ให้ระบุกลุ่มซ้ำที่ {field} อยู่ข้างใน")
            }
            Self::NotASelect(name) => {
                format!("{name} ไม่มีตัวเลือก ให้ระบุคำถามแบบเลือกตอบในเครื่องหมายคำพูด '${{…}}'")
            }
            Self::Regex(fault) => fault.in_thai(),
            Self::DigestAlgorithm(name) => {
                format!("digest() ทำ {name} ไม่ได้ ให้เขียน 'SHA-256' 'SHA-384' หรือ 'SHA-512'")
            }
        }
    }
}

impl RegexFault {
    fn in_english(&self) -> String {
        match self {
            Self::LookAround => "regex() has no look-around (?= ?! ?<= ?<!); write the condition with and, or and a second regex()".into(),
            Self::Backreference => "regex() has no backreferences (\\1); compare the parts with substr()".into(),
            Self::UnicodeClass => "regex() has no \\p{…}; name the letters in brackets, such as [ก-๙a-zA-Z]".into(),
            Self::TooLarge => "the regular expression is too large; repeat fewer times, or use string-length()".into(),
            Self::Invalid(why) => format!("this is not a regular expression: {why}"),
        }
    }

    fn in_thai(&self) -> String {
        match self {
            Self::LookAround => {
                "regex() ใช้ (?= ?! ?<= ?<!) ไม่ได้ ให้แยกเงื่อนไขด้วย and, or และ regex() อีกตัว".into()
            }
            Self::Backreference => "regex() อ้างกลุ่มก่อนหน้า (\\1) ไม่ได้ ให้เทียบทีละส่วนด้วย substr()".into(),
            Self::UnicodeClass => "regex() ใช้ \\p{…} ไม่ได้ ให้ระบุตัวอักษรในวงเล็บ เช่น [ก-๙a-zA-Z]".into(),
            Self::TooLarge => "รูปแบบ regex ใหญ่เกินไป ให้ลดจำนวนซ้ำ หรือใช้ string-length()".into(),
            Self::Invalid(why) => format!("รูปแบบ regex ไม่ถูกต้อง: {why}"),
        }
    }
}

fn counted(min: usize, max: usize, one: &str, many: &str) -> String {
    match (min, max) {
        (1, 1) => format!("1 {one}"),
        (min, max) if min == max => format!("{min} {many}"),
        (min, crate::limits::CALL_ARGUMENTS_MAX) => format!("≥ {min} {many}"),
        (min, max) => format!("{min}–{max} {many}"),
    }
}
