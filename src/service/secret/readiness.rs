//! What a replica of a secret has to have: the version that the primary region gives out.

use super::pair::Pair;
use super::words::{self, StoredSecret};
use crate::plan::Weight;
use crate::service::readiness::{self, Ready, Rule, Sides, Tier};
use crate::service::work::Check;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

static SAME_VERSION: Rule = Rule {
    code: "secret-same-version",
    wanted: "the same current version in both regions",
    fix: "ReplicateSecretToRegions again, and see ReplicationStatus: a replica that failed says why",
    costs: "what reads it in the recovery region gets an old password",
    source: "Secrets Manager User Guide, Replicate secrets across Regions",
    tier: Tier::Often,
    weight: Weight::Blocks,
};

static AGE: Rule = Rule {
    code: "secret-age",
    wanted: "no rotation that is overdue",
    fix: "RotateSecret in the primary region, and see in its function's log why it was not rotated by itself",
    costs: "a password that should have been changed is carried over to the recovery region, and is changed nowhere",
    source: "Secrets Manager User Guide, Rotation schedules; Security Hub SecretsManager.2",
    tier: Tier::Daily,
    weight: Weight::Advises,
};
/// How many hours behind its day a rotation is late: its window may last for one.
const GRACE_HOURS: i64 = 24;

/// All of them.
pub(super) static RULES: &[&Rule] = &[&SAME_VERSION, &AGE];

/// What a secret is held to: one that the plan writes to stands alone afterwards, and is a replica before.
pub(super) fn of(pair: &Pair) -> Vec<Ready> {
    let on = |place| (words::secret(place, &pair.name), format!("secret {} in {}", pair.name, place.region));
    let both = Sides { old: on(&pair.old), new: on(&pair.new) };
    let age = Ready::new(&AGE, [both.old.0.ask.clone()], {
        let old = both.old.clone();
        move |facts| match readiness::told(facts, &old) {
            Ok(secret) => overdue(&AGE, secret, facts.now),
            Err(why) => AGE.unknown(why),
        }
    });
    let version = both.held_to(&SAME_VERSION, |rule, old: &StoredSecret, new: &StoredSecret| {
        match (old.current(), new.current()) {
            (Some(old), Some(new)) if old == new => rule.ok(format!("version {new}")),
            // Two secrets of one name that are none another's copy have no version in common.
            _ if new.primary.is_none() => rule.ok("a secret of its own, no replica"),
            (Some(old), Some(new)) => rule.failing(format!("version {new}, in the primary region {old}")),
            (None, _) | (_, None) => rule.unknown("no version is current"),
        }
    });
    vec![version, age]
}

/// Whether it should have been rotated by now. One whose primary does not rotate it is not held to anything.
fn overdue(rule: &Rule, secret: &StoredSecret, now: Timestamp) -> Check {
    if !secret.rotates {
        return rule.ok("it is not rotated by Secrets Manager");
    }
    let after = |at: Timestamp, hours: i64| at.checked_add(SignedDuration::from_hours(hours)).ok();
    let by_days = || after(secret.changed?, 24 * i64::from(secret.every_days?));
    let Some(due) = secret.rotates_by.or_else(by_days) else {
        return rule.unknown("not told when it is to be rotated");
    };
    let day = due.to_zoned(TimeZone::UTC).date();
    rule.when(after(due, GRACE_HOURS).is_some_and(|late| now <= late), format!("to be rotated by {day}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_is_late_a_day_behind_its_time_and_without_a_time_nobody_knows() {
        let at = |hours: i64| Timestamp::from_second(hours * 3_600).expect("a time");
        let of = |rotates_by, changed, every_days| StoredSecret {
            rotates: true,
            rotates_by,
            changed,
            every_days,
            ..StoredSecret::default()
        };
        let level = |secret: &StoredSecret, hours| overdue(&AGE, secret, at(hours)).level.word();
        let told = of(Some(at(100)), Some(at(0)), Some(1));
        assert_eq!((level(&told, 124), level(&told, 125)), ("ok", "failing"));
        let counted = of(None, Some(at(0)), Some(30));
        assert_eq!((level(&counted, 744), level(&counted, 745)), ("ok", "failing"));
        assert_eq!(level(&of(None, Some(at(0)), None), 1), "unknown");
        assert_eq!(level(&StoredSecret::default(), 9_999), "ok");
    }
}
