//! Who the credentials are at each place, and how long they last.

use super::{Answers, Found};
use crate::plan::{Application, Region};
use crate::recovery::{objective, words};
use crate::service::observation::{ANOTHER_ACCOUNT, Identity};
use crate::service::{Ask, Check, Observation, Place, Query, Silence, StsObservation, StsQuery, Weight};
use jiff::Timestamp;

/// A place whose credentials are asked for.
pub(super) struct PlaceLook {
    pub ask: Ask,
    in_failing_region: bool,
}

impl PlaceLook {
    /// `failing` is the region that fails, in a failover.
    pub fn of(place: Place, failing: Option<&Region>) -> Self {
        let in_failing_region = failing == Some(&place.region);
        Self { ask: Ask { place, query: Query::Sts(StsQuery::Identity) }, in_failing_region }
    }

    /// What the answer means.
    pub fn judge(&self, application: &Application, answers: &Answers<'_>, now: Timestamp) -> Vec<Found> {
        let place = &self.ask.place;
        let wanted = "credentials that the region knows";
        let account = place.account.as_ref().map_or_else(String::new, |account| format!(" (account {account})"));
        let at = format!("{}{account}", place.region);
        let seen = answers.to(&self.ask);
        let found = |check: Check| Found {
            seen_at: seen.map(|seen| seen.at),
            in_failing_region: self.in_failing_region,
            ..Found::of(check)
        };
        let mut all = Vec::new();
        match seen.map(|seen| &seen.answer) {
            Some(Ok(Observation::Sts(StsObservation::Identity(identity)))) => {
                all.push(found(Check::passed("identity", format!("{at}: {}", identity.arn), wanted)));
                all.extend(lasts(application, identity, &at, now).map(found));
            }
            Some(Err(unanswered)) if unanswered.code.as_deref() == Some(ANOTHER_ACCOUNT) => {
                let fix = "use the profile or the role of the plan's account, or mend its `id` in the plan";
                let told = format!("{at}: {}", unanswered.message);
                all.push(found(Check::failed("identity-account", told, "credentials of the plan's account", fix)));
            }
            Some(Err(unanswered)) if unanswered.because == Silence::Denied => {
                let fix = "log in again, or give the profile or role of this account";
                all.push(found(Check::failed("identity", format!("{at}: {}", unanswered.message), wanted, fix)));
            }
            Some(Err(unanswered)) => {
                all.push(found(Check::unanswered("identity", format!("{at}: {}", unanswered.message), wanted)));
            }
            Some(Ok(_)) | None => all.push(found(Check::unanswered("identity", format!("{at}: no answer"), wanted))),
        }
        all
    }
}

/// Whether the credentials outlast the objective; `None` when neither is told.
fn lasts(application: &Application, identity: &Identity, at: &str, now: Timestamp) -> Option<Check> {
    let (expires, rto) = (identity.expires?, application.rto_seconds?);
    let left = objective::seconds_between(now, expires);
    let wanted = format!("more than the rto of {}", words::objective(rto));
    let told = format!("{at}: expire in {}", words::age(left));
    let check = if left > rto {
        Check::passed("identity-lasts", told, &wanted)
    } else {
        let fix = "renew them before the start: a run waits while they are expired";
        Check::failed("identity-lasts", told, &wanted, fix)
    };
    Some(Check { weight: Weight::Slows, ..check })
}
