//! What two pictures of an application say differently, in one vocabulary: undeclared, changed, missing, unread, ignored.
//! What was not read is never called missing, and what is sealed by different keys is never called the same.

use super::fence;
use super::format::{Reference, Resource, Snapshot, UNREAD};
use crate::seal::token;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Drift {
    /// It runs, and what it is compared with does not have it.
    Undeclared,
    /// It is set up otherwise.
    Changed,
    /// What it is compared with has it, and it was looked for and does not run.
    Missing,
    /// Nobody knows: it could not be read, then or now.
    Unread,
    /// It differs, and somebody said that it may.
    Ignored,
    /// It differs as two regions do.
    Expected,
}

impl Drift {
    /// Whether nobody has to look at it: it is said that it may differ, or it does as regions do.
    pub fn is_quiet(self) -> bool {
        matches!(self, Self::Ignored | Self::Expected)
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Undeclared => "undeclared",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unread => "unread",
            Self::Ignored => "ignored",
            Self::Expected => "expected",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How it differs.
    pub drift: Drift,
    /// The kind of what differs.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The field, with dots between its levels; absent for the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it is compared with says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Value>,
    /// What runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<Value>,
    /// What comes of it.
    pub consequence: String,
}

/// What came of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// The differences, by what differs.
    pub findings: Vec<Finding>,
    /// How many values are sealed on both sides and cannot be told apart: without a key, or by two keys.
    pub uncompared: usize,
}

/// What may differ: a kind and an id, and a field when only that may. A `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    what: String,
    field: Option<String>,
}

impl Ignore {
    /// Reads a line: `KIND/ID`, or `KIND/ID FIELD`; `None` for an empty one and for a remark behind `#`.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            return None;
        }
        let (what, field) =
            line.split_once(char::is_whitespace).map_or((line, None), |(what, field)| (what, Some(field)));
        Some(Self { what: what.to_owned(), field: field.map(|field| field.trim().to_owned()) })
    }

    fn is_of(&self, finding: &Finding) -> bool {
        let field = finding.field.as_deref().unwrap_or_default();
        matches(&self.what, &format!("{}/{}", finding.kind, finding.id))
            && self.field.as_ref().is_none_or(|pattern| matches(pattern, field))
    }
}

/// Whether `text` is what `pattern` says, where `*` stands for anything. Every `*` is taken at its shortest: one that comes
/// later makes up for it, so nothing is tried twice.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// What `right`, which runs, says otherwise than `left`, which it is compared with.
pub fn compare(left: &Snapshot, right: &Snapshot, ignore: &[Ignore]) -> Compared {
    let by_reference = |snapshot: &'_ Snapshot| -> BTreeMap<Reference, Resource> {
        snapshot.resources.iter().map(|resource| (resource.reference(), resource.clone())).collect()
    };
    let (mut then, mut now) = (by_reference(left), by_reference(right));
    let same_key = left.sealed_by.is_some() && left.sealed_by == right.sealed_by;
    let mut compared = Compared::default();
    fences(&mut then, &mut now, same_key, &mut compared);
    let all: BTreeSet<&Reference> = then.keys().chain(now.keys()).collect();
    for reference in all {
        match (then.get(reference), now.get(reference)) {
            (Some(then), Some(now)) => both(then, now, same_key, &mut compared),
            (None, Some(now)) => compared.findings.push(one_sided(now, left.complete, Drift::Undeclared)),
            (Some(then), None) => compared.findings.push(one_sided(then, right.complete, Drift::Missing)),
            (None, None) => {}
        }
    }
    let told: BTreeSet<Reference> = compared
        .findings
        .iter()
        .filter(|finding| finding.drift == Drift::Unread)
        .map(|finding| Reference::new(&finding.kind, &finding.id))
        .collect();
    compared.findings.extend(gaps(left, right, &told));
    ignored(&mut compared.findings, ignore);
    compared.findings.sort_by(|one, other| key(one).cmp(&key(other)));
    compared
}

/// What two say otherwise that are one thing.
fn both(then: &Resource, now: &Resource, same_key: bool, compared: &mut Compared) {
    let mut fields = Fields { same_key, found: Vec::new(), uncompared: 0 };
    fields.members("", &then.config, &now.config);
    compared.uncompared += fields.uncompared;
    // A service without a task tells not which images it runs, and says so by how many it wants.
    let is_still = |(field, left, right): &(String, Option<Value>, Option<Value>)| {
        now.kind == "ecs-service" && field.starts_with("Images") && (left.is_none() || right.is_none())
    };
    let told = fields.found.into_iter().filter(|found| !is_still(found));
    compared.findings.extend(told.map(|(field, left, right)| changed(now, field, left, right)));
}

/// Takes out what a fence has renamed since: it is what it was, under another name, and neither new nor gone.
fn fences(
    then: &mut BTreeMap<Reference, Resource>,
    now: &mut BTreeMap<Reference, Resource>,
    same_key: bool,
    compared: &mut Compared,
) {
    let is_new = |one: &&Resource| fence::fenced(one).is_some() && !then.contains_key(&one.reference());
    let renamed: Vec<Resource> = now.values().filter(is_new).cloned().collect();
    for one in &renamed {
        let Some(fenced) = fence::fenced(one) else { continue };
        now.remove(&one.reference());
        let was =
            then.keys().find(|was| was.kind == one.kind && fenced.was(&was.id) && !now.contains_key(was)).cloned();
        let before = was.and_then(|was| then.remove(&was));
        let (drift, field) = match before {
            Some(_) => (Drift::Changed, Some("DBInstanceIdentifier".to_owned())),
            None => (Drift::Expected, None),
        };
        compared.findings.push(Finding {
            drift,
            kind: one.kind.clone(),
            id: one.id.clone(),
            name: one.name.clone(),
            field,
            left: before.as_ref().map(|before| before.id.as_str().into()),
            right: before.as_ref().map(|_| one.id.as_str().into()),
            consequence: fenced.told(),
        });
        if let Some(before) = before {
            both(&before, one, same_key, compared);
        }
    }
}

/// What somebody said may differ is told as ignored.
pub fn ignored(findings: &mut [Finding], ignore: &[Ignore]) {
    for finding in findings {
        if ignore.iter().any(|rule| rule.is_of(finding)) {
            finding.drift = Drift::Ignored;
        }
    }
}

fn key(finding: &Finding) -> (&str, &str, Option<&str>, Drift) {
    (&finding.kind, &finding.id, finding.field.as_deref(), finding.drift)
}

/// What only one side has. Where the other was not read whole, nobody knows whether it has it.
fn one_sided(resource: &Resource, other_is_complete: bool, drift: Drift) -> Finding {
    let called = resource.name.as_ref().unwrap_or(&resource.id);
    let drift = if other_is_complete { drift } else { Drift::Unread };
    let consequence = match drift {
        Drift::Undeclared => format!("a rebuild from what is declared has no {} {called}", resource.kind),
        Drift::Missing => format!("{} {called} is declared and does not run", resource.kind),
        Drift::Changed | Drift::Unread | Drift::Ignored | Drift::Expected => {
            "the other side was not read whole: nobody knows whether it is there".to_owned()
        }
    };
    Finding {
        drift,
        kind: resource.kind.clone(),
        id: resource.id.clone(),
        name: resource.name.clone(),
        field: None,
        left: None,
        right: None,
        consequence,
    }
}

fn changed(now: &Resource, field: String, left: Option<Value>, right: Option<Value>) -> Finding {
    let consequence = match (&left, &right) {
        (Some(left), Some(right)) => {
            format!("what is declared would set {field} {} → {}", in_short(right), in_short(left))
        }
        (None, _) => format!("a rebuild from what is declared has no {field}"),
        (Some(left), None) => format!("what is declared would bring {field} back: {}", in_short(left)),
    };
    let is_unread = [&left, &right].iter().any(|side| side.as_ref().is_some_and(|value| value == UNREAD));
    let (drift, consequence) = if is_unread {
        (Drift::Unread, format!("{field} was not read on both sides: nobody knows whether it changed"))
    } else {
        (Drift::Changed, consequence)
    };
    Finding {
        drift,
        kind: now.kind.clone(),
        id: now.id.clone(),
        name: now.name.clone(),
        field: Some(field),
        left,
        right,
        consequence,
    }
}

/// A value in a few words, on one line.
pub fn in_short(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.as_str().map_or_else(|| value.to_string(), |text| text.replace(['\r', '\n'], "⏎"));
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST - 1).chain(['…']).collect() }
}

/// What was not read on either side, once each, unless that is `told` already, of the thing itself or of a field of it.
fn gaps(left: &Snapshot, right: &Snapshot, told: &BTreeSet<Reference>) -> Vec<Finding> {
    let all: BTreeMap<&str, BTreeSet<&super::Gap>> =
        left.gaps.iter().chain(&right.gaps).fold(BTreeMap::new(), |mut all, gap| {
            all.entry(gap.of.as_str()).or_insert_with(BTreeSet::new).insert(gap);
            all
        });
    let finding = |(of, gaps): (&str, BTreeSet<&super::Gap>)| {
        let (kind, id) = of.split_once('/').unwrap_or((of, ""));
        let words: Vec<String> = gaps.iter().map(|gap| format!("{} {}", gap.error, gap.operation)).collect();
        (!told.contains(&Reference::new(kind, id))).then(|| Finding {
            drift: Drift::Unread,
            kind: kind.to_owned(),
            id: id.to_owned(),
            name: None,
            field: None,
            left: None,
            right: None,
            consequence: words.join(", "),
        })
    };
    all.into_iter().filter_map(finding).collect()
}

/// What differs between two sets of fields: the field, and what each side says.
struct Fields {
    same_key: bool,
    found: Vec<(String, Option<Value>, Option<Value>)>,
    uncompared: usize,
}

impl Fields {
    fn members(&mut self, path: &str, left: &Map<String, Value>, right: &Map<String, Value>) {
        let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for name in names {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match (left.get(name), right.get(name)) {
                (Some(left), Some(right)) => self.values(path, left, right),
                (left, right) => self.found.push((path, left.cloned(), right.cloned())),
            }
        }
    }

    fn values(&mut self, path: String, left: &Value, right: &Value) {
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => self.members(&path, left, right),
            (Value::Array(left), Value::Array(right)) => {
                if let (Some(left), Some(right)) = (by_name(left), by_name(right)) {
                    self.members(&path, &left, &right);
                } else if left.len() == right.len() {
                    let before = self.found.len();
                    for (place, (left, right)) in left.iter().zip(right).enumerate() {
                        self.values(format!("{path}.{place}"), left, right);
                    }
                    // Of a list that moved, the whole says more than each place.
                    if self.found.len() > before + 1 && left.iter().chain(right).all(|item| !item.is_object()) {
                        self.found.truncate(before);
                        self.found.push((path, Some(left.clone().into()), Some(right.clone().into())));
                    }
                } else {
                    self.found.push((path, Some(left.clone().into()), Some(right.clone().into())));
                }
            }
            (Value::String(one), Value::String(other)) if is_sealed(one) && is_sealed(other) && !self.same_key => {
                self.uncompared += 1;
                if is_seen_otherwise(one, other) {
                    self.found.push((path, Some(left.clone()), Some(right.clone())));
                }
            }
            _ if left == right => {}
            _ => self.found.push((path, Some(left.clone()), Some(right.clone()))),
        }
    }
}

pub(crate) fn is_sealed(text: &str) -> bool {
    text.contains("⟦sealed")
}

/// Whether what stands around what is sealed differs.
pub(crate) fn is_seen_otherwise(one: &str, other: &str) -> bool {
    token::faceless(one) != token::faceless(other)
}

/// A list whose items are each called something else, by what they are called.
pub(crate) fn by_name(items: &[Value]) -> Option<Map<String, Value>> {
    let mut named = Map::new();
    for item in items {
        let name = ["Name", "name", "ParameterName", "Key"].iter().find_map(|member| item.get(*member)?.as_str())?;
        if named.insert(name.to_owned(), item.clone()).is_some() {
            return None;
        }
    }
    (!named.is_empty()).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Gap;
    use crate::snapshot::properties::shop;
    use serde_json::json;

    fn told(compared: &Compared) -> Vec<String> {
        let one = |finding: &Finding| {
            let field = finding.field.as_ref().map_or_else(String::new, |field| format!(" {field}"));
            format!("{} {}/{}{field}", finding.drift.word(), finding.kind, finding.id)
        };
        compared.findings.iter().map(one).collect()
    }

    #[test]
    fn the_two_hotfixes_are_found_each_by_its_field() {
        let (declared, mut runs) = (shop(), shop());
        for resource in &mut runs.resources {
            match resource.kind.as_str() {
                "iam-role" => {
                    drop(resource.config.insert("Inline".into(), json!({ "hotfix-s3-read": { "Statement": [] } })))
                }
                "db-parameter-group" => {
                    resource.config["Parameters"]["max_connections"]["Value"] = json!("500");
                }
                _ => {}
            }
        }
        let found = compare(&declared, &runs, &[]);
        assert_eq!(
            told(&found),
            [
                "changed db-parameter-group/pg Parameters.max_connections.Value",
                "changed iam-role/task Inline.hotfix-s3-read"
            ]
        );
        assert_eq!(
            found.findings[0].consequence,
            "what is declared would set Parameters.max_connections.Value 500 → 200"
        );
        assert_eq!(found.findings[1].consequence, "a rebuild from what is declared has no Inline.hotfix-s3-read");
        let ignored = compare(&declared, &runs, &[Ignore::read("db-*/pg Parameters.*").expect("a rule")]);
        assert_eq!(ignored.findings[0].drift, Drift::Ignored);
        assert_eq!(ignored.findings[1].drift, Drift::Changed);
    }

    #[test]
    fn what_was_not_read_is_never_called_missing() {
        let (before, mut after) = (shop(), shop());
        after.resources.retain(|resource| resource.kind != "iam-role");
        assert_eq!(told(&compare(&before, &after, &[])), ["missing iam-role/task"]);
        after.gaps.push(Gap { of: "iam-role/task".into(), operation: "GetRole".into(), error: "AccessDenied".into() });
        let after = after.settled();
        assert_eq!(told(&compare(&before, &after, &[])), ["unread iam-role/task"]);
        // Nor is what appears new, where the earlier one was not whole.
        assert_eq!(told(&compare(&after, &before, &[])), ["unread iam-role/task"]);
        // Nor is a part of it that is gone from what was read.
        let mut part = shop();
        part.resources[1].config.insert("Inline".into(), UNREAD.into());
        assert_eq!(told(&compare(&before, &part, &[])), ["unread iam-role/task Inline"]);
        assert_eq!(told(&compare(&part, &part, &[])), Vec::<String>::new());
        // A gap elsewhere is told, and makes nothing else doubted that is there on both sides.
        let mut other = shop();
        other.gaps.push(Gap {
            of: "bucket/b".into(),
            operation: "GetBucketPolicy".into(),
            error: "AccessDenied".into(),
        });
        let found = compare(&before, &other.settled(), &[]);
        assert_eq!(told(&found), ["unread bucket/b"]);
        assert_eq!(found.findings[0].consequence, "AccessDenied GetBucketPolicy");
    }

    #[test]
    fn what_a_fence_renamed_is_the_same_thing_and_evidence_is_neither_new_nor_gone() {
        let before = {
            let mut before = shop();
            before.resources.push(crate::snapshot::properties::resource("db-instance", "orders", &[]));
            before.settled()
        };
        let mut fenced = before.clone();
        for one in fenced.resources.iter_mut().filter(|one| one.id == "orders") {
            one.id = "orders-fenced-202611261002".to_owned();
            one.name = Some(one.id.clone());
            one.config.insert("SecurityGroups".to_owned(), json!(["sg-isolated"]));
        }
        let fenced = fenced.settled();
        let of = "db-instance/orders-fenced-202611261002";
        let found = compare(&before, &fenced, &[]);
        assert_eq!(
            told(&found),
            [format!("changed {of} DBInstanceIdentifier"), format!("changed {of} SecurityGroups")]
        );
        assert!(found.findings[0].consequence.contains("2026-11-26 10:02 UTC"), "{found:?}");
        // The way back makes another of its old name: what was fenced is kept beside it.
        let mut back = fenced.clone();
        back.resources.push(crate::snapshot::properties::resource("db-instance", "orders", &[]));
        assert_eq!(told(&compare(&before, &back.settled(), &[])), [format!("expected {of}")]);
        assert_eq!(told(&compare(&fenced, &fenced, &[])), Vec::<String>::new());
    }

    #[test]
    fn what_is_sealed_is_compared_by_one_key_alone() {
        let sealed = |hash: &str, by: Option<&str>| {
            let mut one = shop();
            one.resources[0].config.insert("Secret".into(), format!("⟦sealed-7-{hash}⟧").into());
            one.sealed_by = by.map(str::to_owned);
            one
        };
        let found = |one: &Snapshot, other: &Snapshot| {
            let compared = compare(one, other, &[]);
            (compared.findings.len(), compared.uncompared)
        };
        let one = sealed("aa", Some("k"));
        assert_eq!(found(&one, &one), (0, 0));
        assert_eq!(found(&one, &sealed("bb", Some("k"))), (1, 0));
        assert_eq!(found(&one, &sealed("bb", Some("other"))), (0, 1));
        assert_eq!(found(&sealed("aa", None), &sealed("aa", None)), (0, 1));
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, wanted) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "abcd", false),
            ("ab*ba", "aba", false),
            ("*a*", "bab", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
        }
        assert_eq!(Ignore::read("  # a remark"), None);
    }
}
