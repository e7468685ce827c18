//! A layer that asks for words before it sends a command. Enter alone is never yes: at least one field must have been
//! filled in as asked, and the layer says which one is not.

use super::{Answer, Layer};
use crate::console::look::{Role, Theme};
use crate::console::widgets::sheet::Sheet;
use crate::console::widgets::{Field, fit};
use crate::console::world::World;
use crate::engine::Commander;
use crate::recovery::Command;
use crate::text::Clean;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// What a form is for.
pub trait Purpose: Send {
    /// On its frame.
    fn title(&self, world: &World) -> String;
    /// How its frame looks.
    fn role(&self) -> Role;
    /// What will happen and what cannot be undone.
    fn body(&self, world: &World, theme: &Theme, width: usize) -> Vec<Line<'static>>;
    /// The fields it asks for.
    fn fields(&self, world: &World) -> Vec<Asked>;
    /// The command, once every field is as asked. `texts` has one for each field.
    fn command(&self, texts: &[Clean]) -> Command;
    /// What the command is called on the screen.
    fn said(&self, world: &World) -> String;
    /// Every command that is sent, each with what it is called; more than one only where the layer said so.
    fn orders(&self, texts: &[Clean], world: &World) -> Vec<(Command, String)> {
        vec![(self.command(texts), self.said(world))]
    }
    /// Why it cannot be sent any more, when the run has moved on.
    fn stands(&self, _world: &World) -> Result<(), String> {
        Ok(())
    }
    /// Takes a key that chooses among ways to do it; `false` when it is none.
    fn choose(&mut self, _key: KeyCode, _world: &World) -> bool {
        false
    }
}

/// A field that is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What stands before it.
    pub label: String,
    /// What it takes.
    pub takes: Takes,
}

/// What a field takes.
#[derive(Clone, Debug)]
pub enum Takes {
    /// These words and no others, typed, never pasted.
    Exactly(Clean),
    /// Some words.
    Words,
    /// Some words, or none.
    MaybeWords,
}

impl Takes {
    fn check(&self, typed: &Clean) -> Result<(), String> {
        let typed = typed.trim();
        match self {
            Self::Exactly(wanted) if typed == wanted.as_str() => Ok(()),
            Self::Exactly(wanted) if typed.is_empty() => Err(format!("type {wanted} first; Enter alone does nothing")),
            Self::Exactly(wanted) => Err(format!("“{typed}” is not {wanted}: nothing was sent")),
            Self::Words if typed.is_empty() => Err("words are needed here; Enter alone does nothing".to_owned()),
            Self::Words | Self::MaybeWords => Ok(()),
        }
    }
}

/// The fewest columns to type in beside a label.
const LEAST_ROOM: usize = 12;

/// A form for a purpose, and who sends what it makes.
pub struct Form<P> {
    purpose: P,
    commander: Commander,
    asked: Vec<Asked>,
    fields: Vec<Field>,
    at: usize,
    message: Option<String>,
}

impl<P: Purpose> Form<P> {
    /// An empty form.
    pub fn new(purpose: P, commander: &Commander, world: &World) -> Self {
        let asked = purpose.fields(world);
        let fields = vec![Field::default(); asked.len()];
        Self { purpose, commander: commander.clone(), asked, fields, at: 0, message: None }
    }

    fn enter(&mut self, world: &World) -> Answer {
        let texts: Vec<Clean> = self.fields.iter().map(Field::text).collect();
        let up_to = if self.at + 1 < texts.len() { self.at + 1 } else { texts.len() };
        for (at, (asked, text)) in self.asked.iter().zip(&texts).enumerate().take(up_to) {
            if let Err(why) = asked.takes.check(text) {
                self.at = at;
                self.message = Some(why);
                return Answer::Used;
            }
        }
        self.message = None;
        if self.at + 1 < texts.len() {
            self.at += 1;
            return Answer::Used;
        }
        if let Err(why) = self.purpose.stands(world) {
            self.message = Some(why);
            return Answer::Used;
        }
        Answer::Send { commander: self.commander.clone(), orders: self.purpose.orders(&texts, world) }
    }

    fn foot(&self, world: &World, theme: &Theme, width: usize) -> (Vec<Line<'static>>, Option<(usize, usize)>) {
        let mut foot = vec![Line::default()];
        let mut cursor = None;
        for (at, (asked, field)) in self.asked.iter().zip(&self.fields).enumerate() {
            let here = at == self.at;
            let label = fit(&format!("{} {} ", if here { "▸" } else { " " }, asked.label), width);
            let mut spans = vec![Span::styled(label, theme.style(if here { Role::Accent } else { Role::Dim }))];
            // Beside its label where there is room to type, else on a line of its own.
            if width < spans[0].width() + LEAST_ROOM {
                foot.push(Line::from(std::mem::take(&mut spans)));
            }
            let before = spans.first().map_or(0, Span::width);
            let room = width.saturating_sub(before);
            let (shown, column) = field.shown(room);
            if here {
                cursor = Some((foot.len(), before + column));
            }
            let blank = " ".repeat(room.saturating_sub(shown.width()));
            spans.push(Span::styled(shown + &blank, theme.style(Role::Text).underlined()));
            foot.push(Line::from(spans));
        }
        let (told, role) = match (&self.message, self.purpose.stands(world)) {
            (Some(message), _) => (message.clone(), Role::Failed),
            (None, Err(why)) => (why, Role::Failed),
            (None, Ok(())) if self.asked.len() > 1 => {
                ("Enter next, then send   Tab field   Esc back".to_owned(), Role::Dim)
            }
            (None, Ok(())) => ("Enter sends   Esc back".to_owned(), Role::Dim),
        };
        foot.push(Line::from(Span::styled(fit(&told, width), theme.style(role))));
        (foot, cursor)
    }
}

impl<P: Purpose> Layer for Form<P> {
    fn key(&mut self, key: KeyEvent, world: &World) -> Answer {
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter => return self.enter(world),
            KeyCode::Tab if !self.fields.is_empty() => self.at = (self.at + 1) % self.fields.len(),
            KeyCode::BackTab if !self.fields.is_empty() => {
                self.at = (self.at + self.fields.len() - 1) % self.fields.len();
            }
            code if self.purpose.choose(code, world) => {}
            _ => {
                let Some(field) = self.fields.get_mut(self.at) else { return Answer::Ignored };
                if !field.key(key) {
                    return Answer::Ignored;
                }
                self.message = None;
            }
        }
        Answer::Used
    }

    fn paste(&mut self, text: &str) {
        let (Some(asked), Some(field)) = (self.asked.get(self.at), self.fields.get_mut(self.at)) else { return };
        match asked.takes {
            Takes::Exactly(_) => self.message = Some("this is typed, not pasted".to_owned()),
            Takes::Words | Takes::MaybeWords => field.insert(text),
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let (foot, cursor) = self.foot(world, theme, width);
        Sheet {
            title: self.purpose.title(world),
            role: Some(self.purpose.role()),
            body: self.purpose.body(world, theme, width),
            foot,
            cursor,
        }
    }

    fn takes_text(&self) -> bool {
        true
    }
}
