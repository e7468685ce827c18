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

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "/_.-".contains(letter);
    if !has_reference(&said.name) && (said.name.is_empty() || !said.name.chars().all(fits)) {
        let help = "the parameter's own name, no ARN and no version: letters, digits and /_.-";
        problems.push(Problem::at("name", format!("`{}` is no parameter's name", said.name), help));
    }
    if said.value.is_empty() {
        problems.push(Problem::at("value", "no parameter is empty", "give the value that it is to hold"));
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
