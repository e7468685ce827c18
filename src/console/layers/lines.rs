//! A form asked line by line: what it says, which field is asked for now, what a line typed there does. The same words,
//! fields and refusals as on the screen; only the way they are given is another.

use super::Answer;
use super::form::{Form, Purpose, Takes};
use crate::console::look::Theme;
use crate::console::widgets::Field;
use crate::console::world::World;
use ratatui::text::Line;

/// Wider than anything that is told: lines are wrapped by whoever reads them.
pub const WIDE: usize = 4_000;

/// What is asked of somebody who types lines.
pub trait Asks {
    /// What stands on its frame.
    fn title(&self, world: &World) -> String;
    /// What it says above its fields.
    fn body(&self, world: &World, theme: &Theme) -> Vec<Line<'static>>;
    /// The ways to choose among, each with its number, where they do not stand in the body.
    fn ways(&self, world: &World) -> Vec<String>;
    /// What sending it would bring now, or why it cannot be sent.
    fn verdict(&self, world: &World) -> Option<String>;
    /// What is to be typed now.
    fn question(&self) -> Option<String>;
    /// Whether these are the very words that are asked for now.
    fn wants(&self, typed: &str) -> bool;
    /// Whether any words would do now: a reason, a note.
    fn takes_words(&self) -> bool;
    /// Takes the way, or turns the choice, of this number; `false` when there is none.
    fn pick(&mut self, number: usize, world: &World) -> bool;
    /// Takes what was typed.
    fn line(&mut self, typed: &str, world: &World) -> Answer;
    /// Why the last line was not taken.
    fn refused(&mut self) -> Option<String>;
}

impl<P: Purpose> Asks for Form<P> {
    fn title(&self, world: &World) -> String {
        self.purpose.title(world)
    }

    fn body(&self, world: &World, theme: &Theme) -> Vec<Line<'static>> {
        self.purpose.body(world, theme, WIDE).lines
    }

    fn ways(&self, world: &World) -> Vec<String> {
        let ways = self.purpose.ways(world).into_iter().enumerate();
        ways.map(|(at, (chosen, _, text))| format!("{} ({}) {text}", at + 1, if chosen { "x" } else { " " })).collect()
    }

    fn verdict(&self, world: &World) -> Option<String> {
        match self.purpose.verdict(world) {
            Some((_, verdict)) => Some(verdict),
            None => self.purpose.stands(world).err(),
        }
    }

    fn question(&self) -> Option<String> {
        let (asked, _) = self.fields.get(self.at)?;
        Some(match asked.takes {
            Takes::Exactly(_) => asked.label.clone(),
            Takes::Words => format!("{}: in words", asked.label),
            Takes::MaybeWords => format!("{}: in words, or an empty line for none", asked.label),
        })
    }

    fn wants(&self, typed: &str) -> bool {
        self.fields.get(self.at).is_some_and(|(asked, _)| match &asked.takes {
            Takes::Exactly(words) => words.as_str() == typed,
            Takes::Words | Takes::MaybeWords => false,
        })
    }

    fn takes_words(&self) -> bool {
        self.fields.get(self.at).is_some_and(|(asked, _)| match asked.takes {
            Takes::Exactly(_) => false,
            Takes::Words | Takes::MaybeWords => true,
        })
    }

    fn pick(&mut self, number: usize, world: &World) -> bool {
        let picked = self.purpose.pick(number, world);
        if picked {
            self.refill(world);
        }
        picked
    }

    fn line(&mut self, typed: &str, world: &World) -> Answer {
        if let Some((_, field)) = self.fields.get_mut(self.at) {
            *field = Field::default();
            field.insert(typed);
        }
        self.enter(world)
    }

    fn refused(&mut self) -> Option<String> {
        self.message.take()
    }
}
