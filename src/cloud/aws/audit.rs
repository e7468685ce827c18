//! Every attempt of every call becomes evidence: operation, region, attempt, latency, request id, error.

use super::trouble::Trouble;
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
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Follows one call over its attempts.
#[derive(Clone, Debug)]
pub(super) struct Audit(Arc<Mutex<Attempts>>);

#[derive(Debug)]
struct Attempts {
    region: Region,
    /// The service's short name, as evidence shows it: `rds`.
    service: &'static str,
    mutation: bool,
    started: Option<(Instant, String)>,
    made: Vec<CallMade>,
    evidence: Evidence,
}

impl Audit {
    /// Follows a call of `service` in `region` that may change something when `mutation`.
    pub(super) fn new(evidence: &Evidence, region: &Region, service: &'static str, mutation: bool) -> Self {
        let (region, evidence) = (region.clone(), evidence.clone());
        Self(Arc::new(Mutex::new(Attempts { region, service, mutation, started: None, made: Vec::new(), evidence })))
    }

    /// Waits for the call, reports its attempts, and sorts what went wrong.
    pub(super) async fn settle<T, E>(
        &self,
        call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T, Trouble>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        // Dropped with the call when its deadline passes: what was under way is evidence too.
        let report = ReportOnDrop(self.clone());
        let result = call.await.map_err(|error| Trouble::of(&error));
        if let Err(trouble) = &result {
            let mut attempts = self.attempts();
            if let Some(last) = attempts.made.last_mut() {
                last.error = Some(trouble.code.clone().unwrap_or_else(|| trouble.message.clone()));
            }
        }
        drop(report);
        result
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ReportOnDrop(Audit);

impl Drop for ReportOnDrop {
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
            attempt: self.made.len() as u32 + 1,
            latency_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id,
            error,
            mutation: self.mutation,
        });
    }
}

impl Intercept for Audit {
    fn name(&self) -> &'static str {
        "LandfallAudit"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("?", |metadata| metadata.name()).to_owned();
        self.attempts().started = Some((Instant::now(), operation));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let id = response.and_then(|response| {
            let headers = response.headers();
            headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id")).map(Clean::new)
        });
        let error = match response {
            Some(response) if response.status().is_success() => None,
            Some(response) => Some(Clean::new(&format!("HTTP {}", response.status().as_u16()))),
            None => Some(Clean::new("no answer")),
        };
        self.attempts().end(error, id);
        Ok(())
    }
}
