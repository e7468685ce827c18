//! What a plan says of a parameter, and what is wrong about it before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::resolve::has_reference;

fields! {
    /// What a plan says of a parameter.
    pub(crate) struct Said {
        required name: Text, "the parameter's name in the recovery region, with its path: `/shop/active`";
        required value: Sealed, "what it is to hold there; sealed whatever it looks like";
        optional r#type: Choice(&["String", "StringList", "SecureString"]), "what it is to be; what it is already by default, String where it is not there";
        optional key: Text, "the KMS key of a SecureString in the recovery region: KeyId, ARN or alias; the account's own by default";
    }
}

/// How much an advanced parameter holds ("Managing parameter tiers", Systems Manager User Guide).
const MOST_BYTES: usize = 8192;

/// Whether AWS takes a name of these letters ("Requirements and constraints for parameter names", Systems Manager User Guide).
fn is_free(name: &str) -> bool {
    let levels: Vec<&str> = name.strip_prefix('/').unwrap_or(name).split('/').collect();
    let first = levels.first().map(|level| level.to_ascii_lowercase()).unwrap_or_default();
    let is_whole = !levels.iter().any(|level| level.is_empty() || *level == "." || *level == "..");
    let is_path = name.starts_with('/') || levels.len() == 1;
    let is_reserved = first.starts_with("aws") || first.starts_with("ssm");
    is_whole && is_path && !is_reserved && levels.len() <= 15 && name.len() <= 1011
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "/_.-".contains(letter);
    if !has_reference(&said.name) && (said.name.is_empty() || !said.name.chars().all(fits)) {
        let help = "the parameter's own name, no ARN and no version: letters, digits and /_.-";
        problems.push(Problem::at("name", format!("`{}` is no parameter's name", said.name), help));
    }
    if !has_reference(&said.name) && !is_free(&said.name) {
        let help =
            "AWS keeps names that begin with aws or ssm for itself, and takes fifteen levels of words, none empty";
        problems.push(Problem::at("name", format!("`{}` is no name that a parameter can have", said.name), help));
    }
    if said.value.is_empty() {
        problems.push(Problem::at("value", "no parameter is empty", "give the value that it is to hold"));
    }
    if said.value.len() > MOST_BYTES {
        let help = "8 KB is the most, and that of an advanced parameter only; keep it in S3 and give its name here";
        problems.push(Problem::at(
            "value",
            format!("{} bytes are more than a parameter holds", said.value.len()),
            help,
        ));
    }
    if said.key.is_some() && said.r#type.as_deref().is_some_and(|kind| kind != super::words::SECURE) {
        problems.push(Problem::at(
            "key",
            "only a SecureString is encrypted",
            "leave `key` out, or type = \"SecureString\"",
        ));
    }
    problems
}
