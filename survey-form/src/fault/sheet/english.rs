//! Faults of sheets in English.

use super::{Expected, Instead, Limit, SheetFault};

pub(super) fn told(fault: &SheetFault) -> String {
    use SheetFault as F;
    match fault {
        F::NotAWorkbook => "this is not an Excel workbook; save the form as .xlsx and upload that".into(),
        F::Damaged => {
            "the file is damaged; open it in a spreadsheet program and save it anew as .xlsx".into()
        }
        F::Protected => "the file is protected by a password; save it without one".into(),
        F::OldExcel => "the file is of an Excel before 1997; save it as .xlsx".into(),
        F::TooMuch(limit) => format!("too large: at most {}", limit_told(*limit)),
        F::MoreFaults(count) => format!("{count} further faults are not shown; mend those above first"),

        F::MissingSheet { sheet, similar: None } => format!("there is no sheet named “{sheet}”; add it"),
        F::MissingSheet { sheet, similar: Some(similar) } => {
            format!("there is no sheet named “{sheet}”; is “{similar}” meant? Rename it")
        }
        F::UnknownSheet { similar: None } => {
            "this sheet is not part of a form and is not read; begin its name with _ if it is meant so".into()
        }
        F::UnknownSheet { similar: Some(similar) } => {
            format!("this sheet is not read; is “{similar}” meant? Rename it, or begin its name with _")
        }
        F::UnsupportedSheet { instead } => format!("this sheet is not read: {}", instead_told(*instead)),
        F::DuplicateSheet => "another sheet has this name, but for case; rename one of them".into(),
        F::EmptySheet => "this sheet has no rows under its header; write at least one".into(),
        F::MissingColumn { header } => format!("the column “{header}” is missing; add it to the first row"),
        F::DuplicateColumn { first } => {
            format!("this column means the same as column {first}; take one of them out")
        }
        F::UnknownColumn { similar: None } => {
            "this column is not known and is not read; begin its header with _ if it is a note".into()
        }
        F::UnknownColumn { similar: Some(similar) } => {
            format!("this column is not known and is not read; is “{similar}” meant?")
        }
        F::KeptColumn => "this column is kept with the form, but changes nothing".into(),
        F::UnsupportedColumn { instead } => format!("this column is not read: {}", instead_told(*instead)),
        F::NoHeader => {
            "this cell has no header above it and is not read; write a header in the first row".into()
        }
        F::StrayRow { gap } => format!(
            "more than {gap} empty rows lie above, so this row and those below are not read; move them up or clear them"
        ),
        F::FailedFormula { shown } => {
            format!("the spreadsheet's formula here gives {shown}; mend it or write the value itself")
        }

        F::MissingType => "the row has no type; write one, such as text, integer or select_one LIST".into(),
        F::MissingName => "the row has no name; write one, such as house_no".into(),
        F::BadName { name } => format!(
            "“{name}” cannot be a name: begin with a letter or _, then letters, digits, _, - or ., without spaces"
        ),
        F::ReservedName { name } => format!("“{name}” is needed by Samruat itself; choose another name"),
        F::DuplicateName { name, first_row } => {
            format!("row {first_row} of the same group has the name “{name}” too; choose another")
        }
        F::SimilarName { name, first_row } => {
            format!("“{name}” differs from the name in row {first_row} in case only; people will mix them up")
        }
        F::DuplicateRepeat { name, first_row } => {
            format!("row {first_row} begins a repeat “{name}” too; each repeat needs its own name")
        }
        F::DuplicateKey { key, first_row } => {
            format!("its answers would lie under “{key}”, as those of row {first_row} do; rename one of them")
        }
        F::UnknownType { written, similar: None } => {
            format!("“{written}” is not a type; write one, such as text, integer or select_one LIST")
        }
        F::UnknownType { written, similar: Some(similar) } => {
            format!("“{written}” is not a type; is “{similar}” meant?")
        }
        F::UnsupportedType { written, instead } => {
            format!("the type “{written}” is not supported: {}", instead_told(*instead))
        }
        F::ReplacedType { written, instead } => {
            format!("the type “{written}” is done in another way: {}", instead_told(*instead))
        }
        F::EndWithoutBegin { kind } => format!("this ends a {kind} that was never begun; take the row out"),
        F::WrongEnd { kind, begun, name, begun_row } => format!(
            "this ends a {kind}, but the {begun} “{name}” of row {begun_row} is still open; write end {begun} first"
        ),
        F::NeverEnded { kind, name } => {
            format!(
                "the {kind} “{name}” is never ended; write a row of type end {kind} below its last question"
            )
        }

        F::MissingListName { kind } => format!("write the name of the list after the type: {kind} LIST"),
        F::MissingList { list, similar: None } => {
            format!("the choices sheet has no list “{list}”; add its choices there")
        }
        F::MissingList { list, similar: Some(similar) } => {
            format!("the choices sheet has no list “{list}”; is “{similar}” meant?")
        }
        F::BadFileName { file } => {
            format!("“{file}” is no table; the name must end in .csv, .xml or .geojson")
        }
        F::DuplicateFile { instance } => {
            format!("two files would be known as “{instance}”; rename one of them")
        }
        F::FilteredOther => {
            "or_other and choice_filter cannot be together; write the choice “other” and a text question"
                .into()
        }
        F::NoChoicesToFilter => "there are no choices here to filter; take the choice_filter out".into(),
        F::MissingCalculation => "the calculation is missing; write it in the column calculation".into(),
        F::BadTrigger { written } => {
            format!("“{written}” is not a trigger; write ${{name}}, or several with commas between")
        }
        F::IdleTrigger => "a trigger needs a calculation that it sets off; write one".into(),
        F::BadParameters { written } => {
            format!("“{written}” cannot be read; write name=value, with spaces between several")
        }
        F::UnknownParameter { name, known: "" } => {
            format!("this type has no parameters; take “{name}” out")
        }
        F::UnknownParameter { name, known } => {
            format!("“{name}” is no parameter of this type; it has {known}")
        }
        F::BadParameter { name, value, expected } => {
            format!("“{value}” cannot be {name}; write {}", expected_told(*expected))
        }
        F::BadDefault { written } => {
            format!("“{written}” could not be an answer here and is left out; write one that could")
        }
        F::BadReference { name } => format!("${{{name}}} is not a question here; name one"),
        F::UnusedCell { kind } => format!("a row of type {kind} does not use this cell; it changes nothing"),
        F::CellAtEnd => {
            "a row that ends a group or repeat uses only its type; this cell changes nothing".into()
        }
        F::MessageWithoutRule { rule } => {
            format!("this message is never shown, because the row has no {rule}; write one or take it out")
        }
        F::MissingLabel { name } => {
            format!("nothing says what to ask, so the name “{name}” is shown; write a label")
        }
        F::MissingTranslation { header, language } => {
            format!("“{language}” has no column {header}::{language}; another language is shown instead")
        }
        F::BadPdpa { written } => {
            format!("“{written}” is no class; write N (not personal), P (personal) or S (sensitive)")
        }
        F::UnknownFormat { written, known } => format!("“{written}” is no format; write one of {known}"),
        F::NothingStored => "this row stores no answer, so this cell changes nothing".into(),
        F::Disabled => "this row is switched off by the column disabled and is left out".into(),
        F::CommentRow => "this row has neither type, name nor label and is left out".into(),

        F::ChoiceWithoutList => "the choice belongs to no list; write list_name".into(),
        F::ChoiceWithoutName => "the choice has no name; write what is to be stored".into(),
        F::DuplicateChoice { name, list, first_row } => {
            format!("row {first_row} of the list “{list}” has the name “{name}” too; choose another")
        }
        F::SpacedChoice { name } => {
            format!("“{name}” has a space, and its list is used where several may be chosen; write _ instead")
        }
        F::ChoiceWithoutLabel { name } => {
            format!("nothing says what the choice is, so the name “{name}” is shown; write a label")
        }
        F::UnusedList { list } => format!("no question uses the list “{list}”"),
        F::KeptSetting { name } => format!("the setting “{name}” is kept with the form, but changes nothing"),
        F::BadSetting { written, expected } => {
            format!("“{written}” cannot be the setting; write {}", expected_told(*expected))
        }
        F::UnsupportedSetting { instead } => format!("this setting is not used: {}", instead_told(*instead)),
        F::SettingsRow => "only the first row of settings is read; take this one out".into(),
        F::MissingFormId => {
            "the form has no form_id; write one in the sheet settings, such as household".into()
        }
        F::UnknownLanguage { language } => {
            format!("no column is in “{language}”; write one of the languages exactly as the headers do")
        }
    }
}

fn limit_told(limit: Limit) -> String {
    let most = limit.most();
    match limit {
        Limit::FileBytes => format!("{most} MB for the file"),
        Limit::UnpackedBytes => format!("{most} MB for the file unpacked"),
        Limit::Parts => format!("{most} parts in the file"),
        Limit::Sheets => format!("{most} sheets"),
        Limit::Rows => format!("{most} rows; clear what lies below"),
        Limit::Columns => format!("{most} columns; clear what lies to the right"),
        Limit::Cells => format!("{most} filled cells"),
        Limit::CellBytes => format!("{most} KB of text in a cell"),
        Limit::TextBytes => format!("{most} MB of text in all cells"),
        Limit::SharedTexts => format!("{most} different texts"),
        Limit::CellFormats => format!("{most} cell formats; copy the sheets into a new workbook as text"),
        Limit::Fields => format!("{most} questions, groups and repeats; divide the form into several"),
        Limit::Depth => format!("{most} groups in each other; take some of them out"),
        Limit::Choices => format!("{most} choices; put long lists into a file and use select_one_from_file"),
        Limit::FormulaBytes => {
            format!("{most} MB for formulas and texts with ${{…}} together; divide the form into several")
        }
        Limit::Regexes => format!("{most} calls of regex(); use fewer of them"),
        Limit::DynamicChoices => format!("{most} texts of choices with ${{…}}; write the texts out"),
        Limit::Languages => format!("{most} languages"),
        Limit::Tables => {
            format!("{most} tables from outside; put several into one, with a column that tells them apart")
        }
        Limit::NameBytes => format!("{most} bytes for a name; shorten it"),
    }
}

fn instead_told(instead: Instead) -> &'static str {
    match instead {
        Instead::SelectFromFile => "use select_one_from_file with a file, and a choice_filter",
        Instead::Geopoint => "use geopoint, geotrace or geoshape",
        Instead::Text => "use text, with a constraint where the answer has a form",
        Instead::CopyRows => "copy the rows of the other form into this one",
        Instead::Households => {
            "Samruat keeps households and their rows itself; references to them need nothing here"
        }
        Instead::Sync => "Samruat sends answers by itself",
        Instead::AttachedFile => {
            "the file that OpenMapKit makes is attached as any file; use geopoint or geotrace to take places here"
        }
        Instead::ChoiceFilter => "use select_one with a choice_filter",
        Instead::NoneChoice => {
            "write the choice “none” into each list, and a constraint that lets it stand alone"
        }
    }
}

fn expected_told(expected: Expected) -> String {
    match expected {
        Expected::Number => "a number".into(),
        Expected::WholeNumber => "a whole number".into(),
        Expected::Step => "a number above zero that is not larger than the range".into(),
        Expected::Truth => "true or false".into(),
        Expected::YesNo => "yes or no".into(),
        Expected::NumberOrReference => "a number or ${name}".into(),
        Expected::ColumnName => "the name of a column".into(),
        Expected::List => "the name of a list in the choices sheet".into(),
        Expected::OneOf(words) => format!("one of {words}"),
    }
}
