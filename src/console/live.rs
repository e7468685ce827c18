//! The loop: keys, events, answers, signals and seconds in; frames out. Draws only when something changed, at most
//! sixty times a second, and once a second while a clock shows.

use super::app::{App, Wish, Writing};
use super::clipboard;
use super::drift::{Told, Writer, Writes};
use super::pace::Paces;
use super::term::Term;
use super::{About, Begins, ConsoleError, Label, Left, Setup};
use crate::cloud::Clock;
use crate::engine::Feed;
use crate::recovery::{Event, objective};
use crossterm::event::{Event as Input, EventStream, KeyCode, KeyModifiers};
use futures::StreamExt;
use jiff::Timestamp;
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{self, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// What is said while the shell has the terminal, in lines that fit any.
const SUSPENDED: &str = "\
Landfall is suspended, and the run with it: what was sent to the cloud
goes on there, but nothing new starts and nothing is watched. The recovery
clock goes on. `fg` goes on from here.";
/// How often a recording that plays is moved on.
const PLAY: Duration = Duration::from_millis(50);
/// How far the clock of someone else's run may be ahead of its newest event, in seconds of the wall: one that is
/// driven writes samples more often.
const CLOCK_OFF: f64 = 10.0;
/// How often a clock on the screen is looked at.
const SECOND: Duration = Duration::from_secs(1);

/// How a console is left whose terminal is gone, as when the line to it was cut.
const GONE: Left = Left::Signal("terminal closed");

/// Opens the console on a run and stays until it is left. The terminal is given back on every way out; one that goes
/// away leaves the console as a hang-up does.
///
/// # Errors
/// [`ConsoleError`] when there is no terminal, or when the feed holds no run.
pub async fn run(setup: Setup) -> Result<Left, ConsoleError> {
    let signals = Signals::listen()?;
    let term = Term::take()?;
    match stay(setup, signals, term).await {
        // It was there: whatever it refuses now, it refuses because it is there no more.
        Err(ConsoleError::Terminal(_)) => Ok(GONE),
        left => left,
    }
}

async fn stay(setup: Setup, mut signals: Signals, mut term: Term) -> Result<Left, ConsoleError> {
    let Setup {
        mut feed,
        commander,
        facilitator,
        tails,
        clock,
        replay,
        label,
        theme,
        glyphs,
        journal,
        manners,
        begins,
        inventory,
        driver_gone,
    } = setup;
    let mut inputs = EventStream::new();
    let batch = tokio::select! {
        batch = feed.recv() => batch.ok_or(ConsoleError::NothingCame)?,
        left = abandoned(&mut inputs) => return Ok(left),
        name = signals.ended() => return Ok(Left::Signal(name)),
    };
    let (first, rest) = batch.split_first().ok_or(ConsoleError::NothingCame)?;
    let about = About::of(label, clock.scale(), &journal, commander.is_some());
    let follows = label == Label::Watch;
    let app = match replay {
        Some(begin) => App::replay(first, about, begin, theme, glyphs),
        None => App::open(first, about, commander, theme, glyphs),
    };
    let mut app = app.ok_or(ConsoleError::NotARun)?.with_facilitator(facilitator).with_tails(tails);
    let mouse = manners.mouse;
    let calling = manners.calling.clone();
    app.set_up(manners);
    term.mouse(mouse)?;
    app.take(rest);
    match begins {
        Begins::Overview => {}
        Begins::Rehearsal => app.tell_tips(),
        Begins::RollingBack => app.ask_to_roll_back(),
    }
    app.lead_by(Arc::new(Instant::now));
    app.call_by(calling);
    term.calls(app.caller.keeps_a_title(), app.caller.minds_focus())?;
    let shared = clock.clone();
    let live = Live {
        app,
        feed,
        clock,
        follows,
        paces: Paces::default(),
        term,
        inputs,
        signals,
        inventory,
        writes: None,
        writing: None,
        driver_gone,
    };
    let left = live.until_left().await;
    // What still runs comes to rest at the drill's own pace.
    shared.ease(false);
    left
}

/// Waits for the user to give up before the run has even opened.
async fn abandoned(inputs: &mut EventStream) -> Left {
    while let Some(Ok(input)) = inputs.next().await {
        let Input::Key(key) = input else { continue };
        let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        if interrupt || key.code == KeyCode::Char('q') {
            return Left::Quit;
        }
    }
    GONE
}

struct Live {
    app: App,
    feed: Feed,
    clock: Clock,
    /// Whether the run's clock is someone else's and only its events tell what it shows.
    follows: bool,
    paces: Paces,
    term: Term,
    inputs: EventStream,
    signals: Signals,
    inventory: Option<watch::Receiver<Option<Told>>>,
    /// What writes files, where something does.
    writes: Option<Writes>,
    /// What is being written.
    writing: Option<(Writing, JoinHandle<Result<String, String>>)>,
    driver_gone: Option<watch::Receiver<bool>>,
}

impl Live {
    async fn until_left(mut self) -> Result<Left, ConsoleError> {
        // The first frame waits for nothing: of a long recording the header is enough.
        self.ease();
        self.draw()?;
        let mut followed = true;
        let mut changed = false;
        let mut drawn = Instant::now();
        let mut looked = Instant::now();
        loop {
            self.ease();
            let call_at = self.app.call_due(Instant::now());
            tokio::select! {
                input = self.inputs.next() => match input {
                    Some(Ok(input)) => changed |= self.input(input),
                    Some(Err(error)) => return Err(error.into()),
                    None => return Ok(GONE),
                },
                batch = self.feed.recv(), if followed => {
                    changed = true;
                    followed = self.fold(batch);
                }
                () = self.app.answered(), if self.app.is_waiting() => changed = true,
                told = news_of_inventory(&mut self.inventory) => {
                    let writer = told.as_ref().map(|told| &told.writer);
                    self.app.take_unwritten(writer.and_then(Writer::refuses));
                    self.writes = match writer {
                        Some(Writer::Files(writes)) => Some(writes.clone()),
                        Some(Writer::Nobody(_)) | None => None,
                    };
                    self.app.take_restore(told.as_ref().map(|told| told.restore.clone()));
                    let (inventory, drifts) = told.map(|told| (told.inventory, told.drifts)).unzip();
                    self.app.take_inventory(inventory);
                    self.app.take_drifts(drifts);
                    changed = true;
                }
                (what, came) = written(&mut self.writing) => {
                    self.app.wrote(what, came);
                    changed = true;
                }
                gone = news_of_driver(&mut self.driver_gone) => {
                    self.app.driver_is_gone(gone);
                    changed = true;
                }
                sent = self.signals.next() => {
                    changed = true;
                    match sent {
                        Sent::End(name) => return Ok(Left::Signal(name)),
                        Sent::Interrupt => self.app.leave(),
                        Sent::Stop => self.app.suspend(),
                        Sent::Continue => self.term.retake()?,
                    }
                }
                () = sleep_until(drawn + FRAME), if changed => {
                    self.draw()?;
                    changed = false;
                    drawn = Instant::now();
                }
                () = until(call_at), if call_at.is_some() => {
                    if let Some(call) = self.app.call() {
                        self.term.say(call.as_bytes())?;
                    }
                }
                () = sleep_until(looked + PLAY), if self.app.is_playing() => {
                    let now = Instant::now();
                    changed |= self.app.play(now - looked);
                    looked = now;
                }
                () = sleep_until(looked + SECOND), if self.app.clock_runs() => {
                    looked = Instant::now();
                    changed |= self.app.at(self.clock.now());
                }
            }
            if !self.app.is_playing() && !self.app.clock_runs() {
                looked = Instant::now();
            }
            match self.app.wish() {
                Some(Wish::Leave(left)) => return Ok(left),
                Some(Wish::Suspend) if !has_a_shell() => {
                    self.app.cannot_suspend();
                    changed = true;
                }
                Some(Wish::Suspend) => {
                    self = self.suspended().await?;
                    changed = true;
                }
                Some(Wish::Mouse(taken)) => self.term.mouse(taken)?,
                Some(Wish::Write(what)) => {
                    // One at a time: the second key says nothing more.
                    if let (Some(writes), None) = (self.writes.clone(), &self.writing) {
                        self.writing = Some((what, tokio::task::spawn_blocking(move || writes(what))));
                    }
                }
                Some(Wish::Copy(text)) => clipboard::copy(&text, &mut std::io::stdout())?,
                Some(Wish::Redraw) => {
                    self.term.retake()?;
                    changed = true;
                }
                None => {}
            }
        }
    }

    fn input(&mut self, input: Input) -> bool {
        match input {
            Input::Key(key) => {
                self.app.at(self.clock.now());
                self.app.key(key);
                true
            }
            Input::Paste(text) => {
                self.app.paste(&text);
                true
            }
            Input::Resize(..) => true,
            Input::Mouse(event) => {
                self.app.at(self.clock.now());
                self.app.mouse(event)
            }
            Input::FocusGained | Input::FocusLost => {
                self.app.focus(input == Input::FocusGained);
                false
            }
        }
    }

    /// Folds a batch and all that came since; `false` once no more can come.
    fn fold(&mut self, batch: Option<Arc<[Arc<Event>]>>) -> bool {
        let Some(batch) = batch else {
            self.app.feed_closed();
            return false;
        };
        self.take(&batch);
        // A long recording comes in many batches; a frame between them keeps the keys quick.
        if !self.app.is_replay() {
            while let Ok(batch) = self.feed.try_recv() {
                self.take(&batch);
            }
        }
        if self.follows {
            self.set_clock();
        }
        self.app.at(self.clock.now());
        true
    }

    /// Lets a drill's time pass with the wall's while something in front of it is read. Whoever follows one goes by its
    /// events.
    fn ease(&mut self) {
        if self.follows {
            return;
        }
        let eased = self.app.eases();
        self.clock.ease(eased);
    }

    fn take(&mut self, batch: &[Arc<Event>]) {
        batch.iter().for_each(|event| self.paces.take(event));
        self.app.take(batch);
    }

    /// Sets the clock of a run that someone else drives by its newest event, if it is clearly off.
    fn set_clock(&mut self) {
        let (at, scale) = (self.app.newest_at(), self.clock.scale());
        let (set, eased) = (set_by(&self.clock, at), self.paces.is_eased(scale));
        if set.is_some() || eased != self.app.is_eased() {
            self.clock = set.unwrap_or_else(|| Clock::new(at, scale));
            self.clock.ease(eased);
            self.app.set_eased(eased);
        }
    }

    fn draw(&mut self) -> Result<(), ConsoleError> {
        if self.term.is_lost() {
            return Err(ConsoleError::Panicked);
        }
        self.term.draw(|frame| {
            self.app.prepare(frame.area());
            self.app.draw(frame);
        })?;
        match self.app.title(Instant::now()) {
            Some(title) => self.term.say(title.as_bytes()),
            None => Ok(()),
        }
    }

    /// Gives the terminal to the shell until the process is continued. The event stream is dropped meanwhile, so
    /// that nothing of ours reads the shell's keys.
    async fn suspended(self) -> Result<Self, ConsoleError> {
        let Self {
            mut app,
            feed,
            clock,
            follows,
            paces,
            mut term,
            inputs,
            mut signals,
            inventory,
            writes,
            writing,
            driver_gone,
        } = self;
        drop(inputs);
        term.release();
        let mut out = std::io::stdout();
        writeln!(out, "{SUSPENDED}").and_then(|()| out.flush())?;
        // The whole group, so that a shell sees its job stopped even when something else started us. SIGTSTP we hear
        // ourselves, so that one sent from outside finds the terminal given back; what stops us is SIGSTOP.
        kill_current_process_group(Signal::STOP).map_err(std::io::Error::from)?;
        // The stop may come a moment after the call, and a debugger may swallow it: there is an end to the waiting.
        let _ = timeout(SECOND / 2, signals.resume.recv()).await;
        term.retake()?;
        app.caller.retitle();
        let inputs = EventStream::new();
        Ok(Self { app, feed, clock, follows, paces, term, inputs, signals, inventory, writes, writing, driver_gone })
    }
}

/// Waits until then, if there is a then.
async fn until(then: Option<Instant>) {
    match then {
        Some(then) => sleep_until(then).await,
        None => std::future::pending().await,
    }
}

/// Waits until something else is known of whether the session that drives a watched run is gone. For ever where nobody
/// tells. Safe to drop and call again.
pub(super) async fn news_of_driver(told: &mut Option<watch::Receiver<bool>>) -> bool {
    match told {
        Some(receiver) => match receiver.changed().await {
            Ok(()) => *receiver.borrow_and_update(),
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// Waits until what is being written is. For ever where nothing is. Safe to drop and call again.
async fn written(
    writing: &mut Option<(Writing, JoinHandle<Result<String, String>>)>,
) -> (Writing, Result<String, String>) {
    let Some((what, job)) = writing else { return std::future::pending().await };
    let (what, came) = (*what, job.await.unwrap_or_else(|error| Err(error.to_string())));
    *writing = None;
    (what, came)
}

/// Waits until something else is known of what was captured. For ever where nobody tells. Safe to drop and call again.
async fn news_of_inventory(told: &mut Option<watch::Receiver<Option<Told>>>) -> Option<Told> {
    match told {
        Some(receiver) => match receiver.changed().await {
            Ok(()) => receiver.borrow_and_update().clone(),
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// The clock of a run that someone else drives, set by its newest event; `None` where it is not clearly off.
pub(super) fn set_by(clock: &Clock, newest: Timestamp) -> Option<Clock> {
    let (now, scale) = (clock.now(), clock.scale());
    // Unscaled, it is the wall's, and goes on when nobody writes.
    let is_off = scale != 1.0 && objective::seconds_between(newest, now) > CLOCK_OFF * scale;
    (now < newest || is_off).then(|| Clock::new(newest, scale))
}

/// Whether a shell with job control started us: it gives each job a process group of its own. Without one nobody
/// would ever continue us.
fn has_a_shell() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// The signals that end, interrupt, stop or continue the console.
struct Signals {
    term: unix::Signal,
    hangup: unix::Signal,
    interrupt: unix::Signal,
    stop: unix::Signal,
    resume: unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, ConsoleError> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            resume: signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
        })
    }

    async fn next(&mut self) -> Sent {
        tokio::select! {
            _ = self.term.recv() => Sent::End("SIGTERM"),
            _ = self.hangup.recv() => Sent::End("SIGHUP"),
            _ = self.interrupt.recv() => Sent::Interrupt,
            _ = self.stop.recv() => Sent::Stop,
            _ = self.resume.recv() => Sent::Continue,
        }
    }

    /// The name of the first signal that ends the program; an interrupt does too, before there is a run to ask about.
    async fn ended(&mut self) -> &'static str {
        loop {
            match self.next().await {
                Sent::End(name) => return name,
                Sent::Interrupt => return "SIGINT",
                Sent::Stop | Sent::Continue => {}
            }
        }
    }
}

/// What a signal means here.
enum Sent {
    End(&'static str),
    Interrupt,
    Stop,
    Continue,
}
