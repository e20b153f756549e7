//! Identifiers: each a fixed number of bytes or digits, parsed once at the edge. A value that
//! breaks its rule cannot be built.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder};
use sha2::{Digest, Sha256};

use light::digits::{self, BASE32, HEXADECIMAL};

/// A text or byte string that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}: {rule}")]
pub struct InvalidId {
    /// What was expected, e.g. `village code`.
    pub kind: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
    /// What was given, cut to 64 characters.
    pub text: String,
}

impl InvalidId {
    fn new(kind: &'static str, rule: &'static str, text: &str) -> Self {
        Self { kind, rule, text: text.chars().take(64).collect() }
    }
}

/// An identifier of `$len` bytes, written in digits of `$bits` bits; only the canonical text is accepted.
macro_rules! byte_id {
    ($(#[$meta:meta])* $name:ident, $len:literal, $bits:ident, $kind:literal, $rule:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The bytes as a slice.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidId;

            fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
                bytes.try_into().map(Self).map_err(|_| InvalidId::new($kind, $rule, &digits::encode(bytes, HEXADECIMAL)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&digits::encode(&self.0, $bits))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let bytes = digits::decode(text, $bits);
                bytes.map(Self).ok_or_else(|| InvalidId::new($kind, $rule, text))
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::try_from(d.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message(concat!("not a ", $kind)))
            }
        }
    };
}

byte_id! {
    /// SHA-256 of a change chunk: its name everywhere.
    ChangeHash, 32, HEXADECIMAL, "change hash", "it has 64 hexadecimal digits"
}
byte_id! {
    /// An Automerge actor: a device's id (8 bytes), then 8 random bytes drawn for one household
    /// and one incarnation of the device's storage.
    ActorId, 16, HEXADECIMAL, "actor id", "it has 32 hexadecimal digits"
}
byte_id! {
    /// A device that writes changes, drawn by the hub when the device is enrolled.
    DeviceId, 8, HEXADECIMAL, "device id", "it has 16 hexadecimal digits"
}
byte_id! {
    /// One household's document.
    HouseholdId, 16, BASE32, "household id", "it has 26 characters of 0-9 and a-v"
}
byte_id! {
    /// One row of a household (member, need, visit, note, photo): 16 random bytes.
    RowId, 16, BASE32, "row id", "it has 26 characters of 0-9 and a-v"
}

impl ChangeHash {
    /// The first 8 bytes: enough to tell the changes of one household apart, never to trust one.
    #[must_use]
    pub fn short(&self) -> ShortHash {
        let mut short = [0; 8];
        short.copy_from_slice(&self.0[..8]);
        short
    }
}

/// The first 8 bytes of a [`ChangeHash`].
pub type ShortHash = [u8; 8];

impl ActorId {
    /// The actor of `device` for one household and incarnation; `random` is drawn by the caller.
    #[must_use]
    pub fn new(device: DeviceId, random: [u8; 8]) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&device.0);
        bytes[8..].copy_from_slice(&random);
        Self(bytes)
    }

    /// The device that this actor belongs to.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[..8]);
        DeviceId(bytes)
    }
}

impl HouseholdId {
    /// The id of family number `family` (1, 2, …) in the house with this 11-digit house code.
    /// Two phones that register the same house make the same document.
    ///
    /// First 16 bytes of SHA-256 over `samruat/household/1`, a zero byte, the 11 digits, a zero
    /// byte and the family number as one byte.
    #[must_use]
    pub fn derived(house_code: &HouseCode, family: u8) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"samruat/household/1\0");
        hash.update(house_code.0);
        hash.update([0, family]);
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }
}

/// The 11-digit code of a registered house (รหัสประจำบ้าน); how its check digit is made is not
/// published, so only length and digits are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HouseCode([u8; 11]);

impl FromStr for HouseCode {
    type Err = InvalidId;

    /// Takes 11 digits, also written in groups as `3014-000123-4`.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits: Vec<u8> = text.bytes().filter(|b| *b != b'-' && *b != b' ').collect();
        match <[u8; 11]>::try_from(digits) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(InvalidId::new("house code", "it has 11 digits", text)),
        }
    }
}

impl fmt::Display for HouseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

/// An area code of the Department of Provincial Administration, with `$digits` digits.
macro_rules! area_code {
    ($(#[$meta:meta])* $name:ident, $digits:literal, $range:expr, $kind:literal, $rule:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The code as a number, e.g. for a database column.
            #[must_use]
            pub fn get(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = InvalidId;

            fn try_from(code: u32) -> Result<Self, InvalidId> {
                if $range.contains(&code) { Ok(Self(code)) } else { Err(InvalidId::new($kind, $rule, &code.to_string())) }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = || InvalidId::new($kind, $rule, text);
                if text.len() != $digits || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(invalid());
                }
                text.parse::<u32>().map_err(|_| invalid())?.try_into().map_err(|_| invalid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u32(self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::try_from(d.u32()?).map_err(|_| minicbor::decode::Error::message(concat!("not a ", $kind)))
            }
        }
    };
}

area_code! {
    /// A tambon or khwaeng (sub-district): 6 digits.
    TambonCode, 6, (100_000..=999_999), "tambon code", "it has 6 digits and does not begin with 0"
}
area_code! {
    /// A village (หมู่): its tambon's 6 digits, then its number; 00 where there is none.
    VillageCode, 8, (10_000_000..=99_999_999), "village code", "it has 8 digits and does not begin with 0"
}

impl VillageCode {
    /// The village with number `moo` (0-99) in `tambon`.
    #[must_use]
    pub fn new(tambon: TambonCode, moo: u8) -> Self {
        Self(tambon.0 * 100 + u32::from(moo.min(99)))
    }

    /// The tambon that the village lies in.
    #[must_use]
    pub fn tambon(self) -> TambonCode {
        TambonCode(self.0 / 100)
    }

    /// The village's number in its tambon, 0-99.
    #[must_use]
    pub fn moo(self) -> u8 {
        u8::try_from(self.0 % 100).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_of_an_id_is_accepted() {
        let id = HouseholdId([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().to_uppercase().parse::<HouseholdId>().is_err());
        assert!("0".repeat(26).parse::<RowId>().is_ok());
        assert!(format!("{}1", "0".repeat(25)).parse::<RowId>().is_err(), "trailing bits must be zero");
        assert!("zz".parse::<DeviceId>().is_err());
    }

    #[test]
    fn area_codes_keep_their_hierarchy() {
        let village: VillageCode = "65011704".parse().expect("a village of อรัญญิก");
        assert_eq!((village.tambon().to_string(), village.moo()), ("650117".to_owned(), 4));
        assert_eq!(VillageCode::new(village.tambon(), 4), village);
        for bad in ["05011704", "6501170", "650117044", "๖๕๐๑๑๗๐๔", "+5011704"] {
            assert!(bad.parse::<VillageCode>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_house_gives_the_same_household() {
        let grouped: HouseCode = "3014-000123-4".parse().expect("a house code");
        let plain: HouseCode = "30140001234".parse().expect("a house code");
        assert_eq!(HouseholdId::derived(&grouped, 1), HouseholdId::derived(&plain, 1));
        assert_ne!(HouseholdId::derived(&plain, 1), HouseholdId::derived(&plain, 2));
    }
}
