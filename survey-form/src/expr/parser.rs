//! From words to a tree: precedence climbing, within bounds of depth and size.

use crate::expr::closest::closest;
use crate::expr::error::{ExprError, ExprErrorKind};
use crate::expr::outline::Scope;
use crate::expr::path::Inside;
use crate::expr::token::{Token, Word, tokens};
use crate::expr::{Expr, Function, Test, pattern};
use crate::limits::{EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, EXPRESSION_TERMS_MAX};

/// Operators by how tightly they bind, the loosest first.
const PRECEDENCE: [&[(&str, Function)]; 7] = [
    &[("or", Function::Or)],
    &[("and", Function::And)],
    &[("=", Function::Equal), ("!=", Function::NotEqual)],
    &[
        ("<=", Function::LessOrEqual),
        (">=", Function::GreaterOrEqual),
        ("<", Function::Less),
        (">", Function::Greater),
    ],
    &[("+", Function::Add), ("-", Function::Subtract)],
    &[("*", Function::Multiply), ("div", Function::Divide), ("mod", Function::Modulo)],
    &[("|", Function::Union)],
];

/// Calls of [`Parser::expression`] within each other: parentheses cost one and leave no level behind.
const PARSER_DEPTH_MAX: usize = 2 * EXPRESSION_DEPTH_MAX;

/// The level of `|`, which binds tighter than the sign.
const UNION_LEVEL: usize = 6;

/// Functions of ODK that are not done here.
const UNSUPPORTED: [&str; 1] = ["extract-signed"];

/// Functions whose first argument is a path.
const TAKE_PATHS: [Function; 5] =
    [Function::Count, Function::CountNonEmpty, Function::Sum, Function::Position, Function::Randomize];

const DIGESTS: [&str; 3] = ["SHA-256", "SHA-384", "SHA-512"];

pub(super) fn parse(text: &str, scope: &Scope<'_>) -> Result<(Expr, Vec<ExprError>), ExprError> {
    let whole = |kind| ExprError { start: 0, end: text.len(), kind };
    if text.len() > EXPRESSION_BYTES_MAX {
        return Err(whole(ExprErrorKind::TooLong));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(whole(ExprErrorKind::Empty));
    }
    let warnings = Vec::new();
    let mut parser =
        Parser { text, tokens, next: 0, scope, inside: Vec::new(), warnings, terms: 0, depth: 0 };
    if let Some(source) = scope.filtered {
        parser.inside.push(parser.inside_choices(source));
    }
    let (expr, _) = parser.expression(0)?;
    match parser.peek() {
        None => Ok((expr, parser.warnings)),
        Some(_) => Err(parser.unexpected()),
    }
}

/// A tree and how many levels it nests as JSON.
pub(super) type Tree = (Expr, usize);

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
    pub(super) scope: &'a Scope<'a>,
    /// The predicates around the word that is read next, the innermost last.
    pub(super) inside: Vec<Inside>,
    /// Paths that lead nowhere.
    pub(super) warnings: Vec<ExprError>,
    terms: usize,
    /// Calls of [`Parser::expression`] that are not finished.
    depth: usize,
}

impl<'a> Parser<'a> {
    /// What binds at least as tightly as `level`.
    pub(super) fn expression(&mut self, level: usize) -> Result<Tree, ExprError> {
        self.depth += 1;
        if self.depth > PARSER_DEPTH_MAX {
            return Err(self.error_here(ExprErrorKind::TooDeep));
        }
        let mut left = self.operand()?;
        while let Some((function, its_level)) = self.operator(level) {
            self.next += 1;
            let right = self.expression(its_level + 1)?;
            left = self.joined(function, left, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The operator that is next, if it binds at least as tightly as `level`.
    fn operator(&self, level: usize) -> Option<(Function, usize)> {
        let Some(Word::Operator(symbol)) = self.peek() else { return None };
        let levels = PRECEDENCE.iter().enumerate().skip(level);
        let mut found = levels.flat_map(|(level, operators)| operators.iter().map(move |it| (it, level)));
        found
            .find(|((its_symbol, _), _)| *its_symbol == symbol)
            .map(|((_, function), level)| (*function, level))
    }

    /// `left function right`; into the call that `left` is, where that is of the same operator.
    fn joined(&mut self, function: Function, left: Tree, right: Tree) -> Result<Tree, ExprError> {
        self.count_term()?;
        if function == Function::Union && !(left.0.is_path() && right.0.is_path()) {
            return Err(self.error_before(ExprErrorKind::NeedsPath("|")));
        }
        let (_, arguments_max) = function.arity();
        match left {
            (Expr::Call(same, mut arguments), depth)
                if same == function && arguments_max > 2 && arguments.len() < arguments_max =>
            {
                arguments.push(right.0);
                Ok((Expr::Call(function, arguments), depth.max(right.1 + 1)))
            }
            left => self.call(function, vec![left, right]),
        }
    }

    fn operand(&mut self) -> Result<Tree, ExprError> {
        if self.peek() == Some(Word::Operator("-")) {
            self.next += 1;
            let operand = self.expression(UNION_LEVEL)?;
            return match operand {
                (Expr::Number(number), depth) => Ok((Expr::Number(-number), depth)),
                operand => self.call(Function::Negate, vec![operand]),
            };
        }
        self.count_term()?;
        let Some(word) = self.peek() else { return Err(self.unexpected()) };
        let after = self.tokens.get(self.next + 1).map(|token| token.word);
        match word {
            Word::Number(number) => {
                self.next += 1;
                Ok((Expr::Number(number), 0))
            }
            Word::Literal(text) => {
                self.next += 1;
                Ok((Expr::Text(text.to_owned()), 0))
            }
            Word::Mark("(") => {
                let open = self.next;
                self.next += 1;
                let inner = self.expression(0)?;
                self.close(open, "(", ")")?;
                // `(a + b) + c` is not `a + b + c` written otherwise only where the operator is of
                // three; the tree is the same, and so is what it means.
                Ok(inner)
            }
            Word::Name("current" | "instance") if after == Some(Word::Mark("(")) => self.path(),
            Word::Name(name) if after == Some(Word::Mark("(")) => self.function(name),
            Word::Name(_) | Word::Reference(_) | Word::Mark("." | ".." | "/" | "//" | "@") => self.path(),
            Word::Operator(_) | Word::Mark(_) => Err(self.unexpected()),
        }
    }

    /// `name(…)`.
    fn function(&mut self, name: &str) -> Result<Tree, ExprError> {
        let at = self.next;
        let Some(function) = Function::by_name(name) else {
            let name = name.to_owned();
            return Err(self.error_at(
                at,
                if UNSUPPORTED.contains(&name.as_str()) {
                    ExprErrorKind::UnsupportedFunction(name)
                } else {
                    let closest = closest(&name, Function::names()).map(str::to_owned);
                    ExprErrorKind::UnknownFunction { name, closest }
                },
            ));
        };
        self.next += 1;
        let places = self.arguments()?;
        let (starts, arguments): (Vec<usize>, Vec<Tree>) = places.into_iter().unzip();
        self.check_arguments(function, at, &starts, &arguments)?;
        match function {
            Function::IndexedRepeat => self.indexed_repeat(&starts, arguments),
            Function::ChoiceName => self.choice_name(&starts, arguments),
            _ => self.call(function, arguments),
        }
    }

    /// The arguments between parentheses, each with the place of its first word.
    fn arguments(&mut self) -> Result<Vec<(usize, Tree)>, ExprError> {
        let open = self.next;
        self.next += 1;
        let mut arguments = Vec::new();
        if self.peek() == Some(Word::Mark(")")) {
            self.next += 1;
            return Ok(arguments);
        }
        loop {
            let start = self.next;
            arguments.push((start, self.expression(0)?));
            if self.peek() != Some(Word::Mark(",")) {
                break;
            }
            self.next += 1;
        }
        self.close(open, "(", ")")?;
        Ok(arguments)
    }

    fn check_arguments(
        &self,
        function: Function,
        at: usize,
        starts: &[usize],
        arguments: &[Tree],
    ) -> Result<(), ExprError> {
        let name = function.name();
        let (min, max) = function.arity();
        let given = arguments.len();
        let counts_fit = match function {
            Function::WeightedChecklist => given >= min && given.is_multiple_of(2),
            Function::IndexedRepeat => given >= min && !given.is_multiple_of(2),
            _ => (min..=max).contains(&given),
        };
        if !counts_fit {
            return Err(self.error_at(at, ExprErrorKind::Arguments { function: name, min, max, given }));
        }
        let has_value = arguments.first().is_some_and(|(expr, _)| !expr.is_path());
        if TAKE_PATHS.contains(&function) && has_value {
            return Err(self.error_at(starts[0], ExprErrorKind::NeedsPath(name)));
        }
        let literal = |which: usize| match arguments.get(which) {
            Some((Expr::Text(text), _)) => Some(text.as_str()),
            _ => None,
        };
        match function {
            Function::Pulldata => {
                if let Some(which) = (0..3).find(|which| literal(*which).is_none()) {
                    return Err(self.error_at(starts[which], ExprErrorKind::NeedsLiteral(name, which + 1)));
                }
            }
            Function::Regex => {
                if let Some(Err(fault)) = literal(1).map(pattern::compile) {
                    return Err(self.error_at(starts[1], ExprErrorKind::Regex(fault)));
                }
            }
            Function::Digest => {
                if let Some(algorithm) = literal(1).filter(|name| !DIGESTS.contains(name)) {
                    let kind = ExprErrorKind::DigestAlgorithm(algorithm.to_owned());
                    return Err(self.error_at(starts[1], kind));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// `indexed-repeat(field, repeat, n, …)` is the field's path with `[n]` at each repeat.
    fn indexed_repeat(&mut self, starts: &[usize], arguments: Vec<Tree>) -> Result<Tree, ExprError> {
        let name = Function::IndexedRepeat.name();
        let mut arguments = arguments.into_iter();
        let Some((Expr::Field(mut path), _)) = arguments.next() else {
            return Err(self.error_at(starts[0], ExprErrorKind::NeedsPath(name)));
        };
        let outline = self.scope.outline;
        let mut deepest = 0;
        let mut which = 1;
        while let (Some((repeat, _)), Some((index, depth))) = (arguments.next(), arguments.next()) {
            let Expr::Field(repeat) = repeat else {
                return Err(self.error_at(starts[which], ExprErrorKind::NeedsPath(name)));
            };
            if !outline.repeats_around(path.field).any(|around| around == repeat.field) {
                let named = |id| outline.node(id).name.clone();
                let kind = ExprErrorKind::NotAround { repeat: named(repeat.field), field: named(path.field) };
                return Err(self.error_at(starts[which], kind));
            }
            let keep = Expr::Call(Function::Int, vec![index]);
            path.tests.push(Test { step: repeat.field, keep });
            deepest = deepest.max(depth + 3);
            which += 2;
        }
        light::sort_by_key(&mut path.tests, |test| test.step);
        self.unbind_tested(&mut path);
        self.bounded((Expr::Field(path), deepest))
    }

    /// The second argument names a select in quotes: `jr:choice-name(${q}, '${q}')`.
    fn choice_name(&mut self, starts: &[usize], mut arguments: Vec<Tree>) -> Result<Tree, ExprError> {
        let place = self.tokens[starts[1]];
        if let (Expr::Text(text), _) = &arguments[1] {
            let scope = Scope { filtered: None, ..*self.scope };
            let whole = |error: ExprError| ExprError { start: place.start, end: place.end, kind: error.kind };
            let (inner, warnings) = parse(text, &scope).map_err(whole)?;
            self.warnings.extend(warnings.into_iter().map(whole));
            arguments[1] = (inner, 1);
        }
        match &arguments[1].0 {
            Expr::Field(path) if self.scope.outline.node(path.field).is_select => {
                self.call(Function::ChoiceName, arguments)
            }
            Expr::Field(path) => {
                let name = self.scope.outline.node(path.field).name.clone();
                Err(self.error_at(starts[1], ExprErrorKind::NotASelect(name)))
            }
            _ => Err(self.error_at(starts[1], ExprErrorKind::NeedsLiteral(Function::ChoiceName.name(), 2))),
        }
    }

    pub(super) fn call(&mut self, function: Function, arguments: Vec<Tree>) -> Result<Tree, ExprError> {
        let deepest = arguments.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
        let arguments = arguments.into_iter().map(|(expr, _)| expr).collect();
        self.bounded((Expr::Call(function, arguments), deepest + 1))
    }

    pub(super) fn bounded(&self, tree: Tree) -> Result<Tree, ExprError> {
        if tree.1 > EXPRESSION_DEPTH_MAX {
            return Err(self.error_before(ExprErrorKind::TooDeep));
        }
        Ok(tree)
    }

    pub(super) fn count_term(&mut self) -> Result<(), ExprError> {
        self.terms += 1;
        if self.terms > EXPRESSION_TERMS_MAX {
            return Err(self.error_here(ExprErrorKind::TooManyTerms));
        }
        Ok(())
    }

    pub(super) fn peek(&self) -> Option<Word<'a>> {
        self.tokens.get(self.next).map(|token| token.word)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<Word<'a>> {
        self.tokens.get(self.next + ahead).map(|token| token.word)
    }

    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    pub(super) fn place(&self) -> usize {
        self.next
    }

    /// Takes what closes the word at `open`.
    pub(super) fn close(
        &mut self,
        open: usize,
        opened: &'static str,
        closing: &'static str,
    ) -> Result<(), ExprError> {
        match self.peek() {
            Some(Word::Mark(mark)) if mark == closing => {
                self.next += 1;
                Ok(())
            }
            None => Err(self.error_at(open, ExprErrorKind::Unclosed(opened, closing))),
            Some(_) => Err(self.unexpected()),
        }
    }

    pub(super) fn unexpected(&self) -> ExprError {
        let found = self.tokens.get(self.next).map_or("", |token| &self.text[token.start..token.end]);
        self.error_here(ExprErrorKind::Unexpected(found.to_owned()))
    }

    pub(super) fn error_here(&self, kind: ExprErrorKind) -> ExprError {
        self.error_at(self.next, kind)
    }

    pub(super) fn error_before(&self, kind: ExprErrorKind) -> ExprError {
        self.error_at(self.next.saturating_sub(1), kind)
    }

    /// `kind` at the word with this number; at the end of the text where there is none.
    pub(super) fn error_at(&self, word: usize, kind: ExprErrorKind) -> ExprError {
        let end = self.text.len();
        let (start, end) = self.tokens.get(word).map_or((end, end), |token| (token.start, token.end));
        ExprError { start, end, kind }
    }
}
