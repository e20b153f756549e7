//! A table as a circulation: each count is a flow along an arc, and at each node what comes in goes out.
//!
//! A column of parts runs from one node to another; the cells of a table run from its rows to its columns. What
//! they add up to is known and stays as it is. Who knows the shown flows can tell a hidden flow for certain
//! unless some circuit of hidden arcs runs through it along which one unit more can flow: more on the arcs that
//! it follows, less on those that it goes against, which must not fall below what they are known to be at least.
//! Hiding the arcs of such a circuit protects each of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::SHOWN_MIN;

/// A count, as a flow between two nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) count: u64,
    /// Whether it is hidden in any case and could be a zero. It is protected elsewhere.
    pub(super) given: bool,
}

/// What hiding costs: arcs, counts.
type Cost = (u32, u64);

/// How a node is reached: at what cost, and from which node by which arc.
type Reached = (Cost, Option<(usize, usize)>);

/// So many sets of arcs are tried to find one that is smaller than what was found.
const SETS_MAX: usize = 200;
/// In a table with more arcs they are not tried: it would take too long.
const TRIED_ARCS_MAX: usize = 200;

/// Which arcs are hidden: those with small counts, and what it takes to protect them; `None` where nothing does.
pub(super) fn hidden(nodes: usize, arcs: &[Arc]) -> Option<Vec<bool>> {
    let needed: Vec<bool> = arcs.iter().map(|arc| arc.given || (1..SHOWN_MIN).contains(&arc.count)).collect();
    let mut order: Vec<usize> = (0..arcs.len()).filter(|at| needed[*at] && !arcs[*at].given).collect();
    if order.is_empty() {
        return Some(needed);
    }
    let mut ways = vec![Vec::new(); nodes];
    for (at, arc) in arcs.iter().enumerate() {
        ways[arc.from].push(at);
        ways[arc.to].push(at);
    }
    let mut hiding = Hiding { ways, arcs, hidden: needed.clone() };
    order.sort_by_key(|at| arcs[*at].count);
    for at in order {
        if hiding.is_exposed(at) {
            hiding.protect(at)?;
        }
    }
    hiding.show_again(&needed);
    hiding.find_fewer(&needed);
    Some(hiding.hidden)
}

/// Which arcs a circuit may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Through {
    /// Those that are hidden.
    Hidden,
    /// The others as well: they would be hidden for it.
    All,
}

struct Hiding<'a> {
    /// The arcs at each node.
    ways: Vec<Vec<usize>>,
    arcs: &'a [Arc],
    hidden: Vec<bool>,
}

impl Hiding<'_> {
    /// Whether the count of a hidden arc follows from what is shown.
    fn is_exposed(&self, at: usize) -> bool {
        !self.arcs[at].given && self.cheapest(at, Through::Hidden).is_none()
    }

    /// Whether no hidden count does.
    fn is_safe(&self) -> bool {
        (0..self.arcs.len()).all(|at| !self.hidden[at] || !self.is_exposed(at))
    }

    /// Hides what protects an arc at the least cost, if anything does.
    fn protect(&mut self, at: usize) -> Option<()> {
        let (_, circuit) = self.cheapest(at, Through::All)?;
        circuit.into_iter().for_each(|arc| self.hidden[arc] = true);
        Some(())
    }

    /// Shows again what turned out not to be needed, the greatest counts first.
    fn show_again(&mut self, needed: &[bool]) {
        let mut further: Vec<usize> =
            (0..self.arcs.len()).filter(|at| self.hidden[*at] && !needed[*at]).collect();
        further.sort_by_key(|at| Reverse(self.arcs[*at].count));
        for at in further {
            self.hidden[at] = false;
            self.hidden[at] = !self.is_safe();
        }
    }

    /// One arc after the other does not always find the fewest: looks through all smaller sets of them, as
    /// long as these are not too many, and takes that with the smallest counts.
    fn find_fewer(&mut self, needed: &[bool]) {
        let further = (0..self.arcs.len()).filter(|at| self.hidden[*at] && !needed[*at]).count();
        if further < 2 || self.arcs.len() > TRIED_ARCS_MAX {
            return;
        }
        let candidates: Vec<usize> =
            (0..self.arcs.len()).filter(|at| !needed[*at] && self.arcs[*at].count >= SHOWN_MIN).collect();
        let found = std::mem::replace(&mut self.hidden, needed.to_vec());
        for size in 1..further {
            if !few_sets(candidates.len(), size) {
                break;
            }
            let mut best = None;
            self.try_sets(&candidates, size, 0, &mut best);
            if let Some((_, hidden)) = best {
                self.hidden = hidden;
                return;
            }
        }
        self.hidden = found;
    }

    /// Tries every set of `size` candidates beside what is hidden, and keeps the smallest sum that is safe.
    fn try_sets(&mut self, candidates: &[usize], size: usize, sum: u64, best: &mut Option<(u64, Vec<bool>)>) {
        if best.as_ref().is_some_and(|(least, _)| sum >= *least) {
            return;
        }
        if size == 0 {
            if self.is_safe() {
                *best = Some((sum, self.hidden.clone()));
            }
            return;
        }
        for (at, candidate) in candidates.iter().enumerate() {
            self.hidden[*candidate] = true;
            let sum = sum + self.arcs[*candidate].count;
            self.try_sets(&candidates[at + 1..], size - 1, sum, best);
            self.hidden[*candidate] = false;
        }
    }

    /// The cheapest circuit along which the flow of an arc can become one more, or one less.
    fn cheapest(&self, at: usize, through: Through) -> Option<(Cost, Vec<usize>)> {
        let Arc { from, to, .. } = self.arcs[at];
        let more = self.path(to, from, at, through);
        if through == Through::Hidden && more.is_some() {
            return more;
        }
        let less = if self.arcs[at].can_fall() { self.path(from, to, at, through) } else { None };
        match (more, less) {
            (Some(more), Some(less)) => Some(more.min(less)),
            (more, less) => more.or(less),
        }
    }

    /// The cheapest way from one node to another that does not use the arc `without`.
    fn path(&self, start: usize, end: usize, without: usize, through: Through) -> Option<(Cost, Vec<usize>)> {
        let mut best: Vec<Option<Reached>> = vec![None; self.ways.len()];
        let mut queue = BinaryHeap::new();
        best[start] = Some(((0, 0), None));
        queue.push(Reverse(((0, 0), start)));
        while let Some(Reverse((cost, node))) = queue.pop() {
            if node == end {
                return Some((cost, arcs_back(&best, start, end)));
            }
            if best[node].is_some_and(|(known, _)| known < cost) {
                continue;
            }
            for at in self.ways[node].iter().copied().filter(|at| *at != without) {
                if through == Through::Hidden && !self.hidden[at] {
                    continue;
                }
                let Some(next) = self.arcs[at].step(node) else { continue };
                let added = self.cost(at);
                let reached = (cost.0 + added.0, cost.1 + added.1);
                if best[next].is_none_or(|(known, _)| reached < known) {
                    best[next] = Some((reached, Some((node, at))));
                    queue.push(Reverse((reached, next)));
                }
            }
        }
        None
    }

    fn cost(&self, at: usize) -> Cost {
        if self.hidden[at] { (0, 0) } else { (1, self.arcs[at].count) }
    }
}

impl Arc {
    /// Whether its flow could be one less, for all that is known of a hidden one.
    fn can_fall(&self) -> bool {
        self.count > u64::from(!self.given)
    }

    /// Where it leads from a node, if its flow can become one more, or, against it, one less. A zero is shown,
    /// unless it is hidden in any case.
    fn step(&self, node: usize) -> Option<usize> {
        match node {
            _ if self.from == node && (self.count >= 1 || self.given) => Some(self.to),
            _ if self.to == node && self.can_fall() => Some(self.from),
            _ => None,
        }
    }
}

/// The arcs of the way that led from one node to another.
fn arcs_back(best: &[Option<Reached>], start: usize, end: usize) -> Vec<usize> {
    let mut path = Vec::new();
    let mut node = end;
    while node != start
        && let Some((_, Some((before, arc)))) = best[node]
    {
        path.push(arc);
        node = before;
    }
    path
}

/// Whether there are no more than [`SETS_MAX`] sets of `size` out of `of`.
fn few_sets(of: usize, size: usize) -> bool {
    let mut sets = 1_usize;
    for at in 0..size {
        sets = sets.saturating_mul(of.saturating_sub(at)) / (at + 1);
        if sets > SETS_MAX {
            return false;
        }
    }
    true
}
