//! What a plan says of an ECS service, and what of it cannot be meant.

use super::container::Values;
use super::target::mistakes;
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem, Region, Side, Weight};
use crate::service::arn::{self, Thing};
use crate::service::say::Rule;

/// The most tasks that a service can be meant to have: twice the most that AWS gives one (5,000, Service Quotas).
const TASKS: u64 = 10_000;

fields! {
    /// The service in the primary region.
    pub(crate) struct Old {
        required cluster: Text, "the cluster in the primary region, by name or ARN";
        required service: Text, "the service in the primary region, by name or ARN";
    }
}

fields! {
    /// What a plan says of a service.
    pub(crate) struct Said {
        required cluster: Text, "the cluster in the recovery region, by name or ARN";
        required service: Text, "the service in the recovery region, by name or ARN";
        required desired: Within(0, TASKS), "how many tasks run there after the failover; a service that runs more keeps them";
        optional exact: Truth = false, "scale down to `desired` too; false by default";
        optional restart: Truth = false, "replace its tasks although nothing else changes; false by default";
        optional container: Text, "the container that gets the values and the image: needed when there are several and the load balancer does not tell";
        optional environment: TextTable, "environment values to set in the container";
        optional secrets: TextTable, "secrets to set in the container: name to ARN, never the value";
        optional image: Text, "the image to run in the container";
        optional family: Text, "the task definition's family; the service's name by default";
        optional target_group: Text, "the target group that the service registers its tasks with, by name or ARN; its own healthy targets are counted";
        optional min: Within(0, TASKS), "raise the service's MinCapacity to this, so that autoscaling keeps the tasks";
        optional log: Text, "the CloudWatch Logs log group of the service in the recovery region, by name; the console shows its newest lines";
        optional old: Table(Old), "the service in the primary region; without it nothing is fenced";
        optional cold: Text, "why, on the way back, it is not brought up before anybody is moved: where it cannot be healthy beside a database that takes no writes yet; shown as skipped, and users wait for it";
        optional fence: Truth = true, "suspend the old service's autoscaling and scale it to nothing; true by default";
    }
}

impl Said {
    /// The old service, when it is named and to be fenced.
    pub(super) fn fenced(&self) -> Option<&Old> {
        self.old.as_ref().filter(|_| self.fence)
    }

    /// Whether a task definition is to be registered: whether the plan gives any value.
    pub(super) fn registers(&self) -> bool {
        !Values::of(self).is_empty()
    }

    /// What has to be known before anything of the service can be told.
    pub(super) fn named(&self) -> [(&'static str, &str); 5] {
        [
            ("cluster", &self.cluster),
            ("service", &self.service),
            ("family", self.family.as_deref().unwrap_or_default()),
            ("container", self.container.as_deref().unwrap_or_default()),
            ("target_group", self.target_group.as_deref().unwrap_or_default()),
        ]
    }
}

static NO_TARGETS: Rule = Rule {
    code: "ecs-no-target-group",
    wanted: "a target group: a running task is not a healthy one",
    fix: "give `target_group`; for a service without one, verify it with an `http`, `tcp` or `command` component",
    source: "Amazon ECS API Reference: runningCount says nothing of load balancer health",
};

static ELSEWHERE: Rule = Rule {
    code: "ecs-place",
    wanted: "ARNs of the region that they are looked for in",
    fix: "give the ARN of the thing in that region, or its name",
    source: "ECS and Elastic Load Balancing find nothing of another region",
};

/// What is wrong with the component that no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    if said.desired == 0 {
        problems.push(Problem::at("desired", "no task at all is asked for", "1 or more"));
    }
    if let Some(min) = said.min.filter(|min| *min > said.desired) {
        let message = format!("min {min} is above desired {}", said.desired);
        problems.push(Problem::at("min", message, "at most `desired`: autoscaling would start more at once"));
    }
    if let Some(name) = said.environment.keys().find(|name| said.secrets.contains_key(*name)) {
        let message = format!("{name} is both an environment value and a secret");
        problems.push(Problem::at("secrets", message, "ECS refuses a name that is in both: keep one"));
    }
    if said.container.is_some() && !said.registers() {
        let help = "give `environment`, `secrets` or `image`, or leave `container` out";
        problems.push(Problem::at("container", "nothing is set in the container", help));
    }
    let help = "give its name, or its whole ARN";
    let mistake = mistakes(&said.cluster, &said.service);
    problems.extend(mistake.map(|(field, message)| Problem::at(field, message, help)));
    let mistake = said.old.as_ref().and_then(|old| mistakes(&old.cluster, &old.service));
    problems.extend(
        mistake.map(|(field, message)| Problem::at("old", format!("{field} of the old side: {message}"), help)),
    );
    let group = said.target_group.as_deref().and_then(|group| Thing::TargetGroup.mistake(group));
    problems.extend(group.map(|message| Problem::at("target_group", message, help)));
    let log = said.log.filter(|group| !is_log_group(group));
    problems.extend(log.map(|given| {
        let message = format!("{given:?} is no name of a log group");
        let help = "give the group's name alone, such as /ecs/shop/api: 1 to 512 of a-z, A-Z, 0-9, . - _ / #; no ARN and no reference";
        Problem::at("log", message, help)
    }));
    problems
}

/// Whether it can be the name of a log group (CloudWatch Logs API Reference, FilterLogEvents, logGroupName).
fn is_log_group(name: &str) -> bool {
    (1..=512).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/#".contains(c))
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut findings = Vec::new();
    if said.target_group.is_none() {
        findings.push(NO_TARGETS.broken_by(component, "only running tasks are verified"));
    }
    let mut here = vec![("cluster", said.cluster.as_str()), ("service", &said.service)];
    here.extend(said.target_group.as_deref().map(|group| ("target_group", group)));
    let there = said.old.iter().flat_map(|old| [("cluster", old.cluster.as_str()), ("service", &old.service)]);
    let strange =
        [strange_arn(here, application.region(Side::Recovery)), strange_arn(there, application.region(Side::Primary))];
    let strange = strange.into_iter().flatten();
    findings.extend(strange.map(|found| Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) }));
    findings
}

fn strange_arn<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>, region: &Region) -> Option<String> {
    given.into_iter().find_map(|(name, given)| {
        let elsewhere = arn::elsewhere(given, region)?;
        Some(format!("{name} is in {elsewhere}, and looked for in {region}"))
    })
}
