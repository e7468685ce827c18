//! Layers: what stands in front of the screen. The front one gets keys first; one opens by itself, the single gate that is open.

mod details;
mod end;
mod facilitate;
mod finding;
mod form;
mod gate;
mod help;
mod lines;
mod note;
mod palette;
mod quit;
mod reading;
mod restore;
mod roll_back;
mod score;
mod service_log;
mod skip;
mod start;

pub use details::Details;
pub use end::End;
pub use facilitate::Menu as FacilitatorsMenu;
pub use finding::FindingDetails;
pub use form::Form;
pub use gate::GateAsked;
pub use help::Help;
pub use lines::{Asks, WIDE};
pub use note::Note;
pub use palette::{Palette, Pick};
pub use quit::Quit;
pub use restore::RestorePreview;
pub use roll_back::RollBack;
pub use score::ScoreSheet;
pub use service_log::ServiceLog;
pub use skip::Skip;
pub use start::{StartForm, Then};

use super::app::Writing;
use super::look::Theme;
use super::widgets::Motion;
use super::widgets::sheet::{self, Sheet};
use super::world::World;
use crate::engine::{Commander, Facilitator};
use crate::recovery::{Command, Facilitate};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Something in front of the screen.
pub trait Layer: Send {
    /// Takes a key.
    fn key(&mut self, key: KeyEvent, world: &World) -> Answer;
    /// Takes pasted text.
    fn paste(&mut self, _text: &str) {}
    /// What it shows, `width` columns wide.
    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet;
    /// Whether it takes letters as text.
    fn takes_text(&self) -> bool {
        false
    }
    /// The line of its body that stays in sight.
    fn follows(&self) -> Option<usize> {
        None
    }
    /// Moves through its list by the wheel; `false` where it has none and its body scrolls.
    fn wheel(&mut self, _motion: Motion) -> bool {
        false
    }
    /// The theme that everything is shown in while it is in front.
    fn previews(&self) -> Option<&str> {
        None
    }
    /// What it is, to whoever minds what is in front.
    fn front(&self) -> Front {
        Front::Other
    }
    /// Whether it asks whether to leave.
    fn asks_to_leave(&self) -> bool {
        false
    }
    /// Whether something more may be told to it.
    fn is_told(&self) -> bool {
        false
    }
    /// What is told to it, where it is a log.
    fn log(&mut self) -> Option<&mut ServiceLog> {
        None
    }
    /// What it asks, for who types lines; none where it only shows, or asks for a key.
    fn asks(&mut self) -> Option<&mut dyn Asks> {
        None
    }
}

/// What is in front, as far as it matters to what is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The start form.
    Start,
    /// A gate.
    Gate,
    /// The way back.
    Back,
    /// Something else.
    Other,
}

/// What a layer made of a key.
#[derive(Debug)]
pub enum Answer {
    /// It was for the layer.
    Used,
    /// It was not.
    Ignored,
    /// The layer is done.
    Close,
    /// The layer is done and this is sent. Only who was handed a commander can say so.
    Send {
        /// Sends it.
        commander: Commander,
        /// What, each with what it is called on the screen.
        orders: Vec<(Command, String)>,
        /// Whether each is sent only once the one before it was taken.
        in_turn: bool,
    },
    /// The layer is done and this is wished for. Only who was handed a facilitator can say so.
    Facilitate {
        /// Sends it.
        facilitator: Facilitator,
        /// What.
        wish: Facilitate,
        /// What it is called on the screen.
        said: String,
    },
    /// The layer is done, and this was picked in it.
    Pick(Pick),
    /// This is to be written into files; the layer stays.
    Write(Writing),
    /// The console is left.
    Leave,
}

/// What is said while the time of a drill passes no faster than the wall's.
const EASED: &str = "×1 while this is open";

/// The layers, the front one last.
#[derive(Default)]
pub struct Stack {
    held: Vec<Held>,
}

struct Held {
    layer: Box<dyn Layer>,
    scroll: usize,
    sheet: Sheet,
    place: sheet::Place,
}

impl Stack {
    /// Puts a layer in front.
    pub fn push(&mut self, layer: impl Layer + 'static) {
        let (sheet, place) = (Sheet::default(), sheet::Place::default());
        self.held.push(Held { layer: Box::new(layer), scroll: 0, sheet, place });
    }

    /// Takes the front layer away; `false` when there is none.
    pub fn pop(&mut self) -> bool {
        self.held.pop().is_some()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Leaves only the front one.
    pub fn only_the_front(&mut self) {
        self.held.drain(..self.held.len().saturating_sub(1));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// What is in front, if anything is.
    pub fn front(&self) -> Option<Front> {
        self.held.last().map(|held| held.layer.front())
    }

    /// Whether something more may be told to any of them.
    pub fn is_told(&self) -> bool {
        self.held.iter().any(|held| held.layer.is_told())
    }

    /// Waits until something was told to one of them. Safe to drop and call again.
    pub async fn told(&mut self) {
        let told = self.held.iter_mut().rev().filter(|held| held.layer.is_told()).find_map(|held| held.layer.log());
        match told {
            Some(log) => log.told().await,
            None => std::future::pending().await,
        }
    }

    /// Whether the front layer asks whether to leave.
    pub fn asks_to_leave(&self) -> bool {
        self.held.last().is_some_and(|held| held.layer.asks_to_leave())
    }

    /// The theme that the front layer shows everything in.
    pub fn previews(&self) -> Option<&str> {
        self.held.last().and_then(|held| held.layer.previews())
    }

    /// Gives a key to the front layer; what it leaves scrolls its body.
    pub fn key(&mut self, key: KeyEvent, world: &World) -> Answer {
        let Some(front) = self.held.last_mut() else { return Answer::Ignored };
        let answer = front.layer.key(key, world);
        if !matches!(answer, Answer::Ignored) {
            return answer;
        }
        let letters = !front.layer.takes_text();
        front.scroll = match key.code {
            KeyCode::Up => front.scroll.saturating_sub(1),
            KeyCode::Char('k') if letters => front.scroll.saturating_sub(1),
            KeyCode::Down => front.scroll.saturating_add(1),
            KeyCode::Char('j') if letters => front.scroll.saturating_add(1),
            KeyCode::PageUp => front.scroll.saturating_sub(10),
            KeyCode::PageDown => front.scroll.saturating_add(10),
            KeyCode::Home => 0,
            KeyCode::Char('g') if letters => 0,
            KeyCode::End => usize::MAX,
            KeyCode::Char('G') if letters => usize::MAX,
            _ => return Answer::Ignored,
        };
        Answer::Used
    }

    /// Scrolls the front layer's body by `rows`, or moves through its list.
    pub fn wheel(&mut self, motion: Motion, rows: usize) {
        let Some(front) = self.held.last_mut() else { return };
        if front.layer.wheel(motion) {
            return;
        }
        front.scroll = match motion {
            Motion::Up => front.scroll.saturating_sub(rows),
            Motion::Down => front.scroll.saturating_add(rows),
            Motion::Left | Motion::Right | Motion::First | Motion::Last | Motion::PageUp | Motion::PageDown => {
                front.scroll
            }
        };
    }

    /// Gives pasted text to the front layer.
    pub fn paste(&mut self, text: &str) {
        if let Some(front) = self.held.last_mut() {
            front.layer.paste(text);
        }
    }

    /// Makes the front layer's sheet for `area`, with `tip` above all it says.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect, tip: Option<&str>) {
        let Some(front) = self.held.last_mut() else { return };
        front.sheet = front.layer.sheet(world, theme, sheet::text_width(area));
        front.sheet.aside = world.eased.then_some(EASED);
        if let Some(tip) = tip {
            front.sheet.say_first(tip, theme, sheet::text_width(area));
        }
        if let Some(line) = front.layer.follows().or(front.sheet.follow) {
            front.scroll = front.sheet.scroll_to(area, front.scroll, line);
        }
        front.place = front.sheet.place(area, &mut front.scroll);
    }

    /// What the front layer asks, for who types lines.
    pub fn asks(&mut self) -> Option<&mut (dyn Asks + '_)> {
        self.held.last_mut().and_then(|held| held.layer.asks()).map(|asks| asks as _)
    }

    /// The front layer as lines without an end, for who reads them one by one.
    pub fn read(&self, world: &World, theme: &Theme) -> Option<Sheet> {
        self.held.last().map(|held| held.layer.sheet(world, theme, lines::WIDE))
    }

    /// The keys that the front layer takes, in words, as it was made last.
    pub fn keys(&self) -> Option<String> {
        self.held.last().map(|held| held.sheet.keys())
    }

    /// Draws the front layer.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: &Theme) {
        if let Some(front) = self.held.last() {
            front.sheet.draw(frame, &front.place, theme);
        }
    }
}
