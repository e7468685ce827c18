//! What a run was, for people who were not there: one model read off the recorded events, told as markdown, HTML or
//! JSON. Reads no file and no clock, and knows no cloud, no terminal and nobody who acts.
//!
//! - [`subject`], [`readiness`], [`path`], [`steps`], [`lag`], [`timeline`], [`decisions`], [`evidence`], [`handed`], [`left`]
//!   one part of the model each.
//! - `page` the model as sections of text and tables; [`markdown`], [`html`] write a page; [`json`] writes the model.

pub mod decisions;
pub mod evidence;
pub mod handed;
pub mod html;
pub mod json;
pub mod lag;
pub mod left;
pub mod markdown;
mod page;
pub mod path;
pub mod readiness;
pub mod steps;
pub mod subject;
mod svg;
mod svg_gantt;
mod svg_lag;
pub mod timeline;
pub mod way_back;

use crate::engine::journal::Recorded;
use crate::recovery::objectives::{Objective, objectives};
use crate::recovery::score::{Score, score};
use crate::recovery::verdict::Verdict;
use crate::recovery::{State, telling};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;

/// The version of the report's JSON.
pub const REPORT_VERSION: u32 = 1;

/// What a run was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// What was run, where, by whom, on what.
    pub subject: subject::Subject,
    /// The journal it was read from.
    pub journal: Journal,
    /// How it ended, or how it stands.
    pub outcome: Outcome,
    /// What was promised, and what was measured.
    pub objectives: Vec<Objective>,
    /// The run measured as a whole.
    pub score: Score,
    /// What was known before the start, and what came of it.
    pub readiness: readiness::Readiness,
    /// The steps that decided how long it took, first to last.
    pub path: Vec<path::Leg>,
    /// Every step, in the order in which they were started; those that never were stand behind.
    pub steps: Vec<steps::StepRecord>,
    /// What each store's replication lag was.
    pub lags: Vec<lag::Curve>,
    /// What happened, in words.
    pub timeline: Vec<timeline::Moment>,
    /// What people decided.
    pub decisions: Vec<decisions::Decided>,
    /// The calls that were made for each step, and what shows that it is done.
    pub evidence: Vec<evidence::Evidence>,
    /// What the run left behind.
    pub left: left::Left,
    /// What the run changed that code declares.
    pub handed: Vec<handed::Handed>,
    /// What may differ between the two sides, and the clocks of a way back.
    pub way_back: way_back::WayBack,
    /// What to do next, the most urgent first.
    pub next: Vec<Clean>,
}

/// The journal a report was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Journal {
    /// Where it is.
    pub path: Clean,
    /// How many events it holds; each was checked against the hash of the one before.
    pub events: usize,
    /// How many bytes of a torn last line stand behind them.
    pub torn_bytes: usize,
    /// The hash of its last whole line.
    pub last_hash: Clean,
}

/// How a run ended, or how it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// In a word or two: `completed`, `held at a gate`, `no end recorded`.
    pub word: Clean,
    /// The verdict in one line.
    pub line: Clean,
    /// What it comes to.
    pub verdict: Verdict,
    /// Whether nothing more can happen in this run.
    pub over: bool,
    /// When it ended, or when its last event was.
    pub at: Timestamp,
    /// Seconds from the declaration to then: the recovery time, once it is over.
    pub seconds: f64,
}

impl Report {
    /// Reads the report off what a journal at `path` holds; `None` when that does not begin with a run's opening.
    pub fn of(recorded: &Recorded, path: &str) -> Option<Self> {
        let events = &recorded.events;
        let (first, rest) = events.split_first()?;
        let mut state = State::open(first)?;
        for event in rest {
            state.fold(event);
        }
        let score = score(events)?;
        let path = Clean::new(path);
        let left = left::Left::of(&state, events);
        let steps = steps::steps(events);
        let legs = path::legs(&state, &steps);
        Some(Self {
            version: REPORT_VERSION,
            subject: subject::Subject::of(&state, events),
            outcome: outcome(&state, &score),
            objectives: objectives(&state, &score.came_to),
            readiness: readiness::readiness(&state, &steps, &score.came_to),
            steps,
            lags: lag::curves(&state, events),
            timeline: timeline::timeline(&state, events),
            decisions: decisions::decisions(&state, events, &score),
            evidence: evidence::evidence(&state, events),
            handed: handed::handed(&state, events),
            next: left::next(&state, &left, &score, &legs, &path),
            journal: Journal {
                path,
                events: events.len(),
                torn_bytes: recorded.torn_bytes,
                last_hash: Clean::new(&recorded.last_hash),
            },
            way_back: way_back::WayBack::of(&state),
            path: legs,
            score,
            left,
        })
    }
}

fn outcome(state: &State, score: &Score) -> Outcome {
    let word = match &state.ended {
        Some(ended) => telling::outcome_words(ended.outcome),
        None if state.paying.is_some() => "completed; what it owes was being paid when the journal ends",
        None if state.driven => "no end recorded: under way, or cut off",
        None => "left, no end recorded",
    };
    Outcome {
        word: Clean::new(word),
        line: Clean::new(&score.came_to.line()),
        verdict: score.came_to.verdict(),
        over: state.is_over(),
        at: score.ended_at,
        seconds: score.came_to.recover_seconds,
    }
}
