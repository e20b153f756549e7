//! Random histories of several phones: the hub stays sound, a rebuild gives the same, a backup heals.

use diesel::Connection;
use diesel::connection::SimpleConnection;
use samruat::clock::Micros;
use samruat::store::{
    Database, StoreError, backup, changes, conflicts, documents, read_model, tambons, villages,
};
use samruat::sync::Hub;
use sync_protocol::change::Edit;
use sync_protocol::ids::{HouseholdId, RowId};

use super::backend::{TestDatabase, on_each_backend};
use super::phones::{Phone, assert_sound, hub, put, put_in, tambon, village};

const QUESTIONS: [&str; 6] = ["head_name", "house_no", "landmark", "roof_condition", "household_size", "moo"];

/// A small generator of our own choice: the same history on every backend.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn step(chance: &mut Chance, phones: &mut [Phone], hub: &Hub) {
    let number = chance.below(phones.len() as u64) as usize;
    let phone = &mut phones[number];
    let household = HouseholdId([chance.below(12) as u8; 16]);
    let home = phone.device.villages[0];
    let known = phone.memory.households.get(&household).map(|stored| stored.village);
    match chance.below(10) {
        0..7 => {
            let gone = known.is_some() && !phone.holds(household);
            if gone {
                return;
            }
            let row = RowId(std::array::from_fn(|_| chance.below(256) as u8));
            let question = QUESTIONS[chance.below(6) as usize];
            let value = chance.below(5).to_string();
            let mut edits = vec![match question {
                "moo" => put("moo", 4 + chance.below(2) as i64),
                "household_size" => put("household_size", chance.below(50) as i64),
                _ => put(question, value.as_str()),
            }];
            if chance.below(2) == 0 {
                let group = ["member", "need", "visit", "note", "member"][chance.below(5) as usize];
                edits.extend([Edit::MakeRow(row), put_in(row, "group", group), put_in(row, "m_name", "มาลี")]);
            }
            edits.push(put("tambon_code", "650117"));
            phone.edit(household, known.unwrap_or(home), &edits);
        }
        _ => {
            phone.sync(hub);
        }
    }
}

pub(super) fn history(database: Database, seed: u64, steps: u32) -> (Hub, Vec<Phone>) {
    let hub = hub(database);
    let scopes =
        [vec![village(4)], vec![village(4), village(5)], vec![village(5)], vec![village(5), village(4)]];
    let mut phones: Vec<Phone> =
        scopes.iter().zip(1..).map(|(villages, number)| Phone::enrol(&hub, number, villages)).collect();
    let mut chance = Chance(seed);
    for _ in 0..steps {
        step(&mut chance, &mut phones, &hub);
    }
    (hub, phones)
}

pub(super) fn converge(hub: &Hub, phones: &mut [Phone]) {
    for round in 0..3 {
        for phone in phones.iter_mut() {
            let report = phone.sync(hub);
            assert!(round == 0 || report.equal == Some(true), "{report:?}");
        }
    }
}

/// Everything that is derived from the log.
pub(super) fn derived(hub: &Hub) -> impl PartialEq + std::fmt::Debug + use<> {
    hub.database()
        .read(|conn| {
            Ok::<_, StoreError>((
                documents::page(conn, tambon(), None, 1_000)?,
                read_model::households(conn, tambon(), None, None, 1_000)?,
                read_model::count(conn, tambon())?,
                read_model::faults(conn, tambon(), None, 1_000)?,
                conflicts::page(conn, tambon(), false, None, 1_000)?,
                villages::all(conn, tambon())?,
            ))
        })
        .unwrap()
}

#[test]
fn histories_converge_stay_sound_and_are_rebuilt_the_same() {
    for seed in 1..=6 {
        let mut ends = Vec::new();
        on_each_backend_of(seed, &mut ends);
        assert_eq!(ends[0], ends[1], "the backends disagree on seed {seed}");
    }
}

fn on_each_backend_of(seed: u64, ends: &mut Vec<String>) {
    for test in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        let (hub, mut phones) = history(test.open(), seed, 150);
        assert_sound(&hub);
        converge(&hub, &mut phones);
        assert_sound(&hub);
        let before = format!("{:#?}", derived(&hub));
        hub.rebuild(tambon(), |_, _| {}).unwrap();
        assert_sound(&hub);
        let after = format!("{:#?}", derived(&hub));
        assert!(before == after, "seed {seed}: a rebuild differs: {}", first_difference(&before, &after));
        ends.push(after);
    }
}

pub(super) fn first_difference(before: &str, after: &str) -> String {
    let lines = before.lines().zip(after.lines()).enumerate();
    let differ = lines.filter(|(_, (one, other))| one != other).take(5);
    differ.map(|(at, (one, other))| format!("\n{at}: {one} | {other}")).collect()
}

#[test]
fn two_writers_of_one_tambon_at_once_leave_one_sound_log() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let phones: Vec<Phone> = (1..=6).map(|number| Phone::enrol(&hub, number, &[village(4)])).collect();
        std::thread::scope(|scope| {
            for (mut phone, number) in phones.into_iter().zip(0_u8..) {
                let hub = hub.clone();
                scope.spawn(move || {
                    for n in 0..15_u8 {
                        // Half of them are households of all.
                        let household = HouseholdId([if n % 2 == 0 { n } else { 100 + number }; 16]);
                        phone.edit(
                            household,
                            village(4),
                            &[put("landmark", format!("{number} {n}").as_str())],
                        );
                        phone.sync(&hub);
                    }
                });
            }
        });
        assert_sound(&hub);
        let end = hub.database().read(|conn| tambons::find(conn, tambon())).unwrap().unwrap().last_seq;
        assert_eq!(end, 90);
        let log = hub.database().read(|conn| changes::page(conn, tambon(), 0, 1_000)).unwrap();
        assert_eq!(log.len(), 90);
    });
}

#[test]
fn verify_tells_what_does_not_agree() {
    let test = TestDatabase::sqlite();
    let (hub, _) = history(test.open(), 3, 120);
    let mut conn =
        diesel::sqlite::SqliteConnection::establish(test.url.trim_start_matches("sqlite:")).unwrap();
    for (damage, told) in [
        ("UPDATE households SET house_no = 'x'", "its row"),
        ("UPDATE households SET head_given_key = x'41'", "its row"),
        ("UPDATE members SET family_key = x'41'", "its members"),
        ("UPDATE villages SET digest = zeroblob(16)", "the digest of village"),
        ("UPDATE villages SET members = members + 1", "the sums of village"),
        ("DELETE FROM members WHERE rowid = (SELECT min(rowid) FROM members)", "the read model has"),
        (
            "UPDATE changes SET received_at = received_at, chain = zeroblob(8) WHERE seq = 3",
            "the running hash breaks at entry 3",
        ),
        ("DELETE FROM changes WHERE seq = 2", "the log has no entries 2 to 2"),
    ] {
        conn.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
        conn.batch_execute(damage).unwrap();
        conn.batch_execute("COMMIT").unwrap();
        let findings = hub.verify(tambon(), |_, _| {}).unwrap();
        assert!(findings.iter().any(|finding| finding.what.contains(told)), "{damage}: {findings:#?}");
    }
}

#[test]
fn rows_of_an_older_program_are_made_anew_when_the_hub_starts() {
    let test = TestDatabase::sqlite();
    let (hub, mut phones) = history(test.open(), 4, 120);
    let visit = RowId([200; 16]);
    let surveyed = [
        Edit::MakeRow(visit),
        put_in(visit, "group", "visit"),
        put_in(visit, "visit_outcome", "done"),
        put_in(visit, "consent_given", "full"),
    ];
    phones[0].edit(HouseholdId([200; 16]), village(4), &surveyed);
    converge(&hub, &mut phones);
    assert_sound(&hub);
    let mut conn =
        diesel::sqlite::SqliteConnection::establish(test.url.trim_start_matches("sqlite:")).unwrap();
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000; UPDATE households SET head_given_key = NULL, head_family_key = NULL; \
         UPDATE members SET given_key = NULL, family_key = NULL; \
         UPDATE assessments SET inputs = NULL; UPDATE tambons SET rows_version = NULL",
    )
    .unwrap();
    drop(conn);
    let findings = hub.verify(tambon(), |_, _| {}).unwrap();
    for told in ["its row", "its members", "its assessment"] {
        assert!(findings.iter().any(|finding| finding.what.contains(told)), "{told}: {findings:#?}");
    }
    hub.database().close();
    drop(hub);
    assert_sound(&Hub::new(test.open(), samruat::clock::Clock::System).unwrap());
}

#[test]
fn a_hub_restored_from_an_older_backup_is_healed_by_its_devices() {
    let test = TestDatabase::sqlite();
    let (hub, mut phones) = history(test.open(), 5, 80);
    converge(&hub, &mut phones);
    let file = test.folder.join("backup.sqlite");
    backup::backup(hub.database(), &file).unwrap();
    assert!(backup::backup(hub.database(), &file).is_err(), "a backup is never overwritten");
    let mut chance = Chance(77);
    for _ in 0..60 {
        step(&mut chance, &mut phones, &hub);
    }
    converge(&hub, &mut phones);
    let shown = phones[1].memory.live();

    let draw = || [5; 8];
    let refused = backup::restore(&file, &test.url, Micros(1_000_000), draw);
    assert!(refused.is_err(), "the hub still runs");
    hub.database().close();
    drop(hub);
    let aside = backup::restore(&file, &test.url, Micros(1_000_000), draw).unwrap().unwrap();
    assert!(aside.ends_with("hub.sqlite.before-1"));

    let hub = Hub::new(test.open(), samruat::clock::Clock::System).unwrap();
    assert_sound(&hub);
    converge(&hub, &mut phones);
    assert_eq!(phones[1].memory.live(), shown, "nothing that was accepted is lost");
    assert_sound(&hub);
}
