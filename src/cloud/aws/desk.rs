//! What a service's room works with: who looks and who acts, with which clients, and where the calls are reported. Knows
//! no service.

use super::clients::Clients;
use super::trouble::Trouble;
use crate::cloud::{Evidence, Token};
use crate::plan::Region;
use crate::service::{Observation, Query, Unanswered};
use aws_smithy_types::DateTime;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::future::Future;

/// What a service's room needs to look.
#[derive(Clone, Copy)]
pub(super) struct Eye<'a> {
    pub(super) clients: &'a Clients,
    pub(super) region: &'a Region,
    pub(super) evidence: &'a Evidence,
}

/// What a service's room needs to act.
#[derive(Clone, Copy)]
pub(super) struct Hand<'a> {
    /// The acting set's clients, and where its calls are reported.
    pub(super) eye: Eye<'a>,
    pub(super) token: &'a Token,
    /// Which try of the act this is; the first is 1.
    pub(super) tried: u32,
}

/// The answers of one service.
pub(super) type Answers = Vec<(Query, Result<Observation, Unanswered>)>;

/// The same trouble for every query.
pub(super) fn all_unanswered(queries: &[&Query], trouble: &Trouble) -> Answers {
    queries.iter().map(|query| ((*query).clone(), Err(trouble.unanswered()))).collect()
}

/// One look at a service: what is asked, and how that is answered. Each is given its own time, so that one that hangs
/// keeps no other's answers.
pub(super) struct Look<'a> {
    pub(super) asked: Vec<&'a Query>,
    pub(super) answers: BoxFuture<'a, Answers>,
}

impl<'a> Look<'a> {
    /// Asks `asked` by `look`.
    pub(super) fn of<F>(asked: Vec<&'a Query>, look: impl FnOnce(Vec<&'a Query>) -> F) -> Self
    where
        F: Future<Output = Answers> + Send + 'a,
    {
        Self { answers: look(asked.clone()).boxed(), asked }
    }
}

/// An SDK's time as ours.
pub(super) fn time(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// A family's own words, and the question that they are of.
pub(super) type Asked<'a, Words> = Vec<(&'a Query, &'a Words)>;
