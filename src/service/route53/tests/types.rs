use super::*;

fn lb() -> Value {
    json!({ "alias": { "dns_name": "new.us-west-2.elb.amazonaws.com", "zone_id": "Z2" } })
}

#[test]
fn an_alias_that_becomes_a_cname_is_one_batch_and_comes_back_exactly() {
    let old = [alias("A", "old.us-east-1.elb.amazonaws.com."), alias("AAAA", "old.us-east-1.elb.amazonaws.com.")];
    let scene = standing(to_new(), &old);
    assert!(scene.refusals("change").is_empty(), "{:?}", scene.refusals("change"));
    let (upsert, delete) = batch(&scene);
    assert_eq!((upsert, delete), (vec![simple("new.example.com", 60)], old.to_vec()));
    let (upsert, delete) = batch_back(scene, &[simple("new.example.com", 60)]);
    assert_eq!((upsert, delete), (old.to_vec(), vec![simple("new.example.com", 60)]));
}

#[test]
fn a_cname_that_becomes_an_alias_or_an_address_is_one_batch_and_comes_back_exactly() {
    let old = simple("old.example.com", 300);
    for (scene, new) in [
        (of_a(lb()), alias("A", "new.us-west-2.elb.amazonaws.com.")),
        (of_a(json!({ "values": ["192.0.2.9"] })), a("192.0.2.9")),
    ] {
        let scene = standing(scene, std::slice::from_ref(&old));
        assert!(scene.refusals("change").is_empty(), "{:?}", scene.refusals("change"));
        assert_eq!(batch(&scene), (vec![new.clone()], vec![old.clone()]));
        let before = scene.image("change");
        assert_eq!(batch_back(scene, std::slice::from_ref(&new)), (vec![old.clone()], vec![new.clone()]));
        let changed =
            standing(of_a(lb()).before(before).taken(Some("C1")), &[alias("A", "new.us-west-2.elb.amazonaws.com.")]);
        assert_eq!(given_by(&change(changed, "INSYNC").goal("change"))["ttl_before"].as_str(), "300");
    }
}

#[test]
fn a_type_change_undone_halfway_through_by_somebody_still_comes_back() {
    let old = alias("A", "old.us-east-1.elb.amazonaws.com.");
    let scene = standing(to_new(), std::slice::from_ref(&old));
    let by_hand = a("192.0.2.77");
    let (upsert, delete) = batch_back(scene, &[by_hand]);
    assert_eq!((upsert, delete), (vec![old], Vec::new()), "the CNAME is gone already, nothing else is taken away");
}

#[test]
fn a_cname_replaces_no_record_that_is_not_an_address() {
    for (other, word) in [
        (record("TXT", "\"v=spf1\"", 60), "a TXT record stands there"),
        (record("MX", "10 mail.example.com", 60), "a MX record stands there"),
        (weighted("us", 1, "192.0.2.1"), "a weighted A record stands there"),
    ] {
        let scene = standing(to_new(), &[alias("A", "old.elb.amazonaws.com."), other]);
        let check = check(&scene, "change", "route53-record");
        assert!(check.found.ends_with(word), "{}", check.found);
        assert!(check.identity);
    }
    let text = scene(json!({ "values": ["\"v=spf1\""], "type": "TXT" }));
    assert_eq!(standing(text, &[simple("old.example.com", 60)]).refusals("change"), ["route53-record"]);
    let v6 = scene(json!({ "values": ["2001:db8::1"], "type": "AAAA" }));
    assert_eq!(standing(v6, &[simple("old.example.com", 60)]).refusals("change"), ["route53-record"]);
}

#[test]
fn an_address_of_the_other_family_that_stays_behind_is_told_before() {
    let old = [a("192.0.2.1"), record("AAAA", "2001:db8::1", 60)];
    let plan = || of_a(json!({ "values": ["192.0.2.9"] }));
    let scene = standing(plan(), &old);
    assert_eq!(scene.refusals("change"), ["route53-address-family"]);
    let found = check(&scene, "change", "route53-address-family");
    assert!(found.found.contains("2001:db8::1") && found.weight == Weight::Blocks, "{found:?}");

    let mut both = plan();
    let mut twin = both.plan.components[0].clone();
    twin.name = "six".into();
    twin.fields.0.insert("type".to_owned(), "AAAA".into());
    twin.fields.0.insert("zone".to_owned(), "/hostedzone/Z1".into());
    both.plan.components.push(twin);
    assert!(standing(both, &old).refusals("change").is_empty(), "the plan sees to it");

    let same = [alias("A", "old.elb.amazonaws.com."), alias("AAAA", "new.us-west-2.elb.amazonaws.com.")];
    assert!(standing(of_a(lb()), &same).refusals("change").is_empty(), "it leads there already");
}

#[test]
fn an_answer_of_the_region_that_is_left_is_refused() {
    let primary = scene(json!({})).plan.application.primary.to_string();
    let old = [record("CNAME", "db.internal", 60)];
    for (value, refuses) in
        [(format!("db.x.{primary}.rds.amazonaws.com"), true), ("db.elsewhere.example.com".to_owned(), false)]
    {
        let scene = standing(scene(json!({ "type": "CNAME", "values": [value], "ttl": 60 })), &old);
        assert_eq!(scene.refusals("change").contains(&"route53-old-address".to_owned()), refuses, "{value}");
    }
}
