//! A report as a page: sections of text, lists and tables, in the order in which they are read. Knows what is said,
//! not how it is written: markdown and HTML write the very same page.

mod account;
mod code;
mod facts;
mod outlook;
mod readiness;
mod way_back;

use super::Report;
use crate::recovery::objectives::Objective;
use crate::recovery::words;
use jiff::{Timestamp, tz::TimeZone};

/// A report as it is read from top to bottom.
pub(super) struct Page {
    pub title: String,
    /// `DRILL` or `REAL`.
    pub label: &'static str,
    /// The verdict in one line.
    pub verdict: String,
    pub sections: Vec<Section>,
}

/// A part of a page under a heading.
pub(super) struct Section {
    pub heading: &'static str,
    pub blocks: Vec<Block>,
}

/// A piece of a section.
pub(super) enum Block {
    /// A heading below the section's own.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Things to do, in order.
    Steps(Vec<String>),
    /// A table; without a head, the first column names what the second says.
    Table { head: &'static [&'static str], rows: Vec<Vec<Cell>> },
    /// The run's steps over time, where pictures can be shown.
    Gantt,
    /// The lag curve at this place of the report's, where pictures can be shown.
    Lag(usize),
}

/// A cell of a table.
pub(super) enum Cell {
    Plain(String),
    /// To be copied as it is: a name, an id, a call.
    Code(String),
    /// As it was promised.
    Good(String),
    /// Not as it was promised, or gone wrong.
    Bad(String),
}

impl Cell {
    fn plain(text: impl std::fmt::Display) -> Self {
        Self::Plain(text.to_string())
    }

    fn code(text: impl std::fmt::Display) -> Self {
        Self::Code(text.to_string())
    }

    /// `kept` or `MISSED`, that it is not shown, or a dash where there is nothing to tell.
    fn kept(objective: &Objective) -> Self {
        match objective.kept {
            None if objective.is_open() => Self::Bad("NOT SHOWN".to_owned()),
            Some(true) => Self::Good("kept".to_owned()),
            Some(false) => Self::Bad("MISSED".to_owned()),
            None => Self::Plain("–".to_owned()),
        }
    }
}

impl Page {
    /// The page of a report.
    pub fn of(report: &Report) -> Self {
        let subject = &report.subject;
        let (intent, from, to) = (subject.intent.word(), &subject.primary, &subject.recovery);
        let sections = [
            facts::what_and_where(report),
            facts::objectives(report),
            readiness::readiness(report),
            outlook::next(report),
            outlook::left(report),
            code::code(report),
            way_back::not_reconciled(report),
            way_back::clocks(report),
            facts::conduct(report),
            account::steps(report),
            account::path(report),
            account::replication(report),
            account::decisions(report),
            account::timeline(report),
            account::evidence(report),
            facts::journal(report),
        ];
        Self {
            title: format!("{}: {intent} {from} → {to}", subject.application),
            label: subject.label(),
            verdict: report.outcome.line.to_string(),
            sections: sections.into_iter().filter(|section| !section.blocks.is_empty()).collect(),
        }
    }
}

/// `T+07:42`: seconds since the declaration.
fn clock(seconds: f64) -> String {
    format!("T+{}", words::clock(seconds))
}

/// `2026-03-09 02:06:00Z`: a moment, in UTC.
fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// `9m12s`: how long something took, to the second.
fn span(seconds: f64) -> String {
    // Whole seconds that have passed, as the clock on the screen counts them.
    words::clock(seconds)
}
