//! The whole of a finding, in front of the screen.

use super::{Answer, Layer, reading};
use crate::console::details;
use crate::console::findings::Found;
use crate::console::look::Theme;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crossterm::event::KeyEvent;

/// A finding as it was when this was opened: the list may change behind it.
pub struct FindingDetails {
    /// The finding.
    pub found: Found,
}

impl Layer for FindingDetails {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        reading::key(key)
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        reading::sheet(self.found.finding.code.clone(), details::finding(world, theme, &self.found, width), theme)
    }
}
