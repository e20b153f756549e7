//! Numbers that tell whether a row of the read model is the one that was written, so that a row that
//! did not change is not written again.

use need_score::Inputs;
use sha2::{Digest, Sha256};
use sync_protocol::ids::VillageCode;

use crate::planning::assessment::Assessment;
use crate::projection::rows::{AnswerFault, HouseholdRow};

/// Of a household's row. Never 0, which stands for a row that was never written.
pub(super) fn household_print(village: VillageCode, row: &HouseholdRow) -> i64 {
    // Every field by name: one that is added must be added here.
    let HouseholdRow {
        household,
        village: answered,
        house_no,
        house_code,
        head_name,
        // They follow from the name.
        head_keys: _,
        lat,
        lon,
        household_size,
        income_year,
        tenure,
        eviction_risk,
        roof_condition,
        wall_condition,
        floor_condition,
        structure_condition,
        toilet,
        drinking_water,
        water_enough,
        sleeping_rooms,
        visit_outcome,
        visit_date,
        consent_given,
        plan_consent,
        members,
        needs,
        conflicts,
        answers,
    } = row;
    let mut print = Print::default();
    print.bytes(&household.0);
    print.number(Some(i64::from(village.get())));
    print.number(answered.map(|village| i64::from(village.get())));
    for text in [
        house_no,
        house_code,
        head_name,
        tenure,
        toilet,
        drinking_water,
        water_enough,
        visit_outcome,
        visit_date,
        consent_given,
    ] {
        print.text(text.as_deref());
    }
    for decimal in [lat, lon] {
        print.number(decimal.map(|decimal| decimal.to_bits().cast_signed()));
    }
    print.number(income_year.map(i64::from));
    for number in [
        household_size,
        eviction_risk,
        roof_condition,
        wall_condition,
        floor_condition,
        structure_condition,
        sleeping_rooms,
        &Some(*members),
        &Some(*needs),
        &Some(*conflicts),
    ] {
        print.number(number.map(i64::from));
    }
    print.number(plan_consent.map(i64::from));
    print.text(Some(answers));
    print.finish()
}

/// Of a household's list of faults; 0 for an empty one.
pub(super) fn faults_print(faults: &[AnswerFault]) -> i64 {
    if faults.is_empty() {
        return 0;
    }
    let mut print = Print::default();
    for AnswerFault { row, question, reason, value } in faults {
        print.bytes(row.as_ref().map_or(&[], |row| row.as_bytes()));
        print.text(Some(question));
        print.text(Some(reason.code()));
        print.text(Some(value));
    }
    print.finish()
}

/// Of a household's assessment, and of where it lies. Never 0, which stands for none.
pub(super) fn assessment_print(village: VillageCode, assessment: &Assessment) -> i64 {
    let mut print = Print::default();
    print.number(Some(i64::from(village.get())));
    // Every field by name: one that is added must be added here.
    let Assessment {
        tier,
        need,
        need_min,
        need_max,
        housing,
        completeness,
        yes,
        no,
        unknown,
        severe,
        tpmap_target,
        missed,
        needs_check,
        card,
        income_per_person,
        needs,
        inputs,
    } = assessment;
    let scores = [need, need_min, need_max, housing, completeness].map(|score| *score);
    let marks = [severe, tpmap_target, missed, needs_check].map(|mark| u8::from(*mark));
    print.bytes(&[*tier as u8, *card as u8]);
    print.bytes(&scores);
    print.bytes(&marks);
    for bits in [yes.0, no.0, unknown.0, *needs] {
        print.number(Some(i64::from(bits)));
    }
    print.number(*income_per_person);
    print.number(inputs.map(Inputs::pack));
    print.finish()
}

/// What is hashed: each part with its length or with a mark that it is absent.
#[derive(Default)]
struct Print(Vec<u8>);

impl Print {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        self.bytes(text.unwrap_or_default().as_bytes());
    }

    fn number(&mut self, number: Option<i64>) {
        self.0.push(u8::from(number.is_some()));
        self.0.extend_from_slice(&number.unwrap_or_default().to_le_bytes());
    }

    fn finish(self) -> i64 {
        let hash = Sha256::digest(&self.0);
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        (i64::from_le_bytes(first) & i64::MAX).max(1)
    }
}
