//! AWS Systems Manager, one service whose rooms are its Parameter Store and its Automation.

use super::caller::{At, Protocol, Service};

/// The service, as its model has it, with what its rooms may ask of it and do there. Parameters are asked for without
/// decryption, always.
pub(super) const SERVICE: Service = Service {
    id: "SSM",
    signing_name: "ssm",
    host: "ssm",
    dual_stack_host: "ssm",
    protocol: Protocol::Json { target: "AmazonSSM", version: "1.1" },
    at: At::RegionsPlainInGov,
    reads: &[&["GetParameters"], &["DescribeDocument", "GetAutomationExecution"]],
    acts: &[&["PutParameter", "GetParameter", "DeleteParameter"], &["StartAutomationExecution"]],
};
