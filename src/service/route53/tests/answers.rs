use super::*;
use crate::plan::Level;
use crate::service::DnsQuery;

const OLD_LB: &str = "old-1.us-east-1.elb.amazonaws.com.";
const NEW_LB: &str = "new-1.eu-west-1.elb.amazonaws.com.";

fn simple_record() -> Scene {
    standing(of_a(json!({ "values": ["192.0.2.9"] })), &[a("192.0.2.9")])
}

fn wanted(scene: Scene) -> (String, String) {
    let goal = later_goal(scene);
    (name_of(&goal).to_owned(), words_of(&goal))
}

fn name(scene: Scene) -> String {
    wanted(scene).0
}

#[test]
fn everybody_who_answers_must_answer_so_and_is_named() {
    let (verdict, words) = wanted(answering(simple_record(), &[(&["192.0.2.9"], 1)]));
    assert_eq!(verdict, "holds");
    assert_eq!(
        words,
        "TestDNSAnswer, ns-1.awsdns.com, ns-2.awsdns.net answered 192.0.2.9; the old ttl of 60 s is over"
    );
}

#[test]
fn name_servers_that_lag_behind_the_api_are_waited_for() {
    let api = told(&[server("TestDNSAnswer", &[reply("NOERROR", &["192.0.2.9"], 1)])]);
    let new = || server("ns-1.awsdns.com", &[reply("NOERROR", &["192.0.2.9"], 1)]);
    let old = server("ns-2.awsdns.net", &[reply("NOERROR", &["192.0.2.1"], 1)]);
    let (verdict, words) = wanted(answered(simple_record(), api.clone(), told(&[new(), old])));
    assert_eq!((verdict.as_str(), words.as_str()), ("moving", "ns-2.awsdns.net still answers 192.0.2.1"));
    let gone = server("ns-2.awsdns.net", &[reply("NXDOMAIN", &[], 1)]);
    assert_eq!(name(answered(simple_record(), api, told(&[new(), gone]))), "moving");
}

#[test]
fn who_may_not_be_asked_or_cannot_be_reached_is_said_and_is_no_failure() {
    let api = || told(&[server("TestDNSAnswer", &[reply("NOERROR", &["192.0.2.9"], 1)])]);
    let servers = || told(&[server("ns-1.awsdns.com", &[reply("NOERROR", &["192.0.2.9"], 1)])]);
    let unreached = || {
        let error = Some("no answer within 3 s".into());
        told(&[DnsServer { name: "ns-1.awsdns.com".into(), replies: Vec::new(), error }])
    };
    let denied = || not_asked("TestDNSAnswer may not be asked: AccessDenied: not authorized");
    for (api, servers, said) in [
        (api(), unreached(), "ns-1.awsdns.com: no answer within 3 s"),
        (api(), not_asked("name servers are not asked: the endpoint of AWS leads to this machine"), "not asked"),
        (denied(), servers(), "TestDNSAnswer may not be asked: AccessDenied"),
        (denied(), unreached(), "what clients get was not read"),
        (denied(), not_asked("closed"), "the record sets are as wanted: 192.0.2.9"),
    ] {
        let (verdict, words) = wanted(answered(simple_record(), api, servers));
        assert_eq!(verdict, "holds", "{words}");
        assert!(words.contains(said) && words.ends_with("the old ttl of 60 s is over"), "{words}");
    }
    let old = told(&[server("ns-1.awsdns.com", &[reply("NOERROR", &["192.0.2.1"], 1)])]);
    assert_eq!(name(answered(simple_record(), denied(), old)), "moving", "who can be asked is believed");
}

#[test]
fn a_silent_api_is_no_failure_while_the_name_servers_answer_and_holds_nothing_up() {
    let scene = simple_record();
    let asks = scene.work("clients").asks(&Asked::No);
    let silent = asks.into_iter().fold(scene, |scene, ask| match &ask.query {
        Query::Dns(DnsQuery::DnsAnswer(_)) => scene.hears_nothing(Side::Recovery, ask.query),
        Query::Dns(DnsQuery::NameServers(_)) => {
            let servers = told(&[server("ns-1.awsdns.com", &[reply("NOERROR", &["192.0.2.9"], 1)])]);
            scene.sees(Side::Recovery, ask.query, servers)
        }
        _ => scene,
    });
    let (verdict, words) = wanted(silent);
    assert_eq!(verdict, "holds");
    assert!(words.contains("TestDNSAnswer did not answer: no answer in 2 s"), "{words}");
    let alone = scene_with(json!({ "verify": "api" }));
    assert_eq!(name(alone), "unknown", "nobody answered at all");
}

fn scene_with(more: Value) -> Scene {
    let mut what = json!({ "values": ["192.0.2.9"] });
    for (name, value) in more.as_object().expect("a table") {
        what[name] = value.clone();
    }
    standing(of_a(what), &[a("192.0.2.9")])
}

#[test]
fn the_plan_says_by_whom_it_is_verified() {
    let kinds = |more: Value| {
        let asks = scene_with(more).work("clients").asks(&Asked::No);
        let asks = asks.iter().map(|ask| match ask.query {
            Query::Dns(DnsQuery::DnsAnswer(_)) => "api",
            Query::Dns(DnsQuery::NameServers(_)) => "servers",
            Query::Dns(DnsQuery::Resolver { .. }) => "resolver",
            _ => "records",
        });
        asks.collect::<Vec<_>>()
    };
    assert_eq!(kinds(json!({})), ["records", "api", "servers"]);
    assert_eq!(kinds(json!({ "verify": "both" })), ["records", "api", "servers"]);
    assert_eq!(kinds(json!({ "verify": "api" })), ["records", "api"]);
    assert_eq!(kinds(json!({ "verify": "name-servers" })), ["records", "servers"]);
    assert_eq!(kinds(json!({ "private": true, "resolver": "10.0.0.2" })), ["records", "resolver"]);
}

#[test]
fn name_servers_that_have_to_be_asked_and_can_never_be_refuse_the_start() {
    let closed = || answered(scene_with(json!({ "verify": "name-servers" })), not_asked(""), not_asked("closed to us"));
    assert_eq!(closed().refusals("change"), ["route53-verify"]);
    assert_eq!(wanted(closed()), ("bad".to_owned(), "closed to us".to_owned()));
    let error = Some("no answer within 3 s".into());
    let unreached = told(&[DnsServer { name: "ns-1".into(), replies: Vec::new(), error }]);
    let scene = answered(scene_with(json!({ "verify": "name-servers" })), not_asked(""), unreached);
    assert_eq!(name(scene), "unknown", "they may answer yet");
}

#[test]
fn what_cannot_be_verified_is_told_before_the_start_and_blocks_nothing() {
    let denied = answered(simple_record(), not_asked("TestDNSAnswer may not be asked"), not_asked("closed"));
    let found = check(&denied, "clients", "route53-verify");
    assert_eq!((found.level, found.weight), (Level::Failing, Weight::Advises));
    assert_eq!(found.found.as_str(), "TestDNSAnswer may not be asked; closed");
    // A silence is no "no", of whichever of them.
    let error = || Some("no answer within 3 s".into());
    let silent = |name: &str| told(&[DnsServer { name: name.into(), replies: Vec::new(), error: error() }]);
    let answers = || told(&[server("ns-1", &[reply("NOERROR", &["192.0.2.9"], 1)])]);
    for (api, servers, level) in [
        (silent("TestDNSAnswer"), answers(), Level::Unknown),
        (answers(), silent("ns-1"), Level::Unknown),
        (silent("TestDNSAnswer"), silent("ns-1"), Level::Unknown),
        (silent("TestDNSAnswer"), not_asked("closed"), Level::Failing),
    ] {
        let found = check(&answered(simple_record(), api, servers), "clients", "route53-verify");
        assert_eq!((found.level, found.weight), (level, Weight::Advises), "{found:?}");
    }
    let fine = answering(simple_record(), &[(&["192.0.2.9"], 1)]);
    assert_eq!(check(&fine, "clients", "route53-verify").level, Level::Ok);
    let slow = answering(standing(of_a(json!({ "values": ["192.0.2.9"] })), &[record("A", "192.0.2.1", 3600)]), &[]);
    let slow = check(&slow, "clients", "route53-ttl");
    assert_eq!((slow.weight, slow.found.as_str()), (Weight::Slows, "shop.example.com. has a ttl of 3600 s"));
}

#[test]
fn an_alias_answers_with_its_targets_addresses_and_not_with_the_old_ones() {
    let lb = || of_a(json!({ "alias": { "dns_name": NEW_LB, "zone_id": "Z2" } }));
    let standing = || resolving(lb(), &[alias("A", NEW_LB)], &[(NEW_LB, &["203.0.113.5", "203.0.113.6"])]);
    for (answer, verdict) in [
        (&["203.0.113.6"][..], "holds"),
        (&["203.0.113.5", "203.0.113.6"][..], "holds"),
        (&[NEW_LB][..], "holds"),
        (&["203.0.113.1"][..], "moving"),
        (&[OLD_LB][..], "moving"),
        (&[][..], "moving"),
    ] {
        assert_eq!(name(answering(standing(), &[(answer, 1)])), verdict, "{answer:?}");
    }
    let unknown = resolving(lb(), &[alias("A", NEW_LB)], &[(NEW_LB, &[])]);
    let (verdict, words) = wanted(answering(unknown, &[(&["203.0.113.6"], 1)]));
    assert_eq!(verdict, "holds");
    assert!(words.contains("could not be compared with those of new-1.eu-west-1.elb"), "{words}");
}

#[test]
fn a_content_network_answers_otherwise_elsewhere_and_that_is_said() {
    let cdn = "d111.cloudfront.net.";
    let plan = of_a(json!({ "alias": { "dns_name": cdn, "zone_id": "Z2FDTNDATAQYW2" } }));
    let mut stands = alias("A", cdn);
    stands.alias.as_mut().expect("an alias").zone_id = "Z2FDTNDATAQYW2".into();
    let scene = resolving(plan, &[stands], &[(cdn, &["192.0.2.50"])]);
    let (verdict, words) = wanted(answering(scene, &[(&["192.0.2.60"], 1)]));
    assert_eq!(verdict, "holds");
    assert!(words.contains("could not be compared"), "{words}");
}

fn four() -> Vec<RecordSet> {
    vec![
        weighted("us", 0, "192.0.2.1"),
        weighted("eu", 90, "192.0.2.2"),
        weighted("eu2", 90, "192.0.2.3"),
        weighted("eu3", 1, "192.0.2.4"),
    ]
}

fn to_three() -> Scene {
    standing(of_a(json!({ "weights": { "us": 0, "eu": 90, "eu2": 90, "eu3": 1 } })), &four())
}

#[test]
fn every_set_with_weight_is_read_as_often_as_it_takes() {
    let (eu, eu2, us) = (&["192.0.2.2"][..], &["192.0.2.3"][..], &["192.0.2.1"][..]);
    let (verdict, words) = wanted(answering(to_three(), &[(eu, 10), (eu2, 8)]));
    assert_eq!(verdict, "holds");
    assert!(words.contains("eu (192.0.2.2), eu2 (192.0.2.3) (not seen in 54 answers from here: eu3)"), "{words}");
    let (verdict, words) = wanted(answering(to_three(), &[(eu, 18)]));
    assert_eq!(verdict, "moving", "eu2 has half of the traffic and is not among 54 answers");
    assert!(words.starts_with("192.0.2.3 is not among 54 answers"), "{words}");
    let (verdict, words) = wanted(answering(to_three(), &[(eu, 10), (eu2, 8), (us, 1)]));
    assert_eq!(verdict, "moving");
    assert!(
        words.starts_with("TestDNSAnswer still answers 192.0.2.1, that of us (weight 0): is the health"),
        "{words}"
    );
    assert_eq!(name(answering(to_three(), &[(eu, 10), (&["192.0.2.99"], 1)])), "moving", "nobody's");
}

#[test]
fn a_set_whose_health_check_fails_is_not_taken_for_served() {
    let mut sets = four();
    sets[2].health_check = Some("hc-eu2".into());
    let (_, words) = wanted(answering(standing(to_three(), &sets), &[(&["192.0.2.2"], 18)]));
    assert!(words.ends_with("its health check hc-eu2 may be failing"), "{words}");
}

#[test]
fn rare_sets_are_asked_for_more_often_and_never_without_end() {
    let times = |weights: Value| {
        let asks = of_a(json!({ "weights": weights })).work("clients").asks(&Asked::No);
        let times = asks.into_iter().filter_map(|ask| match ask.query {
            Query::Dns(DnsQuery::DnsAnswer(question)) | Query::Dns(DnsQuery::NameServers(question)) => {
                Some(question.times)
            }
            _ => None,
        });
        times.collect::<Vec<u32>>()
    };
    assert_eq!(times(json!({ "us": 0, "eu": 100 })), [1, 1]);
    assert_eq!(times(json!({ "eu": 50, "eu2": 50 })), [4, 2]);
    assert_eq!(times(json!({ "eu": 255, "eu2": 1 })), [4, 16], "64 in all");
}

#[test]
fn an_answer_that_two_sets_share_is_the_wanted_ones() {
    let same = [weighted("us", 0, "192.0.2.2"), weighted("eu", 100, "192.0.2.2")];
    let scene = standing(of_a(json!({ "weights": { "us": 0, "eu": 100 } })), &same);
    assert_eq!(name(answering(scene, &[(&["192.0.2.2"], 1)])), "holds");
}

#[test]
fn latency_sets_answer_by_place_and_the_changed_ones_old_answer_is_not_among_them() {
    let plan = || of_a(json!({ "set": "us", "values": ["192.0.2.2"], "routing": "latency" }));
    let sets = [
        latency("us", "us-east-1", "192.0.2.2"),
        latency("eu", "eu-west-1", "192.0.2.3"),
        latency("ap", "ap-south-1", "192.0.2.4"),
    ];
    let scene = || standing(plan(), &sets);
    let near = scene().work("clients").asks(&Asked::No).into_iter().find_map(|ask| match ask.query {
        Query::Dns(DnsQuery::NameServers(question)) => question.near,
        _ => None,
    });
    assert_eq!(near.as_deref(), Some("192.0.2.2"), "asked as if from where the set's answer is");
    assert_eq!(name(answering(scene(), &[(&["192.0.2.2"], 2)])), "holds");
    let (verdict, words) = wanted(answering(scene(), &[(&["192.0.2.3"], 2)]));
    assert_eq!(verdict, "holds");
    assert!(words.contains("not seen in 6 answers from here: us"), "{words}");
    assert_eq!(name(answering(scene(), &[(&["192.0.2.1"], 2)])), "moving", "what us answered before");
}

#[test]
fn failover_sets_answer_with_the_primary_or_their_health_check_is_asked_about() {
    let sets = [role("us", "SECONDARY", "192.0.2.1"), role("eu", "PRIMARY", "192.0.2.2")];
    let scene = || standing(of_a(json!({ "failover": { "primary": "eu", "secondary": "us" } })), &sets);
    assert_eq!(name(answering(scene(), &[(&["192.0.2.2"], 1)])), "holds");
    let (verdict, words) = wanted(answering(scene(), &[(&["192.0.2.1"], 1)]));
    assert_eq!(verdict, "moving");
    assert!(words.contains("that of us (SECONDARY): is the other set's health check failing?"), "{words}");

    let set = |set: &str| {
        standing(
            of_a(json!({ "set": set, "values": ["192.0.2.9"] })),
            &[
                role("us", "PRIMARY", if set == "us" { "192.0.2.9" } else { "192.0.2.1" }),
                role("eu", "SECONDARY", if set == "eu" { "192.0.2.9" } else { "192.0.2.2" }),
            ],
        )
    };
    assert_eq!(name(answering(set("us"), &[(&["192.0.2.9"], 3)])), "holds");
    assert_eq!(name(answering(set("us"), &[(&["192.0.2.2"], 3)])), "moving", "the primary is what clients should get");
    assert_eq!(name(answering(set("eu"), &[(&["192.0.2.1"], 3)])), "holds", "a secondary stands by");
}

#[test]
fn a_multivalue_answer_has_every_set_the_changed_one_too_and_nothing_old() {
    let sets: Vec<RecordSet> = ["192.0.2.9", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"]
        .iter()
        .zip(["us", "b", "c", "d", "e"])
        .map(|(value, id)| multivalue(id, value))
        .collect();
    let scene = || standing(of_a(json!({ "set": "us", "values": ["192.0.2.9"] })), &sets);
    let five = ["192.0.2.9", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
    assert_eq!(name(answering(scene(), &[(&five, 4)])), "holds");
    assert_eq!(name(answering(scene(), &[(&five[1..], 4)])), "moving", "the changed one is missing");
    let old = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
    assert_eq!(name(answering(scene(), &[(&old, 4)])), "moving", "the old value is among them");
}

#[test]
fn a_private_zone_is_verified_by_a_resolver_or_by_its_record_sets_and_that_is_said() {
    let private = json!({ "private": true });
    let (verdict, words) = wanted(answered(scene_with(private), not_asked("private zone"), not_asked("VPCs only")));
    assert_eq!(verdict, "holds");
    assert!(words.contains("what clients get was not read: private zone; VPCs only"), "{words}");
    let resolver = || scene_with(json!({ "private": true, "resolver": "10.0.0.2" }));
    let by = |value: &str| told(&[server("resolver 10.0.0.2", &[reply("NOERROR", &[value], 1)])]);
    assert_eq!(name(answered(resolver(), not_asked(""), by("192.0.2.9"))), "holds");
    assert_eq!(name(answered(resolver(), not_asked(""), by("192.0.2.1"))), "moving");
}

#[test]
fn values_are_compared_as_dns_means_them() {
    use crate::service::route53::answers::is_same_value;
    assert!(is_same_value("CNAME", "New.example.com", "new.example.com."));
    assert!(is_same_value("AAAA", "2001:db8::1", "2001:0db8:0:0:0:0:0:1"));
    assert!(is_same_value("TXT", "\"v=spf1 -all\"", "\"v=spf1 -all\""));
    assert!(!is_same_value("TXT", "\"Token\"", "\"token\""), "a text's case is part of it");
    assert!(!is_same_value("TXT", "\"a.\"", "\"a\""), "and so is its dot");
    assert!(is_same_value("MX", "10 Mail.example.com", "10 mail.example.com."));
    assert!(is_same_value("A", "LB-1.example.com", "lb-1.example.com."), "an alias, where there are no addresses");
    assert!(!is_same_value("A", "192.0.2.1", "192.0.2.10"));
}

#[test]
fn a_wildcard_is_asked_for_by_its_own_name() {
    let plan = Scene::new("route53", json!({ "zone": "Z1", "record": "\\052.Example.com", "values": ["192.0.2.9"] }));
    let asks = plan.work("clients").asks(&Asked::No);
    let names: Vec<&str> = asks
        .iter()
        .map(|ask| match &ask.query {
            Query::Dns(DnsQuery::RecordSets { name, .. }) => name.as_str(),
            Query::Dns(DnsQuery::DnsAnswer(question)) | Query::Dns(DnsQuery::NameServers(question)) => {
                question.name.as_str()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["*.example.com."; 3]);
}
