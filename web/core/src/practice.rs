//! A made-up village to learn with: a dozen households, filled in through the same forms as real ones, in
//! every state that the list knows, with a conflict and a house that was registered twice.

use survey_form::engine::RowId as FormRow;
use survey_form::model::Kind;
use survey_form::value::Scalar;
use sync_protocol::change::Edit;
use sync_protocol::device::{Mark, Storage, Task, carry_out};
use sync_protocol::document::Document;
use sync_protocol::ids::{ActorId, DeviceId, HouseholdId, VillageCode};
use sync_protocol::value::Scalar as DocumentScalar;

use crate::call::Chance;
use crate::desk::{Desk, Write};
use crate::draft::Draft;
use crate::fault::Fault;
use crate::forms::Forms;
use crate::open::{Around, Open};

/// The device of the colleague who wrote some of it.
pub const COLLEAGUE: DeviceId = DeviceId([0xee; 8]);
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// One household: house number, village, head, what the visit found, answers, needs.
struct Made {
    number: &'static str,
    /// Its place among the villages.
    village: usize,
    head: &'static str,
    outcome: &'static str,
    members: &'static [(&'static str, &'static str, &'static str, i64)],
    answers: &'static [(&'static str, &'static str)],
    needs: &'static [(&'static str, &'static str)],
}

const VILLAGES: [u32; 2] = [99_999_901, 99_999_902];

const HOUSEHOLDS: &[Made] = &[
    Made {
        number: "1",
        village: 0,
        head: "ยายทองดี ใจดี",
        outcome: "done",
        members: &[("ยายทองดี ใจดี", "head", "female", 2489)],
        answers: &[
            ("household_size", "1"),
            ("income_year", "19200"),
            ("savings_any", "no"),
            ("tenure", "own"),
            ("roof_condition", "3"),
            ("wall_condition", "2"),
            ("floor_condition", "2"),
            ("structure_condition", "2"),
            ("toilet", "unsanitary"),
            ("water_enough", "no"),
            ("hazards", "flood storm"),
        ],
        needs: &[("house_repair", "month")],
    },
    Made {
        number: "2",
        village: 0,
        head: "ลุงบุญมี มีสุข",
        outcome: "done",
        members: &[("ลุงบุญมี มีสุข", "head", "male", 2505), ("ป้าสมใจ มีสุข", "spouse", "female", 2508)],
        answers: &[
            ("household_size", "2"),
            ("income_year", "96000"),
            ("tenure", "family_land"),
            ("toilet", "own"),
        ],
        needs: &[],
    },
    Made {
        number: "3",
        village: 0,
        head: "นายแดง ตัวอย่าง",
        outcome: "",
        members: &[],
        answers: &[],
        needs: &[],
    },
    Made {
        number: "4",
        village: 0,
        head: "นางเขียว ตัวอย่าง",
        outcome: "partial",
        members: &[("นางเขียว ตัวอย่าง", "head", "female", 2520)],
        answers: &[("household_size", "4")],
        needs: &[],
    },
    Made {
        number: "5",
        village: 0,
        head: "นายดำ ลองดู",
        outcome: "absent",
        members: &[],
        answers: &[],
        needs: &[],
    },
    Made {
        number: "6",
        village: 0,
        head: "นางขาว ลองดู",
        outcome: "refused",
        members: &[],
        answers: &[],
        needs: &[],
    },
    Made {
        number: "7/1",
        village: 0,
        head: "นางฟ้า ฝึกหัด",
        outcome: "",
        members: &[],
        answers: &[],
        needs: &[],
    },
    Made {
        number: "7/1",
        village: 0,
        head: "นางฟ้า ฝึกหัด",
        outcome: "",
        members: &[],
        answers: &[],
        needs: &[],
    },
    Made {
        number: "8",
        village: 1,
        head: "นายม่วง ฝึกหัด",
        outcome: "done",
        members: &[("นายม่วง ฝึกหัด", "head", "male", 2515), ("เด็กหญิงส้ม ฝึกหัด", "child", "female", 2560)],
        answers: &[
            ("household_size", "2"),
            ("income_year", "60000"),
            ("tenure", "canal"),
            ("eviction_risk", "3"),
            ("toilet", "shared"),
        ],
        needs: &[("legal", "now"), ("house_land", "month")],
    },
    Made {
        number: "9",
        village: 1,
        head: "นางเหลือง ลองทำ",
        outcome: "",
        members: &[],
        answers: &[],
        needs: &[],
    },
    Made {
        number: "10",
        village: 1,
        head: "นายชมพู ลองทำ",
        outcome: "",
        members: &[],
        answers: &[],
        needs: &[],
    },
    Made {
        number: "11",
        village: 1,
        head: "นายเทา ลองทำ",
        outcome: "vacant",
        members: &[],
        answers: &[],
        needs: &[],
    },
];

/// The villages of practice.
///
/// # Panics
/// Never: the codes are villages.
#[must_use]
pub fn villages() -> [VillageCode; 2] {
    VILLAGES.map(|code| VillageCode::try_from(code).expect("a village's code"))
}

/// Stages the households; gives what is to be written. Nothing of it is to be sent.
///
/// # Errors
/// `internal` where the forms do not ask what a household is about.
pub fn fill(
    desk: &mut Desk,
    forms: &Forms,
    around: &Around,
    chance: &mut Chance,
) -> Result<Vec<Write>, Fault> {
    let mut made = Vec::new();
    for household in HOUSEHOLDS {
        let id = HouseholdId(chance.sixteen());
        made.push((id, interviewed(id, household, forms, around, chance)?));
    }
    let mut sheet = desk.sheet();
    for (id, draft) in &made {
        sheet.make_changes(*id, draft, chance)?;
    }
    if let Some((id, draft)) = made.get(1) {
        disagree(&mut sheet, *id, draft.village, around.now_ms, chance)?;
    }
    for (id, _) in &made {
        for outgoing in sheet.unsent(*id)? {
            sheet.mark(*id, &outgoing.hash, Mark::Replaced)?;
        }
    }
    let done = sheet.done();
    Ok(desk.stage(done, None))
}

/// A household, asked.
fn interviewed(
    id: HouseholdId,
    made: &Made,
    forms: &Forms,
    around: &Around,
    chance: &mut Chance,
) -> Result<Draft, Fault> {
    let village = villages()[made.village];
    let then = Around { now_ms: around.now_ms - 2 * DAY_MS, ..around.clone() };
    let mut draft = Draft::new(village);
    let mut put = |key: &str, value: DocumentScalar| draft.put(None, key, value, then.now_ms);
    put("tambon_code", DocumentScalar::Str(village.tambon().to_string()));
    put("moo", DocumentScalar::Int(i64::from(village.moo())));
    put("house_no", DocumentScalar::Str(made.number.to_owned()));
    put("head_name", DocumentScalar::Str(made.head.to_owned()));
    let mut open = Open::new(id, None, draft, forms, &then, chance)?;
    open.begin(then.now_ms)?;
    let mut asking = Asking { open: &mut open, then: &then, chance };
    if !made.outcome.is_empty() {
        let today = then.today();
        let (_, row) = asking.open.visit(&then, asking.chance)?;
        asking.answer(Some(row), "visit_outcome", made.outcome)?;
        asking.answer(Some(row), "visit_date", &today)?;
        if matches!(made.outcome, "done" | "partial") {
            for (key, value) in [
                ("consent_given", "full"),
                ("consent_method", "verbal_witnessed"),
                ("consent_scopes", "welfare_fund tambon_council"),
                ("respondent_relation", "head"),
            ] {
                asking.answer(Some(row), key, value)?;
            }
        }
    }
    for (name, relation, sex, born) in made.members {
        let row = asking.row("member")?;
        asking.answer(Some(row), "m_name", name)?;
        asking.answer(Some(row), "m_relation", relation)?;
        asking.answer(Some(row), "m_sex", sex)?;
        asking.answer(Some(row), "m_birth_year_be", &born.to_string())?;
    }
    for (key, value) in made.answers {
        asking.answer(None, key, value)?;
    }
    for (category, urgency) in made.needs {
        let row = asking.row("need")?;
        asking.answer(Some(row), "need_category", category)?;
        asking.answer(Some(row), "need_urgency", urgency)?;
    }
    Ok(open.draft)
}

/// Answers by keys. What the forms of this place do not ask is left out.
struct Asking<'a> {
    open: &'a mut Open,
    then: &'a Around,
    chance: &'a mut Chance,
}

impl Asking<'_> {
    fn number(&self, key: &str, wanted: impl Fn(&Kind) -> bool) -> Option<u32> {
        self.open.asked.iter().enumerate().find_map(|(at, asked)| {
            let form = asked.session.plan().form();
            let mut fields = form.ids().filter(|(_, field)| field.key() == key && wanted(&field.kind));
            fields.next().map(|(id, _)| self.open.number(at, id))
        })
    }

    fn answer(&mut self, row: Option<FormRow>, key: &str, value: &str) -> Result<(), Fault> {
        let Some(number) = self.number(key, Kind::is_stored) else { return Ok(()) };
        self.open.answer(number, row, Scalar::Str(value.to_owned()), self.then, self.chance)
    }

    fn row(&mut self, group: &str) -> Result<FormRow, Fault> {
        let number = self.number(group, |kind| *kind == Kind::Repeat);
        let number = number.ok_or_else(|| Fault::internal(format!("no form asks of a {group}")))?;
        self.open.add_row(number, None, self.then.now_ms, self.chance)
    }
}

/// Two people answered one question without knowing of each other.
fn disagree<S: Storage<Error = crate::desk::Missing>>(
    sheet: &mut S,
    household: HouseholdId,
    village: VillageCode,
    now_ms: i64,
    chance: &mut Chance,
) -> Result<(), Fault> {
    let Some(stored) = sheet.load(household)? else { return Ok(()) };
    let put = |value: &str| Edit::Put {
        row: None,
        key: "landmark".to_owned(),
        value: DocumentScalar::Str(value.to_owned()),
    };
    let mut changes = Vec::new();
    for (device, value) in
        [(COLLEAGUE, "ข้างวัด"), (stored.actor.map_or(COLLEAGUE, |it| it.device()), "ตรงข้ามโรงสี")]
    {
        let mut copy = Document::load(&stored.document).map_err(Fault::internal)?;
        let made = copy.edit(ActorId::new(device, chance.eight()), now_ms - DAY_MS, &[put(value)]);
        changes.extend(made.map_err(Fault::internal)?.map(|made| made.bytes));
    }
    carry_out(&[Task::Integrate { household, village, changes }], sheet, &mut || chance.eight())?;
    Ok(())
}
