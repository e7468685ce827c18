//! `[capture]`: what of a cloud the application is, beside the plan's components, and where its snapshots are kept.

use super::diagnostic::PlanError;
use super::duration;
use super::kind::{Field, Takes};
use super::value::{self, kind_of};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// The fields of `[capture]`.
pub const CAPTURE: &[Field] = &[
    Field::optional("tags", Takes::TextTable, "the tags that what is of the application carries, all of them"),
    Field::optional("also", Takes::Texts, "ARNs of what is of it and carries no tag"),
    Field::optional("except", Takes::Texts, "what is not of it: ARNs, or KIND/ID; a * stands for anything"),
    Field::optional("store", Takes::Text, "the folder of its snapshots, beside the plan; snapshots by default"),
    Field::optional("terraform", Takes::Texts, "files of Terraform's state that declare it, beside the plan"),
    Field::optional("every", Takes::Text, "how often it is captured at least, as 1d: landfall capture --due asks"),
    Field::optional(
        "key",
        Takes::Text,
        "the file of the key that values are sealed by, so that their changes show; made when it is not there. Not in the store",
    ),
];

const DAY: f64 = 86_400.0;

/// What of a cloud the application is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capture {
    /// The tags that all of it carries.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// What is of it without a tag, by ARN.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Clean>,
    /// What is not of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Clean>,
    /// The folder of its snapshots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<Clean>,
    /// Files of Terraform's state that declare it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terraform: Vec<Clean>,
    /// How many seconds lie between two snapshots at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_seconds: Option<f64>,
    /// The file of the key that values are sealed by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Clean>,
}

impl Capture {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a plan says of captures; what is wrong with it is told at its place.
pub(super) fn read(root: &DeTable<'_>, errors: &mut Vec<PlanError>) -> Capture {
    let Some(value) = root.get("capture") else { return Capture::default() };
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`capture` takes a table, not {}", kind_of(value.get_ref()));
        errors.push(PlanError::new(value.span(), message, "not a table", "write [capture]"));
        return Capture::default();
    };
    let fields = value::read_table("[capture]", table, value.span(), CAPTURE, &[], errors);
    let place = |name: &str| table.get(name).map_or_else(|| value.span(), toml::Spanned::span);
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let texts = |name: &str| -> Vec<Clean> {
        let items = fields.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(Clean::new).collect()
    };
    let mut tags = BTreeMap::new();
    for (key, tag) in fields.get("tags").and_then(Value::as_object).into_iter().flatten() {
        match tag.as_str() {
            Some(tag) => drop(tags.insert(key.clone(), tag.to_owned())),
            None => {
                let message = format!("the tag `{key}` is no text");
                errors.push(PlanError::new(place("tags"), message, "here", "write its value as it is in the cloud"));
            }
        }
    }
    for also in texts("also").iter().filter(|also| !also.starts_with("arn:") || also.split(':').count() < 6) {
        let message = format!("`{also}` is no ARN");
        errors.push(PlanError::new(
            place("also"),
            message,
            "here",
            "write it whole: arn:aws:iam::111122223333:role/app",
        ));
    }
    let every_seconds = text("every").and_then(|every| {
        let days =
            every.trim().strip_suffix('d').and_then(|days| days.parse::<u16>().ok()).map(|days| f64::from(days) * DAY);
        let seconds = days.or_else(|| duration::parse(every).ok()).filter(|seconds| *seconds > 0.0);
        if seconds.is_none() {
            let message = format!("`{every}` is no length of time");
            errors.push(PlanError::new(place("every"), message, "here", "write whole days, as 1d, or hours, as 6h"));
        }
        seconds
    });
    Capture {
        tags,
        also: texts("also"),
        except: texts("except"),
        store: text("store").map(Clean::new),
        terraform: texts("terraform"),
        every_seconds,
        key: text("key").map(Clean::new),
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::file;
    use crate::service::Registry;

    fn read(capture: &str) -> Result<crate::plan::Capture, String> {
        let text = format!(
            "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n{capture}\n\
            [component.pause]\nkind = \"manual\"\nask = \"look\"\n"
        );
        let plan = file::read("shop.toml", text.as_bytes(), &Registry);
        plan.map(|plan| plan.capture).map_err(|errors| format!("{:?}", miette::Report::new(errors)))
    }

    #[test]
    fn what_is_captured_is_read_whole() {
        let capture = read(
            "[capture]\ntags = { Project = \"shop\", \"Größe\" = \"1\" }\nalso = [\"arn:aws:iam::111122223333:role/batch\"]\n\
             except = [\"queue/old-*\"]\nevery = \"1d\"\nstore = \"kept\"",
        )
        .expect("it is read");
        assert_eq!((capture.tags.len(), capture.every_seconds), (2, Some(86_400.0)));
        assert_eq!(capture.store.as_deref(), Some("kept"));
        assert!(read("").expect("nothing").is_empty());
    }

    #[test]
    fn what_is_wrong_is_shown_at_its_line() {
        for wrong in [
            "every = \"soon\"",
            "also = [\"batch\"]",
            "tags = 3",
            "tag = { a = \"b\" }",
            "tags = { a = { env = \"B\" } }",
        ] {
            assert!(read(&format!("[capture]\n{wrong}")).is_err(), "{wrong}");
        }
        assert!(read("capture = 3").is_err());
    }
}
