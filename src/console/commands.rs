//! The commands table: every user action is one row. Keys, help, footer and dispatch all read it, and who holds no
//! commander cannot call a row that drives.

use super::app::App;
use super::keys::Chord;
use super::reading;
use super::screens::{Chosen, Screen};
use super::widgets::Motion;
use super::world::World;
use crate::engine::Commander;
use crate::recovery::{Command, Mode, Status};
use crossterm::event::KeyCode;

/// One user action.
#[derive(Clone, Copy)]
pub struct Row {
    /// A stable name.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
    /// Under what it is listed.
    pub group: Group,
    /// The keys it is bound to; rows of different modes may share one.
    pub keys: &'static [Chord],
    /// The mode it is for; any when absent.
    pub mode: Option<Mode>,
    /// Its word in the footer, for rows that stand there.
    pub hint: Option<&'static str>,
    /// Whether it can be used now.
    pub available: fn(&World, Chosen) -> Result<(), Why>,
    /// What it does.
    pub(super) deed: Deed,
}

/// Why a command cannot be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why(pub String);

/// Under what commands are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Starting and stopping steps.
    Drive,
    /// Decisions.
    Decide,
    /// Looking.
    Look,
    /// Moving about.
    Move,
    /// The console itself.
    Console,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 5] = [Self::Drive, Self::Decide, Self::Look, Self::Move, Self::Console];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Drive => "Drive the run",
            Self::Decide => "Decide and go back",
            Self::Look => "Look",
            Self::Move => "Move",
            Self::Console => "Console",
        }
    }
}

/// What a row may do to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Look,
    /// Drive it.
    Drive,
    /// Something that cannot be taken back, or takes back: asked again in a layer, and words must be typed.
    Destroy,
}

/// What a row does. Those that reach the run must be handed a commander.
#[derive(Clone, Copy)]
pub(super) enum Deed {
    Look(fn(&mut App)),
    Drive(fn(&mut App, &Commander)),
    Destroy(fn(&mut App, &Commander)),
}

impl Row {
    /// What it may do to a run.
    pub fn access(&self) -> Access {
        match self.deed {
            Deed::Look(_) => Access::Look,
            Deed::Drive(_) => Access::Drive,
            Deed::Destroy(_) => Access::Destroy,
        }
    }

    /// Its first key, as it is written.
    pub fn key(&self) -> String {
        self.keys.first().map(Chord::to_string).unwrap_or_default()
    }

    /// Whether it is for this mode.
    pub fn is_for(&self, mode: Mode) -> bool {
        self.mode.is_none_or(|own| own == mode)
    }
}

/// The row that `chord` means while steps start as `mode` says.
pub fn find(chord: Chord, mode: Mode) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.keys.contains(&chord) && row.is_for(mode))
}

const fn row(
    id: &'static str,
    title: &'static str,
    help: &'static str,
    group: Group,
    keys: &'static [Chord],
    deed: Deed,
) -> Row {
    Row { id, title, help, group, keys, mode: None, hint: None, available: always, deed }
}

impl Row {
    const fn only_in(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }
    const fn hint(mut self, word: &'static str) -> Self {
        self.hint = Some(word);
        self
    }
    const fn when(mut self, available: fn(&World, Chosen) -> Result<(), Why>) -> Self {
        self.available = available;
        self
    }
}

const SPACE: &[Chord] = &[Chord::char(' ')];

/// Every row, in the order of the help and of the footer.
pub static TABLE: &[Row] = &[
    row(
        "go",
        "go",
        "start the next step; a gate before it is asked first; in a rollback, the next undo",
        Group::Drive,
        SPACE,
        Deed::Drive(App::go),
    )
    .only_in(Mode::Step)
    .when(can_go)
    .hint("go"),
    row("hold", "hold", "start nothing new; what runs finishes", Group::Drive, SPACE, Deed::Drive(App::hold))
        .only_in(Mode::Auto)
        .when(is_live)
        .hint("hold"),
    row(
        "resume",
        "resume",
        "go on as before the hold: auto, or step by step",
        Group::Drive,
        SPACE,
        Deed::Drive(App::resume),
    )
    .only_in(Mode::Hold)
    .when(is_live)
    .hint("resume"),
    row(
        "answer",
        "answer the gate",
        "open the gate that blocks, the chosen step's first; words must be typed",
        Group::Decide,
        &[Chord::char('c')],
        Deed::Destroy(App::answer_gate),
    )
    .when(can_answer)
    .hint("answer gate"),
    row(
        "auto",
        "auto",
        "each step starts as soon as its needs are verified, up to the next gate or failure",
        Group::Drive,
        &[Chord::char('a')],
        Deed::Drive(App::auto),
    )
    .when(can_auto)
    .hint("auto"),
    row(
        "step-by-step",
        "step by step",
        "each step waits for Space",
        Group::Drive,
        &[Chord::char('t')],
        Deed::Drive(App::step_by_step),
    )
    .when(can_step)
    .hint("step by step"),
    row(
        "start",
        "start the chosen step",
        "start the chosen step rather than the next one",
        Group::Drive,
        &[Chord::char('x')],
        Deed::Drive(App::start_chosen),
    )
    .when(can_start),
    row(
        "details",
        "details",
        "what the chosen thing is, what was seen and when, its calls, what undo would do",
        Group::Look,
        &[Chord::key(KeyCode::Enter)],
        Deed::Look(App::open_details),
    )
    .when(is_chosen)
    .hint("details"),
    row(
        "retry",
        "retry",
        "start the chosen step again after it failed, stayed unknown or is owed",
        Group::Drive,
        &[Chord::char('r')],
        Deed::Drive(App::retry),
    )
    .when(can_retry)
    .hint("retry"),
    row(
        "skip",
        "skip",
        "go on without the chosen step; a reason must be typed, and it is never green",
        Group::Drive,
        &[Chord::char('s')],
        Deed::Drive(App::skip),
    )
    .when(can_skip)
    .hint("skip"),
    row(
        "roll-back",
        "roll back",
        "show what going back would do and cost, then go back; words must be typed",
        Group::Decide,
        &[Chord::char('R')],
        Deed::Destroy(App::roll_back),
    )
    .when(can_roll_back)
    .hint("roll back"),
    row(
        "end",
        "end the run here",
        "end the run where it stands, once what runs has come to rest; words must be typed",
        Group::Decide,
        &[Chord::char('X')],
        Deed::Destroy(App::end_run),
    )
    .when(can_end),
    row(
        "note",
        "note",
        "write something down in the journal, about the chosen step",
        Group::Drive,
        &[Chord::char('n')],
        Deed::Drive(App::note),
    )
    .when(has_session)
    .hint("note"),
    row(
        "overview",
        "Overview",
        "components and their health, the next steps and what blocks them, what is exposed and owed",
        Group::Look,
        &[Chord::char('1')],
        Deed::Look(|app| app.show(Screen::Overview)),
    ),
    row(
        "runbook",
        "Runbook",
        "every step in run order, its gates, and the points of no return",
        Group::Look,
        &[Chord::char('2')],
        Deed::Look(|app| app.show(Screen::Runbook)),
    ),
    row(
        "next-pane",
        "next pane",
        "give the keys to the next pane",
        Group::Move,
        &[Chord::key(KeyCode::Tab)],
        Deed::Look(|app| app.turn_pane(1)),
    ),
    row(
        "previous-pane",
        "previous pane",
        "give the keys to the pane before",
        Group::Move,
        &[Chord::key(KeyCode::BackTab)],
        Deed::Look(|app| app.turn_pane(-1)),
    ),
    row(
        "up",
        "up",
        "to the one above",
        Group::Move,
        &[Chord::key(KeyCode::Up), Chord::char('k')],
        Deed::Look(|app| app.go_to(Motion::Up)),
    ),
    row(
        "down",
        "down",
        "to the one below",
        Group::Move,
        &[Chord::key(KeyCode::Down), Chord::char('j')],
        Deed::Look(|app| app.go_to(Motion::Down)),
    ),
    row(
        "left",
        "close",
        "close a group, or go to it",
        Group::Move,
        &[Chord::key(KeyCode::Left), Chord::char('h')],
        Deed::Look(|app| app.go_to(Motion::Left)),
    ),
    row(
        "right",
        "open",
        "open a group",
        Group::Move,
        &[Chord::key(KeyCode::Right), Chord::char('l')],
        Deed::Look(|app| app.go_to(Motion::Right)),
    ),
    row(
        "first",
        "first",
        "to the first",
        Group::Move,
        &[Chord::char('g'), Chord::key(KeyCode::Home)],
        Deed::Look(|app| app.go_to(Motion::First)),
    ),
    row(
        "last",
        "last",
        "to the last",
        Group::Move,
        &[Chord::char('G'), Chord::key(KeyCode::End)],
        Deed::Look(|app| app.go_to(Motion::Last)),
    ),
    row(
        "page-up",
        "page up",
        "a screen up",
        Group::Move,
        &[Chord::key(KeyCode::PageUp)],
        Deed::Look(|app| app.go_to(Motion::PageUp)),
    ),
    row(
        "page-down",
        "page down",
        "a screen down",
        Group::Move,
        &[Chord::key(KeyCode::PageDown)],
        Deed::Look(|app| app.go_to(Motion::PageDown)),
    ),
    row(
        "back",
        "back",
        "one level back: closes what is in front; never leaves",
        Group::Move,
        &[Chord::key(KeyCode::Esc)],
        Deed::Look(App::back),
    ),
    row(
        "help",
        "help",
        "this table, with what cannot be used now and why",
        Group::Console,
        &[Chord::char('?')],
        Deed::Look(App::open_help),
    )
    .hint("help"),
    row(
        "quit",
        "back, or leave",
        "one level back; at the last one leaves, and asks while the run is live",
        Group::Console,
        &[Chord::char('q')],
        Deed::Look(App::back_or_leave),
    )
    .hint("quit"),
    row(
        "leave",
        "leave",
        "leave the console; asks while the run is live",
        Group::Console,
        &[Chord::control('c')],
        Deed::Look(App::leave),
    ),
    row(
        "suspend",
        "suspend",
        "give the terminal back to the shell; the run stands still until fg",
        Group::Console,
        &[Chord::control('z')],
        Deed::Look(App::suspend),
    ),
    row(
        "redraw",
        "draw again",
        "draw the whole screen again",
        Group::Console,
        &[Chord::control('l')],
        Deed::Look(App::redraw),
    ),
];

fn always(_: &World, _: Chosen) -> Result<(), Why> {
    Ok(())
}

fn refuse(why: impl Into<String>) -> Result<(), Why> {
    Err(Why(why.into()))
}

fn has_session(world: &World, _: Chosen) -> Result<(), Why> {
    if !world.followed {
        return refuse("the session has ended: nothing can be asked of it; resume the run to go on");
    }
    Ok(())
}

fn is_live(world: &World, chosen: Chosen) -> Result<(), Why> {
    has_session(world, chosen)?;
    if world.state.is_over() {
        return refuse("the run is over: it can only be read, noted in, or rolled back");
    }
    if world.state.aborting.is_some() {
        return refuse("the run is ending where it stands");
    }
    Ok(())
}

fn can_go(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if reading::next_step(&world.state).is_some() || !world.state.open_gates.is_empty() {
        return Ok(());
    }
    match world.figures.stuck.first() {
        Some(place) => refuse(format!("no step is ready; retry or skip {}", world.state.plan_step(*place).title)),
        None => refuse("no step is ready: what runs must be verified first"),
    }
}

fn can_auto(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.mode == Mode::Auto { refuse("steps start by themselves already") } else { Ok(()) }
}

fn can_step(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.mode == Mode::Step { refuse("each step waits for Space already") } else { Ok(()) }
}

fn can_answer(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.open_gates.is_empty() { refuse("no gate is open") } else { Ok(()) }
}

/// The chosen step's place and status.
fn chosen_step(world: &World, chosen: Chosen) -> Result<(usize, Status), Why> {
    match chosen.step(world) {
        Some(place) => Ok((place, world.state.steps[place].status)),
        None => Err(Why("choose a step first".to_owned())),
    }
}

fn is_chosen(_: &World, chosen: Chosen) -> Result<(), Why> {
    if chosen == Chosen::Nothing { refuse("nothing is chosen") } else { Ok(()) }
}

fn can_start(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    let (place, status) = chosen_step(world, chosen)?;
    if world.state.mode == Mode::Hold {
        return refuse("the run is held: resume first");
    }
    if world.state.rollback.is_some() {
        return refuse("the run is going back");
    }
    if reading::is_ready(&world.state, place) {
        return Ok(());
    }
    let title = &world.state.plan_step(place).title;
    let waits: Vec<&str> = reading::unmet(&world.state, place).map(crate::plan::StepId::as_str).collect();
    if waits.is_empty() {
        return refuse(format!("{title} is {}", status.word()));
    }
    refuse(format!("{title} waits for {}", waits.join(", ")))
}

/// The step that "retry" and "skip" mean: the chosen one where it `fits`, else the one that is stuck, if it is the
/// only one.
fn target(world: &World, chosen: Chosen, fits: fn(Status) -> bool) -> Option<usize> {
    let fitting = chosen.step(world).filter(|place| fits(world.state.steps[*place].status));
    match (fitting, world.figures.stuck.as_slice()) {
        (None, [only]) if fits(world.state.steps[*only].status) => Some(*only),
        (fitting, _) => fitting,
    }
}

/// The step that "retry" means now.
pub(super) fn to_retry(world: &World, chosen: Chosen) -> Option<usize> {
    target(world, chosen, |status| match status {
        Status::Failed | Status::Unknown | Status::Owed(_) | Status::UndoFailed | Status::UndoUnknown => true,
        Status::Waiting
        | Status::Running
        | Status::Succeeded { .. }
        | Status::Skipped
        | Status::Undoing
        | Status::Undone => false,
    })
}

/// The step that "skip" means now.
pub(super) fn to_skip(world: &World, chosen: Chosen) -> Option<usize> {
    target(world, chosen, |status| match status {
        Status::Waiting | Status::Failed | Status::Unknown | Status::Undone | Status::Owed(_) => true,
        Status::Running
        | Status::Succeeded { .. }
        | Status::Skipped
        | Status::Undoing
        | Status::UndoFailed
        | Status::UndoUnknown => false,
    })
}

fn can_retry(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if to_retry(world, chosen).is_some() {
        return Ok(());
    }
    let (place, status) = chosen_step(world, chosen)?;
    let title = &world.state.plan_step(place).title;
    let stuck: Vec<&str> =
        world.figures.stuck.iter().map(|place| world.state.plan_step(*place).title.as_str()).collect();
    let instead = if stuck.is_empty() { "no step failed".to_owned() } else { format!("choose {}", stuck.join(" or ")) };
    refuse(format!("{title} is {}, nothing to retry; {instead}", status.word()))
}

fn can_skip(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.rollback.is_some() {
        return refuse("the run is going back");
    }
    if to_skip(world, chosen).is_some() {
        return Ok(());
    }
    let (place, status) = chosen_step(world, chosen)?;
    refuse(format!("{} is {}: it cannot be skipped", world.state.plan_step(place).title, status.word()))
}

fn can_roll_back(world: &World, chosen: Chosen) -> Result<(), Why> {
    has_session(world, chosen)?;
    if world.state.rollback.as_ref().is_some_and(|rollback| rollback.stopped.is_none()) {
        return refuse("the run is going back already");
    }
    if world.state.steps.iter().any(|step| step.acted()) {
        return Ok(());
    }
    refuse("nothing has acted yet: there is nowhere to go back to")
}

fn can_end(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)
}

/// The command that resuming sends.
pub(super) fn resume_command(world: &World) -> Command {
    Command::SetMode(world.memory.resumes_to())
}
