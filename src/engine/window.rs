//! What is left of a failback is judged anew while its decision to go back is asked: the whole of it at once when that begins, on
//! at the pace of any plan that waits, and again before the answer counts.

use super::hearing::Witness;
use super::kept::Kept;
use super::preflight::{Preflighting, START_FRESH_SECONDS};
use super::rounds::Rounds;
use crate::recovery::preflight::{Looks, Questions};
use crate::recovery::{Opened, What, window};

impl Preflighting {
    /// Looks whenever the decision is asked, until nobody listens any more.
    pub(super) async fn before_the_return(&self, seen: &Witness) {
        let mut asked = self.asked_to_return.clone();
        let left = Opened { runbook: window::left_of(&self.opened.runbook), ..(*self.opened).clone() };
        let mut looks: Option<Looks> = None;
        while asked.wait_for(|asked| *asked).await.is_ok() && !seen.is_closed() {
            let looks = looks.get_or_insert_with(|| self.looks(&left));
            if self.while_asked(looks, seen).await.is_none() {
                return;
            }
        }
    }

    /// Until it is answered, or asked no more; `None` once nobody listens.
    async fn while_asked(&self, looks: &Looks, seen: &Witness) -> Option<()> {
        let mut asked = self.asked_to_return.clone();
        let again = self.again.clone();
        let mut again = again.lock().await;
        let mut kept = Kept::default();
        // The first look takes nobody's earlier answer: a region may have gone dark since.
        let mut rounds = Rounds::new(self, looks, &mut kept, false);
        loop {
            let found = rounds.look().await;
            if rounds.is_news(&found) {
                seen.send(What::ReturnJudged(Box::new(found.clone()))).ok()?;
            }
            let is_young =
                |kept: &mut Kept, questions: &Questions, now| !kept.is_older_than(START_FRESH_SECONDS, questions, now);
            let over = asked.wait_for(|asked| !*asked);
            if let Some(still) = rounds.rest(&found, &mut again, over, is_young).await {
                return still.is_ok().then_some(());
            }
        }
    }
}
