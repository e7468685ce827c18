//! Whose API answers a question or takes an operation, and where it is at home: who is meant when something refused or
//! did not answer. The region of a plan is not always it: Route 53 is asked in us-east-1 from anywhere.

use super::ask::Ask;
use super::observation::{Silence, Unanswered};
use super::operation::Act;
use crate::plan::{Global, Region};

/// Who answers `ask`, and where: `RDS in us-west-2`.
pub fn home(ask: &Ask) -> String {
    home_of(ask.query.api_name(), &ask.place.region)
}

/// Who takes `act`, and where.
pub fn home_of_act(act: &Act) -> String {
    home_of(act.operation.api_name(), &act.place.region)
}

fn home_of(api: &str, region: &Region) -> String {
    let service = match api.split('.').next().unwrap_or(api) {
        "rds" => "RDS",
        "cloudwatch" => "CloudWatch",
        "logs" => "CloudWatch Logs",
        "ecr" => "ECR",
        "dynamodb" => "DynamoDB",
        "s3" => "S3",
        "ecs" => "ECS",
        "acm" => "Certificate Manager",
        "ec2" => "EC2",
        "elasticache" => "ElastiCache",
        "ssm" => "Systems Manager",
        "secretsmanager" => "Secrets Manager",
        "kms" => "KMS",
        "lambda" => "Lambda",
        "events" => "EventBridge",
        "scheduler" => "EventBridge Scheduler",
        "eks" => "EKS",
        "sqs" => "SQS",
        "autoscaling" => "Application Auto Scaling",
        "ec2autoscaling" => "EC2 Auto Scaling",
        "elbv2" => "Elastic Load Balancing",
        "sts" => "STS",
        "servicequotas" => "Service Quotas",
        "route53" => return at_home(Global::Route53, region),
        "iam" => return at_home(Global::Iam, region),
        "globalaccelerator" => return at_home(Global::Accelerator, region),
        // These are no region's.
        "http" | "tcp" | "command" | "terraform" => return "the machine Landfall runs on".to_owned(),
        "route53-recovery-cluster" => return "ARC's cluster".to_owned(),
        "dns" => return "who answers for the zone".to_owned(),
        other => match other.strip_prefix("plugin/") {
            Some(name) => return format!("the plug-in {name}"),
            None => other,
        },
    };
    format!("{service} in {region}")
}

fn at_home(service: Global, region: &Region) -> String {
    format!("{} in {}", service.word(), service.home(region))
}

/// What would clear a refusal of the call `api`: by the cloud's code where that says it, by the sort of refusal else.
pub fn clear(api: &str, refusal: &Unanswered) -> String {
    let code = refusal.code.as_deref().unwrap_or_default();
    let is_about_the_clock =
        matches!(code, "RequestTimeTooSkewed" | "SignatureDoesNotMatch" | "InvalidSignatureException")
            || refusal.message.contains("Signature expired");
    if is_about_the_clock {
        return "see that this machine's clock is right and that the secret key is whole, then retry".to_owned();
    }
    match refusal.because {
        Silence::Denied if code.is_empty() => "give Landfall credentials for it, then retry".to_owned(),
        Silence::Denied => format!("let these credentials call {}, then retry", permission(api)),
        Silence::Expired => "renew the credentials: it goes on by itself".to_owned(),
        Silence::Refused | Silence::Error | Silence::Throttled | Silence::NoAnswer if is_absence(code) => {
            "name it in the plan as the account has it, or make it, then retry".to_owned()
        }
        Silence::Refused | Silence::Error => "mend what it names, then retry".to_owned(),
        Silence::Throttled | Silence::NoAnswer => "retry once it answers".to_owned(),
    }
}

/// The permission of a call as policies write it: `rds:DescribeDBInstances`.
fn permission(api: &str) -> String {
    let (service, operation) = api.split_once('.').unwrap_or(("", api));
    let service = match service {
        "elbv2" => "elasticloadbalancing",
        "autoscaling" => "application-autoscaling",
        "ec2autoscaling" => "autoscaling",
        other => other,
    };
    format!("{service}:{operation}")
}

/// Whether the code says that there is no such thing.
fn is_absence(code: &str) -> bool {
    code.starts_with("NoSuch") || code.contains("NotFound")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Region;
    use crate::service::{DnsOperation, DnsQuery, Operation, Place, Query, RdsQuery};

    fn place() -> Place {
        Place { region: Region::new("eu-central-1"), account: None }
    }

    fn refusal(because: Silence, code: &str) -> Unanswered {
        let code = (!code.is_empty()).then(|| code.into());
        Unanswered { because, code, message: "no".into() }
    }

    #[test]
    fn an_api_is_named_where_it_is_at_home() {
        let ask = |query| Ask { place: place(), query };
        assert_eq!(home(&ask(Query::Rds(RdsQuery::DbInstance { id: "a".into() }))), "RDS in eu-central-1");
        assert_eq!(home(&ask(Query::Dns(DnsQuery::DnsChange { id: "a".into() }))), "Route 53 in us-east-1");
        let zone = "Z1".into();
        let change = Act {
            place: place(),
            operation: Operation::Dns(DnsOperation::ChangeRecords { zone, upsert: vec![], delete: vec![] }),
        };
        assert_eq!(home_of_act(&change), "Route 53 in us-east-1");
        for (service, region, home) in [
            (Global::Route53, "us-gov-east-1", "us-gov-west-1"),
            (Global::Route53, "cn-north-1", "cn-northwest-1"),
            (Global::Iam, "cn-northwest-1", "cn-north-1"),
            (Global::Iam, "us-isof-east-1", "us-isof-south-1"),
            (Global::Iam, "eu-isoe-west-1", "eu-isoe-west-1"),
            (Global::Iam, "ap-south-1", "us-east-1"),
            (Global::Accelerator, "us-east-1", "us-west-2"),
            (Global::Accelerator, "eu-west-1", "us-west-2"),
        ] {
            assert_eq!(service.home(&Region::new(region)).as_str(), home);
        }
    }

    #[test]
    fn what_would_clear_a_refusal_names_the_permission_the_name_or_the_clock() {
        let told = |because, code: &str| clear("elbv2.DescribeTargetHealth", &refusal(because, code));
        assert!(told(Silence::Denied, "AccessDenied").contains("elasticloadbalancing:DescribeTargetHealth"));
        assert!(told(Silence::Denied, "RequestTimeTooSkewed").contains("clock"));
        assert!(told(Silence::Denied, "").contains("credentials"));
        assert!(told(Silence::Refused, "NoSuchHostedZone").contains("name it in the plan"));
        assert!(told(Silence::Refused, "InvalidInput").contains("mend"));
    }
}
