//! Details of a difference: what comes of it, and both sides beside each other with what differs marked.

use crate::console::drift::{Beside, Compared, Row, Tab};
use crate::console::look::{Role, Theme};
use crate::console::widgets::fit;
use crate::console::widgets::prose::Prose;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Fewer columns than this stand below each other.
const LEAST_BESIDE: usize = 56;

/// The difference in lines.
pub fn drifted(theme: &Theme, tab: Tab, compared: &Compared, row: &Row, width: usize) -> Vec<Line<'static>> {
    let mut prose = Prose::new(theme, width);
    prose.say(Role::Text, &row.comes);
    let mut lines = prose.done();
    lines.extend(sides(theme, tab, compared, row, width));
    let mut prose = Prose::new(theme, width);
    prose.heading("What it is");
    prose.pair("kind", Role::Text, &row.kind);
    prose.pair("name", Role::Text, &row.name);
    prose.pair("id", Role::Text, row.id.as_deref().unwrap_or_default());
    prose.pair("field", Role::Text, &row.field);
    prose.pair("component", Role::Text, row.component.as_ref().map_or("", |name| name.as_str()));
    lines.push(Line::default());
    lines.extend(prose.done());
    lines
}

/// What runs, and what it is compared with.
fn sides(theme: &Theme, tab: Tab, compared: &Compared, row: &Row, width: usize) -> Vec<Line<'static>> {
    if row.beside.is_empty() {
        return Vec::new();
    }
    let heads = tab.heads(compared);
    let mut lines = vec![Line::default()];
    if width < LEAST_BESIDE {
        let mut prose = Prose::new(theme, width);
        for (head, side) in heads.iter().zip([|line: &Beside| line.right.clone(), |line: &Beside| line.left.clone()]) {
            prose.say(Role::Title, head);
            let mut any = false;
            for (text, differs) in row.beside.iter().filter_map(|line| Some((side(line)?, line.differs))) {
                any = true;
                let role = if differs { Role::Blocked } else { Role::Dim };
                prose.item(role, if differs { ">" } else { " " }, &text);
            }
            if !any {
                prose.item(Role::Blocked, ">", "nothing");
            }
        }
        lines.extend(prose.done());
        return lines;
    }
    let half = (width - 3) / 2;
    let laid = |mark: &str, one: &str, other: &str, style| {
        let cell = |text: &str| {
            let text = fit(text, half.saturating_sub(2));
            let blank = " ".repeat(half.saturating_sub(2).saturating_sub(text.width()));
            text + &blank
        };
        let line = format!("{mark} {} │ {mark} {}", cell(one), cell(other));
        Line::from(Span::styled(line.trim_end().to_owned(), style))
    };
    lines.push(laid(" ", &heads[0], &heads[1], theme.style(Role::Title)));
    let is_none = |side: fn(&Beside) -> bool| row.beside.iter().all(side);
    let nothing = [is_none(|line| line.right.is_none()), is_none(|line| line.left.is_none())];
    for (at, line) in row.beside.iter().enumerate() {
        let text = |side: &Option<crate::text::Clean>, is_nothing: bool| match side {
            Some(text) => text.to_string(),
            None if is_nothing && at == 0 => "nothing".to_owned(),
            None => String::new(),
        };
        let (role, mark) = if line.differs { (Role::Blocked, ">") } else { (Role::Dim, " ") };
        let (one, other) = (text(&line.right, nothing[0]), text(&line.left, nothing[1]));
        lines.push(laid(mark, &one, &other, theme.style(role)));
    }
    lines
}
