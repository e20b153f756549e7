//! What a household lacks, by the rules of the built-in form: 19 flags in five dimensions, the need
//! score, the housing score and the tier. Pure, and the same on the hub and on a phone.
//!
//! ```
//! use need_score::{Household, Parameters, score};
//!
//! let household = Household { household_size: Some(2), income_year: Some(50_000), ..Household::default() };
//! let score = score(&household, &Parameters::for_year(2569));
//! let reasons: Vec<&str> = score.deprived().map(|flag| flag.reason_th()).collect();
//! assert_eq!(reasons, ["รายได้ต่อคนต่ำกว่าเส้นความยากจน"]);
//! ```
//!
//! A flag is *yes* (deprived), *no*, *unknown* (not answered, or hidden by consent) or *not applicable*
//! (nobody in the house it could apply to). Unknown is never guessed: the score counts what is known, and
//! says beside it how low and how high it could be. The five dimensions are those of TPMAP, the cut-off
//! of `severe` that of the national multidimensional poverty index; the rules are version 1 of the form's
//! scoring, and `tests/fixtures/scoring/scoring_reference.py` settles what words leave open: the tests run
//! it beside this crate.

mod answers;
mod flags;
mod household;
mod housing;
mod inputs;
mod parameters;
mod score;
mod words;

pub use answers::{Answer, Value};
pub use flags::{Dimension, Flag, Flags, Known};
pub use household::{Household, Member, Need};
pub use housing::housing_score;
pub use inputs::{Before, Inputs};
pub use parameters::Parameters;
pub use score::{Score, Tier, score};
