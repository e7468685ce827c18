use super::*;

#[test]
fn a_record_that_stands_as_wanted_and_is_answered_so_is_already_done() {
    let scene = answering(standing(to_new(), &[simple("new.example.com", 60)]), &[(&["new.example.com."], 1)]);
    let verdict = scene.goal("change");
    assert_eq!(name_of(&verdict), "holds");
    assert_eq!(given_by(&verdict)["record"].as_str(), NAME);
    assert!(words_of(&verdict).contains("ns-1.awsdns.com, ns-2.awsdns.net"), "{}", words_of(&verdict));
}

#[test]
fn a_record_that_is_listed_and_not_answered_yet_is_changed_again_and_waited_for() {
    let old = answering(standing(to_new(), &[simple("new.example.com", 60)]), &[(&["old.example.com."], 1)]);
    assert_eq!(name_of(&old.goal("change")), "untouched");
    assert!(old.refusals("change").is_empty());
    assert_eq!(batch(&old).0, [simple("new.example.com", 60)]);
    let one_lags = answered(
        standing(to_new(), &[simple("new.example.com", 60)]),
        told(&[server("TestDNSAnswer", &[reply("NOERROR", &["new.example.com."], 1)])]),
        told(&[server("ns-1.awsdns.com", &[reply("NOERROR", &["old.example.com."], 1)])]),
    );
    assert_eq!(name_of(&one_lags.goal("change")), "untouched");
}

#[test]
fn where_nobody_can_be_asked_the_record_sets_tell_and_that_is_said() {
    let scene = standing(to_new(), &[simple("new.example.com", 60)]);
    let verdict = answered(scene, not_asked("denied"), not_asked("closed")).goal("change");
    assert_eq!(name_of(&verdict), "holds");
    assert!(words_of(&verdict).contains("denied; closed"), "{}", words_of(&verdict));
    let silent = standing(to_new(), &[simple("new.example.com", 60)]);
    assert_eq!(name_of(&silent.goal("change")), "unknown", "who has not answered yet may still say otherwise");
}

#[test]
fn an_alias_is_the_same_with_or_without_its_dot_and_the_console_prefix() {
    let plan = of_a(json!({ "alias": { "dns_name": "LB-1.example.com", "zone_id": "Z2" } }));
    let scene = standing(plan, &[alias("A", "dualstack.lb-1.example.com.")]);
    let scene = answering(scene, &[(&["lb-1.example.com."], 1)]);
    assert_eq!(name_of(&scene.goal("change")), "holds");
    assert_eq!(name_of(&standing(scene, &[alias("A", "lb-2.example.com.")]).goal("change")), "untouched");
}

#[test]
fn a_set_of_another_kind_than_was_said_is_not_already_done() {
    let plan = of_a(json!({ "set": "us", "routing": "failover", "values": ["192.0.2.9"] }));
    let scene = answering(standing(plan, &[latency("us", "us-east-1", "192.0.2.9")]), &[(&["192.0.2.9"], 1)]);
    assert_eq!(name_of(&scene.goal("change")), "untouched");
    assert_eq!(scene.refusals("change"), ["route53-record"]);
}

#[test]
fn a_value_written_otherwise_is_the_same_value() {
    let v6 = scene(json!({ "values": ["2001:0db8:0::2"], "type": "AAAA" }));
    let scene = standing(v6, &[record("AAAA", "2001:db8::2", 60)]);
    assert_eq!(name_of(&answering(scene, &[(&["2001:db8::2"], 1)]).goal("change")), "holds");
    let scene = standing(to_new(), &[simple("NEW.example.com.", 60)]);
    assert_eq!(name_of(&answering(scene, &[(&["new.example.com."], 1)]).goal("change")), "holds");
}
