//! What is copied, as text, and how it reaches the clipboard: through the terminal (OSC 52), so that it works over SSH.

use super::screens::Chosen;
use super::step_words;
use super::telling;
use super::world::World;
use crate::console::look::Mark;
use crate::plan::Finding;
use crate::recovery::event::{Event, What};
use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;
use std::io::{self, Write};

/// What is chosen, as one line of text; `None` when nothing is.
pub fn text_of(world: &World, chosen: Chosen) -> Option<String> {
    match chosen {
        Chosen::Step(place) => Some(step_text(world, place)),
        Chosen::Component(component) => {
            let component = world.state.run.plan.components.get(component)?;
            Some(format!("{} ({})", component.name, component.kind))
        }
        Chosen::Event(place) => world.memory.record.event(place).map(|event| event_text(world, event)),
        Chosen::Finding(place) => world.findings.get(place).map(|found| finding_text(&found.finding)),
        Chosen::Captured(place) => world.captured(place).map(|entry| {
            let arn = entry.told.iter().find(|(label, _)| *label == "arn").map(|(_, arn)| arn);
            arn.unwrap_or(&entry.name).to_string()
        }),
        Chosen::Drifted(tab, place) => {
            let row = world.drifts.as_ref()?.row(tab, place)?;
            Some(format!("{}/{} {}: {}", row.kind, row.name, row.field, row.comes))
        }
        Chosen::Folded | Chosen::Nothing => None,
    }
}

fn step_text(world: &World, place: usize) -> String {
    let step = world.state.plan_step(place);
    let mark = Mark::of_step(&world.state, place);
    let note = step_words::note(world, place);
    let note = if note.is_empty() { note } else { format!(", {note}") };
    format!("{} ({}): {}{note}", step.id, step.title, mark.word)
}

/// A finding, as one line of text.
pub fn finding_text(finding: &Finding) -> String {
    let Finding { code, component, level, found, wanted, fix, .. } = finding;
    let about = component.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let fix = if fix.is_empty() { String::new() } else { format!("; {fix}") };
    format!("{} {code}{about}: found {found}, wanted {wanted}{fix}", level.word())
}

fn event_text(world: &World, event: &Event) -> String {
    let told = telling::tell_without_name(&world.state, event);
    let id = if let What::Call { call, .. } = &event.what { call.request_id.as_ref() } else { None };
    let request = id.map(|id| format!(" request {id}")).unwrap_or_default();
    format!("{} {} {}: {told}{request}", world.run_time(event.at), event.at.strftime("%Y-%m-%dT%H:%M:%SZ"), event.by)
}

/// Hands `text` to the terminal for its clipboard. Terminals do not say whether they took it.
///
/// # Errors
/// What the terminal said.
pub fn copy(text: &str, to: &mut impl Write) -> io::Result<()> {
    execute!(to, CopyToClipboard::to_clipboard_from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_reaches_the_terminal_as_base64_and_not_as_text() {
        let mut written = Vec::new();
        copy("orders-db \u{1b}[31m", &mut written).expect("a vector takes all");
        let written = String::from_utf8(written).expect("text");
        assert!(written.starts_with("\u{1b}]52;c;b3JkZXJzLWRi"), "{written:?}");
        assert!(!written.contains("[31m"), "{written:?}");
    }
}
