//! A plan written down again as a file, with a comment where one is given: what `landfall failback` prints.

use super::duration;
use super::file::COMPONENT;
use super::kind::{Field, Kinds, Takes};
use super::model::{Component, Plan, Side};
use super::plugin::{Program, SHA256};
use super::sealing::Source;
use crate::text::Clean;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The file of `plan`; `notes` are lines of comment, by component, those of the application under no name. Values that are
/// not written down are read from the environment.
pub fn file(plan: &Plan, notes: &BTreeMap<String, Vec<String>>, kinds: &dyn Kinds) -> String {
    let mut out = String::new();
    comment(&mut out, notes.get(""));
    let application = &plan.application;
    out.push_str("[application]\n");
    line(&mut out, "name", &text(&application.name));
    line(&mut out, "primary", &text(application.primary.as_str()));
    line(&mut out, "recovery", &text(application.recovery.as_str()));
    let lengths = [
        ("rto", application.rto_seconds),
        ("rpo", application.rpo_seconds),
        ("healthy_for", application.healthy_for_seconds),
        ("follows_for", application.follows_for_seconds),
    ];
    for (name, seconds) in lengths {
        if let Some(seconds) = seconds {
            line(&mut out, name, &text(&exact(seconds)));
        }
    }
    for (name, words) in [("owner", &application.owner), ("description", &application.description)] {
        if let Some(words) = words {
            line(&mut out, name, &text(words));
        }
    }
    if let Some(from) = &application.from_run {
        out.push_str("\n[application.from_run]\n");
        line(&mut out, "journal", &text(&from.journal));
        line(&mut out, "run", &text(&from.run));
        line(&mut out, "hash", &text(&from.hash));
    }
    for (name, account) in &plan.accounts {
        let _ = write!(out, "\n[account.{}]\n", key(name.as_str()));
        let texts = [
            ("role", &account.role),
            ("profile", &account.profile),
            ("external_id", &account.external_id),
            ("id", &account.id),
        ];
        for (name, given) in texts {
            if let Some(given) = given {
                line(&mut out, name, &text(given));
            }
        }
        if let Some(seconds) = account.session_seconds {
            line(&mut out, "session", &text(&exact(seconds)));
        }
        if account.source_identity {
            line(&mut out, "source_identity", "true");
        }
    }
    for (name, program) in programs_of(plan) {
        let _ = write!(out, "\n[plugin.{}]\n", key(name));
        write_program(&mut out, program);
    }
    for component in &plan.components {
        out.push('\n');
        comment(&mut out, notes.get(component.name.as_str()));
        write_component(&mut out, component, plan, kinds);
    }
    for waiver in &plan.waivers {
        out.push_str("\n[[waive]]\n");
        line(&mut out, "code", &text(&waiver.code));
        if let Some(component) = &waiver.component {
            line(&mut out, "component", &text(component.as_str()));
        }
        line(&mut out, "until", &text(&waiver.until.to_string()));
        line(&mut out, "why", &text(&waiver.why));
    }
    out
}

/// The programs that bring the kinds of its components, by name.
fn programs_of(plan: &Plan) -> BTreeMap<&str, &Program> {
    let plugged = plan.components.iter().filter_map(|component| component.plugin.as_ref());
    plugged.map(|plugged| (plugged.program.name.as_str(), &plugged.program)).collect()
}

fn write_program(out: &mut String, program: &Program) {
    let list = |words: &[String]| format!("[{}]", words.iter().map(|word| text(word)).collect::<Vec<_>>().join(", "));
    line(out, "run", &list(&program.run));
    // Its files stay where they are, wherever this plan is put.
    if !program.folder.is_empty() {
        line(out, "folder", &text(&program.folder));
    }
    match program.sha256.get("") {
        Some(only) => line(out, SHA256, &text(only)),
        None if program.sha256.is_empty() => {}
        None => {
            let pins = program.sha256.iter().map(|(name, hash)| format!("{} = {}", key(name), text(hash)));
            line(out, SHA256, &format!("{{ {} }}", pins.collect::<Vec<_>>().join(", ")));
        }
    }
    for (name, words) in [("env", &program.env), ("read_env", &program.read_env)] {
        if !words.is_empty() {
            line(out, name, &list(words));
        }
    }
    if program.trusted_to_look {
        line(out, "trusted_to_look", "true");
    }
}

fn write_component(out: &mut String, component: &Component, plan: &Plan, kinds: &dyn Kinds) {
    let _ = writeln!(out, "[component.{}]", key(component.name.as_str()));
    line(out, "kind", &text(&component.kind));
    if !component.needs.is_empty() {
        let needs: Vec<String> = component.needs.iter().map(|need| text(need.as_str())).collect();
        line(out, "needs", &format!("[{}]", needs.join(", ")));
    }
    let common: [(&str, &Option<Clean>); 4] = [
        ("tier", &component.tier),
        ("owner", &component.owner),
        ("description", &component.description),
        ("approve", &component.approve),
    ];
    for (name, words) in common {
        if let Some(words) = words {
            line(out, name, &text(words));
        }
    }
    let times =
        [("rto", component.rto_seconds), ("rpo", component.rpo_seconds), ("timeout", component.timeout_seconds)];
    for (name, seconds) in times {
        if let Some(seconds) = seconds {
            line(out, name, &text(&exact(seconds)));
        }
    }
    if let Some(side) = component.region {
        line(out, "region", if side == Side::Primary { "\"primary\"" } else { "\"recovery\"" });
    }
    let (primary, recovery) = (&component.accounts.primary, &component.accounts.recovery);
    if primary.is_some() || recovery.is_some() {
        let sides = [("primary", primary), ("recovery", recovery)];
        let sides = sides.iter().filter_map(|(side, name)| Some(format!("{side} = {}", text(name.as_ref()?.as_str()))));
        line(out, "account", &format!("{{ {} }}", sides.collect::<Vec<_>>().join(", ")));
    }
    let fields = kinds.find(component.kind.as_str()).map_or(&[][..], |kind| kind.fields_of(component));
    for (name, given) in &component.fields.0 {
        let takes = fields.iter().chain(COMPONENT).find(|field| field.name == name).map(|field| field.takes);
        let way = format!("{}.{name}", component.name);
        line(out, &key(name), &value(given, takes, &way, plan));
    }
    if let Some(from_run) = &component.from_run {
        let _ = writeln!(out, "[component.{}.from_run]", key(component.name.as_str()));
        for (name, given) in from_run {
            line(out, &key(name), &value(given, None, "", plan));
        }
    }
}

fn comment(out: &mut String, lines: Option<&Vec<String>>) {
    for told in lines.into_iter().flatten() {
        let _ = writeln!(out, "# {}", Clean::new(told));
    }
}

fn line(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name} = {value}");
}

fn value(given: &Value, takes: Option<Takes>, way: &str, plan: &Plan) -> String {
    if let Some(sealed) = plan.sealed.values.iter().find(|value| value.name.as_str() == way && !way.is_empty()) {
        return match &sealed.from {
            Source::Plan => format!("{{ env = {} }}", text(&variable(&sealed.name))),
            Source::Env(name) => format!("{{ env = {} }}", text(name)),
            // What files are relative to is the folder of the plan that named them.
            Source::File(path) => {
                let folder = plan.sealed.file.as_deref().and_then(|file| Path::new(file).parent());
                let path = folder.map_or_else(|| PathBuf::from(path.as_str()), |folder| folder.join(path.as_str()));
                format!("{{ file = {} }}", text(&path.to_string_lossy()))
            }
        };
    }
    match (given, takes) {
        (Value::Number(seconds), Some(Takes::Duration)) => text(&exact(seconds.as_f64().unwrap_or_default())),
        (Value::String(words), _) => text(words),
        (Value::Array(items), takes) => {
            let fields = match takes {
                Some(Takes::Tables(fields)) => Some(fields),
                _ => None,
            };
            let items = items
                .iter()
                .enumerate()
                .map(|(place, item)| value(item, fields.map(Takes::Table), &below(way, &place.to_string()), plan));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        (Value::Object(members), takes) => table(members, takes, way, plan),
        (plain, _) => plain.to_string(),
    }
}

fn table(members: &Map<String, Value>, takes: Option<Takes>, way: &str, plan: &Plan) -> String {
    let fields: &[Field] = match takes {
        Some(Takes::Table(fields)) => fields,
        _ => &[],
    };
    let members = members.iter().map(|(name, given)| {
        let takes = fields.iter().find(|field| field.name == name).map(|field| field.takes);
        format!("{} = {}", key(name), value(given, takes, &below(way, name), plan))
    });
    let members: Vec<String> = members.collect();
    if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) }
}

fn below(way: &str, name: &str) -> String {
    if way.is_empty() { String::new() } else { format!("{way}.{name}") }
}

/// The environment variable that a value which is not written down is read from.
pub fn variable(name: &str) -> String {
    let letters = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("LANDFALL_{}", letters.collect::<String>())
}

/// A basic string of TOML: what it must escape, JSON escapes in the same way.
fn text(words: &str) -> String {
    Value::String(words.to_owned()).to_string().replace('\u{7f}', "\\u007f")
}

fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { text(name) }
}

/// A duration that is read as the same number again.
fn exact(seconds: f64) -> String {
    let shown = duration::show(seconds);
    if duration::parse(&shown).is_ok_and(|read| read == seconds) { shown } else { format!("{seconds}s") }
}
