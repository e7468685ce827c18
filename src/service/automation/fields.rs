//! What a plan says of an Automation runbook, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Component, Finding, Problem};
use crate::service::resolve::has_reference;
use crate::service::say::Rule;
use std::collections::BTreeMap;

fields! {
    /// What a plan says of the runbook that takes it back.
    pub(crate) struct Undo {
        required document: Text, "the Automation document that takes it back, by name or ARN";
        optional version: Text, "its version; the default one where it is left out";
        optional parameters: TextTable, "its parameters: a text each, or a list of texts as JSON";
    }
}

fields! {
    /// What a plan says of an Automation runbook.
    pub(crate) struct Said {
        required document: Text, "the Automation document of the recovery region, by name or ARN";
        optional version: Text, "its version: a number, `$DEFAULT` or `$LATEST`; the default one where it is left out";
        optional parameters: TextTable, "its parameters: a text each, or a list of texts as JSON";
        optional undo: Table(Undo), "the document that takes it back; without one it is a point of no return";
    }
}

/// The parameters as the API takes them: lists of texts.
pub(super) fn lists(given: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let list =
        |text: &str| serde_json::from_str::<Vec<String>>(text).ok().filter(|_| text.trim_start().starts_with('['));
    given.iter().map(|(name, text)| (name.clone(), list(text).unwrap_or_else(|| vec![text.clone()]))).collect()
}

static NO_UNDO: Rule = Rule {
    code: "runbook-no-undo",
    wanted: "an `undo`",
    fix: "give the document that takes it back, or accept that it is a point of no return",
    source: "AWS Well-Architected REL13-BP03: rehearse recovery, the way back included",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let undo = said.undo.as_ref().map(|undo| ("undo", &undo.document, &undo.version));
    for (field, document, version) in [("document", &said.document, &said.version)].into_iter().chain(undo) {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-.:/".contains(letter);
        if !has_reference(document) && (document.is_empty() || !document.chars().all(fits)) {
            let help = "the document's name or ARN, as Systems Manager has it";
            problems.push(Problem::at(field, format!("`{document}` is no document's name"), help));
        }
        let is_version = |text: &str| text.parse::<u64>().is_ok() || matches!(text, "$DEFAULT" | "$LATEST");
        if let Some(version) = version.as_deref().filter(|version| !has_reference(version) && !is_version(version)) {
            let field = if field == "undo" { "undo" } else { "version" };
            problems.push(Problem::at(
                field,
                format!("`{version}` is no version"),
                "a number, `$DEFAULT` or `$LATEST`",
            ));
        }
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let found = "it may change something and has no `undo`";
    said.undo.is_none().then(|| NO_UNDO.broken_by(component, found)).into_iter().collect()
}
