//! Whether a proposal may be done to a needy list.

use std::collections::BTreeSet;

use sync_protocol::ids::{HouseholdId, VillageCode};

use super::act::{Act, Event, Proposal};
use super::refusal::Refusal;
use super::{Line, NeedyList, Standing, State};
use crate::planning::fiscal::day_in_thailand;

/// The most characters of a reason or a note.
pub(super) const TEXT_CHARS_MAX: usize = 500;
/// The most people who come to a forum.
const VILLAGERS_MAX: u32 = 100_000;

impl NeedyList {
    /// Judges a proposal: the event that it makes, with its texts on one line and without blanks around
    /// them, or why it is refused. The list stays as it is.
    ///
    /// # Errors
    /// [`Refusal`], whose words say what to do.
    pub fn judge(&self, proposal: Proposal) -> Result<Event, Refusal> {
        let Proposal { by, at, on_revision, act } = proposal;
        self.in_time(&act)?;
        self.up_to_date(on_revision)?;
        let act = tidied(act);
        match &act {
            Act::StartFieldCheck | Act::OpenForum => {}
            Act::Check { household, note, .. } => {
                self.known(*household)?;
                short(note)?;
            }
            Act::HoldForum { village, held_on, villagers } => {
                let today = day_in_thailand(at);
                if *held_on > today {
                    return Err(Refusal::ForumInFuture { held_on: *held_on, today });
                }
                if !(1..=VILLAGERS_MAX).contains(villagers) {
                    return Err(Refusal::Villagers(*villagers));
                }
                village.map_or(Ok(()), |village| self.of_tambon(village))?;
            }
            Act::Confirm { household } => drop(self.stands(*household)?),
            Act::Move { household, place, reason } => {
                self.stands(*household)?;
                self.is_place(*place, self.order.len())?;
                written(reason)?;
            }
            Act::Remove { household, reason } => {
                let line = self.known(*household)?;
                if line.standing == Standing::Removed && !line.is_open() {
                    return Err(Refusal::DoesNotStand(*household));
                }
                written(reason)?;
            }
            Act::Restore { household, reason } => {
                if self.known(*household)?.standing != Standing::Removed {
                    return Err(Refusal::Stands(*household));
                }
                written(reason)?;
            }
            Act::Add { household, village, place, reason } => {
                self.of_tambon(*village)?;
                if let Some(line) = self.line(*household) {
                    let removed = line.standing == Standing::Removed;
                    let refusal = if removed { Refusal::WasRemoved } else { Refusal::Stands };
                    return Err(refusal(*household));
                }
                place.map_or(Ok(()), |place| self.is_place(place, self.order.len() + 1))?;
                written(reason)?;
            }
            Act::Approve => self.ready()?,
            Act::HandOver { to, .. } => written(to)?,
            Act::Appeal { village, reason, .. } => {
                self.of_tambon(*village)?;
                written(reason)?;
                let until = self.approval().map(|approval| approval.appeals_until);
                if let Some(until) = until.filter(|until| day_in_thailand(at) > *until) {
                    return Err(Refusal::AppealTooLate { until });
                }
            }
        }
        Ok(Event { number: self.revision() + 1, by, at, act })
    }

    /// Whether the list is as far as the act asks.
    fn in_time(&self, act: &Act) -> Result<(), Refusal> {
        use State::{Approved, Draft, FieldCheck, Forum, HandedOver};
        let states: &[State] = match act {
            Act::StartFieldCheck => &[Draft],
            Act::Check { .. } => &[Draft, FieldCheck, Forum],
            Act::OpenForum => &[Draft, FieldCheck],
            Act::Add { .. } => &[Draft, FieldCheck, Forum],
            Act::HoldForum { .. }
            | Act::Confirm { .. }
            | Act::Move { .. }
            | Act::Remove { .. }
            | Act::Restore { .. }
            | Act::Approve => &[Forum],
            Act::HandOver { .. } => &[Approved, HandedOver],
            Act::Appeal { .. } => &[Approved, HandedOver],
        };
        if states.contains(&self.state()) {
            return Ok(());
        }
        let act = act.clone();
        Err(match self.state() {
            State::Superseded => Refusal::Superseded { by: self.opening().version + 1 },
            Approved | HandedOver => {
                Refusal::Closed { act, until: self.approval().map(|approval| approval.appeals_until) }
            }
            state => Refusal::NotNow { act, state },
        })
    }

    fn up_to_date(&self, on_revision: u64) -> Result<(), Refusal> {
        let now = self.revision();
        if on_revision == now {
            return Ok(());
        }
        let seen = usize::try_from(on_revision).unwrap_or(usize::MAX);
        let since = self.events().get(seen..).unwrap_or_default().to_vec();
        Err(Refusal::Stale { on_revision, now, since })
    }

    fn known(&self, household: HouseholdId) -> Result<&Line, Refusal> {
        self.line(household).ok_or(Refusal::NotOnList(household))
    }

    fn stands(&self, household: HouseholdId) -> Result<&Line, Refusal> {
        let line = self.known(household)?;
        if line.standing == Standing::Removed { Err(Refusal::DoesNotStand(household)) } else { Ok(line) }
    }

    fn of_tambon(&self, village: VillageCode) -> Result<(), Refusal> {
        let tambon = self.opening().tambon;
        if village.tambon() == tambon { Ok(()) } else { Err(Refusal::OtherTambon { village, tambon }) }
    }

    fn is_place(&self, place: u32, last: usize) -> Result<(), Refusal> {
        if place >= 1 && place as usize <= last {
            return Ok(());
        }
        Err(Refusal::NoSuchPlace { place, last })
    }

    /// Whether the list can be approved: nobody is left in the check queue, and a forum was held for the
    /// village of every line that stands.
    fn ready(&self) -> Result<(), Refusal> {
        let open: Vec<HouseholdId> = self.check_queue().map(|line| line.household).collect();
        if !open.is_empty() {
            return Err(Refusal::Unchecked(open));
        }
        if self.forums().contains_key(&None) {
            return Ok(());
        }
        if self.forums().is_empty() {
            return Err(Refusal::NoForum(Vec::new()));
        }
        let held = |village: &VillageCode| self.forums().contains_key(&Some(*village));
        let villages: BTreeSet<VillageCode> = self.standing().map(|line| line.village).collect();
        let without: Vec<VillageCode> = villages.into_iter().filter(|village| !held(village)).collect();
        if without.is_empty() { Ok(()) } else { Err(Refusal::NoForum(without)) }
    }
}

/// Texts as they are kept: on one line, without blanks around them or a sign before them that a spreadsheet
/// takes for a formula, in the one spelling that equal Thai texts share.
fn tidied(mut act: Act) -> Act {
    let text = match &mut act {
        Act::Check { note: text, .. } | Act::HandOver { to: text, .. } => text,
        Act::Move { reason: text, .. }
        | Act::Remove { reason: text, .. }
        | Act::Restore { reason: text, .. }
        | Act::Add { reason: text, .. }
        | Act::Appeal { reason: text, .. } => text,
        _ => return act,
    };
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_sign = |c: char| c.is_whitespace() || "=+-@'".contains(c);
    *text = survey_form::thai::fold_text(one_line.trim_start_matches(is_sign)).into_owned();
    act
}

fn written(text: &str) -> Result<(), Refusal> {
    if text.is_empty() { Err(Refusal::NothingWritten) } else { short(text) }
}

fn short(text: &str) -> Result<(), Refusal> {
    let chars = text.chars().count();
    if chars > TEXT_CHARS_MAX { Err(Refusal::TooLong { chars }) } else { Ok(()) }
}
