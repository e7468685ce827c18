//! What was seen, sealed: as it may be written and told.

use crate::seal::Secrets;
use crate::service::observation::{Container, DnsAnswers, Exit, HttpAnswer, LogLine, RecordSets, StoppedTask};
use crate::service::observation::{StoredParameter, TaskDefinition, TcpAnswer};
use crate::service::terraform::words::Answer as TerraformAnswer;
use crate::service::{
    CloudWatchObservation, DnsObservation, EcsObservation, ElbObservation, Invocation, LocalObservation, LocalQuery,
    LogsObservation, Observation, ParameterObservation, PluginAnswer, Query, StsObservation,
};
use crate::text::Clean;
use serde_json::Value;
use std::collections::BTreeMap;

/// What was seen, as it may be written: the words of programs and servers, and the values of environments. What names a
/// thing or its state stays as it is: it is compared with what the plan says, which is read.
pub(super) fn sealed(observation: Observation, secrets: &Secrets) -> Observation {
    match observation {
        Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(definition) }) => {
            let containers = definition.containers.into_iter().map(|container| sealed_container(container, secrets));
            let containers = containers.collect();
            Observation::Ecs(EcsObservation::TaskDefinition {
                definition: Some(TaskDefinition { containers, ..definition }),
            })
        }
        Observation::Local(LocalObservation::Http(answer)) => Observation::Local(LocalObservation::Http(HttpAnswer {
            holds: secrets.held_in(&answer.body),
            body: secrets.body(&answer.body),
            error: answer.error.map(|error| told(&error, secrets)),
            ..answer
        })),
        Observation::Local(LocalObservation::Tcp(TcpAnswer { accepted, millis, error })) => {
            Observation::Local(LocalObservation::Tcp(TcpAnswer {
                accepted,
                millis,
                error: error.map(|error| told(&error, secrets)),
            }))
        }
        Observation::Local(LocalObservation::Plugin(answer)) => {
            Observation::Local(LocalObservation::Plugin(Box::new(sealed_answer(*answer, secrets))))
        }
        Observation::Local(LocalObservation::Terraform(answer)) => {
            Observation::Local(LocalObservation::Terraform(Box::new(sealed_terraform(*answer, secrets))))
        }
        Observation::Local(LocalObservation::Exit(exit)) => {
            Observation::Local(LocalObservation::Exit(sealed_exit(exit, false, secrets)))
        }
        Observation::Ecs(EcsObservation::EcsService { service: Some(mut service) }) => {
            // What a container said last.
            service.stopped = service.stopped.map(|task| StoppedTask { reason: said(&task.reason, secrets), ..task });
            Observation::Ecs(EcsObservation::EcsService { service: Some(service) })
        }
        Observation::Parameter(ParameterObservation::Parameter { parameter: Some(found) }) => {
            // Whole, as the plan's own is: so that they compare.
            let value = found.value.map(|value| secrets.in_confidence(&crate::seal::token::disarmed(&value)));
            let parameter = Some(StoredParameter { value, ..found });
            Observation::Parameter(ParameterObservation::Parameter { parameter })
        }
        Observation::Logs(LogsObservation::Log { lines: Some(lines) }) => {
            let sealed = |line: LogLine| LogLine {
                stream: told(&line.stream, secrets),
                text: said(&line.text, secrets),
                ..line
            };
            Observation::Logs(LogsObservation::Log { lines: Some(lines.into_iter().map(sealed).collect()) })
        }
        Observation::Logs(LogsObservation::Log { lines: None } | LogsObservation::Group { .. })
        | Observation::Ecr(_)
        | Observation::ElastiCache(_)
        | Observation::Parameter(ParameterObservation::Parameter { parameter: None })
        | Observation::Secret(_)
        | Observation::Kms(_)
        | Observation::DynamoDb(_)
        | Observation::AutoScaling(_)
        | Observation::Acm(_)
        | Observation::Network(_)
        | Observation::Iam(_)
        | Observation::Lambda(_)
        | Observation::Events(_)
        | Observation::Scheduler(_)
        | Observation::Eks(_)
        | Observation::Sqs(_)
        | Observation::Quotas(_)
        | Observation::GlobalAccelerator(_)
        | Observation::Arc(_)
        | Observation::Automation(_)
        | Observation::S3(_)
        | Observation::CloudWatch(CloudWatchObservation::Count(_))
        | Observation::Dns(DnsObservation::HealthCheck { .. })
        | Observation::Ecs(EcsObservation::TaskDefinition { definition: None })
        | Observation::Ecs(EcsObservation::EcsService { service: None })
        | Observation::Rds(_)
        | Observation::CloudWatch(CloudWatchObservation::Lag(_) | CloudWatchObservation::Alarm { .. })
        | Observation::Ecs(EcsObservation::ServiceTasks { .. })
        | Observation::Ecs(EcsObservation::ScalableTarget { .. })
        | Observation::Elb(ElbObservation::TargetHealth { .. })
        | Observation::Elb(ElbObservation::LoadBalancer { .. })
        | Observation::Dns(DnsObservation::RecordSets(RecordSets { .. }))
        | Observation::Dns(DnsObservation::ZoneRecords { .. } | DnsObservation::Protections { .. })
        | Observation::Dns(DnsObservation::DnsChange { .. })
        | Observation::Elb(ElbObservation::Forwards { .. } | ElbObservation::KeepAlive { .. })
        | Observation::Dns(DnsObservation::HostedZones { .. })
        | Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { .. }))
        | Observation::Sts(StsObservation::Identity(_) | StsObservation::Reply(_)) => observation,
    }
}

/// An answer in which the plan may find what it says openly that it expects.
pub(super) fn expected(query: &Query, observation: Observation, secrets: &Secrets) -> Observation {
    match (query, observation) {
        (Query::Local(LocalQuery::Http(probe)), Observation::Local(LocalObservation::Http(mut answer))) => {
            let is_json = answer.body.trim_start().starts_with(['{', '[']);
            for open in probe.expects.iter().filter(|text| !crate::seal::token::has_token(text)) {
                let json = Value::String(open.to_string()).to_string();
                let text = if is_json { json.trim_matches('"') } else { open.as_str() };
                answer.body = answer.body.replace(secrets.token(open).as_str(), text);
            }
            Observation::Local(LocalObservation::Http(answer))
        }
        (_, observation) => observation,
    }
}

fn sealed_container(container: Container, secrets: &Secrets) -> Container {
    let environment = sealed_table(container.environment, secrets, true);
    // Addresses of secrets, by their names.
    let addresses = sealed_table(container.secrets, secrets, false);
    Container { environment, secrets: addresses, ..container }
}

fn sealed_table(table: BTreeMap<String, String>, secrets: &Secrets, by_name: bool) -> BTreeMap<String, String> {
    let sealed = |(name, value): (String, String)| {
        let value = crate::seal::token::disarmed(&value).into_owned();
        let value = secrets.sealed(if by_name { &name } else { "" }, &value);
        (name, value)
    };
    table.into_iter().map(sealed).collect()
}

pub(super) fn sealed_exit(exit: Exit, in_confidence: bool, secrets: &Secrets) -> Exit {
    let stdout = match in_confidence {
        true => Clean::new(&secrets.said_in_confidence(&exit.stdout)),
        false => said(&exit.stdout, secrets),
    };
    Exit { code: exit.code, stdout, stderr: said(&exit.stderr, secrets) }
}

/// A plug-in's words; what it says is a secret, or the plan uses as one, is one as a whole.
fn sealed_answer(mut answer: PluginAnswer, secrets: &Secrets) -> PluginAnswer {
    for (name, value) in &mut answer.outputs {
        *value = match answer.secret.contains(name) {
            true => Clean::new(&secrets.said_in_confidence(value)),
            false => said(value, secrets),
        };
    }
    for text in [&mut answer.note, &mut answer.help] {
        *text = said(text, secrets);
    }
    if let Some((_, note)) = &mut answer.health {
        *note = said(note, secrets);
    }
    for told in answer.checks.iter_mut().chain(&mut answer.findings) {
        told.found = said(&told.found, secrets);
    }
    sealed_value(&mut answer.before, secrets);
    answer
}

/// What Terraform said, and what its root module gives: what is sensitive there, or what the plan uses as a secret, is one whole.
fn sealed_terraform(mut answer: TerraformAnswer, secrets: &Secrets) -> TerraformAnswer {
    for (name, value) in &mut answer.outputs {
        *value = match answer.secret.contains(name) {
            true => Clean::new(&secrets.said_in_confidence(value)),
            false => said(value, secrets),
        };
    }
    if let Some(trouble) = &mut answer.trouble {
        trouble.said = said(&trouble.said, secrets);
    }
    answer.words = answer.words.map(|words| said(&words, secrets));
    let names = answer.planned.iter_mut().flat_map(|planned| planned.gone.iter_mut().chain(&mut planned.changed));
    names.for_each(|name| *name = said(name, secrets));
    answer
}

/// Every text of what a plug-in found before.
fn sealed_value(value: &mut Value, secrets: &Secrets) {
    match value {
        Value::String(text) => *text = secrets.said(text),
        Value::Array(items) => items.iter_mut().for_each(|item| sealed_value(item, secrets)),
        Value::Object(members) => members.values_mut().for_each(|member| sealed_value(member, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

pub(super) fn in_confidence(query: &Query) -> bool {
    match query {
        Query::Local(LocalQuery::Look(Invocation { in_confidence, .. })) => *in_confidence,
        _ => false,
    }
}

/// What a program or a container said.
fn said(text: &Clean, secrets: &Secrets) -> Clean {
    Clean::new(&secrets.said(text))
}

/// What the cloud, or a library on the way to it, said of what went wrong.
pub(super) fn told(text: &Clean, secrets: &Secrets) -> Clean {
    Clean::new(&secrets.told(text))
}
