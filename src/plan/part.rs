//! A part of a runbook: what is left out of it, closed over what the steps need. What is left out stays in the runbook, with
//! why, so that nobody takes the part for the whole.

use super::model::Plan;
use super::names::{ComponentName, StepId};
use super::reference::{self, Piece};
use super::runbook::{Runbook, Step};
use crate::text::Clean;
use std::collections::{HashMap, HashSet};

/// What of a runbook is asked for, by names of components and of steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// These, and all that they need.
    pub only: Vec<String>,
    /// All but these, and but what needs them.
    pub without: Vec<String>,
    /// These, and what waits for them: what comes before is taken as done.
    pub from: Vec<String>,
}

/// Why there is no such part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum NoPart {
    /// Nothing is called so.
    #[error("{flag} {name}: the runbook has no such component or step")]
    #[diagnostic(help("landfall plan shows them"))]
    Unknown {
        /// The flag.
        flag: &'static str,
        /// The name.
        name: String,
    },
    /// Everything is left out.
    #[error("nothing is left of the runbook: every step needs, or is, what is left out")]
    #[diagnostic(help("leave less out; landfall plan with the same words shows what stays, and why not"))]
    Nothing,
    /// What is done goes on by a decision that is left out.
    #[error("{step} goes on by the decision of {decision}, which is left out")]
    #[diagnostic(help("begin at {decision}, or before it"))]
    Undecided {
        /// What is done.
        step: StepId,
        /// What decides it.
        decision: StepId,
    },
    /// What is done refers to what is not.
    #[error("{component} needs {reference}, and {of} is left out")]
    #[diagnostic(help("begin at {of} too, or give its value in the plan in the place of the reference"))]
    Reference {
        /// Who refers.
        component: ComponentName,
        /// To what, as it is written.
        reference: String,
        /// Of which component.
        of: ComponentName,
    },
}

impl Asked {
    /// Whether all of it is meant.
    pub fn is_all(&self) -> bool {
        self.only.is_empty() && self.without.is_empty() && self.from.is_empty()
    }
}

impl Runbook {
    /// The same, with what is not asked for left out.
    ///
    /// # Errors
    /// [`NoPart`].
    pub fn part(mut self, asked: &Asked, plan: &Plan) -> Result<Self, NoPart> {
        if asked.is_all() {
            return Ok(self);
        }
        let only = self.named("--only", &asked.only)?;
        let without = self.named("--without", &asked.without)?;
        let from = self.named("--from", &asked.from)?;
        let needed = self.all_that_need_each_other(only.clone(), Way::Needs);
        let waiting = self.all_that_need_each_other(without.clone(), Way::Waits);
        let onward = self.all_that_need_each_other(from.clone(), Way::Waits);
        for (place, step) in self.steps.iter_mut().enumerate() {
            let why = if without.contains(&place) {
                Some("left out by --without")
            } else if waiting.contains(&place) {
                Some("left out: it needs what --without leaves out")
            } else if !only.is_empty() && !needed.contains(&place) {
                Some("left out: --only names neither it nor what needs it")
            } else if !from.is_empty() && !onward.contains(&place) {
                Some("left out by --from: it does not come after where the run begins, and is taken as done")
            } else {
                None
            };
            // What the plan leaves out of itself stays left out.
            step.left_out = why.map(Clean::new).or_else(|| step.left_out.take());
        }
        if self.steps.iter().all(|step| step.left_out.is_some()) {
            return Err(NoPart::Nothing);
        }
        self.decides_what_it_does()?;
        self.refers_to_what_is_done(plan)?;
        Ok(self)
    }

    /// Whether all steps of `component` are left out.
    pub fn leaves_out(&self, component: &ComponentName) -> bool {
        let mut own = self.steps.iter().filter(|step| &step.component == component).peekable();
        own.peek().is_some() && own.all(|step| step.left_out.is_some())
    }

    /// What is done of it: nothing that is left out.
    pub fn taken(&self) -> Self {
        let steps = self.steps.iter().filter(|step| step.left_out.is_none()).cloned().collect();
        Self { intent: self.intent, steps }
    }

    /// What goes on by a decision is not done without that decision.
    fn decides_what_it_does(&self) -> Result<(), NoPart> {
        let decides = |step: &&Step| step.gates.iter().any(|gate| gate.kind().decides());
        for decision in self.steps.iter().filter(decides).filter(|step| step.left_out.is_some()) {
            let is_behind = |step: &&Step| step.when > decision.when && step.left_out.is_none();
            if let Some(step) = self.steps.iter().find(is_behind) {
                return Err(NoPart::Undecided { step: step.id.clone(), decision: decision.id.clone() });
            }
        }
        Ok(())
    }

    fn named(&self, flag: &'static str, names: &[String]) -> Result<HashSet<usize>, NoPart> {
        let mut places = HashSet::new();
        for name in names {
            let is_it = |step: &Step| step.id.as_str() == name || step.component.as_str() == name;
            let found = self.steps.iter().enumerate().filter(|(_, step)| is_it(step)).map(|(place, _)| place);
            let before = places.len();
            let found: Vec<usize> = found.collect();
            if found.is_empty() && before == places.len() {
                return Err(NoPart::Unknown { flag, name: name.clone() });
            }
            places.extend(found);
        }
        Ok(places)
    }

    /// `places` and all that they need, or that needs them, by any way. Of a component that is reached so all steps are meant:
    /// one that fences an old side beside the path is nobody's need, and is not done for a side that is not brought up.
    fn all_that_need_each_other(&self, mut places: HashSet<usize>, way: Way) -> HashSet<usize> {
        let at: HashMap<&StepId, usize> = self.steps.iter().enumerate().map(|(at, step)| (&step.id, at)).collect();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (place, step) in self.steps.iter().enumerate() {
            pairs.extend(step.needs.iter().filter_map(|need| at.get(need)).map(|need| match way {
                Way::Needs => (place, *need),
                Way::Waits => (*need, place),
            }));
        }
        loop {
            let reached: HashSet<&ComponentName> = pairs
                .iter()
                .filter(|(from, to)| places.contains(from) && !places.contains(to))
                .map(|(_, to)| &self.steps[*to].component)
                .collect();
            if reached.is_empty() {
                return places;
            }
            let own = self.steps.iter().enumerate().filter(|(_, step)| reached.contains(&step.component));
            places.extend(own.map(|(place, _)| place));
        }
    }

    /// What is done is given its values by what is done: nobody else knows them.
    fn refers_to_what_is_done(&self, plan: &Plan) -> Result<(), NoPart> {
        for component in &plan.components {
            if !self.steps.iter().any(|step| step.component == component.name && step.left_out.is_none()) {
                continue;
            }
            let mut missing = None;
            reference::texts(&component.fields, &mut |text| {
                for piece in reference::pieces(text).unwrap_or_default() {
                    let Piece::Reference { component: of, output } = piece else { continue };
                    let name = ComponentName::from(of.as_str());
                    if self.leaves_out(&name) {
                        missing.get_or_insert((name, format!("${{{of}.{output}}}")));
                    }
                }
            });
            if let Some((of, reference)) = missing {
                return Err(NoPart::Reference { component: component.name.clone(), reference, of });
            }
        }
        Ok(())
    }
}

/// Which way needs are followed.
enum Way {
    Needs,
    Waits,
}
