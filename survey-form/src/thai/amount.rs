//! Amounts of baht: whole in a survey.

use super::text::fold_digits;

/// A whole, positive amount of baht, with or without commas, `บาท` or `.00` after it: `3,562,500`.
/// Satang give nothing, since a survey knows none.
#[must_use]
pub fn baht(text: &str) -> Option<u64> {
    let folded = fold_digits(text.trim());
    let number = folded.strip_suffix("บาท").unwrap_or(&folded).trim_end();
    let number = number.strip_suffix(".00").unwrap_or(number);
    let groups: Vec<&str> = number.split(',').collect();
    let well_grouped = groups.len() == 1
        || groups
            .iter()
            .enumerate()
            .all(|(at, group)| if at == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 });
    let digits = groups.concat();
    let whole =
        well_grouped && (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if whole { digits.parse().ok() } else { None }
}

/// An amount with commas: `3,562,500`.
#[must_use]
pub fn show_baht(amount: u64) -> String {
    let digits = amount.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baht_are_whole() {
        for (typed, amount) in [
            ("3,562,500", Some(3_562_500)),
            ("3562500", Some(3_562_500)),
            ("๓,๕๖๒,๕๐๐ บาท", Some(3_562_500)),
            ("500.00", Some(500)),
            ("0", Some(0)),
            ("12.50", None),
            ("1,23", None),
            ("-5", None),
            (",500", None),
            ("", None),
            ("9999999999999999999", None),
        ] {
            assert_eq!(baht(typed), amount, "{typed}");
        }
        for (amount, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (3_562_500, "3,562,500")] {
            assert_eq!(show_baht(amount), shown);
        }
    }
}
