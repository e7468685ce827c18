//! The rows of the runbook, one line each.

use crate::console::look::{Mark, Role, Theme};
use crate::console::marked;
use crate::console::step_words::{self, GateStands};
use crate::console::widgets::{Column, fit, row};
use crate::console::world::World;
use crate::plan::{GateKind, Undo};
use crate::recovery::words;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The line drawn across before a step that cannot be taken back.
pub fn no_return(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let crossed = world.state.steps[place].passed.iter().rev().find(|(kind, ..)| *kind == GateKind::PointOfNoReturn);
    let title = &world.state.plan_step(place).title;
    let (text, role) = match crossed {
        // Asked for and happened are different: it is crossed once it may have been sent.
        Some((_, _, by, at)) if world.state.steps[place].acted() => {
            (format!("━━ point of no return crossed {} by {by} ", words::wall(*at)), Role::Dim)
        }
        Some((_, _, by, _)) => (format!("━━ point of no return, not crossed yet; {by} says it may be "), Role::Blocked),
        None => (format!("━━ point of no return: {title} cannot be taken back "), Role::Failed),
    };
    let text = fit(&text, width);
    let rule = "━".repeat(width.saturating_sub(text.width()));
    Line::from(Span::styled(text + &rule, theme.style(role)))
}

/// A gate of a step.
pub fn gate(world: &World, theme: &Theme, place: usize, kind: GateKind, width: usize) -> Line<'static> {
    let (sign, word, role, text) = match step_words::gate_stands(world, place, kind) {
        GateStands::Asked(_) => {
            let key =
                if world.can_be_commanded() { format!(" [{}]", world.keys.hint("answer")) } else { String::new() };
            let marked = if world.marked.has(&world.state, place, kind) { marked::SIGN } else { "" };
            let gap = if marked.is_empty() { "" } else { ": " };
            let ask = step_words::gate_ask(world, place, kind);
            ("◆", "ASKED", Role::Blocked, format!("{marked}{gap}{ask}{key}"))
        }
        GateStands::Answered(answer, by, _) => {
            ("✓", "passed", Role::Ok, format!("{}: {by} {}", kind.words(), step_words::answer_words(answer)))
        }
        GateStands::NotNeeded => ("✓", "passed", Role::Dim, format!("{}: nobody had to decide", kind.words())),
        GateStands::ToCome => ("◇", "will ask", Role::Dim, step_words::gate_to_come(world, place, kind)),
    };
    // Its words stand under the titles of the steps where those columns are wide enough.
    let mark_width = if width < 72 { 12 } else { 13 };
    row([
        Column::left(format!("  {sign} {word}"), mark_width, theme.style(role)),
        Column::left(text, width.saturating_sub(mark_width + 1), theme.style(role)),
    ])
}

/// A step.
pub fn step(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let state = &world.state;
    let planned = state.plan_step(place);
    let mark = Mark::of_step(state, place);
    let style = theme.style(mark.role);
    let dim = theme.style(Role::Dim);
    let busy = state.steps[place].status.is_busy();
    // What has the least worth goes first when there is no room: undo class, region, the bar.
    let (mark_width, region, bar, undo) = match width {
        ..56 => (9, 0, 0, 0),
        56..72 => (9, 0, 6, 0),
        72..96 => (13, 0, 8, 10),
        96.. => (13, 12, 10, 10),
    };
    let time = step_words::time(world, place, bar);
    let fixed = mark_width + region + undo + 2 + usize::from(region > 0) + usize::from(undo > 0);
    let left = width.saturating_sub(fixed);
    let (title_width, note_width) = step_words::title_and_note(world, place, left.saturating_sub(time.width()));
    let loud = matches!(mark.role, Role::Failed | Role::Blocked | Role::Running);
    let note_role = if loud { mark.role } else { Role::Dim };
    let undo_role = if planned.undo == Undo::PointOfNoReturn { Role::Failed } else { Role::Dim };
    row([
        Column::left(format!("{} {}", mark.glyph, mark.word), mark_width, style),
        Column::left(planned.title.as_str(), title_width, theme.style(Role::Text)),
        Column::left(step_words::note(world, place), note_width, theme.style(note_role)),
        Column::left(planned.region.as_str(), region, dim),
        Column::left(undo_word(planned.undo), undo, theme.style(undo_role)),
        Column::right(time.clone(), time.width(), if busy { style } else { dim }),
    ])
}

/// The undo class in one column.
fn undo_word(undo: Undo) -> &'static str {
    match undo {
        Undo::NoneNeeded => "",
        Undo::Reversible => "reversible",
        Undo::DataLoss => "loses data",
        Undo::PointOfNoReturn => "NO RETURN",
    }
}
