//! The deeds of finding one's way: going along with the run, giving a pane the whole screen, putting a list in another
//! order, jumping back. None of them reaches the run.

use crate::console::app::App;
use crate::console::reading;

impl App {
    /// Goes to what needs a person or runs, and from then on along with it.
    pub(in crate::console) fn follow(&mut self) {
        self.remember_here();
        self.whereabouts.stay();
        self.whereabouts.following = true;
        self.go_along();
    }

    /// Goes to where the run has come, while it is followed.
    pub(in crate::console) fn go_along(&mut self) {
        if !self.whereabouts.following {
            return;
        }
        if self.world.state.is_over() {
            (self.whereabouts.following, self.whereabouts.followed) = (false, None);
            return;
        }
        let Some(place) = reading::to_look_at(&self.world.state, &self.world.figures.stuck) else { return };
        if self.whereabouts.followed != Some((self.screen, place)) {
            self.screens.get_mut(self.screen).follow(&self.world, place);
            self.whereabouts.followed = Some((self.screen, place));
        }
    }

    pub(in crate::console) fn turn_whole(&mut self) {
        self.whereabouts.whole = !self.whereabouts.whole;
    }

    pub(in crate::console) fn sort(&mut self) {
        if !self.screens.get_mut(self.screen).sort(&self.world) {
            self.notices.cannot("sort", "what is shown here has one order");
        }
    }

    /// Marks the open gates of the chosen step, or takes their marks away.
    pub(in crate::console) fn mark(&mut self) {
        let Some(place) = self.chosen_step() else { return };
        self.world.marked.turn(&self.world.state, place);
        self.world.changes += 1;
    }

    /// Takes all marks away; `false` where there is none.
    pub(in crate::console) fn unmark(&mut self) -> bool {
        let had = self.world.marked.clear(&self.world.state);
        self.world.changes += u64::from(had);
        had
    }

    /// Remembers where the user stands, to be jumped back to.
    pub(in crate::console) fn remember_here(&mut self) {
        let chosen = self.chosen();
        self.whereabouts.leave(self.screen, chosen);
    }

    pub(in crate::console) fn jump_back(&mut self) {
        let chosen = self.chosen();
        let Some((screen, chosen)) = self.whereabouts.back(self.screen, chosen) else {
            self.notices.cannot("jump back", "this is where you began");
            return;
        };
        self.whereabouts.stay();
        if screen != self.screen {
            self.filter("");
        }
        self.screen = screen;
        self.screens.get_mut(screen).choose(&self.world, chosen);
    }
}
