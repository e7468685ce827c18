//! `landfall drift --terraform`: a world that real Terraform made and declares (`drift/declared.tfstate`, by Terraform 1.11.4 and
//! the provider 5.100.0 of `tests/cloud/webapp/webapp.tf`), captured as it was made (`clean.json`) and after two hotfixes
//! (`hot.json`): an inline policy and a parameter.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

const PLAN: &str = "[application]\nname = \"app\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\n[capture]\ntags = { Project = \"app-infra\", Environment = \"production\" }\nterraform = [\"declared.tfstate\"]\n\n[component.db]\nkind = \"manual\"\nask = \"look\"\n";

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        std::fs::write(desk.path("app.toml"), PLAN).expect("written");
        for name in ["declared.tfstate", "clean.json", "hot.json"] {
            std::fs::copy(Path::new("tests/terraform/drift").join(name), desk.path(name)).expect("copied");
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).expect("read")).expect("JSON")
    }

    fn write(&self, name: &str, value: &Value) {
        std::fs::write(self.path(name), value.to_string()).expect("written");
    }

    /// Runs it: the code, the findings, what else is said.
    fn drift(&self, snapshot: &str, more: &[&str]) -> (i32, Vec<Value>, String) {
        let output = Command::cargo_bin("landfall")
            .expect("the program")
            .current_dir(self.0.path())
            .args(["drift", "app.toml", "--json", "--snapshot", snapshot])
            .args(more)
            .output()
            .expect("it runs");
        let findings = String::from_utf8(output.stdout).expect("text");
        let findings = findings.lines().map(|line| serde_json::from_str(line).expect("a finding")).collect();
        (output.status.code().expect("a code"), findings, String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// `KIND/ID FIELD how`.
fn told(findings: &[Value]) -> Vec<String> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let one = |finding: &Value| {
        let [drift, kind, id, field] = ["drift", "kind", "id", "field"].map(|name| text(finding, name));
        format!("{drift} {kind}/{id} {field}")
    };
    findings.iter().map(one).collect()
}

const HOTFIXES: [&str; 2] = [
    "undeclared iam-role/app-ecs-task aws_iam_role_policy hotfix-s3-read",
    "changed db-parameter-group/app-pg16 parameter max_connections",
];

#[test]
fn what_was_made_by_terraform_is_as_declared_and_both_hotfixes_are_found_with_what_comes_of_them() {
    let desk = Desk::new();
    let (code, found, said) = desk.drift("clean.json", &[]);
    assert_eq!((code, told(&found)), (0, Vec::new()), "{said}");
    assert!(said.contains("54 as declared"), "{said}");
    let (code, found, said) = desk.drift("hot.json", &[]);
    assert_eq!((code, told(&found)), (3, HOTFIXES.map(str::to_owned).to_vec()), "{said}");
    let consequence = |at: usize| found[at]["consequence"].as_str().unwrap_or_default();
    assert!(consequence(0).contains("a rebuild from Git has no aws_iam_role_policy hotfix-s3-read"), "{found:?}");
    assert!(
        consequence(1).contains("aws_db_parameter_group.app sets parameter max_connections 500 → 200"),
        "{found:?}"
    );
    // Several states are one, and one twice is once.
    let twice = ["--terraform", "declared.tfstate", "--terraform", "declared.tfstate"];
    assert_eq!(told(&desk.drift("hot.json", &twice).1), HOTFIXES);
    // What somebody said may differ is counted, and no drift.
    std::fs::write(desk.path("may"), "iam-role/* aws_iam_role_policy hotfix-*\ndb-parameter-group/*\n")
        .expect("written");
    let (code, _, said) = desk.drift("hot.json", &["--ignore", "may"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("2 ignored"), "{said}");
}

/// What a provider reads into a state besides what its code says is no drift.
#[test]
fn a_database_of_two_zones_a_certificate_of_several_names_and_what_feeds_an_alias_are_as_declared() {
    let desk = Desk::new();
    let (mut state, mut clean) = (desk.read("declared.tfstate"), desk.read("clean.json"));
    let function = "arn:aws:lambda:us-east-1:123456789012:function:app-work";
    let queue = "arn:aws:sqs:us-east-1:123456789012:app-jobs";
    let names = json!(["api.example.com", "shop.example.com"]);
    for one in clean["resources"].as_array_mut().into_iter().flatten() {
        match one["kind"].as_str() {
            Some("certificate") => one["config"]["SubjectAlternativeNames"] = names.clone(),
            Some("db-instance") => {
                let config = one["config"].as_object_mut().expect("a table");
                config.remove("AvailabilityZone");
                config.insert("MultiAZ".to_owned(), true.into());
            }
            _ => {}
        }
    }
    let source =
        json!({ "Uuid": "0a1b", "EventSourceArn": queue, "BatchSize": 5, "State": "Enabled", "Alias": "live" });
    let config = json!({ "Aliases": [{ "Name": "live", "FunctionVersion": "2" }], "EventSources": [source] });
    let one = json!({
        "kind": "function", "id": "app-work", "name": "app-work", "arn": function, "because": "tagged", "managed_by": "?",
        "config": config, "needs": [],
    });
    clean["resources"].as_array_mut().expect("a list").push(one);
    for one in state["resources"].as_array_mut().into_iter().flatten() {
        match one["type"].as_str() {
            Some("aws_acm_certificate") => {
                one["instances"][0]["attributes"]["subject_alternative_names"] = names.clone()
            }
            Some("aws_db_instance") => one["instances"][0]["attributes"]["multi_az"] = true.into(),
            _ => {}
        }
    }
    for (class, attributes) in [
        ("aws_lambda_function", json!({ "id": "app-work", "function_name": "app-work", "arn": function })),
        (
            "aws_lambda_alias",
            json!({ "id": format!("{function}:live"), "name": "live", "function_name": "app-work", "function_version": "2" }),
        ),
        (
            "aws_lambda_event_source_mapping",
            json!({
                "id": "0a1b", "uuid": "0a1b", "event_source_arn": queue, "batch_size": 5, "enabled": true,
                "function_name": format!("{function}:live"), "function_arn": format!("{function}:live"),
            }),
        ),
    ] {
        state["resources"].as_array_mut().expect("resources").push(json!({
            "mode": "managed", "type": class, "name": "work", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{ "schema_version": 0, "attributes": attributes }],
        }));
    }
    desk.write("declared.tfstate", &state);
    desk.write("now.json", &clean);
    let (code, found, said) = desk.drift("now.json", &[]);
    assert_eq!((code, told(&found)), (0, Vec::new()), "{said}{found:?}");
    // Of another alias it is another.
    let text = clean.to_string().replace("\"Alias\":\"live\"", "\"Alias\":\"next\"");
    std::fs::write(desk.path("now.json"), text).expect("written");
    assert_eq!(told(&desk.drift("now.json", &[]).1), ["changed function/app-work function_name"]);
}

#[test]
fn a_list_that_holds_all_there_may_be_takes_the_hotfix_away() {
    let desk = Desk::new();
    let mut state = desk.read("declared.tfstate");
    let exclusive = json!({
        "mode": "managed", "type": "aws_iam_role_policies_exclusive", "name": "task",
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [{ "schema_version": 0, "attributes": { "role_name": "app-ecs-task", "policy_names": ["queue"] } }],
    });
    state["resources"].as_array_mut().expect("resources").push(exclusive);
    desk.write("declared.tfstate", &state);
    let (_, found, _) = desk.drift("hot.json", &[]);
    let consequence = found[0]["consequence"].as_str().unwrap_or_default();
    assert!(
        consequence.contains("terraform apply takes it away: aws_iam_role_policies_exclusive.task"),
        "{consequence}"
    );
}

#[test]
fn what_is_not_in_the_state_is_undeclared_what_does_not_run_is_missing_and_what_was_not_read_is_neither() {
    let desk = Desk::new();
    // The queue is declared nowhere.
    let mut state = desk.read("declared.tfstate");
    state["resources"].as_array_mut().expect("resources").retain(|one| one["type"] != "aws_sqs_queue");
    desk.write("less.tfstate", &state);
    let (_, found, _) = desk.drift("clean.json", &["--terraform", "less.tfstate"]);
    assert!(
        !found.is_empty() && found.iter().all(|one| one["kind"] == "queue" && one["drift"] == "undeclared"),
        "{found:?}"
    );

    // It is declared, and runs no more.
    let mut snapshot = desk.read("clean.json");
    snapshot["resources"].as_array_mut().expect("resources").retain(|one| one["kind"] != "queue");
    desk.write("less.json", &snapshot);
    let (_, found, _) = desk.drift("less.json", &[]);
    let missing: Vec<&Value> = found.iter().filter(|one| one["drift"] == "missing").collect();
    assert!(missing.iter().any(|one| one["kind"] == "aws_sqs_queue"), "{found:?}");

    // The same, and it could not be read.
    snapshot["complete"] = json!(false);
    snapshot["gaps"] = json!([{ "ref": "queue/app", "operation": "GetQueueAttributes", "error": "AccessDenied" }]);
    desk.write("less.json", &snapshot);
    let (code, found, _) = desk.drift("less.json", &[]);
    assert_eq!(code, 3);
    assert!(found.iter().all(|one| one["drift"] == "unread"), "{found:?}");

    // Of a role that was read, a policy that is declared and is not there.
    let mut snapshot = desk.read("clean.json");
    for one in snapshot["resources"].as_array_mut().expect("resources") {
        if one["id"] == "app-ecs-task" {
            one["config"]["Inline"] = json!({});
        }
    }
    desk.write("less.json", &snapshot);
    let (_, found, _) = desk.drift("less.json", &[]);
    assert!(found.iter().any(|one| one["drift"] == "missing" && one["kind"] == "aws_iam_role_policy"), "{found:?}");
}

#[test]
fn what_the_older_class_of_attachments_says_is_declared_and_what_it_does_not_is_taken_away() {
    let desk = Desk::new();
    let mut state = desk.read("declared.tfstate");
    let all = state["resources"].as_array_mut().expect("resources");
    let one = all.iter_mut().find(|one| one["type"] == "aws_iam_role_policy_attachment").expect("an attachment");
    one["type"] = json!("aws_iam_policy_attachment");
    let attributes = &mut one["instances"][0]["attributes"];
    let role = attributes["role"].clone();
    attributes["roles"] = json!([role, "another"]);
    attributes["name"] = json!("all");
    desk.write("older.tfstate", &state);
    let (code, found, said) = desk.drift("clean.json", &["--terraform", "older.tfstate"]);
    assert_eq!((code, told(&found)), (0, Vec::new()), "{said}");
    let text = std::fs::read_to_string(desk.path("older.tfstate")).expect("text");
    let other = text.replace(&format!("[{role},\"another\"]"), "[\"another\"]");
    std::fs::write(desk.path("older.tfstate"), other).expect("written");
    let (code, found, _) = desk.drift("clean.json", &["--terraform", "older.tfstate"]);
    let comes = found[0]["consequence"].as_str().unwrap_or_default();
    assert!(
        code == 3 && found.len() == 1 && comes.contains("terraform apply takes it away: aws_iam_policy_attachment."),
        "{found:?}"
    );
}

#[test]
fn what_a_fence_renamed_is_evidence_and_what_an_apply_would_do_to_it_is_told() {
    const FENCED: &str = "app-db-fenced-202611261002";
    let desk = Desk::new();
    let mut snapshot = desk.read("clean.json");
    let own = snapshot["resources"].as_array().expect("a list").iter().find(|one| one["id"] == "app-db");
    let own = own.expect("the database").clone();
    for one in snapshot["resources"].as_array_mut().expect("a list") {
        if one["id"] == "app-db" {
            *one =
                serde_json::from_str(&one.to_string().replace("\"app-db\"", &format!("\"{FENCED}\""))).expect("JSON");
            one["arn"] = json!(format!("arn:aws:rds:us-east-1:123456789012:db:{FENCED}"));
        }
    }
    desk.write("fenced.json", &snapshot);
    let (code, found, said) = desk.drift("fenced.json", &[]);
    assert_eq!((code, told(&found)), (3, vec![format!("changed db-instance/{FENCED} identifier")]), "{said}");
    let comes = found[0]["consequence"].as_str().unwrap_or_default();
    assert!(comes.contains("terraform apply of aws_db_instance.") && comes.contains("name app-db back"), "{comes}");
    // Another has its name since: the way back made it. What is kept is no drift.
    snapshot["resources"].as_array_mut().expect("a list").push(own);
    desk.write("back.json", &snapshot);
    let (code, found, said) = desk.drift("back.json", &[]);
    assert_eq!((code, told(&found)), (0, vec![format!("expected db-instance/{FENCED} ")]), "{said}");
    // It is written nowhere, and named; nor is it a store that a restore asks the data of.
    let landfall = |arguments: &[&str]| {
        let run =
            Command::cargo_bin("landfall").expect("the program").current_dir(desk.0.path()).args(arguments).output();
        String::from_utf8_lossy(&run.expect("it runs").stderr).into_owned()
    };
    let told = landfall(&["codify", "app.toml", "--snapshot", "fenced.json", "--out", "code"]);
    let told =
        told + &landfall(&["restore", "app.toml", "--snapshot", "fenced.json", "--to", "us-west-2", "--out", "there"]);
    for out in ["code", "there"] {
        let files = std::fs::read_dir(desk.path(out)).unwrap_or_else(|error| panic!("{error}: {told}"));
        let code = files
            .map(|file| file.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|end| end == "tf"));
        let code: String = code.map(|path| std::fs::read_to_string(path).expect("text")).collect();
        assert!(code.contains("aws_sqs_queue") && !code.contains("aws_db_instance") && !code.contains(FENCED), "{out}");
    }
    assert_eq!(told.matches("it was app-db and is kept as evidence").count(), 2, "{told}");
}

#[test]
fn another_place_s_state_is_counted_and_compared_with_nothing_and_secrets_are_never_told() {
    let desk = Desk::new();
    let text = std::fs::read_to_string(desk.path("declared.tfstate")).expect("read");
    let elsewhere = text.replace("us-east-1", "eu-central-1");
    std::fs::write(desk.path("elsewhere.tfstate"), elsewhere).expect("written");
    let (_, found, said) = desk.drift("clean.json", &["--terraform", "elsewhere.tfstate"]);
    assert!(said.contains("of another region or account"), "{said}");
    assert!(found.iter().all(|one| one["drift"] != "missing"), "{found:?}");

    // Whatever differs beside it: what a state marks as secret, and what is by its class, is in no answer.
    const CANARY: &str = "Canary-7f3a-Zq";
    let mut state = desk.read("declared.tfstate");
    for resource in state["resources"].as_array_mut().expect("resources") {
        for instance in resource["instances"].as_array_mut().expect("instances") {
            for name in ["password", "secret_string", "value", "auth_token"] {
                instance["attributes"][name] = json!(CANARY);
            }
            instance["attributes"]["description"] = json!(format!("{CANARY}-description"));
            instance["sensitive_attributes"] = json!([[{ "type": "get_attr", "value": "description" }]]);
        }
    }
    desk.write("canary.tfstate", &state);
    let (_, found, said) = desk.drift("hot.json", &["--terraform", "canary.tfstate"]);
    let all = format!("{found:?}{said}");
    assert!(!all.contains(CANARY), "{all}");
}

#[test]
fn what_is_no_state_is_refused_with_its_place_and_without_its_text() {
    let desk = Desk::new();
    let state = desk.read("declared.tfstate");
    let mut old = state.clone();
    old["version"] = json!(3);
    desk.write("old.tfstate", &old);
    let text = std::fs::read_to_string(desk.path("declared.tfstate")).expect("read");
    std::fs::write(desk.path("cut.tfstate"), &text[..text.len() / 2]).expect("written");
    std::fs::write(desk.path("none.tfstate"), "password hunter2").expect("written");
    let sealed = r#"{"serial": 1, "lineage": "x", "meta": {"key_provider.k": "eyJz"}, "encrypted_data": "hunter2AAAA", "encryption_version": "v0"}"#;
    std::fs::write(desk.path("sealed.tfstate"), sealed).expect("written");
    assert!(desk.drift("clean.json", &["--terraform", "sealed.tfstate"]).2.contains("encrypted by OpenTofu"));
    for name in ["old.tfstate", "cut.tfstate", "none.tfstate", "absent.tfstate", "sealed.tfstate"] {
        let (code, found, said) = desk.drift("clean.json", &["--terraform", name]);
        assert_eq!((code, found.len()), (2, 0), "{name}: {said}");
        assert!(said.contains(name) && !said.contains("hunter2"), "{name}: {said}");
    }
    // Nothing says what is declared.
    std::fs::write(desk.path("app.toml"), PLAN.replace("terraform = [\"declared.tfstate\"]\n", "")).expect("written");
    let (code, _, said) = desk.drift("clean.json", &[]);
    assert!(code == 2 && said.contains("--terraform STATE"), "{said}");
}

#[test]
fn a_thousand_things_are_compared_within_a_second() {
    let desk = Desk::new();
    let (mut state, mut snapshot) = (desk.read("declared.tfstate"), desk.read("clean.json"));
    let pick = |list: &Value, name: &str, is: &str| {
        list.as_array().expect("a list").iter().find(|one| one[name] == is).expect("one").clone()
    };
    let (queue, declared) =
        (pick(&snapshot["resources"], "kind", "queue"), pick(&state["resources"], "type", "aws_sqs_queue"));
    let name = queue["name"].as_str().expect("a name").to_owned();
    for at in 0..1_000 {
        let of = |value: &Value| -> Value {
            serde_json::from_str(&value.to_string().replace(&name, &format!("{name}-{at}"))).expect("JSON")
        };
        snapshot["resources"].as_array_mut().expect("a list").push(of(&queue));
        let mut own = of(&declared);
        own["name"] = json!(format!("own_{at}"));
        state["resources"].as_array_mut().expect("a list").push(own);
    }
    desk.write("many.tfstate", &state);
    desk.write("many.json", &snapshot);
    let began = Instant::now();
    let (code, found, said) = desk.drift("many.json", &["--terraform", "many.tfstate"]);
    let took = began.elapsed().as_secs_f64();
    assert_eq!((code, told(&found)), (0, Vec::new()), "{said}");
    println!("a thousand: {took:.2} s");
    // Not optimised it takes a third of a second of one core; the rest is for what else the machine does.
    assert!(took < 5.0, "{took} s");
}
