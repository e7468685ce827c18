//! Reads of services that have no client of their own here: one caller on the SDK's own machinery, so that credentials,
//! signing, retries, time limits and what is told of a call are those of every other client. It only ever reads: an
//! operation that the service's room does not list is refused before anything is sent, whoever asks.
//!
//! What a generated client would know of a service is a [`Service`] and a [`Read`] here. A misspelt member would be an
//! answer in which it is missing, so the names of both stand in `tests/cloud/reads.json` and are held against the models
//! of AWS by the test cloud's own tests.

mod endpoint;
mod json;
#[cfg(test)]
mod tests;

use super::guard::{ReadOnly, Reads};
use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use endpoint::Endpoints;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A service of the AWS JSON protocols, as its model describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// `serviceId`: by it an endpoint of its own is found in the environment and in profiles.
    pub(super) id: &'static str,
    pub(super) signing_name: &'static str,
    /// What its host names begin with: `endpointPrefix`.
    pub(super) host: &'static str,
    /// The same of the hosts that answer over IPv6 too.
    pub(super) dual_stack_host: &'static str,
    /// `targetPrefix`.
    pub(super) target: &'static str,
    /// `jsonVersion`.
    pub(super) json: &'static str,
    /// What may be sent to it.
    pub(super) reads: Reads,
}

/// One operation that reads, in the service's own words: what is sent is the value itself.
pub(super) trait Read: Serialize + fmt::Debug + Send + Sync + 'static {
    /// Whose operation it is.
    const SERVICE: &'static Service;
    /// Its name.
    const OPERATION: &'static str;
    /// As much of the answer as is wanted.
    type Answer: DeserializeOwned + fmt::Debug + Send + Sync + 'static;
}

/// Reads with one account's credentials in one region.
pub(super) struct Caller {
    config: SdkConfig,
    /// What connects, kept for its connections.
    connecting: Option<SharedRuntimePlugin>,
    /// What each service's calls are made with, by its `serviceId`: what is known of its clock outlives a call.
    made: Mutex<HashMap<&'static str, SharedRuntimePlugin>>,
}

impl Caller {
    /// A caller where and as `config` says.
    pub(super) fn new(config: &SdkConfig) -> Self {
        let connecting = default_http_client_plugin_v2(BehaviorVersion::latest());
        Self { config: config.clone(), connecting, made: Mutex::default() }
    }

    /// Asks, with `follower` beside every attempt.
    pub(super) async fn read<R: Read>(
        &self,
        request: R,
        follower: impl Intercept + 'static,
    ) -> Result<R::Answer, SdkError<ErrorMetadata, Response>> {
        let mut operation = Operation::builder()
            .service_name(R::SERVICE.id)
            .operation_name(R::OPERATION)
            .behavior_version(BehaviorVersion::latest())
            .interceptor(follower)
            .serializer(|request: R| json::request(R::SERVICE, R::OPERATION, &request))
            .deserializer(json::answer::<R::Answer>);
        if let Some(connecting) = self.connecting.clone() {
            operation = operation.runtime_plugin(connecting);
        }
        operation.runtime_plugin(self.of(R::SERVICE)).build().invoke(request).await
    }

    /// What a generated client of the service would be.
    fn of(&self, service: &'static Service) -> SharedRuntimePlugin {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let parts = components(&self.config, service);
            let plugin = StaticRuntimePlugin::new().with_config(settings(&self.config, service));
            SharedRuntimePlugin::new(plugin.with_runtime_components(parts))
        };
        made.entry(service.id).or_insert_with(make).clone()
    }
}

/// What does not change from call to call.
fn settings(config: &SdkConfig, service: &'static Service) -> FrozenLayer {
    let region = config.region();
    let mut layer = Layer::new("LandfallCaller");
    layer.store_put(SigV4OperationSigningConfig {
        region: region.cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static(service.signing_name)),
        ..Default::default()
    });
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(EndpointResolverParams::new(()));
    layer.store_put(ApiMetadata::new(service.signing_name, env!("CARGO_PKG_VERSION")));
    // A region in trouble must not use up what the tries of another region are counted by.
    let region = region.map_or("", |region| region.as_ref());
    layer.store_put(RetryPartition::new(format!("{}-{region}", service.signing_name)));
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }
    if let Some(retries) = config.retry_config() {
        layer.store_put(retries.clone());
    }
    if let Some(timeouts) = config.timeout_config() {
        layer.store_put(timeouts.clone());
    }
    layer.freeze()
}

/// The parts of a generated client, in its order, and the guard.
fn components(config: &SdkConfig, service: &'static Service) -> RuntimeComponentsBuilder {
    let mut parts = RuntimeComponentsBuilder::new("LandfallCaller")
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_endpoint_resolver(Some(Endpoints::of(config, service)))
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new())
        .with_interceptor(ReadOnly(service.reads))
        .with_interceptor(ConnectionPoisoningInterceptor::new())
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_interceptor(RequestInfoInterceptor::new())
        .with_interceptor(UserAgentInterceptor::new())
        .with_interceptor(InvocationIdInterceptor::new())
        .with_interceptor(RecursionDetectionInterceptor::new());
    if let Some(provider) = config.credentials_provider() {
        parts.set_identity_resolver(SCHEME_ID, provider);
    }
    // What is not given is the SDK's own, which stands behind these.
    if let Some(cache) = config.identity_cache() {
        parts.set_identity_cache(Some(cache));
    }
    if let Some(client) = config.http_client() {
        parts.set_http_client(Some(client));
    }
    if let Some(sleep) = config.sleep_impl() {
        parts.set_sleep_impl(Some(sleep));
    }
    if let Some(time) = config.time_source() {
        parts.set_time_source(Some(time));
    }
    parts
}
