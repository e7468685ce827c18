//! Decides: takes commands, reports and what was seen, one turn at a time; makes what happened durable; only then
//! tells the followers and starts what follows. Owns the state and the log; sends nothing itself.

use super::before_start::{Again, BeforeStart};
use super::facilitator::{Ground, Wished};
use super::feed::{Commander, Order};
use super::hearing::Heard;
use super::jobs;
use super::journal::JournalError;
use super::log::Log;
use super::looking::Looking;
use super::moment::Moment;
use super::runner::{Runner, Told};
use super::session::Seat;
use super::working::Working;
use crate::cloud::Clock;
use crate::plan::{ComponentName, StepId};
use crate::recovery::{Action, Command, Event, Facilitate, Input, Mode, Refusal, Report, Stamp, State, What};
use crate::recovery::{advance, decide, turn, window};
use crate::seal::Secrets;
use crate::service::Outputs;
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// How many inputs share one durable write at most.
const BATCH: usize = 4096;
/// How long a session that ends waits for replies to what it has sent.
const PARTING: Duration = Duration::from_secs(10);
/// How often a drill's scenario is looked at, in seconds of the run's time; and at the least on the wall.
const SCENARIO_SECONDS: f64 = 1.0;
const SCENARIO_LEAST: Duration = Duration::from_millis(100);

/// The dispatcher of one session, and of those that later commands open behind it.
pub(super) struct Dispatcher {
    pub(super) state: State,
    pub(super) log: Box<dyn Log>,
    /// Whether a session drives the run. Behind its end nothing is written until a command opens another.
    pub(super) drives: bool,
    pub(super) seat: Seat,
    /// What is said first when a session opens.
    pub(super) first: Vec<(What, Clean)>,
    pub(super) clock: Clock,
    pub(super) opened: Instant,
    pub(super) runner: Runner,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) heard: mpsc::UnboundedReceiver<Heard>,
    pub(super) feed: mpsc::UnboundedSender<Arc<[Arc<Event>]>>,
    pub(super) stop: watch::Receiver<Option<Clean>>,
    pub(super) stopping: watch::Sender<bool>,
    pub(super) lifted: watch::Sender<bool>,
    pub(super) going_back: watch::Sender<bool>,
    pub(super) working: Working,
    pub(super) looking: Looking,
    /// Where preflight is asked to look again, and who waits for it.
    pub(super) again: Again,
    pub(super) before_start: BeforeStart,
    /// Turns true when the run is started: preflight looks no more.
    pub(super) started: watch::Sender<bool>,
    /// The components that nothing was started of yet, for who looks at their rules meanwhile.
    pub(super) untouched: watch::Sender<BTreeSet<ComponentName>>,
    /// Whether the decision to go back is asked, for who judges what is left anew then.
    pub(super) asked_to_return: watch::Sender<bool>,
    /// What components have given to others so far, for those who look on.
    pub(super) given: watch::Sender<BTreeMap<ComponentName, Outputs>>,
    /// The world of a drill; none on a real cloud.
    pub(super) ground: Option<Ground>,
    pub(super) secrets: Arc<Secrets>,
}

/// What a commander or a facilitator hears.
type Answer = Result<(), Refusal>;

/// Everything one durable write is about.
#[derive(Default)]
struct Batch {
    /// Durable already: what opening the session wrote, and what others did.
    written: Vec<Arc<Event>>,
    events: Vec<Arc<Event>>,
    actions: Vec<(Action, bool)>,
    durable: Vec<oneshot::Sender<Moment>>,
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
    wishes: Vec<(Facilitate, oneshot::Sender<Answer>)>,
}

impl Dispatcher {
    /// Runs until it is told to stop, or the journal can no longer be written; then `commander` hears why, before the
    /// feed closes.
    pub(super) async fn run(mut self, commander: &Commander) -> Result<(), JournalError> {
        let done = self.work().await;
        self.looking.rest();
        if let Err(error) = &done {
            commander.part(error.parted());
        }
        done
    }

    async fn work(&mut self) -> Result<(), JournalError> {
        if self.drives {
            let mut batch = Batch::default();
            let busy = self.unfinished();
            self.say_first(&mut batch);
            self.begin(busy, &mut batch);
            self.commit(batch).await?;
        }
        let pause = self.clock.real(SCENARIO_SECONDS).max(SCENARIO_LEAST);
        let mut scenario_at = Instant::now() + pause;
        loop {
            let mut batch = Batch::default();
            tokio::select! {
                biased;
                why = stopped(&mut self.stop) => return self.part(why).await,
                () = tokio::time::sleep_until(scenario_at), if self.drives && self.ground.is_some() => {
                    self.scenario(&mut batch);
                    scenario_at = Instant::now() + pause;
                }
                error = self.log.lost(), if self.drives => return self.give_up(error).await,
                Some(wished) = wish(&mut self.ground) => self.wished(wished, &mut batch),
                () = self.before_start.looked(), if self.drives && self.before_start.is_waiting() => {
                    // What was found stands in the journal before what is made of it.
                    self.listen(&mut batch);
                    for order in self.before_start.go_on() {
                        self.order(order, &mut batch);
                    }
                }
                Some(order) = self.orders.recv() => {
                    if self.drives {
                        self.order_in_turn(order, &mut batch);
                    } else {
                        self.reopen(order, &mut batch).await;
                    }
                }
                Some(heard) = self.heard.recv() => self.hear(heard, &mut batch),
                Some(report) = self.working.next_lost(), if !self.working.is_empty() => self.lost(report, &mut batch),
            }
            self.drain(&mut batch);
            self.commit(batch).await?;
        }
    }

    fn say_first(&mut self, batch: &mut Batch) {
        for (what, by) in std::mem::take(&mut self.first) {
            let _ = self.turn(Input::Seen(what), &by, batch);
        }
    }

    /// What a session begins with, once it is open: what a crash left behind, `busy` before all, and what follows.
    fn begin(&mut self, busy: Vec<Action>, batch: &mut Batch) {
        self.catch_up(batch);
        self.scenario(batch);
        let stamp = self.stamp(&itself());
        let (mut events, mut actions) = (Vec::new(), Vec::new());
        turn::follow(&mut self.state, &stamp, &mut events, &mut actions);
        batch.take(events, actions);
        // What was under way when the last session ended is observed again before anything else is sent for it.
        batch.actions.splice(0..0, busy.into_iter().map(|action| (action, false)));
    }

    /// Opens a session for a command that comes behind the last one's end: a note, a way back.
    async fn reopen(&mut self, order: Order, batch: &mut Batch) {
        let Order { command, by, answer } = order;
        let now = self.clock.now().max(self.state.at);
        let refused = match (&command, decide::command(&self.state, &command, now)) {
            // It is left already.
            (Command::Leave, _) => Some(Ok(())),
            (_, Err(refusal)) => Some(Err(refusal)),
            (_, Ok(_)) => None,
        };
        if let Some(answered) = refused {
            let _ = answer.send(answered);
            return;
        }
        let taken = match self.log.take(self.seat.taking(by.clone(), now)).await {
            Ok(taken) => taken,
            Err(error) => {
                let clear = miette::Diagnostic::help(&error).map_or_else(String::new, |help| help.to_string());
                let _ = answer.send(Err(Refusal { why: error.to_string(), clear }));
                return;
            }
        };
        let meanwhile = !taken.since.is_empty();
        for event in taken.since.into_iter().chain([taken.opened]) {
            self.state.fold(&event);
            batch.written.push(Arc::new(event));
        }
        self.drives = true;
        self.opened = Instant::now();
        if meanwhile && self.state.ended.is_none() {
            // Another session went on with it and came to no end: nothing starts by itself on top of that.
            let hold = What::ModeChanged { mode: crate::recovery::Mode::Hold };
            let _ = self.turn(Input::Seen(hold), &by, batch);
        }
        // What the command starts is none of it.
        let busy = self.unfinished();
        self.say_first(batch);
        self.order(Order { command, by, answer }, batch);
        if self.state.ended.is_none() {
            self.begin(busy, batch);
        }
    }

    /// Ends the session because the run is no longer its own. What can still be written is: of a lease that names
    /// another the journal does not know.
    async fn give_up(&mut self, error: JournalError) -> Result<(), JournalError> {
        let _ = self.part(Clean::new(&error.to_string())).await;
        Err(error)
    }

    /// Takes in whatever else has come by now: it shares the durable write. Nothing comes behind the end of a session.
    fn drain(&mut self, batch: &mut Batch) {
        for _ in 0..BATCH {
            if !self.drives || self.state.ended.is_some() {
                return;
            }
            if let Ok(order) = self.orders.try_recv() {
                self.order_in_turn(order, batch);
            } else if let Some(wished) = self.ground.as_mut().and_then(Ground::try_next) {
                self.wished(wished, batch);
            } else if let Ok(heard) = self.heard.try_recv() {
                self.hear(heard, batch);
            } else {
                return;
            }
        }
    }

    /// Takes in what was told and seen by now.
    fn listen(&mut self, batch: &mut Batch) {
        while let Ok(heard) = self.heard.try_recv() {
            self.hear(heard, batch);
        }
    }

    /// A start, and the decision to go back, wait for a look, where what is known is old; what comes behind waits with them.
    fn order_in_turn(&mut self, order: Order, batch: &mut Batch) {
        if let Some(order) = self.before_start.take(order, &self.state, &self.again) {
            self.order(order, batch);
        }
    }

    fn order(&mut self, order: Order, batch: &mut Batch) {
        if order.command == Command::Leave && decide::command(&self.state, &order.command, self.now()).is_ok() {
            // The run's end is the last word of the session that leaves it.
            let why = Clean::new("the run was left");
            let _ = self.turn(Input::Seen(What::SessionClosed { why }), &itself(), batch);
        }
        let command = order.command.with_words(|words| Clean::new(&self.secrets.blotted(words)));
        let result = self.turn(Input::Command(command), &order.by, batch);
        batch.answers.push((order.answer, result));
    }

    fn wished(&mut self, wished: Wished, batch: &mut Batch) {
        let Wished { what, by, answer } = wished;
        if !self.drives {
            let (why, clear) = ("the drill is over".to_owned(), "open another: landfall drill".to_owned());
            batch.answers.push((answer, Err(Refusal { why, clear })));
            return;
        }
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

    /// Takes in what a runner tells or somebody saw. Behind the end of a session nobody's word counts any more.
    fn hear(&mut self, heard: Heard, batch: &mut Batch) {
        if !self.drives {
            return;
        }
        match heard {
            // A report is never refused; one of an attempt that is over means nothing.
            Heard::Told(Told { report, durable }) => {
                let _ = self.turn(Input::Report(report), &itself(), batch);
                batch.durable.extend(durable);
            }
            Heard::Saw(what) => {
                if let What::CredentialsRenewed { account } = &what {
                    // Whoever found out: what acts forgets the old ones too.
                    self.runner.performer.renew(account.as_ref());
                }
                let _ = self.turn(Input::Seen(what), &itself(), batch);
            }
        }
    }

    /// A runner came to an end of its own without telling one: a mistake of this program's.
    fn lost(&mut self, report: Report, batch: &mut Batch) {
        let _ = self.turn(Input::Report(report), &itself(), batch);
    }

    fn turn(&mut self, input: Input, by: &Clean, batch: &mut Batch) -> Result<(), Refusal> {
        let stamp = self.stamp(by);
        let (events, actions) = turn::take(&mut self.state, input, &stamp)?;
        batch.take(events, actions);
        Ok(())
    }

    /// The clock of a machine may be set back; a run's time never is.
    fn now(&self) -> jiff::Timestamp {
        self.clock.now().max(self.state.at)
    }

    fn stamp(&self, by: &Clean) -> Stamp {
        let offset_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        Stamp { now: self.now(), offset_ms, epoch: self.log.epoch(), by: by.clone() }
    }

    /// Makes a batch durable; then, and only then, tells of it and starts what follows. One that ends the run is the
    /// last of its session.
    async fn commit(&mut self, mut batch: Batch) -> Result<(), JournalError> {
        if self.drives {
            let ended = self.state.ended.clone();
            let is_said = matches!(batch.events.last().map(|event| &event.what), Some(What::RunEnded(_)));
            match ended {
                Some(ended) => {
                    if !is_said {
                        // Nothing came of this session that changes how the run ended: it ends so again.
                        let _ = self.turn(Input::Seen(What::RunEnded(ended)), &itself(), &mut batch);
                    }
                    self.log.release(&batch.events).await?;
                    self.drives = false;
                    self.looking.rest();
                    batch.actions.clear();
                }
                None => {
                    if !batch.events.is_empty() {
                        self.log.append(&batch.events).await?;
                    }
                    self.looking.start();
                }
            }
        }
        self.tell(batch);
        Ok(())
    }

    /// Tells of what is durable, and starts what follows from it.
    fn tell(&mut self, mut batch: Batch) {
        self.started.send_if_modified(|started| !std::mem::replace(started, !self.state.needs_start()) && *started);
        self.given.send_if_modified(|given| {
            let changed = *given != self.state.outputs;
            if changed {
                given.clone_from(&self.state.outputs);
            }
            changed
        });
        // Only what a step does can change it, or how the run goes: samples come far more often.
        let may_change =
            |event: &Arc<Event>| !matches!(event.what, What::Call { .. } | What::Lag { .. } | What::Health { .. });
        if batch.events.iter().any(may_change) {
            let now = self.state.untouched();
            self.untouched.send_if_modified(|told| {
                *told != now && {
                    *told = now;
                    true
                }
            });
        }
        let is_asked = window::is_asked(&self.state);
        self.asked_to_return.send_if_modified(|told| std::mem::replace(told, is_asked) != is_asked);
        batch.written.append(&mut batch.events);
        if !batch.written.is_empty() {
            // Without followers the run goes on all the same.
            let _ = self.feed.send(batch.written.into());
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
    }

    /// Tells the runner whether anything may be sent, and which way the run goes. A hold that a session opens under is
    /// lifted by whatever starts something, or by another mode, and not again put on what is under way.
    fn signal(&self, starts: bool) {
        let is_lifted = starts || self.state.mode != Mode::Hold;
        self.lifted.send_if_modified(|lifted| !std::mem::replace(lifted, *lifted || is_lifted) && is_lifted);
        let goes_back = self.state.rollback.is_some();
        self.going_back.send_if_modified(|going_back| std::mem::replace(going_back, goes_back) != goes_back);
    }

    fn start(&mut self, action: &Action, again: bool) {
        let (place, undo) = match action {
            Action::Start { place, .. } => (*place, false),
            Action::Undo { place, .. } => (*place, true),
        };
        match jobs::job(&self.state, place, undo, again, self.clock.now(), &self.secrets) {
            Ok(job) => self.working.start(&self.runner, job),
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

    /// Ends the session: nothing new starts, replies to what was sent are still written down; its last word is how the
    /// run is left.
    async fn part(&mut self, why: Clean) -> Result<(), JournalError> {
        if !self.drives {
            return Ok(());
        }
        let mut batch = Batch::default();
        let _ = self.turn(Input::Seen(What::SessionClosed { why }), &itself(), &mut batch);
        self.write_down(batch).await?;
        let _ = self.stopping.send(true);
        self.looking.rest();
        let deadline = Instant::now() + PARTING;
        while !self.working.is_empty() {
            let mut batch = Batch::default();
            tokio::select! {
                Some(heard) = self.heard.recv() => self.hear(heard, &mut batch),
                lost = self.working.next_lost() => {
                    if let Some(report) = lost {
                        self.lost(report, &mut batch);
                    }
                }
                () = tokio::time::sleep_until(deadline) => break,
            }
            self.listen(&mut batch);
            self.write_down(batch).await?;
        }
        let mut batch = Batch::default();
        self.listen(&mut batch);
        let left = advance::left(&self.state, self.now());
        let _ = self.turn(Input::Seen(What::RunEnded(left)), &itself(), &mut batch);
        batch.actions.clear();
        self.commit(batch).await
    }

    /// Makes a batch of a session that ends durable: nothing is started by it.
    async fn write_down(&mut self, mut batch: Batch) -> Result<(), JournalError> {
        batch.actions.clear();
        if !batch.events.is_empty() {
            self.log.append(&batch.events).await?;
        }
        self.tell(batch);
        Ok(())
    }
}

impl Batch {
    fn take(&mut self, events: Vec<Event>, actions: Vec<Action>) {
        self.events.extend(events.into_iter().map(Arc::new));
        self.actions.extend(actions.into_iter().map(|action| (action, true)));
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
