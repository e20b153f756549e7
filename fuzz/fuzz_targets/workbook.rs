//! Whatever bytes come as a workbook: reading and compiling them ends, in bounds, with a form or with
//! faults; and a form survives its JSON.
//!
//! `cargo +nightly fuzz run workbook fuzz/corpus/workbook fuzz/seeds/workbook`
//!
//! The first byte of an input says what the rest is. `x`: the parts of an .xlsx, which get a zip with
//! the right lengths and checksums around them; `b`: the records of an .xls, which get the file system
//! around them. Otherwise the fuzzer would never come past those. Anything else is a whole file as it
//! stands.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use survey_form::fault::{Severity, Tongue};
use survey_form::model::Form;
use survey_form::xlsform::compile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The parts that a fuzzed .xlsx has, in the order in which an input has them, each after a line of `%%`.
const PARTS: [&str; 6] = [
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "_rels/.rels",
];
const BETWEEN_PARTS: &[u8] = b"\n%%\n";

fuzz_target!(init: let_the_caught_unwind(), |input: &[u8]| {
    let compiled = match input.split_first() {
        Some((b'x', parts)) => compile(&packed(parts), "fuzz"),
        Some((b'b', records)) => compile(&compound(records), "fuzz"),
        _ => compile(input, "fuzz"),
    };
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

/// A panic in calamine is no finding: the reader catches it and refuses the workbook. Every other ends
/// the fuzzing, as libfuzzer-sys has it.
fn let_the_caught_unwind() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_caught = |file: &str| file.contains("/calamine-") || file.contains("/quick-xml-");
        if !panic.location().is_some_and(|location| is_caught(location.file())) {
            abort(panic);
        }
    }));
}

fn packed(input: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut rest = input;
    for name in PARTS {
        let end = rest.windows(BETWEEN_PARTS.len()).position(|window| window == BETWEEN_PARTS);
        let part = &rest[..end.unwrap_or(rest.len())];
        rest = end.map_or(&[], |end| &rest[end + BETWEEN_PARTS.len()..]);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(name, options).expect("in memory");
        zip.write_all(part).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

/// A compound file with one stream, `Workbook`: header, one table of chains, the directory, the stream.
fn compound(records: &[u8]) -> Vec<u8> {
    const SECTOR_BYTES: usize = 512;
    const END_OF_CHAIN: u32 = 0xffff_fffe;
    // As much as one table can chain.
    let mut stream = records[..records.len().min(125 * SECTOR_BYTES)].to_vec();
    let length = stream.len().max(4_096); // a shorter one would lie elsewhere
    stream.resize(length.next_multiple_of(SECTOR_BYTES), 0);
    let sectors = (stream.len() / SECTOR_BYTES) as u32;

    let mut file = vec![0; SECTOR_BYTES];
    file[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    file[24..34].copy_from_slice(&[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    file[44] = 1; // one table, in sector 0; the directory in sector 1
    file[48] = 1;
    file[56..60].copy_from_slice(&4_096_u32.to_le_bytes());
    file[60..64].copy_from_slice(&END_OF_CHAIN.to_le_bytes());
    file[68..72].copy_from_slice(&END_OF_CHAIN.to_le_bytes());
    file[76..80].fill(0);
    file[80..].fill(0xff);

    let mut table = vec![0xffff_fffd, END_OF_CHAIN];
    table.extend(3..2 + sectors);
    table.push(END_OF_CHAIN);
    table.resize(SECTOR_BYTES / 4, 0xffff_ffff);
    file.extend(table.iter().flat_map(|next: &u32| next.to_le_bytes()));

    let entry = |name: &str, kind: u8, start: u32, bytes: u32| {
        let mut entry = name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        entry.resize(128, 0);
        entry[66] = kind;
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..124].copy_from_slice(&bytes.to_le_bytes());
        entry
    };
    file.extend(entry("Root Entry", 5, END_OF_CHAIN, 0));
    file.extend(entry("Workbook", 2, 2, length as u32));
    file.resize(3 * SECTOR_BYTES, 0);
    file.extend(stream);
    file
}
