//! What the palette's picks do: as if their key had been pressed, a place gone to, a theme taken.

use super::app::App;
use super::layers::{Palette, Pick};
use super::screens::{Chosen, Screen};

impl App {
    pub(super) fn open_palette(&mut self) {
        let palette = Palette::new(&self.world, &self.themes, self.chosen());
        self.layers.push(palette);
    }

    /// Does what was picked.
    pub(super) fn pick(&mut self, pick: Pick) {
        match pick {
            Pick::Row(row) => self.run(row),
            Pick::Go(chosen) => {
                self.remember_here();
                self.whereabouts.stay();
                self.screen = match chosen {
                    Chosen::Step(_) => Screen::Runbook,
                    Chosen::Event(_) => Screen::Timeline,
                    Chosen::Finding(_) => Screen::Readiness,
                    Chosen::Captured(_) => Screen::Inventory,
                    Chosen::Drifted(..) => Screen::Drift,
                    Chosen::Component(_) | Chosen::Folded | Chosen::Nothing => Screen::Overview,
                };
                self.filter("");
                self.screens.get_mut(self.screen).choose(&self.world, chosen);
            }
            Pick::Theme(name) => match self.themes.theme(&name) {
                Ok(theme) => {
                    self.theme = theme;
                    self.theme_before = None;
                }
                Err(error) => self.notices.cannot(&format!("theme {name}"), &error.to_string()),
            },
        }
    }

    /// Shows the theme that the front layer has under its cursor, and the one from before once it has none. One that
    /// is broken is not shown; picking it says what is wrong.
    pub(super) fn preview(&mut self) {
        let wanted = self.layers.previews().and_then(|name| self.themes.theme(name).ok());
        match (wanted, self.theme_before.take()) {
            (Some(theme), before) => {
                let shown = std::mem::replace(&mut self.theme, theme);
                self.theme_before = Some(before.unwrap_or(shown));
            }
            (None, Some(before)) => self.theme = before,
            (None, None) => {}
        }
    }
}
