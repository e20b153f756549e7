//! Compares registers with an Automerge document, value by value.

use std::collections::BTreeMap;

use automerge::{AutoCommit, ObjId, ReadDoc, ScalarValue};
use sync_protocol::ids::{ActorId, ChangeHash, RowId};
use sync_protocol::registers::Registers;
use sync_protocol::value::Scalar;

use crate::world::{answers, rows};

/// The heads of a document, in ascending order.
pub(crate) fn heads(document: &mut AutoCommit) -> Vec<ChangeHash> {
    let mut heads: Vec<_> = document.get_heads().iter().map(|head| ChangeHash(head.0)).collect();
    heads.sort_unstable();
    heads
}

/// Panics where the registers and the document differ in heads, rows, live values, the operations
/// that put them, winners or conflicts.
pub(crate) fn assert_same(registers: &Registers, document: &mut AutoCommit) {
    assert_eq!(registers.heads(), heads(document));
    let mut expected = BTreeMap::new();
    read_map(document, None, &answers(), &mut expected);
    let mut row_ids: Vec<RowId> = Vec::new();
    for key in document.keys(rows()) {
        let row: RowId = key.parse().expect("a row id");
        let made = document.get_all(rows(), &key).expect("rows are read");
        assert_eq!(made.len(), 1, "a row is made once");
        read_map(document, Some(row), &made[0].1, &mut expected);
        row_ids.push(row);
    }
    let mut known: Vec<RowId> = registers.rows().collect();
    known.sort_unstable();
    assert_eq!(known, row_ids);

    let shown = registers.shown();
    assert_eq!(shown.len(), expected.len());
    for (shown, ((row, key), live)) in shown.iter().zip(&expected) {
        assert_eq!((shown.row, shown.key), (*row, key.as_str()), "the order is that of rows and keys");
        let register = registers.register(*row, key).expect("what is shown is a register");
        let found: Vec<_> = register
            .live
            .iter()
            .map(|live| (bits(&live.value.to_owned()), live.counter, live.actor))
            .collect();
        let wanted: Vec<_> =
            live.iter().map(|(value, counter, actor)| (bits(value), *counter, *actor)).collect();
        assert_eq!(found, wanted, "{row:?} {key}");
        let winner = wanted.last().expect("a register has a value");
        assert_eq!(bits(&shown.value.to_owned()), winner.0, "{row:?} {key}");
        let conflict = wanted.iter().any(|value| value.0 != winner.0);
        assert_eq!((shown.conflict, register.conflict), (conflict, conflict), "{row:?} {key}");
    }
}

/// A value that compares by type and bits.
pub(crate) fn bits(value: &Scalar) -> (u8, u64, String) {
    match value {
        Scalar::Null => (0, 0, String::new()),
        Scalar::Bool(value) => (1, u64::from(*value), String::new()),
        Scalar::Int(value) => (2, value.cast_unsigned(), String::new()),
        Scalar::Uint(value) => (3, *value, String::new()),
        Scalar::F64(value) => (4, value.to_bits(), String::new()),
        Scalar::Str(value) => (5, 0, value.clone()),
    }
}

type Live = Vec<(Scalar, u64, ActorId)>;

/// Reads a map's live values, the one that Automerge shows at the end.
fn read_map(
    document: &AutoCommit,
    row: Option<RowId>,
    map: &ObjId,
    into: &mut BTreeMap<(Option<RowId>, String), Live>,
) {
    for item in document.map_range(map, ..) {
        let winner = item.id();
        // Reading all values of a key costs a search; most keys have one.
        let all = match item.conflict {
            true => document.get_all(map, &*item.key).expect("a key is read"),
            false => vec![(item.value.clone().into_value(), winner.clone())],
        };
        assert_eq!(all.last().map(|(_, id)| id), Some(&winner));
        let live = all.into_iter().map(|(value, id)| {
            let ObjId::Id(counter, actor, _) = id else { panic!("a value is put by an operation") };
            let actor = ActorId::try_from(actor.to_bytes()).expect("an actor has 16 bytes");
            (scalar(value.as_scalar().expect("values are scalars")), counter, actor)
        });
        into.insert((row, item.key.into_owned()), live.collect());
    }
}

/// The value as this protocol knows it.
pub(crate) fn scalar(value: &ScalarValue) -> Scalar {
    match value {
        ScalarValue::Null => Scalar::Null,
        ScalarValue::Boolean(value) => Scalar::Bool(*value),
        ScalarValue::Int(value) => Scalar::Int(*value),
        ScalarValue::Uint(value) => Scalar::Uint(*value),
        ScalarValue::F64(value) => Scalar::F64(*value),
        ScalarValue::Str(value) => Scalar::Str(value.to_string()),
        other => panic!("{other:?} is not an answer"),
    }
}
