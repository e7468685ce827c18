//! A list with the whole of the chosen thing below it: moving and paging in either, a filter, an order, the mouse. What Readiness,
//! Inventory and Drift share; what a row is they say themselves.

use super::{By, Cursor, Motion, Narrow, Order, chosen, pane};
use crate::console::look::Theme;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// The fewest rows that leave room for the chosen thing below the list.
const LEAST_FOR_DETAILS: u16 = 20;

/// The list, its rows as they were made last, and what is below it.
pub struct Paned<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Which is chosen.
    pub cursor: Cursor,
    /// What it is narrowed to.
    pub narrow: Narrow,
    /// What it goes by.
    pub order: Order,
    /// The rows that the chosen thing has.
    details: u16,
    list: Rect,
    frame: Block<'static>,
    /// What stands above the rows, within the frame.
    head: usize,
    lines: Vec<Line<'static>>,
    below: Option<(Rect, Block<'static>, Vec<Line<'static>>)>,
    /// Whether the keys go to the thing below the list, and how far that is scrolled.
    on_details: bool,
    scroll: usize,
    whole: bool,
}

impl<T> Paned<T> {
    /// An empty one, whose chosen thing has `details` rows, and whose order is its own or one of these.
    pub fn new(details: u16, among: &'static [By]) -> Self {
        Self {
            items: Vec::new(),
            cursor: Cursor::default(),
            narrow: Narrow::default(),
            order: Order::among(among),
            details,
            list: Rect::default(),
            frame: Block::default(),
            head: 0,
            lines: Vec::new(),
            below: None,
            on_details: false,
            scroll: 0,
            whole: false,
        }
    }

    /// The chosen row.
    pub fn chosen(&self) -> Option<&T> {
        self.items.get(self.cursor.at)
    }

    /// Moves in the pane that has the keys; whether that was the list.
    pub fn go(&mut self, motion: Motion) -> bool {
        if self.on_details {
            self.scroll = pane::scrolled(self.scroll, motion, usize::from(self.details - 2));
            return false;
        }
        self.cursor.go(motion, self.items.len());
        self.scroll = 0;
        true
    }

    /// Whether the keys go to the chosen thing.
    pub fn is_on_details(&self) -> bool {
        self.on_details
    }

    /// Gives the keys to the other pane, where there are two.
    pub fn turn_pane(&mut self) {
        self.on_details = !self.on_details && (self.below.is_some() || self.whole);
    }

    /// Gives the pane that has the keys all the room.
    pub fn give_whole(&mut self, whole: bool) {
        self.whole = whole;
    }

    /// Moves in the pane at `at`, whichever has the keys; whether that was the list.
    pub fn wheel(&mut self, at: Position, motion: Motion) -> bool {
        let focus = self.on_details;
        self.on_details = self.is_below(at);
        let moved = self.go(motion);
        self.on_details = focus;
        moved
    }

    /// Chooses what is drawn at `at`, and gives the keys to its pane; whether a row was.
    pub fn click(&mut self, at: Position) -> bool {
        self.on_details = self.is_below(at);
        let line = pane::line_at(self.frame.inner(self.list), at).and_then(|line| line.checked_sub(self.head));
        match line.and_then(|line| self.cursor.row_at(line, self.items.len())) {
            Some(row) => {
                self.cursor.at = row;
                self.scroll = 0;
                true
            }
            None => false,
        }
    }

    /// The column of what is above the rows that `at` is on.
    pub fn head_at(&self, at: Position) -> Option<u16> {
        let inner = self.frame.inner(self.list);
        pane::line_at(inner, at).filter(|line| *line < self.head).map(|_| at.x - inner.x)
    }

    fn is_below(&self, at: Position) -> bool {
        self.below.as_ref().is_some_and(|(area, ..)| area.contains(at))
    }

    /// Parts `area` in the list's and, where there is room, that of the chosen thing.
    pub fn lay(&mut self, area: Rect) -> Option<Rect> {
        let details = match (self.whole, self.on_details) {
            (true, true) => area.height,
            (false, _) if area.height >= LEAST_FOR_DETAILS => self.details,
            (true | false, _) => 0,
        };
        self.on_details &= details > 0;
        let [list, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(details)]).areas(area);
        self.list = list;
        self.below = None;
        (details > 0).then_some(below)
    }

    /// Makes the list's lines: `head` above them, and each row of `line` in the columns that there are. It is called the first of
    /// `titles`, the longest first, that there is room for.
    pub fn list(
        &mut self,
        titles: impl IntoIterator<Item = String, IntoIter: DoubleEndedIterator>,
        key: &str,
        head: Vec<Line<'static>>,
        theme: &Theme,
        mut line: impl FnMut(&T, usize) -> Line<'static>,
    ) {
        let mut titles = titles.into_iter().map(|title| self.narrow.title(&self.order.title(&title, key)));
        // Two corners, and a space on either side of the title.
        let room = usize::from(self.list.width.saturating_sub(4));
        let shortest = titles.next_back().unwrap_or_default();
        let title = titles.find(|title| title.width() <= room).unwrap_or(shortest);
        self.frame = pane::frame(&title, !self.on_details, theme);
        let inner = self.frame.inner(self.list);
        let width = usize::from(inner.width);
        self.head = head.len();
        let rows = usize::from(inner.height).saturating_sub(self.head);
        let shown = self.cursor.window(self.items.len(), rows);
        self.lines = head;
        self.lines.extend(shown.map(|at| {
            let line = line(&self.items[at], width);
            if at == self.cursor.at { chosen(line, theme) } else { line }
        }));
    }

    /// Says something instead of a list, all over `area`.
    pub fn say(
        &mut self,
        area: Rect,
        title: &str,
        theme: &Theme,
        lines: impl FnOnce(usize) -> (Vec<Line<'static>>, Vec<Line<'static>>),
    ) {
        self.list = area;
        self.below = None;
        self.on_details = false;
        self.frame = pane::frame(title, true, theme);
        let (head, rest) = lines(usize::from(self.frame.inner(area).width));
        self.head = head.len();
        self.lines = head;
        self.lines.extend(rest);
    }

    /// Makes the pane of the chosen thing in `area`: as many of its lines as there is room for.
    pub fn details(&mut self, area: Rect, title: &str, theme: &Theme, lines: impl FnOnce(usize) -> Vec<Line<'static>>) {
        let block = pane::frame(title, self.on_details, theme);
        let inner = block.inner(area);
        let lines = lines(usize::from(inner.width));
        let rows = usize::from(inner.height);
        self.scroll = self.scroll.min(lines.len().saturating_sub(rows));
        let block = match pane::cut(self.scroll, rows, lines.len(), theme) {
            Some(cut) => block.title_bottom(cut),
            None => block,
        };
        self.below = Some((area, block, lines.into_iter().skip(self.scroll).collect()));
    }

    /// Draws what was made.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        frame.render_widget(&self.frame, self.list);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(self.list));
        let Some((area, block, lines)) = &self.below else { return };
        frame.render_widget(block, *area);
        frame.render_widget(Paragraph::new(lines.clone()), block.inner(*area));
    }
}
