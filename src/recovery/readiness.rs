//! Readiness over time: what changed from look to look, a line each, and since when everything is as it is. Pure.

use super::start::{Found, Preflight};
use crate::plan::{ComponentName, Intent, Level, StepId};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One change: a line of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When it was seen.
    pub at: Timestamp,
    /// Of which intent.
    pub intent: Intent,
    /// The code of what was looked at.
    pub code: Clean,
    /// Of which component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<ComponentName>,
    /// For which step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// How it is since then.
    pub level: Level,
    /// What was found.
    pub found: Clean,
}

/// What one thing that is looked at is known by.
type Key = (String, Clean, Option<ComponentName>, Option<StepId>);

/// How everything was at the last look, and since when.
#[derive(Clone, Debug, Default)]
pub struct History(BTreeMap<Key, (Level, Timestamp)>);

impl History {
    /// As its lines tell it, oldest first.
    pub fn of(changes: impl IntoIterator<Item = Change>) -> Self {
        let mut history = Self::default();
        for change in changes {
            let key = key(change.intent, &change.code, change.component.as_ref(), change.step.as_ref());
            history.0.insert(key, (change.level, change.at));
        }
        history
    }

    /// Takes in a look at `now`: says since when each finding is as it is, and gives what is otherwise than it was. What was
    /// never looked at before is a change too.
    pub fn note(&mut self, intent: Intent, preflight: &mut Preflight, now: Timestamp) -> Vec<Change> {
        // Several findings may have one name: an identity at each place. The worst of them tells.
        let mut worst: BTreeMap<Key, &Found> = BTreeMap::new();
        for found in preflight.all() {
            let own = worst.entry(key_of(intent, found)).or_insert(found);
            if badness(found.check.level) > badness(own.check.level) {
                *own = found;
            }
        }
        let mut changes = Vec::new();
        for (key, found) in worst {
            let level = found.check.level;
            if self.0.get(&key).is_some_and(|(before, _)| *before == level) {
                continue;
            }
            self.0.insert(key, (level, now));
            changes.push(Change {
                at: now,
                intent,
                code: found.check.code.clone(),
                component: found.component.clone(),
                step: found.step.clone(),
                level,
                found: found.check.found.clone(),
            });
        }
        for found in preflight.all_mut() {
            let known = self.0.get(&key_of(intent, found));
            found.since = known.filter(|(level, _)| *level == found.check.level).map(|(_, since)| *since);
        }
        changes
    }
}

fn badness(level: Level) -> u8 {
    match level {
        Level::Ok => 0,
        Level::Unknown => 1,
        Level::Failing => 2,
    }
}

fn key_of(intent: Intent, found: &Found) -> Key {
    key(intent, &found.check.code, found.component.as_ref(), found.step.as_ref())
}

fn key(intent: Intent, code: &Clean, component: Option<&ComponentName>, step: Option<&StepId>) -> Key {
    (intent.word().to_owned(), code.clone(), component.cloned(), step.cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Check;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn look(level: Level) -> Preflight {
        let check = |level| Check { level, ..Check::failed("rds-status", "stopped", "available", "start it") };
        let of = |name: &str, level| Found { component: Some(name.into()), ..Found::of(check(level)) };
        Preflight::sorted(vec![of("orders-db", level), of("users-db", Level::Ok)])
    }

    #[test]
    fn what_stays_is_told_once_and_since_when_it_is_so() {
        let mut history = History::default();
        let told = history.note(Intent::Failover, &mut look(Level::Failing), at(10));
        assert_eq!(told.len(), 2, "what was never looked at is a change");
        let mut again = look(Level::Failing);
        assert_eq!(history.note(Intent::Failover, &mut again, at(20)), Vec::new());
        assert_eq!(again.blocks[0].since, Some(at(10)));
        let mut mended = look(Level::Ok);
        let told = history.note(Intent::Failover, &mut mended, at(30));
        assert_eq!(told.iter().map(|one| (one.level, one.at)).collect::<Vec<_>>(), [(Level::Ok, at(30))]);
        assert_eq!(mended.ok.iter().map(|found| found.since).collect::<Vec<_>>(), [Some(at(30)), Some(at(10))]);
    }

    #[test]
    fn the_lines_of_a_history_are_the_history() {
        let mut first = History::default();
        let mut lines = first.note(Intent::Failover, &mut look(Level::Failing), at(10));
        lines.extend(first.note(Intent::Failover, &mut look(Level::Unknown), at(20)));
        let read = lines.iter().map(|line| serde_json::to_string(line).expect("JSON"));
        let read = read.map(|line| serde_json::from_str::<Change>(&line).expect("a change"));
        let mut again = History::of(read);
        let mut now = look(Level::Unknown);
        assert_eq!(again.note(Intent::Failover, &mut now, at(99)), Vec::new());
        assert_eq!(now.unknown[0].since, Some(at(20)));
        // What one intent asks is not what the other was told.
        assert_eq!(again.note(Intent::Switchover, &mut now, at(99)).len(), 2);
    }
}
