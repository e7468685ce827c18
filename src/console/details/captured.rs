//! Details of one thing of a snapshot: why it is there, what it needs and what needs it, how it is set up.

use crate::console::inventory::Entry;
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use ratatui::text::Line;

/// The entry in lines.
pub fn captured(theme: &Theme, entry: &Entry, width: usize) -> Vec<Line<'static>> {
    let mut prose = Prose::new(theme, width);
    prose.pair("kind", Role::Text, &entry.kind);
    prose.pair("name", Role::Text, &entry.name);
    prose.pair("because", Role::Text, &entry.why);
    if !entry.mark.is_empty() {
        prose.pair("", Role::Blocked, entry.mark);
    }
    let mut before = "";
    for (label, text) in &entry.told {
        prose.pair(if *label == before { "" } else { label }, Role::Text, text);
        before = label;
    }
    if !entry.config.is_empty() {
        prose.heading("How it is set up");
        for line in &entry.config {
            prose.say(Role::Dim, line);
        }
    }
    prose.done()
}
