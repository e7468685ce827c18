//! Kinds that another program brings: `k8s/deployment`. What is asked of the program and what its answers mean. Pure: who
//! runs it is a floor above.

mod kinds;
mod looked;
mod step;
#[cfg(test)]
mod tests;
pub mod words;

pub use kinds::{Brought, Plugins};
pub(super) use looked::known as known_rules;

use super::ask::{Ask, Place};
use super::operation::Receipt;
use super::readiness::{Ready, Rule};
use super::registry::{Context, Service};
use super::resolve::{has_reference, resolve};
use super::turned::{self, Done, Turned};
use super::work::{Check, Facts, Health, Looked, Verdict, Work};
use crate::plan::plugin::{Described, Plugged, Stage, StageGate, StagePart, StagePlane, StageUndo, kept};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Gate, Intent, Kind, Plane, Role, Side, Step, Undo, Weight,
};
use crate::text::Clean;
use serde_json::json;
use words::SideWord;
pub use words::{About, Answer as PluginAnswer, Deed as PluginDeed, Question as PluginQuestion};

/// Every kind that a program brings: which, the component says.
pub struct Plugin;

/// The step of a component whose kind nobody here knows.
const UNKNOWN_STEP: &str = "plugin";

impl Kind for Plugin {
    fn name(&self) -> &'static str {
        "plugin"
    }
    fn about(&self) -> &'static str {
        "what another program brings: `kind = \"NAME/KIND\"` and [plugin.NAME]"
    }
    fn fields(&self) -> &'static [Field] {
        &[]
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn fields_of(&self, component: &Component) -> &'static [Field] {
        described(component).map_or(&[], |(_, kind)| kind.fields_kept())
    }
    fn is_unknown(&self) -> bool {
        true
    }
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        findings(component)
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        match described(component) {
            Some((_, kind)) => match kind.steps.get(intent.word()) {
                Some(stages) => {
                    // What says how far it is behind is asked about that as any store: before its old side is fenced, and again
                    // before it is promoted.
                    let promotes = kind.lag && stages.iter().any(|stage| role_of(stage) == Role::Promotion);
                    stages.iter().map(|stage| draft(stage, component, application, intent, promotes)).collect()
                }
                None => vec![unknown_step(component)],
            },
            None => vec![unknown_step(component)],
        }
    }
}

/// What is known of `component`'s plug-in and kind.
fn described(component: &Component) -> Option<(&Plugged, &Described)> {
    let plugged = component.plugin.as_deref()?;
    Some((plugged, plugged.kind.as_ref()?))
}

/// Why nothing of `component` is looked at.
fn why_not(component: &Component, intent: &str) -> String {
    match component.plugin.as_deref() {
        Some(Plugged { kind: Some(_), .. }) => format!("{} has no steps for a {intent}", component.kind),
        Some(plugged) => {
            let why = plugged.not_looked_at.as_deref().unwrap_or("nobody here said landfall plugin trust");
            format!("not looked at: {why}")
        }
        None => format!("not looked at: the plan names no program for {}", component.kind),
    }
}

const TRUST: &str = "read the program, then: landfall plugin trust PLAN";

/// What stands for an answer of a program that nobody here trusts, or that is another by now.
pub const NOT_RUN: &str = "plugin-not-run";
/// What stands for it where only those programs are run that are trusted to change nothing.
pub const ONLY_LOOKS: &str = "plugin-only-looks";

/// What would clear it that a program was not run, by what stands for its answer; nothing for any other code.
pub fn clears(code: &str) -> Option<&'static str> {
    match code {
        NOT_RUN => Some(TRUST),
        ONLY_LOOKS => Some(
            "once it is known that it changes nothing where it only looks (landfall plugin test), say trusted_to_look = true \
             there, and in read_env what it looks with",
        ),
        _ => None,
    }
}

fn findings(component: &Component) -> Vec<Finding> {
    let finding = |code: &str, found: String, wanted: &str, fix: String, weight| Finding {
        code: code.to_owned(),
        component: Some(component.name.clone()),
        level: crate::plan::Level::Failing,
        found: Clean::new(&found),
        wanted: wanted.into(),
        fix: Clean::new(&fix),
        source: "Landfall runs no program of a plan before somebody here trusts it".into(),
        weight,
    };
    let Some((plugged, _)) = described(component) else {
        let wanted = "a plug-in that somebody here trusts";
        return vec![finding(
            "plugin-not-trusted",
            why_not(component, "failover"),
            wanted,
            TRUST.to_owned(),
            Weight::Blocks,
        )];
    };
    if plugged.program.sha256.is_empty() {
        let name = &plugged.program.name;
        let found = format!("the plan does not say what [plugin.{name}] has to be");
        let fix = "landfall plugin trust PLAN tells the `sha256` to write there".to_owned();
        return vec![finding("plugin-not-pinned", found, "the same program for everybody", fix, Weight::Advises)];
    }
    Vec::new()
}

fn unknown_step(component: &Component) -> Draft {
    let title = format!("{} is not looked at", component.name);
    Draft::act(UNKNOWN_STEP, title, Side::Recovery, Undo::PointOfNoReturn, 1.0, 60.0)
}

/// Its part in the recovery: what it says, else what its name tells.
fn role_of(stage: &Stage) -> Role {
    match stage.role {
        Some(StagePart::Fence) => Role::Fence,
        Some(StagePart::Promotion) => Role::Promotion,
        Some(StagePart::CutOver) => Role::CutOver,
        Some(StagePart::Check) => Role::Check,
        Some(StagePart::Other) => Role::Other,
        None => match (stage.action.as_str(), stage.acts) {
            ("fence", true) => Role::Fence,
            ("promote", true) => Role::Promotion,
            (_, true) => Role::Other,
            (_, false) => Role::Check,
        },
    }
}

fn draft(
    stage: &Stage,
    component: &Component,
    application: &Application,
    intent: Intent,
    is_of_a_store: bool,
) -> Draft {
    let title = match stage.title.is_empty() {
        true => format!("{} {}", stage.action, component.name),
        false => stage.title.replace("{name}", component.name.as_str()),
    };
    let undo = match stage.undo {
        StageUndo::NoneNeeded => Undo::NoneNeeded,
        StageUndo::Reversible => Undo::Reversible,
        StageUndo::DataLoss => Undo::DataLoss,
        StageUndo::PointOfNoReturn => Undo::PointOfNoReturn,
    };
    let role = role_of(stage);
    // Whatever it says of its gates, a point of no return is asked.
    let asks_point = undo == Undo::PointOfNoReturn || stage.gates.contains(&StageGate::PointOfNoReturn);
    let of_store = is_of_a_store && stage.acts && matches!(role, Role::Fence | Role::Promotion);
    let loses = undo == Undo::DataLoss || stage.gates.contains(&StageGate::Loss) || of_store;
    let gates = asks_point
        .then_some(Gate::PointOfNoReturn)
        .into_iter()
        .chain(application.loss_gate(component).filter(|_| loses))
        .collect();
    let look = Draft::look(kept(&stage.action), title, stage.side, stage.expected_seconds, stage.timeout_seconds);
    let draft = Draft {
        plane: match stage.plane {
            StagePlane::Data => Plane::Data,
            StagePlane::Control => Plane::Control,
        },
        undo,
        acts: stage.acts,
        beside: stage.beside,
        role,
        after: stage.after.iter().map(|action| kept(action)).collect(),
        ..look.gated(gates)
    };
    if role == Role::Fence { draft.fencing(intent) } else { draft }
}

/// What a question about `component` on `side` says of it.
fn about(component: &Component, application: &Application, side: Side, intent: Option<Intent>) -> About {
    let kind = crate::plan::plugin::parts(&component.kind).map_or(component.kind.as_str(), |(_, kind)| kind);
    let fields = component.fields.0.iter().filter_map(|(name, value)| Some((name.clone(), words::Field::of(value)?)));
    About {
        component: component.name.as_str().into(),
        kind: kind.into(),
        fields: fields.collect(),
        application: application.name.clone(),
        primary: application.primary.as_str().into(),
        recovery: application.recovery.as_str().into(),
        side: Some(SideWord::from(side)),
        account: component.accounts.on(side).map(|account| account.as_str().into()),
        intent: intent.map(|intent| intent.word().into()),
        from_run: component.from_run.as_ref().map(|said| json!(said).to_string()),
        in_confidence: Default::default(),
    }
}

/// The first field that waits for another component.
fn waits(component: &Component, kind: &Described) -> Option<String> {
    let open = |name: &str| {
        let value = component.fields.0.get(name)?;
        has_reference(&value.to_string()).then(|| format!("`{name}` is known once {value} is"))
    };
    kind.fields.iter().find_map(|field| open(&field.name))
}

impl Service for Plugin {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let found = described(component).and_then(|(plugged, kind)| {
            let stages = kind.steps.get(context.intent.word())?;
            Some((plugged, kind, stages.iter().find(|stage| stage.action.as_str() == step.id.action())?))
        });
        let Some((plugged, kind, stage)) = found else {
            return Box::new(NotLooked(why_not(component, context.intent.word())));
        };
        if let Some(why) = waits(component, kind) {
            return Box::new(step::Waits(why));
        }
        Box::new(step::Stepping::of(plugged, kind, stage, context, step.timeout_seconds))
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let component = &resolve(context.plan.component(&context.component.name)?, context.outputs).ok()?;
        let (plugged, kind) = described(component)?;
        let stages = kind.steps.get(context.intent.word())?;
        let stage = stages.iter().find(|stage| stage.action.as_str() == step.id.action())?;
        if !matches!(stage.undo, StageUndo::Reversible | StageUndo::DataLoss) {
            return None;
        }
        let context = Context { component, ..*context };
        let work = step::Stepping::of(plugged, kind, stage, &context, step.timeout_seconds);
        Some(Box::new(work.taken_back(before, receipt)))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let has_a_way_back = described(component).is_some_and(|(_, kind)| kind.steps.contains_key("failback"));
        if !has_a_way_back {
            let region = &done.application.primary;
            let ask = format!("Bring {} ({}) back to {region} by hand", component.name, component.kind);
            return Ok(turned::by_hand(component, ask));
        }
        let mut turned = Turned::of(component);
        for step in done.steps.iter().filter(|step| step.acted) {
            turned.said(step.action, json!({ "acted": true, "verified": step.is_verified, "before": step.before }));
        }
        Ok(turned)
    }

    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let (plugged, kind) = described(component)?;
        if !kind.lag || waits(component, kind).is_some() {
            return None;
        }
        Some(looked::watch(&plugged.program, component, application, Side::Recovery))
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let Some((plugged, kind)) = described(component) else {
            return Some(Looked::not_told(why_not(component, "failover")));
        };
        if !kind.is_on(side) {
            return None;
        }
        if let Some(why) = waits(component, kind) {
            return Some(Looked::not_told(why));
        }
        Some(looked::health(looked::watch(&plugged.program, component, application, side)))
    }

    fn readiness(&self, component: &Component, plan: &crate::plan::Plan) -> Vec<Ready> {
        let Some((plugged, kind)) = described(component) else { return Vec::new() };
        if waits(component, kind).is_some() {
            return Vec::new();
        }
        looked::rules(&plugged.program, kind, component, &plan.application)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    fn example(&self) -> serde_json::Value {
        json!({})
    }
}

/// The work of a step that nobody here knows: it is refused before anything acts.
struct NotLooked(String);

impl Work for NotLooked {
    fn asks(&self, _asked: &super::work::Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::untouched(&self.0)
    }
    fn prechecks(&self, _facts: &Facts<'_>) -> Vec<Check> {
        vec![Check::failed("plugin-not-trusted", &self.0, "a plug-in that somebody here trusts", TRUST).of_identity()]
    }
}

/// The place that a component is asked about on `side`.
fn place(component: &Component, application: &Application, side: Side) -> Place {
    Place::of(component, application, side)
}
