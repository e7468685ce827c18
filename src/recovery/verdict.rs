//! What a score comes to, in one plain line, and its numbers as rows to read. No weights and no points: each row is a
//! number that was measured, beside the one that was promised. Pure.

use super::event::Bound;
use super::score::Score;
use super::way_back::Measured;
use super::words::clock;
use serde::{Deserialize, Serialize};

/// What a run came to, held against what was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Recovered, within every objective that was stated.
    Met,
    /// Recovered, but an objective was missed.
    Missed,
    /// Recovered, and of an objective it is not shown that it was kept, nor that it was not.
    NotShown,
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
    /// Whether the promise was kept; `None` where nothing was promised, or it cannot be told.
    pub kept: Option<bool>,
    /// Whether there was a promise of which it is not shown that it was kept.
    pub open: bool,
}

impl Verdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "objectives met",
            Self::Missed => "objectives missed",
            Self::NotShown => "objectives not all shown to be kept",
            Self::NothingPromised => "recovered",
            Self::NotRecovered => "not recovered",
            Self::Unfinished => "not finished",
        }
    }
}

impl Score {
    /// The numbers, in the order in which they are read: what was promised, then how it was gone about.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![self.recovery_row()];
        rows.extend(self.came_to.losses.iter().map(|loss| {
            let (lost, promised) = loss.sides();
            Row {
                what: match loss.bound() {
                    Bound::AtLeast => format!("writes of {} lost at least", loss.component),
                    Bound::AtMost | Bound::Unknown | Bound::None => {
                        format!("writes of {} lost at most", loss.component)
                    }
                },
                measured: if loss.bound() == Bound::Unknown { "unknown".to_owned() } else { lost },
                promised,
                kept: loss.is_met(),
                open: loss.rpo_seconds.is_some() && loss.is_met().is_none(),
            }
        }));
        rows.extend(self.conduct());
        rows
    }

    /// How it was gone about: deciding, waiting, what went wrong and was put right.
    pub fn conduct(&self) -> Vec<Row> {
        let first = self.first_start_seconds.map_or_else(|| "nothing was started".to_owned(), clock);
        let answered = self.gates.iter().filter(|asked| asked.answered.is_some()).count();
        let mut rows = vec![
            Row::of("from declaration to first start", first),
            Row::of("decisions answered", format!("{answered} of {}", self.gates.len())),
            Row::of("answers took together", clock(self.deciding_seconds())),
        ];
        let longest = self.gates.iter().filter_map(|asked| Some((asked.seconds()?, asked)));
        if let Some((seconds, asked)) = longest.max_by(|one, other| one.0.total_cmp(&other.0)) {
            let which = format!("{} ({} before {})", clock(seconds), asked.gate.words(), asked.step);
            rows.push(Row::of("slowest answer", which));
        }
        rows.extend(self.way_back.iter().flat_map(of_the_way_back));
        rows.extend(self.waiting_rows());
        rows.extend(self.mistake_rows());
        rows
    }

    fn recovery_row(&self) -> Row {
        let came_to = &self.came_to;
        let what = if came_to.is_recovered() && came_to.left_out == 0 {
            "time to recover".to_owned()
        } else if came_to.is_recovered() {
            format!("time, {}", came_to.done())
        } else {
            format!("time, {}", came_to.how_it_ended())
        };
        Row {
            what,
            measured: clock(came_to.recover_seconds),
            promised: came_to.rto_seconds.map(clock),
            kept: came_to.is_in_time(),
            open: false,
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
            .map(|(what, seconds)| Row::of(what, format!("{} ({:.0} %)", clock(seconds), share(seconds))))
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
}

/// What a way back is measured by, beside what was promised of it.
fn of_the_way_back(back: &Measured) -> Vec<Row> {
    let unprotected = match (back.unprotected_seconds, back.is_protected) {
        (Some(seconds), true) => clock(seconds),
        (Some(seconds), false) => format!("{} and still", clock(seconds)),
        (None, _) => "not known".to_owned(),
    };
    let noticed = match (back.downtime_seconds, back.is_back) {
        (Some(seconds), true) => clock(seconds),
        (Some(seconds), false) => format!("{} and still", clock(seconds)),
        (None, _) => "not begun".to_owned(),
    };
    let lost = match (back.lost_seconds, back.promoted) {
        (_, 0) => "nothing was promoted".to_owned(),
        (Some(seconds), _) if seconds <= 0.0 => "none".to_owned(),
        (Some(seconds), _) => clock(seconds),
        (None, _) => "not known".to_owned(),
    };
    let [kept, of] = back.evidence;
    let as_promised = back.downtime_seconds.filter(|_| back.is_back);
    let mut rows = vec![
        Row::of("without a second region", unprotected),
        Row {
            promised: Some(format!("about {}", clock(back.expected_downtime_seconds))),
            kept: as_promised.map(|seconds| seconds <= back.expected_downtime_seconds),
            ..Row::of("users noticed the return", noticed)
        },
        Row {
            promised: Some("none".to_owned()),
            kept: back.lost_seconds.map(|seconds| seconds <= 0.0),
            open: back.promoted > 0 && back.lost_seconds.is_none(),
            ..Row::of("writes lost by the return", lost)
        },
    ];
    if of > 0 {
        rows.push(Row::of("evidence of the way there kept", format!("{kept} of {of}")));
    }
    rows
}

impl Row {
    fn of(what: &str, measured: String) -> Self {
        Self { what: what.to_owned(), measured, promised: None, kept: None, open: false }
    }
}
