//! Paths: what `${name}`, `../x`, `.`, `/data/x`, `current()/…` and `instance('…')/…` lead to, found out
//! once, when the form is compiled.

use crate::expr::closest::closest;
use crate::expr::error::{ExprError, ExprErrorKind};
use crate::expr::parser::{Parser, Tree};
use crate::expr::token::Word;
use crate::expr::{Anchor, Expr, FieldPath, ItemSource, Items, Test};
use crate::model::{ChoiceSource, FieldId};

/// A predicate's surroundings: what bare names in it mean.
#[derive(Debug, Clone)]
pub(super) enum Inside {
    /// An item of a list or table: columns.
    Items(ItemSource),
    /// A node of the form: what lies in it.
    Node(FieldId),
    /// Nothing: the path that is tested leads nowhere.
    Nowhere,
}

/// A path as far as it is read.
#[derive(Debug)]
struct Walk {
    /// Where it has come to; `None` is the form's root.
    node: Option<FieldId>,
    /// The innermost repeat of which it is known which row is meant.
    bound: Option<FieldId>,
    origin: Origin,
    tests: Vec<Test>,
    depth: usize,
    /// Whether it has gone where nothing is.
    is_lost: bool,
}

/// From where the bound row is known.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Origin {
    Here,
    Tested,
    LastSaved,
}

/// The instance in which ODK keeps the submission before.
const LAST_SAVED: &str = "__last-saved";
const LAST_SAVED_PREFIX: &str = "last-saved#";

impl Parser<'_> {
    pub(super) fn inside_choices(&self, source: &ChoiceSource) -> Inside {
        match source {
            ChoiceSource::List(name) => Inside::Items(ItemSource::List(name.clone())),
            ChoiceSource::Table { table, .. } => Inside::Items(ItemSource::Table(table.clone())),
            ChoiceSource::Rows(field) => {
                Inside::Node(self.scope.outline.repeat_around(*field).unwrap_or(*field))
            }
        }
    }

    /// A path of any kind.
    pub(super) fn path(&mut self) -> Result<Tree, ExprError> {
        let start = self.place();
        match self.peek() {
            Some(Word::Name("instance")) if self.is_call() => self.instance(),
            Some(Word::Name("current")) if self.is_call() => {
                self.empty_call()?;
                let walk = self.at_current(start)?;
                self.steps(walk)
            }
            Some(Word::Reference(name)) => {
                let walk = self.referenced(name)?;
                self.advance();
                self.steps(walk)
            }
            Some(Word::Mark("/")) => self.absolute(Origin::Here),
            Some(Word::Mark(".")) if matches!(self.inside.last(), Some(Inside::Items(_))) => {
                self.column(true)
            }
            Some(Word::Mark("." | "..")) => {
                let walk = match self.inside.last() {
                    Some(Inside::Node(node)) => self.at_tested(*node),
                    Some(Inside::Items(_)) => return Err(self.unsupported("..")),
                    Some(Inside::Nowhere) => nowhere(),
                    None => self.at_current(start)?,
                };
                self.first_step(walk)
            }
            Some(Word::Name(name)) => match self.inside.last() {
                Some(Inside::Items(_)) => self.column(false),
                Some(Inside::Node(node)) => {
                    let walk = self.at_tested(*node);
                    self.first_step(walk)
                }
                None if !self.scope.outline.named(name).is_empty() => {
                    Err(self.error_here(ExprErrorKind::BareName(name.to_owned())))
                }
                Some(Inside::Nowhere) => self.first_step(nowhere()),
                None => {
                    self.warn(ExprErrorKind::UnknownName(name.to_owned()));
                    self.first_step(nowhere())
                }
            },
            Some(Word::Mark("//")) => Err(self.unsupported("//")),
            Some(Word::Mark("@")) => Err(self.unsupported("@")),
            _ => Err(self.unexpected()),
        }
    }

    fn is_call(&self) -> bool {
        self.peek_at(1) == Some(Word::Mark("("))
    }

    /// `current()` or `position()`, without arguments.
    fn empty_call(&mut self) -> Result<(), ExprError> {
        self.advance();
        let open = self.place();
        self.advance();
        self.close(open, "(", ")")
    }

    fn at_current(&self, place: usize) -> Result<Walk, ExprError> {
        let at = self.scope.at.ok_or_else(|| self.error_at(place, ExprErrorKind::NoCurrent))?;
        let bound = self.scope.outline.repeat_around(at);
        Ok(Walk { node: Some(at), bound, origin: Origin::Here, tests: Vec::new(), depth: 1, is_lost: false })
    }

    fn at_tested(&self, node: FieldId) -> Walk {
        let bound = self.innermost(node);
        Walk { node: Some(node), bound, origin: Origin::Tested, tests: Vec::new(), depth: 1, is_lost: false }
    }

    /// The innermost repeat around `node`, itself counted.
    fn innermost(&self, node: FieldId) -> Option<FieldId> {
        let outline = self.scope.outline;
        if outline.node(node).is_repeat { Some(node) } else { outline.repeat_around(node) }
    }

    /// `${name}` or `${last-saved#name}`.
    fn referenced(&self, name: &str) -> Result<Walk, ExprError> {
        let outline = self.scope.outline;
        let (origin, name) = match name.strip_prefix(LAST_SAVED_PREFIX) {
            Some(name) => (Origin::LastSaved, name),
            None => (Origin::Here, name),
        };
        match outline.named(name) {
            [] => {
                let closest = closest(name, outline.names()).map(str::to_owned);
                Err(self.error_here(ExprErrorKind::UnknownField { name: name.to_owned(), closest }))
            }
            [field] => Ok(self.bound_to(*field, origin)),
            _ => Err(self.error_here(ExprErrorKind::AmbiguousField(name.to_owned()))),
        }
    }

    /// A walk that begins at `field`, in the row that the surroundings know: the one that is tested,
    /// or the one in which the expression stands, whichever is further in.
    fn bound_to(&self, field: FieldId, origin: Origin) -> Walk {
        let walk =
            Walk { node: Some(field), bound: None, origin, tests: Vec::new(), depth: 1, is_lost: false };
        if origin == Origin::LastSaved {
            return walk;
        }
        let outline = self.scope.outline;
        let here = self.scope.at;
        let tested = self.inside.iter().rev().find_map(|inside| match inside {
            Inside::Node(node) => Some(*node),
            Inside::Items(_) | Inside::Nowhere => None,
        });
        for repeat in outline.repeats_around(field) {
            let is_tested = tested.is_some_and(|node| {
                self.innermost(node) == Some(repeat) || outline.repeats_around(node).any(|it| it == repeat)
            });
            if is_tested {
                return Walk { bound: Some(repeat), origin: Origin::Tested, ..walk };
            }
            if here.is_some_and(|at| outline.repeats_around(at).any(|it| it == repeat)) {
                return Walk { bound: Some(repeat), origin: Origin::Here, ..walk };
            }
        }
        walk
    }

    /// `/data/group/field`: the root may have any name.
    fn absolute(&mut self, origin: Origin) -> Result<Tree, ExprError> {
        self.advance();
        let Some(Word::Name(_)) = self.peek() else { return Err(self.unexpected()) };
        self.advance();
        let mut walk = Walk { node: None, bound: None, origin, tests: Vec::new(), depth: 1, is_lost: false };
        while self.peek() == Some(Word::Mark("/")) {
            self.advance();
            self.step(&mut walk)?;
            self.predicates(&mut walk)?;
        }
        if walk.is_lost {
            return self.finish(walk);
        }
        let Some(field) = walk.node else {
            return Err(self.error_before(ExprErrorKind::UnsupportedPath("/".into())));
        };
        let Walk { bound, origin, .. } = self.bound_to(field, origin);
        self.finish(Walk { bound, origin, ..walk })
    }

    /// The step that a relative path begins with, then the others.
    fn first_step(&mut self, mut walk: Walk) -> Result<Tree, ExprError> {
        self.step(&mut walk)?;
        self.steps(walk)
    }

    /// Predicates and further steps.
    fn steps(&mut self, mut walk: Walk) -> Result<Tree, ExprError> {
        self.predicates(&mut walk)?;
        while self.peek() == Some(Word::Mark("/")) {
            self.advance();
            self.step(&mut walk)?;
            self.predicates(&mut walk)?;
        }
        if self.peek() == Some(Word::Mark("//")) {
            return Err(self.unsupported("//"));
        }
        self.finish(walk)
    }

    fn step(&mut self, walk: &mut Walk) -> Result<(), ExprError> {
        self.count_term()?;
        let outline = self.scope.outline;
        match self.peek() {
            Some(Word::Mark(".")) => {}
            Some(Word::Mark("..")) if walk.is_lost => {}
            Some(Word::Mark("..")) => match walk.node {
                Some(node) => {
                    walk.tests.retain(|test| test.step != node);
                    if walk.bound == Some(node) {
                        walk.bound = outline.repeat_around(node);
                    }
                    walk.node = outline.node(node).parent;
                }
                None => {
                    self.warn(ExprErrorKind::NoParent);
                    walk.is_lost = true;
                }
            },
            Some(Word::Name(name)) if !self.is_call() && self.peek_at(1) != Some(Word::Mark("::")) => {
                match outline.child(walk.node, name) {
                    _ if walk.is_lost => {}
                    Some(child) => walk.node = Some(child),
                    None => {
                        let group = walk.node.map_or(String::new(), |group| outline.node(group).name.clone());
                        self.warn(ExprErrorKind::NoChild { name: name.to_owned(), group });
                        walk.is_lost = true;
                    }
                }
            }
            Some(Word::Name(name)) => return Err(self.unsupported(&format!("{name}…"))),
            Some(Word::Operator("*")) => return Err(self.unsupported("*")),
            Some(Word::Mark("@")) => return Err(self.unsupported("@")),
            _ => return Err(self.unexpected()),
        }
        self.advance();
        Ok(())
    }

    fn predicates(&mut self, walk: &mut Walk) -> Result<(), ExprError> {
        while self.peek() == Some(Word::Mark("[")) {
            if walk.is_lost {
                self.predicate(Inside::Nowhere)?;
                continue;
            }
            let Some(node) = walk.node else { return Err(self.unexpected()) };
            let (keep, depth) = self.predicate(Inside::Node(node))?;
            walk.tests.push(Test { step: node, keep });
            walk.depth = walk.depth.max(depth + 2);
        }
        Ok(())
    }

    fn predicate(&mut self, inside: Inside) -> Result<Tree, ExprError> {
        let open = self.place();
        self.advance();
        self.inside.push(inside);
        let tree = self.expression(0)?;
        self.inside.pop();
        self.close(open, "[", "]")?;
        Ok(tree)
    }

    fn finish(&mut self, walk: Walk) -> Result<Tree, ExprError> {
        if walk.is_lost {
            return Ok((Expr::Nothing, 1));
        }
        let Some(field) = walk.node else {
            // The form itself is no answer.
            let warning = self.error_before(ExprErrorKind::NoParent);
            self.warnings.push(warning);
            return Ok((Expr::Nothing, 1));
        };
        let anchor = match (walk.origin, walk.bound) {
            (Origin::LastSaved, _) => Anchor::LastSaved,
            (_, None) => Anchor::Household,
            (Origin::Here, Some(repeat)) => Anchor::Here(repeat),
            (Origin::Tested, Some(repeat)) => Anchor::Tested(repeat),
        };
        let mut path = FieldPath { field, anchor, tests: walk.tests };
        self.unbind_tested(&mut path);
        self.bounded((Expr::Field(path), walk.depth))
    }

    /// A repeat whose rows are tested is not bound to one row: the anchor moves out of it.
    pub(super) fn unbind_tested(&self, path: &mut FieldPath) {
        let outline = self.scope.outline;
        for test in &path.tests {
            let (Anchor::Here(bound) | Anchor::Tested(bound)) = path.anchor else { return };
            let is_around = bound == test.step || outline.repeats_around(bound).any(|it| it == test.step);
            if outline.node(test.step).is_repeat && is_around {
                let outer = outline.repeat_around(test.step);
                path.anchor = match (path.anchor, outer) {
                    (Anchor::Here(_), Some(outer)) => Anchor::Here(outer),
                    (Anchor::Tested(_), Some(outer)) => Anchor::Tested(outer),
                    _ => Anchor::Household,
                };
            }
        }
    }

    /// `instance('list')/root/item[…]/column`, or the submission before.
    fn instance(&mut self) -> Result<Tree, ExprError> {
        self.advance();
        let open = self.place();
        self.advance();
        let place = self.place();
        let Some(Word::Literal(name)) = self.peek() else {
            return Err(self.error_here(ExprErrorKind::NeedsLiteral("instance", 1)));
        };
        self.advance();
        self.close(open, "(", ")")?;
        if name == LAST_SAVED {
            return self.absolute(Origin::LastSaved);
        }
        let outline = self.scope.outline;
        let source = if outline.columns(name).is_some() {
            ItemSource::List(name.to_owned())
        } else if outline.has_table(name) {
            ItemSource::Table(name.to_owned())
        } else {
            let closest = closest(name, outline.instances()).map(str::to_owned);
            let kind = ExprErrorKind::UnknownInstance { name: name.to_owned(), closest };
            let warning = self.error_at(place, kind);
            self.warnings.push(warning);
            return self.steps(nowhere());
        };
        // The items of a list or a table are `/root/item`; those of other files have names of their own.
        for _ in 0..2 {
            match (self.peek(), self.peek_at(1)) {
                (Some(Word::Mark("/")), Some(Word::Name(_))) => {
                    self.advance();
                    self.advance();
                }
                _ => return Err(self.unsupported("instance('…') without /root/item")),
            }
        }
        let mut items = Items { source, tests: Vec::new(), column: None };
        let mut depth = 1;
        while self.peek() == Some(Word::Mark("[")) {
            let (test, its_depth) = self.predicate(Inside::Items(items.source.clone()))?;
            items.tests.push(test);
            depth = depth.max(its_depth + 1);
        }
        if self.peek() == Some(Word::Mark("/")) {
            self.advance();
            let Some(column) = self.cell_name(&items.source.clone())? else { return Ok((Expr::Nothing, 1)) };
            items.column = Some(column);
            if self.peek() == Some(Word::Mark("[")) {
                return Err(self.unsupported("[…] after a column"));
            }
        }
        self.bounded((Expr::Items(Box::new(items)), depth))
    }

    /// The name of a column, which of a table may be a path: `group/name`. `None`, with a warning, where
    /// a list does not have it.
    fn cell_name(&mut self, source: &ItemSource) -> Result<Option<String>, ExprError> {
        let Some(Word::Name(name)) = self.peek() else { return Err(self.unexpected()) };
        let is_known = self.check_column(source, name);
        self.advance();
        let mut column = name.to_owned();
        while let (Some(Word::Mark("/")), Some(Word::Name(name)), ItemSource::Table(_)) =
            (self.peek(), self.peek_at(1), source)
        {
            column = format!("{column}/{name}");
            self.advance();
            self.advance();
        }
        Ok(is_known.then_some(column))
    }

    /// A column of the item that is tested: `name` or `./name`.
    fn column(&mut self, after_dot: bool) -> Result<Tree, ExprError> {
        if after_dot {
            self.advance();
            if self.peek() != Some(Word::Mark("/")) {
                return Err(self.error_before(ExprErrorKind::UnsupportedPath(".".into())));
            }
            self.advance();
        }
        let Some(Inside::Items(source)) = self.inside.last().cloned() else { return Err(self.unexpected()) };
        Ok(self.cell_name(&source)?.map_or((Expr::Nothing, 1), |column| (Expr::Column(column), 1)))
    }

    /// Whether a list has the column; warns where it does not. The columns of a table are not known.
    fn check_column(&mut self, source: &ItemSource, name: &str) -> bool {
        let ItemSource::List(list) = source else { return true };
        let known = ["name", "label", "itextId"];
        let columns = self.scope.outline.columns(list);
        if known.contains(&name) || columns.is_some_and(|columns| columns.contains(name)) {
            return true;
        }
        let names = known[..2].iter().copied().chain(columns.into_iter().flatten().map(String::as_str));
        let closest = closest(name, names).map(str::to_owned);
        let list = list.clone();
        self.warn(ExprErrorKind::UnknownColumn { name: name.to_owned(), list, closest });
        false
    }

    /// Notes that the word that is next leads nowhere.
    fn warn(&mut self, kind: ExprErrorKind) {
        let warning = self.error_here(kind);
        self.warnings.push(warning);
    }

    fn unsupported(&self, what: &str) -> ExprError {
        self.error_here(ExprErrorKind::UnsupportedPath(what.to_owned()))
    }
}

/// A walk that leads nowhere.
fn nowhere() -> Walk {
    Walk { node: None, bound: None, origin: Origin::Here, tests: Vec::new(), depth: 1, is_lost: true }
}
