//! What a look found, in words and as objects.

use crate::plan::{Intent, Level, Plan};
use crate::recovery::objective::seconds_between;
use crate::recovery::readiness::Change;
use crate::recovery::start::{Found, Verdict};
use crate::recovery::words;
use crate::service::readiness;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Everything, the verdict last.
pub(super) fn all(
    plan: &Plan,
    found: &[Found],
    verdicts: &[(Intent, Verdict)],
    as_json: bool,
    now: Timestamp,
) -> String {
    if as_json {
        let objects: String = found.iter().map(|found| format!("{}\n", object(found))).collect();
        return format!("{objects}{}\n", verdict_object(verdicts));
    }
    let told: String = found.iter().map(|found| in_words(found, now)).collect();
    let head = format!("{}: {} components; ", plan.application.name, plan.components.len());
    format!("{told}{head}{}\n", verdict_words(verdicts))
}

/// What is otherwise than at the look before, and the verdict if anything is.
pub(super) fn changes(plan: &Plan, changes: &[Change], verdicts: &[(Intent, Verdict)], as_json: bool) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for change in changes {
        if as_json {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", json!(change));
            continue;
        }
        let about = change.component.as_ref().map_or_else(String::new, |component| format!(" {component}"));
        let (at, level) = (change.at.strftime("%Y-%m-%dT%H:%M:%SZ"), change.level.word());
        let _ = writeln!(text, "{at}  {level:<8}{}{about} ({}): {}", change.code, change.intent.word(), change.found);
    }
    if as_json {
        text + &format!("{}\n", verdict_object(verdicts))
    } else {
        text + &format!("{}: {}\n", plan.application.name, verdict_words(verdicts))
    }
}

fn verdict_words(verdicts: &[(Intent, Verdict)]) -> String {
    let told: Vec<String> = verdicts.iter().map(|(intent, verdict)| format!("{} {verdict}", intent.word())).collect();
    told.join(", ")
}

fn verdict_object(verdicts: &[(Intent, Verdict)]) -> Value {
    let told = verdicts.iter().map(|(intent, verdict)| (intent.word().to_owned(), json!(verdict.name())));
    json!({ "verdict": told.collect::<Map<_, _>>() })
}

fn object(found: &Found) -> Value {
    let check = &found.check;
    let rule = readiness::rule(&check.code).filter(|_| found.tier.is_some());
    let mut object = json!({
        "code": check.code,
        "component": found.component,
        "step": found.step,
        "level": check.level,
        "weight": check.weight,
        "identity": check.identity,
        "found": check.found,
        "wanted": check.wanted,
        "fix": check.fix,
        "seen_at": found.seen_at,
        "since": found.since,
        "before": found.before,
    });
    if let Some(rule) = rule {
        object["costs"] = json!(rule.costs);
        object["source"] = json!(rule.source);
    }
    if let Some(waived) = &found.waived {
        object["waived_until"] = json!(waived.until);
        object["waived_why"] = json!(waived.why);
    }
    object
}

fn in_words(found: &Found, now: Timestamp) -> String {
    let check = &found.check;
    let about = found.component.as_ref().map_or_else(String::new, |component| format!(" {component}"));
    let is_ok = check.level == Level::Ok;
    let weight = if is_ok { String::new() } else { format!(" ({})", check.weight.word()) };
    let waived = if found.waived.is_some() { ", waived" } else { "" };
    let mut text = format!("{:<8}{}{about}{weight}{waived}\n", check.level.word(), check.code);
    let mut facts = vec![("found", check.found.to_string()), ("wanted", check.wanted.to_string())];
    let rule = readiness::rule(&check.code).filter(|_| found.tier.is_some() && !is_ok);
    if let Some(rule) = rule {
        facts.push(("costs", rule.costs.to_owned()));
    }
    if !is_ok && !check.fix.is_empty() {
        facts.push(("fix", check.fix.to_string()));
    }
    if let Some(rule) = rule {
        facts.push(("source", rule.source.to_owned()));
    }
    if let Some(waived) = &found.waived {
        facts.push(("waived", format!("until {}: {}", waived.until, waived.why)));
    }
    let ago = |at| format!("{} ago", words::age(seconds_between(at, now)));
    if let Some(at) = found.seen_at {
        facts.push(("seen", ago(at)));
    }
    // What is new was found just now: it is `seen` that says so.
    let is_older = |since: &jiff::Timestamp| seconds_between(*since, now) >= 60.0;
    if let (false, Some(since)) = (is_ok, found.since.filter(is_older)) {
        facts.push(("since", ago(since)));
    }
    for told in found.before.iter().flat_map(|before| before.words(now)) {
        facts.push(("before", told));
    }
    for (name, fact) in facts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "        {name:<8}{fact}");
    }
    text
}
