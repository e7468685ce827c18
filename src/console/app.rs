//! The console without a terminal: keys, events, answers and time in; a drawn frame, commands and wishes out. Nothing
//! here waits.

use super::asking::{Answered, Asking};
use super::call::{Caller, Calling};
use super::commands::{Deed, Group, Row};
use super::drift::Drifts;
use super::filter::Filter;
use super::frame::Parts;
use super::inventory::Inventory;
use super::keymap::Keymap;
use super::keys::Chord;
use super::layers::{Answer, Stack};
use super::leading::Leading;
use super::look::{Glyphs, Theme, Themes};
use super::notices::Notices;
use super::replay::{Beside, Player};
use super::restore::Preview;
use super::screens::{Banner, Chosen, Screen, Screens};
use super::targets::Targets;
use super::tips::{Tip, Tips};
use super::whereabouts::Whereabouts;
use super::world::{About, World};
use super::{Label, Left, Manners};
use crate::engine::{Commander, Facilitator, Tails};
use crate::plan::AccountName;
use crate::recovery::{Command, Event};
use crate::text::Clean;
use crossterm::event::{KeyEvent, KeyEventKind};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// The console without a terminal.
pub struct App {
    pub(super) world: World,
    pub(super) keymap: Keymap,
    pub(super) theme: Theme,
    /// The theme to go back to, while another is only looked at.
    pub(super) theme_before: Option<Theme>,
    pub(super) themes: Themes,
    pub(super) filter: Filter,
    pub(super) targets: Targets,
    pub(super) whereabouts: Whereabouts,
    pub(super) mouse_taken: bool,
    pub(super) glyphs: Glyphs,
    pub(super) screen: Screen,
    pub(super) screens: Screens,
    pub(super) banner: Banner,
    pub(super) layers: Stack,
    pub(super) notices: Notices,
    pub(super) parts: Parts,
    pub(super) asking: Asking,
    pub(super) player: Option<Player>,
    pub(super) beside: Option<Beside>,
    pub(super) commander: Option<Commander>,
    pub(super) facilitator: Option<Facilitator>,
    pub(super) tails: Option<Tails>,
    pub(super) caller: Caller,
    pub(super) leading: Leading,
    pub(super) tips: Tips,
    pub(super) wish: Option<Wish>,
    /// What a command typed by its name is about: where nothing is drawn, nothing can be chosen on a screen.
    pub(super) named: Option<Chosen>,
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
    /// Write this into files.
    Write(Writing),
}

/// What is written into files, beside the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// What differs, and what no state of Terraform declares.
    Drift,
    /// What a restore to the other region makes.
    Restore,
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
        let caller = Caller::new(Calling::default(), &world);
        let mut app = Self {
            world,
            keymap: Keymap::default(),
            theme,
            theme_before: None,
            themes: Themes::default(),
            filter: Filter::default(),
            targets: Targets::default(),
            whereabouts: Whereabouts::default(),
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
            tails: None,
            caller,
            leading: Leading::default(),
            tips: Tips::default(),
            wish: None,
            named: None,
        };
        app.bind(Keymap::default());
        Some(app)
    }

    fn bind(&mut self, keymap: Keymap) {
        self.world.keys = keymap.hints(self.glyphs);
        self.keymap = keymap;
    }

    /// The same with what lets things go wrong in a drill.
    pub fn with_facilitator(mut self, facilitator: Option<Facilitator>) -> Self {
        self.world.facilitates = facilitator.is_some();
        self.facilitator = facilitator;
        self
    }

    /// The same with what reads the logs of components.
    pub fn with_tails(mut self, tails: Option<Tails>) -> Self {
        self.world.reads_logs = tails.is_some();
        self.tails = tails;
        self
    }

    /// Shows what going back would do, and asks for the words.
    pub fn ask_to_roll_back(&mut self) {
        if let Some(commander) = self.commander.clone() {
            self.roll_back(&commander);
        }
    }

    /// Sets the console up as the user has it.
    pub fn set_up(&mut self, manners: Manners) {
        self.bind(manners.keys);
        self.themes = manners.themes;
        self.mouse_taken = manners.mouse;
    }

    /// Calls the user by these from now on: for what stands now too, but that a run is over already.
    pub fn call_by(&mut self, calling: Calling) {
        self.caller = Caller::new(calling, &self.world);
    }

    /// When the next call is due, if there is one.
    pub fn call_due(&mut self, now: Instant) -> Option<Instant> {
        self.caller.look(&self.world, now);
        self.caller.due()
    }

    /// The call that is due: what is written to the terminal for it.
    pub fn call(&mut self) -> Option<String> {
        self.caller.call(&self.world)
    }

    /// Learns whether the terminal has the user's eyes.
    pub fn focus(&mut self, here: bool) {
        self.caller.focus(here);
    }

    /// What gives the terminal its new title, where that changed.
    pub fn title(&mut self, now: Instant) -> Option<String> {
        self.caller.title(&self.world, now)
    }

    /// Folds events; of a recording, loads them.
    pub fn take(&mut self, events: &[Arc<Event>]) {
        match &mut self.player {
            Some(player) => player.load(events, &mut self.world),
            None => {
                let before = self.world.state.expired.clone();
                self.world.take(events);
                self.tell_of_credentials(&before);
                self.lead();
            }
        }
    }

    /// Credentials that have expired are told where nothing cuts it, with the command that renews them; and that they work
    /// again.
    fn tell_of_credentials(&mut self, before: &BTreeMap<Option<AccountName>, Clean>) {
        let expired = &self.world.state.expired;
        let whose = |account: &Option<AccountName>| {
            account.as_ref().map_or_else(String::new, |account| format!(" of {account}"))
        };
        for (account, why) in expired.iter().filter(|(account, _)| !before.contains_key(*account)) {
            let told = format!("the credentials{} have expired: {why}", whose(account));
            self.notices
                .alarm(told, "renew them in another terminal: they are read again, and the run goes on by itself");
        }
        for account in before.keys().filter(|account| !expired.contains_key(*account)) {
            self.notices.clear();
            self.notices.told(format!("the credentials{} work again", whose(account)));
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

    /// Tells a newcomer what they should know, on the way.
    pub fn tell_tips(&mut self) {
        self.tips = Tips::all();
    }

    /// The tip that is told now, in words.
    pub(super) fn tip(&mut self) -> Option<(Tip, String)> {
        let front = self.layers.front();
        self.tips.learn(&self.world, front);
        let tip = self.tips.now(&self.world, front)?;
        Some((tip, tip.words(&self.world)))
    }

    /// Puts the tip away that is told now; `false` where there is none.
    pub(super) fn put_away_tip(&mut self) -> bool {
        let told = self.tips.now(&self.world, self.layers.front());
        told.inspect(|tip| self.tips.put_away(*tip)).is_some()
    }

    /// Whether the time of the run is to pass no faster than the wall's: something in front of a drill that this console
    /// drives is being read.
    pub fn eases(&mut self) -> bool {
        let drives = self.world.about.label == Label::Drill && self.commander.is_some() && self.world.clock_runs();
        // The first thing that is told is read before anything runs.
        let reads = !self.layers.is_empty() || self.tip().is_some_and(|(tip, _)| tip == Tip::Start);
        let eased = drives && reads && self.world.about.time_scale > 1.0;
        self.set_eased(eased);
        eased
    }

    /// Learns whether whoever drives the run has eased its time.
    pub fn set_eased(&mut self, eased: bool) {
        self.world.eased = eased;
    }

    /// Whether it is.
    pub fn is_eased(&self) -> bool {
        self.world.eased
    }

    /// Learns that no more events will come.
    pub fn feed_closed(&mut self) {
        if let Some(player) = &mut self.player {
            player.all_loaded(&mut self.world);
            return;
        }
        let parted = self.commander.as_ref().and_then(|commander| commander.parted().cloned());
        self.world.part(parted);
    }

    /// Learns whether the session that drives a watched run is gone.
    pub fn driver_is_gone(&mut self, gone: bool) {
        self.world.driver_is_gone(gone);
    }

    /// Learns what differs.
    pub fn take_drifts(&mut self, drifts: Option<Arc<Drifts>>) {
        self.world.take_drifts(drifts);
    }

    /// Learns what a restore would make.
    pub fn take_restore(&mut self, restore: Option<Arc<Preview>>) {
        self.world.take_restore(restore);
    }

    /// Learns why nothing of it is written into files, where nothing is.
    pub fn take_unwritten(&mut self, why: Option<&'static str>) {
        self.world.unwritten = why;
    }

    /// Learns what came of writing: where the files are, or why there are none.
    pub fn wrote(&mut self, what: Writing, came: Result<String, String>) {
        match came {
            Ok(told) => self.notices.told(told),
            Err(why) => {
                let title = match what {
                    Writing::Drift => "write what differs",
                    Writing::Restore => "write the restore",
                };
                self.notices.cannot(title, &why);
            }
        }
    }

    /// Learns what was captured of the application.
    pub fn take_inventory(&mut self, inventory: Option<Inventory>) {
        self.world.take_inventory(inventory);
    }

    /// When the newest event folded happened.
    pub fn newest_at(&self) -> Timestamp {
        self.world.state.at
    }

    /// Whether a clock on the screen is running.
    pub fn clock_runs(&self) -> bool {
        self.player.is_none() && self.world.clock_runs()
    }

    /// Whether commands are on their way.
    pub fn is_asking(&self) -> bool {
        !self.asking.is_empty()
    }

    /// Whether commands are on their way, or a log is read.
    pub fn is_waiting(&self) -> bool {
        self.is_asking() || self.layers.is_told()
    }

    /// Waits for the next answer to a command, or for what a log says. Safe to drop and call again.
    pub async fn answered(&mut self) {
        let (asks, is_told) = (self.is_asking(), self.layers.is_told());
        tokio::select! {
            answered = self.asking.next(), if asks => {
                if let Some(answered) = answered {
                    self.tell(answered);
                }
            }
            () = self.layers.told(), if is_told => {}
            else => {}
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
        if self.leading.drops() && !self.is_own(key) {
            return;
        }
        self.press(key);
        self.lead();
        self.preview();
    }

    /// Whether `key` is one of the console's own: leave, suspend, draw again. They reach through whatever is in front.
    fn is_own(&self, key: KeyEvent) -> bool {
        let row = Chord::of(key).and_then(|chord| self.keymap.find(chord, self.world.moment()));
        row.is_some_and(|row| matches!(row.id, "leave" | "suspend" | "redraw"))
    }

    fn press(&mut self, key: KeyEvent) {
        if !self.layers.is_empty() {
            let answer = self.layers.key(key, &self.world);
            if self.took(answer) {
                return;
            }
        }
        self.notices.pass();
        let typing = self.layers.is_empty() && self.filter.is_typing();
        if typing && self.filter_key(key) {
            return;
        }
        if self.layers.is_empty() && !typing && self.types_for_a_gate(key) {
            return;
        }
        let Some(chord) = Chord::of(key) else { return };
        let Some(row) = self.keymap.find(chord, self.world.moment()) else { return };
        // Behind a layer only the console's own keys reach through: leave, suspend, draw again; past a filter that is
        // being typed those of moving about too.
        let own = matches!(row.id, "leave" | "suspend" | "redraw");
        let moves = typing && row.group == Group::Move;
        if own || moves || (self.layers.is_empty() && !typing) {
            self.run(row);
        }
    }

    /// Does what the front layer made of what was given to it; `false` when it was not for the layer.
    pub(super) fn took(&mut self, answer: Answer) -> bool {
        match answer {
            Answer::Used => {}
            Answer::Ignored => return false,
            Answer::Close => {
                self.put_away_tip();
                self.layers.pop();
            }
            Answer::Send { commander, orders, in_turn } => {
                self.put_away_tip();
                self.layers.pop();
                self.notices.clear();
                if in_turn {
                    self.asking.send_in_turn(&commander, orders.into());
                } else {
                    orders.into_iter().for_each(|(command, said)| self.asking.send(&commander, command, said));
                }
            }
            Answer::Pick(pick) => {
                self.layers.pop();
                self.pick(pick);
            }
            Answer::Facilitate { facilitator, wish, said } => {
                self.layers.pop();
                self.notices.clear();
                self.asking.wish(&facilitator, wish, said);
            }
            Answer::Write(what) => self.write(what),
            Answer::Leave => self.wish = Some(Wish::Leave(Left::Quit)),
        }
        true
    }

    /// Takes pasted text: into a field that takes it, and nowhere else. No command ever comes of it.
    pub fn paste(&mut self, text: &str) {
        if self.leading.drops() {
            return;
        }
        if self.layers.is_empty() && self.filter.is_typing() {
            self.filter_paste(text);
        } else {
            self.pastes_for_a_gate();
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

    /// What is chosen on the screen that is shown, or what was named.
    pub fn chosen(&self) -> Chosen {
        self.named.unwrap_or_else(|| self.screens.get(self.screen).chosen())
    }

    pub(super) fn chosen_step(&self) -> Option<usize> {
        self.chosen().step(&self.world)
    }

    pub(super) fn send(&mut self, commander: &Commander, command: Command, said: impl Into<String>) {
        self.notices.clear();
        self.asking.send(commander, command, said.into());
    }
}
