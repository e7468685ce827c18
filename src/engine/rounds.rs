//! Looks in rounds at what waits for somebody's word: at once, on at the pace that the account can bear, and anew before the word
//! counts.

use super::kept::{Kept, Turn};
use super::preflight::{Preflighting, START_FRESH_SECONDS, look_sharing};
use crate::recovery::Preflight;
use crate::recovery::objective::seconds_between;
use crate::recovery::preflight::{Looks, Questions};
use crate::service::readiness::Tier;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

/// How many seconds pass between two looks while somebody has just come to give the word.
const AGAIN_SECONDS: f64 = 30.0;
/// How long, in seconds, that is: what is left open longer is looked at as the account can bear.
const EAGER_SECONDS: f64 = 180.0;
/// How many seconds a call is worth then: a look of thirty calls comes round every five minutes, and none comes later.
const SECONDS_A_CALL: f64 = 10.0;

/// The looks at one plan until one word is given.
pub(super) struct Rounds<'a> {
    of: &'a Preflighting,
    looks: &'a Looks,
    pub kept: &'a mut Kept,
    /// Whether what others were answered counts in the first look too.
    first_shares: bool,
    turn: Turn,
    told: Option<Preflight>,
    /// Who waits to hear that it was looked at again.
    waiting: Option<oneshot::Sender<()>>,
    began: Timestamp,
}

impl<'a> Rounds<'a> {
    pub fn new(of: &'a Preflighting, looks: &'a Looks, kept: &'a mut Kept, first_shares: bool) -> Self {
        let began = of.clock.now();
        Self { of, looks, kept, first_shares, turn: Turn::whole(), told: None, waiting: None, began }
    }

    /// What is known once what is due was asked.
    pub async fn look(&mut self) -> Preflight {
        let Preflighting { observer, clock, .. } = self.of;
        let shares = self.first_shares || self.told.is_some();
        let found = look_sharing(self.looks, self.kept, &self.turn, observer, clock, shares).await;
        if let (Some(allowance), false) = (&self.of.allowance, self.turn.calls == usize::MAX) {
            allowance.asked(self.kept.calls(), clock.now());
        }
        found
    }

    /// Whether `found` is other than what was told last; then it is what is told.
    pub fn is_news(&mut self, found: &Preflight) -> bool {
        let is_news = self.told.as_ref().is_none_or(|told| !told.is_same(found));
        if is_news {
            self.told = Some(found.clone());
        }
        is_news
    }

    /// Rests behind a look that `found` that, until the next is due or somebody asks for one who has no word from a look that
    /// `is_young` enough. What `over` says ends it.
    pub async fn rest<T>(
        &mut self,
        found: &Preflight,
        again: &mut mpsc::UnboundedReceiver<oneshot::Sender<()>>,
        over: impl Future<Output = T>,
        is_young: impl Fn(&mut Kept, &Questions, Timestamp) -> bool,
    ) -> Option<T> {
        // What was found stands before the word that it was looked at.
        let _ = self.waiting.take().map(|waiting| waiting.send(()));
        let clock = &self.of.clock;
        let rests = clock.sleep(AGAIN_SECONDS);
        tokio::pin!(rests, over);
        loop {
            tokio::select! {
                ended = &mut over => return Some(ended),
                Some(word) = again.recv() => {
                    let now = clock.now();
                    let questions = self.looks.asks().and(self.looks.further(&self.kept.all(), now));
                    if is_young(self.kept, &questions, now) {
                        let _ = word.send(());
                        continue;
                    }
                    self.waiting = Some(word);
                    self.turn = Turn { seconds: START_FRESH_SECONDS, ..Turn::whole() };
                }
                () = &mut rests => {
                    let now = clock.now();
                    let seconds = seconds_to_the_next(seconds_between(self.began, now), self.kept.whole);
                    let calls = self.of.allowance.as_ref().map_or(usize::MAX, |allowance| allowance.room(now));
                    self.turn = Turn { seconds, calls, unsettled: self.looks.unsettled(found, &self.kept.all(), now) };
                }
            }
            return None;
        }
    }
}

/// After how many seconds what steps rest on is asked again, `open` seconds after the first look, when all of it costs so many
/// calls.
fn seconds_to_the_next(open: f64, calls: usize) -> f64 {
    let bearable = SECONDS_A_CALL * u32::try_from(calls).map_or(f64::MAX, f64::from);
    if open < EAGER_SECONDS { AGAIN_SECONDS } else { bearable.clamp(AGAIN_SECONDS, Tier::Often.seconds()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_just_come_is_told_every_half_minute_and_what_is_left_open_costs_thirty_calls_in_five_minutes() {
        assert_eq!(seconds_to_the_next(0.0, 500), 30.0);
        assert_eq!(seconds_to_the_next(179.0, 500), 30.0);
        assert_eq!(seconds_to_the_next(180.0, 2), 30.0);
        assert_eq!(seconds_to_the_next(180.0, 12), 120.0);
        assert_eq!(seconds_to_the_next(180.0, 500), 300.0, "more seldom only where there is no room");
    }
}
