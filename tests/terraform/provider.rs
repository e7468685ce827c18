//! What `terraform::drift` knows of the provider, held against the real one: a plan of `least.tf`, which makes nothing and asks no
//! cloud, says each default and what is left to AWS; the schema says what is optional and computed.

use super::PROVIDERS;
use landfall::terraform::drift::{DEFAULTS, LEFT_TO_AWS};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Arguments that have no value in a cloud: a default of theirs is compared with nothing.
const NO_VALUE: &[&str] = &[
    "auth_token_update_strategy",
    "confirmation_timeout_in_minutes",
    "delete_automated_backups",
    "recovery_window_in_days",
    "rotate_immediately",
    "wait_for_capacity_timeout",
];
/// What the provider says as it reads, and not as it plans.
const AS_IT_READS: &[(&str, &str)] = &[("aws_dynamodb_table.table_class", "STANDARD")];

fn terraform(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new("timeout");
    command.args(["300", "terraform"]).args(arguments).current_dir(folder);
    let told = command.env("CHECKPOINT_DISABLE", "1").env_remove("TF_CLI_CONFIG_FILE").env("HOME", folder).output();
    let told = told.expect("it runs");
    assert!(told.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&told.stderr));
    told.stdout
}

/// The items of a list of blocks, or the one.
fn items(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

/// What a plan says within `after` that its code, `said`, does not: single values, and places that are known after an apply alone.
fn walk(
    way: &str,
    after: &Value,
    unknown: &Value,
    said: Option<&Value>,
    found: &mut (BTreeSet<(String, String)>, BTreeSet<String>),
) {
    for (name, value) in after.as_object().into_iter().flatten() {
        let (way, own) = (format!("{way}.{name}"), said.and_then(|said| said.get(name)));
        match value {
            Value::Array(blocks) if blocks.iter().any(Value::is_object) => {
                for (at, block) in blocks.iter().enumerate() {
                    let of = own.map(items).and_then(|all| all.get(at).copied());
                    walk(&way, block, unknown.get(name).and_then(|all| all.get(at)).unwrap_or(&Value::Null), of, found);
                }
            }
            Value::String(text) if own.is_none() && !text.is_empty() => drop(found.0.insert((way, text.clone()))),
            Value::Bool(true) | Value::Number(_) if own.is_none() && value.as_f64() != Some(0.0) => {
                found.0.insert((way, value.to_string()));
            }
            _ => {}
        }
    }
    let not_known = unknown.as_object().into_iter().flatten().filter(|(_, is)| **is == true);
    found.1.extend(not_known.map(|(name, _)| format!("{way}.{name}")));
}

/// The arguments of a block that are optional and computed.
fn open(way: &str, block: &Value, found: &mut BTreeSet<String>) {
    let attributes = block["attributes"].as_object().into_iter().flatten();
    let is_open = |one: &Value| one["optional"] == true && one["computed"] == true;
    found.extend(attributes.filter(|(_, one)| is_open(one)).map(|(name, _)| format!("{way}.{name}")));
    for (name, inner) in block["block_types"].as_object().into_iter().flatten() {
        open(&format!("{way}.{name}"), &inner["block"], found);
    }
}

#[test]
#[ignore = "takes half a minute of the provider's: cargo test --test terraform -- --ignored least_that_each_class"]
fn the_least_that_each_class_takes_says_every_default_and_what_is_left_to_aws() {
    if Command::new("terraform").arg("version").output().is_err() || !Path::new(PROVIDERS).is_dir() {
        eprintln!("NOT TRIED: there is no terraform on this machine, or no provider in {PROVIDERS}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::write(at.join("main.tf"), include_str!("least.tf")).expect("written");
    terraform(at, &["init", "-no-color", "-input=false", &format!("-plugin-dir={PROVIDERS}")]);
    terraform(at, &["plan", "-no-color", "-input=false", "-refresh=false", "-out=the.plan"]);
    let json = |arguments: &[&str]| -> Value { serde_json::from_slice(&terraform(at, arguments)).expect("JSON") };
    let plan = json(&["show", "-json", "the.plan"]);
    let code = plan["configuration"]["root_module"]["resources"].as_array().expect("a list").iter();
    let none = Value::Object(Map::new());
    let code: BTreeMap<&str, &Value> = code
        .map(|one| (one["address"].as_str().expect("an address"), one.get("expressions").unwrap_or(&none)))
        .collect();
    let mut found = Default::default();
    for one in plan["resource_changes"].as_array().expect("a list") {
        let (class, address) = (one["type"].as_str().expect("a class"), one["address"].as_str().expect("an address"));
        let change = &one["change"];
        walk(class, &change["after"], &change["after_unknown"], code.get(address).copied(), &mut found);
    }
    let (defaults, not_known) = found;
    let has_value = |(way, _): &&(String, String)| !way.rsplit('.').next().is_some_and(|name| NO_VALUE.contains(&name));
    let wanted: BTreeSet<(&str, &str)> =
        defaults.iter().filter(has_value).map(|(way, value)| (way.as_str(), value.as_str())).collect();
    let known: BTreeSet<(&str, &str)> = DEFAULTS.iter().copied().filter(|row| !AS_IT_READS.contains(row)).collect();
    let (more, less): (Vec<_>, Vec<_>) = (known.difference(&wanted).collect(), wanted.difference(&known).collect());
    assert!(more.is_empty() && less.is_empty(), "not the provider's: {more:#?}\nnot known: {less:#?}");

    let schema = json(&["providers", "schema", "-json"]);
    let classes = &schema["provider_schemas"]["registry.terraform.io/hashicorp/aws"]["resource_schemas"];
    let mut optional = BTreeSet::new();
    LEFT_TO_AWS.iter().for_each(|(class, _)| open(class, &classes[*class]["block"], &mut optional));
    let each = LEFT_TO_AWS.iter().flat_map(|(class, ways)| ways.iter().map(move |way| format!("{class}.{way}")));
    let wrong: Vec<String> = each.filter(|way| !optional.contains(way) && !not_known.contains(way)).collect();
    assert!(wrong.is_empty(), "not left to AWS: {wrong:#?}");
}
