//! Details of an event: every field of it as the journal has it, a call whole with its request id, the before-image.

use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::recovery::event::{Event, What};
use crate::recovery::{telling, words};
use crate::text::{Clean, counted};
use ratatui::text::Line;
use serde_json::{Map, Value};

/// The title and the lines for the event at `place` of the record.
pub fn event(world: &World, theme: &Theme, place: usize, width: usize) -> (String, Vec<Line<'static>>) {
    let Some(event) = world.memory.record.event(place) else { return ("nothing is chosen".to_owned(), Vec::new()) };
    let mut prose = Prose::new(theme, width);
    prose.say(Role::Text, &telling::tell(&world.state, event)).blank();
    let run_time = world.run_time(event.at);
    prose.pair("when", Role::Text, &format!("{run_time}, {}", event.at.strftime("%Y-%m-%d %H:%M:%S%.3fZ")));
    prose.pair("who", Role::Text, &event.by);
    prose.pair("in the journal", Role::Text, &format!("event {}, lease {}", event.seq, event.epoch));
    let repeats = world.memory.record.repeats(place);
    if let Some(last) = repeats.len().checked_sub(1) {
        let until = world.memory.record.repeats(place).nth(last).map_or(event.at, |event| event.at);
        prose.pair("told", Role::Title, &format!("×{} the same, until {}", last + 2, words::wall(until)));
    }
    if let Some((step, _)) = event.what.step().and_then(|step| world.state.step(step)) {
        prose.pair("step", Role::Text, &format!("{} ({})", step.title, step.id));
    }
    if let What::RunOpened(opened) = &event.what {
        let (components, steps) = (opened.plan.components.len(), opened.runbook.steps.len());
        prose.pair("plan", Role::Text, &format!("{}, {}", counted(components, "component"), words::steps(steps)));
    }
    let mut fields = own_fields(event);
    let kind = fields.remove("event");
    prose.heading(&kind.as_ref().and_then(Value::as_str).map_or_else(|| "event".to_owned(), spaced));
    say_fields(&mut prose, &fields);
    if repeats.len() > 0 {
        prose.heading("The same again");
        for again in repeats {
            let own = match &again.what {
                What::Call { call, .. } => telling::call_words(call),
                _ => telling::tell(&world.state, again),
            };
            let id = if let What::Call { call, .. } = &again.what { call.request_id.as_ref() } else { None };
            let request = id.map(|id| format!(" request {id}")).unwrap_or_default();
            prose.item(Role::Text, "·", &format!("{} {own}{request}", words::wall(again.at)));
        }
    }
    (format!("event {}", event.seq), prose.done())
}

/// What the event itself says, but for what was told already and for what is far too long.
fn own_fields(event: &Event) -> Map<String, Value> {
    // What was read from a journal can be written as one; an event that cannot has nothing more to show.
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&event.what) else { return Map::new() };
    fields.remove("step");
    if matches!(event.what, What::RunOpened(_)) {
        fields.remove("plan");
        fields.remove("runbook");
    }
    fields
}

/// The plain fields first; then each that has fields of its own, under its name.
fn say_fields(prose: &mut Prose<'_>, fields: &Map<String, Value>) {
    for (name, value) in fields {
        if let Some(text) = plain(value) {
            prose.pair(&spaced(name), Role::Text, &text);
        }
    }
    for (name, value) in fields {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                prose.heading(&spaced(name));
                say_fields(prose, inner);
            }
            Value::Array(items) if plain(value).is_none() && !items.is_empty() => {
                prose.heading(&spaced(name));
                for item in items {
                    prose.item(Role::Text, "·", &Clean::new(&item.to_string()));
                }
            }
            Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            }
        }
    }
}

/// A value that fits a line; `None` for what has parts of its own.
fn plain(value: &Value) -> Option<Clean> {
    match value {
        Value::String(text) => Some(Clean::new(text)),
        Value::Bool(true) => Some("yes".into()),
        Value::Bool(false) => Some("no".into()),
        Value::Number(number) => Some(Clean::new(&number.to_string())),
        Value::Array(items) => {
            let texts: Option<Vec<Clean>> = items.iter().map(plain).collect();
            Some(Clean::new(&texts?.join(", ")))
        }
        Value::Null | Value::Object(_) => None,
    }
}

fn spaced(name: &str) -> String {
    Clean::new(name).replace('_', " ")
}
