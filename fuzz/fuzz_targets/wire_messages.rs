//! Whatever bytes come: reading them as a message, a frame or a device's state ends, in bounds, and
//! what could be read can be written and read again.
//!
//! `cargo +nightly fuzz run wire_messages fuzz/corpus/wire_messages fuzz/seeds/wire_messages`

#![no_main]

use libfuzzer_sys::fuzz_target;
use sync_protocol::device::State;
use sync_protocol::frame::{frame_name, read_frame};
use sync_protocol::wire::{Reply, Request};

fuzz_target!(|input: &[u8]| {
    if let Ok(request) = Request::from_body(input) {
        assert_eq!(Request::from_body(&request.to_body()), Ok(request));
    }
    if let Ok(reply) = Reply::from_body(input) {
        assert_eq!(Reply::from_body(&reply.to_body()), Ok(reply));
    }
    let state = State::from_bytes(input);
    assert_eq!(State::from_bytes(&state.to_bytes()), state);
    let _ = read_frame(&frame_name(input), input);
});
