//! What the line mode says by itself: what is new, the gate that is open, what can be done about a failure, how it could
//! go on, the end.

use super::{Opening, Plain, Question, tell, words};
use crate::console::Left;
use crate::console::app::Wish;
use crate::console::layers::WIDE;
use crate::console::screens::{Chosen, ended};
use crate::console::world::World;
use crate::plan::StepId;
use tokio::time::Instant;

impl Plain {
    pub(super) fn tell_news(&mut self) {
        let (lines, newest) = tell::since(&self.app.world, self.told);
        self.told = newest;
        self.say_all(lines);
    }

    /// Tells what is new, asks what is to be asked, and says what could be typed where nothing goes on by itself.
    pub(super) fn lead(&mut self) {
        self.tell_news();
        self.tell_notices();
        self.look_at_the_question();
        self.tell_the_end();
        if self.app.world.about.commands && self.app.world.followed {
            self.tell_failures();
            self.ask_a_gate();
        }
        if self.app.layers.is_empty() && !self.app.is_asking() {
            let way_on = tell::way_on(&self.app.world);
            if way_on != self.led {
                self.say_all(way_on.clone());
                self.led = way_on;
            }
        }
        // A session that lets go says how it leaves the run last.
        let world = &self.app.world;
        let is_left = !world.state.driven && world.state.ended.is_some();
        if !self.more_is_typed && (is_left || world.driver_gone || !world.followed) {
            // Who only looks, and can type nothing, has seen all there is.
            self.app.wish = Some(Wish::Leave(Left::Quit));
        }
    }

    fn tell_notices(&mut self) {
        let notices = self.app.notices.read();
        if notices.is_empty() {
            return;
        }
        // An answer that was refused is asked for again.
        if let Some(opening) = self.sent.take() {
            self.asked.remove(&opening);
        }
        self.led = None;
        self.say_all(notices);
    }

    /// Holds the open question against the run as it is now.
    fn look_at_the_question(&mut self) {
        let Some(question) = &self.question else { return };
        let world = &self.app.world;
        let is_closed =
            question.by_itself.is_some_and(|(place, kind, _)| !world.state.open_gates.contains_key(&(place, kind)));
        if is_closed {
            self.put_away();
            return self.say("this is not asked any more");
        }
        let Some(asks) = self.app.layers.asks() else { return };
        let verdict = asks.verdict(world);
        let (was_early, is_early) = (question.is_early, is_early(world));
        let is_news = verdict != question.verdict;
        self.question =
            self.question.take().map(|question| Question { is_early, verdict: verdict.clone(), ..question });
        if was_early && !is_early {
            self.tell_question();
        } else if is_news && !is_early {
            self.say_all(verdict);
            self.ask();
        }
    }

    fn tell_the_end(&mut self) {
        let is_over = self.app.world.state.is_over();
        if !is_over || std::mem::replace(&mut self.end_told, is_over) {
            self.end_told = is_over;
            return;
        }
        let Some((how, lines)) = ended::card(&self.app.world, &self.theme, WIDE) else { return };
        self.say(&format!("THE RUN IS OVER: {how}"));
        self.say_all(tell::text(&lines));
    }

    /// Says of each failed step what can be done about it, once; its reason is told already.
    fn tell_failures(&mut self) {
        for failure in tell::failures(&self.app.world) {
            if self.failed.insert(failure.of) {
                let title = &self.app.world.state.plan_step(failure.of.0).title;
                self.say(&format!("about {title}: {}", failure.ways));
            }
        }
    }

    /// Says of each step that had failed before why it did, and what can be done about it.
    pub(super) fn tell_what_had_failed(&mut self) {
        for failure in tell::failures(&self.app.world) {
            self.failed.insert(failure.of);
            let ways = if self.app.world.about.commands { failure.ways.as_str() } else { "" };
            self.say(format!("{} {ways}", failure.what).trim_end());
        }
    }

    /// Asks the next gate that is open and was not asked yet, where nothing else is asked.
    fn ask_a_gate(&mut self) {
        let state = &self.app.world.state;
        // What is being answered just now is open still.
        if !self.app.layers.is_empty() || self.app.is_asking() || state.is_over() {
            return;
        }
        let mut open = state.open_gates.iter().map(|((place, kind), gate)| (*place, *kind, gate.since));
        let Some(opening) = open.find(|opening| !self.asked.contains(opening)) else { return };
        self.asked.insert(opening);
        let step = state.plan_step(opening.0).id.clone();
        self.call("answer", step.as_str(), Some(opening));
    }

    /// Does what a row of the table does, about what was named. `asks` is the gate that comes up by itself.
    pub(super) fn call(&mut self, id: &str, about: &str, asks: Option<Opening>) {
        let Some(row) = words::row(id) else { return };
        let chosen = match self.named(about) {
            Ok(chosen) => chosen,
            Err(why) => return self.say(&why),
        };
        let before = self.app.layers.len();
        self.app.named = Some(chosen);
        self.app.run(row);
        self.app.named = Some(Chosen::Nothing);
        self.tell_opened(before, asks);
    }

    /// What is called so: a step by its name, or a component.
    fn named(&self, about: &str) -> Result<Chosen, String> {
        let state = &self.app.world.state;
        if about.is_empty() {
            return Ok(Chosen::Nothing);
        }
        if let Some(place) = state.place(&StepId::new(about)) {
            return Ok(Chosen::Step(place));
        }
        let component = state.run.plan.components.iter().position(|component| component.name.as_str() == about);
        component
            .map(Chosen::Component)
            .ok_or_else(|| format!("no step or component is called {about}; next tells the names of those that wait"))
    }

    /// Tells the layer that was opened, if one was; one that is only read is put away again.
    pub(super) fn tell_opened(&mut self, before: usize, asks: Option<Opening>) {
        if self.app.layers.len() <= before {
            return;
        }
        if self.app.layers.asks().is_some() {
            if before > 0 {
                self.app.layers.only_the_front();
                self.say("what was asked before is put away; answer asks it again");
            }
            let is_early = is_early(&self.app.world);
            self.question = Some(Question { by_itself: asks, told_at: Instant::now(), verdict: None, is_early });
            return self.tell_question();
        }
        let world = &self.app.world;
        let Some(sheet) = self.app.layers.read(world, &self.theme) else { return };
        self.say(&sheet.title);
        self.say_all(tell::text(&sheet.body));
        if self.app.layers.asks_to_leave() {
            self.app.layers.only_the_front();
            self.aside = self.question.take().and_then(|question| question.by_itself);
            self.say("type y to leave, anything else to stay");
        } else {
            self.app.layers.pop();
            self.ask();
        }
    }

    /// Tells the open question from its beginning.
    pub(super) fn tell_question(&mut self) {
        let world = &self.app.world;
        let Some(asks) = self.app.layers.asks() else { return };
        let (lines, verdict) = (tell::form(asks, world, &self.theme), asks.verdict(world));
        self.question = self.question.take().map(|question| Question { verdict, ..question });
        self.say_all(lines);
        self.ask();
    }

    /// Says what is to be typed now, where something is asked.
    pub(super) fn ask(&mut self) {
        let question = self.app.layers.asks().and_then(|asks| asks.question());
        self.asked_times += u64::from(question.is_some());
        self.say_all(question);
    }

    pub(super) fn put_away(&mut self) {
        self.app.layers.pop();
        self.question = None;
        self.led = None;
    }
}

/// Whether what the start form says is still being found out.
fn is_early(world: &World) -> bool {
    world.state.needs_start() && world.state.preflight.is_none()
}
