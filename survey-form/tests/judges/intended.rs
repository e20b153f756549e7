//! Where our engine differs from the engine of ODK Web Forms and means to. `docs/FORMS.md` tells the
//! same to authors, under "What differs".

use crate::compare::What;

/// Why both tell something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// `sum`, `min` and `max` leave out what is blank, as ODK Collect does; there one blank answer, or
    /// none at all, makes the whole blank.
    BlanksAreLeftOut,
    /// A blank answer is false, as in ODK Collect; there the bare name of a question is true.
    BlankIsFalse,
    /// `count` leaves out what is not relevant, as ODK Collect does.
    OnlyRelevantCounts,
    /// `regex` is about the whole text, as in ODK Collect; there it is enough if a part matches.
    WholeTextMatches,
    /// A half below zero is rounded up, as XPath and ODK Collect have it, and what is rounded is the
    /// number as it is written: 1.005 to 1.01.
    RoundedAsWritten,
    /// `+1` and `1e2` are no numbers, as in XPath and ODK Collect.
    NoSignNoExponent,
    /// Where XPath says `NaN`, so do we; there it is a blank text.
    NanIsNan,
    /// `and`, `or` give true or false; there an operand may come out of them. A truth that was calculated
    /// is one for other calculations, as in ODK Collect; there it is the text `false`, which is true.
    TruthIsTrueOrFalse,
    /// A number and a text compare as numbers, as in ODK Collect, also where both are answers.
    NumbersCompareAsNumbers,
    /// A decimal is written without a point where it is whole, as in ODK Collect.
    WholeDecimals,
    /// `number()` of a date is its days.
    DaysAreNumbers,
    /// `date-time()` of a day is its midnight, with the time.
    MidnightIsATime,
    /// What is no date is blank; there it is `Invalid Date`.
    NoDateIsBlank,
    /// `%a` of a Sunday; there it is blank.
    SundayHasAName,
    /// A row without a name is no choice.
    NoBlankChoice,
    /// The answers to a select_multiple are in the order of the list, however they were ticked and in
    /// whatever order they were shown.
    ListOrder,
    /// What "other" asks is said in our words.
    OurWords,
}

/// A difference that is meant.
pub(crate) struct Intended {
    pub(crate) why: Why,
    pub(crate) form: &'static str,
    /// The question's name.
    pub(crate) question: &'static str,
    pub(crate) what: What,
    /// Whether these two, as debugging shows them, differ in the way that is meant.
    pub(crate) holds: fn(ours: &str, theirs: &str) -> bool,
}

const fn value(
    why: Why,
    form: &'static str,
    question: &'static str,
    holds: fn(&str, &str) -> bool,
) -> Intended {
    Intended { why, form, question, what: What::Value, holds }
}

/// A total that is blank there.
const fn total(form: &'static str, question: &'static str) -> Intended {
    value(Why::BlanksAreLeftOut, form, question, |ours, theirs| ours != BLANK && theirs == BLANK)
}

const BLANK: &str = r#"Some("")"#;

/// Each of these must occur, so that none outlives its reason.
pub(crate) const INTENDED: &[Intended] = &[
    total("aggregates_of_nothing", "s"),
    total("aggregates_of_nothing", "positive"),
    total("aggregates_of_nothing", "most"),
    total("aggregates_of_nothing", "least"),
    total("aggregates_of_nothing", "mixed"),
    total("aggregates_of_nothing", "lowest"),
    total("aggregates_of_nothing", "highest"),
    total("defaults", "total"),
    total("positions", "share"),
    total("relative_paths", "lower"),
    total("relative_paths", "total"),
    total("repeat_count_asked", "ages"),
    total("repeat_count_fixed", "total"),
    total("repeat_nested", "ages"),
    total("repeat_nested", "all_ages"),
    total("repeat_relevance", "costs"),
    total("repeat_totals", "incomes"),
    total("repeat_totals", "mean"),
    total("repeat_totals", "oldest"),
    total("repeat_totals", "youngest"),
    total("repeat_totals", "adults"),
    Intended {
        why: Why::BlanksAreLeftOut,
        form: "repeat_totals",
        question: "elder",
        what: What::Relevant,
        holds: |ours, _| ours == "true",
    },
    total("rows_and_groups", "sizes"),
    total("rows_and_groups", "total"),
    Intended {
        why: Why::BlanksAreLeftOut,
        form: "repeat_constraints",
        question: "age_max",
        what: What::Fault,
        holds: |ours, _| ours == "None",
    },
    value(Why::BlankIsFalse, "booleans", "b1", |_, theirs| theirs == r#"Some("true")"#),
    value(Why::BlankIsFalse, "booleans", "b2", |_, theirs| theirs == r#"Some("true")"#),
    value(Why::BlankIsFalse, "booleans", "b8", |_, theirs| theirs == r#"Some("some")"#),
    Intended {
        why: Why::BlankIsFalse,
        form: "booleans",
        question: "when_n",
        what: What::Relevant,
        holds: |ours, _| ours == "false",
    },
    Intended {
        why: Why::OnlyRelevantCounts,
        form: "repeat_relevance",
        question: "when_none",
        what: What::Relevant,
        holds: |ours, _| ours == "true",
    },
    value(Why::OnlyRelevantCounts, "rows_and_groups", "plots", |ours, _| ours == r#"Some("0")"#),
    value(Why::NoSignNoExponent, "expressions", "e027", |ours, _| ours == BLANK),
    value(Why::NoSignNoExponent, "expressions", "e028", |ours, _| ours == BLANK),
    value(Why::RoundedAsWritten, "expressions", "e049", |ours, _| ours == r#"Some("-2")"#),
    value(Why::RoundedAsWritten, "expressions", "e051", |ours, _| ours == r#"Some("1.01")"#),
    value(Why::WholeTextMatches, "expressions", "e097", |ours, _| ours == r#"Some("false")"#),
    value(Why::DaysAreNumbers, "expressions", "e126", |ours, _| ours == r#"Some("1")"#),
    value(Why::TruthIsTrueOrFalse, "expressions", "e134", |ours, _| ours == r#"Some("true")"#),
    value(Why::TruthIsTrueOrFalse, "expressions", "e135", |ours, _| ours == r#"Some("true")"#),
    value(Why::TruthIsTrueOrFalse, "booleans", "b12", |ours, _| ours == r#"Some("n")"#),
    value(Why::TruthIsTrueOrFalse, "booleans", "b13", |ours, _| ours == r#"Some("true")"#),
    value(Why::TruthIsTrueOrFalse, "booleans", "b14", |ours, _| ours == r#"Some("false")"#),
    value(Why::RoundedAsWritten, "numbers_as_text", "r0", |ours, theirs| {
        number(theirs).is_some_and(|theirs| theirs < 0.0 && number(ours) == Some(theirs + 1.0))
    }),
    value(Why::NoSignNoExponent, "numbers_as_text", "n", |ours, theirs| ours == BLANK && theirs != BLANK),
    value(Why::NoSignNoExponent, "numbers_as_text", "it", |ours, theirs| ours == BLANK && theirs != BLANK),
    value(Why::WholeDecimals, "numbers_as_text", "s", |ours, theirs| ours == theirs.replace(".0\"", "\"")),
    value(Why::SundayHasAName, "dates", "parts", |ours, theirs| ours == theirs.replace("  ", " Sun ")),
    value(Why::NanIsNan, "numbers_as_text", "c", |ours, _| ours == r#"Some("nNaNx")"#),
    value(Why::NanIsNan, "numbers_as_text", "nan_text", |ours, _| ours == r#"Some("no number")"#),
    value(Why::NumbersCompareAsNumbers, "comparisons", "n_eq_a", |ours, _| ours == r#"Some("true")"#),
    value(Why::WholeDecimals, "ranges", "text", |ours, theirs| ours == theirs.replace(".0\"", "\"")),
    value(Why::MidnightIsATime, "ages", "born_at", |ours, theirs| {
        ours == theirs.replace("\")", "T00:00:00.000+00:00\")")
    }),
    value(Why::NoDateIsBlank, "dates", "next", |_, theirs| theirs == r#"Some("Invalid Date")"#),
    Intended {
        why: Why::NoBlankChoice,
        form: "choose_a_member",
        question: "adult",
        what: What::Choices,
        holds: |ours, theirs| ours == without_blank(theirs),
    },
    value(Why::ListOrder, "randomized", "b", |ours, theirs| sorted(ours) == sorted(theirs)),
    Intended {
        why: Why::OurWords,
        form: "or_other",
        question: "water_other",
        what: What::Label,
        holds: |_, theirs| theirs == r#"Some("Specify other.")"#,
    },
    Intended {
        why: Why::OurWords,
        form: "or_other",
        question: "waters_other",
        what: What::Label,
        holds: |_, theirs| theirs == r#"Some("Specify other.")"#,
    },
];

fn without_blank(choices: &str) -> String {
    const BLANK: &str = r#"("", Some(""))"#;
    let [first, further] = [format!("{BLANK}, "), format!(", {BLANK}")];
    choices.replace(&first, "").replace(&further, "").replace(BLANK, "")
}

fn number(shown: &str) -> Option<f64> {
    shown.trim_start_matches(r#"Some(""#).trim_end_matches(r#"")"#).parse().ok()
}

fn sorted(shown: &str) -> Vec<&str> {
    let mut names: Vec<&str> = shown.split(['"', ' ']).collect();
    names.sort_unstable();
    names
}
