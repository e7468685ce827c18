//! What an ARN, an address or a name in a text refers to.

use crate::snapshot::Reference;

/// Where a capture looks: what is of another account or region is outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account's number; empty while it is not known.
    pub account: String,
}

impl Here {
    /// In `region`, of an account that is not known yet.
    pub fn of(region: &str) -> Self {
        let partition = match region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            region if region.starts_with("us-iso-") => "aws-iso",
            region if region.starts_with("us-isob-") => "aws-iso-b",
            region if region.starts_with("us-isof-") => "aws-iso-f",
            region if region.starts_with("eu-isoe-") => "aws-iso-e",
            region if region.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        };
        Self { partition: partition.to_owned(), region: region.to_owned(), account: String::new() }
    }

    /// Where its partition has what is of all regions.
    pub fn home(&self) -> &'static str {
        match self.partition.as_str() {
            "aws-cn" => "cn-north-1",
            "aws-us-gov" => "us-gov-west-1",
            "aws-iso" => "us-iso-east-1",
            "aws-iso-b" => "us-isob-east-1",
            "aws-iso-f" => "us-isof-south-1",
            "aws-iso-e" => "eu-isoe-west-1",
            "aws-eusc" => "eusc-de-east-1",
            _ => "us-east-1",
        }
    }
}

/// What a text refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Something that can be read here.
    Here(Reference),
    /// A part of something that is read with it.
    Part,
    /// Something that is not captured, and why.
    Outside(String, &'static str),
}

/// Why something is outside.
pub const ANOTHER_REGION: &str = "it is of another region";
/// Likewise.
pub const ANOTHER_ACCOUNT: &str = "it is of another account";
/// Likewise.
pub const AWS_OWN: &str = "it is AWS's own";
/// Likewise.
pub const NOT_READ: &str = "nothing of its kind is read";

/// What the ARN `arn` refers to; `None` for what is none, and for one that stands for many.
pub fn target(arn: &str, here: &Here) -> Option<Target> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, _, service, region, account, rest] = parts.as_slice() else { return None };
    if *scheme != "arn" || rest.is_empty() {
        return None;
    }
    let outside = |why| Some(Target::Outside(arn.to_owned(), why));
    if *account == "aws" || (*service == "iam" && rest.starts_with("role/aws-service-role/")) {
        return outside(AWS_OWN);
    }
    if !account.is_empty() && !here.account.is_empty() && *account != here.account {
        return outside(ANOTHER_ACCOUNT);
    }
    if !region.is_empty() && *region != here.region {
        return outside(ANOTHER_REGION);
    }
    match named(service, rest, arn) {
        Named::One(kind, id) if id.contains('*') || id.contains("${") || id.is_empty() || kind.is_empty() => None,
        Named::One(kind, id) => Some(Target::Here(Reference::new(kind, id))),
        Named::Part => Some(Target::Part),
        Named::None if rest.contains('*') => None,
        Named::None => outside(NOT_READ),
    }
}

enum Named<'a> {
    One(&'static str, &'a str),
    Part,
    None,
}

fn named<'a>(service: &str, rest: &'a str, arn: &'a str) -> Named<'a> {
    use Named::{None, One, Part};
    let behind = |prefix: &str| rest.strip_prefix(prefix);
    let (kind, id) = rest.split_once(['/', ':']).unwrap_or((rest, ""));
    let last = rest.rsplit('/').next().unwrap_or(rest);
    match (service, kind) {
        ("ec2", "vpc") => One("vpc", id),
        ("ec2", "subnet") => One("subnet", id),
        ("ec2", "internet-gateway") => One("internet-gateway", id),
        ("ec2", "natgateway") => One("nat-gateway", id),
        ("ec2", "elastic-ip") => One("eip", id),
        ("ec2", "route-table") => One("route-table", id),
        ("ec2", "security-group") => One("security-group", id),
        ("ec2", "vpc-endpoint") => One("vpc-endpoint", id),
        ("ec2", "network-acl") => One("network-acl", id),
        ("ec2", "dhcp-options") => One("dhcp-options", id),
        ("ec2", "egress-only-internet-gateway") => One("egress-only-gateway", id),
        ("ec2", "launch-template") => One("launch-template", id),
        ("ec2", "security-group-rule") => Part,
        ("iam", "role") => One("iam-role", last),
        ("iam", "policy") => One("iam-policy", arn),
        ("iam", "instance-profile") => One("instance-profile", last),
        ("kms", "key") => One("kms-key", id),
        ("kms", "alias") => One("kms-key", rest),
        ("rds", "db") => One("db-instance", id),
        ("rds", "cluster") => One("aurora-cluster", id),
        ("rds", "subgrp") => One("db-subnet-group", id),
        ("rds", "pg") => One("db-parameter-group", id),
        ("rds", "cluster-pg") => One("cluster-parameter-group", id),
        ("rds", "og") => One("option-group", id),
        ("rds", "global-cluster") => One("global-cluster", id),
        ("elasticache", "replicationgroup") => One("replication-group", id),
        ("elasticache", "globalreplicationgroup") => One("global-datastore", id),
        ("elasticache", "cluster") => Part,
        ("elasticache", "subnetgroup") => One("cache-subnet-group", id),
        ("elasticache", "parametergroup") => One("cache-parameter-group", id),
        ("ecs", "cluster") => One("ecs-cluster", id),
        ("ecs", "service") if id.contains('/') => One("ecs-service", id),
        ("ecs", "capacity-provider") => One("capacity-provider", id),
        ("ecs", "task-definition") => One("task-definition", id),
        ("ecs", "task") => Part,
        ("ecr", "repository") => One("repository", id),
        ("logs", "log-group") => One("log-group", id.split(':').next().unwrap_or(id)),
        ("secretsmanager", "secret") => One("secret", secret(arn)),
        ("ssm", "parameter") => One("parameter", parameter(rest)),
        ("s3", _) => One("bucket", rest.split('/').next().unwrap_or(rest)),
        ("sqs", _) => One("queue", rest),
        ("sns", _) if rest.contains(':') => Part,
        ("sns", _) => One("topic", arn),
        ("acm", "certificate") => One("certificate", arn),
        ("elasticloadbalancing", "loadbalancer")
            if !id.starts_with("app/") && !id.starts_with("net/") && !id.starts_with("gwy/") =>
        {
            None
        }
        ("elasticloadbalancing", "loadbalancer") => One("load-balancer", arn),
        ("elasticloadbalancing", "targetgroup") => One("target-group", arn),
        ("elasticloadbalancing", "listener") => One("listener", arn),
        ("elasticloadbalancing", "listener-rule") => Part,
        ("autoscaling", "autoScalingGroup") => {
            rest.split_once("autoScalingGroupName/").map_or(None, |(_, name)| One("autoscaling-group", name))
        }
        ("application-autoscaling", "scalable-target") => Part,
        ("lambda", "function") => {
            One("function", behind("function:").and_then(|name| name.split(':').next()).unwrap_or(id))
        }
        ("lambda", "event-source-mapping") => Part,
        ("dynamodb", "table") => One("table", id.split('/').next().unwrap_or(id)),
        ("cloudwatch", "alarm") => One("alarm", behind("alarm:").unwrap_or(id)),
        ("route53", "hostedzone") => One("zone", id),
        ("route53", "healthcheck") => One("health-check", id),
        _ => None,
    }
}

/// A secret's ARN without what a container adds behind it: the key within it, its stage, its version.
fn secret(arn: &str) -> &str {
    let end = arn.match_indices(':').nth(6).map_or(arn.len(), |(at, _)| at);
    &arn[..end]
}

/// A parameter's name: with its slash where it is a path, and without where it is not.
fn parameter(rest: &str) -> &str {
    let path = rest.strip_prefix("parameter").unwrap_or(rest);
    match path.strip_prefix('/') {
        Some(plain) if !plain.contains('/') => plain,
        _ => path,
    }
}

/// Everything that `text` refers to: ARNs, and addresses of databases, caches, queues, buckets and images in it.
pub fn mentions(text: &str, here: &Here) -> Vec<Target> {
    let mut found: Vec<Target> = arns(text).filter_map(|arn| target(arn, here)).collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    for word in text.split(|c: char| !is_part(c)) {
        found.extend(address(word, here));
    }
    found
}

/// The ARNs within `text`.
fn arns(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./:+=,@*${}".contains(c);
    text.match_indices("arn:aws").map(move |(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        // What ends a sentence or a list is no part of it.
        rest[..end].trim_end_matches([',', '.', ':'])
    })
}

/// What an address is of.
fn address(word: &str, here: &Here) -> Option<Target> {
    let bare = word.rsplit("//").next().unwrap_or(word);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let host = host.split(':').next().unwrap_or(host);
    let one = |kind, id: &str| (!id.is_empty()).then(|| Target::Here(Reference::new(kind, id)));
    if word.starts_with("s3://") {
        return one("bucket", host);
    }
    let name = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"));
    let labels: Vec<&str> = name?.split('.').collect();
    let outside = |why| Some(Target::Outside(bare.split('@').next().unwrap_or(bare).to_owned(), why));
    let of = |region: &str, then: Option<Target>| if region == here.region { then } else { outside(ANOTHER_REGION) };
    match labels.as_slice() {
        [id, hash, region, "rds"] if hash.starts_with("cluster-") => of(region, one("aurora-cluster", id)),
        [id, hash, region, "rds"] if !hash.starts_with("proxy-") => of(region, one("db-instance", id)),
        ["master" | "replica" | "clustercfg", id, _, _, "cache"] => one("replication-group", id),
        [id, _, "ng", _, _, "cache"] => one("replication-group", id),
        ["sqs", region] => {
            let (account, queue) = path.split_once('/')?;
            let is_other = !here.account.is_empty() && account != here.account;
            if is_other { outside(ANOTHER_ACCOUNT) } else { of(region, one("queue", queue)) }
        }
        [account, "dkr", "ecr", region] => {
            let repository = path.split([':', '@']).next().unwrap_or(path);
            let is_other = !here.account.is_empty() && *account != here.account;
            if is_other { outside(ANOTHER_ACCOUNT) } else { of(region, one("repository", repository)) }
        }
        ["s3" | "s3-accelerate"] | ["s3", _] => one("bucket", path.split('/').next().unwrap_or(path)),
        [bucket @ .., "s3"] | [bucket @ .., "s3", _] if !bucket.is_empty() => one("bucket", &bucket.join(".")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Here {
        Here { account: "123456789012".to_owned(), ..Here::of("us-east-1") }
    }

    fn told(text: &str) -> Vec<String> {
        mentions(text, &here())
            .into_iter()
            .map(|target| match target {
                Target::Here(reference) => reference.to_string(),
                Target::Part => "part".to_owned(),
                Target::Outside(what, why) => format!("{what}: {why}"),
            })
            .collect()
    }

    #[test]
    fn an_arn_is_what_it_names_here_or_outside() {
        for (text, wanted) in [
            ("arn:aws:iam::123456789012:role/path/app", "iam-role/app"),
            ("arn:aws:sqs:us-east-1:123456789012:jobs", "queue/jobs"),
            ("\"arn:aws:s3:::app-assets/*\"", "bucket/app-assets"),
            (
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf:password::",
                "secret/arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf",
            ),
            ("arn:aws:ssm:us-east-1:123456789012:parameter/app/mode", "parameter//app/mode"),
            ("arn:aws:ssm:us-east-1:123456789012:parameter/mode", "parameter/mode"),
            ("arn:aws:logs:us-east-1:123456789012:log-group:/ecs/app:*", "log-group//ecs/app"),
            (
                "arn:aws:sqs:us-west-2:123456789012:jobs",
                "arn:aws:sqs:us-west-2:123456789012:jobs: it is of another region",
            ),
            (
                "arn:aws:sqs:us-east-1:999999999999:jobs",
                "arn:aws:sqs:us-east-1:999999999999:jobs: it is of another account",
            ),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess: it is AWS's own"),
            (
                "arn:aws:eks:us-east-1:123456789012:cluster/x",
                "arn:aws:eks:us-east-1:123456789012:cluster/x: nothing of its kind is read",
            ),
            ("arn:aws:lambda:us-east-1:123456789012:function:work:live", "function/work"),
        ] {
            assert_eq!(told(text), [wanted], "{text}");
        }
        // What stands for many names none.
        for text in
            ["arn:aws:sqs:us-east-1:123456789012:*", "arn:aws:s3:::*", "arn:aws:s3:::${aws:username}", "arn:aws", ""]
        {
            assert!(told(text).is_empty(), "{text}: {:?}", told(text));
        }
    }

    #[test]
    fn an_address_in_a_text_is_what_it_is_of() {
        for (text, wanted) in [
            ("postgres://a:b@app-db.abc123.us-east-1.rds.amazonaws.com:5432/app", "db-instance/app-db"),
            ("app.cluster-ro-abc.us-east-1.rds.amazonaws.com", "aurora-cluster/app"),
            ("rediss://master.app-cache.abc.use1.cache.amazonaws.com:6379", "replication-group/app-cache"),
            ("https://sqs.us-east-1.amazonaws.com/123456789012/jobs", "queue/jobs"),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:v1", "repository/shop/api"),
            ("s3://app-assets/x", "bucket/app-assets"),
            ("https://app-assets.s3.us-east-1.amazonaws.com/x", "bucket/app-assets"),
        ] {
            assert_eq!(told(text), [wanted], "{text}");
        }
        assert_eq!(
            told("999.dkr.ecr.eu-west-1.amazonaws.com/x:v1"),
            ["999.dkr.ecr.eu-west-1.amazonaws.com/x:v1: it is of another account"]
        );
        assert!(told("example.com and app-db and https://console.aws.amazon.com/x").is_empty());
    }
}
