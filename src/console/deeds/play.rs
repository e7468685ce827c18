//! The console of a recording: opening it, letting it play, going about in it, and the other run beside it.

use crate::console::app::App;
use crate::console::look::{Glyphs, Theme};
use crate::console::replay::{Begin, Beside, Player};
use crate::console::screens::Screen;
use crate::console::world::{About, World};
use crate::recovery::Event;
use std::sync::Arc;
use std::time::Duration;

impl App {
    /// The console of a recording whose first event is `first`; `None` when that opens no run. It can command nothing.
    pub fn replay(first: &Arc<Event>, about: About, begin: Begin, theme: Theme, glyphs: Glyphs) -> Option<Self> {
        let mut app = Self::open(first, about, None, theme, glyphs)?;
        app.player = Some(Player::open(first, &begin)?);
        app.world.replayed = true;
        if let Some((beside, world)) = begin.beside.and_then(|events| Beside::open(&events, &app.world.about)) {
            if let Some(player) = &mut app.player {
                player.go_on_for(beside.length_seconds());
            }
            app.beside = Some(beside);
            app.world.beside = Some(Box::new(world));
            app.screen = Screen::Compare;
            app.lay_beside();
        }
        Some(app)
    }

    /// Lets the viewer's time pass for a recording; `true` when what is shown changed.
    pub fn play(&mut self, passed: Duration) -> bool {
        let changed = self.player.as_mut().is_some_and(|player| player.pass(passed, &mut self.world));
        if changed {
            self.lay_beside();
        }
        changed
    }

    /// Takes the other recording to the same time.
    pub(in crate::console) fn lay_beside(&mut self) {
        let (Some(beside), Some(player)) = (&mut self.beside, &self.player) else { return };
        let declared_at = self.world.state.run.declared_at;
        if let Some(world) = &mut self.world.beside {
            beside.follow(player, declared_at, world);
        }
    }

    /// Goes to a place of a recording, in seconds from the declaration of the incident; to its end when there is none
    /// given.
    pub fn seek(&mut self, seconds: Option<f64>) {
        self.with_player(|player, world| match seconds {
            Some(seconds) => player.seek_seconds(seconds, world),
            None => player.to_end(world),
        });
    }

    /// Whether a recording is being played.
    pub fn is_playing(&self) -> bool {
        self.player.as_ref().is_some_and(Player::is_playing)
    }

    /// Whether it is the console of a recording.
    pub fn is_replay(&self) -> bool {
        self.player.is_some()
    }

    /// The recording, where there is one.
    pub fn player(&self) -> Option<&Player> {
        self.player.as_ref()
    }

    /// Does something with the recording that is played.
    pub(in crate::console) fn with_player(&mut self, deed: impl FnOnce(&mut Player, &mut World)) {
        let Some(player) = &mut self.player else { return };
        deed(player, &mut self.world);
        self.world.changes += 1;
        self.lay_beside();
    }

    /// Jumps in the recording that is played, if there is anything further on to jump to.
    pub(in crate::console) fn jump(&mut self, deed: impl FnOnce(&mut Player, &mut World) -> bool) {
        let Some(player) = &mut self.player else { return };
        if !deed(player, &mut self.world) {
            self.notices.cannot("jump", "there is none further on that way");
        }
        self.world.changes += 1;
        self.lay_beside();
    }
}
