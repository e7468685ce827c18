//! The port by which an application is captured: it reads, and can do nothing else.

use super::Evidence;
use crate::inventory::{Answer, Ask, Survey};
use async_trait::async_trait;

/// Reads what a capture asks.
#[async_trait]
pub trait Inquire: Send + Sync {
    /// Answers every ask, in the same order, lists over all their pages. Every call made is reported to `evidence`. Never
    /// fails as a whole: what is not told says why. Being asked to slow down makes it slow, and no answer wrong.
    async fn read(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Answer>;
}

/// Asks `read` until `survey` knows all there is; `told` hears after each round how much was found.
pub async fn survey(read: &dyn Inquire, survey: &mut Survey, evidence: &Evidence, mut told: impl FnMut(usize)) {
    loop {
        let asks = survey.asks();
        if asks.is_empty() {
            return;
        }
        let answers = read.read(&asks, evidence).await;
        for (ask, answer) in asks.iter().zip(answers) {
            survey.take(ask, answer);
        }
        told(survey.found());
    }
}
