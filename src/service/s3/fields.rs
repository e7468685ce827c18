//! What a plan says of a replicated bucket, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::cloudwatch::BucketPair;
use crate::service::resolve::has_reference;

fields! {
    /// What a plan says of a replicated bucket.
    pub(crate) struct Said {
        required primary: Text, "the bucket of the primary region, by its name";
        required recovery: Text, "the bucket of the recovery region that the other is replicated to, by its name";
        optional rule: Text, "the replication rule's ID; all rules between the two when it is left out, the worst of them counts";
        optional max_pending: Count = 0, "how many changes may still wait to be replicated when a switchover goes over to it; 0 by default";
    }
}

impl Said {
    /// The two buckets, as metrics name them.
    pub(super) fn pair(&self) -> BucketPair {
        BucketPair {
            source: self.primary.as_str().into(),
            destination: self.recovery.as_str().into(),
            rule: self.rule.as_deref().map(Into::into),
        }
    }
}

/// Whether it can be a bucket's name: 3 to 63 lower-case letters, digits, hyphens and dots.
pub fn is_a_bucket(name: &str) -> bool {
    let is_of_a_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    (3..=63).contains(&name.len()) && name.bytes().all(is_of_a_name)
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let help = "the bucket's name alone: no ARN, no URL";
    let mut problems = Vec::new();
    for (field, name) in [("primary", &said.primary), ("recovery", &said.recovery)] {
        if !is_a_bucket(name) && !has_reference(name) {
            problems.push(Problem::at(field, format!("`{name}` is no bucket's name"), help));
        }
    }
    if said.primary == said.recovery {
        problems.push(Problem::at("recovery", "both sides name one bucket", "a bucket is of one region"));
    }
    problems
}
