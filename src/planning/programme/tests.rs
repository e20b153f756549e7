//! The ten rules, each on households that match, do not, and leave it open.

#![allow(clippy::unwrap_used)]

use jiff::civil::{Date, date};
use need_score::{Household, Member, Parameters, score};
use proptest::prelude::*;

use super::*;
use crate::planning::told::Told;

const TODAY: Date = date(2026, 11, 1);

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A sound household of which every answer is known: it matches nothing.
fn sound() -> Facts {
    let member = Member {
        m_birth_year_be: Some(2530),
        m_disability: Some(vec!["none".to_owned()]),
        m_dependency: text("well"),
        m_education: text("primary"),
        m_occupation: text("labour"),
        m_card_status: text("holder"),
        m_benefits: Some(vec!["none".to_owned()]),
        m_health_scheme: text("uc"),
        m_id_status: text("thai_id"),
        ..Member::default()
    };
    let household = Household {
        consent: text("full"),
        household_size: Some(1),
        income_year: Some(90_000),
        debt_total: Some(0),
        debt_informal: text("no"),
        savings_any: text("yes"),
        tenure: text("own"),
        eviction_risk: Some(0),
        roof_condition: Some(0),
        wall_condition: Some(0),
        floor_condition: Some(0),
        structure_condition: Some(0),
        toilet: text("own"),
        drinking_water: text("piped"),
        water_enough: text("yes"),
        electricity: text("own_meter"),
        sleeping_rooms: Some(1),
        hazards: Some(vec!["none".to_owned()]),
        housing_event: text("none"),
        house_registration: text("blue"),
        reg_help_needed: None,
        members: vec![member],
        needs: Vec::new(),
    };
    Facts {
        household,
        past_housing_aid: Some(vec!["none".to_owned()]),
        past_aid_year_be: None,
        fund_membership: text("all"),
        visited_on: Some(date(2026, 10, 1)),
        settlement: Settlement {
            households: Some(30),
            saves_together: Some(true),
            canal: text("คลองลาดพร้าว"),
        },
    }
}

fn decide(rule: Rule, change: impl FnOnce(&mut Facts)) -> Match {
    let mut facts = sound();
    change(&mut facts);
    let score = score(&facts.household, &Parameters::for_year(2569));
    matches(rule, &facts, &score, &RuleParameters::default(), TODAY)
}

#[track_caller]
fn assert_yes(rule: Rule, change: impl FnOnce(&mut Facts)) {
    let decided = decide(rule, change);
    assert_eq!(decided.verdict, Verdict::Yes, "{decided:?}");
    assert!(!decided.reasons.is_empty() && decided.missing.is_empty());
}

#[track_caller]
fn assert_no(rule: Rule, reason: &str, change: impl FnOnce(&mut Facts)) {
    let decided = decide(rule, change);
    assert_eq!(decided.verdict, Verdict::No, "{decided:?}");
    assert!(decided.reasons.iter().any(|told| told.en.contains(reason)), "{decided:?}");
    assert!(decided.reasons.iter().all(|told| !told.th.is_empty()), "{decided:?}");
}

#[track_caller]
fn assert_open(rule: Rule, questions: &[&str], change: impl FnOnce(&mut Facts)) {
    let decided = decide(rule, change);
    assert_eq!(decided.verdict, Verdict::Unknown, "{decided:?}");
    let asked: Vec<&str> = decided.missing.iter().map(|missing| missing.question()).collect();
    assert_eq!(asked, questions);
}

#[test]
fn a_sound_household_matches_nothing() {
    for rule in Rule::ALL {
        let decided = decide(rule, |_| ());
        assert_eq!(decided.verdict, Verdict::No, "{rule:?}: {decided:?}");
    }
}

#[test]
fn baan_por_piang_is_for_decayed_houses_of_low_income_without_recent_aid() {
    let rule = Rule::BaanPorPiang;
    let decayed = |facts: &mut Facts| facts.household.roof_condition = Some(3);
    let with = |change: fn(&mut Facts)| {
        move |facts: &mut Facts| {
            decayed(facts);
            change(facts);
        }
    };
    assert_yes(rule, decayed);
    assert_yes(rule, |facts| facts.household.toilet = text("shared"));
    assert_yes(rule, with(|facts| facts.household.tenure = text("family_land")));
    assert_no(rule, "no right to build", with(|facts| facts.household.tenure = text("rent_house")));
    assert_no(rule, "above 100,000", with(|facts| facts.household.income_year = Some(100_001)));
    assert_yes(rule, with(|facts| facts.household.income_year = Some(100_000)));
    let aided = |year| {
        with(match year {
            2564 => |facts| {
                (facts.past_housing_aid, facts.past_aid_year_be) = (Some(vec!["bpp".into()]), Some(2564))
            },
            _ => |facts| {
                (facts.past_housing_aid, facts.past_aid_year_be) = (Some(vec!["bmk".into()]), Some(2565))
            },
        })
    };
    assert_yes(rule, aided(2564));
    assert_no(rule, "less than 5 years", aided(2565));
    assert_yes(rule, with(|facts| facts.past_housing_aid = Some(vec!["lao".to_owned()])));
    assert_open(
        rule,
        &["past_aid_year_be"],
        with(|facts| facts.past_housing_aid = Some(vec!["bpp".to_owned()])),
    );
    assert_open(rule, &["past_housing_aid"], with(|facts| facts.past_housing_aid = None));
    assert_open(rule, &["income_year"], with(|facts| facts.household.income_year = None));
    assert_open(rule, &["tenure"], with(|facts| facts.household.tenure = None));
    assert_open(rule, &["floor_condition", "toilet"], |facts| {
        (facts.household.floor_condition, facts.household.toilet) = (None, None);
    });
}

#[test]
fn baan_mankong_is_for_insecure_settlements_that_save() {
    let insecure = |facts: &mut Facts| facts.household.eviction_risk = Some(2);
    assert_yes(Rule::BaanMankong, insecure);
    assert_no(Rule::BaanMankong, "fewer than 5", |facts| {
        insecure(facts);
        facts.settlement.households = Some(4);
    });
    assert_no(Rule::BaanMankong, "does not save", |facts| {
        insecure(facts);
        facts.settlement.saves_together = Some(false);
    });
    assert_open(Rule::BaanMankong, &["settlement_households", "settlement_saves"], |facts| {
        insecure(facts);
        facts.settlement = Settlement::default();
    });
    assert_no(Rule::BaanMankong, "tenure is secure", |_| ());
}

#[test]
fn a_canal_has_to_be_in_the_programme() {
    let at_canal = |canal: Option<&'static str>| {
        move |facts: &mut Facts| {
            facts.household.tenure = text("canal");
            facts.settlement.canal = canal.map(str::to_owned);
        }
    };
    assert_yes(Rule::Canal, at_canal(Some("คลองลาดพร้าว")));
    assert_yes(Rule::Canal, at_canal(Some(" เปรมประชากร ")));
    assert_no(Rule::Canal, "not in the programme", at_canal(Some("คลองแสนแสบ")));
    assert_open(Rule::Canal, &["canal"], at_canal(None));
}

#[test]
fn railway_and_homeless_go_by_tenure() {
    for (rule, tenure) in [(Rule::Railway, "railway"), (Rule::HomelessCentre, "homeless")] {
        assert_yes(rule, |facts| facts.household.tenure = text(tenure));
        assert_no(rule, "", |facts| facts.household.tenure = text("own"));
        assert_open(rule, &["tenure"], |facts| facts.household.tenure = None);
    }
}

#[test]
fn an_event_counts_for_ninety_days_from_the_visit() {
    let rule = Rule::TemporaryHousing;
    let event = |event: &'static str, visited_on: Option<Date>| {
        move |facts: &mut Facts| {
            facts.household.housing_event = text(event);
            facts.visited_on = visited_on;
        }
    };
    assert_yes(rule, event("fire", Some(date(2026, 8, 3))));
    assert_no(rule, "more than 90 days", event("fire", Some(date(2026, 8, 2))));
    assert_no(rule, "does not count here", event("flood", Some(TODAY)));
    assert_open(rule, &["visit_date"], event("collapse", None));
    assert_open(rule, &["housing_event"], |facts| facts.household.housing_event = None);
    let mut facts = sound();
    event("flood", Some(TODAY))(&mut facts);
    let score = score(&facts.household, &Parameters::for_year(2569));
    let parameters = RuleParameters { floods_and_storms: true, ..RuleParameters::default() };
    assert_eq!(matches(rule, &facts, &score, &parameters, TODAY).verdict, Verdict::Yes);
}

#[test]
fn a_house_is_adapted_for_elders_and_disabled_persons() {
    let rule = Rule::HouseAdaptation;
    let decayed = |change: fn(&mut Facts)| {
        move |facts: &mut Facts| {
            facts.household.structure_condition = Some(2);
            change(facts);
        }
    };
    assert_no(rule, "nobody is an elder", decayed(|_| ()));
    assert_yes(rule, decayed(|facts| facts.household.members[0].m_birth_year_be = Some(2509)));
    assert_no(rule, "nobody", decayed(|facts| facts.household.members[0].m_birth_year_be = Some(2510)));
    let disabled =
        |facts: &mut Facts| facts.household.members[0].m_disability = Some(vec!["seeing".to_owned()]);
    assert_yes(rule, decayed(disabled));
    assert_open(rule, &["m_disability"], |facts| {
        decayed(disabled)(facts);
        facts.household.consent = text("no_sensitive");
    });
    assert_open(rule, &["member"], decayed(|facts| facts.household.members.clear()));
}

#[test]
fn the_card_is_for_those_whom_it_misses_or_who_ask() {
    let rule = Rule::CardHelp;
    assert_yes(rule, |facts| facts.household.members[0].m_card_status = text("rejected"));
    assert_yes(rule, |facts| facts.household.reg_help_needed = text("yes"));
    let richer = |status: &'static str| {
        move |facts: &mut Facts| {
            facts.household.income_year = Some(500_000);
            facts.household.members[0].m_card_status = text(status);
        }
    };
    assert_open(rule, &["reg_help_needed"], richer("rejected"));
    assert_open(rule, &["m_card_status"], richer("unknown"));
    assert_no(rule, "nobody asked", richer("applied"));
    assert_open(rule, &["income_year"], |facts| facts.household.income_year = None);
}

#[test]
fn allowances_that_are_due_are_applied_for() {
    let elder = |facts: &mut Facts| facts.household.members[0].m_birth_year_be = Some(2500);
    assert_yes(Rule::AllowanceHelp, elder);
    assert_open(Rule::AllowanceHelp, &["m_benefits"], |facts| {
        elder(facts);
        facts.household.members[0].m_benefits = None;
    });
}

#[test]
fn a_fund_helps_tiers_1_and_2_and_nobody_drops_out_by_silence() {
    let rule = Rule::FundHardship;
    let urgent = |facts: &mut Facts| facts.household.eviction_risk = Some(3);
    assert_yes(rule, urgent);
    assert_no(rule, "no welfare fund", |facts| {
        urgent(facts);
        facts.fund_membership = text("no_fund");
    });
    assert_open(rule, &["fund_membership"], |facts| {
        urgent(facts);
        facts.fund_membership = text("unknown");
    });
    assert_open(rule, &["m_dependency"], |facts| facts.household.members[0].m_dependency = None);
    assert_no(rule, "tier 4", |_| ());
}

#[test]
fn the_bundled_rows_are_those_of_the_sources() {
    let rows = Programme::bundled();
    for rule in Rule::ALL {
        assert!(rows.iter().any(|row| row.rule == rule), "{rule:?}");
    }
    let saraburi = rows.iter().find(|row| row.region.to_string() == "19").unwrap();
    assert_eq!((saraburi.quota, saraburi.budget, saraburi.ceiling), (Some(228), Some(3_562_500), None));
    assert_eq!(saraburi.budget.unwrap() / u64::from(saraburi.quota.unwrap()), 15_625, "a house, on average");
    let lopburi = rows.iter().find(|row| row.rule == Rule::HouseAdaptation).unwrap();
    assert_eq!((lopburi.budget, lopburi.means()), (None, None), "the source does not tell the baht");
    let centres = rows.iter().find(|row| row.rule == Rule::HomelessCentre).unwrap();
    assert_eq!((centres.quota, centres.unit), (Some(2), QuotaUnit::Centre));
    let canal = rows.iter().find(|row| row.rule == Rule::Canal).unwrap();
    assert_eq!((canal.ceiling, canal.loan_ceiling), (Some(147_000), Some(360_000)));
}

#[test]
fn the_narrowest_row_of_the_year_holds() {
    let year = |be| FiscalYear::new(be).unwrap();
    let quota = |be, place: &str| {
        let rows = in_force(Programme::bundled(), year(be), place.parse().unwrap(), Groups::bundled());
        rows.iter().find(|row| row.rule == Rule::BaanPorPiang).map(|row| row.quota)
    };
    assert_eq!(quota(2562, "160101"), Some(Some(168)));
    assert_eq!(quota(2562, "190309"), Some(Some(11_500)));
    assert_eq!(quota(2561, "190309"), Some(Some(228)));
    assert_eq!(quota(2561, "160101"), None, "no source tells of that year elsewhere");
    let standing = in_force(Programme::bundled(), year(2600), "160101".parse().unwrap(), Groups::bundled());
    assert_eq!(standing.len(), 3, "what stands in every year");
}

#[test]
fn a_file_is_taken_whole_or_refused_by_cell() {
    let header = "id,fiscal_year_be,region,name_th,name_en,rule,ranked_by,ceiling_baht,loan_ceiling_baht,quota,\
                  quota_unit,budget_baht,source,as_of\n";
    let good = "a,2562,TH,ก,A,canal,need,,,,household,,,\n";
    let bad = "B,2019,xx,ก,A,boats,need,-5,,,household,,,soon\n";
    let read = |rows: &str| Programme::read(format!("{header}{rows}").as_bytes());
    assert_eq!(read(good).unwrap().len(), 1);
    let faults = read(&format!("{good}{bad}{good}")).unwrap_err();
    let places: Vec<_> = faults.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
    let expected =
        ["id", "fiscal_year_be", "region", "rule", "ceiling_baht", "as_of"].map(|column| (3, column));
    assert_eq!(places, [&expected[..], &[(4, "id")]].concat());
    let negative = faults.iter().find(|fault| fault.column == "ceiling_baht").unwrap();
    assert!(negative.told().en.starts_with("row 3, column ceiling_baht: -5 is below zero"));
    let unsourced = read("a,2562,TH,ก,A,canal,need,5,,,household,,,\n").unwrap_err();
    assert_eq!(unsourced[0].column, "source");
}

#[test]
fn every_question_that_may_be_missing_has_words() {
    for flag in need_score::Flag::ALL {
        for missing in missing::of_flag(&Household::default(), flag) {
            let Told { th, en } = missing.told();
            assert!(th != missing.question() && !en.contains('_'), "{missing:?}");
        }
    }
}

proptest! {
    /// Taking answers away never makes a No of a Yes. Nor does it make a Yes of a No, except that a need
    /// score over fewer flags can be higher: then the tier is as it is, and a fund's own rules decide.
    #[test]
    fn an_answer_that_is_missing_decides_nothing(
        taken in proptest::collection::vec(any::<bool>(), 13),
        tenure in 0_usize..5, roof in 0_u8..4, event in 0_usize..3, income in 0_i64..200_000, born in 2500_i64..2568,
        full_consent: bool,
    ) {
        let mut facts = sound();
        let household = &mut facts.household;
        household.tenure = text(["own", "canal", "railway", "homeless", "rent_house"][tenure]);
        household.roof_condition = Some(roof);
        household.housing_event = text(["none", "fire", "flood"][event]);
        household.income_year = Some(income);
        household.members[0].m_birth_year_be = Some(born);
        household.members[0].m_in_school = text("yes");
        if tenure == 3 {
            // Who has no house is not asked about it.
            (household.roof_condition, household.wall_condition, household.floor_condition) = (None, None, None);
            (household.structure_condition, household.toilet) = (None, None);
        }
        let known = facts.clone();
        let (household, at) = (&mut facts.household, |n: usize| taken[n]);
        if at(0) { household.tenure = None }
        if at(1) { household.roof_condition = None }
        if at(2) { household.housing_event = None }
        if at(3) { household.income_year = None }
        if at(4) { household.members[0].m_birth_year_be = None }
        if at(5) { household.eviction_risk = None }
        if at(6) { household.toilet = None }
        if at(7) { household.members[0].m_card_status = None }
        if at(8) { household.members[0].m_dependency = None }
        if at(9) { facts.past_housing_aid = None }
        if at(10) { facts.settlement = Settlement::default() }
        if at(11) { facts.fund_membership = None }
        if at(12) { facts.visited_on = None }
        if !full_consent { facts.household.consent = text("no_sensitive") }
        for rule in Rule::ALL {
            let of = |facts: &Facts| {
                let score = score(&facts.household, &Parameters::for_year(2569));
                matches(rule, facts, &score, &RuleParameters::default(), TODAY)
            };
            let (all, some) = (of(&known), of(&facts));
            prop_assert!(
                some.verdict == Verdict::Unknown
                    || some.verdict == all.verdict
                    || (rule == Rule::FundHardship && some.verdict == Verdict::Yes),
                "{:?}: with all {:?}, with some {:?}", rule, all, some
            );
            prop_assert_eq!(some.verdict == Verdict::Unknown, !some.missing.is_empty());
        }
    }
}
