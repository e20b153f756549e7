//! The test vectors in `tests/fixtures/wire`: made here, compared with what is committed, and read
//! back as a client would read them.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use minicbor::bytes::ByteVec;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sync_protocol::change::{Action, Change, OpId, Refusal, Target};
use sync_protocol::cursor::{Chain, Cursor, EntryKind};
use sync_protocol::digest::{Buckets, Digest, bucket};
use sync_protocol::document::Document;
use sync_protocol::frame::{FRAME_VERSION, Frame, Held, frame_content, frame_name, read_frame};
use sync_protocol::genesis::{self, ANSWERS, GENESIS, ROWS};
use sync_protocol::hub::Reason;
use sync_protocol::ids::{ActorId, ChangeHash, DeviceId, HouseCode, HouseholdId, RowId, VillageCode};
use sync_protocol::registers::{Judgement, Registers};
use sync_protocol::snapshot;
use sync_protocol::value::ScalarRef;
use sync_protocol::wire::{
    Answer, Entry, Fate, Fingerprint, FrameRef, Note, Reply, Request, ShortHashes, Standing, Verdict,
    VillageDigest,
};

use super::annotate::{Lines, REPLY, REQUEST, Shape};
use super::example::{Example, example, household};
use super::{assert_fresh, workspace};
use crate::raw::{Key, MAKE_MAP, RawChange, RawOp, chunk};
use crate::sync::phone::village;

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

fn bytes(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().expect("hex").as_bytes()).expect("hex")
}

/// Every file, by name.
fn files() -> Vec<(&'static str, Value)> {
    let example = example();
    vec![
        ("identifiers.json", identifiers()),
        ("changes.json", changes(&example)),
        ("refused.json", refused(&example)),
        ("log.json", log(&example)),
        ("digests.json", digests(&example)),
        ("frame.json", frame(&example)),
        ("messages.json", messages()),
        ("example.json", exchanges(&example)),
    ]
}

#[test]
fn the_vectors_are_what_the_code_makes() {
    let folder = workspace().join("tests/fixtures/wire");
    for (name, value) in files() {
        let text = serde_json::to_string_pretty(&value).expect("JSON") + "\n";
        assert_fresh(&folder.join(name), &text);
    }
}

fn identifiers() -> Value {
    let house: HouseCode = "65010123456".parse().expect("a house code");
    let families = [1_u8, 2].map(|family| {
        let id = HouseholdId::derived(&house, family);
        let (text, bucket) = (id.to_string(), bucket(id));
        json!({ "house_code": house.to_string(), "family": family, "hex": hex(id.0), "text": text, "bucket": bucket })
    });
    let random = (0..4_u8).map(|n| {
        let id = HouseholdId([n.wrapping_mul(0x55); 16]);
        json!({ "hex": hex(id.0), "text": id.to_string(), "bucket": bucket(id) })
    });
    let actor = ActorId::new(DeviceId([0x1a; 8]), [0xa0; 8]);
    json!({
        "households_of_houses": families,
        "households": random.collect::<Vec<_>>(),
        "actor": { "device": hex(actor.device().0), "random": hex([0xa0; 8]), "hex": hex(actor.0) },
        "not_a_row_id": ["", "0000000000000000000000000", "00000000000000000000000001", "0000000000000000000000000W"],
    })
}

/// The example's household, then a change with a row in it and one with a value of each type.
fn household_changes(example: &Example) -> Vec<(&'static str, Vec<u8>)> {
    let mut changes: Vec<_> = example.changes.iter().map(|(name, _, bytes)| (*name, bytes.clone())).collect();
    let mut document = Document::new();
    document.apply(&changes.iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()).expect("good changes");
    let c = ActorId::new(DeviceId([0x1a; 8]), [0xa0; 8]);
    let row = RowId([0xdd; 16]);
    use sync_protocol::change::Edit::{MakeRow, Put};
    use sync_protocol::value::Scalar;
    let put = |row, key: &str, value| Put { row, key: key.to_owned(), value };
    let text = |text: &str| Scalar::Str(text.to_owned());
    let with_row = [
        MakeRow(row),
        put(Some(row), "group", text("member")),
        put(Some(row), "m_name", text("มาลี ใจดี")),
        put(None, "phone", text("0812345678")),
    ];
    let types = [
        put(None, "roof", Scalar::Null),
        put(None, "hazards/flood", Scalar::Bool(true)),
        put(None, "hazards/drought", Scalar::Bool(false)),
        put(None, "income", Scalar::Uint(u64::MAX)),
        put(None, "debt", Scalar::Int(-1_200)),
        put(None, "latitude", Scalar::F64(16.8211)),
        put(Some(row), "deleted", Scalar::Bool(true)),
    ];
    for (name, minutes, edits) in [("A3", 10, &with_row[..]), ("A4", 11, &types)] {
        let time_ms = 1_763_800_000_000 + minutes * 60_000;
        let made = document.edit(c, time_ms, edits).expect("it can be said").expect("it is new");
        changes.push((name, made.bytes));
    }
    changes
}

fn op_id(id: OpId) -> Value {
    json!([id.counter, hex(id.actor.0)])
}

fn scalar(value: ScalarRef<'_>) -> Value {
    match value {
        ScalarRef::Null => json!({ "type": "null" }),
        ScalarRef::Bool(value) => json!({ "type": "bool", "value": value }),
        ScalarRef::Int(value) => json!({ "type": "int", "value": value.to_string() }),
        ScalarRef::Uint(value) => json!({ "type": "uint", "value": value.to_string() }),
        ScalarRef::F64(value) => json!({ "type": "f64", "value": value }),
        ScalarRef::Str(value) => json!({ "type": "str", "value": value }),
    }
}

fn described(name: &str, bytes: &[u8]) -> Value {
    let change = Change::read(bytes).expect("a good change");
    let ops = change.ops().map(|op| {
        let object = match op.target {
            Target::Answers => json!("answers"),
            Target::Rows => json!("rows"),
            Target::Row(made) => json!({ "row_made_by": op_id(made) }),
        };
        let action = match op.action {
            Action::MakeRow(_) => json!("make-row"),
            Action::Put(value) => json!({ "put": scalar(value) }),
        };
        let preds: Vec<Value> = op.preds().map(op_id).collect();
        json!({ "object": object, "key": op.key, "action": action, "replaces": preds })
    });
    json!({
        "name": name,
        "hex": hex(bytes),
        "hash": hex(change.hash().0),
        "actor": hex(change.actor().0),
        "seq": change.seq(),
        "start_op": change.start_op(),
        "time_ms": change.time_ms(),
        "deps": change.deps().iter().map(|dep| hex(dep.0)).collect::<Vec<_>>(),
        "ops": ops.collect::<Vec<_>>(),
    })
}

/// What a household holds after each change.
fn changes(example: &Example) -> Value {
    let mut registers = Registers::genesis();
    let after = household_changes(example).into_iter().map(|(name, bytes)| {
        let mut described = described(name, &bytes);
        registers.merge(&Change::read(&bytes).expect("a good change"), 0).expect("a good change");
        let shown = registers.shown().into_iter().map(|shown| {
            json!({
                "row": shown.row.map(|row| row.to_string()),
                "key": shown.key,
                "value": scalar(shown.value),
                "conflict": shown.conflict,
            })
        });
        described["then"] = json!({
            "heads": registers.heads().iter().map(|head| hex(head.0)).collect::<Vec<_>>(),
            "shown": shown.collect::<Vec<_>>(),
        });
        described
    });
    let after: Vec<Value> = after.collect();
    json!({ "genesis": { "hex": hex(GENESIS), "hash": hex(genesis::hash().0) }, "changes": after })
}

/// Changes that are each off by one thing, against the household after A1, A2 and B1.
fn refused(example: &Example) -> Value {
    let registers = example_registers(example);
    let (a1, a2, b1) = (&example.changes[0].2, &example.changes[1].2, &example.changes[2].2);
    let first = RawChange::from(&Change::read(a1).expect("a good change"));
    let a2 = RawChange::from(&Change::read(a2).expect("a good change"));
    let b1 = RawChange::from(&Change::read(b1).expect("a good change"));
    let mut phones = vec![a2.id(0), b1.id(0)];
    phones.sort_unstable();
    // A settles the conflict: this one would be taken.
    let good = RawChange {
        deps: registers.heads().to_vec(),
        seq: 3,
        start_op: a2.start_op + 1,
        ops: vec![RawOp { preds: phones.clone(), ..RawOp::put(ANSWERS, "phone", "0811111111") }],
        ..a2.clone()
    };
    let but = |spoil: &dyn Fn(&mut RawChange)| {
        let mut bad = good.clone();
        spoil(&mut bad);
        bad.encode()
    };
    let good_bytes = good.encode();
    let flipped = |at: usize| {
        let mut bytes = good_bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    let deflated = chunk(2, &good_bytes[10..]);
    let value = |kind: u8, value: &[u8]| {
        but(&|bad| (bad.ops[0].value_type, bad.ops[0].value) = (kind, value.to_vec()))
    };
    let row = "00000000000000000000000000";
    let list: Vec<(&str, Vec<u8>, Refusal)> = vec![
        ("half of it", good_bytes[..60].to_vec(), Refusal::Truncated),
        ("another magic", flipped(0), Refusal::Magic),
        ("a deflated change", deflated, Refusal::ChunkType),
        ("a flipped bit", flipped(good_bytes.len() - 1), Refusal::Checksum),
        ("a byte too many", [&good_bytes[..], &[0]].concat(), Refusal::TrailingBytes),
        ("the genesis", GENESIS.to_vec(), Refusal::NoDependencies),
        ("a dependency twice", but(&|bad| bad.deps.push(bad.deps[0])), Refusal::DependencyOrder),
        ("the genesis' actor", but(&|bad| bad.actor = genesis::GENESIS_ACTOR), Refusal::GenesisActor),
        (
            "an actor that nothing names",
            but(&|bad| bad.idle_actors.push(ActorId([0xee; 16]))),
            Refusal::UnusedActor,
        ),
        ("number 0", but(&|bad| bad.seq = 0), Refusal::Sequence),
        ("counter 2", but(&|bad| bad.start_op = 2), Refusal::Counter),
        ("a time of 2⁵³ ms", but(&|bad| bad.time_ms = 1 << 53), Refusal::Time),
        ("a message", but(&|bad| bad.message = b"x".to_vec()), Refusal::Message),
        ("a column for keys of lists", but(&|bad| bad.ops[0].key = Key::Element(None)), Refusal::Columns),
        ("no operation", but(&|bad| bad.ops.clear()), Refusal::NoOperations),
        ("a put into the root", but(&|bad| bad.ops[0].object = None), Refusal::Target),
        (
            "a map in answers",
            but(&|bad| bad.ops = vec![RawOp::make(ANSWERS, "x", MAKE_MAP)]),
            Refusal::Target,
        ),
        (
            "a line break in a question name",
            but(&|bad| bad.ops[0].key = Key::Name(b"a\nb".to_vec())),
            Refusal::Key,
        ),
        ("a row named 1", but(&|bad| bad.ops = vec![RawOp::make(ROWS, "1", MAKE_MAP)]), Refusal::RowId),
        ("bytes as a value", value(7, &[1]), Refusal::ValueType),
        ("a counter as a value", value(8, &[1]), Refusal::ValueType),
        ("infinity", value(5, &f64::INFINITY.to_le_bytes()), Refusal::Value),
        ("a text of 4,097 bytes", value(6, &[b'x'; 4_097]), Refusal::StringTooLong),
        ("replaced values out of order", but(&|bad| bad.ops[0].preds.reverse()), Refusal::PredecessorOrder),
        (
            "a delete",
            but(&|bad| (bad.ops[0].action, bad.ops[0].value_type, bad.ops[0].value) = (3, 0, vec![])),
            Refusal::Delete,
        ),
        ("a counter too high", but(&|bad| bad.start_op += 1), Refusal::WrongCounter),
        ("a number left out", but(&|bad| bad.seq = 4), Refusal::SequenceGap),
        (
            "a row that nobody made",
            but(&|bad| bad.ops[0].object = Some(OpId { counter: 3, actor: bad.actor })),
            Refusal::UnknownRow,
        ),
        (
            "the same row twice",
            but(&|bad| bad.ops = vec![RawOp::make(ROWS, row, MAKE_MAP), RawOp::make(ROWS, row, MAKE_MAP)]),
            Refusal::RowExists,
        ),
        (
            "a value that is none of this question's",
            but(&|bad| bad.ops[0].preds.insert(0, first.id(0))),
            Refusal::WrongPredecessor,
        ),
        (
            "one of two values not replaced",
            but(&|bad| bad.ops[0].preds.truncate(1)),
            Refusal::MissingPredecessor,
        ),
    ];
    let change = Change::read(&good_bytes).expect("a good change");
    assert_eq!(registers.judge(&change), Judgement::Ready, "the others are off by one thing only");
    let list = list.into_iter().map(|(name, bytes, refusal)| {
        assert_eq!(judged(&registers, &bytes), Some(refusal), "{name}");
        json!({ "name": name, "hex": hex(bytes), "code": refusal.code(), "reason": refusal.name() })
    });
    let list: Vec<Value> = list.collect();
    json!({ "household_after": ["A1", "A2", "B1"], "taken": hex(&good_bytes), "refused": list })
}

fn example_registers(example: &Example) -> Registers {
    let mut registers = Registers::genesis();
    for (_, _, bytes) in &example.changes {
        registers.merge(&Change::read(bytes).expect("a good change"), 0).expect("a good change");
    }
    registers
}

fn judged(registers: &Registers, bytes: &[u8]) -> Option<Refusal> {
    match Change::read(bytes).map(|change| registers.judge(&change)) {
        Err(refusal) | Ok(Judgement::Refused(refusal)) => Some(refusal),
        Ok(_) => None,
    }
}

/// A log with an entry of each kind, and the cursor after each.
fn log(example: &Example) -> Value {
    let other = HouseholdId([0x77; 16]);
    let change = |n: usize| (EntryKind::Change, household(), village(4), example.changes[n].2.clone());
    let moved_to = village(5).get().to_be_bytes().to_vec();
    let entries = [
        change(0),
        change(1),
        (EntryKind::Folded, other, village(4), household().0.to_vec()),
        (EntryKind::Moved, household(), village(4), moved_to),
        (EntryKind::Erased, household(), village(5), Vec::new()),
    ];
    let (mut chain, epoch) = (Chain::default(), [0xe1; 8]);
    let entries = (1_u64..).zip(entries).map(|(seq, (kind, household, village, payload))| {
        let hash = match Change::read(&payload) {
            Ok(change) => change.hash().0,
            Err(_) => Sha256::digest(&payload).into(),
        };
        chain = chain.after(kind, household, village, &hash);
        let cursor = minicbor::to_vec(Cursor { epoch, seq, chain: chain.short() }).expect("a cursor");
        json!({
            "seq": seq,
            "kind": kind as u8,
            "household": hex(household.0),
            "village": village.get(),
            "payload": hex(&payload),
            "payload_hash": hex(hash),
            "chain": hex(chain.0),
            "cursor_cbor": hex(cursor),
        })
    });
    json!({ "epoch": hex(epoch), "entries": entries.collect::<Vec<_>>() })
}

fn digests(example: &Example) -> Value {
    let a1 = Change::read(&example.changes[0].2).expect("a good change").hash();
    let households = [
        (household(), example_registers(example).heads().to_vec()),
        (HouseholdId([0x77; 16]), vec![a1]),
        (HouseholdId([0x78; 16]), vec![a1]),
    ];
    let terms = households.iter().map(|(household, heads)| {
        json!({
            "household": hex(household.0),
            "bucket": bucket(*household),
            "heads": heads.iter().map(|head| hex(head.0)).collect::<Vec<_>>(),
            "term": hex(Digest::of(*household, heads).to_bytes()),
        })
    });
    let sum = households.iter().fold(Digest::default(), |sum, (id, heads)| sum.plus(Digest::of(*id, heads)));
    let buckets = Buckets::of(households.iter().map(|(household, heads)| (*household, heads.as_slice())));
    json!({
        "households": terms.collect::<Vec<_>>(),
        "village_digest": hex(sum.to_bytes()),
        "village_digest_without_the_last": hex(sum.minus(Digest::of(households[2].0, &households[2].1)).to_bytes()),
        "buckets_cbor": hex(minicbor::to_vec(&buckets).expect("buckets")),
    })
}

/// Two households in a frame, one as a document and one as changes, stored in a Zstandard frame of
/// one raw block.
fn frame(example: &Example) -> Value {
    let all: Vec<Vec<u8>> = example.changes.iter().map(|(_, _, bytes)| bytes.clone()).collect();
    let (saved, other) = (snapshot::make(&all).expect("good changes"), HouseholdId([0x5c; 16]));
    let document = Document::load(&saved).expect("a snapshot");
    let held = Held::Document(saved.clone());
    let households = vec![(household(), held), (other, Held::Changes(all[..1].to_vec()))];
    let content = frame_content(&Frame { village: village(4), households }).expect("good chunks").concat();
    let file = stored(&content);
    let name = frame_name(&file);
    json!({
        "sha256": hex(name.sha256),
        "bytes": name.bytes,
        "file": hex(&file),
        "content": hex(&content),
        "village": village(4).get(),
        "households": [
            {
                "household": hex(household().0),
                "document": hex(saved),
                "heads": document.heads().iter().map(|head| hex(head.0)).collect::<Vec<_>>(),
            },
            { "household": hex(other.0), "changes": [hex(&all[0])] },
        ],
    })
}

/// A frame's file whose content is not compressed: a Zstandard frame that declares the length of
/// its content (256 to 65,791 bytes) and holds it in one raw block.
pub(crate) fn stored(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() - 256).expect("a length of two bytes").to_le_bytes();
    let block = (u32::try_from(content.len()).expect("a small block") << 3 | 1).to_le_bytes();
    [&[FRAME_VERSION, 0x28, 0xb5, 0x2f, 0xfd, 0x60][..], &length, &block[..3], content].concat()
}

/// What the example does not show: the other standings, entries, verdicts and fates.
fn messages() -> Value {
    let (house, other) = (household(), HouseholdId([0x77; 16]));
    let cursor = Cursor { epoch: [0xe1; 8], seq: 9, chain: [0xcc; 8] };
    let reply = Reply {
        verdicts: Vec::new(),
        notes: Vec::new(),
        entries: Vec::new(),
        cursor,
        standing: Standing::Complete,
        digests: vec![VillageDigest { village: village(4), digest: Digest(0) }],
        frames: Vec::new(),
        differing: Vec::new(),
        answers: Vec::new(),
        time_ms: 1_763_800_000_000,
        forms: None,
    };
    let [first, second] =
        [FrameRef { sha256: [0xf1; 32], bytes: 98_304 }, FrameRef { sha256: [0xf2; 32], bytes: 1 }];
    let answer =
        |fate, changes: Vec<ByteVec>, want: ShortHashes| Answer { household: house, fate, changes, want };
    let none = ShortHashes::default;
    let verdicts = Reply {
        verdicts: (0..5).collect(),
        notes: vec![
            Note { index: 2, reason: 0, missing: vec![ChangeHash([0xaa; 32])] },
            Note { index: 4, reason: Reason::OutsideScope.code(), missing: Vec::new() },
        ],
        standing: Standing::More,
        ..reply.clone()
    };
    let goodbyes = Reply {
        entries: vec![
            Entry::Folded { household: other, village: village(4), into: house },
            Entry::Moved { household: house, village: village(4), to: village(5) },
            Entry::Erased { household: house, village: village(4) },
        ],
        ..reply.clone()
    };
    let fates = Reply {
        standing: Standing::Unknown,
        answers: vec![
            answer(Fate::Live { village: village(4) }, vec![vec![0xc0].into()], none()),
            answer(Fate::Unknown, Vec::new(), [[0xaa; 8], [0xbb; 8]].into_iter().collect()),
            answer(Fate::Folded { into: other }, Vec::new(), none()),
            answer(Fate::Moved { to: village(5) }, Vec::new(), none()),
            answer(Fate::Erased, Vec::new(), none()),
        ],
        ..reply.clone()
    };
    let replies = [
        ("one verdict of each kind, and more of the log to come", verdicts),
        ("a fold, a move and an erasure", goodbyes),
        (
            "frames of a first sync",
            Reply { standing: Standing::First, frames: vec![first, second], ..reply.clone() },
        ),
        ("one fate of each kind; the one change is not a real one", fates),
        ("what is published in the tambon", Reply { forms: Some(Fingerprint([0xf0; 8])), ..reply }),
    ];
    let replies = replies.map(|(name, reply)| message(name, &reply.to_body(), &REPLY));
    let short = [vec![1], minicbor::to_vec((None::<Cursor>, 1_024_u32)).expect("a request")].concat();
    let request = Request::from_body(&short).expect("lists may be missing at the end");
    assert_eq!(request, Request::at(None, 1_024));
    json!({ "replies": replies, "requests": [message("lists left out at the end", &short, &REQUEST)] })
}

fn message(name: &str, body: &[u8], shape: &Shape) -> Value {
    let mut lines = Lines::default();
    lines.message(body, shape);
    let lines = lines.finish();
    json!({ "name": name, "hex": hex(body), "lines": lines.lines().collect::<Vec<_>>() })
}

fn exchanges(example: &Example) -> Value {
    let exchanges = example.exchanges.iter().map(|exchange| {
        json!({
            "what": exchange.what,
            "request": message("request", &exchange.request, &REQUEST),
            "reply": message("reply", &exchange.reply, &REPLY),
        })
    });
    json!({
        "devices": { "A": hex([0x1a; 8]), "B": hex([0x2b; 8]) },
        "village": village(4).get(),
        "household": hex(example.household.0),
        "exchanges": exchanges.collect::<Vec<_>>(),
    })
}

fn committed(name: &str) -> Value {
    let path = workspace().join("tests/fixtures/wire").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

#[test]
fn the_committed_changes_and_refusals_read_as_they_say() {
    let changes = committed("changes.json");
    assert_eq!(bytes(&changes["genesis"]["hex"]), GENESIS);
    let mut registers = Registers::genesis();
    let mut after_b1 = None;
    for entry in list(&changes["changes"]) {
        let chunk = bytes(&entry["hex"]);
        let change = Change::read(&chunk).expect("a good change");
        assert_eq!(hex(change.hash().0), entry["hash"]);
        registers.merge(&change, 0).expect("a good change");
        let heads: Vec<String> = registers.heads().iter().map(|head| hex(head.0)).collect();
        assert_eq!(json!(heads), entry["then"]["heads"]);
        if entry["name"] == "B1" {
            after_b1 = Some(registers.clone());
        }
    }
    let (registers, refused) = (after_b1.expect("B1"), committed("refused.json"));
    assert_eq!(judged(&registers, &bytes(&refused["taken"])), None);
    for entry in list(&refused["refused"]) {
        let code = judged(&registers, &bytes(&entry["hex"])).map(Refusal::code);
        assert_eq!(json!(code), entry["code"], "{}", entry["name"]);
    }
}

#[test]
fn the_committed_messages_and_the_frame_read_as_they_say() {
    let example = committed("example.json");
    for exchange in list(&example["exchanges"]) {
        let (request, reply) = (bytes(&exchange["request"]["hex"]), bytes(&exchange["reply"]["hex"]));
        let asked = Request::from_body(&request).expect("a request");
        let answered = Reply::from_body(&reply).expect("a reply");
        assert_eq!((asked.to_body(), answered.to_body()), (request, reply));
        assert_eq!(answered.verdicts.len(), asked.pushed());
        let villages: Vec<VillageCode> = answered.digests.iter().map(|digest| digest.village).collect();
        assert_eq!(villages, [village(4)]);
    }
    let messages = committed("messages.json");
    let mut seen = BTreeSet::new();
    for message in list(&messages["replies"]) {
        let reply = Reply::from_body(&bytes(&message["hex"])).expect("a reply");
        seen.insert(format!("{:?}", reply.standing));
        assert!(reply.verdicts.iter().all(|verdict| Verdict::try_from(*verdict).is_ok()));
    }
    assert_eq!(seen.len(), 4, "every standing: {seen:?}");
    for message in list(&messages["requests"]) {
        Request::from_body(&bytes(&message["hex"])).expect("a request");
    }

    let frame = committed("frame.json");
    let file = bytes(&frame["file"]);
    let name = frame_name(&file);
    assert_eq!(json!(hex(name.sha256)), frame["sha256"]);
    let read = read_frame(&name, &file).expect("a frame");
    assert_eq!(json!(read.village.get()), frame["village"]);
    let [(first, document), (second, changes)] = &read.households[..] else { panic!("two households") };
    let says = list(&frame["households"]);
    assert_eq!(
        (json!(hex(first.0)), json!(hex(second.0))),
        (says[0]["household"].clone(), says[1]["household"].clone())
    );
    let Held::Document(document) = document else { panic!("a document") };
    assert_eq!(json!(hex(document)), says[0]["document"]);
    let heads = Document::load(document).expect("a document").heads();
    assert_eq!(json!(heads.iter().map(|head| hex(head.0)).collect::<Vec<_>>()), says[0]["heads"]);
    let Held::Changes(changes) = changes else { panic!("changes") };
    assert_eq!(json!(changes.iter().map(hex).collect::<Vec<_>>()), says[1]["changes"]);
}

#[test]
fn the_committed_log_digests_and_identifiers_follow_from_their_parts() {
    let log = committed("log.json");
    let mut chain = [0_u8; 32];
    for entry in list(&log["entries"]) {
        let village = u32::try_from(entry["village"].as_u64().expect("a village")).expect("a village");
        let kind = u8::try_from(entry["kind"].as_u64().expect("a kind")).expect("a kind");
        let hashed = [
            &chain[..],
            &[kind],
            &bytes(&entry["household"]),
            &village.to_be_bytes(),
            &bytes(&entry["payload_hash"]),
        ];
        chain = Sha256::digest(hashed.concat()).into();
        assert_eq!(json!(hex(chain)), entry["chain"]);
        let cursor: Cursor = minicbor::decode(&bytes(&entry["cursor_cbor"])).expect("a cursor");
        assert_eq!(
            (cursor.chain[..].to_vec(), json!(cursor.seq)),
            (chain[..8].to_vec(), entry["seq"].clone())
        );
    }

    let digests = committed("digests.json");
    let mut sum = 0_u128;
    for entry in list(&digests["households"]) {
        let heads: Vec<u8> = list(&entry["heads"]).iter().flat_map(bytes).collect();
        let household = bytes(&entry["household"]);
        let term = Sha256::digest([b"samruat/digest/1\0", &household[..], &heads].concat());
        assert_eq!(json!(hex(&term[..16])), entry["term"]);
        sum = sum.wrapping_add(u128::from_le_bytes(term[..16].try_into().expect("16 bytes")));
        let place = Sha256::digest([b"samruat/bucket/1\0", &household[..]].concat())[0] % 64;
        assert_eq!(json!(place), entry["bucket"]);
    }
    assert_eq!(json!(hex(sum.to_le_bytes())), digests["village_digest"]);

    let identifiers = committed("identifiers.json");
    for entry in list(&identifiers["households_of_houses"]) {
        let code = entry["house_code"].as_str().expect("a code").as_bytes();
        let family = u8::try_from(entry["family"].as_u64().expect("a family")).expect("a family");
        let hash = Sha256::digest([b"samruat/household/1\0", code, &[0, family]].concat());
        assert_eq!(json!(hex(&hash[..16])), entry["hex"]);
    }
    for text in list(&identifiers["not_a_row_id"]) {
        assert!(text.as_str().expect("a text").parse::<RowId>().is_err());
    }
}
