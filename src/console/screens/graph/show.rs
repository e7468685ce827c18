//! What the graph shows: which picture, which part of it, under which heading. Laid out again only when what was asked
//! for changed, painted again only when something in sight may have.

use super::form::{Form, Zoom};
use super::picture::{Edges, Picture};
use super::topology::{Node, Topology};
use super::{Asked, Graph, Painted, Slice, label, list};
use crate::console::look::{Role, Theme};
use crate::console::widgets::{fit, pane};
use crate::console::words;
use crate::console::world::World;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// How many edges away from the chosen component is shown, the most first; the first that fits is taken.
const DEPTHS: [usize; 4] = [usize::MAX, 3, 2, 1];

impl Graph {
    /// Lays out what is asked for, if it is another than was laid out.
    pub(super) fn lay(&mut self, world: &World, area: Rect) {
        let chosen = self.component();
        let depends = self.slice.unwrap_or(self.shown) != Slice::Whole;
        let mut asked = Asked {
            slice: self.slice,
            zoom: self.zoom,
            opened: self.opened.clone(),
            area,
            about: depends.then_some((chosen, self.progress.version)),
        };
        if self.asked.as_ref() == Some(&asked) {
            return;
        }
        (self.shown, self.picture) = self.part(world, chosen, area);
        asked.about = (self.shown != Slice::Whole).then_some((chosen, self.progress.version));
        self.asked = Some(asked);
        self.painted = None;
    }

    /// The part that is asked for; where none is, the whole if it fits and else what is around the chosen component.
    fn part(&mut self, world: &World, chosen: usize, area: Rect) -> (Slice, Option<Picture>) {
        match self.slice {
            Some(Slice::Whole) => {
                let zoom = self.zoom.unwrap_or(Zoom::State);
                let scrolled = |topology| Picture::scrolled(world, topology, Form::scrolled(zoom, area.width >= 60));
                let whole = self.whole(world, area);
                (Slice::Whole, whole.or_else(|| Some(scrolled(self.topology()))))
            }
            Some(Slice::Around) => (Slice::Around, self.around(world, chosen, area)),
            Some(Slice::Critical) => (Slice::Critical, Some(self.critical(world, area))),
            None => match self.whole(world, area) {
                Some(whole) => (Slice::Whole, Some(whole)),
                None => (Slice::Around, self.around(world, chosen, area)),
            },
        }
    }

    /// Every component, tiers closed where they are.
    fn topology(&self) -> Topology {
        let ties = self.ties.as_ref().expect("the ties are made before anything is laid out");
        let closed = |tier| self.zoom == Some(Zoom::Tiers) && !self.opened.contains(&tier);
        Topology::whole(ties, closed)
    }

    fn whole(&mut self, world: &World, area: Rect) -> Option<Picture> {
        let at = Some((area, self.zoom));
        if self.too_large == at && self.opened.is_empty() {
            return None;
        }
        let zooms = self.zoom.map_or(vec![Zoom::State, Zoom::Name], |zoom| vec![zoom]);
        let picture = Picture::fitting(world, &self.topology(), &zooms, area);
        self.too_large = if picture.is_none() { at } else { None };
        picture
    }

    /// The chosen component and as much around it as fits; nothing where not even its neighbours do.
    fn around(&self, world: &World, chosen: usize, area: Rect) -> Option<Picture> {
        let ties = self.ties.as_ref()?;
        let zooms = self.zoom.map_or(vec![Zoom::Figure, Zoom::State, Zoom::Name], |zoom| vec![zoom]);
        DEPTHS.into_iter().find_map(|depth| {
            let topology = Topology::around(ties, chosen, |component| self.progress.met[component], depth);
            Picture::fitting(world, &topology, &zooms, area)
        })
    }

    /// The critical path that is left; nothing once all of it is met.
    fn critical(&self, world: &World, area: Rect) -> Picture {
        let path: BTreeSet<usize> = self.progress.path.iter().copied().collect();
        let topology = self.ties.as_ref().map(|ties| Topology::among(ties, &path)).unwrap_or_default();
        let zooms = self.zoom.map_or(vec![Zoom::Figure, Zoom::State, Zoom::Name], |zoom| vec![zoom]);
        let fitting = Picture::fitting(world, &topology, &zooms, area);
        fitting.unwrap_or_else(|| {
            Picture::scrolled(world, topology, Form::scrolled(self.zoom.unwrap_or(Zoom::State), false))
        })
    }

    /// The component that the part shown is about: the chosen one, or the first of a chosen tier.
    pub(super) fn component(&self) -> usize {
        match (self.chosen, &self.ties) {
            (Some(Node::Component(component)), _) => component,
            (Some(Node::Tier(tier)), Some(ties)) => ties.tier.iter().position(|own| *own == tier).unwrap_or(0),
            (Some(Node::Tier(_) | Node::Further { .. }) | None, _) => 0,
        }
    }

    /// The chosen node's place in the picture.
    pub(super) fn place(&self) -> Option<usize> {
        let (picture, ties) = (self.picture.as_ref()?, self.ties.as_ref()?);
        picture.topology.node_of(ties, self.component())
    }

    /// What is chosen is always in the picture: the node that stands for it, or the first there is.
    pub(super) fn choose_in_sight(&mut self) {
        let Some(picture) = &self.picture else {
            self.chosen = Some(Node::Component(self.component()));
            return;
        };
        let place = self.place().or_else(|| picture.layout.ranks.first()?.first().copied());
        self.chosen = place.map(|place| picture.topology.nodes[place]).or(Some(Node::Component(self.component())));
    }

    /// Paints what is in sight, if any of it may have changed.
    pub(super) fn paint(&mut self, world: &World, theme: &Theme) {
        let area = self.area;
        let chosen = self.place();
        if let (Some(picture), Some(chosen)) = (&self.picture, chosen) {
            let (width, height) = picture.form.extent(&picture.layout);
            let (x, y, columns, rows) = picture.rectangle(chosen);
            self.origin.0 = scrolled(self.origin.0, width, area.width.into(), x, columns);
            self.origin.1 = scrolled(self.origin.1, height, area.height.into(), y, rows);
            self.page = usize::from(area.height) / usize::try_from(rows + 1).unwrap_or(2).max(1);
        }
        let painted =
            Painted { changes: world.changes, theme: theme.name().to_owned(), chosen, origin: self.origin, area };
        if self.painted.as_ref() == Some(&painted) {
            return;
        }
        match (&self.picture, &self.ties) {
            (Some(picture), _) => {
                let critical = |need, dependent| self.progress.is_critical(need, dependent);
                let edges = Edges { met: &self.progress.met, critical: &critical };
                self.buffer = picture.paint(world, theme, chosen, &edges, self.origin, area);
            }
            (None, Some(ties)) => {
                self.list = list::lines(world, theme, ties, &self.progress, self.component(), area);
            }
            (None, None) => self.list.clear(),
        }
        self.painted = Some(painted);
    }

    /// The frame, with what is shown and how it is to be read.
    pub(super) fn framed(&self, world: &World, theme: &Theme, area: Rect) -> Block<'static> {
        let room = usize::from(area.width.saturating_sub(6));
        let component = label::name(world, Node::Component(self.component()));
        let title = match self.shown {
            Slice::Whole => "Graph: every component".to_owned(),
            Slice::Around => format!("Graph: around {component}"),
            Slice::Critical if self.progress.path.is_empty() => "Graph: nothing left on the critical path".to_owned(),
            Slice::Critical => format!("Graph: critical path, {} left", words::clock(self.progress.seconds)),
        };
        let frame = pane::frame(&fit(&title, room), true, theme);
        let Some(picture) = &self.picture else { return frame };
        let legend = " ━ critical  ─ met  ┄ not yet  ▶ of the chosen ";
        let said = format!(" v other part  + − {} ", picture.form.zoom.word());
        let legend = Line::from(Span::styled(legend, theme.style(Role::Dim)));
        let said = Span::styled(said, theme.style(Role::Dim));
        let both = legend.width() + said.content.width();
        let frame = if legend.width() <= room { frame.title_bottom(legend) } else { frame };
        if both < room { frame.title_bottom(Line::from(said).right_aligned()) } else { frame }
    }
}

/// Where a window of `room` cells begins on something of `whole` cells so that `at`..`at + length` is in it: where it
/// was, if that will do. What is smaller than the window stands in its middle.
fn scrolled(origin: i32, whole: i32, room: i32, at: i32, length: i32) -> i32 {
    if whole <= room {
        return -(room - whole) / 2;
    }
    // A little of what is around it too.
    let margin = ((room - length) / 4).max(0);
    let most = (at - margin).max(0);
    let least = (at + length + margin - room).max(0);
    if least > most { most } else { origin.clamp(least, most) }.min(whole - room).max(0)
}
