//! A group as the plan names it: what is asked of it, whether it is there, the one operation on it, and what is kept of how
//! it was.

use super::words::{self, AutoScalingGroup, Operation, ScalingActivity, ScheduledAction};
use crate::plan::Weight;
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Check, Facts, Look, Verdict, Want};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A group, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub place: Place,
    /// AutoScalingGroupName.
    pub name: Clean,
}

/// What is kept of a group before its sizes are changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Before {
    /// MinSize.
    pub min: u64,
    /// MaxSize.
    pub max: u64,
    /// DesiredCapacity.
    pub desired: u64,
    /// The id of its newest activity: those after it are what became of the act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Clean>,
}

impl Before {
    /// What the journal holds; `None` where it holds none.
    pub fn of(kept: &Value) -> Option<Self> {
        serde_json::from_value(kept.clone()).ok()
    }
}

impl Group {
    pub fn new(place: Place, name: &str) -> Self {
        Self { place, name: name.into() }
    }

    /// The group itself.
    pub fn want(&self) -> Want<AutoScalingGroup> {
        words::group(&self.place, &self.name)
    }

    /// It and what it did last.
    pub fn asks(&self) -> [Ask; 2] {
        [self.want().ask, words::activities(&self.place, &self.name).ask]
    }

    /// What it is to do by the clock.
    pub fn schedule(&self) -> Want<Vec<ScheduledAction>> {
        words::schedule(&self.place, &self.name)
    }

    /// The group, as it was seen.
    pub fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, AutoScalingGroup> {
        facts.see(&self.want())
    }

    /// Its ARN, once that is known.
    pub fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        let group = self.look(facts).found()?;
        (!group.arn.is_empty()).then(|| vec![group.arn.clone()])
    }

    /// What it did last, newest first; nothing where that is not told.
    pub fn activities<'a>(&self, facts: &Facts<'a>) -> &'a [ScalingActivity] {
        facts.see(&words::activities(&self.place, &self.name)).found().map_or(&[], Vec::as_slice)
    }

    /// Whether what it did is told: why instances do not come is known by nothing else.
    pub fn tells(&self, facts: &Facts<'_>) -> Check {
        let (code, wanted) = ("asg-activities", "its activities told: they say why instances do not come");
        let check = match facts.see(&words::activities(&self.place, &self.name)) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => Check::that(code, true, "no group", wanted, ""),
            Look::There(activities) => Check::that(code, true, format!("{} of them", activities.len()), wanted, ""),
        };
        Check { weight: Weight::Weakens, ..check }
    }

    /// What of it can be used; else why not.
    pub fn usable<'a>(&self, facts: &Facts<'a>) -> Result<&'a AutoScalingGroup, Verdict> {
        match self.look(facts) {
            Look::NotTold(why) => Err(Verdict::unknown(why)),
            Look::Absent => Err(Verdict::bad(self.absent(), self.rename())),
            Look::There(AutoScalingGroup { status: Some(status), .. }) => {
                Err(Verdict::bad(format!("{} is being deleted: {status}", self.name), self.rename()))
            }
            Look::There(group) => Ok(group),
        }
    }

    /// Whether it is there to be used; `code` is the side's own.
    pub fn exists(&self, code: &str, facts: &Facts<'_>) -> Check {
        let wanted = format!("an Auto Scaling group {}", self.name);
        match self.look(facts) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, self.absent(), &wanted, self.rename()),
            Look::There(AutoScalingGroup { status: Some(status), .. }) => {
                Check::that(code, false, status.as_str(), &wanted, self.rename())
            }
            Look::There(_) => Check::that(code, true, "it exists", &wanted, ""),
        }
    }

    fn absent(&self) -> String {
        format!("there is no Auto Scaling group {} in {}", self.name, self.place.region)
    }

    fn rename(&self) -> String {
        format!("name the group as it is called in {}; Landfall creates none", self.place.region)
    }

    /// The operation that gives it these sizes; what is absent stays.
    pub fn resize(&self, min: Option<u64>, max: Option<u64>, desired: Option<u64>) -> Act {
        let operation = Operation::SetGroupSize { group: self.name.clone(), min, max, desired };
        Act { place: self.place.clone(), operation: operation::Operation::AutoScaling(operation) }
    }

    /// What going back needs to know, and by which activity those of the act are told.
    pub fn before_image(&self, facts: &Facts<'_>) -> Value {
        let Look::There(AutoScalingGroup { min, max, desired, .. }) = self.look(facts) else { return Value::Null };
        let newest = self.activities(facts).first().map(|activity| activity.id.clone());
        let before = Before { min: *min, max: *max, desired: *desired, newest };
        serde_json::to_value(before).unwrap_or_default()
    }
}

/// The sizes of a group, in words.
pub(super) fn in_words(group: &AutoScalingGroup) -> String {
    let AutoScalingGroup { min, max, desired, .. } = group;
    format!("{desired} desired of {min} to {max}")
}
