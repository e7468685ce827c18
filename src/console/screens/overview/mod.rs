//! Overview: what the application is like now, what is next and what blocks it, what is exposed and owed.
//!
//! ```text
//! ┏ Components ━━━━━━━━━━━━━━━┓┌ Steps ──────────────────┐┌ At stake ─────────┐
//! ┃ ▾ data                    ┃│ needs you               ││ loss if now       │
//! ┃   orders-db  ✗ DOWN  ○ st ┃│ ◆ gate  promote orders  ││ orders-db  43s ▂▃ │
//! ┃ ▸ edge                    ┃│ running                 ││ owed              │
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━┛└─────────────────────────┘└───────────────────┘
//! ```
//! Three panes from 120 columns, two from 80, one below and where one has the whole screen; Tab goes round all three.

mod stakes;
mod steps;
mod tree;

use super::{Chosen, View};
use crate::console::look::Theme;
use crate::console::widgets::{Motion, Split};
use crate::console::world::World;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use stakes::Stakes;
use steps::Steps;
use tree::Components;

/// A pane of the overview.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pane {
    #[default]
    Components,
    Steps,
    Stakes,
}

/// The overview's own state: which pane has the keys, what is chosen in each.
#[derive(Default)]
pub struct Overview {
    focus: Pane,
    /// Whether the pane that has the keys has the whole screen.
    whole: bool,
    components: Components,
    steps: Steps,
    stakes: Stakes,
    areas: Areas,
    after_components: Split,
    before_stakes: Split,
}

#[derive(Clone, Copy, Default)]
struct Areas {
    components: Option<Rect>,
    steps: Option<Rect>,
    stakes: Option<Rect>,
}

impl View for Overview {
    fn turn_pane(&mut self, by: isize) {
        const PANES: [Pane; 3] = [Pane::Components, Pane::Steps, Pane::Stakes];
        let at = PANES.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        let next = (at as isize + by).rem_euclid(PANES.len() as isize);
        self.focus = PANES[next.unsigned_abs()];
    }

    fn go(&mut self, motion: Motion) {
        match self.focus {
            Pane::Components => self.components.go(motion),
            Pane::Steps => self.steps.go(motion),
            Pane::Stakes => self.stakes.go(motion),
        }
    }

    fn filter(&mut self, world: &World, text: &str) -> bool {
        self.components.filter(world, text);
        self.steps.filter(text);
        true
    }

    fn chosen(&self) -> Chosen {
        match self.focus {
            Pane::Components => self.components.chosen(),
            Pane::Steps => self.steps.chosen(),
            Pane::Stakes => self.stakes.chosen(),
        }
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        if let Some(component) = chosen.component(world) {
            self.components.choose(world, component);
        }
        if let Chosen::Step(place) = chosen {
            self.steps.hold(place);
        }
    }

    /// What is at stake has no steps to go along with.
    fn follow(&mut self, world: &World, place: usize) {
        if self.focus == Pane::Stakes {
            self.focus = Pane::Steps;
        }
        self.choose(world, Chosen::Step(place));
    }

    fn give_whole(&mut self, whole: bool) {
        self.whole = whole;
    }

    fn unfold(&mut self) -> bool {
        match self.focus {
            Pane::Components => self.components.unfold(),
            Pane::Steps => false,
            Pane::Stakes => self.stakes.unfold(),
        }
    }

    fn sort(&mut self, world: &World) -> bool {
        match self.focus {
            Pane::Components => self.components.sort(world),
            // The steps stand as "go" takes them, what is at stake with the worst first.
            Pane::Steps | Pane::Stakes => false,
        }
    }

    fn click(&mut self, at: Position) {
        let Some((pane, area)) = self.pane_at(at) else { return };
        self.focus = pane;
        match pane {
            Pane::Components => self.components.click(at),
            Pane::Steps => self.steps.click(area, at),
            Pane::Stakes => self.stakes.click(area, at),
        }
    }

    fn wheel(&mut self, at: Position, motion: Motion) {
        match self.pane_at(at) {
            Some((Pane::Components, _)) => self.components.go(motion),
            Some((Pane::Steps, _)) => self.steps.go(motion),
            Some((Pane::Stakes, _)) => self.stakes.go(motion),
            None => {}
        }
    }

    fn grab(&mut self, at: Position) -> bool {
        let first = self.after_components.grab(at);
        self.before_stakes.grab(at) || first
    }

    fn drag(&mut self, to: Position) -> bool {
        let first = self.after_components.drag(to);
        self.before_stakes.drag(to) || first
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.cut(area);
        if let Some(area) = self.areas.components {
            self.components.prepare(world, theme, area, self.focus == Pane::Components);
        }
        if let Some(area) = self.areas.steps {
            self.steps.prepare(world, theme, area, self.focus == Pane::Steps);
        }
        if let Some(area) = self.areas.stakes {
            self.stakes.prepare(world, theme, area, self.focus == Pane::Stakes);
        }
    }

    fn draw(&mut self, frame: &mut Frame<'_>, theme: &Theme) {
        if let Some(area) = self.areas.components {
            self.components.draw(frame, theme, area);
        }
        if let Some(area) = self.areas.steps {
            self.steps.draw(frame, area);
        }
        if let Some(area) = self.areas.stakes {
            self.stakes.draw(frame, area);
        }
    }
}

impl Overview {
    fn cut(&mut self, area: Rect) {
        self.areas = Areas::default();
        if area.width < 80 || self.whole {
            self.after_components.hide();
            self.before_stakes.hide();
            *self.areas.of(self.focus) = Some(area);
            return;
        }
        if area.width < 120 {
            self.before_stakes.hide();
            let (components, other) = self.after_components.cut(area, area.width * 12 / 25);
            self.areas.components = Some(components);
            let beside = if self.focus == Pane::Stakes { Pane::Stakes } else { Pane::Steps };
            *self.areas.of(beside) = Some(other);
            return;
        }
        let (components, stakes) = if area.width >= 144 { (66, 34) } else { (55, 24) };
        let (components, rest) = self.after_components.cut(area, components);
        let (steps, stakes) = self.before_stakes.cut(rest, rest.width.saturating_sub(stakes));
        self.areas = Areas { components: Some(components), steps: Some(steps), stakes: Some(stakes) };
    }

    fn pane_at(&mut self, at: Position) -> Option<(Pane, Rect)> {
        let panes = [Pane::Components, Pane::Steps, Pane::Stakes];
        panes.into_iter().find_map(|pane| Some((pane, (*self.areas.of(pane)).filter(|area| area.contains(at))?)))
    }
}

impl Areas {
    fn of(&mut self, pane: Pane) -> &mut Option<Rect> {
        match pane {
            Pane::Components => &mut self.components,
            Pane::Steps => &mut self.steps,
            Pane::Stakes => &mut self.stakes,
        }
    }
}
