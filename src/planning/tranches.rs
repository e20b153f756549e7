//! Tranches: a grant paid in parts, by percentages, each with the day when it is due.
//!
//! Parts are exact: whole baht of a sum in whole baht, else satang; what rounding leaves goes to the parts
//! that lost the most by it, so that they add up to the grant.
//!
//! ```
//! use samruat::planning::tranches::{Satang, Tranches};
//!
//! let paid = Tranches::new(Satang::baht(500_000), &[(70, None), (30, None)])?;
//! assert_eq!(paid.parts()[0].amount, Satang::baht(350_000));
//! # Ok::<(), samruat::planning::tranches::TrancheFault>(())
//! ```

use std::cmp::Reverse;
use std::fmt;

use jiff::civil::Date;
use survey_form::thai;

use super::fiscal::show_date;
use super::told::Told;

/// The most parts of a grant.
const PARTS_MAX: usize = 24;
/// The most baht of a grant.
const BAHT_MAX: u64 = 1_000_000_000_000;

/// An amount of money in satang, a hundredth of a baht.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Satang(pub u64);

impl Satang {
    /// Whole baht.
    #[must_use]
    pub const fn baht(baht: u64) -> Self {
        Self(baht.saturating_mul(100))
    }
}

/// `350,000`, and `350,000.50` where there are satang.
impl fmt::Display for Satang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&thai::show_baht(self.0 / 100))?;
        if self.0.is_multiple_of(100) { Ok(()) } else { write!(f, ".{:02}", self.0 % 100) }
    }
}

/// A payment of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// When.
    pub on: Date,
    /// How much.
    pub amount: Satang,
}

/// A part of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tranche {
    /// Of the grant.
    pub percent: u8,
    /// The same in money.
    pub amount: Satang,
    /// The last day on which it is paid in time; `None` where none was agreed.
    pub due: Option<Date>,
    /// What was paid of it.
    pub payments: Vec<Payment>,
}

/// How a part stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Paid in full.
    Paid,
    /// Still to be paid, and in time.
    Waiting {
        /// What is to be paid.
        left: Satang,
    },
    /// Late.
    Overdue {
        /// What is to be paid.
        left: Satang,
        /// Days since it was due.
        days: i32,
    },
}

impl Tranche {
    /// What is still to be paid.
    #[must_use]
    pub fn left(&self) -> Satang {
        let paid: u64 = self.payments.iter().map(|payment| payment.amount.0).sum();
        Satang(self.amount.0.saturating_sub(paid))
    }

    /// How it stands on a day. On the day when it is due it is not late.
    #[must_use]
    pub fn status(&self, today: Date) -> Status {
        let left = self.left();
        match self.due {
            _ if left == Satang(0) => Status::Paid,
            Some(due) if due < today => Status::Overdue { left, days: (today - due).get_days() },
            _ => Status::Waiting { left },
        }
    }
}

/// A grant in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tranches {
    total: Satang,
    parts: Vec<Tranche>,
}

/// Why a grant cannot be divided or paid so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrancheFault {
    /// The percentages add up to something else than 100.
    Sum(u32),
    /// A part of nothing.
    EmptyPart(usize),
    /// No part, or too many.
    Parts(usize),
    /// The grant is zero, or more than anybody grants.
    Total(Satang),
    /// A part is due before the one before it.
    DueBefore(usize),
    /// There is no such part.
    NoSuchPart(usize),
    /// A payment of nothing.
    NothingPaid,
    /// More is paid than is left of the part.
    TooMuch {
        /// What is left.
        left: Satang,
    },
}

impl TrancheFault {
    /// Why, and what to do. Parts are counted from 1.
    #[must_use]
    pub fn told(self) -> Told {
        match self {
            Self::Sum(sum) => Told::new(
                format!("ร้อยละของทุกงวดรวมกันได้ {sum} กรุณาแก้ให้รวมได้ 100"),
                format!("the percentages add up to {sum}; they have to make 100"),
            ),
            Self::EmptyPart(part) => Told::new(
                format!("งวดที่ {part} เป็นร้อยละ 0 กรุณาใส่ตั้งแต่ 1 หรือลบงวดนี้"),
                format!("part {part} is 0 percent; write 1 or more, or take it out"),
            ),
            Self::Parts(parts) => Told::new(
                format!("มี {parts} งวด กรุณาแบ่ง 1 ถึง {PARTS_MAX} งวด"),
                format!("there are {parts} parts; divide the grant into 1 to {PARTS_MAX}"),
            ),
            Self::Total(total) => Told::new(
                format!("วงเงิน {total} บาทไม่ถูกต้อง กรุณาใส่ตั้งแต่ 1 สตางค์ถึง {} บาท", Satang::baht(BAHT_MAX)),
                format!("{total} baht cannot be granted; write up to {} baht", Satang::baht(BAHT_MAX)),
            ),
            Self::DueBefore(part) => Told::new(
                format!("งวดที่ {part} ครบกำหนดก่อนงวดก่อนหน้า กรุณาตรวจสอบวันที่"),
                format!("part {part} is due before the one before it; look at the dates"),
            ),
            Self::NoSuchPart(part) => Told::new(
                format!("ไม่มีงวดที่ {part} กรุณาเลือกงวดใหม่"),
                format!("there is no part {part}; choose another"),
            ),
            Self::NothingPaid => {
                Told::new("ยอดจ่ายเป็น 0 กรุณาใส่จำนวนเงิน", "0 baht are no payment; write how much")
            }
            Self::TooMuch { left } => Told::new(
                format!("จ่ายเกินยอดคงเหลือ {left} บาท กรุณาตรวจสอบจำนวนเงิน"),
                format!("only {left} baht are left to be paid; look at the amount"),
            ),
        }
    }
}

impl fmt::Display for TrancheFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told().en)
    }
}

impl std::error::Error for TrancheFault {}

impl Tranches {
    /// Divides a grant by percentages, each with the day when it is due.
    ///
    /// # Errors
    /// Where the percentages do not make 100, or a due day comes before the one before it.
    pub fn new(total: Satang, parts: &[(u8, Option<Date>)]) -> Result<Self, TrancheFault> {
        if total == Satang(0) || total > Satang::baht(BAHT_MAX) {
            return Err(TrancheFault::Total(total));
        }
        if !(1..=PARTS_MAX).contains(&parts.len()) {
            return Err(TrancheFault::Parts(parts.len()));
        }
        if let Some(empty) = parts.iter().position(|(percent, _)| *percent == 0) {
            return Err(TrancheFault::EmptyPart(empty + 1));
        }
        let sum: u32 = parts.iter().map(|(percent, _)| u32::from(*percent)).sum();
        if sum != 100 {
            return Err(TrancheFault::Sum(sum));
        }
        let mut latest = None;
        for (part, (_, due)) in (1..).zip(parts) {
            if due.is_some() && *due < latest {
                return Err(TrancheFault::DueBefore(part));
            }
            latest = due.or(latest);
        }
        let percentages: Vec<u8> = parts.iter().map(|(percent, _)| *percent).collect();
        let amounts = divided(total, &percentages);
        let part = |((percent, due), amount): (&(u8, Option<Date>), Satang)| Tranche {
            percent: *percent,
            amount,
            due: *due,
            payments: Vec::new(),
        };
        Ok(Self { total, parts: parts.iter().zip(amounts).map(part).collect() })
    }

    /// The whole grant.
    #[must_use]
    pub fn total(&self) -> Satang {
        self.total
    }

    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Tranche] {
        &self.parts
    }

    /// Writes down that something was paid of part `part`, from 1.
    ///
    /// # Errors
    /// Where nothing or more than is left is paid; then nothing is written down.
    pub fn pay(&mut self, part: usize, payment: Payment) -> Result<(), TrancheFault> {
        let at = part.checked_sub(1).ok_or(TrancheFault::NoSuchPart(part))?;
        let tranche = self.parts.get_mut(at).ok_or(TrancheFault::NoSuchPart(part))?;
        if payment.amount == Satang(0) {
            return Err(TrancheFault::NothingPaid);
        }
        let left = tranche.left();
        if payment.amount > left {
            return Err(TrancheFault::TooMuch { left });
        }
        tranche.payments.push(payment);
        Ok(())
    }

    /// What is late on a day, in words: the part, how much, since when.
    #[must_use]
    pub fn overdue(&self, today: Date) -> Vec<(usize, Told)> {
        let late = |(part, tranche): (usize, &Tranche)| match (tranche.status(today), tranche.due) {
            (Status::Overdue { left, days }, Some(due)) => {
                let Told { th, en } = show_date(due);
                let told = Told::new(
                    format!("งวดที่ {part} ค้างจ่าย {left} บาท ครบกำหนด {th} เกินมา {days} วัน"),
                    format!("part {part}: {left} baht were due on {en}, {days} days ago"),
                );
                Some((part, told))
            }
            _ => None,
        };
        (1..).zip(&self.parts).filter_map(late).collect()
    }
}

/// Divides a sum by percentages that make 100, in whole baht if the sum is; the largest remainders get what
/// is left, the earlier part among equals.
fn divided(total: Satang, percentages: &[u8]) -> Vec<Satang> {
    let unit = if total.0.is_multiple_of(100) { 100 } else { 1 };
    let units = total.0 / unit;
    let share = |percent: &u8| units * u64::from(*percent);
    let mut amounts: Vec<u64> = percentages.iter().map(|percent| share(percent) / 100).collect();
    let left = units - amounts.iter().sum::<u64>();
    let mut by_remainder: Vec<usize> = (0..percentages.len()).collect();
    by_remainder.sort_by_key(|at| (Reverse(share(&percentages[*at]) % 100), *at));
    for at in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        amounts[at] += 1;
    }
    amounts.into_iter().map(|amount| Satang(amount * unit)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn amounts(total: Satang, percentages: &[u8]) -> Vec<u64> {
        let parts: Vec<_> = percentages.iter().map(|percent| (*percent, None)).collect();
        Tranches::new(total, &parts).unwrap().parts().iter().map(|part| part.amount.0).collect()
    }

    #[test]
    fn seventy_percent_of_a_city_project_are_350_000_baht() {
        assert_eq!(amounts(Satang::baht(500_000), &[70, 30]), [35_000_000, 15_000_000]);
    }

    #[test]
    fn what_rounding_leaves_goes_to_the_largest_remainders() {
        assert_eq!(amounts(Satang::baht(100), &[33, 33, 34]), [3_300, 3_300, 3_400]);
        assert_eq!(amounts(Satang::baht(10), &[33, 33, 34]), [300, 300, 400], "whole baht");
        assert_eq!(amounts(Satang::baht(5), &[50, 50]), [300, 200], "the earlier among equals");
        assert_eq!(amounts(Satang(1_001), &[50, 50]), [501, 500], "satang, where the sum has some");
    }

    #[test]
    fn a_part_is_late_the_day_after_it_was_due() {
        let due = date(2018, 4, 30);
        let mut grant = Tranches::new(Satang::baht(500_000), &[(70, None), (30, Some(due))]).unwrap();
        let left = Satang::baht(150_000);
        assert_eq!(grant.parts()[1].status(due), Status::Waiting { left });
        assert_eq!(grant.parts()[1].status(date(2018, 5, 2)), Status::Overdue { left, days: 2 });
        let overdue = grant.overdue(date(2018, 5, 2));
        assert_eq!(overdue.len(), 1, "no day was agreed for the first");
        assert_eq!(overdue[0].1.th, "งวดที่ 2 ค้างจ่าย 150,000 บาท ครบกำหนด 30 เมษายน 2561 เกินมา 2 วัน");
        let pay = |baht| Payment { on: due, amount: Satang::baht(baht) };
        grant.pay(2, pay(100_000)).unwrap();
        assert_eq!(grant.parts()[1].left(), Satang::baht(50_000));
        assert_eq!(grant.pay(2, pay(50_001)), Err(TrancheFault::TooMuch { left: Satang::baht(50_000) }));
        grant.pay(2, pay(50_000)).unwrap();
        assert_eq!(grant.parts()[1].status(date(2030, 1, 1)), Status::Paid);
        assert_eq!(grant.pay(3, pay(1)), Err(TrancheFault::NoSuchPart(3)));
        assert_eq!(grant.pay(0, pay(1)), Err(TrancheFault::NoSuchPart(0)));
        assert_eq!(grant.pay(1, pay(0)), Err(TrancheFault::NothingPaid));
    }

    #[test]
    fn what_does_not_make_a_hundred_is_refused() {
        let grant = |parts: &[(u8, Option<Date>)]| Tranches::new(Satang::baht(1), parts).unwrap_err();
        assert_eq!(grant(&[(70, None), (29, None)]), TrancheFault::Sum(99));
        assert_eq!(grant(&[(100, None), (0, None)]), TrancheFault::EmptyPart(2));
        assert_eq!(grant(&[]), TrancheFault::Parts(0));
        let (may, april) = (Some(date(2018, 5, 1)), Some(date(2018, 4, 1)));
        assert_eq!(grant(&[(50, may), (20, None), (30, april)]), TrancheFault::DueBefore(3));
        assert_eq!(Tranches::new(Satang(0), &[(100, None)]), Err(TrancheFault::Total(Satang(0))));
        assert!(Tranches::new(Satang(u64::MAX), &[(100, None)]).is_err());
        assert_eq!(TrancheFault::Sum(99).told().en, "the percentages add up to 99; they have to make 100");
    }

    proptest! {
        #[test]
        fn the_parts_make_the_whole_and_none_is_off_by_a_unit(
            total in 1_u64..1_000_000_000_000, cuts in proptest::collection::btree_set(1_u8..100, 0..20),
        ) {
            let mut bounds: Vec<u8> = cuts.into_iter().collect();
            bounds.push(100);
            let mut before = 0;
            let percentages: Vec<u8> = bounds.into_iter().map(|bound| {
                let percent = bound - before;
                before = bound;
                percent
            }).collect();
            let given = amounts(Satang(total), &percentages);
            prop_assert_eq!(given.iter().sum::<u64>(), total);
            let unit = if total % 100 == 0 { 100 } else { 1 };
            for (amount, percent) in given.iter().zip(&percentages) {
                let exact_hundredfold = total * u64::from(*percent);
                prop_assert!((amount * 100).abs_diff(exact_hundredfold) < 100 * unit);
                prop_assert!(amount % unit == 0);
            }
        }
    }
}
