//! What a page says of the run itself: its steps, its path, replication, decisions, timeline, evidence.

use super::{Block, Cell, Section, clock, span};
use crate::recovery::{Status, objective, words};
use crate::report::Report;
use crate::report::evidence::{Evidence, Mutation, Reads};
use crate::report::steps::StepRecord;

/// How many times its expected time a step may take before it is marked: a few seconds more are nothing to look into.
const SLOWER: f64 = 1.2;

/// Every step: when it ran, how long it took and should have taken, how it ended.
pub fn steps(report: &Report) -> Section {
    let rows = report.steps.iter().map(|record| step(report, record)).collect();
    let head = &["step", "region", "started", "took", "expected", "attempts", "state", "seen"];
    Section { heading: "Steps", blocks: vec![Block::Gantt, Block::Table { head, rows }] }
}

fn step(report: &Report, record: &StepRecord) -> Vec<Cell> {
    let declared_at = report.subject.declared_at;
    let started = record.first_started_at.map(|at| clock(objective::seconds_between(declared_at, at)));
    let tries = record.tries.iter().filter(|one| !one.undo);
    let last = tries.clone().next_back();
    let took = last.and_then(|last| Some(span(objective::seconds_between(last.started_at, last.ended_at?))));
    let dash = || "–".to_owned();
    vec![
        Cell::plain(&record.title),
        Cell::plain(&record.region),
        Cell::Plain(started.unwrap_or_else(dash)),
        Cell::Plain(took.unwrap_or_else(dash)),
        Cell::Plain(span(record.expected_seconds)),
        Cell::plain(tries.count()),
        status(record.status),
        Cell::plain(&record.note),
    ]
}

fn status(status: Status) -> Cell {
    let word = status.word().to_owned();
    match status {
        Status::Succeeded { .. } => Cell::Good(word),
        Status::Waiting | Status::Running | Status::Undoing | Status::Undone => Cell::Plain(word),
        Status::Failed
        | Status::Unknown
        | Status::Skipped
        | Status::Owed(_)
        | Status::UndoFailed
        | Status::UndoUnknown => Cell::Bad(word),
    }
}

/// The chain of steps that the recovery waited for, and what each cost.
pub fn path(report: &Report) -> Section {
    let legs = report.path.iter().map(|leg| {
        let slower = leg.ran_seconds > leg.expected_seconds * SLOWER;
        let ran = span(leg.ran_seconds);
        vec![
            Cell::plain(&leg.title),
            Cell::Plain(span(leg.waited_seconds)),
            if slower { Cell::Bad(ran) } else { Cell::Plain(ran) },
            Cell::Plain(span(leg.expected_seconds)),
        ]
    });
    let rows: Vec<_> = legs.collect();
    if rows.is_empty() {
        return Section { heading: "The path that took the time", blocks: Vec::new() };
    }
    let told = "Each step waited for the one before it. “Waited” is until its first start: turns, gates and people; \
                “ran” is until it came to rest, with every attempt.";
    let table = Block::Table { head: &["step", "waited", "ran", "expected"], rows };
    Section { heading: "The path that took the time", blocks: vec![Block::Text(told.to_owned()), table] }
}

/// The lag of every store over the run.
pub fn replication(report: &Report) -> Section {
    let declared_at = report.subject.declared_at;
    let mut blocks: Vec<Block> = (0..report.lags.len()).map(Block::Lag).collect();
    let rows = report.lags.iter().map(|curve| {
        let numbers = curve.samples.iter().filter_map(|sample| sample.seconds);
        let worst =
            numbers.fold(None, |worst: Option<f64>, seconds| Some(worst.map_or(seconds, |worst| worst.max(seconds))));
        let silent = curve.samples.iter().filter(|sample| sample.seconds.is_none()).count();
        let promoted = curve.promoted_at.map(|at| clock(objective::seconds_between(declared_at, at)));
        vec![
            Cell::plain(&curve.component),
            Cell::plain(curve.samples.len()),
            if silent > 0 { Cell::Bad(silent.to_string()) } else { Cell::plain(silent) },
            Cell::Plain(words::loss(worst)),
            Cell::Plain(curve.rpo_seconds.map_or_else(|| "none".to_owned(), words::objective)),
            Cell::Plain(
                promoted.unwrap_or_else(|| if curve.is_copied { "not in use" } else { "not promoted" }.to_owned()),
            ),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        blocks.push(Block::Table {
            head: &["store", "samples", "without a number", "worst lag", "rpo", "promoted"],
            rows,
        });
    }
    Section { heading: "Replication", blocks }
}

/// What people decided, when and why.
pub fn decisions(report: &Report) -> Section {
    let rows = report.decisions.iter().map(|decided| {
        let after = decided.answered_after_seconds.map_or_else(|| "–".to_owned(), span);
        vec![
            Cell::Plain(clock(decided.seconds)),
            Cell::plain(&decided.by),
            Cell::plain(&decided.told),
            Cell::Plain(after),
            Cell::Plain(decided.exposure.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let blocks = match rows.is_empty() {
        true => vec![Block::Text("Nobody decided anything.".to_owned())],
        false => vec![Block::Table { head: &["at", "who", "what", "answered after", "on what"], rows }],
    };
    Section { heading: "Decisions", blocks }
}

/// Every event worth a line.
pub fn timeline(report: &Report) -> Section {
    let rows = report.timeline.iter().map(|moment| {
        vec![
            Cell::Plain(clock(moment.seconds)),
            Cell::Plain(words::wall(moment.at)),
            Cell::Plain(person(&moment.by)),
            Cell::plain(&moment.told),
        ]
    });
    Section {
        heading: "Timeline",
        blocks: vec![Block::Table { head: &["at", "UTC", "who", "what"], rows: rows.collect() }],
    }
}

/// Nobody's name where Landfall did it by itself: who did the rest stands out.
fn person(by: &str) -> String {
    if by == "landfall" { String::new() } else { by.to_owned() }
}

/// The calls behind it.
pub fn evidence(report: &Report) -> Section {
    Section { heading: "Evidence", blocks: report.evidence.iter().flat_map(step_evidence).collect() }
}

fn step_evidence(evidence: &Evidence) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(evidence.title.to_string())];
    if !evidence.seen.is_empty() {
        blocks.push(Block::Text(format!("Seen last: {}", evidence.seen)));
    }
    let mut rows: Vec<_> = evidence.mutations.iter().map(mutation).collect();
    rows.extend(evidence.reads.iter().map(reads));
    blocks.push(Block::Table { head: &["", "operation", "region", "attempt", "latency", "request id", "error"], rows });
    blocks
}

fn mutation(mutation: &Mutation) -> Vec<Cell> {
    let call = &mutation.call;
    vec![
        Cell::Plain(format!("changes, {}", words::wall(mutation.at))),
        Cell::code(&call.operation),
        Cell::plain(&call.region),
        Cell::plain(call.attempt),
        Cell::Plain(format!("{} ms", call.latency_ms)),
        call.request_id.as_ref().map_or_else(|| Cell::plain("none"), Cell::code),
        call.error.as_ref().map_or_else(|| Cell::plain("–"), |error| Cell::Bad(error.to_string())),
    ]
}

fn reads(reads: &Reads) -> Vec<Cell> {
    let errors: Vec<String> = reads.errors.iter().map(|(error, count)| format!("{count} × {error}")).collect();
    vec![
        Cell::Plain(format!("reads × {}", reads.calls)),
        Cell::code(&reads.operation),
        Cell::plain(&reads.region),
        Cell::plain("–"),
        Cell::Plain(format!("up to {} ms", reads.slowest_ms)),
        Cell::plain("–"),
        if errors.is_empty() { Cell::plain("–") } else { Cell::Bad(errors.join("; ")) },
    ]
}
