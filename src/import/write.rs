//! The draft as a plan's text. Whatever stands in it came from others: every text is written as TOML writes texts.

use super::draft::{Draft, Line, Piece, Says, TODO};
use crate::text::Clean;
use std::fmt::Write;
use std::ops::Range;

/// How wide a line of a plan is at most, where it can be cut.
const WIDE: usize = 118;

/// The text of a plan, and where each component stands in it, in the draft's order.
pub(super) struct Written {
    pub text: String,
    pub places: Vec<Range<usize>>,
}

/// Writes `draft`, which came from `origin`.
pub(super) fn write(draft: &Draft, origin: &str) -> Written {
    let mut text = format!("# {}\n", Clean::new(origin));
    text +=
        "# Say what is marked TODO, then: landfall check FILE; with --live it asks both regions.\n\n[application]\n";
    entry(&mut text, "name", draft.name.as_deref(), TODO, "what the application is called");
    entry(
        &mut text,
        "primary",
        draft.primary.as_deref(),
        &format!("{TODO}-primary"),
        "the region that serves on a good day",
    );
    entry(&mut text, "recovery", draft.recovery.as_deref(), &format!("{TODO}-recovery"), "the region to recover in");
    for (name, said, example, todo) in [
        ("rto", &draft.rto, "15m", "how long it may be down"),
        ("rpo", &draft.rpo, "60s", "how much of what was written may be lost"),
    ] {
        match said {
            Some(said) => push(&mut text, format_args!("{name} = {}", quoted(said))),
            None => push(&mut text, format_args!("# {name} = \"{example}\"   # {TODO}: {todo}")),
        }
    }
    if let Some(description) = &draft.description {
        push(&mut text, format_args!("description = {}", quoted(description)));
    }
    for (name, account) in &draft.accounts {
        push(&mut text, format_args!("\n[account.{name}]\nid = {}", quoted(&account.number)));
        match &account.role {
            Some(role) => push(&mut text, format_args!("role = {}", quoted(role))),
            None => push(&mut text, format_args!("# role =   # {TODO}: the role to assume there")),
        }
        if let Some(external) = &account.external_id {
            push(&mut text, format_args!("external_id = {}", quoted(external)));
        }
    }
    let mut places = Vec::with_capacity(draft.pieces.len());
    for piece in &draft.pieces {
        let begin = text.len();
        component(&mut text, piece);
        places.push(begin..text.len());
    }
    Written { text, places }
}

fn entry(text: &mut String, name: &str, said: Option<&str>, meanwhile: &str, todo: &str) {
    match said {
        Some(said) => push(text, format_args!("{name} = {}", quoted(said))),
        None => push(text, format_args!("{name} = \"{meanwhile}\"   # {TODO}: {todo}")),
    }
}

fn component(text: &mut String, piece: &Piece) {
    text.push('\n');
    for comment in &piece.comments {
        for line in textwrap::wrap(&Clean::new(comment), WIDE) {
            push(text, format_args!("# {line}"));
        }
    }
    push(text, format_args!("[component.{}]\nkind = \"{}\"", piece.name, piece.kind));
    let open = piece.open();
    if !open.is_empty() {
        push(text, format_args!("description = \"{TODO}: {}\"", open.join(", ")));
    }
    if !piece.needs.is_empty() {
        let needs = Says::texts(piece.needs.iter().map(String::as_str));
        push(text, format_args!("needs = {}", value(&needs)));
    }
    if let Some(account) = &piece.account {
        push(text, format_args!("account = {}", quoted(account)));
    }
    for Line { name, says, todo } in &piece.lines {
        let told = todo.as_ref().map_or_else(String::new, |todo| format!("   # {TODO}: {}", Clean::new(todo)));
        match says {
            Some(says) => push(text, format_args!("{name} = {}{told}", value(says))),
            None => push(text, format_args!("# {name} ={told}")),
        }
    }
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn value(says: &Says) -> String {
    match says {
        Says::Text(text) => quoted(text),
        Says::Reference(text) => string(text),
        Says::Count(count) => count.to_string(),
        Says::Truth(truth) => truth.to_string(),
        Says::List(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            let one = format!("[{}]", items.join(", "));
            if one.len() <= WIDE { one } else { format!("[\n    {},\n]", items.join(",\n    ")) }
        }
        Says::Table(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, says)| format!("{} = {}", self::key(key), value(says))).collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
    }
}

/// A text of others: a `${` in it is no reference.
fn quoted(text: &str) -> String {
    string(&text.replace("${", "$${"))
}

fn string(text: &str) -> String {
    toml::Value::String(Clean::new(text).to_string()).to_string()
}

fn key(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { key.to_owned() } else { string(key) }
}
