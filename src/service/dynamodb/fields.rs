//! What a plan says of a global table, and what is unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

/// What can be wanted of its consistency.
pub(super) const CONSISTENCIES: &[&str] = &["eventual", "strong"];

fields! {
    /// What a plan says of a global table.
    pub(crate) struct Said {
        required table: Text, "TableName, the same in both regions; no ARN";
        optional consistency: Choice(CONSISTENCIES) = "eventual".to_owned(), "the MultiRegionConsistency that the table must have: with `strong` nothing is behind and no loss is asked about; eventual by default";
    }
}

impl Said {
    /// Whether a write is in every region before it is answered.
    pub fn is_strong(&self) -> bool {
        self.consistency == "strong"
    }
}

static BOTH_WRITE: Rule = Rule {
    code: "dynamodb-both-write",
    wanted: "one region whose application writes",
    fix: "fence what writes in the old region (`old` of an ecs component that needs this one): the last writer of an item wins",
    source: "Amazon DynamoDB Developer Guide: How DynamoDB global tables work",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let is_of_a_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let fits = (3..=255).contains(&said.table.len()) && said.table.chars().all(is_of_a_name);
    if fits || has_reference(&said.table) {
        return Vec::new();
    }
    let help = "TableName: 3 to 255 letters, digits, `_`, `-` and `.`; both regions have it by the same name";
    vec![Problem::at("table", format!("`{}` is no table's name", said.table), help)]
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, _application: &Application) -> Vec<Finding> {
    vec![BOTH_WRITE.broken_by(component, "both regions take writes, before and after")]
}
