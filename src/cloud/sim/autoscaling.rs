//! The simulated Amazon EC2 Auto Scaling: groups, and their instances as pure functions of time.

use super::database::ACCOUNT;
use super::dice::{Dice, later};
use super::elb::group_arn;
use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::trouble::Troubles;
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{AutoScalingGroup, GroupInstance, Launch, LaunchedBy, ScalingActivity, Target};
use crate::service::{AutoScalingObservation, AutoScalingOperation, AutoScalingQuery, Observation, Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The most instances that there is room for; a journal may ask for any number.
const INSTANCES: u64 = 1_000;
/// How many groups one DescribeAutoScalingGroups names.
const GROUPS: usize = 50;
/// How many activities are told.
const ACTIVITIES: usize = 100;
/// After how many seconds a launch that finds no room has failed.
const FAILS_SECONDS: f64 = 5.0;
const NO_CAPACITY: &str = "We currently do not have sufficient m5.large capacity in the Availability Zones you requested. Our system will be working on provisioning additional capacity. Launching EC2 instance failed.";

/// A group.
pub(super) struct Group {
    region: Region,
    name: Clean,
    /// The ARN of the target group that its instances register with.
    target_group: Option<Clean>,
    min: u64,
    max: u64,
    desired: u64,
    instances: Vec<Instance>,
}

/// An instance: lengths in seconds from when it was asked for, or began to stop.
struct Instance {
    nth: usize,
    asked: Timestamp,
    /// Whether there is no room for it where capacity is short.
    is_surplus: bool,
    comes_in: f64,
    healthy_in: f64,
    stop: Option<Timestamp>,
    stops_in: f64,
}

/// How an instance is at a moment.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// There is no room for it.
    Short,
    Pending,
    Serving {
        since: Timestamp,
    },
    Stopping,
    Gone,
}

impl Group {
    fn standing(region: &Region, name: &str, target_group: Option<Clean>, sizes: [u64; 3], begun: Timestamp) -> Self {
        let [min, max, desired] = sizes;
        let mut group = Self {
            region: region.clone(),
            name: name.into(),
            target_group,
            min,
            max,
            desired: 0,
            instances: Vec::new(),
        };
        group.resize(&Dice::new(0), later(begun, -86_400.0), (min, max, desired));
        group
    }

    fn key(&self) -> String {
        keys::scaling_group(&self.region, &self.name)
    }

    /// New sizes: missing instances are asked for, the newest of those too many stop.
    fn resize(&mut self, dice: &Dice, at: Timestamp, (min, max, desired): (u64, u64, u64)) {
        (self.min, self.max, self.desired) = (min, max, desired);
        let kept: Vec<usize> = (0..self.instances.len()).filter(|nth| self.instances[*nth].stop.is_none()).collect();
        let wanted = usize::try_from(desired.min(INSTANCES)).unwrap_or(usize::MAX);
        for nth in kept.iter().skip(wanted) {
            self.instances[*nth].stop = Some(at);
        }
        let missing = wanted.saturating_sub(kept.len());
        for place in 0..missing {
            let nth = self.instances.len();
            let key = self.key();
            let draw = |what: &str, low, high| dice.between(&format!("{key} instance {nth} {what}"), low, high);
            self.instances.push(Instance {
                nth,
                asked: at,
                is_surplus: place >= missing / 2,
                comes_in: draw("comes", 60.0, 150.0),
                healthy_in: draw("healthy", 20.0, 60.0),
                stop: None,
                stops_in: draw("stops", 20.0, 60.0),
            });
        }
    }

    fn id(&self, instance: &Instance) -> Clean {
        Clean::new(&format!("i-{}-{:04}", self.name, instance.nth))
    }

    /// When room was found for the instance, by `at`; `None` while there is none.
    fn launched(&self, instance: &Instance, troubles: &Troubles, at: Timestamp) -> Option<Timestamp> {
        let mut launched = instance.asked;
        if instance.is_surplus {
            for window in troubles.windows(FaultKind::ScaleShort, &self.key()) {
                if window.contains(launched) {
                    launched = window.to?;
                }
            }
        }
        (launched <= at).then_some(launched)
    }

    fn phase(&self, instance: &Instance, troubles: &Troubles, at: Timestamp) -> Phase {
        let serving = |by: Timestamp| {
            let since = later(self.launched(instance, troubles, by)?, instance.comes_in);
            (since <= by).then_some(since)
        };
        if let Some(stopped) = instance.stop.filter(|stopped| *stopped <= at) {
            let is_gone = serving(stopped).is_none() || later(stopped, instance.stops_in) <= at;
            return if is_gone { Phase::Gone } else { Phase::Stopping };
        }
        match (serving(at), self.launched(instance, troubles, at)) {
            (Some(since), _) => Phase::Serving { since },
            (None, Some(_)) => Phase::Pending,
            (None, None) => Phase::Short,
        }
    }

    fn serving(&self, troubles: &Troubles, at: Timestamp) -> u64 {
        let serves = |instance: &&Instance| matches!(self.phase(instance, troubles, at), Phase::Serving { .. });
        self.instances.iter().filter(serves).count() as u64
    }

    fn describe(&self, troubles: &Troubles, at: Timestamp) -> AutoScalingGroup {
        let instances = self.instances.iter().filter_map(|instance| {
            let state = match self.phase(instance, troubles, at) {
                Phase::Short | Phase::Gone => return None,
                Phase::Pending => "Pending",
                Phase::Serving { .. } => "InService",
                Phase::Stopping => "Terminating",
            };
            let (state, health) = (state.into(), "Healthy".into());
            Some(GroupInstance { id: self.id(instance), state, health, weight: 1, protected: false })
        });
        AutoScalingGroup {
            name: self.name.clone(),
            arn: Clean::new(&format!(
                "arn:aws:autoscaling:{}:{ACCOUNT}:autoScalingGroup:00000000-0000:autoScalingGroupName/{}",
                self.region, self.name
            )),
            status: None,
            min: self.min,
            max: self.max,
            desired: self.desired,
            launched_by: Some(LaunchedBy::Template { id: "lt-simulated".into(), version: "$Default".into() }),
            types: Vec::new(),
            mix: None,
            zones: ["a", "b"].map(|zone| Clean::new(&format!("{}{zone}", self.region))).to_vec(),
            instances: instances.collect(),
            target_groups: self.target_group.iter().cloned().collect(),
            suspended: Vec::new(),
        }
    }

    /// What it did, newest first.
    fn activities(&self, troubles: &Troubles, at: Timestamp) -> Vec<ScalingActivity> {
        let mut all: Vec<ScalingActivity> = Vec::new();
        let fault = troubles.active(FaultKind::ScaleShort, &self.key(), at);
        let why = fault.and_then(|fault| fault.reason.as_deref()).unwrap_or(NO_CAPACITY);
        for instance in &self.instances {
            let (id, phase) = (self.id(instance), self.phase(instance, troubles, at));
            let mut note = |what: &str, began: Timestamp, status: &str, message: Option<&str>| {
                all.push(ScalingActivity {
                    id: Clean::new(&format!("{what}-{id}")),
                    at: Some(began),
                    status: status.into(),
                    what: Clean::new(&format!("{what} EC2 instance: {id}")),
                    message: message.map(Clean::new),
                });
            };
            match phase {
                Phase::Short if later(instance.asked, FAILS_SECONDS) <= at => {
                    note("Launching a new", later(instance.asked, FAILS_SECONDS), "Failed", Some(why));
                }
                Phase::Short | Phase::Pending => note("Launching a new", instance.asked, "PreInService", None),
                Phase::Serving { .. } => note("Launching a new", instance.asked, "Successful", None),
                Phase::Stopping | Phase::Gone => {
                    let status = if phase == Phase::Gone { "Successful" } else { "InProgress" };
                    note("Terminating", instance.stop.unwrap_or(instance.asked), status, None);
                }
            }
        }
        all.sort_by_key(|activity| std::cmp::Reverse(activity.at));
        all.truncate(ACTIVITIES);
        all
    }

    /// The targets that its instances are at `at`; `unhealthy` when their health checks fail.
    pub(super) fn targets(&self, troubles: &Troubles, unhealthy: bool, at: Timestamp) -> Vec<Target> {
        let target = |instance: &Instance| {
            let (state, reason) = match self.phase(instance, troubles, at) {
                Phase::Short | Phase::Pending | Phase::Gone => return None,
                Phase::Stopping => ("draining", Some("Target.DeregistrationInProgress")),
                Phase::Serving { since } if later(since, instance.healthy_in) > at => {
                    ("initial", Some("Elb.InitialHealthChecking"))
                }
                Phase::Serving { .. } if unhealthy => ("unhealthy", Some("Target.FailedHealthChecks")),
                Phase::Serving { .. } => ("healthy", None),
            };
            Some(Target {
                id: self.id(instance),
                port: Some(8080),
                state: state.into(),
                reason: reason.map(Into::into),
            })
        };
        self.instances.iter().filter_map(target).collect()
    }
}

impl World {
    fn scaling_group(&self, region: &Region, name: &str) -> Option<&Group> {
        self.scaling_groups.get(&keys::scaling_group(region, name))
    }

    fn add_scaling_group(&mut self, group: Group) {
        if let Some(arn) = &group.target_group {
            let behind = self.groups.entry(keys::targets(&group.region, arn)).or_default();
            behind.arn = arn.clone();
            behind.services.push(group.key());
        }
        self.scaling_groups.insert(group.key(), group);
    }
}

/// Puts a group into the world, which something else is over.
pub(super) fn stand(world: &mut World, region: &Region, name: &str, sizes: [u64; 3]) {
    let begun = world.started_at;
    world.add_scaling_group(Group::standing(region, name, None, sizes, begun));
}

/// How a group is at `at`, for what is over it.
pub(super) fn described(world: &World, region: &Region, name: &str, at: Timestamp) -> Option<AutoScalingGroup> {
    world.scaling_group(region, name).map(|group| group.describe(&world.troubles, at))
}

/// New sizes for a group, from what is over it: least, most, desired.
pub(super) fn resize(world: &mut World, region: &Region, name: &str, at: Timestamp, sizes: (u64, u64, u64)) {
    let dice = world.dice;
    if let Some(group) = world.scaling_groups.get_mut(&keys::scaling_group(region, name)) {
        group.resize(&dice, at, sizes);
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &AutoScalingQuery) -> Option<String> {
    match query {
        AutoScalingQuery::AutoScalingGroup { group }
        | AutoScalingQuery::ScalingActivities { group }
        | AutoScalingQuery::ScheduledActions { group } => Some(keys::scaling_group(region, group)),
        AutoScalingQuery::LaunchConfiguration { .. } => None,
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &AutoScalingQuery) -> Together<'_> {
    match query {
        AutoScalingQuery::AutoScalingGroup { .. } => Together::UpTo(GROUPS, ""),
        AutoScalingQuery::ScalingActivities { .. }
        | AutoScalingQuery::ScheduledActions { .. }
        | AutoScalingQuery::LaunchConfiguration { .. } => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &AutoScalingQuery, at: Timestamp) -> Observation {
    let troubles = &world.troubles;
    match query {
        AutoScalingQuery::AutoScalingGroup { group } => {
            let group = world.scaling_group(region, group).map(|group| Box::new(group.describe(troubles, at)));
            AutoScalingObservation::AutoScalingGroup { group }
        }
        AutoScalingQuery::ScalingActivities { group } => {
            let activities = world.scaling_group(region, group).map(|group| group.activities(troubles, at));
            AutoScalingObservation::ScalingActivities { activities }
        }
        AutoScalingQuery::ScheduledActions { group } => {
            let actions = world.scaling_group(region, group).map(|_| Vec::new());
            AutoScalingObservation::ScheduledActions { actions }
        }
        // Every configuration is there that is asked for.
        AutoScalingQuery::LaunchConfiguration { .. } => AutoScalingObservation::LaunchConfiguration {
            launch: Some(Launch {
                image: Some("ami-simulated".into()),
                instance_type: Some("m7g.large".into()),
                spot: false,
            }),
        },
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &AutoScalingOperation) -> Vec<String> {
    let AutoScalingOperation::SetGroupSize { group, .. } = operation;
    vec![keys::scaling_group(region, group)]
}

/// The sizes that a group gets: a desired capacity that is not given is moved into the limits.
fn sizes(group: &Group, operation: &AutoScalingOperation) -> (u64, u64, u64) {
    let AutoScalingOperation::SetGroupSize { min, max, desired, .. } = operation;
    let (min, max) = (min.unwrap_or(group.min), max.unwrap_or(group.max));
    (min, max, desired.unwrap_or_else(|| group.desired.min(max).max(min)))
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(
    world: &World,
    region: &Region,
    operation: &AutoScalingOperation,
    _at: Timestamp,
) -> Option<Refusal> {
    let AutoScalingOperation::SetGroupSize { group, .. } = operation;
    let Some(found) = world.scaling_group(region, group) else {
        let words = format!("AutoScalingGroup name not found - AutoScalingGroup '{group}' not found");
        return Some(Refusal::new("ValidationError", &words));
    };
    let (min, max, desired) = sizes(found, operation);
    let words = if min > max {
        format!("Max bound, {max}, must be greater than or equal to min bound, {min}")
    } else if !(min..=max).contains(&desired) {
        format!("Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}")
    } else {
        return None;
    };
    Some(Refusal::new("ValidationError", &words))
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &AutoScalingOperation, at: Timestamp) -> Receipt {
    let AutoScalingOperation::SetGroupSize { group, .. } = operation;
    let dice = world.dice;
    if let Some(group) = world.scaling_groups.get_mut(&keys::scaling_group(region, group)) {
        let sizes = sizes(group, operation);
        group.resize(&dice, at, sizes);
    }
    Receipt::default()
}

/// The kind `autoscaling`: a group of the recovery region, and the one it takes over from.
pub(super) struct AutoScaling;

impl Simulated for AutoScaling {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::AutoScaling::of(&component.fields) else { return };
        let application = world.plan.application.clone();
        let (most, begun) = (said.desired.saturating_mul(2).max(said.min.unwrap_or(0)), world.started_at);
        let mut add = |side: Side, name: &str, [min, desired]: [u64; 2]| {
            let region = application.region(side);
            let behind = said.target_group.as_ref().map(|given| group_arn(&world.plan, region, given));
            world.add_scaling_group(Group::standing(region, name, behind, [min, most, desired], begun));
        };
        add(Side::Recovery, &said.group, [0, 0]);
        if let Some(old) = &said.old {
            add(Side::Primary, &old.group, [said.min.unwrap_or(said.desired), said.desired]);
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::AutoScaling::of(&component.fields) else { return Vec::new() };
        let recovery = application.region(Side::Recovery);
        let targets = said.target_group.as_ref().map(|group| keys::targets(recovery, group));
        [keys::scaling_group(recovery, &said.group)].into_iter().chain(targets).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::AutoScaling::of(&component.fields) else { return false };
        let region = world.plan.application.region(side);
        let serves =
            |name: &str| world.scaling_group(region, name).is_some_and(|group| group.serving(&world.troubles, at) > 0);
        match side {
            Side::Primary => said.old.as_ref().is_none_or(|old| serves(&old.group)),
            Side::Recovery => {
                let healthy = said.target_group.as_ref().map(|group| world.healthy(region, group, at));
                serves(&said.group) && healthy.is_none_or(|healthy| healthy > 0)
            }
        }
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all = world.scaling_groups.iter().map(|(key, group)| {
            let serving = group.serving(&world.troubles, at);
            let value = json!({ "min": group.min, "max": group.max, "desired": group.desired, "serving": serving });
            (key.clone(), value)
        });
        let all: Map<String, Value> = all.collect();
        // A journal's picture of a world without any has no word of them.
        if all.is_empty() { Vec::new() } else { vec![("scaling_groups", all)] }
    }
}
