//! Amazon EventBridge: rules, and what they send events to (API reference). Each question is a call of its own, and targets
//! come page after page. PutRule replaces a rule: what it is not given is no longer so, and therefore given as it was told.

use super::audit::Audit;
use super::caller::{Acting, At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::{Sort, Trouble};
use crate::service::observation::EventRule;
use crate::service::{ENABLED_WITH_ALL, EventsObservation, EventsOperation, EventsQuery, Query, Receipt, RuleName};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(super) const READS: &[&str] = &["DescribeRule", "ListTargetsByRule"];
/// What is done here.
pub(super) const ACTS: &[&str] = &["EnableRule", "DisableRule", "PutRule"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "EventBridge",
    signing_name: "events",
    at: At::RegionsPlainInGovOverBoth,
    host: "events",
    dual_stack_host: "events",
    protocol: Protocol::Json { target: "AWSEvents", version: "1.1" },
    reads: &[READS],
    acts: &[ACTS],
};

const EVENTS: &str = "events";
/// The code of a rule, or of a bus, that is not there.
pub(super) const ABSENT: &[&str] = &["ResourceNotFoundException"];
/// How many pages of targets are read: a rule has five unless more were asked for.
const PAGES: usize = 5;

/// `DescribeRule`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeRule {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_bus_name: Option<String>,
}

impl Read for DescribeRule {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DescribeRule";
    type Answer = Described;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    arn: String,
    state: Option<String>,
    event_pattern: Option<String>,
    schedule_expression: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    managed_by: Option<String>,
}

/// `ListTargetsByRule`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTargets {
    pub(super) rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_bus_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

impl Read for ListTargets {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "ListTargetsByRule";
    type Answer = Targets;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Targets {
    targets: Vec<Target>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    arn: String,
}

/// `EnableRule`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct EnableRule(pub(super) DescribeRule);

impl Acting for EnableRule {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "EnableRule";
    const ANSWERS: bool = false;
    type Answer = Nothing;
}

/// `DisableRule`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct DisableRule(pub(super) DescribeRule);

impl Acting for DisableRule {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "DisableRule";
    const ANSWERS: bool = false;
    type Answer = Nothing;
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// `PutRule`: all of a rule, as it was told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutRule {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_bus_name: Option<String>,
    pub(super) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schedule_expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_arn: Option<String>,
}

impl Acting for PutRule {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "PutRule";
    type Answer = Put;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    rule_arn: String,
}

/// What of DescribeRule's answer PutRule takes not, and what it is given beside it.
#[cfg(test)]
pub(super) const NOT_PUT: (&[&str], &[&str]) = (&["Arn", "ManagedBy", "CreatedBy"], &["Tags"]);

/// The looks that answer `asked`: each by calls of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, EventsQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

async fn answer(eye: Eye<'_>, query: &Query, words: &EventsQuery) -> Answers {
    let seen = match words {
        EventsQuery::EventRule(name) => {
            of_some(described(eye, name).await).map(|rule| EventsObservation::EventRule { rule: rule.map(observed) })
        }
        EventsQuery::RuleTargets(name) => {
            of_some(targets(eye, name).await).map(|targets| EventsObservation::RuleTargets { targets })
        }
    };
    vec![(query.clone(), seen.map(Into::into).map_err(|trouble| trouble.unanswered()))]
}

/// What is told of a thing; of one that is not there, that it is not.
fn of_some<T>(told: Result<T, Trouble>) -> Result<Option<T>, Trouble> {
    match told {
        Err(trouble) if trouble.is(ABSENT) => Ok(None),
        told => told.map(Some),
    }
}

fn named(name: &RuleName) -> DescribeRule {
    DescribeRule { name: name.rule.to_string(), event_bus_name: name.bus.as_ref().map(ToString::to_string) }
}

async fn described(eye: Eye<'_>, name: &RuleName) -> Result<Described, Trouble> {
    let audit = Audit::look(eye, EVENTS);
    audit.settle(eye.clients.caller.read(named(name), audit.clone())).await
}

fn observed(told: Described) -> EventRule {
    EventRule {
        arn: Clean::new(&told.arn),
        state: Clean::new(told.state.as_deref().unwrap_or_default()),
        schedule: told.schedule_expression.as_deref().map(Clean::new),
        managed_by: told.managed_by.as_deref().map(Clean::new),
        role: told.role_arn.as_deref().map(Clean::new),
    }
}

async fn targets(eye: Eye<'_>, name: &RuleName) -> Result<Vec<Clean>, Trouble> {
    let (mut all, mut next_token) = (Vec::new(), None);
    for _ in 0..PAGES {
        let DescribeRule { name: rule, event_bus_name } = named(name);
        let audit = Audit::look(eye, EVENTS);
        let request = ListTargets { rule, event_bus_name, next_token };
        let page = audit.settle(eye.clients.caller.read(request, audit.clone())).await?;
        all.extend(page.targets.iter().map(|target| Clean::new(&target.arn)));
        next_token = page.next_token.filter(|token| !token.is_empty());
        if next_token.is_none() {
            return Ok(all);
        }
    }
    let message = format!("the targets of {} were not told to their end", name.words());
    Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) })
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &EventsOperation) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, EVENTS);
    match operation {
        EventsOperation::EnableRule(name) => {
            let request = EnableRule(named(name));
            audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await?;
        }
        EventsOperation::DisableRule(name) => {
            let request = DisableRule(named(name));
            audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await?;
        }
        EventsOperation::EnableRuleForAll(name) => return put_back(hand, name).await,
    }
    Ok(Receipt::default())
}

/// The rule as it is, but for its state.
async fn put_back(hand: Hand<'_>, name: &RuleName) -> Result<Receipt, Trouble> {
    let told = described(hand.eye, name).await.map_err(Trouble::before_it_was_sent)?;
    let DescribeRule { name, event_bus_name } = named(name);
    let request = PutRule {
        name,
        event_bus_name,
        state: ENABLED_WITH_ALL.to_owned(),
        event_pattern: told.event_pattern,
        schedule_expression: told.schedule_expression,
        description: told.description,
        role_arn: told.role_arn,
    };
    let audit = Audit::act(hand, EVENTS);
    let put = audit.settle(hand.eye.clients.caller.act(request, audit.clone())).await?;
    Ok(Receipt { id: Some(Clean::new(&put.rule_arn)), exit: None })
}
