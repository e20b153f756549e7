//! Frames: when they are made anew, what a device reads beside them, how long they are kept.

use samruat::samples::{Chance, household, villages_of_aranyik};
use samruat::store::frames::{self, FrameSet};
use samruat::store::{Conn, Tx};
use samruat::sync::Hub;
use sync_protocol::change::Edit;
use sync_protocol::frame::{FRAME_VERSION, Frame, Held, read_frame};
use sync_protocol::ids::{HouseholdId, RowId, VillageCode};
use sync_protocol::wire::{Reply, Request};

use super::backend::on_each_backend;
use super::phones::{Phone, START, hub, put, tambon, village};

const HOUR_MICROS: i64 = 3_600_000_000;

/// What a device without a cursor is told.
fn first(hub: &Hub, phone: &Phone) -> Reply {
    hub.sync(&phone.device, Request::at(None, 1024 * 1024)).unwrap()
}

fn newest(hub: &Hub, village: VillageCode) -> FrameSet {
    hub.database().read(|conn| frames::newest(conn, village)).unwrap().unwrap()
}

fn read(hub: &Hub, phone: &Phone, reply: &Reply) -> Vec<Frame> {
    let bytes = |sha256| hub.frame(&phone.device, sha256).unwrap().unwrap();
    reply.frames.iter().map(|name| read_frame(name, &bytes(&name.sha256)).unwrap()).collect()
}

/// Registers a made-up household in one change, as a phone does.
fn register(phone: &mut Phone, number: u16, chance: &mut Chance) -> HouseholdId {
    let sample = household(&villages_of_aranyik()[3], number, chance);
    let mut id = |first: u8| {
        let mut id = [first; 16];
        id[1..9].copy_from_slice(&chance.bits().to_be_bytes());
        id[8..].copy_from_slice(&chance.bits().to_be_bytes());
        id
    };
    let put_in =
        |row, (key, value): &(String, _)| Edit::Put { row, key: key.clone(), value: Clone::clone(value) };
    let mut edits: Vec<Edit> = sample.answers.iter().map(|answer| put_in(None, answer)).collect();
    for (group, answers) in &sample.rows {
        let row = RowId(id(2));
        edits.push(Edit::MakeRow(row));
        edits.push(Edit::Put {
            row: Some(row),
            key: "group".to_owned(),
            value: sync_protocol::value::Scalar::Str((*group).to_owned()),
        });
        edits.extend(answers.iter().map(|answer| put_in(Some(row), answer)));
    }
    let house = HouseholdId(id(1));
    phone.edit(house, sample.village, &edits)
}

#[test]
fn a_village_of_households_takes_under_380_bytes_for_each() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut writer = Phone::enrol(&hub, 1, &[village(4)]);
        let mut chance = Chance::new(5);
        let houses: Vec<HouseholdId> =
            (1..=167).map(|number| register(&mut writer, number, &mut chance)).collect();
        writer.sync_with_budget(&hub, 1024 * 1024);
        let reply = first(&hub, &writer);
        let bytes: u32 = reply.frames.iter().map(|frame| frame.bytes).sum();
        assert!(bytes < 380 * 167, "{bytes} bytes in {} frames", reply.frames.len());
        assert!(
            read(&hub, &writer, &reply)
                .iter()
                .flat_map(|frame| &frame.households)
                .all(|(_, held)| matches!(held, Held::Changes(changes) if changes.len() == 1)),
            "what was written once is held as its change"
        );

        for number in 0..8_i64 {
            writer.edit(houses[0], village(4), &[put("income_year", number)]);
        }
        for number in 0..300_i64 {
            writer.edit(
                houses[1 + usize::try_from(number).unwrap() % 160],
                village(4),
                &[put("landmark", format!("หน้าวัด {number}").as_str())],
            );
        }
        writer.sync_with_budget(&hub, 1024 * 1024);
        let mut reader = Phone::enrol(&hub, 2, &[village(4)]);
        let report = reader.sync(&hub);
        assert_eq!((report.received, report.equal), (0, Some(true)), "the frames tell it all again");
        assert_eq!(reader.memory.live(), writer.memory.live());
        let frames = read(&hub, &reader, &first(&hub, &reader));
        let held = |house| {
            frames
                .iter()
                .flat_map(|frame| &frame.households)
                .find(|(id, _)| *id == house)
                .map(|(_, held)| held)
        };
        assert!(
            matches!(held(houses[0]), Some(Held::Document(_))),
            "what was written often is held as its document"
        );
    });
}

#[test]
fn frames_stay_while_little_happens_and_a_quiet_village_sends_nobody_through_the_log() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut writer = Phone::enrol(&hub, 1, &[village(4), village(5)]);
        let quiet = writer.edit(HouseholdId([5; 16]), village(5), &[put("house_no", "5")]);
        let mut chance = Chance::new(6);
        register(&mut writer, 1, &mut chance);
        writer.sync_with_budget(&hub, 1024 * 1024);
        first(&hub, &writer);
        let made = (newest(&hub, village(4)), newest(&hub, village(5)));

        // One more in the quiet village: its frames are a change behind from now on.
        writer.edit(quiet, village(5), &[put("house_no", "5/1")]);
        writer.sync_with_budget(&hub, 1024 * 1024);
        let report = Phone::enrol(&hub, 2, &[village(4), village(5)]).sync(&hub);
        assert_eq!((report.received, report.equal), (1, Some(true)));
        assert_eq!((newest(&hub, village(4)), newest(&hub, village(5))), made, "not worth new frames");

        // Much in the other one: both are made anew, or the log would be read from that change on.
        for number in 2..=40 {
            register(&mut writer, number, &mut chance);
        }
        writer.sync_with_budget(&hub, 1024 * 1024);
        let report = Phone::enrol(&hub, 3, &[village(4), village(5)]).sync(&hub);
        assert_eq!((report.requests, report.received, report.equal), (2, 0, Some(true)));
        let end = hub.database().read(|conn| samruat::store::tambons::find(conn, tambon())).unwrap().unwrap();
        assert_eq!(newest(&hub, village(4)).seq, end.last_seq);
        assert_eq!(newest(&hub, village(5)).seq, end.last_seq);

        // With nothing new in it, a village is at the end of the log however far that has gone.
        for number in 41..=80 {
            register(&mut writer, number, &mut chance);
        }
        writer.sync_with_budget(&hub, 1024 * 1024);
        let report = Phone::enrol(&hub, 4, &[village(4), village(5)]).sync(&hub);
        assert_eq!((report.received, report.equal), (0, Some(true)));
        assert_eq!(newest(&hub, village(5)).seq, end.last_seq);
    });
}

#[test]
fn frames_of_another_version_are_made_anew() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut writer = Phone::enrol(&hub, 1, &[village(4)]);
        writer.edit(HouseholdId([4; 16]), village(4), &[put("house_no", "4")]);
        writer.sync(&hub);
        let made = newest(&hub, village(4));
        assert_eq!(made.version, FRAME_VERSION);
        let mut file = hub.frame(&writer.device, &made.frames[0].sha256).unwrap().unwrap();
        file[0] = FRAME_VERSION - 1;
        let old = vec![(sync_protocol::frame::frame_name(&file), file)];
        let seq = made.seq;
        hub.database().write(move |tx| frames::replace(tx, village(4), seq, &old, START)).unwrap();
        assert_eq!(newest(&hub, village(4)).version, FRAME_VERSION - 1);

        let report = Phone::enrol(&hub, 2, &[village(4)]).sync(&hub);
        assert_eq!((report.frames, report.received, report.equal), (1, 0, Some(true)));
        assert_eq!(newest(&hub, village(4)).frames, made.frames);
    });
}

#[test]
fn frames_are_kept_for_an_hour_after_newer_ones_took_their_place() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let keep = |seq: u64, hours: i64| {
            let files = vec![(sync_protocol::frame::frame_name(&[seq as u8]), vec![seq as u8])];
            let now = samruat::clock::Micros(START.0 + hours * HOUR_MICROS / 2);
            hub.database()
                .write(move |tx: &mut Tx<'_>| frames::replace(tx, village(4), seq, &files, now))
                .unwrap();
        };
        let kept = |seq: u64| {
            let name = sync_protocol::frame::frame_name(&[seq as u8]);
            let find = |conn: &mut Conn| frames::find(conn, tambon(), &name.sha256);
            hub.database().read(find).unwrap().is_some()
        };
        // Made at once, after two hours, after two and a half, after three and a half.
        for (seq, half_hours) in [(1, 0), (2, 4), (3, 5)] {
            keep(seq, half_hours);
        }
        assert_eq!([1, 2, 3].map(kept), [true; 3], "the first was the newest until half an hour ago");
        keep(4, 7);
        assert_eq!([1, 2, 3, 4].map(kept), [false, false, true, true]);
    });
}
