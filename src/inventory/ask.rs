//! What is asked of a cloud to capture an application: operations that read, each with how its answers come in pages and
//! how many things one call tells of. Knows no wire.

use serde_json::Value;

/// The services that are read, by their own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Api {
    Acm,
    AutoScaling,
    CloudWatch,
    DynamoDb,
    Ec2,
    Ecr,
    Ecs,
    ElastiCache,
    Elb,
    Iam,
    Kms,
    Lambda,
    Logs,
    Rds,
    Route53,
    S3,
    Scaling,
    Secrets,
    Sns,
    Sqs,
    Ssm,
    Sts,
    Tagging,
}

impl Api {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Acm,
        Self::AutoScaling,
        Self::CloudWatch,
        Self::DynamoDb,
        Self::Ec2,
        Self::Ecr,
        Self::Ecs,
        Self::ElastiCache,
        Self::Elb,
        Self::Iam,
        Self::Kms,
        Self::Lambda,
        Self::Logs,
        Self::Rds,
        Self::Route53,
        Self::S3,
        Self::Scaling,
        Self::Secrets,
        Self::Sns,
        Self::Sqs,
        Self::Ssm,
        Self::Sts,
        Self::Tagging,
    ];

    /// What IAM calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acm => "acm",
            Self::AutoScaling => "autoscaling",
            Self::CloudWatch => "cloudwatch",
            Self::DynamoDb => "dynamodb",
            Self::Ec2 => "ec2",
            Self::Ecr => "ecr",
            Self::Ecs => "ecs",
            Self::ElastiCache => "elasticache",
            Self::Elb => "elasticloadbalancing",
            Self::Iam => "iam",
            Self::Kms => "kms",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::Rds => "rds",
            Self::Route53 => "route53",
            Self::S3 => "s3",
            Self::Scaling => "application-autoscaling",
            Self::Secrets => "secretsmanager",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::Sts => "sts",
            Self::Tagging => "tag",
        }
    }
}

/// An operation that reads.
#[derive(Debug)]
pub struct Operation {
    /// Whose it is.
    pub api: Api,
    /// Its name.
    pub name: &'static str,
    /// By what it is asked, where that is not all of it: two of one name are kept apart by this.
    pub by: &'static str,
    /// Where in an answer its list is; empty where the answer is one thing.
    pub list: &'static str,
    /// What the next page is asked by, and what of an answer says so.
    pub pages: &'static [(&'static str, &'static str)],
    /// How many things one call tells of, for what is asked by ids.
    pub many: Option<Many>,
    /// The codes of errors that mean "there is none".
    pub absent: &'static [&'static str],
    /// What IAM calls the permission, where that is not the operation's name.
    pub permission: Option<&'static str>,
}

/// How several things are asked for by one call.
#[derive(Debug)]
pub struct Many {
    /// The most ids of one call.
    pub most: usize,
    /// The request for these, all of one group.
    pub ask: fn(&[&str]) -> Value,
    /// By which id one of the list was asked for.
    pub id: fn(&Value) -> Option<String>,
    /// What ids of one call have in common.
    pub group: fn(&str) -> &str,
}

impl Operation {
    /// One whose answer is one thing.
    pub const fn one(api: Api, name: &'static str) -> Self {
        Self { api, name, by: "", list: "", pages: &[], many: None, absent: &[], permission: None }
    }
    /// One whose answer is a list.
    pub const fn list(api: Api, name: &'static str, list: &'static str) -> Self {
        Self { list, ..Self::one(api, name) }
    }
    /// In pages.
    pub const fn paged(self, pages: &'static [(&'static str, &'static str)]) -> Self {
        Self { pages, ..self }
    }
    /// Where these codes mean that there is none.
    pub const fn absent(self, absent: &'static [&'static str]) -> Self {
        Self { absent, ..self }
    }
    /// Allowed by this permission.
    pub const fn allowed_by(self, permission: &'static str) -> Self {
        Self { permission: Some(permission), ..self }
    }
    /// Asked by this.
    pub const fn by(self, by: &'static str) -> Self {
        Self { by, ..self }
    }
    /// Asked for several at once.
    pub const fn many(self, most: usize, ask: fn(&[&str]) -> Value, id: fn(&Value) -> Option<String>) -> Self {
        Self { many: Some(Many { most, ask, id, group: |_| "" }), ..self }
    }
    /// Asked for several at once that have this in common.
    pub const fn many_of(
        self,
        most: usize,
        group: fn(&str) -> &str,
        ask: fn(&[&str]) -> Value,
        id: fn(&Value) -> Option<String>,
    ) -> Self {
        Self { many: Some(Many { most, ask, id, group }), ..self }
    }
    /// What tells it from every other.
    pub fn key(&self) -> (Api, &'static str, &'static str) {
        (self.api, self.name, self.by)
    }
}

/// One call.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is called.
    pub operation: &'static Operation,
    /// With what.
    pub request: Value,
    /// Whether it is asked in the region that has what is of all regions.
    pub at_home: bool,
}

impl Ask {
    /// What tells it from every other.
    pub fn key(&self) -> Key {
        (self.operation.key(), self.at_home, self.request.to_string())
    }
}

/// What tells a call from every other.
pub type Key = ((Api, &'static str, &'static str), bool, String);

/// Why something was not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// There is none.
    Absent,
    /// The cloud said no, or did not answer: its code, or what there is to say. Never a value.
    Told(String),
}

/// What a call comes to: the list, over all pages, or the one thing.
pub type Answer = Result<Value, Unread>;
