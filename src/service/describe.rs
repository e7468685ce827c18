//! What a kind is, for people and for other programs: its fields, its steps with their way back, what it gives and what it
//! needs. All of it is read from what the kind itself says.

use super::grants::To;
use super::registry::{Registry, Service};
use crate::plan::{Application, Component, Draft, Field, Fields, Intent, Side, Takes};
use serde_json::{Map, Value, json};

/// Every kind, one line each: its name and what it does.
pub fn list() -> Vec<(&'static str, &'static str)> {
    Registry.services().map(|kind| (kind.name(), kind.about())).collect()
}

/// Everything about `kind`, as one versioned object.
pub fn json(kind: &dyn Service) -> Value {
    let steps = |intent| steps(kind, intent).iter().map(step).collect::<Vec<_>>();
    json!({
        "version": 1,
        "kind": kind.name(),
        "about": kind.about(),
        "fields": kind.fields().iter().map(field).collect::<Vec<_>>(),
        "outputs": kind.outputs(),
        "steps": { "failover": steps(Intent::Failover), "switchover": steps(Intent::Switchover),
            "failback": steps(Intent::Failback) },
        "permissions": kind.grants().iter().map(|grant| {
            let mut row = json!({ "actions": grant.actions });
            match grant.to {
                To::Look => row["to"] = json!("look"),
                To::LookFor(step) => { row["to"] = json!("look"); row["step"] = json!(step); }
                To::Do(step) => { row["to"] = json!("act"); row["step"] = json!(step); }
            }
            if let Some(field) = grant.field { row["field"] = json!(field); }
            row["on"] = match grant.on {
                [] => json!(["*"]),
                on => on.iter().map(|on| format!("arn:{{partition}}:{}", on.pattern())).collect(),
            };
            if let Some(service) = grant.through { row["through"] = json!(service); }
            row
        }).collect::<Vec<_>>(),
        "readiness": kind.rules().iter().map(|rule| json!({
            "code": rule.code, "wanted": rule.wanted, "fix": rule.fix, "costs": rule.costs, "source": rule.source,
            "weight": rule.weight, "looked_at": rule.tier,
        })).collect::<Vec<_>>(),
    })
}

fn field(field: &Field) -> Value {
    let mut row =
        json!({ "name": field.name, "takes": takes(field.takes), "required": field.required, "about": field.about });
    if let Takes::Table(inner) | Takes::Tables(inner) = field.takes {
        row["fields"] = inner.iter().map(self::field).collect();
    }
    row
}

fn step(draft: &Draft) -> Value {
    json!({
        "step": draft.action,
        "acts": draft.acts,
        "side": draft.side,
        "undo": draft.undo,
        "expected_seconds": draft.expected_seconds,
        "timeout_seconds": draft.timeout_seconds,
        "beside": draft.beside,
    })
}

/// Everything about `kind`, for people, in 100 columns at most.
pub fn text(kind: &dyn Service) -> String {
    let mut lines = vec![kind.name().to_owned(), wrapped(kind.about(), 2)];
    lines.push("\nFields".to_owned());
    lines.extend(kind.fields().iter().map(|field| field_lines(field, 2)));
    if !kind.outputs().is_empty() {
        lines.push(format!("\nOutputs\n  {}", kind.outputs().join(", ")));
    }
    let (failover, switchover) = (steps(kind, Intent::Failover), steps(kind, Intent::Switchover));
    lines.push("\nSteps, where every one is asked for".to_owned());
    let actions = |drafts: &[Draft]| drafts.iter().map(|draft| draft.action).collect::<Vec<_>>();
    let failback = steps(kind, Intent::Failback);
    if actions(&failover) == actions(&switchover) && actions(&failback) == actions(&switchover) {
        lines.extend(failover.iter().map(|draft| step_line(draft, 2)));
    } else if actions(&failover) == actions(&switchover) {
        for (intent, drafts) in [("failover and a switchover", &failover), ("failback", &failback)] {
            lines.push(format!("  in a {intent}"));
            lines.extend(drafts.iter().map(|draft| step_line(draft, 4)));
        }
    } else if actions(&failback) != actions(&switchover) {
        for (intent, drafts) in [("failover", &failover), ("switchover", &switchover), ("failback", &failback)] {
            lines.push(format!("  in a {intent}"));
            lines.extend(drafts.iter().map(|draft| step_line(draft, 4)));
        }
    } else {
        for (intent, drafts) in [("failover", &failover), ("switchover", &switchover)] {
            lines.push(format!("  in a {intent}"));
            lines.extend(drafts.iter().map(|draft| step_line(draft, 4)));
        }
    }
    if !kind.grants().is_empty() {
        lines.push("\nPermissions".to_owned());
        for grant in kind.grants() {
            let to = match grant.to {
                To::Look => "to look".to_owned(),
                To::LookFor(step) => format!("to look, for the step {step}"),
                To::Do(step) => format!("for the step {step}"),
            };
            let field = grant.field.map(|field| format!(", where `{field}` is given")).unwrap_or_default();
            let through = grant.through.map(|service| format!(", asked for by {service}")).unwrap_or_default();
            lines.push(format!("  {to}{field}{through}\n{}", wrapped(&grant.actions.join(" "), 4)));
            lines.extend(grant.on.iter().map(|on| wrapped(&format!("on {}", on.pattern()), 6)));
        }
    }
    if !kind.rules().is_empty() {
        lines.push("\nReadiness, looked at by `check --live` and before a start".to_owned());
        for rule in kind.rules() {
            let about = format!("{}. Else: {}. To mend it: {}", rule.wanted, rule.costs, rule.fix);
            lines.push(format!(
                "  {}  ({}, {})\n{}",
                rule.code,
                rule.weight.word(),
                rule.tier.word(),
                wrapped(&about, 4)
            ));
        }
    }
    lines.join("\n") + "\n"
}

fn field_lines(field: &Field, indent: usize) -> String {
    let need = if field.required { ", required" } else { "" };
    let pad = " ".repeat(indent);
    let mut text = format!("{pad}{}  ({}{need})\n{}", field.name, takes(field.takes), wrapped(field.about, indent + 4));
    if let Takes::Table(inner) | Takes::Tables(inner) = field.takes {
        for field in inner {
            text += &format!("\n{}", field_lines(field, indent + 4));
        }
    }
    text
}

fn step_line(draft: &Draft, indent: usize) -> String {
    let side = match draft.side {
        Side::Primary => "primary",
        Side::Recovery => "recovery",
    };
    let what = if draft.acts { "acts" } else { "looks" };
    let beside = if draft.beside { ", beside the path" } else { "" };
    let undo = if draft.acts { format!(", {}", draft.undo.words()) } else { String::new() };
    let line = format!(
        "{}: {what} in the {side} region{beside}{undo}; {} usually, {} at most",
        draft.action,
        crate::plan::duration::show(draft.expected_seconds),
        crate::plan::duration::show(draft.timeout_seconds)
    );
    wrapped(&line, indent)
}

/// What a field takes, in words.
fn takes(takes: Takes) -> String {
    match takes {
        Takes::Text | Takes::Value => "text".to_owned(),
        Takes::Sealed => "text, kept sealed".to_owned(),
        Takes::Choice(choices) => choices.join(" or "),
        Takes::Count => "whole number".to_owned(),
        Takes::Within(least, most) => format!("whole number, {least} to {most}"),
        Takes::CountOrReference => "whole number or ${…}".to_owned(),
        Takes::Truth => "true or false".to_owned(),
        Takes::Duration => "duration".to_owned(),
        Takes::Texts => "list of texts".to_owned(),
        Takes::Program => "program and its arguments".to_owned(),
        Takes::TextTable => "table of texts".to_owned(),
        Takes::Headers => "table of texts, kept sealed".to_owned(),
        Takes::CountTable => "table of whole numbers".to_owned(),
        Takes::TableWithin(least, most) => format!("table of whole numbers, {least} to {most}"),
        Takes::Table(_) => "table".to_owned(),
        Takes::Tables(fields) => match Takes::said_alone(fields) {
            Some(field) => format!("list of tables, or of the text `{}` alone", field.name),
            None => "list of tables".to_owned(),
        },
    }
}

/// A component of `kind` with these fields.
fn component(kind: &dyn Service, fields: Map<String, Value>) -> Component {
    Component::plain("example", kind.name(), Fields(fields))
}

/// The steps of a component that has every step the kind can have.
fn steps(kind: &dyn Service, intent: Intent) -> Vec<Draft> {
    let component = component(kind, kind.example().as_object().cloned().unwrap_or_default());
    let application = Application {
        name: "example".into(),
        primary: "us-east-1".into(),
        recovery: "us-west-2".into(),
        rto_seconds: None,
        rpo_seconds: None,
        owner: None,
        description: None,
        healthy_for_seconds: None,
        follows_for_seconds: None,
        from_run: None,
    };
    kind.steps(&component, &application, intent)
}

/// A component to start from, as it stands in a plan: what is required, and every other field behind a `#`; where that alone
/// is no plan yet, what the kind's example gives is there too.
pub fn starter(kind: &dyn Service) -> String {
    let given = kind.example().as_object().cloned().unwrap_or_default();
    let required = kind.fields().iter().filter(|field| field.required);
    let least = required.filter_map(|field| Some((field.name.to_owned(), given.get(field.name)?.clone()))).collect();
    let is_enough = kind.problems(&component(kind, least)).is_empty();
    let mut text = format!("{}\n[component.my-{}]\nkind = \"{}\"\n", commented(kind.about()), kind.name(), kind.name());
    for field in kind.fields() {
        let value = given.get(field.name).cloned().unwrap_or_else(|| placeholder(field.takes));
        let is_there = field.required || (!is_enough && given.contains_key(field.name));
        let mark = if is_there { "" } else { "# " };
        text += &format!("{}\n{mark}{} = {}\n", commented(field.about), field.name, toml_of(&value));
    }
    text
}

fn placeholder(takes: Takes) -> Value {
    match takes {
        Takes::Text | Takes::Value | Takes::Sealed => json!("…"),
        Takes::Choice(choices) => json!(choices.first()),
        Takes::Count | Takes::CountOrReference => json!(1),
        Takes::Within(least, most) => json!(1.clamp(least, most)),
        Takes::Truth => json!(true),
        Takes::Duration => json!("5m"),
        Takes::Texts | Takes::Program => json!(["…"]),
        Takes::TextTable | Takes::Headers => json!({ "NAME": "…" }),
        Takes::CountTable => json!({ "name": 1 }),
        Takes::TableWithin(least, most) => json!({ "name": 1.clamp(least, most) }),
        Takes::Table(fields) => Value::Object(table_of(fields)),
        Takes::Tables(fields) => json!([table_of(fields)]),
    }
}

fn table_of(fields: &[Field]) -> Map<String, Value> {
    fields.iter().map(|field| (field.name.to_owned(), placeholder(field.takes))).collect()
}

/// A value on one line of TOML.
fn toml_of(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let pairs: Vec<String> = table.iter().map(|(key, value)| format!("{key} = {}", toml_of(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(toml_of).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn commented(text: &str) -> String {
    wrapped(text, 0).lines().map(|line| format!("# {line}")).collect::<Vec<_>>().join("\n")
}

fn wrapped(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    textwrap::fill(text, textwrap::Options::new(98).initial_indent(&pad).subsequent_indent(&pad))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::file;
    use std::collections::BTreeSet;

    /// What the reader says against a plan of this one component, in words.
    fn read(kind: &dyn Service, component: &str) -> Result<(), String> {
        let head = "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\n";
        let read = file::read("plan.toml", format!("{head}{component}").as_bytes(), &Registry);
        read.map(|_| ()).map_err(|errors| format!("{}: {errors:?}\n{component}", kind.name()))
    }

    #[test]
    fn what_every_kind_gives_to_start_from_is_a_plan() {
        for kind in Registry.services() {
            let text = starter(kind);
            read(kind, &text).expect("it is read");
            for field in kind.fields() {
                assert!(text.contains(&format!("{} = ", field.name)), "{}: {}", kind.name(), field.name);
            }
        }
    }

    #[test]
    fn every_act_says_what_iam_has_to_allow_for_it_and_nothing_else_does() {
        const AT_HAND: [&str; 5] = ["http", "tcp", "command", "terraform", "manual"];
        for kind in Registry.services() {
            let drafts =
                [Intent::Failover, Intent::Switchover, Intent::Failback].map(|intent| steps(kind, intent)).concat();
            let grants = kind.grants();
            assert_eq!(
                grants.is_empty(),
                AT_HAND.contains(&kind.name()),
                "{} needs something, or nothing",
                kind.name()
            );
            for draft in drafts.iter().filter(|draft| draft.acts && !grants.is_empty()) {
                assert!(
                    grants.iter().any(|grant| grant.to == To::Do(draft.action)),
                    "{}/{}",
                    kind.name(),
                    draft.action
                );
            }
            let fields: BTreeSet<&str> = kind.fields().iter().map(|field| field.name).collect();
            for grant in grants {
                assert!(grant.field.is_none_or(|field| fields.contains(field)), "{}: {grant:?}", kind.name());
                assert!(grant.actions.iter().all(|action| action.split(':').count() == 2), "{grant:?}");
            }
        }
    }

    #[test]
    fn what_is_told_of_a_kind_has_everything_in_it() {
        for kind in Registry.services() {
            let (text, json) = (text(kind), json(kind));
            for field in kind.fields() {
                assert!(text.contains(field.name), "{text}");
            }
            assert_eq!(json["fields"].as_array().map(Vec::len), Some(kind.fields().len()));
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
    }
}
