//! Which known name a misspelt one may mean.
//!
//! It is asked for each fault of a workbook from outside, among as many names as that workbook has: only
//! names near in length are compared, and only as far as they stay near.

use crate::limits::{SUGGESTION_BYTES_MAX, SUGGESTION_NAMES_MAX};

/// The most letters in which a name may differ from what was written.
const REACH_MAX: usize = 3;
/// The places in a row of the table of distances that are near enough to count.
const BAND: usize = 2 * REACH_MAX + 1;
const FAR: usize = usize::MAX / 2;

/// Of `names`, the one that is nearest to `wrote`; `None` where none is near.
pub(crate) fn closest<'a>(wrote: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wrote.len() > SUGGESTION_BYTES_MAX {
        return None;
    }
    let reach = (wrote.chars().count() / 3).clamp(1, REACH_MAX);
    let wrote = light::lowercase(wrote).chars().collect::<Vec<_>>();
    let mut letters = Vec::new();
    let names = names.into_iter().take(SUGGESTION_NAMES_MAX);
    let near = names.filter(|name| name.len() <= SUGGESTION_BYTES_MAX).filter_map(|name| {
        letters.clear();
        letters.extend(light::lowercase(name).chars());
        Some((distance(&wrote, &letters, reach)?, name))
    });
    near.min().map(|(_, name)| name)
}

/// How many letters have to be put in, taken out, replaced or swapped with their neighbour to make
/// one text of the other; `None` where it is more than `reach`, which is at most [`REACH_MAX`].
fn distance(left: &[char], right: &[char], reach: usize) -> Option<usize> {
    let (left, right) = without_what_is_common(left, right);
    if left.len().abs_diff(right.len()) > reach {
        return None;
    }
    // Rows of the table, each only around its diagonal: at `place`, the distance between the first `i`
    // letters of the left and the first `i + place - REACH_MAX` of the right.
    let mut above = [FAR; BAND];
    let mut row = [FAR; BAND];
    for (place, far) in row.iter_mut().enumerate().skip(REACH_MAX) {
        *far = place - REACH_MAX;
    }
    for i in 1..=left.len() {
        let (second, first) = (above, row);
        above = row;
        row = [FAR; BAND];
        for place in 0..BAND {
            let Some(j) = (i + place).checked_sub(REACH_MAX).filter(|j| *j <= right.len()) else { continue };
            if j == 0 {
                row[place] = i;
                continue;
            }
            let mut least = first[place] + usize::from(left[i - 1] != right[j - 1]);
            if place + 1 < BAND {
                least = least.min(first[place + 1] + 1);
            }
            if place > 0 {
                least = least.min(row[place - 1] + 1);
            }
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                least = least.min(second[place] + 1);
            }
            row[place] = least;
        }
        // A swap reaches over one row.
        if row.iter().chain(&above).all(|far| *far > reach) {
            return None;
        }
    }
    let last = row[right.len() + REACH_MAX - left.len()];
    (last <= reach).then_some(last)
}

/// Both without the letters with which both begin or end: those cost nothing.
fn without_what_is_common<'a>(left: &'a [char], right: &'a [char]) -> (&'a [char], &'a [char]) {
    let same = |(left, right): &(&char, &char)| left == right;
    let begin = left.iter().zip(right).take_while(same).count();
    let (left, right) = (&left[begin..], &right[begin..]);
    let end = left.iter().rev().zip(right.iter().rev()).take_while(same).count();
    (&left[..left.len() - end], &right[..right.len() - end])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table.
    fn plain(left: &[char], right: &[char]) -> usize {
        let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
        for i in 1..=left.len() {
            let mut row = vec![i];
            for j in 1..=right.len() {
                let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                row.push(least);
            }
            rows.push(row);
        }
        rows[left.len()][right.len()]
    }

    /// Every text of at most this many letters, each `a`, `b` or `c`.
    fn texts(letters: usize) -> Vec<Vec<char>> {
        let mut texts = vec![Vec::new()];
        let mut from = 0;
        for _ in 0..letters {
            let shorter = texts[from..].to_vec();
            from = texts.len();
            for text in shorter {
                texts.extend(['a', 'b', 'c'].map(|letter| [&text[..], &[letter]].concat()));
            }
        }
        texts
    }

    #[test]
    fn a_distance_is_that_of_the_whole_table() {
        let texts = texts(6);
        for left in &texts {
            for right in texts.iter().step_by(7) {
                let far = plain(left, right);
                for reach in 1..=REACH_MAX {
                    let expected = (far <= reach).then_some(far);
                    assert_eq!(distance(left, right, reach), expected, "{left:?} {right:?} {reach}");
                }
            }
        }
    }

    #[test]
    fn the_nearest_name_is_found_whatever_its_case() {
        assert_eq!(closest("Houshold_size", ["house", "household_size"]), Some("household_size"));
        assert_eq!(closest("SIEZ", ["size", "sizes"]), Some("size"));
        assert_eq!(closest("xyz", ["size"]), None);
        assert_eq!(closest(&"x".repeat(SUGGESTION_BYTES_MAX + 1), ["x"]), None);
    }
}
