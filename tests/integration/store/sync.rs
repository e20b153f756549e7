//! What a push does, and what it leaves alone.

use samruat::store::{changes, conflicts, quarantine, read_model, tambons, villages};
use sync_protocol::hub::Reason;
use sync_protocol::ids::{DeviceId, HouseholdId, RowId};
use sync_protocol::wire::{Request, Standing, Verdict};

use super::backend::on_each_backend;
use super::phones::{Phone, assert_sound, hub, put, put_in, tambon, village};

const HOUSE: HouseholdId = HouseholdId([7; 16]);

#[test]
fn a_pushed_change_is_in_the_log_the_read_model_and_the_sums() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        let (member, visit) = (RowId([1; 16]), RowId([2; 16]));
        phone.edit(
            HOUSE,
            village(4),
            &[
                put("house_no", "๑๒/๓"),
                put("head_name", "สมชาย ใจดี"),
                put("moo", 4),
                sync_protocol::change::Edit::MakeRow(member),
                put_in(member, "group", "member"),
                put_in(member, "m_name", "มาลี ใจดี"),
                sync_protocol::change::Edit::MakeRow(visit),
                put_in(visit, "group", "visit"),
                put_in(visit, "visit_outcome", "done"),
                put_in(visit, "visit_date", "2025-11-22"),
            ],
        );
        let report = phone.sync(&hub);
        assert_eq!((report.accepted, report.equal), (1, Some(true)));
        let (rows, log, coverage) = hub
            .database()
            .read(|conn| {
                let rows = read_model::households(conn, tambon(), Some(village(4)), None, 10)?;
                Ok::<_, samruat::store::StoreError>((
                    rows,
                    changes::page(conn, tambon(), 0, 10)?,
                    villages::coverage(conn, tambon())?,
                ))
            })
            .unwrap();
        assert_eq!(rows.len(), 1);
        let (at, row) = &rows[0];
        assert_eq!((*at, row.house_no.as_deref(), row.members), (village(4), Some("12/3"), 1));
        assert_eq!((log.len(), log[0].device, log[0].village), (1, phone.device.id, village(4)));
        assert_eq!(
            (coverage[0].sums.households, coverage[0].sums.visited(), coverage[0].sums.members),
            (1, 1, 1)
        );
        assert_sound(&hub);
    });
}

#[test]
fn sending_again_changes_nothing() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        for n in 0..5 {
            phone.edit(HOUSE, village(4), &[put("landmark", format!("หลังวัด {n}").as_str())]);
        }
        assert_eq!(phone.push(&hub), [Verdict::Accepted; 5]);
        let before = hub.database().read(|conn| tambons::find(conn, tambon())).unwrap();
        assert_eq!(phone.push(&hub), [Verdict::Known; 5]);
        assert_eq!(hub.database().read(|conn| tambons::find(conn, tambon())).unwrap(), before);
        assert_sound(&hub);
    });
}

#[test]
fn a_bad_change_goes_to_quarantine_and_hurts_no_other() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        phone.edit(HOUSE, village(4), &[put("head_name", "บุญมี สุขสวัสดิ์")]);
        let mut groups = phone.groups();
        let good = groups[0].changes[0].clone();
        let mut flipped: Vec<u8> = good.to_vec();
        flipped[5] ^= 1;
        groups[0].changes = vec![b"rubbish".to_vec().into(), flipped.into(), good.clone()];
        let mut stranger = Phone::enrol(&hub, 2, &[village(4)]);
        stranger.device.id = DeviceId([99; 8]);
        stranger.edit(HouseholdId([8; 16]), village(4), &[put("head_name", "ใครก็ไม่รู้")]);
        groups.extend(stranger.groups());
        for _ in 0..2 {
            let pushed = hub.push(&phone.device, groups.clone()).unwrap();
            assert_eq!(pushed.verdicts[..2], [Verdict::Quarantined; 2]);
            assert!(matches!(pushed.verdicts[2], Verdict::Accepted | Verdict::Known));
            assert_eq!(pushed.verdicts[3], Verdict::Quarantined);
            assert_eq!(pushed.notes[2].reason, Reason::UnknownDevice.code());
        }
        let kept = hub.database().read(|conn| quarantine::page(conn, tambon(), None, 10)).unwrap();
        // A flipped checksum leaves the change's own hash as it is.
        assert_eq!(kept.len(), 3);
        assert!(kept.iter().any(|kept| kept.bytes == b"rubbish"));
        assert_sound(&hub);
    });
}

#[test]
fn a_change_waits_for_what_it_builds_on_unless_that_was_refused() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        phone.edit(HOUSE, village(4), &[put("head_name", "ทองดี แก้วใส")]);
        phone.edit(HOUSE, village(4), &[put("phone", "0812345678")]);
        let groups = phone.groups();
        let mut late = groups.clone();
        let first = late[0].changes.remove(0);
        let pushed = hub.push(&phone.device, late.clone()).unwrap();
        assert_eq!(
            (pushed.verdicts.as_slice(), pushed.notes[0].missing.len()),
            ([Verdict::Waiting].as_slice(), 1)
        );

        let mut broken = groups.clone();
        let mut bytes: Vec<u8> = first.to_vec();
        bytes[4] ^= 1; // the checksum
        broken[0].changes[0] = bytes.into();
        let pushed = hub.push(&phone.device, broken).unwrap();
        assert_eq!(pushed.verdicts, [Verdict::Quarantined; 2]);
        assert_eq!(pushed.notes[1].reason, Reason::DependencyQuarantined.code());
        assert_eq!(hub.push(&phone.device, groups).unwrap().verdicts, [Verdict::Accepted; 2]);
        assert_sound(&hub);
    });
}

#[test]
fn a_conflict_is_written_down_with_both_values_and_who_settles_it() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut one = Phone::enrol(&hub, 1, &[village(4)]);
        let mut other = Phone::enrol(&hub, 2, &[village(4)]);
        one.edit(HOUSE, village(4), &[put("house_no", "12"), put("phone", "0811111111")]);
        one.sync(&hub);
        other.sync(&hub);
        one.edit(HOUSE, village(4), &[put("phone", "0822222222")]);
        other.edit(HOUSE, village(4), &[put("phone", "0833333333")]);
        one.sync(&hub);
        other.sync(&hub);
        let open = hub.database().read(|conn| conflicts::page(conn, tambon(), true, None, 10)).unwrap();
        assert_eq!((open.len(), open[0].question.as_str(), open[0].row), (1, "phone", None));
        let values: Vec<_> =
            open[0].candidates.iter().map(|one| (one.value.as_str().unwrap(), one.device.as_str())).collect();
        assert_eq!(values, [("0822222222", "0101010101010101"), ("0833333333", "0202020202020202")]);
        assert!(open[0].candidates.iter().all(|one| one.written_at_ms > 0 && one.received_at > 0));
        assert_sound(&hub);

        one.sync(&hub);
        one.edit(HOUSE, village(4), &[put("phone", "0822222222")]);
        one.sync(&hub);
        assert_eq!(hub.database().read(|conn| conflicts::page(conn, tambon(), true, None, 10)).unwrap(), []);
        let all = hub.database().read(|conn| conflicts::of_household(conn, tambon(), HOUSE)).unwrap();
        let settled = all[0].settled.clone().unwrap();
        assert_eq!((settled.by, settled.value), (Some(one.device.id), Some("0822222222".into())));
        assert_eq!(all[0].candidates.len(), 2, "both values are kept");
        assert_sound(&hub);
    });
}

#[test]
fn a_device_reads_on_within_its_budget_and_a_foreign_cursor_is_noticed() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut writer = Phone::enrol(&hub, 1, &[village(4), village(5)]);
        let mut reader = Phone::enrol(&hub, 2, &[village(4)]);
        reader.sync(&hub);
        for n in 0..60_u8 {
            let village = village(4 + n % 2);
            writer.edit(HouseholdId([n; 16]), village, &[put("landmark", "x".repeat(300).as_str())]);
        }
        writer.sync(&hub);
        let report = reader.sync_with_budget(&hub, 1_024);
        assert_eq!((report.received, report.equal), (30, Some(true)));
        assert!(report.requests >= 10, "{report:?}");

        let mut request = Request::at(reader.memory.state().cursor, 1_024);
        let reply = hub.sync(&reader.device, request.clone()).unwrap();
        assert_eq!((reply.standing, reply.entries.len()), (Standing::Complete, 0));
        for forge in [
            |cursor: &mut sync_protocol::cursor::Cursor| cursor.epoch[0] ^= 1,
            |cursor: &mut sync_protocol::cursor::Cursor| cursor.chain[0] ^= 1,
            |cursor: &mut sync_protocol::cursor::Cursor| cursor.seq += 1,
        ] {
            let mut cursor = reader.memory.state().cursor.unwrap();
            forge(&mut cursor);
            request.cursor = Some(cursor);
            assert_eq!(hub.sync(&reader.device, request.clone()).unwrap().standing, Standing::Unknown);
        }
    });
}

#[test]
fn a_new_device_gets_frames_and_then_the_log() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut writer = Phone::enrol(&hub, 1, &[village(4)]);
        writer.sync(&hub);
        for n in 0..150_u8 {
            writer.edit(
                HouseholdId([n; 16]),
                village(4),
                &[put("landmark", "หลังวัด"), put("house_no", "12/3")],
            );
        }
        writer.sync(&hub);
        let mut reader = Phone::enrol(&hub, 2, &[village(4), village(5)]);
        let report = reader.sync(&hub);
        assert_eq!((report.frames > 0, report.received, report.equal), (true, 0, Some(true)));
        assert_eq!(reader.memory.live(), writer.memory.live());
        writer.edit(HouseholdId([3; 16]), village(4), &[put("landmark", "ข้างสหกรณ์")]);
        writer.sync(&hub);
        let mut late = Phone::enrol(&hub, 3, &[village(4)]);
        let report = late.sync(&hub);
        assert_eq!((report.received, report.equal), (1, Some(true)), "frames, then the one change since");
    });
}
