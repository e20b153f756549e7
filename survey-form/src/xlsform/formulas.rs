//! Formulas and texts with values in them, read within what one form may hold of them.

use super::sink::Sink;
use crate::expr::{self, Expr, Outline, Scope, parse_template};
use crate::fault::{Fault, FaultKind, Limit, Place, Severity, SheetFault};
use crate::limits::{DYNAMIC_CHOICES_MAX, FORM_FORMULA_BYTES_MAX, FORM_REGEXES_MAX};
use crate::model::{ChoiceSource, FieldId, Piece, Template};
use std::cell::OnceCell;

/// Reads the formulas of a form. Beyond the limits it tells so once and reads no more.
pub(super) struct Formulas<'a> {
    outline: &'a Outline,
    /// For when there are many faults already.
    without_suggestions: OnceCell<Outline>,
    bytes: usize,
    regexes: usize,
    dynamic_choices: usize,
    is_over: bool,
}

impl<'a> Formulas<'a> {
    pub(super) fn new(outline: &'a Outline) -> Self {
        let without_suggestions = OnceCell::new();
        Self { outline, without_suggestions, bytes: 0, regexes: 0, dynamic_choices: 0, is_over: false }
    }

    /// Reads a formula that stands at the field `at`; as a choice filter, of the choices `filtered`.
    pub(super) fn expression(
        &mut self,
        text: &str,
        place: Place,
        at: Option<FieldId>,
        filtered: Option<&ChoiceSource>,
        sink: &mut Sink,
    ) -> Option<Expr> {
        if !self.counts(text, &place, sink) {
            return None;
        }
        match expr::parse_with_warnings(text, &Scope { outline: self.outline(sink), at, filtered }) {
            Ok((expression, warnings)) => {
                for warning in warnings {
                    let kind = FaultKind::Expression(warning);
                    sink.push(Fault { place: place.clone(), severity: Severity::Warning, kind });
                }
                Some(expression)
            }
            Err(error) => {
                let kind = FaultKind::Expression(error);
                sink.push(Fault { place, severity: Severity::Error, kind });
                None
            }
        }
    }

    /// Reads a text that stands at the field `at`.
    pub(super) fn template(
        &mut self,
        text: &str,
        place: &dyn Fn() -> Place,
        at: Option<FieldId>,
        sink: &mut Sink,
    ) -> Template {
        if text.contains("${") && !self.counts(text, &place(), sink) {
            return Template::default();
        }
        let scope = Scope { outline: self.outline(sink), at, filtered: None };
        parse_template(text, &scope).unwrap_or_else(|error| {
            let kind = FaultKind::Expression(error);
            sink.push(Fault { place: place(), severity: Severity::Error, kind });
            Template::default()
        })
    }

    /// Reads a text of a choice. Each question that shows the choice depends on the values in it.
    pub(super) fn choice_text(&mut self, text: &str, place: &dyn Fn() -> Place, sink: &mut Sink) -> Template {
        let template = self.template(text, place, None, sink);
        if template.0.iter().any(|piece| matches!(piece, Piece::Value(_))) {
            self.dynamic_choices += 1;
            if self.dynamic_choices == DYNAMIC_CHOICES_MAX + 1 {
                sink.error(place(), SheetFault::TooMuch(Limit::DynamicChoices));
            }
            if self.dynamic_choices > DYNAMIC_CHOICES_MAX {
                return Template::default();
            }
        }
        template
    }

    /// Counts a formula; whether it may be read.
    fn counts(&mut self, text: &str, place: &Place, sink: &mut Sink) -> bool {
        if self.is_over {
            return false;
        }
        self.bytes += text.len();
        self.regexes += text.matches("regex").count();
        let limit = if self.bytes > FORM_FORMULA_BYTES_MAX {
            Limit::FormulaBytes
        } else if self.regexes > FORM_REGEXES_MAX {
            Limit::Regexes
        } else {
            return true;
        };
        sink.error(place.clone(), SheetFault::TooMuch(limit));
        self.is_over = true;
        false
    }

    fn outline(&self, sink: &Sink) -> &Outline {
        if sink.suggests() {
            self.outline
        } else {
            self.without_suggestions.get_or_init(|| self.outline.without_suggestions())
        }
    }
}
