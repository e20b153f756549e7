//! Bytes, line by line, each with what it means.

use data_encoding::HEXLOWER;
use minicbor::Decoder;
use minicbor::data::Type;
use sync_protocol::change::Change;

/// What stands where in a CBOR message.
pub(crate) enum Shape {
    /// A number, a byte string, or null.
    Leaf(&'static str),
    /// An array with one element for each field.
    Fields(&'static str, &'static [Shape]),
    /// An array of any number of these.
    List(&'static str, &'static Shape),
    /// An array of the variant's number and an array of its fields.
    Choice(&'static str, &'static [(&'static str, &'static [Shape])]),
}

use Shape::{Choice, Fields, Leaf, List};

const CURSOR: Shape = Fields("cursor", &[Leaf("epoch"), Leaf("sequence number"), Leaf("chain")]);
const CHANGES: Shape = List("changes", &Leaf("change"));
const HOUSEHOLD: Shape = Leaf("household");
const VILLAGE: Shape = Leaf("village");

pub(crate) const REQUEST: Shape = Fields(
    "request",
    &[
        CURSOR,
        Leaf("budget, bytes"),
        List("pushed", &Fields("household's changes", &[HOUSEHOLD, VILLAGE, CHANGES])),
        List("buckets", &Fields("village's buckets", &[VILLAGE, Leaf("64 digests of 8 bytes")])),
        List("have", &Fields("what is held", &[HOUSEHOLD, Leaf("short hashes of its changes")])),
    ],
);

pub(crate) const REPLY: Shape = Fields(
    "reply",
    &[
        Leaf("verdicts, one byte each"),
        List(
            "notes",
            &Fields("note", &[Leaf("index"), Leaf("reason"), List("missing", &Leaf("change hash"))]),
        ),
        List(
            "entries",
            &Choice(
                "entry",
                &[
                    ("changes", &[HOUSEHOLD, VILLAGE, CHANGES]),
                    ("folded", &[HOUSEHOLD, VILLAGE, Leaf("into")]),
                    ("moved", &[HOUSEHOLD, VILLAGE, Leaf("to")]),
                    ("erased", &[HOUSEHOLD, VILLAGE]),
                ],
            ),
        ),
        CURSOR,
        Leaf("standing"),
        List("digests", &Fields("village's digest", &[VILLAGE, Leaf("digest")])),
        List("frames", &Fields("frame", &[Leaf("SHA-256"), Leaf("bytes")])),
        List(
            "differing",
            &Fields(
                "village",
                &[
                    VILLAGE,
                    Leaf("numbers of the buckets that differ, one byte each"),
                    List("households", &Fields("household's heads", &[HOUSEHOLD, Leaf("short hashes")])),
                ],
            ),
        ),
        List(
            "answers",
            &Fields(
                "answer",
                &[
                    HOUSEHOLD,
                    Choice(
                        "fate",
                        &[
                            ("live", &[VILLAGE]),
                            ("unknown", &[]),
                            ("folded", &[Leaf("into")]),
                            ("moved", &[Leaf("to")]),
                            ("erased", &[]),
                        ],
                    ),
                    CHANGES,
                    Leaf("wanted short hashes"),
                ],
            ),
        ),
        Leaf("hub's clock, Unix ms"),
        Leaf("fingerprint of the published forms"),
    ],
);

/// The lines of a page: hex, and what it means.
#[derive(Default)]
pub(crate) struct Lines {
    lines: Vec<(String, String)>,
}

/// Bytes on one line.
const LINE_BYTES: usize = 24;

impl Lines {
    /// A line, with more lines of hex where it is long.
    fn push(&mut self, depth: usize, bytes: &[u8], meaning: &str) {
        let indent = " ".repeat(depth);
        let mut chunks = bytes.chunks(LINE_BYTES);
        let first = chunks.next().unwrap_or_default();
        self.lines.push((format!("{indent}{}", HEXLOWER.encode(first)), meaning.to_owned()));
        self.lines.extend(chunks.map(|chunk| (format!("{indent}{}", HEXLOWER.encode(chunk)), String::new())));
    }

    pub(crate) fn finish(&self) -> String {
        let width = self.lines.iter().map(|(hex, _)| hex.len()).max().unwrap_or(0);
        let lines =
            self.lines.iter().map(|(hex, meaning)| format!("{hex:width$}  {meaning}").trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A message: a version byte, then CBOR of this shape.
    pub(crate) fn message(&mut self, body: &[u8], shape: &Shape) {
        self.push(0, &body[..1], "version");
        let mut decoder = Decoder::new(&body[1..]);
        self.item(&mut decoder, shape, 0);
        assert_eq!(decoder.position(), body.len() - 1);
    }

    fn item(&mut self, decoder: &mut Decoder<'_>, shape: &Shape, depth: usize) {
        let start = decoder.position();
        let input = decoder.input().to_vec();
        if decoder.datatype().expect("an item") == Type::Null {
            decoder.null().expect("null");
            let (Leaf(name) | Fields(name, _) | List(name, _) | Choice(name, _)) = shape;
            return self.push(depth, &input[start..=start], &format!("{name}: none"));
        }
        match shape {
            Leaf(name) => self.leaf(decoder, name, depth),
            Fields(name, fields) => {
                let count = decoder.array().expect("an array").expect("a length");
                self.push(depth, &input[start..decoder.position()], name);
                let fields = fields.iter().zip(0..count);
                fields.for_each(|(field, _)| self.item(decoder, field, depth + 1));
            }
            List(name, each) => {
                let count = decoder.array().expect("an array").expect("a length");
                self.push(depth, &input[start..decoder.position()], &format!("{name}: {count}"));
                (0..count).for_each(|_| self.item(decoder, each, depth + 1));
            }
            Choice(name, variants) => {
                decoder.array().expect("an array");
                let number = decoder.u32().expect("a variant");
                let (variant, fields) = &variants[number as usize];
                self.push(depth, &input[start..decoder.position()], &format!("{name}: {variant}"));
                let start = decoder.position();
                decoder.array().expect("an array");
                self.push(depth + 1, &input[start..decoder.position()], &format!("fields of {variant}"));
                fields.iter().for_each(|field| self.item(decoder, field, depth + 1));
            }
        }
    }

    fn leaf(&mut self, decoder: &mut Decoder<'_>, name: &str, depth: usize) {
        let start = decoder.position();
        let input = decoder.input().to_vec();
        if decoder.datatype().expect("an item") != Type::Bytes {
            let number = decoder.int().expect("a number");
            return self.push(depth, &input[start..decoder.position()], &format!("{name}: {number}"));
        }
        let bytes = decoder.bytes().expect("bytes");
        let header = decoder.position() - bytes.len();
        if bytes.is_empty() {
            return self.push(depth, &input[start..header], &format!("{name}: none"));
        }
        self.push(depth, &input[start..header], &format!("{name}: length {}", bytes.len()));
        self.push(depth + 1, bytes, "");
    }

    /// A change, from its magic to its last column.
    pub(crate) fn change(&mut self, bytes: &[u8]) {
        let change = Change::read(bytes).expect("a good change");
        let mut at = Walker { bytes, at: 0, lines: self };
        at.take(4, "magic");
        at.take(4, "checksum: the first 4 bytes of the hash");
        at.take(1, "type: an uncompressed change");
        at.number("length of the body");
        at.number("dependencies");
        change.deps().iter().for_each(|_| at.take(32, "a dependency's hash"));
        at.number("length of the author");
        at.take(16, "author: device, then 8 random bytes");
        at.number("sequence number");
        at.number("counter of the first operation");
        at.take_signed(&format!("time: {} ms", change.time_ms()));
        at.number("length of the message");
        let others = at.number("other actors");
        for _ in 0..others {
            at.number("length of the actor");
            at.take(16, "actor 1, 2, …");
        }
        let columns = at.number("columns");
        let mut lengths = Vec::new();
        for _ in 0..columns {
            let (specification, length) = at.header();
            lengths.push((specification, length));
        }
        for (specification, length) in lengths {
            at.take(length, column_name(specification));
        }
        assert_eq!(at.at, bytes.len());
    }
}

/// The columns that a change may have, by specification.
pub(crate) fn column_name(specification: u64) -> &'static str {
    match specification {
        0x01 => "object: actor",
        0x02 => "object: counter",
        0x15 => "key",
        0x34 => "insert",
        0x42 => "action",
        0x56 => "value: length and type",
        0x57 => "value: bytes",
        0x70 => "predecessors: count",
        0x71 => "predecessors: actor",
        0x73 => "predecessors: counter",
        other => panic!("no column {other:#x}"),
    }
}

struct Walker<'a> {
    bytes: &'a [u8],
    at: usize,
    lines: &'a mut Lines,
}

impl Walker<'_> {
    fn take(&mut self, count: usize, meaning: &str) {
        self.lines.push(0, &self.bytes[self.at..self.at + count], meaning);
        self.at += count;
    }

    /// Reads an unsigned LEB128 number at `at`; gives it and its length.
    fn leb(&self, at: usize) -> (u64, usize) {
        let mut value = 0;
        for (length, byte) in self.bytes[at..].iter().enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * length);
            if byte & 0x80 == 0 {
                return (value, length + 1);
            }
        }
        panic!("a number without an end")
    }

    fn number(&mut self, name: &str) -> u64 {
        let (value, length) = self.leb(self.at);
        self.take(length, &format!("{name}: {value}"));
        value
    }

    fn take_signed(&mut self, meaning: &str) {
        let (_, length) = self.leb(self.at);
        self.take(length, meaning);
    }

    fn header(&mut self) -> (u64, usize) {
        let (specification, first) = self.leb(self.at);
        let (length, second) = self.leb(self.at + first);
        let meaning = format!("column {specification:#04x}, {}: length {length}", column_name(specification));
        self.take(first + second, &meaning);
        (specification, usize::try_from(length).expect("a length"))
    }
}
