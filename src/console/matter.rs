//! The second of the two lines that cannot lie by omission: what matters most now, with its keys. Its reason is what is cut
//! where there is no room. The same sentence is the terminal's title, and what others are told of a run.

use super::Label;
use super::look::{Role, Theme};
use super::memory::{Before, Parting};
use super::reading;
use super::step_words;
use super::telling;
use super::widgets::fit;
use super::words;
use super::world::World;
use crate::engine::feed::Parted;
use crate::plan::Level;
use crate::recovery::outcome::Outcome;
use crate::recovery::verdict::Verdict;
use crate::recovery::{Mode, RunOutcome, Status, objective};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// How long a session may write nothing, in seconds of the wall.
const SILENT_AFTER: f64 = 60.0;

/// What matters most now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// In a word: `BLOCKED`, `FAILED`, `NOW`.
    pub word: String,
    /// What it is about; may be nothing. Never cut while there is anything else to cut.
    pub subject: String,
    /// Why; cut first.
    pub reason: String,
    /// What can be done about it: keys and what they do.
    pub keys: Vec<(String, &'static str)>,
    /// How many more wait for a person.
    pub more: usize,
    /// How it looks.
    pub role: Role,
}

impl Matter {
    fn new(word: impl Into<String>, subject: impl Into<String>, reason: impl Into<String>, role: Role) -> Self {
        let (word, subject, reason) = (word.into(), subject.into(), reason.into());
        Self { word, subject, reason, keys: Vec::new(), more: 0, role }
    }

    /// What a person who commands can do about it, by the commands' names.
    fn keys(mut self, world: &World, commands: &[(&str, &'static str)]) -> Self {
        if world.about.commands && world.followed {
            self.keys = commands.iter().map(|(id, word)| (world.keys.hint(id), *word)).collect();
        }
        self
    }

    fn more(mut self, all: usize) -> Self {
        self.more = all.saturating_sub(1);
        self
    }

    /// In words: `BLOCKED orders-db: loss 41s > rpo 30s, asked 52s ago (+2 more)`.
    pub fn told(&self) -> String {
        let more = if self.more > 0 { format!(" (+{} more)", self.more) } else { String::new() };
        format!("{}{}{more}", self.head(), self.reason)
    }

    fn head(&self) -> String {
        let colon = if self.reason.is_empty() { "" } else { ": " };
        match self.subject.as_str() {
            "" => format!("{}{colon}", self.word),
            subject => format!("{} {subject}{colon}", self.word),
        }
    }

    /// The line for `width` columns: keys and numbers stay, the reason is cut between its words.
    fn line(&self, theme: &Theme, width: usize) -> Line<'static> {
        let head = self.head();
        let more = if self.more > 0 { format!("  +{} more", self.more) } else { String::new() };
        let worded: String = self.keys.iter().map(|(key, word)| format!("  [{key}] {word}")).collect();
        let first = self.keys.first().map_or_else(String::new, |(key, word)| format!("  [{key}] {word}"));
        let bare = self.keys.first().map_or_else(String::new, |(key, _)| format!("  [{key}]"));
        // How much of the reason is worth more than what a key is called.
        let least = head.width() + self.reason.width().min(width * 2 / 5);
        let tails = [format!("{worded}{more}"), format!("{first}{more}"), format!("{bare}{more}"), bare];
        let tail = tails.into_iter().find(|tail| least + tail.width() <= width).unwrap_or_default();
        let room = width.saturating_sub(tail.width());
        let head = fit(&head, room);
        let reason = cut(&self.reason, room.saturating_sub(head.width()));
        let blank = " ".repeat(width.saturating_sub(head.width() + reason.width() + tail.width()));
        Line::from(vec![
            Span::styled(head, theme.style(self.role)),
            Span::styled(reason, theme.style(self.role)),
            Span::styled(tail, theme.style(Role::Accent)),
            Span::styled(blank, Style::new()),
        ])
    }
}

/// As many whole words of `text` as fit, with a mark where any are left out: half a number would be another number.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for word in text.split_inclusive(' ') {
        if kept.width() + word.trim_end().width() + 2 > width {
            break;
        }
        kept.push_str(word);
    }
    match kept.trim_end() {
        "" if width == 0 => String::new(),
        "" => "…".to_owned(),
        kept => format!("{kept} …"),
    }
}

/// The line for `width` columns.
pub fn line(world: &World, theme: &Theme, width: usize) -> Line<'static> {
    matter(world).map(|matter| matter.line(theme, width)).unwrap_or_default()
}

/// What matters most, in one sentence; nothing when nothing does.
pub fn sentence(world: &World) -> String {
    matter(world).map(|matter| matter.told()).unwrap_or_default()
}

/// `14/31`: how many steps are done or gone on without, of all; what is owed is neither.
pub fn progress(world: &World) -> String {
    format!("{}/{}", world.state.settled() - owed(world), world.state.steps.len())
}

/// How many steps are owed to the failing region.
pub fn owed(world: &World) -> usize {
    world.state.steps.iter().filter(|step| matches!(step.status, Status::Owed(_))).count()
}

/// What matters most now. A failure goes before a gate.
pub fn matter(world: &World) -> Option<Matter> {
    ended(world)
        .or_else(|| cut_off(world))
        .or_else(|| expired(world))
        .or_else(|| not_started(world))
        .or_else(|| resumed(world))
        .or_else(|| needs_a_person(world))
        .or_else(|| stands(world))
        .or_else(|| goes_on(world))
}

/// How the run ended, held against what was promised.
fn ended(world: &World) -> Option<Matter> {
    let ended = world.state.ended.as_ref()?;
    let outcome = Outcome::of(&world.state);
    let role = match (ended.outcome, outcome.verdict()) {
        (_, Verdict::Missed) | (RunOutcome::Failed | RunOutcome::Aborted, _) => Role::Failed,
        (_, Verdict::NotShown) => Role::Blocked,
        (RunOutcome::Completed, _) => Role::Ok,
        (RunOutcome::CompletedWithExceptions | RunOutcome::Held | RunOutcome::RolledBack, _) => Role::Blocked,
    };
    let word = match ended.outcome {
        RunOutcome::Held if world.state.needs_start() => "LEFT, NOT STARTED".to_owned(),
        outcome => telling::outcome_words(outcome).to_uppercase(),
    };
    let subject = match outcome.verdict() {
        verdict @ (Verdict::Met | Verdict::Missed | Verdict::NotShown) => format!("· {}", verdict.word()),
        Verdict::NothingPromised | Verdict::NotRecovered | Verdict::Unfinished => String::new(),
    };
    Some(Matter::new(word, subject, outcome.why(), role))
}

/// That no more comes from the session that drives the run.
fn cut_off(world: &World) -> Option<Matter> {
    if !world.followed {
        let last = "this is the last that was known";
        let (word, subject, reason) = match &world.parted {
            Some(Parted { taken_by: Some(holder), .. }) => {
                ("TAKEN OVER", format!("by {holder}"), format!("nothing here acts, {last}"))
            }
            Some(Parted { taken_by: None, why }) => {
                ("SESSION ENDED", String::new(), format!("nothing here acts, {last}: {why}"))
            }
            None if world.about.commands => ("SESSION ENDED", String::new(), format!("nothing here acts, {last}")),
            None => ("SESSION ENDED", String::new(), last.to_owned()),
        };
        return Some(Matter::new(word, subject, reason, Role::Failed));
    }
    if world.driver_gone && world.state.driven {
        let driver = format!("{}'s session is gone", world.state.commander);
        return Some(Matter::new(
            "BROKE OFF",
            driver,
            "nobody drives the run; landfall resume goes on with it",
            Role::Failed,
        ));
    }
    let seconds = silent(world)?;
    let subject = format!("for {}", words::age(seconds));
    Some(Matter::new("SILENT", subject, "the run's session writes nothing", Role::Failed))
}

/// For how long, in seconds of the wall, the session that drives a watched run has written nothing, if that is too
/// long: samples alone come more often.
fn silent(world: &World) -> Option<f64> {
    let watched = world.about.label == Label::Watch && world.state.driven;
    let seconds = objective::seconds_between(world.state.at, world.now) / world.about.time_scale;
    (watched && seconds > SILENT_AFTER).then_some(seconds)
}

fn expired(world: &World) -> Option<Matter> {
    let (account, why) = world.state.expired.first_key_value()?;
    // What renews them comes first in `why`, and must not be cut.
    Some(Matter::new("HELD", "", telling::of_account(account.as_ref(), why), Role::Failed))
}

/// What is said of a run that waits for its start: that nothing was changed, what is in the way, which key starts it.
fn not_started(world: &World) -> Option<Matter> {
    let state = &world.state;
    if !state.needs_start() || world.about.label == Label::ReadOnly {
        return None;
    }
    let blockers = state.blockers();
    let unknown = blockers.iter().filter(|found| found.check.level == Level::Unknown).count();
    let found = match (&state.preflight, blockers.len() - unknown, unknown) {
        (None, ..) if state.driven => asking(world),
        (Some(preflight), 0, 0) => format!("{}; nothing was changed", preflight.verdict()),
        (None, ..) => "nothing was changed".to_owned(),
        (Some(_), 0, unknown) => format!("{unknown} unknown refuse it"),
        (Some(_), 1, _) => format!("{} blocks it", blockers[0].check.code),
        (Some(_), count, _) => format!("{count} checks block it"),
    };
    let role = if blockers.is_empty() { Role::Blocked } else { Role::Failed };
    let word = if blockers.is_empty() { "starts it" } else { "shows why" };
    Some(Matter::new("NOT STARTED", "", found, role).keys(world, &[("auto", word)]))
}

/// `asking both regions… 4 s`: how long preflight has been asking.
pub fn asking(world: &World) -> String {
    let since = world.memory.session_at().map_or(0.0, |at| objective::seconds_between(at, world.now));
    format!("asking both regions… {}", words::age(since))
}

/// A run that is gone on with and was only looked at so far.
fn resumed(world: &World) -> Option<Matter> {
    let before = world.memory.resumed_untouched().filter(|_| world.state.mode == Mode::Hold)?;
    let Before { number, last_at, ended } = before;
    let how = match ended {
        Parting::Left => "was left",
        Parting::TakenOver => "was taken over",
        Parting::BrokeOff => "broke off",
    };
    let ago = words::age(objective::seconds_between(last_at, world.now));
    let looked = match world.state.busy().count() {
        0 => "looked at, nothing sent".to_owned(),
        running => format!("{running} under way looked at, nothing sent"),
    };
    let asks = needs_a_person(world);
    let role = asks.as_ref().map_or(Role::Blocked, |asks| asks.role);
    let more = asks.map_or_else(String::new, |asks| format!("; {}", asks.told()));
    let reason = format!("session {number} {how} {ago} ago; {looked}{more}");
    Some(Matter::new("HELD", "resumed", reason, role).keys(world, &[("resume", "goes on")]))
}

/// What a person must decide or look at: a rollback that stopped, a failure, a gate.
fn needs_a_person(world: &World) -> Option<Matter> {
    let state = &world.state;
    let dead: Vec<usize> =
        world.figures.stuck.iter().copied().filter(|place| reading::is_dead(state, *place)).collect();
    let all = state.open_gates.len() + dead.len();
    if let Some(why) = state.rollback.as_ref().and_then(|rollback| rollback.stopped.as_ref()) {
        let stopped = Matter::new("ROLLBACK STOPPED", "", why.as_str(), Role::Failed);
        return Some(stopped.keys(world, &[("retry", "retry"), ("skip", "skip")]).more(all));
    }
    if let Some(place) = dead.first() {
        let step = &state.steps[*place];
        let word = if step.status == Status::Unknown { "UNKNOWN" } else { "FAILED" };
        let failed = Matter::new(word, state.plan_step(*place).title.as_str(), step.note.as_str(), Role::Failed);
        let keys = [("retry", "retry"), ("skip", "skip"), ("roll-back", "roll back")];
        return Some(failed.keys(world, &keys).more(all));
    }
    let ((place, kind), gate) = state.open_gates.first_key_value()?;
    let ask = step_words::gate_ask(world, *place, *kind);
    let since = words::age(objective::seconds_between(gate.since, world.now));
    let component = state.plan_step(*place).component.as_str();
    let blocked =
        Matter::new("BLOCKED", component, format!("{}, asked {since} ago", ask.trim_end_matches('.')), Role::Blocked);
    Some(blocked.keys(world, &[("answer", "answer")]).more(all))
}

/// A run that stands, or comes to a stand.
fn stands(world: &World) -> Option<Matter> {
    let state = &world.state;
    if state.aborting.is_some() {
        return Some(Matter::new("ENDING", "", "once what runs has come to rest", Role::Blocked));
    }
    if state.is_holding() {
        return Some(Matter::new("holding…", "", format!("{} still run", state.busy().count()), Role::Blocked));
    }
    let held = state.mode == Mode::Hold;
    held.then(|| Matter::new("HELD", "", "nothing new starts", Role::Blocked).keys(world, &[("resume", "goes on")]))
}

/// What is being done, or what "go" would start.
fn goes_on(world: &World) -> Option<Matter> {
    let state = &world.state;
    let next = reading::next_step(state);
    let next = next.map(|place| Matter::new("NEXT", state.plan_step(place).title.as_str(), "", Role::Accent));
    if state.mode == Mode::Step && next.is_some() {
        return next.map(|next| next.keys(world, &[("go", "go"), ("auto", "auto")]));
    }
    let busy: Vec<usize> = state.busy().collect();
    // What is beside the path may be waited for long, and holds nothing up.
    let now = busy.iter().find(|place| !state.plan_step(**place).beside).or(busy.first());
    if state.rollback.is_some() {
        let left = format!("{} left", reading::to_undo(state).count());
        let now = now.map_or_else(String::new, |place| step_words::title_and_time(world, *place));
        return Some(Matter::new("ROLLING BACK", left, now, Role::Undone));
    }
    match now {
        Some(place) => {
            let subject = step_words::title_and_time(world, *place);
            let now = Matter::new("NOW", subject, state.steps[*place].note.as_str(), Role::Running);
            Some(now.more(busy.len()))
        }
        None => next,
    }
}
