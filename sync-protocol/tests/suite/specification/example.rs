//! The worked example: two volunteers, one new household, one question answered twice, and a hub
//! that is restored from a backup.

use sync_protocol::change::Edit;
use sync_protocol::device::edit;
use sync_protocol::ids::{DeviceId, HouseCode, HouseholdId};
use sync_protocol::wire::FrameRef;

use crate::sync::hub::Hub;
use crate::sync::phone::{Counterpart, Phone, put, village};

pub(crate) struct Example {
    pub(crate) household: HouseholdId,
    /// Name, what it says, bytes.
    pub(crate) changes: Vec<(&'static str, &'static str, Vec<u8>)>,
    pub(crate) exchanges: Vec<Exchange>,
}

/// One request and its reply.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) what: &'static str,
    pub(crate) request: Vec<u8>,
    pub(crate) reply: Vec<u8>,
}

/// The one who writes down what a phone and a hub say.
struct Witness<'a> {
    hub: &'a mut Hub,
    exchanges: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Counterpart for Witness<'_> {
    fn post(&mut self, device: DeviceId, body: &[u8]) -> Vec<u8> {
        let reply = self.hub.answer(device, body);
        self.exchanges.push((body.to_vec(), reply.clone()));
        reply
    }

    fn frame(&mut self, name: &FrameRef) -> Option<Vec<u8>> {
        self.hub.frame(name)
    }
}

/// Syncs a phone; each request has its word in `what`.
fn say(hub: &mut Hub, phone: &mut Phone, what: &[&'static str], exchanges: &mut Vec<Exchange>) {
    let mut witness = Witness { hub, exchanges: Vec::new() };
    assert_eq!(phone.sync(&mut witness).equal, Some(true));
    assert_eq!(witness.exchanges.len(), what.len());
    let said = witness.exchanges.into_iter().zip(what);
    exchanges.extend(said.map(|((request, reply), what)| Exchange { what, request, reply }));
}

/// The family of the example, number 1 in its house.
pub(crate) fn household() -> HouseholdId {
    let house: HouseCode = "6501-012345-6".parse().expect("a house code");
    HouseholdId::derived(&house, 1)
}

/// Edits as a device with this actor would; the actor's last 8 bytes are all `actor`.
fn write(phone: &mut Phone, actor: u8, minutes: i64, edits: &[Edit]) -> Vec<u8> {
    let place = (household(), village(4));
    let time_ms = 1_763_800_000_000 + minutes * 60_000;
    let made = edit(&mut phone.memory, phone.device, &mut || [actor; 8], place, time_ms, edits);
    made.expect("it can be said").1.expect("it is new").bytes
}

pub(crate) fn example() -> Example {
    let mut hub = Hub::new(0xe1, 1_000);
    let mut a = Phone::enrol(&mut hub, 0x1a, &[4]);
    let mut b = Phone::enrol(&mut hub, 0x2b, &[4]);
    let mut exchanges = Vec::new();
    let first = ["A syncs for the first time; the hub is empty", "A reads the log from its start"];
    say(&mut hub, &mut a, &first, &mut exchanges);
    b.sync(&mut hub);

    let a1 = write(&mut a, 0xa0, 0, &[put("head_name", "สมชาย ใจดี"), put("house_no", "12/3")]);
    say(&mut hub, &mut a, &["A sends the new household"], &mut exchanges);
    say(&mut hub, &mut b, &["B receives it"], &mut exchanges);

    let a2 = write(&mut a, 0xa0, 5, &[put("phone", "0812345678")]);
    let b1 = write(&mut b, 0xb0, 6, &[put("phone", "0898765432")]);
    say(&mut hub, &mut a, &["A sends a telephone number"], &mut exchanges);
    let backup = hub.clone();
    say(
        &mut hub,
        &mut b,
        &["B sends another, and receives A's: the question is in conflict"],
        &mut exchanges,
    );
    say(&mut hub, &mut a, &["A receives B's"], &mut exchanges);

    hub.restore(&backup, 0xe2);
    let reconciliation = [
        "The hub was restored to the backup made after request 5: B's cursor is unknown, the digests differ",
        "B sends the digests of the village's buckets",
        "B tells which changes it holds of the household that differs",
        "B sends the change that the hub asked for, and takes over the hub's cursor",
    ];
    say(&mut hub, &mut b, &reconciliation, &mut exchanges);
    let changes = vec![
        ("A1", "A registers the household: its head's name and its house number", a1),
        ("A2", "A adds a telephone number", a2),
        ("B1", "B, who has not seen A2, adds another number", b1),
    ];
    Example { household: household(), changes, exchanges }
}
