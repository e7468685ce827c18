//! A picture of the graph: a topology, laid out in a form that fits, and the part of it that is in sight painted into
//! cells. Laid out when what is in it changes; painted cell by cell, at the cost of what is in sight.

use super::canvas::{Canvas, Ink, Point};
use super::form::{Form, Zoom};
use super::label::{Label, STATE_COLUMNS};
use super::layers::Layers;
use super::layout::{Hop, Layout, Place};
use super::topology::{Node, Topology};
use crate::console::look::{Role, Theme};
use crate::console::widgets::fit;
use crate::console::world::World;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

/// A picture of the graph.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What is in it.
    pub topology: Topology,
    /// Where it stands.
    pub layout: Layout,
    /// How it is drawn.
    pub form: Form,
}

/// What is known of the edges when a picture is painted.
pub struct Edges<'a> {
    /// Whether each component is met.
    pub met: &'a [bool],
    /// Whether a need is on the critical path.
    pub critical: &'a dyn Fn(usize, usize) -> bool,
}

impl Picture {
    /// The picture of `topology` in the first form of these zooms that fits `area`.
    pub fn fitting(world: &World, topology: &Topology, zooms: &[Zoom], area: Rect) -> Option<Self> {
        let zooms: Vec<Zoom> =
            zooms.iter().copied().filter(|zoom| Form::could_hold(*zoom, topology.nodes.len(), area)).collect();
        if zooms.is_empty() {
            return None;
        }
        let layers = Layers::of(topology.nodes.len(), &topology.edges);
        zooms.into_iter().flat_map(Form::all).find_map(|form| {
            let layout = form.lay(world, topology, &layers);
            let (width, height) = form.extent(&layout);
            let fits = width <= area.width.into() && height <= area.height.into();
            fits.then(|| Self { topology: topology.clone(), layout, form })
        })
    }

    /// The picture in this form, however large.
    pub fn scrolled(world: &World, topology: Topology, form: Form) -> Self {
        let layers = Layers::of(topology.nodes.len(), &topology.edges);
        let layout = form.lay(world, &topology, &layers);
        Self { topology, layout, form }
    }

    /// Where a node stands: its left and top, its columns and rows.
    pub fn rectangle(&self, node: usize) -> (i32, i32, i32, i32) {
        let Place { along, end, across, broad, .. } = self.layout.places[node];
        if self.form.rightward { (along, across, end - along, broad) } else { (across, along, broad, end - along) }
    }

    /// Paints what `area` shows when its first cell is the cell `origin` of the picture.
    pub fn paint(
        &self,
        world: &World,
        theme: &Theme,
        chosen: Option<usize>,
        edges: &Edges<'_>,
        origin: Point,
        area: Rect,
    ) -> Buffer {
        let mut buffer = Buffer::empty(area);
        buffer.set_style(area, theme.style(Role::Text));
        let painter = Painter { picture: self, world, theme, chosen, edges, origin, area };
        let (from, length) = if self.form.rightward { (origin.0, area.width) } else { (origin.1, area.height) };
        let bands = self.layout.bands_within(from, from + i32::from(length));
        painter.lines(bands.clone(), &mut buffer);
        for rank in bands {
            for node in painter.in_sight(rank) {
                painter.node(*node, &mut buffer);
            }
        }
        buffer
    }
}

/// What painting needs to know.
struct Painter<'a> {
    picture: &'a Picture,
    world: &'a World,
    theme: &'a Theme,
    chosen: Option<usize>,
    edges: &'a Edges<'a>,
    origin: Point,
    area: Rect,
}

impl Painter<'_> {
    /// The nodes of a rank that `area` shows, and perhaps one more on each side.
    fn in_sight(&self, rank: usize) -> &[usize] {
        let nodes = &self.picture.layout.ranks[rank];
        let places = &self.picture.layout.places;
        let (from, length) = if self.picture.form.rightward {
            (self.origin.1, self.area.height)
        } else {
            (self.origin.0, self.area.width)
        };
        let first = nodes.partition_point(|node| places[*node].across + places[*node].broad <= from);
        let last = nodes.partition_point(|node| places[*node].across < from + i32::from(length));
        &nodes[first..last.max(first)]
    }

    fn lines(&self, bands: std::ops::Range<usize>, buffer: &mut Buffer) {
        let mut canvas = Canvas::new(self.area.width, self.area.height);
        let mut heads: Vec<(Point, &'static str, Ink)> = Vec::new();
        for hop in self.picture.layout.bands[bands].iter().flat_map(|band| &self.picture.layout.hops[band.hops.clone()])
        {
            let ink = self.ink(hop);
            let points = self.points(hop);
            canvas.line(&points, ink);
            let touched = ink.worth >= TOUCHED;
            if let (true, Some(end)) = (hop.head, points.last()) {
                heads.push((*end, self.head(true, touched), ink));
            }
            if let (true, Some(&(x, y))) = (hop.back, points.first()) {
                let exit = if self.picture.form.rightward { (x + 1, y) } else { (x, y + 1) };
                heads.push((exit, self.head(false, touched), ink));
            }
        }
        canvas.put(buffer, self.area);
        heads.sort_by_key(|(_, _, ink)| ink.worth);
        for (point, symbol, ink) in heads {
            self.put(buffer, point, symbol, ink.style);
        }
    }

    fn head(&self, forth: bool, touched: bool) -> &'static str {
        match (self.picture.form.rightward, forth, touched) {
            (true, true, false) => "▸",
            (true, true, true) => "▶",
            (true, false, false) => "◂",
            (true, false, true) => "◀",
            (false, true, false) => "▾",
            (false, true, true) => "▼",
            (false, false, false) => "▴",
            (false, false, true) => "▲",
        }
    }

    /// A line's points in cells of `area`. It begins one cell early, under the node it leaves or on the line it goes
    /// on from, so that one which turns at once is seen to come from there.
    fn points(&self, hop: &Hop) -> Vec<Point> {
        let start = (hop.exit - 1, hop.from);
        let along_and_across = match hop.turn {
            None => vec![start, (hop.entry, hop.to)],
            Some(turn) => vec![start, (turn, hop.from), (turn, hop.to), (hop.entry, hop.to)],
        };
        let on_screen = |(along, across)| if self.picture.form.rightward { (along, across) } else { (across, along) };
        along_and_across.into_iter().map(on_screen).map(|(x, y)| (x - self.origin.0, y - self.origin.1)).collect()
    }

    /// How a line is drawn: heavy on the critical path, broken while what it stands for is not met, in the colour of
    /// the need, bold where it touches the chosen node.
    fn ink(&self, hop: &Hop) -> Ink {
        let topology = &self.picture.topology;
        let needs = || hop.edges.iter().flat_map(|edge| &topology.stands_for[*edge]);
        let heavy = needs().any(|(need, dependent)| (self.edges.critical)(*need, *dependent));
        let solid = needs().all(|(need, _)| self.edges.met[*need]);
        let ends = |edge: &usize| {
            let (from, to) = topology.edges[*edge];
            self.chosen == Some(from) || self.chosen == Some(to)
        };
        let touched = hop.edges.iter().any(ends);
        let from = hop.edges.first().map(|edge| topology.nodes[topology.edges[*edge].0]);
        let role = from.map_or(Role::Border, |node| Label::of(self.world, node).role);
        // What has not begun says nothing by its colour; what touches the chosen node is told apart all the same.
        let idle = matches!(role, Role::Waiting | Role::Accent);
        let style = self.theme.style(if !idle {
            role
        } else if touched {
            Role::Text
        } else {
            Role::Border
        });
        // What is underlined or reversed as a word would be neither as a line.
        let style = style.remove_modifier(Modifier::UNDERLINED | Modifier::REVERSED);
        let worth = u8::from(heavy) + if touched { TOUCHED } else { 0 };
        Ink { heavy, solid, worth, style: if touched { style.add_modifier(Modifier::BOLD) } else { style } }
    }

    fn node(&self, node: usize, buffer: &mut Buffer) {
        let (x, y, width, _) = self.picture.rectangle(node);
        let (x, y) = (x - self.origin.0, y - self.origin.1);
        let label = Label::of(self.world, self.picture.topology.nodes[node]);
        let chosen = self.chosen == Some(node);
        let columns = usize::try_from(width).unwrap_or(0);
        for (row, pieces) in self.rows(&label, columns, chosen).into_iter().enumerate() {
            let mut at = x;
            for (text, role) in pieces {
                let style = self.theme.style(role);
                let style = if chosen { style.patch(self.theme.style(Role::Selection)) } else { style };
                let row = i32::try_from(row).unwrap_or(i32::MAX);
                at += self.text(buffer, (at, y.saturating_add(row)), &text, style);
            }
        }
    }

    /// What a node says, row by row, in pieces of one colour. The chosen one has a heavy frame, or brackets.
    fn rows(&self, label: &Label, columns: usize, chosen: bool) -> Vec<Vec<(String, Role)>> {
        let frame = Role::Border;
        let inside = columns.saturating_sub(self.picture.form.framing());
        if !self.picture.form.boxed {
            let said = self.said(label, inside);
            let (open, close) = if chosen { ("[", "]") } else { (" ", " ") };
            let mut row = vec![(open.to_owned(), frame)];
            row.extend(said);
            row.push((close.to_owned(), frame));
            return vec![row];
        }
        let (corners, level, upright) = if chosen {
            (["┏", "┓", "┗", "┛"], "━", "┃")
        } else {
            (["╭", "╮", "╰", "╯"], "─", "│")
        };
        let pad = if self.picture.form.tight { "" } else { " " };
        let name = fit(&label.name, inside);
        let rest = level.repeat(inside - name.width());
        let top = vec![
            (format!("{}{pad}", corners[0]), frame),
            (name, Role::Text),
            (format!("{pad}{rest}{}", corners[1]), frame),
        ];
        let mut middle = vec![(format!("{upright}{pad}"), frame)];
        middle.extend(self.said(label, inside));
        middle.push((format!("{pad}{upright}"), frame));
        let bottom = vec![(format!("{}{}{}", corners[2], level.repeat(columns.saturating_sub(2)), corners[3]), frame)];
        vec![top, middle, bottom]
    }

    /// The row that tells a node's state, filled up to `columns`.
    fn said(&self, label: &Label, columns: usize) -> Vec<(String, Role)> {
        let Form { zoom, boxed, .. } = self.picture.form;
        let figure = match zoom {
            Zoom::Name | Zoom::State => String::new(),
            Zoom::Tiers | Zoom::Figure => label.figure.clone(),
        };
        let mut pieces = Vec::new();
        if zoom == Zoom::Name {
            pieces.push((format!("{} ", label.glyph), label.role));
            filled(&mut pieces, &label.name, Role::Text, columns.saturating_sub(2));
            return pieces;
        }
        let room = columns.saturating_sub(if figure.is_empty() { 0 } else { figure.width() + 1 });
        if boxed {
            filled(&mut pieces, &label.state(), label.role, room);
        } else {
            filled(&mut pieces, &label.state(), label.role, STATE_COLUMNS);
            pieces.push((" ".to_owned(), Role::Text));
            filled(&mut pieces, &label.name, Role::Text, room.saturating_sub(STATE_COLUMNS + 1));
        }
        if !figure.is_empty() {
            pieces.push((format!(" {figure}"), Role::Dim));
        }
        pieces
    }

    /// Writes what is in sight of a text; gives its columns.
    fn text(&self, buffer: &mut Buffer, at: Point, text: &str, style: ratatui::style::Style) -> i32 {
        let mut column = 0;
        for grapheme in ratatui::text::Span::raw(text).styled_graphemes(style) {
            let wide = i32::try_from(grapheme.symbol.width()).unwrap_or(0);
            let x = at.0.saturating_add(column);
            // Half a wide character is no character.
            if x + wide <= i32::from(self.area.width) {
                self.put(buffer, (x, at.1), grapheme.symbol, style);
            }
            column += wide;
        }
        column
    }

    fn put(&self, buffer: &mut Buffer, (x, y): Point, symbol: &str, style: ratatui::style::Style) {
        let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else { return };
        if x < self.area.width && y < self.area.height {
            buffer.set_string(self.area.x + x, self.area.y + y, symbol, style);
        }
    }
}

/// From this worth on a line touches the chosen node.
const TOUCHED: u8 = 2;

/// Adds a text and the blanks that fill it up to `columns`.
fn filled(pieces: &mut Vec<(String, Role)>, text: &str, role: Role, columns: usize) {
    let text = fit(text, columns);
    let blank = " ".repeat(columns.saturating_sub(text.width()));
    pieces.push((text, role));
    pieces.push((blank, Role::Text));
}

/// Whether a node can be gone to.
pub fn can_be_chosen(node: Node) -> bool {
    match node {
        Node::Component(_) | Node::Tier(_) => true,
        Node::Further { .. } => false,
    }
}
