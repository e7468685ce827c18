//! What must be so before a member of a global database becomes its primary or leaves it.

use super::pair::Pair;
use crate::plan::{Side, Weight};
use crate::service::observation::{DbCluster, GlobalCluster, GlobalMember};
use crate::service::rds::status::trouble;
use crate::service::work::{Check, Facts, Look};

const CHANGE_PLAN: &str = "name the global database, and its clusters as they are called in their regions";
const WAIT: &str = "wait until it is available, then retry";
const AVAILABLE: &str = "available";

/// What is to be done with the secondary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It becomes the primary once it has everything: both sides must be well.
    Switch,
    /// It becomes the primary with what it has: nothing is asked of the other side.
    FailOver,
    /// It leaves, since the global database does not fail over.
    Leave,
}

/// Everything that is wanted of `pair` before that.
pub(super) fn all(pair: &Pair, how: How, facts: &Facts<'_>) -> Vec<Check> {
    let wanted = format!("{} of {} a secondary of {}", pair.recovery, pair.new.region, pair.global);
    let global = match facts.see(&pair.global()) {
        Look::There(global) => global,
        Look::NotTold(why) => return vec![Check::not_told("aurora-member", why, &wanted).of_identity()],
        Look::Absent => {
            let found = format!("no global database {}", pair.global);
            return vec![Check::that("aurora-member", false, found, &wanted, CHANGE_PLAN).of_identity()];
        }
    };
    let member = pair.member(Side::Recovery, global);
    let mut checks = vec![is_member(pair, member, global, &wanted), role(pair, global)];
    checks.extend(primary(pair, global));
    checks.push(status(global, how));
    checks.push(no_other_move(global, how));
    checks.extend(member.map(|member| synchronization(pair, member, how)));
    match facts.see(&pair.cluster(Side::Recovery)) {
        Look::NotTold(why) => checks.push(Check::not_told("aurora-status", why, AVAILABLE)),
        Look::Absent => checks.push(absent(pair, Side::Recovery)),
        Look::There(cluster) => {
            checks.extend([well(cluster), headless(cluster)]);
            checks.extend(version(cluster, global, how));
        }
    }
    if how == How::Switch {
        checks.push(match facts.see(&pair.cluster(Side::Primary)) {
            Look::NotTold(why) => Check::not_told("aurora-status", why, AVAILABLE),
            Look::Absent => absent(pair, Side::Primary),
            Look::There(cluster) => well(cluster),
        });
    }
    checks
}

/// A look of the primary side that would be in the way of a failover is none of its checks: only the weight of a check is.
fn weighed(check: Check, weight: Weight) -> Check {
    Check { weight, ..check }
}

fn is_member(pair: &Pair, member: Option<&GlobalMember>, global: &GlobalCluster, wanted: &str) -> Check {
    let found = match member {
        Some(member) => format!("{} is a member of {}", member.arn, global.id),
        None => format!("{} of {} is no member of {}", pair.recovery, pair.new.region, global.id),
    };
    Check::that("aurora-member", member.is_some(), found, wanted, CHANGE_PLAN).of_identity()
}

fn role(pair: &Pair, global: &GlobalCluster) -> Check {
    let writes = pair.member(Side::Recovery, global).is_some_and(|member| member.writer);
    let found = format!("{} is {}", pair.recovery, if writes { "the primary" } else { "no primary" });
    Check::that("aurora-role", !writes, found, "a secondary", CHANGE_PLAN).of_identity()
}

/// The cluster that loses the role has to be the one that the plan means.
fn primary(pair: &Pair, global: &GlobalCluster) -> Option<Check> {
    let writer = global.members.iter().find(|member| member.writer);
    let is_it = pair.member(Side::Primary, global).is_some_and(|member| member.writer);
    let is_target = pair.member(Side::Recovery, global).is_some_and(|member| member.writer);
    let found = match writer {
        Some(writer) => format!("{} is the primary", writer.arn),
        None => format!("{} has no primary", global.id),
    };
    let wanted = format!("{} of {} the primary", pair.primary, pair.old.region);
    // That the target is the primary already its role says.
    (!is_target).then(|| Check::that("aurora-primary", is_it, found, &wanted, CHANGE_PLAN).of_identity())
}

/// What becomes of a global database whose region dies is no reason to leave it there.
fn status(global: &GlobalCluster, how: How) -> Check {
    let found = format!("{} is {}", global.id, global.status);
    let check = Check::that("aurora-status", global.status.as_str() == AVAILABLE, found, AVAILABLE, WAIT);
    let weight = if how == How::Switch { Weight::Blocks } else { Weight::Weakens };
    weighed(check, weight)
}

fn no_other_move(global: &GlobalCluster, how: How) -> Check {
    let found = match &global.moving {
        Some(moving) => format!("{} to {}", moving.status, moving.to),
        None => "none".to_owned(),
    };
    let check =
        Check::that("aurora-no-other-move", global.moving.is_none(), found, "no other move", "wait until it has ended");
    // One that sticks is what a secondary leaves for: Aurora may refuse it, and says so.
    let weight = if how == How::Leave { Weight::Weakens } else { Weight::Blocks };
    weighed(check, weight)
}

fn synchronization(pair: &Pair, member: &GlobalMember, how: How) -> Check {
    let (code, wanted) = ("aurora-sync", "connected");
    let Some(told) = &member.synchronization else {
        let check = Check::not_told(code, "Aurora says nothing of it", wanted);
        return weighed(check, if how == How::Switch { Weight::Blocks } else { Weight::Loses });
    };
    let fix = "wait until it has been rebuilt; or declare a failover, which may lose what was not replicated";
    let found = format!("{} is {told}", pair.recovery);
    let check = Check::that(code, told.as_str() == wanted, found, wanted, fix);
    weighed(check, if how == How::Switch { Weight::Blocks } else { Weight::Loses })
}

fn absent(pair: &Pair, side: Side) -> Check {
    let (id, at) = match side {
        Side::Primary => (&pair.primary, &pair.old),
        Side::Recovery => (&pair.recovery, &pair.new),
    };
    Check::that("aurora-status", false, format!("no cluster {id} in {}", at.region), AVAILABLE, CHANGE_PLAN)
}

fn well(cluster: &DbCluster) -> Check {
    let status = cluster.status.as_str();
    let found = format!("{} is {status}", cluster.id);
    Check::that("aurora-status", status == AVAILABLE, found, AVAILABLE, trouble(status).unwrap_or(WAIT))
}

/// A cluster without an instance can be promoted by nobody, or is promoted and serves nobody.
fn headless(cluster: &DbCluster) -> Check {
    let up = cluster.instances.iter().filter(|instance| instance.is_available()).count();
    let found = format!("{up} of {} instances available", cluster.instances.len());
    let fix = "add an instance to it: a cluster without one cannot be promoted, or serves nobody once it is";
    Check::that("aurora-headless", up > 0, found, "1 instance available, or more", fix)
}

/// Aurora moves between clusters of one major and minor version only; the database itself tells its primary's, so that
/// nobody has to ask the old region.
fn version(cluster: &DbCluster, global: &GlobalCluster, how: How) -> Option<Check> {
    let (own, other) = (cluster.engine_version.as_ref()?, global.engine_version.as_ref()?);
    let holds = major_and_minor(own) == major_and_minor(other);
    let found = format!("{} is {own}, {} {other}", cluster.id, global.id);
    let fix = "upgrade the cluster; or set `detach = true`, which takes it out as it is";
    (how != How::Leave).then(|| Check::that("aurora-version", holds, found, "the same major and minor version", fix))
}

/// `15.4` of `15.4`, `3.05` of `8.0.mysql_aurora.3.05.2`.
fn major_and_minor(version: &str) -> Vec<&str> {
    let own = version.rsplit_once("mysql_aurora.").map_or(version, |(_, own)| own);
    own.split('.').take(2).collect()
}
