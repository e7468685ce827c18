//! What a typed line does: it answers what is asked, or calls a command by its name.

use super::words::{self, Called, OWN, Own};
use super::{Plain, tell};
use crate::console::Left;
use crate::console::app::Wish;
use crate::console::commands::Access;
use crate::console::layers::Answer;
use crate::recovery::Mode;
use crate::text::Clean;
use tokio::time::Instant;

/// How many lines `log` tells.
const LOG: usize = 30;

impl Plain {
    /// Takes a line that came at `at`.
    pub(super) fn line(&mut self, typed: &str, at: Instant) {
        if self.app.layers.asks_to_leave() {
            return self.leaves(typed);
        }
        let called = words::called(typed);
        let Some(asks) = self.app.layers.asks() else {
            return match called {
                Some(called) => self.command(called),
                None if typed.is_empty() => self.tell_facts(),
                None => self.say(&format!("“{typed}” is no command here; help tells what can be typed")),
            };
        };
        let is_stale = self.question.as_ref().is_some_and(|question| at < question.told_at);
        if Clean::new(typed).as_str() != typed {
            // What was taken back by a key that a terminal would have seen is still in it.
            self.say("that line holds characters that cannot be seen: not taken");
            return self.ask();
        }
        let number = typed.parse::<usize>().ok();
        match called {
            // Whoever typed it had not read the question.
            None if is_stale => {
                self.say(&format!("“{typed}” was typed before this was asked: not taken"));
                self.ask();
            }
            Some(called) if !asks.wants(typed) && (called.is_bare() || !asks.takes_words()) => self.command(called),
            Some(_) | None if number.is_some_and(|number| asks.pick(number, &self.app.world)) => self.picked(typed),
            Some(_) | None => self.give(typed),
        }
    }

    /// Whether to leave was asked.
    fn leaves(&mut self, typed: &str) {
        self.app.layers.pop();
        if matches!(typed, "y" | "yes" | "quit" | "q" | "leave") {
            self.app.wish = Some(Wish::Leave(Left::Quit));
        } else {
            self.say("stays");
            self.led = None;
            // What was asked before is asked again, before anything else.
            if let Some(opening) = self.aside.take() {
                self.asked.remove(&opening);
            }
        }
    }

    /// Says what was chosen, what it would bring now, and what is asked.
    fn picked(&mut self, number: &str) {
        let world = &self.app.world;
        let Some(asks) = self.app.layers.asks() else { return };
        let begins = format!("{number} ");
        let body = tell::text(&asks.body(world, &self.theme));
        let told: Vec<String> =
            body.into_iter().chain(asks.ways(world)).filter(|line| line.starts_with(&begins)).collect();
        let verdict = asks.verdict(world);
        if let Some(question) = &mut self.question {
            question.verdict.clone_from(&verdict);
        }
        self.say_all(told.into_iter().chain(verdict));
        self.ask();
    }

    /// Gives the open question what was typed.
    fn give(&mut self, typed: &str) {
        let world = &self.app.world;
        let Some(asks) = self.app.layers.asks() else { return };
        let answer = asks.line(typed, world);
        let refused = asks.refused();
        let is_sent = matches!(answer, Answer::Send { .. });
        self.app.took(answer);
        if is_sent {
            self.sent = self.question.take().and_then(|question| question.by_itself);
            return;
        }
        self.say_all(refused);
        self.ask();
    }

    fn command(&mut self, called: Called<'_>) {
        let asked = self.asked_times;
        match called {
            Called::Own(own) => self.own(own),
            // A note, or a reason, that was typed behind its command is no question any more.
            Called::Row(row, text) if row.id == "note" && !text.is_empty() => {
                self.put_away_for("note");
                self.call(row.id, "", None);
                self.give(text);
            }
            // As the key for it: held, it goes on.
            Called::Row(row, "") if row.id == "go" && self.app.world.state.mode == Mode::Hold => {
                self.call("resume", "", None);
            }
            Called::Row(row, step) if row.id == "go" && !step.is_empty() => self.call("start-step", step, None),
            Called::Row(row, about) => self.call(row.id, about, None),
        }
        if self.asked_times == asked {
            // It was no answer: what is asked is still asked.
            self.ask();
        }
    }

    fn put_away_for(&mut self, what: &str) {
        if !self.app.layers.is_empty() {
            self.put_away();
            self.say(&format!("what was asked is put away for the {what}; answer asks it again"));
        }
    }

    fn own(&mut self, own: Own) {
        let world = &self.app.world;
        match own {
            Own::Status => self.tell_facts(),
            Own::Next => {
                let lines = tell::next(world);
                self.say_all(lines);
            }
            Own::Readiness => {
                let lines = tell::findings(world);
                self.say_all(lines);
            }
            Own::Log => {
                let lines = tell::last(world, LOG);
                self.say_all(lines);
            }
            Own::Again if self.app.layers.is_empty() => self.say("nothing is asked"),
            Own::Again => self.tell_question(),
            Own::Back if self.app.layers.is_empty() => self.say("nothing is asked: there is nothing to go back from"),
            Own::Back => {
                self.put_away();
                self.say("put away; nothing was sent");
            }
            Own::Help => self.help(),
            Own::Quit => self.quit(),
        }
    }

    fn help(&mut self) {
        self.say("commands, by their names:");
        let world = &self.app.world;
        let rows = words::rows().filter(|(row, _)| world.about.commands || row.access() == Access::Look);
        let rows: Vec<String> = rows.map(|(row, more)| format!("{}{more}: {}", row.id, row.help)).collect();
        let own = OWN.iter().map(|(_, names, help)| format!("{}: {help}", names.join(" or ")));
        self.say_all(rows);
        self.say_all(own);
        self.say("what is asked takes the words it names, and nothing else; a number before [ ] or ( ) chooses it");
    }

    fn quit(&mut self) {
        let before = self.app.layers.len();
        self.app.leave();
        self.tell_opened(before, None);
    }

    /// No more lines come: it is left as by `quit`. Who only looks goes on telling until nobody drives the run.
    pub(super) fn end_of_input(&mut self) {
        self.more_is_typed = false;
        if !self.app.world.about.commands {
            return;
        }
        self.app.layers = Default::default();
        self.app.leave();
        if self.app.layers.asks_to_leave() {
            self.say("standard input has ended: the run is left where it stands, and can be resumed");
            self.app.wish = Some(Wish::Leave(Left::Quit));
        }
    }

    /// An interrupt: it asks first, and leaves when it comes again.
    pub(super) fn interrupted(&mut self) -> Option<Left> {
        if self.app.layers.asks_to_leave() {
            return Some(Left::Signal("SIGINT"));
        }
        self.say("interrupted: the run goes on until it is left; another interrupt leaves it");
        self.quit();
        None
    }

    /// Tells the facts, and again what is asked.
    pub(super) fn every_minute(&mut self) {
        if !self.app.clock_runs() {
            return;
        }
        self.at_now();
        self.tell_facts();
        self.ask();
    }
}
