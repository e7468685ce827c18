//! The wait until clients have moved: the record stands as wanted, everybody who answers for it answers so, and the old
//! answer's time to live is over.

use super::checks;
use super::name::Name;
use super::records::answer_of;
use super::wanted::Wanted;
use super::witness::{Reading, Witness};
use crate::plan::clock;
use crate::service::ask::{Ask, Place};
use crate::service::resolve::has_reference;
use crate::service::work::{Asked, Check, Facts, Outputs, Verdict, Work};

/// Verifies that nobody keeps the old answer.
pub(super) struct Clients {
    pub place: Place,
    pub name: Name,
    pub wanted: Wanted,
    pub witness: Witness,
    /// The time to live of the old answer, in seconds.
    pub ttl_before: u64,
}

impl Clients {
    fn waits_for_an_output(&self) -> bool {
        has_reference(&self.name.zone.zone) || has_reference(&self.name.record)
    }
}

impl Work for Clients {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        if self.waits_for_an_output() {
            return Vec::new();
        }
        let records = self.name.records(&self.place, true).ask;
        [records].into_iter().chain(self.witness.asks(&self.place)).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let standing = match self.name.standing(facts, &self.place, true) {
            Ok(standing) => standing,
            Err(why) => return Verdict::unknown(why),
        };
        let passed = facts.now.duration_since(facts.started_at).as_secs();
        let left = i64::try_from(self.ttl_before).unwrap_or(i64::MAX).saturating_sub(passed);
        if !self.wanted.is_met(&self.name, standing.records) {
            let answer = answer_of(self.name.of_type(standing.records));
            return Verdict::moving(format!("the record is not as wanted: {answer}"));
        }
        let unnamed = checks::unnamed(&self.wanted, &self.name, standing.records);
        if !unnamed.is_empty() {
            let words = format!("{} still has weight, and the plan does not name it", answer_of(unnamed));
            let help = "give it weight 0, or skip the step with the reason why it may keep traffic";
            return if left > 0 { Verdict::moving(words) } else { Verdict::bad(words, help) };
        }
        let words = match self.witness.read(facts, &self.place, &self.wanted, &self.name, standing) {
            Reading::Wanted(words) => words,
            Reading::Unread(why) => {
                format!(
                    "the record sets are as wanted: {}; what clients get was not read: {why}",
                    answer_of(self.name.of_type(standing.records))
                )
            }
            Reading::Other(note) => return Verdict::moving(note),
            Reading::Silent(why) => return Verdict::unknown(why),
            Reading::Never(why) => {
                return Verdict::bad(
                    why,
                    "`verify = \"both\"` goes without the name servers where they cannot be asked",
                );
            }
        };
        if left > 0 {
            return Verdict::moving(format!("{words}; old answers run out in {}", clock::told(left as f64)));
        }
        Verdict::holds(format!("{words}; the old ttl of {} s is over", self.ttl_before), Outputs::new())
    }

    /// What can be verified of the answers, and how long that will take, is told before the start.
    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        if self.waits_for_an_output() {
            return Vec::new();
        }
        let gaps = self.witness.gaps(facts, &self.place);
        let Ok(standing) = self.name.standing(facts, &self.place, true) else {
            return vec![checks::verify(gaps, None)];
        };
        let never = match self.witness.read(facts, &self.place, &self.wanted, &self.name, standing) {
            Reading::Never(why) => Some(why),
            Reading::Wanted(_) | Reading::Unread(_) | Reading::Other(_) | Reading::Silent(_) => None,
        };
        let mut checks = vec![checks::verify(gaps, never.as_deref())];
        checks.extend(checks::ttl(&self.wanted, &self.name, standing.records));
        checks
    }
}
