//! Decides: takes commands, reports and what was seen, one turn at a time; makes what happened durable; only then
//! tells the followers and starts what follows. Owns the state and the journal; sends nothing itself.

use super::facilitator::{Ground, Wished};
use super::feed::Order;
use super::jobs;
use super::journal::{Journal, JournalError};
use super::moment::Moment;
use super::runner::{Runner, Told};
use crate::cloud::Clock;
use crate::plan::StepId;
use crate::recovery::{Action, Event, Facilitate, Input, Mode, Refusal, Report, Stamp, State, What, turn};
use crate::text::Clean;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many inputs share one durable write at most.
const BATCH: usize = 4096;
/// How long a session that ends waits for replies to what it has sent.
const PARTING: std::time::Duration = std::time::Duration::from_secs(10);

/// How often a drill's scenario is looked at, in seconds of the run's time; and at the least on the wall.
const SCENARIO_SECONDS: f64 = 1.0;
const SCENARIO_LEAST: std::time::Duration = std::time::Duration::from_millis(100);

/// The dispatcher of one session.
pub(super) struct Dispatcher {
    pub(super) state: State,
    pub(super) journal: Arc<Mutex<Journal>>,
    pub(super) epoch: u64,
    pub(super) clock: Clock,
    pub(super) opened: Instant,
    pub(super) runner: Runner,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) reports: mpsc::UnboundedReceiver<Told>,
    pub(super) seen: mpsc::UnboundedReceiver<What>,
    pub(super) feed: mpsc::UnboundedSender<Arc<[Arc<Event>]>>,
    pub(super) stop: watch::Receiver<Option<Clean>>,
    pub(super) stopping: watch::Sender<bool>,
    pub(super) lifted: watch::Sender<bool>,
    pub(super) going_back: watch::Sender<bool>,
    pub(super) jobs: JoinSet<()>,
    /// The world of a drill; none on a real cloud.
    pub(super) ground: Option<Ground>,
}

/// What a commander or a facilitator hears.
type Answer = Result<(), Refusal>;

/// Everything one durable write is about.
#[derive(Default)]
struct Batch {
    events: Vec<Arc<Event>>,
    actions: Vec<(Action, bool)>,
    durable: Vec<oneshot::Sender<Moment>>,
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
    wishes: Vec<(Facilitate, oneshot::Sender<Answer>)>,
}

impl Dispatcher {
    /// Runs until it is told to stop, or the journal can no longer be written.
    pub(super) async fn run(mut self, first: Vec<(What, Clean)>) -> Result<(), JournalError> {
        let busy: Vec<Action> = self.unfinished();
        let mut batch = Batch::default();
        for (what, by) in first {
            let _ = self.turn(Input::Seen(what), &by, &mut batch);
        }
        self.catch_up(&mut batch);
        self.scenario(&mut batch);
        // What was under way when the last session ended is observed again before anything else is sent for it.
        batch.actions.splice(0..0, busy.into_iter().map(|action| (action, false)));
        self.commit(batch).await?;
        let pause = self.clock.real(SCENARIO_SECONDS).max(SCENARIO_LEAST);
        let mut scenario_at = Instant::now() + pause;
        loop {
            let mut batch = Batch::default();
            tokio::select! {
                biased;
                why = stopped(&mut self.stop) => return self.part(why).await,
                () = tokio::time::sleep_until(scenario_at), if self.ground.is_some() => {
                    self.scenario(&mut batch);
                    scenario_at = Instant::now() + pause;
                }
                Some(wished) = wish(&mut self.ground) => self.wished(wished, &mut batch),
                Some(order) = self.orders.recv() => self.order(order, &mut batch),
                Some(told) = self.reports.recv() => self.told(told, &mut batch),
                Some(what) = self.seen.recv() => self.saw(what, &mut batch),
            }
            self.drain(&mut batch);
            self.commit(batch).await?;
            while self.jobs.try_join_next().is_some() {}
        }
    }

    /// Takes in whatever else has come by now: it shares the durable write.
    fn drain(&mut self, batch: &mut Batch) {
        for _ in 0..BATCH {
            if let Ok(order) = self.orders.try_recv() {
                self.order(order, batch);
            } else if let Some(wished) = self.ground.as_mut().and_then(Ground::try_next) {
                self.wished(wished, batch);
            } else if let Ok(told) = self.reports.try_recv() {
                self.told(told, batch);
            } else if let Ok(what) = self.seen.try_recv() {
                self.saw(what, batch);
            } else {
                return;
            }
        }
    }

    fn order(&mut self, order: Order, batch: &mut Batch) {
        let result = self.turn(Input::Command(order.command), &order.by, batch);
        batch.answers.push((order.answer, result));
    }

    fn wished(&mut self, wished: Wished, batch: &mut Batch) {
        let Wished { what, by, answer } = wished;
        let fits = self.ground.as_ref().map_or(Ok(()), |ground| ground.fits(&what));
        match fits.and_then(|()| self.turn(Input::Facilitate(what.clone()), &by, batch)) {
            Ok(()) => batch.wishes.push((what, answer)),
            Err(refusal) => batch.answers.push((answer, Err(refusal))),
        }
    }

    /// A crash may have left the journal ahead of a drill's world. Where the world cannot follow, the journal says so.
    fn catch_up(&mut self, batch: &mut Batch) {
        if let Some(Err(refusal)) = self.ground.as_ref().map(|ground| ground.catch_up(&self.state)) {
            let text = Clean::new(&refusal.to_string());
            let _ = self.turn(Input::Seen(What::Note { text, step: None }), &itself(), batch);
        }
    }

    /// Writes down what the scenario of a drill has brought or ended by now.
    fn scenario(&mut self, batch: &mut Batch) {
        let news = self.ground.as_ref().map(|ground| ground.news(&self.state)).unwrap_or_default();
        for what in news {
            let _ = self.turn(Input::Seen(what), &Clean::new("scenario"), batch);
        }
    }

    fn told(&mut self, told: Told, batch: &mut Batch) {
        // A report is never refused; one of an attempt that is over means nothing.
        let _ = self.turn(Input::Report(told.report), &itself(), batch);
        batch.durable.extend(told.durable);
    }

    fn saw(&mut self, what: What, batch: &mut Batch) {
        let _ = self.turn(Input::Seen(what), &itself(), batch);
    }

    fn turn(&mut self, input: Input, by: &Clean, batch: &mut Batch) -> Result<(), Refusal> {
        let stamp = Stamp {
            // The clock of a machine may be set back; a run's time never is.
            now: self.clock.now().max(self.state.at),
            offset_ms: u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX),
            epoch: self.epoch,
            by: by.clone(),
        };
        let (events, actions) = turn::take(&mut self.state, input, &stamp)?;
        batch.events.extend(events.into_iter().map(Arc::new));
        batch.actions.extend(actions.into_iter().map(|action| (action, true)));
        Ok(())
    }

    /// Makes a batch durable; then, and only then, tells of it and starts what follows.
    async fn commit(&mut self, batch: Batch) -> Result<(), JournalError> {
        if !batch.events.is_empty() {
            self.write(&batch.events).await?;
            // Without followers the run goes on all the same.
            let _ = self.feed.send(batch.events.into());
        }
        for (wish, answer) in batch.wishes {
            let changed = self.ground.as_ref().map_or(Ok(()), |ground| ground.change(&wish));
            let _ = answer.send(changed);
        }
        for durable in batch.durable {
            let _ = durable.send(Moment::now());
        }
        for (answer, result) in batch.answers {
            let _ = answer.send(result);
        }
        self.signal(batch.actions.iter().any(|(_, is_asked_for)| *is_asked_for));
        for (action, again) in batch.actions {
            self.start(&action, again);
        }
        Ok(())
    }

    /// Tells the runner whether anything may be sent, and which way the run goes. A hold that a session opens under is
    /// lifted by whatever starts something, or by another mode, and not again put on what is under way.
    fn signal(&self, starts: bool) {
        let is_lifted = starts || self.state.mode != Mode::Hold;
        self.lifted.send_if_modified(|lifted| !std::mem::replace(lifted, *lifted || is_lifted) && is_lifted);
        let goes_back = self.state.rollback.is_some();
        self.going_back.send_if_modified(|going_back| std::mem::replace(going_back, goes_back) != goes_back);
    }

    /// Writes on a thread of its own, so that a slow disk stops no timer.
    async fn write(&mut self, events: &[Arc<Event>]) -> Result<(), JournalError> {
        let (journal, events) = (self.journal.clone(), events.to_vec());
        let written = tokio::task::spawn_blocking(move || {
            journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner).append(&events)
        });
        written.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }

    fn start(&mut self, action: &Action, again: bool) {
        let (place, undo) = match action {
            Action::Start { place, .. } => (*place, false),
            Action::Undo { place, .. } => (*place, true),
        };
        match jobs::job(&self.state, place, undo, again, self.clock.now()) {
            Ok(job) => {
                self.jobs.spawn(self.runner.clone().run(job));
            }
            Err(what) => {
                let step: StepId = self.state.plan_step(place).id.clone();
                let report = Report { step, attempt: self.state.steps[place].attempt, undo, what: *what };
                // We hold the receiver: it cannot be closed.
                let _ = self.runner.reports.send(Told { report, durable: None });
            }
        }
    }

    /// The actions that an earlier session had started and not finished.
    fn unfinished(&self) -> Vec<Action> {
        self.state
            .busy()
            .map(|place| {
                let attempt = self.state.steps[place].attempt;
                match self.state.steps[place].status {
                    crate::recovery::Status::Undoing => Action::Undo { place, attempt },
                    _ => Action::Start { place, attempt },
                }
            })
            .collect()
    }

    /// Ends the session: nothing new starts, replies to what was sent are still written down.
    async fn part(mut self, why: Clean) -> Result<(), JournalError> {
        let mut batch = Batch::default();
        let _ = self.turn(Input::Seen(What::SessionClosed { why }), &itself(), &mut batch);
        batch.actions.clear();
        self.commit(batch).await?;
        let _ = self.stopping.send(true);
        let deadline = Instant::now() + PARTING;
        while !self.jobs.is_empty() {
            let mut batch = Batch::default();
            tokio::select! {
                Some(told) = self.reports.recv() => self.told(told, &mut batch),
                _ = self.jobs.join_next() => {}
                () = tokio::time::sleep_until(deadline) => break,
            }
            self.drain(&mut batch);
            batch.actions.clear();
            self.commit(batch).await?;
        }
        let mut batch = Batch::default();
        self.drain(&mut batch);
        batch.actions.clear();
        self.commit(batch).await
    }
}

/// The next wish of a facilitator; never, where there is none.
async fn wish(ground: &mut Option<Ground>) -> Option<Wished> {
    match ground {
        Some(ground) => ground.next().await,
        None => None,
    }
}

fn itself() -> Clean {
    Clean::new("landfall")
}

async fn stopped(stop: &mut watch::Receiver<Option<Clean>>) -> Clean {
    match stop.wait_for(Option::is_some).await {
        Ok(why) => why.clone().unwrap_or_default(),
        Err(_) => Clean::new("the session was dropped"),
    }
}
