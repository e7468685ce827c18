//! Overview: what the application is like now, what is next and what blocks it, what is exposed and owed.
//!
//! ```text
//! ┏ Components ━━━━━━━━━━━━━━━┓┌ Steps ──────────────────┐┌ At stake ─────────┐
//! ┃ ▾ data                    ┃│ needs you               ││ loss if now       │
//! ┃   orders-db  ✗ DOWN  ○ st ┃│ ◆ gate  promote orders  ││ orders-db  43s ▂▃ │
//! ┃ ▸ edge                    ┃│ running                 ││ owed              │
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━┛└─────────────────────────┘└───────────────────┘
//! ```
//! Three panes from 120 columns, two from 80, one below; Tab goes round all three at any width.

mod stakes;
mod steps;
mod tree;

use super::{Chosen, View};
use crate::console::look::Theme;
use crate::console::widgets::Motion;
use crate::console::world::World;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
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
    components: Components,
    steps: Steps,
    stakes: Stakes,
    areas: Areas,
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
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.areas = areas(area, self.focus);
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

fn areas(area: Rect, focus: Pane) -> Areas {
    if area.width >= 120 {
        let (components, stakes) = if area.width >= 144 { (66, 34) } else { (55, 24) };
        let widths = [Constraint::Length(components), Constraint::Fill(1), Constraint::Length(stakes)];
        let [components, steps, stakes] = Layout::horizontal(widths).areas(area);
        return Areas { components: Some(components), steps: Some(steps), stakes: Some(stakes) };
    }
    if area.width >= 80 {
        let [components, other] = Layout::horizontal([Constraint::Percentage(48), Constraint::Fill(1)]).areas(area);
        return match focus {
            Pane::Components | Pane::Steps => Areas { components: Some(components), steps: Some(other), stakes: None },
            Pane::Stakes => Areas { components: Some(components), steps: None, stakes: Some(other) },
        };
    }
    match focus {
        Pane::Components => Areas { components: Some(area), ..Areas::default() },
        Pane::Steps => Areas { steps: Some(area), ..Areas::default() },
        Pane::Stakes => Areas { stakes: Some(area), ..Areas::default() },
    }
}
