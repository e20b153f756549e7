//! Opening a database: once, twice at once, of a newer version, with a server that comes and goes.

use std::time::Duration;

use samruat::clock::Micros;
use samruat::store::{Database, Options, StoreError, tambons};

use super::backend::{TestDatabase, on_each_backend};
use super::phones::tambon;

#[test]
fn several_that_open_an_empty_database_at_once_all_find_it_ready() {
    on_each_backend(|test| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| test.open().ping().unwrap());
            }
        });
    });
}

#[test]
fn a_database_of_another_version_is_refused() {
    let test = TestDatabase::postgres();
    let unready = Database::open_with(&test.url, Options { migrate: false, ..Options::default() });
    assert!(matches!(unready, Err(StoreError::Migration(_))));
    drop(test.open());
    test.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')");
    assert!(matches!(Database::open(&test.url), Err(StoreError::TooNew(_))));
}

#[test]
fn what_cannot_be_opened_says_why() {
    for (url, says) in [
        ("sqllite:hub", "sqlite:PATH"),
        ("sqlite:/nowhere/at/all/hub.sqlite", "does its folder exist?"),
        ("postgres://samruat@127.0.0.1:1/none", "refused"),
    ] {
        let error = Database::open(url).err().unwrap();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_write_that_waits_too_long_is_told_that_the_database_is_busy() {
    let test = TestDatabase::postgres();
    let database = test.open_with(Options { lock_timeout: Duration::from_millis(100), ..Options::default() });
    database.write(|tx| tambons::ensure(tx, tambon(), [1; 8], Micros(1))).unwrap();
    std::thread::scope(|scope| {
        let (locked, is_locked) = std::sync::mpsc::channel();
        let holder = &database;
        scope.spawn(move || {
            holder
                .write(move |tx| {
                    tambons::lock(tx, tambon())?;
                    locked.send(()).unwrap();
                    std::thread::sleep(Duration::from_millis(600));
                    Ok::<_, StoreError>(())
                })
                .unwrap();
        });
        is_locked.recv().unwrap();
        let error = database.write(|tx| tambons::lock(tx, tambon())).unwrap_err();
        assert!(matches!(error, StoreError::Busy(_)) && error.is_temporary(), "{error}");
    });
}

#[test]
fn more_readers_than_connections_wait_or_are_told_so() {
    on_each_backend(|test| {
        let options =
            Options { readers: 1, connections: 1, wait: Duration::from_millis(100), ..Options::default() };
        let database = test.open_with(options);
        database
            .read(|_| {
                let error = database.read(tambons::all).unwrap_err();
                assert!(matches!(error, StoreError::Busy(_)));
                Ok::<_, StoreError>(())
            })
            .unwrap();
        database.read(tambons::all).unwrap();
    });
}

#[test]
fn a_server_that_drops_its_connections_is_asked_again() {
    let test = TestDatabase::postgres();
    let database = test.open();
    for _ in 0..2 {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| database.read(tambons::all).unwrap());
            }
        });
        test.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        database.read(tambons::all).unwrap();
        test.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        database.write(|tx| tambons::ensure(tx, tambon(), [1; 8], Micros(1))).unwrap();
    }
}
