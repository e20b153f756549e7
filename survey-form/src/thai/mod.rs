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
