//! A needy list: from what was computed to what a village decided.
//!
//! ```text
//! draft ──► field check ──► forum ──► approved ──► handed over
//!                                        └────────────┴──► superseded, by the next version
//! ```
//!
//! [`Opening::draft`] ranks households into version 1. From then on a list is its opening and its events: a
//! [`Proposal`] is judged by [`NeedyList::judge`], which gives the [`Event`] to be kept or a [`Refusal`] that
//! says what to do; [`NeedyList::apply`] makes it so. [`NeedyList::replay`] goes through them all again and
//! comes to the same. A proposal names the revision that it was decided on: if something happened since, it
//! is refused and told what.
//!
//! The computed place of a line stays beside the decided one. A household of which too little is known stands
//! in the **check queue** ([`NeedyList::check_queue`]): no list is approved before each of these is decided,
//! so that nobody sinks by not answering. What an approved list says is [sealed](NeedyList::seal) by a hash
//! that anyone can compute from its CSV export. An appeal that is accepted opens the next version
//! ([`NeedyList::reopened`]).

mod act;
mod judge;
mod line;
mod recipient;
mod refusal;
mod seal;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use sync_protocol::cursor::Cursor;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use super::allocation::By;
use super::fiscal::day_in_thailand;
use crate::clock::Micros;

pub use act::{Act, Event, Finding, Proposal};
pub use line::{Assessed, Computed, Line, Standing};
pub use recipient::Recipient;
pub use refusal::Refusal;
pub use seal::{COLUMNS, Seal};
pub use stored::Unreadable;

/// For so many days after the approval a household may appeal, unless an opening says otherwise.
pub const APPEAL_DAYS: u16 = 15;

/// How far a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Computed; nobody looked at it yet.
    Draft,
    /// Unclear households are visited again.
    FieldCheck,
    /// The village forum (ประชาคม) decides.
    Forum,
    /// Fund or council approved it; it does not change any more.
    Approved,
    /// It was given to those who act by it.
    HandedOver,
    /// A later version took its place.
    Superseded,
}

impl State {
    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::FieldCheck => "field_check",
            Self::Forum => "forum",
            Self::Approved => "approved",
            Self::HandedOver => "handed_over",
            Self::Superseded => "superseded",
        }
    }
}

/// What a list was computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// The place in the tambon's log up to which answers are in it.
    pub as_of: Cursor,
    /// The version of the scoring parameters.
    pub parameters: String,
    /// Which score ranks within a tier.
    pub by: By,
}

/// What a version of a list begins with; it is kept, and does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The tambon whose list it is.
    pub tambon: TambonCode,
    /// From 1.
    pub version: u32,
    /// What it was computed from.
    pub basis: Basis,
    /// Of a version that an appeal opened: which it takes the place of, and that version's hash.
    pub replaces: Option<(u32, String)>,
    /// For how many days after the approval a household may appeal.
    pub appeal_days: u16,
    /// The lines: those that stand in their order, then those that do not.
    pub lines: Vec<Line>,
}

/// A village forum that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forum {
    /// When.
    pub held_on: Date,
    /// How many villagers were there.
    pub villagers: u32,
}

/// The approval of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who wrote it down.
    pub by: String,
    /// When.
    pub at: Micros,
    /// The last day for an appeal.
    pub appeals_until: Date,
}

/// A version of a list, as its events left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedyList {
    opening: Opening,
    state: State,
    lines: BTreeMap<HouseholdId, Line>,
    /// The lines that stand, first place first.
    order: Vec<HouseholdId>,
    /// By village; `None` for a forum of the whole tambon.
    forums: BTreeMap<Option<VillageCode>, Forum>,
    approval: Option<Approval>,
    appealed: Option<HouseholdId>,
    events: Vec<Event>,
}

impl Opening {
    /// Ranks households into a first version. Those of tier 4 are left out, unless too little is known of
    /// them. The order is that of [`rank`](super::allocation::rank).
    #[must_use]
    pub fn draft(tambon: TambonCode, basis: Basis, households: Vec<Assessed>) -> Self {
        let lines = line::ranked(households, basis.by);
        Self { tambon, version: 1, basis, replaces: None, appeal_days: APPEAL_DAYS, lines }
    }
}

impl NeedyList {
    /// A list to which nothing happened yet. What an appeal opened begins with a field check.
    #[must_use]
    pub fn new(opening: Opening) -> Self {
        let state = if opening.replaces.is_some() { State::FieldCheck } else { State::Draft };
        let stands = |line: &&Line| line.standing != Standing::Removed;
        let order = opening.lines.iter().filter(stands).map(|line| line.household).collect();
        let lines = opening.lines.iter().map(|line| (line.household, line.clone())).collect();
        let (forums, events) = (BTreeMap::new(), Vec::new());
        Self { opening, state, lines, order, forums, approval: None, appealed: None, events }
    }

    /// The list after these events, each judged anew.
    ///
    /// # Errors
    /// Why the first that cannot have happened cannot.
    pub fn replay(opening: Opening, events: &[Event]) -> Result<Self, Refusal> {
        let mut list = Self::new(opening);
        for event in events {
            let Event { number, by, at, act } = event.clone();
            let on_revision = number.saturating_sub(1);
            let judged = list.judge(Proposal { by, at, on_revision, act })?;
            list.apply(judged);
        }
        Ok(list)
    }

    /// What it began with.
    #[must_use]
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The number of the last event; 0 before the first.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.events.len() as u64
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The lines that stand, first place first.
    pub fn standing(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.order.iter().map(|household| &self.lines[household])
    }

    /// The lines that do not stand, by id.
    pub fn removed(&self) -> impl Iterator<Item = &Line> {
        self.lines.values().filter(|line| line.standing == Standing::Removed)
    }

    /// The line of a household.
    #[must_use]
    pub fn line(&self, household: HouseholdId) -> Option<&Line> {
        self.lines.get(&household)
    }

    /// The decided place of a line that stands, from 1.
    #[must_use]
    pub fn place(&self, household: HouseholdId) -> Option<u32> {
        let at = self.order.iter().position(|standing| *standing == household)?;
        u32::try_from(at + 1).ok()
    }

    /// The households that somebody has to look at before the list can be approved, in their order; those
    /// that do not stand last.
    pub fn check_queue(&self) -> impl Iterator<Item = &Line> {
        self.standing().chain(self.removed()).filter(|line| line.is_open())
    }

    /// The forums that were held, by village; `None` for one of the whole tambon.
    #[must_use]
    pub fn forums(&self) -> &BTreeMap<Option<VillageCode>, Forum> {
        &self.forums
    }

    /// Whether it stands, and was handed over to this recipient.
    #[must_use]
    pub fn is_with(&self, recipient: Recipient) -> bool {
        let to =
            |event: &Event| matches!(event.act, Act::HandOver { recipient: Some(to), .. } if to == recipient);
        self.state == State::HandedOver && self.events.iter().any(to)
    }

    /// Its approval.
    #[must_use]
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    /// Makes an event of this list so. Give it what [`judge`](Self::judge) gave.
    pub fn apply(&mut self, event: Event) {
        match &event.act {
            Act::StartFieldCheck => self.state = State::FieldCheck,
            Act::OpenForum => self.state = State::Forum,
            Act::HoldForum { village, held_on, villagers } => {
                self.forums.insert(*village, Forum { held_on: *held_on, villagers: *villagers });
            }
            Act::Check { household, finding, note } => self.change(*household, |line| {
                line.checked = Some((*finding, note.clone()));
                line.decided |= *finding == Finding::InNeed;
            }),
            Act::Confirm { household } => self.change(*household, |line| {
                line.decided = true;
                if line.standing == Standing::Computed {
                    line.standing = Standing::Confirmed;
                }
            }),
            Act::Move { household, place, reason } => {
                self.order.retain(|standing| standing != household);
                self.insert(*household, Some(*place));
                self.change(*household, |line| line.decide(Standing::Moved, reason));
            }
            Act::Remove { household, reason } => {
                self.order.retain(|standing| standing != household);
                self.change(*household, |line| line.decide(Standing::Removed, reason));
            }
            Act::Restore { household, reason } => {
                let place = self.place_by_computation(*household);
                self.insert(*household, place);
                self.change(*household, |line| line.decide(Standing::Restored, reason));
            }
            Act::Add { household, village, place, reason } => {
                self.lines.insert(*household, Line::added(*household, *village, reason));
                self.insert(*household, *place);
            }
            Act::Approve => {
                self.state = State::Approved;
                let days = i64::from(self.opening.appeal_days).days();
                let appeals_until = plus(day_in_thailand(event.at), days);
                self.approval = Some(Approval { by: event.by.clone(), at: event.at, appeals_until });
            }
            Act::HandOver { .. } => self.state = State::HandedOver,
            Act::Appeal { accepted: false, .. } => {}
            Act::Appeal { household, accepted: true, .. } => {
                self.state = State::Superseded;
                self.appealed = Some(*household);
            }
        }
        self.events.push(event);
    }

    /// The opening of the next version, if an appeal was accepted: the lines as they were decided, and that
    /// of who appealed back in the check queue, out of its place if it had none.
    #[must_use]
    pub fn reopened(&self) -> Option<Opening> {
        let appealed = self.appealed?;
        let mut lines: Vec<Line> = self.standing().chain(self.removed()).cloned().collect();
        match lines.iter_mut().find(|line| line.household == appealed) {
            Some(line) => line.reopen(),
            None => {
                let village = self.events.iter().rev().find_map(|event| event.act.village_of_appeal())?;
                lines.push(Line::appealed(appealed, village));
            }
        }
        Some(Opening {
            version: self.opening.version + 1,
            replaces: Some((self.opening.version, self.seal().sha256)),
            lines,
            ..self.opening.clone()
        })
    }

    fn change(&mut self, household: HouseholdId, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.lines.get_mut(&household) {
            change(line);
        }
    }

    /// Puts a household at a place from 1; at the end where none is given.
    fn insert(&mut self, household: HouseholdId, place: Option<u32>) {
        let end = self.order.len();
        let at = place.map_or(end, |place| (place.max(1) as usize - 1).min(end));
        self.order.insert(at, household);
    }

    /// The place before the first line that was computed to stand behind this household.
    fn place_by_computation(&self, household: HouseholdId) -> Option<u32> {
        let computed = |id: &HouseholdId| Some(self.lines.get(id)?.computed.as_ref()?.place);
        let own = computed(&household)?;
        let at = self.order.iter().position(|id| computed(id).is_some_and(|place| place > own))?;
        u32::try_from(at + 1).ok()
    }
}

/// The day so much later; the last of all days where there is none.
fn plus(day: Date, span: Span) -> Date {
    day.saturating_add(span)
}
