//! Amazon EventBridge Scheduler: schedules (API reference). UpdateSchedule "uses all values, including empty values, specified
//! in the request and overrides the existing schedule": so a schedule is written back as it was told, whatever is in it, but
//! for its state.

use super::audit::Audit;
use super::caller::{Acting, At, Protocol, Read, Route, Service};
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::Trouble;
use crate::service::observation::Schedule;
use crate::service::{Query, Receipt, ScheduleName, SchedulerObservation, SchedulerOperation, SchedulerQuery};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// What is asked here.
pub(super) const READS: &[&str] = &["GetSchedule"];
/// What is done here.
pub(super) const ACTS: &[&str] = &["UpdateSchedule"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "Scheduler",
    signing_name: "scheduler",
    at: At::Regions,
    host: "scheduler",
    dual_stack_host: "scheduler",
    protocol: Protocol::RestJson,
    reads: &[READS],
    acts: &[ACTS],
};

const SCHEDULER: &str = "scheduler";
/// The code of a schedule, or of a group, that is not there.
pub(super) const ABSENT: &[&str] = &["ResourceNotFoundException"];
const GET: Route = Route {
    method: "GET",
    path: "/schedules/{Name}",
    labels: &[("Name", "Name")],
    query: &[("GroupName", "groupName")],
};
const UPDATE: Route = Route { method: "PUT", path: "/schedules/{Name}", labels: &[("Name", "Name")], query: &[] };

/// `GetSchedule`, for what is told of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSchedule {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group_name: Option<String>,
}

impl Read for GetSchedule {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetSchedule";
    const ROUTE: Option<&'static Route> = Some(&GET);
    type Answer = Got;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Got {
    arn: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    schedule_expression: String,
    schedule_expression_timezone: Option<String>,
    start_date: Option<f64>,
    end_date: Option<f64>,
    target: Target,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    arn: String,
    #[serde(default)]
    role_arn: String,
}

/// `GetSchedule`, for all of it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct GetWhole(pub(super) GetSchedule);

impl Read for GetWhole {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetSchedule";
    const ROUTE: Option<&'static Route> = Some(&GET);
    type Answer = Whole;
}

/// All that is told of a schedule, as it was told. What it gives to its target is shown nowhere.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Whole(pub(super) Map<String, Value>);

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Whole(…)")
    }
}

/// `UpdateSchedule`: all of a schedule.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct UpdateSchedule(Map<String, Value>);

impl fmt::Debug for UpdateSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpdateSchedule(…)")
    }
}

impl Acting for UpdateSchedule {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "UpdateSchedule";
    const ROUTE: Option<&'static Route> = Some(&UPDATE);
    type Answer = Updated;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Updated {
    schedule_arn: String,
}

/// What of GetSchedule's answer UpdateSchedule takes not.
pub(super) const NOT_WRITTEN: &[&str] = &["Arn", "CreationDate", "LastModificationDate"];
/// What UpdateSchedule takes and GetSchedule does not tell: by it one that is sent twice would be known.
#[cfg(test)]
pub(super) const NOT_TOLD: &[&str] = &["ClientToken"];

impl UpdateSchedule {
    /// The schedule as it was told, whatever is told of it, in `state`.
    pub(super) fn of(whole: Whole, state: &str) -> Self {
        let is_written = |(name, value): &(String, Value)| !NOT_WRITTEN.contains(&name.as_str()) && !value.is_null();
        let mut members: Map<String, Value> = whole.0.into_iter().filter(is_written).collect();
        members.insert("State".to_owned(), state.into());
        Self(members)
    }
}

/// The looks that answer `asked`: each by a call of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, SchedulerQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

async fn answer(eye: Eye<'_>, query: &Query, words: &SchedulerQuery) -> Answers {
    let SchedulerQuery::Schedule(name) = words;
    let audit = Audit::look(eye, SCHEDULER);
    let seen = match audit.settle(eye.clients.caller.read(named(name), audit.clone())).await {
        Ok(got) => Ok(SchedulerObservation::Schedule { schedule: Some(observed(got)) }.into()),
        Err(trouble) if trouble.is(ABSENT) => Ok(SchedulerObservation::Schedule { schedule: None }.into()),
        Err(trouble) => Err(trouble.unanswered()),
    };
    vec![(query.clone(), seen)]
}

fn named(name: &ScheduleName) -> GetSchedule {
    GetSchedule { name: name.schedule.to_string(), group_name: name.group.as_ref().map(ToString::to_string) }
}

fn observed(got: Got) -> Schedule {
    let time = |seconds: Option<f64>| Timestamp::from_second(seconds? as i64).ok();
    let zone = got.schedule_expression_timezone.map_or_else(String::new, |zone| format!(" {zone}"));
    Schedule {
        arn: Clean::new(&got.arn),
        state: Clean::new(&got.state),
        expression: Clean::new(&format!("{}{zone}", got.schedule_expression)),
        starts: time(got.start_date),
        ends: time(got.end_date),
        target: Clean::new(&got.target.arn),
        role: Clean::new(&got.target.role_arn),
    }
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &SchedulerOperation) -> Result<Receipt, Trouble> {
    let SchedulerOperation::TurnSchedule { name, enabled } = operation;
    let eye = hand.eye;
    let audit = Audit::look(eye, SCHEDULER);
    let told = audit.settle(eye.clients.caller.read(GetWhole(named(name)), audit.clone())).await;
    let whole = told.map_err(Trouble::before_it_was_sent)?;
    let request = UpdateSchedule::of(whole, if *enabled { "ENABLED" } else { "DISABLED" });
    let audit = Audit::act(hand, SCHEDULER);
    let updated = audit.settle(eye.clients.caller.act(request, audit.clone())).await?;
    Ok(Receipt { id: Some(Clean::new(&updated.schedule_arn)), exit: None })
}
