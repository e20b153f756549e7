//! One sort for all types: it orders places, and the items follow.

use std::cmp::Ordering;

/// Sorts; what compares as equal keeps its order.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    if items.windows(2).all(|pair| compare(&pair[0], &pair[1]).is_le()) {
        return;
    }
    let mut order = order(items.len(), &mut |one, other| compare(&items[one], &items[other]));
    for start in 0..order.len() {
        let mut place = start;
        while order[place] != start {
            let from = order[place];
            items.swap(place, from);
            order[place] = place;
            place = from;
        }
        order[place] = place;
    }
}

/// The places of `count` items as they are to follow one another: runs of two, of four and so on are merged.
fn order(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut width = 1;
    while width < count {
        for runs in order.chunks(2 * width) {
            let (mut one, mut other) = runs.split_at(width.min(runs.len()));
            while let ([first, ..], [second, ..]) = (one, other) {
                let run = if compare(*first, *second).is_le() { &mut one } else { &mut other };
                merged.push(run[0]);
                *run = &run[1..];
            }
            merged.extend_from_slice(one);
            merged.extend_from_slice(other);
        }
        std::mem::swap(&mut order, &mut merged);
        merged.clear();
        width *= 2;
    }
    order
}
