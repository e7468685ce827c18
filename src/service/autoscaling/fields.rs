//! What a plan says of an Auto Scaling group, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem, Side, Weight};
use crate::service::arn::{self, Thing};
use crate::service::say::Rule;

fields! {
    /// What a plan says of the group in the primary region.
    pub(crate) struct Old {
        required group: Text, "AutoScalingGroupName of the group in the primary region";
    }
}

fields! {
    /// What a plan says of an Auto Scaling group.
    pub(crate) struct Said {
        required group: Text, "AutoScalingGroupName of the group in the recovery region";
        required desired: Within(0, 10_000), "how much capacity is in service there after the failover, in instances or in units of a group that weighs them; a group that has more keeps it";
        optional min: Within(0, 10_000), "raise its MinSize to this, so that no policy or schedule scales it in below";
        optional max: Within(0, 10_000), "raise its MaxSize to this, where that is less";
        optional target_group: Text, "the target group that its instances register with, by name or ARN; its own healthy targets are counted";
        optional old: Table(Old), "the group in the primary region; without it nothing is fenced";
        optional cold: Text, "why, on the way back, it is not brought up before anybody is moved: where it cannot be healthy beside a database that takes no writes yet; shown as skipped, and users wait for it";
        optional fence: Truth = true, "scale the old group to nothing, by all three of its sizes; true by default";
    }
}

impl Said {
    /// The old group, when it is named and to be fenced.
    pub(crate) fn fenced(&self) -> Option<&Old> {
        self.old.as_ref().filter(|_| self.fence)
    }
}

static NO_TARGETS: Rule = Rule {
    code: "asg-no-target-group",
    wanted: "a target group: an instance in service is not an application that answers",
    fix: "give `target_group`; for a group without one, verify it with an `http`, `tcp` or `command` component",
    source: "Amazon EC2 Auto Scaling User Guide: Health checks for instances in an Auto Scaling group",
};

static NO_MINIMUM: Rule = Rule {
    code: "asg-no-min",
    wanted: "a minimum: a scaling policy or a scheduled action may scale it in again",
    fix: "give `min`",
    source: "Amazon EC2 Auto Scaling User Guide: Set scaling limits for your Auto Scaling group",
};

static ELSEWHERE: Rule = Rule {
    code: "asg-place",
    wanted: "ARNs of the region that they are looked for in",
    fix: "give the ARN of the target group in that region, or its name",
    source: "Elastic Load Balancing finds nothing of another region",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    if said.desired == 0 {
        problems.push(Problem::at("desired", "no instance at all is asked for", "1 or more"));
    }
    if let Some(min) = said.min.filter(|min| *min > said.desired) {
        let message = format!("min {min} is above desired {}", said.desired);
        problems.push(Problem::at("min", message, "at most what is desired"));
    }
    if let Some(max) = said.max.filter(|max| *max < said.desired) {
        let message = format!("max {max} is below desired {}", said.desired);
        problems.push(Problem::at("max", message, "at least what is desired"));
    }
    let help = "give its name as it is called in that region: Auto Scaling takes no ARN of a group";
    let groups = [("group", Some(&said.group)), ("old", said.old.as_ref().map(|old| &old.group))];
    for (field, group) in groups {
        let given = group.filter(|group| arn::is_arn(group));
        problems.extend(given.map(|group| Problem::at(field, format!("{group} is an ARN"), help)));
    }
    let group = said.target_group.as_ref().and_then(|group| Thing::TargetGroup.mistake(group));
    problems.extend(group.map(|message| Problem::at("target_group", message, "give its name, or its ARN")));
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut findings = Vec::new();
    match &said.target_group {
        None => findings.push(NO_TARGETS.broken_by(component, "only instances in service are verified")),
        Some(group) => {
            let region = application.region(Side::Recovery);
            let found = arn::elsewhere(group, region)
                .map(|elsewhere| format!("target_group is in {elsewhere}, and looked for in {region}"));
            findings
                .extend(found.map(|found| Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) }));
        }
    }
    if said.min.is_none() {
        findings.push(NO_MINIMUM.broken_by(component, "no min"));
    }
    findings
}
