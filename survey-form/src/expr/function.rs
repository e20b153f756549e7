//! Every operator and function: its name and how many arguments it takes.

/// No limit of its own.
const ANY: usize = crate::limits::CALL_ARGUMENTS_MAX;

macro_rules! functions {
    ($($variant:ident $name:literal $min:literal $max:expr;)*) => {
        /// An operator or a function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are those of the ODK documentation")]
        pub enum Function { $($variant,)* }

        /// Function, name, fewest and most arguments.
        const TABLE: &[(Function, &str, usize, usize)] = &[$((Function::$variant, $name, $min, $max),)*];
    };
}

functions! {
    Or "or" 2 ANY; And "and" 2 ANY;
    Equal "=" 2 2; NotEqual "!=" 2 2; Less "<" 2 2; LessOrEqual "<=" 2 2; Greater ">" 2 2; GreaterOrEqual ">=" 2 2;
    Add "+" 2 ANY; Subtract "-" 2 ANY; Multiply "*" 2 ANY; Divide "div" 2 ANY; Modulo "mod" 2 ANY;
    Negate "neg" 1 1; Union "|" 2 ANY;

    If "if" 3 3; Not "not" 1 1; True "true" 0 0; False "false" 0 0;
    Boolean "boolean" 1 1; BooleanFromString "boolean-from-string" 1 1;
    Coalesce "coalesce" 2 ANY; Once "once" 1 1;
    Checklist "checklist" 2 ANY; WeightedChecklist "weighted-checklist" 2 ANY;

    Selected "selected" 2 2; SelectedAt "selected-at" 2 2; CountSelected "count-selected" 1 1;
    ChoiceName "jr:choice-name" 2 2; Itext "jr:itext" 1 1;

    Count "count" 1 1; CountNonEmpty "count-non-empty" 1 1; Sum "sum" 1 1; Min "min" 1 ANY; Max "max" 1 ANY;
    Position "position" 0 1; Last "last" 0 0; IndexedRepeat "indexed-repeat" 3 ANY; Randomize "randomize" 1 2;
    Pulldata "pulldata" 4 4;

    String "string" 0 1; StringLength "string-length" 0 1; NormalizeSpace "normalize-space" 0 1;
    Concat "concat" 1 ANY; Join "join" 1 ANY;
    Contains "contains" 2 2; StartsWith "starts-with" 2 2; EndsWith "ends-with" 2 2; Regex "regex" 2 2;
    Substr "substr" 2 3; Substring "substring" 2 3;
    SubstringBefore "substring-before" 2 2; SubstringAfter "substring-after" 2 2; Translate "translate" 3 3;
    Digest "digest" 2 3; Base64Decode "base64-decode" 1 1; Uuid "uuid" 0 1;

    Number "number" 0 1; Int "int" 1 1; Round "round" 1 2; Floor "floor" 1 1; Ceiling "ceiling" 1 1;
    Abs "abs" 1 1; Pow "pow" 2 2; Sqrt "sqrt" 1 1; Exp "exp" 1 1; Exp10 "exp10" 1 1; Log "log" 1 1; Log10 "log10" 1 1;
    Sin "sin" 1 1; Cos "cos" 1 1; Tan "tan" 1 1; Asin "asin" 1 1; Acos "acos" 1 1; Atan "atan" 1 1; Atan2 "atan2" 2 2;
    Pi "pi" 0 0; Random "random" 0 0;

    Today "today" 0 0; Now "now" 0 0; Date "date" 1 1; DateTime "date-time" 1 1;
    DecimalDateTime "decimal-date-time" 1 1; DecimalTime "decimal-time" 1 1;
    AddDate "add-date" 2 6; DifferenceInDays "difference-in-days" 2 2; DifferenceInWeeks "difference-in-weeks" 2 2;
    DifferenceInMonths "difference-in-months" 2 2; DifferenceInYears "difference-in-years" 2 2;
    FormatDate "format-date" 2 2; FormatDateTime "format-date-time" 2 2;

    Area "area" 1 1; Distance "distance" 1 ANY; Geofence "geofence" 2 2; Intersects "intersects" 1 1;
}

/// Other names that forms use for the same.
const ALIASES: [(&str, Function); 6] = [
    ("is-selected", Function::Selected),
    ("enclosed-area", Function::Area),
    ("cht:difference-in-days", Function::DifferenceInDays),
    ("cht:difference-in-weeks", Function::DifferenceInWeeks),
    ("cht:difference-in-months", Function::DifferenceInMonths),
    ("cht:difference-in-years", Function::DifferenceInYears),
];

/// The first function that is written as `name(…)`.
const FIRST_NAMED: Function = Function::If;

impl Function {
    /// By the name of an operator or a function, as the model's JSON has it.
    pub(super) fn by_symbol(symbol: &str) -> Option<Self> {
        TABLE.iter().find(|(_, name, ..)| *name == symbol).map(|(function, ..)| *function)
    }

    /// By the name that stands before a parenthesis.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, function)| *function);
        alias.or_else(|| Self::by_symbol(name).filter(|function| *function >= FIRST_NAMED))
    }

    /// Its name or symbol.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// The fewest and the most arguments that it takes.
    pub(super) fn arity(self) -> (usize, usize) {
        let (_, _, min, max) = TABLE[self as usize];
        (min, max)
    }

    /// The names of all functions, for suggestions.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().filter(|(function, ..)| *function >= FIRST_NAMED).map(|(_, name, ..)| *name)
    }

    /// Whether its value comes from chance or from the clock: two calls need not agree.
    #[must_use]
    pub fn is_volatile(self) -> bool {
        matches!(self, Self::Random | Self::Uuid | Self::Now | Self::Today | Self::Randomize)
    }
}
