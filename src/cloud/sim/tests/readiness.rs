//! Every readiness rule, in a world where all is well: what it asks is answered and found ok; what it is not told is unknown and
//! never ok, whichever of its questions it is and whatever became of it.

use super::*;
use crate::plan::{Intent, Level, Runbook};
use crate::recovery::preflight::Looks;
use crate::seal::{Key, Secrets};
use crate::service::readiness::{Ready, Tier, rule, rules};
use crate::service::{Asked, Facts, Place, Query, Registry, StsQuery, Unanswered};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rules that no component of a plan is held to, each with why.
const NOT_HELD: &[(&str, &str)] = &[
    ("clock-skew", "it is of the machine: `recovery::preflight`"),
    ("recovery-answers", "it is of the way there: `recovery::preflight`"),
    ("exercised", "journals tell it, and no cloud"),
];

/// Whether a snapshot tells it, and no cloud: `service::posture` has tests of its own.
fn is_of_snapshots(code: &str) -> bool {
    crate::service::posture::rules().any(|rule| rule.code == code)
}

fn facts(seen: &[Seen], now: Timestamp) -> Facts<'_> {
    Facts {
        now,
        started_at: now,
        asked: &Asked::No,
        sent: None,
        before: &Value::Null,
        seen,
        good_in_a_row: 0,
        good_since: None,
    }
}

/// Everything that it asks, answered.
async fn answered(sim: &Sim, ready: &Ready) -> Vec<Seen> {
    let (evidence, _calls) = Evidence::channel();
    let (mut all, mut asks): (Vec<Seen>, Vec<Ask>) = (Vec::new(), ready.looked.asks.clone());
    while !asks.is_empty() {
        for ask in asks {
            all.extend(sim.observer().observe(&[ask], &evidence).await);
        }
        let now = all.iter().map(|seen| seen.at).max().expect("it asks something");
        asks = ready.further(&facts(&all, now));
        asks.retain(|ask| !all.iter().any(|seen| seen.ask == *ask));
    }
    all
}

fn held(plan: &Plan) -> Vec<(String, Ready)> {
    let of = |component: &Component| {
        let kind = Registry.service(component.kind.as_str()).expect("a kind");
        let rules = kind.readiness(component, plan).into_iter();
        rules.map(|ready| (component.name.to_string(), ready)).collect::<Vec<_>>()
    };
    plan.components.iter().flat_map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_not_told_is_unknown_and_never_ok() {
    let (sim, plan) = (sim(Vec::new()), plan());
    let mut codes = BTreeSet::new();
    for (component, ready) in held(&plan) {
        let code = ready.rule.code;
        codes.insert(code);
        let all = answered(&sim, &ready).await;
        let now = all.iter().map(|seen| seen.at).max().expect("it asks something");
        let told = (ready.looked.judge)(&facts(&all, now));
        assert_eq!(told.level, Level::Ok, "{component} {code}: {}", told.found);
        assert!(!told.found.is_empty(), "{code} says what it found");
        for because in [Silence::NoAnswer, Silence::Denied, Silence::Throttled, Silence::Error, Silence::Expired] {
            let silent = |seen: &Seen| Seen {
                answer: Err(Unanswered { because, code: None, message: "nothing".into() }),
                ..seen.clone()
            };
            let none: Vec<Seen> = all.iter().map(silent).collect();
            let told = (ready.looked.judge)(&facts(&none, now));
            assert_eq!(told.level, Level::Unknown, "{component} {code}, told nothing ({because:?}): {}", told.found);
            for nth in 0..all.len() {
                let call = all[nth].ask.query.api_name();
                let mut some = all.clone();
                some[nth] = silent(&all[nth]);
                let told = (ready.looked.judge)(&facts(&some, now));
                assert_eq!(told.level, Level::Unknown, "{component} {code} without {call}: {}", told.found);
            }
        }
        // What was never asked is not told either.
        assert_eq!((ready.looked.judge)(&facts(&[], now)).level, Level::Unknown, "{component} {code}, not asked");
    }
    let of_a_look = rules().map(|rule| rule.code).filter(|code| !is_of_snapshots(code));
    let missed: Vec<&str> = of_a_look.filter(|code| !codes.contains(code)).collect();
    let known: Vec<&str> = NOT_HELD.iter().map(|(code, _)| *code).collect();
    assert_eq!(missed, known, "each rule is held by something of the plan");
}

/// An answer counts for three looks of its rule, to the second: then what it told is not known any more.
#[tokio::test(start_paused = true)]
async fn every_rule_is_known_for_three_looks_and_no_longer() {
    let (sim, plan) = (sim(Vec::new()), plan());
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
    let secrets = Arc::new(Secrets::new(Key::new([0; 32]), Vec::new()));
    let told_at = sim.observer().observe(&[identity()], &Evidence::channel().0).await[0].at;
    let looks = Looks::of(&plan, &runbook, told_at, Vec::new(), &secrets);
    let all: BTreeSet<_> = plan.components.iter().map(|component| component.name.clone()).collect();
    let is_reply = |ask: &Ask| matches!(ask.query, Query::Sts(StsQuery::Reply));
    let mut asks: BTreeSet<Ask> = looks.asks().0.into_keys().filter(is_reply).collect();
    asks.extend(looks.rules_ask(&all).0.into_keys());
    let (mut seen, evidence): (Vec<Seen>, _) = (Vec::new(), Evidence::channel().0);
    while !asks.is_empty() {
        for ask in std::mem::take(&mut asks) {
            let answer = sim.observer().observe(&[ask], &evidence).await;
            seen.extend(answer.into_iter().map(|seen| Seen { at: told_at, ..seen }));
        }
        let further = looks.rules_ask_further(&all, &seen, told_at);
        asks = further.0.into_keys().filter(|ask| !seen.iter().any(|seen| seen.ask == *ask)).collect();
    }
    let mut codes = BTreeSet::new();
    for tier in [Tier::Often, Tier::Hourly, Tier::Daily] {
        let at = |late: i64| told_at + jiff::SignedDuration::from_secs(tier.holds_seconds() as i64 + late);
        for (now, wanted) in [(at(0), Level::Ok), (at(1), Level::Unknown)] {
            let preflight = looks.judge(&seen, now);
            let of_tier = preflight.all().filter(|found| found.tier == Some(tier));
            for found in of_tier.filter(|found| rule(&found.check.code).is_some()) {
                let (code, about) = (&found.check.code, &found.component);
                assert_eq!(found.check.level, wanted, "{about:?} {code}: {}", found.check.found);
                codes.insert(code.to_string());
            }
        }
    }
    let of_a_look = rules().map(|rule| rule.code).filter(|code| !is_of_snapshots(code));
    let missed: Vec<&str> = of_a_look.filter(|code| !codes.contains(*code)).collect();
    assert_eq!(missed, ["exercised"], "the whole table");
}

fn identity() -> Ask {
    let place = Place { region: "us-west-2".into(), account: None };
    Ask { place, query: Query::Sts(StsQuery::Identity) }
}
