//! The mouse: the wheel scrolls the pane under it, a click chooses, changes screens or does what a word of the footer
//! says, a drag moves borders. A click never confirms anything: layers do not hear it.

use super::app::{App, Wish};
use super::widgets::Motion;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// How many rows a notch of the wheel is.
const NOTCH: usize = 3;

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
        if !self.targets.is_body(position) {
            return false;
        }
        self.whereabouts.stay();
        for _ in 0..NOTCH {
            self.screens.get_mut(self.screen).wheel(position, motion);
        }
        true
    }

    fn click(&mut self, position: Position) -> bool {
        if !self.layers.is_empty() {
            return false;
        }
        if let Some(screen) = self.targets.screen_at(position) {
            self.show(screen);
            return true;
        }
        if let Some(row) = self.targets.row_at(position) {
            self.run(row);
            return true;
        }
        if !self.targets.is_body(position) {
            return false;
        }
        let view = self.screens.get_mut(self.screen);
        if !view.grab(position) {
            view.click(position);
            self.whereabouts.stay();
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
