//! Where the user stands: whether what is chosen follows the run, whether a pane has the whole screen, and the places
//! that can be jumped back to.

use super::look::{Role, Theme};
use super::screens::{Chosen, Screen};
use super::world::World;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// How many places are kept to jump back to.
const PLACES: usize = 64;

/// Where the user stands.
#[derive(Debug, Default)]
pub struct Whereabouts {
    /// Whether what is chosen goes along with the run.
    pub following: bool,
    /// The step that was gone to last, and on which screen.
    pub followed: Option<(Screen, usize)>,
    /// Whether somebody has chosen anything: until then nothing goes along from one screen to another that has something of
    /// its own to show first.
    pub chose: bool,
    /// Whether the pane that has the keys has the whole screen.
    pub whole: bool,
    trail: Vec<(Screen, Chosen)>,
    corner: (Rect, Line<'static>),
}

impl Whereabouts {
    /// Remembers where the user stood before a jump. The same place twice in a row is one.
    pub fn leave(&mut self, screen: Screen, chosen: Chosen) {
        if self.trail.last() != Some(&(screen, chosen)) {
            self.trail.push((screen, chosen));
        }
        if self.trail.len() > PLACES {
            self.trail.remove(0);
        }
    }

    /// The place before the last jump; `None` at the first one. Where the user stands already is passed over.
    pub fn back(&mut self, screen: Screen, chosen: Chosen) -> Option<(Screen, Chosen)> {
        std::iter::from_fn(|| self.trail.pop()).find(|place| *place != (screen, chosen))
    }

    /// What is chosen is somebody's choice, and no longer goes along with the run.
    pub fn stay(&mut self) {
        self.chose = true;
        (self.following, self.followed) = (false, None);
    }

    /// Makes what is said of it at the right of the first line of `body`; nothing where there is nothing to say.
    pub fn prepare(&mut self, world: &World, theme: &Theme, body: Rect) {
        let follows = self.following.then(|| format!("follows the run [{}]", world.keys.hint("follow")));
        let whole = self.whole.then(|| format!("whole screen [{}]", world.keys.hint("whole")));
        let told: Vec<String> = follows.into_iter().chain(whole).collect();
        if told.is_empty() {
            self.corner = Default::default();
            return;
        }
        let keys: Vec<String> =
            told.iter().map(|told| told.split(' ').next_back().unwrap_or_default().to_owned()).collect();
        // What the pane is called is worth more: a third of its line is free for this.
        let short = |told: &String| {
            let (first, key) = (told.split(' ').next(), told.rsplit(' ').next());
            format!("{} {}", first.unwrap_or_default(), key.unwrap_or_default())
        };
        let shorter: Vec<String> = told.iter().map(short).collect();
        let told = [told.join(", "), shorter.join(", "), keys.join(" ")].map(|told| format!(" {told} "));
        let room = usize::from(body.width / 3);
        let told = told.into_iter().find(|told| told.width() <= room).unwrap_or_default();
        let line = Line::from(Span::styled(told, theme.style(Role::Accent)));
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(body.width);
        let right = body.right().saturating_sub(width + 1).max(body.x);
        self.corner = (Rect { x: right, width, height: body.height.min(1), ..body }, line);
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let (area, line) = &self.corner;
        frame.render_widget(Paragraph::new(line.clone()), area.intersection(frame.area()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumping_back_goes_through_the_places_and_passes_over_where_one_stands() {
        let mut whereabouts = Whereabouts::default();
        whereabouts.leave(Screen::Overview, Chosen::Component(1));
        whereabouts.leave(Screen::Overview, Chosen::Component(1));
        whereabouts.leave(Screen::Runbook, Chosen::Step(4));
        let here = (Screen::Runbook, Chosen::Step(4));
        assert_eq!(whereabouts.back(here.0, here.1), Some((Screen::Overview, Chosen::Component(1))));
        assert_eq!(whereabouts.back(Screen::Overview, Chosen::Component(1)), None);
    }

    #[test]
    fn the_places_are_bounded() {
        let mut whereabouts = Whereabouts::default();
        for place in 0..10_000 {
            whereabouts.leave(Screen::Runbook, Chosen::Step(place));
        }
        let mut back = 0;
        while whereabouts.back(Screen::Overview, Chosen::Nothing).is_some() {
            back += 1;
        }
        assert_eq!(back, PLACES);
    }
}
