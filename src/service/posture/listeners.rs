//! Whether what listeners answer with is valid still: what was captured says which certificate each has, and Certificate Manager until
//! when.

use super::{AGE, Captured, listed, name, of_kind, rule, too_old, untold};
use crate::service::ask::{Ask, Place};
use crate::service::certificate::words::{self, Certificate};
use crate::service::readiness::{Ready, Rule};
use crate::service::work::{Check, Facts, Look};
use crate::snapshot::Resource;
use crate::text::Clean;
use jiff::SignedDuration;
use serde_json::Value;
use std::collections::BTreeMap;

/// For how many days more at least.
const LEAST_DAYS: i64 = 30;

/// That clients are answered.
pub static VALID: Rule = Rule {
    costs: "clients refuse what answers with it",
    source: "AWS Certificate Manager User Guide, Managed certificate renewal; Security Hub ACM.1",
    ..rule(
        "listener-certificate-valid",
        "certificates of listeners that are issued, and valid for 30 days more",
        "see that its validation record is still there; import a newer one where it was imported",
    )
};

/// One that a listener has.
struct Had {
    arn: String,
    /// What it is asked for by.
    domain: Clean,
    /// Whose it is.
    by: Vec<String>,
}

/// The rule over what was captured; `None` where no listener has one.
pub(super) fn of(captured: &Captured) -> Option<Ready> {
    let snapshot = captured.newest.as_ref().ok()?;
    let known = |arn: &str| of_kind(snapshot, "certificate").find(|one| one.id == arn);
    let mut by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for listener in of_kind(snapshot, "listener") {
        for arn in ["Certificates", "MoreCertificates"].iter().flat_map(|field| texts(listener, field)) {
            by.entry(arn).or_default().push(name(listener));
        }
    }
    if by.is_empty() {
        return None;
    }
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for (arn, by) in by {
        match known(arn).and_then(domain) {
            Some(domain) => all.push(Had { arn: arn.to_owned(), domain, by }),
            None => unread.push(format!("{arn} (of {})", by.join(", "))),
        }
    }
    let home = captured.registries[0].clone();
    let (every_seconds, at) = (captured.every_seconds, captured.at());
    let mut asks: Vec<Ask> = all.iter().map(|one| words::certificates(&home, &one.domain).ask).collect();
    asks.dedup();
    Some(Ready::new(&VALID, asks, move |facts| match too_old(at, every_seconds, facts.now) {
        Some(why) => untold(&VALID, why, AGE.fix),
        None => judge(&all, &unread, &home, facts),
    }))
}

/// A name that it answers for, with something in the place of a wildcard.
fn domain(certificate: &Resource) -> Option<Clean> {
    let name = certificate.config.get("DomainName")?.as_str()?;
    Some(Clean::new(&name.replacen("*.", "www.", 1)))
}

fn texts<'a>(one: &'a Resource, field: &str) -> impl Iterator<Item = &'a str> {
    one.config.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn judge(all: &[Had], unread: &[String], home: &Place, facts: &Facts<'_>) -> Check {
    let (mut bad, mut unknown) = (Vec::new(), unread.to_vec());
    for one in all {
        let called = format!("{} (of {})", one.domain, one.by.join(", "));
        match facts.see(&words::certificates(home, &one.domain)) {
            Look::There(found) => match found.iter().find(|it| it.arn.as_str() == one.arn) {
                Some(it) => bad.extend(wrong(it, facts).map(|wrong| format!("{called}: {wrong}"))),
                None => bad.push(format!("{called}: it is not there")),
            },
            Look::Absent => unknown.push(called),
            Look::NotTold(why) => unknown.push(format!("{called}: {why}")),
        }
    }
    match (bad.is_empty(), unknown.is_empty()) {
        (false, _) => VALID.failing(listed(&bad)),
        (true, false) => VALID.unknown(listed(&unknown)),
        (true, true) => VALID.ok(format!("{} looked at", all.len())),
    }
}

fn wrong(certificate: &Certificate, facts: &Facts<'_>) -> Option<String> {
    if certificate.status.as_str() != "ISSUED" {
        return Some(certificate.status.to_string());
    }
    let left = certificate.not_after?.duration_since(facts.now);
    let imported = if certificate.issued_as.as_str() == "IMPORTED" { ", and imported: AWS renews it not" } else { "" };
    if left <= SignedDuration::ZERO {
        return Some(format!("it has expired{imported}"));
    }
    let days = left.as_secs() / 86_400;
    (days < LEAST_DAYS).then(|| format!("valid for {days} days more{imported}"))
}
