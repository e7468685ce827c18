//! Simulated ECS: services, their rollouts and tasks. Every task's life is planned when it is asked for; faults bend
//! it when it is looked at, so that looking is a pure function of time.

use super::database::ACCOUNT;
use super::dice::{Dice, later, seconds};
use super::fault::FaultKind;
use super::keys;
use super::lines::EXITS;
use super::trouble::{Troubles, Window};
use crate::plan::Region;
use crate::service::observation::{
    Address, Deployment, EcsService, RunningTask, ServiceBalancer, ServiceEvent, StoppedTask, Target,
};
use crate::text::Clean;
use jiff::Timestamp;

/// The most tasks of a service that there is room for, as in a region: a journal may ask for any number.
const TASKS: u64 = 10_000;

/// A service.
pub struct Service {
    /// Where it is.
    pub region: Region,
    /// Its cluster.
    pub cluster: Clean,
    /// Its name.
    pub name: Clean,
    /// The ARN of the target group its tasks register with.
    pub group: Option<Clean>,
    /// The container of its tasks.
    pub container: Clean,
    desired: u64,
    rollouts: Vec<Rollout>,
    tasks: Vec<Task>,
    orders: usize,
}

/// A deployment: what is to run from a moment on.
struct Rollout {
    since: Timestamp,
    definition: Clean,
    wanted: u64,
    /// It was complete before the world began, and starts no circuit breaker.
    is_old: bool,
}

pub(super) struct Task {
    pub(super) nth: usize,
    rollout: usize,
    /// Whether it came with the rollout itself, not with a later change of size.
    founding: bool,
    pub(super) asked: Timestamp,
    starts_in: f64,
    healthy_in: f64,
    pub(super) fails_every: f64,
    stop: Stop,
    stops_in: f64,
}

#[derive(Clone, Copy)]
enum Stop {
    Never,
    At(Timestamp),
    /// Once this task can take its place.
    Replaced(usize),
}

/// How a task is at a moment.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Pending,
    Running { since: Timestamp },
    Stopping,
    Gone,
}

/// What is known while a service is looked at.
pub(super) struct View<'a> {
    service: &'a Service,
    pub(super) crashes: Vec<Window>,
    at: Timestamp,
}

impl Service {
    /// A service that has run `desired` tasks of `definition` since before the world began.
    pub fn standing(
        region: &Region,
        names: (&str, &str),
        (group, container): (Option<Clean>, Clean),
        definition: Clean,
        desired: u64,
        begun: Timestamp,
    ) -> Self {
        let long_ago = later(begun, -86_400.0);
        let rollout = Rollout { since: long_ago, definition, wanted: desired, is_old: true };
        let mut service = Self {
            region: region.clone(),
            cluster: names.0.into(),
            name: names.1.into(),
            group,
            container,
            desired,
            rollouts: vec![rollout],
            tasks: Vec::new(),
            orders: 0,
        };
        let dice = Dice::new(0);
        (0..desired.min(TASKS)).for_each(|_| service.start_task(&dice, long_ago, true));
        service
    }

    /// Its key.
    pub fn key(&self) -> String {
        keys::service(&self.region, &self.cluster, &self.name)
    }

    /// The task definition it is meant to run.
    pub fn definition(&self) -> &Clean {
        &self.current().definition
    }

    /// The id of the deployment that brings it about.
    pub fn deployment(&self) -> Clean {
        deployment_id(self.rollouts.len() - 1)
    }

    /// How many tasks are wanted.
    pub fn desired(&self) -> u64 {
        self.desired
    }

    fn current(&self) -> &Rollout {
        self.rollouts.last().expect("a service has a rollout from its beginning")
    }

    /// UpdateService: a new size, and with a new definition or by `force` a new deployment.
    pub fn update(&mut self, dice: &Dice, at: Timestamp, desired: u64, definition: Option<&Clean>, force: bool) {
        self.orders += 1;
        self.desired = desired;
        let changed = definition.filter(|definition| *definition != self.definition());
        let standing: Vec<usize> =
            (0..self.tasks.len()).filter(|task| !matches!(self.tasks[*task].stop, Stop::At(_))).collect();
        if changed.is_none() && !force {
            self.resize(dice, at, &standing);
            return;
        }
        let definition = changed.unwrap_or(self.definition()).clone();
        self.rollouts.push(Rollout { since: at, definition, wanted: desired, is_old: false });
        let first_new = self.tasks.len();
        (0..desired.min(TASKS)).for_each(|_| self.start_task(dice, at, true));
        let new = self.tasks.len() - first_new;
        for (nth, task) in standing.into_iter().enumerate() {
            self.tasks[task].stop = if nth < new { Stop::Replaced(first_new + nth) } else { Stop::At(at) };
        }
    }

    fn resize(&mut self, dice: &Dice, at: Timestamp, standing: &[usize]) {
        let current = self.rollouts.len() - 1;
        let kept: Vec<usize> = standing.iter().copied().filter(|task| self.tasks[*task].rollout == current).collect();
        let wanted = usize::try_from(self.desired.min(TASKS)).unwrap_or(usize::MAX);
        for task in kept.iter().skip(wanted) {
            self.tasks[*task].stop = Stop::At(at);
        }
        if wanted == 0 {
            // Nothing will come to replace what an unfinished rollout left.
            standing.iter().for_each(|task| self.tasks[*task].stop = Stop::At(at));
        }
        (kept.len()..wanted).for_each(|_| self.start_task(dice, at, false));
    }

    fn start_task(&mut self, dice: &Dice, asked: Timestamp, founding: bool) {
        let nth = self.tasks.len();
        let key = self.key();
        let draw = |what: &str, low, high| dice.between(&format!("{key} task {nth} {what}"), low, high);
        self.tasks.push(Task {
            nth,
            rollout: self.rollouts.len() - 1,
            founding,
            asked,
            starts_in: draw("starts", 20.0, 60.0),
            healthy_in: draw("healthy", 20.0, 40.0),
            fails_every: draw("fails", 15.0, 30.0),
            stop: Stop::Never,
            stops_in: draw("stops", 5.0, 25.0),
        });
    }

    pub(super) fn view<'a>(&'a self, troubles: &Troubles, at: Timestamp) -> View<'a> {
        View { service: self, crashes: troubles.windows(FaultKind::TasksCrash, &self.key()), at }
    }

    /// What DescribeServices says at `at`.
    pub fn describe(&self, troubles: &Troubles, at: Timestamp) -> EcsService {
        let view = self.view(troubles, at);
        let count =
            |phase: fn(&Phase) -> bool| self.tasks.iter().filter(|task| phase(&view.phase(task))).count() as u64;
        let running = count(|phase| matches!(phase, Phase::Running { .. }));
        let pending = if view.has_given_up() { 0 } else { count(|phase| *phase == Phase::Pending) };
        let crash = troubles.active(FaultKind::TasksCrash, &self.key(), at);
        let deployments = (0..self.rollouts.len()).rev().filter_map(|nth| view.deployment(nth)).collect();
        EcsService {
            cluster: self.cluster.clone(),
            name: self.name.clone(),
            arn: Clean::new(&format!("arn:aws:ecs:{}:{ACCOUNT}:service/{}/{}", self.region, self.cluster, self.name)),
            status: "ACTIVE".into(),
            controller: "ECS".into(),
            scheduling: "REPLICA".into(),
            strategy: "ROLLING".into(),
            on_fargate: true,
            subnets: ["a", "b"].map(|zone| Clean::new(&format!("subnet-{zone}"))).to_vec(),
            breaker: Some(true),
            desired: self.desired,
            running,
            pending,
            task_definition: self.definition().clone(),
            balancers: self.group.iter().map(|group| self.balancer(group)).collect(),
            deployments,
            events: vec![ServiceEvent { at: Some(at), message: view.event(running) }],
            stopped: crash.filter(|_| view.failed(self.rollouts.len() - 1) > 0).map(|fault| StoppedTask {
                at: Some(at),
                deployment: Some(self.deployment()),
                reason: fault.reason.as_deref().unwrap_or(EXITS).into(),
            }),
        }
    }

    fn balancer(&self, group: &Clean) -> ServiceBalancer {
        ServiceBalancer {
            target_group: Some(group.clone()),
            alternate: None,
            container: self.container.clone(),
            port: Some(8080),
        }
    }

    /// The tasks that run at `at`.
    pub fn tasks(&self, troubles: &Troubles, at: Timestamp) -> Vec<RunningTask> {
        let view = self.view(troubles, at);
        let running = self.tasks.iter().filter(|task| matches!(view.phase(task), Phase::Running { .. }));
        running
            .map(|task| {
                let id = self.address(task);
                let arn = format!("arn:aws:ecs:{}:{ACCOUNT}:task/{}/{id}", self.region, self.cluster);
                RunningTask { arn: Clean::new(&arn), reached_at: vec![Address { id, port: None }] }
            })
            .collect()
    }

    /// Its tasks, those that are gone too.
    pub(super) fn tasks_ever(&self) -> &[Task] {
        &self.tasks
    }

    /// The task definition that the task was started from.
    pub(super) fn definition_of(&self, task: &Task) -> &Clean {
        &self.rollouts[task.rollout].definition
    }

    /// Where the task is reached.
    fn address(&self, task: &Task) -> Clean {
        Clean::new(&format!("{}/{:04}", self.name, task.nth))
    }

    /// The targets its tasks are at `at`; `unhealthy` when their health checks fail.
    pub fn targets(&self, troubles: &Troubles, unhealthy: bool, at: Timestamp) -> Vec<Target> {
        let view = self.view(troubles, at);
        self.tasks.iter().filter_map(|task| view.target(task, unhealthy)).collect()
    }

    /// How many tasks run at `at`.
    pub fn running(&self, troubles: &Troubles, at: Timestamp) -> u64 {
        let view = self.view(troubles, at);
        self.tasks.iter().filter(|task| matches!(view.phase(task), Phase::Running { .. })).count() as u64
    }
}

fn deployment_id(nth: usize) -> Clean {
    Clean::new(&format!("ecs-svc/{nth:019}"))
}

impl View<'_> {
    fn phase(&self, task: &Task) -> Phase {
        if let Some(stopped) = self.stop(task).filter(|stop| *stop <= self.at) {
            let was_up = self.running_since(task, stopped).is_some();
            let is_gone = !was_up || later(stopped, task.stops_in) <= self.at;
            return if is_gone { Phase::Gone } else { Phase::Stopping };
        }
        self.running_since(task, self.at).map_or(Phase::Pending, |since| Phase::Running { since })
    }

    pub(super) fn stop(&self, task: &Task) -> Option<Timestamp> {
        match task.stop {
            Stop::Never => None,
            Stop::At(at) => Some(at),
            Stop::Replaced(by) => {
                let by = &self.service.tasks[by];
                self.running_since(by, self.at).map(|since| later(since, by.healthy_in))
            }
        }
    }

    /// Since when the task has been running at `at`; `None` while it starts, or crashes.
    pub(super) fn running_since(&self, task: &Task, at: Timestamp) -> Option<Timestamp> {
        let mut since = Some(later(task.asked, task.starts_in));
        for crash in self.crashes.iter().filter(|crash| crash.from <= at) {
            if crash.to.is_some_and(|to| to <= task.asked) {
                continue;
            }
            let to = crash.to.filter(|_| !self.has_given_up_on(task.rollout));
            since = to.map(|to| later(to, task.starts_in));
        }
        since.filter(|since| *since <= at)
    }

    /// How often tasks of the rollout have failed.
    fn failed(&self, rollout: usize) -> u64 {
        let tasks = self.service.tasks.iter().filter(|task| task.rollout == rollout);
        tasks.map(|task| self.crashes.iter().map(|crash| self.failures(task, crash)).sum::<u64>()).sum()
    }

    pub(super) fn failures(&self, task: &Task, crash: &Window) -> u64 {
        let from = crash.from.max(task.asked);
        let stopped = match task.stop {
            Stop::At(at) => at,
            Stop::Never | Stop::Replaced(_) => self.at,
        };
        let to = crash.end_by(self.at).min(stopped);
        (seconds(from, to) / task.fails_every).max(0.0) as u64
    }

    /// Whether the circuit breaker has ended the rollout: by ECS's own threshold, half of what is wanted, 3 to 200.
    fn has_given_up_on(&self, nth: usize) -> bool {
        let rollout = &self.service.rollouts[nth];
        if rollout.is_old || self.was_complete_before_crashing(nth) {
            return false;
        }
        self.failed(nth) >= rollout.wanted.div_ceil(2).clamp(3, 200)
    }

    fn has_given_up(&self) -> bool {
        self.has_given_up_on(self.service.rollouts.len() - 1)
    }

    fn was_complete_before_crashing(&self, nth: usize) -> bool {
        let ends = self.founding(nth).map(|task| later(task.asked, task.starts_in + task.healthy_in)).max();
        let since = self.service.rollouts[nth].since;
        let crash = self.crashes.iter().find(|crash| crash.to.is_none_or(|to| to > since));
        crash.is_some_and(|crash| ends.is_none_or(|ends| ends <= crash.from))
    }

    fn founding(&self, nth: usize) -> impl Iterator<Item = &Task> {
        self.service.tasks.iter().filter(move |task| task.founding && task.rollout == nth)
    }

    fn deployment(&self, nth: usize) -> Option<Deployment> {
        let is_primary = nth + 1 == self.service.rollouts.len();
        let tasks = || self.service.tasks.iter().filter(|task| task.rollout == nth);
        let running = tasks().filter(|task| matches!(self.phase(task), Phase::Running { .. })).count() as u64;
        if !is_primary && running == 0 {
            return None;
        }
        let rollout = &self.service.rollouts[nth];
        let (state, reason) = if self.has_given_up_on(nth) {
            ("FAILED", "ECS deployment circuit breaker: tasks failed to start.".to_owned())
        } else if self.is_complete(nth) {
            ("COMPLETED", format!("ECS deployment {} completed.", deployment_id(nth)))
        } else {
            ("IN_PROGRESS", format!("ECS deployment {} in progress.", deployment_id(nth)))
        };
        Some(Deployment {
            id: deployment_id(nth),
            status: if is_primary { "PRIMARY" } else { "ACTIVE" }.into(),
            task_definition: rollout.definition.clone(),
            rollout: Some(state.into()),
            reason: Some(Clean::new(&reason)),
            failed_tasks: self.failed(nth),
            running,
        })
    }

    fn is_complete(&self, nth: usize) -> bool {
        if self.service.rollouts[nth].is_old || self.was_complete_before_crashing(nth) {
            return true;
        }
        let is_up = |task: &Task| match self.phase(task) {
            Phase::Running { since } => later(since, task.healthy_in) <= self.at,
            Phase::Pending => false,
            Phase::Stopping | Phase::Gone => true,
        };
        let older_run = self
            .service
            .tasks
            .iter()
            .any(|task| task.rollout < nth && matches!(self.phase(task), Phase::Running { .. }));
        self.founding(nth).all(is_up) && !older_run
    }

    fn target(&self, task: &Task, unhealthy: bool) -> Option<Target> {
        let (state, reason) = match self.phase(task) {
            Phase::Pending | Phase::Gone => return None,
            Phase::Stopping => ("draining", Some("Target.DeregistrationInProgress")),
            Phase::Running { since } if later(since, task.healthy_in / 4.0) > self.at => {
                ("initial", Some("Elb.RegistrationInProgress"))
            }
            Phase::Running { since } if later(since, task.healthy_in) > self.at => {
                ("initial", Some("Elb.InitialHealthChecking"))
            }
            Phase::Running { .. } if unhealthy => ("unhealthy", Some("Target.FailedHealthChecks")),
            Phase::Running { .. } => ("healthy", None),
        };
        let id = self.service.address(task);
        Some(Target { id, port: None, state: state.into(), reason: reason.map(Into::into) })
    }

    fn event(&self, running: u64) -> Clean {
        let Service { name, desired, .. } = self.service;
        let is_crashing = self.crashes.iter().any(|crash| crash.contains(self.at)) && *desired > 0;
        Clean::new(&if is_crashing {
            format!("(service {name}) is unable to consistently start tasks successfully.")
        } else if running == *desired {
            format!("(service {name}) has reached a steady state.")
        } else if running < *desired {
            format!("(service {name}) has started {} tasks.", desired - running)
        } else {
            format!("(service {name}) has stopped {} running tasks.", running - desired)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Fault;
    use super::super::trouble::Hits;
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, seconds)
    }

    fn service(desired: u64) -> Service {
        let region = Region::new("us-west-2");
        let group = Some("web-tg".into());
        Service::standing(&region, ("shop", "web"), (group, "web".into()), "web:1".into(), desired, at(0.0))
    }

    fn crashing(service: &Service, from: f64, lasting: Option<f64>) -> Troubles {
        let mut troubles = Troubles::default();
        let fault = Fault::new(FaultKind::TasksCrash).at(from);
        let fault = lasting.map_or(fault.clone(), |seconds| fault.lasting(seconds));
        troubles.add(fault, at(0.0), Hits::Keys(vec![service.key()]));
        troubles
    }

    fn rollout(service: &Service, troubles: &Troubles, seconds: f64) -> String {
        service.describe(troubles, at(seconds)).deployments[0].rollout.clone().unwrap_or_default().to_string()
    }

    #[test]
    fn a_change_of_size_alone_starts_no_deployment() {
        let mut service = service(0);
        let none = Troubles::default();
        service.update(&Dice::new(1), at(0.0), 4, None, false);
        let early = service.describe(&none, at(10.0));
        assert_eq!((early.desired, early.running, early.pending), (4, 0, 4));
        assert_eq!(rollout(&service, &none, 10.0), "COMPLETED");
        let partly = service.describe(&none, at(40.0)).running;
        assert!((1..4).contains(&partly), "tasks start one by one: {partly}");
        assert_eq!(service.describe(&none, at(61.0)).running, 4);
    }

    #[test]
    fn tasks_that_run_are_healthy_only_later() {
        let mut service = service(0);
        let none = Troubles::default();
        service.update(&Dice::new(1), at(0.0), 2, None, false);
        let healthy = |seconds: f64| {
            let targets = service.targets(&none, false, at(seconds));
            targets.iter().filter(|target| target.state.as_str() == "healthy").count()
        };
        assert_eq!(service.running(&none, at(60.0)), 2);
        assert!(healthy(60.0) < 2);
        assert_eq!(healthy(101.0), 2);
    }

    #[test]
    fn a_new_definition_replaces_what_runs_task_by_task() {
        let mut service = service(2);
        let none = Troubles::default();
        service.update(&Dice::new(1), at(0.0), 2, Some(&"web:2".into()), false);
        let early = service.describe(&none, at(10.0));
        assert_eq!((early.running, early.deployments.len()), (2, 2));
        assert_eq!(rollout(&service, &none, 10.0), "IN_PROGRESS");
        let late = service.describe(&none, at(130.0));
        assert_eq!((late.running, late.deployments.len()), (2, 1));
        assert_eq!(rollout(&service, &none, 130.0), "COMPLETED");
    }

    #[test]
    fn a_deployment_whose_tasks_crash_fails_and_stays_failed_until_it_is_started_over() {
        let mut service = service(0);
        let troubles = crashing(&service, 0.0, Some(200.0));
        service.update(&Dice::new(1), at(0.0), 4, Some(&"web:2".into()), false);
        assert_eq!(rollout(&service, &troubles, 10.0), "IN_PROGRESS");
        let failed = service.describe(&troubles, at(120.0));
        assert_eq!(failed.running, 0);
        assert!(failed.deployments[0].failed_tasks >= 3);
        assert!(failed.stopped.is_some());
        assert_eq!(rollout(&service, &troubles, 120.0), "FAILED");
        assert_eq!(service.describe(&troubles, at(900.0)).running, 0);
        service.update(&Dice::new(1), at(900.0), 4, Some(&"web:2".into()), true);
        assert_eq!(rollout(&service, &troubles, 1010.0), "COMPLETED");
        assert_eq!(service.describe(&troubles, at(1010.0)).running, 4);
    }

    #[test]
    fn tasks_of_a_settled_service_come_back_when_the_crashing_ends() {
        let service = service(2);
        let troubles = crashing(&service, 100.0, Some(50.0));
        let running = |seconds: f64| service.describe(&troubles, at(seconds)).running;
        assert_eq!((running(99.0), running(120.0), running(220.0)), (2, 0, 2));
    }

    #[test]
    fn scaled_to_nothing_the_targets_drain_and_go() {
        let mut service = service(3);
        let none = Troubles::default();
        service.update(&Dice::new(1), at(0.0), 0, None, false);
        let targets = service.targets(&none, false, at(1.0));
        assert!(!targets.is_empty() && targets.iter().all(|target| target.state.as_str() == "draining"));
        assert_eq!(service.targets(&none, false, at(30.0)), []);
        assert_eq!(service.describe(&none, at(30.0)).running, 0);
    }
}
