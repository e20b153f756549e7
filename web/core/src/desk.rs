//! What the device holds: the index, the outbox, drafts and the sync's state in memory; documents where
//! they lie, lent for as long as they are needed.
//!
//! Work is done on a [`Sheet`] over the desk and then *staged*: its writes go to the storage, and only
//! when they are there does the desk take it over. So memory never says what the storage does not.

use light::{Map, Set};
use std::sync::Arc;

use sync_protocol::device::{EditFailed, Mark, Outcome, Outgoing, Presence, Storage, Stored, edit};
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, VillageCode};

use crate::call::Chance;
use crate::draft::Draft;
use crate::fault::Fault;
use crate::index::{Entry, Index};
use crate::records::{self, HouseholdRecord, OutgoingRecord, Posted};

/// One record to write, or to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The store of the database.
    pub store: &'static str,
    /// The record's key.
    pub key: String,
    /// What to write; `None` deletes.
    pub bytes: Option<Vec<u8>>,
}

/// What is on its way to the storage.
#[derive(Debug, Default)]
pub struct Staged {
    entries: Map<HouseholdId, Box<Entry>>,
    documents: Map<HouseholdId, Stored>,
    outbox: Map<u64, Option<Arc<Posted>>>,
    state: Option<Vec<u8>>,
    drafts: Map<HouseholdId, Option<Draft>>,
    /// What the session is to be told.
    pub outcomes: Option<Vec<Outcome>>,
}

/// What a transaction changed.
#[derive(Debug, Default)]
pub struct Settled {
    /// Households whose documents are others now.
    pub touched: Set<HouseholdId>,
    /// Households that left the list.
    pub gone: Vec<HouseholdId>,
    /// Those of them of which nothing is to be kept.
    pub erased: Vec<HouseholdId>,
    /// What the session is to be told.
    pub outcomes: Option<Vec<Outcome>>,
}

/// What the device holds.
#[derive(Debug, Default)]
pub struct Desk {
    /// This device.
    pub device: Option<DeviceId>,
    /// Every household without its document.
    pub index: Index,
    /// The outbox by position.
    pub outbox: Map<u64, Arc<Posted>>,
    /// Answers that are no change yet.
    pub drafts: Map<HouseholdId, Draft>,
    /// What a session remembers between two syncs.
    pub state: Vec<u8>,
    /// Documents that lie here for a while, `None` where there is none.
    lent: Map<HouseholdId, Option<Stored>>,
    staged: Option<Staged>,
}

impl Desk {
    /// Takes the stored bytes of a household, empty where there are none.
    ///
    /// # Errors
    /// `internal` where the bytes are damaged.
    pub fn lend(&mut self, household: HouseholdId, bytes: &[u8]) -> Result<(), Fault> {
        let stored = if bytes.is_empty() {
            None
        } else {
            let record: HouseholdRecord =
                records::read(bytes).ok_or_else(|| Fault::internal("a stored household is damaged"))?;
            Some(record.into())
        };
        self.lent.insert(household, stored);
        Ok(())
    }

    /// Gives back every document but those of these households.
    pub fn give_back(&mut self, keep: impl Fn(HouseholdId) -> bool) {
        self.lent.retain(|household, _| keep(*household));
    }

    /// A household, if all that is known of it lies here.
    fn at_hand(&self, household: HouseholdId) -> Option<Option<Stored>> {
        if let Some(stored) = self.lent.get(&household) {
            return Some(stored.clone());
        }
        let Some(entry) = self.index.0.get(&household) else { return Some(None) };
        (!entry.has_document).then(|| {
            Some(Stored {
                village: entry.village,
                actor: entry.actor,
                document: Vec::new(),
                heads: entry.heads.clone(),
                presence: entry.presence,
            })
        })
    }

    /// A household with its document.
    ///
    /// # Errors
    /// `need` where the document has to be lent first.
    pub fn household(&self, household: HouseholdId) -> Result<Option<Stored>, Fault> {
        self.at_hand(household).ok_or_else(|| Fault::need([household]))
    }

    /// Whether these can be worked on, with all that they went into.
    ///
    /// # Errors
    /// `need` with every household whose document has to be lent first.
    pub fn all_at_hand(&self, households: impl IntoIterator<Item = HouseholdId>) -> Result<(), Fault> {
        let all = households.into_iter().flat_map(|household| [household, self.index.current(household)]);
        let missing: Set<HouseholdId> = all.filter(|id| self.at_hand(*id).is_none()).collect();
        if missing.is_empty() { Ok(()) } else { Err(Fault::need(missing)) }
    }

    /// The changes that the hub has not accepted yet, in order.
    #[must_use]
    pub fn unsent(&self) -> Vec<Outgoing> {
        let unsent = self.outbox.values().filter(|posted| posted.mark.is_none());
        unsent.map(|posted| posted.outgoing.clone()).collect()
    }

    /// A sheet to work on.
    #[must_use]
    pub fn sheet(&self) -> Sheet<'_> {
        Sheet { desk: self, documents: Map::new(), outbox: Map::new(), state: None, drafts: Map::new() }
    }

    /// Stages what was done on a sheet; gives what is to be written.
    pub fn stage(&mut self, done: Done, outcomes: Option<Vec<Outcome>>) -> Vec<Write> {
        let Done { documents, outbox, state, drafts } = done;
        let mut writes = Vec::new();
        let mut villages = Set::new();
        let mut entries = Map::new();
        for (household, stored) in &documents {
            let before = self.index.0.get(household);
            villages.extend(before.map(|entry| entry.village));
            villages.insert(stored.village);
            let facts = before.map(|entry| entry.facts.clone()).unwrap_or_default();
            entries.insert(*household, Box::new(Entry::of(stored, facts)));
            let bytes = records::bytes(&HouseholdRecord::from(stored));
            writes.push(Write { store: "households", key: household.to_string(), bytes: Some(bytes) });
        }
        writes.extend(villages.into_iter().map(|village| self.village_write(village, &entries)));
        writes.extend(outbox.iter().map(|(position, posted)| Write {
            store: "outbox",
            key: position.to_string(),
            bytes: posted.as_ref().map(|posted| records::bytes(&OutgoingRecord::from(&**posted))),
        }));
        writes.extend(state.iter().map(|state| Write {
            store: "settings",
            key: "state".to_owned(),
            bytes: Some(state.clone()),
        }));
        writes.extend(drafts.iter().map(|(household, draft)| Write {
            store: "drafts",
            key: household.to_string(),
            bytes: draft.as_ref().map(Draft::to_bytes),
        }));
        self.staged = Some(Staged { entries, documents, outbox, state, drafts, outcomes });
        writes
    }

    fn village_write(&self, village: VillageCode, newer: &Map<HouseholdId, Box<Entry>>) -> Write {
        let bytes = self.index.village(village, newer);
        Write { store: "index", key: village.to_string(), bytes: Some(bytes) }
    }

    /// The index of these villages as it is.
    #[must_use]
    pub fn index_writes(&self, villages: &Set<VillageCode>) -> Vec<Write> {
        villages.iter().map(|village| self.village_write(*village, &Map::new())).collect()
    }

    /// What was staged is in the storage, or is not and never happened.
    pub fn settle(&mut self, is_written: bool) -> Settled {
        let Some(staged) = self.staged.take().filter(|_| is_written) else { return Settled::default() };
        let mut settled = Settled { outcomes: staged.outcomes, ..Settled::default() };
        for (household, entry) in staged.entries {
            let was_here = self.index.0.get(&household).is_some_and(|entry| entry.is_here());
            if was_here && !entry.is_here() {
                settled.gone.push(household);
                if entry.presence == Presence::Erased {
                    settled.erased.push(household);
                }
            }
            settled.touched.insert(household);
            self.index.0.insert(household, entry);
        }
        for (household, stored) in staged.documents {
            // Its facts are to be read off it soon.
            self.lent.insert(household, Some(stored));
        }
        for (position, posted) in staged.outbox {
            match posted {
                Some(posted) => _ = self.outbox.insert(position, posted),
                None => _ = self.outbox.remove(&position),
            }
        }
        if let Some(state) = staged.state {
            self.state = state;
        }
        for (household, draft) in staged.drafts {
            match draft {
                Some(draft) => _ = self.drafts.insert(household, draft),
                None => _ = self.drafts.remove(&household),
            }
        }
        settled
    }
}

/// A document that has to be lent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(pub HouseholdId);

impl From<Missing> for Fault {
    fn from(Missing(household): Missing) -> Self {
        Self::need([household])
    }
}

/// Work over a desk that leaves it as it is.
#[derive(Debug)]
pub struct Sheet<'a> {
    desk: &'a Desk,
    documents: Map<HouseholdId, Stored>,
    /// Positions of the outbox that changed, `None` where nothing lies there any more.
    outbox: Map<u64, Option<Arc<Posted>>>,
    state: Option<Vec<u8>>,
    drafts: Map<HouseholdId, Option<Draft>>,
}

/// What was done on a [`Sheet`].
#[derive(Debug)]
pub struct Done {
    documents: Map<HouseholdId, Stored>,
    outbox: Map<u64, Option<Arc<Posted>>>,
    state: Option<Vec<u8>>,
    drafts: Map<HouseholdId, Option<Draft>>,
}

impl Sheet<'_> {
    /// The work as it is to be staged.
    #[must_use]
    pub fn done(self) -> Done {
        let Self { documents, outbox, state, drafts, .. } = self;
        Done { documents, outbox, state, drafts }
    }

    /// Writes a draft.
    pub fn put_draft(&mut self, household: HouseholdId, draft: Draft) {
        self.drafts.insert(household, Some(draft));
    }

    /// Makes a change of a household's draft, of a large one several. Gives the household in which the
    /// change lies: another one where it was folded.
    ///
    /// # Errors
    /// `need`; `internal` where a document does not take it: then the draft stays as it is.
    pub fn commit_draft(
        &mut self,
        household: HouseholdId,
        chance: &mut Chance,
    ) -> Result<HouseholdId, Fault> {
        let Some(draft) = self.desk.drafts.get(&household) else { return Ok(household) };
        let at = self.make_changes(household, draft, chance)?;
        self.drafts.insert(household, None);
        Ok(at)
    }

    /// Makes the changes of a draft, which need not lie on the desk; gives the household in which they lie.
    ///
    /// # Errors
    /// As [`Sheet::commit_draft`].
    pub fn make_changes(
        &mut self,
        household: HouseholdId,
        draft: &Draft,
        chance: &mut Chance,
    ) -> Result<HouseholdId, Fault> {
        let device = self.desk.device.ok_or_else(|| Fault::internal("no device is enrolled"))?;
        let mut at = household;
        for (edits, time_ms) in draft.changes() {
            let mut random = || chance.eight();
            (at, _) = edit(self, device, &mut random, (household, draft.village), time_ms, &edits).map_err(
                |failed| match failed {
                    EditFailed::Storage(missing) => missing.into(),
                    EditFailed::Document(error) => Fault::internal(error),
                    EditFailed::Gone(_) => Fault::of("household-gone"),
                },
            )?;
        }
        Ok(at)
    }

    /// The outbox as it is on this sheet, in order: what is new comes behind what lies on the desk.
    fn posted(&self) -> impl Iterator<Item = (u64, &Arc<Posted>)> {
        let last = self.desk.outbox.last_key_value().map_or(0, |(last, _)| *last);
        let before = self.desk.outbox.iter().filter_map(|(position, posted)| {
            Some((*position, self.outbox.get(position).map_or(Some(posted), Option::as_ref)?))
        });
        let new = self.outbox.range(last + 1..);
        before.chain(new.filter_map(|(position, posted)| Some((*position, posted.as_ref()?))))
    }

    fn find(&self, household: HouseholdId, hash: &ChangeHash) -> Option<(u64, &Arc<Posted>)> {
        let is_it = |posted: &Posted| posted.outgoing.hash == *hash && posted.outgoing.household == household;
        self.posted().find(|(_, posted)| is_it(posted))
    }
}

impl Storage for Sheet<'_> {
    type Error = Missing;

    fn load(&mut self, household: HouseholdId) -> Result<Option<Stored>, Missing> {
        match self.documents.get(&household) {
            Some(stored) => Ok(Some(stored.clone())),
            None => self.desk.at_hand(household).ok_or(Missing(household)),
        }
    }

    fn save(&mut self, household: HouseholdId, stored: &Stored) -> Result<(), Missing> {
        self.documents.insert(household, stored.clone());
        Ok(())
    }

    fn unsent(&mut self, household: HouseholdId) -> Result<Vec<Outgoing>, Missing> {
        let is_it = |posted: &Posted| posted.outgoing.household == household && posted.mark.is_none();
        let of_household = self.posted().filter(|(_, posted)| is_it(posted));
        Ok(of_household.map(|(_, posted)| posted.outgoing.clone()).collect())
    }

    fn put_outgoing(&mut self, outgoing: &Outgoing) -> Result<(), Missing> {
        if self.find(outgoing.household, &outgoing.hash).is_none() {
            let last = |position: Option<&u64>| position.copied().unwrap_or(0);
            let before = last(self.desk.outbox.keys().next_back());
            let position = before.max(last(self.outbox.keys().next_back())) + 1;
            self.outbox.insert(position, Some(Arc::new(Posted { outgoing: outgoing.clone(), mark: None })));
        }
        Ok(())
    }

    fn mark(&mut self, household: HouseholdId, hash: &ChangeHash, mark: Mark) -> Result<(), Missing> {
        let marked = self.find(household, hash).map(|(position, posted)| {
            let posted = Posted { mark: Some(mark), ..(**posted).clone() };
            (position, Some(Arc::new(posted)).filter(|_| mark != Mark::Replaced))
        });
        self.outbox.extend(marked);
        Ok(())
    }

    fn confirm(&mut self) -> Result<(), Missing> {
        let accepted = self.posted().filter(|(_, posted)| posted.mark == Some(Mark::Accepted));
        let accepted: Vec<u64> = accepted.map(|(position, _)| position).collect();
        self.outbox.extend(accepted.into_iter().map(|position| (position, None)));
        Ok(())
    }

    fn save_state(&mut self, state: &[u8]) -> Result<(), Missing> {
        self.state = Some(state.to_vec());
        Ok(())
    }
}
