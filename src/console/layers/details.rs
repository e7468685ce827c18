//! Details of what is chosen, in front of the screen.

use super::{Answer, Layer, reading};
use crate::console::details;
use crate::console::drift::Known;
use crate::console::look::Theme;
use crate::console::screens::Chosen;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crossterm::event::KeyEvent;

/// The details of what was chosen when they were opened; they live on as the run does.
pub struct Details {
    /// Of what.
    pub of: Chosen,
}

impl Layer for Details {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        reading::key(key)
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let (title, body) = match self.of {
            Chosen::Step(place) => {
                (world.state.plan_step(place).title.to_string(), details::step(world, theme, place, width))
            }
            Chosen::Component(component) => {
                let name = world.state.run.plan.components[component].name.to_string();
                (name, details::component(world, theme, component, width))
            }
            Chosen::Event(place) => details::event(world, theme, place, width),
            Chosen::Captured(place) => match world.captured(place) {
                Some(entry) => (entry.name.to_string(), details::captured(theme, entry, width)),
                None => ("it is captured no longer".to_owned(), Vec::new()),
            },
            Chosen::Drifted(tab, place) => {
                match world.drifts.as_ref().map(|drifts| (drifts.of(tab), drifts.row(tab, place))) {
                    Some((Known::There(compared), Some(row))) => {
                        (format!("{}/{}", row.kind, row.name), details::drifted(theme, tab, compared, row, width))
                    }
                    _ => ("it differs no longer".to_owned(), Vec::new()),
                }
            }
            Chosen::Finding(_) | Chosen::Folded | Chosen::Nothing => ("nothing is chosen".to_owned(), Vec::new()),
        };
        reading::sheet(title, body, theme)
    }
}
