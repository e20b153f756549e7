//! An erased household is forgotten by the hub and by every device, and everything still agrees.

use std::sync::atomic::{AtomicU64, Ordering};

use samruat::store::audit::{self, AuditEntry};
use samruat::store::{
    StoreError, changes, conflicts, documents, erasure, frames, photos, quarantine, read_model,
};
use samruat::sync::Hub;
use sync_protocol::change::Edit;
use sync_protocol::cursor::EntryKind;
use sync_protocol::hub::Reason;
use sync_protocol::ids::{HouseholdId, RowId};
use sync_protocol::wire::{Request, Verdict};

use super::backend::{TestDatabase, on_each_backend};
use super::histories::{converge, derived, first_difference, history};
use super::phones::{Phone, START, assert_sound, hub, put, put_in, tambon, village};

const HOUSE: HouseholdId = HouseholdId([7; 16]);
const TWIN: HouseholdId = HouseholdId([8; 16]);
const NEIGHBOUR: HouseholdId = HouseholdId([9; 16]);
/// Stands in every answer that is to be forgotten; without marks, which texts for debugging write otherwise.
const SECRET: &str = "กขคงจฉช";
const NEIGHBOURS_NAME: &str = "สมพร";

fn line() -> AuditEntry {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    AuditEntry {
        at: START,
        id: NUMBER.fetch_add(1, Ordering::Relaxed).to_be_bytes(),
        actor: "test".to_owned(),
        action: "household.erase".to_owned(),
        subject: HOUSE.to_string(),
        details: "{}".to_owned(),
    }
}

fn erase(hub: &Hub, household: HouseholdId) -> Vec<HouseholdId> {
    hub.erase(tambon(), household, line()).unwrap().households
}

fn secret(number: u8) -> String {
    format!("{SECRET} {number}")
}

/// Photo `number`, as an answer names it.
fn photo(number: u8) -> String {
    format!("sha256:{}", format!("{number:02x}").repeat(32))
}

/// Everything that the hub says of its households, as text.
fn all_of(hub: &Hub) -> String {
    let read = |conn: &mut samruat::store::Conn| {
        let log = changes::page(conn, tambon(), 0, 1_000)?;
        let payloads: Vec<String> =
            log.iter().map(|entry| String::from_utf8_lossy(&entry.payload).into_owned()).collect();
        let kept = quarantine::page(conn, tambon(), None, 100)?;
        let kept: Vec<_> =
            kept.iter().map(|kept| String::from_utf8_lossy(&kept.bytes).into_owned()).collect();
        let documents = documents::page(conn, tambon(), None, 100)?;
        let registers: Vec<_> =
            documents.iter().map(|held| String::from_utf8_lossy(&held.registers).into_owned()).collect();
        let rows = read_model::households(conn, tambon(), None, None, 100)?;
        let faults = read_model::faults(conn, tambon(), None, 100)?;
        let open = conflicts::page(conn, tambon(), false, None, 100)?;
        Ok::<_, StoreError>(format!("{payloads:?} {kept:?} {registers:?} {rows:?} {faults:?} {open:?}"))
    };
    hub.database().read(read).unwrap()
}

/// A hub with a household that two phones wrote, its twin that was folded into it, one more that stays; and
/// something of it in quarantine. The second phone has something unsent of it.
fn surveyed(test: &TestDatabase) -> (Hub, Phone, Phone, Phone) {
    let hub = hub(test.open());
    let mut one = Phone::enrol(&hub, 1, &[village(4)]);
    let mut other = Phone::enrol(&hub, 2, &[village(4), village(5)]);
    let (member, note) = (RowId([1; 16]), RowId([2; 16]));
    let own = [
        put("head_name", secret(1).as_str()),
        put("household_size", secret(2).as_str()),
        put("photo", photo(1).as_str()),
        Edit::MakeRow(member),
        put_in(member, "group", "member"),
        put_in(member, "m_name", secret(3).as_str()),
        Edit::MakeRow(note),
        put_in(note, "group", "note"),
        put_in(note, "text", secret(4).as_str()),
    ];
    one.edit(HOUSE, village(4), &own);
    one.edit(HOUSE, village(4), &[put("photo", photo(2).as_str())]);
    one.edit(TWIN, village(4), &[put("head_name", secret(5).as_str()), put("photo", photo(3).as_str())]);
    one.edit(NEIGHBOUR, village(4), &[put("head_name", NEIGHBOURS_NAME), put("photo", photo(3).as_str())]);
    one.sync(&hub);
    other.sync(&hub);
    one.edit(HOUSE, village(4), &[put("landmark", secret(6).as_str())]);
    other.edit(HOUSE, village(4), &[put("landmark", secret(7).as_str())]);
    one.sync(&hub);
    other.sync(&hub);
    let mut outside = Phone::enrol(&hub, 3, &[village(5)]);
    outside.edit(HOUSE, village(4), &[put("phone", secret(8).as_str())]);
    assert_eq!(outside.push(&hub), [Verdict::Quarantined]);
    hub.fold(tambon(), TWIN, HOUSE).unwrap();
    other.edit(HOUSE, village(4), &[put("phone", secret(9).as_str())]);
    assert_sound(&hub);
    assert_eq!((1..9).filter(|number| !all_of(&hub).contains(&secret(*number))).count(), 0);
    (hub, one, other, outside)
}

#[test]
fn nothing_of_an_erased_household_is_kept_and_everything_agrees() {
    on_each_backend(|test| {
        let (hub, mut one, mut other, outside) = surveyed(test);
        let late = Phone::enrol(&hub, 4, &[village(4)]);
        assert!(!hub.sync(&late.device, Request::at(None, 4_096)).unwrap().frames.is_empty());

        // By the name of the twin: they are one.
        let erased = hub.erase(tambon(), TWIN, line()).unwrap();
        assert_eq!(erased.households, [HOUSE, TWIN]);
        let named: Vec<String> = erased.photos.iter().map(|hash| photo(hash[0])).collect();
        assert_eq!(named, [photo(1), photo(2)], "the neighbour's photo stays");
        assert_sound(&hub);
        let left = all_of(&hub);
        assert!(!left.contains(SECRET) && left.contains(NEIGHBOURS_NAME), "{left}");
        let (kept, newest, states) = hub
            .database()
            .read(|conn| {
                let hash = |number| [number; 32];
                let states = [1, 2, 3].map(|number| photos::find(conn, tambon(), &hash(number)));
                Ok::<_, StoreError>((
                    quarantine::count(conn, tambon())?,
                    frames::newest(conn, village(4))?,
                    states.map(|found| found.unwrap().map(|photo| photo.state)),
                ))
            })
            .unwrap();
        let erasing = Some(photos::PhotoState::Erasing);
        assert_eq!((kept, newest, states), (0, None, [erasing, erasing, None]));

        assert!(erase(&hub, HOUSE).is_empty() && erase(&hub, TWIN).is_empty(), "a second time does nothing");
        let lines = hub.database().read(|conn| audit::page(conn, tambon(), None, 10)).unwrap();
        assert_eq!(lines.len(), 1);
        assert!(hub.erase(tambon(), HouseholdId([99; 16]), line()).is_err());

        // A late edit is refused, and not kept.
        let pushed = hub.push(&other.device, other.groups()).unwrap();
        assert_eq!(pushed.verdicts, [Verdict::Quarantined]);
        assert_eq!(pushed.notes[0].reason, Reason::HouseholdErased.code());
        let pushed = hub.push(&outside.device, outside.groups()).unwrap();
        assert_eq!(pushed.notes[0].reason, Reason::HouseholdErased.code());
        assert_eq!(hub.database().read(|conn| quarantine::count(conn, tambon())).unwrap(), 0);

        let mut late = late;
        for phone in [&mut one, &mut other, &mut late] {
            phone.sync(&hub);
            assert_eq!(phone.sync(&hub).equal, Some(true));
            assert_eq!(phone.memory.live().into_keys().collect::<Vec<_>>(), [NEIGHBOUR]);
            assert!(phone.memory.all_unsent().is_empty());
            let copies = phone.memory.households.values().map(|stored| stored.document.as_slice());
            let outbox = phone.memory.outbox.iter().filter(|(_, mark)| mark.is_none());
            let bytes: Vec<&[u8]> =
                copies.chain(outbox.map(|(outgoing, _)| outgoing.bytes.as_slice())).collect();
            assert!(!String::from_utf8_lossy(&bytes.concat()).contains(SECRET));
        }
        assert_sound(&hub);
    });
}

#[test]
fn what_is_erased_is_not_in_the_file_any_more() {
    let test = TestDatabase::sqlite();
    let (hub, ..) = surveyed(&test);
    let holds = || {
        let path = test.url.trim_start_matches("sqlite:");
        [path.to_owned(), format!("{path}-wal")].iter().any(|file| {
            let bytes = std::fs::read(file).unwrap_or_default();
            bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
        })
    };
    assert!(holds());
    erase(&hub, HOUSE);
    erasure::overwrite_what_went(hub.database()).unwrap();
    assert!(!holds());
    assert_sound(&hub);
}

#[test]
fn a_household_that_moved_is_erased_where_it_was_as_well() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut four = Phone::enrol(&hub, 1, &[village(4)]);
        let mut five = Phone::enrol(&hub, 2, &[village(5)]);
        four.edit(HOUSE, village(4), &[put("head_name", secret(1).as_str()), put("tambon_code", "650117")]);
        four.sync(&hub);
        four.edit(HOUSE, village(4), &[put("moo", 5)]);
        four.sync(&hub);
        five.sync(&hub);
        assert!(five.holds(HOUSE) && !four.memory.away().is_empty(), "it wrote there, and keeps it unseen");
        erase(&hub, HOUSE);
        let log = hub.database().read(|conn| changes::page(conn, tambon(), 0, 100)).unwrap();
        let told: Vec<_> = log.iter().filter(|entry| entry.kind == EntryKind::Erased).collect();
        assert_eq!(told.iter().map(|entry| entry.village).collect::<Vec<_>>(), [village(4), village(5)]);
        for phone in [&mut four, &mut five] {
            phone.sync(&hub);
            let copies = phone.memory.households.values().flat_map(|stored| stored.document.clone());
            assert!(!String::from_utf8_lossy(&copies.collect::<Vec<u8>>()).contains(SECRET));
            assert!(phone.memory.away().is_empty());
        }
        assert_sound(&hub);
    });
}

#[test]
fn a_hub_that_erased_is_rebuilt_the_same() {
    for seed in 1..=3 {
        on_each_backend(|test| {
            let (hub, mut phones) = history(test.open(), seed, 120);
            let live = hub.database().read(|conn| documents::page(conn, tambon(), None, 100)).unwrap();
            for document in live.iter().step_by(3) {
                erase(&hub, document.household);
            }
            assert_sound(&hub);
            converge(&hub, &mut phones);
            assert_sound(&hub);
            let before = format!("{:#?}", derived(&hub));
            hub.rebuild(tambon(), |_, _| {}).unwrap();
            assert_sound(&hub);
            let after = format!("{:#?}", derived(&hub));
            assert!(before == after, "seed {seed}: {}", first_difference(&before, &after));
        });
    }
}
