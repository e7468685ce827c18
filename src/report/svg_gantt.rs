//! The run as a picture: a row a step in start order, what it took over what it was expected to take, decisions as
//! diamonds, the recovery time objective, and where points of no return were crossed.

use super::Report;
use super::steps::{GateRecord, StepRecord, Try};
use super::svg::{TimeAxis, WIDTH, cut, px};
use crate::plan::GateKind;
use crate::recovery::{Status, words};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

const LEFT: f64 = 260.0;
const TOP: f64 = 40.0;
const ROW: f64 = 24.0;
const BAR: f64 = 12.0;

/// Draws the run of `report`.
pub(super) fn draw(report: &Report) -> Markup {
    let axis = axis(report);
    let bottom = TOP + ROW * report.steps.len() as f64;
    html! {
        svg viewBox={"0 0 " (px(WIDTH)) " " (px(bottom + 34.0))} role="img" {
            title { "The run's steps over time" }
            @for (x, label) in axis.ticks() {
                line.grid x1=(px(x)) y1=(px(TOP - 6.0)) x2=(px(x)) y2=(px(bottom)) {}
                text.tick x=(px(x)) y=(px(TOP - 12.0)) text-anchor="middle" { (label) }
            }
            @for (row, record) in report.steps.iter().enumerate() {
                (step(&axis, record, TOP + ROW * row as f64))
            }
            (points_of_no_return(report, &axis, bottom))
            (objective(report, &axis, bottom))
            (legend(bottom + 24.0))
        }
    }
}

/// From the declaration to the end, and to the objective where that is not far behind it.
fn axis(report: &Report) -> TimeAxis {
    let run = report.outcome.seconds.max(1.0);
    let rests = report.steps.iter().filter_map(|record| record.finished_at).max();
    let last = rests.map_or(0.0, |at| at.duration_since(report.subject.declared_at).as_secs_f64());
    let rto = report.score.came_to.rto_seconds.filter(|rto| *rto <= run * 1.6).unwrap_or(0.0);
    let declared_at = report.subject.declared_at;
    TimeAxis { from: declared_at, seconds: run.max(last).max(rto) * 1.03, left: LEFT, declared_at }
}

fn step(axis: &TimeAxis, record: &StepRecord, top: f64) -> Markup {
    let middle = top + ROW / 2.0;
    html! {
        g {
            title { (record.title) ": " (record.status.word()) }
            text.label.dim[record.tries.is_empty()] x="0" y=(px(middle + 4.0)) { (cut(&record.title, 36)) }
            @if let Some(started) = record.first_started_at { (ghost(axis, record, started, middle)) }
            @for one in &record.tries { (bar(axis, one, middle)) }
            @for gate in &record.gates { (diamonds(axis, gate, middle)) }
            (word(axis, record, middle))
        }
    }
}

/// How long it was expected to take.
fn ghost(axis: &TimeAxis, record: &StepRecord, started: Timestamp, middle: f64) -> Markup {
    let expected = SignedDuration::try_from_secs_f64(record.expected_seconds).unwrap_or_default();
    let end = started.checked_add(expected).unwrap_or(started);
    let (x, width) = extent(axis, started, end);
    html! { rect.ghost x=(px(x)) y=(px(middle - BAR / 2.0 - 2.0)) width=(px(width)) height=(px(BAR + 4.0)) {} }
}

fn bar(axis: &TimeAxis, one: &Try, middle: f64) -> Markup {
    let edge = axis.from.checked_add(SignedDuration::try_from_secs_f64(axis.seconds).unwrap_or_default());
    let end = one.ended_at.unwrap_or(edge.unwrap_or(one.started_at));
    let (x, width) = extent(axis, one.started_at, end);
    let class = format!("bar {}{}", class(one.status), if one.undo { " undo" } else { "" });
    html! { rect class=(class) x=(px(x)) y=(px(middle - BAR / 2.0)) width=(px(width)) height=(px(BAR)) {} }
}

/// From the question to the answer.
fn diamonds(axis: &TimeAxis, gate: &GateRecord, middle: f64) -> Markup {
    let opened = axis.x(gate.opened_at);
    html! {
        @if let Some(passed) = gate.passed_at.map(|at| axis.x(at)) {
            line.asked x1=(px(opened)) y1=(px(middle)) x2=(px(passed)) y2=(px(middle)) {}
            path.gate.open d=(diamond(opened, middle)) {}
            path.gate d=(diamond(passed, middle)) { title { (gate.gate.words()) } }
        } @else {
            line.asked x1=(px(opened)) y1=(px(middle)) x2=(px(axis.right())) y2=(px(middle)) {}
            path.gate.open d=(diamond(opened, middle)) { title { (gate.gate.words()) ", not answered" } }
        }
    }
}

/// What is not as it should be is said in a word too, and not only in a colour.
fn word(axis: &TimeAxis, record: &StepRecord, middle: f64) -> Markup {
    // A rollback makes a step that only looked wait again: how its last attempt ended is what happened.
    let status = match (record.status, record.tries.last()) {
        (Status::Waiting, Some(last)) => last.status,
        (status, _) => status,
    };
    let class = match status {
        Status::Succeeded { .. } | Status::Waiting => return html! {},
        Status::Running | Status::Undoing | Status::Undone => "word",
        Status::Failed
        | Status::Unknown
        | Status::Skipped
        | Status::Owed(_)
        | Status::UndoFailed
        | Status::UndoUnknown => "word wrong",
    };
    let end = record.tries.last().and_then(|last| last.ended_at).or(record.finished_at);
    let end = end.map_or(axis.right(), |at| axis.x(at));
    let near_the_edge = end > axis.right() - 90.0;
    let (x, anchor) = if near_the_edge { (axis.left - 6.0, "end") } else { (end + 6.0, "start") };
    html! { text class=(class) x=(px(x)) y=(px(middle + 4.0)) text-anchor=(anchor) { (status.word()) } }
}

fn points_of_no_return(report: &Report, axis: &TimeAxis, bottom: f64) -> Markup {
    let gates = report.steps.iter().flat_map(|record| &record.gates);
    let crossings = gates.filter(|gate| gate.gate == GateKind::PointOfNoReturn).filter_map(|gate| gate.passed_at);
    html! {
        @for x in crossings.map(|at| axis.x(at)) {
            line.crossing x1=(px(x)) y1=(px(TOP - 6.0)) x2=(px(x)) y2=(px(bottom)) {
                title { "a point of no return was crossed" }
            }
        }
    }
}

fn objective(report: &Report, axis: &TimeAxis, bottom: f64) -> Markup {
    let Some(rto) = report.score.came_to.rto_seconds else { return html! {} };
    let label = format!("RTO {}", words::clock(rto));
    if rto > axis.seconds {
        return html! { text.rto x=(px(axis.right())) y="12" text-anchor="end" { (label) " →" } };
    }
    let span = SignedDuration::try_from_secs_f64(rto).unwrap_or_default();
    let x = axis.x(axis.from.checked_add(span).unwrap_or(axis.from));
    html! {
        line.rto x1=(px(x)) y1="16" x2=(px(x)) y2=(px(bottom)) {}
        text.rto x=(px(x - 4.0)) y="12" text-anchor="end" { (label) }
    }
}

fn legend(y: f64) -> Markup {
    let swatches =
        [("bar ok", "took"), ("ghost", "expected"), ("bar bad", "failed, unknown, owed"), ("bar undo", "taken back")];
    html! {
        @for (place, (class, word)) in swatches.into_iter().enumerate() {
            @let x = LEFT + 150.0 * place as f64;
            rect class=(class) x=(px(x)) y=(px(y - 9.0)) width="18" height="10" {}
            text.tick x=(px(x + 24.0)) y=(px(y)) { (word) }
        }
        path.gate d=(diamond(6.0, y - 4.0)) {}
        text.tick x="16" y=(px(y)) { "decision" }
        line.crossing x1="96" y1=(px(y - 10.0)) x2="96" y2=(px(y + 2.0)) {}
        text.tick x="104" y=(px(y)) { "point of no return" }
    }
}

fn extent(axis: &TimeAxis, from: Timestamp, to: Timestamp) -> (f64, f64) {
    let (start, end) = (axis.x(from), axis.x(to));
    // A step of no length is still there to be seen.
    (start, (end - start).max(2.0))
}

fn diamond(x: f64, y: f64) -> String {
    const HALF: f64 = 5.0;
    let (left, right, top, bottom) = (px(x - HALF), px(x + HALF), px(y - HALF), px(y + HALF));
    let (x, y) = (px(x), px(y));
    format!("M{x} {top} L{right} {y} L{x} {bottom} L{left} {y} Z")
}

fn class(status: Status) -> &'static str {
    match status {
        Status::Succeeded { .. } | Status::Undone => "ok",
        Status::Waiting | Status::Running | Status::Undoing => "running",
        Status::Failed
        | Status::Unknown
        | Status::Skipped
        | Status::Owed(_)
        | Status::UndoFailed
        | Status::UndoUnknown => "bad",
    }
}
