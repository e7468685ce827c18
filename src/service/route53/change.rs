//! The change of the record, from what is captured to what is wanted, verified by INSYNC of the very change. The
//! same work takes it back.

use super::before::Before;
use super::captured::Captured;
use super::name::{Name, Standing};
use super::records::{answer_of, longest_ttl};
use super::wanted::Wanted;
use super::witness::{Reading, Witness};
use super::words;
use super::{TTL_BEFORE, checks};
use crate::plan::{Level, clock};
use crate::service::ask::{Ask, Place};
use crate::service::observation::{HostedZone, RecordSet};
use crate::service::operation::{Act, DnsOperation, Operation};
use crate::service::resolve::has_reference;
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Image, Look, Verdict, Work};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::Value;

/// Route 53 is generally in sync within this time, in seconds.
const INSYNC_SECONDS: i64 = 60;

/// What is wanted stands at the name, and Route 53 is in sync about it.
pub(super) struct Change {
    pub place: Place,
    pub name: Name,
    pub wanted: Wanted,
    /// Who is asked for the answers; nobody on the way back.
    pub witness: Option<Witness>,
    /// Whether the plan sees to the record of the other address family too.
    pub other_family_planned: bool,
    /// That the plan's answer is no address of the region that is left; absent on the way back.
    pub old_address: Option<Check>,
    /// Where what it is given back is looked for, in a failback.
    pub captured: Option<Captured>,
}

impl Change {
    /// The zone's id, as far as it is known.
    fn zone(&self, facts: &Facts<'_>) -> Option<Clean> {
        match self.name.zones(facts, &self.place) {
            Ok([zone]) => Some(zone.id.clone()),
            Ok(_) | Err(_) => (!self.name.zone.is_name()).then(|| self.name.zone.zone.clone()),
        }
    }

    fn waits_for_an_output(&self) -> bool {
        has_reference(&self.name.zone.zone) || has_reference(&self.name.record)
    }

    /// Before anything was sent: already done when it is the record that is meant, all of it is as wanted, and nobody is
    /// answered anything else.
    fn before_acting(&self, facts: &Facts<'_>, standing: Standing<'_>) -> Verdict {
        let answers = format!("answers {}", answer_of(self.concerned(standing)));
        if !self.wanted.is_met(&self.name, standing.records) {
            return Verdict::untouched(answers);
        }
        let Some(witness) = &self.witness else { return self.holds(facts, standing, "stands already") };
        let checks = self.checks(facts, self.name.zones(facts, &self.place), Ok(standing));
        if let Some(failing) = checks.iter().find(|check| check.level == Level::Failing && check.weight.blocks()) {
            return Verdict::untouched(format!("{answers}, but {}: {}", failing.code, failing.found));
        }
        if let Some(unknown) = checks.iter().find(|check| check.level == Level::Unknown) {
            return Verdict::unknown(unknown.found.as_str());
        }
        match witness.read(facts, &self.place, &self.wanted, &self.name, standing) {
            Reading::Wanted(by) | Reading::Unread(by) => self.holds(facts, standing, &format!("stands already ({by})")),
            // Listed and not answered: a change that has not come through. It is made again, and then waited for.
            Reading::Other(note) => Verdict::untouched(format!("{answers}, but {note}")),
            Reading::Never(why) => Verdict::untouched(why),
            Reading::Silent(why) => Verdict::unknown(why),
        }
    }

    /// The record stands as wanted and was so before anything was asked, or Route 53 is in sync about it.
    fn holds(&self, facts: &Facts<'_>, standing: Standing<'_>, how: &str) -> Verdict {
        let before = Before::of_journal(facts.before);
        let ttl_before = match &before {
            Some(before) => longest_ttl(&before.records),
            None => longest_ttl(self.concerned(standing)),
        };
        Verdict::holds(
            format!("{how}: {}", answer_of(self.concerned(standing))),
            outputs([("record", &self.name.record), (TTL_BEFORE, &ttl_before.to_string())]),
        )
    }

    /// What stands at the name of the type that is wanted, and what is in its way.
    fn concerned<'a>(&self, standing: Standing<'a>) -> Vec<&'a RecordSet> {
        let of_type = self.name.of_type(standing.records);
        of_type.into_iter().chain(self.wanted.in_the_way(&self.name, standing.records)).collect()
    }

    /// The change's id is lost: what is answered tells, where it can be read; else its usual time.
    fn without_receipt(&self, facts: &Facts<'_>, standing: Standing<'_>, at: Timestamp) -> Verdict {
        let reading = self.witness.as_ref().map(|witness| {
            let Self { place, wanted, name, .. } = self;
            witness.read(facts, place, wanted, name, standing)
        });
        if let Some(Reading::Wanted(by)) = reading {
            return self.holds(facts, standing, &by);
        }
        let passed = facts.now.duration_since(at).as_secs();
        if passed >= INSYNC_SECONDS {
            return self.holds(facts, standing, "stands for a minute");
        }
        Verdict::moving(format!("changed, {} until it must be in sync", clock::told((INSYNC_SECONDS - passed) as f64)))
    }

    /// Whether a look resolves the targets of aliases: to tell answers by.
    fn reads_answers(&self, asked: &Asked) -> bool {
        self.witness.is_some() && asked.receipt().and_then(|receipt| receipt.id.as_ref()).is_none()
    }

    fn checks(
        &self,
        facts: &Facts<'_>,
        zones: Result<&[HostedZone], &str>,
        standing: Result<Standing<'_>, &str>,
    ) -> Vec<Check> {
        let mut checks = vec![checks::zone(&self.name, zones, standing)];
        checks.extend(self.old_address.clone());
        checks.extend(checks::apex(&self.name, zones));
        let (wanted, name) = (&self.wanted, &self.name);
        match standing {
            // A zone that is not there, or not told, is said once.
            Err(_) if !matches!(zones, Ok([_])) => {}
            Err(why) => checks.push(Check::not_told("route53-record", why, "the record sets")),
            Ok(standing) => {
                checks.push(checks::record(wanted, name, standing.records));
                checks.extend(checks::weights(wanted, name, standing.records));
                checks.extend(checks::other_family(wanted, name, standing.records, self.other_family_planned));
                let witness = self.witness.as_ref();
                let reading = witness.map(|witness| witness.read(facts, &self.place, wanted, name, standing));
                if let Some(Reading::Never(why)) = reading {
                    checks.push(checks::verify(None, Some(&why)));
                }
            }
        }
        checks
    }
}

impl Work for Change {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        if self.waits_for_an_output() {
            return Vec::new();
        }
        let records = self.name.records(&self.place, self.reads_answers(asked)).ask;
        let answers = || self.witness.iter().flat_map(|witness| witness.asks(&self.place));
        match asked {
            Asked::No => match &self.witness {
                Some(_) => {
                    let zone = words::zones(&self.place, &self.name.zone).ask;
                    [zone, records].into_iter().chain(answers()).collect()
                }
                None => vec![records],
            },
            Asked::Unanswered { .. } => [records].into_iter().chain(answers()).collect(),
            Asked::Taken { receipt, .. } => match &receipt.id {
                Some(id) => vec![records, words::change(&self.place, id).ask],
                None => [records].into_iter().chain(answers()).collect(),
            },
        }
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        // No such zone, or several, is told by the prechecks: the record sets are not told then.
        if let (Asked::No, Some(_), Ok([] | [_, _, ..])) =
            (facts.asked, &self.witness, self.name.zones(facts, &self.place))
        {
            return Verdict::untouched(format!("{} is not one hosted zone", self.name.zone.zone));
        }
        let standing = match self.name.standing(facts, &self.place, self.reads_answers(facts.asked)) {
            Ok(standing) => standing,
            Err(why) => return Verdict::unknown(why),
        };
        let is_met = self.wanted.is_met(&self.name, standing.records);
        let answers = || format!("answers {}", answer_of(self.concerned(standing)));
        match facts.asked {
            Asked::No => self.before_acting(facts, standing),
            Asked::Unanswered { at } if is_met => self.without_receipt(facts, standing, *at),
            Asked::Unanswered { .. } => Verdict::untouched(answers()),
            // Changed back by somebody else, or not shown yet: a retry sends it again.
            Asked::Taken { .. } if !is_met => Verdict::untouched(answers()),
            Asked::Taken { at, receipt } => match &receipt.id {
                None => self.without_receipt(facts, standing, *at),
                Some(id) => match facts.see(&words::change(&self.place, id)) {
                    Look::There(status) if status.as_str() == "INSYNC" => self.holds(facts, standing, "INSYNC"),
                    Look::There(status) => Verdict::moving(status.as_str()),
                    Look::Absent => Verdict::moving(format!("change {id} not seen yet")),
                    Look::NotTold(why) => Verdict::unknown(why),
                },
            },
        }
    }

    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        let Ok(standing) = self.name.standing(facts, &self.place, self.reads_answers(facts.asked)) else {
            return Vec::new();
        };
        self.captured.iter().flat_map(|told| told.asks(&self.wanted, &self.name, standing)).collect()
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        // Taken back nothing is asked but what stands there; what cannot be known yet is not told as failing.
        if self.witness.is_none() || self.waits_for_an_output() {
            return Vec::new();
        }
        let zones = self.name.zones(facts, &self.place);
        let standing = self.name.standing(facts, &self.place, self.reads_answers(facts.asked));
        let mut checks = self.checks(facts, zones, standing);
        if let (Some(captured), Ok(standing)) = (&self.captured, standing) {
            checks.extend(captured.checks(facts, &self.wanted, &self.name, standing));
        }
        checks
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        Some(vec![self.zone(facts)?])
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let standing = self.name.standing(facts, &self.place, self.reads_answers(facts.asked)).ok()?;
        let batch = self.wanted.batch(&self.name, standing.records);
        let operation = Operation::Dns(DnsOperation::ChangeRecords {
            zone: self.zone(facts)?,
            upsert: batch.upsert,
            delete: batch.delete,
        });
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let Ok(standing) = self.name.standing(facts, &self.place, self.reads_answers(facts.asked)) else {
            return Value::Null;
        };
        self.wanted.before(&self.name, self.zone(facts), standing.records).kept()
    }
}
