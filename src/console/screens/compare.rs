//! Compare: two recordings side by side, step by step, both at the same time since their declaration.
//!
//! ```text
//! ┏ Compare: this run │ the other run ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃                       this run               the other run          difference┃
//! ┃ recovery time         12:31 completed        14:02 completed            -1:31┃
//! ┃ promote orders-db     ✓ ok      T+03:10 1:58 ✓ ok      T+03:22 2:20     -0:22┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use super::{Chosen, View};
use crate::console::look::{Mark, Role, Theme};
use crate::console::widgets::{By, Column, Cursor, Motion, Order, chosen, pane, row};
use crate::console::world::World;
use crate::plan::StepId;
use crate::recovery::loss;
use crate::recovery::objective::seconds_between;
use crate::recovery::telling;
use crate::recovery::words;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};

/// Differences smaller than this many seconds say nothing.
const SAME: f64 = 1.0;

/// The screen's own state, and its rows as they were made last.
pub struct Compare {
    cursor: Cursor,
    order: Order,
    steps: Vec<StepId>,
    /// Each row's step in the recording that is played, where it has it.
    places: Vec<Option<usize>>,
    heads: Vec<Line<'static>>,
    lines: Vec<Line<'static>>,
    frame: Block<'static>,
    area: Rect,
}

impl Default for Compare {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            order: Order::among(&[By::Difference, By::Name]),
            steps: Vec::new(),
            places: Vec::new(),
            heads: Vec::new(),
            lines: Vec::new(),
            frame: Block::default(),
            area: Rect::default(),
        }
    }
}

impl View for Compare {
    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.area = area;
        let title = "Compare: this run and the other, at the same time since each was declared";
        self.frame = pane::frame(&self.order.title(title, &world.keys.hint("sort")), true, theme);
        let inner = self.frame.inner(area);
        let (heads, lines) = match &world.beside {
            Some(other) => {
                self.fill(world, other);
                let widths = Widths::of(usize::from(inner.width));
                let heads = heads(world, other, theme, widths);
                let room = usize::from(inner.height).saturating_sub(heads.len());
                let shown = self.cursor.window(self.steps.len(), room);
                let lines = shown.map(|at| {
                    let line = line(world, other, theme, &self.steps[at], widths);
                    if at == self.cursor.at { chosen(line, theme) } else { line }
                });
                (heads, lines.collect())
            }
            None => (vec![Line::from("there is no other run: landfall replay RECORDING --compare OTHER")], Vec::new()),
        };
        (self.heads, self.lines) = (heads, lines);
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        let inner = self.frame.inner(self.area);
        frame.render_widget(&self.frame, self.area);
        let lines: Vec<Line<'_>> = self.heads.iter().chain(&self.lines).cloned().collect();
        frame.render_widget(Paragraph::new(lines), inner);
    }

    fn chosen(&self) -> Chosen {
        self.places.get(self.cursor.at).copied().flatten().map_or(Chosen::Nothing, Chosen::Step)
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        let Some(place) = chosen.step(world) else { return };
        if let Some(at) = self.places.iter().position(|known| *known == Some(place)) {
            self.cursor.at = at;
        }
    }

    fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.steps.len());
    }

    fn sort(&mut self, _world: &World) -> bool {
        self.order.turn();
        self.steps.clear();
        true
    }
}

impl Compare {
    /// The steps of both runs: those of the one played in its order, then what only the other has.
    fn fill(&mut self, world: &World, other: &World) {
        // What differs most changes as both go on.
        if !self.steps.is_empty() && self.order.by() != By::Difference {
            return;
        }
        let held = self.steps.get(self.cursor.at).cloned();
        let ours = world.state.run.runbook.steps.iter().map(|step| step.id.clone());
        let theirs = other.state.run.runbook.steps.iter().map(|step| step.id.clone());
        self.steps = ours.chain(theirs.filter(|id| world.state.place(id).is_none())).collect();
        match self.order.by() {
            By::Own | By::State | By::Lag | By::Plan => {}
            By::Name => self.steps.sort_by_cached_key(|id| title(world, other, id).to_owned()),
            By::Difference => {
                let more = |id: &StepId| Some(all_of(world, id)? - all_of(other, id)?);
                let differs = |id: &StepId| more(id).map_or(-1.0, f64::abs);
                self.steps.sort_by(|one, another| differs(another).total_cmp(&differs(one)));
            }
        }
        self.places = self.steps.iter().map(|id| world.state.place(id)).collect();
        if let Some(at) = held.and_then(|held| self.steps.iter().position(|id| *id == held)) {
            self.cursor.at = at;
        }
    }
}

/// What a step is called, in whichever run has it.
fn title<'a>(world: &'a World, other: &'a World, id: &'a StepId) -> &'a str {
    world.state.step(id).or_else(|| other.state.step(id)).map_or(id.as_str(), |(step, _)| &step.title)
}

/// The columns: what has the least worth goes first when there is no room.
#[derive(Clone, Copy)]
struct Widths {
    title: usize,
    run: usize,
    difference: usize,
}

impl Widths {
    fn of(width: usize) -> Self {
        let (run, difference) = match width {
            ..58 => (11, 7),
            58..76 => (14, 7),
            76..100 => (23, 10),
            100.. => (30, 10),
        };
        Self { title: width.saturating_sub(2 * run + difference + 3), run, difference }
    }
}

fn heads(world: &World, other: &World, theme: &Theme, widths: Widths) -> Vec<Line<'static>> {
    let dim = theme.style(Role::Dim);
    let of_run = |told: &str| Column::left(told, widths.run, dim);
    let heading = row([
        Column::left("", widths.title, dim),
        of_run("this run"),
        of_run("the other run"),
        Column::right("difference", widths.difference, dim),
    ]);
    let state = |world: &World| match &world.state.ended {
        Some(ended) => telling::outcome_words(ended.outcome),
        None => "under way",
    };
    let text = theme.style(Role::Text);
    let pair = |name: &str, ours: String, theirs: String, difference: Column| {
        let title = Column::left(name, widths.title, theme.style(Role::Title));
        row([title, Column::left(ours, widths.run, text), Column::left(theirs, widths.run, text), difference])
    };
    let elapsed = |world: &World| world.figures.elapsed_seconds;
    let in_all = |world: &World| world.state.is_over().then_some(world.figures.elapsed_seconds);
    let loss = |world: &World| {
        let losses = loss::losses(&world.state);
        let key = |loss: &loss::Loss| loss.exposure.seconds.unwrap_or(f64::INFINITY);
        match losses.iter().max_by(|one, other| key(one).total_cmp(&key(other))) {
            Some(worst) => worst.bounded(),
            None => "nothing promoted".to_owned(),
        }
    };
    let settled = |world: &World| format!("{}/{}", world.state.settled(), world.state.steps.len());
    vec![
        heading,
        pair(
            "recovery time",
            format!("{} {}", words::clock(elapsed(world)), state(world)),
            format!("{} {}", words::clock(elapsed(other)), state(other)),
            difference(in_all(world), in_all(other), theme, widths),
        ),
        pair("worst loss", loss(world), loss(other), Column::right("", widths.difference, dim)),
        pair("steps settled", settled(world), settled(other), Column::right("", widths.difference, dim)),
        Line::default(),
    ]
}

fn line(world: &World, other: &World, theme: &Theme, id: &StepId, widths: Widths) -> Line<'static> {
    let (ours, ours_role) = lap(world, id, widths.run);
    let (theirs, theirs_role) = lap(other, id, widths.run);
    row([
        Column::left(title(world, other, id), widths.title, theme.style(Role::Text)),
        Column::left(ours, widths.run, theme.style(ours_role)),
        Column::left(theirs, widths.run, theme.style(theirs_role)),
        difference(all_of(world, id), all_of(other, id), theme, widths),
    ])
}

/// How a step stands in a run: its mark, when it started, how long it took or has taken.
fn lap(world: &World, id: &StepId, width: usize) -> (String, Role) {
    let Some(place) = world.state.place(id) else { return ("not in its runbook".to_owned(), Role::Dim) };
    let mark = Mark::of_step(&world.state, place);
    let started = world.state.steps[place].started_at.map(|at| seconds_between(world.state.run.declared_at, at));
    let (Some(started), Some(took)) = (started, took(world, id)) else {
        return (format!("{} {}", mark.glyph, mark.word), mark.role);
    };
    let took = words::clock(took);
    let told = match width {
        ..14 => format!("{} {took}", mark.glyph),
        14..23 => format!("{} {:<6} {took:>5}", mark.glyph, mark.word),
        23.. => format!("{} {:<8} T+{} {took:>5}", mark.glyph, mark.word, words::clock(started)),
    };
    (told, mark.role)
}

/// How long a step took, or has taken so far, in seconds.
fn took(world: &World, id: &StepId) -> Option<f64> {
    let (_, step) = world.state.step(id)?;
    Some(seconds_between(step.started_at?, step.finished_at.unwrap_or(world.now)))
}

/// How long a step took in all, in seconds; nothing while it runs.
fn all_of(world: &World, id: &StepId) -> Option<f64> {
    world.state.step(id)?.1.finished_at?;
    took(world, id)
}

fn difference(ours: Option<f64>, theirs: Option<f64>, theme: &Theme, widths: Widths) -> Column {
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return Column::right("", widths.difference, theme.style(Role::Dim));
    };
    // Of the numbers as they are shown.
    let more = ours.floor() - theirs.floor();
    let (told, role) = match more {
        _ if more.abs() < SAME => ("same".to_owned(), Role::Dim),
        _ if more > 0.0 => (format!("+{}", words::clock(more)), Role::Blocked),
        _ => (format!("−{}", words::clock(-more)), Role::Ok),
    };
    Column::right(told, widths.difference, theme.style(role))
}
