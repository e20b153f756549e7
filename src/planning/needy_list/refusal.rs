//! Why something is not done to a needy list, and what to do instead, in both languages.

use std::fmt;

use jiff::civil::Date;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use super::State;
use super::act::{Act, Event};
use super::judge::TEXT_CHARS_MAX;
use super::recipient::Recipient;
use crate::planning::fiscal::show_date;
use crate::planning::told::Told;

/// So many households or events are named in words; [`Refusal`] has them all.
const NAMED_MAX: usize = 5;

/// Why something is not done. The list stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It was decided on an earlier revision, or on one that there is not.
    Stale {
        /// The revision that was looked at.
        on_revision: u64,
        /// The revision of the list.
        now: u64,
        /// What happened in between.
        since: Vec<Event>,
    },
    /// The list is not as far yet, or is too far already.
    NotNow {
        /// What was wanted.
        act: Act,
        /// How far the list is.
        state: State,
    },
    /// The list is approved.
    Closed {
        /// What was wanted.
        act: Act,
        /// The last day for an appeal.
        until: Option<Date>,
    },
    /// A later version took its place.
    Superseded {
        /// Which.
        by: u32,
    },
    /// The household is not on the list.
    NotOnList(HouseholdId),
    /// It was taken out.
    DoesNotStand(HouseholdId),
    /// It stands already.
    Stands(HouseholdId),
    /// It is to be added, but was taken out: it can be restored.
    WasRemoved(HouseholdId),
    /// A reason has to be written.
    NothingWritten,
    /// A text is too long.
    TooLong {
        /// Its characters.
        chars: usize,
    },
    /// There is no such place.
    NoSuchPlace {
        /// The place.
        place: u32,
        /// The last that there is.
        last: usize,
    },
    /// The village lies in another tambon.
    OtherTambon {
        /// The village.
        village: VillageCode,
        /// The tambon of the list.
        tambon: TambonCode,
    },
    /// The forum is still to come.
    ForumInFuture {
        /// Its day.
        held_on: Date,
        /// Today.
        today: Date,
    },
    /// No number of people who came to a forum.
    Villagers(u32),
    /// It is not said to whom the list is handed over.
    NoRecipient,
    /// Households are left in the check queue.
    Unchecked(Vec<HouseholdId>),
    /// No forum was held; in these villages, or nowhere if none is named.
    NoForum(Vec<VillageCode>),
    /// The appeal window is closed.
    AppealTooLate {
        /// Its last day.
        until: Date,
    },
}

impl Refusal {
    /// Why, and what to do.
    #[must_use]
    pub fn told(&self) -> Told {
        match self {
            Self::Stale { on_revision, now, since } => stale(*on_revision, *now, since),
            Self::NotNow { act, state } => not_now(act, *state),
            Self::Closed { act, until } => closed(act, *until),
            Self::Superseded { by } => Told::new(
                format!("บัญชีนี้ถูกแทนด้วยฉบับที่ {by} แล้ว กรุณาเปิดฉบับที่ {by} และพิจารณาในฉบับนั้น"),
                format!("version {by} took the place of this list; open version {by} and decide there"),
            ),
            Self::NotOnList(household) => Told::new(
                format!("ไม่มีครัวเรือน {household} ในบัญชี หากเดือดร้อนจริงให้เพิ่มพร้อมเหตุผล"),
                format!("household {household} is not on the list; add it, with a reason, if it is in need"),
            ),
            Self::DoesNotStand(household) => Told::new(
                format!("ครัวเรือน {household} ถูกนำออกจากบัญชีแล้ว กรุณานำกลับเข้าบัญชีก่อน"),
                format!("household {household} was taken out; restore it first"),
            ),
            Self::Stands(household) => Told::new(
                format!("ครัวเรือน {household} อยู่ในบัญชีแล้ว หากต้องการเปลี่ยนลำดับให้เลือกย้าย"),
                format!("household {household} is on the list already; move it to change its place"),
            ),
            Self::WasRemoved(household) => Told::new(
                format!("ครัวเรือน {household} เคยถูกนำออก กรุณาเลือกนำกลับเข้าบัญชีแทนการเพิ่ม"),
                format!("household {household} was taken out; restore it instead of adding it"),
            ),
            Self::NothingWritten => Told::new("กรุณาเขียนเหตุผลหรือรายละเอียด", "write a reason"),
            Self::TooLong { chars } => Told::new(
                format!("ข้อความยาว {chars} ตัวอักษร กรุณาย่อให้ไม่เกิน {TEXT_CHARS_MAX} ตัวอักษร"),
                format!("the text has {chars} characters; shorten it to {TEXT_CHARS_MAX}"),
            ),
            Self::NoSuchPlace { place, last } => Told::new(
                format!("ไม่มีลำดับที่ {place} กรุณาใส่ลำดับ 1 ถึง {last}"),
                format!("there is no place {place}; write a place from 1 to {last}"),
            ),
            Self::OtherTambon { village, tambon } => Told::new(
                format!("หมู่บ้าน {village} อยู่นอกตำบล {tambon} กรุณาตรวจสอบรหัส"),
                format!("village {village} does not lie in tambon {tambon}; look at its code"),
            ),
            Self::ForumInFuture { held_on, today } => {
                let (held_on, today) = (show_date(*held_on), show_date(*today));
                Told::new(
                    format!("วันประชาคม {} ยังมาไม่ถึง (วันนี้ {}) กรุณาตรวจสอบวันที่", held_on.th, today.th),
                    format!(
                        "the forum of {} is still to come (today is {}); look at the date",
                        held_on.en, today.en
                    ),
                )
            }
            Self::Villagers(villagers) => Told::new(
                format!("จำนวนผู้เข้าร่วมประชาคม {villagers} คนไม่ถูกต้อง กรุณาใส่จำนวนคนที่มาจริง"),
                format!("{villagers} cannot have come to the forum; write how many came"),
            ),
            Self::NoRecipient => {
                let all = Recipient::ALL.map(Recipient::name).join(", ");
                Told::new(
                    format!("กรุณาระบุใน recipient ว่าส่งมอบให้ใคร: {all}"),
                    format!("say in `recipient` to whom it is handed over: {all}"),
                )
            }
            Self::Unchecked(open) => unchecked(open),
            Self::NoForum(villages) => no_forum(villages),
            Self::AppealTooLate { until } => {
                let until = show_date(*until);
                Told::new(
                    format!("หมดเวลายื่นอุทธรณ์เมื่อ {} กรุณาเสนอในบัญชีรอบถัดไป", until.th),
                    format!("the last day for an appeal was {}; bring it up for the next list", until.en),
                )
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told().en)
    }
}

impl std::error::Error for Refusal {}

/// What an act is called.
pub(super) fn label(act: &Act) -> Told {
    let (th, en) = match act {
        Act::StartFieldCheck => ("เริ่มตรวจสอบภาคสนาม", "the field check was started"),
        Act::Check { .. } => ("บันทึกผลตรวจสอบ", "a field check was written down"),
        Act::OpenForum => ("เปิดเวทีประชาคม", "the forum was opened"),
        Act::HoldForum { .. } => ("บันทึกการประชุมประชาคม", "a forum was written down"),
        Act::Confirm { .. } => ("ยืนยัน", "confirmed"),
        Act::Move { .. } => ("ย้ายลำดับ", "moved"),
        Act::Remove { .. } => ("นำออกจากบัญชี", "taken out"),
        Act::Restore { .. } => ("นำกลับเข้าบัญชี", "restored"),
        Act::Add { .. } => ("เพิ่มเข้าบัญชี", "added"),
        Act::Approve => ("อนุมัติบัญชี", "the list was approved"),
        Act::HandOver { recipient: Some(to), .. } => {
            let Told { th, en } = to.told();
            return Told::new(format!("ส่งมอบบัญชีให้ {th}"), format!("the list was handed over to {en}"));
        }
        Act::HandOver { recipient: None, .. } => ("ส่งมอบบัญชี", "the list was handed over"),
        Act::Appeal { accepted: true, .. } => ("รับอุทธรณ์", "an appeal was accepted"),
        Act::Appeal { accepted: false, .. } => ("ยกอุทธรณ์", "an appeal was rejected"),
    };
    Told::new(th, en)
}

fn stale(on_revision: u64, now: u64, since: &[Event]) -> Told {
    if since.is_empty() {
        return Told::new(
            format!("ไม่มีบัญชีรุ่นที่ {on_revision} (รุ่นล่าสุดคือ {now}) กรุณาเปิดบัญชีใหม่อีกครั้ง"),
            format!("there is no revision {on_revision} of the list (the last is {now}); open it again"),
        );
    }
    let each: Vec<Told> = since.iter().take(NAMED_MAX).map(Event::told).collect();
    let th: Vec<&str> = each.iter().map(|told| told.th.as_str()).collect();
    let en: Vec<&str> = each.iter().map(|told| told.en.as_str()).collect();
    let more = more(since.len());
    Told::new(
        format!("บัญชีเปลี่ยนไปแล้ว: {}{} กรุณาดูแล้วพิจารณาอีกครั้ง", th.join("; "), more.th),
        format!("the list changed meanwhile: {}{}; look at it and decide again", en.join("; "), more.en),
    )
}

fn not_now(act: &Act, state: State) -> Told {
    let (th, en) = match (state, act) {
        (State::Draft | State::FieldCheck, _) if !matches!(act, Act::StartFieldCheck) => match act {
            Act::HandOver { .. } | Act::Appeal { .. } => {
                ("บัญชียังไม่ได้รับอนุมัติ กรุณาอนุมัติก่อน", "the list is not approved yet; approve it first")
            }
            _ => ("ยังไม่ได้เปิดเวทีประชาคม กรุณาเปิดเวทีประชาคมก่อน", "the forum is not open yet; open it first"),
        },
        (State::Forum, Act::HandOver { .. } | Act::Appeal { .. }) => {
            ("บัญชียังไม่ได้รับอนุมัติ กรุณาอนุมัติก่อน", "the list is not approved yet; approve it first")
        }
        _ => ("ขั้นตอนนี้ผ่านไปแล้ว กรุณาทำขั้นตอนถัดไป", "the list is past this step; go on with the next"),
    };
    Told::new(th, en)
}

fn closed(act: &Act, until: Option<Date>) -> Told {
    if matches!(act, Act::Approve) {
        return Told::new("ทำขั้นตอนนี้ไปแล้ว ไม่ต้องทำซ้ำ", "this was done already; it need not be done again");
    }
    let Some(Told { th, en }) = until.map(show_date) else {
        return Told::new("บัญชีได้รับอนุมัติแล้ว แก้ไขไม่ได้", "the list is approved and does not change");
    };
    Told::new(
        format!("บัญชีได้รับอนุมัติแล้ว แก้ไขไม่ได้ หากมีผู้คัดค้านให้บันทึกอุทธรณ์ภายใน {th}"),
        format!(
            "the list is approved and does not change; write down an appeal until {en} to open a new version"
        ),
    )
}

fn unchecked(open: &[HouseholdId]) -> Told {
    let named: Vec<String> = open.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let (named, more, count) = (named.join(", "), more(open.len()), open.len());
    Told::new(
        format!("ยังมี {count} ครัวเรือนรอตรวจสอบเพิ่ม: {named}{} กรุณาตรวจสอบหรือพิจารณาให้ครบก่อนอนุมัติ", more.th),
        format!("{count} households are still to be checked: {named}{}; check or decide each first", more.en),
    )
}

fn no_forum(villages: &[VillageCode]) -> Told {
    if villages.is_empty() {
        return Told::new(
            "ยังไม่ได้บันทึกวันประชาคมและจำนวนผู้เข้าร่วม กรุณาบันทึกก่อนอนุมัติ",
            "no forum is written down; write its date and how many came before approving",
        );
    }
    let named = villages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Told::new(
        format!("ยังไม่ได้บันทึกประชาคมของหมู่บ้าน {named} กรุณาบันทึกก่อนอนุมัติ"),
        format!("no forum is written down for the villages {named}; write them down before approving"),
    )
}

fn more(of: usize) -> Told {
    match of.saturating_sub(NAMED_MAX) {
        0 => Told::new("", ""),
        more => Told::new(format!(" และอีก {more} รายการ"), format!(" and {more} more")),
    }
}
