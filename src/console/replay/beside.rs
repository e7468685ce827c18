//! Another recording laid beside the one that is played, always at the same time since its own declaration.

use super::{Begin, Player};
use crate::console::world::{About, World};
use crate::recovery::Event;
use crate::recovery::objective::seconds_between;
use crate::text::Clean;
use std::sync::Arc;

/// The other recording.
pub struct Beside {
    player: Player,
}

impl Beside {
    /// The other recording and its world; `None` when its events open no run.
    pub fn open(events: &[Arc<Event>], about: &About) -> Option<(Self, World)> {
        let (first, rest) = events.split_first()?;
        let begin = Begin { speed: 1.0, at: None, playing: false, beside: None };
        let mut world = World::open(first, About { journal: Clean::new("the other run"), ..about.clone() })?;
        world.replayed = true;
        let mut player = Player::open(first, &begin)?;
        player.load(rest, &mut world);
        player.all_loaded(&mut world);
        Some((Self { player }, world))
    }

    /// How long it is, in seconds from its declaration.
    pub fn length_seconds(&self) -> f64 {
        self.player.length_seconds()
    }

    /// Takes the other recording's `world` to where `played` stands, by the time since each was declared.
    pub fn follow(&mut self, played: &Player, declared_at: jiff::Timestamp, world: &mut World) {
        self.player.seek_seconds(seconds_between(declared_at, played.time()), world);
    }
}
