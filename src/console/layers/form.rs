//! A layer that asks for words before it sends a command. Enter alone is never yes: at least one field must have been
//! filled in as asked, and the layer says which one is not.

use super::{Answer, Asks, Front, Layer};
use crate::console::look::{Role, Theme};
use crate::console::widgets::sheet::Sheet;
use crate::console::widgets::{Field, Motion, fit, wrap};
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
    fn body(&self, world: &World, theme: &Theme, width: usize) -> Body;
    /// The fields it asks for.
    fn fields(&self, world: &World) -> Vec<Asked>;
    /// The command, once every field is as asked. `texts` has one for each field.
    fn command(&self, texts: &[Clean], world: &World) -> Command;
    /// What the command is called on the screen.
    fn said(&self, world: &World) -> String;
    /// Every command that is sent, each with what it is called; more than one only where the layer said so.
    fn orders(&self, texts: &[Clean], world: &World) -> Vec<(Command, String)> {
        vec![(self.command(texts, world), self.said(world))]
    }
    /// Whether each of its commands is sent only once the one before it was taken.
    fn in_turn(&self) -> bool {
        false
    }
    /// The ways to choose among, each with whether it is chosen: always in sight, directly above the fields.
    fn ways(&self, _world: &World) -> Vec<(bool, Role, String)> {
        Vec::new()
    }
    /// What Enter would bring now: always in sight, above the fields.
    fn verdict(&self, _world: &World) -> Option<(Role, String)> {
        None
    }
    /// Why it cannot be sent any more, when the run has moved on.
    fn stands(&self, _world: &World) -> Result<(), String> {
        Ok(())
    }
    /// What it is, to whoever minds what is in front.
    fn front(&self) -> Front {
        Front::Other
    }
    /// Takes a key that chooses among ways to do it; `false` when it is none. A letter comes only where it could not be
    /// part of what is typed.
    fn choose(&mut self, _key: KeyCode, _world: &World) -> bool {
        false
    }
    /// Takes the way, or turns the choice, of this number, from 1 on, for who types lines; `false` when there is none.
    fn pick(&mut self, _number: usize, _world: &World) -> bool {
        false
    }
    /// The keys that it chooses by, in a few words and in fewer; none where there is nothing to choose.
    fn chooses_by(&self, _world: &World) -> [&'static str; 2] {
        [""; 2]
    }
}

/// What a form says above its fields.
#[derive(Debug, Default)]
pub struct Body {
    /// The lines.
    pub lines: Vec<Line<'static>>,
    /// The line of what is chosen.
    pub chosen: Option<usize>,
}

impl From<Vec<Line<'static>>> for Body {
    fn from(lines: Vec<Line<'static>>) -> Self {
        Self { lines, chosen: None }
    }
}

/// A field that is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What stands before it.
    pub label: String,
    /// The same in fewer words, for where there is no room to type beside it.
    pub short: String,
    /// What it takes.
    pub takes: Takes,
    /// Words that are asked for elsewhere: no reason, but one typed once too often.
    pub never: Vec<Clean>,
}

impl Asked {
    /// These words are typed, to do what `to` says: `type us-west-2 to start`.
    pub fn exactly(words: &str, to: &str) -> Self {
        let (label, short) = (format!("type {words} {to}"), format!("type {words}"));
        Self { label, short, takes: Takes::Exactly(Clean::new(words)), never: Vec::new() }
    }

    /// Some words.
    pub fn words(label: &str) -> Self {
        Self { label: label.to_owned(), short: label.to_owned(), takes: Takes::Words, never: Vec::new() }
    }

    /// The same, called `short` where there is little room.
    pub fn in_short(self, short: &str) -> Self {
        Self { short: short.to_owned(), ..self }
    }

    /// Some words, but not these by themselves.
    pub fn but_not<'a>(self, words: impl IntoIterator<Item = &'a str>) -> Self {
        Self { never: words.into_iter().map(Clean::new).collect(), ..self }
    }

    /// Some words, or none.
    pub fn maybe_words(label: &str) -> Self {
        Self { takes: Takes::MaybeWords, ..Self::words(label) }
    }

    fn check(&self, typed: &Clean) -> Result<(), String> {
        if self.never.iter().any(|word| word.as_str() == typed.trim()) {
            return Err(format!("“{}” is no reason: say in words why", typed.trim()));
        }
        self.takes.check(typed)
    }
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

    /// Whether what was typed for `other` is as good here: words are words, a word that must be typed is one of its own.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Words | Self::MaybeWords, Self::Words | Self::MaybeWords) => true,
            (Self::Exactly(one), Self::Exactly(other)) => one == other,
            (Self::Exactly(_), _) | (_, Self::Exactly(_)) => false,
        }
    }

    /// Whether `key` could be part of what is typed here.
    fn may_hold(&self, key: KeyCode) -> bool {
        match (self, key) {
            (Self::Exactly(words), KeyCode::Char(letter)) => words.contains(letter),
            (Self::Words | Self::MaybeWords, KeyCode::Char(_)) => true,
            (Self::Exactly(_) | Self::Words | Self::MaybeWords, _) => false,
        }
    }
}

/// The fewest columns to type in beside a label.
const LEAST_ROOM: usize = 12;
/// The most lines that the verdict takes where it is wide, and where it is narrow.
const VERDICT_LINES: usize = 3;
/// What stands between the parts of a verdict.
const PART: &str = " · ";
/// Below this many columns lines are dear.
const NARROW: usize = 50;

/// A form for a purpose, and who sends what it makes.
pub struct Form<P> {
    pub(super) purpose: P,
    commander: Commander,
    pub(super) fields: Vec<(Asked, Field)>,
    pub(super) at: usize,
    pub(super) message: Option<String>,
    /// Whether what is chosen stays in sight: until the body is scrolled.
    follows: bool,
}

impl<P: Purpose> Form<P> {
    /// An empty form.
    pub fn new(purpose: P, commander: &Commander, world: &World) -> Self {
        let fields = purpose.fields(world).into_iter().map(|asked| (asked, Field::default())).collect();
        Self { purpose, commander: commander.clone(), fields, at: 0, message: None, follows: false }
    }

    /// Asks for what is asked now; what was typed stays where it is still asked for.
    pub(super) fn refill(&mut self, world: &World) {
        let mut before = std::mem::take(&mut self.fields);
        let asked = self.purpose.fields(world).into_iter();
        let kept = asked.map(|asked| {
            let same_label = before.iter().position(|(known, _)| known.label == asked.label);
            // A reason stays one, whether it is for one or for several.
            let own = same_label.or_else(|| before.iter().position(|(known, _)| known.takes.is_like(&asked.takes)));
            let field = own.map(|at| before.swap_remove(at).1).unwrap_or_default();
            (asked, field)
        });
        self.fields = kept.collect();
        self.at = self.at.min(self.fields.len().saturating_sub(1));
    }

    pub(super) fn enter(&mut self, world: &World) -> Answer {
        self.refill(world);
        let texts: Vec<Clean> = self.fields.iter().map(|(_, field)| field.text()).collect();
        let up_to = if self.at + 1 < texts.len() { self.at + 1 } else { texts.len() };
        for (at, ((asked, _), text)) in self.fields.iter().zip(&texts).enumerate().take(up_to) {
            if let Err(why) = asked.check(text) {
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
        let orders = self.purpose.orders(&texts, world);
        Answer::Send { commander: self.commander.clone(), orders, in_turn: self.purpose.in_turn() }
    }

    fn foot(&self, world: &World, theme: &Theme, width: usize) -> (Vec<Line<'static>>, Option<(usize, usize)>) {
        let mut foot = vec![Line::default()];
        let mut cursor = None;
        let verdict = self.purpose.verdict(world);
        if let Some((role, text)) = &verdict {
            let style = theme.style(*role);
            foot.extend(within(text, width).into_iter().map(|line| Line::from(Span::styled(line, style))));
        }
        for (chosen, role, text) in self.purpose.ways(world) {
            let sign = if chosen { "(x)" } else { "( )" };
            foot.push(Line::from(Span::styled(fit(&format!("  {sign} {text}"), width), theme.style(role))));
        }
        for (at, (asked, field)) in self.fields.iter().enumerate() {
            let here = at == self.at;
            let whole = format!("{} {} ", if here { "▸" } else { " " }, asked.label);
            let short = format!("{} {} ", if here { "▸" } else { " " }, asked.short);
            let label = if width < whole.width() + LEAST_ROOM { short } else { whole };
            let label = fit(&label, width);
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
        let stands = if verdict.is_some() { Ok(()) } else { self.purpose.stands(world) };
        let (told, role) = match (&self.message, stands) {
            (Some(message), _) => (message.clone(), Role::Failed),
            (None, Err(why)) => (why, Role::Failed),
            (None, Ok(())) => (self.keys(world, width), Role::Dim),
        };
        foot.push(Line::from(Span::styled(fit(&told, width), theme.style(role))));
        (foot, cursor)
    }

    /// The keys, as many as there is room for; how to send and how to go back first.
    fn keys(&self, world: &World, width: usize) -> String {
        let several = self.fields.len() > 1;
        let sends = if several { ["Enter next, then send", "Enter next"] } else { ["Enter sends"; 2] };
        let field = if several { "Tab field" } else { "" };
        let [chooses, choose] = self.purpose.chooses_by(world);
        let tries = [
            [sends[0], chooses, field, "Esc back"],
            [sends[0], chooses, "", "Esc back"],
            [sends[0], choose, "", "Esc back"],
            [sends[1], choose, "", "Esc back"],
        ];
        for parts in tries {
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            for gap in ["   ", "  "] {
                let line = parts.join(gap);
                if line.width() <= width {
                    return line;
                }
            }
        }
        sends[1].to_owned()
    }
}

/// `text` in as few lines as a verdict may have.
fn within(text: &str, width: usize) -> Vec<String> {
    let most = if width < NARROW { 1 } else { VERDICT_LINES };
    let mut lines = wrap(text, width);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(whole_parts(&rest, width));
    }
    lines
}

/// As many of the parts of `text` as there is room for, each whole: no number is cut in the middle.
fn whole_parts(text: &str, width: usize) -> String {
    let mut kept = String::new();
    for part in text.split(PART) {
        let longer = if kept.is_empty() { part.to_owned() } else { format!("{kept}{PART}{part}") };
        if longer.width() + 2 > width {
            break;
        }
        kept = longer;
    }
    if kept.is_empty() { fit(text, width) } else { format!("{kept} …") }
}

impl<P: Purpose> Layer for Form<P> {
    fn key(&mut self, key: KeyEvent, world: &World) -> Answer {
        let typed_here = self.fields.get(self.at).is_some_and(|(asked, _)| asked.takes.may_hold(key.code));
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter => return self.enter(world),
            KeyCode::Tab if self.fields.len() > 1 => self.at = (self.at + 1) % self.fields.len(),
            KeyCode::BackTab if self.fields.len() > 1 => {
                self.at = (self.at + self.fields.len() - 1) % self.fields.len();
            }
            code if !typed_here && self.purpose.choose(code, world) => {
                self.follows = true;
                self.message = None;
                self.refill(world);
            }
            _ => {
                self.follows = false;
                let Some((_, field)) = self.fields.get_mut(self.at) else { return Answer::Ignored };
                if !field.key(key) {
                    return Answer::Ignored;
                }
                self.message = None;
            }
        }
        Answer::Used
    }

    fn paste(&mut self, text: &str) {
        let Some((asked, field)) = self.fields.get_mut(self.at) else { return };
        match asked.takes {
            Takes::Exactly(_) => self.message = Some("this is typed, not pasted".to_owned()),
            Takes::Words | Takes::MaybeWords => field.insert(text),
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let (foot, cursor) = self.foot(world, theme, width);
        let body = self.purpose.body(world, theme, width);
        Sheet {
            title: self.purpose.title(world),
            role: Some(self.purpose.role()),
            body: body.lines,
            foot,
            keys: Some(self.keys(world, width)),
            cursor,
            aside: None,
            follow: body.chosen.filter(|_| self.follows),
        }
    }

    fn wheel(&mut self, _: Motion) -> bool {
        self.follows = false;
        false
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn front(&self) -> Front {
        self.purpose.front()
    }

    fn asks(&mut self) -> Option<&mut dyn Asks> {
        Some(self)
    }
}
