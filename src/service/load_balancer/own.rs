//! The targets of whoever registers its own with a target group: those of others in the same group are not counted.

use crate::service::arn::Thing;
use crate::service::observation::{Target, TargetGroup};
use crate::service::work::Verdict;

/// What helps where there is no such group.
pub(in crate::service) const FIX_NAME: &str =
    "make it in the recovery region beforehand, or name the target group as it is called there";

/// Whether one of `arns` is the group that a plan calls `given`, and the one that was seen.
pub(in crate::service) fn is_among<'a>(
    given: &str,
    group: &TargetGroup,
    mut arns: impl Iterator<Item = &'a str>,
) -> bool {
    let its = |arn: &str| Thing::TargetGroup.is(given, arn) && (group.arn.is_empty() || group.arn.as_str() == arn);
    arns.any(its)
}

/// With which groups `whose` targets are registered instead.
pub(in crate::service) fn registered_with<'a>(whose: &str, arns: impl Iterator<Item = &'a str>) -> String {
    let groups: Vec<&str> = arns.map(|arn| Thing::TargetGroup.name(arn)).collect();
    match groups.as_slice() {
        [] => format!("{whose} is registered with no target group"),
        groups => format!("{whose} is registered with {}", groups.join(", ")),
    }
}

/// `wanted` of its own healthy, in words; or what there is instead.
pub(in crate::service) fn healthy(
    group: &TargetGroup,
    is_own: impl Fn(&Target) -> bool,
    wanted: u64,
) -> Result<String, Verdict> {
    let (own, others): (Vec<&Target>, Vec<&Target>) = group.targets.iter().partition(|target| is_own(target));
    // Those that leave may have been its own.
    let others = others.into_iter().filter(|target| target.state.as_str() != "draining").count();
    let healthy = own.iter().filter(|target| target.state.as_str() == "healthy").count() as u64;
    let mut words = format!("{healthy} of {} targets healthy", own.len());
    if others > 0 {
        words += &format!(", {others} more are not its own");
    }
    if healthy >= wanted {
        return Ok(words);
    }
    words += &format!(", {wanted} wanted");
    if let Some(sick) = own.iter().find(|target| target.state.as_str() != "healthy") {
        words += &format!("; {} {}", sick.id, sick.state);
        words += &sick.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
    }
    Err(Verdict::moving(words))
}
