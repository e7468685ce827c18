//! What a plan says of an ECS service, and what of it cannot be meant.

use super::container::Values;
use super::target::mistakes;
use crate::plan::{Application, Component, Field, Fields, Finding, Problem, Side, Takes, Weight};
use crate::service::arn::{self, Thing};
use crate::service::say::Rule;

/// The most tasks that a service can be meant to have: twice the most that AWS gives one (5,000, Service Quotas).
const TASKS: u64 = 10_000;

static OLD: &[Field] = &[
    Field::required("cluster", Takes::Text, "the cluster in the primary region, by name or ARN"),
    Field::required("service", Takes::Text, "the service in the primary region, by name or ARN"),
];

pub(super) static FIELDS: &[Field] = &[
    Field::required("cluster", Takes::Text, "the cluster in the recovery region, by name or ARN"),
    Field::required("service", Takes::Text, "the service in the recovery region, by name or ARN"),
    Field::required(
        "desired",
        Takes::Within(0, TASKS),
        "how many tasks run there after the failover; a service that runs more keeps them",
    ),
    Field::optional("exact", Takes::Truth, "scale down to `desired` too; false by default"),
    Field::optional("restart", Takes::Truth, "replace its tasks although nothing else changes; false by default"),
    Field::optional(
        "container",
        Takes::Text,
        "the container that gets the values and the image: needed when there are several and the load balancer does not tell",
    ),
    Field::optional("environment", Takes::TextTable, "environment values to set in the container"),
    Field::optional("secrets", Takes::TextTable, "secrets to set in the container: name to ARN, never the value"),
    Field::optional("image", Takes::Text, "the image to run in the container"),
    Field::optional("family", Takes::Text, "the task definition's family; the service's name by default"),
    Field::optional(
        "target_group",
        Takes::Text,
        "the target group that the service registers its tasks with, by name or ARN; its own healthy targets are counted",
    ),
    Field::optional(
        "min",
        Takes::Within(0, TASKS),
        "raise the service's MinCapacity to this, so that autoscaling keeps the tasks",
    ),
    Field::optional(
        "log",
        Takes::Text,
        "the CloudWatch Logs log group of the service in the recovery region, by name; the console shows its newest lines",
    ),
    Field::optional("old", Takes::Table(OLD), "the service in the primary region; without it nothing is fenced"),
    Field::optional(
        "fence",
        Takes::Truth,
        "suspend the old service's autoscaling and scale it to nothing; true by default",
    ),
];

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
    let fields = &component.fields;
    let desired = fields.count("desired");
    let mut problems = Vec::new();
    if desired == Some(0) {
        problems.push(Problem::at("desired", "no task at all is asked for", "1 or more"));
    }
    if let (Some(min), Some(desired)) = (fields.count("min"), desired)
        && min > desired
    {
        let message = format!("min {min} is above desired {desired}");
        problems.push(Problem::at("min", message, "at most `desired`: autoscaling would start more at once"));
    }
    let secrets = fields.texts("secrets");
    if let Some(name) = fields.texts("environment").keys().find(|name| secrets.contains_key(*name)) {
        let message = format!("{name} is both an environment value and a secret");
        problems.push(Problem::at("secrets", message, "ECS refuses a name that is in both: keep one"));
    }
    if fields.0.contains_key("container") && Values::of(fields).is_empty() {
        let help = "give `environment`, `secrets` or `image`, or leave `container` out";
        problems.push(Problem::at("container", "nothing is set in the container", help));
    }
    let help = "give its name, or its whole ARN";
    problems.extend(mistakes(fields).map(|(field, message)| Problem::at(field, message, help)));
    problems.extend(
        fields
            .table("old")
            .and_then(|old| mistakes(&old))
            .map(|(field, message)| Problem::at("old", format!("{field} of the old side: {message}"), help)),
    );
    let group = fields.text("target_group").and_then(|group| Thing::TargetGroup.mistake(&group));
    problems.extend(group.map(|message| Problem::at("target_group", message, help)));
    let log = fields.text("log").filter(|group| !is_log_group(group));
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
    let fields = &component.fields;
    let mut findings = Vec::new();
    if !fields.0.contains_key("target_group") {
        findings.push(NO_TARGETS.broken_by(component, "only running tasks are verified"));
    }
    let sides = [(Side::Recovery, Some(fields.clone())), (Side::Primary, fields.table("old"))];
    for (side, fields) in sides {
        let Some(found) = fields.and_then(|fields| strange_arn(&fields, application, side)) else { continue };
        findings.push(Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) });
    }
    findings
}

fn strange_arn(fields: &Fields, application: &Application, side: Side) -> Option<String> {
    let region = application.region(side);
    ["cluster", "service", "target_group"].into_iter().find_map(|name| {
        let given = fields.text(name)?;
        let elsewhere = arn::elsewhere(&given, region)?;
        Some(format!("{name} is in {elsewhere}, and looked for in {region}"))
    })
}
