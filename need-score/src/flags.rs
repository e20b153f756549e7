//! The 19 flags: what a household lacks, in five dimensions.

use crate::household::{Household, Member, is};
use crate::parameters::Parameters;

/// What is known of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Known {
    /// Deprived.
    Yes,
    /// Not deprived.
    No,
    /// Not answered, or hidden by consent.
    #[default]
    Unknown,
    /// There is nobody that it could apply to.
    NotApplicable,
}

use Known::{No, NotApplicable, Unknown, Yes};

impl Known {
    fn of(answer: Option<bool>) -> Self {
        answer.map_or(Unknown, |deprived| if deprived { Yes } else { No })
    }

    /// Of several subjects: one is enough; one that is unknown leaves it open.
    fn any(subjects: impl IntoIterator<Item = Option<bool>>) -> Self {
        let mut all = NotApplicable;
        for subject in subjects {
            match subject {
                Some(true) => return Yes,
                None => all = Unknown,
                Some(false) if all == NotApplicable => all = No,
                Some(false) => {}
            }
        }
        all
    }

    /// Of several people who could make it untrue: one is enough.
    fn none_of(people: impl IntoIterator<Item = Option<bool>>) -> Self {
        let (mut some, mut open) = (false, false);
        for person in people {
            match person {
                Some(true) => return No,
                None => open = true,
                Some(false) => {}
            }
            some = true;
        }
        match (some, open) {
            (false, _) => NotApplicable,
            (true, true) => Unknown,
            (true, false) => Yes,
        }
    }
}

/// A dimension of TPMAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// สุขภาพ
    Health,
    /// ความเป็นอยู่
    Living,
    /// การศึกษา
    Education,
    /// รายได้
    Income,
    /// การเข้าถึงบริการรัฐ
    Access,
}

impl Dimension {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Health, Self::Living, Self::Education, Self::Income, Self::Access];

    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Living => "living",
            Self::Education => "education",
            Self::Income => "income",
            Self::Access => "access",
        }
    }

    /// Its flags, in order.
    #[must_use]
    pub fn flags(self) -> &'static [Flag] {
        let (first, end) = match self {
            Self::Health => (0, 3),
            Self::Living => (3, 9),
            Self::Education => (9, 11),
            Self::Income => (11, 15),
            Self::Access => (15, 19),
        };
        &Flag::ALL[first..end]
    }
}

/// One of the 19 flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "`Flag::reason_en` says what each is")]
pub enum Flag {
    H1,
    H2,
    H3,
    L1,
    L2,
    L3,
    L4,
    L5,
    L6,
    E1,
    E2,
    I1,
    I2,
    I3,
    I4,
    A1,
    A2,
    A3,
    A4,
}

impl Flag {
    /// All of them, in order.
    pub const ALL: [Self; 19] = [
        Self::H1,
        Self::H2,
        Self::H3,
        Self::L1,
        Self::L2,
        Self::L3,
        Self::L4,
        Self::L5,
        Self::L6,
        Self::E1,
        Self::E2,
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::A1,
        Self::A2,
        Self::A3,
        Self::A4,
    ];

    /// Its name in data, e.g. `L2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 19] = [
            "H1", "H2", "H3", "L1", "L2", "L3", "L4", "L5", "L6", "E1", "E2", "I1", "I2", "I3", "I4", "A1",
            "A2", "A3", "A4",
        ];
        NAMES[self as usize]
    }
}

/// What is known of every flag of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags([Known; 19]);

impl Flags {
    /// Works them out.
    #[must_use]
    pub fn of(household: &Household, parameters: &Parameters) -> Self {
        let rules = Rules { household, parameters };
        Self(Flag::ALL.map(|flag| rules.flag(flag)))
    }

    /// Of each what `known` says.
    #[must_use]
    pub fn from_fn(known: impl FnMut(Flag) -> Known) -> Self {
        Self(Flag::ALL.map(known))
    }

    /// These, but for some.
    pub(crate) fn with<const N: usize>(mut self, others: [(Flag, Known); N]) -> Self {
        others.into_iter().for_each(|(flag, known)| self.0[flag as usize] = known);
        self
    }

    /// What is known of one.
    #[must_use]
    pub fn get(&self, flag: Flag) -> Known {
        self.0[flag as usize]
    }

    /// Each with what is known of it, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Flag, Known)> + '_ {
        Flag::ALL.into_iter().map(|flag| (flag, self.get(flag)))
    }
}

const INSECURE: [&str; 6] = ["state_no_permit", "canal", "railway", "forest", "private_squat", "homeless"];
const NEEDS_CARE: [&str; 3] = ["chronic_help", "homebound", "bedridden"];

/// The rules, with what they ask for.
pub(crate) struct Rules<'a> {
    pub(crate) household: &'a Household,
    pub(crate) parameters: &'a Parameters,
}

impl Rules<'_> {
    pub(crate) fn flag(&self, flag: Flag) -> Known {
        match flag {
            Flag::H1 => self.without_health_scheme(),
            Flag::H2 => self.without_caregiver(),
            Flag::H3 => self.without_food(),
            Flag::L1 => self.insecure_tenure(),
            Flag::L2 => self.house_in_decay(),
            Flag::L3 => self.without_water(),
            Flag::L4 => {
                Known::of(self.household.electricity.as_ref().map(|code| is(Some(code), &["shared", "none"])))
            }
            Flag::L5 if self.is_homeless() => Yes,
            Flag::L5 => Known::of(self.household.toilet.as_ref().map(|toilet| toilet != "own")),
            Flag::L6 if self.is_homeless() => NotApplicable,
            Flag::L6 => {
                let crowd = self.household.persons_per_room();
                Known::of(crowd.map(|persons| persons > self.parameters.overcrowd))
            }
            Flag::E1 => Known::any(
                self.aged(6, 15).map(|(_, child)| child.and_then(|c| lacks(c.m_in_school.as_ref()))),
            ),
            Flag::E2 => self.without_primary_education(),
            Flag::I1 => {
                let income = self.household.income_per_person();
                Known::of(income.map(|income| income < line(self.parameters.income_line)))
            }
            Flag::I2 => self.without_work(),
            Flag::I3 => Known::of(lacks(self.household.savings_any.as_ref())),
            Flag::I4 => self.in_debt(),
            Flag::A1 => self.card_by_income(self.card_of_the_grown()),
            Flag::A2 => self.without_allowance(),
            Flag::A3 => self.grant_by_income(self.grant_of_children()),
            Flag::A4 => self.without_papers(),
        }
    }

    pub(crate) fn is_homeless(&self) -> bool {
        is(self.household.tenure.as_ref(), &["homeless"])
    }

    /// Those from one age to another, both included. Of whom the year of birth is not known it is not
    /// known either whether they belong to it: they come without their answers.
    fn aged(&self, from: i64, to: i64) -> impl Iterator<Item = (&Member, Option<&Member>)> {
        self.household.members.iter().filter_map(move |member| match member.m_birth_year_be {
            None => Some((member, None)),
            Some(year) => {
                (from..=to).contains(&(self.parameters.year_be - year)).then_some((member, Some(member)))
            }
        })
    }

    fn without_health_scheme(&self) -> Known {
        Known::any(self.household.members.iter().map(|member| match member.m_health_scheme.as_deref() {
            None | Some("unknown") => None,
            Some(scheme) => Some(scheme == "none"),
        }))
    }

    fn without_caregiver(&self) -> Known {
        if !self.household.has_full_consent() {
            return Unknown;
        }
        let dependent = self.household.members.iter().filter(|m| is(m.m_dependency.as_ref(), &NEEDS_CARE));
        Known::any(dependent.map(|member| lacks(member.m_has_caregiver.as_ref())))
    }

    fn without_food(&self) -> Known {
        let hungry = self.household.needs.iter().any(|need| {
            is(need.need_category.as_ref(), &["food"]) && is(need.need_urgency.as_ref(), &["now", "month"])
        });
        Known::of(Some(hungry))
    }

    fn insecure_tenure(&self) -> Known {
        let eviction = self.household.eviction_risk;
        if is(self.household.tenure.as_ref(), &INSECURE) || eviction.is_some_and(|grade| grade >= 2) {
            return Yes;
        }
        if self.household.tenure.is_some() && eviction.is_some() { No } else { Unknown }
    }

    fn house_in_decay(&self) -> Known {
        if self.is_homeless() {
            return Yes;
        }
        let parts = self.household.parts();
        if parts.contains(&Some(3)) {
            return Yes;
        }
        let [Some(_), Some(_), Some(_), Some(structure)] = parts else { return Unknown };
        let poor = parts.iter().filter(|part| part.is_some_and(|grade| grade >= 2)).count();
        Known::of(Some(poor >= 2 || structure >= 2))
    }

    fn without_water(&self) -> Known {
        let (source, enough) = (self.household.drinking_water.as_ref(), self.household.water_enough.as_ref());
        if is(source, &["surface", "other"]) || is(enough, &["no"]) {
            return Yes;
        }
        if source.is_some() && is(enough, &["yes"]) { No } else { Unknown }
    }

    fn without_primary_education(&self) -> Known {
        let adults = self.aged(15, 59).filter(|(adult, _)| !is(adult.m_occupation.as_ref(), &["student"]));
        Known::none_of(adults.map(|(_, adult)| {
            let education = adult?.m_education.as_ref()?;
            Some(!is(Some(education), &["none", "below_primary"]))
        }))
    }

    fn without_work(&self) -> Known {
        let able = self.aged(15, 59).filter(|(adult, _)| {
            !is(adult.m_occupation.as_ref(), &["student", "unable"])
                && !is(adult.m_dependency.as_ref(), &["bedridden", "homebound"])
        });
        Known::none_of(able.map(|(_, adult)| {
            let occupation = adult?.m_occupation.as_ref()?;
            Some(!is(Some(occupation), &["none", "home"]))
        }))
    }

    fn in_debt(&self) -> Known {
        let more_than_income =
            self.household.debt_total.zip(self.household.income_year).map(|(debt, income)| debt > income);
        if is(self.household.debt_informal.as_ref(), &["yes"]) { Yes } else { Known::of(more_than_income) }
    }

    /// A1 of what it is where income is no bar.
    pub(crate) fn card_by_income(&self, of_the_grown: Known) -> Known {
        match self.household.income_per_person() {
            None => Unknown,
            Some(income) if income > line(self.parameters.card_income_line) => NotApplicable,
            Some(_) => of_the_grown,
        }
    }

    pub(crate) fn card_of_the_grown(&self) -> Known {
        let mut grown = self.aged(18, i64::MAX).peekable();
        if grown.peek().is_none() {
            return NotApplicable;
        }
        let mut all = Unknown;
        for (adult, of_age) in grown {
            match adult.m_card_status.as_deref() {
                Some("holder") => return No,
                None | Some("unknown") => {}
                Some(_) if of_age.is_none() => {}
                Some(_) => all = Yes,
            }
        }
        all
    }

    fn without_allowance(&self) -> Known {
        let old = self
            .aged(60, i64::MAX)
            .map(|(_, old)| old.and_then(|m| goes_without(m, &["old_age", "pension"])));
        let disabled = self.household.members.iter().filter(|member| {
            self.household.has_full_consent()
                && member.m_disability.iter().flatten().any(|disability| disability != "none")
        });
        Known::any(old.chain(disabled.map(|member| goes_without(member, &["disability"]))))
    }

    /// A3 of what it is where income is no bar.
    pub(crate) fn grant_by_income(&self, of_children: Known) -> Known {
        match self.household.income_per_person() {
            Some(income) if income <= line(self.parameters.card_income_line) => of_children,
            _ => NotApplicable,
        }
    }

    pub(crate) fn grant_of_children(&self) -> Known {
        let children = self.aged(i64::MIN, 6);
        Known::any(children.map(|(_, child)| child.and_then(|child| goes_without(child, &["child"]))))
    }

    fn without_papers(&self) -> Known {
        let registration = self.household.house_registration.as_deref();
        let stateless =
            self.household.members.iter().any(|m| is(m.m_id_status.as_ref(), &["stateless", "no_card"]));
        match registration {
            _ if stateless => Yes,
            Some("none") => Yes,
            None | Some("unknown") => Unknown,
            Some(_) => No,
        }
    }
}

/// Whether a yes-no question was answered with no.
fn lacks(answer: Option<&String>) -> Option<bool> {
    match answer?.as_str() {
        "no" => Some(true),
        "yes" => Some(false),
        _ => None,
    }
}

/// Whether a member receives none of these allowances.
fn goes_without(member: &Member, benefits: &[&str]) -> Option<bool> {
    let received = member.m_benefits.as_ref()?;
    Some(!received.iter().any(|benefit| benefits.contains(&benefit.as_str())))
}

#[expect(clippy::cast_precision_loss, reason = "baht are far below 2^53")]
fn line(baht: i64) -> f64 {
    baht as f64
}
