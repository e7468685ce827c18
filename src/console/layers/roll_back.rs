//! The preview of a rollback: what will be undone in which order, what stays, what may be lost, where it will stop and
//! how long it takes. Going back is asked for in words.

use super::form::{Asked, Purpose, Takes};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::StepId;
use crate::recovery::rollback::{self, Preview};
use crate::recovery::words;
use crate::recovery::{Command, Mode};
use crate::text::Clean;
use crossterm::event::KeyCode;
use ratatui::text::Line;

/// Going back: to the very start, or to before the chosen step.
pub struct RollBack {
    /// The step that was chosen when it was opened, if it was ever started.
    chosen: Option<StepId>,
    to_chosen: bool,
    /// The recovery region: it is typed to go back.
    region: Clean,
}

impl RollBack {
    /// Going back to the very start; or to before the step at `chosen`, when that is chosen in the layer.
    pub fn new(world: &World, chosen: Option<usize>) -> Self {
        let started = chosen.filter(|place| world.state.steps[*place].order.is_some());
        Self {
            chosen: started.map(|place| world.state.plan_step(place).id.clone()),
            to_chosen: false,
            region: Clean::new(world.state.run.plan.application.recovery.as_str()),
        }
    }

    fn to(&self) -> Option<&StepId> {
        self.chosen.as_ref().filter(|_| self.to_chosen)
    }
}

impl Purpose for RollBack {
    fn title(&self, _: &World) -> String {
        match self.to() {
            Some(step) => format!("roll back to before {step}"),
            None => "roll back to the very start".to_owned(),
        }
    }

    fn role(&self) -> Role {
        Role::Failed
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Vec<Line<'static>> {
        let state = &world.state;
        let preview = rollback::preview(state, self.to(), false);
        let mut prose = Prose::new(theme, width);
        if let Some(chosen) = &self.chosen {
            let of = |here: bool| if here { (Role::Title, "▸ ↑↓") } else { (Role::Dim, "    ") };
            let ((start, start_sign), (step, step_sign)) = (of(!self.to_chosen), of(self.to_chosen));
            prose.item(start, start_sign, "to the very start").item(step, step_sign, &format!("to before {chosen}"));
            prose.blank();
        }
        say_preview(world, &preview, &mut prose);
        let goes_on = match state.mode {
            Mode::Step => format!("Each undo waits for {}.", world.keys.hint("go")),
            Mode::Auto | Mode::Hold => {
                format!("It goes on by itself; {} holds it after the undo it is at.", world.keys.hint("hold"))
            }
        };
        prose.blank().say(Role::Dim, &goes_on);
        prose.done()
    }

    fn fields(&self, _: &World) -> Vec<Asked> {
        vec![
            Asked { label: format!("type {} to go back", self.region), takes: Takes::Exactly(self.region.clone()) },
            Asked { label: "because".to_owned(), takes: Takes::MaybeWords },
        ]
    }

    fn command(&self, texts: &[Clean]) -> Command {
        Command::RollBack {
            to: self.to().cloned(),
            typed: texts.first().cloned().unwrap_or_default(),
            reason: texts.get(1).cloned().unwrap_or_default(),
            past_the_point: None,
        }
    }

    fn said(&self, world: &World) -> String {
        self.title(world)
    }

    fn stands(&self, world: &World) -> Result<(), String> {
        let preview = rollback::preview(&world.state, self.to(), false);
        if preview.undo.is_empty() && preview.stays.is_empty() && preview.stops_at.is_none() {
            return Err("nothing that acted is left to undo".to_owned());
        }
        Ok(())
    }

    fn choose(&mut self, key: KeyCode, _: &World) -> bool {
        if self.chosen.is_none() {
            return false;
        }
        match key {
            KeyCode::Up => self.to_chosen = false,
            KeyCode::Down => self.to_chosen = true,
            _ => return false,
        }
        true
    }
}

fn say_preview(world: &World, preview: &Preview, prose: &mut Prose<'_>) {
    let state = &world.state;
    let title = |step: &StepId| state.step(step).map_or(step.as_str(), |(step, _)| step.title.as_str()).to_owned();
    let region = |step: &StepId| state.step(step).map(|(step, _)| format!(" in {}", step.region)).unwrap_or_default();
    prose.say(
        Role::Title,
        &format!(
            "{} will be undone, latest first; ≈{} in all",
            words::steps(preview.undo.len()),
            words::span(preview.seconds)
        ),
    );
    for (at, step) in preview.undo.iter().enumerate() {
        let loses = if preview.loses_data.contains(step) { ", writes may be lost" } else { "" };
        let role = if loses.is_empty() { Role::Text } else { Role::Blocked };
        prose.item(role, &format!("{:>2}", at + 1), &format!("undo {}{}{loses}", title(step), region(step)));
    }
    for step in &preview.in_flight {
        prose.item(Role::Blocked, " ↻", &format!("{} is under way: it comes to rest first", title(step)));
    }
    if let Some(step) = &preview.stops_at {
        let text = format!("stops at {}: it is not known whether it happened", title(step));
        prose.item(Role::Failed, " ?", &text);
    }
    if !preview.stays.is_empty() {
        prose.blank().say(Role::Failed, "cannot be undone, and stays");
        for (step, why) in &preview.stays {
            prose.item(Role::Failed, " ✗", &format!("{}: {why}", title(step)));
        }
    }
    if !preview.loses_data.is_empty() {
        prose.blank().say(
            Role::Blocked,
            &format!("undoing {} of them may lose what was written since", preview.loses_data.len()),
        );
    }
}
