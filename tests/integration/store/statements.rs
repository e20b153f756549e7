//! Every statement of the sync path names its tambon, and a transaction that dies at any statement
//! leaves no trace.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use samruat::store::{Options, StoreError, changes, quarantine, tambons};
use samruat::sync::SyncError;
use sync_protocol::change::Edit;
use sync_protocol::ids::{HouseholdId, RowId};

use super::backend::on_each_backend;
use super::phones::{Phone, assert_sound, hub, put, put_in, tambon, village};

const HOUSE: HouseholdId = HouseholdId([7; 16]);

/// Tables that are not divided by tambon.
const REFERENCE: [&str; 4] = ["enrolment_codes", "api_keys", "meta", "__diesel_schema_migrations"];

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            self.0.lock().unwrap().push(query.to_string());
        }
    }
}

fn names_its_tambon(statement: &str) -> bool {
    let statement = statement.to_lowercase().replace(['"', '`'], "");
    let is_data = ["select", "insert", "update", "delete"].iter().any(|word| statement.starts_with(word));
    let refers = |table: &&str| statement.contains(*table);
    let bare = ["select 1", "select pg_", "select exists"].iter().any(|word| statement.starts_with(word));
    let all_tambons = statement.starts_with("select") && statement.contains("from tambons order by");
    !is_data
        || bare
        || all_tambons
        || REFERENCE.iter().any(refers)
        || statement.contains("tambon_code = ")
        || (statement.starts_with("insert") && statement.contains("(tambon_code"))
}

#[test]
fn every_statement_of_a_sync_names_its_tambon() {
    assert!(!names_its_tambon("SELECT hash FROM changes WHERE seq > 1"));
    on_each_backend(|test| {
        let recorder = Recorder::default();
        let watch = recorder.clone();
        let options =
            Options { watch: Some(Arc::new(move || Box::new(watch.clone()))), ..Options::default() };
        let hub = hub(test.open_with(options));
        let (mut one, mut other) =
            (Phone::enrol(&hub, 1, &[village(4)]), Phone::enrol(&hub, 2, &[village(4), village(5)]));
        let row = RowId([1; 16]);
        one.sync(&hub);
        one.edit(
            HOUSE,
            village(4),
            &[
                put("moo", 4),
                put("tambon_code", "650117"),
                put("household_size", "?"),
                Edit::MakeRow(row),
                put_in(row, "group", "member"),
            ],
        );
        one.sync(&hub);
        other.sync(&hub);
        one.edit(HOUSE, village(4), &[put("phone", "0811111111")]);
        other.edit(HOUSE, village(4), &[put("phone", "0822222222"), put_in(row, "deleted", true)]);
        one.sync(&hub);
        other.sync(&hub);
        other.edit(HOUSE, village(4), &[put("moo", 5)]);
        other.sync(&hub);
        other.memory.state = Vec::new();
        other.sync(&hub);
        assert_sound(&hub);
        let statements = recorder.0.lock().unwrap().clone();
        assert!(statements.len() > 100);
        let stray: Vec<_> = statements.iter().filter(|statement| !names_its_tambon(statement)).collect();
        assert!(stray.is_empty(), "{stray:#?}");
    });
}

/// Panics when the fuse has burnt down.
struct Fuse(Arc<AtomicI64>);

impl Instrumentation for Fuse {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) && self.0.load(Ordering::SeqCst) >= 0 {
            assert!(self.0.fetch_sub(1, Ordering::SeqCst) > 0, "the fuse has burnt down");
        }
    }
}

#[test]
fn a_push_that_dies_at_any_statement_leaves_no_trace() {
    on_each_backend(|test| {
        let fuse = Arc::new(AtomicI64::new(-1));
        let watch = Arc::clone(&fuse);
        let options = Options {
            watch: Some(Arc::new(move || Box::new(Fuse(Arc::clone(&watch))))),
            ..Options::default()
        };
        let hub = hub(test.open_with(options));
        let mut phone = Phone::enrol(&hub, 1, &[village(4)]);
        let row = RowId([1; 16]);
        phone.edit(
            HOUSE,
            village(4),
            &[put("household_size", "?"), put("moo", 4), Edit::MakeRow(row), put_in(row, "group", "member")],
        );
        phone.edit(HOUSE, village(4), &[put("landmark", "หลังวัด")]);
        let mut died = 0;
        loop {
            fuse.store(died, Ordering::SeqCst);
            let result = hub.push(&phone.device, phone.groups());
            fuse.store(-1, Ordering::SeqCst);
            match result {
                Err(SyncError::Store(StoreError::Panicked(_))) => died += 1,
                // The fuse may burn in the commit itself, where a transaction is done or it is not.
                Err(_) => died += 1,
                Ok(_) => break,
            }
            assert!(died < 200, "the push never gets through");
            let left = hub.database().read(|conn| {
                let log = changes::page(conn, tambon(), 0, 10)?.len();
                let end = tambons::find(conn, tambon())?.unwrap().last_seq;
                Ok::<_, StoreError>((log as u64, end, quarantine::count(conn, tambon())?))
            });
            assert_eq!(left.unwrap(), (0, 0, 0), "after statement {died}");
            assert_sound(&hub);
        }
        assert!(died > 8, "only {died} statements");
        assert_sound(&hub);
    });
}
