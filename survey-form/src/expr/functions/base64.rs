//! Base64 as RFC 4648 has it, with padding.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place > three.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

/// Reads what [`encode`] wrote, and nothing else.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for four in text.as_bytes().chunks(4) {
        let mut bits = 0;
        for digit in four {
            let value = DIGITS.iter().position(|known| known == digit).unwrap_or(0);
            bits = bits << 6 | value as u32;
        }
        let padding = four.iter().rev().take_while(|digit| **digit == b'=').count().min(2);
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    // What is no digit, padding in the middle and bits that are left are written otherwise.
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_written_as_others_write_them(bytes in prop::collection::vec(any::<u8>(), 0..70)) {
            let text = encode(&bytes);
            prop_assert_eq!(&text, &BASE64.encode(&bytes));
            prop_assert_eq!(decode(&text), Some(bytes));
        }

        #[test]
        fn texts_are_read_as_others_read_them(text in "[A-D=+/z9é ]{0,9}") {
            prop_assert_eq!(decode(&text), BASE64.decode(text.as_bytes()).ok());
        }
    }
}
