//! What a simulated replica has of what was written to its source, moment by moment: what its lag tells, and what a
//! promotion keeps. Writes come all the time for as long as somebody can write; nothing here is journaled or shown.

use super::database::Database;
use super::dice::{Dice, later, seconds};
use super::fault::FaultKind;
use super::trouble::Troubles;
use jiff::Timestamp;

/// How often RDS writes a transaction of its own where nobody else does, in seconds: until then the age of what a
/// PostgreSQL replica applied last only grows.
const HEARTBEAT_SECONDS: f64 = 300.0;

/// So long before something goes wrong nothing is wrong yet.
const JUST_BEFORE_SECONDS: f64 = 0.001;

/// A replica and the source that it replicates from.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    pub replica: &'a Database,
    pub source: &'a Database,
    pub troubles: &'a Troubles,
    pub dice: &'a Dice,
}

impl Link<'_> {
    /// When, by `at`, the last write to the source was taken: now, unless its name or its region is gone.
    pub fn written_until(&self, at: Timestamp) -> Timestamp {
        let gone = self.troubles.gone_since(&self.source.region, at);
        [self.source.away_since(at), gone].into_iter().flatten().min().unwrap_or(at)
    }

    /// Everything written up to then has been applied by `at`; what was promoted applies nothing more.
    pub fn applied_until(&self, at: Timestamp) -> Timestamp {
        let at = self.replica.detached_at(self.troubles, at).unwrap_or(at);
        let written = self.written_until(at);
        // What was applied stays applied: a replica that had everything does not fall behind where nobody writes.
        let edges = [FaultKind::Lag, FaultKind::ReplicationStopped].into_iter().flat_map(|kind| {
            let windows = self.troubles.windows(kind, &self.replica.key());
            windows.iter().map(|window| window.from).collect::<Vec<_>>()
        });
        let had_all = edges
            .filter(|from| *from > written && *from <= at)
            .any(|from| self.reached(later(from, -JUST_BEFORE_SECONDS)) >= written);
        if had_all { written } else { self.reached(at) }
    }

    /// How far it has come by `at`, by how far it is behind then.
    fn reached(&self, at: Timestamp) -> Timestamp {
        let stopped = self.troubles.windows(FaultKind::ReplicationStopped, &self.replica.key());
        let until = stopped.iter().find(|window| window.contains(at)).map_or(at, |window| window.from);
        later(until, -self.behind(until)).min(self.written_until(at))
    }

    /// How far the replica is behind at `at` while there is something to apply, in seconds.
    fn behind(&self, at: Timestamp) -> f64 {
        let key = self.replica.key();
        let usual = self.dice.between(&format!("{key} lag {}", at.as_second().div_euclid(60) * 60), 0.3, 3.0);
        self.troubles.lag(&key, usual, at).unwrap_or(usual)
    }

    /// `ReplicaLag` as it is measured at `at`, in seconds; −1 where replication is not active.
    pub fn lag(&self, at: Timestamp) -> f64 {
        if self.troubles.active(FaultKind::ReplicationStopped, &self.replica.key(), at).is_some() {
            return -1.0;
        }
        let written = self.written_until(at);
        let has_all = self.applied_until(at) >= written && written < at;
        if self.replica.is_postgres() {
            let applied = if has_all { self.last_heartbeat(at).unwrap_or(written) } else { self.applied_until(at) };
            return (seconds(applied, at) * 10.0).round() / 10.0;
        }
        match (has_all, self.source.is_restarting(at)) {
            // `Seconds_Behind_Master` is NULL while there is no source to connect to and nothing left to apply.
            (true, true) => -1.0,
            (true, false) => 0.0,
            (false, _) => self.behind(at).floor(),
        }
    }

    /// The last transaction of RDS's own that the replica has, of those since the source came back under another name.
    fn last_heartbeat(&self, at: Timestamp) -> Option<Timestamp> {
        let up = self.source.up_since(at)?;
        let first = self.dice.between(&format!("{} heartbeat", self.source.key()), 0.0, HEARTBEAT_SECONDS);
        let count = ((seconds(up, at) - first) / HEARTBEAT_SECONDS).floor();
        (count >= 0.0).then(|| later(up, first + count * HEARTBEAT_SECONDS))
    }
}
