//! What holds of every snapshot, whatever is in it.

use super::*;
use crate::seal::Key;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

/// A thing that needs others.
pub(crate) fn resource(kind: &str, id: &str, needs: &[&str]) -> Resource {
    Resource {
        kind: kind.to_owned(),
        id: id.to_owned(),
        arn: None,
        name: Some(id.to_owned()),
        global: false,
        shared: false,
        because: "tagged".to_owned(),
        managed_by: "?".to_owned(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        known_by: Vec::new(),
        config: Map::new(),
    }
}

/// A small application.
pub(crate) fn shop() -> Snapshot {
    let with = |mut one: Resource, config: Value| {
        one.config = config.as_object().cloned().unwrap_or_default();
        one
    };
    Snapshot {
        format: format::FORMAT.to_owned(),
        version: format::VERSION,
        application: "shop".to_owned(),
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        selectors: [("Project".to_owned(), "shop".to_owned())].into(),
        complete: true,
        resources: vec![
            with(resource("vpc", "vpc-1", &[]), json!({ "CidrBlock": "10.0.0.0/16" })),
            with(
                resource("db-parameter-group", "pg", &[]),
                json!({ "Parameters": { "max_connections": { "Value": "200", "ApplyMethod": "pending-reboot" } } }),
            ),
            with(resource("iam-role", "task", &["vpc/vpc-1"]), json!({ "Inline": {}, "Path": "/" })),
        ],
        outside: Vec::new(),
        gaps: Vec::new(),
        sealed_by: None,
        taken: None,
    }
    .settled()
}

/// Any value of JSON, not deep.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-zé⟦ \"\\\\\n]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-d]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn one()(
        kind in "[abc]",
        id in "[0-9]",
        needs in prop::collection::vec("[abc]/[0-9]", 0..4),
        config in prop::collection::vec(("[A-D]", value()), 0..4),
    ) -> Resource {
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        Resource { config: config.into_iter().collect(), ..resource(&kind, &id, &needs) }
    }
}

prop_compose! {
    fn snapshot()(
        resources in prop::collection::vec(one(), 0..8),
        gaps in prop::collection::vec("[abc]/[0-9]", 0..2),
    ) -> Snapshot {
        let mut all: Vec<Resource> = Vec::new();
        for one in resources {
            if all.iter().all(|other| other.reference() != one.reference()) {
                all.push(one);
            }
        }
        let gap = |of| Gap { of, operation: "Describe".to_owned(), error: "AccessDenied".to_owned() };
        Snapshot { resources: all, gaps: gaps.into_iter().map(gap).collect(), ..shop() }.settled()
    }
}

/// `value` with the members of every object in another order.
fn turned(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().rev().map(|(name, value)| (name.clone(), turned(value))).collect())
        }
        Value::Array(items) => items.iter().map(turned).collect(),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn the_order_in_which_things_are_found_changes_no_byte(one in snapshot(), places in prop::collection::vec(any::<Index>(), 8)) {
        let mut other = one.clone();
        for (place, with) in places.iter().enumerate() {
            if place < other.resources.len() {
                let with = with.index(other.resources.len());
                other.resources.swap(place, with);
            }
        }
        other.gaps.reverse();
        for resource in &mut other.resources {
            resource.needs.reverse();
            resource.config = turned(&Value::Object(resource.config.clone())).as_object().cloned().unwrap_or_default();
        }
        let other = other.settled();
        prop_assert_eq!(one.text(), other.text());
        prop_assert_eq!(one.hash(), other.hash());
        prop_assert_eq!(Snapshot::read(&one.text()), Ok(one.clone()));
    }

    #[test]
    fn nothing_differs_from_itself_but_what_was_not_read(one in snapshot()) {
        let compared = compare(&one, &one, &[]);
        prop_assert!(compared.findings.iter().all(|finding| finding.drift == Drift::Unread));
        prop_assert_eq!(compared.findings.len(), one.gaps.iter().map(|gap| &gap.of).collect::<std::collections::BTreeSet<_>>().len());
    }

    #[test]
    fn seen_from_the_other_side_what_is_undeclared_is_missing_and_the_rest_is_the_same(one in snapshot(), other in snapshot()) {
        let there = compare(&one, &other, &[]);
        let back = compare(&other, &one, &[]);
        let mirrored = |finding: &Finding| {
            let drift = match finding.drift {
                Drift::Undeclared => Drift::Missing,
                Drift::Missing => Drift::Undeclared,
                same => same,
            };
            (finding.kind.clone(), finding.id.clone(), finding.field.clone(), drift, finding.right.clone(), finding.left.clone())
        };
        let plain = |finding: &Finding| {
            (finding.kind.clone(), finding.id.clone(), finding.field.clone(), finding.drift, finding.left.clone(), finding.right.clone())
        };
        let told: Vec<_> = there.findings.iter().map(mirrored).collect();
        let wanted: Vec<_> = back.findings.iter().map(plain).collect();
        prop_assert_eq!(told, wanted);
        if !one.complete || !other.complete {
            let (missing, undeclared) = (!other.complete, !one.complete);
            prop_assert!(there.findings.iter().all(|finding| !(missing && finding.drift == Drift::Missing)));
            prop_assert!(there.findings.iter().all(|finding| !(undeclared && finding.drift == Drift::Undeclared)));
        }
    }

    #[test]
    fn no_canary_survives_wherever_it_is_planted(
        canary in "AKIA[A-Z0-9]{16}|ghp_[a-zA-Z0-9]{36}|[ab][cd][ef][gh][ij][kl][AB][CD][EF][GH][IJ][KL][01][23][45][67][89][+/][mn][MN]",
        with_key in any::<bool>(),
        before in "[a-z ]{0,4}",
    ) {
        let sealer = Sealer::new(with_key.then(|| Key::new([3; 32])));
        let planted = json!({
            "password": canary,
            "Environment": { "API_TOKEN": canary },
            "Text": format!("{before}postgres://app:{canary}@db/app"),
            "List": [{ "Name": "x", "secret": canary }],
        });
        let told = sealer.value("", &planted).to_string() + &sealer.variable("ANYTHING", &canary)
            + &sealer.arguments(&["run".to_owned(), "--token".to_owned(), canary.clone()]).concat();
        prop_assert!(!told.contains(&canary), "{}", told);
        prop_assert!(redact::allowed(&told).is_ok());
    }
}
