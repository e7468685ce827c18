//! What is simulated of kinds that other programs bring: no program is run, its own `simulate` says how long a step takes,
//! what it passes through and what it gives.

use super::dice::later;
use super::keys;
use super::kind::{Program, Simulated};
use super::world::World;
use crate::plan::plugin::{Described, Stage};
use crate::plan::{Application, Component, Level, Side};
use crate::service::observation::LagSample;
use crate::service::plugin::words::{SideWord, Told, Verb};
use crate::service::{HealthLevel, PluginAnswer, PluginDeed, PluginQuestion, Receipt};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What was done of a step.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The region that was recovered by it.
    region: Clean,
    at: Timestamp,
    until: Timestamp,
    undone: bool,
}

impl Stand {
    fn is_done(&self, at: Timestamp) -> bool {
        !self.undone && at >= self.until
    }
}

fn described(component: &Component) -> Option<&Described> {
    component.plugin.as_ref()?.kind.as_ref()
}

fn of<'a>(world: &'a World, component: &str) -> Option<&'a Component> {
    world.places.get(component).and_then(|place| world.plan.components.get(*place))
}

fn stage<'a>(component: &'a Component, action: &str, intent: Option<&str>) -> Option<&'a Stage> {
    let stages = described(component)?.steps.get(intent.unwrap_or("failover"))?;
    stages.iter().find(|stage| stage.action.as_str() == action)
}

fn stand<'a>(world: &'a World, component: &str, action: &str) -> Option<&'a Stand> {
    world.plugged.get(&(component.to_owned(), action.to_owned()))
}

/// What `question` is answered at `at`.
pub(super) fn see(world: &World, question: &PluginQuestion, at: Timestamp) -> PluginAnswer {
    let name = question.about.component.as_str();
    let Some(component) = of(world, name) else { return PluginAnswer::default() };
    match (question.verb, &question.step) {
        (Verb::Observe | Verb::Verify, Some(action)) => step(world, component, question, action, at),
        (Verb::Watch, _) => watched(world, component, question, at),
        (Verb::Check, _) => checked(component),
        (Verb::Observe | Verb::Verify, None) => PluginAnswer::default(),
    }
}

fn step(
    world: &World,
    component: &Component,
    question: &PluginQuestion,
    action: &Clean,
    at: Timestamp,
) -> PluginAnswer {
    let told = |verdict: &str, note: &str| PluginAnswer {
        verdict: verdict.into(),
        note: Clean::new(&format!("simulated: {note}")),
        before: json!({ "simulated": true }),
        ..PluginAnswer::default()
    };
    let simulation = described(component).and_then(|kind| kind.simulate.get(action.as_str()));
    let passes = |stand: &Stand| {
        let (whole, gone) = (stand.until.duration_since(stand.at), at.duration_since(stand.at));
        let share = gone.as_secs_f64() / whole.as_secs_f64().max(0.001);
        let passes = simulation.map(|simulation| simulation.passes.as_slice()).unwrap_or_default();
        let nth = ((share * passes.len() as f64) as usize).min(passes.len().saturating_sub(1));
        passes.get(nth).map_or("under way", |pass| pass.as_str()).to_owned()
    };
    let intent = question.about.intent.as_deref();
    let acts = stage(component, action, intent).is_some_and(|stage| stage.acts);
    // What was done on the way there is not done on the way back.
    let stand = stand(world, component.name.as_str(), action).filter(|stand| stand.region == question.about.recovery);
    match (question.undo, stand) {
        (false, None) if !acts => given(told("holds", "as it should be"), simulation),
        (false, None) => told("untouched", "not done"),
        (false, Some(stand)) if stand.undone => told("untouched", "taken back"),
        (false, Some(stand)) if stand.is_done(at) => given(told("holds", "done"), simulation),
        (true, None) => told("holds", "as it was"),
        (true, Some(stand)) if stand.undone && at >= stand.until => told("holds", "as it was"),
        (true, Some(stand)) if !stand.undone => told("untouched", "not taken back"),
        (_, Some(stand)) => told("moving", &passes(stand)),
    }
}

fn given(mut answer: PluginAnswer, simulation: Option<&crate::plan::plugin::Simulation>) -> PluginAnswer {
    let outputs = simulation.map(|simulation| simulation.outputs.clone()).unwrap_or_default();
    answer.outputs.extend(outputs);
    answer
}

fn watched(world: &World, component: &Component, question: &PluginQuestion, at: Timestamp) -> PluginAnswer {
    let is_up = works(world, component, at);
    let recovery = question.about.side == Some(SideWord::Recovery);
    let region = world.plan.application.region(Side::Primary);
    let is_dark = world.troubles.gone_since(region, at).is_some();
    let health = match (recovery, is_up, is_dark) {
        (true, true, _) => (HealthLevel::Up, "simulated: serving"),
        (true, false, _) => (HealthLevel::Standby, "simulated: standing by"),
        (false, _, true) => (HealthLevel::Down, "simulated: dark"),
        (false, _, false) => (HealthLevel::Up, "simulated: serving"),
    };
    let lag = described(component).is_some_and(|kind| kind.lag).then(|| LagSample {
        seconds: Some(world.dice.between(&format!("lag {} {}", component.name, at.as_second()), 0.2, 4.0)),
        sampled_at: Some(at),
        instead: None,
    });
    PluginAnswer { health: Some((health.0, health.1.into())), lag, ..PluginAnswer::default() }
}

fn checked(component: &Component) -> PluginAnswer {
    let rules = described(component).map(|kind| kind.rules.as_slice()).unwrap_or_default();
    let told = |law: &crate::plan::plugin::Law| Told {
        code: law.code.clone(),
        level: Level::Ok,
        found: "simulated: as wanted".into(),
        wanted: law.wanted.clone(),
        fix: law.fix.clone(),
    };
    PluginAnswer { findings: rules.iter().map(told).collect(), ..PluginAnswer::default() }
}

/// Takes what a plug-in is to do at `at`.
pub(super) fn take(world: &mut World, deed: &PluginDeed, at: Timestamp) -> Receipt {
    let (name, action) = (deed.about.component.to_string(), deed.step.to_string());
    let (fewest, most) = of(world, &name)
        .and_then(|component| {
            let simulated = described(component)?.simulate.get(&action).map(|simulation| simulation.seconds.as_slice());
            let usual = stage(component, &action, deed.about.intent.as_deref()).map(|stage| stage.expected_seconds);
            match (simulated, usual) {
                (Some([fewest, most]), _) => Some((*fewest, most.max(*fewest))),
                (_, Some(usual)) => Some((usual * 0.7, usual * 1.3)),
                _ => None,
            }
        })
        .unwrap_or((1.0, 5.0));
    let purpose = format!("plugin {name} {action} {}", at.as_millisecond());
    let until = later(at, world.dice.between(&purpose, fewest, most));
    let region = deed.about.recovery.clone();
    world.plugged.insert((name, action), Stand { region, at, until, undone: deed.undo });
    Receipt::default()
}

/// Whether all that acts of a failover is done.
fn works(world: &World, component: &Component, at: Timestamp) -> bool {
    let Some(kind) = described(component) else { return false };
    ["failover", "switchover", "failback"].into_iter().filter_map(|intent| kind.steps.get(intent)).any(|stages| {
        let mut acting = stages.iter().filter(|stage| stage.acts).peekable();
        let acts = acting.peek().is_some();
        let done = acting
            .all(|stage| stand(world, component.name.as_str(), &stage.action).is_some_and(|stand| stand.is_done(at)));
        acts && done || stages.is_empty()
    })
}

/// The kinds that programs bring.
pub(super) struct Plugin;

impl Simulated for Plugin {
    fn stand(&self, _world: &mut World, _component: &Component) {}

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        vec![keys::component(component.name.as_str())]
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        side == Side::Primary || works(world, component, at)
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let standing = world.plugged.iter().filter(|(_, stand)| !stand.undone);
        vec![("plugins", standing.map(|((name, action), _)| (format!("{name}/{action}"), json!("done"))).collect())]
    }
}
