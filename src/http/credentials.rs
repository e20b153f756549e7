//! What people and devices show to prove who they are: one-time codes, device tokens, API keys, the cookies
//! of those who signed in.
//!
//! The secret of each is drawn at random (a device draws its own part of it) and shown once; the hub
//! keeps its SHA-256. A secret of that many random bytes needs no slow hash: there is nothing to guess.
//!
//! | | text |
//! |---|---|
//! | enrolment code | `650117-XXXXX-XXXXX`, 50 random bits, once, for some days, few attempts |
//! | device token | `smr_d_<tambon>_<device>_<secret>` |
//! | API key | `smr_k_<id>_<secret>` |
//! | session | `<secret>`, in a cookie |
//!
//! A token names its tambon, so that looking it up touches that tambon alone.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use sync_protocol::ids::{DeviceId, TambonCode};

/// The characters of a code: none that looks like another, none that completes a word.
const CODE_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARS: usize = 10;
const SECRET_BYTES: usize = 32;
/// Random bytes by which a device is known as the same while it is being enrolled.
pub const ATTEMPT_BYTES: usize = 16;

/// The system's source of chance failed.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers: {0}")]
pub struct NoChance(#[from] getrandom::Error);

/// Draws `N` random bytes.
///
/// # Errors
/// [`NoChance`].
pub fn random<const N: usize>() -> Result<[u8; N], NoChance> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// SHA-256 of a secret: what the hub keeps.
#[derive(Debug, Clone, Copy)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Whether it is the hash that is kept, told in the same time whatever the answer.
    #[must_use]
    pub fn is(&self, kept: &[u8; 32]) -> bool {
        self.0.ct_eq(kept).into()
    }
}

/// A one-time code to enrol a device with.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode(String);

impl EnrolmentCode {
    /// Draws a code for a device of this tambon.
    ///
    /// # Errors
    /// [`NoChance`].
    pub fn draw(tambon: TambonCode) -> Result<Self, NoChance> {
        let random: [u8; CODE_CHARS] = random()?;
        let letters: String =
            random.iter().map(|byte| char::from(CODE_ALPHABET[usize::from(byte % 32)])).collect();
        let (first, second) = letters.split_at(CODE_CHARS / 2);
        Ok(Self(format!("{tambon}-{first}-{second}")))
    }

    /// Reads a code as a person types it: in any case, with or without the hyphens, with the letter O
    /// for a zero or I and L for a one. `None` if no code can be meant.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '_'));
        let mut plain = String::with_capacity(16);
        for c in typed.take(32) {
            plain.push(match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
        }
        let (tambon, letters) = plain.split_at_checked(6)?;
        let tambon: TambonCode = tambon.parse().ok()?;
        if letters.len() != CODE_CHARS || !letters.bytes().all(|byte| CODE_ALPHABET.contains(&byte)) {
            return None;
        }
        let (first, second) = letters.split_at(CODE_CHARS / 2);
        Some(Self(format!("{tambon}-{first}-{second}")))
    }

    /// The code as it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What the hub keeps of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentCode(…)")
    }
}

/// A secret that was just drawn: to be shown once.
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// Draws a secret.
    ///
    /// # Errors
    /// [`NoChance`].
    pub fn draw() -> Result<Self, NoChance> {
        random().map(Self)
    }

    /// The secret of the device that shows this code in this attempt: the same each time, so that a
    /// device whose answer was lost asks again and gets the same token.
    #[must_use]
    pub fn of_attempt(code: &EnrolmentCode, attempt: &[u8; ATTEMPT_BYTES]) -> Self {
        let hash = Sha256::new().chain_update(b"samruat device token\0").chain_update(code.text());
        Self(hash.chain_update(attempt).finalize().into())
    }

    /// What the hub keeps of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// The token of a device with this secret.
    #[must_use]
    pub fn device_token(&self, tambon: TambonCode, device: DeviceId) -> String {
        format!("smr_d_{tambon}_{device}_{}", BASE64URL_NOPAD.encode(&self.0))
    }

    /// The API key with this id and secret.
    #[must_use]
    pub fn api_key(&self, id: &str) -> String {
        format!("smr_k_{id}_{}", BASE64URL_NOPAD.encode(&self.0))
    }
}

/// Draws the id of an API key.
///
/// # Errors
/// [`NoChance`].
pub fn draw_key_id() -> Result<String, NoChance> {
    random::<6>().map(|bytes| HEXLOWER.encode(&bytes))
}

/// What a device shows: who it says it is, and the proof.
#[derive(Debug, Clone, Copy)]
pub struct DeviceToken {
    /// The tambon that it belongs to.
    pub tambon: TambonCode,
    /// Its id.
    pub device: DeviceId,
    /// The hash of the secret that it showed.
    pub secret: SecretHash,
}

impl DeviceToken {
    /// Reads a token; `None` if it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("smr_d_")?.splitn(3, '_');
        let tambon = parts.next()?.parse().ok()?;
        let device = parts.next()?.parse().ok()?;
        Some(Self { tambon, device, secret: read_secret(parts.next()?)? })
    }
}

/// What a program of the office shows.
#[derive(Debug, Clone)]
pub struct ApiKeyText {
    /// Which key it says it is.
    pub id: String,
    /// The hash of the secret that it showed.
    pub secret: SecretHash,
}

impl ApiKeyText {
    /// Reads a key; `None` if it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix("smr_k_")?.split_once('_')?;
        let well_formed = !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let secret = read_secret(secret)?;
        well_formed.then(|| Self { id: id.to_owned(), secret })
    }
}

/// What a browser shows in which somebody signed in.
pub struct SessionText;

impl SessionText {
    /// Draws one: what the hub keeps of it, and the text for the cookie.
    ///
    /// # Errors
    /// [`NoChance`].
    pub fn draw() -> Result<(SecretHash, String), NoChance> {
        let secret = Secret::draw()?;
        Ok((secret.hash(), BASE64URL_NOPAD.encode(&secret.0)))
    }

    /// Reads a cookie; `None` if it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<SecretHash> {
        read_secret(text)
    }
}

fn read_secret(text: &str) -> Option<SecretHash> {
    let secret = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    (secret.len() == SECRET_BYTES).then(|| SecretHash::of(&secret))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = EnrolmentCode::read("650117-0K1ZT-9QRST").unwrap();
        for typed in
            ["650117-0k1zt-9qrst", "6501170K1ZT9QRST", " 650117 – OKLZT 9QRST ", "650117_0KIZT_9QRST"]
        {
            assert_eq!(EnrolmentCode::read(typed).unwrap(), code, "{typed}");
        }
        assert_eq!(code.text(), "650117-0K1ZT-9QRST");
        for bad in [
            "",
            "650117",
            "650117-0K1ZT-9QRS",
            "650117-0K1ZT-9QRSTV",
            "650117-0K1ZU-9QRST",
            "ต50117-0K1ZT-9QRST",
        ] {
            assert!(EnrolmentCode::read(bad).is_none(), "{bad}");
        }
        let drawn = EnrolmentCode::draw("650117".parse().unwrap()).unwrap();
        assert_eq!(EnrolmentCode::read(drawn.text()).unwrap(), drawn);
    }

    #[test]
    fn what_is_shown_proves_the_secret_and_nothing_else_does() {
        let (secret, other) = (Secret::draw().unwrap(), Secret::draw().unwrap());
        let device = DeviceId([0, 1, 2, 3, 4, 5, 6, 255]);
        let token = DeviceToken::read(&secret.device_token("650117".parse().unwrap(), device)).unwrap();
        assert_eq!((token.tambon.to_string().as_str(), token.device), ("650117", device));
        assert!(token.secret.is(&secret.hash().0) && !token.secret.is(&other.hash().0));

        let id = draw_key_id().unwrap();
        let key = ApiKeyText::read(&secret.api_key(&id)).unwrap();
        assert_eq!(key.id, id);
        assert!(key.secret.is(&secret.hash().0) && !key.secret.is(&other.hash().0));

        for bad in [
            "",
            "smr_d_650117_0011223344556677_",
            "smr_k_a_b",
            "smr_k__",
            "smr_d_650117",
            &format!("{}A", secret.api_key("a")),
        ] {
            assert!(DeviceToken::read(bad).is_none() && ApiKeyText::read(bad).is_none(), "{bad}");
        }
    }
}
