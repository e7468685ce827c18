//! `landfall import`: plans of other tools become plans of this one; whatever a file holds, what comes of it is a plan.

#[path = "support/bench.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod bench;

use assert_cmd::Command;
use bench::{Answers, Bench, mutations, outcome};
use landfall::import::{Dialect, File, Imported, Wanted, import};
use landfall::plan::{Intent, Level, Runbook, lint};
use landfall::recovery::RunOutcome;
use landfall::service::Registry;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/imports");

fn file(name: &str) -> File {
    let text = std::fs::read_to_string(Path::new(FOLDER).join(name)).expect("a file of the test's");
    File { name: name.to_owned(), text }
}

fn text(text: &str) -> File {
    File { name: "file.json".to_owned(), text: text.to_owned() }
}

fn said() -> Wanted {
    let some = |text: &str| Some(text.to_owned());
    Wanted { name: some("shop"), rto: some("1h"), rpo: some("5m"), ..Wanted::default() }
}

fn imported(dialect: Dialect, names: &[&str], wanted: &Wanted) -> Imported {
    let files: Vec<File> = names.iter().map(|name| file(name)).collect();
    import(dialect, &files, wanted).expect("it is what it says")
}

/// The codes of what was found, with what each is about.
fn codes(imported: &Imported) -> BTreeSet<(&str, &str)> {
    imported.found.iter().map(|found| (found.code, found.component.as_deref().unwrap_or_default())).collect()
}

fn shown(imported: &Imported) -> String {
    let found = imported.found.iter().map(|found| {
        let about = found.component.as_deref().unwrap_or("-");
        format!(
            "{} {} {about} {}:{} {}: {}\n",
            found.level.word(),
            found.code,
            found.file,
            found.line,
            found.path,
            found.found
        )
    });
    format!("{}\n---\n{}", imported.text, found.collect::<String>())
}

/// What is unwise in what was imported, and no gap of the import.
const TRUE_OF_THEIRS: &[&str] = &["control-plane-home", "dynamodb-both-write", "s3-one-way", "route53-ttl"];

/// What `check` finds wrong is what the import asked for already: of the same component, or of the application.
fn check_asks_for_no_more(imported: &Imported) {
    let plan = imported.plan.as_ref().expect("it is a plan");
    let asked: BTreeSet<&str> = imported
        .found
        .iter()
        .filter(|found| found.level != Level::Ok)
        .map(|found| found.component.as_deref().unwrap_or_default())
        .collect();
    for intent in [Intent::Failover, Intent::Switchover] {
        let runbook = Runbook::compile(plan, intent, &Registry).expect("no circle");
        for finding in lint::findings(plan, &runbook, &Registry).iter().filter(|finding| finding.level != Level::Ok) {
            let about = finding.component.as_ref().map_or("", |name| name.as_str());
            let is_known = TRUE_OF_THEIRS.contains(&finding.code.as_str()) || asked.contains(about);
            assert!(is_known, "{finding:?}\n{}", imported.text);
        }
    }
}

#[test]
fn payloads_of_failover_and_failback_complete_each_other() {
    let wanted = Wanted { exports: vec![file("exports.json")], parameters: vec![file("parameters.json")], ..said() };
    let both = imported(Dialect::DrOrchestrator, &["failover.json", "failback.json"], &wanted);
    insta::assert_snapshot!("orchestrator_payloads", shown(&both));
    check_asks_for_no_more(&both);

    let alone = imported(Dialect::DrOrchestrator, &["failover.json"], &said());
    assert!(codes(&alone).contains(&("import-unresolved", "")), "{}", shown(&alone));
    let plan = alone.plan.as_ref().expect("a plan");
    assert!(plan.components.iter().all(|component| component.kind.as_str() != "manual"), "{}", alone.text);
    check_asks_for_no_more(&alone);
}

/// Another resource's region is no answer to it: the group may have its secondary somewhere else.
#[test]
fn a_region_that_is_only_named_is_asked_for_though_another_resource_tells_one() {
    let named = text(
        &file("failover.json").text.replace(r#""TargetRegion": "us-west-2""#, r#""TargetRegion": "!Import there""#),
    );
    let imported = import(Dialect::DrOrchestrator, &[named], &said()).expect("a payload");
    let asked =
        |found: &&landfall::import::Found| found.code == "import-unresolved" && found.found.starts_with("TargetRegion");
    assert_eq!(imported.found.iter().filter(asked).count(), 1, "{}", shown(&imported));
}

#[test]
fn the_shape_of_articles_is_read_and_said_to_be_no_machines() {
    let article = imported(Dialect::DrOrchestrator, &["article.json"], &said());
    insta::assert_snapshot!("orchestrator_article", shown(&article));
    assert!(codes(&article).contains(&("import-shape", "")));
    check_asks_for_no_more(&article);
}

#[test]
fn manifests_of_the_phases_make_one_plan() {
    let wanted = Wanted { primary: Some("us-east-1".into()), recovery: Some("us-west-2".into()), ..said() };
    // In whatever order the shell gives them.
    let names = ["phases/Activate.json", "phases/Cleanup.json", "phases/Instantiate.json"];
    let phases = imported(Dialect::DrOrchestrator, &names, &wanted);
    insta::assert_snapshot!("orchestrator_phases", shown(&phases));
    assert!(!shown(&phases).contains("not-for-the-plan"));
    check_asks_for_no_more(&phases);
}

#[test]
fn a_region_switch_plan_and_the_plan_that_is_its_step_make_one() {
    let names = ["region-switch.json", "region-switch-mail.json"];
    let both = imported(Dialect::RegionSwitch, &names, &said());
    insta::assert_snapshot!("region_switch", shown(&both));
    assert!(!shown(&both).contains("not-for-the-plan"));
    check_asks_for_no_more(&both);

    let alone = imported(Dialect::RegionSwitch, &names[..1], &said());
    assert!(codes(&alone).contains(&("import-child-plan", "mail")), "{}", shown(&alone));
    // The other way: what it says of both regions.
    let back = Wanted { primary: Some("us-west-2".into()), recovery: Some("us-east-1".into()), ..said() };
    let back = imported(Dialect::RegionSwitch, &names[..1], &back);
    let plan = back.plan.expect("a plan");
    let names: Vec<&str> = plan.components.iter().map(|component| component.name.as_str()).collect();
    assert_eq!(
        (plan.application.recovery.as_str(), names.as_slice()),
        ("us-east-1", &["back", "application-health"][..])
    );
}

#[test]
fn the_same_name_of_both_regions_is_no_replica_of_itself() {
    let both = r#"{"StatePayload": [{"layer": 1, "resources": [
        {"resourceType": "PromoteRDSReadReplica", "resourceName": "db", "parameters": {"RDSInstanceIdentifier": "!Import id"}},
        {"resourceType": "CreateRDSReadReplica", "resourceName": "db", "parameters": {"RDSInstanceIdentifier": "!Import id", "SourceRDSInstanceIdentifier": "db-west", "SourceRegion": "us-west-2"}}]}]}"#;
    let exports = |regions: &[(&str, &str)]| {
        let one = |(region, value): &(&str, &str)| serde_json::json!({"Name": "id", "Value": value, "ExportingStackId": format!("arn:aws:cloudformation:{region}:1:stack/a/b")});
        let all: Vec<_> = regions.iter().map(one).collect();
        File { name: "exports.json".into(), text: serde_json::json!({ "Exports": all }).to_string() }
    };
    let of = |exports: Vec<File>| {
        let imported =
            import(Dialect::DrOrchestrator, &[text(both)], &Wanted { exports, ..said() }).expect("a payload");
        let plan = imported.plan.expect("a plan");
        let said = |name: &str| plan.components[0].fields.0[name].as_str().unwrap_or_default().to_owned();
        (said("primary"), said("recovery"))
    };
    let (west, east) = (exports(&[("us-west-2", "db-west")]), exports(&[("us-east-1", "db-east")]));
    assert_eq!(of(vec![west.clone()]), ("TODO".into(), "db-west".into()));
    assert_eq!(of(vec![west, east]), ("db-east".into(), "db-west".into()));
}

#[test]
fn layers_go_by_the_list_and_an_import_of_one_region_is_told() {
    let payload = r#"{"StatePayload": [
        {"layer": 2, "resources": [{"resourceType": "FailoverElastiCacheCluster", "resourceName": "a", "parameters": {"TargetRegion": "us-west-2"}}]},
        {"layer": 1, "resources": [{"resourceType": "FailoverElastiCacheCluster", "resourceName": "b", "parameters": {"TargetRegion": "eu-west-1"}}]}]}"#;
    let wanted = Wanted { primary: Some("us-west-2".into()), ..said() };
    let found = import(Dialect::DrOrchestrator, &[text(payload)], &wanted).expect("a payload");
    let codes: BTreeSet<&str> = found.found.iter().map(|found| found.code).collect();
    for code in ["import-layer-order", "import-regions", "import-one-region"] {
        assert!(codes.contains(code), "{code}: {}", shown(&found));
    }
    let plan = found.plan.expect("a plan");
    assert_eq!(plan.components[1].needs[0].as_str(), "a");
}

#[test]
fn escapes_references_and_noise_in_names_do_nothing() {
    let evil = "\\u001b]52;c;cHdu\\u0007 ${carts.endpoint} \\\" \\n[component.x] \\u202e";
    let payload = format!(
        r#"{{"StatePayload": [{{"layer": 1, "resources": [
            {{"resourceType": "FailoverElastiCacheCluster", "resourceName": "{evil}", "parameters": {{"GlobalReplicationGroupId": "{evil}", "TargetReplicationGroupId": "{evil}", "TargetRegion": "{evil}"}}}},
            {{"resourceType": "{evil}", "resourceName": "{evil}", "parameters": {{"{evil}": "{evil}"}}}}]}}]}}"#
    );
    let found = import(Dialect::DrOrchestrator, &[text(&payload)], &said()).expect("a payload");
    let plan = found.plan.as_ref().expect("a plan");
    assert!(plan.components.iter().all(|component| component.kind.as_str() == "manual"), "{}", found.text);
    assert!(codes(&found).iter().any(|(code, _)| *code == "import-not-taken"), "{}", shown(&found));
    assert!(!shown(&found).chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{}", shown(&found));
}

#[test]
fn what_is_not_what_it_says_is_told_with_its_place() {
    for (dialect, payload, line) in [
        (Dialect::DrOrchestrator, "{\n\"StatePayload\": [\n{\"layer\": 1}]}", 3),
        (Dialect::DrOrchestrator, "{\n\"StatePayload\": [{\"resources\": [\n7]}]}", 3),
        (Dialect::DrOrchestrator, "{\"StatePayload\": [{\"resources\": [\n\n{\"action\": \"ECS\"}]}]}", 3),
        (Dialect::DrOrchestrator, "[{\"resources\": [\n{\"resourceType\": \"ECS\"}]}]", 2),
        (Dialect::DrOrchestrator, "{\"StatePayload\": []}", 1),
        (Dialect::DrOrchestrator, "\n\n\"text\"", 3),
        (Dialect::DrOrchestrator, "{\"a\": 1,\n\"a\": 2}", 2),
        (Dialect::DrOrchestrator, "", 1),
        (Dialect::RegionSwitch, "{\"plan\":\n{\"name\": \"shop\"}}", 2),
        (Dialect::RegionSwitch, "{\"plan\": {\"workflows\": []}}", 1),
        (
            Dialect::RegionSwitch,
            "{\"workflows\": [{\"workflowTargetAction\": \"activate\", \"steps\": [\n{\"name\": \"a\"}]}]}",
            2,
        ),
    ] {
        let wrong = import(dialect, &[text(payload)], &said()).expect_err(payload);
        assert_eq!(wrong.errors[0].excerpt.line, line, "{payload}");
    }
}

#[test]
fn exit_codes_say_what_is_left_and_a_plan_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let landfall = |arguments: &[&str]| {
        Command::cargo_bin("landfall")
            .expect("the binary")
            .env("NO_COLOR", "1")
            .args(arguments)
            .output()
            .expect("it runs")
    };
    let whole = r#"{"plan": {"name": "shop", "primaryRegion": "us-east-1", "regions": ["us-east-1", "us-west-2"],
        "recoveryTimeObjectiveMinutes": 60, "workflows": [{"workflowTargetAction": "activate", "steps": [
        {"name": "Orders", "executionBlockType": "RdsPromoteReadReplica", "executionBlockConfiguration": {"rdsPromoteReadReplicaConfig":
        {"dbInstanceArnMap": {"us-east-1": "arn:aws:rds:us-east-1:123456789012:db:orders", "us-west-2": "arn:aws:rds:us-west-2:123456789012:db:orders-west"}}}},
        {"name": "Look", "executionBlockType": "ManualApproval", "executionBlockConfiguration": {"executionApprovalConfig": {}}}]}]}}"#;
    std::fs::write(at("whole.json"), whole).expect("written");
    std::fs::write(at("cut.json"), &whole[..200]).expect("written");
    let out = at("plan.toml");
    let done = landfall(&["import", "region-switch", &at("whole.json"), "--rpo", "5m", "--out", &out]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(landfall(&["check", &out]).status.code(), Some(0));
    let again = landfall(&["import", "region-switch", &at("whole.json"), "--rpo", "5m", "--out", &out]);
    assert_eq!(again.status.code(), Some(2));
    let open = landfall(&["import", "region-switch", &at("whole.json"), "--json", "--out", &at("open.toml")]);
    assert_eq!(open.status.code(), Some(3));
    let line: serde_json::Value = serde_json::from_slice(&open.stdout).expect("one finding");
    assert_eq!((&line["code"], &line["level"]), (&"import-todo".into(), &"unknown".into()));
    let checked = landfall(&["check", &at("open.toml")]);
    assert_eq!(checked.status.code(), Some(3));
    let cut = landfall(&["import", "region-switch", &at("cut.json")]);
    assert_eq!((cut.status.code(), cut.stdout.is_empty()), (Some(2), true));
    let told = String::from_utf8_lossy(&cut.stderr).into_owned();
    assert!(told.contains("ends too early") && told.contains("cut.json:2:"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn what_is_imported_is_rehearsed_as_any_plan() {
    let regions = Wanted { primary: Some("us-east-1".into()), recovery: Some("us-west-2".into()), ..said() };
    for (dialect, names) in [
        (Dialect::Terraform, &["two-regions.tfstate"][..]),
        (Dialect::RegionSwitch, &["region-switch.json"]),
        (Dialect::DrOrchestrator, &["failover.json", "failback.json"]),
        (Dialect::DrOrchestrator, &["phases/Instantiate.json", "phases/Activate.json"]),
    ] {
        let bench = Bench::with_faults(&imported(dialect, names, &regions).text, "");
        let state = bench.run(Answers { despite: true, ..Answers::all() }).await;
        assert_eq!(outcome(&state), RunOutcome::Completed, "{names:?}");
        assert!(mutations(&bench.received()).values().all(|count| *count == 1), "{names:?}");
    }
}

#[test]
fn what_deactivates_the_primary_scales_up_the_region_that_stays() {
    let of = |region: &str| {
        format!(
            r#"{{"clusterArn": "arn:aws:ecs:{region}:123456789012:cluster/shop", "serviceArn": "arn:aws:ecs:{region}:123456789012:service/shop/ui"}}"#
        )
    };
    let plan = format!(
        r#"{{"plan": {{"name": "shop", "recoveryApproach": "activeActive", "primaryRegion": "us-east-1", "regions": ["us-east-1", "us-west-2"],
        "workflows": [
          {{"workflowTargetAction": "activate", "steps": [{{"executionBlockType": "ManualApproval", "executionBlockConfiguration": {{"executionApprovalConfig": {{}}}}}}]}},
          {{"workflowTargetAction": "deactivate", "steps": [
            {{"name": "stop", "executionBlockType": "CustomActionLambda", "executionBlockConfiguration": {{"customActionLambdaConfig": {{"regionToRun": "deactivatingRegion",
              "lambdas": [{{"arn": "arn:aws:lambda:us-east-1:123456789012:function:stop"}}]}}}}}},
            {{"name": "ui", "executionBlockType": "ECSServiceScaling", "executionBlockConfiguration": {{"ecsCapacityIncreaseConfig": {{"services": [{}, {}]}}}}}}]}}]}}}}"#,
        of("us-east-1"),
        of("us-west-2")
    );
    let imported = import(Dialect::RegionSwitch, &[text(&plan)], &said()).expect("a plan");
    let plan = imported.plan.as_ref().expect("a plan");
    let told: Vec<(&str, &str, Vec<&str>)> = plan
        .components
        .iter()
        .map(|one| (one.name.as_str(), one.kind.as_str(), one.needs.iter().map(|need| need.as_str()).collect()))
        .collect();
    // What is done in the region that fails keeps nobody waiting.
    let wanted = [
        ("stop", "invoke", vec![]),
        ("ui", "ecs", vec![]),
        ("manualapproval", "manual", vec!["ui"]),
        ("what-uses-them", "manual", vec!["stop"]),
    ];
    assert_eq!(told, wanted, "{}", imported.text);
    assert!(!imported.text.contains("old ="), "{}", imported.text);
}

#[test]
fn what_nothing_reads_and_what_is_in_another_state_is_told() {
    let manifest = r#"[{"layer": 1, "resources": [{"action": "R53Record", "resourceName": "dns", "parameters": {"HostedZoneId": "Z1", "RecordName": "a.example.com", "TargetValue": "x"}}]}]"#;
    let found = import(Dialect::DrOrchestrator, &[text(manifest)], &said()).expect("a manifest");
    assert!(codes(&found).contains(&("import-unread", "dns")), "{}", shown(&found));

    let one = |attributes: &str| {
        let state = format!(
            r#"{{"version": 4, "resources": [{{"type": "aws_db_instance", "name": "db", "instances": [{{"attributes": {attributes}}}]}}]}}"#
        );
        let found = import(Dialect::Terraform, &[text(&state)], &said()).expect("a state");
        let plan = found.plan.as_ref().expect("a plan");
        let component = &plan.components[0];
        let field = |name: &str| component.fields.0[name].as_str().unwrap_or_default().to_owned();
        (
            plan.application.primary.to_string(),
            plan.application.recovery.to_string(),
            field("primary"),
            field("recovery"),
        )
    };
    let wanted = ("us-east-1".to_owned(), "us-west-2".to_owned(), "orders".to_owned(), "orders-west".to_owned());
    let west = r#"{"arn": "arn:aws:rds:us-west-2:123456789012:db:orders-west", "identifier": "orders-west", "replicate_source_db": "arn:aws:rds:us-east-1:123456789012:db:orders"}"#;
    assert_eq!(one(west), wanted);
    let regions = Wanted { primary: Some("us-east-1".into()), recovery: Some("us-west-2".into()), ..said() };
    let east = r#"{"version": 4, "resources": [{"type": "aws_db_instance", "name": "db", "instances": [{"attributes":
        {"arn": "arn:aws:rds:us-east-1:123456789012:db:orders", "identifier": "orders", "replicas": ["arn:aws:rds:us-west-2:123456789012:db:orders-west"]}}]}]}"#;
    let found = import(Dialect::Terraform, &[text(east)], &regions).expect("a state");
    assert_eq!(found.plan.as_ref().expect("a plan").components[0].kind.as_str(), "rds", "{}", found.text);
    assert!(!codes(&found).iter().any(|(code, _)| *code == "import-no-replica"));
}

#[test]
fn one_component_in_two_phases_makes_no_circle() {
    let (warm, over) = (
        r#"[{"layer": 1, "resources": [{"action": "EventBridge", "resourceName": "a", "parameters": {"EventRuleName": "a"}}]},
            {"layer": 2, "resources": [{"action": "EventBridge", "resourceName": "b", "parameters": {"EventRuleName": "b"}}]}]"#,
        r#"[{"layer": 1, "resources": [{"action": "EventBridge", "resourceName": "b", "parameters": {"EventRuleName": "b"}}]},
            {"layer": 2, "resources": [{"action": "EventBridge", "resourceName": "a", "parameters": {"EventRuleName": "a"}}]}]"#,
    );
    let file = |name: &str, text: &str| File { name: name.to_owned(), text: text.to_owned() };
    let files = [file("Instantiate.json", warm), file("Activate.json", over)];
    let imported = import(Dialect::DrOrchestrator, &files, &said()).expect("manifests");
    let plan = imported.plan.as_ref().expect("a plan");
    assert!(plan.components.iter().all(|component| component.kind.as_str() == "rule"), "{}", imported.text);
    assert!(codes(&imported).contains(&("import-twice", "a")), "{}", shown(&imported));
}

#[test]
fn what_is_far_too_long_or_too_deep_is_refused_at_once() {
    let began = std::time::Instant::now();
    let resource = r#"{"resourceType": "x", "resourceName": "x", "parameters": {}}"#;
    let long = format!(r#"{{"StatePayload": [{{"layer": 1, "resources": [{}]}}]}}"#, vec![resource; 100_000].join(","));
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let steps = r#"{"executionBlockType": "x"}"#;
    let steps = format!(
        r#"{{"workflows": [{{"workflowTargetAction": "activate", "steps": [{}]}}]}}"#,
        vec![steps; 100_000].join(",")
    );
    for (dialect, payload) in [
        (Dialect::DrOrchestrator, &long),
        (Dialect::DrOrchestrator, &deep),
        (Dialect::Terraform, &deep),
        (Dialect::RegionSwitch, &steps),
    ] {
        assert!(import(dialect, &[text(payload)], &said()).is_err());
    }
    // A large state is read: every database of it is without a replica, and all have one name.
    let database = r#"{"type": "aws_db_instance", "name": "a", "instances": [{"attributes": {"identifier": "a", "region": "us-east-1"}}]}"#;
    let state = format!(r#"{{"version": 4, "resources": [{}]}}"#, vec![database; 2_000].join(","));
    let imported = import(Dialect::Terraform, &[text(&state)], &said()).expect("a state");
    assert_eq!(imported.plan.expect("a plan").components.len(), 2_001);
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn a_plan_with_something_unsaid_does_not_pass_check() {
    let article = imported(Dialect::DrOrchestrator, &["article.json"], &Wanted::default());
    let plan = article.plan.expect("a plan");
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
    let unsaid: Vec<String> = lint::findings(&plan, &runbook, &Registry)
        .into_iter()
        .filter(|finding| finding.code == "plan-todo")
        .map(|finding| finding.component.map_or_else(|| finding.found.to_string(), |name| name.to_string()))
        .collect();
    let wanted = [
        "the application's name is yet to be said",
        "the application's primary is yet to be said",
        "shop-db-replica",
        "shop-cache-replica",
    ];
    assert_eq!(unsaid, wanted);
}

#[test]
fn a_state_of_two_regions_becomes_pairs_and_what_has_none_is_told() {
    let state = imported(Dialect::Terraform, &["two-regions.tfstate"], &said());
    insta::assert_snapshot!("terraform_state", shown(&state));
    assert!(!shown(&state).contains("CANARY"), "{}", shown(&state));
    check_asks_for_no_more(&state);
    let codes = codes(&state);
    for lost in ["reports", "audit", "shop-logs-east", "shop-mail", "papers"] {
        assert!(codes.contains(&("import-no-replica", lost)), "{lost}: {codes:?}");
    }
    for kept in ["orders", "ledger-east", "carts", "sessions", "shop-media-east", "shop-db"] {
        assert!(!codes.iter().any(|(_, about)| *about == kept), "{kept}: {codes:?}");
    }
}

#[test]
fn what_terraform_shows_is_read_as_what_it_stores() {
    let shown_plan = imported(Dialect::Terraform, &["shown.json"], &said());
    insta::assert_snapshot!("terraform_shown", shown(&shown_plan));
    assert!(!shown(&shown_plan).contains("CANARY"));
}

#[test]
fn no_line_of_a_broken_state_is_shown_and_regions_can_be_said() {
    let whole = file("two-regions.tfstate");
    for end in [whole.text.len() / 3, whole.text.len() / 2, whole.text.find("CANARY").expect("planted") + 9] {
        let cut = File { name: "terraform.tfstate".to_owned(), text: whole.text[..end].to_owned() };
        let wrong = import(Dialect::Terraform, &[cut], &said()).expect_err("it is cut");
        assert_eq!(wrong.errors[0].excerpt.line, whole.text[..end].matches('\n').count() + 1);
        let told = format!("{wrong:?} {:?}", wrong.errors);
        assert!(!told.contains("CANARY") && told.contains("***"), "{told}");
    }
    let old = File { name: "old".into(), text: r#"{"version": 3, "modules": [{"password": "CANARY"}]}"#.into() };
    let wrong = import(Dialect::Terraform, &[old], &said()).expect_err("an old one");
    assert!(wrong.errors[0].message.contains("version 4") && !format!("{wrong:?}").contains("CANARY"));

    let turned = Wanted { primary: Some("us-west-2".into()), recovery: Some("us-east-1".into()), ..said() };
    let turned = import(Dialect::Terraform, &[whole], &turned).expect("a state");
    let plan = turned.plan.expect("a plan");
    assert_eq!(plan.application.recovery.as_str(), "us-east-1");
    assert!(plan.components.iter().all(|component| component.kind.as_str() != "rds"), "{}", turned.text);
}

/// JSON of the words that importers look for, in any shape.
fn any_json(words: &'static [&'static str]) -> impl Strategy<Value = serde_json::Value> {
    let word = move || prop_oneof![4 => proptest::sample::select(words).prop_map(str::to_owned), 1 => ".{0,6}"];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        word().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map(word(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

const WORDS: &[&str] = &[
    "StatePayload",
    "layer",
    "resources",
    "resourceType",
    "resourceName",
    "parameters",
    "PromoteRDSReadReplica",
    "RDSInstanceIdentifier",
    "CreateRDSReadReplica",
    "action",
    "ECS",
    "AutoScaling",
    "R53Record",
    "Autoscalinggroupnames",
    "RecordValue",
    "Alias",
    "Yes",
    "AccountId",
    "123456789012",
    "Layers",
    "Resources",
    "ResourceType",
    "!Import a",
    "arn:aws:rds:us-west-2:123456789012:cluster:a",
    "workflows",
    "steps",
    "workflowTargetAction",
    "activate",
    "executionBlockType",
    "executionBlockConfiguration",
    "parallelConfig",
    "Parallel",
    "us-west-2",
    "ECSServiceScaling",
    "services",
    "serviceArn",
    "regions",
    "primaryRegion",
    "aws_db_instance",
    "identifier",
    "replicate_source_db",
    "region",
    "us-east-1",
    "aws_ecs_service",
    "name",
    "cluster",
    "task_definition",
    "desired_count",
    "aws_lb",
    "type",
    "value",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_json_is_a_plan_or_a_mistake(json in any_json(WORDS)) {
        for (dialect, root) in [
            (Dialect::DrOrchestrator, json.clone()),
            (Dialect::DrOrchestrator, serde_json::json!({ "StatePayload": [{ "layer": 1, "resources": [{ "resourceType": json, "parameters": json }] }] })),
            (Dialect::DrOrchestrator, serde_json::json!([{ "layer": json, "resources": [{ "action": "R53Record", "parameters": json }, { "action": "ECS", "parameters": [json] }] }])),
            (Dialect::Terraform, serde_json::json!({ "version": 4, "resources": [{ "type": json, "name": "a", "instances": [{ "attributes": json, "dependencies": json, "sensitive_attributes": json }] }] })),
            (Dialect::Terraform, serde_json::json!({ "format_version": "1.0", "values": { "root_module": { "resources": [
                { "type": "aws_db_instance", "name": "a", "values": json, "sensitive_values": json, "depends_on": json },
                { "type": "aws_route53_record", "name": "a", "values": { "zone_id": "a", "name": "b", "type": "A", "alias": json, "failover_routing_policy": json } },
            ], "child_modules": json } } })),
            (Dialect::RegionSwitch, serde_json::json!({ "workflows": [{ "workflowTargetAction": "activate", "steps": json }] })),
            (Dialect::RegionSwitch, serde_json::json!({ "workflows": [{ "workflowTargetAction": "activate", "steps": [{ "executionBlockType": json, "executionBlockConfiguration": json }] }] })),
        ] {
            let file = text(&root.to_string());
            if let Ok(imported) = import(dialect, &[file], &Wanted::default()) {
                prop_assert!(imported.plan.is_some(), "{}", imported.text);
            }
        }
    }
}

/// Instances of `count` and `for_each` have one address, and are as many things: whoever names one of them means that one.
#[test]
fn each_instance_of_a_counted_resource_is_itself() {
    let (mut instances, mut replicas, mut services) = ([const { Vec::new() }; 2], Vec::new(), Vec::new());
    for at in 0..3 {
        let (arn, host) = (
            format!("arn:aws:rds:us-east-1:111122223333:db:db-{at}"),
            format!("db-{at}.abc.us-east-1.rds.amazonaws.com"),
        );
        instances[0].push(serde_json::json!({ "index_key": at, "attributes": {
            "identifier": format!("db-{at}"), "arn": arn, "address": host, "engine": "postgres" } }));
        replicas.push(serde_json::json!({ "index_key": at, "attributes": { "identifier": format!("db-{at}-west"),
            "arn": format!("arn:aws:rds:us-west-2:111122223333:db:db-{at}-west"), "replicate_source_db": arn, "engine": "postgres" } }));
        let said =
            serde_json::json!([{ "name": "web", "environment": [{ "name": "DB_HOST", "value": host }] }]).to_string();
        instances[1].push(serde_json::json!({ "index_key": at, "attributes": { "family": format!("web-{at}"),
            "arn": format!("arn:aws:ecs:us-east-1:111122223333:task-definition/web-{at}:1"), "container_definitions": said } }));
        for (region, desired) in [("us-east-1", 2), ("us-west-2", 0)] {
            services.push((
                region,
                serde_json::json!({ "index_key": at, "attributes": { "name": format!("web-{at}"),
                "cluster": format!("arn:aws:ecs:{region}:111122223333:cluster/main"), "desired_count": desired,
                "id": format!("arn:aws:ecs:{region}:111122223333:service/main/web-{at}"),
                "task_definition": format!("arn:aws:ecs:{region}:111122223333:task-definition/web-{at}:1") },
                "dependencies": ["aws_db_instance.db"] }),
            ));
        }
    }
    let of = |kind: &str, name: &str, instances: Vec<serde_json::Value>| {
        let provider = "provider[\"registry.terraform.io/hashicorp/aws\"]";
        serde_json::json!({ "mode": "managed", "type": kind, "name": name, "provider": provider, "instances": instances })
    };
    let services = |wanted: &str| -> Vec<serde_json::Value> {
        services.iter().filter(|(region, _)| *region == wanted).map(|(_, one)| one.clone()).collect()
    };
    let [databases, definitions] = instances;
    let state = serde_json::json!({ "version": 4, "resources": [
        of("aws_db_instance", "db", databases), of("aws_db_instance", "replica", replicas),
        of("aws_ecs_task_definition", "web", definitions),
        of("aws_ecs_service", "web", services("us-east-1")), of("aws_ecs_service", "standby", services("us-west-2")) ] });
    let imported = import(Dialect::Terraform, &[text(&state.to_string())], &said()).expect("a state");
    for at in 0..3 {
        let service = imported.text.split(&format!("[component.web-{at}]")).nth(1).expect("a service");
        let service = service.split("[component.").next().expect("its own lines");
        assert!(service.contains(&format!("DB_HOST = \"${{db-{at}.endpoint}}\"")), "{}", imported.text);
        assert!(imported.text.contains(&format!("recovery = \"db-{at}-west\"")), "{}", imported.text);
    }
    // What `terraform show -json` prints names what a resource rests on from the root, in a module too.
    let in_module = |module: &str, kind: &str, name: &str, values: serde_json::Value, on: &[&str]| {
        serde_json::json!({ "address": format!("{module}.{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws", "values": values, "sensitive_values": {}, "depends_on": on })
    };
    let arn = |region: &str, id: &str| format!("arn:aws:rds:{region}:111122223333:db:{id}");
    let fine = |region: &str| {
        serde_json::json!({ "name": "web", "cluster": format!("arn:aws:ecs:{region}:111122223333:cluster/main"),
        "id": format!("arn:aws:ecs:{region}:111122223333:service/main/web"), "desired_count": 2 })
    };
    let data = [
        in_module(
            "module.data",
            "aws_db_instance",
            "db",
            serde_json::json!({ "identifier": "db", "arn": arn("us-east-1", "db") }),
            &[],
        ),
        in_module(
            "module.data",
            "aws_db_instance",
            "west",
            serde_json::json!({ "identifier": "db-west",
            "arn": arn("us-west-2", "db-west"), "replicate_source_db": arn("us-east-1", "db") }),
            &["module.data.aws_db_instance.db"],
        ),
    ];
    let app = [
        in_module("module.app", "aws_ecs_service", "web", fine("us-east-1"), &["module.data.aws_db_instance.db"]),
        in_module("module.app", "aws_ecs_service", "standby", fine("us-west-2"), &["module.data.aws_db_instance.db"]),
    ];
    let shown = serde_json::json!({ "format_version": "1.0", "terraform_version": "1.11.4", "values": { "root_module": {
        "child_modules": [{ "address": "module.data", "resources": data }, { "address": "module.app", "resources": app }] } } });
    let shown = import(Dialect::Terraform, &[text(&shown.to_string())], &said()).expect("what is shown");
    let service = shown.text.split("[component.web]").nth(1).expect("a service");
    assert!(service.split("[component.").next().is_some_and(|own| own.contains("needs = [\"db\"]")), "{}", shown.text);
    let missing = ["import-no-replica", "import-nothing-waits"];
    assert!(codes(&imported).iter().all(|(code, _)| !missing.contains(code)), "{:?}", codes(&imported));
}
