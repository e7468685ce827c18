//! Every attempt of every call becomes evidence: operation, region, attempt, latency, request id, error.

use super::clients::Standing;
use super::desk::{Eye, Hand};
use super::trouble::{Called, Trouble, request_id};
use crate::cloud::Evidence;
use crate::plan::Region;
use crate::service::CallMade;
use crate::text::Clean;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

/// Follows one call, whose own errors are `E`, over its attempts.
pub(super) struct Audit<E>(Arc<Mutex<Attempts>>, PhantomData<fn() -> E>);

struct Attempts {
    region: Region,
    /// The service's short name, as evidence shows it: `rds`.
    service: &'static str,
    mutation: bool,
    /// The number of the next attempt; the first is 1.
    next: u32,
    /// When the attempt under way was handed to the connection, and its operation.
    started: Option<(Instant, String)>,
    /// Whether any attempt ever got as far as the connection.
    handed_over: bool,
    /// Whether the last attempt was answered with nothing at all, and not by the service: the SDK reads that as an answer
    /// in which everything is missing.
    hollow: bool,
    /// What is known of the credentials it is made with.
    standing: Arc<Standing>,
    /// The host that it went to.
    host: Option<String>,
    /// How many seconds the last answer took, and how many this machine's clock is ahead of the Date in it.
    replied: Option<(f64, Option<f64>)>,
    made: Vec<CallMade>,
    evidence: Evidence,
}

impl<E> Audit<E> {
    /// Follows a call that changes nothing.
    pub(super) fn look(eye: Eye<'_>, service: &'static str) -> Self {
        Self::new(eye, service, false, 1)
    }

    /// Follows an act's call.
    pub(super) fn act(hand: Hand<'_>, service: &'static str) -> Self {
        Self::new(hand.eye, service, true, hand.tried)
    }

    fn new(eye: Eye<'_>, service: &'static str, mutation: bool, next: u32) -> Self {
        let (region, evidence) = (eye.region.clone(), eye.evidence.clone());
        let standing = eye.clients.standing.clone();
        let attempts = Attempts {
            region,
            service,
            mutation,
            next,
            started: None,
            handed_over: false,
            host: None,
            replied: None,
            hollow: false,
            standing,
            made: Vec::new(),
            evidence,
        };
        Self(Arc::new(Mutex::new(attempts)), PhantomData)
    }

    /// Waits for the call, reports its attempts, and sorts what went wrong.
    pub(super) async fn settle<T>(
        &self,
        call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T, Trouble>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        // Dropped with the call when its deadline passes: what was under way is evidence too.
        let report = ReportOnDrop(self.clone());
        let result = call.await;
        let mut attempts = self.attempts();
        let Attempts { service, handed_over, .. } = *attempts;
        let called = Called { service, handed_over, proven: attempts.standing.is_proven() };
        let result = match result {
            Ok(_) if attempts.hollow => Err(Trouble::hollow()),
            Ok(answer) => Ok(answer),
            Err(error) => Err(Trouble::of(&error, called)),
        };
        if result.is_ok() {
            attempts.standing.proves();
        }
        if let (Err(trouble), Some(last)) = (&result, attempts.made.last_mut()) {
            last.error = Some(trouble.code.clone().unwrap_or_else(|| trouble.message.clone()));
        }
        drop(attempts);
        drop(report);
        result
    }

    /// The host that the call went to, whoever named it: the SDK's own, or an endpoint of the environment or a profile.
    pub(super) fn host(&self) -> Option<String> {
        self.attempts().host.clone()
    }

    /// How many seconds the last answer took, and how many this machine's clock is ahead of the time that it told.
    pub(super) fn replied(&self) -> Option<(f64, Option<f64>)> {
        self.attempts().replied
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// Derived, these would ask the same of `E`.
impl<E> Clone for Audit<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}
impl<E> fmt::Debug for Audit<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Audit")
    }
}

struct ReportOnDrop<E>(Audit<E>);

impl<E> Drop for ReportOnDrop<E> {
    fn drop(&mut self) {
        let mut attempts = self.0.attempts();
        attempts.end(Some(Clean::new("no answer before the deadline")), None);
        let evidence = attempts.evidence.clone();
        for call in attempts.made.drain(..) {
            evidence.report(call);
        }
    }
}

impl Attempts {
    /// Ends the attempt under way, if there is one.
    fn end(&mut self, error: Option<Clean>, request_id: Option<Clean>) {
        let Some((started, operation)) = self.started.take() else { return };
        self.made.push(CallMade {
            operation: Clean::new(&format!("{}.{operation}", self.service)),
            region: self.region.clone(),
            attempt: self.next,
            latency_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id,
            error,
            mutation: self.mutation,
        });
        self.next += 1;
    }
}

impl<E: ProvideErrorMetadata + Error + Send + Sync + 'static> Intercept for Audit<E> {
    fn name(&self) -> &'static str {
        "LandfallAudit"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("?", |metadata| metadata.name()).to_owned();
        let mut attempts = self.attempts();
        attempts.host = Some(host_of(context.request().uri()).to_owned());
        attempts.started = Some((Instant::now(), operation));
        attempts.handed_over = true;
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let id = response.and_then(request_id).map(Clean::new);
        let is_empty = response.and_then(|response| response.body().bytes()).is_some_and(<[u8]>::is_empty);
        let error = match response {
            Some(response) if response.status().is_success() => None,
            Some(response) => {
                let status = format!("HTTP {}", response.status().as_u16());
                Some(code::<E>(context).unwrap_or_else(|| Clean::new(&status)))
            }
            None => Some(Clean::new("no answer")),
        };
        let mut attempts = self.attempts();
        attempts.hollow = is_empty && id.is_none();
        let took = attempts.started.as_ref().map(|(started, _)| started.elapsed().as_secs_f64());
        attempts.replied = response.zip(took).map(|(response, took)| (took, ahead(response)));
        attempts.end(error, id);
        Ok(())
    }
}

/// How many seconds this machine's clock is ahead of the Date of a response, which is told in whole seconds.
fn ahead(response: &Response) -> Option<f64> {
    let told = DateTime::from_str(response.headers().get("date")?, Format::HttpDate).ok()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(now.as_secs_f64() - told.as_secs_f64())
}

/// The host of an address, without its port.
fn host_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

/// The code of the error that the attempt was answered with.
fn code<E: ProvideErrorMetadata + Error + Send + Sync + 'static>(
    context: &FinalizerInterceptorContextRef<'_>,
) -> Option<Clean> {
    let error = context.output_or_error()?.err()?;
    error.as_operation_error()?.downcast_ref::<E>()?.code().map(Clean::new)
}
