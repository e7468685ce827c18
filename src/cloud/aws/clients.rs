//! The clients of one account and region, made when first needed and kept. The only file that knows how credentials are found.

use super::assume::{Assumed, Signature};
use super::caller::Caller;
use super::guard::{May, ReadOnly};
use super::listed::Listed;
use super::login;
use super::silent::Silent;
use super::trouble::{Sort, Trouble};
use super::zones::Zones;
use crate::plan::{Account, AccountName, Plan};
use crate::service::Place;
use crate::text::Clean;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The clients of one account and region.
pub(super) struct Clients {
    pub(super) rds: aws_sdk_rds::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) elbv2: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) route53: aws_sdk_route53::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) autoscaling: aws_sdk_applicationautoscaling::Client,
    pub(super) sts: aws_sdk_sts::Client,
    /// Calls what has no client of its own.
    pub(super) caller: Caller,
    /// Reads what a capture asks, by a list of its own.
    pub(super) inventory: Caller,
    pub(super) elasticache: aws_sdk_elasticache::Client,
    pub(super) ec2autoscaling: aws_sdk_autoscaling::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) secretsmanager: aws_sdk_secretsmanager::Client,
    pub(super) s3: aws_sdk_s3::Client,
    /// The series of metrics that were found.
    pub(super) listed: Listed,
    /// The endpoints that did not answer.
    pub(super) silent: Silent,
    /// The hosted zones that were found.
    pub(super) zones: Zones,
    /// Where the credentials come from, to tell when they expire.
    pub(super) credentials: Option<SharedCredentialsProvider>,
    /// What is known of them.
    pub(super) standing: Arc<Standing>,
}

/// What is known of an account's credentials, over every set of clients made with them.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The account that they have to be of, where the plan says which.
    account: Option<Clean>,
    /// Whether a call with them ever worked: keys that nobody knows were then taken away, and are not merely wrong.
    proven: AtomicBool,
    /// How often they expired: what was made with those of before is not kept.
    expired: AtomicU64,
    /// Whether they were found to be of it.
    belongs: AtomicBool,
}

impl Standing {
    pub(super) fn proves(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }
    pub(super) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }
    /// The account that they have to be shown to be of, before anything is asked or done with them.
    pub(super) fn to_be_shown(&self) -> Option<&Clean> {
        self.account.as_ref().filter(|_| !self.belongs.load(Ordering::Relaxed))
    }
    pub(super) fn belongs(&self) {
        self.belongs.store(true, Ordering::Relaxed);
    }
}

impl Clients {
    /// The clients of one set; those that may only look are guarded.
    pub(super) fn new(config: &SdkConfig, may: May, standing: Arc<Standing>) -> Self {
        macro_rules! client {
            ($sdk:ident) => {{
                let builder = $sdk::config::Builder::from(config);
                let builder = match may {
                    May::Look(reads) => builder.interceptor(ReadOnly(reads)),
                    May::Act => builder,
                };
                $sdk::Client::from_conf(builder.build())
            }};
        }
        Self {
            rds: client!(aws_sdk_rds),
            ecs: client!(aws_sdk_ecs),
            elbv2: client!(aws_sdk_elasticloadbalancingv2),
            route53: client!(aws_sdk_route53),
            cloudwatch: client!(aws_sdk_cloudwatch),
            logs: client!(aws_sdk_cloudwatchlogs),
            autoscaling: client!(aws_sdk_applicationautoscaling),
            sts: client!(aws_sdk_sts),
            caller: Caller::new(config, may),
            inventory: Caller::new(config, may),
            elasticache: client!(aws_sdk_elasticache),
            ec2autoscaling: client!(aws_sdk_autoscaling),
            lambda: client!(aws_sdk_lambda),
            secretsmanager: client!(aws_sdk_secretsmanager),
            s3: client!(aws_sdk_s3),
            listed: Listed::default(),
            silent: Silent::default(),
            zones: Zones::default(),
            credentials: config.credentials_provider(),
            standing,
        }
    }
}

/// Where AWS is, for whoever does not go by what the environment and the profiles say.
#[derive(Clone, Debug, Default)]
pub struct Elsewhere {
    /// The endpoint of every service, for accounts without a profile of their own.
    pub endpoint: Option<String>,
    /// The resolver that is asked in the place of name servers, `HOST:PORT`.
    pub resolver: Option<String>,
}

/// Every place's clients, of one set.
pub(super) struct Book {
    may: May,
    elsewhere: Elsewhere,
    signature: Signature,
    accounts: BTreeMap<AccountName, Account>,
    places: Mutex<HashMap<Place, Arc<Clients>>>,
    standings: Mutex<HashMap<Option<AccountName>, Arc<Standing>>>,
}

impl Book {
    pub(super) fn new(plan: &Plan, may: May, elsewhere: Elsewhere, signature: Signature) -> Self {
        let accounts = plan.accounts.clone();
        Self { may, elsewhere, signature, accounts, places: Mutex::default(), standings: Mutex::default() }
    }

    /// The clients for `place`. An account that the plan does not have is refused: the ambient credentials would
    /// look at, or change, another account than was meant.
    pub(super) async fn at(&self, place: &Place) -> Result<Arc<Clients>, Trouble> {
        if let Some(clients) = held(&self.places).get(place) {
            return Ok(clients.clone());
        }
        let account = match &place.account {
            None => None,
            Some(name) => Some(self.accounts.get(name).ok_or_else(|| not_in_plan(name))?),
        };
        // Made outside the lock: finding credentials for one place must hold up no other.
        let standing = self.standing(place.account.as_ref());
        let expired = standing.expired.load(Ordering::Relaxed);
        let config = self.config(place, account, &standing).await;
        let zones = Zones::asked_by(self.elsewhere.resolver.clone());
        let clients = Arc::new(Clients { zones, ..Clients::new(&config, self.may, standing.clone()) });
        let mut places = held(&self.places);
        if standing.expired.load(Ordering::Relaxed) != expired {
            // Its credentials may be those that were forgotten meanwhile.
            return Ok(clients);
        }
        Ok(places.entry(place.clone()).or_insert(clients).clone())
    }

    /// Forgets what was made with an account's credentials: the next call reads them anew.
    pub(super) fn renew(&self, account: Option<&AccountName>) {
        let standing = self.standing(account);
        standing.expired.fetch_add(1, Ordering::Relaxed);
        standing.belongs.store(false, Ordering::Relaxed);
        held(&self.places).retain(|place, _| place.account.as_ref() != account);
    }

    /// What renews an account's credentials, in words.
    pub(super) async fn renewal(&self, account: Option<&AccountName>) -> String {
        login::renewal(account.and_then(|name| self.accounts.get(name))).await
    }

    fn standing(&self, account: Option<&AccountName>) -> Arc<Standing> {
        let fresh = || {
            let account = account.and_then(|name| self.accounts.get(name)).and_then(|account| account.id.clone());
            let standing = Standing { account, ..Standing::default() };
            // Nothing is acted on that was not looked at before, with the same credentials.
            standing.proven.store(self.may == May::Act, Ordering::Relaxed);
            Arc::new(standing)
        };
        held(&self.standings).entry(account.cloned()).or_insert_with(fresh).clone()
    }

    async fn config(&self, place: &Place, account: Option<&Account>, standing: &Standing) -> SdkConfig {
        let region = Region::new(place.region.as_str().to_owned());
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region.clone())
            .timeout_config(timeouts(self.may))
            .retry_config(retries(self.may));
        let profile = account.and_then(|account| account.profile.as_ref());
        // A profile that was named says its own.
        if let (Some(endpoint), None) = (&self.elsewhere.endpoint, profile) {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(profile) = profile {
            // The SDK's own chain asks the environment first, profile or not; as with the AWS CLI, a profile that was
            // named goes before credentials that happen to be in the environment: those are another account's.
            let provider = ProviderConfig::without_region()
                .with_region(Some(region.clone()))
                .with_timeout_config(timeouts(self.may))
                .with_retry_config(retries(self.may));
            let named = ProfileFileCredentialsProvider::builder().profile_name(profile.as_str()).configure(&provider);
            loader = loader.profile_name(profile.as_str()).credentials_provider(named.build());
        }
        if profile.is_none() && standing.expired.load(Ordering::Relaxed) > 0 && login::has_environment_keys() {
            // Nobody can change our environment from outside: what has expired there gives way to what a profile says.
            let provider = ProviderConfig::without_region()
                .with_region(Some(region.clone()))
                .with_timeout_config(timeouts(self.may))
                .with_retry_config(retries(self.may));
            let profile = ProfileFileCredentialsProvider::builder().configure(&provider).build();
            let chain = CredentialsProviderChain::first_try("Profile", profile)
                .or_else("Environment", EnvironmentVariableCredentialsProvider::new());
            loader = loader.credentials_provider(chain);
        }
        let config = loader.load().await;
        let assumed = account.and_then(|account| Assumed::of(account, &self.signature, &config));
        let Some(assumed) = assumed else { return config };
        let provider = SharedCredentialsProvider::new(assumed);
        config.into_builder().credentials_provider(provider).build()
    }
}

/// What is behind a lock is whole at every moment, whatever became of who held it.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_in_plan(name: &AccountName) -> Trouble {
    Trouble { sort: Sort::Unsendable, code: None, message: Clean::new(&format!("the plan has no [account.{name}]")) }
}

/// Without these the SDK waits for ever: it has no attempt or operation timeout of its own.
fn timeouts(may: May) -> TimeoutConfig {
    let (attempt, operation) = match may {
        May::Look(_) => (5, 12),
        May::Act => (15, 20),
    };
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(3100))
        .operation_attempt_timeout(Duration::from_secs(attempt))
        .operation_timeout(Duration::from_secs(operation))
        .build()
}

/// Reads are repeated in standard mode (adaptive mode turned 10 calls into 144 s under throttling). An act is never
/// repeated by the SDK: it would repeat one that was done and whose reply was lost.
fn retries(may: May) -> RetryConfig {
    match may {
        May::Look(_) => RetryConfig::standard().with_max_attempts(3),
        May::Act => RetryConfig::disabled(),
    }
}
