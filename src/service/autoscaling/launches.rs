//! Whether the instances that a group is meant to have come, and why they do not, in Auto Scaling's own words. A desired
//! capacity is taken at once, whatever becomes of it: where no launch succeeds, only the activities tell.

use super::group::{Before, Group};
use super::words::{AutoScalingGroup, ScalingActivity};
use crate::service::work::{Asked, Facts, Verdict};

/// What words of an activity mean ("Troubleshoot Amazon EC2 Auto Scaling: EC2 instance launch failures" and "AMI issues",
/// Amazon EC2 Auto Scaling User Guide). The first that is in them counts.
const MEANINGS: &[(&str, &str)] = &[
    (
        "sufficient",
        "the region is short of it now: give the group other instance types or zones (a mixed instances policy), or a capacity reservation; a retry waits while it is tried again",
    ),
    (
        "limit",
        "ask for a higher quota in that region (Service Quotas), stop what is not needed there, or lower `desired`; then retry",
    ),
    ("quota", "ask for a higher quota in that region (Service Quotas); then retry"),
    ("image id", "see that its launch template names an image of that region; then retry"),
    ("AMI", "see that its launch template names an image of that region; then retry"),
    ("KMS", "see that the key of its volumes is enabled in that region and that Auto Scaling may use it; then retry"),
    ("security group", "see that its launch template names security groups of that region; then retry"),
    ("key pair", "see that its launch template names a key pair of that region; then retry"),
    ("not authorized", "see what its service-linked role and the launch template's profile may; then retry"),
    ("subnet", "see that its subnets are there and have free addresses; then retry"),
];

const HELP: &str = "look at the group's activity history and its launch template; mend them and retry, or roll back";

/// What help there is for an activity that says this.
fn help(words: &str) -> &'static str {
    MEANINGS.iter().find(|(part, _)| words.contains(part)).map_or(HELP, |(_, help)| help)
}

/// Why `wanted` units of capacity do not serve yet; `None` when they do. What failed before anything was asked is started
/// over by asking.
pub(super) fn short_of(wanted: u64, of: &Group, group: &AutoScalingGroup, facts: &Facts<'_>) -> Option<Verdict> {
    let serves = group.capacity();
    if serves >= wanted {
        return None;
    }
    let mut note = format!("{serves} of {wanted} in service");
    if let Some(other) = group.instances.iter().find(|instance| !instance.serves()) {
        note += &format!("; {} {} {}", other.id, other.state, other.health);
    }
    let coming: u64 = group.instances.iter().filter(|one| is_coming(&one.state)).map(|one| one.weight).sum();
    // While as many as are wanted are still on their way, one that failed was made up for.
    let is_over = *facts.asked != Asked::No && serves + coming < wanted;
    if group.is_suspended("Launch") && is_over {
        return Some(Verdict::bad(format!("its process Launch is suspended; {note}"), RESUME));
    }
    let Some(failed) = failed_last(of, facts) else {
        let parked = group.parked();
        let since = facts.asked.since().unwrap_or(facts.started_at);
        let is_left = facts.now.duration_since(since).as_secs_f64() >= PARKED_SECONDS;
        return Some(if parked > 0 && serves + coming < wanted && is_left {
            Verdict::bad(format!("{parked} in standby, and none comes in their place; {note}"), BRING_BACK)
        } else {
            Verdict::moving(note)
        });
    };
    let words = failed.message.as_ref().filter(|message| !message.is_empty()).unwrap_or(&failed.what);
    let note = format!("{words}; {note}");
    Some(if is_over { Verdict::bad(note, help(words)) } else { Verdict::moving(note) })
}

/// For so many seconds a group may still be about to launch others in the place of those in standby: it does unless it was
/// told to want fewer of them ("Temporarily remove instances from your Auto Scaling group", Amazon EC2 Auto Scaling User Guide).
const PARKED_SECONDS: f64 = 120.0;

/// What helps where instances are in standby.
const BRING_BACK: &str = "end their standby (autoscaling:ExitStandby), after asking whoever put them there; then retry";

/// What helps where a process is suspended.
pub(super) const RESUME: &str =
    "resume it (autoscaling:ResumeProcesses), after asking whoever suspended it; then retry";

fn is_coming(state: &str) -> bool {
    state == "InService" || state.starts_with("Pending")
}

/// The newest launch since the act, if that is one that failed.
fn failed_last<'a>(of: &Group, facts: &Facts<'a>) -> Option<&'a ScalingActivity> {
    let newest = Before::of(facts.before).and_then(|before| before.newest);
    let since = of.activities(facts).iter().take_while(|activity| newest.as_ref() != Some(&activity.id));
    let launch = since.into_iter().find(|activity| !activity.what.starts_with("Terminating"))?;
    matches!(launch.status.as_str(), "Failed" | "Cancelled").then_some(launch)
}
