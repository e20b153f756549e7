//! The pages of a form, found out once: which questions share a page does not depend on the answers, so
//! a page keeps its place while they change.
//!
//! A page is a group with the appearance `field-list`, or the rows of a repeat, or one question; notes
//! and derived values stand on the page of the question after them. Neighbours that choose one of at most
//! three from the same list (yes, no, not known) share a page, three at most.

use light::Map;

use survey_form::model::{ChoiceSource, Field, FieldId, Form, Kind};

/// Choices that a question may have to share its page.
const SHARED_CHOICES_MAX: usize = 3;
/// Questions that share a page.
const SHARED_QUESTIONS_MAX: usize = 3;

/// What a page holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Questions, with the notes between them.
    Questions(Vec<FieldId>),
    /// The rows of this repeat.
    Rows(FieldId),
}

/// A page of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePlan {
    /// What it is known by.
    pub id: FieldId,
    /// What it holds.
    pub content: Content,
    /// The group whose label is its title, where it is not that of its question.
    pub titled: Option<FieldId>,
    /// The outermost group or repeat that it lies in, itself counted.
    pub section: Option<FieldId>,
}

/// The pages of a form, by the repeat in whose rows they are asked, in the order of the sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline(Map<Option<FieldId>, Vec<PagePlan>>);

impl Outline {
    /// Divides a form into pages.
    #[must_use]
    pub fn of(form: &Form) -> Self {
        let mut inside: Map<Option<FieldId>, Vec<FieldId>> = Map::new();
        for (id, field) in form.ids() {
            inside.entry(field.parent).or_default().push(id);
        }
        let mut division = Division { form, inside, pages: Map::new() };
        division.divide(None, None, None);
        Self(division.pages)
    }

    /// The pages in rows of `scope`; `None`: of the household itself.
    #[must_use]
    pub fn pages(&self, scope: Option<FieldId>) -> &[PagePlan] {
        self.0.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// The page of this id, with the repeat in whose rows it is asked.
    #[must_use]
    pub fn find(&self, id: FieldId) -> Option<(Option<FieldId>, &PagePlan)> {
        let mut all = self.0.iter().flat_map(|(scope, pages)| pages.iter().map(move |page| (*scope, page)));
        all.find(|(_, page)| page.id == id)
    }

    /// The page on which a field stands.
    #[must_use]
    pub fn page_of(&self, field: FieldId) -> Option<&PagePlan> {
        let stands = |page: &&PagePlan| match &page.content {
            Content::Questions(fields) => fields.contains(&field),
            Content::Rows(repeat) => *repeat == field,
        };
        self.0.values().flatten().find(stands)
    }
}

/// What a field is on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Question,
    /// Shown, not answered.
    Shown,
    Unseen,
}

fn part(field: &Field) -> Part {
    match field.kind {
        Kind::Group | Kind::Repeat | Kind::Hidden | Kind::Metadata(_) | Kind::Calculate => Part::Unseen,
        Kind::Note => Part::Shown,
        _ if field.calculation.is_some() && field.trigger.is_empty() => Part::Shown,
        _ => Part::Question,
    }
}

struct Division<'a> {
    form: &'a Form,
    inside: Map<Option<FieldId>, Vec<FieldId>>,
    pages: Map<Option<FieldId>, Vec<PagePlan>>,
}

impl Division<'_> {
    fn divide(&mut self, parent: Option<FieldId>, scope: Option<FieldId>, section: Option<FieldId>) {
        let mut notes: Vec<FieldId> = Vec::new();
        for id in self.inside.get(&parent).cloned().unwrap_or_default() {
            let field = self.form.field(id);
            let within = section.or(Some(id));
            match (&field.kind, part(field)) {
                (Kind::Group, _) => {
                    self.end_notes(&mut notes, scope, section);
                    if field.appearance.split_whitespace().any(|word| word == "field-list") {
                        self.field_list(id, scope, within);
                    } else {
                        self.divide(Some(id), scope, within);
                    }
                }
                (Kind::Repeat, _) => {
                    self.end_notes(&mut notes, scope, section);
                    self.repeat(id, scope, within);
                }
                (_, Part::Shown) => notes.push(id),
                (_, Part::Question) => {
                    let alone = notes.is_empty();
                    let mut fields = std::mem::take(&mut notes);
                    fields.push(id);
                    if !(alone && self.joins(id, parent, scope)) {
                        self.add(scope, id, Content::Questions(fields), None, section);
                    }
                }
                (_, Part::Unseen) => {}
            }
        }
        self.end_notes(&mut notes, scope, section);
    }

    /// Notes behind the last question have a page of their own.
    fn end_notes(&mut self, notes: &mut Vec<FieldId>, scope: Option<FieldId>, section: Option<FieldId>) {
        let fields = std::mem::take(notes);
        if let Some(first) = fields.first().copied() {
            self.add(scope, first, Content::Questions(fields), None, section);
        }
    }

    fn repeat(&mut self, id: FieldId, scope: Option<FieldId>, section: Option<FieldId>) {
        self.add(scope, id, Content::Rows(id), None, section);
        self.divide(Some(id), Some(id), section);
    }

    /// All of a group on one page; the repeats in it have pages of their own behind it.
    fn field_list(&mut self, group: FieldId, scope: Option<FieldId>, section: Option<FieldId>) {
        let (mut fields, mut repeats) = (Vec::new(), Vec::new());
        self.gather(group, &mut fields, &mut repeats);
        if !fields.is_empty() {
            self.add(scope, group, Content::Questions(fields), Some(group), section);
        }
        for repeat in repeats {
            self.repeat(repeat, scope, section);
        }
    }

    fn gather(&self, group: FieldId, fields: &mut Vec<FieldId>, repeats: &mut Vec<FieldId>) {
        for id in self.inside.get(&Some(group)).into_iter().flatten() {
            match (&self.form.field(*id).kind, part(self.form.field(*id))) {
                (Kind::Group, _) => self.gather(*id, fields, repeats),
                (Kind::Repeat, _) => repeats.push(*id),
                (_, Part::Unseen) => {}
                _ => fields.push(*id),
            }
        }
    }

    fn add(
        &mut self,
        scope: Option<FieldId>,
        id: FieldId,
        content: Content,
        titled: Option<FieldId>,
        section: Option<FieldId>,
    ) {
        self.pages.entry(scope).or_default().push(PagePlan { id, content, titled, section });
    }

    /// Puts a question on the page before it, where the two may share one.
    fn joins(&mut self, id: FieldId, parent: Option<FieldId>, scope: Option<FieldId>) -> bool {
        let Some(list) = short_list(self.form, self.form.field(id)) else { return false };
        let Some(last) = self.pages.get_mut(&scope).and_then(|pages| pages.last_mut()) else { return false };
        let Content::Questions(fields) = &mut last.content else { return false };
        let is_like = |other: &FieldId| {
            let other = self.form.field(*other);
            other.parent == parent && short_list(self.form, other) == Some(list)
        };
        if last.titled.is_some() || fields.len() >= SHARED_QUESTIONS_MAX || !fields.iter().all(is_like) {
            return false;
        }
        fields.push(id);
        true
    }
}

/// The list from which a question chooses one of few.
fn short_list<'f>(form: &'f Form, field: &'f Field) -> Option<&'f str> {
    let Kind::SelectOne(ChoiceSource::List(list)) = &field.kind else { return None };
    let is_short = form.lists.get(list).is_some_and(|list| list.choices.len() <= SHARED_CHOICES_MAX);
    (is_short && field.appearance.is_empty() && part(field) == Part::Question).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(form: &Form, outline: &Outline, scope: Option<FieldId>) -> Vec<String> {
        let name = |id: &FieldId| form.field(*id).name.as_str();
        let pages = outline.pages(scope).iter();
        pages
            .map(|page| match &page.content {
                Content::Questions(fields) => fields.iter().map(name).collect::<Vec<_>>().join(" "),
                Content::Rows(repeat) => format!("[{}]", name(repeat)),
            })
            .collect()
    }

    #[test]
    fn the_household_form_asks_one_question_on_a_page_and_like_ones_together() {
        let workbook = include_bytes!("../../../data/forms/household.xlsx");
        let form =
            survey_form::xlsform::compile(workbook, "household").form.expect("the built-in form compiles");
        let outline = Outline::of(&form);
        let pages = names(&form, &outline, None);
        assert_eq!(pages.first().map(String::as_str), Some("[visit]"));
        assert!(pages.contains(&"debt_informal savings_any assets_over_100k".to_owned()), "{pages:?}");
        assert!(pages.contains(&"roof_condition".to_owned()), "four choices are too many: {pages:?}");
        let member = form.ids().find(|(_, field)| field.name == "member").map(|(id, _)| id);
        let pages = names(&form, &outline, member);
        assert_eq!(pages.first().map(String::as_str), Some("m_name"));
        assert!(!pages.iter().any(|page| page.contains("age")), "a calculation has no page: {pages:?}");
    }
}
