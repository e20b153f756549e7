//! Codes, devices, keys, the audit log.

use samruat::clock::Micros;
use samruat::store::api_keys::{self, ApiKey, Role};
use samruat::store::audit::{self, AuditEntry};
use samruat::store::devices::{self, EnrolmentCode, Redeemed};
use samruat::store::villages::{self, Expected};
use sync_protocol::ids::DeviceId;

use super::backend::on_each_backend;
use super::phones::{START, tambon, village};

fn code(n: u8) -> EnrolmentCode {
    EnrolmentCode {
        code_hash: [n; 32],
        tambon: tambon(),
        person: "มาลี ใจดี".to_owned(),
        villages: vec![village(4), village(5)],
        created_at: START,
        expires_at: START.plus_seconds(60),
    }
}

#[test]
fn a_code_enrols_one_device_once_and_in_time() {
    on_each_backend(|test| {
        let database = test.open();
        database.write(|tx| devices::issue_code(tx, &code(1))).unwrap();
        database.write(|tx| devices::issue_code(tx, &code(2))).unwrap();
        let redeem = |n: u8, device: u8, now: Micros| {
            database
                .write(move |tx| devices::redeem_code(tx, [n; 32], DeviceId([device; 8]), [device; 32], now))
                .unwrap()
        };
        let Redeemed::Enrolled(device) = redeem(1, 1, START) else { panic!("not enrolled") };
        assert_eq!((device.person.as_str(), device.villages.len()), ("มาลี ใจดี", 2));
        assert_eq!(redeem(1, 2, START), Redeemed::Used);
        // Its answer was lost: it draws another id and shows the same token, even after the last day.
        let ask_again = |now: Micros| {
            let redeem = move |tx: &mut samruat::store::Tx<'_>| {
                devices::redeem_code(tx, [1; 32], DeviceId([7; 8]), [1; 32], now)
            };
            database.write(redeem).unwrap()
        };
        assert_eq!(ask_again(START.plus_seconds(90)), Redeemed::Again(device.clone()));
        assert_eq!(redeem(2, 2, START.plus_seconds(60)), Redeemed::Expired);
        assert_eq!(redeem(3, 2, START), Redeemed::Unknown);
        let found = database.read(|conn| devices::find(conn, tambon(), DeviceId([1; 8]))).unwrap();
        assert_eq!(found, Some(device));
        assert_eq!(database.read(|conn| devices::page(conn, tambon(), None, 10)).unwrap().len(), 1);

        assert!(database.write(|tx| devices::revoke(tx, tambon(), DeviceId([1; 8]), START)).unwrap());
        assert!(!database.write(|tx| devices::revoke(tx, tambon(), DeviceId([1; 8]), START)).unwrap());
        assert_eq!(ask_again(START), Redeemed::Used, "a revoked device gets no token");
        assert!(
            database
                .write(|tx| devices::set_villages(tx, tambon(), DeviceId([1; 8]), &[village(6)]))
                .unwrap()
        );
        let found = database.read(|conn| devices::find(conn, tambon(), DeviceId([1; 8]))).unwrap().unwrap();
        assert_eq!(
            (found.revoked_at, found.sees(village(4)), found.sees(village(6))),
            (Some(START), false, true)
        );
    });
}

#[test]
fn a_code_presented_twice_at_once_enrols_one_device() {
    on_each_backend(|test| {
        let database = test.open();
        database.write(|tx| devices::issue_code(tx, &code(1))).unwrap();
        let enrolled: usize = std::thread::scope(|scope| {
            let tries: Vec<_> = (1..=8_u8)
                .map(|n| {
                    let database = database.clone();
                    scope.spawn(move || {
                        let redeem = move |tx: &mut samruat::store::Tx<'_>| {
                            devices::redeem_code(tx, [1; 32], DeviceId([n; 8]), [n; 32], START)
                        };
                        usize::from(matches!(database.write(redeem).unwrap(), Redeemed::Enrolled(_)))
                    })
                })
                .collect();
            tries.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(enrolled, 1);
    });
}

#[test]
fn keys_rosters_and_the_audit_log_are_kept() {
    on_each_backend(|test| {
        let database = test.open();
        let key = ApiKey {
            id: "k1".to_owned(),
            secret_hash: [3; 32],
            role: Role::Coordinator,
            area: "6501".parse().unwrap(),
            label: "สำนักงาน".to_owned(),
            created_at: START,
            revoked_at: None,
        };
        let row = key.clone();
        database.write(move |tx| api_keys::insert(tx, &row)).unwrap();
        assert_eq!(database.read(|conn| api_keys::find(conn, "k1")).unwrap(), Some(key));
        assert!(database.write(|tx| api_keys::revoke(tx, "k1", START)).unwrap());
        assert_eq!(database.read(api_keys::all).unwrap()[0].revoked_at, Some(START));

        for (n, houses) in [(0_u8, 10), (1, 12)] {
            database
                .write(move |tx| {
                    let (name_th, source) = (Some("บ้านอรัญญิก".to_owned()), "statbyyear".to_owned());
                    villages::expect(
                        tx,
                        &Expected { village: village(4), name_th, houses, source, imported_at: START },
                    )?;
                    let entry = AuditEntry {
                        at: START,
                        id: [n; 8],
                        actor: "key:k1".to_owned(),
                        action: "roster.import".to_owned(),
                        subject: village(4).to_string(),
                        details: "{}".to_owned(),
                    };
                    audit::append(tx, tambon(), &entry)
                })
                .unwrap();
        }
        let coverage = database.read(|conn| villages::coverage(conn, tambon())).unwrap();
        assert_eq!((coverage.len(), coverage[0].expected.as_ref().unwrap().houses), (1, 12));
        let first = database.read(|conn| audit::page(conn, tambon(), None, 1)).unwrap();
        let rest =
            database.read(|conn| audit::page(conn, tambon(), Some((first[0].at, first[0].id)), 10)).unwrap();
        assert_eq!((first[0].id, rest.len(), rest[0].id), ([0; 8], 1, [1; 8]));
    });
}
