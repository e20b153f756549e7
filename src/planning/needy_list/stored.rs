//! What a version of a list begins with, as JSON to be kept.

use need_score::{Flag, Tier};
use serde::{Deserialize, Serialize};
use sync_protocol::cursor::Cursor;

use super::act::Finding;
use super::line::{Computed, Line, Standing};
use super::{Basis, Opening};
use crate::planning::allocation::By;

/// A text that is no opening of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the opening of a list cannot be read: {0}")]
pub struct Unreadable(String);

#[derive(Serialize, Deserialize)]
struct StoredOpening {
    tambon: String,
    version: u32,
    epoch: String,
    seq: u64,
    chain: String,
    parameters: String,
    by: By,
    replaces: Option<(u32, String)>,
    appeal_days: u16,
    lines: Vec<StoredLine>,
}

#[derive(Serialize, Deserialize)]
struct StoredLine {
    household: String,
    village: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    computed: Option<StoredComputed>,
    standing: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(default, skip_serializing_if = "is_false")]
    check: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checked: Option<(Finding, String)>,
    #[serde(default, skip_serializing_if = "is_false")]
    decided: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredComputed {
    place: u32,
    tier: u8,
    /// Need, the least, the most.
    need: [u8; 3],
    housing: u8,
    completeness: u8,
    income: Option<i64>,
    #[serde(default, skip_serializing_if = "is_false")]
    missed: bool,
    flags: String,
}

fn is_false(it: &bool) -> bool {
    !it
}

fn hex<const N: usize>(text: &str) -> Result<[u8; N], Unreadable> {
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| Unreadable(format!("{text:?} is no hash")))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Unreadable> {
    text.parse().map_err(|_| Unreadable(format!("{text:?} is no code")))
}

impl Opening {
    /// Its text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let stored = StoredOpening {
            tambon: self.tambon.to_string(),
            version: self.version,
            epoch: data_encoding::HEXLOWER.encode(&self.basis.as_of.epoch),
            seq: self.basis.as_of.seq,
            chain: data_encoding::HEXLOWER.encode(&self.basis.as_of.chain),
            parameters: self.basis.parameters.clone(),
            by: self.basis.by,
            replaces: self.replaces.clone(),
            appeal_days: self.appeal_days,
            lines: self.lines.iter().map(store).collect(),
        };
        // Nothing in it can fail to be JSON.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads [`Opening::to_json`].
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        let stored: StoredOpening =
            serde_json::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let as_of = Cursor { epoch: hex(&stored.epoch)?, seq: stored.seq, chain: hex(&stored.chain)? };
        Ok(Self {
            tambon: parsed(&stored.tambon)?,
            version: stored.version,
            basis: Basis { as_of, parameters: stored.parameters, by: stored.by },
            replaces: stored.replaces,
            appeal_days: stored.appeal_days,
            lines: stored.lines.into_iter().map(read).collect::<Result<_, _>>()?,
        })
    }
}

fn store(line: &Line) -> StoredLine {
    let computed = |computed: &Computed| StoredComputed {
        place: computed.place,
        tier: computed.tier as u8,
        need: [computed.need, computed.need_min, computed.need_max],
        housing: computed.housing,
        completeness: computed.completeness,
        income: computed.income_per_person,
        missed: computed.missed,
        flags: computed.deprived.iter().map(|flag| flag.name()).collect::<Vec<_>>().join(" "),
    };
    StoredLine {
        household: line.household.to_string(),
        village: line.village.to_string(),
        computed: line.computed.as_ref().map(computed),
        standing: line.standing.name().to_owned(),
        reason: line.reason.clone(),
        check: line.check,
        checked: line.checked.clone(),
        decided: line.decided,
    }
}

fn read(line: StoredLine) -> Result<Line, Unreadable> {
    let standing = Standing::ALL.into_iter().find(|standing| standing.name() == line.standing);
    Ok(Line {
        household: parsed(&line.household)?,
        village: parsed(&line.village)?,
        computed: line.computed.map(computed).transpose()?,
        standing: standing.ok_or_else(|| Unreadable(format!("{:?} is no standing", line.standing)))?,
        reason: line.reason,
        check: line.check,
        checked: line.checked,
        decided: line.decided,
    })
}

fn computed(stored: StoredComputed) -> Result<Computed, Unreadable> {
    let tiers = [Tier::Urgent, Tier::Severe, Tier::Deprived, Tier::Sound];
    let tier = tiers.into_iter().find(|tier| *tier as u8 == stored.tier);
    let flag = |name: &str| Flag::ALL.into_iter().find(|flag| flag.name() == name);
    let deprived: Option<Vec<Flag>> = stored.flags.split_whitespace().map(flag).collect();
    let [need, need_min, need_max] = stored.need;
    Ok(Computed {
        place: stored.place,
        tier: tier.ok_or_else(|| Unreadable(format!("{} is no tier", stored.tier)))?,
        need,
        need_min,
        need_max,
        housing: stored.housing,
        completeness: stored.completeness,
        income_per_person: stored.income,
        missed: stored.missed,
        deprived: deprived.ok_or_else(|| Unreadable(format!("{:?} are no flags", stored.flags)))?,
    })
}
