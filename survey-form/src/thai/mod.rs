//! Thai ways of writing. Every function takes a text as a person typed it, in Thai or Arabic
//! digits, and gives its stored form or nothing; the types show themselves as Thais write them.
//!
//! ```
//! use survey_form::thai;
//!
//! assert_eq!(thai::fold_digits("๑๒/๓"), "12/3");
//! assert_eq!(thai::phone_e164("081 234 5678").as_deref(), Some("+66812345678"));
//! assert_eq!(thai::thai_date("3 ก.พ. 61").as_deref(), Some("2018-02-03"));
//! let address = thai::AddressLine::parse("๑๒/๓ หมู่ ๔ ต.อรัญญิก อ.เมือง จ.พิษณุโลก");
//! assert_eq!((address.house_number.as_deref(), address.moo), (Some("12/3"), Some(4)));
//! ```

mod address;
mod amount;
mod citizen;
mod date;
mod dwelling;
mod house;
mod land;
mod phone;
mod text;

pub use address::AddressLine;
pub use amount::{baht, show_baht};
pub use citizen::{CitizenIdFault, FirstDigit, citizen_id, first_digit};
pub use date::{DateFault, buddhist_year, common_era_year, iso_date, show_date, show_short_date, thai_date};
pub use dwelling::{DwellingTag, DwellingTagFault, damm_digit};
pub use house::{NO_HOUSE_NUMBER, area_code, house_code, house_number, show_house_code};
pub use land::{Land, SQUARE_METRES_PER_SQUARE_WAH};
pub use phone::{phone, phone_e164};
pub use text::{bare_digits, fold_digits, fold_text};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pieces of what people type, in any order.
    const PIECES: &str = "([0-9๐-๙]{1,5}|[ก-๛]{1,3}|[-/., +()]|ไร่|งาน|หมู่|ต\\.|จ\\.|พ\\.ศ\\.|ก\\.พ\\.|\\u{E4D}\\u{E32}|\\u{200B}|\\PC){0,12}";

    proptest! {
        #[test]
        fn any_text_may_be_given_and_what_is_stored_is_read_again(text in PIECES) {
            let folded = fold_text(&text).into_owned();
            prop_assert_eq!(fold_text(&folded).into_owned(), folded.clone());
            for read in [house_code, area_code, phone, |text: &str| citizen_id(text).ok()] {
                if let Some(stored) = read(&text) {
                    prop_assert_eq!(read(&stored), Some(stored));
                }
            }
            if let Some(number) = house_number(&text) {
                prop_assert_eq!(house_number(&number).map(|again| again.into_owned()), Some(number.into_owned()));
            }
            if let Some(iso) = thai_date(&text) {
                prop_assert_eq!(show_date(&iso).and_then(|shown| thai_date(&shown)), Some(iso));
            }
            if let Some(land) = Land::parse(&text) {
                prop_assert_eq!(Land::parse(&land.to_string()), Some(land));
            }
            if let Some(amount) = baht(&text) {
                prop_assert_eq!(baht(&show_baht(amount)), Some(amount));
            }
            if let Ok(tag) = text.parse::<DwellingTag>() {
                prop_assert_eq!(tag.to_string().parse(), Ok(tag));
            }
            let _ = phone_e164(&text);
            let address = AddressLine::parse(&text);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
            prop_assert!(letters(&address.rest) <= letters(&folded));
        }
    }
}
