//! `aurora`: the secondary of an Aurora global database becomes its primary, or leaves it and stands alone. Knows nothing of
//! how RDS is called.

mod checks;
mod evidence;
mod fenced;
pub(super) mod fields;
mod image;
mod leave;
mod pair;
mod promote;
mod readiness;
mod rejoined;
mod snapshot;
#[cfg(test)]
mod tests;
mod turned;

use super::ask::Ask;
use super::blocked::Blocked;
use super::cloudwatch::TOLD_WITHIN;
use super::grants::{ANY, Grant, Hole, On, of_field};
use super::observation::{GlobalCluster, LagSample};
use super::operation::Receipt;
use super::rds::names;
use super::rds::status::trouble;
use super::rds::words;
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::turned::{Done, Later, Turned};
use super::work::{Facts, Health, HealthLevel, Look, Looked, Want, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Gate, GateKind, Intent, Kind, Plan, Problem, Role, Side, Step, Undo,
};
use crate::text::Clean;
use fenced::Fenced;
use fields::Said;
use jiff::{SignedDuration, Timestamp};
use leave::Leave;
use pair::Pair;
use promote::Promote;
use rejoined::Rejoined;
use snapshot::{Keep, Kept};

/// How far the clocks of AWS and of this machine may be apart, in seconds, where an event is looked for.
const CLOCKS_APART_SECONDS: i64 = 60;
/// How long what is looked for beside the path is waited for, in seconds.
const BESIDE_SECONDS: f64 = 900.0;

/// How the name of a snapshot's copy begins.
const COPIED: &str = "landfall-";

/// What a verified failover tells the later steps of its component. No plan can refer to it.
mod given {
    /// When it was asked for, as RFC 3339 has it.
    pub const MOVED_AT: &str = "moved_at";
}

/// The kind.
pub struct Aurora;

impl Kind for Aurora {
    fn name(&self) -> &'static str {
        "aurora"
    }
    fn about(&self) -> &'static str {
        "makes the secondary of an Aurora global database its primary, by a switchover or a managed failover, and verifies role, cluster and writer instance; or takes it out to stand alone"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["endpoint", "port", "reader_endpoint", "global_endpoint"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn lag_told_within(&self, _component: &Component) -> Option<f64> {
        Some(TOLD_WITHIN)
    }
    fn is_of_one_account(&self) -> bool {
        true
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = &component.name;
        let gates: Vec<Gate> = [Gate::PointOfNoReturn].into_iter().chain(application.loss_gate(component)).collect();
        match (intent, said.detach) {
            (Intent::Switchover | Intent::Failback, _) => {
                let title = format!("switch {name} over");
                let switch = Draft::act("switch", title, Side::Primary, Undo::Reversible, 120.0, 1800.0);
                let mut drafts = Vec::new();
                if intent == Intent::Failback {
                    drafts.extend(evidence::steps(component, said.compare.as_ref()));
                    drafts.push(turned::rejoined_step(component, application));
                }
                drafts.push(switch.part(Role::Promotion));
                drafts
            }
            (Intent::Failover, true) => {
                let title = format!("take {name} out of its global database");
                let detach = Draft::act("detach", title, Side::Recovery, Undo::PointOfNoReturn, 120.0, 1800.0);
                vec![detach.part(Role::Promotion).gated(gates)]
            }
            (Intent::Failover, false) => failover(component, &said, gates),
        }
    }
}

/// The failover, and beside the path, in the region that failed, what it leaves to see to.
fn failover(component: &Component, said: &Said, gates: Vec<Gate>) -> Vec<Draft> {
    let name = &component.name;
    let title = format!("fail {name} over");
    let promotion = Draft::act("fail-over", title, Side::Recovery, Undo::PointOfNoReturn, 180.0, 1800.0);
    let behind = |draft: Draft| draft.after(vec!["fail-over"]).beside();
    let look = |action, title: String| behind(Draft::look(action, title, Side::Primary, 60.0, BESIDE_SECONDS));
    let fenced = look("fenced", format!("see that the old {name} writes no more"));
    let keep = said.keep_snapshot.then(|| {
        let title = format!("keep what only the old {name} has");
        behind(Draft::act("keep-snapshot", title, Side::Primary, Undo::Reversible, 300.0, BESIDE_SECONDS))
    });
    let rejoined = look("rejoined", format!("see the old {name} back as a secondary"));
    let mut drafts = vec![promotion.part(Role::Promotion).gated(gates)];
    drafts.push(fenced.part(Role::Fence).asking(GateKind::Writers));
    drafts.extend(keep);
    drafts.push(rejoined.part(Role::Rejoin));
    drafts
}

impl Service for Aurora {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let pair = match Pair::of(context.component, &context.plan.application) {
            Ok(pair) => pair,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if context.intent == Intent::Failback && context.run.is_empty() && step.id.action() == "switch" {
            // Before the start what it becomes may still have to be made.
            return Box::new(Later("it is seen back as a secondary first"));
        }
        match step.id.action() {
            "switch" => Box::new(Promote { pair, intent: Intent::Switchover }),
            "fail-over" => Box::new(Promote { pair, intent: Intent::Failover }),
            "detach" => Box::new(Leave { pair }),
            "fenced" => Box::new(Fenced { pair, since: since(context) }),
            "keep-snapshot" => {
                let copy = names::stamped(COPIED, &pair.primary, "-", context.begun_at);
                Box::new(Keep { pair, copy, since: since(context) })
            }
            "tag" => tag(pair, context),
            "kept" => match turned::left(context.component) {
                Some(left) => {
                    let (place, cluster) = (pair.new.clone(), Clean::new(left));
                    Box::new(evidence::Kept { pair, place, cluster })
                }
                None => Box::new(Blocked::because("the plan does not say which cluster was left")),
            },
            "compare" => {
                let component = context.component;
                let own = context.outputs.get(&component.name);
                let run = Said::of(&component.fields).ok().and_then(|said| said.compare).unwrap_or_default();
                Box::new(evidence::comparing(component, &pair, run, own, !context.run.is_empty()))
            }
            // On the way back it is the side that is gone back to.
            "rejoined" if context.intent == Intent::Failback => {
                Box::new(turned::Back { rejoined: Rejoined { pair: pair.turned() } })
            }
            "rejoined" => Box::new(Rejoined { pair }),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        _before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let pair = Pair::of(context.component, &context.plan.application).ok()?;
        match step.id.action() {
            "switch" => Some(Box::new(Promote { pair: pair.turned(), intent: Intent::Switchover })),
            "keep-snapshot" => Some(Box::new(Kept)),
            "tag" => Some(Box::new(evidence::StaysTagged)),
            _ => None,
        }
    }
    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let pair = Pair::of(component, application).ok()?;
        Some(words::global_lag(&pair.new, &pair.recovery).ask)
    }
    fn weigh_lag(
        &self,
        component: &Component,
        application: &Application,
        sample: LagSample,
        facts: &Facts<'_>,
    ) -> LagSample {
        let Ok(pair) = Pair::of(component, application) else { return sample };
        let Look::There(global) = facts.see(&pair.global()) else { return sample };
        let told = pair.member(Side::Recovery, global).and_then(|member| member.synchronization.as_ref());
        match told {
            // What is being rebuilt has nothing yet, whatever a number of before says.
            Some(told) if told.as_str() == "pending-resync" => {
                let instead = Some(Clean::new(&format!("{} is {told}", pair.recovery)));
                LagSample { seconds: None, sampled_at: Some(facts.now), instead }
            }
            Some(_) | None => sample,
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let pair = match Pair::of(component, application) {
            Ok(pair) => pair,
            Err(missing) => return Some(Looked::new([], move |_| Health::not_told(&missing.to_string()))),
        };
        let asks = [pair.global_on(side).ask, pair.cluster(side).ask];
        Some(Looked::new(asks, move |facts| pair.health(side, facts)))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        if turned::has_left(component) {
            return Vec::new();
        }
        Pair::of(component, &plan.application).map(|pair| readiness::of(&pair)).unwrap_or_default()
    }
    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &[
                        "rds:DescribeGlobalClusters",
                        "rds:DescribeDBClusters",
                        "rds:DescribeDBInstances",
                        "rds:DescribeEvents",
                        "cloudwatch:GetMetricData",
                    ],
                    ANY,
                ),
                // What was set in a parameter group, whatever it is called.
                Grant::look(
                    &["rds:DescribeDBClusterParameters"],
                    &[On::Made("rds:{primary-place}:cluster-pg:*"), On::Made("rds:{recovery-place}:cluster-pg:*")],
                ),
                Grant::act(
                    "switch",
                    &["rds:SwitchoverGlobalCluster"],
                    &[
                        On::Named("rds::{account}:global-cluster:{global}"),
                        On::Named("rds:{recovery-place}:cluster:{recovery}"),
                    ],
                ),
                // The way back is asked of the primary that there is then.
                Grant::act(
                    "switch",
                    &["rds:SwitchoverGlobalCluster"],
                    &[
                        On::Named("rds::{account}:global-cluster:{global}"),
                        On::Named("rds:{primary-place}:cluster:{primary}"),
                    ],
                )
                .at(Side::Recovery),
                Grant::act(
                    "fail-over",
                    &["rds:FailoverGlobalCluster"],
                    &[
                        On::Named("rds::{account}:global-cluster:{global}"),
                        On::Named("rds:{recovery-place}:cluster:{recovery}"),
                    ],
                ),
                Grant::act(
                    "detach",
                    &["rds:RemoveFromGlobalCluster"],
                    &[
                        On::Named("rds::{account}:global-cluster:{global}"),
                        On::Named("rds:{recovery-place}:cluster:{recovery}"),
                    ],
                ),
                Grant::look_for("keep-snapshot", &["rds:DescribeDBClusterSnapshots"], ANY),
                // Of a failback.
                Grant::look_for("tag", &["rds:DescribeDBClusterSnapshots"], ANY),
                Grant::act(
                    "tag",
                    &["rds:AddTagsToResource"],
                    &[On::Made("rds:{recovery-place}:cluster-snapshot:{tagged}")],
                ),
                Grant::act(
                    "keep-snapshot",
                    &["rds:CopyDBClusterSnapshot"],
                    &[
                        On::Made("rds:{place}:cluster-snapshot:rds:unplanned-global-failover-{primary}-*"),
                        On::Made("rds:{place}:cluster-snapshot:{copied}"),
                    ],
                ),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        match (name, of_field(component, "primary")) {
            ("copied", Hole::Text(primary)) => Hole::Text(names::any_stamped(COPIED, &primary, "-")),
            ("copied", other) => other,
            ("tagged", _) => match evidence::snapshot_of(component) {
                Some(snapshot) => Hole::Text(snapshot.to_owned()),
                None => of_field(component, "recovery"),
            },
            _ => of_field(component, name),
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "global": "orders", "primary": "orders-east", "recovery": "orders-west" })
    }
}

/// What is kept of the old side says of which run it is.
fn tag(pair: Pair, context: &Context<'_>) -> Box<dyn Work> {
    let (Some(snapshot), Some(from)) =
        (evidence::snapshot_of(context.component), context.plan.application.from_run.as_ref())
    else {
        return Box::new(Blocked::because("the plan does not say of which run it is the failback"));
    };
    let at = super::turned::said(context.component, "fenced_at").and_then(|at| at.as_str()).map(Clean::from);
    Box::new(evidence::Tag { pair, snapshot: snapshot.to_owned(), run: from.run.clone(), at })
}

/// From when on the events of this run's failover are looked for.
fn since(context: &Context<'_>) -> Timestamp {
    let outputs = context.outputs.get(&context.component.name);
    let moved = outputs.and_then(|outputs| outputs.get(given::MOVED_AT)).and_then(|at| at.parse().ok());
    let since: Timestamp = moved.unwrap_or(context.begun_at);
    since.checked_sub(SignedDuration::from_secs(CLOCKS_APART_SECONDS)).unwrap_or(since)
}

impl Pair {
    /// The global database as the region of `side` tells it.
    fn global_on(&self, side: Side) -> Want<GlobalCluster> {
        let at = match side {
            Side::Primary => &self.old,
            Side::Recovery => &self.new,
        };
        words::global(at, &self.global)
    }

    /// How the cluster on `side` is, by its role and not only its status.
    fn health(&self, side: Side, facts: &Facts<'_>) -> Health {
        let cluster = match facts.see(&self.cluster(side)) {
            Look::NotTold(why) => return Health::not_told(why),
            Look::Absent => return Health::new(HealthLevel::Down, "no such cluster"),
            Look::There(cluster) => cluster,
        };
        let member = match facts.see(&self.global_on(side)) {
            Look::NotTold(why) => return Health::not_told(why),
            Look::Absent => None,
            Look::There(global) => self.member(side, global),
        };
        let up = cluster.instances.iter().filter(|instance| instance.is_available()).count();
        let role = match member {
            None => "stands alone".to_owned(),
            Some(member) if member.writer => "primary".to_owned(),
            Some(member) => match &member.synchronization {
                Some(told) => format!("secondary, {told}"),
                None => "secondary".to_owned(),
            },
        };
        let note = format!("{}, {role}, {up}/{} instances", cluster.status, cluster.instances.len());
        let writes = member.is_none_or(|member| member.writer);
        let in_step = member.is_none_or(|member| member.synchronization.as_deref() != Some("pending-resync"));
        let level = match cluster.status.as_str() {
            status if trouble(status).is_some() => HealthLevel::Down,
            "available" if writes && cluster.writer().is_some_and(|writer| writer.is_available()) => HealthLevel::Up,
            "available" if !writes && up > 0 && in_step => HealthLevel::Standby,
            _ => HealthLevel::Degraded,
        };
        Health::new(level, note)
    }
}
