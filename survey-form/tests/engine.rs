//! The engine as an interview uses it, and as the hub does after a merge.

mod support;

use std::sync::Arc;
use support::{context, entry, field, member, plan, row, session, value};
use survey_form::engine::{Edit, Plan, Problem, Refusal, Session, WantedRows};
use survey_form::fault::{FaultKind, Tongue};
use survey_form::value::Scalar;

fn text(text: &str) -> Scalar {
    Scalar::Str(text.into())
}

fn put(row: Option<u8>, key: &str, value: Scalar) -> Edit {
    Edit::Put { row: row.map(support::row), key: key.into(), value }
}

#[test]
fn relevance_is_inherited_and_empties_what_others_see_but_not_what_is_stored() {
    let mut session = session(
        "select_one yes has_house
         begin group house; relevant: ${has_house} = 'yes'
         integer rooms; required: true()
         end
         calculate doubled; calculation: ${rooms} * 2",
        vec![entry(None, "has_house", "yes"), entry(None, "rooms", 4)],
    );
    assert_eq!(value(&session, None, "doubled"), Scalar::Int(8));
    let has_house = field(&session, "has_house");
    let rooms = field(&session, "rooms");
    let outcome = session.put(None, has_house, text("no")).expect("a question");
    assert_eq!(outcome.edits, [put(None, "has_house", text("no"))], "nothing derived is written");
    assert!(outcome.touched.contains(&(None, rooms)));
    assert_eq!(value(&session, None, "doubled"), Scalar::Null);
    assert_eq!(session.stored(None, rooms), Ok(Scalar::Int(4)));
    assert_eq!(session.problem(None, rooms), Ok(None), "what is not asked is not required");
    session.put(None, has_house, text("yes")).expect("a question");
    assert_eq!(value(&session, None, "doubled"), Scalar::Int(8));
    session.put(None, rooms, Scalar::Null).expect("a question");
    assert_eq!(session.problem(None, rooms), Ok(Some(Problem::Required)));
}

#[test]
fn a_constraint_is_of_the_answer_alone_and_says_why() {
    let mut session = session(
        "integer age
         integer smaller; constraint: . < ${age}; message: Not below ${age}",
        vec![entry(None, "age", 10)],
    );
    let smaller = field(&session, "smaller");
    assert_eq!(session.problem(None, smaller), Ok(None), "an empty answer satisfies it");
    session.put(None, smaller, Scalar::Int(11)).expect("a question");
    assert_eq!(session.problem(None, smaller), Ok(Some(Problem::Constraint)));
    assert_eq!(session.message(None, smaller, &Problem::Constraint), Ok("Not below 10".into()));
    let age = field(&session, "age");
    let outcome = session.put(None, age, Scalar::Int(12)).expect("a question");
    assert!(outcome.touched.contains(&(None, smaller)));
    assert_eq!(session.problem(None, smaller), Ok(None));
}

#[test]
fn a_select_multiple_is_written_choice_by_choice_and_read_in_the_order_of_the_list() {
    let lists: &[support::ListLines<'_>] =
        &[("hazards", &[], &[&["storm", "Storm"], &["flood", "Flood"], &["fire", "Fire"]])];
    let plan = plan(
        "select_multiple hazards hazards
         calculate all; calculation: ${hazards}",
        lists,
    );
    let mut session = Session::new(plan, context(), vec![entry(None, "hazards/fire", true)]);
    let hazards = field(&session, "hazards");
    let outcome = session.put(None, hazards, text("flood storm fire")).expect("a question");
    let ticked = |name: &str| put(None, &format!("hazards/{name}"), Scalar::Bool(true));
    assert_eq!(outcome.edits, [ticked("flood"), ticked("storm")]);
    assert_eq!(value(&session, None, "all"), text("storm flood fire"));
    let outcome = session.put(None, hazards, Scalar::Null).expect("a question");
    assert_eq!(outcome.edits.len(), 3);
    assert!(outcome.edits.contains(&put(None, "hazards/fire", Scalar::Bool(false))));
    assert_eq!(value(&session, None, "all"), Scalar::Null);
    session.put(None, hazards, text("quake")).expect("a question");
    let problem = Problem::UnknownChoice("quake".into());
    assert_eq!(session.problem(None, hazards), Ok(Some(problem)));
}

#[test]
fn rows_are_by_id_and_keep_their_order() {
    let mut session = session(
        "begin repeat member
         text name
         integer age
         calculate place; calculation: position(..)
         calculate share; calculation: ${age} div sum(../../member/age)
         end
         integer size; constraint: . = count(${member})
         calculate total; calculation: sum(${age})",
        [
            member(1, "member", &[("age", Scalar::Int(30))]),
            member(2, "member", &[("age", Scalar::Int(10))]),
            vec![entry(None, "size", 2)],
        ]
        .concat(),
    );
    let repeat = field(&session, "member");
    assert_eq!(value(&session, None, "total"), Scalar::Int(40));
    assert_eq!(value(&session, Some(row(2)), "share"), Scalar::F64(0.25));
    let outcome = session.new_row(repeat, None, row(3)).expect("a row");
    let made = Edit::NewRow { row: row(3), group: "member".into(), parent: None };
    assert_eq!(outcome.edits, [made]);
    let size = field(&session, "size");
    assert_eq!(session.problem(None, size), Ok(Some(Problem::Constraint)));
    assert_eq!(session.row_ids(None, repeat), Ok(vec![row(1), row(2), row(3)]));
    let age = field(&session, "age");
    session.put(Some(row(3)), age, Scalar::Int(60)).expect("a question");
    assert_eq!(value(&session, Some(row(1)), "share"), Scalar::F64(0.3));
    let outcome = session.delete_row(row(1)).expect("a row");
    assert_eq!(outcome.edits, [Edit::DeleteRow { row: row(1) }]);
    assert_eq!(value(&session, None, "total"), Scalar::Int(70));
    assert_eq!(value(&session, Some(row(3)), "place"), Scalar::Int(2));
    assert_eq!(session.problem(None, size), Ok(None));
    assert_eq!(session.put(Some(row(1)), age, Scalar::Int(1)), Err(Refusal::NoRow));
    assert_eq!(session.new_row(repeat, None, row(1)), Err(Refusal::RowExists));
    assert_eq!(session.put(None, age, Scalar::Int(1)), Err(Refusal::NotInRow));
    assert_eq!(
        session.put(Some(row(2)), field(&session, "place"), Scalar::Int(1)),
        Err(Refusal::NotAnswerable)
    );
}

#[test]
fn a_change_in_one_row_touches_that_row_alone() {
    let mut session = session(
        "begin repeat member
         integer age
         calculate adult; calculation: ${age} >= 18
         end",
        [member(1, "member", &[]), member(2, "member", &[])].concat(),
    );
    let (age, adult) = (field(&session, "age"), field(&session, "adult"));
    let outcome = session.put(Some(row(2)), age, Scalar::Int(20)).expect("a question");
    assert_eq!(outcome.touched, [(Some(row(2)), age), (Some(row(2)), adult)].into());
}

#[test]
fn repeats_lie_in_repeats() {
    let mut session = session(
        "begin repeat member
         text name
         begin repeat need
         integer cost
         calculate of; calculation: concat(${name}, position(..))
         end
         calculate costs; calculation: sum(${cost})
         end
         calculate all_costs; calculation: sum(${cost})
         calculate first; calculation: indexed-repeat(${cost}, ${member}, 2, ${need}, 1)",
        [
            member(1, "member", &[("name", text("a"))]),
            member(2, "member", &[("name", text("b"))]),
            member(11, "need", &[("parent", text(&row(1).to_string())), ("cost", Scalar::Int(5))]),
            member(21, "need", &[("parent", text(&row(2).to_string())), ("cost", Scalar::Int(7))]),
            member(12, "need", &[("parent", text(&row(1).to_string())), ("cost", Scalar::Int(11))]),
            member(99, "need", &[("cost", Scalar::Int(1_000))]),
        ]
        .concat(),
    );
    assert_eq!(
        value(&session, None, "all_costs"),
        Scalar::Int(23),
        "a row without a parent counts for nothing"
    );
    assert_eq!(value(&session, Some(row(1)), "costs"), Scalar::Int(16));
    assert_eq!(value(&session, Some(row(12)), "of"), text("a2"));
    assert_eq!(value(&session, None, "first"), Scalar::Int(7));
    let need = field(&session, "need");
    let outcome = session.new_row(need, Some(row(2)), row(22)).expect("a row");
    assert_eq!(outcome.edits, [Edit::NewRow { row: row(22), group: "need".into(), parent: Some(row(2)) }]);
    session.put(Some(row(22)), field(&session, "cost"), Scalar::Int(1)).expect("a question");
    assert_eq!(value(&session, Some(row(2)), "costs"), Scalar::Int(8));
    session.delete_row(row(1)).expect("a row");
    assert_eq!(value(&session, None, "all_costs"), Scalar::Int(8));
    assert_eq!(session.put(Some(row(12)), field(&session, "cost"), Scalar::Int(1)), Err(Refusal::NoRow));
}

#[test]
fn a_repeat_count_asks_for_rows_and_leaves_out_those_beyond_it() {
    let mut session = session(
        "integer size
         begin repeat member; count: ${size}
         integer age; required: true()
         end
         calculate there; calculation: count(${member})",
        member(1, "member", &[("age", Scalar::Int(3))]),
    );
    let (size, repeat) = (field(&session, "size"), field(&session, "member"));
    let outcome = session.put(None, size, Scalar::Int(3)).expect("a question");
    assert_eq!(outcome.wanted, [WantedRows { repeat, parent: None, count: 2 }]);
    session.new_row(repeat, None, row(2)).expect("a row");
    let outcome = session.new_row(repeat, None, row(3)).expect("a row");
    assert_eq!(outcome.wanted, []);
    assert_eq!(value(&session, None, "there"), Scalar::Int(3));
    assert_eq!(session.check_all().len(), 2, "two ages are missing");
    session.put(None, size, Scalar::Int(1)).expect("a question");
    assert_eq!(value(&session, None, "there"), Scalar::Int(1));
    let problems: Vec<_> = session.check_all().into_iter().map(|found| (found.row, found.problem)).collect();
    assert_eq!(problems, [(Some(row(2)), Problem::SurplusRow), (Some(row(3)), Problem::SurplusRow)]);
}

#[test]
fn defaults_are_written_when_an_interview_begins_and_where_nothing_is_answered() {
    let lines = "today visited
         start began
         end_time ended
         text province; default: พิษณุโลก
         integer year; default: substr(today(), 0, 4) + 543
         select_multiple x hazards; default: flood fire
         text kept; default: new
         calculate hidden_sum; calculation: ${year} + 1
         begin repeat member
         integer number; default: position(..)
         end";
    let mut session = session(lines, vec![entry(None, "kept", "old")]);
    assert_eq!(value(&session, None, "province"), Scalar::Null, "opening writes nothing");
    let outcome = session.begin();
    assert_eq!(
        outcome.edits,
        [
            put(None, "visited", text("2024-03-05")),
            put(None, "began", text("2024-03-05T10:30:00.000+07:00")),
            put(None, "province", text("พิษณุโลก")),
            put(None, "year", Scalar::Int(2567)),
            put(None, "hazards/fire", Scalar::Bool(true)),
            put(None, "hazards/flood", Scalar::Bool(true)),
        ]
    );
    assert_eq!(value(&session, None, "hidden_sum"), Scalar::Int(2568));
    assert_eq!(session.begin().edits, [], "once");
    let repeat = field(&session, "member");
    session.new_row(repeat, None, row(1)).expect("a row");
    let outcome = session.new_row(repeat, None, row(2)).expect("a row");
    assert_eq!(outcome.edits[1..], [put(Some(2), "number", Scalar::Int(2))]);
    session.set_now(support::NOW_MS + 60_000);
    assert_eq!(session.end().edits, [put(None, "ended", text("2024-03-05T10:31:00.000+07:00"))]);
}

#[test]
fn a_trigger_writes_what_its_calculation_gives_at_that_moment() {
    let mut session = session(
        "integer price
         integer amount
         calculate paid; calculation: ${price} * ${amount}; trigger: ${amount}
         text remark; trigger: ${amount}
         begin repeat member
         integer age
         date asked; calculation: today(); trigger: ${age}
         end",
        [
            vec![entry(None, "price", 5), entry(None, "remark", "x")],
            member(1, "member", &[]),
            member(2, "member", &[]),
        ]
        .concat(),
    );
    let (price, amount) = (field(&session, "price"), field(&session, "amount"));
    let outcome = session.put(None, amount, Scalar::Int(3)).expect("a question");
    assert_eq!(
        outcome.edits,
        [
            put(None, "amount", Scalar::Int(3)),
            put(None, "paid", Scalar::Int(15)),
            put(None, "remark", Scalar::Null),
        ]
    );
    let outcome = session.put(None, price, Scalar::Int(6)).expect("a question");
    assert_eq!(outcome.edits, [put(None, "price", Scalar::Int(6))]);
    assert_eq!(value(&session, None, "paid"), Scalar::Int(15));
    let age = field(&session, "age");
    let outcome = session.put(Some(row(2)), age, Scalar::Int(9)).expect("a question");
    assert_eq!(outcome.edits[1..], [put(Some(2), "asked", text("2024-03-05"))], "in the same row only");
}

#[test]
fn once_keeps_its_first_value() {
    let lines = "text name
         calculate code; calculation: once(uuid())
         calculate day; calculation: once(today())";
    let mut first = session(lines, Vec::new());
    let outcome = first.begin();
    let code = value(&first, None, "code");
    assert_eq!(outcome.edits, [put(None, "code", code.clone()), put(None, "day", text("2024-03-05"))]);
    let name = field(&first, "name");
    let outcome = first.put(None, name, text("a")).expect("a question");
    assert_eq!(outcome.edits.len(), 1);
    let mut later = context();
    later.now_ms += 86_400_000 * 30;
    let entries = vec![entry(None, "day", "2024-03-05")];
    let second = Session::new(first.plan().clone(), later, entries);
    assert_eq!(value(&second, None, "day"), text("2024-03-05"));
    assert_eq!(value(&second, None, "code"), code, "chance is the household's: every replica draws the same");
}

#[test]
fn choices_open_by_other_answers() {
    let lists: &[support::ListLines<'_>] = &[
        ("province", &[], &[&["p", "Phitsanulok"], &["s", "Saraburi"]]),
        ("amphoe", &["province"], &[&["a", "A", "p"], &["b", "B of ${x}", "p"], &["c", "C", "s"]]),
    ];
    let plan = plan(
        "select_one province province
         select_one amphoe amphoe; filter: province = ${province}
         begin repeat member
         text name
         select_one amphoe place; filter: province = ${province} and name != 'a'
         end
         select_one ${name} head; label: Who of ${province}
         select_one amphoe any; shuffle: 42",
        lists,
    );
    let mut session = Session::new(plan, context(), member(1, "member", &[("name", text("มานี"))]));
    let names = |session: &Session, row, name: &str| -> Vec<String> {
        let open = session.choices(row, field(session, name)).expect("a select");
        open.into_iter().map(|choice| choice.name).collect()
    };
    assert!(names(&session, None, "amphoe").is_empty());
    let (province, amphoe, head) =
        (field(&session, "province"), field(&session, "amphoe"), field(&session, "head"));
    let outcome = session.put(None, province, text("p")).expect("a question");
    assert!(outcome.touched.contains(&(None, amphoe)));
    assert_eq!(names(&session, None, "amphoe"), ["a", "b"]);
    assert_eq!(names(&session, Some(row(1)), "place"), ["b"]);
    assert_eq!(names(&session, None, "head"), ["มานี"]);
    assert_eq!(session.label(None, head), Ok("Who of p".into()));
    session.put(None, amphoe, text("b")).expect("a question");
    assert_eq!(session.problem(None, amphoe), Ok(None));
    session.put(None, province, text("s")).expect("a question");
    assert_eq!(session.problem(None, amphoe), Ok(Some(Problem::ClosedChoice("b".into()))));
    let shuffled = names(&session, None, "any");
    assert_eq!(shuffled.len(), 3);
    assert_eq!(shuffled, names(&session, None, "any"));
}

#[test]
fn what_a_merge_breaks_is_found_with_its_row_and_message() {
    let lines = "integer household_size; constraint: . = count(${member}); message: There are ${heads} heads
         calculate heads; calculation: count(${member}[is_head = 'yes'])
         begin repeat member
         select_one yn is_head; constraint: . != 'yes' or ${heads} = 1; message: Only one head
         integer age; required: true(); constraint: . < 120
         end";
    let plan = Arc::new(
        Plan::new(support::form(lines, &[("yn", &[], &[&["yes", "Yes"], &["no", "No"]])], &[]))
            .expect("no rings"),
    );
    let ours = [
        vec![entry(None, "household_size", 1)],
        member(1, "member", &[("is_head", text("yes")), ("age", Scalar::Int(40))]),
    ]
    .concat();
    let theirs = member(2, "member", &[("is_head", text("yes")), ("age", text("old"))]);
    let mut session = Session::new(plan.clone(), context(), ours.clone());
    assert_eq!(session.check_all(), []);
    session.merge(theirs.clone());
    let at_once = Session::new(plan, context(), [ours, theirs].concat());
    assert_eq!(session.check_all(), at_once.check_all());
    let found: Vec<_> = at_once.check_all().into_iter().map(|it| (it.row, it.problem, it.message)).collect();
    assert_eq!(
        found,
        [
            (None, Problem::Constraint, "There are 2 heads".into()),
            (Some(row(1)), Problem::Constraint, "Only one head".into()),
            (Some(row(2)), Problem::Constraint, "Only one head".into()),
            (Some(row(2)), Problem::WrongKind, String::new()),
        ]
    );
}

#[test]
fn a_running_total_looks_at_the_rows_before() {
    let mut session = session(
        "begin repeat entry
         integer amount
         calculate total; calculation: coalesce(indexed-repeat(${total}, ${entry}, position(..) - 1), 0) + ${amount}
         end",
        (1..=4).flat_map(|number| member(number, "entry", &[("amount", Scalar::Int(10))])).collect(),
    );
    assert_eq!(value(&session, Some(row(4)), "total"), Scalar::Int(40));
    session.put(Some(row(2)), field(&session, "amount"), Scalar::Int(1)).expect("a question");
    assert_eq!(value(&session, Some(row(4)), "total"), Scalar::Int(31));
    assert_eq!(value(&session, Some(row(1)), "total"), Scalar::Int(10));
}

#[test]
fn a_group_may_ask_for_what_lies_in_it() {
    let mut session = session(
        "begin group inputs; relevant: ./source = 'user'
         hidden source; default: user
         text name; relevant: . = '' or ${source} = 'user'
         end
         calculate kept; calculation: .",
        Vec::new(),
    );
    let (inputs, source) = (field(&session, "inputs"), field(&session, "source"));
    let relevant = |session: &Session| session.state(None, inputs).expect("a group").relevant;
    assert!(!relevant(&session));
    session.begin();
    assert!(relevant(&session));
    session.put(None, source, text("other")).expect("a question");
    assert!(!relevant(&session));
    assert_eq!(value(&session, None, "source"), Scalar::Null);
    session.put(None, source, text("user")).expect("a question");
    assert!(relevant(&session));
    assert_eq!(value(&session, None, "kept"), Scalar::Null);
}

#[test]
fn rings_are_refused_by_name() {
    let form = support::form(
        "calculate a; calculation: ${b} + 1
         calculate b; calculation: ${c} + 1
         calculate c; calculation: if(${d} = 1, ${a}, 2)
         integer d
         begin group g; relevant: ${inside} = 1
         calculate inside; calculation: 1
         end
         calculate fine; calculation: ${a} + ${d}",
        &[],
        &[],
    );
    let faults = Plan::new(form).expect_err("two rings");
    let rings: Vec<_> = faults
        .iter()
        .map(|fault| match &fault.kind {
            FaultKind::Cycle(names) => (fault.place.row, fault.place.header.as_str(), names.join(" ")),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rings, [(2, "calculation", "a b c".to_owned()), (6, "relevant", "g inside".to_owned())]);
    assert!(faults[0].kind.told(Tongue::Thai).contains("${a} → ${b} → ${c} → ${a}"));
}

#[test]
fn a_damaged_model_is_refused() {
    let lines = "begin group g
         integer a; constraint: . > 1
         end
         begin repeat r
         calculate b; calculation: ${c} + ${a}
         integer c
         end";
    let sound = serde_json::to_string(&support::form(lines, &[], &[])).expect("a model");
    for (whole, damaged) in [
        (r#"["$",1]"#, r#"["$",77]"#),
        (r#""parent":0"#, r#""parent":4"#),
        (r#""parent":0"#, r#""parent":9"#),
        (r#"["$",4,2]"#, r#"["$",4,0]"#),
        (r#"["$",4,2]"#, r#"["$",1,2]"#),
    ] {
        assert!(sound.contains(whole), "{sound}");
        let model = serde_json::from_str(&sound.replace(whole, damaged)).expect("JSON of a model");
        let faults = Plan::new(model).expect_err(damaged);
        assert!(matches!(faults[0].kind, FaultKind::Unsound(_)), "{damaged}");
    }
    for damaged in [r#"{"fields":[{"constraint":["if",1]}]}"#, r#"{"fields":[{"constraint":["nothing"]}]}"#] {
        assert!(serde_json::from_str::<survey_form::model::Form>(damaged).is_err(), "{damaged}");
        assert_eq!(survey_form::model::Form::read(damaged.as_bytes()), None, "{damaged}");
    }
}

#[test]
fn every_replica_evaluates_the_same_whatever_the_order_of_answers() {
    let lines = "integer a
         calculate b; calculation: ${a} + sum(${x})
         begin repeat r
         integer x; relevant: ${a} > 1
         calculate y; calculation: ${x} + ${b}
         end
         calculate z; calculation: sum(${y})";
    let mut one = session(lines, [member(1, "r", &[]), member(2, "r", &[])].concat());
    let (a, x) = (field(&one, "a"), field(&one, "x"));
    one.put(Some(row(2)), x, Scalar::Int(5)).expect("a question");
    one.put(None, a, Scalar::Int(3)).expect("a question");
    one.put(Some(row(1)), x, Scalar::Int(7)).expect("a question");
    let at_once = session(
        lines,
        [
            vec![entry(None, "a", 3)],
            member(1, "r", &[("x", Scalar::Int(7))]),
            member(2, "r", &[("x", Scalar::Int(5))]),
        ]
        .concat(),
    );
    assert_eq!(value(&one, None, "z"), Scalar::Int(42));
    assert_eq!(value(&at_once, None, "z"), Scalar::Int(42));
}
