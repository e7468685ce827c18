//! A session: a journal under our lease, a dispatcher, a runner and telemetry over two clouds, and the ends that the
//! console or a headless command holds.

use super::dispatcher::Dispatcher;
use super::facilitator::{Facilitator, Ground};
use super::feed::{Commander, Feed};
use super::journal::{Journal, JournalError, Recorded};
use super::lease;
use super::observer::Observer;
use super::pace::Pace;
use super::presence;
use super::runner::Runner;
use super::telemetry::Telemetry;
use crate::cloud::sim::Sim;
use crate::cloud::{Clock, Observe, Perform};
use crate::plan::Intent;
use crate::recovery::{Event, Mode, Opened, State, What};
use crate::text::Clean;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

/// A run on disk that this process may write.
pub struct Run {
    journal: Journal,
    events: Vec<Event>,
    state: State,
    resumed: bool,
    /// How many bytes of a torn last line were cut.
    pub torn_bytes: usize,
}

impl Run {
    /// Begins a run: makes its journal at `path` with `opened` as its first line.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn begin(path: &Path, opened: Opened, by: &Clean, clock: &Clock) -> Result<Self, JournalError> {
        let mut journal = Journal::create(path, by.as_str())?;
        let event = Event {
            seq: 0,
            at: clock.now(),
            offset_ms: 0,
            epoch: journal.epoch(),
            by: by.clone(),
            what: What::RunOpened(opened.into()),
        };
        journal.append(&[&event])?;
        let state = State::open(&event).ok_or_else(|| JournalError::Empty(path.to_owned()))?;
        Ok(Self { journal, events: vec![event], state, resumed: false, torn_bytes: 0 })
    }

    /// Opens a run to go on with it.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn resume(path: &Path, by: &Clean, take_over: bool) -> Result<Self, JournalError> {
        let (journal, recorded) = Journal::resume(path, by.as_str(), take_over)?;
        let state = fold(&recorded).ok_or_else(|| JournalError::Empty(path.to_owned()))?;
        Ok(Self { journal, state, events: recorded.events, resumed: true, torn_bytes: recorded.torn_bytes })
    }

    /// Where the run stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When it began, by the run's clock.
    pub fn started_at(&self) -> jiff::Timestamp {
        self.events.first().map_or(self.state.at, |event| event.at)
    }

    /// Where its journal is.
    pub fn path(&self) -> &Path {
        self.journal.path()
    }
}

/// The state that a recorded journal folds to; `None` when it holds no run.
pub fn fold(recorded: &Recorded) -> Option<State> {
    let (first, rest) = recorded.events.split_first()?;
    let mut state = State::open(first)?;
    for event in rest {
        state.fold(event);
    }
    Some(state)
}

/// The clouds a session works on.
#[derive(Clone)]
pub struct Clouds {
    /// Looks.
    pub observe: Arc<dyn Observe>,
    /// Acts.
    pub perform: Arc<dyn Perform>,
}

/// How a session works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who commands.
    pub by: Clean,
    /// The mode it starts in; as the journal has it when absent.
    pub mode: Option<Mode>,
    /// How often steps are looked at.
    pub pace: Pace,
}

/// A session under way.
pub struct Session {
    /// Sends commands.
    pub commander: Commander,
    /// Everything durable, from the journal's first line on.
    pub feed: Feed,
    stop: watch::Sender<Option<Clean>>,
    dispatcher: JoinHandle<Result<(), JournalError>>,
    telemetry: JoinHandle<()>,
    presence: JoinHandle<()>,
}

impl Session {
    /// Starts a session on `run`.
    pub fn start(run: Run, clouds: Clouds, clock: Clock, options: Options) -> Self {
        Self::begin(run, clouds, None, clock, options)
    }

    /// Starts a session on a drill in `sim`, and hands out the only thing that can let something go wrong there.
    pub fn start_drill(run: Run, sim: &Sim, clock: Clock, options: Options) -> (Self, Facilitator) {
        let clouds = Clouds { observe: Arc::new(sim.observer()), perform: Arc::new(sim.actor()) };
        let (ground, facilitator) = Ground::new(sim.clone(), options.by.clone());
        (Self::begin(run, clouds, Some(ground), clock, options), facilitator)
    }

    fn begin(run: Run, clouds: Clouds, ground: Option<Ground>, clock: Clock, options: Options) -> Self {
        let (commander, orders) = Commander::new(options.by.clone());
        let (reports, reports_in) = mpsc::unbounded_channel();
        let (seen, seen_in) = mpsc::unbounded_channel();
        let (feed, feed_out) = mpsc::unbounded_channel();
        let (stop, stop_seen) = watch::channel(None);
        let (stopping, stopping_seen) = watch::channel(false);
        let (lifted, lifted_seen) = watch::channel(!run.resumed);
        let (going_back, going_back_seen) = watch::channel(run.state.rollback.is_some());
        let opened = run.state.run.clone();
        let failing = (opened.intent == Intent::Failover).then(|| opened.plan.application.primary.clone());
        let observer = Observer::new(clouds.observe, clock.clone(), seen.clone(), failing);
        let telemetry = Telemetry {
            plan: Arc::new(opened.plan.clone()),
            observer: observer.clone(),
            clock: clock.clone(),
            seen: seen.clone(),
        };
        let presence = tokio::spawn(presence::count(run.path().to_owned(), seen.clone()));
        let runner = Runner {
            observer,
            performer: clouds.perform,
            clock: clock.clone(),
            pace: options.pace,
            reports,
            seen,
            stopping: stopping_seen,
            lifted: lifted_seen,
            going_back: going_back_seen,
        };
        let history: Arc<[Arc<Event>]> = run.events.into_iter().map(Arc::new).collect();
        let _ = feed.send(history);
        let first = first_words(&run.state, run.resumed, &options);
        let dispatcher = Dispatcher {
            state: run.state,
            epoch: run.journal.epoch(),
            journal: Arc::new(Mutex::new(run.journal)),
            clock,
            opened: Instant::now(),
            runner,
            orders,
            reports: reports_in,
            seen: seen_in,
            feed,
            stop: stop_seen,
            stopping,
            lifted,
            going_back,
            jobs: JoinSet::new(),
            ground,
        };
        Self {
            commander,
            feed: feed_out,
            stop,
            dispatcher: tokio::spawn(dispatcher.run(first)),
            telemetry: tokio::spawn(telemetry.run()),
            presence,
        }
    }

    /// Ends the session: nothing new starts, what was sent is still written down, the lease is let go of.
    ///
    /// # Errors
    /// [`JournalError`] when the journal could not be written, now or earlier.
    pub async fn close(self, why: &str) -> Result<(), JournalError> {
        let _ = self.stop.send(Some(Clean::new(why)));
        let result = self.dispatcher.await;
        self.telemetry.abort();
        self.presence.abort();
        result.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }
}

fn first_words(state: &State, resumed: bool, options: &Options) -> Vec<(What, Clean)> {
    let session = What::SessionOpened { host: Clean::new(&lease::host()), pid: std::process::id(), resumed };
    let mut first = vec![(session, options.by.clone())];
    if let Some(mode) = options.mode.filter(|mode| *mode != state.mode) {
        first.insert(0, (What::ModeChanged { mode }, options.by.clone()));
    }
    first
}
