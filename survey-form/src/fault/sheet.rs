//! What can be wrong with a workbook and with the cells of an XLSForm, and what to write instead.

use super::Tongue;
use crate::limits;

/// What is wrong with a workbook or a cell. Names and texts are as the author wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "a variant's line says what its fields hold")]
pub enum SheetFault {
    /// The file is no spreadsheet.
    NotAWorkbook,
    /// The file cannot be read to its end.
    Damaged,
    /// A password is needed.
    Protected,
    /// An .xls from before Excel 97.
    OldExcel,
    /// Larger than a limit.
    TooMuch(Limit),
    /// More faults than are told.
    MoreFaults(usize),

    /// A sheet that a form needs is missing.
    MissingSheet { sheet: &'static str, similar: Option<String> },
    /// A sheet that is not one of a form's.
    UnknownSheet { similar: Option<&'static str> },
    /// A sheet of a form that is not read.
    UnsupportedSheet { instead: Instead },
    /// Two sheets that differ in case only.
    DuplicateSheet,
    /// A sheet without a row under its header.
    EmptySheet,
    /// A column that the sheet needs is missing.
    MissingColumn { header: &'static str },
    /// Two columns that mean the same.
    DuplicateColumn { first: String },
    /// A column that is not one of the sheet's.
    UnknownColumn { similar: Option<&'static str> },
    /// A column that is kept as it is, but changes nothing.
    KeptColumn,
    /// A column that is not read, and what stands for it.
    UnsupportedColumn { instead: Instead },
    /// A cell to the right of the header.
    NoHeader,
    /// A row below so many empty ones that it is not read.
    StrayRow { gap: u32 },
    /// The spreadsheet's own formula failed.
    FailedFormula { shown: String },

    /// A row that asks or names something has no type.
    MissingType,
    /// A row has no name.
    MissingName,
    /// A name with letters that names may not have.
    BadName { name: String },
    /// A name that the household document needs for itself.
    ReservedName { name: String },
    /// A name that another row of the same group has.
    DuplicateName { name: String, first_row: u32 },
    /// Two names that differ in case only.
    SimilarName { name: String, first_row: u32 },
    /// Two repeats of one name.
    DuplicateRepeat { name: String, first_row: u32 },
    /// Two fields whose answers would lie under one key.
    DuplicateKey { key: String, first_row: u32 },
    /// A type that nobody knows.
    UnknownType { written: String, similar: Option<&'static str> },
    /// A type that is known, but not supported.
    UnsupportedType { written: String, instead: Instead },
    /// A type that is done in another way.
    ReplacedType { written: String, instead: Instead },
    /// An end without a begin.
    EndWithoutBegin { kind: &'static str },
    /// An end of another kind than the begin.
    WrongEnd { kind: &'static str, begun: &'static str, name: String, begun_row: u32 },
    /// A begin without an end.
    NeverEnded { kind: &'static str, name: String },

    /// A select without the name of its list.
    MissingListName { kind: String },
    /// A list that the choices sheet does not have.
    MissingList { list: String, similar: Option<String> },
    /// A table whose file is none that can be read.
    BadFileName { file: String },
    /// Two files with one instance name.
    DuplicateFile { instance: String },
    /// or_other together with a choice_filter.
    FilteredOther,
    /// A choice_filter where no choices are.
    NoChoicesToFilter,
    /// A calculate row without a calculation.
    MissingCalculation,
    /// A trigger that is not a list of `${name}`.
    BadTrigger { written: String },
    /// A trigger without anything that it sets off.
    IdleTrigger,
    /// Parameters that are not `name=value`.
    BadParameters { written: String },
    /// A parameter that the type does not have.
    UnknownParameter { name: String, known: &'static str },
    /// A parameter's value that it cannot have.
    BadParameter { name: String, value: String, expected: Expected },
    /// A default that the question could not have as an answer.
    BadDefault { written: String },
    /// A reference that names a table, group or note where a field is needed.
    BadReference { name: String },
    /// A cell that the row's type does not use.
    UnusedCell { kind: String },
    /// A cell that must be empty in a row that ends a group.
    CellAtEnd,
    /// A message for a rule that is not there.
    MessageWithoutRule { rule: &'static str },
    /// A question without label, hint and picture.
    MissingLabel { name: String },
    /// A language that a column lacks.
    MissingTranslation { header: String, language: String },
    /// A pdpa cell that is not N, P or S.
    BadPdpa { written: String },
    /// A format that nobody knows, and those that are known.
    UnknownFormat { written: String, known: &'static str },
    /// A pdpa, maps or format cell in a row that stores nothing.
    NothingStored,
    /// A row that is switched off.
    Disabled,
    /// A row that only holds notes.
    CommentRow,

    /// A choice without the name of its list.
    ChoiceWithoutList,
    /// A choice without name.
    ChoiceWithoutName,
    /// Two choices of one name in one list.
    DuplicateChoice { name: String, list: String, first_row: u32 },
    /// A choice's name with a space, in a list from which several are chosen.
    SpacedChoice { name: String },
    /// A choice without label.
    ChoiceWithoutLabel { name: String },
    /// A list that no question uses.
    UnusedList { list: String },
    /// A setting that is kept as it is, but changes nothing.
    KeptSetting { name: String },
    /// A setting whose value it cannot have.
    BadSetting { written: String, expected: Expected },
    /// A setting that is not read, and what stands for it.
    UnsupportedSetting { instead: Instead },
    /// Settings beyond the first row.
    SettingsRow,
    /// The form has no id.
    MissingFormId,
    /// A default_language that no column has.
    UnknownLanguage { language: String },
}

/// A limit that a workbook or form is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of the file.
    FileBytes,
    /// Bytes of its parts, unpacked.
    UnpackedBytes,
    /// Its parts.
    Parts,
    /// Its sheets.
    Sheets,
    /// Rows of a sheet.
    Rows,
    /// Columns of a sheet.
    Columns,
    /// Cells that hold something.
    Cells,
    /// Bytes of one cell.
    CellBytes,
    /// Bytes of all cells.
    TextBytes,
    /// Texts that cells share.
    SharedTexts,
    /// Cell formats.
    CellFormats,
    /// Fields, groups and repeats.
    Fields,
    /// Groups in groups.
    Depth,
    /// Choices.
    Choices,
    /// Bytes of formulas and of texts with values in them.
    FormulaBytes,
    /// Regular expressions.
    Regexes,
    /// Texts of choices with values in them.
    DynamicChoices,
    /// Languages.
    Languages,
    /// Tables from outside.
    Tables,
    /// Bytes of a name.
    NameBytes,
}

/// What stands for what is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instead {
    /// `select_one_from_file`.
    SelectFromFile,
    /// `geopoint`.
    Geopoint,
    /// `text`.
    Text,
    /// Copy the rows in.
    CopyRows,
    /// Households are the entities.
    Households,
    /// The hub sends answers itself.
    Sync,
    /// A file is attached.
    AttachedFile,
    /// `choice_filter`.
    ChoiceFilter,
    /// The choice `none` in each list.
    NoneChoice,
}

/// What a value should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A number.
    Number,
    /// A whole number.
    WholeNumber,
    /// A number above zero that fits into the range.
    Step,
    /// `true` or `false`.
    Truth,
    /// `yes` or `no`.
    YesNo,
    /// A number or `${name}`.
    NumberOrReference,
    /// The name of a column.
    ColumnName,
    /// A list of the choices sheet.
    List,
    /// One of these words.
    OneOf(&'static str),
}

impl SheetFault {
    /// What is wrong and what to write instead.
    #[must_use]
    pub fn told(&self, tongue: Tongue) -> String {
        match tongue {
            Tongue::Thai => thai::told(self),
            Tongue::English => english::told(self),
        }
    }
}

impl Limit {
    /// How much there may be, in the unit that the texts name: bytes are in MiB or KiB there.
    #[must_use]
    pub fn most(self) -> u64 {
        const MIB: u64 = 1024 * 1024;
        match self {
            Self::FileBytes => limits::WORKBOOK_BYTES_MAX as u64 / MIB,
            Self::UnpackedBytes => limits::WORKBOOK_UNPACKED_BYTES_MAX / MIB,
            Self::Parts => limits::WORKBOOK_PARTS_MAX as u64,
            Self::Sheets => limits::WORKBOOK_SHEETS_MAX as u64,
            Self::Rows => u64::from(limits::SHEET_ROWS_MAX),
            Self::Columns => u64::from(limits::SHEET_COLUMNS_MAX),
            Self::Cells => limits::WORKBOOK_CELLS_MAX as u64,
            Self::CellBytes => limits::CELL_BYTES_MAX as u64 / 1024,
            Self::TextBytes => limits::WORKBOOK_TEXT_BYTES_MAX as u64 / MIB,
            Self::SharedTexts => limits::SHARED_TEXTS_MAX as u64,
            Self::CellFormats => limits::CELL_FORMATS_MAX as u64,
            Self::Fields => limits::FORM_FIELDS_MAX as u64,
            Self::Depth => limits::FORM_DEPTH_MAX as u64,
            Self::Choices => limits::FORM_CHOICES_MAX as u64,
            Self::FormulaBytes => limits::FORM_FORMULA_BYTES_MAX as u64 / MIB,
            Self::Regexes => limits::FORM_REGEXES_MAX as u64,
            Self::DynamicChoices => limits::DYNAMIC_CHOICES_MAX as u64,
            Self::Languages => limits::FORM_LANGUAGES_MAX as u64,
            Self::Tables => limits::FORM_TABLES_MAX as u64,
            Self::NameBytes => limits::NAME_BYTES_MAX as u64,
        }
    }
}

mod english;
mod thai;
