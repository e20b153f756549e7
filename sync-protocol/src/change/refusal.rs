//! Why a change is refused: one table of codes, names and sentences.

/// Makes [`Refusal`] from the table, so that a code, its name and its sentence cannot drift apart.
macro_rules! refusals {
    ($($code:literal $variant:ident $name:literal $sentence:literal)+) => {
        /// Why a change is refused. A code never changes its meaning and is never used again.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Refusal {
            $(#[doc = $sentence] $variant = $code,)+
        }

        impl Refusal {
            /// Every refusal, by code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number that stands for it on the wire and in the database.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The refusal with this code.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Its name in logs, listings and problem types.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What is wrong with the change, in English.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                }
            }
        }
    };
}

refusals! {
    // The chunk: what the bytes alone tell.
    1 TooLarge "too-large" "the change is larger than a change may be"
    2 Truncated "truncated" "the change ends too early"
    3 Magic "magic" "the bytes do not begin as an Automerge chunk"
    4 ChunkType "chunk-type" "the chunk is not an uncompressed change"
    5 Checksum "checksum" "the checksum does not match the bytes"
    6 TrailingBytes "trailing-bytes" "bytes follow the end of the change"
    7 NotCanonical "not-canonical" "the same change can be written in another way, so its hash would not be stable"

    // The header of the change.
    10 NoDependencies "no-dependencies" "the change depends on nothing; only the genesis change may"
    11 TooManyDependencies "too-many-dependencies" "the change has too many dependencies"
    12 DependencyOrder "dependency-order" "the dependencies are not in ascending order"
    13 ActorLength "actor-length" "an actor id does not have 16 bytes"
    14 GenesisActor "genesis-actor" "only the genesis change is written by actor zero"
    15 TooManyActors "too-many-actors" "the change names too many actors"
    16 ActorOrder "actor-order" "the other actors are not in ascending order, or the author is among them"
    17 UnusedActor "unused-actor" "the change names an actor that no operation refers to"
    18 Sequence "sequence" "the sequence number is zero or too high"
    19 Counter "counter" "an operation counter is zero or too high"
    20 Time "time" "the time lies outside what JavaScript holds exactly"
    21 Message "message" "the change carries a message"
    22 ActorIndex "actor-index" "an operation refers to an actor that the change does not name"

    // The operations.
    30 Columns "columns" "the columns are not those of puts into maps"
    31 ColumnLength "column-length" "a column does not hold one item for each operation"
    32 NoOperations "no-operations" "the change has no operation"
    33 TooManyOperations "too-many-operations" "the change has too many operations"
    34 Target "target" "an operation is neither a put into answers or a row, nor the making of a row"
    35 Key "key" "a question name is empty, too long, not UTF-8, or holds control characters"
    36 RowId "row-id" "the key of a new row is not a row id"
    37 ValueType "value-type" "a value is not null, a boolean, a number or a text"
    38 Value "value" "a value is not written as its type demands"
    39 StringTooLong "string-too-long" "a text is longer than an answer may be"
    40 TooManyPredecessors "too-many-predecessors" "an operation replaces more values than it may"
    41 PredecessorOrder "predecessor-order" "the replaced values are not in ascending order"
    42 Delete "delete" "a value is deleted; an answer is cleared by putting null, a conflict settled by putting a value"

    // The change against the household.
    60 WrongCounter "wrong-counter" "the first operation counter is not the one that follows from the dependencies"
    61 SequenceGap "sequence-gap" "the actor's changes before this one are missing"
    62 SequenceFork "sequence-fork" "the change does not build on the actor's own last change"
    63 UnknownRow "unknown-row" "the row is not known where the change was made"
    64 RowExists "row-exists" "the row exists already"
    65 WrongPredecessor "wrong-predecessor" "a replaced value is not a value of this question where the change was made"
    66 MissingPredecessor "missing-predecessor" "a value that was known where the change was made is not replaced"

    // What one household may hold.
    80 TooManyChanges "household-changes" "the household has as many changes as it may"
    81 TooManyCounters "household-operations" "the household has as many operations as it may"
    82 TooManyRows "household-rows" "the household has as many rows as it may"
    83 TooManyWriters "household-actors" "the household has as many actors as it may"
    84 TooManyRegisters "household-registers" "the household has as many answers as it may"
    85 TooManyHeads "household-heads" "the household has as many concurrent changes as it may"
    86 TooManyValues "register-values" "the question has as many concurrent values as it may"
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_names_are_distinct_and_codes_lead_back() {
        let names: BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.name()).collect();
        assert_eq!(names.len(), Refusal::ALL.len());
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::from_code(refusal.code()), Some(*refusal));
            let kebab = refusal.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            assert!(kebab, "{}", refusal.name());
        }
        assert_eq!(Refusal::from_code(0), None);
    }
}
