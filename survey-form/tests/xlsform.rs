//! XLSForms to forms: what each column and type becomes, and what is said of each fault, by cell.

use survey_form::expr::{Expr, Function};
use survey_form::fault::{Fault, FaultKind, Instead, Limit, Severity, SheetFault, Tongue};
use survey_form::limits::{FORM_CHOICES_MAX, FORM_DEPTH_MAX, FORM_FIELDS_MAX};
use survey_form::model::{ChoiceSource, Field, Form, Initial, Kind, Metadata, Piece, Shuffle, Text};
use survey_form::value::Scalar;
use survey_form::workbook::{Cell, Row, Sheet, Workbook};
use survey_form::xlsform::{Compiled, compile_workbook};

/// A workbook as lines: `# sheet`, then rows with `|` between their cells. A row with `…` stands for
/// 61 empty ones.
fn workbook(lines: &str) -> Workbook {
    let mut workbook = Workbook::default();
    let mut number = 0;
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("# ") {
            workbook.sheets.push(Sheet { name: name.to_owned(), rows: Vec::new() });
            number = 0;
            continue;
        }
        number += if line == "…" { 61 } else { 1 };
        let cells = (1..).zip(line.split('|').map(str::trim)).filter(|(_, text)| !text.is_empty());
        let cells = cells.map(|(column, text)| Cell { column, text: text.to_owned() });
        let cells = cells.filter(|_| line != "…").collect::<Vec<_>>();
        let sheet = workbook.sheets.last_mut().expect("a sheet before rows");
        if !cells.is_empty() {
            sheet.rows.push(Row { number, cells });
        }
    }
    workbook
}

fn compiled(lines: &str) -> Compiled {
    compile_workbook(&workbook(lines), "test")
}

/// The form, which must have no faults but the missing id.
fn form(lines: &str) -> Form {
    let compiled = compiled(&format!("{lines}\n# settings\nform_id\ntest"));
    assert_eq!(compiled.faults, [], "{lines}");
    compiled.form.expect("no faults")
}

/// The faults as `E survey!B3` with what is wrong; those of the missing id are left out.
fn faults(lines: &str) -> Vec<(String, SheetFault)> {
    let faults = compiled(lines).faults.into_iter();
    faults.filter_map(|fault| told(&fault)).collect()
}

fn told(fault: &Fault) -> Option<(String, SheetFault)> {
    let grade = if fault.severity == Severity::Error { "E" } else { "W" };
    match &fault.kind {
        FaultKind::Sheet(SheetFault::MissingFormId) => None,
        FaultKind::Sheet(kind) => Some((format!("{grade} {}", fault.place), kind.clone())),
        other => panic!("{}: {}", fault.place, other.told(Tongue::English)),
    }
}

fn one(lines: &str) -> (String, SheetFault) {
    let mut faults = faults(lines);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

fn field<'a>(form: &'a Form, name: &str) -> &'a Field {
    form.fields.iter().find(|field| field.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn literal(text: &Text, language: usize) -> &str {
    match text.0.get(language).map(|template| template.0.as_slice()) {
        Some([Piece::Literal(text)]) => text,
        _ => "",
    }
}

const YES_NO: &str = "# choices\nlist_name | name | label\nyn | yes | Yes\nyn | no | No";

#[test]
fn every_type_has_its_kind() {
    let cases = [
        ("text", Kind::Text),
        ("string", Kind::Text),
        ("integer", Kind::Integer),
        ("int", Kind::Integer),
        ("decimal", Kind::Decimal),
        ("date", Kind::Date),
        ("time", Kind::Time),
        ("dateTime", Kind::DateTime),
        ("geopoint", Kind::Geopoint),
        ("gps", Kind::Geopoint),
        ("geotrace", Kind::Geotrace),
        ("geoshape", Kind::Geoshape),
        ("image", Kind::Image),
        ("photo", Kind::Image),
        ("audio", Kind::Audio),
        ("video", Kind::Video),
        ("file", Kind::File),
        ("barcode", Kind::Barcode),
        ("note", Kind::Note),
        ("acknowledge", Kind::Acknowledge),
        ("trigger", Kind::Acknowledge),
        ("hidden", Kind::Hidden),
        ("start", Kind::Metadata(Metadata::Start)),
        ("end", Kind::Metadata(Metadata::End)),
        ("today", Kind::Metadata(Metadata::Today)),
        ("deviceid", Kind::Metadata(Metadata::DeviceId)),
        ("phonenumber", Kind::Metadata(Metadata::PhoneNumber)),
        ("username", Kind::Metadata(Metadata::Username)),
        ("email", Kind::Metadata(Metadata::Email)),
        ("start-geopoint", Kind::Metadata(Metadata::StartGeopoint)),
        ("select_one yn", Kind::SelectOne(ChoiceSource::List("yn".into()))),
        ("select one from yn", Kind::SelectOne(ChoiceSource::List("yn".into()))),
        ("select_multiple yn", Kind::SelectMultiple(ChoiceSource::List("yn".into()))),
        ("select all that apply from yn", Kind::SelectMultiple(ChoiceSource::List("yn".into()))),
        ("rank yn", Kind::Rank(ChoiceSource::List("yn".into()))),
    ];
    for (written, kind) in cases {
        let lines =
            format!("{YES_NO}\n# survey\ntype | name | label\n{written} | a | A\nselect_one yn | b | B");
        assert_eq!(field(&form(&lines), "a").kind, kind, "{written}");
    }
}

#[test]
fn types_of_old_bring_their_rules() {
    let form = form("# survey\ntype | name | label\npercentage | a | A\nphone number | b | B");
    let limits = field(&form, "a").constraint.as_ref().expect("0 to 100");
    assert!(matches!(limits, Expr::Call(Function::And, _)));
    assert!(field(&form, "b").constraint.is_some());
    assert_eq!(literal(&field(&form, "a").constraint_message, 0), "0 to 100");
}

#[test]
fn headers_have_many_names() {
    let form = form(
        "# survey
         Command | tag | caption | Relevance | bind::constraint | bind:jr:constraintMsg | media::image | Read Only | jr:count
         text | a | A | true() | . != '' | Say it | a.png | yes |
         begin looped group | r | R | | | | | | 3
         text | b | B | | | | | |
         end repeat | | | | | | | |",
    );
    let a = field(&form, "a");
    assert!(a.relevant.is_some() && a.constraint.is_some() && a.read_only.is_some());
    assert_eq!(literal(&a.constraint_message, 0), "Say it");
    assert!(a.media.contains_key("image"));
    assert_eq!(field(&form, "r").repeat_count, Some(Expr::Number(3.0)));
    assert_eq!(form.languages, ["default"]);
}

#[test]
fn languages_are_those_of_the_headers() {
    let lines = "# survey
         type | name | label::ไทย (th) | label::English (en) | hint
         text | a | ชื่อ | Name | Full
         # settings
         form_id | default_language
         f | English (en)";
    let compiled = compiled(lines);
    let form = compiled.form.expect("warnings only");
    assert_eq!(form.languages, ["ไทย (th)", "English (en)"]);
    assert_eq!(form.default_language, 1);
    assert_eq!(
        literal(&field(&form, "a").hint, 1),
        "Full",
        "a header without a language is in the default one"
    );
    let missing = SheetFault::MissingTranslation { header: "hint".into(), language: "ไทย (th)".into() };
    assert_eq!(
        compiled.faults.iter().filter_map(told).collect::<Vec<_>>(),
        [("W survey!E1".into(), missing)]
    );
}

#[test]
fn choices_have_columns_media_and_other() {
    let form = form(
        "# survey
         type | name | label | choice_filter
         select_one city or_other | a | A |
         select_one town | b | B | state = ${a} and pop > 5
         # choices
         list name | name | label | image | state | pop
         city | bkk | Bangkok | bkk.png | | |
         town | x | X | | bkk | 7
         town | y | Y | | | 9",
    );
    let town = &form.lists["town"];
    assert_eq!(town.columns, ["state", "pop"]);
    assert_eq!(town.choices[1].cells, ["", "9"]);
    let city = &form.lists["city"].choices;
    assert_eq!(city.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["bkk", "other"]);
    assert!(city[0].media.contains_key("image"));
    let other = field(&form, "a_other");
    assert_eq!((&other.kind, other.relevant.is_some()), (&Kind::Text, true));
}

#[test]
fn files_rows_and_formulas_bring_tables() {
    let form = form(
        "# survey
         type | name | label | parameters | calculation
         select_one_from_file villages.csv | a | A | value=code label=thai |
         begin repeat | r | R | |
         text | n | N | |
         end repeat | | | |
         select_one ${n} | b | B | |
         csv-external | prices | | |
         calculate | c | | | pulldata('people', 'age', 'id', ${a})",
    );
    let Kind::SelectOne(ChoiceSource::Table { table, value, label }) = &field(&form, "a").kind else {
        panic!("{:?}", field(&form, "a").kind)
    };
    assert_eq!((table.as_str(), value.as_str(), label.as_str()), ("villages", "code", "thai"));
    assert!(matches!(&field(&form, "b").kind, Kind::SelectOne(ChoiceSource::Rows(_))));
    let files = form.tables.iter().map(|(name, table)| (name.as_str(), table.file.as_str()));
    let expected = [("people", "people.csv"), ("prices", "prices.csv"), ("villages", "villages.csv")];
    assert_eq!(files.collect::<Vec<_>>(), expected);
}

#[test]
fn defaults_are_answers_or_formulas() {
    let form = form(&format!(
        "{YES_NO}
         # survey
         type | name | label | default
         integer | a | A | 3
         decimal | b | B | 3
         date | c | C | 2026-01-15
         text | d | D | บ้านเลขที่ 5
         date | e | E | today()
         select_one yn | f | F | no
         text | g | G | ${{d}}"
    ));
    let default = |name| field(&form, name).default.clone().expect("a default");
    assert_eq!(default("a"), Initial::Value(Scalar::Int(3)));
    assert_eq!(default("b"), Initial::Value(Scalar::F64(3.0)));
    assert_eq!(default("c"), Initial::Value(Scalar::Str("2026-01-15".into())));
    assert_eq!(default("d"), Initial::Value(Scalar::Str("บ้านเลขที่ 5".into())));
    assert!(matches!(default("e"), Initial::Dynamic(Expr::Call(Function::Today, _))));
    assert_eq!(default("f"), Initial::Value(Scalar::Str("no".into())));
    assert!(matches!(default("g"), Initial::Dynamic(Expr::Field(_))));
}

#[test]
fn parameters_decide_ranges_and_shuffling() {
    let form = form(&format!(
        "{YES_NO}
         # survey
         type | name | label | parameters
         range | a | A | start=0; end=1, step = 0.25
         range | b | B |
         select_one yn | c | C | randomize=true
         select_one yn | d | D | randomize=true seed=4
         image | e | E | max-pixels=1600"
    ));
    let Kind::Range(range) = &field(&form, "a").kind else { panic!() };
    assert_eq!((range.start, range.end, range.step, range.is_whole()), (0.0, 1.0, 0.25, false));
    let Kind::Range(range) = &field(&form, "b").kind else { panic!() };
    assert!(range.is_whole() && range.end == 10.0);
    assert_eq!(field(&form, "c").shuffle, Some(Shuffle::Unseeded));
    assert_eq!(field(&form, "d").shuffle, Some(Shuffle::Seeded(Expr::Number(4.0))));
    assert_eq!(field(&form, "e").parameters["max-pixels"], "1600");
}

#[test]
fn loops_are_written_out() {
    let form = form(&format!(
        "{YES_NO}
         # survey
         type | name | label
         begin loop over yn | l | L
         integer | n | How many %(label)s? (%(name)s)
         end loop | |"
    ));
    let names = form.fields.iter().map(|field| (field.name.as_str(), field.key())).collect::<Vec<_>>();
    let expected = [("l", "l"), ("yes", "yes"), ("n", "l.yes.n"), ("no", "no"), ("n", "l.no.n")];
    assert_eq!(names, expected);
    assert_eq!(literal(&form.fields[2].label, 0), "How many Yes? (yes)");
}

#[test]
fn a_key_is_the_name_where_that_is_unique_in_its_scope() {
    let form = form(
        "# survey
         type | name | label
         begin group | g | G
         text | a | A
         text | b | B
         end group | |
         begin group | h | H
         text | a | A
         begin repeat | r | R
         text | b | B
         end repeat | |
         end group | |",
    );
    let keys = form.fields.iter().map(Field::key).collect::<Vec<_>>();
    assert_eq!(keys, ["g", "g.a", "b", "h", "h.a", "r", "b"], "b of the repeat is in another scope");
}

#[test]
fn our_columns_are_kept_and_checked() {
    let lines = "# survey
         type | name | label | pdpa | maps | format | soft_constraint | soft_constraint_message | _mine
         text | a | A | p | BMN 1 | phone | . != '0' | Look again | a note
         text | b | B | X | | telephone | | |
         note | c | C | N | | | | |";
    let compiled = compiled(lines);
    let faults = compiled.faults.iter().filter_map(told).collect::<Vec<_>>();
    let places = faults.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>();
    assert_eq!(places, ["E survey!D3", "E survey!F3", "W survey!D4"]);
    assert!(matches!(&faults[0].1, SheetFault::BadPdpa { written } if written == "X"));
    assert!(matches!(&faults[1].1, SheetFault::UnknownFormat { written, .. } if written == "telephone"));
    assert_eq!(faults[2].1, SheetFault::NothingStored);
    let form = form(&lines.lines().take(3).collect::<Vec<_>>().join("\n"));
    let a = field(&form, "a");
    assert_eq!((a.extra["pdpa"].as_str(), a.extra["format"].as_str()), ("P", "phone"));
    assert!(a.soft_constraint.is_some() && !a.extra.contains_key("_mine"));
}

#[test]
fn faults_of_structure_are_told_by_cell() {
    use SheetFault as F;
    let cases: Vec<(&str, &str, SheetFault)> = vec![
        (
            "integr | a | A",
            "E survey!A2",
            F::UnknownType { written: "integr".into(), similar: Some("integer") },
        ),
        (
            "include | a | A",
            "E survey!A2",
            F::UnsupportedType { written: "include".into(), instead: Instead::CopyRows },
        ),
        (
            "osm | a | A",
            "W survey!A2",
            F::ReplacedType { written: "osm".into(), instead: Instead::AttachedFile },
        ),
        ("text | | A", "E survey!2", F::MissingName),
        (" | a | A", "E survey!2", F::MissingType),
        ("text | a b | A", "E survey!B2", F::BadName { name: "a b".into() }),
        ("text | a |", "W survey!2", F::MissingLabel { name: "a".into() }),
        ("text | a | A\ntext | a | B", "E survey!B3", F::DuplicateName { name: "a".into(), first_row: 2 }),
        ("text | a | A\ntext | A | B", "W survey!B3", F::SimilarName { name: "A".into(), first_row: 2 }),
        (
            "begin group | g | G\ntext | a | A",
            "E survey!2",
            F::NeverEnded { kind: "group", name: "g".into() },
        ),
        ("text | a | A\nend group", "E survey!3", F::EndWithoutBegin { kind: "group" }),
        ("select_one | a | A", "E survey!A2", F::MissingListName { kind: "select_one".into() }),
        ("select_one yn | a | A", "E survey!A2", F::MissingSheet { sheet: "choices", similar: None }),
        ("select_one_from_file a.txt | a | A", "E survey!A2", F::BadFileName { file: "a.txt".into() }),
        ("calculate | a | A", "E survey!2", F::MissingCalculation),
        ("text | a | #REF!", "E survey!C2", F::FailedFormula { shown: "#REF!".into() }),
        ("text | a | A\n…\ntext | b | B", "W survey!64", F::StrayRow { gap: 60 }),
        ("text | a | A | | stray", "W survey!E2", F::NoHeader),
    ];
    for (rows, place, fault) in cases {
        let (at, kind) = one(&format!("# survey\ntype | name | label\n{rows}"));
        assert_eq!((at.as_str(), kind), (place, fault), "{rows}");
    }
    let (place, fault) = one("# survey\ntype | name | label\nbegin group | g | G\nend repeat");
    let wrong = F::WrongEnd { kind: "repeat", begun: "group", name: "g".into(), begun_row: 2 };
    assert_eq!((place.as_str(), fault), ("E survey!3", wrong));
    let repeats = "begin repeat | r | R\ntext | a | A\nend repeat";
    let twice =
        format!("# survey\ntype | name | label\n{repeats}\nbegin group | g | G\n{repeats}\nend group");
    let (place, fault) = faults(&twice).remove(0);
    assert_eq!(
        (place.as_str(), fault),
        ("E survey!B6", F::DuplicateRepeat { name: "r".into(), first_row: 2 })
    );
    let reserved = "# survey\ntype | name | label\nbegin repeat | r | R\ntext | deleted | A\nend repeat";
    assert_eq!(one(reserved), ("E survey!B3".into(), F::ReservedName { name: "deleted".into() }));
}

#[test]
fn faults_of_cells_are_told_by_cell() {
    use SheetFault as F;
    let header = "type | name | label | choice_filter | parameters | default | trigger | calculation | hint | constraint_message";
    let cases: Vec<(&str, &str, SheetFault)> = vec![
        (
            "select_one yn | a | A | | sort=1",
            "E survey!E2",
            F::UnknownParameter { name: "sort".into(), known: "randomize, seed" },
        ),
        ("select_one yn or_other | a | A | true()", "E survey!D2", F::FilteredOther),
        ("text | a | A | true()", "W survey!D2", F::NoChoicesToFilter),
        ("text | a | A | | rows", "E survey!E2", F::BadParameters { written: "rows".into() }),
        ("select_one yn | a | A | | | maybe", "W survey!F2", F::BadDefault { written: "maybe".into() }),
        ("integer | a | A | | | ten", "W survey!F2", F::BadDefault { written: "ten".into() }),
        ("text | a | A | | | | yes", "E survey!G2", F::BadTrigger { written: "yes".into() }),
        ("calculate | a | A | | | | | 1 | Why", "W survey!I2", F::UnusedCell { kind: "calculate".into() }),
        ("text | a | A | | | | | | | No", "W survey!J2", F::MessageWithoutRule { rule: "constraint" }),
        (
            "select_one ny | a | A",
            "E survey!A2",
            F::MissingList { list: "ny".into(), similar: Some("yn".into()) },
        ),
    ];
    for (row, place, fault) in cases {
        let used = "select_one yn | used | Used";
        let all = faults(&format!("# survey\n{header}\n{row}\n{used}\n{YES_NO}"));
        assert!(all.contains(&(place.to_owned(), fault.clone())), "{row}: {all:?}");
    }
}

#[test]
fn faults_of_other_sheets_are_told_by_cell() {
    use SheetFault as F;
    let survey = "# survey\ntype | name | label\nselect_multiple yn | a | A";
    let cases: Vec<(&str, &str, SheetFault)> = vec![
        (
            "yn | a | A\nyn | a | B",
            "E choices!B3",
            F::DuplicateChoice { name: "a".into(), list: "yn".into(), first_row: 2 },
        ),
        ("yn | a | A\nyn | | B", "E choices!3", F::ChoiceWithoutName),
        ("yn | a | A\n | b | B", "W choices!3", F::ChoiceWithoutList),
        ("yn | a b | A", "E choices!B2", F::SpacedChoice { name: "a b".into() }),
        ("yn | a | ", "W choices!2", F::ChoiceWithoutLabel { name: "a".into() }),
        ("yn | a | A\nother | b | B", "W choices!3", F::UnusedList { list: "other".into() }),
    ];
    for (rows, place, fault) in cases {
        let (at, kind) = one(&format!("{survey}\n# choices\nlist_name | name | label\n{rows}"));
        assert_eq!((at.as_str(), kind), (place, fault), "{rows}");
    }
    let text = "# survey\ntype | name | label\ntext | a | A";
    let cases: Vec<(&str, &str, SheetFault)> = vec![
        (
            "# settings\nform_id | public_key\nf | k",
            "W settings!B2",
            F::UnsupportedSetting { instead: Instead::Sync },
        ),
        ("# settings\nform_id | colour\nf | red", "W settings!B2", F::KeptSetting { name: "colour".into() }),
        ("# settings\nform_id\nf\ng", "W settings!3", F::SettingsRow),
        (
            "# settings\nform_id | default_language\nf | Lao",
            "W settings!B2",
            F::UnknownLanguage { language: "Lao".into() },
        ),
        ("# settngs\nform_id\nf", "W settngs", F::UnknownSheet { similar: Some("settings") }),
        ("# entities\nlist_name\nf", "W entities", F::UnsupportedSheet { instead: Instead::Households }),
        ("# Survey\ntype | name\ntext | b", "E Survey", F::DuplicateSheet),
    ];
    for (sheet, place, fault) in cases {
        let all = faults(&format!("{text}\n{sheet}"));
        // The default language is also that of headers without one, which then exists.
        if place == "W settings!B2" && matches!(fault, F::UnknownLanguage { .. }) {
            assert!(all.is_empty(), "{all:?}");
            continue;
        }
        assert_eq!(all, [(place.to_owned(), fault)], "{sheet}");
    }
    let (place, fault) = one("# survy\ntype | name\n# _notes\na");
    assert_eq!(
        (place.as_str(), fault),
        ("E ", F::MissingSheet { sheet: "survey", similar: Some("survy".into()) })
    );
    let columns = "# survey\ntype | name | label | lable | caption\ntext | a | A | B | C";
    assert_eq!(
        faults(columns),
        [
            ("W survey!D1".to_owned(), F::UnknownColumn { similar: Some("label") }),
            ("E survey!E1".to_owned(), F::DuplicateColumn { first: "label".into() }),
        ]
    );
}

#[test]
fn faults_of_formulas_are_told_by_cell_and_all_at_once() {
    let lines = "# survey
         type | name | label | relevant | constraint | calculation
         text | a | A | ${nobody} = 1 | regex(., '(a') |
         calculate | b | B | | | ${c} + 1
         calculate | c | C | | | ${b} + 1
         text | d | Of ${nobody} | ${a = 1 | frob(.) |";
    let compiled = compiled(lines);
    assert!(compiled.form.is_none());
    let errors = compiled.faults.iter().filter(|fault| fault.severity == Severity::Error);
    let places = errors.clone().map(|fault| fault.place.to_string()).collect::<Vec<_>>();
    assert_eq!(places, ["survey!D2", "survey!E2", "survey!F3", "survey!C5", "survey!D5", "survey!E5"]);
    for fault in errors {
        let (thai, english) = (fault.kind.told(Tongue::Thai), fault.kind.told(Tongue::English));
        assert!(!thai.is_empty() && !english.is_empty() && thai != english);
    }
    let ring = compiled.faults.iter().find_map(|fault| match &fault.kind {
        FaultKind::Cycle(names) => Some(names.clone()),
        _ => None,
    });
    assert_eq!(ring, Some(vec!["b".to_owned(), "c".to_owned()]));
}

#[test]
fn ten_thousand_questions_compile_and_one_more_is_refused() {
    let rows = |count: usize| {
        let rows = (0..count).map(|at| match at {
            0 => "integer | q0 | Q |".to_owned(),
            at => format!("integer | q{at} | Q | ${{q{}}} > 1", at - 1),
        });
        let rows = rows.collect::<Vec<_>>().join("\n");
        format!("# survey\ntype | name | label | relevant\n{rows}\n# settings\nform_id\nf")
    };
    let form = compiled(&rows(FORM_FIELDS_MAX)).form.expect("as many as there may be");
    assert_eq!(form.fields.len(), FORM_FIELDS_MAX);
    let (place, fault) = faults(&rows(FORM_FIELDS_MAX + 1)).remove(0);
    assert_eq!((place.as_str(), fault), ("E survey!10002", SheetFault::TooMuch(Limit::Fields)));
}

#[test]
fn as_many_choices_as_there_may_be_compile_and_one_more_is_refused() {
    let choices = |count: usize| {
        let mut workbook = workbook(
            "# survey\ntype | name | label\nselect_one l | a | A\n# choices\nlist_name | name | label",
        );
        let rows = (0..count).map(|at| {
            let texts = ["l".to_owned(), format!("c{at}"), "C".to_owned()];
            let cells = (1..).zip(texts).map(|(column, text)| Cell { column, text });
            Row { number: at as u32 + 2, cells: cells.collect() }
        });
        workbook.sheets[1].rows.extend(rows);
        compile_workbook(&workbook, "f")
    };
    let form = choices(FORM_CHOICES_MAX).form.expect("as many as there may be");
    assert_eq!(form.lists["l"].choices.len(), FORM_CHOICES_MAX);
    let refused = choices(FORM_CHOICES_MAX + 1);
    assert!(refused.form.is_none());
    let too_many = FaultKind::Sheet(SheetFault::TooMuch(Limit::Choices));
    assert!(refused.faults.iter().any(|fault| fault.kind == too_many));
}

#[test]
fn depth_loops_and_faults_are_bounded() {
    let deep =
        (0..=FORM_DEPTH_MAX).map(|at| format!("begin group | g{at} | G")).collect::<Vec<_>>().join("\n");
    let all = faults(&format!("# survey\ntype | name | label\n{deep}"));
    assert!(all.iter().any(|(_, fault)| *fault == SheetFault::TooMuch(Limit::Depth)));
    // 20 choices, four loops in each other: 160,000 fields.
    let choices = (0..20).map(|at| format!("l | c{at} | C")).collect::<Vec<_>>().join("\n");
    let begins = (0..4).map(|at| format!("begin loop over l | l{at} | L")).collect::<Vec<_>>().join("\n");
    let ends = ["end loop"; 4].join("\n");
    let lines = format!(
        "# survey\ntype | name | label\n{begins}\ntext | a | A\n{ends}\n# choices\nlist_name | name | label\n{choices}"
    );
    assert!(faults(&lines).iter().any(|(_, fault)| *fault == SheetFault::TooMuch(Limit::Fields)));
    let rows = ["nonsense | a | A"; 3_000].join("\n");
    let all = faults(&format!("# survey\ntype | name | label\n{rows}"));
    assert!(matches!(all.last(), Some((_, SheetFault::MoreFaults(count))) if *count >= 2_000));
}

/// A workbook made of the cells of another, changed at random: every one compiles or is refused.
#[test]
fn twenty_thousand_mutants_of_cells_are_bounded() {
    let source = workbook(&format!(
        "# survey
         type | name | label::ไทย | label::en | relevant | constraint | calculation | choice_filter | parameters | default | trigger
         begin repeat | r | ร | R | | | | | | |
         select_one yn | a | ก | A | | . != 'no' | | name != ${{b}} | randomize=true | yes |
         end repeat | | | | | | | | | |
         integer | b | ข | B ${{c}} | ${{c}} > 1 | . < 5 | | | | 3 |
         calculate | c | ค | C | | | count(${{r}}) + 1 | | | |
         begin loop over yn | l | ล | L | | | | | | |
         range | d | ง %(label)s | D | | | | | start=1 end=9 step=2 | | ${{b}}
         end loop | | | | | | | | | |
         {YES_NO}
         # settings
         form_id | default_language
         f | ไทย"
    ));
    let words = source.sheets.iter().flat_map(|sheet| &sheet.rows).flat_map(|row| &row.cells);
    let mut words = words.map(|cell| cell.text.clone()).collect::<Vec<_>>();
    words.extend(
        ["${", "$", "'", "((", "end", "begin repeat", "\u{0e33}", "", "=", "::", "%(name)s", "๑"]
            .map(str::to_owned),
    );
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |most: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        (chance % most.max(1) as u64) as usize
    };
    let mut compiles = 0;
    for _ in 0..20_000 {
        let mut mutant = source.clone();
        for _ in 0..=below(4) {
            let sheet = below(mutant.sheets.len());
            let sheet = &mut mutant.sheets[sheet];
            let row = below(sheet.rows.len());
            if below(8) == 0 {
                let copied = sheet.rows[row].clone();
                sheet.rows.insert(row, copied);
                (1..).zip(&mut sheet.rows).for_each(|(number, row)| row.number = number);
                continue;
            }
            let cells = &mut sheet.rows[row].cells;
            let at = below(cells.len());
            let word = &words[below(words.len())];
            match (below(4), cells.get_mut(at)) {
                (0, Some(cell)) => cell.text.clone_from(word),
                (1, Some(cell)) => {
                    let letters = cell.text.chars().collect::<Vec<_>>();
                    let (head, tail) = letters.split_at(below(letters.len() + 1));
                    cell.text = head.iter().chain(&word.chars().collect::<Vec<_>>()).chain(tail).collect();
                }
                (2, Some(_)) => drop(cells.remove(at)),
                (_, Some(cell)) => {
                    let letters = cell.text.chars().collect::<Vec<_>>();
                    cell.text = letters[..below(letters.len() + 1)].iter().collect();
                }
                (_, None) => {}
            }
        }
        let compiled = compile_workbook(&mutant, "f");
        let has_error = compiled.faults.iter().any(|fault| fault.severity == Severity::Error);
        assert_eq!(compiled.form.is_none(), has_error, "a form unless there is an error");
        compiles += usize::from(compiled.form.is_some());
    }
    assert!((1_000..19_000).contains(&compiles), "{compiles}");
}
