//! What is written to build a snapshot in another region: what the provider takes, what names the right region, what is
//! there already, and what is refused.

use super::*;
use landfall::plan::file;
use landfall::service::registry;
use landfall::snapshot::{Reference, Resource};
use landfall::terraform::restore::{Data, Order, Refusal, Restored, fragment, restored, written};

const STORES: &[&str] = &["orders", "ledger", "sessions"];

/// An order to build all of it in us-west-2, its stores from snapshots, with what else a test wants.
fn ordered<'a>(wanted: impl FnOnce(&mut Order<'a>)) -> Order<'a> {
    let mut order = Order {
        to: "us-west-2".to_owned(),
        account: None,
        recovery: None,
        pairs: Vec::new(),
        data: &|resource| STORES.contains(&resource.id.as_str()).then_some(Data::Snapshot),
        is_chosen: &|_| true,
        is_named: &|_| false,
        cidr: None,
    };
    wanted(&mut order);
    order
}

fn built(snapshot: &Snapshot, order: &Order<'_>) -> (Restored, BTreeMap<String, String>) {
    let restored = restored(snapshot, order).expect("it is written");
    let files = written(snapshot, order, &restored);
    (restored, files)
}

pub(super) fn change(snapshot: &mut Snapshot, id: &str, change: impl FnOnce(&mut Resource)) {
    change(snapshot.resources.iter_mut().find(|one| one.id == id).expect("it is there"));
}

/// What is wrong with files by the provider's schema, and by references that lead nowhere.
fn faults(files: &BTreeMap<String, String>) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("aws-5.100.0.json")).expect("a schema");
    let bodies = bodies(files);
    let mut found = Vec::new();
    for (labels, body) in blocks(&bodies, "resource") {
        match &schema[&labels[0]] {
            Value::Null => found.push(format!("there is no {}", labels[0])),
            class => wrong(&labels.join("."), body, class, &mut found),
        }
        let itself = format!("{}.", labels.join("."));
        if body.to_string().contains(&itself) {
            found.push(format!("{itself} says itself"));
        }
    }
    let names =
        |keyword: &'static str| blocks(&bodies, keyword).map(|(labels, _)| labels.join(".")).collect::<BTreeSet<_>>();
    let (made, looked, given) = (names("resource"), names("data"), names("variable"));
    let text: String = files.iter().filter(|(name, _)| name.ends_with(".tf")).map(|(_, text)| text.as_str()).collect();
    for word in text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.' | '-')) {
        let parts: Vec<&str> = word.split('.').collect();
        let is_there = match parts.as_slice() {
            ["var", name, ..] => given.contains(*name),
            ["data", class, name, ..] => looked.contains(&format!("{class}.{name}")),
            [class, name, ..] if class.starts_with("aws_") => made.contains(&format!("{class}.{name}")),
            _ => true,
        };
        if !is_there {
            found.push(format!("{word} leads nowhere"));
        }
    }
    for said in &given {
        if !text.contains(&format!("var.{said}")) {
            found.push(format!("{said} is said by nobody"));
        }
    }
    found
}

/// With terraform and its provider, where they are.
pub(super) fn validated(files: &BTreeMap<String, String>) {
    let folder = tempfile::tempdir().expect("a folder");
    if terraform(folder.path(), &["version"]).is_err() {
        eprintln!("NOT TRIED: there is no terraform on this machine");
        return;
    }
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    terraform(folder.path(), &["fmt", "-check", "-diff", "-no-color"]).unwrap_or_else(|said| panic!("{said}"));
    if !Path::new(PROVIDERS).is_dir() {
        eprintln!("NOT TRIED: there is no provider in {PROVIDERS}");
        return;
    }
    let plugins = format!("-plugin-dir={PROVIDERS}");
    terraform(folder.path(), &["init", "-no-color", "-input=false", &plugins]).unwrap_or_else(|said| panic!("{said}"));
    terraform(folder.path(), &["validate", "-no-color"]).unwrap_or_else(|said| panic!("{said}"));
}

fn codes(restored: &Restored) -> BTreeSet<&str> {
    restored.generated.notes.iter().map(|note| note.code).collect()
}

#[test]
fn everything_is_built_in_the_other_region_and_the_provider_takes_it() {
    let (restored, files) = built(&everything(), &ordered(|_| ()));
    assert_eq!(faults(&files), [""; 0]);
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("restored", files["main.tf"]);
        insta::assert_snapshot!("restored_readme", files["README.md"]);
    });
    validated(&files);
    // No record, no health check and no zone; no role, but what one may do there.
    let main = &files["main.tf"];
    for class in
        ["aws_route53_record", "aws_route53_health_check", "aws_route53_zone", "aws_iam_role\"", "aws_iam_policy\""]
    {
        assert!(!main.contains(&format!("\"{class}")), "{class}");
    }
    assert!(main.contains("resource \"aws_iam_role_policy\" \"task_recovery\""), "{main}");
    // What a bucket's policy says is of the bucket that is made, not of that which was.
    assert!(!main.contains("everything-files"), "{main}");
    let left: Vec<&str> =
        main.lines().filter(|line| line.contains("us-east-1") && !line.contains("local.zone")).collect();
    assert_eq!(left.len(), 2, "only the first line and a tag's value: {left:#?}");
    assert!(
        codes(&restored).is_superset(
            &[
                "bucket-empty",
                "certificate-new",
                "certificate-imported",
                "image-digest",
                "image-machine",
                "key-of-one-region",
                "record"
            ]
            .into()
        )
    );
    // The same again is the same, whatever order it is told in.
    let mut other: Value = serde_json::from_str(include_str!("everything.json")).expect("JSON");
    other["resources"].as_array_mut().expect("a list").reverse();
    reverse(&mut other);
    let other = Snapshot::read(&other.to_string()).expect("a snapshot");
    assert_eq!(built(&other, &ordered(|_| ())).1, files);
}

#[test]
fn a_subnet_keeps_its_place_in_the_range_of_ipv6_that_its_network_gets() {
    let subnet = |snapshot: &Snapshot, order: &Order<'_>| {
        let (restored, files) = built(snapshot, order);
        assert_eq!(faults(&files), [""; 0]);
        let main = &files["main.tf"];
        let block = main.split("\nresource ").find(|block| block.contains("resource-name")).expect("it").to_owned();
        (block, codes(&restored).contains("ipv6-range"))
    };
    let (block, is_told) = subnet(&everything(), &ordered(|_| ()));
    assert!(block.contains("= cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 7)") && !is_told, "{block}");
    // Of a network that somebody gives no range is known.
    let (block, is_told) = subnet(&everything(), &ordered(|order| order.is_chosen = &|one| one.kind != "vpc"));
    assert!(!block.contains("ipv6") && is_told, "{block}");
}

#[test]
fn a_group_starts_its_machines_from_the_only_version_that_is_made_and_another_is_told() {
    let mut snapshot = everything();
    change(&mut snapshot, "worker", |one| {
        one.config["LaunchTemplate"]["Version"] = "3".into();
        one.config.insert("Launches".to_owned(), serde_json::json!({ "ImageId": "ami-00000003" }));
    });
    let (restored, files) = built(&snapshot, &ordered(|_| ()));
    let block = files["main.tf"].split("\nresource ").find(|block| block.starts_with("\"aws_autoscaling_group\""));
    let block = block.expect("the group");
    assert!(block.contains("version = \"$Latest\"") && !block.contains("\"3\""), "{block}");
    assert!(codes(&restored).contains("template-version"));
    assert!(!codes(&built(&everything(), &ordered(|_| ())).0).contains("template-version"));
}

#[test]
fn a_default_group_is_named_by_nobody_that_is_made() {
    let mut snapshot = everything();
    change(&mut snapshot, "orders", |one| {
        drop(one.config.insert("OptionGroup".to_owned(), "default:postgres-16".into()));
        drop(one.config.insert("ParameterGroup".to_owned(), "default.postgres16".into()));
    });
    let (_, files) = built(&snapshot, &ordered(|_| ()));
    let main = &files["main.tf"];
    let database =
        main.split("\nresource ").find(|block| block.starts_with("\"aws_db_instance\" \"orders\"")).expect("it");
    assert!(!database.contains("option_group_name") && !database.contains("parameter_group_name"), "{database}");
    // In place they stay as they are.
    assert!(whole(&snapshot).1["main.tf"].contains("\"default:postgres-16\""));
}

#[test]
fn no_store_is_made_without_a_word_on_where_its_data_comes_from() {
    let snapshot = everything();
    let silent = |order: &Order<'_>| match restored(&snapshot, order) {
        Err(Refusal::Stores(silent)) => silent.into_iter().map(|(of, _)| of.to_string()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let all = ["aurora-cluster/ledger", "db-instance/orders", "replication-group/sessions"];
    assert_eq!(silent(&ordered(|order| order.data = &|_| None)), all);
    // A replica that nobody knows of is none, nor is what cannot be.
    assert_eq!(silent(&ordered(|order| order.data = &|_| Some(Data::Replica))), all);
    assert_eq!(
        silent(&ordered(|order| order.data = &|one| (one.kind != "db-instance").then_some(Data::PointInTime))),
        all
    );
    for data in [Data::Empty, Data::PointInTime] {
        let choose = move |one: &Resource| Some(if data.is_of(&one.kind) { data } else { Data::Empty });
        let (restored, files) = built(&snapshot, &ordered(|order| order.data = &choose));
        assert_eq!(faults(&files), [""; 0]);
        if data == Data::PointInTime {
            validated(&files);
        }
        let said = codes(&restored);
        assert!(said.contains("store-empty") && !said.contains("key-of-one-region"), "{said:?}");
        assert_eq!(restored.generated.variables.contains_key("orders_password"), data == Data::Empty);
        assert_eq!(restored.generated.variables.contains_key("orders_backups"), data == Data::PointInTime);
    }
}

#[test]
fn what_is_there_is_looked_up_and_a_replica_is_taken() {
    let snapshot = everything();
    let mut there = snapshot.clone();
    there.region = "us-west-2".to_owned();
    let kept = ["vpc", "subnet", "db-instance", "aurora-cluster", "certificate", "queue"];
    there.resources.retain(|one| kept.contains(&one.kind.as_str()) && one.id != "ledger-1");
    for one in &mut there.resources {
        one.arn = one.arn.as_ref().map(|arn| arn.replace("us-east-1", "us-west-2"));
        let source = Value::from("arn:aws:rds:us-east-1:123456789012:db:orders");
        match one.kind.as_str() {
            "vpc" => one.id = "vpc-0west000".to_owned(),
            "db-instance" => {
                one.id = "orders-west".to_owned();
                one.config.insert("ReadReplicaSource".to_owned(), source);
            }
            "aurora-cluster" => one.id = "ledger-west".to_owned(),
            "certificate" => one.id = one.arn.clone().expect("an ARN"),
            "queue" => {
                drop(one.config.insert("Tags".to_owned(), serde_json::json!({ "landfall:restored-from": "us-east-1" })))
            }
            _ => {}
        }
    }
    let there = there.settled();
    let empty = |one: &Resource| (one.id == "sessions").then_some(Data::Empty);
    let (restored, files) = built(&snapshot, &ordered(|order| (order.recovery, order.data) = (Some(&there), &empty)));
    assert_eq!(faults(&files), [""; 0]);
    validated(&files);
    let (main, existing) = (&files["main.tf"], &files["existing.tf"]);
    for class in ["aws_vpc", "aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance", "aws_acm_certificate"] {
        assert!(!main.contains(&format!("resource \"{class}\"")), "{class}");
    }
    assert!(existing.contains("id = \"vpc-0west000\"") && existing.contains("\"orders-west\""), "{existing}");
    assert!(files["locals.tf"].contains("certificate/2"), "{}", files["locals.tf"]);
    assert!(main.contains("data.aws_db_instance.orders.address"), "{main}");
    // Two of one name are told by nobody: they are made. What an earlier restore made is Terraform's: it is written again.
    assert_eq!(main.matches("resource \"aws_subnet\"").count(), 2);
    assert!(main.contains("resource \"aws_sqs_queue\" \"jobs\""));
    assert!(restored.reused.iter().any(|(of, id)| of.kind == "db-instance" && id == "orders-west"));
    // A plan alone says that it is there, unless a whole capture has it not.
    let pair = (Reference::new("db-instance", "orders"), Reference::new("db-instance", "orders-dr"));
    let rest = |one: &Resource| (one.id != "orders").then_some(Data::Empty);
    let (_, files) = built(&snapshot, &ordered(|order| (order.data, order.pairs) = (&rest, vec![pair.clone()])));
    assert!(files["existing.tf"].contains("\"orders-dr\""), "{}", files["existing.tf"]);
    let mut bare = there.clone();
    bare.resources.clear();
    let order = ordered(|order| (order.data, order.pairs, order.recovery) = (&rest, vec![pair], Some(&bare)));
    assert!(matches!(super::restore::restored(&snapshot, &order), Err(Refusal::Stores(_))));
}

#[test]
fn names_zones_accounts_and_addresses_of_the_old_region_stand_nowhere_by_mistake() {
    let mut snapshot = everything();
    change(&mut snapshot, "api:41", |one| {
        let environment = &mut one.config["Containers"][0]["environment"];
        environment["A_BUCKET"] = "logs-us-east-1".into();
        environment["B_ARN"] = "arn:aws:states:us-east-1:123456789012:stateMachine:ship".into();
        environment["C_TEXT"] = "${HOME} %{x} us-east-1a \"q\" 123456789012".into();
        environment["D_GROUP"] = "sg-0fffffff".into();
        environment["E_RANGE"] = "10.0.4.0/24".into();
    });
    change(&mut snapshot, "subnet-0bbbbbbb", |one| {
        drop(one.config.insert("AvailabilityZone".to_owned(), "us-east-1f".into()))
    });
    let mut third = snapshot.resources.iter().find(|one| one.id == "subnet-0aaaaaaa").expect("a subnet").clone();
    third.id = "subnet-0ccccccc".to_owned();
    third.config.insert("AvailabilityZone".to_owned(), "us-east-1c".into());
    third.config.insert("CidrBlock".to_owned(), "10.0.3.0/24".into());
    snapshot.resources.push(third);
    let snapshot = Snapshot::read(&snapshot.text()).expect("a snapshot");
    let wanted = |order: &mut Order<'_>| {
        order.to = "us-west-1".to_owned();
        order.cidr = Some("10.40.0.0/16".to_owned());
        order.account = Some(Some("210987654321".to_owned()));
        order.data = &|one| Some(if one.id == "claims" { Data::Empty } else { Data::Snapshot });
    };
    let (restored, files) = built(&snapshot, &ordered(wanted));
    assert_eq!(faults(&files), [""; 0]);
    validated(&files);
    let main = &files["main.tf"];
    for said in [
        "value = \"logs-us-east-1\"",
        "arn:aws:states:${var.region}:${data.aws_caller_identity.current.account_id}:stateMachine:ship",
        "$${HOME} %%{x} ${local.zone[\"us-east-1a\"]} \\\"q\\\" ${data.aws_caller_identity.current.account_id}",
        "value = \"10.40.4.0/24\"",
        "= \"10.40.0.0/16\"",
        "\"10.40.3.0/24\"",
        // In another account roles are made, with what they may do there.
        "resource \"aws_iam_role\" \"task\"",
    ] {
        assert!(main.contains(said), "{said}\n{main}");
    }
    assert!(!main.contains("_recovery\""));
    assert!(files["provider.tf"].contains("allowed_account_ids = [\"210987654321\"]"));
    let notes: BTreeMap<&str, &str> =
        restored.generated.notes.iter().map(|note| (note.code, note.found.as_str())).collect();
    assert!(notes["name-left"].contains("logs-us-east-1"), "{notes:?}");
    assert!(notes["repointed"].contains("stateMachine:ship") || codes(&restored).contains("repointed"), "{notes:?}");
    assert!(
        notes["id-in-text"].contains("sg-0fffffff") && notes["zones-fewer"].contains("3 of the snapshot"),
        "{notes:?}"
    );
    assert_eq!(restored.zones, ["us-east-1a", "us-east-1c", "us-east-1f"]);
    for (cidr, says) in [("10.40.0.0/24", "smaller"), ("10.40.0.0", "no range")] {
        let order = ordered(|order| order.cidr = Some(cidr.to_owned()));
        assert!(matches!(super::restore::restored(&snapshot, &order), Err(Refusal::Asked(why)) if why.contains(says)));
    }
}

#[test]
fn what_is_left_out_and_named_is_given_by_somebody() {
    let mut snapshot = everything();
    change(&mut snapshot, "sg-0aaaaaaa", |one| one.shared = true);
    change(&mut snapshot, "jobs", |one| drop(one.config.insert("Weather".to_owned(), "fine".into())));
    let only = |one: &Resource| one.kind == "ecs-service" || one.kind == "task-definition";
    let (restored, files) = built(&snapshot, &ordered(|order| order.is_chosen = &only));
    assert_eq!(faults(&files), [""; 0]);
    validated(&files);
    assert_eq!(files["main.tf"].matches("\nresource ").count(), 2, "{}", files["main.tf"]);
    let given: Vec<&str> = restored.generated.variables.keys().map(String::as_str).collect();
    for name in [
        "subnet_private_a",
        "security_group_web_id",
        "queue_jobs_url",
        "repository_api_repository_url",
        "db_instance_orders_address",
    ] {
        assert!(given.iter().any(|one| one.starts_with(name)), "{name} {given:?}");
    }
    // All of it, where one is another's and one cannot be written whole.
    let (restored, files) = built(&snapshot, &ordered(|_| ()));
    assert_eq!(faults(&files), [""; 0]);
    assert!(codes(&restored).is_superset(&["shared", "not-whole"].into()));
    assert!(files["main.tf"].contains("var.security_group_web_id") && files["main.tf"].contains("var.queue_jobs_arn"));
    let named = |one: &Resource| one.id == "sg-0aaaaaaa";
    let (restored, files) = built(&snapshot, &ordered(|order| order.is_named = &named));
    assert!(
        !codes(&restored).contains("shared") && files["main.tf"].contains("resource \"aws_security_group\" \"web\"")
    );
}

#[test]
fn what_a_restore_made_is_looked_up_by_what_is_made_without_it_and_nothing_else_is_told() {
    let snapshot = everything();
    let mut there = snapshot.clone();
    there.region = "us-west-2".to_owned();
    there.resources.retain(|one| ["bucket", "queue"].contains(&one.kind.as_str()));
    for one in &mut there.resources {
        one.arn = one.arn.as_ref().map(|arn| arn.replace("us-east-1", "us-west-2"));
        one.config.insert("Tags".to_owned(), serde_json::json!({ "landfall:restored-from": "us-east-1" }));
        if one.kind == "bucket" {
            one.id = "everything-files-us-west-2".to_owned();
            one.name = Some(one.id.clone());
        }
    }
    let there = there.settled();
    let mut order = ordered(|_| ());
    order.recovery = Some(&there);
    order.is_chosen = &|one| one.kind == "function";
    let (restored, files) = built(&snapshot, &order);
    assert_eq!(faults(&files), [""; 0]);
    assert!(files["main.tf"].contains("data.aws_s3_bucket.everything_files."), "{}", files["main.tf"]);
    assert!(files["existing.tf"].contains("\"everything-files-us-west-2\""), "{}", files["existing.tf"]);
    let others = ["record", "health-check", "unneeded", "bucket-empty"];
    assert!(!others.iter().any(|code| codes(&restored).contains(code)), "{:?}", codes(&restored));
    assert!(restored.reused.iter().all(|(of, _)| ["bucket", "queue", "iam-role"].contains(&of.kind.as_str())));
}

#[test]
fn a_key_of_many_regions_is_replicated_and_one_of_aws_is_not_named() {
    let mut snapshot = everything();
    change(&mut snapshot, "1111-2222", |one| drop(one.config.insert("MultiRegion".to_owned(), true.into())));
    let own = "arn:aws:kms:us-east-1:123456789012:key/aaaa-bbbb";
    change(&mut snapshot, "orders", |one| {
        drop(one.config.insert("PerformanceInsightsKMSKeyId".to_owned(), own.into()))
    });
    snapshot.outside.push(landfall::snapshot::Outside {
        from: "db-instance/orders".to_owned(),
        to: "kms-key/aaaa-bbbb".to_owned(),
        why: "it is AWS's own".to_owned(),
    });
    let empty = |one: &Resource| STORES.contains(&one.id.as_str()).then_some(Data::Empty);
    let (restored, files) = built(&snapshot, &ordered(|order| order.data = &empty));
    assert_eq!(faults(&files), [""; 0]);
    validated(&files);
    let main = &files["main.tf"];
    assert!(
        main.contains("resource \"aws_kms_replica_key\" \"everything\"") && !main.contains("aws_kms_key"),
        "{main}"
    );
    assert!(main.contains("primary_key_arn = \"arn:aws:kms:us-east-1:123456789012:key/1111-2222\""), "{main}");
    assert!(!main.contains("aaaa-bbbb") && codes(&restored).contains("key-of-aws"), "{main}");
    // While that region is dark it cannot be made.
    let needs =
        "- us-east-1: aws_kms_replica_key (a key is replicated by the region of its primary). **It is the region";
    assert!(files["README.md"].contains(needs), "{}", files["README.md"]);
}

#[test]
fn a_key_of_many_regions_is_replicated_into_no_other_account() {
    let mut snapshot = everything();
    change(&mut snapshot, "1111-2222", |one| drop(one.config.insert("MultiRegion".to_owned(), true.into())));
    let other = || Some(Some("210987654321".to_owned()));
    let (restored, files) = built(&snapshot, &ordered(|order| order.account = other()));
    assert!(codes(&restored).contains("key-of-one-region") && !files["main.tf"].contains("aws_kms_"));
    let stored = |one: &Resource| STORES.contains(&one.id.as_str()).then_some(Data::Snapshot);
    let empty = |one: &Resource| if one.kind == "kms-key" { Some(Data::Empty) } else { stored(one) };
    let (restored, files) = built(&snapshot, &ordered(|order| (order.account, order.data) = (other(), &empty)));
    assert!(codes(&restored).contains("key-new") && !files["main.tf"].contains("aws_kms_replica_key"));
    assert!(files["main.tf"].contains("resource \"aws_kms_key\" \"everything\""), "{}", files["main.tf"]);
}

#[test]
fn an_alias_of_a_version_points_to_the_one_that_is_made_and_what_feeds_it_comes_with_it() {
    let (restored, files) = built(&everything(), &ordered(|_| ()));
    let block = |class: &str| {
        let mut all = files["main.tf"].split("\nresource ");
        all.find(|block| block.starts_with(&format!("\"{class}\""))).expect("it is made").to_owned()
    };
    assert!(block("aws_lambda_function").contains("publish "), "{}", block("aws_lambda_function"));
    let alias = block("aws_lambda_alias");
    assert!(
        alias.contains("function_version = aws_lambda_function.resize.version") && !alias.contains("routing"),
        "{alias}"
    );
    assert!(block("aws_lambda_event_source_mapping").contains("aws_lambda_alias.resize_live.arn"));
    assert!(codes(&restored).contains("function-version"));
    // What is of no version is as it was.
    let mut snapshot = everything();
    change(&mut snapshot, "resize", |one| one.config["Aliases"][0]["FunctionVersion"] = "$LATEST".into());
    let (restored, files) = built(&snapshot, &ordered(|_| ()));
    assert!(!codes(&restored).contains("function-version") && !files["main.tf"].contains("publish "));
}

#[test]
fn what_is_said_of_a_plan_is_read_by_the_plans_reader() {
    let snapshot = everything();
    let (restored, files) = built(&snapshot, &ordered(|_| ()));
    let components = fragment(&snapshot, &restored);
    assert!(files["README.md"].contains(&components));
    let plan = format!(
        "[application]\nname = \"everything\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\n{components}"
    );
    let plan = file::read("plan.toml", plan.as_bytes(), &registry::Registry);
    assert!(plan.as_ref().is_ok_and(|plan| plan.components.len() == 6), "{plan:?}");
}

fn restore(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .arg("restore")
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .output()
        .expect("it runs");
    (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
}

#[test]
fn the_command_builds_from_the_last_snapshot_of_the_other_region_and_says_its_age() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("snapshots/everything");
    std::fs::create_dir_all(&store).expect("made");
    let keep = |region: &str, at: &str| {
        let mut snapshot = everything();
        snapshot.region = region.to_owned();
        let at: jiff::Timestamp = at.parse().expect("a time");
        snapshot.taken = Some(landfall::snapshot::Taken { started: at, ..Default::default() });
        if region == "us-west-2" {
            snapshot.resources.retain(|one| one.id == "sessions" || one.kind == "table");
            snapshot.resources[0].config.insert("GlobalReplicationGroup".to_owned(), "x".into());
        }
        let snapshot = snapshot.settled();
        std::fs::write(store.join(landfall::snapshot::store::name(&snapshot, at)), snapshot.text()).expect("written");
        snapshot.hash()
    };
    let hash = keep("us-east-1", "2026-11-01T00:00:00Z");
    keep("us-west-2", "2026-11-02T00:00:00Z");
    let plan = "[application]\nname = \"everything\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\n[account.dr]\nid = \"210987654321\"\n\n\
                [component.orders]\nkind = \"rds\"\nprimary = \"orders\"\nrecovery = \"orders-dr\"\n";
    std::fs::write(folder.path().join("plan.toml"), plan).expect("written");
    std::fs::write(folder.path().join("s.json"), everything().text()).expect("written");
    // The recovery region's own capture is whole and has no orders-dr: the plan's word is not taken for it.
    let (code, told) = restore(folder.path(), &["plan.toml", "--to", "us-west-2", "--out", "tf"]);
    assert!(code == Some(3) && told.contains("db-instance/orders") && !told.contains("replication-group"), "{told}");
    assert!(!folder.path().join("tf").exists());
    let data = ["--data", "orders=snapshot", "--data", "ledger=snapshot", "--data", "sessions=empty"];
    let with = |more: &[&'static str]| [more, &["--out", "tf"], &data].concat();
    let (code, told) = restore(folder.path(), &with(&["plan.toml", "--to", "us-west-2"]));
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains(" old: what changed since") && told.contains("tells what is in us-west-2"), "{told}");
    let first = held(&folder.path().join("tf"));
    assert!(first["README.md"].contains(&hash[..12]) && first["README.md"].contains("2026-11-01T00:00:00Z"));
    // Values that were given are nobody's work to undo; the same again is the same.
    std::fs::write(folder.path().join("tf/terraform.tfvars"), "x = 1\n").expect("written");
    std::fs::write(folder.path().join("tf/plan"), "as terraform plan -out plan leaves it\n").expect("written");
    let (code, told) = restore(folder.path(), &with(&["snapshots", "--to", "us-west-2", "--snapshot", "0000"]));
    assert!(code == Some(2) && told.contains("no snapshot 0000"), "{told}");
    let short = Box::leak(hash[..8].to_owned().into_boxed_str());
    let (code, told) = restore(folder.path(), &with(&["snapshots", "--to", "us-west-2", "--snapshot", short]));
    assert_eq!(code, Some(0), "{told}");
    let mut again = held(&folder.path().join("tf"));
    assert_eq!(again.remove("terraform.tfvars").as_deref(), Some("x = 1\n"));
    assert!(again.remove("plan").is_some());
    assert_eq!(again, first);
    for (arguments, says) in [
        (&["s.json", "--to", "us-east-1"][..], "is of us-east-1 itself"),
        (&["s.json", "--to", "mars"], "no region"),
        (&["s.json", "--to", "cn-north-1"], "nothing is reused"),
        (&["s.json", "--to", "us-west-2", "--data", "jobs=empty"], "no store"),
        (&["s.json", "--to", "us-west-2", "--data", "orders=full"], "nothing that data comes from"),
        (&["s.json", "--to", "us-west-2", "--data", "order=empty"], "the snapshot has no order"),
        (&["s.json", "--to", "us-west-2", "--account", "dr"], "no plan says"),
        (&["s.json", "--to", "us-west-2", "--cidr", "10.0.0.0/30"], "smaller"),
        (&["plan.toml", "--to", "us-west-2", "--account", "other"], "no [account.other]"),
        (&["s.json", "--to", "us-west-2", "--only", "vcp/*"], "the snapshot has no vcp/*"),
    ] {
        let (code, told) = restore(folder.path(), &[arguments, &["--out", "tf2"], &data].concat());
        assert!(code == Some(2) && told.contains(says), "{arguments:?}: {code:?} {told}");
        assert!(!folder.path().join("tf2").exists(), "{arguments:?}");
    }
    let codified = codify(folder.path(), &["s.json", "--out", "tf"]);
    assert!(codified.0 == Some(2) && codified.1.contains("did not write"), "{}", codified.1);
    let (code, told) = restore(
        folder.path(),
        &[&with(&["plan.toml", "--to", "us-west-2", "--account", "dr", "--force"])[..], &["--data", "claims=empty"]]
            .concat(),
    );
    assert_eq!(code, Some(0), "{told}");
    assert!(held(&folder.path().join("tf"))["provider.tf"].contains("210987654321"));
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let run = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("HOME", folder.ancestors().find(|one| one.join(".gitconfig").is_file()).unwrap_or(folder))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .expect("git runs");
    assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned()
}

#[test]
fn a_branch_gets_a_commit_and_what_is_checked_out_is_not_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    let repository = home.join("infra");
    std::fs::create_dir_all(&repository).expect("made");
    std::fs::write(home.join("s.json"), everything().text()).expect("written");
    let data = ["--data", "orders=snapshot", "--data", "ledger=snapshot", "--data", "sessions=empty"];
    let to = |out: &'static str, more: &[&'static str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .args(["restore", "s.json", "--to", "us-west-2", "--out", out])
            .args(data)
            .args(more)
            .current_dir(home)
            .env("HOME", home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("GIT_AUTHOR_NAME")
            .env_remove("GIT_AUTHOR_EMAIL")
            .env_remove("GIT_COMMITTER_NAME")
            .env_remove("GIT_COMMITTER_EMAIL")
            .env_remove("EMAIL")
            // What a hook has in its environment leads nowhere else.
            .env("GIT_DIR", "/nowhere")
            .env("GIT_INDEX_FILE", "/nowhere/index")
            .output()
            .expect("it runs");
        (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    let refused = |out: &'static str, branch: &'static str, says: &str| {
        let (code, told) = to(out, &["--branch", branch]);
        assert!(code == Some(2) && told.contains(says), "{says}: {code:?} {told}");
    };
    refused("infra/west", "west", "git repository");
    git(&repository, &["init", "-q", "-b", "main"]);
    // Beside the repository there is none, whatever way leads there.
    refused("west", "west", "git repository");
    refused("infra/../west", "west", "git repository");
    refused("infra/away/../../west", "west", "not there");
    refused("infra/.git/west", "west", "");
    refused("infra/west", "west", "who commits");
    git(home, &["config", "--global", "user.name", "Ana"]);
    git(home, &["config", "--global", "user.email", "ana@example.com"]);
    refused("infra/west", "-x", "");
    refused("infra/west", "a..b", "no name of a branch");
    refused("infra/west", "@{-1}", "no name of a branch");
    assert_eq!(git(&repository, &["branch", "--list"]), "");
    std::fs::write(repository.join("mine.tf"), "# mine\n").expect("written");
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "-qm", "mine"]);
    // Work that is under way, and hooks that would stop anybody.
    std::fs::write(repository.join("mine.tf"), "# changed\n").expect("written");
    std::fs::write(repository.join("staged.tf"), "# staged\n").expect("written");
    git(&repository, &["add", "staged.tf"]);
    let seen = || {
        ["status --porcelain", "rev-parse HEAD", "symbolic-ref HEAD", "ls-files -s"]
            .map(|asked| git(&repository, &asked.split(' ').collect::<Vec<_>>()))
    };
    let before = seen();
    let hooks = repository.join(".git/hooks");
    std::fs::create_dir_all(&hooks).expect("made");
    for hook in ["pre-commit", "commit-msg", "post-commit", "post-index-change", "reference-transaction", "fsmonitor"] {
        let hook = hooks.join(hook);
        std::fs::write(&hook, "#!/bin/sh\ntouch \"$HOME/hooked\"\nexit 1\n").expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&hook, mode).expect("made runnable");
    }
    git(&repository, &["config", "core.fsmonitor", ".git/hooks/fsmonitor"]);
    git(&repository, &["config", "core.splitIndex", "true"]);
    git(&repository, &["config", "commit.gpgSign", "true"]);
    let (code, told) = to("infra/west", &["--branch", "west"]);
    assert!(code == Some(0) && told.contains("nothing was pushed"), "{told}");
    assert!(told.contains("git push REMOTE west"), "{told}");
    assert!(!home.join("hooked").exists(), "no hook is run");
    std::fs::remove_dir_all(&hooks).expect("taken away");
    for said in ["core.fsmonitor", "core.splitIndex", "commit.gpgSign"] {
        git(&repository, &["config", "--unset", said]);
    }
    assert_eq!(before, seen());
    assert!(!repository.join("west").exists());
    let names = git(&repository, &["ls-tree", "-r", "--name-only", "west"]);
    assert!(
        names.contains("west/main.tf\n") && names.contains("west/PULL_REQUEST.md\n") && names.contains("mine.tf\n"),
        "{names}"
    );
    assert!(!names.contains("staged.tf"), "{names}");
    assert_eq!(git(&repository, &["show", "west:mine.tf"]), "# mine\n");
    let request = git(&repository, &["show", "west:west/PULL_REQUEST.md"]);
    assert!(request.contains(&everything().hash()) && request.contains("## Risk"), "{request}");
    assert!(
        git(&repository, &["log", "-1", "--format=%an %s", "west"]).starts_with("Ana landfall restore of everything")
    );
    refused("infra/west", "west", "is there already");
    refused("infra/west", "west/more", "west");
    refused("infra/mine.tf", "other", "no folder");
    // Somebody's work in what is checked out is not written over on a branch either.
    git(&repository, &["stash", "-q"]);
    git(&repository, &["merge", "-q", "--ff-only", "west"]);
    let (code, told) = to("infra/west", &["--branch", "again"]);
    assert!(code == Some(2) && told.contains("nothing to commit"), "{told}");
    std::fs::write(repository.join("west/main.tf"), "# by hand\n").expect("written");
    git(&repository, &["commit", "-qan", "-m", "by hand"]);
    refused("infra/west", "again", "main.tf");
    let (code, told) = to("infra/west", &["--branch", "again", "--force"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(git(&repository, &["show", "again:west/main.tf.before"]), "# by hand\n");
    assert_eq!(std::fs::read_to_string(repository.join("west/main.tf")).expect("a text"), "# by hand\n");
    let left: Vec<_> = std::fs::read_dir(repository.join(".git")).expect("a folder").flatten().collect();
    assert!(left.iter().all(|one| {
        let name = one.file_name();
        !["landfall", "sharedindex"].iter().any(|begin| name.to_string_lossy().starts_with(begin))
    }));
}

#[test]
fn an_image_that_a_tag_names_is_there_by_the_digest_that_ran() {
    let mut snapshot = everything();
    change(&mut snapshot, "api:41", |one| {
        one.config["Containers"][0]["image"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v7".into();
    });
    let text = |snapshot: &Snapshot| {
        let (restored, files) = built(snapshot, &ordered(|_| {}));
        assert_eq!(faults(&files), Vec::<String>::new());
        let codes: BTreeSet<&str> = restored.generated.notes.iter().map(|note| note.code).collect();
        let is_by = (codes.contains("image-tag"), codes.contains("image-digest"));
        (is_by, files.values().map(String::as_str).collect::<String>())
    };
    // Nobody knows what the tag stood for: it stands as it is, and that is told.
    let (by, told) = text(&snapshot);
    assert!(by == (true, false) && told.contains(":v7\""), "{by:?}");
    change(&mut snapshot, "everything/api", |one| {
        one.config.insert("Images".to_owned(), serde_json::json!({ "api": ["sha256:5de0"] }));
    });
    let (by, told) = text(&snapshot);
    assert!(by == (false, true) && told.contains("@${var.api_api_digest}\""), "{by:?} {told}");
    assert!(told.contains("# api runs sha256:5de0 in us-east-1, by the tag v7."), "{told}");
    assert!(!told.contains(":v7\""), "{told}");
    // Two at once: which of them is meant is not known.
    change(&mut snapshot, "everything/api", |one| {
        one.config.insert("Images".to_owned(), serde_json::json!({ "api": ["sha256:5de0", "sha256:77"] }));
    });
    assert_eq!(text(&snapshot).0, (true, false));
}
