//! What a page says of the time after the run: what to do next, and what is still open.

use super::{Block, Cell, Section};
use crate::recovery::telling;
use crate::report::Report;
use crate::report::left::Standing;

/// What to do next, the most urgent first.
pub fn next(report: &Report) -> Section {
    let steps: Vec<String> = report.next.iter().map(ToString::to_string).collect();
    let blocks = if steps.is_empty() {
        vec![Block::Text("Nothing is left to be done.".to_owned())]
    } else {
        vec![Block::Steps(steps)]
    };
    Section { heading: "What to do next", blocks }
}

/// What was left: exceptions, debts, unknowns, what stays.
pub fn left(report: &Report) -> Section {
    let left = &report.left;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    rows.extend(left.unknowns.iter().map(|standing| row("unknown", standing)));
    rows.extend(left.failed.iter().map(|standing| row("failed", standing)));
    rows.extend(left.running.iter().map(|standing| row("under way", standing)));
    rows.extend(left.exceptions.iter().map(|standing| row("skipped", standing)));
    rows.extend(left.stays.iter().map(|standing| row("not taken back", standing)));
    rows.extend(left.debts.iter().map(|debt| {
        let kind = format!("owed, {}", telling::fence_words(debt.fence));
        vec![Cell::Bad(kind), Cell::plain(&debt.title), Cell::code(&debt.step), Cell::plain(&debt.why)]
    }));
    let blocks = match rows.is_empty() {
        true => vec![Block::Text("No exceptions, no debts, nothing unknown.".to_owned())],
        false => vec![Block::Table { head: &["", "step", "id", "why"], rows }],
    };
    Section { heading: "Exceptions, debts and unknowns", blocks }
}

fn row(kind: &str, standing: &Standing) -> Vec<Cell> {
    vec![
        Cell::Bad(kind.to_owned()),
        Cell::plain(&standing.title),
        Cell::code(&standing.step),
        Cell::plain(&standing.why),
    ]
}
