//! Refuses every operation that is not a read, before it is sent. Sits in every client of the looking set.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// The operations that the looking set may send, by name: whatever is not here is refused.
///
/// A list of names and not of prefixes: `Get…` is only a convention, and `GetSecretValue` is a read that no watcher needs.
const READS: &[&str] = &[
    "AssumeRole",
    "DescribeDBInstances",
    "DescribeLoadBalancers",
    "DescribeScalableTargets",
    "DescribeServices",
    "DescribeTargetGroups",
    "DescribeTargetHealth",
    "DescribeTaskDefinition",
    "DescribeTasks",
    "GetCallerIdentity",
    "GetChange",
    "GetMetricData",
    "ListResourceRecordSets",
    "ListTasks",
    "TestDNSAnswer",
];

/// The guard of a client that may only look.
#[derive(Debug)]
pub(super) struct ReadOnly;

/// Why a call was not sent.
#[derive(Debug, thiserror::Error)]
#[error("{operation} is not a read: these clients only look, and it was not sent")]
struct NotARead {
    operation: String,
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
        let operation = config.load::<Metadata>().map_or("an unnamed operation", |metadata| metadata.name());
        if READS.contains(&operation) {
            return Ok(());
        }
        Err(NotARead { operation: operation.to_owned() }.into())
    }
}
