//! Whether the replica that is to be gone back to has followed for long enough, and whether anything would stand in the way once
//! users notice: what its fence and its promotion ask is asked here, while nothing has happened yet.

use super::fence::name_is_free;
use super::pair::Pair;
use super::status::{BACKING_UP, PASSES, serves, trouble};
use crate::plan::clock::told;
use crate::service::ask::Ask;
use crate::service::work::{Asked, Facts, Look, Outputs, Verdict, Work};
use jiff::{SignedDuration, Timestamp};

/// For how long, unless the plan says otherwise, in seconds.
pub(super) const FOLLOWS_SECONDS: f64 = 600.0;
/// How many seconds of it are told at once; what is wanted for longer is looked at for longer.
const SAMPLED_SECONDS: f64 = 840.0;
/// How many seconds of it a sample tells of.
const PERIOD_SECONDS: f64 = 60.0;

/// Looks until it has.
pub(super) struct Follows {
    pub pair: Pair,
    /// What the lag is to be within; any number where the plan gives none.
    pub rpo_seconds: Option<f64>,
    pub seconds: f64,
}

impl Follows {
    /// Why what is sampled does not show it yet; what shows it otherwise.
    fn by_samples(&self, facts: &Facts<'_>) -> Result<String, String> {
        let series = match self.pair.look_lag(facts) {
            Look::There(series) => series,
            Look::Absent => return Err("no sample of its lag".to_owned()),
            Look::NotTold(why) => return Err(format!("its lag is not told: {why}")),
        };
        let told_for = self.seconds.min(SAMPLED_SECONDS);
        let wanted = ((told_for / PERIOD_SECONDS).ceil() as usize).max(1);
        let newest: Vec<(Timestamp, f64)> = series.recent.iter().copied().take(wanted).collect();
        let most = |lag: f64| self.rpo_seconds.is_none_or(|rpo| lag <= rpo);
        let rpo = self.rpo_seconds.map_or_else(String::new, |rpo| format!(", its rpo is {}", told(rpo)));
        if let Some((at, lag)) = newest.iter().find(|(_, lag)| *lag < 0.0 || !most(*lag)) {
            return Err(format!("its lag was {} at {}{rpo}", told(lag.max(0.0)), at.strftime("%H:%M:%SZ")));
        }
        let span = told_seconds(&newest);
        let is_recent = newest.first().is_some_and(|(at, _)| {
            facts.now.duration_since(*at) <= SignedDuration::from_secs(5 * PERIOD_SECONDS as i64)
        });
        if newest.len() < wanted || !is_recent || span < told_for {
            return Err(format!("{} of {wanted} samples of its lag", newest.len()));
        }
        let worst = newest.iter().map(|(_, lag)| *lag).fold(0.0_f64, f64::max);
        Ok(format!("its lag was {} at most for {}{rpo}", told(worst), told(self.seconds)))
    }
}

/// How long these samples, newest first, tell of. One is named by when its minute began: one alone tells of a minute, and
/// many of the same minute of no more.
fn told_seconds(samples: &[(Timestamp, f64)]) -> f64 {
    let ends = samples.first().zip(samples.last());
    ends.map_or(0.0, |((last, _), (first, _))| last.duration_since(*first).as_secs_f64() + PERIOD_SECONDS)
}

fn good_seconds(facts: &Facts<'_>) -> f64 {
    facts.good_since.map_or(0.0, |since| facts.now.duration_since(since).as_secs_f64())
}

impl Work for Follows {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let pair = &self.pair;
        vec![pair.ask_replica(), pair.ask_lag(), pair.ask_old(), pair.ask_fenced()]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let id = &self.pair.recovery;
        let replica = match self.pair.look_replica(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                return Verdict::bad(format!("there is no {id} any more"), "make it again: go back to before this");
            }
            Look::There(replica) => replica,
        };
        let status = &replica.status;
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), help);
        }
        if !serves(status) {
            return Verdict::moving(format!("{id} is {status}"));
        }
        if status.as_str() == BACKING_UP {
            return Verdict::moving(format!("{id} is {PASSES}: meanwhile RDS promotes none"));
        }
        match &replica.replication {
            Some(told) if told.normal => {}
            Some(told) => return Verdict::moving(format!("its replication is {}", told.status)),
            None => return Verdict::moving("RDS says nothing of its replication"),
        }
        let free = name_is_free("rds-fence-name", &self.pair.fenced, self.pair.look_fenced(facts));
        if free.level != crate::plan::Level::Ok {
            return Verdict::moving(format!("{}, and its name is wanted for the fence: {}", free.found, free.fix));
        }
        match self.pair.look_old(facts) {
            Look::There(writer) if writer.replica_of.is_none() => {}
            Look::There(_) => return Verdict::moving(format!("{} is a replica itself", self.pair.primary)),
            Look::Absent => return Verdict::moving(format!("there is no {}", self.pair.primary)),
            Look::NotTold(why) => return Verdict::moving(format!("{} is not told: {why}", self.pair.primary)),
        }
        match self.by_samples(facts) {
            Ok(told) if self.seconds > SAMPLED_SECONDS && good_seconds(facts) < self.seconds => {
                let note = format!("{id} is replicating, {told}");
                Verdict::Moving { note: note.as_str().into(), good: true }
            }
            Ok(told) => Verdict::holds(format!("{id} is replicating, {told}"), Outputs::new()),
            Err(why) => Verdict::moving(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_tell_of_their_minutes_and_of_no_more_however_many_they_are() {
        let samples = |ats: &[i64]| -> Vec<(Timestamp, f64)> {
            ats.iter().map(|at| (Timestamp::from_second(*at).expect("a time"), 0.0)).collect()
        };
        assert!(told_seconds(&[]).abs() < f64::EPSILON);
        // One that is as new as the question is one all the same: a wait of a second ends.
        assert!((told_seconds(&samples(&[600])) - 60.0).abs() < f64::EPSILON);
        let ten: Vec<i64> = (0..10).rev().map(|minute| minute * 60).collect();
        assert!((told_seconds(&samples(&ten)) - FOLLOWS_SECONDS).abs() < f64::EPSILON);
        let at_once: Vec<i64> = (0..10).rev().collect();
        assert!(told_seconds(&samples(&at_once)) < FOLLOWS_SECONDS);
    }
}
