//! Who we are in each region, and whether the credentials last: shown before anything starts.

use super::out;
use crate::cloud::aws::AwsObserver;
use crate::cloud::{Evidence, Observe};
use crate::plan::{AccountName, Region, Side, duration};
use crate::recovery::Opened;
use crate::recovery::objective::seconds_between;
use crate::service::{Ask, Observation, Place, Query};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a region may take to say who we are.
const PATIENCE: Duration = Duration::from_secs(6);

/// Shows the identity in every region and account of the plan, on standard error. Whether the recovery side answered
/// everywhere: without that nothing can be recovered, and nothing is started.
pub async fn identity(opened: &Opened) -> bool {
    let application = &opened.plan.application;
    let mut places: BTreeSet<(Side, Option<AccountName>)> = BTreeSet::new();
    for component in &opened.plan.components {
        for side in [Side::Primary, Side::Recovery] {
            places.insert((side, component.accounts.on(side).cloned()));
        }
    }
    let observer = AwsObserver::connect(&opened.plan).await;
    let looks = places.into_iter().map(|(side, account)| {
        let (region, observer) = (application.region(side).clone(), &observer);
        async move { (side, look(observer, region, account, opened).await) }
    });
    let mut ready = true;
    for (side, answered) in futures::future::join_all(looks).await {
        ready &= answered || side == Side::Primary;
    }
    if !ready {
        out::say("landfall: refused: the recovery region does not know these credentials; nothing was started");
    }
    ready
}

async fn look(observer: &AwsObserver, region: Region, account: Option<AccountName>, opened: &Opened) -> bool {
    let name = account.as_ref().map_or_else(String::new, |account| format!(" (account {account})"));
    let ask = Ask { place: Place { region: region.clone(), account }, query: Query::Identity };
    let (evidence, _calls) = Evidence::channel();
    let seen = tokio::time::timeout(PATIENCE, observer.observe(&[ask], &evidence)).await;
    let answer = seen.ok().and_then(|mut seen| seen.pop()).map(|seen| seen.answer);
    match answer {
        Some(Ok(Observation::Identity(identity))) => {
            out::say(format!("landfall: {region}{name}: {} {}", identity.arn, lasts(identity.expires, opened)));
            true
        }
        Some(Err(unanswered)) => {
            out::say(format!("landfall: {region}{name}: {}", unanswered.message));
            false
        }
        Some(Ok(_)) | None => {
            out::say(format!("landfall: {region}{name}: no answer within {} s", PATIENCE.as_secs()));
            false
        }
    }
}

fn lasts(expires: Option<Timestamp>, opened: &Opened) -> String {
    let Some(expires) = expires else { return "(no expiry told)".to_owned() };
    let left = seconds_between(Timestamp::now(), expires);
    let words = format!("(expires in {})", duration::show(left.round()));
    match opened.plan.application.rto_seconds {
        Some(rto) if left < rto => {
            format!("{words}: BEFORE the rto of {} is over; renew them first", duration::show(rto))
        }
        _ => words,
    }
}
