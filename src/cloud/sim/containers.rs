//! Simulated container services: tasks that start one after another, deployments that complete or crash, and the
//! targets that they register.

use super::dice::Dice;
use crate::service::observation::{Container, Deployment, EcsService, ScalableTarget, Target, TaskDefinition};
use crate::text::Clean;
use std::collections::BTreeMap;

/// Seconds between two crashes of a task that cannot stay up.
const CRASH_SECONDS: f64 = 10.0;

/// A service and its last rollout. All times in seconds after the run's start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    pub(super) region: String,
    pub(super) cluster: String,
    pub(super) name: String,
    pub(super) component: String,
    pub(super) limits: Option<ScalableTarget>,
    pub(super) group: Option<String>,
    pub(super) rollout: Rollout,
}

/// What was asked last, and from where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rollout {
    pub(super) at: f64,
    pub(super) nth: u32,
    /// Tasks that ran when it was asked.
    pub(super) ran: u64,
    pub(super) old_definition: String,
    pub(super) definition: String,
    pub(super) desired: u64,
    /// Whether it replaces the tasks: another definition, or forced.
    pub(super) fresh: bool,
    pub(super) crashes: bool,
}

impl Service {
    /// When each of the tasks that the rollout starts is up.
    fn starts(&self, dice: Dice) -> Vec<f64> {
        let rollout = &self.rollout;
        if rollout.crashes {
            return Vec::new();
        }
        let from = if rollout.fresh { 0 } else { rollout.ran.min(rollout.desired) };
        (from..rollout.desired)
            .map(|task| {
                let what = format!("{}/{}/{}/{task}/{}", self.region, self.cluster, self.name, rollout.nth);
                rollout.at + dice.seconds(&what, 18.0, 55.0)
            })
            .collect()
    }

    fn started(&self, now: f64, dice: Dice) -> u64 {
        self.starts(dice).iter().filter(|start| now >= **start).count() as u64
    }

    /// Tasks of before the rollout that still run.
    fn kept(&self, now: f64, dice: Dice) -> u64 {
        let rollout = &self.rollout;
        if !rollout.fresh {
            // Stopping takes a few seconds whatever their number.
            return if now < rollout.at + 8.0 { rollout.ran } else { rollout.ran.min(rollout.desired) };
        }
        let replaced = rollout.desired == 0 || self.started(now, dice) == rollout.desired;
        if replaced { 0 } else { rollout.ran }
    }

    pub(super) fn running(&self, now: f64, dice: Dice) -> u64 {
        self.started(now, dice) + self.kept(now, dice)
    }

    fn failed(&self, now: f64) -> u64 {
        if self.rollout.crashes { ((now - self.rollout.at) / CRASH_SECONDS).max(0.0) as u64 } else { 0 }
    }

    pub(super) fn describe(&self, now: f64, dice: Dice) -> EcsService {
        let rollout = &self.rollout;
        let failed = self.failed(now);
        let (started, kept) = (self.started(now, dice), self.kept(now, dice));
        let complete = !rollout.fresh || (started == rollout.desired && !rollout.crashes);
        let has_failed = rollout.crashes && failed >= 3;
        let state = if has_failed {
            "FAILED"
        } else if complete {
            "COMPLETED"
        } else {
            "IN_PROGRESS"
        };
        let reason = has_failed.then(|| Clean::new("ECS deployment circuit breaker: tasks failed to start."));
        let primary = Deployment {
            status: Clean::new("PRIMARY"),
            task_definition: Clean::new(&rollout.definition),
            rollout: Some(Clean::new(state)),
            reason,
            failed_tasks: failed,
            running: if rollout.fresh { started } else { started + kept },
        };
        let old = (rollout.fresh && kept > 0).then(|| Deployment {
            status: Clean::new("ACTIVE"),
            task_definition: Clean::new(&rollout.old_definition),
            rollout: Some(Clean::new("COMPLETED")),
            reason: None,
            failed_tasks: 0,
            running: kept,
        });
        let (desired, running) = (rollout.desired, started + kept);
        EcsService {
            cluster: Clean::new(&self.cluster),
            name: Clean::new(&self.name),
            status: Clean::new("ACTIVE"),
            desired,
            running,
            pending: if has_failed {
                0
            } else {
                desired.saturating_sub(started + if rollout.fresh { 0 } else { kept })
            },
            task_definition: Clean::new(&rollout.definition),
            deployments: std::iter::once(primary).chain(old).collect(),
            events: if failed > 0 {
                vec![Clean::new(&format!("(service {}) deployment failed: tasks failed to start.", self.name))]
            } else {
                Vec::new()
            },
            stopped_reason: (failed > 0).then(|| Clean::new("Essential container in task exited")),
        }
    }

    /// The targets its tasks are.
    pub(super) fn targets(&self, now: f64, dice: Dice, unhealthy: bool) -> Vec<Target> {
        let up = self.starts(dice).into_iter().filter(|start| now >= *start);
        let young = up.map(|start| now < start + dice.seconds(&format!("{}/{start}", self.name), 15.0, 35.0));
        let all = std::iter::repeat_n(false, usize::try_from(self.kept(now, dice)).unwrap_or(0)).chain(young);
        all.enumerate()
            .map(|(place, young)| {
                let (state, reason) = match (young, unhealthy) {
                    (true, _) => ("initial", Some(Clean::new("Elb.InitialHealthChecking"))),
                    (false, true) => ("unhealthy", Some(Clean::new("Target.FailedHealthChecks"))),
                    (false, false) => ("healthy", None),
                };
                Target { id: Clean::new(&format!("10.0.0.{}", place + 10)), state: Clean::new(state), reason }
            })
            .collect()
    }
}

/// A family of task definitions, revision 1 first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Family {
    pub(super) revisions: Vec<Revision>,
}

/// One revision.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Revision {
    pub(super) active: bool,
    pub(super) image: String,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) secrets: BTreeMap<String, String>,
}

/// The ARN of a revision, counted from 1.
pub(super) fn definition_arn(region: &str, family: &str, revision: usize) -> String {
    format!("arn:aws:ecs:{region}:000000000000:task-definition/{family}:{revision}")
}

/// The family and revision that a name means: a family, `family:revision`, or an ARN.
pub(super) fn split_name(name: &str) -> (&str, Option<usize>) {
    let name = name.rsplit('/').next().unwrap_or(name);
    match name.rsplit_once(':') {
        Some((family, revision)) => (family, revision.parse().ok()),
        None => (name, None),
    }
}

impl Family {
    /// The revision meant, or the newest active one; counted from 1.
    pub(super) fn find(&self, revision: Option<usize>) -> Option<(usize, &Revision)> {
        match revision {
            Some(number) => self.revisions.get(number.checked_sub(1)?).map(|found| (number, found)),
            None => self
                .revisions
                .iter()
                .enumerate()
                .rev()
                .find(|(_, found)| found.active)
                .map(|(at, found)| (at + 1, found)),
        }
    }
}

/// What a description says of a revision.
pub(super) fn describe_revision(region: &str, family: &str, number: usize, revision: &Revision) -> TaskDefinition {
    TaskDefinition {
        arn: Clean::new(&definition_arn(region, family, number)),
        family: Clean::new(family),
        revision: number as u64,
        status: Clean::new(if revision.active { "ACTIVE" } else { "INACTIVE" }),
        containers: vec![Container {
            name: Clean::new("app"),
            image: Clean::new(&revision.image),
            environment: revision.environment.clone(),
            secrets: revision.secrets.clone(),
        }],
    }
}
