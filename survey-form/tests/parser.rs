//! Reading expressions: what is refused and how it is said, and that nothing makes it panic or run away.

mod support;

use light::json::{FromJson, Json};
use proptest::prelude::*;
use std::time::Instant;
use support::{context, form, outline};
use survey_form::engine::{Plan, Session};
use survey_form::expr::{
    Expr, ExprError, ExprErrorKind, RegexFault, Scope, parse, parse_template, parse_with_warnings,
};
use survey_form::fault::Tongue;
use survey_form::limits::{EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, REGEX_TEXT_BYTES_MAX};
use survey_form::model::{ChoiceSource, FieldId, Form};

fn survey() -> Form {
    form(
        "integer age
         select_one colours colour
         begin repeat member
         text member_name
         end
         begin group house
         integer rooms
         end",
        &[("colours", &["warm"], &[&["1", "Red", "yes"]])],
        &["villages"],
    )
}

/// Reads an expression of the field `age`.
fn read(text: &str) -> Result<Expr, ExprError> {
    let outline = outline(&survey());
    parse(text, &Scope { outline: &outline, at: Some(FieldId(0)), filtered: None })
}

fn refused(text: &str) -> (&str, ExprErrorKind) {
    let error = read(text).expect_err(text);
    (&text[error.start..error.end], error.kind)
}

#[test]
fn faults_name_their_place_and_what_to_write_instead() {
    for (text, place, english) in [
        ("", "", "the expression is empty; write one, or clear the cell"),
        ("1 +", "", "the expression stops too early; something is missing at its end"),
        ("(1", "(", "( is opened and not closed; write )"),
        ("concat('a', 1", "(", "( is opened and not closed; write )"),
        ("1 2", "2", "2 cannot stand here; an operator, a comma or a parenthesis may be missing before it"),
        ("${age} == 1", "==", "write = instead of =="),
        ("${age} && 1", "&&", "write and instead of &&"),
        ("selectd(${age}, 1)", "selectd", "there is no function selectd(); did you mean selected()?"),
        (
            "count_selected(${age})",
            "count_selected",
            "there is no function count_selected(); did you mean count-selected()?",
        ),
        ("if(1, 2)", "if", "if() takes 3 arguments, not 2"),
        ("substr('a')", "substr", "substr() takes 2–3 arguments, not 1"),
        ("coalesce('a')", "coalesce", "coalesce() takes ≥ 2 arguments, not 1"),
        ("${agee} > 1", "${agee}", "there is no field ${agee}; did you mean ${age}?"),
        (
            "${zzzzzz} > 1",
            "${zzzzzz}",
            "there is no field ${zzzzzz}; write the name of a row of the survey sheet",
        ),
        ("age > 1", "age", "write ${age} for the field's answer, or 'age' for the text"),
        (
            "${age} = yes",
            "yes",
            "yes is neither a field nor a function; write 'yes' if it is a text, or ${…} for a field",
        ),
        (
            "instance('colors')/root/item",
            "'colors'",
            "the form has no list or file named colors; did you mean colours?",
        ),
        (
            "instance('colours')/root/item[wram = 1]",
            "wram",
            "the list colours has no column wram; did you mean warm?",
        ),
        ("../../../age", "..", ".. goes above the form; write ${…} with the field's name"),
        ("../house/room", "room", "no room lies in house; write ${room}"),
        ("//age", "//", "// is not understood; write ${…} with the field's name"),
        ("sum(1)", "1", "sum() takes a field or a repeat, such as sum(${…}), not a value"),
        ("pulldata(${age}, 'a', 'b', 'c')", "${age}", "argument 1 of pulldata() must be a text in quotes"),
        (
            "indexed-repeat(${age}, ${member}, 1)",
            "${member}",
            "the repeat member is not around age; name the repeat that age lies in",
        ),
        (
            "jr:choice-name('1', '${age}')",
            "'${age}'",
            "age has no choices; name a select question, in quotes: '${…}'",
        ),
        (
            "regex(., '(?=a)')",
            "'(?=a)'",
            "regex() has no look-around (?= ?! ?<= ?<!); write the condition with and, or and a second regex()",
        ),
        ("digest('a', 'MD5')", "'MD5'", "digest() cannot do MD5; write 'SHA-256', 'SHA-384' or 'SHA-512'"),
        (
            "extract-signed('a', 'b')",
            "extract-signed",
            "extract-signed() is not done here; take it out, or calculate its value before the form and give it in a table (pulldata)",
        ),
        ("1 ; 2", ";", "';' has no meaning here; put a text in quotes"),
        ("'a", "'a", "a quote is opened and not closed; write ' or \" at the end of the text"),
        ("${age", "${age", "${ is opened and not closed; write }"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.told(Tongue::English), english, "{text}");
        assert_eq!(&text[error.start..error.end], place, "{text}");
        let thai = error.told(Tongue::Thai);
        assert!(thai.chars().any(|letter| ('ก'..='๛').contains(&letter)), "{thai}");
    }
}

#[test]
fn a_choice_filter_knows_the_columns_of_its_list() {
    let outline = outline(&survey());
    let colours = ChoiceSource::List("colours".into());
    let scope = Scope { outline: &outline, at: Some(FieldId(1)), filtered: Some(&colours) };
    assert!(parse("warm = 'yes' and ${age} > 1 and name != '1'", &scope).is_ok());
    let error = parse("cold = 'yes'", &scope).expect_err("no such column");
    assert!(matches!(error.kind, ExprErrorKind::UnknownColumn { .. }), "{error}");
}

#[test]
fn a_path_that_leads_nowhere_is_no_node_and_a_warning() {
    let outline = outline(&survey());
    let scope = Scope { outline: &outline, at: Some(FieldId(0)), filtered: None };
    for (text, expected) in [
        ("yes", Expr::Nothing),
        ("../house/attic[name = 1]/bed", Expr::Nothing),
        ("/data/nobody", Expr::Nothing),
        ("../../age", Expr::Nothing),
        ("..", Expr::Nothing),
        ("instance('contact-summary')/context/name", Expr::Nothing),
        ("instance('colours')/root/item[name = 1]/warmth", Expr::Nothing),
    ] {
        let (expr, warnings) = parse_with_warnings(text, &scope).expect(text);
        assert_eq!((expr, warnings.len()), (expected, 1), "{text}");
        assert_eq!(parse(text, &scope), Err(warnings[0].clone()));
    }
    assert!(parse_with_warnings("${nobody}", &scope).is_err());
    assert!(parse_with_warnings("age + 1", &scope).is_err(), "a field without ${{ }} is a mistake");
}

#[test]
fn a_template_says_where_in_it_the_fault_is() {
    let outline = outline(&survey());
    let scope = Scope { outline: &outline, at: Some(FieldId(0)), filtered: None };
    let text = "อายุของ ${agee} ปี";
    let error = parse_template(text, &scope).expect_err("no such field");
    assert_eq!(&text[error.start..error.end], "${agee}");
    assert_eq!(parse_template("100 %", &scope).map(|template| template.0.len()), Ok(1));
}

#[test]
fn size_and_depth_are_bounded() {
    assert_eq!(refused(&"1".repeat(EXPRESSION_BYTES_MAX + 1)).1, ExprErrorKind::TooLong);
    assert_eq!(refused(&"(".repeat(10_000)).1, ExprErrorKind::TooDeep);
    assert_eq!(refused(&"-".repeat(10_000)).1, ExprErrorKind::TooDeep);
    assert_eq!(refused(&format!("{}1", "1+2-".repeat(2_000))).1, ExprErrorKind::TooDeep);
    assert_eq!(refused(&"not(".repeat(1_000)).1, ExprErrorKind::TooDeep);
    assert_eq!(refused(&format!("1{}", "+1".repeat(5_000))).1, ExprErrorKind::TooManyTerms);
    let bomb = format!("regex(., '{}a{}')", "(".repeat(200), "{9}){9}".repeat(20));
    assert!(matches!(refused(&bomb).1, ExprErrorKind::Regex(RegexFault::TooLarge | RegexFault::Invalid(_))));
}

#[test]
fn what_is_as_deep_as_is_let_in_is_read_again_from_json() {
    let nested = |depth: usize| format!("{}1{}", "if(1, 1, ".repeat(depth), ")".repeat(depth));
    let expr = read(&nested(EXPRESSION_DEPTH_MAX)).expect("just deep enough");
    let mut made = survey();
    made.fields[0].calculation = Some(expr);
    let json = serde_json::to_string(&made).expect("a model");
    assert_eq!(Form::read(json.as_bytes()).as_ref(), Some(&made), "{json}");
    assert_eq!(serde_json::from_str::<Form>(&json).expect("the same model"), made);
    assert_eq!(refused(&nested(EXPRESSION_DEPTH_MAX + 1)).1, ExprErrorKind::TooDeep);
}

#[test]
fn an_evaluation_that_runs_away_stops() {
    // Five levels of predicates over 40 rows are a hundred million steps.
    let mut predicate = "1 = 1".to_owned();
    for _ in 0..5 {
        predicate = format!("count(/data/r[{predicate}]) > 0");
    }
    let greedy = (0..100).map(|number| format!("calculate y{number}; calculation: {predicate}\n"));
    let lines = format!("begin repeat r\n integer x\n end\n{}", greedy.collect::<String>());
    let form = form(&lines, &[], &[]);
    let plan = std::sync::Arc::new(Plan::new(form).expect("no rings"));
    let rows = (1..=40).flat_map(|number| support::member(number, "r", &[])).collect::<Vec<_>>();
    let start = Instant::now();
    let session = Session::new(plan, context(), rows);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!(session.check_all().len(), 100, "and it is said");
}

#[test]
fn the_worst_pattern_that_is_let_in_takes_bounded_time() {
    let pattern = format!("({}){{0,40}}b", "a?".repeat(20));
    let lines = format!("text name; constraint: regex(., '{pattern}')");
    let plan = std::sync::Arc::new(Plan::new(form(&lines, &[], &[])).expect("no rings"));
    let start = Instant::now();
    let name = "a".repeat(REGEX_TEXT_BYTES_MAX);
    let session = Session::new(plan, context(), vec![support::entry(None, "name", name.as_str())]);
    assert_eq!(session.check_all().len(), 1);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// Text that looks like expressions.
fn expression_like() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "${age}",
        "${member}",
        "${member_name}",
        "${nobody}",
        "(",
        ")",
        "[",
        "]",
        ",",
        "/",
        "..",
        ".",
        "'",
        "\"",
        "1",
        "2.5",
        "'a'",
        "+",
        "-",
        "*",
        "div",
        "mod",
        "and",
        "or",
        "=",
        "!=",
        "<",
        ">=",
        "|",
        "if",
        "selected",
        "count",
        "sum",
        "regex",
        "indexed-repeat",
        "position",
        "instance",
        "current",
        "instance('colours')/root/item",
        "name",
        "jr:choice-name",
        "@",
        "::",
        "//",
        "น้ำ",
        "\u{2019}",
        " ",
        "\n",
        "${",
        "}",
        "/data/member",
        "today()",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        if let Err(error) = read(&text) {
            prop_assert!(text.get(error.start..error.end).is_some(), "{error:?}");
        }
    }

    #[test]
    fn what_is_read_is_the_same_from_json_and_has_a_value(text in expression_like()) {
        match read(&text) {
            Ok(expr) => {
                let json = serde_json::to_string(&expr).expect("a tree");
                prop_assert_eq!(serde_json::from_str::<Expr>(&json).expect("the same tree"), expr.clone());
                prop_assert_eq!(Json::read(json.as_bytes()).and_then(Expr::from_json), Some(expr.clone()));
                let mut made = survey();
                made.fields[0].constraint = Some(expr);
                let Ok(plan) = Plan::new(made) else { return Ok(()) };
                let session = Session::new(plan.into(), context(), vec![support::entry(None, "age", 3)]);
                let found = session.check_all();
                prop_assert!(found.len() <= session.plan().form().fields.len());
            }
            Err(error) => {
                prop_assert!(text.get(error.start..error.end).is_some(), "{error:?}");
                prop_assert!(!error.told(Tongue::Thai).is_empty());
            }
        }
    }
}
