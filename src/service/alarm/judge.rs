//! What one alarm's state is worth. An alarm that is OK may be so because nothing came that it could judge, or for what was
//! before: it counts by data of after a moment, for as long as it takes to ring ("Using Amazon CloudWatch alarms", "How
//! alarms treat missing data").

use super::fields::{ALARM, OK};
use crate::service::observation::{Alarm, AlarmData, Watched};
use jiff::{SignedDuration, Timestamp};

/// What an alarm's state shows.
#[derive(Debug, PartialEq)]
pub(super) enum Shown {
    /// It is as wanted.
    Good(String),
    /// It is not, and says so: the state of the other sort.
    Other(String),
    /// It shows nothing yet.
    Nothing(String),
    /// It can never show it.
    Never(String),
}

/// What `alarm` shows at a look, wanted in `state`, by data of after `since`.
pub(super) fn of(alarm: &Alarm, state: &str, since: Timestamp) -> Shown {
    let (name, told) = (&alarm.name, alarm.state.as_str());
    if let (Watched::Unseen, OK) = (&alarm.watches, state) {
        return Shown::Never(format!("{name}: how new its data is cannot be seen"));
    }
    let why = alarm.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
    if told != state {
        let words = format!("{name} is {told}{why}");
        return if matches!(told, OK | ALARM) { Shown::Other(words) } else { Shown::Nothing(words) };
    }
    if let Some(evaluation) = &alarm.evaluation {
        return Shown::Nothing(format!("{name} is {told}, and its evaluation is not whole: {evaluation}"));
    }
    match &alarm.watches {
        _ if state != OK => Shown::Good(format!("{name} is {told}{why}")),
        Watched::Others | Watched::Unseen => Shown::Good(format!("{name} is {told}, by the alarms of its rule")),
        Watched::Metric(data) => by_data(alarm, data, since),
    }
}

fn by_data(alarm: &Alarm, data: &AlarmData, since: Timestamp) -> Shown {
    let (name, told) = (&alarm.name, &alarm.state);
    let Some(newest) = data.newest else {
        return Shown::Nothing(format!("{name} is {told}, and nothing came that it could judge"));
    };
    if newest < since {
        let age = clock(newest);
        return Shown::Nothing(format!("{name} is {told}, by data of {age}: none came since {}", clock(since)));
    }
    // The whole of what it rings by has to be of after that.
    let enough = SignedDuration::from_secs(i64::from(data.rings_after_seconds) - i64::from(data.stretch_seconds));
    let wanted = since.checked_add(enough).unwrap_or(Timestamp::MAX);
    if newest < wanted {
        let rings = data.rings_after_seconds;
        return Shown::Nothing(format!(
            "{name} is {told}, and rings after {rings} s: data came up to {}",
            clock(newest)
        ));
    }
    Shown::Good(format!("{name} is {told}, by data of {}", clock(newest)))
}

/// A moment of the day, in UTC.
fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}
