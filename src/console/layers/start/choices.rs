//! What can be given together with the start: blockers passed by a word, losses accepted ahead, points of no return
//! crossed. All off until they are turned on.

use crate::console::prospect::{self, Ahead};
use crate::console::world::World;
use crate::recovery::start::{self, Found};
use crate::text::Clean;
use crossterm::event::KeyCode;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// One thing that can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// What blocks by this code is passed.
    Pass(Clean),
    /// Losses are accepted, each up to what is shown.
    Accept,
    /// Every point of no return is crossed.
    Cross,
}

/// What is given.
#[derive(Debug, Default)]
pub struct Choices {
    /// The one that the keys are on.
    at: Option<Choice>,
    passes: BTreeSet<Clean>,
    accepts: bool,
    crosses: bool,
    /// What was told by a number, in that order: a number means what it meant when it was read, whatever is offered since.
    numbered: RefCell<Vec<Choice>>,
}

impl Choices {
    /// What can be given now, in the order of the form.
    pub fn offered(world: &World) -> Vec<Choice> {
        let mut offered: Vec<Choice> = Vec::new();
        for found in passable(world) {
            let pass = Choice::Pass(found.check.code.clone());
            if !offered.contains(&pass) {
                offered.push(pass);
            }
        }
        if prospect::growing(world).iter().any(|store| store.now_seconds.is_some()) {
            offered.push(Choice::Accept);
        }
        if !prospect::points_of_no_return(world).is_empty() {
            offered.push(Choice::Cross);
        }
        offered
    }

    /// Takes a key: ↑ ↓ choose, Space gives or takes back what is chosen. `false` when it is none of them.
    pub fn key(&mut self, key: KeyCode, world: &World) -> bool {
        let offered = Self::offered(world);
        let at = self.at.as_ref().and_then(|at| offered.iter().position(|choice| choice == at));
        let next = match key {
            KeyCode::Down => at.map_or(0, |at| at + 1).min(offered.len().saturating_sub(1)),
            KeyCode::Up => at.unwrap_or(offered.len()).saturating_sub(1),
            // No region has a blank in its name.
            KeyCode::Char(' ') => {
                if let Some(at) = at {
                    self.turn(&offered[at]);
                }
                return true;
            }
            _ => return false,
        };
        self.at = offered.get(next).cloned();
        true
    }

    /// The number that `choice` is told by, from 1 on.
    pub fn number(&self, choice: &Choice) -> usize {
        let mut numbered = self.numbered.borrow_mut();
        let at = numbered.iter().position(|known| known == choice).unwrap_or_else(|| {
            numbered.push(choice.clone());
            numbered.len() - 1
        });
        at + 1
    }

    /// Gives, or takes back, what was told by `number`; `false` where that is nothing, or is offered no more.
    pub fn pick(&mut self, number: usize, world: &World) -> bool {
        let numbered = number.checked_sub(1).and_then(|at| self.numbered.borrow().get(at).cloned());
        let picked = numbered.filter(|choice| Self::offered(world).contains(choice));
        if let Some(choice) = &picked {
            self.turn(choice);
        }
        picked.is_some()
    }

    fn turn(&mut self, choice: &Choice) {
        match choice {
            Choice::Accept => self.accepts = !self.accepts,
            Choice::Cross => self.crosses = !self.crosses,
            Choice::Pass(code) => {
                if !self.passes.remove(code) {
                    self.passes.insert(code.clone());
                }
            }
        }
    }

    /// Whether the keys are on `choice`.
    pub fn is_at(&self, choice: &Choice) -> bool {
        self.at.as_ref() == Some(choice)
    }

    /// Whether `choice` is given.
    pub fn is_on(&self, choice: &Choice) -> bool {
        match choice {
            Choice::Pass(code) => self.passes.contains(code),
            Choice::Accept => self.accepts,
            Choice::Cross => self.crosses,
        }
    }

    /// What of it decides what starts and what is asked.
    pub fn ahead(&self) -> Ahead {
        Ahead { crosses: self.crosses, accepts: self.accepts }
    }

    /// The codes that are passed and still block.
    pub fn passed(&self, world: &World) -> BTreeSet<Clean> {
        passable(world).map(|found| found.check.code.clone()).filter(|code| self.passes.contains(code)).collect()
    }

    /// What blocks and is not passed.
    pub fn left<'w>(&self, world: &'w World) -> Vec<&'w Found> {
        let blockers = world.state.blockers().into_iter();
        blockers
            .filter(|found| !(found.may_be_passed(world.state.run.intent) && self.passes.contains(&found.check.code)))
            .collect()
    }

    /// The losses that are accepted, each up to what is shown, with `reason`.
    pub fn accepted(&self, world: &World, reason: &Clean) -> Vec<start::Ahead> {
        let growing = prospect::growing(world).into_iter().filter(|_| self.accepts);
        let accepted = growing.filter_map(|store| {
            let at_most_seconds = Some(store.up_to_seconds()?);
            Some(start::Ahead { component: Some(store.component), at_most_seconds, reason: reason.clone() })
        });
        accepted.collect()
    }
}

/// What blocks and can be passed by a word: nothing where something refuses the start whatever is said.
fn passable(world: &World) -> impl Iterator<Item = &Found> {
    let is_refused = !world.state.refusers().is_empty();
    world.state.blockers().into_iter().filter(move |found| !is_refused && found.may_be_passed(world.state.run.intent))
}
