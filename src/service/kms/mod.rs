//! `kms`: a key is in the recovery region and can be used there. Nothing of a key is failed over: replicas are keys of
//! their own. Knows nothing of how KMS is called.

pub(super) mod fields;
mod granted;
pub(super) mod key;
mod prove;
#[cfg(test)]
mod tests;
mod used;
pub(super) mod words;

use super::ask::{Ask, Place};
use super::blocked::Blocked;
use super::grants::{Grant, Hole, On, When, of_field};
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::say::outputs;
use super::turned::{Done, Turned};
use super::work::{Asked, Check, Facts, Health, HealthLevel, Look, Looked, Verdict, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Plan, Problem, Side, Step};
use fields::Said;
use key::Key;
use prove::Prove;
use words::KmsKey;

/// The kind.
pub struct Kms;

/// Of an alias only KMS knows the key.
const KEY: &[On] = &[On::Named("kms:{place}:key/{key}")];
const BY_ALIAS: &[When] = &[When { by: "ForAnyValue:StringEquals", key: "kms:ResourceAliases", is: &["{alias}"] }];

/// The alias that a key is given by, by itself or in an ARN.
fn alias_of(given: &str) -> Option<&str> {
    let bare = super::arn::Arn::parse(given).map_or(given, |arn| arn.resource);
    bare.starts_with("alias/").then_some(bare)
}

impl Kind for Kms {
    fn name(&self) -> &'static str {
        "kms"
    }
    fn about(&self) -> &'static str {
        "verifies that a KMS key is enabled in the recovery region; with `prove`, that it can be used"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["arn"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = &component.name;
        let ready = Draft::look("ready", format!("see that {name} is enabled"), Side::Recovery, 1.0, 60.0);
        let proof = said.prove.then(|| {
            Draft::proof("prove", format!("prove that {name} can be used"), Side::Recovery, 1.0, 60.0)
                .after(vec!["ready"])
        });
        [ready].into_iter().chain(proof).collect()
    }
}

impl Service for Kms {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let on = |side| Key::at(Place::of(context.component, &context.plan.application, side), &said.key);
        let key = on(Side::Recovery);
        match step.id.action() {
            // Nothing of a failover waits for the region that fails.
            "ready" => Box::new(Ready {
                key,
                old: (context.intent != Intent::Failover).then(|| on(Side::Primary)),
                is_back: context.intent == Intent::Failback,
            }),
            "prove" => Box::new(Prove { key }),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let want = match Said::of(&component.fields) {
            Ok(said) => Key::at(Place::of(component, application, side), &said.key).want(),
            Err(missing) => return Some(Looked::new([], move |_| Health::not_told(&missing.to_string()))),
        };
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, "no such key"),
            Look::There(found) => health_of(found),
        }))
    }

    fn turned(&self, component: &Component, _done: &Done<'_>) -> Result<Turned, String> {
        // Of an ARN the same id or alias is looked up in the other region.
        Ok(Turned::of(component))
    }

    fn rules(&self) -> &'static [&'static Rule] {
        granted::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        granted::of(component, plan).into_iter().collect()
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(&["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"], KEY).when(BY_ALIAS),
                // Of whom the key lets IAM decide about.
                Grant::look(&["iam:GetRole", "iam:SimulatePrincipalPolicy"], &[On::Made("iam::{account}:role/*")]),
                Grant::act("prove", &["kms:GenerateDataKey"], KEY).when(BY_ALIAS),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        let Hole::Text(id) = of_field(component, "key") else { return of_field(component, name) };
        let alias = component.fields.0.get("key").and_then(serde_json::Value::as_str).and_then(alias_of);
        match (name, alias) {
            ("key", Some(_)) => Hole::Untold,
            ("key", None) => Hole::Text(id),
            ("alias", Some(alias)) => Hole::Text(alias.to_owned()),
            ("alias", None) => Hole::Absent,
            _ => of_field(component, name),
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "key": "alias/shop", "prove": true })
    }
}

fn health_of(found: &KmsKey) -> Health {
    let role = found.role.as_ref().map(|role| format!(", {}", role.to_lowercase())).unwrap_or_default();
    let level = match found.state.as_str() {
        "Enabled" => HealthLevel::Up,
        state if key::trouble(state).is_some() => HealthLevel::Down,
        _ => HealthLevel::Degraded,
    };
    Health::new(level, format!("{}{role}", found.state))
}

/// A key is there and enabled.
struct Ready {
    key: Key,
    /// That of the primary side, where it is waited for.
    old: Option<Key>,
    /// Whether it is gone back to.
    is_back: bool,
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        [Some(&self.key), self.old.as_ref()].into_iter().flatten().map(|key| key.want().ask).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let key = match self.key.proven(facts) {
            Ok(key) => key,
            Err(verdict) => return verdict,
        };
        let state = key.state.as_str();
        match (state, key::trouble(state)) {
            ("Enabled", _) => Verdict::holds(format!("{} is Enabled", key.arn), outputs([("arn", &key.arn)])),
            (_, Some(help)) => Verdict::bad(format!("{} is {state}", key.arn), help),
            (_, None) => Verdict::moving(state),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = self.key.checks(facts);
        let old = self.old.as_ref().and_then(|old| Some((facts.see(&old.want()).found()?, &old.place.region)));
        if let (Some((old, primary)), Some(new)) = (old, facts.see(&self.key.want()).found()) {
            checks.push(key::one_alias(old, new, primary));
            checks.extend(key::primary_key(old, new, (primary, &self.key.place.region)).filter(|_| self.is_back));
        }
        checks
    }
}
