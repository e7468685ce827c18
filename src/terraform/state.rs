//! What a state of Terraform's declares: its instances, each with what it says of itself. Nothing secret is among it.

use crate::snapshot::Snapshot;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One instance of a resource that Terraform manages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// `module.shop["eu"].aws_db_instance.orders[0]`.
    pub address: String,
    /// `aws_db_instance`.
    pub class: String,
    /// Which configuration of which provider made it, with its alias; empty where that is not told.
    pub provider: String,
    /// What it says, without what is secret.
    pub attributes: Map<String, Value>,
    /// The attributes that were left out, for they are secret.
    pub hidden: BTreeSet<String>,
    /// Whether the next apply replaces it, whatever runs.
    pub is_tainted: bool,
}

impl Instance {
    /// A text that it says.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Its ARN, by whichever attribute has it.
    pub fn arn(&self) -> Option<&str> {
        ["arn", "id"].iter().find_map(|name| self.text(name).filter(|text| text.starts_with("arn:")))
    }

    /// The region that it says to be in; none where it says none, or is of all.
    fn region(&self) -> Option<&str> {
        let part = |place: usize| self.arn().and_then(|arn| arn.split(':').nth(place)).filter(|part| !part.is_empty());
        part(3).or_else(|| self.text("region"))
    }

    fn account(&self) -> Option<&str> {
        let account = self.arn()?.split(':').nth(4)?;
        (account.len() == 12).then_some(account)
    }
}

/// The instances that are where `snapshot` was taken, and how many are of another region or account. What does not tell where
/// it is, is where what its provider's configuration made besides is.
pub fn here<'a>(snapshot: &Snapshot, instances: &'a [Instance]) -> (Vec<&'a Instance>, usize) {
    let account = Some(snapshot.account.as_str()).filter(|account| !account.is_empty());
    within(&snapshot.region, account, instances)
}

/// The same of a region, and of an account where one is said.
pub fn within<'a>(region: &str, account: Option<&str>, instances: &'a [Instance]) -> (Vec<&'a Instance>, usize) {
    let (here, number) = (region, account);
    let mut regions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in instances.iter().filter(|one| !one.provider.is_empty()) {
        // Buckets and what is of all regions say nothing of their provider.
        if let Some(region) = one.region().filter(|_| !one.class.starts_with("aws_s3_")) {
            regions.entry(&one.provider).or_default().insert(region);
        }
    }
    let of_provider = |one: &Instance| -> Option<&str> {
        let known = regions.get(one.provider.as_str())?;
        known.first().copied().filter(|_| known.len() == 1)
    };
    let is_here = |one: &&Instance| {
        // What is of all regions is anywhere, whichever provider made it.
        let is_global = one.arn().is_some_and(|arn| arn.split(':').nth(3) == Some("")) || is_global(&one.class);
        let region = one.region().or_else(|| of_provider(one)).filter(|_| !is_global);
        let account = one.account().filter(|_| number.is_some());
        region.is_none_or(|region| region == here) && account.is_none_or(|account| Some(account) == number)
    };
    let found: Vec<&Instance> = instances.iter().filter(is_here).collect();
    let elsewhere = instances.len() - found.len();
    (found, elsewhere)
}

/// Classes of what is of all regions.
pub(super) fn is_global(class: &str) -> bool {
    ["aws_iam_", "aws_route53_", "aws_s3_"].iter().any(|beginning| class.starts_with(beginning))
}
