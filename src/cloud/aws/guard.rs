//! Refuses every operation that is not a read, before it is sent. Sits in every client of the looking set.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// The operations that the looking set may send, by name, each service's own: whatever is not there is refused.
///
/// Lists of names and not of prefixes: `Get…` is only a convention, and `GetSecretValue` is a read that no watcher needs.
pub(super) type Reads = &'static [&'static [&'static str]];

/// What a set of clients may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    /// Look, by these operations and nothing else.
    Look(Reads),
    /// Act.
    Act,
}

/// The guard of a client that may only look.
#[derive(Debug)]
pub(super) struct ReadOnly(pub(super) Reads);

/// The guard of a caller that acts: it may do what a room lists, and nothing else.
#[derive(Debug)]
pub(super) struct Listed(pub(super) Reads);

/// Why a call was not sent.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{operation} is not a read: these clients only look, and it was not sent")]
    NotARead { operation: String },
    #[error("{operation} is nothing that its room lists to be done, and it was not sent")]
    NotListed { operation: String },
}

/// The operation, if `lists` do not have it.
fn unlisted(lists: Reads, config: &ConfigBag) -> Option<String> {
    let operation = config.load::<Metadata>().map_or("an unnamed operation", |metadata| metadata.name());
    let is_listed = lists.iter().any(|list| list.contains(&operation));
    (!is_listed).then(|| operation.to_owned())
}

impl Intercept for ReadOnly {
    fn name(&self) -> &'static str {
        "LandfallReadOnly"
    }

    // Not `read_before_execution`: the operation's metadata is not there yet for a client's own interceptors.
    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        unlisted(self.0, config).map_or(Ok(()), |operation| Err(Refused::NotARead { operation }.into()))
    }
}

impl Intercept for Listed {
    fn name(&self) -> &'static str {
        "LandfallListed"
    }

    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        unlisted(self.0, config).map_or(Ok(()), |operation| Err(Refused::NotListed { operation }.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::May;
    use crate::cloud::aws::clients::Clients;
    use crate::cloud::aws::observer::READS;
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::result::SdkError;
    use aws_smithy_types::retry::RetryConfig;
    use aws_smithy_types::timeout::TimeoutConfig;
    use std::time::Duration;
    use tokio::net::TcpListener;

    /// The looking set, with a listener in the place of AWS.
    async fn looking() -> (Clients, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .endpoint_url(format!("http://{address}"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
            .retry_config(RetryConfig::disabled())
            // The listener never answers: what gets through must not hang the test.
            .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_secs(2)).build())
            .build();
        (Clients::new(&config, May::Look(READS), Default::default()), listener)
    }

    #[tokio::test]
    async fn what_changes_something_is_refused_before_a_connection_is_made() {
        let (clients, listener) = looking().await;
        let promote = clients.rds.promote_read_replica().db_instance_identifier("orders");
        assert!(matches!(promote.send().await, Err(SdkError::ConstructionFailure(_))));
        let scale = clients.ecs.update_service().service("api").desired_count(0);
        assert!(matches!(scale.send().await, Err(SdkError::ConstructionFailure(_))));
        let limits = clients.autoscaling.deregister_scalable_target().resource_id("service/a/b");
        assert!(matches!(limits.send().await, Err(SdkError::ConstructionFailure(_))));
        let silence = clients.cloudwatch.disable_alarm_actions().alarm_names("lag");
        assert!(matches!(silence.send().await, Err(SdkError::ConstructionFailure(_))));
        let delete = clients.route53.delete_hosted_zone().id("Z1");
        assert!(matches!(delete.send().await, Err(SdkError::ConstructionFailure(_))));
        let group = clients.elbv2.delete_target_group().target_group_arn("arn");
        assert!(matches!(group.send().await, Err(SdkError::ConstructionFailure(_))));
        let role = clients.sts.assume_role().role_arn("arn").role_session_name("x");
        assert!(matches!(role.send().await, Err(SdkError::ConstructionFailure(_))));
        assert!(nobody_came(&listener).await);
    }

    #[tokio::test]
    async fn a_read_that_landfall_does_not_need_is_refused_too() {
        let (clients, listener) = looking().await;
        let read = clients.rds.describe_db_log_files().db_instance_identifier("orders");
        assert!(matches!(read.send().await, Err(SdkError::ConstructionFailure(_))));
        assert!(nobody_came(&listener).await);
    }

    #[tokio::test]
    async fn what_only_looks_gets_through() {
        let (clients, listener) = looking().await;
        let looked = clients.rds.describe_db_instances().send();
        let came = async {
            drop(listener.accept().await.expect("a connection"));
        };
        let (looked, ()) = futures::join!(looked, came);
        assert!(matches!(looked, Err(SdkError::DispatchFailure(_))), "the listener hung up, the guard let it pass");
    }

    async fn nobody_came(listener: &TcpListener) -> bool {
        tokio::time::timeout(Duration::from_millis(100), listener.accept()).await.is_err()
    }
}
