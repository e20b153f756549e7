//! Sums as a circulation: each count is a flow along an arc, and at each node what comes in goes out.
//!
//! A column of parts runs from one node to another, and its total back. A table runs from a source through
//! its rows and columns to a sink, and its total back: row totals, cells and column totals are arcs. Who
//! knows the shown flows and that no hidden one is zero can tell a hidden flow for certain unless some
//! circuit of hidden arcs runs through it along which one unit more can flow: more on the arcs that it
//! follows, less on those that it goes against, which then have to hold 2 or more. Hiding the arcs of such a
//! circuit protects each of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::SHOWN_MIN;

/// A count, as a flow between two nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) count: u64,
    /// Whether anything else is hidden rather than this.
    pub(super) keep: bool,
}

/// What hiding costs: arcs that should be kept, arcs, counts.
type Cost = (u32, u32, u64);

/// How a node is reached: at what cost, and from which node by which arc.
type Reached = (Cost, Option<(usize, usize)>);

/// So many sets of arcs are tried to find one that is smaller than what was found.
const SETS_MAX: usize = 2_000;

/// Which arcs are hidden: those with small counts, and what it takes to protect them.
pub(super) fn hidden(nodes: usize, arcs: &[Arc]) -> Vec<bool> {
    let small: Vec<bool> = arcs.iter().map(|arc| (1..SHOWN_MIN).contains(&arc.count)).collect();
    let mut hiding = Hiding { nodes, arcs, hidden: small.clone() };
    let mut order: Vec<usize> = (0..arcs.len()).filter(|at| small[*at]).collect();
    order.sort_by_key(|at| arcs[*at].count);
    for at in order {
        if hiding.is_exposed(at) {
            hiding.protect(at);
        }
    }
    hiding.show_again(&small);
    hiding.find_fewer(&small);
    hiding.hidden
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
    nodes: usize,
    arcs: &'a [Arc],
    hidden: Vec<bool>,
}

impl Hiding<'_> {
    /// Whether the count of a hidden arc follows from what is shown.
    fn is_exposed(&self, at: usize) -> bool {
        self.cheapest(at, Through::Hidden).is_none()
    }

    /// Whether no hidden count does.
    fn is_safe(&self) -> bool {
        (0..self.arcs.len()).all(|at| !self.hidden[at] || !self.is_exposed(at))
    }

    /// Hides what protects an arc at the least cost. There is always something: a circuit through totals,
    /// each of which is no smaller than the arc.
    fn protect(&mut self, at: usize) {
        for arc in self.cheapest(at, Through::All).map(|(_, path)| path).unwrap_or_default() {
            self.hidden[arc] = true;
        }
    }

    /// Shows again what turned out not to be needed, the arcs to be kept and the greatest counts first.
    fn show_again(&mut self, small: &[bool]) {
        let mut further: Vec<usize> =
            (0..self.arcs.len()).filter(|at| self.hidden[*at] && !small[*at]).collect();
        further.sort_by_key(|at| Reverse((self.arcs[*at].keep, self.arcs[*at].count)));
        for at in further {
            self.hidden[at] = false;
            self.hidden[at] = !self.is_safe();
        }
    }

    /// One arc after the other does not always find the fewest: looks through all smaller sets of them, as
    /// long as these are not too many, and takes that with the smallest counts.
    fn find_fewer(&mut self, small: &[bool]) {
        let further = (0..self.arcs.len()).filter(|at| self.hidden[*at] && !small[*at]).count();
        let candidates: Vec<usize> = (0..self.arcs.len())
            .filter(|at| !small[*at] && !self.arcs[*at].keep && self.arcs[*at].count >= SHOWN_MIN)
            .collect();
        let found = std::mem::replace(&mut self.hidden, small.to_vec());
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
            self.try_sets(&candidates[at + 1..], size - 1, sum + self.arcs[*candidate].count, best);
            self.hidden[*candidate] = false;
        }
    }

    /// The cheapest circuit along which the flow of an arc can become one more, or one less.
    fn cheapest(&self, at: usize, through: Through) -> Option<(Cost, Vec<usize>)> {
        let Arc { from, to, count, .. } = self.arcs[at];
        let more = self.path(to, from, at, through);
        let less = if count >= 2 { self.path(from, to, at, through) } else { None };
        match (more, less) {
            (Some(more), Some(less)) => Some(more.min(less)),
            (more, less) => more.or(less),
        }
    }

    /// The cheapest way from one node to another that does not use the arc `without`.
    fn path(&self, start: usize, end: usize, without: usize, through: Through) -> Option<(Cost, Vec<usize>)> {
        let mut best: Vec<Option<Reached>> = vec![None; self.nodes];
        let mut queue = BinaryHeap::new();
        best[start] = Some(((0, 0, 0), None));
        queue.push(Reverse(((0, 0, 0), start)));
        while let Some(Reverse((cost, node))) = queue.pop() {
            if node == end {
                return Some((cost, arcs_back(&best, start, end)));
            }
            if best[node].is_some_and(|(known, _)| known < cost) {
                continue;
            }
            for (at, arc) in self.arcs.iter().enumerate().filter(|(at, _)| *at != without) {
                if through == Through::Hidden && !self.hidden[at] {
                    continue;
                }
                let Some(next) = step(arc, node) else { continue };
                let added = self.cost(at, arc);
                let reached = (cost.0 + added.0, cost.1 + added.1, cost.2 + added.2);
                if best[next].is_none_or(|(known, _)| reached < known) {
                    best[next] = Some((reached, Some((node, at))));
                    queue.push(Reverse((reached, next)));
                }
            }
        }
        None
    }

    fn cost(&self, at: usize, arc: &Arc) -> Cost {
        if self.hidden[at] { (0, 0, 0) } else { (u32::from(arc.keep), 1, arc.count) }
    }
}

/// Where an arc leads from a node, if its flow can become one more, or, against it, one less.
fn step(arc: &Arc, node: usize) -> Option<usize> {
    match node {
        _ if arc.from == node && arc.count >= 1 => Some(arc.to),
        _ if arc.to == node && arc.count >= 2 => Some(arc.from),
        _ => None,
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
