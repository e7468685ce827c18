//! What a page says first: what was run and where, what was promised and measured, how it was gone about.

use super::{Block, Cell, Section, moment};
use crate::recovery::event::CloudName;
use crate::recovery::objectives::Objective;
use crate::report::Report;

/// Which run it was: of what, where, by whom, from when to when.
pub fn what_and_where(report: &Report) -> Section {
    let subject = &report.subject;
    let mut facts = vec![
        ("outcome", report.outcome.word.to_string()),
        ("application", subject.application.to_string()),
        ("what was done", format!("{} from {} to {}", subject.intent.word(), subject.primary, subject.recovery)),
        ("on", cloud(report)),
        ("declared", moment(subject.declared_at)),
        (if report.outcome.over { "ended" } else { "last event" }, moment(report.outcome.at)),
        ("commanded by", subject.commanders().join(", ")),
        ("run", subject.run.to_string()),
    ];
    facts.extend(subject.description.iter().map(|text| ("description", text.to_string())));
    facts.extend(subject.owner.iter().map(|owner| ("owner", owner.to_string())));
    facts.extend(subject.sessions.iter().map(|session| {
        let how = if session.resumed { "resumed" } else { "opened" };
        let closed = session.closed.as_ref().map_or("never closed".to_owned(), |why| format!("closed: {why}"));
        (
            "session",
            format!("{} {how} it from {} at {}, {closed}", session.commander, session.host, moment(session.opened_at)),
        )
    }));
    facts.extend(
        subject.identities.iter().map(|identity| ("acted as", format!("{} in {}", identity.arn, identity.region))),
    );
    facts.push(("program", subject.program.to_string()));
    Section { heading: "What and where", blocks: vec![pairs(facts)] }
}

fn cloud(report: &Report) -> String {
    match (report.subject.cloud, &report.subject.drill) {
        (CloudName::Aws, _) => "REAL: Amazon Web Services, or what answered in its place".to_owned(),
        (CloudName::Sim, Some(drill)) => {
            format!("DRILL: two simulated regions, seed {}, time × {}", drill.seed, drill.time_scale)
        }
        (CloudName::Sim, None) => "DRILL: two simulated regions".to_owned(),
    }
}

/// What was promised beside what was measured.
pub fn objectives(report: &Report) -> Section {
    let rows = report.objectives.iter().map(objective).collect();
    let head = &["objective", "of", "promised", "measured", "", "note"];
    Section { heading: "Objectives", blocks: vec![Block::Table { head, rows }] }
}

fn objective(objective: &Objective) -> Vec<Cell> {
    let of = objective.component.as_ref().map_or("the application".to_owned(), ToString::to_string);
    let (measured, promised) = objective.sides();
    vec![
        Cell::plain(objective.objective.word()),
        Cell::plain(of),
        Cell::Plain(promised.unwrap_or_else(|| "nothing".to_owned())),
        Cell::Plain(measured),
        Cell::kept(objective),
        Cell::plain(&objective.note),
    ]
}

/// How the run was gone about: of a drill its score.
pub fn conduct(report: &Report) -> Section {
    let facts = report.score.conduct().into_iter().map(|row| (row.what, row.measured));
    let heading = match report.subject.cloud {
        CloudName::Sim => "The drill's score",
        CloudName::Aws => "How it was gone about",
    };
    let rows = facts.map(|(what, measured)| vec![Cell::Plain(what), Cell::Plain(measured)]).collect();
    Section { heading, blocks: vec![Block::Text(report.outcome.line.to_string()), Block::Table { head: &[], rows }] }
}

/// Where the journal is, and what of it was checked.
pub fn journal(report: &Report) -> Section {
    let journal = &report.journal;
    let mut told = format!("{} events; every line was checked against the hash of the one before.", journal.events);
    if journal.torn_bytes > 0 {
        told.push_str(&format!(" Behind them stand {} bytes of a torn last line, left out.", journal.torn_bytes));
    }
    let rows = vec![
        vec![Cell::plain("journal"), Cell::code(&journal.path)],
        vec![Cell::plain("verified"), Cell::plain(told)],
        vec![Cell::plain("last hash"), Cell::code(&journal.last_hash)],
    ];
    Section { heading: "The journal", blocks: vec![Block::Table { head: &[], rows }] }
}

fn pairs(facts: Vec<(&str, String)>) -> Block {
    let rows = facts.into_iter().map(|(what, said)| vec![Cell::plain(what), Cell::Plain(said)]).collect();
    Block::Table { head: &[], rows }
}
