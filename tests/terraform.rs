//! The Terraform that is written of a snapshot: every argument is one that the provider takes, every reference leads
//! somewhere, nothing secret stands in it, and the real program takes it, where it is on the machine.

#[path = "terraform/applied.rs"]
mod applied;
#[path = "terraform/drift.rs"]
mod drift;
#[path = "terraform/runbook.rs"]
mod runbook;
#[path = "terraform/story.rs"]
mod story;
mod support;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Body, Structure};
use landfall::snapshot::Snapshot;
use landfall::terraform::{Generated, files, generate};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

#[path = "terraform/after.rs"]
mod after;
#[path = "terraform/provider.rs"]
mod provider;
#[path = "terraform/restore.rs"]
mod restore;
#[path = "terraform/since.rs"]
mod since;
#[path = "terraform/undeclared.rs"]
mod undeclared;

/// Where a provider may be, for a machine without a network.
const PROVIDERS: &str = "/opt/tf-plugins";

fn everything() -> Snapshot {
    Snapshot::read(include_str!("terraform/everything.json")).expect("a snapshot")
}

fn whole(snapshot: &Snapshot) -> (Generated, BTreeMap<String, String>) {
    let generated = generate(snapshot, &|_| true);
    let files = files::codified(snapshot, &generated);
    (generated, files)
}

fn parsed(text: &str) -> Body {
    text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The blocks of a kind in all files.
fn blocks<'a>(bodies: &'a [Body], keyword: &'a str) -> impl Iterator<Item = (Vec<String>, &'a Body)> {
    bodies.iter().flat_map(Body::iter).filter_map(move |structure| match structure {
        Structure::Block(block) if block.ident.as_str() == keyword => {
            Some((block.labels.iter().map(|label| label.as_str().to_owned()).collect(), &block.body))
        }
        _ => None,
    })
}

fn bodies(files: &BTreeMap<String, String>) -> Vec<Body> {
    files.iter().filter(|(name, _)| name.ends_with(".tf")).map(|(_, text)| parsed(text)).collect()
}

/// What a body says that its class does not take, and what its class wants and it does not say.
fn wrong(at: &str, body: &Body, schema: &Value, found: &mut Vec<String>) {
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let name = attribute.key.as_str();
                said.insert(name.to_owned(), 1);
                if name == "depends_on" {
                    continue;
                }
                match schema["a"][name].as_str() {
                    Some("r" | "o") => {}
                    Some(_) => found.push(format!("{at}.{name} is set by nobody")),
                    None => found.push(format!("{at} takes no {name}")),
                }
            }
            Structure::Block(block) => {
                let name = block.ident.as_str();
                *said.entry(name.to_owned()).or_default() += 1;
                if name == "lifecycle" {
                    continue;
                }
                match &schema["b"][name] {
                    // Some lists of objects are written as blocks.
                    Value::Null if schema["a"][name] == "o" => {}
                    Value::Null => found.push(format!("{at} takes no block {name}")),
                    inner => wrong(&format!("{at}.{name}"), &block.body, inner, found),
                }
            }
        }
    }
    for (name, mode) in schema["a"].as_object().into_iter().flatten() {
        if mode == "r" && !said.contains_key(name) {
            found.push(format!("{at} wants {name}"));
        }
    }
    for (name, inner) in schema["b"].as_object().into_iter().flatten() {
        let count = said.get(name).copied().unwrap_or_default() as u64;
        if count < inner["min"].as_u64().unwrap_or_default() {
            found.push(format!("{at} wants a block {name}"));
        }
        let most = inner["max"].as_u64().filter(|most| *most > 0);
        if most.is_some_and(|most| count > most) {
            found.push(format!("{at} takes no {count} blocks {name}"));
        }
    }
}

#[test]
fn a_later_member_of_a_global_datastore_leaves_to_it_what_it_has_of_it() {
    let mut snapshot = everything();
    let text = |snapshot: &Snapshot| {
        let (_, files) = whole(snapshot);
        let all: String = files.values().map(String::as_str).collect();
        let from = all.find("\"aws_elasticache_replication_group\" \"sessions\"").expect("it is written");
        all[from..].split("\n}\n").next().unwrap_or_default().to_owned()
    };
    let of_it = ["engine ", "node_type ", "at_rest_encryption_enabled "];
    let alone = text(&snapshot);
    assert!(of_it.iter().all(|argument| alone.contains(argument)), "{alone}");
    for (role, is_later) in [("SECONDARY", true), ("PRIMARY", false)] {
        let sessions = snapshot.resources.iter_mut().find(|one| one.id == "sessions").expect("it is there");
        sessions.config.insert("GlobalReplicationGroup".to_owned(), "ldgnf-carts".into());
        sessions.config.insert("GlobalRole".to_owned(), role.into());
        let told = text(&snapshot);
        assert_eq!(told.contains("aws_elasticache_global_replication_group.ldgnf_carts.id"), is_later, "{told}");
        // The provider takes neither beside the other.
        assert!(of_it.iter().all(|argument| told.contains(argument) != is_later), "{told}");
    }
}

#[test]
fn what_is_wrapped_numbered_or_set_beside_is_written_as_it_is() {
    let (_, files) = whole(&everything());
    let text: String = files.values().map(String::as_str).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "query_string { key = \"v\" value = \"1\" }",
        "and { prefix = \"007\" tags = { Cold = \"yes\" cost = \"0\" } }",
        "metric_interval_lower_bound = \"0\" metric_interval_upper_bound = \"10.5\"",
        "min_adjustment_magnitude = 2",
        "suspended_processes = [\"AZRebalance\"]",
        "raw_message_delivery = true",
        "filter_policy = jsonencode({ kind = [\"order\"] })",
        "redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.jobs.arn })",
        "additional_version_weights = { \"2\" = 0.1 }",
        "log_format = \"JSON\"",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
}

#[test]
fn every_kind_is_written_by_arguments_that_the_provider_takes() {
    let schema: Value = serde_json::from_str(include_str!("terraform/aws-5.100.0.json")).expect("a schema");
    let (generated, files) = whole(&everything());
    let bodies = bodies(&files);
    let mut found = Vec::new();
    for (labels, body) in blocks(&bodies, "resource") {
        match &schema[&labels[0]] {
            Value::Null => found.push(format!("there is no {}", labels[0])),
            class => wrong(&labels.join("."), body, class, &mut found),
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    // None of them was left out, but for what is told.
    let left: BTreeSet<&str> = generated
        .notes
        .iter()
        .filter(|note| ["no-rule", "not-whole", "unread", "managed", "shared"].contains(&note.code))
        .map(|note| note.found.as_str())
        .collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn every_reference_leads_to_what_is_written_and_every_block_is_imported_once() {
    let (generated, files) = whole(&everything());
    let bodies = bodies(&files);
    let written: BTreeSet<String> = blocks(&bodies, "resource").map(|(labels, _)| labels.join(".")).collect();
    let variables: BTreeSet<String> = blocks(&bodies, "variable").map(|(labels, _)| labels[0].clone()).collect();
    assert_eq!(written.len(), blocks(&bodies, "resource").count(), "two are called the same");
    let text: String = files.iter().filter(|(name, _)| name.ends_with(".tf")).map(|(_, text)| text.as_str()).collect();
    for word in text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.' | '-')) {
        let parts: Vec<&str> = word.split('.').collect();
        if let ["var", name] = parts.as_slice() {
            assert!(variables.contains(*name), "{word}");
        }
        if let [class, name, ..] = parts.as_slice()
            && class.starts_with("aws_")
        {
            assert!(written.contains(&format!("{class}.{name}")), "{word}");
        }
    }
    let imported: Vec<String> = blocks(&bodies, "import")
        .map(|(_, body)| match &body.get_attribute("to").expect("what it is for").value {
            Expression::Traversal(to) => format!("{to:?}"),
            other => panic!("{other}"),
        })
        .collect();
    let importable = generated.blocks.iter().filter(|one| one.import.is_some()).count();
    assert_eq!(imported.len(), importable);
    assert_eq!(imported.iter().collect::<BTreeSet<_>>().len(), importable);
    insta::assert_snapshot!("everything", files["main.tf"]);
    insta::assert_snapshot!("everything_readme", files["README.md"]);
}

/// The members of every object the other way round.
fn reverse(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let mut all: Vec<(String, Value)> = std::mem::take(members).into_iter().rev().collect();
            all.iter_mut().for_each(|(_, value)| reverse(value));
            members.extend(all);
        }
        Value::Array(items) => items.iter_mut().for_each(reverse),
        _ => {}
    }
}

#[test]
fn the_same_snapshot_gives_the_same_bytes_in_whatever_order_it_is_told() {
    let mut other: Value = serde_json::from_str(include_str!("terraform/everything.json")).expect("JSON");
    other["resources"].as_array_mut().expect("a list").reverse();
    reverse(&mut other);
    let other = Snapshot::read(&other.to_string()).expect("a snapshot");
    assert_eq!(whole(&everything()).1, whole(&other).1);
}

#[test]
fn what_was_sealed_is_given_by_somebody_and_stands_in_no_file() {
    let (generated, files) = whole(&everything());
    for (name, text) in &files {
        assert!(!text.contains('⟦'), "{name}");
    }
    assert!(generated.variables["api_token"].is_secret, "{:?}", generated.variables);
    assert!(files["main.tf"].contains("value = var.api_token"), "{}", files["main.tf"]);
}

#[test]
fn what_was_not_read_or_is_anothers_is_not_written_and_is_told() {
    let mut snapshot = everything();
    for resource in &mut snapshot.resources {
        match resource.kind.as_str() {
            "iam-role" => drop(resource.config.insert("Inline".to_owned(), "⟦unread⟧".into())),
            "queue" => drop(resource.config.insert("Weather".to_owned(), "fine".into())),
            "launch-template" => {
                resource.config.insert("NotTold".to_owned(), serde_json::json!(["placement"]));
            }
            "vpc" => resource.shared = true,
            "topic" => resource.managed_by = "cloudformation".to_owned(),
            _ => {}
        }
    }
    let (generated, files) = whole(&snapshot);
    let codes: BTreeSet<(&str, &str)> =
        generated.notes.iter().map(|note| (note.code, note.of.split('/').next().unwrap_or_default())).collect();
    for wanted in [
        ("unread", "iam-role"),
        ("not-whole", "queue"),
        ("not-whole", "launch-template"),
        ("shared", "vpc"),
        ("managed", "topic"),
    ] {
        assert!(codes.contains(&wanted), "{wanted:?} {codes:?}");
    }
    assert!(generated.notes.iter().any(|note| note.found.starts_with("placement would be left out")));
    let text = &files["main.tf"];
    for class in ["\"aws_iam_role\"", "\"aws_sqs_queue\"", "\"aws_vpc\"", "\"aws_sns_topic\""] {
        assert!(!text.contains(class), "{class}");
    }
    // Nothing refers to what is not written.
    for class in ["aws_iam_role.", "aws_sqs_queue.", "aws_vpc.", "aws_sns_topic."] {
        assert!(!text.contains(class), "{class}");
    }
    // What they are called by stands in the places that refer to them.
    assert!(text.contains("vpc_id     = \"vpc-0a1b2c3d\""), "{text}");
    assert!(files["README.md"].contains("**vpc/vpc-0a1b2c3d**"));
}

#[test]
fn two_that_refer_to_each_other_go_in_no_circle() {
    let mut snapshot = everything();
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    let next = |name: &str| serde_json::json!({ "NEXT": arn(name) });
    let resize = snapshot.resources.iter_mut().find(|one| one.id == "resize").expect("a function");
    let mut caller = resize.clone();
    resize.config.insert("Environment".to_owned(), next("caller"));
    (caller.id, caller.name, caller.arn) = ("caller".to_owned(), Some("caller".to_owned()), Some(arn("caller")));
    caller.config.insert("Environment".to_owned(), next("resize"));
    snapshot.resources.push(caller);
    let snapshot = Snapshot::read(&snapshot.text()).expect("a snapshot");
    let (generated, files) = whole(&snapshot);
    assert!(generated.notes.iter().any(|note| note.code == "circle"), "{:?}", generated.notes);
    let text: String = files.values().map(String::as_str).collect();
    assert_eq!(text.matches("NEXT = aws_lambda_function.").count(), 1, "{text}");
}

#[test]
fn a_file_that_somebody_changed_is_known() {
    let (_, files) = whole(&everything());
    for (name, text) in &files {
        assert!(files::is_untouched(text), "{name}: {}", text.lines().next().unwrap_or_default());
        assert!(!files::is_untouched(&text.replacen("snapshot", "snapshut", 2)), "{name}");
        assert!(!files::is_untouched(&format!("{text}# mine\n")), "{name}");
    }
    for other in ["", "resource \"aws_vpc\" \"a\" {}\n", "# Written by landfall codify\n"] {
        assert!(!files::is_untouched(other), "{other}");
    }
}

fn codify(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .arg("codify")
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .output()
        .expect("it runs");
    (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
}

/// What is in a folder, by name.
fn held(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let text = |path: &Path| std::fs::read_to_string(path).expect("a text");
    entries.map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), text(&path))).collect()
}

#[test]
fn a_folder_is_written_again_and_what_somebody_changed_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("s.json"), everything().text()).expect("written");
    let (code, told) = codify(folder.path(), &["s.json", "--out", "tf"]);
    assert_eq!(code, Some(0), "{told}");
    let tf = folder.path().join("tf");
    let first = held(&tf);
    assert_eq!(first, whole(&everything()).1);
    // Terraform's own files are nobody's work; ours are written again, and those that are none any more go.
    std::fs::write(tf.join("terraform.tfstate"), "{}").expect("written");
    let (code, told) = codify(folder.path(), &["s.json", "--out", "tf", "--only", "vpc/*", "--only", "aws_eip.*"]);
    assert_eq!(code, Some(0), "{told}");
    let chosen = held(&tf);
    assert!(chosen.contains_key("terraform.tfstate") && !chosen.contains_key("variables.tf"), "{:?}", chosen.keys());
    assert_eq!(chosen["main.tf"].matches("\nresource ").count(), 4, "{}", chosen["main.tf"]);
    let mine = format!("{}# mine\n", chosen["main.tf"]);
    std::fs::write(tf.join("main.tf"), &mine).expect("written");
    let (code, told) = codify(folder.path(), &["s.json", "--out", "tf"]);
    assert!(code == Some(2) && told.contains("main.tf"), "{code:?} {told}");
    assert_eq!(held(&tf)["main.tf"], mine);
    let (code, told) = codify(folder.path(), &["s.json", "--out", "tf", "--force"]);
    assert!(code == Some(0) && told.contains("main.tf.before"), "{code:?} {told}");
    let last = held(&tf);
    assert_eq!((&last["main.tf.before"], &last["main.tf"]), (&mine, &first["main.tf"]));
}

#[test]
fn a_place_that_takes_nothing_is_told_before_a_cloud_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = "[application]\nname = \"app\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n[component.db]\nkind = \"rds\"\nprimary = \"orders\"\nrecovery = \"orders-r\"\n";
    std::fs::write(folder.path().join("app.toml"), plan).expect("written");
    std::fs::write(folder.path().join("file"), "mine").expect("written");
    // No cloud is named, and none is asked.
    let output = assert_cmd::Command::cargo_bin("landfall")
        .expect("the program")
        .current_dir(folder.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args(["capture", "app.toml", "--store", "file/store"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("file/store/app") && said.contains("--store DIR"), "{said}");
}

#[test]
fn what_is_not_there_or_not_whole_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut gapped = everything();
    let gap = r#"{ "ref": "queue/jobs", "operation": "GetQueueAttributes", "error": "AccessDenied" }"#;
    gapped.gaps.push(serde_json::from_str(gap).expect("a gap"));
    std::fs::write(folder.path().join("gapped.json"), gapped.settled().text()).expect("written");
    std::fs::write(folder.path().join("s.json"), everything().text()).expect("written");
    std::fs::write(folder.path().join("none.json"), "{}").expect("written");
    for (arguments, code, says) in [
        (&["gapped.json", "--out", "tf"][..], 3, "GetQueueAttributes"),
        (&["s.json", "--out", "tf", "--only", "vcp/*"], 2, "the snapshot has no vcp/*"),
        (&["none.json", "--out", "tf"], 2, "no snapshot"),
        (&["away.json", "--out", "tf"], 2, "away.json"),
    ] {
        let (found, told) = codify(folder.path(), arguments);
        assert!(found == Some(code) && told.contains(says), "{arguments:?}: {found:?} {told}");
        assert!(!folder.path().join("tf").exists(), "{arguments:?}");
    }
    let (code, told) = codify(folder.path(), &["gapped.json", "--out", "tf", "--allow-incomplete"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(held(&folder.path().join("tf"))["README.md"].contains("not complete"));
}

/// Runs terraform there; what it says when it fails.
fn terraform(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let run = Command::new("terraform")
        .args(arguments)
        .current_dir(folder)
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .map_err(|error| error.to_string())?;
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    if run.status.success() { Ok(said) } else { Err(said) }
}

/// With terraform and the provider on the machine they say whether it is right; without them the checks above do, and this
/// one says that it did not.
#[test]
fn terraform_itself_takes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    if terraform(folder.path(), &["version"]).is_err() {
        eprintln!(
            "NOT TRIED: there is no terraform on this machine; schema, references and parsing are checked by themselves"
        );
        return;
    }
    let (_, files) = whole(&everything());
    for (name, text) in &files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let formatted = terraform(folder.path(), &["fmt", "-check", "-diff", "-no-color"]);
    formatted.unwrap_or_else(|said| panic!("{said}"));
    if !Path::new(PROVIDERS).is_dir() {
        eprintln!("NOT TRIED: there is no provider in {PROVIDERS}; terraform formatted it and did not validate it");
        return;
    }
    let begun = terraform(folder.path(), &["init", "-no-color", "-input=false", &format!("-plugin-dir={PROVIDERS}")]);
    begun.unwrap_or_else(|said| panic!("{said}"));
    let valid = terraform(folder.path(), &["validate", "-no-color"]);
    valid.unwrap_or_else(|said| panic!("{said}"));
}
