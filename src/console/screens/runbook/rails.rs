//! The rails beside the rows: from the chosen step up to what it needs, and down to what needs it.
//!
//! ```text
//! ┌ ✓ promote orders-db          what it needs: done
//! ├ ↻ scale api                  what it needs: not done yet
//! ● · point shop at us-west-2    the chosen one
//! └ · check shop                 what waits for it
//! ```

use super::Item;
use crate::console::look::Role;
use crate::console::world::World;

/// The columns that the rails take, with the blank behind them.
pub const WIDTH: usize = 2;

/// The rails of one step, by the rows of the list.
#[derive(Default)]
pub struct Rails {
    chosen: Option<usize>,
    /// The rows of its needs, and whether they let it go on.
    needs: Vec<(usize, bool)>,
    /// The rows of what needs it.
    waiting: Vec<usize>,
}

impl Rails {
    /// The rails of the step at `place`, over `items` in run order; what is narrowed away has none.
    pub fn of(world: &World, place: usize, items: &[Item]) -> Self {
        let state = &world.state;
        let row = |place: usize| {
            let at = items.partition_point(|item| item.order() < Item::Step(place).order());
            (items.get(at) == Some(&Item::Step(place))).then_some(at)
        };
        let needs = state.plan_step(place).needs.iter().filter_map(|need| state.place(need));
        let met = |need: usize| state.lets_go_on(need);
        let mut needs: Vec<(usize, bool)> = needs.filter_map(|need| Some((row(need)?, met(need)))).collect();
        let mut waiting: Vec<usize> = state.dependents(place).iter().filter_map(|place| row(*place)).collect();
        needs.sort_unstable();
        waiting.sort_unstable();
        Self { chosen: row(place), needs, waiting }
    }

    /// What stands in the rails beside the row `at`.
    pub fn at(&self, at: usize) -> (&'static str, Role) {
        let Some(chosen) = self.chosen.filter(|_| !(self.needs.is_empty() && self.waiting.is_empty())) else {
            return (" ", Role::Dim);
        };
        if at == chosen {
            return ("●", Role::Accent);
        }
        if at < chosen {
            let first = self.needs.first().map(|(row, _)| *row);
            return match self.needs.iter().find(|(row, _)| *row == at) {
                Some((row, met)) => {
                    (if Some(*row) == first { "┌" } else { "├" }, if *met { Role::Ok } else { Role::Blocked })
                }
                None if first.is_some_and(|first| at > first) => ("│", Role::Dim),
                None => (" ", Role::Dim),
            };
        }
        let last = self.waiting.last().copied();
        match last {
            Some(last) if at == last => ("└", Role::Dim),
            Some(last) if at < last => (if self.waiting.contains(&at) { "├" } else { "│" }, Role::Dim),
            Some(_) | None => (" ", Role::Dim),
        }
    }
}
