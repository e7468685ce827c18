//! AWS Lambda: functions, their aliases, concurrency and event source mappings (API reference). Each question is a call of
//! its own, and a list comes page after page.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Hand, Look};
use super::trouble::{Sort, Trouble};
use crate::service::observation::{Concurrency, EventMapping, Exit, Function, FunctionAlias, Settings};
use crate::service::{LambdaObservation, LambdaOperation, LambdaQuery, Query, Receipt, Unanswered};
use crate::text::Clean;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{AliasRoutingConfiguration, EventSourceMappingConfiguration, InvocationType};
use aws_smithy_types::timeout::TimeoutConfig;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "GetFunctionConfiguration",
    "GetFunctionConcurrency",
    "GetAccountSettings",
    "GetAlias",
    "ListEventSourceMappings",
];

const SERVICE: &str = "lambda";
/// The code of what is not there.
const ABSENT: &[&str] = &["ResourceNotFoundException"];
/// The most that one call lists, and how many pages are read.
const MAPPINGS: i32 = 100;
const PAGES: usize = 20;

/// How much of what a function answers is kept, in characters.
const KEPT: usize = 16_384;

/// The looks that answer `asked`: each by a call of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, LambdaQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

async fn answer(eye: Eye<'_>, query: &Query, words: &LambdaQuery) -> Answers {
    let seen = match words {
        LambdaQuery::Function { function, qualifier } => {
            of_some(self::function(eye, function, qualifier.as_ref()).await)
                .map(|function| LambdaObservation::Function { function })
        }
        LambdaQuery::FunctionConcurrency { function } => of_some(concurrency(eye, function).await)
            .map(|concurrency| LambdaObservation::FunctionConcurrency { concurrency }),
        LambdaQuery::LambdaSettings => {
            of_some(settings(eye).await).map(|settings| LambdaObservation::LambdaSettings { settings })
        }
        LambdaQuery::FunctionAlias { function, alias } => {
            of_some(self::alias(eye, function, alias).await).map(|alias| LambdaObservation::FunctionAlias { alias })
        }
        LambdaQuery::EventMappings { function } => {
            of_some(mappings(eye, function).await).map(|mappings| LambdaObservation::EventMappings { mappings })
        }
    };
    vec![(query.clone(), seen.map(Into::into))]
}

/// What is told of a thing; of one that is not there, that it is not.
fn of_some<T>(told: Result<T, Trouble>) -> Result<Option<T>, Unanswered> {
    match told {
        Ok(found) => Ok(Some(found)),
        Err(trouble) if trouble.is(ABSENT) => Ok(None),
        Err(trouble) => Err(trouble.unanswered()),
    }
}

async fn settings(eye: Eye<'_>) -> Result<Settings, Trouble> {
    let audit = Audit::look(eye, SERVICE);
    let call = eye.clients.lambda.get_account_settings().customize().interceptor(audit.clone());
    let told = audit.settle(call.send()).await?;
    let count = |told: i32| u64::try_from(told).unwrap_or_default();
    let limit = told.account_limit();
    let unreserved = limit.and_then(|limit| limit.unreserved_concurrent_executions());
    // Whoever tells no limit is not Lambda.
    let (Some(limit), Some(unreserved)) = (limit, unreserved) else { return Err(Trouble::hollow()) };
    Ok(Settings { most: count(limit.concurrent_executions()), unreserved: count(unreserved) })
}

async fn function(eye: Eye<'_>, function: &str, qualifier: Option<&Clean>) -> Result<Function, Trouble> {
    let audit = Audit::look(eye, SERVICE);
    let call = eye.clients.lambda.get_function_configuration().function_name(function);
    let call = call.set_qualifier(qualifier.map(ToString::to_string));
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    // Whoever gives no ARN is not Lambda.
    let Some(arn) = told.function_arn() else { return Err(Trouble::hollow()) };
    Ok(Function {
        arn: Clean::new(arn),
        version: clean(told.version()),
        state: clean(told.state().map(|state| state.as_str())),
        reason: because(told.state_reason_code().map(|code| code.as_str()), told.state_reason()),
        update: clean(told.last_update_status().map(|status| status.as_str())),
        update_reason: because(
            told.last_update_status_reason_code().map(|code| code.as_str()),
            told.last_update_status_reason(),
        ),
        code: told.code_sha256().map(Clean::new),
    })
}

/// A reason by its code, with its words.
fn because(code: Option<&str>, words: Option<&str>) -> Option<Clean> {
    let told: Vec<&str> = [code, words].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!told.is_empty()).then(|| Clean::new(&told.join(", ")))
}

async fn concurrency(eye: Eye<'_>, function: &str) -> Result<Concurrency, Trouble> {
    let audit = Audit::look(eye, SERVICE);
    let call = eye.clients.lambda.get_function_concurrency().function_name(function);
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let reserved = told.reserved_concurrent_executions();
    Ok(Concurrency { reserved: reserved.and_then(|reserved| u64::try_from(reserved).ok()) })
}

async fn alias(eye: Eye<'_>, function: &str, alias: &str) -> Result<FunctionAlias, Trouble> {
    let audit = Audit::look(eye, SERVICE);
    let call = eye.clients.lambda.get_alias().function_name(function).name(alias);
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    let Some(version) = told.function_version() else { return Err(Trouble::hollow()) };
    let weights = told.routing_config().and_then(|routing| routing.additional_version_weights());
    Ok(FunctionAlias {
        arn: clean(told.alias_arn()),
        version: Clean::new(version),
        weights: weights.into_iter().flatten().map(|(version, weight)| (Clean::new(version), *weight)).collect(),
        revision: clean(told.revision_id()),
    })
}

async fn mappings(eye: Eye<'_>, function: &str) -> Result<Vec<EventMapping>, Trouble> {
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, SERVICE);
        let call = eye.clients.lambda.list_event_source_mappings().function_name(function);
        let call = call.max_items(MAPPINGS).set_marker(next);
        let page = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
        let Some(found) = page.event_source_mappings.as_ref() else { return Err(Trouble::hollow()) };
        all.extend(found.iter().map(mapping));
        next = page.next_marker.filter(|marker| !marker.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
    let message = format!("more than {PAGES} pages of event source mappings of {function}");
    Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) })
}

fn mapping(found: &EventSourceMappingConfiguration) -> EventMapping {
    EventMapping {
        uuid: clean(found.uuid()),
        source: found.event_source_arn().map(Clean::new),
        state: clean(found.state()),
        reason: found.state_transition_reason().map(Clean::new),
        last: found.last_processing_result().map(Clean::new),
    }
}

fn clean(text: Option<&str>) -> Clean {
    Clean::new(text.unwrap_or_default())
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &LambdaOperation) -> Result<Receipt, Trouble> {
    let client = &hand.eye.clients.lambda;
    match operation {
        LambdaOperation::SetEventMapping { uuid, enabled } => {
            let call = client.update_event_source_mapping().uuid(uuid.as_str()).enabled(*enabled);
            let audit = Audit::act(hand, SERVICE);
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt::default())
        }
        LambdaOperation::PointAlias { function, alias, version, weights, revision } => {
            let call = client.update_alias().function_name(function.as_str()).name(alias.as_str());
            let call = call.function_version(version.as_str()).revision_id(revision.as_str());
            // Given always: what is left out stays, and other versions would keep their share of the calls.
            let call = call.routing_config(routing(weights));
            let audit = Audit::act(hand, SERVICE);
            let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt { id: told.revision_id().map(Clean::new), exit: None })
        }
        LambdaOperation::ReserveConcurrency { function, executions } => {
            let executions = i32::try_from(*executions).unwrap_or(i32::MAX);
            let call = client.put_function_concurrency().function_name(function.as_str());
            let call = call.reserved_concurrent_executions(executions);
            let audit = Audit::act(hand, SERVICE);
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt::default())
        }
        LambdaOperation::InvokeFunction { function, qualifier, payload, within_seconds, .. } => {
            let call = client.invoke().function_name(function.as_str());
            let call = call.set_qualifier(qualifier.as_ref().map(ToString::to_string));
            let call = call.invocation_type(InvocationType::RequestResponse);
            let call = call.set_payload(payload.as_ref().map(|payload| Blob::new(payload.as_bytes())));
            // The limits of all other acts are much too short for it.
            let within = Duration::from_secs(*within_seconds);
            let limits = TimeoutConfig::builder().operation_attempt_timeout(within).operation_timeout(within).build();
            let limits = aws_sdk_lambda::config::Builder::new().timeout_config(limits);
            let audit = Audit::act(hand, SERVICE);
            let sent = call.customize().config_override(limits).interceptor(audit.clone()).send();
            let told = audit.settle(sent).await.map_err(|trouble| trouble.without(payload))?;
            Ok(Receipt { id: None, exit: Some(ending(&told)) })
        }
        LambdaOperation::ReleaseConcurrency { function } => {
            let call = client.delete_function_concurrency().function_name(function.as_str());
            let audit = Audit::act(hand, SERVICE);
            audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
            Ok(Receipt::default())
        }
    }
}

/// How an invocation ended: as a program does, well or not, with what it said.
fn ending(told: &InvokeOutput) -> Exit {
    let answer =
        told.payload().map(|payload| String::from_utf8_lossy(payload.as_ref()).into_owned()).unwrap_or_default();
    let kept: String = answer.chars().take(KEPT).collect();
    let stderr = match (told.function_error(), told.status_code()) {
        (Some(error), _) => format!("{error} error"),
        (None, status) if status != 200 => format!("status {status}"),
        (None, _) if kept.len() < answer.len() => {
            format!("of {} bytes the first {} are kept", answer.len(), kept.len())
        }
        (None, _) => String::new(),
    };
    let is_good = told.function_error().is_none() && told.status_code() == 200;
    Exit { code: Some(i32::from(!is_good)), stdout: Clean::new(&kept), stderr: Clean::new(&stderr) }
}

fn routing(weights: &BTreeMap<Clean, f64>) -> AliasRoutingConfiguration {
    let weights = weights.iter().map(|(version, weight)| (version.to_string(), *weight)).collect();
    AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
}
