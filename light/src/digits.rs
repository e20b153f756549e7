//! How the bytes of an identifier are written: so many bits a digit, the first ones first.
//!
//! Two lines of a general crate would do it, in eight kilobytes of what a phone downloads.

/// Bits of a hexadecimal digit.
pub const HEXADECIMAL: u32 = 4;
/// Bits of a digit of RFC 4648's "extended hex" base32.
pub const BASE32: u32 = 5;

const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// Writes bytes with so many bits a digit, in small letters and without padding; bits that the last digit
/// has left are zero.
#[must_use]
pub fn encode(bytes: &[u8], bits: u32) -> String {
    let digit = |value: u32| char::from(DIGITS[(value & ((1 << bits) - 1)) as usize]);
    let mut text = String::with_capacity((8 * bytes.len()).div_ceil(bits as usize));
    let (mut read, mut held) = (0_u32, 0);
    for byte in bytes {
        read = read << 8 | u32::from(*byte);
        held += 8;
        while held >= bits {
            held -= bits;
            text.push(digit(read >> held));
        }
    }
    if held > 0 {
        text.push(digit(read << (bits - held)));
    }
    text
}

/// Reads what [`encode`] wrote, and nothing else.
#[must_use]
pub fn decode<const N: usize>(text: &str, bits: u32) -> Option<[u8; N]> {
    if text.len() != (8 * N).div_ceil(bits as usize) {
        return None;
    }
    let mut bytes = [0; N];
    let (mut read, mut held, mut at) = (0_u32, 0, 0);
    for digit in text.bytes() {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'v' => digit - b'a' + 10,
            _ => return None,
        };
        if value >> bits != 0 {
            return None;
        }
        read = read << bits | u32::from(value);
        held += bits;
        if held >= 8 {
            held -= 8;
            bytes[at] = (read >> held) as u8;
            at += 1;
        }
    }
    (read & ((1 << held) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE32_DNSSEC, HEXLOWER};

    use super::*;

    #[test]
    fn bytes_are_written_as_others_write_them_and_read_again() {
        let mut bytes = [0_u8; 16];
        for turn in 0..2_000_u32 {
            bytes.rotate_left(1);
            bytes[15] = (turn.wrapping_mul(2_654_435_761) >> 24) as u8;
            let (hex, base32) = (encode(&bytes, HEXADECIMAL), encode(&bytes, BASE32));
            assert_eq!((&hex, &base32), (&HEXLOWER.encode(&bytes), &BASE32_DNSSEC.encode(&bytes)));
            assert_eq!((decode(&hex, HEXADECIMAL), decode(&base32, BASE32)), (Some(bytes), Some(bytes)));
        }
    }

    #[test]
    fn nothing_else_is_read() {
        let text = encode(&[0xab; 8], HEXADECIMAL);
        for other in [&text[1..], &text.to_uppercase(), &text.replace('a', "g"), &text.replace('a', "é"), ""]
        {
            assert_eq!(decode::<8>(other, HEXADECIMAL), None, "{other}");
        }
        assert_eq!(decode::<16>(&format!("{}1", "0".repeat(25)), BASE32), None, "bits are left");
        assert_eq!(decode::<16>(&"w".repeat(26), BASE32), None);
    }
}
