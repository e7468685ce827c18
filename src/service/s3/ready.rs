//! The bucket of the recovery region can be used: it is there, of that region, and keeps versions, without which nothing is
//! replicated to it. In a switchover, what was written must have come too, as far as S3 counts what waits.

use super::fields::Said;
use super::words;
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Intent, Side, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::cloudwatch::BucketPair;
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use jiff::Timestamp;

/// For how long, in seconds, a count of what waits is waited for that is newer than the step. After that the last one
/// counts, or that there is none.
const PATIENCE_SECONDS: f64 = 240.0;

/// A bucket is verified.
pub(super) struct Ready {
    pub pair: BucketPair,
    pub new: Place,
    pub max_pending: u64,
    pub intent: Intent,
}

/// What is wrong with the bucket, or what is still to be told of it.
enum Fault {
    Unknown(String),
    Bad(String, &'static str),
}

const NAME_IT: &str = "name the bucket of the recovery region";

impl Ready {
    pub fn of(component: &Component, application: &Application, intent: Intent) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        let new = Place::of(component, application, Side::Recovery);
        Ok(Self { pair: said.pair(), new, max_pending: said.max_pending, intent })
    }

    fn bucket(&self, facts: &Facts<'_>) -> Result<(), Fault> {
        let (name, region) = (&self.pair.destination, &self.new.region);
        match facts.see(&words::bucket(&self.new, name)) {
            Look::NotTold(why) => Err(Fault::Unknown(why.to_owned())),
            Look::Absent => Err(Fault::Bad(format!("there is no bucket {name}"), NAME_IT)),
            Look::There(bucket) if bucket.region.as_str() != region.as_str() => {
                Err(Fault::Bad(format!("{name} is a bucket of {}, not of {region}", bucket.region), NAME_IT))
            }
            Look::There(_) => Ok(()),
        }
    }

    fn versions(&self, facts: &Facts<'_>) -> Result<(), Fault> {
        let name = &self.pair.destination;
        match facts.see(&words::versioning(&self.new, name)) {
            Look::NotTold(why) => Err(Fault::Unknown(why.to_owned())),
            Look::Absent => Err(Fault::Bad(format!("there is no bucket {name}"), NAME_IT)),
            Look::There(versioning) => match versioning.status.as_deref() {
                Some("Enabled") => Ok(()),
                status => {
                    let is = status.unwrap_or("not enabled");
                    let help = "enable versioning again: without it S3 replicates nothing to the bucket";
                    Err(Fault::Bad(format!("versioning of {name} is {is}"), help))
                }
            },
        }
    }

    /// The newest count of what waits to be replicated: none where nothing counts it, or why nobody says.
    fn counted(&self, facts: &Facts<'_>) -> Result<Option<(Timestamp, f64)>, String> {
        match facts.see(&words::pending(&self.new, &self.pair)) {
            Look::There(count) => Ok(count.newest),
            // S3 tells it where the rule has metrics only.
            Look::Absent => Ok(None),
            Look::NotTold(why) => Err(why.to_owned()),
        }
    }

    /// What a switchover may know of what waits to be replicated: that it is little enough, in words, or what it waits for.
    fn waits(&self, facts: &Facts<'_>, counted: Option<(Timestamp, f64)>) -> Result<String, String> {
        let is_over = facts.now.duration_since(facts.started_at).as_secs_f64() >= PATIENCE_SECONDS;
        match counted {
            Some((_, pending)) if pending > self.max_pending as f64 => {
                Err(format!("{pending:.0} changes wait to be replicated"))
            }
            Some((at, pending)) if at >= facts.started_at => {
                Ok(format!("; {pending:.0} changes wait to be replicated"))
            }
            Some((_, pending)) if is_over => {
                Ok(format!("; {pending:.0} changes waited to be replicated when that was counted last"))
            }
            None if is_over => Ok("; how much waits to be replicated is not counted".to_owned()),
            Some(_) | None => Err("how much waits to be replicated is not counted yet".to_owned()),
        }
    }

    /// Whether S3 counts what waits: where it does not, nobody sees whether all has come.
    fn is_counted(&self, facts: &Facts<'_>) -> Check {
        let (code, wanted) = ("s3-counted", "what waits to be replicated is counted");
        let check = match self.counted(facts) {
            Ok(Some((_, pending))) => return Check::passed(code, format!("{pending:.0} changes wait"), wanted),
            Ok(None) => Check::that(code, false, "no count", wanted, "turn on the metrics of the replication rule"),
            Err(why) => Check::not_told(code, &why, wanted),
        };
        Check { weight: Weight::Weakens, ..check }
    }
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let name = &self.pair.destination;
        let mut asks = vec![words::bucket(&self.new, name).ask, words::versioning(&self.new, name).ask];
        if self.intent != Intent::Failover {
            asks.push(words::pending(&self.new, &self.pair).ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match self.bucket(facts).and_then(|()| self.versions(facts)) {
            Err(Fault::Unknown(why)) => return Verdict::unknown(why),
            Err(Fault::Bad(found, help)) => return Verdict::bad(found, help),
            Ok(()) => {}
        }
        let waits = match self.intent {
            Intent::Failover => Ok(String::new()),
            Intent::Switchover | Intent::Failback => match self.counted(facts) {
                Ok(counted) => self.waits(facts, counted),
                Err(why) => return Verdict::unknown(why),
            },
        };
        let name = &self.pair.destination;
        match waits {
            Ok(waits) => {
                let evidence = format!("{name} answers in {} and keeps versions{waits}", self.new.region);
                Verdict::holds(evidence, outputs([("bucket", name)]))
            }
            Err(waits) => Verdict::moving(waits),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (name, region) = (&self.pair.destination, &self.new.region);
        let check = |code: &str, found: Result<(), Fault>, wanted: &str| match found {
            Ok(()) => Check::passed(code, "it is", wanted),
            Err(Fault::Unknown(why)) => Check::not_told(code, &why, wanted),
            Err(Fault::Bad(found, fix)) => Check::that(code, false, found, wanted, fix),
        };
        let counted = (self.intent != Intent::Failover).then(|| self.is_counted(facts));
        let checks = [
            check("s3-bucket", self.bucket(facts), &format!("{name} a bucket of {region}")).of_identity(),
            check("s3-versioning", self.versions(facts), &format!("{name} keeps versions")),
        ];
        checks.into_iter().chain(counted).collect()
    }
}
