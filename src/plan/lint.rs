//! What is allowed but unwise: the rules of the plan as a whole, beside those of each kind. Asks no cloud.

use super::diagnostic::nearest;
use super::duration::show;
use super::graph;
use super::kind::{Finding, Home, Kind, Kinds, Level, Weight};
use super::model::{Component, Intent, Plan};
use super::names::{ComponentName, Region, StepId};
use super::reference::texts;
use super::regions;
use super::runbook::{Runbook, Step};
use super::sealing::SealedValue;
use std::collections::{HashMap, HashSet};

const OBJECTIVES: &str = "AWS Well-Architected REL13-BP01: define recovery objectives for downtime and data loss";
const DATA_PLANE: &str =
    "AWS Well-Architected REL11-BP04: rely on the data plane and not the control plane during recovery";
const BOUNDARIES: &str = "AWS Fault Isolation Boundaries, appendix B: global services have their control plane in one region of the partition";
const LAGS: &str = "Amazon CloudWatch User Guide: CloudWatch metrics that are published by AWS services, once a minute";
const REGIONS: &str = "AWS General Reference: regions and endpoints";
const SECRETS: &str = "AWS Well-Architected SEC02-BP03: store and use secrets securely";
const OWN: &str = "Landfall: a rule of its own, with no publication behind it";

/// Every rule's answer for `plan`, compiled to `runbook`; what is as wanted is told too.
pub fn findings(plan: &Plan, runbook: &Runbook, kinds: &dyn Kinds) -> Vec<Finding> {
    let mut found = vec![recovery_time(plan, runbook, kinds), recovery_point(plan)];
    let application = &plan.application;
    found.extend([&application.primary, &application.recovery].into_iter().filter_map(unknown_region));
    found.extend(component_times(plan, runbook));
    found.extend(runbook.steps.iter().filter_map(|step| waits_on_the_failing_region(plan, runbook, step)));
    found.extend(control_plane_home(plan, runbook, kinds));
    found.extend(runbook.steps.iter().filter_map(short_timeout));
    let needed: HashSet<&ComponentName> = plan.components.iter().flat_map(|component| &component.needs).collect();
    let apart = apart(runbook);
    let ordered = plan.components.iter().filter(|component| !apart.contains(&component.name));
    found.extend(ordered.filter_map(|component| alone(plan, &needed, component)));
    found.extend(unused_accounts(plan));
    found.extend(literal_secrets(plan));
    found.extend(unsaid(plan));
    for component in &plan.components {
        let kind = kinds.find(component.kind.as_str());
        found.extend(kind.and_then(|kind| unprovable(plan, component, kind)));
        found.extend(kind.map(|kind| kind.findings(component, &plan.application)).unwrap_or_default());
    }
    found
}

fn recovery_time(plan: &Plan, runbook: &Runbook, kinds: &dyn Kinds) -> Finding {
    // Of a failback that is what users notice: the return. All of any other run is one.
    let returns: HashSet<&StepId> =
        runbook.steps.iter().filter(|step| step.when.is_return()).map(|step| &step.id).collect();
    let path = graph::critical_path_over(runbook, |at| match &runbook.steps[at] {
        step if step.left_out.is_some() || !step.when.is_return() => 0.0,
        step => step.expected_seconds,
    });
    let on_path: HashSet<&StepId> = path.steps.iter().filter(|step| returns.contains(step)).collect();
    let unsaid = unsaid_times(plan, runbook, kinds, &on_path);
    let measured = runbook.steps.iter().any(|step| step.past_runs.is_some() && on_path.contains(&step.id));
    let by = if measured { "the median of past runs" } else { "the usual durations" };
    let by_people = match &unsaid[..] {
        [] => String::new(),
        some => format!(", a minute each for what people do and nobody has timed: {}", few(some)),
    };
    let what = match runbook.intent {
        Intent::Failback => "the return",
        other => other.word(),
    };
    let expected = format!("{what} takes {} by {by}{by_people}", show(path.seconds));
    let last = path.steps.iter().rfind(|step| returns.contains(step)).map_or("nothing", StepId::as_str);
    let (level, found, fix) = match plan.application.rto_seconds {
        None => (Level::Unknown, format!("no rto is given; {expected}"), "give `rto` in [application]".to_owned()),
        Some(rto) if path.seconds > rto => {
            let fix = format!("shorten the critical path, which ends in {last}, or promise less");
            (Level::Failing, expected, fix)
        }
        Some(_) => {
            let fix = unsaid.first().map(|first| format!("give `takes` in [component.{first}], or rehearse it"));
            (Level::Ok, expected, fix.unwrap_or_default())
        }
    };
    let wanted = match plan.application.rto_seconds {
        Some(rto) => format!("within the rto of {}", show(rto)),
        None => "an rto to measure against".to_owned(),
    };
    finding("rto", None, level, &found, &wanted, &fix, OBJECTIVES)
}

/// The components on the critical path whose time nobody knows: not the plan, and no run so far.
fn unsaid_times<'a>(
    plan: &'a Plan,
    runbook: &Runbook,
    kinds: &dyn Kinds,
    on_path: &HashSet<&StepId>,
) -> Vec<&'a ComponentName> {
    let timed = |step: &Step| step.past_runs.is_some() || step.left_out.is_some() || !on_path.contains(&step.id);
    let untimed: HashSet<&ComponentName> =
        runbook.steps.iter().filter(|step| !timed(step)).map(|step| &step.component).collect();
    let unsaid = |component: &&Component| {
        untimed.contains(&component.name)
            && kinds.find(component.kind.as_str()).is_some_and(|kind| kind.time_is_unsaid(component))
    };
    plan.components.iter().filter(unsaid).map(|component| &component.name).collect()
}

/// The first three names, and how many there are besides.
fn few(names: &[&ComponentName]) -> String {
    let first: Vec<&str> = names.iter().take(3).map(|name| name.as_str()).collect();
    match names.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn recovery_point(plan: &Plan) -> Finding {
    match plan.application.rpo_seconds {
        Some(rpo) => finding("rpo", None, Level::Ok, &format!("rpo {}", show(rpo)), "an rpo", "", OBJECTIVES),
        None => {
            let fix = "give `rpo` in [application]: without one no loss of data is ever asked about";
            finding("rpo", None, Level::Unknown, "no rpo is given", "an rpo", fix, OBJECTIVES)
        }
    }
}

/// An objective that no number shows to be kept: what is lost is the lag and how old that number is.
fn unprovable(plan: &Plan, component: &Component, kind: &dyn Kind) -> Option<Finding> {
    let oldest = kind.lag_told_within(component)?;
    let rpo = component.rpo_seconds.or(plan.application.rpo_seconds).filter(|rpo| *rpo < oldest)?;
    let found = format!("rpo {}", show(rpo));
    let wanted = format!("{} or more: the newest number of its lag may be so old", show(oldest));
    let fix = "promise what can be shown; with less, every failover asks about the loss, however small it is";
    Some(finding("rpo-told", Some(&component.name), Level::Failing, &found, &wanted, fix, LAGS))
}

/// A region that this program does not know: mistyped, or newer than the program. A finding and no mistake of the file,
/// since regions are added; it blocks the start until somebody says that it is meant.
fn unknown_region(region: &Region) -> Option<Finding> {
    if regions::is_known(region.as_str()) {
        return None;
    }
    let found = format!("{region} is no region that this Landfall knows");
    let mut fix = nearest(region.as_str(), regions::KNOWN);
    fix.push_str(if fix.ends_with('?') { " If" } else { "; if" });
    fix.push_str(" it is newer than this program, say so at the start");
    let finding = finding("region-known", None, Level::Failing, &found, "a region of AWS", &fix, REGIONS);
    Some(Finding { weight: Weight::Blocks, ..finding })
}

/// The components that the runbook brings up later than they were promised.
fn component_times(plan: &Plan, runbook: &Runbook) -> Vec<Finding> {
    let mut ends: HashMap<&StepId, f64> = HashMap::new();
    let mut up: HashMap<&ComponentName, f64> = HashMap::new();
    for step in &runbook.steps {
        let start = step.needs.iter().filter_map(|need| ends.get(need)).copied().fold(0.0, f64::max);
        let end = start + step.expected_seconds;
        ends.insert(&step.id, end);
        if !step.beside {
            let latest = up.entry(&step.component).or_default();
            *latest = latest.max(end);
        }
    }
    let late = |component: &Component| {
        let (rto, end) = (component.rto_seconds?, *up.get(&component.name)?);
        let level = if end > rto { Level::Failing } else { Level::Ok };
        let found = format!("{} brings it up after {}", runbook.intent.word(), show(end));
        let wanted = format!("within its rto of {}", show(rto));
        let fix = if end > rto { "let it need less, or promise less" } else { "" };
        Some(finding("component-rto", Some(&component.name), level, &found, &wanted, fix, OBJECTIVES))
    };
    plan.components.iter().filter_map(late).collect()
}

/// In a failover nothing on the path may wait for the region that fails.
fn waits_on_the_failing_region(plan: &Plan, runbook: &Runbook, step: &Step) -> Option<Finding> {
    let in_failing = runbook.intent == Intent::Failover && step.region == plan.application.primary && !step.beside;
    in_failing.then(|| {
        let found = format!("{} is on the path and is done in {}, the region that fails", step.id, step.region);
        let wanted = format!("nothing on the path asks {}", step.region);
        let fix = "do it in the recovery region, or let nothing need it";
        finding("path-in-failing-region", Some(&step.component), Level::Failing, &found, &wanted, fix, DATA_PLANE)
    })
}

/// Nor for an API that is at home there, whatever region its thing is in: one finding a component, of its first such step.
fn control_plane_home(plan: &Plan, runbook: &Runbook, kinds: &dyn Kinds) -> Vec<Finding> {
    let application = &plan.application;
    if runbook.intent != Intent::Failover {
        return Vec::new();
    }
    let failing = &application.primary;
    let called = |component: &Component| {
        let steps = kinds.find(component.kind.as_str())?.steps(component, application, runbook.intent);
        steps.into_iter().filter(|draft| !draft.beside).find_map(|draft| match draft.home {
            Home::Global { of, instead } if of.home(failing) == *failing => {
                let service = of.word();
                let found =
                    format!("{}/{} calls {service} in {failing}, the region that fails", component.name, draft.action);
                let wanted = format!("nothing on the path calls an API that is at home in {failing}");
                let name = Some(&component.name);
                Some(finding("control-plane-home", name, Level::Failing, &found, &wanted, instead, BOUNDARIES))
            }
            Home::Region | Home::Global { .. } => None,
        })
    };
    plan.components.iter().filter_map(called).collect()
}

fn short_timeout(step: &Step) -> Option<Finding> {
    (step.timeout_seconds < step.expected_seconds).then(|| {
        let (expected, timeout) = (show(step.expected_seconds), show(step.timeout_seconds));
        let found = format!("{} usually takes {expected} and is given {timeout}", step.id);
        let fix = format!("give a `timeout` well above {expected}, or leave it out");
        let name = Some(&step.component);
        finding("short-timeout", name, Level::Failing, &found, "a timeout above the usual time", &fix, OWN)
    })
}

/// The components of which nothing is of the return: a failback's own questions have their place in it by what they ask.
fn apart(runbook: &Runbook) -> HashSet<&ComponentName> {
    let of = |is_return: bool| {
        let steps = runbook.steps.iter().filter(move |step| step.when.is_return() == is_return);
        steps.map(|step| &step.component).collect::<HashSet<_>>()
    };
    let returning = of(true);
    of(false).into_iter().filter(|component| !returning.contains(component)).collect()
}

/// A component that needs nothing and that nothing needs: its place in the order was probably forgotten.
fn alone(plan: &Plan, needed: &HashSet<&ComponentName>, component: &Component) -> Option<Finding> {
    if plan.components.len() == 1 || needed.contains(&component.name) || !component.needs.is_empty() {
        return None;
    }
    let found = "it needs nothing and nothing needs it, so it may be done at any time";
    let fix = "say in `needs` what must be up before it, or what waits for it";
    Some(finding("component-alone", Some(&component.name), Level::Failing, found, "a place in the order", fix, OWN))
}

fn unused_accounts(plan: &Plan) -> Vec<Finding> {
    let both = plan.components.iter().flat_map(|component| [&component.accounts.primary, &component.accounts.recovery]);
    let used: HashSet<&super::AccountName> = both.flatten().collect();
    let unused = |name: &super::AccountName| {
        let found = format!("no component is in the account {name}");
        let fix = format!("give `account = \"{name}\"` to what lives there, or remove [account.{name}]");
        finding("account-unused", None, Level::Failing, &found, "every account is used", &fix, OWN)
    };
    plan.accounts.keys().filter(|name| !used.contains(name)).map(unused).collect()
}

/// Secrets that the plan itself holds: it is in git, and everybody who may read it has them.
fn literal_secrets(plan: &Plan) -> Vec<Finding> {
    let literal = |value: &SealedValue| {
        let component =
            value.at.strip_prefix("component/").and_then(|rest| rest.split('/').next()).map(ComponentName::new);
        let found = format!("{} looks like a secret and stands in the plan", value.name);
        let fix = "write { env = \"NAME\" } or { file = \"path\" } in its place";
        let wanted = "secrets that are kept elsewhere";
        finding("secret-literal", component.as_ref(), Level::Failing, &found, wanted, fix, SECRETS)
    };
    plan.sealed.values.iter().filter(|value| value.is_literal()).map(literal).collect()
}

/// The word that stands in a plan for what somebody has yet to say.
pub const TODO: &str = "TODO";

/// What `landfall import` left for somebody to say: a word of its own stands there meanwhile.
fn unsaid(plan: &Plan) -> Vec<Finding> {
    let is_open = |text: &str| {
        let behind = text.strip_prefix(TODO);
        behind.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '-']))
            || text.contains(&format!("//{TODO}."))
    };
    let told = |about: Option<&ComponentName>, what: &str| {
        let fix = "say it, and take out what says TODO";
        finding("plan-todo", about, Level::Failing, what, "nothing that is yet to be said", fix, OWN)
    };
    let application = &plan.application;
    let of_application = [
        ("name", application.name.as_str()),
        ("primary", application.primary.as_str()),
        ("recovery", application.recovery.as_str()),
    ];
    let mut found: Vec<Finding> = of_application
        .into_iter()
        .filter(|(_, text)| is_open(text))
        .map(|(name, _)| told(None, &format!("the application's {name} is yet to be said")))
        .collect();
    for component in &plan.components {
        let mut is_unsaid = component.description.as_deref().is_some_and(is_open);
        texts(&component.fields, &mut |text| is_unsaid |= is_open(text));
        if is_unsaid {
            let what = component.description.as_deref().filter(|text| is_open(text));
            let what = what.map_or("a value is yet to be said", |text| text);
            found.push(told(Some(&component.name), what));
        }
    }
    found
}

fn finding(
    code: &str,
    component: Option<&ComponentName>,
    level: Level,
    found: &str,
    wanted: &str,
    fix: &str,
    source: &str,
) -> Finding {
    Finding {
        code: code.to_owned(),
        component: component.cloned(),
        level,
        found: found.into(),
        wanted: wanted.into(),
        fix: fix.into(),
        source: source.into(),
        weight: Weight::Advises,
    }
}
