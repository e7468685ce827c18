//! Route 53 as the adapter sees and changes it: zones by id and by name, sets of every routing, answers by everybody who
//! gives them.

use crate::stage::*;
use landfall::service::observation::{Alias, AliasAddresses, DnsServer, HostedZone, RecordSet};
use landfall::service::observation::{DnsAnswers, RecordSets};
use landfall::service::{
    DnsObservation, DnsOperation, DnsQuery, DnsQuestion, Observation, Operation, Query, Reply, Silence, Unanswered,
    ZoneRef,
};
use serde_json::json;

const HEAD: &str = "[application]\nname = \"names\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n";

/// A cloud with the records of these components: name and fields.
async fn with(components: &[(&str, &str)]) -> Stage {
    let stage = empty().await;
    let part = |(name, fields): &(&str, &str)| format!("[component.{name}]\nkind = \"route53\"\n{fields}\n");
    stage.seed(&format!("{HEAD}{}", components.iter().map(part).collect::<String>()));
    stage.clear_calls();
    stage
}

fn zone(name: &str, private: Option<bool>) -> ZoneRef {
    ZoneRef { zone: name.into(), private }
}

fn in_zone(zone: ZoneRef, name: &str, resolve: bool) -> Query {
    Query::Dns(DnsQuery::RecordSets { zone, name: name.into(), resolve })
}

fn asking(zone: ZoneRef, name: &str, record_type: &str) -> DnsQuestion {
    DnsQuestion { zone, ..question(name, record_type) }
}

fn sets(observation: Observation) -> Vec<RecordSet> {
    match observation {
        Observation::Dns(DnsObservation::RecordSets(RecordSets { records, .. })) => records,
        other => panic!("record sets were asked for, not {other:?}"),
    }
}

fn zones(observation: Observation) -> Vec<HostedZone> {
    match observation {
        Observation::Dns(DnsObservation::HostedZones { zones }) => zones,
        other => panic!("zones were asked for, not {other:?}"),
    }
}

/// Who was asked and what each answered, the first of its answers; or why nobody was.
fn answers(observation: Observation) -> Result<Vec<(String, Vec<String>)>, String> {
    let Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers, not_asked })) = observation else {
        panic!("answers were asked for")
    };
    let first = |server: DnsServer| {
        let records = server.replies.first().map(|reply| reply.records.iter().map(ToString::to_string).collect());
        (server.name.to_string(), records.unwrap_or_default())
    };
    match not_asked {
        Some(why) => Err(why.to_string()),
        None => Ok(servers.into_iter().map(first).collect()),
    }
}

async fn refusal(query: Query) -> Unanswered {
    look(WEST, vec![query]).await.remove(0).expect_err("it is refused")
}

fn record(name: &str, record_type: &str, values: &[&str]) -> RecordSet {
    let values = values.iter().map(|value| (*value).into()).collect();
    RecordSet { name: name.into(), record_type: record_type.into(), ttl: Some(30), values, ..RecordSet::default() }
}

#[tokio::test]
async fn records_change_in_one_batch_that_comes_in_sync() {
    let stage = storefront().await;
    let before = sets(see(WEST, records(RECORD)).await);
    let alias =
        Alias { dns_name: "lb-1.us-west-2.elb.amazonaws.com.".into(), zone_id: "Z1".into(), evaluate_health: true };
    let weighted = |id: &str, weight| RecordSet {
        set_identifier: Some(id.into()),
        weight: Some(weight),
        ..record("weighted.example.com.", "CNAME", &["one.example.net"])
    };
    let aliased = RecordSet { ttl: None, alias: Some(alias), ..record("alias.example.com.", "A", &[]) };
    let upsert =
        vec![aliased.clone(), record("*.shop.example.com.", "A", &["192.0.2.7"]), weighted("a", 1), weighted("b", 0)];
    let operation = Operation::Dns(DnsOperation::ChangeRecords { zone: ZONE.into(), upsert, delete: before });
    let stuck = |on: bool| stage.knob(&json!({ "knob": "changes-stuck", "on": on }));
    stuck(true);
    let id = take(WEST, operation).await.expect("a change's id");

    let change = || Query::Dns(DnsQuery::DnsChange { id: id.as_str().into() });
    assert_eq!(
        see(WEST, change()).await,
        Observation::Dns(DnsObservation::DnsChange { status: Some("PENDING".into()) })
    );
    stuck(false);
    let in_sync =
        |seen: &Observation| *seen == Observation::Dns(DnsObservation::DnsChange { status: Some("INSYNC".into()) });
    see_until(WEST, change(), in_sync).await;

    let asked = ["shop.example.com.", "*.shop.example.com", "alias.example.com", "weighted.example.com"].map(records);
    let seen = look(WEST, asked.into()).await;
    let seen: Vec<Vec<RecordSet>> = seen.into_iter().map(|answer| sets(answer.expect("an answer"))).collect();
    assert!(seen[0].is_empty(), "deleted in the same batch");
    assert_eq!(seen[1][0].values, ["192.0.2.7".into()]);
    assert_eq!(seen[2], [aliased]);
    assert_eq!(seen[3].iter().map(|set| set.weight).collect::<Vec<_>>(), [Some(1), Some(0)]);
    assert!(stage.mutations()[0].parameters.to_string().contains("landfall run-1/orders-db/promote/1"));
}

#[tokio::test]
async fn record_sets_are_those_of_the_name_of_every_type_however_it_is_written() {
    let _stage = storefront().await;
    let seen = sets(see(WEST, records("SHOP.example.com")).await);
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].name.as_str(), seen[0].ttl), (RECORD, Some(60)));
    assert_eq!(seen[0].values, ["192.0.2.1".into()]);
    assert!(sets(see(WEST, records("aaa.example.com.")).await).is_empty(), "the list starts there, and goes on");
    let more =
        vec![record("shop.example.com.", "AAAA", &["2001:db8::1"]), record("shop.example.com.", "TXT", &["\"a b\""])];
    take(WEST, Operation::Dns(DnsOperation::ChangeRecords { zone: ZONE.into(), upsert: more, delete: Vec::new() }))
        .await;
    let types: Vec<String> =
        sets(see(WEST, records(RECORD)).await).iter().map(|set| set.record_type.to_string()).collect();
    assert_eq!(types, ["A", "AAAA", "TXT"]);
}

#[tokio::test]
async fn a_zone_is_found_by_its_id_its_name_and_how_private_it_is() {
    let _stage = with(&[
        ("outside", "zone = \"example.com\"\nrecord = \"shop.example.com\"\nvalues = [\"192.0.2.9\"]"),
        ("inside", "zone = \"example.com\"\nprivate = true\nrecord = \"shop.example.com\"\nvalues = [\"192.0.2.9\"]"),
        ("other", "zone = \"a.example.com\"\nrecord = \"shop.a.example.com\"\nvalues = [\"192.0.2.9\"]"),
    ])
    .await;
    let by_id = zones(see(WEST, Query::Dns(DnsQuery::HostedZone { zone: zone("ZEXAMPLECOM", None) })).await);
    assert_eq!((by_id[0].name.as_str(), by_id[0].private, by_id[0].name_servers.len()), ("example.com.", false, 4));
    let both = zones(see(WEST, Query::Dns(DnsQuery::HostedZone { zone: zone("example.com.", None) })).await);
    let ids: Vec<&str> = both.iter().map(|zone| zone.id.as_str()).collect();
    assert_eq!(ids, ["ZEXAMPLECOM", "ZEXAMPLECOMPRIVATE"], "neither the one below it");
    let private = zones(see(WEST, Query::Dns(DnsQuery::HostedZone { zone: zone("example.com.", Some(true)) })).await);
    assert_eq!((private[0].id.as_str(), private[0].vpcs.len()), ("ZEXAMPLECOMPRIVATE", 1));
    assert!(private[0].name_servers.is_empty());
    for nobody in [zone("example.org.", None), zone("a.example.com.", Some(true)), zone("ZNOBODY", None)] {
        assert!(zones(see(WEST, Query::Dns(DnsQuery::HostedZone { zone: nobody })).await).is_empty());
    }
    assert_eq!(sets(see(WEST, in_zone(zone("example.com.", Some(false)), "shop.example.com.", false)).await).len(), 1);
    let twins = refusal(in_zone(zone("example.com.", None), "shop.example.com.", false)).await;
    assert!(twins.message.contains("2 hosted zones are called example.com."), "{}", twins.message);
}

#[tokio::test]
async fn a_zone_that_is_not_there_is_an_error_not_an_empty_one() {
    let _stage = storefront().await;
    let error = refusal(in_zone(zone("Z9", None), RECORD, false)).await;
    assert_ne!(error.because, Silence::NoAnswer);
    assert_eq!(error.code.as_deref(), Some("NoSuchHostedZone"));
    let error = refusal(Query::Dns(DnsQuery::DnsAnswer(asking(zone("Z9", None), RECORD, "A")))).await;
    assert_eq!(error.code.as_deref(), Some("NoSuchHostedZone"));
}

#[tokio::test]
async fn many_names_of_a_zone_are_one_list_and_its_zone_is_asked_for_once_a_minute() {
    let stage = storefront().await;
    let names = (0..20).map(|number| records(&format!("n{number}.example.com.")));
    let queries: Vec<Query> =
        names.chain([records(RECORD), Query::Dns(DnsQuery::HostedZone { zone: ZONE.into() })]).collect();
    let seen = look(WEST, queries).await;
    assert_eq!(sets(seen[20].clone().expect("an answer")).len(), 1);
    assert!(sets(seen[0].clone().expect("an answer")).is_empty());
    let operations: Vec<String> = stage.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(operations.iter().filter(|name| *name == "ListResourceRecordSets").count(), 1, "{operations:?}");
    assert_eq!(operations.len(), 2, "{operations:?}");
}

#[tokio::test]
async fn sets_of_every_routing_are_seen_whole_and_put_back_exactly() {
    let stage = with(&[
        ("roles", "zone = \"Z1\"\nrecord = \"roles.example.com\"\nfailover = { primary = \"eu\", secondary = \"us\" }"),
        ("near", "zone = \"Z1\"\nrecord = \"near.example.com\"\nset = \"us\"\nvalues = [\"192.0.2.9\"]"),
        ("many", "zone = \"Z1\"\nrecord = \"many.example.com\"\nset = \"us\"\nrouting = \"multivalue\"\nvalues = [\"192.0.2.9\"]"),
    ])
    .await;
    let at = |name: &str| in_zone("Z1".into(), name, false);
    let roles = sets(see(WEST, at("roles.example.com")).await);
    let named: Vec<_> = roles.iter().map(|set| (set.set_identifier.as_deref(), set.failover.as_deref())).collect();
    assert_eq!(named, [(Some("us"), Some("PRIMARY")), (Some("eu"), Some("SECONDARY"))]);
    let near = sets(see(WEST, at("near.example.com")).await);
    assert_eq!(near[0].region.as_deref(), Some("us-east-1"));
    let many = sets(see(WEST, at("many.example.com")).await);
    assert!(many.iter().all(|set| set.multivalue) && many.len() == 2);

    // Two sets never have one role, not even within a batch: both are deleted and made anew.
    let swapped: Vec<RecordSet> = roles
        .iter()
        .map(|set| {
            let role = if set.failover.as_deref() == Some("PRIMARY") { "SECONDARY" } else { "PRIMARY" };
            RecordSet { failover: Some(role.into()), health_check: Some("hc-1".into()), ..set.clone() }
        })
        .collect();
    let change = |upsert: &[RecordSet], delete: &[RecordSet]| {
        Operation::Dns(DnsOperation::ChangeRecords {
            zone: "Z1".into(),
            upsert: upsert.to_vec(),
            delete: delete.to_vec(),
        })
    };
    assert!(matches!(act(WEST, change(&swapped, &[])).await.0, Reply::Refused { .. }));
    take(WEST, change(&swapped, &roles)).await;
    assert_eq!(sets(see(WEST, at("roles.example.com")).await), swapped);
    take(WEST, change(&roles, &swapped)).await;
    assert_eq!(sets(see(WEST, at("roles.example.com")).await), roles);

    let changed = |set: &RecordSet| RecordSet { values: vec!["192.0.2.99".into()], ..set.clone() };
    take(WEST, change(&[changed(&near[0]), changed(&many[0])], &[])).await;
    take(WEST, change(&[near[0].clone(), many[0].clone()], &[])).await;
    assert_eq!(
        (sets(see(WEST, at("near.example.com")).await), sets(see(WEST, at("many.example.com")).await)),
        (near, many)
    );
    assert!(stage.mutations().iter().all(|call| call.operation == "ChangeResourceRecordSets"));
}

#[tokio::test]
async fn a_type_change_is_one_batch_there_and_back() {
    let _stage = storefront().await;
    let alias =
        Alias { dns_name: "lb-1.us-east-1.elb.amazonaws.com.".into(), zone_id: "Z2".into(), evaluate_health: true };
    let old = RecordSet { ttl: None, values: Vec::new(), alias: Some(alias), ..record("typed.example.com.", "A", &[]) };
    let new = record("typed.example.com.", "CNAME", &["lb-2.eu-west-1.elb.amazonaws.com"]);
    let change = |upsert: &RecordSet, delete: Option<&RecordSet>| {
        Operation::Dns(DnsOperation::ChangeRecords {
            zone: ZONE.into(),
            upsert: vec![upsert.clone()],
            delete: delete.into_iter().cloned().collect(),
        })
    };
    take(WEST, change(&old, None)).await;
    assert!(matches!(act(WEST, change(&new, None)).await.0, Reply::Refused { .. }), "a CNAME stands beside nothing");
    take(WEST, change(&new, Some(&old))).await;
    assert_eq!(sets(see(WEST, records("typed.example.com.")).await), std::slice::from_ref(&new));
    take(WEST, change(&old, Some(&new))).await;
    assert_eq!(sets(see(WEST, records("typed.example.com.")).await), [old]);
}

#[tokio::test]
async fn the_name_servers_are_asked_themselves_and_may_lag_behind_the_api() {
    let stage = storefront().await;
    let both = || {
        vec![
            Query::Dns(DnsQuery::DnsAnswer(question(RECORD, "A"))),
            Query::Dns(DnsQuery::NameServers(question(RECORD, "A"))),
        ]
    };
    let told = |seen: Vec<Result<Observation, Unanswered>>| -> Vec<Vec<(String, Vec<String>)>> {
        seen.into_iter().map(|answer| answers(answer.expect("an answer")).expect("somebody is asked")).collect()
    };
    let seen = told(look(WEST, both()).await);
    assert_eq!(seen[0], [("TestDNSAnswer".to_owned(), vec!["192.0.2.1".to_owned()])]);
    assert!(seen[1][0].0.ends_with("(LANDFALL_RESOLVER)"), "{}", seen[1][0].0);
    assert_eq!(seen[1][0].1, ["192.0.2.1"]);

    stage.knob(&json!({"knob": "name-servers", "behind": true}));
    let moved = record(RECORD, "A", &["192.0.2.9"]);
    let id = take(
        WEST,
        Operation::Dns(DnsOperation::ChangeRecords { zone: ZONE.into(), upsert: vec![moved], delete: Vec::new() }),
    )
    .await;
    let in_sync = Observation::Dns(DnsObservation::DnsChange { status: Some("INSYNC".into()) });
    see_until(WEST, Query::Dns(DnsQuery::DnsChange { id: id.expect("a change's id").as_str().into() }), |seen| {
        *seen == in_sync
    })
    .await;
    let seen = told(look(WEST, both()).await);
    assert_eq!((&seen[0][0].1[0], &seen[1][0].1[0]), (&"192.0.2.9".to_owned(), &"192.0.2.1".to_owned()));

    for (knob, error) in [("silent", "no answer"), ("refusing", "")] {
        stage.knob(&json!({"knob": "name-servers", knob: true}));
        let Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers, .. })) =
            see(WEST, Query::Dns(DnsQuery::NameServers(question(RECORD, "A")))).await
        else {
            panic!("answers were asked for")
        };
        match (&servers[0].error, servers[0].replies.first()) {
            (Some(found), None) => assert_eq!(found.as_str(), error),
            (None, Some(reply)) => assert_eq!(reply.code.as_str(), "REFUSED"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_a_datagram_comes_whole() {
    let _stage = storefront().await;
    let addresses: Vec<String> = (1..=120).map(|host| format!("192.0.2.{host}")).collect();
    let many = record("many.example.com.", "A", &addresses.iter().map(String::as_str).collect::<Vec<_>>());
    let id = take(
        WEST,
        Operation::Dns(DnsOperation::ChangeRecords { zone: ZONE.into(), upsert: vec![many], delete: Vec::new() }),
    )
    .await;
    let in_sync = Observation::Dns(DnsObservation::DnsChange { status: Some("INSYNC".into()) });
    see_until(WEST, Query::Dns(DnsQuery::DnsChange { id: id.expect("a change's id").as_str().into() }), |seen| {
        *seen == in_sync
    })
    .await;
    let told =
        answers(see(WEST, Query::Dns(DnsQuery::NameServers(question("many.example.com.", "A")))).await).expect("asked");
    assert_eq!(told[0].1.len(), 120);
}

#[tokio::test]
async fn weighted_sets_are_asked_for_as_often_as_is_wanted() {
    let _stage =
        with(&[("w", "zone = \"Z1\"\nrecord = \"w.example.com\"\nweights = { us = 0, us2 = 0, us3 = 0, eu = 1 }")])
            .await;
    let often = |times| DnsQuestion { times, ..asking("Z1".into(), "w.example.com.", "A") };
    for (query, wanted) in
        [(Query::Dns(DnsQuery::DnsAnswer(often(6))), 6), (Query::Dns(DnsQuery::NameServers(often(6))), 24)]
    {
        let Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers, .. })) = see(WEST, query).await else {
            panic!("answers were asked for")
        };
        let replies = &servers[0].replies;
        assert_eq!((replies.len(), replies.iter().map(|reply| reply.times).sum::<u32>()), (3, wanted), "{replies:?}");
    }
}

#[tokio::test]
async fn latency_records_are_asked_for_as_if_from_where_a_set_is() {
    let _stage =
        with(&[("near", "zone = \"Z1\"\nrecord = \"near.example.com\"\nset = \"us\"\nvalues = [\"192.0.2.9\"]")]).await;
    let stands = sets(see(WEST, in_zone("Z1".into(), "near.example.com", false)).await);
    for set in &stands {
        let from = |near| DnsQuestion { near: Some(near), ..asking("Z1".into(), "near.example.com.", "A") };
        for query in [
            Query::Dns(DnsQuery::DnsAnswer(from(set.values[0].clone()))),
            Query::Dns(DnsQuery::NameServers(from(set.values[0].clone()))),
        ] {
            let told = answers(see(WEST, query).await).expect("asked");
            assert_eq!(told[0].1, [set.values[0].to_string()]);
        }
    }
}

#[tokio::test]
async fn the_targets_of_aliases_are_resolved_to_what_clients_get() {
    let _stage = storefront().await;
    let name = "lb-1.us-west-2.elb.amazonaws.com.";
    let alias = Alias { dns_name: name.into(), zone_id: "Z2".into(), evaluate_health: false };
    let aliased = RecordSet { ttl: None, alias: Some(alias), ..record("alias.example.com.", "A", &[]) };
    let id = take(
        WEST,
        Operation::Dns(DnsOperation::ChangeRecords { zone: ZONE.into(), upsert: vec![aliased], delete: Vec::new() }),
    )
    .await;
    let in_sync = Observation::Dns(DnsObservation::DnsChange { status: Some("INSYNC".into()) });
    see_until(WEST, Query::Dns(DnsQuery::DnsChange { id: id.expect("a change's id").as_str().into() }), |seen| {
        *seen == in_sync
    })
    .await;
    let seen = see(WEST, in_zone(ZONE.into(), "alias.example.com.", true)).await;
    let Observation::Dns(DnsObservation::RecordSets(RecordSets { targets, .. })) = seen else {
        panic!("record sets were asked for")
    };
    let [AliasAddresses { dns_name, addresses: Some(addresses) }] = &targets[..] else { panic!("{targets:?}") };
    assert_eq!(dns_name.as_str(), name);
    let told = answers(see(WEST, Query::Dns(DnsQuery::NameServers(question("alias.example.com.", "A")))).await)
        .expect("asked");
    assert!(
        told[0].1.iter().all(|address| addresses.iter().any(|own| own.as_str() == address)) && told[0].1.len() == 2
    );
}

#[tokio::test]
async fn a_private_zone_has_nobody_to_ask_but_a_resolver_of_its_vpc() {
    let stage = with(&[(
        "inside",
        "zone = \"example.com\"\nprivate = true\nrecord = \"shop.example.com\"\nvalues = [\"192.0.2.9\"]",
    )])
    .await;
    let question = || asking(zone("example.com.", Some(true)), "shop.example.com.", "A");
    let api = answers(see(WEST, Query::Dns(DnsQuery::DnsAnswer(question()))).await).expect_err("nobody is asked");
    assert!(api.contains("private zone"), "{api}");
    let servers = answers(see(WEST, Query::Dns(DnsQuery::NameServers(question()))).await).expect_err("nobody is asked");
    assert!(servers.contains("vpc-seeded") && servers.contains("`resolver`"), "{servers}");
    assert!(stage.calls_of("TestDNSAnswer").is_empty());
    let resolver = Query::Dns(DnsQuery::Resolver { at: stage.dns_private().into(), question: question() });
    let told = answers(see(WEST, resolver).await).expect("it is asked");
    assert_eq!(told, [(format!("resolver {}", stage.dns_private()), vec!["192.0.2.1".to_owned()])]);
}

#[tokio::test]
async fn who_may_not_ask_test_dns_answer_is_told_so_and_the_others_answer() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "access-denied", "operation": "TestDNSAnswer"}));
    let denied = answers(see(WEST, Query::Dns(DnsQuery::DnsAnswer(question(RECORD, "A")))).await)
        .expect_err("it may not be asked");
    assert!(denied.starts_with("TestDNSAnswer may not be asked: AccessDenied"), "{denied}");
    assert!(answers(see(WEST, Query::Dns(DnsQuery::NameServers(question(RECORD, "A")))).await).is_ok());
    stage.mend_all();
    stage.fault(&json!({"kind": "access-denied", "operation": "GetHostedZone"}));
    assert!(
        answers(see(WEST, Query::Dns(DnsQuery::DnsAnswer(question(RECORD, "A")))).await).is_ok(),
        "the id is enough"
    );
    assert_eq!(refusal(Query::Dns(DnsQuery::HostedZone { zone: ZONE.into() })).await.because, Silence::Denied);
    let listed = zones(see(WEST, Query::Dns(DnsQuery::HostedZone { zone: zone("example.com.", None) })).await);
    assert_eq!((listed[0].id.as_str(), listed[0].name_servers.len()), (ZONE, 0), "its name is enough");
    assert_eq!(sets(see(WEST, in_zone(zone("example.com.", None), RECORD, false)).await).len(), 1);
    stage.mend_all();
    stage.fault(&json!({"kind": "throttle", "operation": "TestDNSAnswer"}));
    assert_eq!(refusal(Query::Dns(DnsQuery::DnsAnswer(question(RECORD, "A")))).await.because, Silence::Throttled);
}

#[tokio::test]
async fn an_unknown_change_is_unknown_and_a_calls_evidence_is_of_its_home() {
    let _stage = storefront().await;
    let change = Query::Dns(DnsQuery::DnsChange { id: "C0000000000000000000".into() });
    let (seen, calls) = look_with_evidence(&place(WEST), vec![change, records(RECORD)]).await;
    assert_eq!(seen[0].answer, Ok(Observation::Dns(DnsObservation::DnsChange { status: None })));
    assert!(calls.iter().all(|call| call.region.as_str() == EAST), "Route 53's API is there, whoever asks");
    let moved = record(RECORD, "A", &["192.0.2.9"]);
    let operation =
        Operation::Dns(DnsOperation::ChangeRecords { zone: ZONE.into(), upsert: vec![moved], delete: Vec::new() });
    let (_, calls) = act(WEST, operation).await;
    assert!(calls[0].mutation && calls[0].region.as_str() == EAST);
}
