//! What a plan says of a key, and what is wrong about it before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Problem, Region};
use crate::service::arn::Arn;
use crate::service::resolve::has_reference;
use crate::text::Clean;

fields! {
    /// What a plan says of a key.
    pub(crate) struct Said {
        required key: Text, "the key: its KeyId, its ARN or an alias (`alias/…`) of it; an ARN of one region is looked up in the other by the same id or alias";
        optional prove: Truth = false, "show that these credentials may use it, by a GenerateDataKey with DryRun that makes no key; false by default";
    }
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(Said { key, .. }) = Said::of(&component.fields) else { return Vec::new() };
    if has_reference(&key) {
        return Vec::new();
    }
    let is_key = match Arn::parse(&key) {
        Some(arn) => arn.service == "kms" && (arn.resource.starts_with("key/") || arn.resource.starts_with("alias/")),
        None => key.starts_with("alias/") || key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-'),
    };
    if is_key && !key.is_empty() {
        return Vec::new();
    }
    let help = "the KeyId, the key's ARN, or an alias with `alias/` before it";
    vec![Problem::at("key", format!("`{key}` is no key's name"), help)]
}

/// `key` as it is called in `region`: an ARN names one region, and is that of the same id or alias there.
pub(in crate::service) fn in_region(key: &str, region: &Region) -> Clean {
    let mut parts: Vec<&str> = key.splitn(6, ':').collect();
    if let [_, _, _, place, _, _] = parts.as_mut_slice() {
        *place = region.as_str();
    }
    Clean::new(&parts.join(":"))
}
