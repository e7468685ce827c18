//! What is left of a failback is judged anew while its decision to go back is asked: the whole of it at once when that begins, on
//! at the pace of any plan that waits, and again before the answer counts.

use super::hearing::Witness;
use super::preflight::{AGAIN_SECONDS, Kept, Preflighting, START_FRESH_SECONDS, Turn, again, look_sharing};
use crate::recovery::objective::seconds_between;
use crate::recovery::preflight::Looks;
use crate::recovery::{Opened, Preflight, What, window};
use tokio::sync::oneshot;

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
        let again_asked = self.again.clone();
        let mut again_asked = again_asked.lock().await;
        let mut told: Option<Preflight> = None;
        let mut kept = Kept::default();
        let mut turn = Turn::whole();
        let mut waiting: Option<oneshot::Sender<()>> = None;
        let began = self.clock.now();
        loop {
            // The first look takes nobody's earlier answer: a region may have gone dark since.
            let found = look_sharing(looks, &mut kept, &turn, &self.observer, &self.clock, told.is_some()).await;
            if let (Some(allowance), false) = (&self.allowance, turn.calls == usize::MAX) {
                allowance.asked(kept.calls(), self.clock.now());
            }
            if told.as_ref().is_none_or(|told| !told.is_same(&found)) {
                seen.send(What::ReturnJudged(Box::new(found.clone()))).ok()?;
                told = Some(found.clone());
            }
            // What was found stands before the word that it was looked at.
            let _ = waiting.take().map(|waiting| waiting.send(()));
            let rests = self.clock.sleep(AGAIN_SECONDS);
            tokio::pin!(rests);
            loop {
                tokio::select! {
                    still = asked.wait_for(|asked| !*asked) => return still.is_ok().then_some(()),
                    Some(word) = again_asked.recv() => {
                        let now = self.clock.now();
                        let questions = looks.asks().and(looks.further(&kept.all(), now));
                        if !kept.is_older_than(START_FRESH_SECONDS, &questions, now) {
                            let _ = word.send(());
                            continue;
                        }
                        waiting = Some(word);
                        turn = Turn { seconds: START_FRESH_SECONDS, ..Turn::whole() };
                    }
                    () = &mut rests => {
                        let now = self.clock.now();
                        let seconds = again(seconds_between(began, now), kept.whole);
                        let calls = self.allowance.as_ref().map_or(usize::MAX, |allowance| allowance.room(now));
                        turn = Turn { seconds, calls, unsettled: looks.unsettled(&found, &kept.all(), now) };
                    }
                }
                break;
            }
        }
    }
}
