//! Whom a fault means: its region or component, looked up in the plan. Knows no resource.

use super::NotInThePlan;
use super::fault::{Fault, FaultKind};
use super::keys;
use super::trouble::Hits;
use super::world::World;
use crate::plan::diagnostic::nearest;
use crate::plan::{Component, Plan, Region, Side};
use crate::service::fault::Aim;
use jiff::Timestamp;

/// What `fault` happens to in `plan`; or what is wrong with it, in words.
pub fn hits(plan: &Plan, fault: &Fault) -> Result<Hits, String> {
    if let Some(complaint) = fault.complaint() {
        return Err(complaint);
    }
    let aim = fault.kind.aim();
    if let Some(word) = &fault.component {
        let component = component(plan, word)?;
        if let Aim::Components(kinds) = aim
            && !kinds.contains(&component.kind.as_str())
        {
            return Err(format!("{word} is of kind {}; this happens to {}", component.kind, kinds.join(" and ")));
        }
        let keys = keys::of_component(component, &plan.application);
        return Ok(match fault.kind {
            FaultKind::DebtUnanswered => Hits::CallsTo(plan.application.primary.clone(), keys),
            _ => Hits::Keys(keys),
        });
    }
    if let Some(word) = &fault.region {
        return Ok(Hits::Region(region(plan, word)?));
    }
    Ok(match aim {
        Aim::Region => Hits::Region(plan.application.primary.clone()),
        Aim::Calls | Aim::Components(_) => Hits::Everything,
    })
}

fn component<'a>(plan: &'a Plan, word: &str) -> Result<&'a Component, String> {
    let found = plan.components.iter().find(|component| component.name.as_str() == word);
    found.ok_or_else(|| {
        let choices: Vec<&str> = plan.components.iter().map(|component| component.name.as_str()).collect();
        format!("the plan has no component {word}: {}", nearest(word, &choices))
    })
}

fn region(plan: &Plan, word: &str) -> Result<Region, String> {
    let (primary, recovery) = (plan.application.region(Side::Primary), plan.application.region(Side::Recovery));
    match word {
        "primary" => Ok(primary.clone()),
        "recovery" => Ok(recovery.clone()),
        name => [primary, recovery].into_iter().find(|region| region.as_str() == name).cloned().ok_or_else(|| {
            let choices = ["primary", "recovery", primary.as_str(), recovery.as_str()];
            format!("the plan has no region {word}: {}", nearest(word, &choices))
        }),
    }
}

impl World {
    /// Tells whether a fault means something in the plan.
    ///
    /// # Errors
    /// [`NotInThePlan`] when it means nothing there.
    pub(super) fn knows(&self, fault: &Fault) -> Result<(), NotInThePlan> {
        hits(&self.plan, fault).map(drop).map_err(|message| NotInThePlan { word: fault.kind.word(), message })
    }

    /// Adds a fault whose times count from `base`.
    ///
    /// # Errors
    /// [`NotInThePlan`] when it means nothing there.
    pub(super) fn add_fault(&mut self, fault: Fault, base: Timestamp) -> Result<(), NotInThePlan> {
        let hits = hits(&self.plan, &fault).map_err(|message| NotInThePlan { word: fault.kind.word(), message })?;
        self.troubles.add(fault, base, hits);
        Ok(())
    }
}
