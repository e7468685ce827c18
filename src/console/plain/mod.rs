//! The line mode: the console without a screen, for screen readers, `TERM=dumb` and serial lines. Events are told as
//! lines; the start, every gate, a failed step, a rollback and the end are asked line by line, with the same words, fields
//! and refusals as on the screen, for they are the same forms. Nothing but text ever leaves it. Knows no file and no
//! terminal: lines come in, lines go out.

mod lead;
mod tell;
mod typed;
mod words;

use super::app::{App, Wish};
use super::live::{news_of_driver, set_by};
use super::look::{Glyphs, Theme};
use super::screens::Chosen;
use super::{About, Begins, ConsoleError, Label, Left, Setup};
use crate::cloud::Clock;
use crate::engine::Feed;
use crate::plan::GateKind;
use crate::recovery::{self, Event};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How often the facts are told by themselves.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// For how long nothing more may come of what a watched run did before, until what comes is news: less than passes
/// between two looks at its journal.
const GAP: Duration = Duration::from_millis(120);
/// How many lines of what happened before are told.
const BEFORE: usize = 10;
/// The theme that text is made in: its styles are dropped.
const THEME: &str = "mono";

/// Something that was typed, and when it came.
#[derive(Debug)]
pub struct Typed {
    /// When.
    pub at: Instant,
    /// What.
    pub what: What,
}

/// What was typed.
#[derive(Debug)]
pub enum What {
    /// A line, without its end.
    Line(String),
    /// A line longer than anything that is asked for.
    TooLong,
    /// What was typed last, with no end: whoever typed it had not sent it.
    Unfinished,
    /// No more will come.
    End,
}

/// Tells a line; an error means that nobody can be told anything any more.
pub type Tell = Box<dyn FnMut(&str) -> std::io::Result<()> + Send>;

/// Where lines come from and go to.
pub struct Lines {
    /// What is typed.
    pub typed: UnboundedReceiver<Typed>,
    /// What takes the lines that are told.
    pub tell: Tell,
}

/// Opens the line mode on a run and stays until it is left. A recording is told from its beginning to its end.
///
/// # Errors
/// [`ConsoleError`] when the feed holds no run, or when signals cannot be heard.
pub async fn run(setup: Setup, lines: Lines) -> Result<Left, ConsoleError> {
    let Setup {
        mut feed,
        commander,
        facilitator,
        clock,
        replay,
        label,
        glyphs,
        journal,
        manners,
        begins,
        driver_gone,
        ..
    } = setup;
    let signals = Signals::listen()?;
    let batch = feed.recv().await.ok_or(ConsoleError::NothingCame)?;
    let (first, rest) = batch.split_first().ok_or(ConsoleError::NothingCame)?;
    let about = About::of(label, clock.scale(), &journal, commander.is_some());
    let theme = Theme::named(THEME).unwrap_or_else(|error| unreachable!("an embedded theme: {error}"));
    let app = App::open(first, about, commander, theme.clone(), glyphs).ok_or(ConsoleError::NotARun)?;
    let mut app = app.with_facilitator(facilitator);
    app.set_up(manners);
    app.world.keys = app.world.keys.clone().typed();
    app.named = Some(Chosen::Nothing);
    app.take(rest);
    let plain = Plain {
        app,
        feed,
        clock,
        follows: label == Label::Watch,
        followed: true,
        typed: lines.typed,
        more_is_typed: true,
        tell: lines.tell,
        is_gone: false,
        theme,
        glyphs,
        told: None,
        question: None,
        asked_times: 0,
        asked: BTreeSet::new(),
        sent: None,
        aside: None,
        failed: BTreeSet::new(),
        led: None,
        end_told: false,
        driver_gone,
    };
    let clock = plain.clock.clone();
    let left = plain.until_left(signals, begins, replay.is_some()).await;
    // What still runs comes to rest at the drill's own pace.
    clock.ease(false);
    left
}

/// A gate as it was opened: before which step, which decision, since when.
type Opening = (usize, GateKind, Timestamp);

/// The question that is open.
struct Question {
    /// The gate that came up by itself.
    by_itself: Option<Opening>,
    /// When it was told: what was typed before was not meant for it, whoever opened it.
    told_at: Instant,
    /// What was said last of what sending it would bring.
    verdict: Option<String>,
    /// Whether what it says is still being found out.
    is_early: bool,
}

struct Plain {
    app: App,
    feed: Feed,
    clock: Clock,
    /// Whether the run's clock is someone else's and only its events tell what it shows.
    follows: bool,
    followed: bool,
    typed: UnboundedReceiver<Typed>,
    more_is_typed: bool,
    tell: Tell,
    /// Whether nobody can be told anything any more.
    is_gone: bool,
    theme: Theme,
    glyphs: Glyphs,
    /// The number of the newest event that was told.
    told: Option<u64>,
    question: Option<Question>,
    /// How often it was said what is to be typed.
    asked_times: u64,
    /// The gates that came up by themselves, each once per opening.
    asked: BTreeSet<Opening>,
    /// The gate that an answer is on its way to.
    sent: Option<Opening>,
    /// The gate that was put aside to ask whether to leave.
    aside: Option<Opening>,
    /// The failures that were told with what can be done about them, each once per attempt.
    failed: BTreeSet<(usize, u32)>,
    /// The way on that was told last.
    led: Option<String>,
    end_told: bool,
    driver_gone: Option<watch::Receiver<bool>>,
}

impl Plain {
    async fn until_left(mut self, mut signals: Signals, begins: Begins, recorded: bool) -> Result<Left, ConsoleError> {
        if recorded {
            return Ok(self.tell_recording().await);
        }
        self.catch_up().await;
        self.begin();
        if begins == Begins::RollingBack {
            self.app.ask_to_roll_back();
            self.tell_opened(0, None);
        }
        let mut minute = interval(TELL_EVERY);
        minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
        minute.reset();
        loop {
            self.fold_all();
            if let Some(left) = self.left() {
                return Ok(left);
            }
            self.lead();
            if let Some(left) = self.left() {
                return Ok(left);
            }
            // A drill's time passes with the wall's while a question is read aloud.
            if !self.follows {
                let eased = self.app.eases();
                self.clock.ease(eased);
            }
            tokio::select! {
                typed = self.typed.recv(), if self.more_is_typed => {
                    self.at_now();
                    match typed.map(|typed| (typed.what, typed.at)) {
                        Some((What::Line(line), at)) => self.line(line.trim(), at),
                        Some((What::TooLong, _)) => self.say("that line is too long: not taken"),
                        Some((What::Unfinished, _)) => self.say("the last line has no end: not taken"),
                        Some((What::End, _)) | None => self.end_of_input(),
                    }
                }
                batch = self.feed.recv(), if self.followed => self.fold(batch),
                () = self.app.answered(), if self.app.is_asking() => {}
                gone = news_of_driver(&mut self.driver_gone) => {
                    self.app.driver_is_gone(gone);
                    self.tell_facts();
                }
                signal = signals.next() => match signal {
                    Some(name) => return Ok(Left::Signal(name)),
                    None => if let Some(left) = self.interrupted() { return Ok(left) },
                },
                _ = minute.tick() => self.every_minute(),
            }
        }
    }

    /// How it is left, once it is.
    fn left(&mut self) -> Option<Left> {
        match self.app.wish() {
            Some(Wish::Leave(left)) => Some(left),
            // Nothing is drawn, and the clipboard is the terminal's own.
            Some(Wish::Suspend | Wish::Redraw | Wish::Mouse(_) | Wish::Copy(_) | Wish::Write(_)) | None => {
                self.is_gone.then_some(Left::Signal("standard output closed"))
            }
        }
    }

    /// Tells a recording from its beginning to its end.
    async fn tell_recording(&mut self) -> Left {
        self.begin();
        while let Some(batch) = self.feed.recv().await {
            self.app.take(&batch);
            self.tell_news();
            if self.is_gone {
                break;
            }
        }
        self.app.feed_closed();
        self.tell_facts();
        Left::Quit
    }

    /// Takes what a watched run did before, without a line for each. Of a run of this session it came all at once.
    async fn catch_up(&mut self) {
        while self.follows {
            let Ok(Some(batch)) = timeout(GAP, self.feed.recv()).await else { break };
            self.app.take(&batch);
        }
        if let Some(clock) = set_by(&self.clock, self.app.newest_at()).filter(|_| self.follows) {
            self.clock = clock;
        }
        self.at_now();
    }

    fn begin(&mut self) {
        let world = &self.app.world;
        let (run, about) = (&world.state.run, &world.about);
        let application = &run.plan.application;
        let title = format!(
            "{} {}: {} {} → {}, {}",
            super::facts::badge(world).whole,
            application.name,
            run.intent.word(),
            application.primary,
            application.recovery,
            recovery::words::steps(run.runbook.steps.len())
        );
        let journal = if about.journal.is_empty() { None } else { Some(format!("journal {}", about.journal)) };
        let watch =
            about.watch.clone().filter(|_| about.commands).map(|watch| format!("to look on from elsewhere: {watch}"));
        let (lines, newest) = tell::since(world, None);
        self.say(&title);
        self.say_all(journal);
        self.say_all(watch);
        self.say("type help for what can be typed");
        if lines.len() > BEFORE {
            self.say(&format!("{} lines tell what happened before; the last of them:", lines.len()));
        }
        let from = lines.len().saturating_sub(BEFORE);
        self.say_all(lines.into_iter().skip(from));
        self.told = newest;
        self.tell_what_had_failed();
        self.tell_facts();
    }

    fn at_now(&mut self) {
        let now = self.clock.now();
        self.app.at(now);
    }

    fn say(&mut self, line: &str) {
        self.is_gone |= (self.tell)(&self.glyphs.text(line)).is_err();
    }

    /// Tells the facts, and what matters most now.
    fn tell_facts(&mut self) {
        let facts = tell::facts(&self.app.world);
        self.say_all(facts);
    }

    fn say_all(&mut self, lines: impl IntoIterator<Item = String>) {
        for line in lines {
            self.say(&line);
        }
    }

    /// Folds a batch and all that came since.
    fn fold(&mut self, batch: Option<Arc<[Arc<Event>]>>) {
        let Some(batch) = batch else {
            self.followed = false;
            self.app.feed_closed();
            return self.tell_facts();
        };
        self.app.take(&batch);
        if let Some(clock) = set_by(&self.clock, self.app.newest_at()).filter(|_| self.follows) {
            self.clock = clock;
        }
        self.at_now();
    }

    /// Folds what has come already: what a command brought about is told before its answer.
    fn fold_all(&mut self) {
        while let Ok(batch) = self.feed.try_recv() {
            self.fold(Some(batch));
        }
    }
}

/// The signals that end or interrupt the line mode. A stop is the terminal's own: there is nothing to give back.
struct Signals {
    term: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, ConsoleError> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The name of a signal that ends it; none of an interrupt, which asks first.
    async fn next(&mut self) -> Option<&'static str> {
        tokio::select! {
            _ = self.term.recv() => Some("SIGTERM"),
            _ = self.hangup.recv() => Some("SIGHUP"),
            _ = self.interrupt.recv() => None,
        }
    }
}
