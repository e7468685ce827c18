//! `landfall codify --after`: what a run changed that code does not know, as a list, as blocks with imports of what no state has, and
//! as changes of what one declares otherwise.

use super::restore::validated;
use super::*;
use landfall::terraform::Instance;
use landfall::terraform::after::{After, Stands, State, Told, Turned, after};
use serde_json::json;
use std::process::Output;

fn turned(class: &str, id: &str, argument: &str, value: Option<Value>) -> Turned {
    let now = value.as_ref().map_or_else(|| "another value".to_owned(), |value| value.to_string());
    let of = |text: &str| text.to_owned();
    Turned {
        step: of("api/scale"),
        region: of("us-east-1"),
        account: None,
        class: of(class),
        id: of(id),
        argument: of(argument),
        now,
        value,
        known: true,
    }
}

/// What a run may leave: a service with more tasks and another revision, a promoted database, a fenced one, a record, a secret.
fn changes() -> Vec<Turned> {
    vec![
        turned("aws_db_instance", "legacy", "identifier", Some(json!("orders"))),
        turned("aws_db_instance", "orders", "backup_retention_period", Some(json!(7))),
        turned("aws_ecs_task_definition", "api", "container_definitions", None),
        turned("aws_ecs_service", "everything/api", "desired_count", Some(json!(9))),
        turned(
            "aws_ecs_service",
            "everything/api",
            "task_definition",
            Some(json!("arn:aws:ecs:us-east-1:123456789012:task-definition/api:41")),
        ),
        turned("aws_appautoscaling_target", "service/everything/api", "min_capacity", Some(json!(9))),
        turned("aws_route53_record", "Z0123456789_db.example.com_CNAME", "records", Some(json!(["db-2.example.com"]))),
        turned("aws_secretsmanager_secret_version", "everything/db", "secret_string", None),
        turned("aws_eks_node_group", "shop:workers", "scaling_config", Some(json!({ "min_size": 2 }))),
        Turned { id: "scale.sh".to_owned(), ..turned("", "", "", None) },
    ]
}

fn state(name: &str, instances: Vec<(&str, Value)>) -> State {
    let instance = |(address, attributes): (&str, Value)| {
        let class = address.trim_start_matches("module.shop.").split('.').next().unwrap_or_default().to_owned();
        let attributes = attributes.as_object().expect("an object").clone();
        Instance { address: address.to_owned(), class, attributes, ..Instance::default() }
    };
    State { name: name.to_owned(), instances: instances.into_iter().map(instance).collect() }
}

fn declared() -> State {
    let service = |count: u64| json!({ "name": "api", "cluster": "everything", "desired_count": count, "task_definition": "arn:aws:ecs:us-east-1:123456789012:task-definition/api:40" });
    state(
        "infra/prod.tfstate",
        vec![
            (
                "aws_db_instance.main",
                json!({ "identifier": "legacy", "id": "db-X", "backup_retention_period": 7, "arn": "arn:aws:rds:us-east-1:123456789012:db:legacy" }),
            ),
            ("aws_ecs_service.api", service(2)),
            ("aws_ecs_task_definition.api", json!({ "family": "api", "id": "api" })),
            (
                "module.shop.aws_appautoscaling_target.api",
                json!({ "resource_id": "service/everything/api", "id": "service/everything/api", "min_capacity": 1 }),
            ),
        ],
    )
}

fn told() -> Told<'static> {
    let until = "2026-11-01T00:00:00Z".parse().expect("a time");
    Told { application: "everything", run: "2026-11-01-aaaa", until, is_drill: false }
}

fn handed(states: &[State], later: &[Snapshot]) -> After {
    after(&told(), changes(), states, later, &|_| true)
}

/// The code of a folder that files are written into.
fn folder(files: &BTreeMap<String, String>, name: &str) -> BTreeMap<String, String> {
    let own = files.iter().filter_map(|(file, text)| Some((file.strip_prefix(name)?.to_owned(), text.clone())));
    own.collect()
}

#[test]
fn what_no_state_was_asked_of_is_written_whole_with_imports_as_it_runs_since() {
    let done = handed(&[], &[everything()]);
    let main = &done.files["us-east-1/main.tf"];
    for block in [
        "\"aws_db_instance\" \"orders\"",
        "\"aws_ecs_service\" \"api\"",
        "\"aws_ecs_task_definition\"",
        "\"aws_route53_record\"",
    ] {
        assert!(main.contains(block), "{block}: {main}");
    }
    let imports = &done.files["us-east-1/imports.tf"];
    assert_eq!(imports.matches("import {").count(), main.matches("\nresource ").count(), "{imports}");
    assert!(!done.files.keys().any(|file| file.starts_with("changed/")), "{:?}", done.files.keys());
    validated(&folder(&done.files, "us-east-1/"));
    // What was sealed is asked for, and what Landfall does not write, or nobody may write down, is left to a person.
    assert!(done.given > 0 && done.files["us-east-1/variables.tf"].contains("sensitive   = true"), "{:?}", done.files);
    assert!(done.files.values().all(|text| !text.contains('⟦')));
    let left: Vec<&str> = done.rows.iter().filter(|row| row.is_left()).map(|row| row.turned.class.as_str()).collect();
    assert_eq!(left, ["aws_secretsmanager_secret_version", "aws_eks_node_group", ""]);
    let fix = |class: &str| &done.rows.iter().find(|row| row.turned.class == class).expect("a row").fix;
    assert!(
        fix("aws_eks_node_group").contains("say scaling_config = { min_size = 2 }"),
        "{}",
        fix("aws_eks_node_group")
    );
    assert!(fix("aws_secretsmanager_secret_version").contains("never written here"));
    // Without a capture of later it is told how to come by one, and nothing is made up.
    let done = handed(&[], &[]);
    assert_eq!(done.files.keys().collect::<Vec<_>>(), ["README.md"]);
    assert!(
        done.files["README.md"].contains("landfall capture PLAN --region us-east-1"),
        "{}",
        done.files["README.md"]
    );
}

#[test]
fn what_a_state_declares_otherwise_is_said_there_and_what_it_declares_the_same_is_not() {
    let done = handed(&[declared()], &[everything()]);
    let stands = |class: &str, argument: &str| {
        let is_it =
            |row: &&landfall::terraform::after::Row| row.turned.class == class && row.turned.argument == argument;
        done.rows.iter().find(is_it).unwrap_or_else(|| panic!("{class} {argument}"))
    };
    // The database that was renamed is known by the name that it had.
    let name = stands("aws_db_instance", "identifier");
    assert!(matches!(&name.stands, Stands::Otherwise { address, .. } if address == "aws_db_instance.main"), "{name:?}");
    assert!(name.consequence.contains("orders → legacy: whoever was kept out"), "{}", name.consequence);
    assert!(matches!(stands("aws_db_instance", "backup_retention_period").stands, Stands::Same { .. }));
    // The service's revision is what its code makes of its own task definition.
    assert!(stands("aws_ecs_service", "task_definition").fix.contains("see its task definition"));
    // In a module nothing is merged from beside: a person says it there.
    let target = stands("aws_appautoscaling_target", "min_capacity");
    assert!(
        target.written.is_none() && target.fix == "say min_capacity = 9 in module.shop.aws_appautoscaling_target.api"
    );
    assert_eq!(stands("aws_route53_record", "records").stands, Stands::Undeclared);

    let merged = &done.files["changed/prod_override.tf"];
    let body = parsed(merged);
    let blocks: Vec<String> =
        blocks(std::slice::from_ref(&body), "resource").map(|(labels, _)| labels.join(".")).collect();
    assert_eq!(blocks, ["aws_db_instance.main", "aws_ecs_service.api", "aws_ecs_task_definition.api"], "{merged}");
    for wanted in ["identifier = \"orders\"", "desired_count = 4", "container_definitions = jsonencode("] {
        assert!(merged.contains(wanted), "{wanted}: {merged}");
    }
    // What stands in other code is named as the cloud does, and what was sealed is asked for.
    assert!(!merged.contains("aws_cloudwatch_log_group.") && !merged.contains('⟦'), "{merged}");
    assert!(
        merged.contains("var.api_token") && done.files["changed/prod_values.tf"].contains("\"api_token\""),
        "{merged}"
    );
    let main = &done.files["us-east-1/main.tf"];
    assert_eq!(main.matches("\nresource ").count(), 1, "{main}");
    assert!(main.contains("\"aws_route53_record\" \"db_example_com_cname\""), "{main}");

    // Terraform itself merges it into the code that declares it.
    let code = "terraform {\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n    }\n  }\n}\n\n\
        provider \"aws\" {\n  region = \"us-east-1\"\n}\n\nresource \"aws_db_instance\" \"main\" {\n  identifier     = \"legacy\"\n  instance_class = \"db.t3.micro\"\n}\n\n\
        resource \"aws_ecs_task_definition\" \"api\" {\n  family                = \"api\"\n  container_definitions = \"[]\"\n}\n\n\
        resource \"aws_ecs_service\" \"api\" {\n  name            = \"api\"\n  desired_count   = 2\n  task_definition = aws_ecs_task_definition.api.arn\n}\n";
    let mut beside = folder(&done.files, "changed/");
    beside.insert("main.tf".to_owned(), code.to_owned());
    validated(&beside);
}

#[test]
fn what_was_given_back_is_in_no_list_and_what_is_not_known_is_said_to_be() {
    let mut all = vec![
        turned("aws_db_instance", "orders", "identifier", Some(json!("orders-fenced-1"))),
        turned("aws_db_instance", "orders-fenced-1", "identifier", Some(json!("orders"))),
        Turned { known: false, ..turned("aws_ecs_service", "everything/api", "desired_count", Some(json!(0))) },
    ];
    let done = after(&told(), all.clone(), &[declared()], &[], &|_| true);
    assert_eq!(done.rows.len(), 1, "{:?}", done.rows);
    // Of what perhaps happened nothing is written.
    assert!(done.rows[0].is_left() && done.rows[0].fix.starts_with("look whether it happened"), "{:?}", done.rows);
    assert!(done.files["README.md"].contains("is perhaps 0"), "{}", done.files["README.md"]);
    // Two states whose files are called the same have a file each.
    all.truncate(1);
    let of = |address: &'static str, id: &str| vec![(address, json!({ "identifier": id }))];
    let states = [
        state("a/terraform.tfstate", of("aws_db_instance.a", "orders")),
        state("b/terraform.tfstate", of("aws_db_instance.b", "b")),
    ];
    let done = after(&told(), all, &states, &[], &|_| true);
    assert!(done.files.contains_key("changed/terraform_1_override.tf"), "{:?}", done.files.keys());
}

fn landfall(folder: &Path, arguments: &[&str]) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_landfall"));
    run.arg("codify").args(arguments).current_dir(folder).env("HOME", folder).output().expect("it runs")
}

#[test]
fn the_command_lists_what_a_journal_tells_and_takes_it_cut_anywhere_or_refuses_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = "[application]\nname = \"storefront\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\n[component.look]\nkind = \"manual\"\nask = \"?\"\n";
    std::fs::write(folder.path().join("plan.toml"), plan).expect("written");
    std::fs::write(folder.path().join("other.toml"), plan.replace("storefront", "bank")).expect("written");
    let journal = std::fs::read_to_string("recordings/clean-failover.jsonl").expect("a recording");
    std::fs::write(folder.path().join("run.jsonl"), &journal).expect("written");
    let listed = landfall(folder.path(), &["plan.toml", "--after", "run.jsonl", "--json"]);
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert!(listed.status.code() == Some(3) && rows.len() > 5, "{listed:?}");
    // One source: what the report has is what is listed, but for names that were given back.
    let report = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .args(["report", "run.jsonl", "--format", "json"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .expect("it runs");
    let report: Value = serde_json::from_slice(&report.stdout).expect("JSON");
    let of = |rows: &[Value]| -> BTreeSet<String> {
        rows.iter().map(|row| format!("{} {} {} {}", row["region"], row["class"], row["id"], row["argument"])).collect()
    };
    assert_eq!(of(&rows), of(report["handed"].as_array().expect("a list")));
    assert!(String::from_utf8_lossy(&listed.stderr).contains("a drill"), "{listed:?}");
    let wrote = landfall(folder.path(), &["plan.toml", "--after", "run.jsonl", "--out", "tf"]);
    assert_eq!(wrote.status.code(), Some(3), "{wrote:?}");
    let files = held(&folder.path().join("tf"));
    assert!(files.len() == 1 && files["README.md"].contains("nothing of it is real"), "{:?}", files.keys());
    // Of another application, of no run, and of one that was cut: never more than what stands in it.
    for (arguments, says) in [
        (&["other.toml", "--after", "run.jsonl"][..], "and the run of storefront"),
        (&["plan.toml", "--after", "plan.toml"], "plan.toml"),
        (&["plan.toml", "--after", "away.jsonl"], "away.jsonl"),
        (&["plan.toml", "--after", "run.jsonl", "--terraform", "plan.toml"], "plan.toml"),
    ] {
        let refused = landfall(folder.path(), arguments);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && told.contains(says), "{arguments:?}: {told}");
        assert!(refused.stdout.is_empty());
    }
    let all = of(&rows);
    let mut cut: Vec<usize> = (1..12).map(|part| journal.len() * part / 12).collect();
    cut.extend([0, 1, journal.len() - 1]);
    for at in cut {
        let at = (0..=at).rev().find(|at| journal.is_char_boundary(*at)).expect("a place");
        std::fs::write(folder.path().join("cut.jsonl"), &journal[..at]).expect("written");
        let listed = landfall(folder.path(), &["plan.toml", "--after", "cut.jsonl", "--json"]);
        let code = listed.status.code();
        assert!(matches!(code, Some(0 | 2 | 3)), "{at}: {listed:?}");
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert!(of(&rows).is_subset(&all) && (code != Some(2) || rows.is_empty()), "{at}: {text}");
    }
}

#[test]
fn a_service_alone_names_its_cluster_as_the_provider_does_so_that_nothing_replaces_it() {
    let cluster = "cluster = \"arn:aws:ecs:us-east-1:123456789012:cluster/everything\"";
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let alone = generate(&everything(), &|resource| resource.kind == "ecs-service");
    let files = files::codified(&everything(), &alone);
    assert!(plain(&files["main.tf"]).contains(cluster), "{}", files["main.tf"]);
    // The same where a state has the cluster, and the service stands in none.
    let own = json!({ "name": "everything", "id": "arn:aws:ecs:us-east-1:123456789012:cluster/everything" });
    let cluster_alone = state("terraform.tfstate", vec![("aws_ecs_cluster.main", own)]);
    let mut all = generate(&everything(), &|_| true);
    landfall::terraform::drift::only(&mut all, &everything(), &cluster_alone.instances);
    let files = files::codified(&everything(), &all);
    assert!(plain(&files["main.tf"]).contains(cluster), "{}", files["main.tf"]);
}
