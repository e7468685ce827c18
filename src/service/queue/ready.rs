//! The queue of the recovery region, and what is left in the old one: no message crosses regions.

use super::words::{self, Queue};
use crate::plan::{Level, Weight, duration};
use crate::service::arn::Arn;
use crate::service::ask::{Ask, Place};
use crate::service::cloudwatch;
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;

/// A queue, and where it is.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub place: Place,
    /// QueueName.
    pub name: Clean,
}

const RENAME: &str = "name the queue as that region has it; Landfall makes none";

impl At {
    pub fn want(&self) -> Want<Queue> {
        words::queue(&self.place, &self.name)
    }

    /// Whether an ARN is that of the queue that is meant.
    fn is_it(&self, arn: &str) -> bool {
        Arn::parse(arn).is_some_and(|arn| {
            arn.service == "sqs" && arn.region == self.place.region.as_str() && arn.resource == self.name.as_str()
        })
    }

    /// The queue that is meant; else why it cannot be told.
    fn found<'a>(&self, facts: &Facts<'a>) -> Result<&'a Queue, Verdict> {
        match facts.see(&self.want()) {
            Look::NotTold(why) => Err(Verdict::unknown(why)),
            Look::Absent => Err(Verdict::bad(self.absent(), RENAME)),
            Look::There(queue) if self.is_it(&queue.arn) => Ok(queue),
            Look::There(queue) => Err(Verdict::bad(format!("what was found is {}", queue.arn), RENAME)),
        }
    }

    fn absent(&self) -> String {
        format!("there is no queue {} in {}", self.name, self.place.region)
    }

    fn exists(&self, facts: &Facts<'_>) -> Check {
        let (code, wanted) = ("queue-exists", format!("a queue {} in {}", self.name, self.place.region));
        let check = match facts.see(&self.want()) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, self.absent(), &wanted, RENAME),
            Look::There(queue) => Check::that(code, self.is_it(&queue.arn), queue.arn.as_str(), &wanted, RENAME),
        };
        check.of_identity()
    }
}

/// Sees that there is a queue.
pub(super) struct Ready(pub At);

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.0.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match self.0.found(facts) {
            Err(verdict) => verdict,
            Ok(queue) => {
                let given = outputs([("url", &queue.url), ("arn", &queue.arn)]);
                Verdict::holds(format!("{}, {}", queue.arn, queue.words()), given)
            }
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        vec![self.0.exists(facts)]
    }
}

/// Sees that nothing is left in the old queue.
pub(super) struct Stranded(pub At);

impl Stranded {
    fn age(&self) -> Want<cloudwatch::LagSeries> {
        cloudwatch::lag(&self.0.place, cloudwatch::Query::OldestMessage { queue: self.0.name.clone() })
    }

    /// How old the oldest message is, where CloudWatch tells it.
    fn oldest(&self, facts: &Facts<'_>) -> String {
        let told = facts.see(&self.age()).found().and_then(|series| series.recent.first());
        told.map_or_else(String::new, |(_, seconds)| format!(", the oldest for {}", duration::show(seconds.round())))
    }
}

impl Work for Stranded {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.0.want().ask, self.age().ask]
    }

    /// Twice in a row: SQS's numbers are approximate, and late. One that is not there keeps nobody from starting: what is left
    /// in it is not known, and owed.
    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let queue = match self.0.found(facts) {
            Err(Verdict::Bad { reason, .. }) => {
                return Verdict::moving(format!("{reason}: what is left there is not known"));
            }
            Err(verdict) => return verdict,
            Ok(queue) => queue,
        };
        let At { name, place } = &self.0;
        match queue.messages() {
            0 if facts.good_in_a_row == 0 => {
                Verdict::Moving { note: Clean::new(&format!("{name} in {} is empty so far", place.region)), good: true }
            }
            0 => Verdict::holds(format!("nothing is left in {name} in {}, by two looks", place.region), Outputs::new()),
            left => Verdict::moving(format!(
                "{left} {} left in {name} in {} ({}{}): what is left is taken on there, or moved by hand",
                if left == 1 { "message is" } else { "messages are" },
                place.region,
                queue.words(),
                self.oldest(facts)
            )),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let check = self.0.exists(facts);
        let fix = "give its name there by `primary`, or `old = false` where it had none";
        let fix = if check.level == Level::Failing { fix.into() } else { check.fix };
        vec![Check { code: "queue-old".into(), weight: Weight::Weakens, identity: false, fix, ..check }]
    }
}
