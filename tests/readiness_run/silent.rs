//! What becomes of the rules when an API does not tell: unknown, and never ok.

use crate::planted::{Findings, Ready};
use crate::{compute, limits, stores};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Rules of components by their codes, with what is told of each: those of the way to the regions rest on a call that nobody
/// can be denied.
fn of_rules(ready: &Ready) -> Findings {
    let told = ready.findings();
    let is_of_one = |((code, component), _): &((String, String), _)| {
        !component.is_empty() && landfall::service::readiness::rule(code).is_some()
    };
    told.into_iter().filter(is_of_one).collect()
}

/// Which rules are not ok any more, each of which has to be unknown.
fn untold(before: &Findings, after: &Findings, what: &str) -> BTreeSet<String> {
    let mut untold = BTreeSet::new();
    for (key, (was, _)) in before {
        let (is, found) = &after[key];
        assert!(is == was || is == "unknown", "{what}: {key:?} was {was} and is {is}: {found}");
        // What is not as wanted before is nothing that a silence could hide.
        if is != was && was == "ok" {
            untold.insert(key.0.clone());
        }
    }
    untold
}

fn fault(kind: &str, service: &str, operation: &str) -> Value {
    json!({ "kind": kind, "service": service, "operation": operation })
}

/// Each operation in turn is denied to every rule of these plans.
fn each_is_missed(plan: &str, prepare: fn(&Ready)) {
    let ready = Ready::open(plan, prepare);
    ready.cloud.clear_calls();
    let before = of_rules(&ready);
    let asked: BTreeSet<(String, String)> = ready
        .cloud
        .calls()
        .into_iter()
        .filter(|call| call.read_only && call.operation != "GetCallerIdentity")
        .map(|call| (call.service, call.operation))
        .collect();
    let mut missed = BTreeSet::new();
    for (service, operation) in &asked {
        let id = ready.cloud.fault(&fault("access-denied", service, operation));
        missed.extend(untold(&before, &of_rules(&ready), &format!("{service}:{operation} denied")));
        ready.cloud.mend(&id);
    }
    // Whatever it rests on, each is missed at least once.
    let all: BTreeSet<String> =
        before.iter().filter(|(_, (level, _))| level == "ok").map(|((code, _), _)| code.clone()).collect();
    assert_eq!(missed, all);
    // The same of what is too busy to tell, and of what never does.
    for kind in ["throttle", "hang"] {
        for service in asked.iter().map(|(service, _)| service).collect::<BTreeSet<_>>() {
            if service != "sts" {
                ready.cloud.fault(&json!({ "kind": kind, "service": service }));
            }
        }
        assert_eq!(untold(&before, &of_rules(&ready), kind), all, "{kind}");
        ready.cloud.mend_all();
    }
}

#[test]
fn what_is_not_told_of_stores_is_unknown() {
    each_is_missed(stores::OTHERS, stores::prepare_others);
}

#[test]
fn what_is_not_told_of_compute_is_unknown() {
    each_is_missed(compute::API, compute::prepare);
}

#[test]
fn what_is_not_told_of_other_compute_is_unknown() {
    each_is_missed(compute::OTHERS, compute::prepare);
}

#[test]
fn what_is_not_told_of_keys_roles_and_quotas_is_unknown() {
    each_is_missed(limits::LIMITS, limits::prepare);
}
