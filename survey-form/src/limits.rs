//! Every limit on what comes from outside, in one place.

/// Bytes of one expression's text.
pub const EXPRESSION_BYTES_MAX: usize = 32 * 1024;
/// Operators, calls, references and literals in one expression.
pub const EXPRESSION_TERMS_MAX: usize = 4_000;
/// Levels that an expression nests. A model as JSON nests as deep, and serde_json reads 128 levels.
pub const EXPRESSION_DEPTH_MAX: usize = 96;
/// Arguments of one call.
pub const CALL_ARGUMENTS_MAX: usize = 2_000;
/// Bytes of a regular expression's text.
pub const REGEX_BYTES_MAX: usize = 4 * 1024;
/// Bytes that a compiled regular expression may take.
pub const REGEX_COMPILED_BYTES_MAX: usize = 128 * 1024;
/// Bytes of a text that a regular expression is tried on.
pub const REGEX_TEXT_BYTES_MAX: usize = 4 * 1024;
/// Steps that evaluating one expression may take: an item looked at, a node read, a call made.
pub const EVALUATION_STEPS_MAX: u64 = 2_000_000;
/// Steps that all evaluations after one change, or when a household is opened, may take together.
pub const OPERATION_STEPS_MAX: u64 = 20_000_000;
/// Bytes of a text that an expression may make.
pub const EVALUATED_TEXT_BYTES_MAX: usize = 256 * 1024;
/// How often one operation may trigger the same calculation of the same row.
pub const TRIGGERED_MAX: u32 = 8;

/// Fields in one form, groups and repeats included.
pub const FORM_FIELDS_MAX: usize = 10_000;
/// Groups and repeats that lie in each other.
pub const FORM_DEPTH_MAX: usize = 32;
/// Bytes of all formulas, and of all texts with values in them, in one form.
pub const FORM_FORMULA_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Regular expressions in one form.
pub const FORM_REGEXES_MAX: usize = 10_000;
/// Texts of choices in one form that have values in them.
pub const DYNAMIC_CHOICES_MAX: usize = 200;
/// Languages of one form.
pub const FORM_LANGUAGES_MAX: usize = 32;
/// Choices in one form, all lists together.
pub const FORM_CHOICES_MAX: usize = 100_000;
/// Bytes of a field's name.
pub const NAME_BYTES_MAX: usize = 96;
/// Rows that a `repeat_count` may ask for.
pub const REPEAT_COUNT_MAX: u32 = 1_000;

/// Tables from outside that one form reads.
pub const FORM_TABLES_MAX: usize = 32;
/// Bytes of a table's file.
pub const TABLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows of a table, its header not counted.
pub const TABLE_ROWS_MAX: usize = 100_000;
/// Columns of a table.
pub const TABLE_COLUMNS_MAX: usize = 256;
/// Bytes of the text of one cell of a table.
pub const TABLE_CELL_BYTES_MAX: usize = 16 * 1024;
/// Faults that are told of one table; more of them are only counted.
pub const TABLE_FAULTS_MAX: usize = 100;

/// Bytes of a workbook as it is uploaded.
pub const WORKBOOK_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of all parts of an .xlsx together, unpacked.
pub const WORKBOOK_UNPACKED_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Files in an .xlsx.
pub const WORKBOOK_PARTS_MAX: usize = 1_000;
/// Sheets in a workbook.
pub const WORKBOOK_SHEETS_MAX: usize = 64;
/// The last row of a sheet that may hold something.
pub const SHEET_ROWS_MAX: u32 = 200_000;
/// The last column of a sheet that may hold something.
pub const SHEET_COLUMNS_MAX: u32 = 1_024;
/// Cells of a workbook that hold something.
pub const WORKBOOK_CELLS_MAX: usize = 2_000_000;
/// Bytes of the text of one cell; a spreadsheet itself ends at 32,767 letters.
pub const CELL_BYTES_MAX: usize = 128 * 1024;
/// Bytes of the text of all cells together.
pub const WORKBOOK_TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Different texts that the cells of a workbook share.
pub const SHARED_TEXTS_MAX: usize = 1_000_000;
/// Cell formats of a workbook.
pub const CELL_FORMATS_MAX: usize = 8_192;
/// Bytes of a name for which a similar one is looked for, and of such a one.
pub const SUGGESTION_BYTES_MAX: usize = 128;
/// Faults of one workbook that may suggest a name.
pub const SUGGESTIONS_MAX: usize = 200;
/// Names among which a similar one is looked for.
pub const SUGGESTION_NAMES_MAX: usize = 10_000;
/// Faults that are told of one workbook; more of them are only counted.
pub const FAULTS_MAX: usize = 1_000;
