//! Whether what a rebuild rests on was ever tried: a backup that was never restored is an assumption, and so is code that was
//! never applied where it is to be.

use super::{hours, listed, of_kind, rule, untold};
use crate::plan::Weight;
use crate::service::readiness::Rule;
use crate::service::work::Check;
use crate::snapshot::fence::fenced;
use crate::snapshot::{RESTORED, Snapshot};
use jiff::Timestamp;
use serde_json::Value;

/// How many seconds a rebuild that was tried counts.
const YEAR: f64 = 365.0 * 86_400.0;

/// What a database says that is a replica, or a member of a cluster.
const OF_ANOTHER: &[&str] = &["ReadReplicaSource", "Cluster"];

/// What tells of the other region.
const CAPTURE: &str =
    "landfall capture PLAN --region recovery tells what stands there; a run of a terraform component is remembered";

/// That it was built anew once.
pub static RESTORE: Rule = Rule {
    costs: "how long a rebuild takes, and what it lacks, is found out on the day",
    source: "AWS Well-Architected REL13-BP03: test disaster recovery implementation",
    weight: Weight::Advises,
    ..rule(
        "restore-never-drilled",
        "the recovery region built from what was captured, within the last year",
        "landfall restore PLAN --to REGION --out DIR writes it; apply it as a drill, by hand and then landfall capture PLAN --region \
         recovery, or by a component of kind terraform in a run",
    )
};
/// That its backups were restored once.
pub static BACKUP: Rule = Rule {
    costs: "whether the backups can be restored, and in what time, is found out on the day",
    source: "AWS Well-Architected REL09-BP04: perform periodic recovery of the data to verify backup integrity",
    weight: Weight::Advises,
    ..rule(
        "backup-never-restored",
        "a backup of each RDS database restored in a run, within the last year",
        "landfall init --kind rds-restore prints a component that restores one: run it as a drill; or accept it with a [[waive]] \
         where it is restored by other means",
    )
};

/// What past runs of the application carried out on a real cloud.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drilled {
    /// The components by which infrastructure was built, and when last.
    pub built: Vec<(String, Timestamp)>,
    /// The components by which a backup was restored, and when last.
    pub restored: Vec<(String, Timestamp)>,
}

/// Whether the application was built anew, of what past runs tell and of what `recovery` holds.
pub(super) fn restore(
    drilled: Option<&Drilled>,
    recovery: &Result<std::sync::Arc<Snapshot>, String>,
    now: Timestamp,
) -> Check {
    let by_run = drilled.into_iter().flat_map(|drilled| &drilled.built).max_by_key(|(_, at)| *at);
    if let Some((by, at)) = by_run.filter(|(_, at)| age(*at, now) <= YEAR) {
        return RESTORE.ok(format!("by {by}, {} ago", hours(age(*at, now))));
    }
    let snapshot = match recovery {
        Ok(snapshot) => snapshot,
        Err(why) => return untold(&RESTORE, format!("no run that is known here built it, and {why}"), CAPTURE),
    };
    let made =
        snapshot.resources.iter().filter(|one| one.config.get("Tags").is_some_and(|tags| tags.get(RESTORED).is_some()));
    let at = snapshot.taken.as_ref().map(|taken| taken.started);
    match (made.count(), at) {
        (0, _) if !snapshot.gaps.is_empty() || !snapshot.complete => untold(
            &RESTORE,
            format!("no run that is known here built it, and not all of {} was read", snapshot.region),
            CAPTURE,
        ),
        (0, _) => RESTORE.failing(match by_run {
            Some((by, at)) => format!(
                "by {by} {} ago, and nothing that stands in {} is of a restore",
                hours(age(*at, now)),
                snapshot.region
            ),
            None => format!("no run that is known here built it, and nothing in {} is of a restore", snapshot.region),
        }),
        (_, None) => untold(&RESTORE, "the snapshot does not say when it was taken", CAPTURE),
        (count, Some(at)) if age(at, now) <= YEAR => RESTORE.ok(format!(
            "{count} of what stands in {} are of a restore, seen {} ago",
            snapshot.region,
            hours(age(at, now))
        )),
        (_, Some(at)) => {
            RESTORE.failing(format!("what is of a restore in {} was seen {} ago", snapshot.region, hours(age(at, now))))
        }
    }
}

/// Whether the backups of the databases of `snapshot` were restored; `None` where there is none that has any.
pub(super) fn backups(snapshot: &Snapshot, drilled: Option<&Drilled>, now: Timestamp) -> Option<Check> {
    let (mut stores, mut unread) = (Vec::new(), Vec::new());
    for one in of_kind(snapshot, "db-instance").filter(|one| fenced(one).is_none()) {
        // The backups of a replica, and of a member of a cluster, are those of what it is of.
        if OF_ANOTHER.iter().any(|field| one.config.get(*field).is_some_and(|of| !of.is_null())) {
            continue;
        }
        match super::at(one, "BackupRetentionPeriod").and_then(Value::as_u64) {
            Some(0) => {}
            Some(_) => stores.push(super::name(one)),
            None => unread.push(super::name(one)),
        }
    }
    unread.extend(snapshot.gaps.iter().filter(|gap| gap.of.starts_with("db-instance/")).map(|gap| gap.of.clone()));
    if stores.is_empty() && unread.is_empty() {
        return None;
    }
    let Some(drilled) = drilled else { return Some(untold(&BACKUP, "nobody knows here of past runs", BACKUP.fix)) };
    let lately: Vec<_> = drilled.restored.iter().filter(|(_, at)| age(*at, now) <= YEAR).collect();
    let told: Vec<String> = lately.iter().map(|(by, at)| format!("{by} {} ago", hours(age(*at, now)))).collect();
    Some(match (lately.len(), stores.len()) {
        (0, 1..) => BACKUP.failing(match drilled.restored.iter().max_by_key(|(_, at)| *at) {
            Some((by, at)) => format!("{}: last by {by}, {} ago", listed(&stores), hours(age(*at, now))),
            None => format!("{}: no run that is known here restored a backup", listed(&stores)),
        }),
        (_, _) if !unread.is_empty() => {
            untold(&BACKUP, format!("not read: {}", listed(&unread)), super::INCOMPLETE.fix)
        }
        (some, all) if some >= all => BACKUP.ok(format!("by {}", listed(&told))),
        // A restore names a backup and not the database that it is of.
        (some, all) => untold(
            &BACKUP,
            format!("by {}; {all} have backups, and {some} was restored: of which is not known", listed(&told)),
            BACKUP.fix,
        ),
    })
}

fn age(at: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(at).as_secs_f64()
}
