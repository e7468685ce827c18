//! Reads a plan file: TOML in, a [`Plan`] out, or every mistake of the file at once. Opens no file itself.

use super::capture;
use super::crosscheck;
use super::diagnostic::{ENOUGH, PlanError, PlanErrors, nearest};
use super::drills;
use super::kind::{Field, Kinds, Takes};
use super::model::*;
use super::names::ComponentName;
use super::plugin::{self, Program};
use super::sealing::{Literals, Sealing, Way};
use super::syntax::{self, Syntax};
use super::value::{self, Placed, kind_of};
use super::waiver;
use crate::text::Clean;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// The fields of `[application]`.
pub const APPLICATION: &[Field] = &[
    Field::required("name", Takes::Text, "the application's name"),
    Field::required("primary", Takes::Text, "the region that serves it on a good day"),
    Field::required("recovery", Takes::Text, "the region it must be brought up in"),
    Field::optional("rto", Takes::Duration, "recovery time objective"),
    Field::optional("rpo", Takes::Duration, "recovery point objective: how many seconds of writes may be lost"),
    Field::optional("owner", Takes::Text, "who owns it"),
    Field::optional("description", Takes::Text, "what it is"),
    Field::optional(
        "healthy_for",
        Takes::Duration,
        "on the way back, for how long the region that failed must have answered without a gap before anything is done; 5m by default",
    ),
    Field::optional(
        "follows_for",
        Takes::Duration,
        "on the way back, for how long each replica's lag must have been within its rpo before the return; 10m by default",
    ),
    Field::optional("from_run", Takes::Table(FROM_RUN), "in the plan of a failback: the run that it is derived from"),
];

/// The fields of `[account.NAME]`.
pub const ACCOUNT: &[Field] = &[
    Field::optional("role", Takes::Text, "the role to assume, as an ARN"),
    Field::optional("profile", Takes::Text, "the profile in the AWS configuration files"),
    Field::optional("external_id", Takes::Text, "the external id the role's trust policy asks for"),
    Field::optional(
        "id",
        Takes::Text,
        "its number, of twelve digits: with credentials of another account nothing is asked and nothing done",
    ),
    Field::optional(
        "session",
        Takes::Duration,
        "how long a session of the role lasts, from 15m to 12h; 1h by default, which is the most for a role that a role assumes",
    ),
    Field::optional(
        "source_identity",
        Takes::Truth,
        "whether the role's session has the person who drives (`--by`) as its source identity, which stays with whatever role \
         it takes next; its trust policy has to allow sts:SetSourceIdentity",
    ),
];

/// The fields that every component has, whatever its kind; `needs`, `approve` and `account` are read apart.
pub const COMPONENT: &[Field] = &[
    Field::required("kind", Takes::Text, "what it is: rds, ecs, route53, …"),
    Field::optional("tier", Takes::Text, "the group it is shown under"),
    Field::optional("rto", Takes::Duration, "its own recovery time objective"),
    Field::optional("rpo", Takes::Duration, "its own recovery point objective"),
    Field::optional("owner", Takes::Text, "who owns it"),
    Field::optional("description", Takes::Text, "what it is"),
    Field::optional(
        "timeout",
        Takes::Duration,
        "how long each of its steps may take; those before and after a return have at least what their kind gives them",
    ),
    Field::optional("region", Takes::Choice(&["primary", "recovery"]), "the side it is acted on"),
];

const APART: &[&str] = &["needs", "approve", "account", "from_run"];

/// The fields of `[application.from_run]`.
pub const FROM_RUN: &[Field] = &[
    Field::required("journal", Takes::Text, "the journal of the run that went over"),
    Field::required("run", Takes::Text, "its id"),
    Field::required("hash", Takes::Text, "the hash of its journal's last line"),
];

/// Where the parts of a component stand in the file.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) name: Range<usize>,
    pub(super) needs: Vec<(String, Range<usize>)>,
    pub(super) fields: BTreeMap<String, Range<usize>>,
    pub(super) accounts: Vec<(String, Range<usize>)>,
}

/// Reads the plan in `bytes`; `name` is what messages call the file.
///
/// # Errors
/// [`PlanErrors`]: every mistake of the file, each with its place.
pub fn read(name: &str, bytes: &[u8], kinds: &dyn Kinds) -> Result<Plan, PlanErrors> {
    read_sealing(name, bytes, kinds).map(|(plan, _)| plan)
}

/// As [`read`], with the values that stood in the file apart from the plan, which holds none.
///
/// # Errors
/// As [`read`].
pub fn read_sealing(name: &str, bytes: &[u8], kinds: &dyn Kinds) -> Result<(Plan, Literals), PlanErrors> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(name, bytes, error.valid_up_to()))?;
    let (root, syntax) = DeTable::parse_recoverable(text);
    let Syntax { mut errors, is_trusted } = syntax::check(text, &syntax);
    if !is_trusted {
        return Err(PlanErrors::new(name, text, errors));
    }
    let table = root.get_ref();
    if table.is_empty() && errors.is_empty() {
        let help = "landfall init writes a commented plan to start from";
        errors.push(PlanError::new(0..0, "the plan is empty", "nothing here", help));
        return Err(PlanErrors::new(name, text, errors));
    }
    for (key, _) in table.iter().take(ENOUGH) {
        let choices = ["application", "account", "component", "plugin", "waive", "drills", "capture"];
        if !choices.contains(&key.get_ref().as_ref()) {
            let message = format!("a plan has no table `{}`", key.get_ref());
            errors.push(PlanError::new(key.span(), message, "unknown table", nearest(key.get_ref(), &choices)));
        }
    }
    let mut application = application(table, &mut errors);
    let accounts = accounts(table, &mut errors);
    let programs = plugin::read(table, &mut errors);
    let mut sealing = Sealing::default();
    for (name, words) in [("description", &mut application.description), ("owner", &mut application.owner)] {
        sealing.words(&Way::new("application").below(name), words);
    }
    let mut components = Vec::new();
    let mut places = Vec::new();
    for (key, value) in tables(table, "component", &mut errors) {
        let (mut component, placed) = component(key, value, kinds, &programs, &mut errors);
        let fields = kinds.find(component.kind.as_str()).map_or(&[][..], |kind| kind.fields());
        // Before anything is said of it.
        sealing.component(&mut component, fields);
        components.push(component);
        places.push(placed);
        if errors.len() >= ENOUGH {
            return Err(PlanErrors::new(name, text, errors));
        }
    }
    if components.is_empty() && !table.contains_key("component") {
        let help = "add one: [component.orders-db] and its kind";
        errors.push(PlanError::new(0..0, "the plan has no components", "nothing to recover", help));
    }
    let mut waivers = waiver::read(table, &components, kinds, &mut errors);
    for waiver in &mut waivers {
        let mut why = Some(std::mem::take(&mut waiver.why));
        sealing.words(&Way::new("waive").below(&waiver.code), &mut why);
        waiver.why = why.unwrap_or_default();
    }
    let drills = drills::read(table, &mut errors);
    let capture = capture::read(table, &mut errors);
    let Sealing { sealed, literals, .. } = sealing;
    let mut plan = Plan { application, accounts, components, waivers, drills, capture, sealed };
    crosscheck::check(&mut plan, &places, kinds, &mut errors);
    if errors.is_empty() { Ok((plan, literals)) } else { Err(PlanErrors::new(name, text, errors)) }
}

fn not_utf8(name: &str, bytes: &[u8], at: usize) -> PlanErrors {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(at + 200)]).into_owned();
    let message = format!("byte {} is not UTF-8", at + 1);
    let help = "a plan is a text file in UTF-8; save it again as such, or look whether it is another file";
    let error = PlanError::new(at..text.len().min(at + 1), message, "not UTF-8 from here", help);
    PlanErrors::new(name, &text, vec![error])
}

fn application(root: &DeTable<'_>, errors: &mut Vec<PlanError>) -> Application {
    let empty = DeTable::new();
    let (table, span) = match root.get("application") {
        Some(value) => match value.get_ref() {
            DeValue::Table(table) => (table, value.span()),
            other => {
                let message = format!("`application` takes a table, not {}", kind_of(other));
                errors.push(PlanError::new(value.span(), message, "not a table", "write [application]"));
                (&empty, value.span())
            }
        },
        None => (&empty, 0..0),
    };
    let fields = Fields(value::read_table("[application]", table, span, APPLICATION, &[], errors));
    let region = |name| super::Region::new(&fields.required(name));
    let (primary, recovery) = (region("primary"), region("recovery"));
    if primary == recovery && table.contains_key("primary") && table.contains_key("recovery") {
        let span = table.get("recovery").map_or(0..0, toml::Spanned::span);
        let message = format!("primary and recovery are both {primary}");
        errors.push(PlanError::new(span, message, "the same region", "name the region to recover in"));
    }
    let text = |name| fields.text(name).map(Clean::from);
    Application {
        name: Clean::from(fields.required("name")),
        primary,
        recovery,
        rto_seconds: fields.seconds("rto"),
        rpo_seconds: fields.seconds("rpo"),
        owner: text("owner"),
        description: text("description"),
        healthy_for_seconds: fields.seconds("healthy_for"),
        follows_for_seconds: fields.seconds("follows_for"),
        from_run: fields.0.get("from_run").and_then(|from| serde_json::from_value(from.clone()).ok()),
    }
}

fn accounts(root: &DeTable<'_>, errors: &mut Vec<PlanError>) -> BTreeMap<super::AccountName, Account> {
    let mut accounts = BTreeMap::new();
    for (key, value) in tables(root, "account", errors) {
        let DeValue::Table(table) = value.get_ref() else { continue };
        let fields = Fields(value::read_table("an account", table, value.span(), ACCOUNT, &[], errors));
        let text = |name| fields.text(name).map(Clean::from);
        let account = Account {
            role: text("role"),
            profile: text("profile"),
            external_id: text("external_id"),
            id: text("id"),
            session_seconds: fields.seconds("session"),
            source_identity: fields.0.get("source_identity") == Some(&serde_json::Value::Bool(true)),
        };
        let place = |field: &str| table.get(field).map_or_else(|| key.span(), toml::Spanned::span);
        for (field, message, help) in wrong(&account) {
            let message = format!("account {}: {message}", key.get_ref());
            errors.push(PlanError::new(place(field), message, "here", help));
        }
        accounts.insert(super::AccountName::new(key.get_ref()), account);
    }
    accounts
}

/// What no single field of an account shows: the field, what is wrong, what to do.
fn wrong(account: &Account) -> Vec<(&'static str, String, &'static str)> {
    let mut wrong = Vec::new();
    if let Some(id) = account.id.as_ref().filter(|id| id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit())) {
        wrong.push(("id", format!("`{id}` is no account's number"), "twelve digits, in quotes: id = \"111122223333\""));
    }
    let of_role = Account { id: None, ..account.clone() };
    if let (Some(id), Some(other)) = (account.id.as_deref(), of_role.number())
        && id != other
    {
        wrong.push((
            "id",
            format!("its role is of account {other}, not of {id}"),
            "give the number of the role's account",
        ));
    }
    if account.source_identity && account.role.is_none() {
        wrong.push((
            "source_identity",
            "only a role's session can be given one".to_owned(),
            "give `role`, or leave it out",
        ));
    }
    if let Some(seconds) = account.session_seconds {
        if !(900.0..=43_200.0).contains(&seconds) {
            wrong.push((
                "session",
                "a session lasts from 15m to 12h".to_owned(),
                "as AWS STS allows: session = \"1h\"",
            ));
        }
        if account.role.is_none() {
            wrong.push((
                "session",
                "only a role's session can be told how long to last".to_owned(),
                "give `role`, or leave it out",
            ));
        }
    }
    wrong
}

type Entry<'a, 't> = (&'a toml::Spanned<toml::de::DeString<'t>>, Placed<'a, 't>);

/// The tables under `name`; whatever stands there and is none is a mistake.
fn tables<'a, 't>(root: &'a DeTable<'t>, name: &str, errors: &mut Vec<PlanError>) -> Vec<Entry<'a, 't>> {
    let Some(value) = root.get(name) else { return Vec::new() };
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`{name}` takes tables, not {}", kind_of(value.get_ref()));
        errors.push(PlanError::new(value.span(), message, "not a table", format!("write [{name}.NAME]")));
        return Vec::new();
    };
    let (mut tables, others): (Vec<Entry<'_, '_>>, Vec<Entry<'_, '_>>) =
        table.iter().partition(|(_, value)| matches!(value.get_ref(), DeValue::Table(_)));
    // The parser sorts by name; a plan is read in the order it was written.
    tables.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in others {
        let message = format!("`{name}.{}` takes a table, not {}", key.get_ref(), kind_of(value.get_ref()));
        errors.push(PlanError::new(value.span(), message, "not a table", format!("write [{name}.{}]", key.get_ref())));
    }
    tables
}

fn component(
    key: &toml::Spanned<toml::de::DeString<'_>>,
    value: Placed<'_, '_>,
    kinds: &dyn Kinds,
    programs: &BTreeMap<String, Program>,
    errors: &mut Vec<PlanError>,
) -> (Component, Places) {
    let empty = DeTable::new();
    let table = if let DeValue::Table(table) = value.get_ref() { table } else { &empty };
    let name = key.get_ref().as_ref();
    check_name(name, key.span(), errors);
    let kind_name = table.get("kind").and_then(|kind| kind.get_ref().as_str()).unwrap_or_default().to_owned();
    let named = plugin::parts(&kind_name).and_then(|(name, _)| programs.get(name));
    let plugged = plugin::parts(&kind_name).and_then(|_| kinds.plugged(&kind_name, named));
    let is_named = plugged.is_some() || plugin::parts(&kind_name).is_none();
    let kind = kinds.find(&kind_name).filter(|_| is_named);
    if let (Some(value), Some((name, _)), false) = (table.get("kind"), plugin::parts(&kind_name), is_named) {
        let message = format!("there is no plug-in `{name}`");
        let help = format!("add [plugin.{name}] with what it runs: run = [\"./{name}.sh\"]");
        errors.push(PlanError::new(value.span(), message, "no such plug-in", help));
    } else if let (Some(value), None) = (table.get("kind"), kind)
        && value.get_ref().as_str().is_some()
    {
        let message = format!("there is no kind `{kind_name}`");
        errors.push(PlanError::new(value.span(), message, "unknown kind", nearest(&kind_name, &kinds.names())));
    }
    let own: &[Field] = kind.map_or(&[], |kind| kind.fields());
    let all: Vec<Field> = COMPONENT.iter().chain(own).copied().collect();
    let place = match kind {
        Some(kind) => format!("component {name} ({})", kind.name()),
        None => format!("component {name}"),
    };
    let mut fields = match kind {
        Some(kind) if !kind.is_unknown() => value::read_table(&place, table, key.span(), &all, APART, errors),
        _ => without_kind(&place, table, key.span(), errors),
    };
    let common: BTreeMap<&str, Value> =
        COMPONENT.iter().filter_map(|field| Some((field.name, fields.shift_remove(field.name)?))).collect();
    let text = |name: &str| common.get(name).and_then(Value::as_str).map(Clean::new);
    let seconds = |name: &str| common.get(name).and_then(Value::as_f64);
    let needs = needs(table, errors);
    let (accounts, account_places) = account(table, errors);
    let component = Component {
        name: ComponentName::new(name),
        kind: Clean::new(&kind_name),
        needs: needs.iter().map(|(need, _)| ComponentName::new(need)).collect(),
        tier: text("tier"),
        rto_seconds: seconds("rto"),
        rpo_seconds: seconds("rpo"),
        owner: text("owner"),
        description: text("description"),
        timeout_seconds: seconds("timeout"),
        approve: approve(name, table, errors),
        region: match text("region").as_deref() {
            Some("primary") => Some(Side::Primary),
            Some("recovery") => Some(Side::Recovery),
            _ => None,
        },
        accounts,
        fields: Fields(fields),
        from_run: from_run(table, errors),
        plugin: plugged.map(Box::new),
    };
    let field_places = table.iter().map(|(key, value)| (key.get_ref().to_string(), value.span())).collect();
    (component, Places { name: key.span(), needs, fields: field_places, accounts: account_places })
}

/// What a journal said of a component: whatever its kind kept there.
fn from_run(table: &DeTable<'_>, errors: &mut Vec<PlanError>) -> Option<serde_json::Map<String, Value>> {
    let value = table.get("from_run")?;
    match value::as_it_stands(value.get_ref()) {
        Some(Value::Object(said)) => Some(said),
        _ => {
            let help = "landfall failback writes it: leave it as it was written";
            errors.push(PlanError::new(value.span(), "`from_run` takes a table of plain values", "none", help));
            None
        }
    }
}

/// With the kind unknown its fields are too: only what every component has is read.
fn without_kind(
    place: &str,
    table: &DeTable<'_>,
    span: Range<usize>,
    errors: &mut Vec<PlanError>,
) -> serde_json::Map<String, Value> {
    let known: DeTable<'_> = table
        .iter()
        .filter(|(key, _)| COMPONENT.iter().any(|field| field.name == key.get_ref().as_ref()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    value::read_table(place, &known, span, COMPONENT, APART, errors)
}

fn check_name(name: &str, span: Range<usize>, errors: &mut Vec<PlanError>) {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name.chars().all(valid) {
        return;
    }
    let better: String = name.to_lowercase().chars().map(|c| if valid(c) { c } else { '-' }).collect();
    let message = format!("`{name}` cannot be a component's name");
    let help = format!("names are of a-z, 0-9 and -; for example `{}`", better.trim_matches('-'));
    errors.push(PlanError::new(span, message, "not such a name", help));
}

fn needs(table: &DeTable<'_>, errors: &mut Vec<PlanError>) -> Vec<(String, Range<usize>)> {
    let Some(value) = table.get("needs") else { return Vec::new() };
    if value::read("needs", value, Takes::Texts, errors).is_none() {
        return Vec::new();
    }
    let DeValue::Array(items) = value.get_ref() else { return Vec::new() };
    items.iter().filter_map(|item| Some((item.get_ref().as_str()?.to_owned(), item.span()))).collect()
}

fn approve(name: &str, table: &DeTable<'_>, errors: &mut Vec<PlanError>) -> Option<Clean> {
    let value = table.get("approve")?;
    match value.get_ref() {
        DeValue::Boolean(true) => Some(Clean::new(&format!("The plan asks for an approval before {name}."))),
        DeValue::Boolean(false) => None,
        DeValue::String(why) => Some(Clean::new(why)),
        other => {
            let message = format!("`approve` takes true or why it is asked, not {}", kind_of(other));
            let help = "write approve = true, or approve = \"the DBA has looked at it\"";
            errors.push(PlanError::new(value.span(), message, "neither", help));
            None
        }
    }
}

fn account(table: &DeTable<'_>, errors: &mut Vec<PlanError>) -> (Accounts, Vec<(String, Range<usize>)>) {
    let Some(value) = table.get("account") else { return (Accounts::default(), Vec::new()) };
    if let DeValue::String(name) = value.get_ref() {
        let both = Some(super::AccountName::new(name));
        return (Accounts { primary: both.clone(), recovery: both }, vec![(name.to_string(), value.span())]);
    }
    const SIDES: &[Field] = &[
        Field::optional("primary", Takes::Text, "the account in the primary region"),
        Field::optional("recovery", Takes::Text, "the account in the recovery region"),
    ];
    let Some(Value::Object(sides)) = value::read("account", value, Takes::Table(SIDES), errors) else {
        return (Accounts::default(), Vec::new());
    };
    let side = |name: &str| sides.get(name).and_then(Value::as_str).map(super::AccountName::new);
    let places = sides.values().filter_map(|name| Some((name.as_str()?.to_owned(), value.span()))).collect();
    (Accounts { primary: side("primary"), recovery: side("recovery") }, places)
}
