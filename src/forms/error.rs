//! Why something about a form was not done.

use survey_form::fault::Fault;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use sync_protocol::registers::Corrupt;

use super::dictionary::Clash;
use crate::area::Area;
use crate::store::forms::NeededTable;
use crate::store::{StoreError, TxError};

/// Why something about a form was not done. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FormsError {
    /// The database's own error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The workbook makes no form.
    #[error("the workbook makes no form: {} cells are to be mended", .0.len())]
    Refused(Vec<Fault>),
    /// The form is too large to be sent to phones.
    #[error(
        "the compiled form has {bytes} bytes, at most {limit} are sent to phones; leave out long lists of choices"
    )]
    TooLarge {
        /// Bytes of its model.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The hub keeps as many versions as it may.
    #[error("the hub keeps {0} versions of forms already, and keeps each for good")]
    Full(u64),
    /// There is no such version or form.
    #[error("there is no form {0} on this hub")]
    UnknownForm(String),
    /// There is no such repeat in the form.
    #[error("the form has no repeat {wanted:?}{}", listed(.known))]
    UnknownRepeat {
        /// What was asked for.
        wanted: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// The form does not hold in any of these villages.
    #[error("the form {0} was not published in any of these villages")]
    NotPublished(String),
    /// The villages lie in different tambons, or there is none.
    #[error("the villages have to lie in one tambon: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    SeveralTambons(Vec<VillageCode>),
    /// Keys of the form mean something else in another form that holds there.
    #[error("{} of the form's keys mean something else in a form that holds there: {}", .0.len(), first(.0))]
    Clashes(Vec<Clash>),
    /// Tables that the form reads were not added.
    #[error("the form reads tables that were not added: {}", .0.iter().map(|table| table.file.as_str()).collect::<Vec<_>>().join(", "))]
    TablesMissing(Vec<NeededTable>),
    /// There is no such table in the form.
    #[error("the form reads no table {wanted:?}{}", listed(.known))]
    UnknownTable {
        /// What was named.
        wanted: String,
        /// The files of those that it reads.
        known: Vec<String>,
    },
    /// The file is not the table that the form reads.
    #[error("the file is not the table that the form reads: {} faults", .0.len())]
    TableRefused(Vec<Fault>),
    /// The form holds where whoever replaces its table has no say.
    #[error(
        "the form holds in tambon {tambon} as well, outside {allowed}: its tables are not this office's alone"
    )]
    HeldOutside {
        /// Where it holds.
        tambon: TambonCode,
        /// The area of who replaces it.
        allowed: Area,
    },
    /// The stored model of a form cannot be read.
    #[error("the model of form {0} cannot be read: {1}")]
    Model(String, String),
    /// The stored registers of a household cannot be read.
    #[error("the registers of household {household} cannot be read: {corrupt}; run `samruat reproject`")]
    Registers {
        /// The household.
        household: HouseholdId,
        /// Why.
        corrupt: Corrupt,
    },
}

fn listed(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; it has {}", known.join(", ")) }
}

fn first(clashes: &[Clash]) -> String {
    clashes.first().map(Clash::english).unwrap_or_default()
}

impl TxError for FormsError {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
