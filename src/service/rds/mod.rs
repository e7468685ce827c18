//! `rds`: a read replica in the recovery region becomes the database. Crossing is final: a promoted replica
//! cannot be made a replica again. Knows nothing of how RDS is called.

pub(super) mod backups;
mod caught_up;
mod class;
pub(super) mod clusters;
mod evidence;
mod fence;
pub(super) mod fields;
mod follows;
mod health;
mod identity;
mod image;
mod isolate;
mod lag;
pub(super) mod names;
mod pair;
pub(super) mod parameters;
mod promote;
mod readiness;
mod replica;
pub(super) mod seen;
pub(super) mod settings;
pub(super) mod status;
mod steps;
#[cfg(test)]
mod tests;
mod turned;
mod unfence;
pub(super) mod upkeep;
pub(super) mod words;

use super::ask::{Ask, Place};
use super::blocked::Blocked;
use super::cloudwatch::TOLD_WITHIN;
use super::compare::Compare;
use super::grants::{ANY, Grant, Hole, On, of_field};
use super::observation::LagSample;
use super::operation::Receipt;
use super::readiness::{Ready, Rule};
use super::registry::{Context, Service};
use super::tcp::Connect;
use super::turned::{Done, Turned};
use super::work::{Facts, Health, Looked, Work};
use crate::plan::When;
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Side, Step};
use crate::text::Clean;
use caught_up::CaughtUp;
use evidence::{Kept, Protect, Tag};
use fence::Fence;
use fields::Said;
use follows::Follows;
use isolate::Isolate;
use jiff::Timestamp;
use pair::Pair;
use promote::Promote;
use replica::MakeReplica;
use settings::DbSettings;
use unfence::Unfence;
use upkeep::{DbUpkeep, Upkeep};

/// The kind.
pub struct Rds;

impl Kind for Rds {
    fn name(&self) -> &'static str {
        "rds"
    }
    fn about(&self) -> &'static str {
        "fences the old primary, in a switchover waits until its cross-region read replica has caught up, promotes that, and verifies that it is a writer of its own"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["endpoint", "port"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn lag_told_within(&self, _component: &Component) -> Option<f64> {
        Some(TOLD_WITHIN)
    }
    fn is_of_one_account(&self) -> bool {
        true
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        match intent {
            Intent::Failover => steps::failover(&said, component, application),
            Intent::Switchover => steps::switchover(&said, component),
            Intent::Failback => steps::failback(&said, component, application),
        }
    }
}

impl Service for Rds {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let pair = Pair::of(&said, component, &context.plan.application, context.begun_at);
        let isolate = said.isolating().to_vec();
        let own = context.outputs.get(&component.name);
        let is_made = own.is_some_and(|own| own.contains_key(replica::REPLICA));
        let is_ahead = step.when < When::Follows && step.id.action() != "upkeep";
        if context.intent == Intent::Failback && context.run.is_empty() && !is_made && !is_ahead {
            // Before the start the replica is still to be made: each is asked about when its turn comes.
            return Box::new(replica::NotMadeYet);
        }
        let kept = || Kept {
            place: pair.new.clone(),
            id: fenced_before(component),
            of: pair.old.clone(),
            writer: pair.primary.clone(),
        };
        let told = |name: &str| super::turned::said(component, name).and_then(|told| told.as_str()).map(Clean::from);
        match step.id.action() {
            "keep" => Box::new(Protect(kept())),
            "tag" => match context.plan.application.from_run.as_ref() {
                Some(from) => Box::new(Tag { kept: kept(), run: from.run.clone(), at: told("fenced_at") }),
                None => Box::new(Blocked::because("the plan does not say of which run it is the failback")),
            },
            "compare" => {
                let given = |name: &str| own.and_then(|own| own.get(name));
                let sides = [given(evidence::given::KEPT), given(evidence::given::WRITER)];
                let run = said.compare.clone().unwrap_or_default();
                Box::new(Compare::new(component, pair.new, run, sides, !context.run.is_empty()))
            }
            "follows" => Box::new(Follows {
                pair,
                rpo_seconds: component.rpo_seconds.or(context.plan.application.rpo_seconds),
                seconds: context.plan.application.follows_for_seconds.unwrap_or(follows::FOLLOWS_SECONDS),
            }),
            "replica" => Box::new(made(component, pair)),
            "upkeep" => Box::new(Upkeep {
                said: settings_before(component).map_or_else(DbUpkeep::default, |settings| settings.upkeep()),
                made: made(component, pair),
                resource_id: Clean::default(),
            }),
            "protect-again" => Box::new(made_again(pair)),
            "upkeep-again" => Box::new(Upkeep {
                said: DbUpkeep { backup_days: turned::replica_backup_days(component), ..DbUpkeep::default() },
                made: made_again(pair),
                resource_id: Clean::default(),
            }),
            "fence" => Box::new(Fence {
                pair,
                isolate: if context.intent == Intent::Failover { isolate } else { Vec::new() },
                intent: context.intent,
                expects_class: said.expect_class,
                was_promoted: Fence::was_promoted(component, context.outputs),
            }),
            "caught-up" => Box::new(CaughtUp::new(pair, &said, context)),
            "isolate" => Box::new(Isolate { pair, groups: isolate }),
            "promote" => {
                let days = settings_before(component).and_then(|settings| settings.backup_days);
                Box::new(Promote::new(pair, &said, days, context.intent))
            }
            "reach" => reach(context),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok()?;
        let pair = Pair::of(&said, context.component, &context.plan.application, context.begun_at);
        match step.id.action() {
            "fence" => Some(Box::new(Unfence::new(pair, before, context))),
            "isolate" => Some(Box::new(Isolate::back(pair, before)?)),
            "keep" | "tag" => Some(Box::new(replica::Stays { id: fenced_before(context.component) })),
            "replica" => Some(Box::new(replica::Stays { id: pair.recovery })),
            "protect-again" => Some(Box::new(replica::Stays { id: pair.primary })),
            action @ ("upkeep" | "upkeep-again") => {
                let made = if action == "upkeep" { made(context.component, pair) } else { made_again(pair) };
                let id = made.id.clone();
                Some(match Upkeep::back(made, before) {
                    Some(back) => Box::new(back),
                    None => Box::new(replica::Stays { id }),
                })
            }
            _ => None,
        }
    }
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }
    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let place = Place::of(component, application, Side::Recovery);
        Some(words::lag(&place, &Said::of(&component.fields).ok()?.recovery).ask)
    }
    fn weigh_lag(
        &self,
        component: &Component,
        application: &Application,
        sample: LagSample,
        facts: &Facts<'_>,
    ) -> LagSample {
        match Said::of(&component.fields) {
            Ok(said) => lag::weigh(&Pair::of(&said, component, application, facts.started_at), sample, facts),
            Err(_) => sample,
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        Some(match Said::of(&component.fields) {
            Ok(said) => health::on(side, said, component, application),
            Err(missing) => Looked::not_told(missing.to_string()),
        })
    }
    fn health_in(
        &self,
        component: &Component,
        application: &Application,
        side: Side,
        begun_at: Timestamp,
    ) -> Option<Looked<Health>> {
        match Said::of(&component.fields) {
            Ok(said) if side == Side::Primary => {
                Some(health::of_source(Pair::of(&said, component, application, begun_at)))
            }
            Ok(_) | Err(_) => self.health(component, application, side),
        }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<Ready> {
        match Said::of(&component.fields) {
            Ok(said) => readiness::of(&said, component, &plan.application),
            Err(_) => Vec::new(),
        }
    }
    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(&["rds:DescribeDBInstances", "cloudwatch:GetMetricData"], ANY),
                // What was set in a parameter group, whatever it is called.
                Grant::look(
                    &["rds:DescribeDBParameters"],
                    &[On::Made("rds:{primary-place}:pg:*"), On::Made("rds:{recovery-place}:pg:*")],
                ),
                // Going back, it is called so.
                Grant::act(
                    "fence",
                    &["rds:ModifyDBInstance"],
                    &[On::Named("rds:{place}:db:{primary}"), On::Made("rds:{place}:db:{fenced}")],
                ),
                Grant::act("isolate", &["rds:ModifyDBInstance"], &[On::Named("rds:{place}:db:{primary}")]),
                // Of a failback.
                Grant::act("keep", &["rds:ModifyDBInstance"], &[On::Made("rds:{recovery-place}:db:{kept}")]),
                Grant::act("tag", &["rds:AddTagsToResource"], &[On::Made("rds:{recovery-place}:db:{kept}")]),
                Grant::act(
                    "replica",
                    &["rds:CreateDBInstanceReadReplica"],
                    &[
                        On::Named("rds:{recovery-place}:db:{recovery}"),
                        On::Named("rds:{primary-place}:db:{primary}"),
                        On::Made("rds:{recovery-place}:og:*"),
                        On::Made("rds:{recovery-place}:pg:*"),
                        On::Made("rds:{recovery-place}:subgrp:*"),
                    ],
                ),
                Grant::act(
                    "protect-again",
                    &["rds:CreateDBInstanceReadReplica"],
                    &[
                        On::Named("rds:{primary-place}:db:{primary}"),
                        On::Named("rds:{recovery-place}:db:{recovery}"),
                        On::Made("rds:{primary-place}:og:*"),
                        On::Made("rds:{primary-place}:pg:*"),
                        On::Made("rds:{primary-place}:subgrp:*"),
                    ],
                ),
                Grant::act("replica", &["rds:AddTagsToResource"], &[On::Named("rds:{recovery-place}:db:{recovery}")]),
                Grant::act(
                    "protect-again",
                    &["rds:AddTagsToResource"],
                    &[On::Named("rds:{primary-place}:db:{primary}")],
                ),
                Grant::act("upkeep", &["rds:ModifyDBInstance"], &[On::Named("rds:{recovery-place}:db:{recovery}")]),
                Grant::act("upkeep-again", &["rds:ModifyDBInstance"], &[On::Named("rds:{primary-place}:db:{primary}")]),
                Grant::act("promote", &["rds:PromoteReadReplica"], &[On::Named("rds:{place}:db:{recovery}")]),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        match (name, of_field(component, "primary")) {
            ("fenced", Hole::Text(primary)) => Hole::Text(names::any_fenced(&primary)),
            ("fenced", other) => other,
            ("kept", _) => match fenced_before(component) {
                kept if kept.is_empty() => of_field(component, "primary"),
                kept => Hole::Text(kept),
            },
            _ => of_field(component, name),
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "primary": "orders", "recovery": "orders-replica", "reach": true, "isolate": ["sg-1"],
            "caught_up": ["caught-up"],
        })
    }
}

/// What a failback's journal says that the old primary was called by its fence; nothing where it says nothing.
fn fenced_before(component: &Component) -> String {
    super::turned::said(component, turned::FENCED).and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

/// How a failback's journal says that the old primary was set up, where it says that.
fn settings_before(component: &Component) -> Option<DbSettings> {
    serde_json::from_value(super::turned::said(component, "settings")?.clone()).ok()
}

/// The replica under the old primary's name, of what writes.
fn made(component: &Component, pair: Pair) -> MakeReplica {
    MakeReplica {
        of: pair.old,
        source: pair.primary,
        place: pair.new,
        id: pair.recovery,
        like: fenced_before(component),
        settings: settings_before(component),
    }
}

/// The replica on the side that was left, once the other has been promoted.
fn made_again(pair: Pair) -> MakeReplica {
    MakeReplica {
        of: pair.new,
        source: pair.recovery,
        place: pair.old,
        id: pair.primary,
        like: pair.fenced,
        settings: None,
    }
}

/// Connects to what the promotion gave.
fn reach(context: &Context<'_>) -> Box<dyn Work> {
    let component = context.component;
    let given = |name: &str| context.outputs.get(&component.name).and_then(|outputs| outputs.get(name));
    let port = given("port").and_then(|port| port.parse().ok());
    let (Some(host), Some(port)) = (given("endpoint").cloned(), port) else {
        return Box::new(Blocked::because("the promotion has given no endpoint to connect to"));
    };
    Box::new(Connect { place: Place::of(component, &context.plan.application, Side::Recovery), host, port })
}
