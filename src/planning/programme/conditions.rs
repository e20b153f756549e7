//! The conditions that the rules of programmes are made of.

use jiff::civil::Date;
use need_score::{Dimension, Flag, Known, Member, Score, Tier};
use survey_form::thai;

use super::matching::{Condition, Facts, is};
use super::missing::{Missing, is_open, of_flag};
use super::parameters::RuleParameters;
use crate::planning::fiscal::{show_date, year_be};
use crate::planning::told::Told;

/// By what right a household may repair the house that it lives in.
const MAY_BUILD: [&str; 5] = ["own", "family_land", "other_land_permit", "rent_land", "state_permit"];

/// Help with the house after which Baan Por Piang waits.
const SAME_KIND_OF_AID: [&str; 2] = ["bpp", "bmk"];

/// What conditions ask.
pub(super) struct Asking<'a> {
    pub(super) facts: &'a Facts,
    pub(super) score: &'a Score,
    pub(super) parameters: &'a RuleParameters,
    pub(super) today: Date,
}

impl Asking<'_> {
    /// A flag, with its own words as the reason.
    pub(super) fn flag(&self, flag: Flag) -> Condition {
        match self.score.flags.get(flag) {
            Known::Yes => Condition::Holds(vec![Told::new(flag.reason_th(), flag.reason_en())]),
            Known::Unknown => Condition::Open(of_flag(&self.facts.household, flag)),
            Known::No | Known::NotApplicable => Condition::Fails(Told::new(
                format!("ไม่พบว่า{}", flag.reason_th()),
                format!("it is not so that: {}", flag.reason_en()),
            )),
        }
    }

    pub(super) fn decay_or_toilet(&self, th: &str, en: &str) -> Condition {
        Condition::any([self.flag(Flag::L2), self.flag(Flag::L5)], Told::new(th, en))
    }

    pub(super) fn insecure(&self) -> Condition {
        match self.flag(Flag::L1) {
            Condition::Fails(_) => {
                Condition::Fails(Told::new("ที่อยู่อาศัยมั่นคง ไม่เสี่ยงถูกไล่รื้อ", "tenure is secure"))
            }
            other => other,
        }
    }

    /// Whether the tenure is this one.
    pub(super) fn tenure_is(&self, wanted: &str, yes: Told, no: Told) -> Condition {
        let Some(tenure) = &self.facts.household.tenure else { return open("tenure") };
        Condition::of(tenure == wanted, yes, no)
    }

    pub(super) fn may_build_where_it_stands(&self) -> Condition {
        let Some(tenure) = &self.facts.household.tenure else { return open("tenure") };
        Condition::of(
            MAY_BUILD.contains(&tenure.as_str()),
            Told::new("มีสิทธิอยู่และซ่อมบ้านในที่ดินนี้", "may live and build where the house stands"),
            Told::new("ไม่มีสิทธิซ่อมหรือสร้างบ้านในที่ดินนี้", "has no right to build where it lives"),
        )
    }

    pub(super) fn income_within_line(&self) -> Condition {
        let household = &self.facts.household;
        let Some(income) = household.income_per_person() else {
            let asked =
                [("household_size", household.household_size), ("income_year", household.income_year)];
            let lacking = asked.iter().filter(|(_, answer)| answer.is_none_or(|number| number <= 0));
            return Condition::Open(lacking.map(|(question, _)| Missing::new(question)).collect());
        };
        let most = u32::try_from(self.parameters.income_line).unwrap_or(u32::MAX);
        let (shown, line) = (baht(income), thai::show_baht(most.into()));
        Condition::of(
            income <= f64::from(most),
            Told::new(
                format!("รายได้ต่อคน {shown} บาทต่อปี ไม่เกิน {line} บาท"),
                format!("income of {shown} baht per person and year, within {line}"),
            ),
            Told::new(
                format!("รายได้ต่อคน {shown} บาทต่อปี เกิน {line} บาท"),
                format!("income of {shown} baht per person and year, above {line}"),
            ),
        )
    }

    /// Years are told, not days: with five years, help in 2564 no longer stands in the way in 2569.
    pub(super) fn no_recent_aid(&self) -> Condition {
        let Some(aid) = &self.facts.past_housing_aid else { return open("past_housing_aid") };
        let never =
            Told::new("ไม่เคยได้รับบ้านพอเพียงหรือบ้านมั่นคง", "had neither Baan Por Piang nor Baan Mankong before");
        if !aid.iter().any(|kind| SAME_KIND_OF_AID.contains(&kind.as_str())) {
            return Condition::Holds(vec![never]);
        }
        let Some(year) = self.facts.past_aid_year_be else { return open("past_aid_year_be") };
        let years = self.parameters.aid_years;
        Condition::of(
            year <= year_be(self.today) - years,
            Told::new(
                format!("เคยได้รับบ้านพอเพียงหรือบ้านมั่นคงเมื่อปี {year} ครบ {years} ปีแล้ว"),
                format!("had Baan Por Piang or Baan Mankong in {year}, {years} years ago or more"),
            ),
            Told::new(
                format!("ได้รับบ้านพอเพียงหรือบ้านมั่นคงเมื่อปี {year} ยังไม่ครบ {years} ปี"),
                format!("had Baan Por Piang or Baan Mankong in {year}, less than {years} years ago"),
            ),
        )
    }

    pub(super) fn settlement_large_enough(&self) -> Condition {
        let Some(households) = self.facts.settlement.households else { return open("settlement_households") };
        let least = self.parameters.settlement_households;
        Condition::of(
            i64::from(households) >= least,
            Told::new(
                format!("อยู่ในชุมชนที่มี {households} ครัวเรือน"),
                format!("lives in a settlement of {households} households"),
            ),
            Told::new(
                format!("ชุมชนมี {households} ครัวเรือน ไม่ถึง {least} ครัวเรือน"),
                format!("the settlement has {households} households, fewer than {least}"),
            ),
        )
    }

    pub(super) fn settlement_saves(&self) -> Condition {
        let Some(saves) = self.facts.settlement.saves_together else { return open("settlement_saves") };
        Condition::of(
            saves,
            Told::new("ชุมชนออมทรัพย์ร่วมกัน", "the settlement saves together"),
            Told::new("ชุมชนยังไม่ได้ออมทรัพย์ร่วมกัน", "the settlement does not save together yet"),
        )
    }

    pub(super) fn canal_listed(&self) -> Condition {
        let Some(canal) = &self.facts.settlement.canal else { return open("canal") };
        let folded = thai::fold_text(canal);
        let name = folded.strip_prefix("คลอง").unwrap_or(&folded).trim();
        let listed = self.parameters.canals.iter().any(|known| thai::fold_text(known) == name);
        let canals = self.parameters.canals.join(", ");
        Condition::of(
            listed,
            Told::new(format!("คลอง{name}อยู่ในโครงการ"), format!("canal {name} is in the programme")),
            Told::new(
                format!("คลอง{name}ไม่อยู่ในโครงการ ({canals})"),
                format!("canal {name} is not in the programme ({canals})"),
            ),
        )
    }

    pub(super) fn event_counts(&self) -> Condition {
        let Some(event) = &self.facts.household.housing_event else { return open("housing_event") };
        let (th, en, counts) = match event.as_str() {
            "fire" => ("ไฟไหม้บ้าน", "the house burnt", true),
            "eviction" => ("ถูกไล่รื้อ", "the household was evicted", true),
            "collapse" => ("บ้านพัง", "the house collapsed", true),
            "flood" => ("น้ำท่วมบ้านเสียหาย", "a flood damaged the house", self.parameters.floods_and_storms),
            "storm" => ("พายุทำบ้านเสียหาย", "a storm damaged the house", self.parameters.floods_and_storms),
            _ => ("ไม่มีเหตุเกิดกับบ้าน", "nothing happened to the house", false),
        };
        let none = if event == "none" {
            Told::new(th, en)
        } else {
            Told::new(format!("{th} แต่เหตุนี้ไม่อยู่ในเกณฑ์"), format!("{en}, which does not count here"))
        };
        Condition::of(counts, Told::new(th, en), none)
    }

    /// The form does not ask for the day of an event: it is counted from the visit, the last day on which
    /// it can have happened.
    pub(super) fn event_recent(&self) -> Condition {
        let Some(visit) = self.facts.visited_on else { return open("visit_date") };
        let days = (self.today - visit).get_days();
        let (most, on) = (self.parameters.event_days, show_date(visit));
        Condition::of(
            i64::from(days) <= most,
            Told::new(
                format!("แจ้งเหตุเมื่อ {} ไม่เกิน {most} วัน กรุณาถามวันที่เกิดเหตุ", on.th),
                format!("told at the visit of {}, within {most} days; ask for the day of the event", on.en),
            ),
            Told::new(
                format!("เหตุเกิดก่อนวันที่เยี่ยมบ้าน {} เกิน {most} วันแล้ว", on.th),
                format!("it happened before the visit of {}, more than {most} days ago", on.en),
            ),
        )
    }

    pub(super) fn elder_or_disabled(&self) -> Condition {
        let household = &self.facts.household;
        if household.members.is_empty() {
            return open("member");
        }
        let may_look = household.consent.as_deref() == Some("full");
        let members = household.members.iter();
        let each = members.flat_map(|member| [self.elder(member), disabled(member, may_look)]);
        Condition::any(each, Told::new("ไม่มีผู้สูงอายุหรือคนพิการในบ้าน", "nobody is an elder or disabled"))
    }

    fn elder(&self, member: &Member) -> Condition {
        let Some(born) = member.m_birth_year_be else { return open("m_birth_year_be") };
        let (age, from) = (year_be(self.today) - born, self.parameters.elder_age);
        let elder = Told::new(format!("มีผู้สูงอายุ {age} ปี"), format!("somebody is {age} years old"));
        Condition::of(age >= from, elder, nothing())
    }

    /// Whom the card misses, or who wants help with it. Whoever lacks access to the card is poor by it.
    pub(super) fn missed_or_wants_help(&self) -> Condition {
        Condition::any(
            [self.flag(Flag::A1), self.wants_help()],
            Told::new(
                "มีผู้ถือบัตรหรือไม่เข้าเกณฑ์บัตร และไม่ได้ขอให้ช่วยลงทะเบียน",
                "somebody holds the card or it is not for them, and nobody asked for help",
            ),
        )
    }

    /// The question is asked where somebody was rejected or never registered.
    fn wants_help(&self) -> Condition {
        let household = &self.facts.household;
        let age_known_child =
            |m: &&Member| m.m_birth_year_be.is_some_and(|born| year_be(self.today) - born < 18);
        let adults = || household.members.iter().filter(|member| !age_known_child(member));
        let unserved = |m: &Member| matches!(m.m_card_status.as_deref(), Some("rejected" | "not_registered"));
        match household.reg_help_needed.as_deref() {
            Some("yes") => {
                Condition::Holds(vec![Told::new("ขอให้ช่วยลงทะเบียนบัตร", "asks for help to register")])
            }
            Some("no") => Condition::Fails(nothing()),
            _ if household.members.is_empty() => open("member"),
            _ if adults().any(unserved) => open("reg_help_needed"),
            _ if adults().any(|m| is_open(m.m_card_status.as_deref())) => open("m_card_status"),
            _ => Condition::Fails(nothing()),
        }
    }

    /// The flags count nobody as disabled who may not be looked at, and no child as in need whose
    /// household's income is not known: here both are open.
    pub(super) fn allowance_due(&self) -> Condition {
        let household = &self.facts.household;
        if household.members.is_empty() {
            return open("member");
        }
        let lacks =
            |m: &Member, benefit: &str| !m.m_benefits.iter().flatten().any(|received| received == benefit);
        let may_look = household.consent.as_deref() == Some("full");
        let maybe_disabled = |m: &Member| {
            lacks(m, "disability")
                && !matches!(disabled(m, may_look), Condition::Fails(_) | Condition::Holds(_))
        };
        let maybe_child = |m: &Member| {
            lacks(m, "child") && m.m_birth_year_be.is_none_or(|born| year_be(self.today) - born <= 7)
        };
        let mut several = vec![self.flag(Flag::A2), self.flag(Flag::A3)];
        if household.members.iter().any(maybe_disabled) {
            several.push(open("m_disability"));
        }
        if household.income_per_person().is_none() && household.members.iter().any(maybe_child) {
            several.push(self.income_within_line());
        }
        let received = Told::new("ได้รับเบี้ยและเงินอุดหนุนที่ควรได้แล้ว", "the allowances that are due are received");
        Condition::any(several, received)
    }

    pub(super) fn fund_exists(&self) -> Condition {
        let membership = self.facts.fund_membership.as_deref();
        if is_open(membership) {
            return open("fund_membership");
        }
        Condition::of(
            membership != Some("no_fund"),
            Told::new(
                "ตำบลนี้มีกองทุนสวัสดิการ ให้พิจารณาตามระเบียบกองทุน",
                "the tambon has a welfare fund, whose own rules decide",
            ),
            Told::new("ตำบลนี้ไม่มีกองทุนสวัสดิการ", "the tambon has no welfare fund"),
        )
    }

    /// Whether the tier is 1 or 2, or could be if more were known.
    pub(super) fn pressing_enough(&self) -> Condition {
        let tier = self.score.tier as u8;
        if self.score.tier <= Tier::Severe {
            let told = Told::new(format!("ความเร่งด่วนระดับ {tier}"), format!("tier {tier}"));
            return Condition::Holds(vec![told]);
        }
        let missing = self.could_press();
        if !missing.is_empty() {
            return Condition::Open(missing);
        }
        Condition::Fails(Told::new(
            format!("ความเร่งด่วนระดับ {tier} ยังไม่ถึงระดับ 2"),
            format!("tier {tier}, below tier 2"),
        ))
    }

    /// What, if it were answered otherwise than hoped, would make a household of tier 3 or 4 one of tier 1
    /// or 2.
    fn could_press(&self) -> Vec<Missing> {
        let (household, score) = (&self.facts.household, self.score);
        let members = &household.members;
        let bedridden = |m: &Member| m.m_dependency.as_deref() == Some("bedridden");
        let alone = members.iter().any(|m| bedridden(m) && is_open(m.m_has_caregiver.as_deref()));
        let mut missing: Vec<Missing> = [
            ("tenure", household.tenure.is_none()),
            ("eviction_risk", household.eviction_risk.is_none()),
            ("housing_event", household.housing_event.is_none()),
            ("m_dependency", members.iter().any(|m| m.m_dependency.is_none())),
            ("m_has_caregiver", alone),
        ]
        .into_iter()
        .filter(|(_, open)| *open)
        .map(|(question, _)| Missing::new(question))
        .collect();
        let may_be = |dimension: &Dimension| {
            let open = |flag: &Flag| matches!(score.flags.get(*flag), Known::Yes | Known::Unknown);
            dimension.flags().iter().any(open)
        };
        let dimensions = Dimension::ALL.iter().filter(|dimension| may_be(dimension)).count();
        if dimensions >= 3 || score.need_max >= self.parameters.severe_need {
            let unknown = Flag::ALL.into_iter().filter(|flag| is(score, *flag, Known::Unknown));
            missing.extend(unknown.flat_map(|flag| of_flag(household, flag)));
        }
        missing
    }
}

fn disabled(member: &Member, may_look: bool) -> Condition {
    let kinds = member.m_disability.as_ref().filter(|_| may_look);
    let Some(kinds) = kinds else { return open("m_disability") };
    let somebody = Told::new("มีคนพิการในบ้าน", "somebody is disabled");
    Condition::of(kinds.iter().any(|kind| kind != "none"), somebody, nothing())
}

fn open(question: &'static str) -> Condition {
    Condition::Open(vec![Missing::new(question)])
}

/// For a condition that is one of several, which have a sentence together.
fn nothing() -> Told {
    Told::new("", "")
}

/// Whole baht, halves up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "incomes are far below 2^53")]
fn baht(income: f64) -> String {
    thai::show_baht((income.max(0.0) + 0.5) as u64)
}
