//! Whether the old primary is back as a secondary: Aurora rebuilds it from the new one once its region is well, which takes
//! as long as its volume is large.

use super::pair::Pair;
use crate::plan::Side;
use crate::service::ask::Ask;
use crate::service::rds::words;
use crate::service::say::outputs;
use crate::service::work::{Asked, Facts, Look, Verdict, Work};

/// Looks for it, where it will be.
pub(super) struct Rejoined {
    pub pair: Pair,
}

impl Work for Rejoined {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![words::global(&self.pair.old, &self.pair.global).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let Pair { old, global, primary, .. } = &self.pair;
        let found = match facts.see(&words::global(old, global)) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::moving(format!("{} knows no global database {global}", old.region)),
            Look::There(found) => found,
        };
        let Some(member) = self.pair.member(Side::Primary, found) else {
            return Verdict::moving(format!("{primary} is no member of {global}"));
        };
        let told = member.synchronization.as_deref().unwrap_or("of no told standing");
        match (member.writer, told) {
            (true, _) => Verdict::moving(format!("{} still calls {primary} the primary", old.region)),
            (false, "connected") => {
                Verdict::holds(format!("{primary} is a secondary of {global}, {told}"), outputs([]))
            }
            (false, _) => Verdict::moving(format!("{primary} is a secondary of {global}, {told}")),
        }
    }
}
