//! The parts of PROTOCOL.md that follow from the code: they stand between two marks each.

use std::fmt::Write;

use data_encoding::HEXLOWER;
use sync_protocol::change::Refusal;
use sync_protocol::genesis::{self, GENESIS};
use sync_protocol::hub::Reason;
use sync_protocol::limits;

use super::annotate::{Lines, REPLY, REQUEST};
use super::example::example;
use super::{assert_fresh, workspace};

#[test]
fn the_specification_says_what_the_code_does() {
    let path = workspace().join("sync-protocol/PROTOCOL.md");
    let mut page = std::fs::read_to_string(&path).expect("the specification");
    for (mark, text) in [
        ("genesis", genesis_bytes()),
        ("limits", limits_table()),
        ("reasons", reasons()),
        ("example", worked()),
    ] {
        page = with_part(&page, mark, &text);
    }
    assert_fresh(&path, &page);
}

/// The page with another text between the marks of this part.
fn with_part(page: &str, mark: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {mark}: made by a test -->\n"), format!("<!-- end of {mark} -->\n"));
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no mark {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no mark {end}"));
    [before, &begin, text, &end, after].concat()
}

fn genesis_bytes() -> String {
    let hash = HEXLOWER.encode(&genesis::hash().0);
    format!("```\n{}\nhash {hash}\n```\n", HEXLOWER.encode(GENESIS))
}

/// Names of limits, with their values.
macro_rules! limits {
    ($($name:ident)+) => {
        [$((stringify!($name), limits::$name.to_string())),+]
    };
}

fn limits_table() -> String {
    let values = limits!(
        CHANGE_BYTES_MAX CHANGE_OPS_MAX CHANGE_DEPS_MAX CHANGE_ACTORS_MAX OP_PREDS_MAX CHANGE_PREDS_MAX
        TIME_MS_MAX KEY_BYTES_MAX STRING_BYTES_MAX
        HOUSEHOLD_CHANGES_MAX HOUSEHOLD_OPS_MAX HOUSEHOLD_ROWS_MAX HOUSEHOLD_ACTORS_MAX
        HOUSEHOLD_REGISTERS_MAX REGISTER_VALUES_MAX HOUSEHOLD_HEADS_MAX
        REQUEST_BYTES_MAX REPLY_BYTES_MAX REQUEST_CHANGES_MAX REQUEST_HOUSEHOLDS_MAX
        BUDGET_BYTES_MIN BUDGET_BYTES_DEFAULT BUDGET_BYTES_MAX SCOPE_VILLAGES_MAX BUCKETS
        FRAME_BYTES_AIM FRAME_BYTES_MAX FRAME_INFLATED_BYTES_MAX
    );
    let source = include_str!("../../../src/limits.rs");
    assert_eq!(source.matches("pub const ").count(), values.len(), "a limit is missing here");
    let mut table = "| limit | value | of what |\n|---|---:|---|\n".to_owned();
    for (name, value) in values {
        let (before, _) = source.split_once(&format!("pub const {name}:")).expect("the limit");
        let comment = before.lines().rev().take_while(|line| line.starts_with("/// ")).map(|line| &line[4..]);
        let comment: Vec<&str> = comment.collect::<Vec<_>>().into_iter().rev().collect();
        let comment = comment.join(" ").replace(['[', ']'], "");
        writeln!(table, "| `{name}` | {} | {comment} |", grouped(&value)).expect("it is written");
    }
    table
}

/// A number with a comma before every three digits from the end.
fn grouped(digits: &str) -> String {
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits
        .char_indices()
        .flat_map(|(at, digit)| comma(at).then_some(',').into_iter().chain([digit]))
        .collect()
}

fn reasons() -> String {
    let mut table = "| code | name | meaning |\n|---:|---|---|\n".to_owned();
    let hub = (100..=u8::MAX).filter_map(Reason::from_code);
    for reason in Refusal::ALL.iter().map(|refusal| Reason::Refused(*refusal)).chain(hub) {
        let sentence = match reason {
            Reason::Refused(refusal) => refusal.sentence().to_owned(),
            other => other.english(),
        };
        writeln!(table, "| {} | `{}` | {sentence} |", reason.code(), reason.name()).expect("it is written");
    }
    table
}

fn worked() -> String {
    let example = example();
    let mut page = String::new();
    for (name, what, bytes) in &example.changes {
        let mut lines = Lines::default();
        lines.change(bytes);
        let hash = sync_protocol::change::Change::read(bytes).expect("a good change").hash();
        write!(page, "### Change {name}\n\n{what}. {} bytes, hash\n`{hash}`.\n\n", bytes.len())
            .expect("it is written");
        write!(page, "```\n{}\n```\n\n", lines.finish()).expect("it is written");
    }
    for (number, exchange) in (1..).zip(&example.exchanges) {
        let (mut request, mut reply) = (Lines::default(), Lines::default());
        request.message(&exchange.request, &REQUEST);
        reply.message(&exchange.reply, &REPLY);
        let (up, down) = (exchange.request.len(), exchange.reply.len());
        write!(page, "### Request {number}\n\n{}. {up} bytes up, {down} down.\n\n", exchange.what)
            .expect("it is written");
        write!(page, "```\n{}\n```\n\nreply:\n\n```\n{}\n```\n\n", request.finish(), reply.finish())
            .expect("it is written");
    }
    page
}
