//! The console without a terminal: keys, events, answers and time in; a drawn frame, commands and wishes out. Nothing
//! here waits.

use super::asking::{Answered, Asking};
use super::clipboard;
use super::commands::{self, Deed, Group, Row};
use super::filter::Filter;
use super::frame::Parts;
use super::keys::Chord;
use super::layers::{
    Answer, Details, End, FacilitatorsMenu, FindingDetails, Form, GateAsked, Help, HoldFirst, Note, Quit, RollBack,
    Skip, Stack,
};
use super::look::{Glyphs, Theme, Themes};
use super::mouse::Targets;
use super::notices::Notices;
use super::reading;
use super::replay::{Begin, Beside, Player};
use super::screens::{Banner, Chosen, Screen, Screens};
use super::widgets::Motion;
use super::world::{About, World};
use super::{Left, Manners};
use crate::engine::{Commander, Facilitator};
use crate::recovery::{Command, Event, Mode};
use crossterm::event::{KeyEvent, KeyEventKind};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The console without a terminal.
pub struct App {
    pub(super) world: World,
    pub(super) theme: Theme,
    /// The theme to go back to, while another is only looked at.
    pub(super) theme_before: Option<Theme>,
    pub(super) themes: Themes,
    pub(super) filter: Filter,
    pub(super) targets: Targets,
    pub(super) mouse_taken: bool,
    pub(super) glyphs: Glyphs,
    pub(super) screen: Screen,
    pub(super) screens: Screens,
    pub(super) banner: Banner,
    pub(super) layers: Stack,
    pub(super) notices: Notices,
    pub(super) parts: Parts,
    pub(super) asking: Asking,
    player: Option<Player>,
    beside: Option<Beside>,
    commander: Option<Commander>,
    facilitator: Option<Facilitator>,
    pub(super) wish: Option<Wish>,
}

/// What the console asks of whoever holds the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Leave.
    Leave(Left),
    /// Give the terminal back to the shell for a while.
    Suspend,
    /// Draw everything again.
    Redraw,
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    /// Put this on the clipboard.
    Copy(String),
}

impl App {
    /// The console of the run that `first` opens; `None` when it opens none.
    pub fn open(
        first: &Arc<Event>,
        about: About,
        commander: Option<Commander>,
        theme: Theme,
        glyphs: Glyphs,
    ) -> Option<Self> {
        let world = World::open(first, About { commands: commander.is_some(), ..about })?;
        Some(Self {
            world,
            theme,
            theme_before: None,
            themes: Themes::default(),
            filter: Filter::default(),
            targets: Targets::default(),
            mouse_taken: false,
            glyphs,
            screen: Screen::Overview,
            screens: Screens::default(),
            banner: Banner::default(),
            layers: Stack::default(),
            notices: Notices::default(),
            parts: Parts::default(),
            asking: Asking::default(),
            player: None,
            beside: None,
            commander,
            facilitator: None,
            wish: None,
        })
    }

    /// The same with what lets things go wrong in a drill.
    pub fn with_facilitator(mut self, facilitator: Option<Facilitator>) -> Self {
        self.world.facilitates = facilitator.is_some();
        self.facilitator = facilitator;
        self
    }

    /// Sets the console up as the user has it.
    pub fn set_up(&mut self, manners: Manners) {
        self.world.keys = manners.keys;
        self.themes = manners.themes;
        self.mouse_taken = manners.mouse;
    }

    /// The console of a recording whose first event is `first`; `None` when that opens no run. It can command nothing.
    pub fn replay(first: &Arc<Event>, about: About, begin: Begin, theme: Theme, glyphs: Glyphs) -> Option<Self> {
        let mut app = Self::open(first, about, None, theme, glyphs)?;
        app.player = Some(Player::open(first, &begin)?);
        app.world.replayed = true;
        if let Some((beside, world)) = begin.beside.and_then(|events| Beside::open(&events, &app.world.about)) {
            app.beside = Some(beside);
            app.world.beside = Some(Box::new(world));
            app.screen = Screen::Compare;
            app.lay_beside();
        }
        Some(app)
    }

    /// Folds events; of a recording, loads them.
    pub fn take(&mut self, events: &[Arc<Event>]) {
        match &mut self.player {
            Some(player) => player.load(events, &mut self.world),
            None => self.world.take(events),
        }
    }

    /// Lets the run's time pass; `true` when a clock on the screen shows another second. A recording has its own time.
    pub fn at(&mut self, now: Timestamp) -> bool {
        if self.player.is_some() {
            return false;
        }
        let before = self.world.changes;
        self.world.at(now);
        self.world.changes != before
    }

    /// Learns that no more events will come.
    pub fn feed_closed(&mut self) {
        if let Some(player) = &mut self.player {
            player.all_loaded(&mut self.world);
            return;
        }
        self.world.followed = false;
        self.world.changes += 1;
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
    fn lay_beside(&mut self) {
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

    /// When the newest event folded happened.
    pub fn newest_at(&self) -> Timestamp {
        self.world.state.at
    }

    /// The recording, where there is one.
    pub fn player(&self) -> Option<&Player> {
        self.player.as_ref()
    }

    /// Whether a clock on the screen is running.
    pub fn clock_runs(&self) -> bool {
        self.player.is_none() && self.world.clock_runs()
    }

    /// Whether commands are on their way.
    pub fn is_asking(&self) -> bool {
        !self.asking.is_empty()
    }

    /// Waits for the next answer to a command. Safe to drop and call again.
    pub async fn answered(&mut self) {
        if let Some(answered) = self.asking.next().await {
            self.tell(answered);
        }
    }

    fn tell(&mut self, answered: Answered) {
        let Answered { said, answer, .. } = answered;
        match answer {
            Some(Ok(())) => {}
            Some(Err(refusal)) => self.notices.refused(&said, &refusal.why, &refusal.clear),
            None => self.notices.refused(&said, "the session ended before it answered", "nothing more was asked of it"),
        }
    }

    /// What is asked of whoever holds the terminal, once.
    pub fn wish(&mut self) -> Option<Wish> {
        self.wish.take()
    }

    /// Takes a key: the front layer first, then the commands table.
    pub fn key(&mut self, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        self.press(key);
        self.preview();
    }

    fn press(&mut self, key: KeyEvent) {
        if !self.layers.is_empty() {
            match self.layers.key(key, &self.world) {
                Answer::Used => return,
                Answer::Close => {
                    self.layers.pop();
                    return;
                }
                Answer::Send { commander, orders } => {
                    self.layers.pop();
                    for (command, said) in orders {
                        self.send(&commander, command, said);
                    }
                    return;
                }
                Answer::Pick(pick) => {
                    self.layers.pop();
                    self.pick(pick);
                    return;
                }
                Answer::Facilitate { facilitator, wish, said } => {
                    self.layers.pop();
                    self.notices.clear();
                    self.asking.wish(&facilitator, wish, said);
                    return;
                }
                Answer::Leave => {
                    self.wish = Some(Wish::Leave(Left::Quit));
                    return;
                }
                Answer::Ignored => {}
            }
        }
        self.notices.pass();
        let typing = self.layers.is_empty() && self.filter.is_typing();
        if typing && self.filter_key(key) {
            return;
        }
        let Some(chord) = Chord::of(key) else { return };
        let Some(row) = self.world.keys.find(chord, self.world.moment()) else { return };
        // Behind a layer only the console's own keys reach through: leave, suspend, draw again; past a filter that is
        // being typed those of moving about too.
        let own = matches!(row.id, "leave" | "suspend" | "redraw");
        let moves = typing && row.group == Group::Move;
        if own || moves || (self.layers.is_empty() && !typing) {
            self.run(row);
        }
    }

    /// Takes pasted text: into a field that takes it, and nowhere else. No command ever comes of it.
    pub fn paste(&mut self, text: &str) {
        if self.layers.is_empty() && self.filter.is_typing() {
            self.filter_paste(text);
        }
        self.layers.paste(text);
    }

    /// Does what a row of the table says, if it can be done now; says why otherwise.
    pub fn run(&mut self, row: &Row) {
        let available = row.usable(&self.world, self.chosen());
        match (row.deed, &self.commander) {
            (Deed::Look(look), _) => match available {
                Ok(()) => look(self),
                Err(why) => self.notices.cannot(row.title, &why.0),
            },
            (Deed::Facilitate(facilitate), _) => match (available, self.facilitator.clone()) {
                (Ok(()), Some(facilitator)) => facilitate(self, &facilitator),
                (Ok(()), None) => self.notices.cannot(row.title, "this console only looks"),
                (Err(why), _) => self.notices.cannot(row.title, &why.0),
            },
            (Deed::Drive(_) | Deed::Destroy(_), None) => {
                self.notices.cannot(row.title, "this console only looks");
            }
            (Deed::Drive(drive) | Deed::Destroy(drive), Some(commander)) => match available {
                Ok(()) => drive(self, &commander.clone()),
                Err(why) => self.notices.cannot(row.title, &why.0),
            },
        }
    }

    /// What is chosen on the screen that is shown.
    pub fn chosen(&self) -> Chosen {
        self.screens.get(self.screen).chosen()
    }

    fn chosen_step(&self) -> Option<usize> {
        self.chosen().step(&self.world)
    }

    fn send(&mut self, commander: &Commander, command: Command, said: impl Into<String>) {
        self.notices.clear();
        self.asking.send(commander, command, said.into());
    }

    // The deeds of the commands table.

    pub(super) fn go(&mut self, commander: &Commander) {
        let next = reading::next_step(&self.world.state);
        let asked = next.and_then(|place| Some((place, reading::open_gate(&self.world.state, place)?.0)));
        if let Some((place, kind)) = asked {
            let gate = GateAsked::new(&self.world, place, kind);
            self.layers.push(Form::new(gate, commander, &self.world));
            return;
        }
        let said = next.map_or("go".to_owned(), |place| format!("start {}", self.world.state.plan_step(place).title));
        self.send(commander, Command::Go { step: None }, said);
    }

    pub(super) fn hold(&mut self, commander: &Commander) {
        self.send(commander, Command::SetMode(Mode::Hold), "hold");
    }

    pub(super) fn resume(&mut self, commander: &Commander) {
        self.send(commander, commands::resume_command(&self.world), "resume");
    }

    pub(super) fn auto(&mut self, commander: &Commander) {
        self.send(commander, Command::SetMode(Mode::Auto), "auto");
    }

    pub(super) fn step_by_step(&mut self, commander: &Commander) {
        self.send(commander, Command::SetMode(Mode::Step), "step by step");
    }

    pub(super) fn start_chosen(&mut self, commander: &Commander) {
        let Some(place) = self.chosen_step() else { return };
        let step = self.world.state.plan_step(place);
        let (id, said) = (step.id.clone(), format!("start {}", step.title));
        self.send(commander, Command::Go { step: Some(id) }, said);
    }

    pub(super) fn retry(&mut self, commander: &Commander) {
        let Some(place) = commands::to_retry(&self.world, self.chosen()) else { return };
        let step = self.world.state.plan_step(place);
        let (id, said) = (step.id.clone(), format!("retry {}", step.title));
        self.send(commander, Command::Retry { step: id }, said);
    }

    pub(super) fn skip(&mut self, commander: &Commander) {
        let Some(place) = commands::to_skip(&self.world, self.chosen()) else { return };
        let step = self.world.state.plan_step(place).id.clone();
        self.layers.push(Form::new(Skip { place, step }, commander, &self.world));
    }

    pub(super) fn note(&mut self, commander: &Commander) {
        let step = self.chosen_step().map(|place| self.world.state.plan_step(place).id.clone());
        self.layers.push(Form::new(Note { step }, commander, &self.world));
    }

    pub(super) fn answer_gate(&mut self, commander: &Commander) {
        let state = &self.world.state;
        let of_chosen = self.chosen_step().and_then(|place| Some((place, reading::open_gate(state, place)?.0)));
        let Some((place, kind)) = of_chosen.or_else(|| state.open_gates.keys().next().copied()) else { return };
        let gate = GateAsked::new(&self.world, place, kind);
        self.layers.push(Form::new(gate, commander, &self.world));
    }

    pub(super) fn roll_back(&mut self, commander: &Commander) {
        if self.world.state.busy().next().is_some() {
            self.layers.push(HoldFirst::new(commander));
            return;
        }
        let back = RollBack::new(&self.world, self.chosen_step());
        self.layers.push(Form::new(back, commander, &self.world));
    }

    pub(super) fn facilitate(&mut self, facilitator: &Facilitator) {
        self.layers.push(FacilitatorsMenu::new(facilitator));
    }

    pub(super) fn end_run(&mut self, commander: &Commander) {
        self.layers.push(Form::new(End, commander, &self.world));
    }

    pub(super) fn show(&mut self, screen: Screen) {
        let chosen = self.chosen().about(&self.world);
        if screen != self.screen {
            self.filter("");
        }
        self.screen = screen;
        self.screens.get_mut(screen).choose(&self.world, chosen);
    }

    pub(super) fn turn_pane(&mut self, by: isize) {
        self.screens.get_mut(self.screen).turn_pane(by);
    }

    pub(super) fn go_to(&mut self, motion: Motion) {
        self.screens.get_mut(self.screen).go(motion);
    }

    pub(super) fn turn_slice(&mut self) {
        if !self.screens.get_mut(self.screen).turn_slice(&self.world) {
            self.notices.cannot(
                "show another part",
                "this screen shows all there is; the graph (3) and the timeline (6) do not",
            );
        }
    }

    pub(super) fn zoom(&mut self, by: isize) {
        if !self.screens.get_mut(self.screen).zoom(by) {
            self.notices.cannot("zoom", "this screen has one measure; the graph (3) has four");
        }
    }

    pub(super) fn copy(&mut self) {
        let Some(text) = clipboard::text_of(&self.world, self.chosen()) else { return };
        self.notices.told(format!("copied, where the terminal lets it: {text}"));
        self.wish = Some(Wish::Copy(text));
    }

    pub(super) fn open_details(&mut self) {
        match self.chosen() {
            Chosen::Finding(place) => {
                let Some(found) = self.world.findings.get(place).cloned() else { return };
                self.layers.push(FindingDetails { found });
            }
            of @ (Chosen::Component(_) | Chosen::Step(_) | Chosen::Event(_) | Chosen::Nothing) => {
                self.layers.push(Details { of });
            }
        }
    }

    pub(super) fn open_help(&mut self) {
        self.layers.push(Help { screen: self.screen, chosen: self.chosen(), narrowed: None });
    }

    /// One level back: a notice, then a filter, then a screen that is not the first. Layers took the key already.
    pub(super) fn back(&mut self) {
        if self.notices.clear() {
            return;
        }
        if self.filter.is_on() {
            self.filter("");
        } else if self.screen != Screen::Overview {
            self.show(Screen::Overview);
        }
    }

    pub(super) fn back_or_leave(&mut self) {
        if !self.notices.clear() {
            self.leave();
        }
    }

    pub(super) fn leave(&mut self) {
        let over = self.world.state.ended.as_ref().filter(|_| self.world.state.is_over());
        if let Some(ended) = over {
            self.wish = Some(Wish::Leave(Left::RunOver(ended.outcome)));
        } else if !self.world.followed {
            self.wish = Some(Wish::Leave(Left::SessionEnded));
        } else if self.commander.is_none() {
            // Nothing ends when someone who only looks goes away.
            self.wish = Some(Wish::Leave(Left::Quit));
        } else if !self.layers.asks_to_leave() {
            self.layers.push(Quit);
        }
    }

    /// Does something with the recording that is played.
    pub(super) fn with_player(&mut self, deed: impl FnOnce(&mut Player, &mut World)) {
        let Some(player) = &mut self.player else { return };
        deed(player, &mut self.world);
        self.world.changes += 1;
        self.lay_beside();
    }

    /// Jumps in the recording that is played, if there is anything further on to jump to.
    pub(super) fn jump(&mut self, deed: impl FnOnce(&mut Player, &mut World) -> bool) {
        let Some(player) = &mut self.player else { return };
        if !deed(player, &mut self.world) {
            self.notices.cannot("jump", "there is none further on that way");
        }
        self.world.changes += 1;
        self.lay_beside();
    }

    pub(super) fn suspend(&mut self) {
        self.wish = Some(Wish::Suspend);
    }

    pub(super) fn cannot_suspend(&mut self) {
        self.notices.cannot("suspend", "no shell started this console: there is nothing to go back to");
    }

    pub(super) fn redraw(&mut self) {
        self.wish = Some(Wish::Redraw);
    }
}
