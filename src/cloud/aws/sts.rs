//! AWS STS, at its regional endpoint: whose credentials these are and when they stop working.

use super::audit::Audit;
use super::desk::{Answers, Asked, Eye, Look, all_unanswered};
use super::trouble::{Sort, Trouble};
use crate::service::StsQuery;
use crate::service::observation::{ANOTHER_ACCOUNT, Identity, Replied};
use crate::service::{Observation, Query, StsObservation};
use crate::text::Clean;
use aws_credential_types::provider::ProvideCredentials;
use jiff::Timestamp;
use std::time::SystemTime;

/// What is asked here.
pub(super) const READS: &[&str] = &["GetCallerIdentity"];

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, StsQuery>) -> Vec<Look<'a>> {
    let (mut identity, mut replies) = (Vec::new(), Vec::new());
    for (query, words) in asked {
        match words {
            StsQuery::Identity => identity.push(query),
            StsQuery::Reply => replies.push(query),
        }
    }
    vec![
        Look::of(identity, |queries| look(eye, queries)),
        Look::of(replies, |queries| async move {
            let replied = replied(eye).await;
            let answer = |replied: &Replied| Ok(Observation::Sts(StsObservation::Reply(*replied)));
            let answered = replied.as_ref().map_or_else(|trouble| Err(trouble.unanswered()), answer);
            queries.into_iter().map(|query| (query.clone(), answered.clone())).collect()
        }),
    ]
}

/// How many calls are made at most to find how long one takes: the first may wait for a connection, or for others.
const TRIES: usize = 3;
/// How many seconds are quick enough to ask no more.
const QUICK_SECONDS: f64 = 1.0;
/// How many seconds are enough to know that none of them is: others wait for the answer.
const PATIENT_SECONDS: f64 = 3.0;

/// How the region answers: whatever it says, and however it is refused, it says what time it is.
async fn replied(eye: Eye<'_>) -> Result<Replied, Trouble> {
    let mut best: Option<Replied> = None;
    let mut spent = 0.0;
    for _ in 0..TRIES {
        let audit = Audit::look(eye, "sts");
        let call = eye.clients.sts.get_caller_identity().customize().interceptor(audit.clone());
        let answered = audit.settle(call.send()).await;
        let Some((seconds, ahead_seconds)) = audit.replied() else {
            return best.ok_or_else(|| answered.err().unwrap_or_else(Trouble::hollow));
        };
        let replied = Replied { seconds, ahead_seconds };
        spent += seconds;
        let is_known = seconds <= QUICK_SECONDS || spent > PATIENT_SECONDS;
        best = Some(best.filter(|best| best.seconds <= seconds).unwrap_or(replied));
        if is_known {
            break;
        }
    }
    best.ok_or_else(Trouble::hollow)
}

/// Asks who we are.
pub(super) async fn look(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let Some(query) = queries.first() else { return Vec::new() };
    let audit = Audit::look(eye, "sts");
    let call = eye.clients.sts.get_caller_identity().customize().interceptor(audit.clone());
    match audit.settle(call.send()).await {
        Err(trouble) => all_unanswered(&queries, &trouble),
        Ok(caller) => {
            let identity = Identity {
                arn: Clean::new(caller.arn().unwrap_or("?")),
                account: Clean::new(caller.account().unwrap_or("?")),
                region: eye.region.clone(),
                expires: expiry(eye).await,
            };
            vec![((*query).clone(), Ok(Observation::Sts(StsObservation::Identity(identity))))]
        }
    }
}

/// Whether the credentials are of the account that the plan says: asked once, before anything else is asked or done with
/// them, and again when they were renewed.
///
/// # Errors
/// That they are another's; or what keeps from knowing it.
pub(super) async fn belongs(eye: Eye<'_>) -> Result<(), Trouble> {
    let Some(wanted) = eye.clients.standing.to_be_shown() else { return Ok(()) };
    let audit = Audit::look(eye, "sts");
    let call = eye.clients.sts.get_caller_identity().customize().interceptor(audit.clone());
    let caller = audit.settle(call.send()).await?;
    if caller.account() == Some(wanted.as_str()) {
        eye.clients.standing.belongs();
        return Ok(());
    }
    let (arn, account) = (caller.arn().unwrap_or("?"), caller.account().unwrap_or("?"));
    let message = format!("these are credentials of account {account} ({arn}), and the plan says {wanted}");
    Err(Trouble { sort: Sort::Denied, code: Some(Clean::new(ANOTHER_ACCOUNT)), message: Clean::new(&message) })
}

async fn expiry(eye: Eye<'_>) -> Option<Timestamp> {
    let credentials = eye.clients.credentials.as_ref()?.provide_credentials().await.ok()?;
    let since_epoch = credentials.expiry()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Timestamp::from_second(i64::try_from(since_epoch.as_secs()).ok()?).ok()
}
