//! What a plan says of an invocation, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem, Weight};
use crate::service::arn;
use crate::service::resolve::has_reference;
use crate::service::say::Rule;
use serde_json::Value;

fields! {
    /// What a plan says of the invocation that takes it back.
    pub(crate) struct Undo {
        optional function: Text, "the function that takes it back; the same one where it is left out";
        optional qualifier: Text, "its alias or version";
        optional payload: Value, "what it is handed, as JSON";
    }
}

fields! {
    /// What a plan says of an invocation.
    pub(crate) struct Said {
        required function: Text, "the function in the recovery region, by name or ARN";
        optional qualifier: Text, "the alias or version that is invoked; what is not published where it is left out";
        optional payload: Value, "what it is handed, as JSON; nothing where it is left out";
        optional expect: TextTable, "values wanted in what it answers, by JSON pointer: { \"/status\" = \"ok\" }; any answer but an error's where it is left out";
        optional undo: Table(Undo), "the invocation that takes it back; without one it is a point of no return";
    }
}

static NO_UNDO: Rule = Rule {
    code: "invoke-no-undo",
    wanted: "an `undo`",
    fix: "give the invocation that takes it back, or accept that it is a point of no return",
    source: "AWS Well-Architected REL13-BP03: rehearse recovery, the way back included",
};

static ELSEWHERE: Rule = Rule {
    code: "invoke-place",
    wanted: "an ARN of the recovery region",
    fix: "give the ARN of what is in that region, or its name",
    source: "AWS Lambda API Reference: a function is invoked in its own region",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let undo = said.undo.as_ref();
    let functions = [("function", Some(&said.function)), ("undo", undo.and_then(|undo| undo.function.as_ref()))];
    for (field, function) in functions.into_iter().filter_map(|(field, function)| Some((field, function?))) {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-:$".contains(letter);
        if !has_reference(function) && (function.is_empty() || !function.chars().all(fits)) {
            problems.push(Problem::at(field, format!("`{function}` is no function's name"), "its name or ARN"));
        }
    }
    let payloads = [("payload", said.payload.as_ref()), ("undo", undo.and_then(|undo| undo.payload.as_ref()))];
    for (field, payload) in payloads.into_iter().filter_map(|(field, payload)| Some((field, payload?))) {
        // What another component gives is seen to be JSON only where it is sent.
        if !has_reference(payload) && serde_json::from_str::<Value>(payload).is_err() {
            problems.push(Problem::at(
                field,
                "what it is handed is no JSON",
                "write it as JSON: a text has quotes of its own",
            ));
        }
    }
    if let Some(pointer) = said.expect.keys().find(|key| !key.is_empty() && !key.starts_with('/')) {
        let help = format!("a JSON pointer starts with a slash: \"/{}\"", pointer.replace('.', "/"));
        problems.push(Problem::at("expect", format!("{pointer} is not a JSON pointer"), help));
    }
    problems
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let found = "it may change something and has no `undo`";
    let no_undo = said.undo.is_none().then(|| NO_UNDO.broken_by(component, found));
    let region = &application.recovery;
    let functions = [Some(&said.function), said.undo.as_ref().and_then(|undo| undo.function.as_ref())];
    let elsewhere = functions.into_iter().flatten().find_map(|function| {
        let elsewhere = arn::elsewhere(function, region).filter(|elsewhere| !elsewhere.is_empty())?;
        let found = format!("{function} is in {elsewhere}, and invoked in {region}");
        Some(Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) })
    });
    no_undo.into_iter().chain(elsewhere).collect()
}
