//! Details of a finding: the number found and the one wanted, what would mend it, and who says so.

use crate::console::findings::Found;
use crate::console::look::{Mark, Role, Theme};
use crate::console::widgets::prose::Prose;
use ratatui::text::Line;

/// The finding in lines.
pub fn finding(theme: &Theme, found: &Found, width: usize) -> Vec<Line<'static>> {
    let finding = &found.finding;
    let mark = Mark::of_level(finding.level);
    let mut prose = Prose::new(theme, width);
    prose.pair("level", mark.role, &format!("{} {}", mark.glyph, mark.word));
    prose.pair("found", Role::Text, &finding.found);
    prose.pair("wanted", Role::Text, &finding.wanted);
    prose.pair("would mend it", Role::Accent, &finding.fix);
    prose.pair("source", Role::Dim, &finding.source);
    prose.pair("comes from", Role::Dim, &found.origin.words());
    prose.done()
}
