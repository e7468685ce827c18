//! The traffic dial of an endpoint group: raised on the recovery side, lowered to nothing on the other. A dial that is taken
//! is not yet one that is deployed, and one that is deployed serves nobody without an endpoint that is healthy.

use super::fields::parts;
use super::words::{self, Accelerator, EndpointGroup, Operation};
use crate::plan::{Region, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A dial as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// TrafficDialPercentage.
    pub dial: f64,
}

/// What a dial is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    /// So much: one that has more keeps it.
    AtLeast(f64),
    /// This.
    To(f64),
}

impl Wanted {
    fn dial(self) -> f64 {
        match self {
            Self::AtLeast(dial) | Self::To(dial) => dial,
        }
    }

    fn is_met_by(self, dial: f64) -> bool {
        match self {
            Self::AtLeast(least) => dial >= least,
            Self::To(wanted) => (dial - wanted).abs() < 0.01,
        }
    }
}

/// Sets the dial of a group.
pub(super) struct Dial {
    pub place: Place,
    /// EndpointGroupArn.
    pub group: Clean,
    /// Where its endpoints have to be.
    pub region: Region,
    pub wanted: Wanted,
    /// Whether one of its endpoints has to be healthy.
    pub needs_health: bool,
}

const RENAME: &str = "give the ARN of the endpoint group of that region; Landfall makes none";
const ENABLE: &str = "enable the accelerator (globalaccelerator:UpdateAccelerator), after asking whoever disabled it";
const MEND: &str =
    "bring up what its endpoints are; an accelerator sends traffic to unhealthy ones where it has no others";

impl Dial {
    fn want(&self) -> Want<EndpointGroup> {
        words::group(&self.place, &self.group)
    }

    fn accelerator(&self) -> Want<Accelerator> {
        let arn = parts(&self.group).map_or(self.group.as_str(), |(accelerator, _)| accelerator);
        words::accelerator(&self.place, &arn.into())
    }

    fn absent(&self) -> String {
        format!("there is no endpoint group {}", self.group)
    }

    /// The group that is meant, and that it is of this region; else what is wrong.
    fn found<'a>(&self, facts: &Facts<'a>) -> Result<&'a EndpointGroup, Verdict> {
        match facts.see(&self.want()) {
            Look::NotTold(why) => Err(Verdict::unknown(why)),
            Look::Absent => Err(Verdict::bad(self.absent(), RENAME)),
            Look::There(group) if group.arn != self.group => {
                Err(Verdict::bad(format!("what was found is {}", group.arn), RENAME))
            }
            Look::There(group) if group.region != self.region => {
                Err(Verdict::bad(format!("its endpoints are in {}, not in {}", group.region, self.region), RENAME))
            }
            Look::There(group) => Ok(group),
        }
    }

    fn deployed(&self, group: &EndpointGroup, facts: &Facts<'_>) -> Verdict {
        let accelerator = match facts.see(&self.accelerator()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::bad("there is no such accelerator", RENAME),
            Look::There(accelerator) => accelerator,
        };
        if !accelerator.enabled {
            return Verdict::bad("the accelerator is disabled and takes no traffic", ENABLE);
        }
        let dial = format!("a dial of {}%", group.dial);
        if accelerator.status.as_str() != "DEPLOYED" {
            return Verdict::moving(format!("{dial}, the accelerator is `{}`", accelerator.status));
        }
        let (healthy, all) = group.healthy();
        if self.needs_health && healthy == 0 {
            return Verdict::moving(format!("{dial}, {healthy} of {all} endpoints healthy"));
        }
        let health = if self.needs_health { format!(", {healthy} of {all} endpoints healthy") } else { String::new() };
        Verdict::holds(format!("{dial}, deployed{health}; open connections stay where they are"), Outputs::new())
    }
}

impl Work for Dial {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask, self.accelerator().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let group = match self.found(facts) {
            Err(verdict) => return verdict,
            Ok(group) => group,
        };
        match facts.asked {
            _ if self.wanted.is_met_by(group.dial) => self.deployed(group, facts),
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched(format!("a dial of {}%", group.dial)),
            Asked::Taken { .. } => Verdict::moving(format!("a dial of {}% yet", group.dial)),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("accelerator-group", format!("the endpoint group of {}", self.region));
        let group = facts.see(&self.want());
        let exists = match group {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, self.absent(), &wanted, RENAME),
            Look::There(group) => {
                let is_it = group.arn == self.group && group.region == self.region;
                let found = format!("{} with endpoints in {}", group.arn, group.region);
                Check::that(code, is_it, found, &wanted, RENAME)
            }
        };
        let (code, wanted) = ("accelerator-enabled", "an accelerator that takes traffic");
        let enabled = match facts.see(&self.accelerator()) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => Check::that(code, false, "there is no such accelerator", wanted, RENAME),
            Look::There(found) => {
                let told = format!("{}, {}", if found.enabled { "enabled" } else { "disabled" }, found.status);
                Check::that(code, found.enabled, told, wanted, ENABLE)
            }
        };
        let mut checks = vec![exists.of_identity(), enabled];
        if let (true, Look::There(group)) = (self.needs_health, group) {
            let (healthy, all) = group.healthy();
            let found = format!("{healthy} of {all}");
            // What comes before it in the run may bring them up.
            let check = Check::that("accelerator-healthy", healthy > 0, found, "a healthy endpoint", MEND);
            checks.push(Check { weight: Weight::Weakens, ..check });
        }
        checks
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::SetDial { group: self.group.clone(), dial: self.wanted.dial() };
        Some(Act { place: self.place.clone(), operation: operation::Operation::GlobalAccelerator(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match self.found(facts) {
            Ok(group) => Was { dial: group.dial }.kept(),
            Err(_) => Value::Null,
        }
    }
}
