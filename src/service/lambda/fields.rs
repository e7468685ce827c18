//! What a plan says of a Lambda function, and what is wrong or unwise about it, before any cloud is asked.

use crate::plan::fields::fields;
use crate::plan::{Application, Component, Finding, Problem, Side, Weight};
use crate::service::arn;
use crate::service::resolve::has_reference;
use crate::service::say::Rule;

/// How many event sources a side may have: each is a step of its own.
pub(super) const MOST: usize = 8;

fields! {
    /// What a plan says of the function in the primary region.
    pub(crate) struct Old {
        required function: Text, "the function in the primary region, by name or ARN, with `:ALIAS` where its events come to that";
        required event_sources: Texts, "the ARNs of the queues and streams whose events are to come to it no longer, or the UUIDs of their event source mappings";
    }
}

fields! {
    /// What a plan says of a Lambda function.
    pub(crate) struct Said {
        required function: Text, "the function in the recovery region, by name or ARN";
        optional alias: Text, "the alias that it is called by there";
        optional version: Text, "the version that the alias is to be of";
        optional concurrency: Within(1, 100_000), "reserve this concurrency for it, where it has less: that is kept for it, and is the most it gets";
        optional event_sources: Texts, "the ARNs of the queues and streams there whose events are to come to it, or to its alias where there is one; or the UUIDs of their event source mappings";
        optional old: Table(Old), "the function in the primary region; without it nothing is fenced";
        optional fence: Truth = true, "let no events come to the old function any more; true by default";
    }
}

impl Said {
    /// The old function, when it is named and to be fenced.
    pub(crate) fn fenced(&self) -> Option<&Old> {
        self.old.as_ref().filter(|_| self.fence)
    }
}

static ELSEWHERE: Rule = Rule {
    code: "lambda-place",
    wanted: "ARNs of the region that they are looked for in",
    fix: "give the ARN of what is in that region, or its name",
    source: "AWS Lambda API Reference: a function is found, and mapped to event sources, in its own region",
};

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    if said.version.is_some() && said.alias.is_none() {
        let help = "give the `alias` that is to be of this version: it is what callers name";
        problems.push(Problem::at("version", "no alias is to be of it", help));
    }
    if said.concurrency == Some(0) {
        let help = "1 or more: with none the function never runs";
        problems.push(Problem::at("concurrency", "no concurrency at all is asked for", help));
    }
    let old = said.old.as_ref();
    let sources =
        [("event_sources", &said.event_sources)].into_iter().chain(old.map(|old| ("old", &old.event_sources)));
    for (field, sources) in sources {
        if sources.len() > MOST {
            let message = format!("there are {} event sources", sources.len());
            problems.push(Problem::at(field, message, "at most 8 a component: make another of the rest"));
        }
        let is_again = |(place, source): &(usize, &String)| {
            sources[..*place].iter().any(|other| other.eq_ignore_ascii_case(source))
        };
        if let Some((_, source)) = sources.iter().enumerate().find(is_again) {
            let help = "name each event source once: a step each turns its mapping";
            problems.push(Problem::at(field, format!("`{source}` is named twice"), help));
        }
        let is_one = |source: &String| arn::is_arn(source) || is_uuid(source) || has_reference(source);
        if let Some(wrong) = sources.iter().find(|source| !is_one(source)) {
            let help = "the ARN of the queue or stream, or the UUID of its event source mapping";
            problems.push(Problem::at(field, format!("`{wrong}` is no event source"), help));
        }
    }
    problems
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

/// What is allowed but unwise.
pub(super) fn findings(component: &Component, application: &Application) -> Vec<Finding> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut given: Vec<(Side, &String)> = vec![(Side::Recovery, &said.function)];
    given.extend(said.event_sources.iter().map(|source| (Side::Recovery, source)));
    if let Some(old) = &said.old {
        given.push((Side::Primary, &old.function));
        given.extend(old.event_sources.iter().map(|source| (Side::Primary, source)));
    }
    let found = given.into_iter().find_map(|(side, given)| {
        let region = application.region(side);
        let elsewhere = arn::elsewhere(given, region).filter(|elsewhere| !elsewhere.is_empty())?;
        Some(format!("{given} is in {elsewhere}, and looked for in {region}"))
    });
    found.map(|found| Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) }).into_iter().collect()
}
