//! Villages: what a device may see, households that move, households that are one.

use samruat::store::documents::{self, State};
use samruat::store::quarantine;
use samruat::sync::SyncError;
use sync_protocol::hub::Reason;
use sync_protocol::ids::HouseholdId;
use sync_protocol::wire::Verdict;

use super::backend::on_each_backend;
use super::phones::{Phone, assert_sound, hub, put, tambon, village};

const HOUSE: HouseholdId = HouseholdId([7; 16]);
const OTHER_HOUSE: HouseholdId = HouseholdId([8; 16]);

#[test]
fn a_village_outside_the_scope_is_neither_read_nor_written() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut insider = Phone::enrol(&hub, 1, &[village(5)]);
        let mut outsider = Phone::enrol(&hub, 2, &[village(4)]);
        insider.edit(HOUSE, village(5), &[put("head_name", "สมชาย ใจดี")]);
        insider.sync(&hub);
        outsider.edit(HOUSE, village(4), &[put("head_name", "ใครก็ไม่รู้")]);
        outsider.edit(OTHER_HOUSE, village(5), &[put("head_name", "ใครก็ไม่รู้")]);
        assert_eq!(outsider.push(&hub), [Verdict::Quarantined; 2]);
        let kept = hub.database().read(|conn| quarantine::page(conn, tambon(), None, 10)).unwrap();
        assert!(kept.iter().all(|kept| kept.reason == Reason::OutsideScope));
        assert_eq!(kept.len(), 2);
        // The coordinator extends the scope; what waits in quarantine is sent again and taken.
        let mut extended = outsider.device.clone();
        extended.villages.push(village(5));
        let pushed = hub.push(&extended, outsider.groups()).unwrap();
        assert_eq!(pushed.verdicts, [Verdict::Accepted; 2]);
        assert_eq!(hub.database().read(|conn| quarantine::count(conn, tambon())).unwrap(), 0);
        outsider.memory = Default::default();
        assert_eq!(outsider.sync(&hub).received, 0);
        assert!(!outsider.holds(HOUSE));
        assert_sound(&hub);
    });
}

#[test]
fn a_household_that_moves_leaves_one_scope_and_enters_the_other() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut old = Phone::enrol(&hub, 1, &[village(4)]);
        let mut new = Phone::enrol(&hub, 2, &[village(5)]);
        let mut both = Phone::enrol(&hub, 3, &[village(4), village(5)]);
        for phone in [&mut old, &mut new, &mut both] {
            phone.sync(&hub);
        }
        old.edit(
            HOUSE,
            village(4),
            &[put("tambon_code", "650117"), put("moo", 4), put("head_name", "มาลี ใจดี")],
        );
        old.sync(&hub);
        both.sync(&hub);
        new.sync(&hub);
        assert!(both.holds(HOUSE) && !new.holds(HOUSE));

        both.edit(HOUSE, village(4), &[put("moo", 5)]);
        // Written in the old village before the news arrives.
        old.edit(HOUSE, village(4), &[put("phone", "0812345678")]);
        both.sync(&hub);
        assert_sound(&hub);
        let report = old.sync(&hub);
        assert_eq!((report.accepted, report.refused.len()), (1, 0), "{report:?}");
        assert!(!old.holds(HOUSE));
        for phone in [&mut new, &mut both] {
            assert_eq!(phone.sync(&hub).equal, Some(true));
            assert_eq!(phone.shows(HOUSE).len(), 4);
        }
        let document = hub.database().read(|conn| documents::find(conn, tambon(), HOUSE)).unwrap().unwrap();
        assert_eq!((document.village, document.moved_from), (village(5), Some(village(4))));
        assert_sound(&hub);
    });
}

#[test]
fn a_new_household_lies_where_it_was_registered_whatever_its_answers_say() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        phone.edit(HOUSE, village(4), &[put("tambon_code", "650117"), put("moo", 14)]);
        assert_eq!(phone.sync(&hub).equal, Some(true));
        assert!(phone.holds(HOUSE), "a slip of the pen does not take it away");
        phone.edit(HOUSE, village(4), &[put("moo", 4)]);
        phone.sync(&hub);
        let document = hub.database().read(|conn| documents::find(conn, tambon(), HOUSE)).unwrap().unwrap();
        assert_eq!((document.village, document.moved_from), (village(4), None));
        assert_sound(&hub);
    });
}

#[test]
fn two_households_become_one_and_late_edits_follow() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut one = Phone::enrol(&hub, 1, &[village(4)]);
        let mut other = Phone::enrol(&hub, 2, &[village(4)]);
        one.sync(&hub);
        other.sync(&hub);
        one.edit(HOUSE, village(4), &[put("house_no", "12/3"), put("head_name", "สมชาย ใจดี")]);
        other.edit(
            OTHER_HOUSE,
            village(4),
            &[put("house_no", "12/3"), put("head_name", "สมชาย ใจงาม"), put("phone", "0812345678")],
        );
        one.sync(&hub);
        other.sync(&hub);
        hub.fold(tambon(), OTHER_HOUSE, HOUSE).unwrap();
        hub.fold(tambon(), OTHER_HOUSE, HOUSE).unwrap();
        assert_sound(&hub);

        other.edit(OTHER_HOUSE, village(4), &[put("landmark", "หลังวัด")]);
        assert_eq!(other.push(&hub), [Verdict::Accepted]);
        for phone in [&mut one, &mut other] {
            assert_eq!(phone.sync(&hub).equal, Some(true));
            assert!(phone.holds(HOUSE) && !phone.holds(OTHER_HOUSE));
        }
        one.sync(&hub);
        assert_eq!(one.shows(HOUSE), other.shows(HOUSE));
        assert_eq!(one.shows(HOUSE).len(), 4);
        let folded =
            hub.database().read(|conn| documents::find(conn, tambon(), OTHER_HOUSE)).unwrap().unwrap();
        assert_eq!(folded.state, State::Folded { into: HOUSE });
        assert_sound(&hub);
        let unknown = hub.fold(tambon(), HouseholdId([1; 16]), HOUSE);
        assert!(matches!(unknown, Err(SyncError::UnknownHousehold(_))));
    });
}
