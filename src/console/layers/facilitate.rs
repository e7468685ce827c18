//! The facilitator's menu of a drill: what goes wrong now and can be ended, what can be let go wrong and with what.
//! A choice changes nothing; only `y` on the question at its end does.

use super::{Answer, Layer};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::widgets::{Cursor, Motion, fit};
use crate::console::words;
use crate::console::world::World;
use crate::engine::Facilitator;
use crate::plan::Intent;
use crate::recovery::facilitate::whose;
use crate::recovery::objective::seconds_between;
use crate::recovery::{Facilitate, State};
use crate::service::fault::Target;
use crate::service::{AimedFault, FaultKind};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The menu, and who sends what is chosen in it.
pub struct Menu {
    facilitator: Facilitator,
    intent: Intent,
    cursor: Cursor,
    page: Page,
}

/// How far the choice has come.
enum Page {
    /// A fault to end, or a kind of fault.
    Faults,
    /// With what, of what it fits.
    Targets { kind: FaultKind, targets: Vec<Target> },
    /// Whether it is meant.
    Sure { wish: Facilitate },
}

/// A line that can be chosen on the first page.
enum Entry<'a> {
    Standing(&'a AimedFault),
    Kind(FaultKind),
}

impl Menu {
    /// The menu of `facilitator` in a drill of `intent`.
    pub fn new(facilitator: &Facilitator, intent: Intent) -> Self {
        Self { facilitator: facilitator.clone(), intent, cursor: Cursor::default(), page: Page::Faults }
    }

    fn go(&mut self, motion: Motion, world: &World) -> Answer {
        let length = match &self.page {
            Page::Faults => entries(&world.state).len(),
            Page::Targets { targets, .. } => targets.len(),
            Page::Sure { .. } => return Answer::Used,
        };
        self.cursor.go(motion, length);
        Answer::Used
    }

    fn enter(&mut self, world: &World) {
        let at = self.cursor.at;
        let page = match &self.page {
            Page::Faults => match entries(&world.state).get(at) {
                Some(Entry::Standing(fault)) => Page::Sure { wish: Facilitate::End((*fault).clone()) },
                Some(Entry::Kind(kind)) => {
                    let targets = kind.targets(&world.state.run.plan);
                    if targets.is_empty() {
                        return;
                    }
                    Page::Targets { kind: *kind, targets }
                }
                None => return,
            },
            Page::Targets { kind, targets } => {
                let Some(target) = targets.get(at) else { return };
                Page::Sure { wish: Facilitate::Inject(AimedFault::new(*kind, target.clone())) }
            }
            Page::Sure { .. } => return,
        };
        self.page = page;
        self.cursor = Cursor::default();
    }

    fn back(&mut self) -> Answer {
        match self.page {
            Page::Faults => return Answer::Close,
            Page::Targets { .. } | Page::Sure { .. } => self.page = Page::Faults,
        }
        self.cursor = Cursor::default();
        Answer::Used
    }

    fn faults(&self, world: &World, theme: &Theme, width: usize) -> Vec<Line<'static>> {
        let state = &world.state;
        let mut lines = vec![line("Let go wrong", theme, Role::Title, width)];
        for (at, kind) in FaultKind::of_a_drill(state.run.intent).enumerate() {
            let fits = !kind.targets(&state.run.plan).is_empty();
            let (role, about) =
                if fits { (Role::Text, kind.about()) } else { (Role::Dim, "fits nothing in this plan") };
            lines.push(self.choice(at, &format!("{:<20} {about}", title(kind)), theme, role, width));
        }
        let kinds = FaultKind::of_a_drill(state.run.intent).count();
        let heading = if state.faults.is_empty() { "Nothing goes wrong now" } else { "Goes wrong now; Enter ends it" };
        lines.extend([Line::default(), line(heading, theme, Role::Title, width)]);
        for (at, standing) in state.faults.iter().enumerate() {
            let age = words::age(seconds_between(standing.since, world.now));
            let whose = whose(&standing.by, standing.scripted);
            let told = format!("{}   {whose}, for {age}", standing.fault.begins());
            lines.push(self.choice(kinds + at, &told, theme, Role::Failed, width));
        }
        lines
    }

    fn targets(&self, kind: FaultKind, targets: &[Target], theme: &Theme, width: usize) -> Vec<Line<'static>> {
        let choices = targets.iter().enumerate().map(|(at, target)| {
            let told = AimedFault::new(kind, target.clone()).begins();
            self.choice(at, &told, theme, Role::Text, width)
        });
        let heading = format!("{}: {}", title(kind), kind.about());
        std::iter::once(line(&heading, theme, Role::Title, width)).chain(choices).collect()
    }

    /// A line that can be chosen: always one, so that the cursor's line is known.
    fn choice(&self, at: usize, told: &str, theme: &Theme, role: Role, width: usize) -> Line<'static> {
        if at == self.cursor.at {
            let told = fit(&format!("▸ {told}"), width);
            let blank = " ".repeat(width.saturating_sub(told.width()));
            return line(&(told + &blank), theme, Role::Selection, width);
        }
        line(&format!("  {told}"), theme, role, width)
    }
}

fn sure(wish: &Facilitate, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    Prose::new(theme, width)
        .say(Role::Title, &format!("From now on: {}.", wish.told()))
        .blank()
        .say(Role::Text, "The simulated cloud changes at once; nothing outside it is touched.")
        .say(Role::Text, "The journal keeps it under the facilitator's name, apart from the commander's acts.")
        .done()
}

fn line(text: &str, theme: &Theme, role: Role, width: usize) -> Line<'static> {
    Line::from(Span::styled(fit(text, width), theme.style(role)))
}

/// What can be chosen on the first page, in its order.
fn entries(state: &State) -> Vec<Entry<'_>> {
    let standing = state.faults.iter().map(|standing| Entry::Standing(&standing.fault));
    FaultKind::of_a_drill(state.run.intent).map(Entry::Kind).chain(standing).collect()
}

fn title(kind: FaultKind) -> String {
    kind.word().replace('-', " ")
}

impl Layer for Menu {
    fn key(&mut self, key: KeyEvent, world: &World) -> Answer {
        match (key.code, &self.page) {
            (KeyCode::Char('y'), Page::Sure { wish }) if key.modifiers.is_empty() => {
                Answer::Facilitate { facilitator: self.facilitator.clone(), said: wish.told(), wish: wish.clone() }
            }
            (KeyCode::Esc | KeyCode::Left | KeyCode::Char('q' | 'h'), _) => self.back(),
            (KeyCode::Enter | KeyCode::Right | KeyCode::Char('l'), _) => {
                self.enter(world);
                Answer::Used
            }
            (KeyCode::Up | KeyCode::Char('k'), _) => self.go(Motion::Up, world),
            (KeyCode::Down | KeyCode::Char('j'), _) => self.go(Motion::Down, world),
            (KeyCode::Home | KeyCode::Char('g'), _) => self.go(Motion::First, world),
            (KeyCode::End | KeyCode::Char('G'), _) => self.go(Motion::Last, world),
            _ => Answer::Ignored,
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let (body, keys) = match &self.page {
            Page::Faults => (self.faults(world, theme, width), "arrows choose   Enter goes on   Esc back"),
            Page::Targets { kind, targets } => {
                (self.targets(*kind, targets, theme, width), "arrows with what   Enter goes on   Esc back")
            }
            Page::Sure { wish } => (sure(wish, theme, width), "y do it   Esc back; Enter alone does nothing"),
        };
        let foot = vec![Line::default(), Line::from(Span::styled(keys, theme.style(Role::Accent)))];
        Sheet { title: "facilitate the drill".to_owned(), role: None, body, foot, ..Sheet::default() }
    }

    fn follows(&self) -> Option<usize> {
        let at = self.cursor.at;
        match self.page {
            // Under the heading; what goes wrong now under a blank line and a heading more.
            Page::Faults if at < FaultKind::of_a_drill(self.intent).count() => Some(at + 1),
            Page::Faults => Some(at + 3),
            Page::Targets { .. } => Some(at + 1),
            Page::Sure { .. } => None,
        }
    }
}
