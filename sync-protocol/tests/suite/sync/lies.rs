//! Hubs that lie, or are broken: a session with them ends, and the device keeps what it has.

use sync_protocol::cursor::Cursor;
use sync_protocol::device::SessionError;
use sync_protocol::digest::Digest;
use sync_protocol::frame::FrameError;
use sync_protocol::ids::{DeviceId, HouseholdId};
use sync_protocol::wire::{Answer, Entry, Fate, FrameRef, Reply, Request, Standing, Verdict, WireError};

use super::hub::Hub;
use super::phone::{Counterpart, Phone, Stopped, put, village};

const HOUSE: HouseholdId = HouseholdId([7; 16]);

/// An honest hub behind somebody who writes its replies over.
struct Liar<F> {
    hub: Hub,
    twist: F,
}

impl<F: FnMut(&Request, &mut Reply)> Counterpart for Liar<F> {
    fn post(&mut self, device: DeviceId, body: &[u8]) -> Vec<u8> {
        let mut reply = Reply::from_body(&self.hub.answer(device, body)).expect("a reply");
        (self.twist)(&Request::from_body(body).expect("a request"), &mut reply);
        reply.to_body()
    }

    fn frame(&mut self, name: &FrameRef) -> Option<Vec<u8>> {
        Some(name.sha256.to_vec())
    }
}

/// Syncs a phone that has one edit to send with a liar; what it had is still there.
fn lied_to(twist: impl FnMut(&Request, &mut Reply)) -> Result<sync_protocol::device::Report, Stopped> {
    let mut hub = Hub::new(1, 1_000);
    let mut phone = Phone::enrol(&mut hub, 1, &[4, 5]);
    phone.edit(HOUSE, &[put("head_name", "สมชาย ใจดี")]);
    let result = phone.sync_over(&mut Liar { hub, twist }, &mut || super::phone::Mishap::None);
    assert_eq!(
        phone.shows(HOUSE),
        [("head_name".to_owned(), sync_protocol::value::Scalar::Str("สมชาย ใจดี".into()))].into()
    );
    result
}

fn unfit(result: Result<sync_protocol::device::Report, Stopped>) -> bool {
    matches!(result, Err(Stopped::Session(SessionError::Unfit(_))))
}

#[test]
fn verdicts_that_do_not_fit_end_a_session() {
    assert!(unfit(lied_to(|_, reply| reply.verdicts.push(0))));
    assert!(unfit(lied_to(|_, reply| reply.verdicts.clear())));
    assert!(unfit(lied_to(|_, reply| reply.verdicts.fill(9))));
}

#[test]
fn a_frame_with_another_hash_ends_a_session() {
    let result = lied_to(|_, reply| {
        if reply.standing == Standing::First {
            reply.frames.push(FrameRef { sha256: [7; 32], bytes: 32 });
        }
    });
    assert_eq!(result, Err(Stopped::Session(SessionError::Frame(FrameError::Hash))));
}

#[test]
fn more_of_nothing_ends_a_session() {
    let report = lied_to(|_, reply| reply.standing = Standing::More).expect("it ends");
    assert!(report.requests < 10 && report.equal.is_none(), "{report:?}");
}

#[test]
fn the_same_entries_again_and_again_end_a_session() {
    let mut change = None;
    let report = lied_to(|request, reply| {
        let pushed = request.push.first().and_then(|group| group.changes.first());
        change = change.take().or_else(|| pushed.cloned());
        reply.standing = Standing::More;
        reply.cursor = Cursor { seq: 1, ..reply.cursor };
        reply.entries = vec![Entry::Changes {
            household: HOUSE,
            village: village(4),
            changes: change.iter().cloned().collect(),
        }];
    });
    assert!(report.expect("it ends").requests < 10);
}

#[test]
fn first_for_ever_ends_a_session() {
    let report = lied_to(|_, reply| reply.standing = Standing::First).expect("it ends");
    assert!(report.requests < 10 && report.equal.is_none(), "{report:?}");
}

#[test]
fn an_actor_conflict_for_ever_ends_a_session() {
    let report = lied_to(|_, reply| reply.verdicts.fill(Verdict::ActorConflict as u8)).expect("it ends");
    assert!(report.requests < 20 && report.equal != Some(true), "{report:?}");
}

#[test]
fn digests_that_never_agree_end_a_session() {
    let report = lied_to(|_, reply| reply.digests.iter_mut().for_each(|village| village.digest = Digest(1)));
    let report = report.expect("it ends");
    assert!(report.requests < 20 && report.equal == Some(false), "{report:?}");
}

#[test]
fn wanting_for_ever_ends_a_session() {
    let report = lied_to(|request, reply| {
        reply.digests.iter_mut().for_each(|village| village.digest = Digest(1));
        reply.verdicts.fill(Verdict::Accepted as u8);
        for buckets in &request.buckets {
            let differing = sync_protocol::hub::differing(&buckets.buckets, buckets.village, &[]);
            reply.differing = vec![differing];
        }
        reply.answers = request
            .have
            .iter()
            .map(|have| Answer {
                household: have.household,
                fate: Fate::Unknown,
                changes: Vec::new(),
                want: have.changes.clone(),
            })
            .collect();
    });
    let report = report.expect("it ends");
    assert!(report.requests < 20 && report.equal == Some(false), "{report:?}");
}

#[test]
fn a_household_that_comes_and_goes_ends_a_session() {
    let mut rounds = 0;
    let report = lied_to(|request, reply| {
        rounds += 1;
        reply.digests.iter_mut().for_each(|village| village.digest = Digest(1));
        for buckets in &request.buckets {
            reply.differing = vec![sync_protocol::hub::differing(&buckets.buckets, buckets.village, &[])];
        }
        for answer in &mut reply.answers {
            answer.fate = Fate::Live { village: village(4 + rounds / 3 % 2) };
        }
    });
    assert!(report.expect("it ends").requests < 300);
}

#[test]
fn a_reply_of_another_version_or_none_ends_a_session() {
    struct Mute(Vec<u8>);
    impl Counterpart for Mute {
        fn post(&mut self, _: DeviceId, _: &[u8]) -> Vec<u8> {
            self.0.clone()
        }
        fn frame(&mut self, _: &FrameRef) -> Option<Vec<u8>> {
            None
        }
    }
    let mut hub = Hub::new(1, 1_000);
    let mut phone = Phone::enrol(&mut hub, 1, &[4]);
    for (body, error) in [(vec![], WireError::Empty), (vec![2, 0x80], WireError::Version(2))] {
        let result = phone.sync_over(&mut Mute(body), &mut || super::phone::Mishap::None);
        assert_eq!(result, Err(Stopped::Session(SessionError::Wire(error))));
    }
}
