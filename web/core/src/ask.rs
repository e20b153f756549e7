//! A question as JSON: an object whose only key is its name, with its fields in an object.

use light::Map;
use light::json::{FromJson, Json};
use survey_form::value::Scalar;

/// A question. Its name is the key of a JSON object, its fields the value.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Who this is; forgets what was there.
    Enrolled {
        device: String,
        person: String,
        villages: Vec<String>,
    },
    Language {
        english: bool,
    },
    /// The parts are each form's model and the files of its tables, the household form first.
    Forms {
        forms: Vec<FormAsked>,
    },
    /// The names behind devices.
    People {
        people: Map<String, String>,
    },
    /// The parts are stored bytes, under these keys.
    TakeIndex {
        keys: Vec<String>,
    },
    TakeOutbox {
        keys: Vec<String>,
    },
    TakeDrafts {
        keys: Vec<String>,
    },
    TakeState {},
    /// The parts are stored households, empty where there is none.
    Lend {
        households: Vec<String>,
    },
    Settle {
        ok: bool,
    },

    /// Makes changes of drafts.
    Commit {},
    Counts {},
    /// All rows of the list, so many in each part.
    Rows {
        at_once: usize,
    },
    /// The first rows of the list, and how far each village is.
    Top {
        rows: usize,
    },
    Search {
        text: String,
    },
    /// Reads facts off documents that are newer than they.
    Refresh {
        limit: usize,
    },
    Refused {},
    Register {
        village: String,
        house_number: String,
        house_code: Option<String>,
        family: u8,
    },

    Open {
        household: String,
    },
    Close {},
    Household {},
    Page {
        key: String,
    },
    Answer {
        page: String,
        row: Option<String>,
        field: u32,
        value: Scalar,
    },
    AddRow {
        field: u32,
        parent: Option<String>,
    },
    DeleteRow {
        row: String,
    },
    Visit {},

    /// The content of a bundle of all that is unsent.
    BundleExport {},
    /// The part is the content of a colleague's bundle.
    BundleImport {},
    /// Hashes of the changes that are unsent.
    Unsent {},
    /// Fills the storage with made-up households.
    Practise {},

    SyncBegin {
        budget: u32,
    },
    SyncStep {},
    SyncPosted {},
    SyncFetched {
        gone: bool,
    },
    SyncEnd {},
}

/// Where a form holds, and the names of the tables whose files follow its model.
#[derive(Debug)]
pub(crate) struct FormAsked {
    pub(crate) villages: Vec<String>,
    pub(crate) tables: Vec<String>,
}

impl Ask {
    /// Reads the JSON of a question; `None` where there is no such question.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        let (name, fields) = Json::read(json)?.variant()?;
        let mut fields = fields.object()?;
        Some(match name.as_str() {
            "enrolled" => Self::Enrolled {
                device: fields.take("device")?,
                person: fields.take("person")?,
                villages: fields.take("villages")?,
            },
            "language" => Self::Language { english: fields.take("english")? },
            "forms" => Self::Forms { forms: fields.take("forms")? },
            "people" => Self::People { people: fields.take("people")? },
            "take_index" => Self::TakeIndex { keys: fields.take("keys")? },
            "take_outbox" => Self::TakeOutbox { keys: fields.take("keys")? },
            "take_drafts" => Self::TakeDrafts { keys: fields.take("keys")? },
            "take_state" => Self::TakeState {},
            "lend" => Self::Lend { households: fields.take("households")? },
            "settle" => Self::Settle { ok: fields.take("ok")? },
            "commit" => Self::Commit {},
            "counts" => Self::Counts {},
            "rows" => Self::Rows { at_once: fields.take("at_once")? },
            "top" => Self::Top { rows: fields.take("rows")? },
            "search" => Self::Search { text: fields.take("text")? },
            "refresh" => Self::Refresh { limit: fields.take("limit")? },
            "refused" => Self::Refused {},
            "register" => Self::Register {
                village: fields.take("village")?,
                house_number: fields.take("house_number")?,
                house_code: fields.take("house_code")?,
                family: fields.take("family")?,
            },
            "open" => Self::Open { household: fields.take("household")? },
            "close" => Self::Close {},
            "household" => Self::Household {},
            "page" => Self::Page { key: fields.take("key")? },
            "answer" => Self::Answer {
                page: fields.take("page")?,
                row: fields.take("row")?,
                field: fields.take("field")?,
                value: fields.take("value")?,
            },
            "add_row" => Self::AddRow { field: fields.take("field")?, parent: fields.take("parent")? },
            "delete_row" => Self::DeleteRow { row: fields.take("row")? },
            "visit" => Self::Visit {},
            "bundle_export" => Self::BundleExport {},
            "bundle_import" => Self::BundleImport {},
            "unsent" => Self::Unsent {},
            "practise" => Self::Practise {},
            "sync_begin" => Self::SyncBegin { budget: fields.take("budget")? },
            "sync_step" => Self::SyncStep {},
            "sync_posted" => Self::SyncPosted {},
            "sync_fetched" => Self::SyncFetched { gone: fields.take("gone")? },
            "sync_end" => Self::SyncEnd {},
            _ => return None,
        })
    }
}

impl FromJson for FormAsked {
    fn from_json(json: Json) -> Option<Self> {
        let mut form = json.object()?;
        Some(Self { villages: form.take("villages")?, tables: form.take("tables")? })
    }
}
