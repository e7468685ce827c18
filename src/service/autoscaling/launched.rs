//! What a group's instances are launched by: a template that is gone, an image that was deregistered or never copied, or a type that
//! the region has not, is found out by a group that stays empty.

use super::group::Group;
use super::words::{self, AutoScalingGroup, LaunchedBy};
use crate::plan::Weight;
use crate::service::ask::Ask;
use crate::service::network::launched::{self, Launch};
use crate::service::readiness::{self, Ready, Rule, Tier};
use crate::service::work::{Check, Facts, Look, Want};
use crate::text::Clean;
use std::collections::BTreeSet;

pub(super) static TEMPLATE: Rule = Rule {
    code: "asg-template",
    wanted: "a launch template that is there, with an image of the recovery region",
    fix: "CopyImage to that region, or name one that is there in a new version of the launch template, and let the group have that",
    costs: "no instance is launched: the AMI does not exist",
    source: "Amazon EC2 Auto Scaling User Guide, Troubleshoot issues: EC2 instance launch failures; AMI issues",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};
pub(super) static TYPE: Rule = Rule {
    code: "asg-type",
    wanted: "instance types that the recovery region offers",
    fix: "name a type that is offered there in a new version of the launch template, or among the group's overrides",
    costs: "no instance is launched: the requested configuration is not supported",
    source: "Amazon EC2 API Reference, DescribeInstanceTypeOfferings",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};

/// The group's rules about its instances.
pub(super) fn of(group: &Group) -> [Ready; 2] {
    let (image, also_image) = (Launched(group.clone()), Launched(group.clone()));
    let (types, also_types) = (image.clone(), image.clone());
    let asks = || [group.want().ask];
    [
        Ready::new(&TEMPLATE, asks(), move |facts| image.judge_image(facts))
            .then(move |facts| also_image.further(facts)),
        Ready::new(&TYPE, asks(), move |facts| types.judge_types(facts))
            .then(move |facts| also_types.types_further(facts)),
    ]
}

#[derive(Clone)]
pub(super) struct Launched(pub Group);

/// What a name of an image begins with that Systems Manager gives at the launch.
const RESOLVED: &str = "resolve:";

impl Launched {
    fn group<'a>(&self, facts: &Facts<'a>) -> Result<&'a AutoScalingGroup, String> {
        readiness::told(facts, &(self.0.want(), format!("group {}", self.0.name)))
    }

    fn want(&self, by: &LaunchedBy) -> Want<Launch> {
        match by {
            LaunchedBy::Template { id, version } => launched::template(&self.0.place, id, version),
            LaunchedBy::Configuration { name } => words::configuration(&self.0.place, name),
        }
    }

    /// What it is launched by, in words, and what that says; why that is not known, or that there is none.
    fn launch<'a>(&self, facts: &Facts<'a>) -> Result<(String, Option<&'a Launch>), String> {
        let group = self.group(facts)?;
        let by = group.launched_by.as_ref().ok_or_else(|| "not told what its instances are launched by".to_owned())?;
        match facts.see(&self.want(by)) {
            Look::There(launch) => Ok((by.words(), Some(launch))),
            Look::Absent => Ok((by.words(), None)),
            Look::NotTold(why) => Err(why.to_owned()),
        }
    }

    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        let by = self.group(facts).ok().and_then(|group| group.launched_by.as_ref());
        let first = by.map(|by| self.want(by).ask);
        let image = self.launch(facts).ok().and_then(|(_, launch)| launch?.image.clone());
        let image = image.filter(|image| !image.starts_with(RESOLVED));
        first.into_iter().chain(image.map(|image| launched::image(&self.0.place, &image).ask)).collect()
    }

    fn judge_image(&self, facts: &Facts<'_>) -> Check {
        let (words, launch) = match self.launch(facts) {
            Ok(told) => told,
            Err(why) => return TEMPLATE.unknown(why),
        };
        let Some(launch) = launch else { return TEMPLATE.failing(format!("there is no {words}")) };
        let Some(image) = &launch.image else { return TEMPLATE.failing(format!("{words} names no image")) };
        if image.starts_with(RESOLVED) {
            let check = TEMPLATE.unknown(format!("{words}: {image}, which is known at the launch"));
            return Check { weight: Weight::Weakens, ..check };
        }
        match facts.see(&launched::image(&self.0.place, image)) {
            Look::There(state) => TEMPLATE.when(state.as_str() == "available", format!("{words}: {image} is {state}")),
            Look::Absent => TEMPLATE.failing(format!("{words}: there is no {image} in {}", self.0.place.region)),
            Look::NotTold(why) => TEMPLATE.unknown(why),
        }
    }

    /// The types that its instances may be of.
    pub fn types(&self, facts: &Facts<'_>) -> Result<BTreeSet<Clean>, String> {
        let group = self.group(facts)?;
        if !group.types.is_empty() {
            return Ok(group.types.iter().cloned().collect());
        }
        let (words, launch) = self.launch(facts)?;
        match launch.and_then(|launch| launch.instance_type.clone()) {
            Some(one) => Ok([one].into()),
            None => Err(format!("{words} names no instance type")),
        }
    }

    /// Whether all of them are spare capacity: of a group with a mix, that says how much of it is.
    pub fn is_spot(&self, facts: &Facts<'_>) -> Result<bool, String> {
        if self.group(facts)?.mix.is_some() {
            return Ok(false);
        }
        Ok(self.launch(facts)?.1.is_some_and(|launch| launch.spot))
    }

    /// What tells the type and the market, where the group says neither itself.
    pub fn launch_further(&self, facts: &Facts<'_>) -> Option<Ask> {
        let by = self.group(facts).ok().filter(|group| group.types.is_empty() || group.mix.is_none());
        by.and_then(|group| group.launched_by.as_ref()).map(|by| self.want(by).ask)
    }

    fn types_further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        let first = self.launch_further(facts);
        let types = self.types(facts).unwrap_or_default();
        first.into_iter().chain(types.iter().map(|one| launched::offered(&self.0.place, one).ask)).collect()
    }

    fn judge_types(&self, facts: &Facts<'_>) -> Check {
        let types = match self.types(facts) {
            Ok(types) => types,
            Err(why) => return TYPE.unknown(why),
        };
        let (mut offered, mut not) = (Vec::new(), Vec::new());
        for one in &types {
            match facts.see(&launched::offered(&self.0.place, one)) {
                Look::There(name) => offered.push(name.as_str()),
                Look::Absent => not.push(one.as_str()),
                Look::NotTold(why) => return TYPE.unknown(why),
            }
        }
        match (offered.is_empty(), not.is_empty()) {
            (_, true) => TYPE.ok(offered.join(", ")),
            (true, false) => TYPE.failing(format!("{} does not offer {}", self.0.place.region, not.join(", "))),
            // What is offered of several is taken.
            (false, false) => {
                let found =
                    format!("{} does not offer {}, of {} types", self.0.place.region, not.join(", "), types.len());
                Check { weight: Weight::Weakens, ..TYPE.failing(found) }
            }
        }
    }
}
