//! The forms a picture can take: which way it runs, how much each node says, in a box or on a line. The first that fits
//! is drawn.

use super::label::{self, FIGURE_COLUMNS, STATE_COLUMNS};
use super::layers::Layers;
use super::layout::{Layout, Size, Spacing};
use super::topology::Topology;
use crate::console::world::World;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

/// How much is said of each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zoom {
    /// Tiers, closed until they are opened.
    Tiers,
    /// Its glyph and name.
    Name,
    /// Its state too.
    State,
    /// And its time, or its lag.
    Figure,
}

impl Zoom {
    const ALL: [Self; 4] = [Self::Tiers, Self::Name, Self::State, Self::Figure];

    /// The one `by` further in.
    pub fn turned(self, by: isize) -> Self {
        let at = Self::ALL.iter().position(|zoom| *zoom == self).unwrap_or(0);
        Self::ALL[at.saturating_add_signed(by).min(Self::ALL.len() - 1)]
    }

    /// What is shown of each node.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tiers => "tiers",
            Self::Name => "names",
            Self::State => "names and states",
            Self::Figure => "states, times, lags",
        }
    }
}

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Whether it runs from left to right; from the top down otherwise.
    pub rightward: bool,
    /// Whether each node has a box; it is one line otherwise.
    pub boxed: bool,
    /// Whether there is no more room about names and lines than there must be.
    pub tight: bool,
    /// How much is said of each node.
    pub zoom: Zoom,
}

/// The longest a name is drawn.
const LONGEST_NAME: usize = 26;

impl Form {
    /// The forms for `zoom`, the best first.
    pub fn all(zoom: Zoom) -> Vec<Self> {
        let line = |rightward| Self { rightward, boxed: false, tight: false, zoom };
        let boxed = |rightward, tight| Self { rightward, boxed: true, tight, zoom };
        match zoom {
            Zoom::Name => vec![line(true), line(false)],
            Zoom::Tiers | Zoom::State | Zoom::Figure => {
                vec![boxed(true, false), boxed(false, false), boxed(true, true), line(true), line(false)]
            }
        }
    }

    /// The form for a picture that is scrolled.
    pub fn scrolled(zoom: Zoom, rightward: bool) -> Self {
        Self { rightward, boxed: rightward && zoom != Zoom::Name, tight: false, zoom }
    }

    /// The columns of a node's frame, left and right.
    pub fn framing(self) -> usize {
        if self.boxed && !self.tight { 4 } else { 2 }
    }

    /// The columns of what a node says, without its frame.
    pub fn columns(self, name: usize) -> usize {
        let name = name.min(LONGEST_NAME);
        let figure = match self.zoom {
            Zoom::Name | Zoom::State => 0,
            Zoom::Tiers | Zoom::Figure => FIGURE_COLUMNS + 1,
        };
        match (self.zoom, self.boxed) {
            (Zoom::Name, _) => name + 2,
            (Zoom::Tiers | Zoom::State | Zoom::Figure, true) => name.max(STATE_COLUMNS + figure),
            (Zoom::Tiers | Zoom::State | Zoom::Figure, false) => STATE_COLUMNS + 1 + name + figure,
        }
    }

    fn size(self, name: usize) -> Size {
        let columns = i32::try_from(self.columns(name) + self.framing()).unwrap_or(i32::MAX);
        let rows = if self.boxed { 3 } else { 1 };
        if self.rightward { Size { along: columns, across: rows } } else { Size { along: rows, across: columns } }
    }

    fn spacing(self) -> Spacing {
        if self.rightward {
            let (lead, tail) = if self.tight { (0, 1) } else { (1, 2) };
            Spacing { between: i32::from(!self.boxed), lead, tail }
        } else {
            Spacing { between: 1, lead: 0, tail: 1 }
        }
    }

    /// Where everything stands in this form.
    pub fn lay(self, world: &World, topology: &Topology, layers: &Layers) -> Layout {
        let size = |node: usize| self.size(label::name(world, topology.nodes[node]).width());
        Layout::of(layers, size, self.spacing())
    }

    /// The columns and rows of a layout in this form.
    pub fn extent(self, layout: &Layout) -> (i32, i32) {
        if self.rightward { (layout.along, layout.across) } else { (layout.across, layout.along) }
    }

    /// Whether so many nodes can be in `area` at all: whoever has no room for their names needs no layout to know.
    pub fn could_hold(zoom: Zoom, nodes: usize, area: Rect) -> bool {
        let least = Self { rightward: true, boxed: false, tight: true, zoom }.columns(1) + 2;
        nodes * least <= usize::from(area.width) * usize::from(area.height)
    }
}
