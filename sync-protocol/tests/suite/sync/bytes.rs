//! Bytes that are no message, almost one, or one that claims to be more than it is: reading them
//! ends soon, in bounds, and without a panic.

use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sync_protocol::cursor::Cursor;
use sync_protocol::device::{FramePlan, State};
use sync_protocol::frame::{FRAME_VERSION, Frame, FrameError, Held, frame_content, frame_name, read_frame};
use sync_protocol::ids::HouseholdId;
use sync_protocol::limits::{
    FRAME_BYTES_MAX, FRAME_INFLATED_BYTES_MAX, REPLY_BYTES_MAX, REQUEST_BYTES_MAX, REQUEST_CHANGES_MAX,
    SCOPE_VILLAGES_MAX,
};
use sync_protocol::snapshot;
use sync_protocol::wire::{Fingerprint, FrameRef, Reply, Request, WireError};

use crate::specification::example::example;
use crate::specification::vectors::stored;

const MUTANTS: usize = 60_000;
/// No body within its limits takes longer to read, on a slow and busy machine.
const READING_MAX: Duration = Duration::from_secs(2);

/// Reads bytes as everything that comes from outside; what is a message can be written again.
fn read(bytes: &[u8]) {
    let start = Instant::now();
    if let Ok(request) = Request::from_body(bytes) {
        assert_eq!(Request::from_body(&request.to_body()), Ok(request));
    }
    if let Ok(reply) = Reply::from_body(bytes) {
        assert_eq!(Reply::from_body(&reply.to_body()), Ok(reply));
    }
    let state = State::from_bytes(bytes);
    assert_eq!(State::from_bytes(&state.to_bytes()), state);
    let _: Result<_, FrameError> = read_frame(&frame_name(bytes), bytes);
    assert!(start.elapsed() < READING_MAX, "{:?} for {} bytes", start.elapsed(), bytes.len());
}

/// Messages of every kind, a frame and a state.
fn samples() -> Vec<Vec<u8>> {
    let example = example();
    let mut samples: Vec<Vec<u8>> =
        example.exchanges.into_iter().flat_map(|exchange| [exchange.request, exchange.reply]).collect();
    let reply = Reply::from_body(&samples[1]).expect("a reply");
    let frames = vec![FrameRef { sha256: [7; 32], bytes: 98_304 }; 3];
    let plan = Some(FramePlan { frames, done: 1, cursor: reply.cursor });
    samples.push(State { cursor: Some(reply.cursor), plan }.to_bytes());
    samples.push(stored(&[0x80; 300]));
    samples.push(stored(&frame_content(&frame()).expect("documents and changes").concat()));
    samples.push(zstandard(0x50, &[(true, 0, 80_000)]));
    samples
}

/// Households of one change and of several, of several devices, in both ways.
fn frame() -> Frame {
    let changes: Vec<Vec<u8>> = example().changes.into_iter().map(|(_, _, bytes)| bytes).collect();
    let mut households = Vec::new();
    for count in 1..=changes.len() {
        let of_household = changes[..count].to_vec();
        let document = snapshot::make(&of_household).expect("good changes");
        let number = u8::try_from(count).expect("a few");
        households.push((HouseholdId([number; 16]), Held::Document(document)));
        households.push((HouseholdId([number | 0x80; 16]), Held::Changes(of_household)));
    }
    Frame { village: "65011704".parse().expect("a village"), households }
}

/// A frame's file around a Zstandard frame with this window, of blocks that each repeat one byte:
/// whether it is the last, the byte, how often.
fn zstandard(window: u8, blocks: &[(bool, u8, u32)]) -> Vec<u8> {
    let mut file = vec![FRAME_VERSION, 0x28, 0xb5, 0x2f, 0xfd, 0, window];
    for (last, byte, count) in blocks {
        file.extend(&(count << 3 | 1 << 1 | u32::from(*last)).to_le_bytes()[..3]);
        file.push(*byte);
    }
    file
}

#[test]
fn mutants_of_messages_and_noise_are_read_in_bounds() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let samples = samples();
    samples.iter().for_each(|sample| read(sample));
    for _ in 0..MUTANTS {
        let mut bytes = samples.choose(&mut rng).expect("a sample").clone();
        for _ in 0..rng.random_range(1..4) {
            mutate(&mut bytes, &samples, &mut rng);
        }
        read(&bytes);
    }
}

/// Initial bytes of items that claim to be long, deep, endless, or something else.
const HEADS: &[&[u8]] = &[
    &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x9a, 0xff, 0xff, 0xff, 0xff],
    &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x9f],
    &[0x5f],
    &[0xff],
    &[0xf6],
    &[0xc1],
    &[0x80],
    &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
];

fn mutate(bytes: &mut Vec<u8>, samples: &[Vec<u8>], rng: &mut ChaCha8Rng) {
    let at = rng.random_range(0..=bytes.len());
    match rng.random_range(0..7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
        1 if at < bytes.len() => bytes[at] = rng.random(),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, rng.random()),
        4 => {
            let head = HEADS.choose(rng).expect("a head");
            bytes.splice(at..bytes.len().min(at + 1), head.iter().copied());
        }
        5 => {
            let other = samples.choose(rng).expect("a sample");
            bytes.truncate(at);
            bytes.extend(&other[rng.random_range(0..=other.len())..]);
        }
        _ => {
            let noise: Vec<u8> = (0..rng.random_range(0..40)).map(|_| rng.random()).collect();
            bytes.splice(at..at, noise);
        }
    }
}

#[test]
fn bodies_that_are_large_deep_or_endless_are_read_in_bounds() {
    for head in HEADS {
        for size in [REQUEST_BYTES_MAX, REPLY_BYTES_MAX] {
            let mut body: Vec<u8> = head.iter().copied().cycle().take(size).collect();
            body[0] = 1;
            read(&body);
            // Where a reader skips what it does not know: a field after the last one.
            let known = Request::at(None, 1_024).to_body();
            let mut body = [&[1, 0x9f], &known[2..]].concat();
            body.extend(head.iter().copied().cycle().take(size - body.len()));
            read(&body);
        }
    }
    // As many of the smallest things as fit.
    let lists =
        [&[1, 0x85, 0xf6, 0x19, 4, 0, 0x81, 0x83, 0x50][..], &[7; 16], &[0x1a, 3, 0xe0, 0, 0xb8]].concat();
    let count = u32::try_from(REQUEST_BYTES_MAX - 64).expect("a count");
    let mut many = [&lists[..], &[0x9a], &count.to_be_bytes()].concat();
    many.resize(many.len() + count as usize, 0x40);
    many.extend([0x80, 0x80]);
    let refused = Err(WireError::TooLarge { what: "the list of changes pushed", limit: REQUEST_CHANGES_MAX });
    assert_eq!(Request::from_body(&many), refused);
}

/// A reply as a device reads it that was made before replies told of forms.
#[derive(minicbor::Decode)]
struct OlderReply {
    #[n(3)]
    cursor: Cursor,
    #[n(9)]
    time_ms: i64,
}

#[test]
fn a_reply_that_tells_of_forms_and_one_that_does_not_are_read_by_old_and_new() {
    let silent = Reply::from_body(&example().exchanges[0].reply).expect("a reply");
    assert_eq!(silent.forms, None, "an older hub says nothing");
    assert_eq!(silent.to_body(), example().exchanges[0].reply, "and nothing is written of it");
    let forms = Some(Fingerprint([7; 8]));
    let telling = Reply { forms, ..silent.clone() }.to_body();
    assert_eq!(telling.len(), silent.to_body().len() + 9);
    assert_eq!(Reply::from_body(&telling).expect("a reply").forms, forms);
    let older: OlderReply = minicbor::decode(&telling[1..]).expect("it skips what it does not know");
    assert_eq!((older.cursor, older.time_ms), (silent.cursor, silent.time_ms));
    for length in [0, 7, 9] {
        let wrong = [&telling[..telling.len() - 9], &[0x40 + length], &vec![7; length.into()][..]].concat();
        assert!(matches!(Reply::from_body(&wrong), Err(WireError::Malformed(_))), "{length}");
    }
}

#[test]
fn what_is_over_a_limit_is_told_so() {
    let too_large = |result: Result<Request, WireError>| matches!(result, Err(WireError::TooLarge { .. }));
    assert!(too_large(Request::from_body(&vec![1; REQUEST_BYTES_MAX + 1])));
    assert!(matches!(Reply::from_body(&vec![1; REPLY_BYTES_MAX + 1]), Err(WireError::TooLarge { .. })));
    let buckets = Request::from_body(&example().exchanges[8].request).expect("a request");
    let many = vec![buckets.buckets[0].clone(); SCOPE_VILLAGES_MAX + 1];
    let mut request = Request { buckets: many, ..buckets };
    assert!(too_large(Request::from_body(&request.to_body())));
    request.buckets.pop();
    assert!(Request::from_body(&request.to_body()).is_ok());
    assert_eq!(Request::from_body(&[]), Err(WireError::Empty));
    assert_eq!(Request::from_body(&[2, 0x80]), Err(WireError::Version(2)));
    let trailing = [request.to_body(), vec![0]].concat();
    assert!(matches!(Request::from_body(&trailing), Err(WireError::Malformed(_))));
}

#[test]
fn a_frame_that_inflates_without_end_is_let_go() {
    let bomb = |window: u8| {
        let blocks = [(false, 0, 128 * 1024)].repeat((FRAME_BYTES_MAX - 64) / 4);
        let file = zstandard(window, &blocks);
        assert!(file.len() <= FRAME_BYTES_MAX);
        let start = Instant::now();
        let error = read_frame(&frame_name(&file), &file).expect_err("a bomb of 32 GiB");
        assert!(start.elapsed() < READING_MAX, "{:?}", start.elapsed());
        error
    };
    // A window of 1 MiB; of 16 MiB, the largest; of 32 MiB.
    assert_eq!(bomb(0x50), FrameError::TooLarge);
    assert_eq!(bomb(0x70), FrameError::TooLarge);
    assert!(matches!(bomb(0x78), FrameError::Malformed(_)));
}

#[test]
fn a_frame_is_read_whole_or_not_at_all() {
    let read = |file: &[u8]| read_frame(&frame_name(file), file);
    let of = |content: &[Vec<u8>]| stored(&content.concat());
    let content = frame_content(&frame()).expect("documents and changes");
    let whole = of(&content);
    assert_eq!(read(&whole), Ok(frame()));
    let malformed = |file: &[u8], why: &str| match read(file) {
        Err(FrameError::Malformed(says)) => assert!(says.contains(why), "{says:?} instead of {why:?}"),
        other => panic!("{why}: {other:?}"),
    };
    malformed(&of(&[content.clone(), vec![vec![0x80]]].concat()), "bytes after its end");
    malformed(&[&whole[..], &[0]].concat(), "bytes after its end");
    // The ids lie in the first piece, behind the version of an array, a village and their length.
    let ids = |bytes: &dyn Fn(&mut Vec<u8>)| {
        let mut ids: Vec<u8> = frame().households.iter().flat_map(|(household, _)| household.0).collect();
        bytes(&mut ids);
        let mut first = content[0][..6].to_vec();
        minicbor::Encoder::new(&mut first).bytes(&ids).expect("bytes");
        of(&[vec![first], content[1..].to_vec()].concat())
    };
    assert_eq!(read(&ids(&|_| ())), Ok(frame()));
    malformed(&ids(&|ids| ids.truncate(ids.len() - 16)), "more in its columns");
    malformed(&ids(&|ids| ids.truncate(ids.len() - 1)), "id is broken off");
    malformed(&ids(&|ids| ids.extend([7; 16])), "count is missing");
    for held in [Held::Document(vec![1, 2]), Held::Changes(vec![]), Held::Changes(vec![vec![0; 20]])] {
        let none = Frame { households: vec![(HouseholdId([1; 16]), held)], ..frame() };
        assert!(matches!(frame_content(&none), Err(FrameError::Malformed(_))));
    }
    assert_eq!(read(&[]), Err(FrameError::Version(None)));
    assert_eq!(read(&[9, 0]), Err(FrameError::Version(Some(9))));
    assert_eq!(read(&vec![FRAME_VERSION; FRAME_BYTES_MAX + 1]), Err(FrameError::TooLarge));
    let name = FrameRef { bytes: 1, ..frame_name(&whole) };
    assert_eq!(read_frame(&name, &whole), Err(FrameError::Hash));
    let inflated =
        zstandard(0x70, &[(false, 0x80, 128 * 1024)].repeat(FRAME_INFLATED_BYTES_MAX / (128 * 1024)));
    assert!(read(&inflated).is_err(), "it never ends");
}
