//! The way back of a secret that was detached and written to: it is replicated over the copy of the old region, which stands
//! alone again with values of its own; then it is replicated the way it was.

use super::detach::{REPLICATED, Rejoin};
use super::pair::{Pair, WasReplica};
use crate::plan::{Application, Component, Draft, Gate, Side, Step, Undo};
use crate::service::ask::Ask;
use crate::service::operation::Act;
use crate::service::registry::Context;
use crate::service::turned::{Done, Turned, said as said_of};
use crate::service::work::{Asked, Check, Facts, Verdict, Work};
use crate::text::Clean;
use serde_json::{Value, json};

/// Where a failback is told that the two are replicated.
const REPLICATES: &str = "replicates";

/// Whether the secret of one side is a replica of the other's.
pub(super) fn replicates(component: &Component) -> bool {
    said_of(component, REPLICATES) == Some(&json!(true))
}

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, done: &Done<'_>) -> Result<Turned, String> {
    if let Some(step) = done.steps.iter().find(|step| !step.is_verified) {
        return Err(format!("{} is not verified: nothing says how it stands", step.action));
    }
    let mut turned = Turned::of(component);
    let (here, there) = (&done.application.recovery, &done.application.primary);
    if done.has_acted("detach") || done.step("replicate").is_some() {
        turned.said(REPLICATES, json!(true));
        turned
            .notes
            .push(format!("its copy of {there} is overwritten with what it holds in {here}, which is asked first"));
        turned.diverged.push(format!("what was written to the secret of {there} since is overwritten"));
    } else if done.step("write").is_some() {
        turned.notes.push(format!("each region has its own: that of {there} was not touched, and is not"));
    }
    Ok(turned)
}

/// What a failback does before and after the return.
pub(super) fn steps(component: &Component, application: &Application) -> [Draft; 2] {
    let (name, here, there) = (&component.name, &application.primary, &application.recovery);
    let why = format!(
        "{name} of {there} is overwritten with what {here} holds now: its value, and all its versions, are destroyed"
    );
    let title = format!("replicate {name} to {there}, over what is there");
    let replicate = Draft::act("replicate", title, Side::Primary, Undo::DataLoss, 10.0, 600.0);
    let title = format!("replicate {name} to {here} again");
    let again = Draft::act("replicate-again", title, Side::Recovery, Undo::DataLoss, 10.0, 600.0);
    [replicate.gated(vec![Gate::Approval { why: Clean::new(&why) }]).before_the_return(), again.after_the_return()]
}

/// It is replicated over what is there.
pub(super) struct Replicate {
    rejoin: Rejoin,
    /// The version that has to be current where it is overwritten: what was written since would be lost.
    over: Option<Clean>,
}

/// One of the two steps.
pub(super) fn replicate(step: &Step, context: &Context<'_>, pair: Pair) -> Replicate {
    let is_again = step.id.action() == "replicate-again";
    let pair = if is_again { Pair { old: pair.new, new: pair.old, ..pair } } else { pair };
    let told = context.outputs.get(&context.component.name).and_then(|outputs| outputs.get(REPLICATED));
    Replicate { rejoin: Rejoin { pair, was: WasReplica::default() }, over: told.filter(|_| is_again).cloned() }
}

impl Work for Replicate {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        self.rejoin.asks(asked)
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        self.rejoin.goal(facts)
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let Some(over) = &self.over else { return Vec::new() };
        let region = &self.rejoin.pair.new.region;
        let current = facts.see(&self.rejoin.pair.want()).found().and_then(|secret| secret.current());
        let fix = format!(
            "somebody wrote to it in {region} since it was replicated: bring that over, or accept that it goes"
        );
        let wanted = format!("{over}, which was replicated");
        vec![Check::that("secret-overwritten", current == Some(over.as_str()), current.unwrap_or("none"), &wanted, fix)]
    }

    /// With the key that is there.
    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let key = facts.see(&self.rejoin.pair.want()).found().and_then(|secret| secret.key.clone());
        let was = WasReplica { key, current: None };
        Rejoin { pair: self.rejoin.pair.clone(), was }.act(facts)
    }

    /// The versions that are overwritten, as evidence.
    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let secret = facts.see(&self.rejoin.pair.want()).found();
        let versions = secret.map(|secret| secret.versions.clone());
        json!({ "versions": versions, "key": secret.and_then(|secret| secret.key.clone()) })
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        let primary = facts.see(&self.rejoin.pair.want_old()).found()?;
        Some(vec![primary.arn.clone()])
    }
}
