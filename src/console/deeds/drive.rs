//! The deeds that reach the run. Each is handed the commander, or the facilitator, it needs: who has none has none of them.

use crate::console::app::App;
use crate::console::commands;
use crate::console::layers::{End, FacilitatorsMenu, Form, Note, RollBack, Skip, StartForm, Then};
use crate::console::reading;
use crate::engine::{Commander, Facilitator};
use crate::recovery::words::steps;
use crate::recovery::{Command, Mode};

impl App {
    /// Opens the start form where the run is not started yet: whether it is.
    fn asks_for_the_start(&mut self, commander: &Commander, then: Then) -> bool {
        let asks = self.world.state.needs_start();
        if asks {
            self.layers.push(Form::new(StartForm::new(&self.world, then), commander, &self.world));
        }
        asks
    }

    pub(in crate::console) fn start_run(&mut self, commander: &Commander) {
        self.asks_for_the_start(commander, Then::AsSet);
    }

    pub(in crate::console) fn go(&mut self, commander: &Commander) {
        if self.asks_for_the_start(commander, Then::Go) {
            return;
        }
        let next = reading::next_step(&self.world.state);
        let asked = next.and_then(|place| Some((place, reading::open_gate(&self.world.state, place)?.0)));
        if let Some((place, kind)) = asked {
            self.ask_gate(commander, place, kind);
            return;
        }
        let said = next.map_or("go".to_owned(), |place| format!("start {}", self.world.state.plan_step(place).title));
        self.send(commander, Command::Go { step: None }, said);
    }

    pub(in crate::console) fn hold(&mut self, commander: &Commander) {
        self.send(commander, Command::SetMode(Mode::Hold), "hold");
    }

    pub(in crate::console) fn resume(&mut self, commander: &Commander) {
        if self.asks_for_the_start(commander, Then::Go) {
            return;
        }
        self.send(commander, commands::resume_command(&self.world), "resume");
    }

    pub(in crate::console) fn auto(&mut self, commander: &Commander) {
        if self.asks_for_the_start(commander, Then::Auto) {
            return;
        }
        self.send(commander, Command::SetMode(Mode::Auto), "auto");
    }

    pub(in crate::console) fn step_by_step(&mut self, commander: &Commander) {
        self.send(commander, Command::SetMode(Mode::Step), "step by step");
    }

    pub(in crate::console) fn start_chosen(&mut self, commander: &Commander) {
        let Some(place) = self.chosen_step() else { return };
        let step = self.world.state.plan_step(place);
        let (id, said) = (step.id.clone(), format!("start {}", step.title));
        if self.asks_for_the_start(commander, Then::Step(id.clone())) {
            return;
        }
        self.send(commander, Command::Go { step: Some(id) }, said);
    }

    pub(in crate::console) fn retry(&mut self, commander: &Commander) {
        let Some(place) = commands::to_retry(&self.world, self.chosen()) else { return };
        let step = self.world.state.plan_step(place);
        let (id, said) = (step.id.clone(), format!("retry {}", step.title));
        self.send(commander, Command::Retry { step: id }, said);
    }

    pub(in crate::console) fn pay(&mut self, commander: &Commander) {
        let count = self.world.state.debts.len();
        self.send(commander, Command::Pay { steps: Vec::new() }, format!("pay {} owed", steps(count)));
    }

    pub(in crate::console) fn skip(&mut self, commander: &Commander) {
        let Some(place) = commands::to_skip(&self.world, self.chosen()) else { return };
        let step = self.world.state.plan_step(place).id.clone();
        self.layers.push(Form::new(Skip { place, step }, commander, &self.world));
    }

    pub(in crate::console) fn note(&mut self, commander: &Commander) {
        let step = self.chosen_step().map(|place| self.world.state.plan_step(place));
        let step = step.map(|step| (step.id.clone(), step.title.clone()));
        self.layers.push(Form::new(Note { step, on_step: false }, commander, &self.world));
    }

    pub(in crate::console) fn answer_gate(&mut self, commander: &Commander) {
        if self.ask_marked(commander) {
            return;
        }
        if let Some((place, kind)) = self.gate_to_answer() {
            self.ask_gate(commander, place, kind);
        }
    }

    pub(in crate::console) fn roll_back(&mut self, commander: &Commander) {
        let back = RollBack::new(&self.world, self.chosen_step());
        self.layers.push(Form::new(back, commander, &self.world));
    }

    pub(in crate::console) fn facilitate(&mut self, facilitator: &Facilitator) {
        self.layers.push(FacilitatorsMenu::new(facilitator, self.world.state.run.intent));
    }

    pub(in crate::console) fn end_run(&mut self, commander: &Commander) {
        self.layers.push(Form::new(End, commander, &self.world));
    }
}
