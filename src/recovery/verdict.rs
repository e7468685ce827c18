//! What a score comes to, in one plain line, and its numbers as rows to read. No weights and no points: each row is a
//! number that was measured, beside the one that was promised. Pure.

use super::event::{Bound, RunOutcome};
use super::score::Score;
use super::words::{self, amount, steps};
use crate::plan::duration;
use serde::Serialize;

/// What a run came to, held against what was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Recovered, within every objective that was stated.
    Met,
    /// Recovered, but an objective was missed or it is not known whether it was.
    Missed,
    /// Recovered; no objective was stated.
    NothingPromised,
    /// Ended without having recovered.
    NotRecovered,
    /// It goes on, was left, or its journal breaks off.
    Unfinished,
}

/// One number of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// The number, in words.
    pub measured: String,
    /// What was promised about it, in words.
    pub promised: Option<String>,
    /// Whether the promise was kept; `None` where nothing was promised, or it cannot be told yet.
    pub kept: Option<bool>,
}

impl Verdict {
    pub(super) fn of(score: &Score) -> Self {
        match score.outcome {
            None | Some(RunOutcome::Failed | RunOutcome::Held) => Self::Unfinished,
            Some(RunOutcome::Aborted | RunOutcome::RolledBack) => Self::NotRecovered,
            Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions) => {
                let late = score.rto_seconds.is_some_and(|rto| score.recover_seconds > rto);
                let lost = score.losses.iter().any(|loss| !loss.is_within());
                match (late || lost, score.rto_seconds.is_none() && score.losses.is_empty()) {
                    (true, _) => Self::Missed,
                    (false, true) => Self::NothingPromised,
                    (false, false) => Self::Met,
                }
            }
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "objectives met",
            Self::Missed => "objectives missed",
            Self::NothingPromised => "recovered",
            Self::NotRecovered => "not recovered",
            Self::Unfinished => "not finished",
        }
    }
}

impl Score {
    /// The verdict in one line: `Objectives met: recovered in 9m12s of 15m, at most
    /// 2.1s of writes lost of orders-db (rpo 30s).`
    pub fn line(&self) -> String {
        let verdict = self.verdict();
        let mut line = sentence(verdict.word());
        line.push_str(": ");
        let took = duration::show(self.recover_seconds.floor());
        let of = self.rto_seconds.map_or_else(String::new, |rto| format!(" of {}", duration::show(rto)));
        line.push_str(&match verdict {
            Verdict::Met | Verdict::Missed | Verdict::NothingPromised => format!("recovered in {took}{of}"),
            Verdict::NotRecovered | Verdict::Unfinished => format!("{} after {took}{of}", self.how_it_ended()),
        });
        // Of several stores, one that missed its objective is what matters.
        let missed = self.losses.iter().find(|loss| !loss.is_within());
        if let Some(loss) = missed.or(self.worst_loss()) {
            let component = &loss.component;
            let rpo = loss.rpo_seconds.map_or_else(String::new, |rpo| format!(" (rpo {})", words::objective(rpo)));
            line.push_str(&match (loss.exposure.seconds, loss.bound()) {
                (None, _) => format!(", the loss of writes of {component} is not known{rpo}"),
                (Some(_), Bound::None) => format!(", no write lost of {component}{rpo}"),
                (Some(seconds), Bound::AtLeast) => {
                    format!(", at least {} of writes lost of {component}{rpo}", amount(seconds))
                }
                (Some(seconds), Bound::AtMost | Bound::Unknown) => {
                    format!(", at most {} of writes lost of {component}{rpo}", amount(seconds))
                }
            });
        }
        if self.mistakes.skipped > 0 && self.outcome == Some(RunOutcome::CompletedWithExceptions) {
            line.push_str(&format!(", {} skipped and not verified", steps(self.mistakes.skipped)));
        }
        line.push('.');
        line
    }

    /// The numbers, in the order in which they are read: what was promised, then how it was gone about.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![self.recovery_row()];
        rows.extend(self.losses.iter().map(|loss| Row {
            what: match loss.bound() {
                Bound::AtLeast => format!("writes of {} lost at least", loss.component),
                Bound::AtMost | Bound::Unknown | Bound::None => format!("writes of {} lost at most", loss.component),
            },
            measured: loss.exposure.seconds.map_or_else(|| "unknown".to_owned(), amount),
            promised: loss.rpo_seconds.map(words::objective),
            kept: loss.rpo_seconds.map(|_| loss.is_within()),
        }));
        rows.extend(self.conduct());
        rows
    }

    /// How it was gone about: deciding, waiting, what went wrong and was put right.
    pub fn conduct(&self) -> Vec<Row> {
        let first = self.first_start_seconds.map_or_else(|| "nothing was started".to_owned(), span);
        let answered = self.gates.iter().filter(|asked| asked.answered.is_some()).count();
        let mut rows = vec![
            Row::of("from declaration to first start", first),
            Row::of("decisions answered", format!("{answered} of {}", self.gates.len())),
            Row::of("answers took together", span(self.deciding_seconds())),
        ];
        let longest = self.gates.iter().filter_map(|asked| Some((asked.seconds()?, asked)));
        if let Some((seconds, asked)) = longest.max_by(|one, other| one.0.total_cmp(&other.0)) {
            let which = format!("{} ({} before {})", span(seconds), asked.gate.words(), asked.step);
            rows.push(Row::of("slowest answer", which));
        }
        rows.extend(self.waiting_rows());
        rows.extend(self.mistake_rows());
        rows
    }

    /// Whether the application was recovered within its recovery time objective; `None` without one, or while the
    /// time is not up and the run not over.
    pub fn is_in_time(&self) -> Option<bool> {
        let rto = self.rto_seconds?;
        match (self.is_recovered(), self.recover_seconds <= rto) {
            (true, within) => Some(within),
            (false, false) => Some(false),
            (false, true) => None,
        }
    }

    /// Whether the application was brought up in the other region.
    pub fn is_recovered(&self) -> bool {
        match self.verdict() {
            Verdict::Met | Verdict::Missed | Verdict::NothingPromised => true,
            Verdict::NotRecovered | Verdict::Unfinished => false,
        }
    }

    fn recovery_row(&self) -> Row {
        let what =
            if self.is_recovered() { "time to recover".to_owned() } else { format!("time, {}", self.how_it_ended()) };
        Row {
            what,
            measured: span(self.recover_seconds),
            promised: self.rto_seconds.map(duration::show),
            kept: self.is_in_time(),
        }
    }

    fn waiting_rows(&self) -> Vec<Row> {
        let waiting = [
            ("waited for the cloud", self.waiting.cloud_seconds),
            ("waited for people", self.waiting.people_seconds),
            ("nobody drove the run", self.waiting.nobody_seconds),
        ];
        let whole: f64 = waiting.iter().map(|(_, seconds)| seconds).sum();
        let share = |seconds: f64| if whole > 0.0 { seconds / whole * 100.0 } else { 0.0 };
        waiting
            .into_iter()
            .filter(|(_, seconds)| *seconds > 0.0)
            .map(|(what, seconds)| Row::of(what, format!("{} ({:.0} %)", span(seconds), share(seconds))))
            .collect()
    }

    fn mistake_rows(&self) -> Vec<Row> {
        let mistakes = &self.mistakes;
        let counts = [
            ("attempts that failed", mistakes.failed),
            ("acts not known to have happened", mistakes.unknown),
            ("attempts made again", mistakes.retried),
            ("steps put right in the end", mistakes.put_right),
            ("steps skipped", mistakes.skipped),
            ("rollbacks", mistakes.rollbacks),
            ("steps undone", mistakes.undone),
        ];
        let told = counts.into_iter().filter(|(_, count)| *count > 0);
        told.map(|(what, count)| Row::of(what, count.to_string())).collect()
    }

    fn how_it_ended(&self) -> &'static str {
        match self.outcome {
            None => "no end recorded",
            Some(RunOutcome::Completed) => "completed",
            Some(RunOutcome::CompletedWithExceptions) => "completed with exceptions",
            Some(RunOutcome::Failed) => "left at a failure",
            Some(RunOutcome::Aborted) => "aborted",
            Some(RunOutcome::RolledBack) => "rolled back",
            Some(RunOutcome::Held) => "left at a gate",
        }
    }
}

impl Row {
    fn of(what: &str, measured: String) -> Self {
        Self { what: what.to_owned(), measured, promised: None, kept: None }
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn span(seconds: f64) -> String {
    // Whole seconds that have passed, as the clock on the screen counts them.
    duration::show(seconds.floor())
}
