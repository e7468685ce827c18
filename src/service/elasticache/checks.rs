//! What must be so before a member of a global datastore becomes its primary or leaves it, and what a status means.

use super::pair::Pair;
use super::words::{GlobalDatastore, Member, ReplicationGroup};
use crate::plan::Weight;
use crate::service::work::{Check, Facts, Look};

/// What would help a datastore or a group in a status that it does not leave by itself; `None` for every other status, the
/// unknown ones included.
pub(super) fn trouble(status: &str) -> Option<&'static str> {
    match status {
        "create-failed" => Some("ElastiCache could not make it: make it anew, or use another group"),
        "deleting" | "deleted" => Some("it is being deleted: name another group in the plan"),
        _ => None,
    }
}

/// The check of the datastore's own status.
pub(super) const STATUS: &str = "elasticache-status";
const CHANGE_PLAN: &str = "name the datastore, and its groups as they are called in their regions";

/// Everything that is wanted of `pair` before it is changed.
pub(super) fn all(pair: &Pair, facts: &Facts<'_>) -> Vec<Check> {
    let wanted = format!("{} of {} a secondary of {}", pair.recovery, pair.new.region, pair.datastore);
    let datastore = match pair.look(facts) {
        Look::There(datastore) => datastore,
        Look::NotTold(why) => return vec![Check::not_told("elasticache-member", why, &wanted).of_identity()],
        Look::Absent => {
            let found = format!("no datastore {} in {}", pair.datastore, pair.new.region);
            return vec![Check::that("elasticache-member", false, found, &wanted, CHANGE_PLAN).of_identity()];
        }
    };
    let mut checks = vec![member(pair, datastore, &wanted), primary(pair, datastore)];
    checks.push(status(datastore));
    checks.extend(group(pair, facts));
    checks
}

fn member(pair: &Pair, datastore: &GlobalDatastore, wanted: &str) -> Check {
    let found = match pair.member(datastore) {
        Some(member) => format!("{} is {} of {}", member.group, member.role, datastore.id),
        None => format!("{} is no member of {}", pair.recovery, datastore.id),
    };
    let holds = pair.member(datastore).is_some_and(|member| !member.is_primary());
    Check::that("elasticache-member", holds, found, wanted, CHANGE_PLAN).of_identity()
}

/// The group that loses the role has to be the one that the plan means.
fn primary(pair: &Pair, datastore: &GlobalDatastore) -> Check {
    let is_it = |member: &&Member| {
        member.group.eq_ignore_ascii_case(&pair.primary) && member.region.as_str() == pair.old.region.as_str()
    };
    let primary = datastore.members.iter().find(|member| member.is_primary());
    let found = match primary {
        Some(member) => format!("{} of {} is the primary", member.group, member.region),
        None => format!("{} has no primary", datastore.id),
    };
    let wanted = format!("{} of {} the primary", pair.primary, pair.old.region);
    let holds = primary.as_ref().is_some_and(is_it);
    Check::that("elasticache-primary", holds, found, &wanted, CHANGE_PLAN).of_identity()
}

fn status(datastore: &GlobalDatastore) -> Check {
    let status = datastore.status.as_str();
    let fix = match status {
        "primary-only" => "it has no secondary that could be written to: add the group to it, or name another",
        other => trouble(other).unwrap_or("wait until it is available, then retry"),
    };
    Check::that(STATUS, status == "available", status, "the datastore available", fix)
}

fn group(pair: &Pair, facts: &Facts<'_>) -> Vec<Check> {
    let wanted = "the group available";
    match pair.look_group(facts) {
        Look::NotTold(why) => vec![Check::not_told("elasticache-group", why, wanted)],
        Look::Absent => {
            let found = format!("no group {} in {}", pair.recovery, pair.new.region);
            vec![Check::that("elasticache-group", false, found, wanted, CHANGE_PLAN)]
        }
        Look::There(group) => {
            let status = group.status.as_str();
            let fix = trouble(status).unwrap_or("wait until it is available, then retry");
            vec![Check::that("elasticache-group", status == "available", status, wanted, fix), nodes(group)]
        }
    }
}

/// Automatic failover within the region wants a replica; a global failover does not.
fn nodes(group: &ReplicationGroup) -> Check {
    let found = format!("{} nodes a shard", group.nodes);
    let fix = "add a replica to every shard, or one lost node is the whole cache";
    let check = Check::that("elasticache-nodes", group.nodes >= 2, found, "2 nodes a shard, or more", fix);
    Check { weight: Weight::Weakens, ..check }
}
