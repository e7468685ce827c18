//! Two simulated regions: the embedded default, and the ground of most tests. Deterministic for a seed; its world
//! outlives the process in a log of its own.

mod build;
mod containers;
mod database;
mod dice;
mod dns;
pub mod fault;
mod lag;
pub mod log;
pub mod rehearsal;
mod scenario;
mod snapshot;
#[cfg(test)]
mod tests;
mod works;
mod world;

pub use fault::{Fault, FaultKind};
pub use scenario::{NotAScenario, Scenario};

use super::{Clock, Evidence, Observe, Perform, Token};
use crate::plan::{Intent, Plan, Region};
use crate::service::{Act, Ask, CallMade, Observation, Query, Reply, Seen, Silence, Unanswered};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use log::{Line, Log};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use world::World;

/// How a simulated cloud is set up.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Fixes every duration.
    pub seed: u64,
    /// What goes wrong; without one, the primary region is dark in a failover and healthy in a switchover.
    pub scenario: Option<Scenario>,
    /// What the run is for.
    pub intent: Intent,
    /// Where its log is kept; nowhere when absent.
    pub log_path: Option<PathBuf>,
    /// The run's time.
    pub clock: Clock,
    /// When the run started: the world's time counts from here.
    pub started_at: Timestamp,
}

/// Why a simulated cloud could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("its log {}: {source}", .path.display())]
pub struct SimError {
    path: PathBuf,
    source: std::io::Error,
}

/// A simulated cloud; cheap to clone, all clones are one world.
#[derive(Clone)]
pub struct Sim(Arc<Inner>);

struct Inner {
    world: Mutex<Kept>,
    clock: Clock,
    started_at: Timestamp,
}

struct Kept {
    world: World,
    log: Log,
    lines: Vec<Line>,
    /// How many calls each fault with a limit has hit, and how many calls there were.
    hits: BTreeMap<usize, u32>,
    calls: u64,
}

impl Sim {
    /// Sets up the world of `plan`, and brings it to where its log left it.
    ///
    /// # Errors
    /// [`SimError`] when the log cannot be read or opened.
    pub fn open(plan: &Plan, options: SimOptions) -> Result<Self, SimError> {
        let faults = match options.scenario {
            Some(scenario) => scenario.faults,
            None if options.intent == Intent::Failover => {
                let region = Some(plan.application.primary.to_string());
                vec![Fault { at: -90.0, region, ..Fault::new(FaultKind::RegionDark) }]
            }
            None => Vec::new(),
        };
        let mut world = build::world(plan, options.seed, faults);
        let path = options.log_path.clone().unwrap_or_default();
        let failed = |source| SimError { path: path.clone(), source };
        let lines = options.log_path.as_deref().map(log::read).transpose().map_err(failed)?.unwrap_or_default();
        let mut hits = BTreeMap::new();
        for line in &lines {
            match line {
                Line::Received { at, act, done, operation, .. } => {
                    for (place, fault) in limited(&world, operation, act.place.region.as_str(), *at) {
                        *hits.entry(place).or_insert(0) += u32::from(fault);
                    }
                    if *done {
                        // What was taken then is taken now: the world is the same at the same time.
                        let _ = world.take(act, *at);
                    }
                }
                Line::Injected { fault } => world.faults.push(fault.clone()),
            }
        }
        let log = Log::open(options.log_path.as_deref()).map_err(failed)?;
        let kept = Kept { world, log, lines, hits, calls: 0 };
        Ok(Self(Arc::new(Inner { world: Mutex::new(kept), clock: options.clock, started_at: options.started_at })))
    }

    /// Makes something go wrong, from now on if its time has come.
    pub fn inject(&self, fault: Fault) {
        let mut kept = self.kept();
        let line = Line::Injected { fault: fault.clone() };
        // A world whose log is full goes on without: only a resume would miss the fault.
        let _ = kept.log.append(&line);
        kept.lines.push(line);
        kept.world.faults.push(fault);
    }

    /// Every operation received, in order, in this process and before.
    pub fn received(&self) -> Vec<Line> {
        self.kept().lines.iter().filter(|line| matches!(line, Line::Received { .. })).cloned().collect()
    }

    /// The world once everything under way has settled, for comparison.
    pub fn snapshot(&self) -> serde_json::Value {
        self.kept().world.snapshot()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world's time: seconds after the run's start.
    fn now(&self) -> f64 {
        self.0.clock.now().duration_since(self.0.started_at).as_secs_f64()
    }

    /// Makes a call that only looks, up to three times when it is throttled: as the real adapter does.
    async fn read(&self, operation: &str, region: &Region, evidence: &Evidence) -> Result<(), Failure> {
        for wait in [0.5, 1.0] {
            match self.call(operation, region, false, evidence).await {
                Err(Failure::Throttled) => self.0.clock.sleep(wait).await,
                other => return other,
            }
        }
        self.call(operation, region, false, evidence).await
    }

    /// Makes one call: waits as long as it takes, and says how it fails if it does.
    async fn call(&self, operation: &str, region: &Region, mutation: bool, evidence: &Evidence) -> Result<(), Failure> {
        let now = self.now();
        let (latency, failure) = self.kept().meets(operation, region.as_str(), now);
        let mut made = Made { evidence, started: now, sim: self, call: call_made(operation, region, mutation) };
        if matches!(failure, Some(Failure::Hangs)) {
            made.call.error = Some(Clean::new("no answer before the deadline"));
            std::future::pending::<()>().await;
        }
        self.0.clock.sleep(latency).await;
        made.call.error = failure.as_ref().and_then(Failure::code);
        made.call.request_id = Some(Clean::new(&format!("sim-{:06}", self.kept().calls)));
        failure.map_or(Ok(()), Err)
    }
}

fn call_made(operation: &str, region: &Region, mutation: bool) -> CallMade {
    let operation = Clean::new(operation);
    CallMade { operation, region: region.clone(), attempt: 1, latency_ms: 0, request_id: None, error: None, mutation }
}

/// Reports the call when it is over, or given up.
struct Made<'a> {
    evidence: &'a Evidence,
    started: f64,
    sim: &'a Sim,
    call: CallMade,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        self.call.latency_ms = ((self.sim.now() - self.started).max(0.0) * 1000.0) as u64;
        self.evidence.report(self.call.clone());
    }
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Hangs,
    ConnectionRefused,
    Throttled,
    Denied,
    ReplyLost,
}

impl Failure {
    fn code(&self) -> Option<Clean> {
        Some(Clean::new(match self {
            Self::Hangs => "no answer before the deadline",
            Self::ConnectionRefused => "connection refused",
            Self::Throttled => "ThrottlingException",
            Self::Denied => "AccessDenied",
            Self::ReplyLost => "connection closed before the reply",
        }))
    }

    fn unanswered(self) -> Unanswered {
        let because = match self {
            Self::Hangs | Self::ConnectionRefused | Self::ReplyLost => Silence::NoAnswer,
            Self::Throttled => Silence::Throttled,
            Self::Denied => Silence::Denied,
        };
        Unanswered { because, code: self.code(), message: self.code().unwrap_or_default() }
    }
}

impl Kept {
    /// Two of three calls, by the seed.
    fn is_throttled(&self) -> bool {
        self.world.dice.seconds(&format!("throttle/{}", self.calls), 0.0, 3.0) < 2.0
    }

    /// What a call meets: its latency in seconds, and how it fails.
    fn meets(&mut self, operation: &str, region: &str, now: f64) -> (f64, Option<Failure>) {
        self.calls += 1;
        let latency = self.world.dice.seconds(&format!("latency/{operation}/{region}"), 0.03, 0.3);
        let local = ["http", "tcp", "command"].iter().any(|own| operation.starts_with(own));
        let hits: Vec<(usize, bool)> = limited(&self.world, operation, region, now);
        let mut failure = None;
        let throttled = self.is_throttled();
        for (place, _) in hits {
            let fault = &self.world.faults[place];
            let hit = self.hits.entry(place).or_insert(0);
            if fault.times.is_some_and(|times| *hit >= times) {
                continue;
            }
            let fails = match fault.kind {
                FaultKind::RegionDark if fault.region.is_some() && !local => Some(Failure::Hangs),
                FaultKind::RegionRefused if fault.region.is_some() && !local => Some(Failure::ConnectionRefused),
                FaultKind::Hang => Some(Failure::Hangs),
                FaultKind::Throttle if throttled => Some(Failure::Throttled),
                FaultKind::AccessDenied => Some(Failure::Denied),
                FaultKind::ReplyLost => Some(Failure::ReplyLost),
                _ => None,
            };
            if fails.is_some() {
                *hit += 1;
                failure = failure.or(fails);
            }
        }
        (latency, failure)
    }
}

/// The faults that a call of `operation` in `region` meets, by place, and whether each counts its hits.
fn limited(world: &World, operation: &str, region: &str, now: f64) -> Vec<(usize, bool)> {
    let met = world
        .faults
        .iter()
        .enumerate()
        .filter(|(_, fault)| fault.is_active(now) && fault.hits_region(region) && fault.hits_operation(operation));
    met.map(|(place, fault)| (place, fault.times.is_some())).collect()
}

/// The API that answers a question, as evidence names it.
fn api_of(query: &Query) -> &'static str {
    match query {
        Query::DbInstance { .. } => "rds.DescribeDBInstances",
        Query::ReplicaLag { .. } => "cloudwatch.GetMetricData",
        Query::EcsService { .. } => "ecs.DescribeServices",
        Query::TaskDefinition { .. } => "ecs.DescribeTaskDefinition",
        Query::ScalableTarget { .. } => "autoscaling.DescribeScalableTargets",
        Query::TargetHealth { .. } => "elbv2.DescribeTargetHealth",
        Query::LoadBalancer { .. } => "elbv2.DescribeLoadBalancers",
        Query::RecordSets { .. } => "route53.ListResourceRecordSets",
        Query::DnsChange { .. } => "route53.GetChange",
        Query::DnsAnswer { .. } => "route53.TestDNSAnswer",
        Query::Http(_) => "http.request",
        Query::Tcp { .. } => "tcp.connect",
        Query::Look(_) => "command.look",
        Query::Identity => "sts.GetCallerIdentity",
    }
}

#[async_trait]
impl Observe for Sim {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        let Some(first) = asks.first() else { return Vec::new() };
        let mut apis: Vec<&str> = asks.iter().map(|ask| api_of(&ask.query)).collect();
        apis.sort_unstable();
        apis.dedup();
        let calls = apis.iter().map(|api| self.read(api, &first.place.region, evidence));
        let answers: BTreeMap<&str, Result<(), Failure>> =
            apis.iter().copied().zip(futures::future::join_all(calls).await).collect();
        let (now, at) = (self.now(), self.0.clock.now());
        let kept = self.kept();
        let see = |ask: &Ask| {
            let answer = match answers[api_of(&ask.query)] {
                Ok(()) => Ok(self.dated(kept.world.see(&ask.query, &ask.place, now))),
                Err(failure) => Err(failure.unanswered()),
            };
            Seen { ask: ask.clone(), at, answer }
        };
        asks.iter().map(see).collect()
    }
}

impl Sim {
    /// The world tells times from the run's start: here they become the run's.
    fn dated(&self, observation: Observation) -> Observation {
        let started_at = self.0.started_at;
        match observation {
            Observation::Lag(mut sample) => {
                sample.sampled_at = sample.sampled_at.and_then(|at| {
                    let since = SignedDuration::from_secs(at.as_second());
                    started_at.checked_add(since).ok()
                });
                Observation::Lag(sample)
            }
            Observation::Identity(mut identity) => {
                identity.expires = started_at.checked_add(SignedDuration::from_hours(8)).ok();
                Observation::Identity(identity)
            }
            other => other,
        }
    }

    /// Takes an operation, and writes it down before anyone hears of it.
    fn take(&self, act: &Act, token: &Token, operation: &str) -> Result<Reply, std::io::Error> {
        let now = self.now();
        let mut kept = self.kept();
        let taken = kept.world.take(act, now);
        let line = Line::Received {
            at: now,
            operation: operation.to_owned(),
            token: token.0.clone(),
            done: taken.is_ok(),
            act: act.clone(),
        };
        kept.log.append(&line)?;
        kept.lines.push(line);
        Ok(match taken {
            Ok(receipt) => Reply::Taken { receipt },
            Err(refusal) => {
                Reply::Refused { code: Some(Clean::new(refusal.code)), message: Clean::from(refusal.message) }
            }
        })
    }
}

#[async_trait]
impl Perform for Sim {
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        let operation = act.operation.api_name();
        let met = self.call(operation, &act.place.region, true, evidence).await;
        let refused = |failure: Failure| {
            let code = failure.code();
            Reply::Refused { message: code.clone().unwrap_or_default(), code }
        };
        match met {
            Err(failure @ (Failure::ConnectionRefused | Failure::Throttled)) => {
                Reply::NotNow { message: failure.code().unwrap_or_default() }
            }
            Err(failure @ Failure::Denied) => refused(failure),
            Err(Failure::Hangs) => Reply::NoAnswer { message: Clean::new("no answer") },
            Ok(()) | Err(Failure::ReplyLost) => {
                let reply = match self.take(act, token, operation) {
                    Ok(reply) => reply,
                    Err(error) => {
                        return Reply::NoAnswer { message: Clean::new(&format!("the world's log: {error}")) };
                    }
                };
                if met.is_err() {
                    return Reply::NoAnswer { message: Clean::new("the connection was closed before the reply") };
                }
                reply
            }
        }
    }
}
