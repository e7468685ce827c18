//! The chosen component where there is no room for a picture: what it needs, itself, what needs it, in three parts.
//!
//! ```text
//! needs      ✗ FAILED   sessions
//!            ✓ ok       orders-db
//! chosen     · waits    api             ≈1:30
//! needed by  · waits    lb
//!            and 5 further on
//! ```

use super::label::{FIGURE_COLUMNS, Label, STATE_COLUMNS};
use super::progress::Progress;
use super::topology::{Node, Ties, reach};
use crate::console::look::{Role, Theme};
use crate::console::widgets::{self, Column, row};
use crate::console::world::World;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// The columns of the parts' names.
const PART_COLUMNS: usize = 9;

/// The lines of the list.
pub fn lines(
    world: &World,
    theme: &Theme,
    ties: &Ties,
    progress: &Progress,
    chosen: usize,
    area: Rect,
) -> Vec<Line<'static>> {
    let rows = usize::from(area.height);
    let width = usize::from(area.width);
    let mut needs = ties.needs[chosen].clone();
    // What holds it up first; what is met may be cut off.
    needs.sort_by_key(|need| progress.met[*need]);
    let dependents = &ties.dependents[chosen];
    let beyond = reach(chosen, |at| &ties.dependents[at]).len().saturating_sub(1 + dependents.len());
    let (for_needs, for_dependents) =
        share(rows.saturating_sub(1), needs.len(), dependents.len() + usize::from(beyond > 0));
    let item = |component: usize| line(world, theme, component, width);
    let mut lines = part("needs", &needs, needs.len(), for_needs, theme, item);
    lines.push(widgets::chosen(labelled("chosen", item(chosen), theme), theme));
    lines.extend(part("needed by", dependents, dependents.len() + beyond, for_dependents, theme, item));
    lines.truncate(rows);
    lines
}

/// A part of the list in at most `rows` lines; the last says how many of `all` have no line of their own.
fn part(
    name: &str,
    components: &[usize],
    all: usize,
    rows: usize,
    theme: &Theme,
    item: impl Fn(usize) -> Line<'static>,
) -> Vec<Line<'static>> {
    if rows == 0 {
        return Vec::new();
    }
    if all == 0 {
        let nothing = row([Column::left("nothing", 20, theme.style(Role::Dim))]);
        return vec![labelled(name, nothing, theme)];
    }
    let shown = if all > rows || all > components.len() { components.len().min(rows - 1) } else { components.len() };
    let mut lines: Vec<Line<'static>> = components[..shown].iter().map(|component| item(*component)).collect();
    if shown < all {
        let told = if shown == 0 { format!("{all} components") } else { format!("and {} further on", all - shown) };
        lines.push(row([Column::left(told, 24, theme.style(Role::Dim))]));
    }
    let label = |(at, line)| labelled(if at == 0 { name } else { "" }, line, theme);
    lines.into_iter().enumerate().map(label).collect()
}

fn labelled(name: &str, mut line: Line<'static>, theme: &Theme) -> Line<'static> {
    let label =
        row([Column::left(name, PART_COLUMNS, theme.style(Role::Title)), Column::left("", 1, theme.style(Role::Text))]);
    for (at, span) in label.spans.into_iter().enumerate() {
        line.spans.insert(at, span);
    }
    line
}

fn line(world: &World, theme: &Theme, component: usize, width: usize) -> Line<'static> {
    let label = Label::of(world, Node::Component(component));
    let left = width.saturating_sub(PART_COLUMNS + 2 + STATE_COLUMNS + 1);
    let figure = if left > FIGURE_COLUMNS + 12 { FIGURE_COLUMNS } else { 0 };
    let name = left.saturating_sub(if figure > 0 { figure + 1 } else { 0 }).min(30);
    row([
        Column::left(label.state(), STATE_COLUMNS, theme.style(label.role)),
        Column::left(label.name, name, theme.style(Role::Text)),
        Column::right(label.figure, figure, theme.style(Role::Dim)),
    ])
}

/// How many of `rows` lines each side gets: as many as it has, the rest halved. One line says "nothing".
fn share(rows: usize, needs: usize, dependents: usize) -> (usize, usize) {
    let (needs, dependents) = (needs.max(1), dependents.max(1));
    if needs + dependents <= rows {
        return (needs, dependents);
    }
    let half = rows / 2;
    if dependents <= half {
        return (rows - dependents, dependents);
    }
    if needs <= rows - half {
        return (needs, rows - needs);
    }
    (rows - half, half)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn each_side_has_its_lines_and_never_more_than_there_are() {
        assert_eq!(share(10, 2, 3), (2, 3));
        assert_eq!(share(4, 9, 1), (3, 1));
        assert_eq!(share(4, 1, 9), (1, 3));
        for rows in 0..12 {
            let (needs, dependents) = share(rows, 20, 20);
            assert_eq!(needs + dependents, rows);
        }
    }
}
