//! Transactions: durable or nothing, one task's failure its own, views that stand still.

use std::sync::Barrier;
use std::sync::mpsc::channel;

use samruat::clock::Micros;
use samruat::store::{CommitMode, Options, StoreError, tambons};
use sync_protocol::ids::TambonCode;

use super::backend::on_each_backend;

fn tambon(number: u32) -> TambonCode {
    TambonCode::try_from(650_101 + number).unwrap()
}

#[test]
fn what_is_written_is_there_after_reopening() {
    on_each_backend(|test| {
        let database = test.open();
        database.write(|tx| tambons::ensure(tx, tambon(0), [7; 8], Micros(1))).unwrap();
        drop(database);
        let found = test.open().read(|conn| tambons::find(conn, tambon(0))).unwrap().unwrap();
        assert_eq!((found.epoch, found.last_seq), ([7; 8], 0));
    });
}

#[test]
fn a_task_that_fails_or_panics_leaves_no_trace_and_hurts_no_other() {
    on_each_backend(|test| {
        let database = test.open();
        let count = 24;
        let barrier = Barrier::new(count as usize);
        let (outcomes, outcome) = channel();
        std::thread::scope(|scope| {
            for number in 0..count {
                let (database, barrier, outcomes) = (database.clone(), &barrier, outcomes.clone());
                scope.spawn(move || {
                    barrier.wait();
                    let result = database.write(move |tx| {
                        tambons::ensure(tx, tambon(number), [1; 8], Micros(1))?;
                        match number % 3 {
                            0 => Ok(number),
                            1 => Err(StoreError::Corrupt("on purpose".to_owned())),
                            _ => panic!("on purpose"),
                        }
                    });
                    outcomes.send((number, result)).unwrap();
                });
            }
        });
        drop(outcomes);
        for (number, result) in outcome {
            match number % 3 {
                0 => assert_eq!(result.unwrap(), number),
                1 => assert!(matches!(result, Err(StoreError::Corrupt(_)))),
                _ => assert!(matches!(result, Err(StoreError::Panicked(text)) if text == "on purpose")),
            }
        }
        let kept = database.read(tambons::all).unwrap();
        assert_eq!(kept.len(), count as usize / 3);
        assert!(kept.iter().all(|kept| (kept.code.get() - tambon(0).get()).is_multiple_of(3)));
    });
}

#[test]
fn a_view_stands_still_while_others_write() {
    on_each_backend(|test| {
        let database = test.open();
        database.write(|tx| tambons::ensure(tx, tambon(0), [1; 8], Micros(1))).unwrap();
        let writer = database.clone();
        database
            .read(|conn| {
                assert_eq!(tambons::all(conn)?.len(), 1);
                std::thread::scope(|scope| {
                    let write = || writer.write(|tx| tambons::ensure(tx, tambon(1), [1; 8], Micros(1)));
                    scope.spawn(write).join().unwrap()
                })?;
                assert_eq!(tambons::all(conn)?.len(), 1);
                Ok::<_, StoreError>(())
            })
            .unwrap();
        assert_eq!(database.read(tambons::all).unwrap().len(), 2);
    });
}

#[test]
fn writers_of_one_tambon_follow_each_other() {
    on_each_backend(|test| {
        for commit in [CommitMode::Group, CommitMode::Each] {
            let database = test.open_with(Options { commit, ..Options::default() });
            database.write(|tx| tambons::ensure(tx, tambon(0), [1; 8], Micros(1))).unwrap();
            let before = database.read(|conn| tambons::find(conn, tambon(0))).unwrap().unwrap().last_seq;
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for _ in 0..10 {
                            database
                                .write(|tx| {
                                    let mut locked = tambons::lock(tx, tambon(0))?.unwrap();
                                    locked.last_seq += 1;
                                    tambons::advance(
                                        tx,
                                        &locked,
                                        &samruat::planning::indicators::Counts::default(),
                                    )
                                })
                                .unwrap();
                        }
                    });
                }
            });
            let after = database.read(|conn| tambons::find(conn, tambon(0))).unwrap().unwrap().last_seq;
            assert_eq!(after - before, 80);
        }
    });
}
