//! Changes that cost Automerge seconds, gigabytes, its stack or a document: each is refused, for
//! the right reason, in less than a millisecond.

use std::time::{Duration, Instant};

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ROOT};
use sync_protocol::change::{Change, OpId, Refusal};
use sync_protocol::genesis::{self, ANSWERS, ROWS};
use sync_protocol::ids::{ActorId, ChangeHash};
use sync_protocol::limits;
use sync_protocol::registers::{Judgement, Registers};

use crate::raw::{
    DELETE, INCREMENT, Key, MAKE_MAP, MAKE_TEXT, RawChange, RawOp, SET, put_signed, put_unsigned,
};

const ANNA: ActorId = ActorId([0xa1; 16]);
const BOON: ActorId = ActorId([0xb2; 16]);
const ROW: &str = "00000000000000000000000000";

/// The name of a hostile change, its bytes, and why it is refused.
type Bomb = (&'static str, Vec<u8>, Refusal);

/// A household with one row and one answer.
fn household() -> (Registers, RawChange) {
    let mut first = RawChange::first(
        ANNA,
        vec![RawOp::put(ANSWERS, "name", "สมหญิง ใจดี"), RawOp::make(ROWS, ROW, MAKE_MAP)],
    );
    let row = first.id(1);
    first.ops.push(RawOp::put(row, "group", "member"));
    let mut registers = Registers::genesis();
    let bytes = first.encode();
    let change = Change::read(&bytes).expect("a good change");
    registers.merge(&change, 1).expect("a good change");
    (registers, first)
}

/// A good change that follows the household's first, by the same actor.
fn second(registers: &Registers, first: &RawChange) -> RawChange {
    let op =
        RawOp { preds: vec![first.id(0)], ..RawOp::put(ANSWERS, "name", "สมชาย ใจดี") };
    RawChange {
        deps: registers.heads().to_vec(),
        seq: 2,
        start_op: first.start_op + first.ops.len() as u64,
        ..RawChange::first(ANNA, vec![op])
    }
}

#[test]
fn every_bomb_is_refused_in_less_than_a_millisecond() {
    let (registers, first) = household();
    let good = second(&registers, &first);
    assert_eq!(
        judge(&registers, &good.encode()),
        Ok(Judgement::Ready),
        "the bombs are off by one thing only"
    );

    let bombs =
        [chunk_bombs(&good), size_bombs(&good), operation_bombs(&good), household_bombs(&good, &first)];
    for (name, bytes, expected) in bombs.into_iter().flatten() {
        let refusal = match judge(&registers, &bytes) {
            Ok(Judgement::Refused(refusal)) | Err(refusal) => refusal,
            Ok(other) => panic!("{name}: {other:?}"),
        };
        assert_eq!(refusal, expected, "{name}");
        let best = (0..50).map(|_| time(|| judge(&registers, &bytes))).min().expect("it was tried");
        assert!(best < Duration::from_millis(1), "{name}: {best:?}");
    }
}

fn judge(registers: &Registers, bytes: &[u8]) -> Result<Judgement, Refusal> {
    Ok(registers.judge(&Change::read(bytes)?))
}

fn time<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(run());
    start.elapsed()
}

/// A good change, spoilt.
fn but(good: &RawChange, spoil: impl FnOnce(&mut RawChange)) -> Vec<u8> {
    let mut bad = good.clone();
    spoil(&mut bad);
    bad.encode()
}

/// A good change with one operation, spoilt there.
fn but_op(good: &RawChange, spoil: impl FnOnce(&mut RawOp)) -> Vec<u8> {
    but(good, |bad| spoil(&mut bad.ops[0]))
}

/// What is wrong with the bytes around the change.
fn chunk_bombs(good: &RawChange) -> Vec<Bomb> {
    let bytes = good.encode();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    let trailing = [&bytes[..], &[0]].concat();
    let doubled = [&bytes[..], &bytes[..]].concat();
    let mut deflated = AutoCommit::new();
    deflated.put(ROOT, "x", "x".repeat(16_000_000)).expect("a text is put");
    let deflated = deflated.get_last_local_change().expect("a change").bytes().into_owned();
    assert!(deflated.len() < limits::CHANGE_BYTES_MAX, "it is small until it is inflated");
    let mut document = AutoCommit::new();
    document.put(ROOT, "x", 1).expect("a number is put");
    vec![
        ("nothing", Vec::new(), Refusal::Truncated),
        ("no change at all", b"{\"name\":\"x\"} is JSON".to_vec(), Refusal::Magic),
        ("half a change", bytes[..bytes.len() / 2].to_vec(), Refusal::Truncated),
        ("a flipped checksum", flipped(5), Refusal::Checksum),
        ("a flipped body", flipped(bytes.len() - 1), Refusal::Checksum),
        ("trailing bytes", trailing, Refusal::TrailingBytes),
        ("two changes", doubled, Refusal::TrailingBytes),
        ("trailing bytes in the body", but(good, |bad| bad.trailing.push(0)), Refusal::TrailingBytes),
        ("a deflate bomb", deflated, Refusal::ChunkType),
        ("a document", document.save(), Refusal::ChunkType),
        ("a megabyte", vec![0x85; 1 << 20], Refusal::TooLarge),
        ("genesis", genesis::GENESIS.to_vec(), Refusal::NoDependencies),
    ]
}

/// A few bytes that claim to be many.
fn size_bombs(good: &RawChange) -> Vec<Bomb> {
    const MANY: i64 = 200_000_000;
    let run = |value: u64| {
        let mut column = Vec::new();
        put_signed(&mut column, MANY);
        put_unsigned(&mut column, value);
        column
    };
    let column =
        |specification: u64, column: Vec<u8>| but(good, |bad| bad.more_columns.push((specification, column)));
    let many = {
        let mut column = Vec::new();
        put_unsigned(&mut column, MANY.unsigned_abs());
        column
    };
    let everything = but(good, |bad| {
        let key = [&run(1)[..4], &[4], b"name"].concat();
        bad.more_columns = vec![(0x15, key), (0x34, many.clone())];
        bad.more_columns.extend([
            (0x01, run(1)),
            (0x02, run(1)),
            (0x42, run(1)),
            (0x56, run(0)),
            (0x70, run(0)),
        ]);
    });
    assert!(everything.len() < 200, "{} bytes", everything.len());
    let claim = |place: usize| {
        // The body up to the counts of dependencies and other actors, then a count of 2⁶³.
        let mut body = vec![1];
        body.extend(good.deps[0].0);
        body.extend([16; 17]);
        body.extend([1, 3, 0, 0]);
        let mut body = if place == 0 { Vec::new() } else { body };
        put_unsigned(&mut body, 1 << 63);
        crate::raw::chunk(1, &body)
    };
    vec![
        ("a run of 2·10⁸ operations", everything, Refusal::TooManyOperations),
        ("a run of 2·10⁸ actions", column(0x42, run(1)), Refusal::ColumnLength),
        ("a run of 2·10⁸ objects", column(0x02, run(1)), Refusal::ColumnLength),
        ("2·10⁸ inserts", column(0x34, many), Refusal::TooManyOperations),
        ("a run of 2·10⁸ counts of predecessors", column(0x70, run(1)), Refusal::ColumnLength),
        (
            "2·10⁸ predecessors",
            column(0x70, vec![0x7f, 0x80, 0xe1, 0xeb, 0x17]),
            Refusal::TooManyPredecessors,
        ),
        ("2⁶³ dependencies", claim(0), Refusal::TooManyDependencies),
        ("2⁶³ actors", claim(1), Refusal::TooManyActors),
        (
            "a text of 2⁵⁹ bytes",
            column(0x56, {
                let mut column = vec![0x7f];
                put_unsigned(&mut column, 1 << 63 | 6);
                column
            }),
            Refusal::Truncated,
        ),
        (
            "an empty column",
            {
                // A header with no bytes behind it: the raw writer leaves such out.
                let bytes = but(good, |bad| bad.more_columns.push((0x34, vec![1])));
                let mut body = crate::raw::body_of(&bytes).to_vec();
                let header =
                    body.windows(2).position(|pair| pair == [0x34, 1]).expect("the header of inserts");
                body[header + 1] = 0;
                crate::raw::chunk(1, &body)
            },
            Refusal::NotCanonical,
        ),
    ]
}

/// Operations of kinds that are not allowed, and values that are none.
fn operation_bombs(good: &RawChange) -> Vec<Bomb> {
    let nested = but(good, |bad| {
        bad.ops = vec![RawOp::make(ANSWERS, "nested", MAKE_MAP)];
        for depth in 0..300 {
            bad.ops.push(RawOp::make(bad.id(depth), "nested", MAKE_MAP));
        }
    });
    let value = |value_type: u8, value: &[u8]| {
        but_op(good, |op| (op.value_type, op.value) = (value_type, value.to_vec()))
    };
    let key = |key: &[u8]| but_op(good, |op| op.key = Key::Name(key.to_vec()));
    vec![
        ("300 nested maps", nested, Refusal::Target),
        ("a map in answers", but_op(good, |op| op.action = MAKE_MAP), Refusal::Target),
        ("a text sequence", but_op(good, |op| op.action = MAKE_TEXT), Refusal::Target),
        ("a put into rows", but_op(good, |op| op.object = Some(ROWS)), Refusal::Target),
        ("a put into the root", but_op(good, |op| op.object = None), Refusal::Target),
        ("an insert", but_op(good, |op| op.insert = true), Refusal::Target),
        ("a key of a list", but_op(good, |op| op.key = Key::Element(None)), Refusal::Columns),
        (
            "a delete",
            but_op(good, |op| (op.action, op.value_type, op.value) = (DELETE, 0, vec![])),
            Refusal::Delete,
        ),
        (
            "an increment",
            but_op(good, |op| (op.action, op.value_type, op.value) = (INCREMENT, 4, vec![1])),
            Refusal::Target,
        ),
        ("an unknown action", but_op(good, |op| op.action = 9), Refusal::Target),
        (
            "a row without a row id",
            but(good, |bad| bad.ops = vec![RawOp::make(ROWS, "row 1", MAKE_MAP)]),
            Refusal::RowId,
        ),
        ("no operation", but(good, |bad| bad.ops.clear()), Refusal::NoOperations),
        ("a counter", value(8, &[1]), Refusal::ValueType),
        ("a timestamp", value(9, &[1]), Refusal::ValueType),
        ("bytes", value(7, &[1]), Refusal::ValueType),
        ("a value of a type to come", value(15, &[1]), Refusal::ValueType),
        ("a null with bytes", value(0, &[1]), Refusal::Value),
        ("a number too long", value(3, &[0x81, 0x00]), Refusal::Value),
        ("a number with more behind it", value(4, &[1, 1]), Refusal::Value),
        ("a decimal of 4 bytes", value(5, &[0; 4]), Refusal::Value),
        ("infinity", value(5, &f64::INFINITY.to_le_bytes()), Refusal::Value),
        ("not a number", value(5, &f64::NAN.to_le_bytes()), Refusal::Value),
        ("a text that is not UTF-8", value(6, &[0xe0, 0xb8]), Refusal::Value),
        ("a text that is too long", value(6, &[b'x'; limits::STRING_BYTES_MAX + 1]), Refusal::StringTooLong),
        ("an empty key", key(b""), Refusal::Key),
        ("a line break in a key", key(b"name\n"), Refusal::Key),
        ("a key that is too long", key(&[b'x'; limits::KEY_BYTES_MAX + 1]), Refusal::Key),
        ("a message", but(good, |bad| bad.message = b"x".to_vec()), Refusal::Message),
        ("a time that overflows", but(good, |bad| bad.time_ms = i64::MIN), Refusal::Time),
        ("an idle actor", but(good, |bad| bad.idle_actors.push(BOON)), Refusal::UnusedActor),
        ("a mark", but(good, |bad| bad.more_columns.push((0xa5, vec![0x7f, 1, b'b']))), Refusal::Columns),
        ("a deflated column", but(good, |bad| bad.more_columns.push((0x5f, vec![3, 0]))), Refusal::Columns),
        ("the genesis actor", but(good, |bad| bad.actor = genesis::GENESIS_ACTOR), Refusal::GenesisActor),
        ("no dependencies", but(good, |bad| bad.deps.clear()), Refusal::NoDependencies),
        ("a dependency twice", but(good, |bad| bad.deps.push(bad.deps[0])), Refusal::DependencyOrder),
    ]
}

/// Changes that are well formed and lie about the household.
fn household_bombs(good: &RawChange, first: &RawChange) -> Vec<Bomb> {
    let preds = |preds: Vec<OpId>| but_op(good, |op| op.preds = preds);
    let (name, row) = (first.id(0), first.id(1));
    let unknown = OpId { counter: 3, actor: BOON };
    let near = u64::from(u32::MAX);
    vec![
        (
            "an operation in a missing object",
            but_op(good, |op| op.object = Some(unknown)),
            Refusal::UnknownRow,
        ),
        ("a put into a value", but_op(good, |op| op.object = Some(name)), Refusal::UnknownRow),
        ("a put into itself", but_op(good, |op| op.object = Some(good.id(0))), Refusal::UnknownRow),
        ("a put into what comes later", but_op(good, |op| op.object = Some(good.id(5))), Refusal::UnknownRow),
        (
            "a row that exists",
            but(good, |bad| bad.ops.push(RawOp::make(ROWS, ROW, MAKE_MAP))),
            Refusal::RowExists,
        ),
        (
            "a row made twice",
            but(good, |bad| {
                let other = RawOp::make(ROWS, "00000000000000000000000004", MAKE_MAP);
                bad.ops.extend([other.clone(), other]);
            }),
            Refusal::RowExists,
        ),
        (
            "a row that replaces a row",
            but(good, |bad| {
                bad.ops.push(RawOp { preds: vec![row], ..RawOp::make(ROWS, ROW, MAKE_MAP) });
            }),
            Refusal::WrongPredecessor,
        ),
        ("a missing pred", preds(vec![]), Refusal::MissingPredecessor),
        ("a wrong pred", preds(vec![OpId { counter: 4, ..name }]), Refusal::MissingPredecessor),
        ("a pred of another register", preds(vec![name, first.id(2)]), Refusal::WrongPredecessor),
        ("a pred of an unknown actor", preds(vec![name, unknown]), Refusal::WrongPredecessor),
        ("a pred to come", preds(vec![name, OpId { counter: 99, ..name }]), Refusal::WrongPredecessor),
        ("itself as pred", preds(vec![name, good.id(0)]), Refusal::WrongPredecessor),
        ("a pred twice", preds(vec![name, name]), Refusal::PredecessorOrder),
        ("preds out of order", preds(vec![unknown, name]), Refusal::PredecessorOrder),
        ("a pred of genesis", preds(vec![ANSWERS, name]), Refusal::WrongPredecessor),
        (
            "a second put that forgets the first",
            but(good, |bad| bad.ops.push(bad.ops[0].clone())),
            Refusal::WrongPredecessor,
        ),
        ("start_op too low", but(good, |bad| bad.start_op -= 1), Refusal::WrongCounter),
        ("start_op too high", but(good, |bad| bad.start_op += 1), Refusal::WrongCounter),
        ("start_op zero", but(good, |bad| bad.start_op = 0), Refusal::Counter),
        ("start_op near 2³²", but(good, |bad| bad.start_op = near), Refusal::Counter),
        ("start_op of 2⁶⁴-1", but(good, |bad| bad.start_op = u64::MAX), Refusal::Counter),
        ("a gap in seq", but(good, |bad| bad.seq = 3), Refusal::SequenceGap),
        ("seq zero", but(good, |bad| bad.seq = 0), Refusal::Sequence),
        ("seq near 2³²", but(good, |bad| bad.seq = near), Refusal::Sequence),
        (
            "a seq that does not follow its own",
            but(good, |bad| {
                (bad.deps, bad.start_op) = (vec![genesis::hash()], 3);
                bad.ops = vec![RawOp::put(ANSWERS, "phone", "081-234-5678")];
            }),
            Refusal::SequenceFork,
        ),
    ]
}

#[test]
fn a_hash_is_compared_to_its_last_byte() {
    let (registers, first) = household();
    let mut forged = second(&registers, &first);
    forged.deps[0].0[31] ^= 1;
    let missing = vec![ChangeHash(forged.deps[0].0)];
    assert_eq!(judge(&registers, &forged.encode()), Ok(Judgement::Waiting { missing }));
}

#[test]
fn a_sequence_number_that_was_used_is_an_actor_conflict() {
    let (registers, first) = household();
    let mut copied = first;
    copied.ops[0].value = "สมชาย ใจดี".into();
    assert_eq!(judge(&registers, &copied.encode()), Ok(Judgement::ActorConflict));
    // Even where it builds on what has not arrived.
    copied.deps = vec![ChangeHash([7; 32])];
    assert_eq!(judge(&registers, &copied.encode()), Ok(Judgement::ActorConflict));
}

#[test]
fn the_largest_change_is_read_and_one_more_operation_is_refused() {
    let put = |count: usize| {
        let ops = (0..count)
            .map(|index| RawOp { value_type: 1, ..RawOp::make(ANSWERS, &format!("q{index}"), SET) });
        RawChange::first(ANNA, ops.collect()).encode()
    };
    let largest = put(limits::CHANGE_OPS_MAX);
    assert_eq!(judge(&Registers::genesis(), &largest), Ok(Judgement::Ready));
    assert_eq!(
        judge(&Registers::genesis(), &put(limits::CHANGE_OPS_MAX + 1)),
        Err(Refusal::TooManyOperations)
    );
}
