//! The mouse: the wheel scrolls the pane under it, a click chooses, changes screens or does what a word of the footer
//! says, a drag moves borders. A click never confirms anything: layers do not hear it.

use super::app::{App, Wish};
use super::commands::Row;
use super::screens::Screen;
use super::widgets::Motion;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

/// How many rows a notch of the wheel is.
const NOTCH: usize = 3;

/// What can be clicked around the screen, as it was drawn last.
#[derive(Default)]
pub struct Targets {
    screens: Vec<(Rect, Screen)>,
    rows: Vec<(Rect, &'static Row)>,
    body: Rect,
}

impl Targets {
    /// Nothing can be clicked.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The screens' names stand at the start of `line`, a span each.
    pub fn screens(&mut self, area: Rect, line: &Line<'_>, screens: impl Iterator<Item = Screen>) {
        self.screens = beside(area, line.spans.iter().map(ratatui::text::Span::width)).zip(screens).collect();
    }

    /// The commands stand in `line`, two spans each: key and word.
    pub fn rows(&mut self, area: Rect, line: &Line<'_>, rows: Vec<&'static Row>) {
        let widths = line.spans.chunks(2).map(|spans| spans.iter().map(ratatui::text::Span::width).sum());
        self.rows = beside(area, widths).zip(rows).collect();
    }

    /// The screen itself stands there.
    pub fn body(&mut self, area: Rect) {
        self.body = area;
    }
}

/// Places side by side from the left of `area`, each this wide.
fn beside(area: Rect, widths: impl Iterator<Item = usize>) -> impl Iterator<Item = Rect> {
    widths.scan(area.x, move |x, width| {
        let width = u16::try_from(width).unwrap_or(u16::MAX);
        let place = Rect { x: *x, width, height: 1.min(area.height), ..area };
        *x = x.saturating_add(width);
        Some(place)
    })
}

fn at<T: Copy>(places: &[(Rect, T)], position: Position) -> Option<T> {
    places.iter().find(|(place, _)| place.contains(position)).map(|(_, what)| *what)
}

impl App {
    /// Takes what the mouse did; `true` when anything on the screen may be another for it.
    pub fn mouse(&mut self, event: MouseEvent) -> bool {
        let position = Position::new(event.column, event.row);
        match event.kind {
            MouseEventKind::ScrollUp => self.wheel(position, Motion::Up),
            MouseEventKind::ScrollDown => self.wheel(position, Motion::Down),
            MouseEventKind::Down(MouseButton::Left) => self.click(position),
            MouseEventKind::Drag(MouseButton::Left) => {
                self.layers.is_empty() && self.screens.get_mut(self.screen).drag(position)
            }
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => false,
        }
    }

    fn wheel(&mut self, position: Position, motion: Motion) -> bool {
        if !self.layers.is_empty() {
            self.layers.wheel(motion, NOTCH);
            return true;
        }
        if !self.targets.body.contains(position) {
            return false;
        }
        for _ in 0..NOTCH {
            self.screens.get_mut(self.screen).wheel(position, motion);
        }
        true
    }

    fn click(&mut self, position: Position) -> bool {
        if !self.layers.is_empty() {
            return false;
        }
        if let Some(screen) = at(&self.targets.screens, position) {
            self.show(screen);
            return true;
        }
        if let Some(row) = at(&self.targets.rows, position) {
            self.run(row);
            return true;
        }
        if !self.targets.body.contains(position) {
            return false;
        }
        let view = self.screens.get_mut(self.screen);
        if !view.grab(position) {
            view.click(position);
        }
        true
    }

    /// Takes the mouse from the terminal, or gives it back.
    pub(super) fn turn_mouse(&mut self) {
        self.mouse_taken = !self.mouse_taken;
        let told = if self.mouse_taken {
            "the mouse is taken: wheel, click and drag work here".to_owned()
        } else {
            let key = self.world.keys.hint("mouse");
            format!("the mouse is the terminal's again: text can be selected; {key} takes it back")
        };
        self.notices.told(told);
        self.wish = Some(Wish::Mouse(self.mouse_taken));
    }
}
