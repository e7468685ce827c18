//! The steps of each intent, and how long they usually take.

use super::fields::Said;
use super::follows::FOLLOWS_SECONDS;
use super::turned::FENCED;
use crate::plan::{Application, Component, Draft, Gate, GateKind, Role, Side, Undo, When, clock};
use crate::service::{compare, turned};

/// How long the rename takes until the restart is seen, in seconds: the RDS User Guide speaks of about ten minutes until
/// the new name works, and the old one is gone before.
const FENCE_SECONDS: f64 = 240.0;
/// What a failover's fence takes: a region that fails is mostly silent, which ends it after twenty seconds.
const FENCE_OF_A_FAILOVER_SECONDS: f64 = 20.0;
/// How long a fence may take in a switchover, where nothing goes on without it.
const FENCE_LIMIT_SECONDS: f64 = 1800.0;
/// `fence_wait` unless the plan says otherwise.
const FENCE_WAIT_SECONDS: f64 = 300.0;
/// How long it takes until two samples show that the replica has caught up: until the old instance is up again (a lag is
/// told only while there is a source), then two minutes, each told a minute late; on PostgreSQL up to five more, until it
/// has a transaction of RDS's own to apply.
const CAUGHT_UP_SECONDS: f64 = 540.0;
/// How long a new replica may take to follow as is wanted, in seconds.
const FOLLOWS_LIMIT_SECONDS: f64 = 21_600.0;
/// How long a program takes to say it.
const CAUGHT_UP_BY_PROGRAM_SECONDS: f64 = 15.0;

/// Fence beside the path, promote once it is verified or a debt: the old region may never answer, and while it does there
/// are never two writers. What is decided is decided before the fence: who takes down the side that serves must have said
/// yes to all of it. What may be lost is looked at again before the promotion.
pub(super) fn failover(said: &Said, component: &Component, application: &Application) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let loss = application.loss_gate(component);
    let decided: Vec<Gate> = [Gate::PointOfNoReturn].into_iter().chain(loss.clone()).collect();
    if said.fence {
        let wait = said.fence_wait.unwrap_or(FENCE_WAIT_SECONDS);
        let fence = fence(component, FENCE_OF_A_FAILOVER_SECONDS.min(wait));
        drafts.push(fence.within(wait).beside().asking(GateKind::Writers).gated(decided));
        drafts.push(promotion(component).after(vec!["fence"]).gated(loss.into_iter().collect()));
    } else {
        drafts.push(promotion(component).gated(decided));
    }
    drafts.extend(reaching(said, component));
    drafts
}

/// Fence, see that the replica has applied everything, promote: nothing may be lost. The promotion's gate comes before the
/// fence, since behind it everybody waits.
pub(super) fn switchover(said: &Said, component: &Component) -> Vec<Draft> {
    let name = &component.name;
    let gates = vec![Gate::PointOfNoReturn];
    let by_program = said.caught_up.is_some();
    let expected = if by_program { CAUGHT_UP_BY_PROGRAM_SECONDS } else { CAUGHT_UP_SECONDS };
    let wait = said.caught_up_wait;
    let title = format!("see that {name} has caught up");
    let caught_up = Draft::look("caught-up", title, Side::Recovery, expected.min(wait), wait);
    let caught_up = caught_up.within(wait).asking(GateKind::CaughtUp);
    let mut drafts = if said.fence {
        vec![fence(component, FENCE_SECONDS).gated(gates), caught_up.after(vec!["fence"])]
    } else {
        vec![caught_up.gated(gates)]
    };
    if !said.isolating().is_empty() {
        let title = format!("isolate the old {name}");
        let isolate = Draft::act("isolate", title, Side::Primary, Undo::Reversible, 600.0, FENCE_LIMIT_SECONDS);
        drafts.push(isolate.after(vec!["caught-up"]).beside());
    }
    drafts.push(promotion(component).after(vec!["caught-up"]));
    drafts.extend(reaching(said, component));
    drafts
}

/// A replica under the old name, of what writes now; then a switchover to it; then a replica again on the side that was left.
pub(super) fn failback(said: &Said, component: &Component, application: &Application) -> Vec<Draft> {
    let name = &component.name;
    let make = |action, title: String, side| Draft::act(action, title, side, Undo::Reversible, 1800.0, 21_600.0);
    let upkeep = |action, title: String, side| Draft::act(action, title, side, Undo::Reversible, 20.0, 3600.0);
    let keep = |action, title: String| {
        Draft::act(action, title, Side::Recovery, Undo::Reversible, 10.0, 600.0).at(When::Evidence)
    };
    let mut drafts = switchover(said, component);
    if turned::said(component, FENCED).is_some() {
        let title = format!("protect from deletion what was fenced of {name}");
        drafts.push(keep("keep", title));
        drafts.push(keep("tag", format!("say on what was fenced of {name} which run did it")).after(vec!["keep"]));
        drafts.extend(compare::step(component, said.compare.as_ref()));
    }
    let title = format!("make {name} a replica in the old region");
    drafts.push(make("replica", title, Side::Recovery).before_the_return());
    let title = format!("give the new replica of {name} its backups and its windows");
    drafts.push(upkeep("upkeep", title, Side::Recovery).after(vec!["replica"]).before_the_return());
    let seconds = application.follows_for_seconds.unwrap_or(FOLLOWS_SECONDS);
    let title = format!("see that the new replica of {name} follows for {}", clock::told(seconds));
    drafts
        .push(Draft::look("follows", title, Side::Recovery, seconds + 120.0, FOLLOWS_LIMIT_SECONDS).at(When::Follows));
    if said.fence {
        let title = format!("make {name} a replica on the other side again");
        drafts.push(make("protect-again", title, Side::Primary).after_the_return());
        let title = format!("give the other replica of {name} its backups and its windows");
        drafts.push(upkeep("upkeep-again", title, Side::Primary).after(vec!["protect-again"]).after_the_return());
    }
    drafts
}

fn fence(component: &Component, expected: f64) -> Draft {
    let title = format!("fence the old {}", component.name);
    Draft::act("fence", title, Side::Primary, Undo::Reversible, expected, FENCE_LIMIT_SECONDS).part(Role::Fence)
}

fn promotion(component: &Component) -> Draft {
    let title = format!("promote {}", component.name);
    Draft::act("promote", title, Side::Recovery, Undo::PointOfNoReturn, 300.0, 1800.0).part(Role::Promotion)
}

fn reaching(said: &Said, component: &Component) -> Option<Draft> {
    let title = format!("connect to {}", component.name);
    let reach = || Draft::look("reach", title, Side::Recovery, 5.0, 120.0).after(vec!["promote"]);
    said.reach.then(reach)
}
