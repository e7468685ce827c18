//! Where resources are, and which of two regions is the primary.

use super::state::Resource;
use crate::import::Wanted;
use crate::import::draft::Draft;
use crate::import::task::region;
use std::collections::BTreeMap;

/// Services of a whole partition, and what is of two regions: it counts for none.
const GLOBAL: &[&str] = &[
    "aws_route53",
    "aws_iam_",
    "aws_cloudfront_",
    "aws_globalaccelerator_",
    "aws_rds_global_cluster",
    "aws_elasticache_global_",
    "aws_s3_bucket_replication_",
    "aws_organizations_",
];

fn is_global(kind: &str) -> bool {
    GLOBAL.iter().any(|prefix| kind.starts_with(prefix))
}

/// Says of each resource its region: as it tells it, by its ARN, or as others of its provider do.
pub(super) fn told(resources: &mut [Resource<'_>]) {
    for resource in resources.iter_mut().filter(|resource| !is_global(&resource.kind)) {
        resource.region = resource.said("region").or_else(|| region(&resource.arn()?));
    }
    let mut of_provider: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for resource in resources.iter().filter(|resource| !resource.provider.is_empty()) {
        if let Some(region) = &resource.region {
            *of_provider.entry(resource.provider.clone()).or_default().entry(region.clone()).or_default() += 1;
        }
    }
    for resource in resources.iter_mut().filter(|resource| resource.region.is_none() && !is_global(&resource.kind)) {
        let Some(regions) = of_provider.get(&resource.provider) else { continue };
        resource.region = regions.iter().max_by_key(|(_, count)| **count).map(|(region, _)| region.clone());
        resource.is_guessed = resource.region.is_some();
    }
}

/// Says which region is the primary: the one that others replicate from, else the larger one.
pub(super) fn sides(resources: &[Resource<'_>], wanted: &Wanted, draft: &mut Draft) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for region in resources.iter().filter_map(|resource| resource.region.as_deref()) {
        *counts.entry(region).or_default() += 1;
    }
    let mut largest: Vec<(&str, usize)> = counts.into_iter().collect();
    // Equal ones by name, so that one state gives one plan.
    largest.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    match (&wanted.primary, &wanted.recovery) {
        (Some(_), Some(_)) => {}
        (Some(primary), None) => draft.recovery = other(&largest, primary),
        (None, Some(recovery)) => draft.primary = other(&largest, recovery),
        (None, None) => {
            let two: Vec<&str> = largest.iter().take(2).map(|(region, _)| *region).collect();
            let Some(first) = two.first() else { return };
            let is_source = |region: &str| {
                sources(resources).filter(|(from, to)| from == region && two.contains(&to.as_str())).count()
            };
            // Where only the recovery side's state was given, what it replicates from tells the other.
            let elsewhere = sources(resources).map(|(from, _)| from).find(|from| two.len() == 1 && from != first);
            if let Some(primary) = elsewhere {
                (draft.primary, draft.recovery) = (Some(primary), Some((*first).to_owned()));
                return;
            }
            let second = two.get(1).copied();
            let is_turned = second.is_some_and(|second| is_source(second) > is_source(first));
            let (primary, recovery) = match (second, is_turned) {
                (Some(second), true) => (second, Some(*first)),
                (second, _) => (*first, second),
            };
            draft.primary = Some(primary.to_owned());
            draft.recovery = recovery.map(str::to_owned);
            if let Some(recovery) = recovery {
                let why = if is_turned { "others replicate from it" } else { "it has most of the state" };
                let place = resources
                    .iter()
                    .find(|resource| resource.region.is_some())
                    .map_or_else(Default::default, Resource::place);
                draft.tells(
                    "import-sides",
                    None,
                    place,
                    format!("{primary} is taken as the primary, since {why}, and {recovery} as the recovery region"),
                );
            }
        }
    }
}

fn other(largest: &[(&str, usize)], than: &str) -> Option<String> {
    largest.iter().find(|(region, _)| *region != than).map(|(region, _)| (*region).to_owned())
}

/// From which region to which something replicates.
fn sources<'a>(resources: &'a [Resource<'_>]) -> impl Iterator<Item = (String, String)> + 'a {
    resources.iter().flat_map(|resource| {
        let own = resource.region.clone().unwrap_or_default();
        let to = |key: &str, name: &str| -> Vec<String> {
            resource.blocks(key).iter().filter_map(|block| block.said(name)).collect()
        };
        let from = |key: &str| resource.said(key).and_then(|arn| region(&arn)).into_iter();
        match resource.kind.as_str() {
            "aws_db_instance" => from("replicate_source_db").map(|from| (from, own.clone())).collect(),
            "aws_kms_replica_key" => from("primary_key_arn").map(|from| (from, own.clone())).collect(),
            "aws_dynamodb_table" => to("replica", "region_name").into_iter().map(|to| (own.clone(), to)).collect(),
            "aws_secretsmanager_secret" => to("replica", "region").into_iter().map(|to| (own.clone(), to)).collect(),
            _ => Vec::new(),
        }
    })
}
