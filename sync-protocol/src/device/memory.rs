//! A device's storage in memory: for a practice mode, for tests, for simulations.

use light::Map;
use std::convert::Infallible;

use super::{Mark, Outgoing, State, Storage, Stored};
use crate::ids::{ChangeHash, HouseholdId, VillageCode};

/// Everything that a device keeps. A clone of it is what a backup, or a cloned phone, holds.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The households, those that are gone included.
    pub households: Map<HouseholdId, Stored>,
    /// The outbox, in the order in which changes were put.
    pub outbox: Vec<(Outgoing, Option<Mark>)>,
    /// [`State`], as bytes.
    pub state: Vec<u8>,
}

impl Memory {
    /// The live households with their villages and heads, as a session wants them.
    #[must_use]
    pub fn live(&self) -> Map<HouseholdId, (VillageCode, Vec<ChangeHash>)> {
        let live = self.households.iter().filter(|(_, stored)| stored.is_live());
        Map::from_iter(live.map(|(household, stored)| (*household, (stored.village, stored.heads.clone()))))
    }

    /// The households that moved away and are kept.
    #[must_use]
    pub fn away(&self) -> Vec<HouseholdId> {
        let away = self.households.iter().filter(|(_, stored)| stored.is_kept_away());
        away.map(|(household, _)| *household).collect()
    }

    /// The changes that the hub has not accepted yet, in order.
    #[must_use]
    pub fn all_unsent(&self) -> Vec<Outgoing> {
        self.outbox.iter().filter(|(_, mark)| mark.is_none()).map(|(outgoing, _)| outgoing.clone()).collect()
    }

    /// What it remembers of its hub.
    #[must_use]
    pub fn state(&self) -> State {
        State::from_bytes(&self.state)
    }
}

impl Storage for Memory {
    type Error = Infallible;

    fn load(&mut self, household: HouseholdId) -> Result<Option<Stored>, Infallible> {
        Ok(self.households.get(&household).cloned())
    }

    fn save(&mut self, household: HouseholdId, stored: &Stored) -> Result<(), Infallible> {
        self.households.insert(household, stored.clone());
        Ok(())
    }

    fn unsent(&mut self, household: HouseholdId) -> Result<Vec<Outgoing>, Infallible> {
        let unsent = self.outbox.iter().filter(|(out, mark)| out.household == household && mark.is_none());
        Ok(unsent.map(|(outgoing, _)| outgoing.clone()).collect())
    }

    fn put_outgoing(&mut self, outgoing: &Outgoing) -> Result<(), Infallible> {
        let is_it =
            |(out, _): &(Outgoing, _)| out.household == outgoing.household && out.hash == outgoing.hash;
        if !self.outbox.iter().any(is_it) {
            self.outbox.push((outgoing.clone(), None));
        }
        Ok(())
    }

    fn mark(&mut self, household: HouseholdId, hash: &ChangeHash, mark: Mark) -> Result<(), Infallible> {
        let is_it = |out: &Outgoing| out.household == household && out.hash == *hash;
        if mark == Mark::Replaced {
            self.outbox.retain(|(out, _)| !is_it(out));
        } else if let Some((_, slot)) = self.outbox.iter_mut().find(|(out, _)| is_it(out)) {
            *slot = Some(mark);
        }
        Ok(())
    }

    fn confirm(&mut self) -> Result<(), Infallible> {
        self.outbox.retain(|(_, mark)| *mark != Some(Mark::Accepted));
        Ok(())
    }

    fn save_state(&mut self, state: &[u8]) -> Result<(), Infallible> {
        self.state = state.to_vec();
        Ok(())
    }
}
