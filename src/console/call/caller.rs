//! Calls, as they fall due: waits for the rest of a burst, minds whether the person looks already, keeps the title. Says
//! what is to be written; writes nothing.

use super::terminal::{BELL, Calling, title};
use super::{Call, Calls};
use crate::console::Label;
use crate::console::sentence::sentence;
use crate::console::world::World;
use std::time::Duration;
use tokio::time::Instant;

/// How long the rest of a burst is waited for: what comes within it is one call.
const BURST: Duration = Duration::from_millis(250);
/// How often the title follows a number that only counts on.
const COUNTED: Duration = Duration::from_secs(10);

/// What is known of where the person looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    /// The terminal has told nothing: called as if they were away, since a bell too many is less than one too few.
    Untold,
    Here,
    Away,
}

/// Calls a person, by what they want to be called by.
pub struct Caller {
    bell: bool,
    title: bool,
    notify: bool,
    calling: Calling,
    calls: Calls,
    focus: Focus,
    due: Option<Instant>,
    titled: Option<(String, Instant)>,
}

impl Caller {
    /// Who calls in a console opened on `world`. A recording calls nobody; who only looks on is called when they say so.
    pub fn new(calling: Calling, world: &World) -> Self {
        let (calls_by_itself, may_be_called) = match world.about.label {
            Label::Real | Label::Drill => (true, true),
            Label::Watch => (false, true),
            Label::Replay | Label::ReadOnly => (false, false),
        };
        let wanted = |said: Option<bool>| may_be_called && said.unwrap_or(calls_by_itself);
        let has_title = world.about.label != Label::Replay && calling.terminal.titled;
        Self {
            bell: wanted(calling.bell),
            title: has_title && calling.title.unwrap_or(true),
            notify: wanted(calling.notify) && calling.terminal.dialect.is_some(),
            calling,
            calls: Calls::opened(world),
            focus: Focus::Untold,
            due: None,
            titled: None,
        }
    }

    /// Whether the title is kept.
    pub fn keeps_a_title(&self) -> bool {
        self.title
    }

    /// Whether it matters where the person looks.
    pub fn minds_focus(&self) -> bool {
        self.bell || self.notify
    }

    /// The terminal has, or has not, the person's eyes.
    pub fn focus(&mut self, here: bool) {
        self.focus = if here { Focus::Here } else { Focus::Away };
    }

    /// Looks whether somebody is to be called, and when.
    pub fn look(&mut self, world: &World, now: Instant) {
        if self.due.is_none() && self.minds_focus() && self.calls.is_due(world) {
            self.due = Some(now + BURST);
        }
    }

    /// When the next call is due.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The call that is due: what is written for it. Nothing where the person looks already.
    pub fn call(&mut self, world: &World) -> Option<String> {
        self.due = None;
        let Call { title, text } = self.calls.take(world)?;
        if self.focus == Focus::Here {
            return None;
        }
        let mut written = String::new();
        if self.bell {
            written.push_str(BELL);
        }
        if self.notify {
            written.push_str(&self.calling.terminal.notification(&title, &text));
        }
        Some(written)
    }

    /// What gives the terminal its new title, where that changed. A number that only counts on is no change of its own.
    pub fn title(&mut self, world: &World, now: Instant) -> Option<String> {
        if !self.title {
            return None;
        }
        let said = sentence(world);
        let stands = self.titled.as_ref().is_some_and(|(before, at)| {
            *before == said || (uncounted(before) == uncounted(&said) && now < *at + COUNTED)
        });
        if stands {
            return None;
        }
        let written = title(&said);
        self.titled = Some((said, now));
        Some(written)
    }

    /// The terminal was given away meanwhile: its title is told again.
    pub fn retitle(&mut self) {
        self.titled = None;
    }
}

fn uncounted(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit() && *c != ':').collect()
}
