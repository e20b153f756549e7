//! Forms of Samruat, without I/O, clock or chance: the same on the hub and on a phone.
//!
//! An author writes an XLSForm, the spreadsheet that the whole field writes. The hub compiles it once:
//!
//! ```text
//! bytes of a workbook ── xlsform::compile ──▶ Form, or faults by cell in Thai and English
//! Form ── serde_json ──▶ the model that phones fetch; Form::hash names its version
//! ```
//!
//! Hub and phone run the model over a household's answers in the same way. What is around them is
//! given: the time, the clock's offset, the language, where chance begins, tables from outside.
//!
//! ```text
//! let plan = Arc::new(Plan::new(form)?);                // once for a form
//! let mut session = Session::new(plan, context, entries);
//! let outcome = session.begin();                        // or `resume`; then `put`, `new_row`, …
//! ```
//!
//! An [`Outcome`](engine::Outcome) holds the edits that become a change of the document, and which fields
//! look different now. After a merge, [`check_all`](engine::Session::check_all) lists what does not hold.
//!
//! Terms: a *field* is a row of the survey sheet, groups and repeats included; an *answer* is what the
//! household document holds of it; its *value* is what expressions see, empty where it is not relevant.
//!
//! | room | says |
//! |---|---|
//! | [`workbook`], [`xlsform`] | from the bytes of a spreadsheet to a form (feature `workbook`) |
//! | [`model`] | the form: fields, kinds, choices, texts by language |
//! | [`expr`] | expressions: read, kept as a small tree, evaluated |
//! | [`table`] | tables from outside: which a form reads, and the CSV files that they come as |
//! | [`engine`] | the form at work on a household |
//! | [`typed`], [`thai`] | what a person types as an answer, and how it is shown |
//! | [`compare`] | what a new version does to answers already collected |
//! | [`fault`], [`limits`] | what is wrong, in words; every bound on what comes from outside |

pub mod compare;
pub mod engine;
pub mod expr;
pub mod fault;
pub mod limits;
pub mod model;
pub mod table;
pub mod thai;
pub mod typed;
pub mod value;
#[cfg(feature = "workbook")]
pub mod workbook;
#[cfg(feature = "workbook")]
pub mod xlsform;
