//! The AWS adapter against a real server over HTTP: what it sees, what it sends, and what it makes of a bad day.
//! One binary; each test has a cloud of its own, but for those of credentials, which are found by the environment.

#[path = "aws/accelerator.rs"]
mod accelerator;
#[path = "aws/act.rs"]
mod act;
#[path = "aws/alarm.rs"]
mod alarm;
#[path = "aws/aurora.rs"]
mod aurora;
#[path = "aws/autoscaling.rs"]
mod autoscaling;
#[path = "aws/beside.rs"]
mod beside;
#[path = "aws/capture.rs"]
mod capture;
#[path = "aws/capture_calls.rs"]
mod capture_calls;
#[path = "aws/certificate.rs"]
mod certificate;
#[path = "aws/compute.rs"]
mod compute;
#[path = "aws/dynamodb.rs"]
mod dynamodb;
#[path = "aws/elasticache.rs"]
mod elasticache;
#[path = "aws/faults.rs"]
mod faults;
#[path = "aws/iam.rs"]
mod iam;
#[path = "aws/identity.rs"]
mod identity;
#[path = "aws/images.rs"]
mod images;
#[path = "aws/invoke.rs"]
mod invoke;
#[path = "aws/kms.rs"]
mod kms;
#[path = "aws/lambda.rs"]
mod lambda;
#[path = "aws/logs.rs"]
mod logs;
#[path = "aws/matrix.rs"]
mod matrix;
#[path = "aws/network.rs"]
mod network;
#[path = "aws/nodegroup.rs"]
mod nodegroup;
#[path = "aws/observe.rs"]
mod observe;
#[path = "aws/parameter.rs"]
mod parameter;
#[path = "aws/queue.rs"]
mod queue;
#[path = "aws/rds_restore.rs"]
mod rds_restore;
#[path = "aws/read_only.rs"]
mod read_only;
#[path = "aws/route53.rs"]
mod route53;
#[path = "aws/routing_control.rs"]
mod routing_control;
#[path = "aws/rule.rs"]
mod rule;
#[path = "aws/run.rs"]
mod run;
#[path = "aws/runbook.rs"]
mod runbook;
#[path = "aws/s3.rs"]
mod s3;
#[path = "aws/schedule.rs"]
mod schedule;
#[path = "aws/secret.rs"]
mod secret;
#[path = "aws/stage.rs"]
mod stage;
mod support;
#[path = "aws/switch.rs"]
mod switch;
