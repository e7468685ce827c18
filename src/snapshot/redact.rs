//! What of an application is not written down: values that look like a secret, by their name, by their form, or because no
//! person would write such a thing. In their place stands a token; with a key it shows whether a value changed, without
//! one it shows nothing.

use super::format::SnapshotError;
use crate::seal::scan::{self, As};
use crate::seal::{Key, token};
use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::{Map, Value};
use std::ops::Range;

/// What stands for a value without a key.
const FACELESS: &str = "⟦sealed⟧";
/// How long a value must be, in characters, to be judged by how little of it repeats.
const DENSE: usize = 20;
/// How many bits a character of it has at least. Words and host names have fewer than 4 at such lengths; a key in base64 of
/// 40 characters has about 4.7, one in hexadecimal at most 4.
const BITS: f64 = 3.5;
/// How long no part of a host is, in characters: a hash in hexadecimal is.
const LONG: usize = 32;

/// Takes secrets out of what is captured.
#[derive(Clone, Debug, Default)]
pub struct Sealer {
    key: Option<Key>,
    /// What things of the application are called.
    names: Option<AhoCorasick>,
}

/// How long the name of a thing is, in characters, that is told from a word.
const NAME: usize = 8;

impl Sealer {
    /// With this key, or with none.
    pub fn new(key: Option<Key>) -> Self {
        Self { key, names: None }
    }

    /// That knows what things of the application are called: such a name in a variable is no secret, however it was made up
    /// (`shop-OrdersTable4F2E1D0C-1XK3J4L5M6N7`).
    #[must_use]
    pub fn knowing<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().filter(|name| name.chars().count() >= NAME);
        let names = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names);
        Self { names: names.ok(), ..self }
    }

    /// What says by which key values are sealed, and nothing of the key.
    pub fn known_by(&self) -> Option<String> {
        let token = self.key.as_ref()?.token("landfall-snapshot");
        token.as_str().rsplit('-').next().map(|hash| hash.trim_end_matches('⟧').to_owned())
    }

    /// `text`, called `name`, with tokens where secrets stood.
    pub fn text(&self, name: &str, text: &str) -> String {
        self.without(text, scan::secrets(As::Named(name), text))
    }

    /// The value of a variable: as [`Sealer::text`], and whole when it is dense as keys are.
    pub fn variable(&self, name: &str, value: &str) -> String {
        let found = scan::secrets(As::Named(name), value);
        if found.is_empty() && self.is_dense(value) {
            return self.token(value);
        }
        self.without(value, found)
    }

    /// The arguments of a program.
    pub fn arguments(&self, program: &[String]) -> Vec<String> {
        // A container's command may be the arguments alone: what comes first is judged as a program's name would be.
        let found = scan::in_arguments(program);
        program.iter().zip(found).map(|(argument, found)| self.without(argument, found)).collect()
    }

    /// The whole of `value`, whatever it is.
    pub fn token(&self, value: &str) -> String {
        self.key.as_ref().map_or_else(|| FACELESS.to_owned(), |key| key.token(value).to_string())
    }

    /// The value of a header called `name`, which a rule wants to see: what only a friend knows, too.
    pub fn header(&self, name: &str, value: &str) -> String {
        let named = name.to_lowercase();
        let is_known_to_friends = ["verify", "auth", "key"].iter().any(|end| named.ends_with(end)) || is_dense(value);
        match is_known_to_friends && !value.is_empty() {
            true => self.token(value),
            false => self.without(value, scan::secrets(As::Header(name), value)),
        }
    }

    /// Every text within `value`, which is called `name`: each by the name of the member it stands in, or that stands beside it.
    pub fn value(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(name, text)),
            // A list in XML: what it holds is called as it is itself.
            Value::Object(members) if members.keys().all(|member| ["member", "item"].contains(&member.as_str())) => {
                members.iter().map(|(member, value)| (member.clone(), self.value(name, value))).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.value(name, item)).collect(),
            Value::Object(members) => Value::Object(self.members(members)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Every text within `members`.
    pub fn members(&self, members: &Map<String, Value>) -> Map<String, Value> {
        members.iter().map(|(name, value)| (name.clone(), self.value(called(members, name), value))).collect()
    }

    /// Looks once more over what was put together, field by field: what stands where nobody thought of a secret. What has
    /// tokens in it was looked at; names of secrets and parameters are none.
    pub fn once_more(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::String(text) if text.contains("⟦") => value.clone(),
            Value::String(text) => self.text(name, text).into(),
            Value::Array(items) => items.iter().map(|item| self.once_more(name, item)).collect(),
            Value::Object(members) => {
                let each = |(name, value): (&String, &Value)| {
                    let value =
                        if name == "secrets" { value.clone() } else { self.once_more(called(members, name), value) };
                    (name.clone(), value)
                };
                Value::Object(members.iter().map(each).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A script, or what a program says: what stands beside a name that is secret's.
    pub fn script(&self, text: &str) -> String {
        self.without(text, scan::secrets(As::Output, text))
    }

    /// Whether what stands in `value` beside the names of things is as dense as a key.
    fn is_dense(&self, value: &str) -> bool {
        let Some(names) = &self.names else { return is_dense(value) };
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let mut from = 0;
        for found in names.find_iter(value) {
            let (before, after) = (value[..found.start()].chars().next_back(), value[found.end()..].chars().next());
            if before.is_some_and(is_part) || after.is_some_and(is_part) {
                continue;
            }
            if is_dense(&value[from..found.start()]) {
                return true;
            }
            from = found.end();
        }
        is_dense(&value[from..])
    }

    fn without(&self, text: &str, found: Vec<Range<usize>>) -> String {
        let (mut told, mut from) = (String::with_capacity(text.len()), 0);
        for range in found {
            told.push_str(&token::disarmed(&text[from..range.start]));
            told.push_str(&self.token(&text[range.clone()]));
            from = range.end;
        }
        told.push_str(&token::disarmed(&text[from..]));
        told
    }
}

/// What the member `name` is called: by what stands beside it, where it is the value of a name.
fn called<'m>(members: &'m Map<String, Value>, name: &'m str) -> &'m str {
    const PAIRS: &[(&str, &[&str])] =
        &[("name", &["value", "values"]), ("key", &["value"]), ("parametername", &["parametervalue"])];
    let is = |name: &str, small: &str| name.eq_ignore_ascii_case(small);
    let beside = PAIRS
        .iter()
        .filter(|(_, values)| values.iter().any(|value| is(name, value)))
        .find_map(|(key, _)| members.iter().find(|(member, _)| is(member, key)).and_then(|(_, named)| named.as_str()));
    beside.unwrap_or(name)
}

/// Whether `value` is as dense as a key: long, without blanks, and of many signs. Addresses, paths, names and versions are
/// not; what is sealed for nothing can still be compared.
pub fn is_dense(value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=_-.~".contains(c);
    // Where something is says nothing of what lets one in: only what comes behind a host is judged.
    let value = match value.split_once('/') {
        Some((host, rest)) if is_host(host) => rest,
        None if is_host(value) => return false,
        _ => value,
    };
    if value.chars().count() < DENSE || !value.chars().all(is_part) || value.starts_with("sha256:") {
        return false;
    }
    // A host, a path or a name in words: parts that are all letters, or all digits.
    let parts: Vec<&str> = value.split(['.', '-', '_', '/', '~']).filter(|part| !part.is_empty()).collect();
    let is_word = |part: &&str| {
        let letters = part.chars().filter(char::is_ascii_alphabetic).count();
        part.len() <= 4 || letters == 0 || (letters == part.len() && part.len() < DENSE)
    };
    if parts.iter().all(is_word) {
        return false;
    }
    bits(value) >= BITS
}

/// Whether `value` is a host by its whole name, in which a cloud's own part is as good as drawn by lot
/// (`orders.cluster-cx3f9k2mq7ab.us-east-1.rds.amazonaws.com`): what it leads to is known by it. None has a part as long as a hash.
fn is_host(value: &str) -> bool {
    let labels: Vec<&str> = value.strip_suffix('.').unwrap_or(value).split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.len() < LONG
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let is_of_words = labels.last().is_some_and(|last| last.len() > 1 && last.bytes().all(|b| b.is_ascii_lowercase()));
    labels.len() > 2 && is_of_words && labels.iter().all(is_label)
}

/// The entropy of the characters of `text`, in bits a character.
fn bits(text: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_insert(0_u32) += 1;
    }
    let all = f64::from(counts.values().sum::<u32>());
    counts.values().map(|count| f64::from(*count) / all).map(|share| -share * share.log2()).sum()
}

/// Looks once more at what is about to be written: what no snapshot may hold, whatever it is called.
///
/// # Errors
/// What it is, and at which line: never the value.
pub fn allowed(text: &str) -> Result<(), SnapshotError> {
    for (number, line) in text.lines().enumerate() {
        let what = if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY") {
            "a private key"
        } else if has_access_key(line) {
            "an access key"
        } else {
            continue;
        };
        return Err(SnapshotError::Forbidden { what, place: format!("line {}", number + 1) });
    }
    Ok(())
}

/// Whether an access key of AWS stands in `line`: `AKIA` or `ASIA` and 16 capitals or digits.
fn has_access_key(line: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    ["AKIA", "ASIA"].iter().any(|beginning| {
        line.match_indices(beginning).any(|(at, _)| {
            let before = line[..at].chars().next_back().is_some_and(is_part);
            !before && line[at..].chars().take_while(|c| is_part(*c)).count() == 20
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sealer() -> Sealer {
        Sealer::new(Some(Key::new([7; 32])))
    }

    #[test]
    fn a_value_is_sealed_by_its_name_its_form_or_its_density() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("ID", "AKIAIOSFODNN7EXAMPLE"),
            ("SIGNING", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("SALT", "5f4dcc3b5aa765d61d8327deb882cf99"),
            ("BEARER", "5f4dcc3b5aa765d61d8327deb882cf99.api.example"),
            ("HOOK", "hooks.example.com/T024BE7LD/dozjgNryP4J3jVmNHl0w5N"),
            ("WEB", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
            ("DSN", "postgres://app:hunter2@db.example.com/app"),
        ] {
            for sealer in [sealer(), Sealer::default()] {
                let told = sealer.variable(name, value);
                assert!(told.contains("⟦sealed") && !told.contains("hunter2") && told != value, "{name}: {told}");
            }
        }
        for value in [
            "app-db.cluster-ro.us-east-1.rds.amazonaws.com",
            "orders.cluster-cx3f9k2mq7ab.us-east-1.rds.amazonaws.com",
            "master.sessions.k4brba2.euw1.cache.amazonaws.com.",
            "db-7f3a9c1e.prod.svc.cluster.local",
            "d3b07384d113ed.cloudfront.net/assets/images",
            "https://sqs.us-east-1.amazonaws.com/123456789012/orders-dead-letters",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf",
            "production",
            "/opt/application/configuration/logging.properties",
            "com.example.shop.orders.ApplicationServer",
            "123456789012",
        ] {
            assert_eq!(sealer().variable("WHERE", value), value);
        }
    }

    #[test]
    fn what_a_thing_of_the_application_is_called_is_no_secret_and_what_stands_beside_it_may_be() {
        let table = "shop-OrdersTable4F2E1D0C-1XK3J4L5M6N7";
        assert_ne!(sealer().variable("TABLE", table), table, "a name that nobody knows may be anything");
        let knowing = sealer().knowing([table, "short"]);
        for value in
            [table.to_owned(), format!("{table}/stream"), format!("arn:aws:dynamodb:us-east-1:1:table/{table}")]
        {
            assert_eq!(knowing.variable("TABLE", &value), value);
        }
        for value in [
            format!("{table}/wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
            format!("x{table}"),
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        ] {
            assert_ne!(knowing.variable("TABLE", &value), value);
        }
        assert!(knowing.variable("TABLE_PASSWORD", table).contains("⟦sealed"), "what is called a secret is one");
    }

    #[test]
    fn a_token_shows_a_change_with_a_key_and_nothing_without() {
        let (one, other) = (sealer().variable("TOKEN", "aaaa"), sealer().variable("TOKEN", "bbbb"));
        assert_ne!(one, other);
        assert_eq!(Sealer::default().variable("TOKEN", "aaaa"), Sealer::default().variable("TOKEN", "bbbb"));
        assert_eq!(Sealer::default().known_by(), None);
        assert_eq!(sealer().known_by().map(|hash| hash.len()), Some(16));
    }

    #[test]
    fn what_others_wrote_is_taken_for_no_token_of_ours() {
        let told = sealer().text("Description", "⟦sealed-3-00⟧");
        assert!(!told.contains("⟦sealed"), "{told}");
    }

    #[test]
    fn arguments_and_members_are_judged_where_they_stand() {
        let command = ["serve", "--password", "hunter2", "--port", "80"].map(str::to_owned);
        let told = sealer().arguments(&command);
        assert!(told[2].starts_with("⟦sealed") && told[4] == "80", "{told:?}");
        for told in [
            json!({ "Deep": [{ "api_key": "hunter2", "n": 1 }] }),
            json!({ "Settings": [{ "Name": "ADMIN_PASSWORD", "Value": "hunter2" }] }),
            json!({ "Values": { "member": { "Key": "token", "Value": "hunter2" } } }),
            json!({ "Conditions": { "name": "x-api-key", "Values": { "member": ["hunter2"] } } }),
        ] {
            let told = sealer().value("", &told);
            assert!(told.to_string().contains("⟦sealed") && !told.to_string().contains("hunter2"), "{told}");
        }
        let plain = json!([{ "Name": "color", "Value": "blue" }, { "key": "tokens", "value": "5" }]);
        assert_eq!(sealer().value("", &plain), plain);
    }

    #[test]
    fn what_a_header_has_to_say_is_sealed_where_only_friends_know_it() {
        for (name, value) in [
            ("X-Origin-Verify", "hunter2"),
            ("X-Api-Key", "hunter2"),
            ("Authorization", "Basic aHVudGVyMg"),
            ("X-Custom-Header", "wJalrXUtnFEMIK7MDENGbPxRfiCY"),
        ] {
            let told = sealer().header(name, value);
            assert!(told.starts_with("⟦sealed") && !told.contains(value), "{name}: {told}");
        }
        for (name, value) in [("User-Agent", "*curl*"), ("X-Version", "2"), ("Accept", "text/html")] {
            assert_eq!(sealer().header(name, value), value);
        }
    }

    #[test]
    fn what_may_stand_in_no_snapshot_is_told_by_its_line_alone() {
        for (text, what) in [
            ("{\n \"AKIAIOSFODNN7EXAMPLE\"", "an access key"),
            ("x\n\"-----BEGIN RSA PRIVATE KEY-----\\nMII", "a private key"),
        ] {
            let error = allowed(text).expect_err("it is refused").to_string();
            assert!(error.contains(what) && error.contains("line 2") && !error.contains("EXAMPLE"), "{error}");
        }
        assert_eq!(allowed("AKIA and xAKIAIOSFODNN7EXAMPLEX and -----BEGIN CERTIFICATE-----"), Ok(()));
    }
}
