//! Graph: what waits for what. The whole where it fits; otherwise the chosen component with what it waits for and what
//! waits for it, or the critical path.
//!
//! ```text
//! ╭ orders-db ─╮     ╭ api ───────╮     ┏ lb ━━━━━━━━┓     ╭ dns ───────╮
//! │ ↻ running  │┅┅┳┅▸│ · waits    │┅┅┳┅▶┃ · waits    ┃┅┅┅┅▶│ · waits    │
//! ╰────────────╯  │  ╰────────────╯  ┆  ┗━━━━━━━━━━━━┛     ╰────────────╯
//! ╭ sessions ──╮  │  ╭ web ───────╮  ┆
//! │ ✓ ok       │──╯  │ ▷ ready    │┄┄╯
//! ╰────────────╯     ╰────────────╯
//! ```
//! Laid out when what is in the picture changes, painted where it is in sight.

mod canvas;
mod form;
mod label;
mod layers;
mod layout;
#[cfg(test)]
mod layout_tests;
mod list;
mod picture;
mod progress;
mod show;
mod topology;
mod turns;
mod walk;

use super::{Chosen, View};
use crate::console::look::Theme;
use crate::console::widgets::{Motion, pane};
use crate::console::world::World;
use form::Zoom;
use picture::Picture;
use progress::Progress;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use std::collections::BTreeSet;
use topology::{Node, Ties};

/// Which part of the graph is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slice {
    /// Every component.
    #[default]
    Whole,
    /// What the chosen one waits for, and what waits for it.
    Around,
    /// The critical path that is left.
    Critical,
}

impl Slice {
    fn next(self) -> Self {
        match self {
            Self::Whole => Self::Around,
            Self::Around => Self::Critical,
            Self::Critical => Self::Whole,
        }
    }
}

/// What the layout was asked for.
#[derive(Clone, PartialEq)]
struct Asked {
    slice: Option<Slice>,
    zoom: Option<Zoom>,
    opened: BTreeSet<usize>,
    area: Rect,
    /// Only for a part that depends on it: the chosen component and how far the others are.
    about: Option<(usize, u64)>,
}

/// What was painted, and when; it is painted again when it is another.
#[derive(Clone, PartialEq)]
struct Painted {
    changes: u64,
    theme: String,
    chosen: Option<usize>,
    origin: (i32, i32),
    area: Rect,
}

/// The graph's own state.
#[derive(Default)]
pub struct Graph {
    chosen: Option<Node>,
    slice: Option<Slice>,
    zoom: Option<Zoom>,
    opened: BTreeSet<usize>,
    ties: Option<Ties>,
    progress: Progress,
    shown: Slice,
    picture: Option<Picture>,
    asked: Option<Asked>,
    /// The size and zoom at which the whole was found not to fit.
    too_large: Option<(Rect, Option<Zoom>)>,
    origin: (i32, i32),
    page: usize,
    painted: Option<Painted>,
    buffer: Buffer,
    list: Vec<Line<'static>>,
    outer: Rect,
    area: Rect,
    frame: Block<'static>,
}

impl View for Graph {
    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        let inner = Block::bordered().inner(area);
        let ties = self.ties.get_or_insert_with(|| Ties::of(&world.shape, world.state.run.plan.components.len()));
        (self.outer, self.area) = (area, inner);
        if ties.needs.is_empty() || inner.is_empty() {
            (self.frame, self.picture, self.asked) = (pane::frame("Graph", true, theme), None, None);
            self.list.clear();
            return;
        }
        self.progress.follow(world);
        self.lay(world, inner);
        self.choose_in_sight();
        self.frame = self.framed(world, theme, area);
        self.paint(world, theme);
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        frame.render_widget(&self.frame, self.outer.intersection(frame.area()));
        if self.picture.is_none() {
            frame.render_widget(Paragraph::new(self.list.clone()), self.area.intersection(frame.area()));
            return;
        }
        for at in self.buffer.area.intersection(frame.area()).positions() {
            if let (Some(place), Some(cell)) = (frame.buffer_mut().cell_mut(at), self.buffer.cell(at)) {
                *place = cell.clone();
            }
        }
    }

    fn chosen(&self) -> Chosen {
        match self.chosen {
            Some(Node::Component(component)) => Chosen::Component(component),
            Some(Node::Tier(_)) => Chosen::Folded,
            Some(Node::Further { .. }) | None => Chosen::Nothing,
        }
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        if let Some(component) = chosen.component(world) {
            self.chosen = Some(Node::Component(component));
        }
    }

    fn go(&mut self, motion: Motion) {
        if motion == Motion::Right && self.unfold() {
            return;
        }
        let (Some(ties), Some(chosen)) = (&self.ties, self.chosen) else { return };
        let within = self.picture.as_ref().and_then(|picture| picture.step(self.place(), motion, self.page));
        let beyond = || match (self.shown, chosen) {
            (Slice::Around, Node::Component(component)) => Some(walk::beside(ties, &self.progress, component, motion)),
            (Slice::Whole | Slice::Around | Slice::Critical, _) => None,
        };
        self.chosen = within.or_else(beyond).or(Some(chosen));
    }

    fn unfold(&mut self) -> bool {
        let Some(Node::Tier(tier)) = self.chosen else { return false };
        self.opened.insert(tier)
    }

    /// Goes through the picture as it is read, so that each notch goes somewhere.
    fn wheel(&mut self, _at: Position, motion: Motion) {
        let (Some(picture), Some(place)) = (&self.picture, self.place()) else { return self.go(motion) };
        let stands_for = |at: usize| picture.topology.nodes.get(at).copied();
        let is_one = |at: &usize| !matches!(stands_for(*at), Some(Node::Further { .. }) | None);
        let read: Vec<usize> = picture.layout.ranks.iter().flatten().copied().filter(is_one).collect();
        let Some(at) = read.iter().position(|node| *node == place) else { return };
        let next = match motion {
            Motion::Up => at.checked_sub(1),
            Motion::Down => Some(at + 1),
            Motion::Left | Motion::Right | Motion::First | Motion::Last | Motion::PageUp | Motion::PageDown => None,
        };
        self.chosen = next.and_then(|next| read.get(next)).and_then(|next| stands_for(*next)).or(self.chosen);
    }

    fn click(&mut self, at: Position) {
        let Some(picture) = self.picture.as_ref().filter(|_| self.area.contains(at)) else { return };
        let on_picture = |cell: u16, start: u16, origin: i32| i32::from(cell) - i32::from(start) + origin;
        let point = (on_picture(at.x, self.area.x, self.origin.0), on_picture(at.y, self.area.y, self.origin.1));
        self.chosen = picture.node_at(point).or(self.chosen);
    }

    fn turn_slice(&mut self, _world: &World) -> bool {
        self.slice = Some(self.shown.next());
        self.zoom = self.zoom.filter(|zoom| *zoom != Zoom::Tiers);
        true
    }

    fn zoom(&mut self, by: isize) -> bool {
        let now = self.picture.as_ref().map_or(Zoom::State, |picture| picture.form.zoom);
        let zoom = now.turned(by);
        if zoom == Zoom::Tiers {
            self.opened.clear();
        }
        self.slice = Some(if zoom == Zoom::Tiers { Slice::Whole } else { self.shown });
        self.zoom = Some(zoom);
        true
    }
}
