//! `rds-restore`: a database of which nothing stands in the recovery region is restored there, from a replicated automated
//! backup or a snapshot. Knows nothing of how RDS is called.

pub(super) mod fields;
mod quota;
mod remove;
mod restore;
#[cfg(test)]
mod tests;

use super::arn::Arn;
use super::ask::{Ask, Place};
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, Hole, On, of_field, text_at};
use super::observation::LagSample;
use super::operation::Receipt;
use super::rds::backups::{backup, snapshot};
use super::rds::names::{any_stamped, stamped};
use super::rds::status::{serves, trouble};
use super::rds::words::instance;
use super::readiness::{Ready, Rule};
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{self, Done, Turned};
use super::work::{Facts, Health, HealthLevel, Image, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Role, Side, Step, Undo};
use fields::{Said, Source};
use remove::Remove;
use restore::{Restore, Was};

/// The kind.
pub struct RdsRestore;

/// The longest that a restore may take, in seconds.
const LONGEST: f64 = 4.0 * 3600.0;

impl Kind for RdsRestore {
    fn name(&self) -> &'static str {
        "rds-restore"
    }
    fn about(&self) -> &'static str {
        "restores an RDS database from a replicated automated backup or a snapshot; asks about what is not in it; verifies that what was made is set as the plan says"
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
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        fields::findings(component)
    }
    fn steps(&self, component: &Component, application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let title = format!("restore {}", component.name);
        let longest = LONGEST.max(3.0 * said.expected);
        let restore = Draft::act("restore", title, Side::Recovery, Undo::Reversible, said.expected, longest);
        let gates = application.loss_gate(component).into_iter().collect();
        vec![restore.part(Role::Promotion).gated(gates)]
    }
}

impl Service for RdsRestore {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if let Some(unnamed) = Unnamed::of(&named(&said)) {
            return Box::new(unnamed);
        }
        match step.id.action() {
            "restore" => Box::new(Restore {
                place: Place::of(context.component, &context.plan.application, Side::Recovery),
                said,
                run: context.run.into(),
            }),
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
        let Was { id } = Image::of_journal(before)?;
        let remove = Remove {
            place: Place::of(context.component, &context.plan.application, Side::Recovery),
            run: context.run.into(),
            last: stamped("landfall-", &id, "-", context.begun_at).as_str().into(),
            id,
        };
        (step.id.action() == "restore").then(|| Box::new(remove) as Box<dyn Work>)
    }

    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let said = Said::of(&component.fields).ok()?;
        let place = Place::of(component, application, Side::Recovery);
        let source = said.source.as_str().into();
        Some(match said.from() {
            Source::Backup => backup(&place, &source).ask,
            Source::Snapshot => snapshot(&place, &source).ask,
        })
    }

    /// What is restored to a moment before the last reaches no further than that.
    fn weigh_lag(
        &self,
        component: &Component,
        _application: &Application,
        sample: LagSample,
        _facts: &Facts<'_>,
    ) -> LagSample {
        let moment = Said::of(&component.fields).ok().and_then(|said| said.moment());
        match (moment, sample.sampled_at) {
            (Some(moment), Some(until)) if moment < until => LagSample { sampled_at: Some(moment), ..sample },
            _ => sample,
        }
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = Said::of(&component.fields).ok()?;
        if side == Side::Primary || has_reference(&said.instance) {
            return None;
        }
        let place = Place::of(component, application, side);
        let want = instance(&place, &said.instance.to_ascii_lowercase());
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Standby, "not restored: it stands by in a backup"),
            Look::There(found) if trouble(&found.status).is_some() => {
                Health::new(HealthLevel::Down, found.status.as_str())
            }
            Look::There(found) if serves(&found.status) => Health::new(HealthLevel::Up, found.status.as_str()),
            Look::There(found) => Health::new(HealthLevel::Degraded, found.status.as_str()),
        }))
    }

    /// What was restored is a database of its own, that nothing replicates from or to.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let (here, there) = (&done.application.recovery, &done.application.primary);
        let ask = format!(
            "Bring what was written to {} of {here} since it was restored to the database of {there} that {} is a backup \
             of, or restore that one from a snapshot of it; nothing replicates between the two. Then let what is in {there} \
             use it",
            said.instance, said.source
        );
        let mut turned = turned::by_hand(component, ask);
        // Its name is taken by what is kept: it is not restored again.
        turned.component.from_run = None;
        if done.acted() {
            turned.keeps.push(format!(
                "{} in {here}: restored by that run, with all that was written to it since",
                said.instance
            ));
            turned.diverged.push(format!("what was written to {} since it was restored is there alone", said.instance));
        }
        Ok(turned)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        quota::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<Ready> {
        quota::of(component, plan).into_iter().collect()
    }

    // Which option group it gets, and which others where the plan names none, RDS says.
    fn grants(&self) -> &'static [Grant] {
        const DB: &[On] = &[On::Named("rds:{place}:db:{instance}")];
        const {
            &[
                Grant::look(&["rds:DescribeDBInstances", "rds:DescribeDBInstanceAutomatedBackups"], ANY),
                Grant::look(&["rds:DescribeAccountAttributes"], ANY),
                Grant::look_for("restore", &["rds:DescribeDBSnapshots"], ANY),
                Grant::act(
                    "restore",
                    &["rds:RestoreDBInstanceToPointInTime"],
                    &[
                        On::Named("rds:{place}:db:{instance}"),
                        On::Made("rds:{place}:og:*"),
                        On::Made("rds:{place}:pg:{parameter_group}"),
                        On::Made("rds:{place}:subgrp:{subnet_group}"),
                        On::Named("rds:{place}:auto-backup:{backup}"),
                    ],
                ),
                Grant::act(
                    "restore",
                    &["rds:RestoreDBInstanceFromDBSnapshot"],
                    &[
                        On::Named("rds:{place}:db:{instance}"),
                        On::Made("rds:{place}:og:*"),
                        On::Made("rds:{place}:pg:{parameter_group}"),
                        On::Made("rds:{place}:subgrp:{subnet_group}"),
                        On::Named("rds:{place}:snapshot:{snapshot}"),
                    ],
                ),
                Grant::act("restore", &["rds:AddTagsToResource", "rds:DeleteDBInstance"], DB),
                Grant::act(
                    "restore",
                    &["rds:CreateDBSnapshot"],
                    &[On::Named("rds:{place}:db:{instance}"), On::Made("rds:{place}:snapshot:{last}")],
                ),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        let source = || text_at(component, "source").filter(|source| !has_reference(source)).unwrap_or_default();
        let bare = || Arn::parse(source()).map_or(source(), |arn| arn.resource);
        match (name, of_field(component, name)) {
            ("parameter_group" | "subnet_group", Hole::Absent) => Hole::Text("*".to_owned()),
            ("last", _) => match of_field(component, "instance") {
                Hole::Text(instance) => Hole::Text(any_stamped("landfall-", &instance, "-")),
                other => other,
            },
            ("backup", _) => bare().strip_prefix("auto-backup:").map_or(Hole::Absent, |id| Hole::Text(id.to_owned())),
            ("snapshot", _) if bare().is_empty() || bare().starts_with("auto-backup:") => Hole::Absent,
            ("snapshot", _) => Hole::Text(bare().strip_prefix("snapshot:").unwrap_or(bare()).to_owned()),
            (_, found) => found,
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "source": "arn:aws:rds:eu-central-1:111122223333:auto-backup:ab-1", "instance": "archive",
            "class": "db.r6g.large", "subnet_group": "data", "security_groups": ["sg-1"], "parameter_group": "archive",
        })
    }
}

fn named(said: &Said) -> [(&'static str, &str); 2] {
    [("source", &said.source), ("instance", &said.instance)]
}
