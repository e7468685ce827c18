//! How long it takes until something is made, as far as it is known: what takes minutes by itself. What is made of a copy takes as
//! long as its data is large, and nobody knows that beforehand.

use crate::terraform::generate::Written;
use std::collections::BTreeMap;

/// About how many minutes one takes, of what takes minutes: rules of thumb for what is made new and empty, not promised by anybody.
const MINUTES: &[(&str, u64)] = &[
    ("aws_db_instance", 10),
    ("aws_elasticache_replication_group", 10),
    ("aws_lb", 3),
    ("aws_nat_gateway", 2),
    ("aws_rds_cluster", 2),
    ("aws_rds_cluster_instance", 10),
    ("aws_vpc_endpoint", 1),
];

/// What of a class is known of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takes {
    /// The class.
    pub class: &'static str,
    /// How many are made.
    pub count: usize,
    /// About how many minutes one takes.
    pub minutes: u64,
    /// How many are made of a copy, and take longer by its size.
    pub from_copy: usize,
}

/// What takes minutes of `blocks`, the longest first.
pub fn takes(blocks: &[Written]) -> Vec<Takes> {
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for one in blocks {
        let body = &one.block.body;
        let is_copy = ["snapshot_identifier", "snapshot_arns", "restore_source_table_arn"]
            .iter()
            .any(|argument| body.value(argument).is_some())
            || body.nested().iter().any(|block| block.keyword == "restore_to_point_in_time");
        let count = counts.entry(&one.address.class).or_default();
        count[0] += 1;
        count[1] += usize::from(is_copy);
    }
    let known = MINUTES.iter().filter_map(|(class, minutes)| {
        let [count, from_copy] = *counts.get(class)?;
        Some(Takes { class, count, minutes: *minutes, from_copy })
    });
    let mut all: Vec<Takes> = known.collect();
    all.sort_by_key(|one| (std::cmp::Reverse(one.minutes), one.class));
    all
}
