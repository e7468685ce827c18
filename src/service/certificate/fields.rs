//! What a plan says of a certificate, and what is wrong about it before any cloud is asked.

use super::names::plain;
use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::resolve::has_reference;

fields! {
    /// What a plan says of a certificate.
    pub(crate) struct Said {
        required domain: Text, "the name that clients ask for: shop.example.com, or *.example.com for one that covers all of that level";
        optional days: Within(0, 825) = 30, "for how many days more it has to be valid; 30 by default";
        optional in_use: Truth = false, "whether it has to be in use there already, by a load balancer say: one that is valid and serves nobody is not enough then; false by default";
    }
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let domain = plain(&said.domain);
    let rest = domain.strip_prefix("*.").unwrap_or(&domain);
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    };
    if has_reference(&said.domain) || (rest.contains('.') && rest.split('.').all(is_label)) {
        return Vec::new();
    }
    let help = "the bare name, in ASCII: shop.example.com, *.example.com; no https:// and no path";
    vec![Problem::at("domain", format!("`{}` is no domain name", said.domain), help)]
}
