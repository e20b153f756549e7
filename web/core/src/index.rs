//! Every household of the device without its document: enough for the list and for a sync.

use light::{Map, Set};

use sync_protocol::device::{Presence, Stored};
use sync_protocol::genesis;
use sync_protocol::ids::{ActorId, ChangeHash, HouseholdId, VillageCode};

use crate::facts::Facts;
use crate::records::{self, EntryRecord, VillageRecord};

/// One household.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The village that it lies in.
    pub village: VillageCode,
    /// Under which actor it is edited here.
    pub actor: Option<ActorId>,
    /// Its document's heads, ascending.
    pub heads: Vec<ChangeHash>,
    /// Where it is.
    pub presence: Presence,
    /// Whether a document is stored.
    pub has_document: bool,
    /// Whether the facts are older than the document.
    pub is_stale: bool,
    /// What the list shows.
    pub facts: Facts,
}

impl Entry {
    /// The entry of a household that was just written; its facts are those of before.
    #[must_use]
    pub fn of(stored: &Stored, facts: Facts) -> Self {
        Self {
            village: stored.village,
            actor: stored.actor,
            heads: stored.heads.clone(),
            presence: stored.presence,
            has_document: !stored.document.is_empty(),
            is_stale: stored.presence == Presence::Here,
            facts,
        }
    }

    /// Whether it is on the list.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.presence == Presence::Here
    }

    /// As [`Stored::is_live`].
    fn is_live(&self) -> bool {
        self.is_here() && !self.heads.is_empty() && self.heads != [genesis::hash()]
    }

    fn record(&self, household: HouseholdId) -> EntryRecord {
        EntryRecord {
            household,
            actor: self.actor,
            heads: self.heads.clone(),
            presence: self.presence.into(),
            has_document: self.has_document,
            is_stale: self.is_stale,
            facts: self.facts.clone(),
        }
    }
}

/// All households. An entry is large, and they come in no order, so they are boxed.
#[derive(Debug, Default)]
pub struct Index(pub Map<HouseholdId, Box<Entry>>);

impl Index {
    /// Takes in the stored bytes of one village; `None` where they are damaged.
    pub fn take(&mut self, village: VillageCode, bytes: &[u8]) -> Option<()> {
        let record: VillageRecord = records::read(bytes)?;
        let entries = record.entries.into_iter().map(|entry| {
            let EntryRecord { household, actor, heads, presence, has_document, is_stale, facts } = entry;
            let presence = presence.into();
            let entry = Entry { village, actor, heads, presence, has_document, is_stale, facts };
            (household, Box::new(entry))
        });
        self.0.append(&mut entries.collect());
        Some(())
    }

    /// The bytes to store for a village, with `newer` entries in the place of those that are known.
    #[must_use]
    pub fn village(&self, village: VillageCode, newer: &Map<HouseholdId, Box<Entry>>) -> Vec<u8> {
        let known = self.0.iter().filter(|(household, _)| !newer.contains_key(household));
        let entries = known.chain(newer).filter(|(_, entry)| entry.village == village);
        records::bytes(&VillageRecord { entries: entries.map(|(id, entry)| entry.record(*id)).collect() })
    }

    /// The live households with their villages and heads, as a session wants them.
    #[must_use]
    pub fn live(&self) -> Map<HouseholdId, (VillageCode, Vec<ChangeHash>)> {
        let live = self.0.iter().filter(|(_, entry)| entry.is_live());
        live.map(|(household, entry)| (*household, (entry.village, entry.heads.clone()))).collect()
    }

    /// The households that moved away and are kept.
    #[must_use]
    pub fn away(&self) -> Vec<HouseholdId> {
        let away = |entry: &Entry| matches!(entry.presence, Presence::Moved(_)) && entry.has_document;
        self.0.iter().filter(|(_, entry)| away(entry)).map(|(household, _)| *household).collect()
    }

    /// The household that goes on where this one went, itself if it went nowhere.
    #[must_use]
    pub fn current(&self, household: HouseholdId) -> HouseholdId {
        let mut at = household;
        let mut seen = Set::new();
        while let Some(Presence::Folded(into)) = self.0.get(&at).map(|entry| entry.presence)
            && seen.insert(at)
        {
            at = into;
        }
        at
    }

    /// The households whose facts are older than their documents.
    pub fn stale(&self) -> impl Iterator<Item = HouseholdId> {
        self.0.iter().filter(|(_, entry)| entry.is_stale && entry.is_here()).map(|(household, _)| *household)
    }
}
