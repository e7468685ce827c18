//! The way back from a move: the old primary takes the role again. What was written to the new one since and has not come
//! back is dropped, so that the lag of the way back is held against the objective, as the move's is. Nothing asks in a
//! rollback: what loses too much is refused, unless it was said in words that it may.

use super::promote::Promote;
use super::words;
use crate::plan::duration::show;
use crate::service::ask::Ask;
use crate::service::cloudwatch::LagSeries;
use crate::service::operation::Act;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Want, Work};
use crate::text::Clean;
use serde_json::Value;

/// The old primary becomes the primary again.
pub(super) struct Back {
    /// The move the other way round. The region that is gone back to has to answer: nothing less than all of it being
    /// well will do.
    pub promote: Promote,
    /// What may be lost of it, in seconds; nothing was promised when absent.
    pub rpo_seconds: Option<f64>,
    /// Whether it was said in words that what was written since may be lost.
    pub may_lose: bool,
}

impl Back {
    fn lag(&self) -> Want<LagSeries> {
        let pair = &self.promote.pair;
        words::lag(&pair.new, &pair.datastore, &pair.recovery)
    }

    fn loss(&self, rpo: f64, facts: &Facts<'_>) -> Check {
        let (code, pair) = ("elasticache-back-loss", &self.promote.pair);
        let wanted = format!("what {} has not got yet within the rpo of {}", pair.recovery, show(rpo));
        let newest = match facts.see(&self.lag()) {
            Look::NotTold(why) => return Check::not_told(code, why, &wanted),
            Look::Absent => return Check::not_told(code, "its lag is not told", &wanted),
            Look::There(series) => &series.newest,
        };
        let (Some(lag), Some(at), None) = (newest.seconds, newest.sampled_at, &newest.instead) else {
            let why = newest.instead.as_ref().map_or("no number", Clean::as_str);
            return Check::not_told(code, why, &wanted);
        };
        let age = facts.now.duration_since(at).as_secs_f64().max(0.0);
        let found = format!("lag {}, sampled {} ago", show(lag.round()), show(age.round()));
        let fix = "keep the writers off until it has caught up, then undo it again; or go back past the point, which says that what was written since may be lost";
        Check::that(code, lag + age <= rpo, found, &wanted, fix)
    }
}

impl Work for Back {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        self.promote.asks(asked)
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        self.promote.goal(facts)
    }

    fn further(&self, _facts: &Facts<'_>) -> Vec<Ask> {
        self.rpo_seconds.filter(|_| !self.may_lose).map(|_| self.lag().ask).into_iter().collect()
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = self.promote.prechecks(facts);
        checks.extend(self.rpo_seconds.filter(|_| !self.may_lose).map(|rpo| self.loss(rpo, facts)));
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        self.promote.act(facts)
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        self.promote.before_image(facts)
    }
}
