//! Two simulated regions behind the same port as the real ones: typed resources, durations like real ones drawn from
//! a seed, time as the run's clock tells it, faults by a scenario or by hand. Its world outlives the process in a log
//! of its own. Knows the port and the plan; knows no run and no journal.

mod accelerator;
mod acm;
mod alarm;
mod answering;
mod aurora;
mod automation;
mod autoscaling;
mod build;
mod calls;
mod cloudwatch;
mod containers;
mod database;
mod definitions;
mod dice;
mod dns;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod eks;
mod elasticache;
mod elb;
mod events;
pub mod fault;
mod iam;
mod inventory;
mod invoke;
mod keys;
mod kind;
mod kms;
mod lambda;
mod lines;
mod local;
pub mod log;
mod parameter;
mod plugin;
mod pointing;
mod probe;
mod quotas;
mod rds;
mod records;
pub mod rehearsal;
mod replication;
mod restore;
mod rooms;
mod route53;
mod routing;
mod s3;
mod scenario;
mod scheduler;
mod secret;
mod service_logs;
mod services;
mod snapshot;
mod sqs;
mod sts;
mod target;
mod terraform;
#[cfg(test)]
mod tests;
mod trouble;
mod world;

pub use calls::{SimActor, SimObserver};
pub use fault::{Fault, FaultKind};
pub use inventory::SimReader;
pub use scenario::{NotAScenario, Scenario};

use crate::cloud::{Clock, Token};
use crate::plan::{Intent, Plan};
use crate::service::{Act, AimedFault, Receipt};
use crate::text::Clean;
use dice::Dice;
use jiff::Timestamp;
use log::{Line, Log, LogError, Origin, VERSION};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use world::World;

/// How a simulated cloud is set up.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// What every draw of chance starts from.
    pub seed: u64,
    /// What goes wrong; without one, the primary region is dark in a failover and healthy in a switchover.
    pub scenario: Option<Scenario>,
    /// What the run is for.
    pub intent: Intent,
    /// Where its log is kept; nowhere when absent. A log that is there already is the world: its seed, its start and
    /// its faults are taken and not these.
    pub log_path: Option<PathBuf>,
    /// The run's time.
    pub clock: Clock,
    /// When the run started: the faults' times count from here.
    pub started_at: Timestamp,
}

/// Why a simulated cloud cannot be set up or changed.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// A fault means nothing in the plan.
    #[error(transparent)]
    Fault(#[from] NotInThePlan),
    /// Its log cannot be used.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log is of another world.
    #[error("the simulated world's log is of {found}, not of {wanted}")]
    OtherWorld {
        /// What the log speaks of.
        found: String,
        /// What was wanted.
        wanted: String,
    },
}

/// A fault that means nothing in the plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fault {word}: {message}")]
pub struct NotInThePlan {
    word: &'static str,
    message: String,
}

/// A simulated cloud of two regions. Cheap to clone: all clones are one world.
#[derive(Clone)]
pub struct Sim(Arc<Shared>);

/// What all handles of one world share.
struct Shared {
    clock: Clock,
    inner: Mutex<Inner>,
}

struct Inner {
    world: World,
    /// What is written first, once anything is.
    origin: Option<Origin>,
    log: Option<Log>,
    lines: Vec<Line>,
}

/// What became of an act that reached the world.
enum Taken {
    Yes(Receipt),
    No { code: Option<Clean>, message: Clean },
}

impl Sim {
    /// Sets up the world of `plan`, and brings it to where its log left it.
    ///
    /// # Errors
    /// [`SimError`].
    pub fn open(plan: &Plan, options: SimOptions) -> Result<Self, SimError> {
        let (log, held) = match &options.log_path {
            Some(path) => Log::open(path).map(|(log, held)| (Some(log), held))?,
            None => (None, Vec::new()),
        };
        let mut held = held.into_iter();
        let (origin, is_new) = match held.next() {
            Some(Line::World(origin)) => (known(plan, origin)?, false),
            Some(Line::Received { .. } | Line::Injected { .. } | Line::Ended { .. }) => {
                let wanted = plan.application.name.to_string();
                return Err(SimError::OtherWorld { found: "no world".to_owned(), wanted });
            }
            None => (new(plan, &options), true),
        };
        let mut world = build::world(plan, Dice::new(origin.seed), origin.started_at);
        for fault in &origin.faults {
            world.add_fault(fault.clone(), origin.started_at)?;
        }
        let mut lines = Vec::new();
        for line in held {
            world.relive(&line)?;
            lines.push(line);
        }
        let inner = Inner { world, origin: is_new.then_some(origin), log, lines };
        Ok(Self(Arc::new(Shared { clock: options.clock, inner: Mutex::new(inner) })))
    }

    /// Writes down what the world was made from, unless that is written: a run that is cut off before its first act meets
    /// the same world again.
    ///
    /// # Errors
    /// [`SimError`] when its log cannot be written.
    pub fn keep(&self) -> Result<(), SimError> {
        Ok(self.0.inner().write_origin()?)
    }

    /// Who looks at it, and can do nothing else.
    pub fn observer(&self) -> SimObserver {
        SimObserver(self.0.clone())
    }

    /// Who acts on it.
    pub fn actor(&self) -> SimActor {
        SimActor(self.0.clone())
    }

    /// Lets something go wrong from now on; `at` of the fault counts from now.
    ///
    /// # Errors
    /// [`SimError`] when the fault means nothing in the plan, or cannot be written down.
    pub fn inject(&self, fault: Fault) -> Result<(), SimError> {
        let at = self.0.clock.now();
        let mut inner = self.0.inner();
        inner.world.add_fault(fault.clone(), at)?;
        Ok(inner.write(Line::Injected { at, fault })?)
    }

    /// Tells whether a fault means something here, before anybody counts on it.
    ///
    /// # Errors
    /// [`NotInThePlan`] when it does not.
    pub fn knows(&self, fault: &AimedFault) -> Result<(), NotInThePlan> {
        self.0.inner().world.knows(&Fault::aimed(fault))
    }

    /// What goes wrong now, by a scenario or by hand.
    pub fn standing(&self) -> Vec<AimedFault> {
        let at = self.0.clock.now();
        self.0.inner().world.troubles.standing(at)
    }

    /// What goes wrong now by hand.
    pub fn injected(&self) -> Vec<AimedFault> {
        let at = self.0.clock.now();
        let inner = self.0.inner();
        let by_hand: Vec<AimedFault> = inner.lines.iter().filter_map(Line::injected).collect();
        inner.world.troubles.standing(at).into_iter().filter(|fault| by_hand.contains(fault)).collect()
    }

    /// Lets something go wrong from now on.
    ///
    /// # Errors
    /// [`SimError`] when it means nothing in the plan, or cannot be written down.
    pub fn begin(&self, fault: &AimedFault) -> Result<(), SimError> {
        self.inject(Fault::aimed(fault))
    }

    /// Ends a fault that stands, a scenario's too; nothing where none does.
    ///
    /// # Errors
    /// [`SimError`] when it cannot be written down.
    pub fn end(&self, fault: &AimedFault) -> Result<(), SimError> {
        let at = self.0.clock.now();
        let mut inner = self.0.inner();
        inner.world.troubles.end(fault, at);
        Ok(inner.write(Line::Ended { at, fault: fault.clone() })?)
    }

    /// Every operation that reached it, refused ones too, in order, in this process and before.
    pub fn received(&self) -> Vec<Line> {
        let inner = self.0.inner();
        inner.lines.iter().filter(|line| matches!(line, Line::Received { .. })).cloned().collect()
    }

    /// The world as it will stand once everything under way has settled: equal for equal worlds, whatever was done
    /// and taken back in between.
    pub fn snapshot(&self) -> serde_json::Value {
        let inner = self.0.inner();
        let last = inner.lines.iter().filter_map(|line| match line {
            Line::World(_) => None,
            Line::Received { at, .. } | Line::Injected { at, .. } | Line::Ended { at, .. } => Some(*at),
        });
        inner.world.settled(last.fold(self.0.clock.now(), Timestamp::max))
    }
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing that is done under the lock leaves the world half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an act, or refuses it; written down before anybody is told.
    fn take(&self, act: &Act, token: &Token, lost: bool, at: Timestamp) -> Taken {
        let mut inner = self.inner();
        let refusal = inner.world.refusal(act, at);
        let line = Line::Received { at, token: token.0.clone(), done: refusal.is_none(), lost, act: act.clone() };
        if let Err(error) = inner.write(line) {
            return Taken::No { code: None, message: Clean::new(&error.to_string()) };
        }
        match refusal {
            Some(refusal) => Taken::No { code: Some(refusal.code.into()), message: Clean::new(&refusal.message) },
            None => Taken::Yes(inner.world.take(act, at)),
        }
    }
}

impl Inner {
    fn write_origin(&mut self) -> Result<(), LogError> {
        if let (Some(log), Some(origin)) = (&mut self.log, &self.origin) {
            log.append(&Line::World(origin.clone()))?;
            self.origin = None;
        }
        Ok(())
    }

    fn write(&mut self, line: Line) -> Result<(), LogError> {
        self.write_origin()?;
        if let Some(log) = &mut self.log {
            log.append(&line)?;
        }
        self.lines.push(line);
        Ok(())
    }
}

fn new(plan: &Plan, options: &SimOptions) -> Origin {
    let faults = match &options.scenario {
        Some(scenario) => scenario.faults.clone(),
        None => Scenario::usual(options.intent),
    };
    let application = plan.application.name.clone();
    Origin { version: VERSION, application, seed: options.seed, started_at: options.started_at, faults }
}

fn known(plan: &Plan, origin: Origin) -> Result<Origin, SimError> {
    if origin.version != VERSION {
        let found = format!("version {}", origin.version);
        return Err(SimError::OtherWorld { found, wanted: format!("version {VERSION}") });
    }
    if origin.application != plan.application.name {
        let wanted = plan.application.name.to_string();
        return Err(SimError::OtherWorld { found: origin.application.to_string(), wanted });
    }
    Ok(origin)
}
