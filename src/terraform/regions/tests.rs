//! What is the same in two regions differs in nothing, whatever its ids; what is planted is found, with what comes of it.

use super::*;
use crate::snapshot::Gap;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

const FROM: &str = "us-east-1";
const TO: &str = "us-west-2";

#[test]
fn what_a_fence_left_in_a_region_is_missing_in_none() {
    let (mut primary, recovery) = webapp(1);
    let own = primary.resources.iter().find(|one| one.kind == "db-instance").expect("a database");
    let kept = Resource { id: format!("{}-fenced-202611261002", own.id), ..own.clone() };
    primary.resources.push(Resource { name: Some(kept.id.clone()), ..kept.clone() });
    let primary = primary.settled();
    for (one, other) in [(&primary, &recovery), (&recovery, &primary)] {
        let found = between(one, other, &Said::default(), &[]);
        let told: Vec<Drift> = found
            .compared
            .findings
            .iter()
            .filter(|finding| finding.id == kept.id)
            .map(|finding| finding.drift)
            .collect();
        assert_eq!(told, [Drift::Expected]);
        assert!(
            !found.there.keys().chain(found.there.values()).any(|of| of.id == kept.id),
            "it is paired with nothing"
        );
    }
}

/// The web application as real Terraform made it, with its roles allowed in both regions.
fn webapp(seed: u64) -> (Snapshot, Snapshot) {
    let primary = Snapshot::read(include_str!("../../../tests/terraform/drift/hot.json")).expect("a snapshot");
    twins(&primary, seed, 60, "")
}

/// `one` in both regions: every id another, addresses of a network of its own, stores with `suffix` behind their names.
fn twins(one: &Snapshot, seed: u64, octet: u8, suffix: &str) -> (Snapshot, Snapshot) {
    let mut text = one.text().replace(FROM, TO).replace("10.20.", &format!("10.{octet}."));
    text = text.replace("use1-az", "usw2-az");
    for resource in one.resources.iter().filter(|one| !one.global) {
        let opaque = |part: &str| {
            let digits = part.bytes().filter(u8::is_ascii_hexdigit).count();
            part.len() >= 8 && digits == part.bytes().filter(|byte| *byte != b'-').count()
        };
        let parts = resource.id.split(['/', ':']).chain(resource.arn.iter().flat_map(|arn| arn.split(['/', ':'])));
        let ids: BTreeSet<String> = parts
            .flat_map(|part| [part.to_owned(), part.split_once('-').map_or("", |(_, rest)| rest).to_owned()])
            .filter(|part| opaque(part) && *part != one.account)
            .collect();
        for id in ids {
            text = text.replace(&id, &other(&id, seed));
        }
        if resource.kind == "db-instance" && !suffix.is_empty() {
            text = text.replace(&format!("\"{}\"", resource.id), &format!("\"{}{suffix}\"", resource.id));
            text = text.replace(&format!("\"{}.", resource.id), &format!("\"{}{suffix}.", resource.id));
            text = text.replace(&format!("/{}\"", resource.id), &format!("/{}{suffix}\"", resource.id));
        }
    }
    for bucket in one.resources.iter().filter(|one| one.kind == "bucket") {
        // Its name is its own in all the world.
        for (before, behind) in [("\"", "\""), (":::", "\""), (":::", "/")] {
            text =
                text.replace(&format!("{before}{}{behind}", bucket.id), &format!("{before}{}-{TO}{behind}", bucket.id));
        }
    }
    let mut recovery = Snapshot::read(&text).expect("a snapshot");
    let mut primary = one.clone();
    // What is of all regions is one thing: its documents name both.
    for resource in &mut recovery.resources {
        if let Some(own) = primary
            .resources
            .iter_mut()
            .find(|own| own.global && own.kind == resource.kind && own.name == resource.name)
        {
            let both = merged(&Value::Object(own.config.clone()), &Value::Object(resource.config.clone()));
            own.config = both.as_object().cloned().expect("fields");
            *resource = own.clone();
        }
    }
    (primary.settled(), recovery.settled())
}

/// Lists of both.
fn merged(one: &Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.iter().map(|(name, value)| (name.clone(), merged(value, &other[name]))).collect()
        }
        (Value::Array(one), Value::Array(other)) if one.iter().all(Value::is_string) => {
            let all: BTreeSet<String> =
                one.iter().chain(other).filter_map(|one| one.as_str().map(str::to_owned)).collect();
            all.into_iter().collect()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.iter().zip(other).map(|(one, other)| merged(one, other)).collect()
        }
        (one, _) => one.clone(),
    }
}

/// As many digits, others.
fn other(id: &str, seed: u64) -> String {
    let mut state = id.bytes().fold(seed | 1, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    id.chars()
        .map(|letter| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let digit = u32::try_from(state >> 60).expect("four bits");
            if letter == '-' { '-' } else { char::from_digit(digit, 16).expect("a digit") }
        })
        .collect()
}

fn told(between: &Between) -> Vec<String> {
    let loud = between.compared.findings.iter().filter(|finding| !finding.drift.is_quiet());
    loud.map(|finding| {
        let name = finding.name.as_ref().unwrap_or(&finding.id);
        let field = finding.field.as_ref().map_or_else(String::new, |field| format!(" {field}"));
        format!("{} {}/{name}{field}", finding.drift.word(), finding.kind)
    })
    .collect()
}

fn compared(primary: &Snapshot, recovery: &Snapshot) -> Between {
    between(primary, recovery, &Said::default(), &[])
}

fn change(snapshot: &mut Snapshot, kind: &str, change: impl FnOnce(&mut Resource)) {
    change(snapshot.resources.iter_mut().find(|one| one.kind == kind).expect("one of the kind"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_same_application_in_two_regions_differs_in_nothing(
        seed in any::<u64>(),
        octet in 21_u8..250,
        suffix in prop::sample::select(vec!["", "-replica", "-dr", "-us-west-2", "-west"]),
    ) {
        let primary = Snapshot::read(include_str!("../../../tests/terraform/drift/hot.json")).expect("a snapshot");
        let (primary, recovery) = twins(&primary, seed, octet, suffix);
        let found = compared(&primary, &recovery);
        prop_assert_eq!(told(&found), Vec::<String>::new());
        prop_assert!(found.same > 30, "{}", found.same);
        // A region is as itself.
        let found = compared(&primary, &primary);
        prop_assert_eq!(found.compared.findings.len(), 0);
    }
}

#[test]
fn what_the_recovery_region_lacks_is_told_with_what_comes_of_it_for_a_failover() {
    let (primary, mut recovery) = webapp(7);
    assert_eq!(told(&compared(&primary, &recovery)), Vec::<String>::new());
    recovery.resources.retain(|one| !["secret", "log-group", "queue"].contains(&one.kind.as_str()));
    let found = compared(&primary, &recovery);
    let missing =
        ["log-group//aws/ecs/app", "queue/app-jobs", "secret/app/db-password"].map(|of| format!("missing {of}"));
    assert_eq!(told(&found)[..3], missing);
    let comes = |at: usize| found.compared.findings[at].consequence.as_str();
    assert_eq!(
        comes(0),
        "tasks that log to it do not start there: us-west-2 has none; task-definition app-task needs it"
    );
    assert!(
        comes(2).contains(
            "what reads it does not start there: us-west-2 has none; iam-policy app-secrets and 1 more need it"
        ),
        "{}",
        comes(2)
    );
    // A store comes first: there is nothing to fail over to.
    let mut bare = recovery.clone();
    bare.resources.retain(|one| one.kind != "db-instance");
    let found = compared(&primary, &bare);
    assert_eq!(told(&found)[0], "missing db-instance/app-db");
    assert!(found.compared.findings[0].consequence.contains("its data is in us-east-1 alone"));
    // What was not read is not missing.
    bare.gaps.push(Gap {
        of: "db-instance/app-db".into(),
        operation: "DescribeDBInstances".into(),
        error: "no answer".into(),
    });
    let found = compared(&primary, &bare.settled());
    assert!(told(&found).iter().all(|told| !told.starts_with("missing")), "{:?}", told(&found));
    let gap = found.compared.findings.iter().find(|finding| finding.consequence.contains("DescribeDBInstances"));
    assert_eq!(gap.expect("the gap").consequence, "in us-west-2 it was not read: no answer DescribeDBInstances");
}

/// The kind, what is done to it, and what is told of it.
type Planted<'a> = (&'a str, &'a dyn Fn(&mut Resource), &'a str, &'a str);

#[test]
fn what_is_planted_in_a_field_is_found_there_and_nowhere_else() {
    let (primary, recovery) = webapp(11);
    let planted: [Planted<'_>; 7] = [
        (
            "db-parameter-group",
            &|one| one.config["Parameters"]["max_connections"]["Value"] = json!("200"),
            "Parameters.max_connections.Value",
            "max_connections is 200 in us-west-2, 500 in us-east-1: what is promoted there runs with other parameters",
        ),
        (
            "task-definition",
            &|one| {
                one.config["Containers"][0]["environment"]["DATABASE_HOST"] =
                    json!("app-db.aaaaaaaaaa.us-east-1.rds.amazonaws.com")
            },
            "Containers.app.environment.DATABASE_HOST",
            "in us-west-2 it names us-east-1, as the primary does: app-db.aaaaaaaaaa.us-east-1.rds.amazonaws.com",
        ),
        (
            "task-definition",
            &|one| {
                one.config["Containers"][0]["image"] =
                    json!("123456789012.dkr.ecr.us-west-2.amazonaws.com/app@sha256:ff")
            },
            "Containers.app.image",
            "image is 123456789012.dkr.ecr.us-west-2.amazonaws.com/app@sha256:ff in us-west-2,",
        ),
        (
            "db-instance",
            &|one| drop(one.config.insert("DBInstanceClass".into(), json!("db.t3.small"))),
            "DBInstanceClass",
            "after a failover it has another size",
        ),
        (
            "ecs-service",
            &|one| drop(one.config.insert("DesiredCount".into(), json!(0))),
            "DesiredCount",
            "DesiredCount is 0 in us-west-2, 2 in us-east-1: nothing in the plan raises it",
        ),
        (
            "target-group",
            &|one| drop(one.config.insert("HealthCheckPath".into(), json!("/up"))),
            "HealthCheckPath",
            "called healthy by another rule",
        ),
        (
            "security-group",
            &|one| {
                one.config["Rules"].as_array_mut().expect("rules").push(json!({ "CidrIpv4": "0.0.0.0/0", "FromPort": 22, "IpProtocol": "tcp", "IsEgress": false, "ToPort": 22 }))
            },
            "Rules",
            "only us-west-2 has Rules",
        ),
    ];
    for (kind, plant, field, comes) in planted {
        let mut planted = recovery.clone();
        change(&mut planted, kind, plant);
        let found = compared(&primary, &planted);
        let loud: Vec<&Finding> = found.compared.findings.iter().filter(|finding| !finding.drift.is_quiet()).collect();
        let [finding] = loud.as_slice() else { panic!("{kind} {field}: {:#?}", told(&found)) };
        assert_eq!((finding.drift, finding.field.as_deref()), (Drift::Changed, Some(field)));
        assert!(finding.consequence.contains(comes), "{}", finding.consequence);
        let rule = Ignore::read(&format!("{kind}/* {field}")).expect("a rule");
        let found = between(&primary, &planted, &Said::default(), &[rule]);
        assert!(told(&found).is_empty());
    }
}

#[test]
fn what_the_runbook_sets_itself_is_expected() {
    let (primary, mut recovery) = webapp(13);
    change(&mut recovery, "ecs-service", |one| drop(one.config.insert("DesiredCount".into(), json!(0))));
    change(&mut recovery, "task-definition", |one| {
        one.config["Containers"][0]["environment"]["DATABASE_HOST"] =
            json!("app-db.aaaaaaaaaa.us-east-1.rds.amazonaws.com");
    });
    assert_eq!(told(&compared(&primary, &recovery)).len(), 2);
    let service = Reference::new("ecs-service", "app-cluster/app");
    let brought =
        ["DesiredCount", "Containers.*.environment.DATABASE_HOST"].map(|field| (service.clone(), field.to_owned()));
    let said = Said { pairs: Vec::new(), brought: brought.to_vec() };
    let found = between(&primary, &recovery, &said, &[]);
    assert_eq!(told(&found), Vec::<String>::new());
    let quiet = found.compared.findings.iter().filter(|finding| finding.consequence == expected::BROUGHT).count();
    assert_eq!(quiet, 2);
}

#[test]
fn a_role_that_may_touch_the_primary_regions_things_alone_is_found() {
    let (primary, mut recovery) = webapp(17);
    let narrow = |one: &mut Resource| {
        one.config["Inline"]["queue"]["Statement"][0]["Resource"] =
            json!(["arn:aws:sqs:us-east-1:123456789012:app-jobs"])
    };
    let task = recovery.resources.iter_mut().find(|one| one.id == "app-ecs-task").expect("the role");
    narrow(task);
    let found = compared(&primary, &recovery);
    assert_eq!(told(&found), ["changed iam-role/app-ecs-task Inline.queue"]);
    assert_eq!(
        found.compared.findings[0].consequence,
        "in us-west-2 what takes on app-ecs-task is refused arn:aws:sqs:us-west-2:123456789012:app-jobs: it is allowed us-east-1's alone"
    );
    let task = recovery.resources.iter_mut().find(|one| one.id == "app-ecs-task").expect("the role");
    task.config["Inline"]["queue"]["Statement"][0]["Resource"] =
        json!(["arn:aws:sqs:us-east-1:123456789012:app-jobs", "arn:aws:sqs:*:123456789012:app-*"]);
    assert_eq!(told(&compared(&primary, &recovery)), Vec::<String>::new());
}

#[test]
fn things_of_other_names_are_matched_by_what_names_them_and_by_what_a_plan_says() {
    let (primary, recovery) = webapp(19);
    // The parameter group has a name that says nothing; its database names it.
    let text = recovery.text().replace("app-pg16", "pg-of-oregon");
    let renamed = Snapshot::read(&text).expect("a snapshot");
    assert_eq!(told(&compared(&primary, &renamed)), Vec::<String>::new());
    // A queue that nothing names as the other's is another, until a plan says that they are one.
    let text = recovery.text().replace("app-jobs", "oregon-work");
    let mut renamed = Snapshot::read(&text).expect("a snapshot");
    for one in &mut renamed.resources {
        // What is of all regions is one thing.
        if let Some(own) = primary.resource(&one.reference()).filter(|own| own.global) {
            *one = own.clone();
        }
        if one.kind == "task-definition" {
            one.config["Containers"][0]["environment"]["QUEUE"] = json!("none");
            one.needs.retain(|need| !need.starts_with("queue/"));
        }
        if one.kind == "topic" {
            drop(one.config.remove("Subscriptions"));
            one.needs.clear();
        }
    }
    let found = told(&compared(&primary, &renamed.clone().settled()));
    assert!(found.contains(&"missing queue/app-jobs".to_owned()), "{found:?}");
    let pairs = vec![(Reference::new("queue", "app-jobs"), Reference::new("queue", "oregon-work"))];
    let found = told(&between(&primary, &renamed.settled(), &Said { pairs, brought: Vec::new() }, &[]));
    assert!(!found.iter().any(|told| told.starts_with("missing")), "{found:?}");
}

#[test]
fn every_kind_that_is_written_is_matched_with_its_twin() {
    let primary = Snapshot::read(include_str!("../../../tests/terraform/everything.json")).expect("a snapshot");
    let (primary, recovery) = twins(&primary, 23, 61, "-dr");
    let found = compared(&primary, &recovery);
    let missing: Vec<String> = told(&found).into_iter().filter(|told| told.starts_with("missing")).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn an_image_is_the_same_by_its_name_and_owner_and_unknown_where_they_were_not_told() {
    let one = Snapshot::read(include_str!("../../../tests/terraform/everything.json")).expect("a snapshot");
    let (mut primary, mut recovery) = twins(&one, 5, 60, "");
    let image = |side: &mut Snapshot, id: &str, told: Value| {
        change(side, "launch-template", |one| {
            one.config["Latest"]["ImageId"] = id.into();
            one.config["Latest"]["Image"] = told;
        });
    };
    let whose = |name: &str, owner: &str| json!({ "Name": name, "Owner": owner });
    image(&mut primary, "ami-0a1b2c3d", whose("shop-2026-11-01", "123456789012"));
    let mut found = |id: &str, told: Value| {
        image(&mut recovery, id, told);
        let found = compared(&primary, &recovery).compared.findings;
        let of = found.into_iter().filter(|one| {
            one.kind == "launch-template" && !one.field.as_ref().is_some_and(|field| field.contains("Tags"))
        });
        of.map(|one| (one.drift, one.field.unwrap_or_default(), one.consequence)).collect::<Vec<_>>()
    };
    let copied = found("ami-9f8e7d6c", whose("shop-2026-11-01", "123456789012"));
    assert!(matches!(&copied[..], [(Drift::Expected, field, _)] if field == "Latest.ImageId"), "{copied:?}");
    let older = found("ami-9f8e7d6c", whose("shop-2026-10-01", "123456789012"));
    let named = "Name is shop-2026-10-01 in us-west-2, shop-2026-11-01 in us-east-1: a failover starts its machines from another image";
    assert!(
        matches!(&older[..], [(Drift::Changed, field, comes), (Drift::Expected, ..)] if field == "Latest.Image.Name" && comes == named),
        "{older:?}"
    );
    let others = found("ami-9f8e7d6c", whose("shop-2026-11-01", "210987654321"));
    assert!(matches!(&others[..], [(Drift::Changed, field, _), _] if field == "Latest.Image.Owner"), "{others:?}");
    // Gone, or not read: nobody knows.
    for told in [Value::Null, UNREAD.into()] {
        let unknown = found("ami-9f8e7d6c", told);
        assert!(unknown.len() == 2 && unknown.iter().all(|(drift, ..)| *drift == Drift::Unread), "{unknown:?}");
    }
}

#[test]
fn machines_that_are_started_from_an_old_version_of_their_template_are_told() {
    let everything = Snapshot::read(include_str!("../../../tests/terraform/everything.json")).expect("a snapshot");
    let (primary, mut recovery) = twins(&everything, 37, 60, "");
    let group = recovery.resources.iter_mut().find(|one| one.kind == "autoscaling-group").expect("a group");
    let old = json!({ "ImageId": "ami-00000003", "InstanceType": "m5.large" });
    group.config.insert("Launches".to_owned(), old);
    group.config["LaunchTemplate"]["Version"] = "3".into();
    let found = compared(&primary, &recovery).compared.findings;
    let of: Vec<_> =
        found.iter().filter(|one| one.kind == "autoscaling-group" && one.drift == Drift::Changed).collect();
    assert!(matches!(&of[..], [one] if one.field.as_deref() == Some("Launches")), "{of:?}");
    assert!(of[0].consequence.contains("from a version of its template that is not the latest"), "{of:?}");
}

#[test]
fn rules_of_a_group_that_only_their_tags_tell_from_each_other_are_the_same() {
    let (primary, mut recovery) = webapp(29);
    let made = |rule: &mut Value| rule["Tags"] = json!({ "landfall:restored-from": FROM });
    let rules = |one: &mut Resource| one.config["Rules"].as_array_mut().into_iter().flatten().for_each(made);
    recovery.resources.iter_mut().filter(|one| one.kind == "security-group").for_each(rules);
    assert_eq!(told(&compared(&primary, &recovery)), Vec::<String>::new());
    // What is otherwise beside them is found.
    let group = recovery.resources.iter_mut().find(|one| one.name.as_deref() == Some("app-alb-sg")).expect("a group");
    let of_https = group.config["Rules"].as_array_mut().into_iter().flatten().find(|rule| rule["FromPort"] == 443);
    of_https.expect("a rule")["CidrIpv4"] = "192.0.2.0/24".into();
    let found = told(&compared(&primary, &recovery));
    assert!(matches!(&found[..], [one] if one == "changed security-group/app-alb-sg Rules.CidrIpv4"), "{found:?}");
}

#[test]
fn a_mapping_is_the_same_by_whatever_number_and_off_where_the_runbook_turns_it_on() {
    let one = Snapshot::read(include_str!("../../../tests/terraform/everything.json")).expect("a snapshot");
    let (mut primary, mut recovery) = twins(&one, 5, 60, "");
    let source = |side: &mut Snapshot, region: &str, uuid: &str, state: &str| {
        change(side, "function", |one| {
            let queue = format!("arn:aws:sqs:{region}:123456789012:app-jobs");
            one.config.insert(
                "EventSources".to_owned(),
                json!([{ "Uuid": uuid, "EventSourceArn": queue, "BatchSize": 10, "State": state }]),
            );
        });
    };
    source(&mut primary, FROM, "0a1b2c3d-0000-4000-8000-000000000001", "Enabled");
    source(&mut recovery, TO, "9f8e7d6c-0000-4000-8000-000000000002", "Enabled");
    let of_functions =
        |found: &Between| told(found).into_iter().filter(|one| one.contains("function")).collect::<Vec<_>>();
    assert_eq!(of_functions(&compared(&primary, &recovery)), Vec::<String>::new());
    source(&mut recovery, TO, "9f8e7d6c-0000-4000-8000-000000000002", "Disabled");
    let found = of_functions(&compared(&primary, &recovery));
    assert!(matches!(&found[..], [one] if one.contains("EventSources") && one.ends_with("State")), "{found:?}");
    let function = recovery.resources.iter().find(|one| one.kind == "function").expect("a function").reference();
    let brought = vec![(function, "EventSources*State".to_owned())];
    let found = between(&primary, &recovery, &Said { pairs: Vec::new(), brought }, &[]);
    assert_eq!(of_functions(&found), Vec::<String>::new());
}

#[test]
fn a_key_of_many_regions_is_the_same_as_its_replica() {
    let one = Snapshot::read(include_str!("../../../tests/terraform/everything.json")).expect("a snapshot");
    let (mut primary, mut recovery) = twins(&one, 5, 60, "");
    let arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-1111";
    for (side, part) in [(&mut primary, "PRIMARY"), (&mut recovery, "REPLICA")] {
        change(side, "kms-key", |one| {
            for (name, value) in
                [("MultiRegion", json!(true)), ("MultiRegionKeyType", part.into()), ("PrimaryKey", arn.into())]
            {
                one.config.insert(name.to_owned(), value);
            }
        });
    }
    let found: Vec<String> =
        told(&compared(&primary, &recovery)).into_iter().filter(|one| one.contains("kms")).collect();
    assert_eq!(found, Vec::<String>::new());
}
