use super::*;
use crate::plan::Level;

fn two() -> [RecordSet; 2] {
    [weighted("us", 100, "192.0.2.1"), weighted("eu", 0, "192.0.2.2")]
}

fn to_eu() -> Scene {
    of_a(json!({ "weights": { "us": 0, "eu": 100 } }))
}

#[test]
fn weights_change_and_everything_else_of_the_sets_stays() {
    let checked = RecordSet { health_check: Some("hc-us".into()), ..weighted("us", 100, "192.0.2.1") };
    let scene = standing(to_eu(), &[checked.clone(), weighted("eu", 0, "192.0.2.2")]);
    assert!(scene.refusals("change").is_empty());
    let (upsert, delete) = batch(&scene);
    assert_eq!(upsert, [RecordSet { weight: Some(0), ..checked }, weighted("eu", 100, "192.0.2.2")]);
    assert!(delete.is_empty());
    assert_eq!(name_of(&scene.goal("change")), "untouched");
}

#[test]
fn every_set_that_has_weight_is_named_or_the_start_is_refused() {
    let table: [(&[RecordSet], &[&str]); 5] = [
        (&[weighted("us2", 100, "192.0.2.3")], &["route53-weights"]),
        (&[weighted("ap", 0, "192.0.2.3"), weighted("us2", 1, "192.0.2.4")], &["route53-weights"]),
        (&[weighted("ap", 0, "192.0.2.3"), weighted("sa", 0, "192.0.2.4")], &[]),
        (&[weighted("spare", 1, "192.0.2.2")], &["route53-weights"]),
        (&[], &[]),
    ];
    for (others, wanted) in table {
        let records = [&two()[..], others].concat();
        let scene = standing(to_eu(), &records);
        assert_eq!(scene.refusals("change"), wanted, "{others:?}");
    }
    let scene = standing(to_eu(), &[&two()[..], &[weighted("us2", 1, "192.0.2.3")]].concat());
    let found = check(&scene, "change", "route53-weights");
    assert!(found.found.ends_with("the plan does not name us2=1"), "{}", found.found);
    assert!(found.weight == Weight::Blocks && !found.identity, "a person may say that it stays");
}

#[test]
fn weights_as_wanted_beside_a_set_with_traffic_are_not_already_done() {
    let moved = [weighted("us", 0, "192.0.2.1"), weighted("eu", 100, "192.0.2.2"), weighted("us2", 1, "192.0.2.3")];
    let scene = answering(standing(to_eu(), &moved), &[(&["192.0.2.2"], 1)]);
    assert_eq!(name_of(&scene.goal("change")), "untouched");
    // Whoever passed the refusal by a word still sees in the end who gets the traffic.
    let goal = later_goal(answering(standing(to_eu(), &moved), &[(&["192.0.2.2"], 1)]));
    assert_eq!(name_of(&goal), "bad");
    assert!(words_of(&goal).starts_with("us2=1 still has weight"), "{}", words_of(&goal));
    let waiting = answering(standing(to_eu(), &moved), &[(&["192.0.2.2"], 1)]).goal("clients");
    assert_eq!(name_of(&waiting), "moving", "while the old answers live, somebody may take its weight");
}

#[test]
fn a_set_that_another_component_names_is_not_left_behind() {
    let mut scene = of_a(json!({ "weights": { "eu": 100 } }));
    let mut other = scene.plan.components[0].clone();
    other.name = "old".into();
    other.fields.0.insert("weights".to_owned(), json!({ "us": 0 }));
    scene.plan.components.push(other);
    let scene = standing(scene, &two());
    assert!(scene.refusals("change").is_empty());
    let alone = standing(of_a(json!({ "weights": { "eu": 100 } })), &two());
    assert_eq!(alone.refusals("change"), ["route53-weights"]);
}

#[test]
fn sets_that_do_not_exist_or_are_of_another_kind_are_refused() {
    let table: [(Value, Vec<RecordSet>, &str); 8] = [
        (json!({ "weights": { "us": 0, "eu": 1 } }), vec![weighted("us", 100, "192.0.2.1")], "eu is not there"),
        (json!({ "weights": { "us": 0, "eu": 1 } }), vec![], "eu, us are not there"),
        (
            json!({ "weights": { "us": 0, "eu": 1 } }),
            vec![latency("us", "us-east-1", "192.0.2.1"), latency("eu", "eu-west-1", "192.0.2.2")],
            "is a latency set",
        ),
        (json!({ "set": "ap", "values": ["192.0.2.9"] }), two().to_vec(), "ap is not there"),
        (json!({ "set": "us", "routing": "latency", "values": ["192.0.2.9"] }), two().to_vec(), "us is a weighted set"),
        (json!({ "failover": { "primary": "eu", "secondary": "us" } }), two().to_vec(), "is a weighted set"),
        (json!({ "values": ["192.0.2.9"] }), vec![role("us", "PRIMARY", "192.0.2.1")], "these are failover sets"),
        (
            json!({ "set": "us", "values": ["192.0.2.9"] }),
            vec![RecordSet { other_routing: Some("geolocation".into()), ..set("us", a("192.0.2.1")) }],
            "us is a geolocation set",
        ),
    ];
    for (what, records, words) in table {
        let scene = standing(of_a(what.clone()), &records);
        let found = check(&scene, "change", "route53-record");
        assert_eq!(found.level, Level::Failing, "{what}");
        assert!(found.found.ends_with(words), "{what}: {}", found.found);
        assert!(found.identity && found.found.contains(NAME), "{what}: {}", found.found);
    }
}

#[test]
fn one_set_is_changed_and_keeps_its_role_region_weight_and_health_check() {
    let with_check = |record: RecordSet| RecordSet { health_check: Some("hc-1".into()), ..record };
    let sets = [
        with_check(role("us", "PRIMARY", "192.0.2.1")),
        with_check(latency("us", "us-east-1", "192.0.2.1")),
        with_check(multivalue("us", "192.0.2.1")),
        with_check(weighted("us", 7, "192.0.2.1")),
    ];
    for old in sets {
        let other = RecordSet { set_identifier: Some("eu".into()), ..old.clone() };
        let scene = standing(of_a(json!({ "set": "us", "values": ["192.0.2.9"] })), &[old.clone(), other.clone()]);
        assert!(scene.refusals("change").is_empty(), "{:?}", scene.refusals("change"));
        let new = RecordSet { values: vec!["192.0.2.9".into()], ..old.clone() };
        assert_eq!(batch(&scene), (vec![new.clone()], Vec::new()));
        assert_eq!(batch_back(scene, &[new, other]), (vec![old], Vec::new()));
    }
}

#[test]
fn a_set_becomes_an_alias_and_back_with_the_time_to_live_of_its_group() {
    let lb = json!({ "set": "us", "alias": { "dns_name": "new.elb.amazonaws.com", "zone_id": "Z2" } });
    let old = RecordSet { ttl: Some(30), ..latency("us", "us-east-1", "192.0.2.1") };
    let scene = standing(of_a(lb), std::slice::from_ref(&old));
    let (upsert, _) = batch(&scene);
    assert_eq!((upsert[0].ttl, upsert[0].values.len()), (None, 0));
    assert_eq!(upsert[0].region.as_deref(), Some("us-east-1"));
    let aliased = RecordSet { region: Some("us-east-1".into()), ..set("us", alias("A", "old.elb.amazonaws.com.")) };
    let sibling = RecordSet { ttl: Some(30), ..latency("eu", "eu-west-1", "192.0.2.2") };
    let scene = standing(of_a(json!({ "set": "us", "values": ["192.0.2.9"] })), &[aliased, sibling]);
    assert_eq!(batch(&scene).0[0].ttl, Some(30));
}

#[test]
fn roles_are_swapped_in_one_batch_that_never_has_two_primaries() {
    let old = [role("us", "PRIMARY", "192.0.2.1"), role("eu", "SECONDARY", "192.0.2.2")];
    let scene = || standing(of_a(json!({ "failover": { "primary": "eu", "secondary": "us" } })), &old);
    assert!(scene().refusals("change").is_empty());
    let new = [role("us", "SECONDARY", "192.0.2.1"), role("eu", "PRIMARY", "192.0.2.2")];
    assert_eq!(batch(&scene()), (new.to_vec(), old.to_vec()), "deleted as they stand, and made anew");
    assert_eq!(batch_back(scene(), &new), (old.to_vec(), new.to_vec()));
    let done = answering(standing(scene(), &new), &[(&["192.0.2.2"], 1)]);
    assert_eq!(name_of(&done.goal("change")), "holds");
}
