//! A session: a journal that we have taken, a dispatcher, a runner and telemetry over two clouds, and the ends that the
//! console or a headless command holds.

use super::before_start::BeforeStart;
use super::beside::Beside;
use super::cost::Allowance;
use super::dispatcher::Dispatcher;
use super::facilitator::{Facilitator, Ground};
use super::feed::{Commander, Feed};
use super::hearing;
use super::journal::{JournalError, Recorded};
use super::lease;
use super::log::{Aside, FileLog, How, Taking, nonce};
use super::looking::Looking;
use super::observer::Observer;
use super::pace::Pace;
use super::preflight::Preflighting;
use super::remembered::Remembered;
use super::runner::Runner;
use super::tail::{Tailing, Tails};
use super::telemetry::Telemetry;
use super::values::{self, Again, Vault};
use super::working::Working;
use crate::cloud::sealed::{SealedActor, SealedObserver};
use crate::cloud::sim::Sim;
use crate::cloud::{Clock, Observe, Perform};
use crate::plan::Intent;
use crate::recovery::event::{TakenUp, ValueRead};
use crate::recovery::{Event, Mode, Opened, State, What, window};
use crate::seal::Secrets;
use crate::service::posture::Captured;
use crate::text::Clean;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The share of the curves in what may be asked before a start.
const SHARE_OF_CURVES: f64 = 0.58;

/// Who drives, from where, and by which right.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Who commands.
    pub by: Clean,
    /// By which right the run is taken.
    pub how: How,
    /// Whether it is meant to go on beside another run of the same application.
    pub beside: bool,
}

impl Seat {
    /// A seat of `by`, who takes only what is free and beside nothing else.
    pub fn of(by: impl Into<Clean>) -> Self {
        Self { by: by.into(), how: How::Free, beside: false }
    }

    /// How `by` takes the run from here at `at`.
    pub(super) fn taking(&self, by: Clean, at: Timestamp) -> Taking {
        Taking { by, how: self.how, beside: self.beside, at }
    }
}

/// A run whose journal is open for this process.
pub struct Run {
    log: Aside,
    journal: PathBuf,
    seat: Seat,
    events: Vec<Event>,
    state: State,
    /// Whether it is taken. One that is over is taken only when there is something to do with it.
    taken: bool,
    before: Option<u64>,
    /// How many bytes of a torn last line were cut.
    pub torn_bytes: usize,
    vault: Vault,
    /// The values that are not what the journal says of them; said when the session opens.
    read: Vec<ValueRead>,
    remembered: Option<Remembered>,
    captured: Option<Captured>,
}

impl Run {
    /// Begins a run: makes its journal at `path` with `opened` as its first line, and takes it.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn begin(path: &Path, opened: Opened, seat: &Seat, clock: &Clock) -> Result<Self, JournalError> {
        Self::begin_with(path, opened, seat, clock, Vault::empty())
    }

    /// As [`Run::begin`], with the values of its plan, whose key is kept beside the journal.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn begin_with(
        path: &Path,
        opened: Opened,
        seat: &Seat,
        clock: &Clock,
        vault: Vault,
    ) -> Result<Self, JournalError> {
        let (at, by) = (clock.now(), seat.by.clone());
        let event = |seq, what| Event { seq, at, offset_ms: 0, epoch: 1, by: by.clone(), what };
        let session = What::SessionOpened {
            host: Clean::new(&lease::host()),
            pid: std::process::id(),
            resumed: false,
            holder: Some(Clean::new(&nonce())),
            beside: seat.beside,
            taken_over: false,
        };
        let events = vec![event(0, What::RunOpened(opened.into())), event(1, session)];
        let log = FileLog::create(path, &events)?.into();
        // Behind the journal: before it there is nothing that another run's key could be mistaken for.
        values::keep(path, &vault.key)?;
        let state = folded(&events).ok_or_else(|| JournalError::Empty(path.to_owned()))?;
        let (journal, seat) = (path.to_owned(), seat.clone());
        let read = Vec::new();
        Ok(Self {
            log,
            journal,
            seat,
            events,
            state,
            taken: true,
            before: None,
            torn_bytes: 0,
            vault,
            read,
            remembered: None,
            captured: None,
        })
    }

    /// Opens a run to go on with it, and takes it; `now` tells the time by its clock. One that is over is not taken
    /// before there is something to do with it.
    ///
    /// # Errors
    /// [`JournalError`]; [`JournalError::Later`] when not all that happened in it is known here.
    pub fn resume(path: &Path, seat: &Seat, now: impl FnOnce(&State) -> Timestamp) -> Result<Self, JournalError> {
        let (mut log, recorded) = FileLog::open(path)?;
        if let Some(what) = recorded.later() {
            return Err(JournalError::Later { path: path.to_owned(), what });
        }
        let mut state = fold(&recorded).ok_or_else(|| JournalError::Empty(path.to_owned()))?;
        let mut events = recorded.events;
        let (mut before, mut torn_bytes, mut taken) = (state.seq, 0, false);
        if !state.is_over() {
            let took = log.take(&seat.taking(seat.by.clone(), now(&state)))?;
            before = took.since.last().map_or(before, |event| event.seq);
            torn_bytes = took.torn_bytes;
            taken = true;
            for event in took.since.into_iter().chain([took.opened]) {
                state.fold(&event);
                events.push(event);
            }
        }
        let (log, journal, seat) = (log.into(), path.to_owned(), seat.clone());
        let (vault, read) = (Vault::empty(), Vec::new());
        Ok(Self {
            log,
            journal,
            seat,
            events,
            state,
            taken,
            before: Some(before),
            torn_bytes,
            vault,
            read,
            remembered: None,
            captured: None,
        })
    }

    /// Says in the journal at `path`, of a run that is over and that nobody drives, that its failback was begun.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn say_behind(path: &Path, seat: &Seat, by: TakenUp) -> Result<(), JournalError> {
        let (mut log, recorded) = FileLog::open(path)?;
        let state = fold(&recorded).ok_or_else(|| JournalError::Empty(path.to_owned()))?;
        let taken = log.take(&seat.taking(seat.by.clone(), state.at))?;
        let (at, epoch) = (taken.opened.at, taken.opened.epoch);
        let event = |seq, what| Event { seq, at, offset_ms: 0, epoch, by: seat.by.clone(), what };
        let seq = taken.opened.seq;
        let mut last = vec![event(seq + 1, What::TakenUp(by))];
        // It ended as it had ended.
        last.extend(state.ended.clone().map(|ended| event(seq + 2, What::RunEnded(ended))));
        log.release(&last)
    }

    /// The same, with the values of its plan as they were read again. A key that was lost is made anew.
    ///
    /// # Errors
    /// [`JournalError::Disk`] when the key cannot be kept.
    pub fn with_values(self, again: Again) -> Result<Self, JournalError> {
        values::keep(&self.journal, &again.vault.key)?;
        Ok(Self { vault: again.vault, read: again.read, ..self })
    }

    /// The same, where what preflight finds before the start is held against what was found earlier, and written down there.
    pub fn remembering(self, remembered: Option<Remembered>) -> Self {
        Self { remembered, ..self }
    }

    /// The same, where preflight tells too what was captured of the application.
    pub fn capturing(self, captured: Option<Captured>) -> Self {
        Self { captured, ..self }
    }

    /// What it began with, with its values as they are now.
    pub fn opened(&self) -> Arc<Opened> {
        match self.read.is_empty() {
            true => self.state.run.clone(),
            false => Arc::new(self.state.run.with_values(&self.read)),
        }
    }

    /// Where the run stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When it began, by the run's clock.
    pub fn started_at(&self) -> jiff::Timestamp {
        self.events.first().map_or(self.state.at, |event| event.at)
    }

    /// The number of the last event before this process took it; none of a new one.
    pub fn before(&self) -> Option<u64> {
        self.before
    }

    /// Where its journal is.
    pub fn path(&self) -> &Path {
        &self.journal
    }
}

/// The state that a recorded journal folds to; `None` when it holds no run.
pub fn fold(recorded: &Recorded) -> Option<State> {
    folded(&recorded.events)
}

fn folded(events: &[Event]) -> Option<State> {
    let (first, rest) = events.split_first()?;
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

impl Clouds {
    /// The same, sent opened values and giving sealed ones back.
    fn sealed(self, secrets: &Arc<Secrets>) -> Self {
        Self {
            observe: Arc::new(SealedObserver::new(self.observe, secrets.clone())),
            perform: Arc::new(SealedActor::new(self.perform, secrets.clone())),
        }
    }
}

/// How a session works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who commands.
    pub by: Clean,
    /// The mode it starts in; when absent, a new run waits for each go, and one that is gone on with is held.
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
    /// Reads the logs of components.
    pub tails: Tails,
    stop: watch::Sender<Option<Clean>>,
    dispatcher: JoinHandle<Result<(), JournalError>>,
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
        let secrets = run.vault.secrets.clone();
        // A simulated cloud is sent what stands for the values: nothing outside ever gets them.
        let clouds = if ground.is_some() { clouds } else { clouds.sealed(&secrets) };
        let (commander, orders) = Commander::new(options.by.clone());
        let (reports, seen, heard) = hearing::channel();
        let (feed, feed_out) = mpsc::unbounded_channel();
        let (stop, stop_seen) = watch::channel(None);
        let (stopping, stopping_seen) = watch::channel(false);
        let (lifted, lifted_seen) = watch::channel(run.before.is_none());
        let (going_back, going_back_seen) = watch::channel(run.state.rollback.is_some());
        let opened = run.opened();
        let failing = (opened.intent == Intent::Failover).then(|| opened.plan.application.primary.clone());
        let observer = Observer::new(clouds.observe, clock.clone(), seen.clone(), failing);
        let (given, given_seen) = watch::channel(run.state.outputs.clone());
        let allowance = Allowance::of(opened.plan.components.len(), SHARE_OF_CURVES);
        let (started, started_seen) = watch::channel(!run.state.needs_start());
        // What is looked at in a simulated world costs nobody anything.
        let (_, always) = watch::channel(true);
        let driven_seen = if ground.is_some() { always } else { started_seen.clone() };
        let telemetry = Telemetry {
            plan: Arc::new(opened.plan.clone()),
            observer: observer.clone(),
            clock: clock.clone(),
            begun_at: run.state.begun_at,
            allowance: allowance.clone(),
            driven: driven_seen,
            given: given_seen,
            seen: seen.clone(),
        };
        let tailing = Tailing {
            plan: telemetry.plan.clone(),
            observer: observer.clone(),
            clock: clock.clone(),
            seen: seen.clone(),
        };
        let tails = tailing.serve();
        let (untouched, untouched_seen) = watch::channel(run.state.untouched());
        let (asked_to_return, asked_to_return_seen) = watch::channel(window::is_asked(&run.state));
        let (again, asked_again) = mpsc::unbounded_channel();
        let preflight = Preflighting {
            opened: opened.clone(),
            begun_at: run.state.begun_at,
            observer: observer.clone(),
            clock: clock.clone(),
            started: started_seen,
            allowance: ground.is_none().then_some(allowance),
            again: Arc::new(tokio::sync::Mutex::new(asked_again)),
            secrets: secrets.clone(),
            // What is simulated was never captured.
            captured: run.captured.filter(|_| ground.is_none()),
            remembered: run.remembered.map(|remembered| Arc::new(Mutex::new(remembered))),
            // The world of a drill changes by its scenario, and what is known there before the start is what is to be learned.
            beside: ground.is_none().then(|| Beside::of(&run.state, untouched_seen)),
            asked_to_return: asked_to_return_seen,
        };
        let looking = Looking { telemetry, preflight, journal: run.journal, seen: seen.clone(), at_work: Vec::new() };
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
        let first = first_words(&run.state, run.before.is_some(), &options, run.read);
        let parting = commander.clone();
        let dispatcher = Dispatcher {
            state: run.state,
            log: Box::new(run.log),
            drives: run.taken,
            seat: run.seat,
            first,
            clock,
            opened: Instant::now(),
            runner,
            orders,
            heard,
            feed,
            stop: stop_seen,
            stopping,
            lifted,
            going_back,
            working: Working::default(),
            looking,
            again,
            before_start: BeforeStart::default(),
            started,
            untouched,
            asked_to_return,
            given,
            ground,
            secrets,
        };
        let dispatcher = tokio::spawn(async move { dispatcher.run(&parting).await });
        Self { commander, feed: feed_out, tails, stop, dispatcher }
    }

    /// Ends the session: nothing new starts, what was sent is still written down, the lease is let go of.
    ///
    /// # Errors
    /// [`JournalError`] when the journal could not be written, now or earlier.
    pub async fn close(self, why: &str) -> Result<(), JournalError> {
        let _ = self.stop.send(Some(Clean::new(why)));
        self.dispatcher.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }
}

fn first_words(state: &State, resumed: bool, options: &Options, read: Vec<ValueRead>) -> Vec<(What, Clean)> {
    let values = Some(read).filter(|read| !read.is_empty()).map(|values| What::ValuesRead { values });
    let values = values.map(|values| (values, options.by.clone()));
    // A run that is gone on with is looked at before anything is done: it opens held, unless it was said how it goes on.
    // Nobody asked for that hold: it is the program's own.
    let mode = match options.mode {
        Some(mode) => Some((mode, options.by.clone())),
        None => resumed.then(|| (Mode::Hold, Clean::new("landfall"))),
    };
    let mode = mode.filter(|(mode, _)| *mode != state.mode).map(|(mode, by)| (What::ModeChanged { mode }, by));
    values.into_iter().chain(mode).collect()
}
