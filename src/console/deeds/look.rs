//! The deeds of looking about, of the console itself, and of leaving it. None of them reaches the run.

use crate::console::Left;
use crate::console::app::{App, Wish, Writing};
use crate::console::clipboard;
use crate::console::layers::{Details, FindingDetails, Help, Quit, RestorePreview, ScoreSheet, ServiceLog};
use crate::console::reading;
use crate::console::screens::{Chosen, Screen};
use crate::console::widgets::Motion;

impl App {
    pub(in crate::console) fn show(&mut self, screen: Screen) {
        let chosen = self.chosen().about(&self.world);
        if screen != self.screen {
            self.remember_here();
            self.filter("");
        }
        self.screen = screen;
        // The worst that was found comes first, until somebody has asked about something.
        let is_meant = self.whereabouts.chose || self.whereabouts.following;
        let chosen = if is_meant || screen != Screen::Readiness { chosen } else { Chosen::Nothing };
        self.screens.get_mut(screen).choose(&self.world, chosen);
    }

    pub(in crate::console) fn turn_pane(&mut self, by: isize) {
        self.screens.get_mut(self.screen).turn_pane(by);
    }

    pub(in crate::console) fn go_to(&mut self, motion: Motion) {
        self.whereabouts.stay();
        if matches!(motion, Motion::First | Motion::Last) {
            self.remember_here();
        }
        self.screens.get_mut(self.screen).go(motion);
    }

    pub(in crate::console) fn turn_slice(&mut self) {
        if !self.screens.get_mut(self.screen).turn_slice(&self.world) {
            let (graph, timeline) = (self.world.keys.hint("graph"), self.world.keys.hint("timeline"));
            let why =
                format!("this screen shows all there is; the graph ({graph}) and the timeline ({timeline}) do not");
            self.notices.cannot("show another part", &why);
        }
    }

    pub(in crate::console) fn zoom(&mut self, by: isize) {
        if !self.screens.get_mut(self.screen).zoom(by) {
            let why = format!("this screen has one measure; the graph ({}) has four", self.world.keys.hint("graph"));
            self.notices.cannot("zoom", &why);
        }
    }

    pub(in crate::console) fn copy(&mut self) {
        let Some(text) = clipboard::text_of(&self.world, self.chosen()) else { return };
        self.notices.told(format!("copied, where the terminal lets it: {text}"));
        self.wish = Some(Wish::Copy(text));
    }

    pub(in crate::console) fn copy_watch(&mut self) {
        let Some(command) = self.world.about.watch.clone() else { return };
        self.notices.told(format!("copied, where the terminal lets it: {command}"));
        self.wish = Some(Wish::Copy(command));
    }

    pub(in crate::console) fn open_details(&mut self) {
        match self.chosen() {
            Chosen::Folded => {
                self.screens.get_mut(self.screen).unfold();
            }
            Chosen::Finding(place) => {
                let Some(found) = self.world.findings.get(place).cloned() else { return };
                self.layers.push(FindingDetails { found });
            }
            of @ (Chosen::Component(_)
            | Chosen::Step(_)
            | Chosen::Event(_)
            | Chosen::Captured(_)
            | Chosen::Drifted(..)
            | Chosen::Nothing) => {
                self.layers.push(Details { of });
            }
        }
    }

    pub(in crate::console) fn open_log(&mut self) {
        let (Some(tails), Some(component)) = (&self.tails, self.chosen().component(&self.world)) else { return };
        let Some(ask) = reading::log_of(&self.world.state, component) else { return };
        let name = self.world.state.run.plan.components[component].name.clone();
        let seen = tails.follow(name.clone());
        self.layers.push(ServiceLog::new(name, ask, seen));
    }

    pub(in crate::console) fn open_restore(&mut self) {
        self.layers.push(RestorePreview);
    }

    pub(in crate::console) fn write(&mut self, what: Writing) {
        self.wish = Some(Wish::Write(what));
    }

    pub(in crate::console) fn open_score(&mut self) {
        self.layers.push(ScoreSheet::new(&self.world));
    }

    pub(in crate::console) fn open_help(&mut self) {
        self.layers.push(Help { screen: self.screen, chosen: self.chosen(), narrowed: None });
    }

    /// One level back: marks, a notice, then a filter, then a screen that is not the first. Layers took the key already.
    pub(in crate::console) fn back(&mut self) {
        if self.unmark() {
            return;
        }
        if self.notices.clear() || self.put_away_tip() {
            return;
        }
        if self.filter.is_on() {
            self.filter("");
        } else if self.screen != Screen::Overview {
            self.show(Screen::Overview);
        }
    }

    pub(in crate::console) fn back_or_leave(&mut self) {
        if !self.notices.clear() {
            self.leave();
        }
    }

    pub(in crate::console) fn leave(&mut self) {
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

    pub(in crate::console) fn suspend(&mut self) {
        self.wish = Some(Wish::Suspend);
    }

    pub(in crate::console) fn cannot_suspend(&mut self) {
        self.notices.cannot("suspend", "no shell started this console: there is nothing to go back to");
    }

    pub(in crate::console) fn redraw(&mut self) {
        self.wish = Some(Wish::Redraw);
    }
}
