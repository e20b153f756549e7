//! A storage of maps around the core: what the worker does with IndexedDB.

use std::collections::BTreeMap;

use field_core::phone::Phone;
use serde_json::{Value, json};

/// 26 November 2026, noon in Thailand.
const NOW_MS: i64 = 1_795_669_200_000;

/// A phone, its storage, and its clock.
pub(crate) struct Shelf {
    phone: Phone,
    stores: BTreeMap<(String, String), Vec<u8>>,
    identity: Value,
    villages: Vec<String>,
    model: Vec<u8>,
    now_ms: i64,
    drawn: u64,
    /// Nothing more can be written.
    pub(crate) is_full: bool,
}

impl Shelf {
    /// The phone of device number `device`, enrolled for one village.
    pub(crate) fn new(device: u8) -> Self {
        Self::of(device, &["65011704"])
    }

    /// A phone that practises.
    pub(crate) fn practice() -> Self {
        Self::of(9, &["99999901", "99999902"])
    }

    fn of(device: u8, villages: &[&str]) -> Self {
        let workbook = include_bytes!("../../../../data/forms/household.xlsx");
        let form = survey_form::xlsform::compile(workbook, "household").form.expect("the form compiles");
        let villages: Vec<String> = villages.iter().map(ToString::to_string).collect();
        let mut shelf = Self {
            phone: Phone::default(),
            stores: BTreeMap::new(),
            identity: json!({ "device": format!("{device:016x}"), "person": "สมศรี", "villages": villages }),
            villages,
            model: serde_json::to_vec(&form).expect("a form is JSON"),
            now_ms: NOW_MS,
            drawn: u64::from(device) << 32,
            is_full: false,
        };
        shelf.fill();
        shelf
    }

    /// The phone after it was killed: only the storage is left.
    pub(crate) fn restarted(mut self) -> Self {
        self.phone = Phone::default();
        self.fill();
        self
    }

    fn fill(&mut self) {
        self.ask(json!({ "enrolled": self.identity }));
        let model = self.model.clone();
        self.ask_with(
            json!({ "forms": { "forms": [{ "villages": self.villages, "tables": [] }] } }),
            &[&model],
        );
        for (store, ask) in [("index", "take_index"), ("outbox", "take_outbox"), ("drafts", "take_drafts")] {
            let stored: Vec<(String, Vec<u8>)> = self.of_store(store);
            let parts: Vec<&[u8]> = stored.iter().map(|(_, bytes)| bytes.as_slice()).collect();
            let keys: Vec<&String> = stored.iter().map(|(key, _)| key).collect();
            self.ask_with(json!({ ask: { "keys": keys } }), &parts);
        }
    }

    fn of_store(&self, store: &str) -> Vec<(String, Vec<u8>)> {
        let stored = self.stores.iter().filter(|((of, _), _)| of == store);
        stored.map(|((_, key), bytes)| (key.clone(), bytes.clone())).collect()
    }

    /// Records in a store.
    pub(crate) fn count(&self, store: &str) -> usize {
        self.of_store(store).len()
    }

    /// What is told.
    pub(crate) fn ask(&mut self, ask: Value) -> Value {
        self.ask_with(ask, &[])
    }

    pub(crate) fn ask_with(&mut self, ask: Value, parts: &[&[u8]]) -> Value {
        self.try_ask_with(ask, parts).unwrap_or_else(|fault| panic!("{fault}"))
    }

    pub(crate) fn try_ask(&mut self, ask: Value) -> Result<Value, Value> {
        self.try_ask_with(ask, &[])
    }

    pub(crate) fn try_ask_with(&mut self, ask: Value, parts: &[&[u8]]) -> Result<Value, Value> {
        self.whole(&ask, parts).map(|(told, _)| told)
    }

    /// The parts of an answer.
    pub(crate) fn parts(&mut self, ask: Value) -> Vec<Vec<u8>> {
        self.whole(&ask, &[]).unwrap_or_else(|fault| panic!("{fault}")).1
    }

    /// Asks, lends what is needed, writes what is to be written, and settles.
    fn whole(&mut self, ask: &Value, parts: &[&[u8]]) -> Result<(Value, Vec<Vec<u8>>), Value> {
        loop {
            let (head, mut answered) = self.call(ask, parts);
            if head["fault"]["code"] == "need" {
                self.lend(&head["fault"]["need"]);
                continue;
            }
            if !head["fault"].is_null() {
                return Err(head["fault"].clone());
            }
            let own = usize::try_from(head["parts"].as_u64().expect("a number")).expect("a number");
            let mut written = answered.split_off(own).into_iter();
            let writes = head["writes"].as_array().expect("a list").clone();
            if !writes.is_empty() {
                let ok = !self.is_full;
                for write in writes.iter().filter(|_| ok) {
                    let place = (
                        write[0].as_str().expect("a store").to_owned(),
                        write[1].as_str().expect("a key").to_owned(),
                    );
                    match write[2].as_bool().expect("whether there are bytes") {
                        true => _ = self.stores.insert(place, written.next().expect("bytes")),
                        false => _ = self.stores.remove(&place),
                    }
                }
                let (settled, _) = self.call(&json!({ "settle": { "ok": ok } }), &[]);
                assert!(settled["fault"].is_null(), "{settled}");
                if !ok {
                    return Err(json!({ "code": "storage-full" }));
                }
            }
            return Ok((head["told"].clone(), answered));
        }
    }

    fn lend(&mut self, households: &Value) {
        let ids =
            households.as_array().expect("a list").iter().map(|id| id.as_str().expect("an id").to_owned());
        let bytes: Vec<Vec<u8>> = ids
            .map(|id| self.stores.get(&("households".to_owned(), id)).cloned().unwrap_or_default())
            .collect();
        let parts: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let (lent, _) = self.call(&json!({ "lend": { "households": households } }), &parts);
        assert!(lent["fault"].is_null(), "{lent}");
    }

    fn call(&mut self, ask: &Value, parts: &[&[u8]]) -> (Value, Vec<Vec<u8>>) {
        self.now_ms += 1_000;
        self.drawn += 1;
        let mut question = self.now_ms.to_le_bytes().to_vec();
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.drawn.to_le_bytes());
        question.extend(seed);
        let mut put = |bytes: &[u8]| {
            question.extend(u32::try_from(bytes.len()).expect("short").to_le_bytes());
            question.extend(bytes);
        };
        put(&serde_json::to_vec(ask).expect("JSON"));
        question.extend(u32::try_from(parts.len()).expect("few").to_le_bytes());
        for part in parts {
            question.extend(u32::try_from(part.len()).expect("short").to_le_bytes());
            question.extend(*part);
        }
        let answer = self.phone.answer(&question);
        let mut rest = answer.as_slice();
        let number = |rest: &mut &[u8]| {
            let (head, tail) = rest.split_at(4);
            *rest = tail;
            u32::from_le_bytes(head.try_into().expect("four bytes")) as usize
        };
        let length = number(&mut rest);
        let (head, tail) = rest.split_at(length);
        rest = tail;
        let count = number(&mut rest);
        let mut parts = Vec::new();
        for _ in 0..count {
            let length = number(&mut rest);
            let (part, tail) = rest.split_at(length);
            parts.push(part.to_vec());
            rest = tail;
        }
        (serde_json::from_slice(head).expect("JSON"), parts)
    }
}
