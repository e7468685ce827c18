//! Readiness over time: what changed from look to look, a line each, and since when everything is as it is. Pure.

use super::objective::seconds_between;
use super::start::{Found, Preflight};
use super::words;
use crate::plan::{ComponentName, Intent, Level, StepId};
use crate::service::work::later;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far back changes are counted, in seconds: what is right and wrong again and again within it is not to be relied on.
const FLAPPING_SECONDS: f64 = 86_400.0;
/// How many changes between right and wrong make it so.
const FLAPPING: u32 = 3;
/// How long before a drill the newest look may have been that tells how it was then, in seconds.
const AT_DRILL_SECONDS: f64 = 86_400.0;
/// How often it is written down that somebody looked at all, in seconds.
const MARK_SECONDS: f64 = 3_600.0;
/// How many changes of one thing are kept.
const KEPT: usize = 32;

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
    #[serde(deserialize_with = "later::level")]
    pub level: Level,
    /// What was found.
    pub found: Clean,
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// Something was otherwise than before.
    Change(Box<Change>),
    /// Somebody looked, whatever was found.
    Look {
        /// When.
        looked_at: Timestamp,
    },
}

/// How one finding was before now, as far as it was looked at here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// How often it changed between right and wrong in the last day, where that is often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flapping: Option<u32>,
    /// How it was at the application's last drill or run, and when that was; absent where nobody had looked just before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_drill: Option<AtDrill>,
}

impl Before {
    /// What it says, in words.
    pub fn words(&self, now: Timestamp) -> Vec<String> {
        let flapping = self.flapping.map(|turns| format!("flapping: {turns} turns between ok and failing in a day"));
        let at_drill = self.at_drill.map(|AtDrill { level, at }| {
            let was = match level {
                Level::Ok => "was ok",
                Level::Failing => "was failing",
                Level::Unknown => "was unknown",
            };
            format!("{was} at the last drill or run, {} ago", words::long_age(seconds_between(at, now)))
        });
        flapping.into_iter().chain(at_drill).collect()
    }
}

/// How a finding was at a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtDrill {
    /// How.
    pub level: Level,
    /// When that was.
    pub at: Timestamp,
}

/// What one thing that is looked at is known by.
type Key = (String, Clean, Option<ComponentName>, Option<StepId>);

/// How everything was at the last look, since when, and before.
#[derive(Clone, Debug, Default)]
pub struct History {
    changes: BTreeMap<Key, Vec<(Level, Timestamp)>>,
    looks: Vec<Timestamp>,
}

impl History {
    /// As its lines tell it, oldest first.
    pub fn of(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut history = Self::default();
        lines.into_iter().for_each(|line| history.take(line));
        history
    }

    /// Takes in what another look told. What is as it was already is as old as it was.
    pub fn take(&mut self, line: Line) {
        match line {
            Line::Look { looked_at } => self.look(looked_at),
            Line::Change(change) => {
                let key = key(change.intent, &change.code, change.component.as_ref(), change.step.as_ref());
                self.change(key, change.level, change.at);
                self.look(change.at);
            }
        }
    }

    /// Takes in a look at `now`: says how each finding was before, and gives the lines that tell what is otherwise than it
    /// was, and that somebody looked. What was never looked at before is a change too. `drilled_at` is when the application
    /// was drilled last.
    pub fn note(
        &mut self,
        intent: Intent,
        preflight: &mut Preflight,
        drilled_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Vec<Line> {
        // Several findings may have one name: an identity at each place. The worst of them tells.
        let mut worst: BTreeMap<Key, &Found> = BTreeMap::new();
        for found in preflight.all() {
            let own = worst.entry(key_of(intent, found)).or_insert(found);
            if badness(found.check.level) > badness(own.check.level) {
                *own = found;
            }
        }
        let mut lines = Vec::new();
        for (key, found) in worst {
            let level = found.check.level;
            if !self.change(key, level, now) {
                continue;
            }
            lines.push(Line::Change(Box::new(Change {
                at: now,
                intent,
                code: found.check.code.clone(),
                component: found.component.clone(),
                step: found.step.clone(),
                level,
                found: found.check.found.clone(),
            })));
        }
        let is_marked = |at: &Timestamp| seconds_between(*at, now) < MARK_SECONDS;
        if lines.is_empty() && !self.looks.last().is_some_and(is_marked) {
            lines.push(Line::Look { looked_at: now });
        }
        if !lines.is_empty() {
            self.look(now);
        }
        for found in preflight.all_mut() {
            let Some(changes) = self.changes.get(&key_of(intent, found)) else { continue };
            found.since = changes.last().filter(|(level, _)| *level == found.check.level).map(|(_, since)| *since);
            let is_news = found.check.level != Level::Ok;
            let at_drill = || self.level_at(changes, drilled_at?);
            let before = Before { flapping: flapping(changes, now), at_drill: is_news.then(at_drill).flatten() };
            found.before = Some(before).filter(|before| *before != Before::default());
        }
        lines
    }

    /// Whether it is otherwise than it was.
    fn change(&mut self, key: Key, level: Level, at: Timestamp) -> bool {
        let changes = self.changes.entry(key).or_default();
        if changes.last().is_some_and(|(before, _)| *before == level) {
            return false;
        }
        if changes.len() == KEPT {
            changes.remove(0);
        }
        changes.push((level, at));
        true
    }

    /// Somebody looked, and it is written down.
    fn look(&mut self, at: Timestamp) {
        if self.looks.last().is_none_or(|last| *last < at) {
            self.looks.push(at);
        }
    }

    /// How it was at `at`, where somebody had looked within the day before.
    fn level_at(&self, changes: &[(Level, Timestamp)], at: Timestamp) -> Option<AtDrill> {
        let is_just_before = |look: &Timestamp| *look <= at && seconds_between(*look, at) <= AT_DRILL_SECONDS;
        self.looks.iter().rev().find(|look| is_just_before(look))?;
        let (level, _) = changes.iter().rev().find(|(_, since)| *since <= at)?;
        Some(AtDrill { level: *level, at })
    }
}

/// How often it changed between right and wrong within a day before `now`, where that is often. That nobody could tell in
/// between is neither.
fn flapping(changes: &[(Level, Timestamp)], now: Timestamp) -> Option<u32> {
    let known: Vec<_> = changes.iter().filter(|(level, _)| *level != Level::Unknown).collect();
    let is_recent = |at: Timestamp| seconds_between(at, now) <= FLAPPING_SECONDS;
    let turns = known.windows(2).filter(|pair| pair[0].0 != pair[1].0 && is_recent(pair[1].1)).count();
    u32::try_from(turns).ok().filter(|turns| *turns >= FLAPPING)
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

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn look(level: Level) -> Preflight {
        let check = |level| Check { level, ..Check::failed("rds-status", "stopped", "available", "start it") };
        let of = |name: &str, level| Found { component: Some(name.into()), ..Found::of(check(level)) };
        Preflight::sorted(vec![of("orders-db", level), of("users-db", Level::Ok)])
    }

    fn note(history: &mut History, level: Level, second: i64) -> (Preflight, Vec<Line>) {
        let mut preflight = look(level);
        let told = history.note(Intent::Failover, &mut preflight, None, at(second));
        (preflight, told)
    }

    /// What is told of `orders-db` at the end of `looks`, with a drill at `drilled`.
    fn told(looks: &[(Level, i64)], drilled: Option<i64>) -> Option<Before> {
        let mut history = History::default();
        let mut last = Preflight::default();
        for (level, second) in looks {
            last = look(*level);
            history.note(Intent::Failover, &mut last, drilled.map(at), at(*second));
        }
        let of_it = |found: &&Found| found.component.as_ref().is_some_and(|name| name.as_str() == "orders-db");
        last.all().find(of_it).and_then(|found| found.before.clone())
    }

    #[test]
    fn what_stays_is_told_once_and_since_when_it_is_so() {
        let mut history = History::default();
        let (_, told) = note(&mut history, Level::Failing, 10);
        assert_eq!(told.len(), 2, "what was never looked at is a change");
        let (again, told) = note(&mut history, Level::Failing, 20);
        assert_eq!(told, Vec::new());
        assert_eq!(again.blocks[0].since, Some(at(10)));
        let (mended, told) = note(&mut history, Level::Ok, 30);
        let [Line::Change(change)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((change.level, change.at), (Level::Ok, at(30)));
        assert_eq!(mended.ok.iter().map(|found| found.since).collect::<Vec<_>>(), [Some(at(30)), Some(at(10))]);
    }

    #[test]
    fn the_lines_of_a_history_are_the_history() {
        let mut first = History::default();
        let (_, mut lines) = note(&mut first, Level::Failing, 10);
        lines.extend(note(&mut first, Level::Unknown, 20).1);
        let read = lines.iter().map(|line| serde_json::to_string(line).expect("JSON"));
        let read: Vec<Line> = read.map(|line| serde_json::from_str(&line).expect("a line")).collect();
        assert_eq!(read, lines);
        // Two who looked at once wrote the same twice.
        let mut again = History::of(read.iter().cloned().chain(read.last().cloned()));
        let (now, told) = note(&mut again, Level::Unknown, 99);
        assert_eq!(told, Vec::new());
        assert_eq!(now.unknown[0].since, Some(at(20)));
        // What one intent asks is not what the other was told.
        let mut now = look(Level::Unknown);
        assert_eq!(again.note(Intent::Switchover, &mut now, None, at(99)).len(), 2);
    }

    /// A later Landfall has rules, and words, that this one does not know.
    #[test]
    fn what_a_later_landfall_found_is_kept_and_never_ok() {
        let later = |code: &str, level: &str| {
            serde_json::json!({ "code": code, "component": "orders-db", "level": level, "found": "so", "wanted": "else",
                "fix": "mend it", "weight": "halts", "tier": "weekly" })
        };
        let known = serde_json::json!({ "code": "rds-multi-az", "component": "orders-db", "level": "ok", "found": "two",
            "wanted": "two", "fix": "", "weight": "weakens", "tier": "hourly" });
        let all = serde_json::json!({ "blocks": [later("rds-new", "failing")], "unknown": [later("rds-newer", "murky")],
            "ok": [later("rds-newest", "ok"), known] });
        let told: Preflight = serde_json::from_value(all).expect("nothing of it is lost");
        let told = told.as_known();
        let levels: BTreeMap<&str, Level> =
            told.all().map(|found| (found.check.code.as_str(), found.check.level)).collect();
        let wanted = [
            ("rds-multi-az", Level::Ok),
            ("rds-new", Level::Failing),
            ("rds-newer", Level::Unknown),
            ("rds-newest", Level::Unknown),
        ];
        assert_eq!(levels, wanted.into());
        assert!(told.all().all(|found| found.is_of_another() == (found.check.code.as_str() != "rds-multi-az")));
        let newest = told.unknown.iter().find(|found| found.check.code.as_str() == "rds-newest").expect("it is told");
        assert_eq!(newest.check.found.as_str(), "ok by a rule that this Landfall does not know: so");
        assert_eq!(told.verdict().to_string(), "not ready 1");
        let mended = Preflight { blocks: Vec::new(), ..told };
        assert_eq!(mended.verdict().name(), "at_risk", "what is not known is never ready");
        let line =
            r#"{"at":"2026-11-01T00:00:00Z","intent":"failover","code":"rds-newer","level":"murky","found":"so"}"#;
        let line: Line = serde_json::from_str(line).expect("a line of its history");
        assert!(matches!(line, Line::Change(change) if change.level == Level::Unknown));
    }

    #[test]
    fn that_somebody_looked_is_told_once_an_hour() {
        let mut history = History::default();
        note(&mut history, Level::Ok, 0);
        let looks = (1..=150).map(|minute| minute * 60);
        let marks: Vec<Line> = looks.flat_map(|second| note(&mut history, Level::Ok, second).1).collect();
        assert_eq!(marks, [3_600, 7_200].map(|second| Line::Look { looked_at: at(second) }));
    }

    #[test]
    fn what_is_right_and_wrong_by_turns_flaps_and_what_nobody_could_tell_is_no_turn() {
        use Level::{Failing, Ok, Unknown};
        let turns = |levels: &[Level], apart: i64| {
            let looks: Vec<_> = levels.iter().zip(0..).map(|(level, place)| (*level, place * apart)).collect();
            told(&looks, None).and_then(|before| before.flapping)
        };
        assert_eq!(turns(&[Ok, Failing, Ok, Failing], 600), Some(3));
        assert_eq!(turns(&[Ok, Failing, Ok], 600), None, "twice may be a repair");
        assert_eq!(turns(&[Ok, Unknown, Ok, Unknown, Ok, Unknown, Ok], 600), None);
        assert_eq!(turns(&[Ok, Failing, Ok, Failing], DAY), None, "a turn a day");
    }

    #[test]
    fn how_it_was_at_the_last_drill_is_told_where_somebody_had_looked_just_before() {
        use Level::{Failing, Ok};
        let then = |looks: &[(Level, i64)], drilled| told(looks, drilled).and_then(|before| before.at_drill);
        let was = Some(AtDrill { level: Ok, at: at(2 * DAY) });
        assert_eq!(then(&[(Ok, 0), (Ok, 2 * DAY - 60), (Failing, 9 * DAY)], Some(2 * DAY)), was);
        assert_eq!(then(&[(Ok, 0), (Failing, 9 * DAY)], Some(2 * DAY)), None, "nobody looked for two days");
        assert_eq!(then(&[(Failing, 3 * DAY), (Failing, 9 * DAY)], Some(2 * DAY)), None, "nobody had looked yet");
        assert_eq!(then(&[(Ok, 0), (Failing, 9 * DAY)], None), None, "no drill");
        assert_eq!(then(&[(Failing, 0), (Ok, 9 * DAY)], Some(60)), None, "as wanted: it is no news");
    }
}
