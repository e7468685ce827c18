//! What Terraform writes, read: a saved plan as JSON, outputs, what went wrong. Pure.

use crate::service::terraform::words::{NAMED, Planned, Sort, Trouble};
use crate::text::Clean;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How much of an error is kept, in characters.
const SAID: usize = 600;

/// What is read of `terraform show -json`; all else, the values first of all, is passed over.
#[derive(Deserialize)]
struct Shown {
    /// What tells that it is a plan at all.
    #[serde(rename = "format_version")]
    _version: String,
    #[serde(default)]
    resource_changes: Vec<Resource>,
    #[serde(default)]
    output_changes: BTreeMap<String, Change>,
    #[serde(default)]
    configuration: Configuration,
    #[serde(default)]
    errored: bool,
}

#[derive(Deserialize)]
struct Resource {
    address: String,
    #[serde(default)]
    previous_address: Option<String>,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    deposed: Option<IgnoredAny>,
    change: Change,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    importing: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct Configuration {
    #[serde(default)]
    root_module: Root,
}

#[derive(Default, Deserialize)]
struct Root {
    #[serde(default)]
    outputs: BTreeMap<String, IgnoredAny>,
    #[serde(default)]
    variables: BTreeMap<String, IgnoredAny>,
}

/// What the root module declares.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Declared {
    pub outputs: BTreeSet<String>,
    pub variables: BTreeSet<String>,
}

/// What is planned, by what `show -json` wrote and whether `plan -detailed-exitcode` found anything.
///
/// # Errors
/// What is wrong with it.
pub(super) fn planned(json: &[u8], has_changes: bool) -> Result<(Planned, Declared), String> {
    let shown: Shown = serde_json::from_slice(json).map_err(|error| format!("its plan cannot be read: {error}"))?;
    if shown.errored {
        return Err("its plan is not whole: Terraform failed while it made it".to_owned());
    }
    let mut planned = Planned::default();
    for resource in &shown.resource_changes {
        take(&mut planned, resource);
    }
    planned.outputs = shown.output_changes.values().filter(|change| !is_nothing(&change.actions)).count() as u64;
    match (has_changes, planned.is_nothing()) {
        // Something that is no resource's and no output's.
        (true, true) => planned.unknown = 1,
        (false, false) => return Err(format!("it says that nothing changes, and its plan has {}", planned.counts())),
        (true, false) | (false, true) => {}
    }
    let root = shown.configuration.root_module;
    let declared =
        Declared { outputs: root.outputs.into_keys().collect(), variables: root.variables.into_keys().collect() };
    Ok((planned, declared))
}

fn is_nothing(actions: &[String]) -> bool {
    matches!(words(actions).as_slice(), ["no-op"] | ["read"])
}

fn words(actions: &[String]) -> Vec<&str> {
    actions.iter().map(String::as_str).collect()
}

fn take(planned: &mut Planned, resource: &Resource) {
    let mut name = |what: &str| {
        if planned.gone.len() < NAMED {
            planned.gone.push(Clean::new(&format!("{} ({what})", resource.address)));
        }
    };
    let old = if resource.deposed.is_some() { ", what was left of it" } else { "" };
    match words(&resource.change.actions).as_slice() {
        ["no-op"] if resource.previous_address.as_ref().is_some_and(|before| *before != resource.address) => {
            planned.moved += 1;
        }
        ["no-op"] | ["read"] => {}
        ["create"] => planned.add += 1,
        ["update"] => {
            planned.change += 1;
            if planned.changed.len() < NAMED {
                planned.changed.push(Clean::new(&resource.address));
            }
        }
        ["delete"] => {
            name(&format!("destroyed{old}"));
            planned.destroy += 1;
        }
        ["delete", "create"] | ["create", "delete"] => {
            name("replaced");
            planned.replace += 1;
        }
        ["forget"] => planned.forget += 1,
        ["create", "forget"] | ["forget", "create"] => {
            planned.forget += 1;
            planned.add += 1;
        }
        // A data source that is read while it is applied changes nothing, whatever that is called.
        _ if resource.mode == "data" => {}
        other => {
            name(&other.join(" and "));
            planned.unknown += 1;
        }
    }
    if resource.change.importing.is_some() {
        planned.import += 1;
    }
}

/// An output as `output -json` writes it.
#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    value: Value,
}

/// The outputs called `names`, with those that are secrets. A list or a table is given as JSON.
///
/// # Errors
/// What is wrong with what was written.
pub(super) fn outputs(json: &[u8], names: &[String]) -> Result<(BTreeMap<String, Clean>, BTreeSet<String>), String> {
    let mut all: BTreeMap<String, Output> =
        serde_json::from_slice(json).map_err(|error| format!("its outputs cannot be read: {error}"))?;
    let (mut given, mut secret) = (BTreeMap::new(), BTreeSet::new());
    for name in names {
        let Some(output) = all.remove(name) else { continue };
        let text = match output.value {
            Value::Null => continue,
            Value::String(text) => text,
            other => other.to_string(),
        };
        if output.sensitive {
            secret.insert(name.clone());
        }
        given.insert(name.clone(), Clean::new(&text));
    }
    Ok((given, secret))
}

/// What went wrong, by what was written to standard error: Terraform's own first error, with where it is.
pub(super) fn trouble(stderr: &str) -> Trouble {
    let lines: Vec<&str> = stderr.lines().map(bare).collect();
    let Some(first) = lines.iter().position(|line| line.starts_with("Error: ")) else {
        let last = lines.iter().rev().find(|line| !line.is_empty()).copied().unwrap_or("it failed and did not say why");
        return Trouble { sort: Sort::Failed, said: Clean::new(&cut(last)) };
    };
    let title = lines[first];
    let rest = || lines[first + 1..].iter().take_while(|line| !line.starts_with("Error: ")).copied();
    if title.contains("acquiring the state lock") {
        let of =
            |name: &str| rest().find_map(|line| line.strip_prefix(name)).map(str::trim).filter(|text| !text.is_empty());
        let (who, since) = (of("Who:").unwrap_or("somebody"), of("Created:").unwrap_or("a time it does not tell"));
        let doing = of("Operation:").map_or_else(String::new, |operation| format!(" ({operation})"));
        let free = of("ID:")
            .map_or_else(String::new, |id| format!("; once nothing of it runs any more: terraform force-unlock {id}"));
        let said = format!("the state is locked by {who}{doing} since {since}{free}");
        return Trouble { sort: Sort::Locked, said: Clean::new(&cut(&said)) };
    }
    // Where it is, and the first line of why.
    let place = rest().find(|line| line.starts_with("on ") && line.contains(" line "));
    let is_code = |line: &str| line.split_once(": ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    let why = rest().find(|line| {
        !line.is_empty()
            && !line.starts_with("on ")
            && !line.starts_with("with ")
            && !is_code(line)
            && !line.starts_with('├')
    });
    let mut said = title.to_owned();
    for more in [place, why].into_iter().flatten() {
        said.push_str(if said.ends_with([':', '.']) { " " } else { ": " });
        said.push_str(more.trim_end_matches(':'));
    }
    Trouble { sort: Sort::Failed, said: Clean::new(&cut(&said)) }
}

/// Whether Terraform asks to be initialised.
pub(super) fn wants_init(stderr: &str) -> bool {
    let words = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    ["terraform init", "tofu init"].iter().any(|init| words.replace('"', "").contains(init))
}

/// A line without the frame that Terraform draws around an error.
fn bare(line: &str) -> &str {
    line.trim_start_matches([' ', '│', '╷', '╵', '\t']).trim_end()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SAID) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The names of variables that a file of values says, as far as they are needed: HCL, or JSON where the name ends so.
pub(super) fn said_in<'a>(text: &str, is_json: bool, names: impl Iterator<Item = &'a String>) -> Vec<String> {
    if is_json {
        let all: BTreeMap<String, IgnoredAny> = serde_json::from_str(text).unwrap_or_default();
        return names.filter(|name| all.contains_key(*name)).cloned().collect();
    }
    let is_said = |name: &&String| {
        text.lines().any(|line| {
            let line = line.trim_start().trim_start_matches('"');
            let rest = line.strip_prefix(name.as_str()).map(|rest| rest.trim_start_matches('"').trim_start());
            rest.is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=="))
        })
    };
    names.filter(is_said).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changes(of: &[(&str, &[&str])]) -> Value {
        let one = |(address, actions): &(&str, &[&str])| {
            let mode = if address.starts_with("data.") { "data" } else { "managed" };
            json!({ "address": address, "mode": mode, "change": { "actions": actions, "after": { "password": "hunter2" } } })
        };
        let all: Vec<Value> = of.iter().map(one).collect();
        json!({ "format_version": "1.2", "resource_changes": all, "configuration": { "root_module": { "outputs": { "id": {} }, "variables": { "size": {} } } } })
    }

    fn read(shown: &Value, has_changes: bool) -> Result<(Planned, Declared), String> {
        planned(shown.to_string().as_bytes(), has_changes)
    }

    #[test]
    fn every_action_is_counted_and_what_would_be_gone_is_named() {
        let shown = changes(&[
            ("a.new", &["create"]),
            ("a.same", &["no-op"]),
            ("data.x.y", &["read"]),
            ("a.changed", &["update"]),
            ("a.old", &["delete"]),
            ("a.anew", &["delete", "create"]),
            ("a.first", &["create", "delete"]),
            ("a.left", &["forget"]),
            ("a.strange", &["melt"]),
        ]);
        let (found, declared) = read(&shown, true).expect("a plan");
        assert_eq!(found.counts(), "1 to add, 1 to change, 2 to replace, 1 to forget, 1 not known, 1 to destroy",);
        assert_eq!(found.destroys(), 4, "what nobody knows is counted with what is gone");
        assert_eq!(found.names(), "a.old (destroyed), a.anew (replaced), a.first (replaced), a.strange (melt)");
        assert_eq!((declared.outputs.len(), declared.variables.contains("size")), (1, true));
        assert!(!serde_json::to_string(&found).expect("JSON").contains("hunter2"));
    }

    #[test]
    fn imports_moves_and_outputs_are_changes_too() {
        let mut shown = changes(&[("a.moved", &["no-op"]), ("a.there", &["no-op"])]);
        shown["resource_changes"][0]["previous_address"] = json!("a.before");
        shown["resource_changes"][1]["change"]["importing"] = json!({ "id": "x" });
        shown["output_changes"] = json!({ "id": { "actions": ["update"] }, "same": { "actions": ["no-op"] } });
        let (found, _) = read(&shown, true).expect("a plan");
        assert_eq!(found.counts(), "0 to add, 0 to change, 1 to import, 1 to move, 0 to destroy, 1 output");
        assert_eq!(found.destroys(), 0);
    }

    #[test]
    fn what_does_not_agree_is_no_plan() {
        assert!(read(&changes(&[("a.new", &["create"])]), false).expect_err("it disagrees").contains("1 to add"));
        let (found, _) = read(&changes(&[]), true).expect("a plan");
        assert_eq!((found.unknown, found.destroys()), (1, 1), "it would do something that it does not name");
        assert!(read(&changes(&[]), false).expect("a plan").0.is_nothing());
        assert!(read(&json!({ "format_version": "1.2", "errored": true }), true).is_err());
        for junk in
            ["", "{", "[]", "null", "\"plan\"", "{}", "{\"resource_changes\": 7}", "{\"resource_changes\":[{}]}"]
        {
            assert!(planned(junk.as_bytes(), true).is_err(), "{junk}");
        }
    }

    #[test]
    fn outputs_are_texts_and_those_that_are_sensitive_are_secrets() {
        let written = json!({
            "id": { "sensitive": false, "type": "string", "value": "vpc-1" },
            "subnets": { "type": ["list", "string"], "value": ["a", "b"] },
            "count": { "value": 3 }, "none": { "value": null }, "more": { "value": "not asked for" },
            "password": { "sensitive": true, "value": "hunter2" },
        });
        let names = ["id", "subnets", "count", "none", "password", "missing"].map(str::to_owned);
        let (given, secret) = outputs(written.to_string().as_bytes(), &names).expect("outputs");
        let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(given, [("count", "3"), ("id", "vpc-1"), ("password", "hunter2"), ("subnets", "[\"a\",\"b\"]")]);
        assert_eq!(secret, BTreeSet::from(["password".to_owned()]));
        assert!(outputs(b"no json", &names).is_err());
    }

    #[test]
    fn terraforms_own_first_error_is_said_with_where_it_is() {
        let framed = "\n╷\n│ Error: Unsupported argument\n│ \n│   on main.tf line 3, in resource \"a\" \"b\":\n│    3:   siez = 1\n│ \n│ An argument named \"siez\" is not expected here.\n╵\n╷\n│ Error: Another\n╵\n";
        let found = trouble(framed);
        assert_eq!(
            found.said.as_str(),
            "Error: Unsupported argument: on main.tf line 3, in resource \"a\" \"b\": An argument named \"siez\" is not expected here.",
        );
        assert_eq!(trouble("Error: no credentials\n").said.as_str(), "Error: no credentials");
        assert_eq!(trouble("one\nkilled\n\n").said.as_str(), "killed");
        assert_eq!(trouble("").said.as_str(), "it failed and did not say why");
        assert!(trouble(&format!("Error: {}", "x".repeat(9_000))).said.chars().count() < 700);
    }

    #[test]
    fn who_holds_the_lock_is_told_with_what_frees_it() {
        let said = "\nError: Error acquiring the state lock\n\nError message: resource temporarily unavailable\nLock Info:\n  ID:        b31e-0f\n  Path:      terraform.tfstate\n  Operation: OperationTypeApply\n  Who:       ana@ops\n  Version:   1.11.4\n  Created:   2026-11-28 04:00:10 UTC\n  Info:      \n\nTerraform acquires a state lock\n";
        let found = trouble(said);
        assert_eq!(found.sort, Sort::Locked);
        assert_eq!(
            found.said.as_str(),
            "the state is locked by ana@ops (OperationTypeApply) since 2026-11-28 04:00:10 UTC; once nothing of it runs any more: terraform force-unlock b31e-0f",
        );
        assert_eq!(trouble("Error: Error acquiring the state lock").sort, Sort::Locked);
    }

    #[test]
    fn that_it_wants_to_be_initialised_is_heard_in_each_of_its_words() {
        assert!(wants_init("Error: Module not installed\n\nRun \"terraform init\" to install all modules"));
        assert!(wants_init("provider missing; to make the initial dependency selections, run:\n  tofu init\n"));
        assert!(wants_init("│ Backend initialization required, please run \"terraform\ninit\""));
        assert!(!wants_init("Error: Unsupported argument"));
    }

    #[test]
    fn a_value_that_a_file_would_take_over_is_found() {
        let names = ["size", "region"].map(str::to_owned);
        let hcl = |text: &str| said_in(text, false, names.iter());
        assert_eq!(hcl("sizes = 1\n  size=3 # x\nregions = [\n]"), ["size"]);
        assert_eq!(hcl("\"region\" = \"x\"\nsize == 1"), ["region"]);
        assert!(hcl("# nothing\nx = \"size\"").is_empty());
        assert_eq!(said_in("{\"size\": 1, \"x\": {\"region\": 2}}", true, names.iter()), ["size"]);
        assert!(said_in("junk", true, names.iter()).is_empty());
    }
}
