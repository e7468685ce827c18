//! Calls of services that have no client of their own here: one caller on the SDK's own machinery, so that credentials,
//! signing, retries, time limits and what is told of a call are those of every other client. An operation that the
//! service's room does not list is refused before anything is sent, whoever asks.
//!
//! It has two halves that share nothing but this machinery. [`Caller::read`] sends what a room lists to be read;
//! [`Caller::act`] what it lists to be done, from the acting set alone, and never twice: a caller of the looking set
//! refuses every act, listed or not.
//!
//! What a generated client would know of a service is a [`Service`] and a [`Read`] or [`Acting`] here. A misspelt member
//! would be an answer in which it is missing, so the names of all stand in `tests/cloud/reads.json` and are held against
//! the models of AWS by the test cloud's own tests.

mod endpoint;
mod form;
mod json;
mod rest;
#[cfg(test)]
mod tests;
mod wire;
pub(super) mod xml;

use super::guard::{Listed, May, ReadOnly, Reads};
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
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, SensitiveOutput};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use endpoint::Endpoints;
pub(super) use rest::Route;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A service, as its model describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// `serviceId`: by it an endpoint of its own is found in the environment and in profiles.
    pub(super) id: &'static str,
    pub(super) signing_name: &'static str,
    /// Where its endpoints are.
    pub(super) at: At,
    /// What its host names begin with: `endpointPrefix`.
    pub(super) host: &'static str,
    /// The same of the hosts that answer over IPv6 too.
    pub(super) dual_stack_host: &'static str,
    /// How it is spoken to.
    pub(super) protocol: Protocol,
    /// What may be read of it.
    pub(super) reads: Reads,
    /// What may be done at it, by the acting set.
    pub(super) acts: Reads,
}

/// Where a service's endpoints are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// In every region: those that keep FIPS have names of their own.
    Regions,
    /// In every region, as EKS has them: `fips.` before the plain name in AWS's own partition, and the plain names in us-gov.
    RegionsFipsBefore,
    /// In every region; in those of us-gov the plain names are the ones that keep FIPS.
    RegionsPlainInGov,
    /// The same, those that answer over IPv6 too among them.
    RegionsPlainInGovOverBoth,
    /// In this region, wherever it is called from: no other answers.
    OneRegion(&'static str),
    /// In one region of a partition, for all of it: the first of these whose regions it is.
    Partition(&'static [Home]),
    /// Where a plan says, call by call: none is looked for.
    Named,
}

/// An endpoint of its own that a plan names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct NamedEndpoint {
    /// Its address, with whatever path comes before the service's own.
    pub(super) url: String,
    /// The region that calls to it are signed for.
    pub(super) region: String,
    /// How long one call may take there, all in all; it is not repeated.
    pub(super) within: Duration,
}

/// Where a partition has the one endpoint of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// What the names of its regions begin with.
    pub(super) prefix: &'static str,
    /// The region that its calls are signed for.
    pub(super) region: &'static str,
    /// The hosts behind the service's own name: plain, FIPS, dual stack, both.
    pub(super) hosts: [&'static str; 4],
}

/// The protocols that are spoken here, by their names in Smithy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AWS JSON 1.0 or 1.1.
    Json {
        /// `targetPrefix`.
        target: &'static str,
        /// `jsonVersion`.
        version: &'static str,
    },
    /// AWS Query: a form, answered in XML.
    Query {
        /// `apiVersion`.
        version: &'static str,
    },
    /// REST with JSON bodies: an operation says where its members go by its [`Route`].
    RestJson,
    /// REST, answered in XML; only read here.
    RestXml,
    /// EC2 Query: the same with lists, names and errors of its own.
    Ec2 {
        /// `apiVersion`.
        version: &'static str,
    },
}

impl At {
    /// Where calls from `region` are signed for, if that is not `region` itself.
    fn signed_for(self, region: &str) -> Option<&'static str> {
        match self {
            Self::OneRegion(only) => Some(only),
            _ => self.home(region).map(|home| home.region),
        }
    }

    /// The home of the partition of `region`, where that has one endpoint for all of it.
    fn home(self, region: &str) -> Option<&'static Home> {
        match self {
            Self::Regions
            | Self::RegionsFipsBefore
            | Self::RegionsPlainInGov
            | Self::RegionsPlainInGovOverBoth
            | Self::OneRegion(_)
            | Self::Named => None,
            Self::Partition(homes) => homes.iter().find(|home| region.starts_with(home.prefix)),
        }
    }
}

/// One operation that reads, in the service's own words: what is sent is the value itself.
pub(super) trait Read: Serialize + fmt::Debug + Send + Sync + 'static {
    /// Whose operation it is.
    const SERVICE: &'static Service;
    /// Its name.
    const OPERATION: &'static str;
    /// Where its members go, of REST; of other protocols there is one place for all.
    const ROUTE: Option<&'static Route> = None;
    /// As much of the answer as is wanted.
    type Answer: DeserializeOwned + fmt::Debug + Send + Sync + 'static;
}

/// One operation that is done, likewise. A proof that a thing can be used is one too, though it changes nothing.
pub(super) trait Acting: Serialize + fmt::Debug + Send + Sync + 'static {
    /// Whose operation it is.
    const SERVICE: &'static Service;
    /// Its name.
    const OPERATION: &'static str;
    /// As [`Read::ROUTE`].
    const ROUTE: Option<&'static Route> = None;
    /// Whether its model has an answer: one that has none may say nothing at all.
    const ANSWERS: bool = true;
    /// As much of the answer as is wanted: what is not named here is dropped unread.
    type Answer: DeserializeOwned + fmt::Debug + Send + Sync + 'static;
}

/// What is known of a call beside what is asked.
#[derive(Clone, Copy)]
struct Named {
    service: &'static Service,
    operation: &'static str,
    route: Option<&'static Route>,
    /// As [`Acting::ANSWERS`].
    answers: bool,
    /// Whether the answer is wanted whatever is in it.
    whole: bool,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Errand {
    Read,
    Act,
}

/// By what calls are made alike: the service's `serviceId`, what they are for, and the endpoint where one is named.
type Made = (&'static str, Errand, Option<NamedEndpoint>);

/// Calls with one account's credentials in one region.
pub(super) struct Caller {
    config: SdkConfig,
    may: May,
    /// What connects, kept for its connections.
    connecting: Option<SharedRuntimePlugin>,
    /// What each service's calls are made with, by its `serviceId`: what is known of its clock outlives a call.
    made: Mutex<HashMap<Made, SharedRuntimePlugin>>,
}

impl Caller {
    /// A caller where and as `config` says, of the set that `may` do this.
    pub(super) fn new(config: &SdkConfig, may: May) -> Self {
        let connecting = default_http_client_plugin_v2(BehaviorVersion::latest());
        Self { config: config.clone(), may, connecting, made: Mutex::default() }
    }

    /// Asks, with `follower` beside every attempt.
    pub(super) async fn read<R: Read>(
        &self,
        request: R,
        follower: impl Intercept + 'static,
    ) -> Result<R::Answer, SdkError<ErrorMetadata, Response>> {
        let (service, operation, route) = (R::SERVICE, R::OPERATION, R::ROUTE);
        self.send(
            Errand::Read,
            None,
            Named { service, operation, route, answers: true, whole: false },
            request,
            follower,
        )
        .await
    }

    /// Asks at `at`, once, with `follower` beside the attempt.
    pub(super) async fn read_at<R: Read>(
        &self,
        at: &NamedEndpoint,
        request: R,
        follower: impl Intercept + 'static,
    ) -> Result<R::Answer, SdkError<ErrorMetadata, Response>> {
        let (service, operation, route) = (R::SERVICE, R::OPERATION, R::ROUTE);
        self.send(
            Errand::Read,
            Some(at),
            Named { service, operation, route, answers: true, whole: false },
            request,
            follower,
        )
        .await
    }

    /// Asks for the whole of an answer, as a value: of XML, texts alone, and of REST with the name of the outermost element.
    pub(super) async fn raw(
        &self,
        service: &'static Service,
        operation: &'static str,
        route: Option<&'static Route>,
        request: serde_json::Value,
        follower: impl Intercept + 'static,
    ) -> Result<serde_json::Value, SdkError<ErrorMetadata, Response>> {
        let named = Named { service, operation, route, answers: true, whole: true };
        self.send(Errand::Read, None, named, request, follower).await
    }

    /// Does it, once, with `follower` beside the attempt.
    pub(super) async fn act<A: Acting>(
        &self,
        request: A,
        follower: impl Intercept + 'static,
    ) -> Result<A::Answer, SdkError<ErrorMetadata, Response>> {
        let (service, operation, route) = (A::SERVICE, A::OPERATION, A::ROUTE);
        self.send(
            Errand::Act,
            None,
            Named { service, operation, route, answers: A::ANSWERS, whole: false },
            request,
            follower,
        )
        .await
    }

    /// Does it at `at`, once, with `follower` beside the attempt.
    pub(super) async fn act_at<A: Acting>(
        &self,
        at: &NamedEndpoint,
        request: A,
        follower: impl Intercept + 'static,
    ) -> Result<A::Answer, SdkError<ErrorMetadata, Response>> {
        let (service, operation, route) = (A::SERVICE, A::OPERATION, A::ROUTE);
        self.send(
            Errand::Act,
            Some(at),
            Named { service, operation, route, answers: A::ANSWERS, whole: false },
            request,
            follower,
        )
        .await
    }

    async fn send<Q, A>(
        &self,
        errand: Errand,
        at: Option<&NamedEndpoint>,
        named: Named,
        request: Q,
        follower: impl Intercept + 'static,
    ) -> Result<A, SdkError<ErrorMetadata, Response>>
    where
        Q: Serialize + fmt::Debug + Send + Sync + 'static,
        A: DeserializeOwned + fmt::Debug + Send + Sync + 'static,
    {
        let service = named.service;
        let mut operation = Operation::builder()
            .service_name(service.id)
            .operation_name(named.operation)
            .behavior_version(BehaviorVersion::latest())
            .interceptor(follower)
            .serializer(move |request: Q| wire::request(named, &request))
            .deserializer(move |response: &HttpResponse| wire::answer::<A>(named, response));
        if let Some(connecting) = self.connecting.clone() {
            operation = operation.runtime_plugin(connecting);
        }
        operation.runtime_plugin(self.of(service, errand, at)).build().invoke(request).await
    }

    /// What a generated client of the service would be.
    fn of(&self, service: &'static Service, errand: Errand, named: Option<&NamedEndpoint>) -> SharedRuntimePlugin {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let endpoint =
                named.map_or_else(|| Endpoints::of(&self.config, service), |named| Endpoints::at(&named.url));
            let parts = components(&self.config, endpoint).with_interceptor(self.guard(service, errand));
            let plugin = StaticRuntimePlugin::new().with_config(settings(&self.config, service, errand, named));
            SharedRuntimePlugin::new(plugin.with_runtime_components(parts))
        };
        made.entry((service.id, errand, named.cloned())).or_insert_with(make).clone()
    }

    /// Who refuses what may not be sent.
    fn guard(&self, service: &'static Service, errand: Errand) -> SharedInterceptor {
        match (errand, self.may) {
            (Errand::Read, May::Look(_) | May::Act) => SharedInterceptor::new(ReadOnly(service.reads)),
            (Errand::Act, May::Act) => SharedInterceptor::new(Listed(service.acts)),
            // Who looks does nothing, whatever a room lists.
            (Errand::Act, May::Look(_)) => SharedInterceptor::new(ReadOnly(&[])),
        }
    }
}

/// What does not change from call to call.
fn settings(
    config: &SdkConfig,
    service: &'static Service,
    errand: Errand,
    named: Option<&NamedEndpoint>,
) -> FrozenLayer {
    let home = config.region().and_then(|region| service.at.signed_for(region.as_ref()));
    let home = home.map(aws_types::region::Region::from_static);
    let own = named.map(|named| aws_types::region::Region::new(named.region.clone()));
    let region = own.as_ref().or(home.as_ref()).or(config.region());
    let mut layer = Layer::new("LandfallCaller");
    let mut signing = SigV4OperationSigningConfig {
        region: region.cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static(service.signing_name)),
        ..Default::default()
    };
    if service.signing_name == "s3" {
        // Alone among them it has paths that are signed as they stand, and a header of its own ("Signature Version 4: S3").
        signing.signing_options.double_uri_encode = false;
        signing.signing_options.normalize_uri_path = false;
        signing.signing_options.content_sha256_header = true;
    }
    layer.store_put(signing);
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(EndpointResolverParams::new(()));
    layer.store_put(ApiMetadata::new(service.signing_name, env!("CARGO_PKG_VERSION")));
    // A region in trouble must not use up what the tries of another region are counted by.
    let region = region.map_or("", |region| region.as_ref());
    layer.store_put(RetryPartition::new(format!("{}-{region}", service.signing_name)));
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }
    match (errand, config.retry_config().filter(|_| named.is_none())) {
        (Errand::Act, _) => {
            // Whatever the configuration says: an act whose reply was lost would be done twice.
            layer.store_put(RetryConfig::disabled());
            // What an act is answered may be a secret: it stands in no log of the SDK's.
            layer.store_put(SensitiveOutput);
        }
        (Errand::Read, Some(retries)) => {
            layer.store_put(retries.clone());
        }
        (Errand::Read, None) if named.is_some() => {
            layer.store_put(RetryConfig::disabled());
        }
        (Errand::Read, None) => {}
    }
    match (named, config.timeout_config()) {
        (Some(named), _) => {
            let limits = TimeoutConfig::builder().connect_timeout(named.within).operation_timeout(named.within);
            layer.store_put(limits.build());
        }
        (None, Some(timeouts)) => {
            layer.store_put(timeouts.clone());
        }
        (None, None) => {}
    }
    layer.freeze()
}

/// The parts of a generated client, in its order; the guard comes to them.
fn components(config: &SdkConfig, endpoint: Endpoints) -> RuntimeComponentsBuilder {
    let mut parts = RuntimeComponentsBuilder::new("LandfallCaller")
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_endpoint_resolver(Some(endpoint))
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new())
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
