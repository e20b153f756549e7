//! Reading the read model: pages that miss nothing, feeds, faults, rows that move and hide.

use samruat::projection::rows::{MemberRow, NeedRow};
use samruat::store::read_model::{self, Row};
use samruat::store::{StoreError, changes, duplicates};
use sync_protocol::change::Edit;
use sync_protocol::ids::{HouseholdId, RowId};

use super::backend::on_each_backend;
use super::phones::{Phone, assert_sound, hub, put, put_in, tambon, village};

const HOUSE: HouseholdId = HouseholdId([7; 16]);

#[test]
fn pages_hold_every_household_once() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4), village(5)]);
        for n in 0..25_u8 {
            phone.edit(
                HouseholdId([n; 16]),
                village(4 + n % 2),
                &[put("house_no", "12"), put("nobody asks this", 1)],
            );
        }
        phone.push(&hub);
        let count = |only| {
            hub.database()
                .read(|conn| {
                    let (mut after, mut seen) = (None, Vec::new());
                    loop {
                        let page = read_model::households(conn, tambon(), only, after, 4)?;
                        let Some((_, last)) = page.last() else { return Ok::<_, StoreError>(seen) };
                        after = Some(last.household);
                        seen.extend(page.into_iter().map(|(_, row)| row.household));
                    }
                })
                .unwrap()
        };
        let all = count(None);
        assert_eq!(all.len(), 25);
        assert!(all.is_sorted());
        assert_eq!(count(Some(village(4))).len(), 13);
        assert_sound(&hub);
    });
}

#[test]
fn the_feed_tells_each_household_that_changed() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        for n in [1_u8, 2, 1, 3, 1] {
            phone.edit(
                HouseholdId([n; 16]),
                village(4),
                &[put("landmark", format!("{n}").as_str()), put("x", i64::from(n))],
            );
            phone.edit(HouseholdId([n; 16]), village(4), &[put("landmark", "อีกครั้ง")]);
        }
        phone.push(&hub);
        let (touched, to) =
            hub.database().read(|conn| changes::households_touched(conn, tambon(), 0, 100)).unwrap();
        assert_eq!(touched.len(), 3);
        assert!(touched.is_sorted_by_key(|touched| touched.seq));
        let rest = hub.database().read(|conn| changes::households_touched(conn, tambon(), to, 100)).unwrap();
        assert_eq!(rest, (Vec::new(), to));
    });
}

#[test]
fn rows_leave_their_table_when_they_hide_or_change_their_group() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        let (stays, goes, turns) = (RowId([1; 16]), RowId([2; 16]), RowId([3; 16]));
        for row in [stays, goes, turns] {
            phone.edit(
                HOUSE,
                village(4),
                &[Edit::MakeRow(row), put_in(row, "group", "member"), put_in(row, "m_name", "มาลี")],
            );
        }
        phone.push(&hub);
        phone.edit(HOUSE, village(4), &[put_in(goes, "deleted", true), put_in(turns, "group", "need")]);
        phone.push(&hub);
        let (members, needs) = hub
            .database()
            .read(|conn| {
                let members: Vec<(HouseholdId, MemberRow)> = Row::of(conn, tambon(), &[HOUSE])?;
                let needs: Vec<(HouseholdId, NeedRow)> = Row::of(conn, tambon(), &[HOUSE])?;
                Ok::<_, StoreError>((members, needs))
            })
            .unwrap();
        assert_eq!(members.iter().map(|(_, row)| row.row).collect::<Vec<_>>(), [stays]);
        assert_eq!(needs.iter().map(|(_, row)| row.row).collect::<Vec<_>>(), [turns]);
        assert_sound(&hub);
    });
}

#[test]
fn faults_are_listed_and_go_when_the_answer_is_mended() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        phone.edit(HOUSE, village(4), &[put("household_size", "หลายคน"), put("roof_condition", "9")]);
        phone.push(&hub);
        let faults = hub.database().read(|conn| read_model::faults(conn, tambon(), None, 10)).unwrap();
        assert_eq!(faults.len(), 2);
        let after = Some((faults[0].household, faults[0].position));
        assert_eq!(
            hub.database().read(|conn| read_model::faults(conn, tambon(), after, 10)).unwrap(),
            faults[1..]
        );
        assert_sound(&hub);
        phone.edit(HOUSE, village(4), &[put("household_size", 4), put("roof_condition", "2")]);
        phone.push(&hub);
        assert_eq!(hub.database().read(|conn| read_model::faults(conn, tambon(), None, 10)).unwrap(), []);
        assert_sound(&hub);
    });
}

#[test]
fn what_households_share_is_found() {
    on_each_backend(|test| {
        let hub = hub(test.open());
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        for (n, citizen) in [(1_u8, "1101700230708"), (2, "1101700230708"), (3, "1112034563562")] {
            let row = RowId([n; 16]);
            phone.edit(
                HouseholdId([n; 16]),
                village(4),
                &[
                    put("house_no", "12/3"),
                    put("gps", "16.82 100.28 0 5"),
                    Edit::MakeRow(row),
                    put_in(row, "group", "member"),
                    put_in(row, "m_citizen_id", citizen),
                ],
            );
        }
        phone.push(&hub);
        let traits = hub.database().read(|conn| duplicates::traits(conn, tambon(), None, 10)).unwrap();
        assert_eq!(traits.len(), 3);
        assert!(
            traits.iter().all(|traits| traits.house_no.as_deref() == Some("12/3") && traits.point.is_some())
        );
        let shared = hub.database().read(|conn| duplicates::shared_citizens(conn, tambon())).unwrap();
        assert_eq!(shared, [("1101700230708".to_owned(), vec![HouseholdId([1; 16]), HouseholdId([2; 16])])]);
    });
}
