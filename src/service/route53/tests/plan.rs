use super::*;
use crate::plan::{Plane, lint};
use crate::service::Registry;

fn at(what: Value) -> Vec<&'static str> {
    scene(what).problems().into_iter().filter_map(|problem| problem.field).collect()
}

#[test]
fn plans_that_route_53_would_misread_are_problems() {
    let alias = json!({ "dns_name": "${lb.dns_name}", "zone_id": "${lb.zone_id}" });
    let table: [(Value, &[&str]); 25] = [
        (json!({}), &["record"]),
        (json!({ "values": ["a"], "alias": alias }), &["alias"]),
        (json!({ "values": [] }), &["values"]),
        (json!({ "values": ["a", "b"] }), &["values"]),
        (json!({ "type": "A", "values": ["lb.example.com"] }), &["values"]),
        (json!({ "type": "AAAA", "values": ["192.0.2.1"] }), &["values"]),
        (json!({ "type": "A", "values": ["192.0.2.1", "192.0.2.2"] }), &[]),
        (json!({ "type": "A", "values": ["${lb.address}"] }), &[]),
        (json!({ "type": "TXT", "values": ["\"a\"", "\"b\""] }), &[]),
        (json!({ "weights": { "east": 0, "west": 0 } }), &["weights"]),
        (json!({ "weights": {} }), &["weights"]),
        (json!({ "alias": alias, "ttl": 60 }), &["ttl"]),
        (json!({ "values": ["a"], "ttl": 60 }), &[]),
        (json!({ "set": "eu", "values": ["a"] }), &[]),
        (json!({ "set": "eu", "values": ["a"], "ttl": 60 }), &["ttl"]),
        (json!({ "set": "eu", "weights": { "eu": 1 } }), &["set"]),
        (json!({ "routing": "latency", "values": ["a"] }), &["routing"]),
        (json!({ "failover": { "primary": "eu", "secondary": "us" } }), &[]),
        (json!({ "failover": { "primary": "eu", "secondary": "eu" } }), &["failover"]),
        (json!({ "failover": { "primary": "eu", "secondary": "us" }, "set": "eu" }), &["set"]),
        (json!({ "values": ["a"], "private": true, "resolver": "10.0.0.2" }), &[]),
        (json!({ "values": ["a"], "private": true, "resolver": "[2001:db8::1]:53" }), &[]),
        (json!({ "values": ["a"], "private": true, "resolver": "the-resolver" }), &["resolver"]),
        (json!({ "values": ["a"], "private": false, "resolver": "10.0.0.2" }), &["resolver"]),
        (json!({ "zone": "${net.zone}", "values": ["a"] }), &[]),
    ];
    for (what, fields) in table {
        assert_eq!(at(what.clone()), fields, "{what}");
    }
}

#[test]
fn a_name_that_its_zone_cannot_hold_is_a_problem_where_the_zone_is_given_by_name() {
    let problem = |zone: &str, record: &str, record_type: &str| {
        let values = if record_type == "A" { json!(["192.0.2.1"]) } else { json!(["a.example.net"]) };
        at(json!({ "zone": zone, "record": record, "type": record_type, "values": values }))
    };
    assert_eq!(problem("Example.com.", "example.COM", "CNAME"), ["type"], "a CNAME at the apex");
    assert!(problem("Example.com.", "example.COM", "A").is_empty());
    assert!(problem("example.com", "www.example.com.", "CNAME").is_empty());
    assert_eq!(problem("example.com", "www.example.org", "A"), ["record"]);
    assert_eq!(problem("example.com", "www.notexample.com", "A"), ["record"]);
    assert!(problem("Z0123", "example.com", "CNAME").is_empty(), "an id does not tell: the start does");
}

#[test]
fn a_control_plane_in_the_failing_region_is_a_finding_of_the_plan() {
    let mut scene = scene(json!({ "values": ["a"], "ttl": 300 }));
    assert_eq!(scene.step("change").plane, Plane::Control);
    assert_eq!(scene.findings(), ["route53-ttl"]);
    let at_home = |scene: &Scene| {
        let found = lint::findings(&scene.plan, &scene.runbook(), &Registry);
        let found = found.into_iter().filter(|finding| finding.code == "control-plane-home");
        found.map(|finding| finding.found.to_string()).collect::<Vec<_>>()
    };
    assert!(at_home(&scene).is_empty());
    for (primary, recovery) in [("us-east-1", "us-west-2"), ("us-gov-west-1", "us-gov-east-1")] {
        scene.plan.application.primary = primary.into();
        scene.plan.application.recovery = recovery.into();
        assert_eq!(at_home(&scene), [format!("it/change calls Route 53 in {primary}, the region that fails")]);
    }
    assert!(at_home(&scene.switchover()).is_empty(), "both regions are well");
}
