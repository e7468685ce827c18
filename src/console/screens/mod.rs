//! The screens: one file each. A screen knows what is chosen on it and draws the world; it never changes it.

mod compare;
mod drift;
pub(super) mod ended;
mod graph;
mod inventory;
mod overview;
mod readiness;
mod replication;
mod runbook;
mod timeline;

use compare::Compare;
use drift::Drift;
pub(super) use ended::Banner;
use graph::Graph;
use inventory::Inventory;
use overview::Overview;
use readiness::Readiness;
use replication::Replication;
use runbook::Runbook;
use timeline::Timeline;

use super::drift::Tab;
use super::look::Theme;
use super::reading;
use super::widgets::Motion;
use super::world::World;
use crate::plan::ComponentName;
use crate::recovery::{Status, What};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

/// A screen: it knows what is chosen on it and draws the world.
pub(super) trait View {
    /// Makes what `area` will show.
    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect);
    /// Draws what was made. `&mut` only for widgets that note while they are drawn how far they scrolled.
    fn draw(&mut self, frame: &mut Frame<'_>, theme: &Theme);
    /// What is chosen.
    fn chosen(&self) -> Chosen;
    /// Chooses what another screen had chosen, as near as this one can.
    fn choose(&mut self, world: &World, chosen: Chosen);
    /// Goes along with the run to the step at `place`, in every pane that shows it.
    fn follow(&mut self, world: &World, place: usize) {
        self.choose(world, Chosen::Step(place));
    }
    /// Moves within the pane that has the keys.
    fn go(&mut self, motion: Motion);
    /// Narrows its list to what holds the words of `text`; `false` where it has none.
    fn filter(&mut self, _world: &World, _text: &str) -> bool {
        false
    }
    /// Chooses what is drawn at `at`, and gives the keys to its pane.
    fn click(&mut self, _at: Position) {}
    /// Moves within the pane at `at`, whichever has the keys.
    fn wheel(&mut self, _at: Position, motion: Motion) {
        self.go(motion);
    }
    /// Takes hold of the border between panes at `at`; `false` where there is none.
    fn grab(&mut self, _at: Position) -> bool {
        false
    }
    /// Moves the border that is held; `false` when none is.
    fn drag(&mut self, _to: Position) -> bool {
        false
    }
    /// Gives the keys to the pane `by` further on.
    fn turn_pane(&mut self, _by: isize) {}
    /// Gives the pane that has the keys the whole screen, or takes it back.
    fn give_whole(&mut self, _whole: bool) {}
    /// Opens what is folded in the chosen row, or folds it again; `false` where nothing is.
    fn unfold(&mut self) -> bool {
        false
    }
    /// Puts its list in another order; `false` where it has only one.
    fn sort(&mut self, _world: &World) -> bool {
        false
    }
    /// Shows another part of what it could show; `false` where it always shows all.
    fn turn_slice(&mut self, _world: &World) -> bool {
        false
    }
    /// Shows more of less, or with a negative `by` less of more; `false` where there is only one measure.
    fn zoom(&mut self, _by: isize) -> bool {
        false
    }
}

/// Every screen's own state.
#[derive(Default)]
pub(super) struct Screens {
    overview: Overview,
    runbook: Runbook,
    graph: Graph,
    replication: Replication,
    readiness: Readiness,
    timeline: Timeline,
    compare: Compare,
    inventory: Inventory,
    drift: Drift,
}

impl Screens {
    /// The screen, to be looked at.
    pub fn get(&self, screen: Screen) -> &dyn View {
        match screen {
            Screen::Overview => &self.overview,
            Screen::Runbook => &self.runbook,
            Screen::Graph => &self.graph,
            Screen::Replication => &self.replication,
            Screen::Readiness => &self.readiness,
            Screen::Timeline => &self.timeline,
            Screen::Compare => &self.compare,
            Screen::Inventory => &self.inventory,
            Screen::Drift => &self.drift,
        }
    }

    /// The screen, to be changed.
    pub fn get_mut(&mut self, screen: Screen) -> &mut dyn View {
        match screen {
            Screen::Overview => &mut self.overview,
            Screen::Runbook => &mut self.runbook,
            Screen::Graph => &mut self.graph,
            Screen::Replication => &mut self.replication,
            Screen::Readiness => &mut self.readiness,
            Screen::Timeline => &mut self.timeline,
            Screen::Compare => &mut self.compare,
            Screen::Inventory => &mut self.inventory,
            Screen::Drift => &mut self.drift,
        }
    }
}

/// Which screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Components, next steps, exposures.
    Overview,
    /// Every step in run order.
    Runbook,
    /// What waits for what.
    Graph,
    /// Each store's lag and exposure.
    Replication,
    /// What was found about how ready the run is.
    Readiness,
    /// Every event.
    Timeline,
    /// Two recordings side by side.
    Compare,
    /// What was captured of the application.
    Inventory,
    /// What of it differs from what is declared, from before and between the regions.
    Drift,
}

impl Screen {
    /// Every screen, in the order they are named.
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Runbook,
        Self::Graph,
        Self::Replication,
        Self::Readiness,
        Self::Timeline,
        Self::Compare,
        Self::Inventory,
        Self::Drift,
    ];

    /// Its name, and the stable name of the command that shows it.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Overview => ("Overview", "overview"),
            Self::Runbook => ("Runbook", "runbook"),
            Self::Graph => ("Graph", "graph"),
            Self::Replication => ("Replication", "replication"),
            Self::Readiness => ("Readiness", "readiness"),
            Self::Timeline => ("Timeline", "timeline"),
            Self::Compare => ("Compare", "compare"),
            Self::Inventory => ("Inventory", "inventory"),
            Self::Drift => ("Drift", "drift"),
        }
    }

    /// Whether there is anything to be seen on it in this world.
    pub(super) fn is_there(self, world: &World) -> bool {
        match self {
            Self::Overview | Self::Runbook | Self::Graph | Self::Replication | Self::Readiness | Self::Timeline => true,
            Self::Compare => world.beside.is_some(),
            Self::Inventory => world.inventory.is_some(),
            Self::Drift => world.drifts.is_some(),
        }
    }
}

/// What is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chosen {
    /// A component, by its place in the plan.
    Component(usize),
    /// A step, by its place in the runbook.
    Step(usize),
    /// An event, by its place in the record. Commands mean no step by it: it may be the newest one, and what is newest
    /// changes under the hand.
    Event(usize),
    /// A finding, by its place among the findings.
    Finding(usize),
    /// What was captured, by its place in the inventory.
    Captured(usize),
    /// A difference, by its place in its tab.
    Drifted(Tab, usize),
    /// Several things in one row, or a closed group of them: nothing to act on, but it opens.
    Folded,
    /// Nothing that can be acted on.
    #[default]
    Nothing,
}

impl Chosen {
    /// The step that commands mean: the chosen one, or of a chosen component the one that needs a person most.
    pub fn step(self, world: &World) -> Option<usize> {
        let component = match self {
            Self::Step(place) => return Some(place),
            Self::Event(_)
            | Self::Finding(_)
            | Self::Captured(_)
            | Self::Drifted(..)
            | Self::Folded
            | Self::Nothing => return None,
            Self::Component(component) => component,
        };
        let worth = |place: &usize| {
            let status = world.state.steps[*place].status;
            match status {
                _ if status.is_stuck() => 0,
                _ if reading::open_gate(&world.state, *place).is_some() => 1,
                Status::Running | Status::Undoing => 2,
                Status::Waiting | Status::Undone => 3,
                Status::Succeeded { .. }
                | Status::Skipped
                | Status::Owed(_)
                | Status::Failed
                | Status::Unknown
                | Status::UndoFailed
                | Status::UndoUnknown => 4,
            }
        };
        // Of settled ones the last on the path speaks for the component; its fence is told of elsewhere.
        let places = world.shape.steps_of(component).iter();
        places.min_by_key(|place| (worth(place), settled_rank(world, **place))).copied()
    }

    /// The component it belongs to.
    pub fn component(self, world: &World) -> Option<usize> {
        match self {
            Self::Component(component) => Some(component),
            Self::Step(place) => world.shape.component_of(place),
            Self::Event(_)
            | Self::Finding(_)
            | Self::Captured(_)
            | Self::Drifted(..)
            | Self::Folded
            | Self::Nothing => None,
        }
    }

    /// What it is about, for a screen that shows steps and components.
    pub fn about(self, world: &World) -> Self {
        let component =
            |name: &ComponentName| world.shape.component(name.as_str()).map_or(Self::Nothing, Self::Component);
        let event = match self {
            Self::Event(place) => world.memory.record.event(place),
            Self::Finding(place) => {
                let found = world.findings.get(place).and_then(|found| found.finding.component.as_ref());
                return found.map_or(Self::Nothing, component);
            }
            Self::Captured(place) => {
                let of = world.captured(place).and_then(|entry| entry.component.as_ref());
                return of.map_or(Self::Nothing, component);
            }
            Self::Drifted(tab, place) => {
                let of = world.drifts.as_ref().and_then(|drifts| drifts.row(tab, place)?.component.as_ref());
                return of.map_or(Self::Nothing, component);
            }
            Self::Component(_) | Self::Step(_) | Self::Folded | Self::Nothing => return self,
        };
        let Some(event) = event else { return Self::Nothing };
        if let What::Lag { component: name, .. } | What::Health { component: name, .. } = &event.what {
            return component(name);
        }
        event.what.step().and_then(|step| world.state.place(step)).map_or(Self::Nothing, Self::Step)
    }
}

/// Smaller for a settled step that says more of how its component stands: on the path before beside it, later before
/// earlier. The same for all that are not settled, which go in run order.
fn settled_rank(world: &World, place: usize) -> (bool, std::cmp::Reverse<usize>) {
    let settled = world.state.steps[place].status.lets_others_go_on();
    (settled && world.state.plan_step(place).beside, std::cmp::Reverse(if settled { place } else { 0 }))
}
