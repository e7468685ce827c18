//! The edge where values are opened and sealed: what is sent to a cloud or a program is opened right here, and what comes
//! back is sealed before anybody else sees it. A simulated cloud needs neither: it is sent tokens, and gives them back.

use super::{Evidence, Observe, Perform, Token};
use crate::plan::AccountName;
use crate::seal::{Missing, Secrets};
use crate::service::observation::{Container, Exit, HttpAnswer, StoppedTask, TaskDefinition};
use crate::service::{Act, Ask, Invocation, Observation, Operation, Query, Receipt, Reply, Seen, Silence, Unanswered};
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks at a cloud with values that only it opens.
pub struct SealedObserver {
    inner: Arc<dyn Observe>,
    secrets: Arc<Secrets>,
}

impl SealedObserver {
    /// Looks at `inner`.
    pub fn new(inner: Arc<dyn Observe>, secrets: Arc<Secrets>) -> Self {
        Self { inner, secrets }
    }
}

#[async_trait]
impl Observe for SealedObserver {
    async fn observe(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Seen> {
        let opened: Vec<Result<Ask, Missing>> = asks.iter().map(|ask| opened(ask, &self.secrets)).collect();
        let sent: Vec<Ask> = opened.iter().filter_map(|ask| ask.as_ref().ok()).cloned().collect();
        let evidence = evidence.sealed(&self.secrets);
        let answers = if sent.is_empty() { Vec::new() } else { self.inner.observe(&sent, &evidence).await };
        let mut answers = answers.into_iter();
        let seen = |(ask, opened): (&Ask, &Result<Ask, Missing>)| match opened {
            Err(missing) => unanswered(ask, Silence::Denied, &missing.to_string()),
            // The answers come in the order of the questions.
            Ok(_) => match answers.next() {
                Some(Seen { at, answer, .. }) => Seen { ask: ask.clone(), at, answer: self.answer(ask, answer) },
                None => unanswered(ask, Silence::Error, "the cloud's answer left this one out"),
            },
        };
        asks.iter().zip(&opened).map(seen).collect()
    }
}

impl SealedObserver {
    fn answer(&self, ask: &Ask, answer: Result<Observation, Unanswered>) -> Result<Observation, Unanswered> {
        let secrets = &self.secrets;
        match answer {
            Ok(Observation::Exit(exit)) => Ok(Observation::Exit(sealed_exit(exit, in_confidence(&ask.query), secrets))),
            Ok(observation) => Ok(sealed(observation, secrets)),
            Err(silence) => Err(Unanswered { message: said(&silence.message, secrets), ..silence }),
        }
    }
}

fn unanswered(ask: &Ask, because: Silence, message: &str) -> Seen {
    let silence = Unanswered { because, code: None, message: Clean::new(message) };
    Seen { ask: ask.clone(), at: Timestamp::now(), answer: Err(silence) }
}

/// Acts on a cloud with values that only it opens.
pub struct SealedActor {
    inner: Arc<dyn Perform>,
    secrets: Arc<Secrets>,
}

impl SealedActor {
    /// Acts on `inner`.
    pub fn new(inner: Arc<dyn Perform>, secrets: Arc<Secrets>) -> Self {
        Self { inner, secrets }
    }
}

#[async_trait]
impl Perform for SealedActor {
    async fn perform(&self, act: &Act, token: &Token, evidence: &Evidence) -> Reply {
        let secrets = &self.secrets;
        let opened = match opened(act, secrets) {
            Ok(opened) => opened,
            Err(missing) => {
                let (code, message) = (Some("SecretMissing".into()), Clean::new(&missing.to_string()));
                return Reply::Refused { code, message };
            }
        };
        let in_confidence = match &act.operation {
            Operation::Run(invocation) => invocation.in_confidence,
            _ => false,
        };
        match self.inner.perform(&opened, token, &evidence.sealed(secrets)).await {
            Reply::Taken { receipt: Receipt { id, exit } } => {
                let exit = exit.map(|exit| sealed_exit(exit, in_confidence, secrets));
                Reply::Taken { receipt: Receipt { id, exit } }
            }
            Reply::Refused { code, message } => Reply::Refused { code, message: said(&message, secrets) },
            Reply::NotNow { message, throttled } => Reply::NotNow { message: said(&message, secrets), throttled },
            Reply::Expired { message } => Reply::Expired { message: said(&message, secrets) },
            Reply::NoAnswer { message } => Reply::NoAnswer { message: said(&message, secrets) },
        }
    }

    fn renew(&self, account: Option<&AccountName>) {
        self.inner.renew(account);
    }
}

/// `sealed` with every token in it opened.
fn opened<T: Serialize + DeserializeOwned + Clone>(sealed: &T, secrets: &Secrets) -> Result<T, Missing> {
    // What is asked and done is JSON in every journal; what is none holds no text.
    let Ok(mut value) = serde_json::to_value(sealed) else { return Ok(sealed.clone()) };
    let mut is_changed = false;
    open_value(&mut value, secrets, &mut is_changed)?;
    if !is_changed {
        return Ok(sealed.clone());
    }
    serde_json::from_value(value)
        .map_err(|_| Missing { name: "a value".to_owned(), why: "it does not fit where the plan has it".to_owned() })
}

fn open_value(value: &mut Value, secrets: &Secrets, is_changed: &mut bool) -> Result<(), Missing> {
    match value {
        Value::String(text) if crate::seal::token::has_token(text) => {
            *text = secrets.open(text)?.reveal().to_owned();
            *is_changed = true;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| open_value(item, secrets, is_changed)),
        Value::Object(table) => table.values_mut().try_for_each(|item| open_value(item, secrets, is_changed)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// What was seen, as it may be written: the words of programs and servers, and the values of environments. What names a
/// thing or its state stays as it is: it is compared with what the plan says, which is read.
fn sealed(observation: Observation, secrets: &Secrets) -> Observation {
    match observation {
        Observation::TaskDefinition { definition: Some(definition) } => {
            let containers = definition.containers.into_iter().map(|container| sealed_container(container, secrets));
            let containers = containers.collect();
            Observation::TaskDefinition { definition: Some(TaskDefinition { containers, ..definition }) }
        }
        Observation::Http(answer) => Observation::Http(HttpAnswer {
            holds: secrets.held_in(&answer.body),
            body: secrets.body(&answer.body),
            error: answer.error.map(|error| said(&error, secrets)),
            ..answer
        }),
        Observation::Tcp { accepted, millis, error } => {
            Observation::Tcp { accepted, millis, error: error.map(|error| said(&error, secrets)) }
        }
        Observation::Exit(exit) => Observation::Exit(sealed_exit(exit, false, secrets)),
        Observation::EcsService { service: Some(mut service) } => {
            // What a container said last.
            service.stopped = service.stopped.map(|task| StoppedTask { reason: said(&task.reason, secrets), ..task });
            Observation::EcsService { service: Some(service) }
        }
        Observation::TaskDefinition { definition: None }
        | Observation::EcsService { service: None }
        | Observation::DbInstance { .. }
        | Observation::Lag(_)
        | Observation::ServiceTasks { .. }
        | Observation::ScalableTarget { .. }
        | Observation::TargetHealth { .. }
        | Observation::LoadBalancer { .. }
        | Observation::RecordSets { .. }
        | Observation::DnsChange { .. }
        | Observation::DnsAnswer { .. }
        | Observation::Identity(_) => observation,
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

fn sealed_exit(exit: Exit, in_confidence: bool, secrets: &Secrets) -> Exit {
    let stdout = match in_confidence {
        true => Clean::new(&secrets.said_in_confidence(&exit.stdout)),
        false => said(&exit.stdout, secrets),
    };
    Exit { code: exit.code, stdout, stderr: said(&exit.stderr, secrets) }
}

fn in_confidence(query: &Query) -> bool {
    match query {
        Query::Look(Invocation { in_confidence, .. }) => *in_confidence,
        _ => false,
    }
}

fn said(text: &Clean, secrets: &Secrets) -> Clean {
    Clean::new(&secrets.said(text))
}
