//! Whether Aurora stopped the writes of the old primary. A failover of a global database tries to, and what came of it
//! stands in RDS's events only: of an instance of the old cluster where that can be reached, else of the new one (Amazon
//! Aurora User Guide, "Performing managed failovers", and its list of event messages). An event has no number in the answer:
//! its words are matched, and what matches nothing is not known.

use super::pair::Pair;
use crate::service::ask::{Ask, Place};
use crate::service::observation::DbEvent;
use crate::service::rds::words;
use crate::service::say::outputs;
use crate::service::work::{Asked, Facts, Look, Verdict, Work};
use jiff::Timestamp;

/// Looks for the evidence.
pub(super) struct Fenced {
    pub pair: Pair,
    /// Since when it can be there.
    pub since: Timestamp,
}

/// What an event says of the fence.
enum Said {
    Blocked,
    TimedOut,
    Otherwise,
}

impl Fenced {
    fn look<'a>(&self, at: &Place, facts: &Facts<'a>) -> Look<'a, Vec<DbEvent>> {
        facts.see(&words::events(at, &self.pair.primary, self.since))
    }

    /// The newest event that speaks of it.
    fn newest<'a>(&self, look: &Look<'a, Vec<DbEvent>>) -> Option<(&'a DbEvent, Said)> {
        let Look::There(events) = *look else { return None };
        let of_fence = |event: &&DbEvent| {
            event.message.to_ascii_lowercase().contains("block writes") && event.names(&self.pair.primary)
        };
        let event = events.iter().rev().find(of_fence)?;
        let words = event.message.to_ascii_lowercase();
        let said = match (words.contains("succeeded"), words.contains("timed out")) {
            (true, false) => Said::Blocked,
            (false, true) => Said::TimedOut,
            (true, true) | (false, false) => Said::Otherwise,
        };
        Some((event, said))
    }
}

impl Work for Fenced {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let Pair { old, new, primary, .. } = &self.pair;
        [old, new].map(|at| words::events(at, primary, self.since).ask).into()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let Pair { old, new, primary, .. } = &self.pair;
        let (there, here) = (self.look(old, facts), self.look(new, facts));
        match self.newest(&there).or_else(|| self.newest(&here)) {
            Some((event, Said::Blocked)) => Verdict::holds(format!("{} ({})", event.message, event.at), outputs([])),
            Some((event, Said::TimedOut)) => match there {
                // It may write, and nobody there can be asked to stop.
                Look::NotTold(why) => {
                    Verdict::unknown(format!("{}; {} says nothing: {why}", event.message, old.region))
                }
                Look::There(_) | Look::Absent => Verdict::bad(
                    event.message.as_str(),
                    format!(
                        "see whether {primary} still takes writes, and stop who writes to it; what it took is in its snapshot"
                    ),
                ),
            },
            Some((event, Said::Otherwise)) => Verdict::moving(event.message.as_str()),
            None => match (there, here) {
                (Look::NotTold(why), _) | (_, Look::NotTold(why)) => Verdict::unknown(why),
                (_, _) => Verdict::moving(format!("no event says whether the writes of {primary} were blocked")),
            },
        }
    }
}
