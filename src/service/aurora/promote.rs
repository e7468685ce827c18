//! A secondary becomes the primary of its global database. `available` is the classic false green: for a while after the call
//! all is available still, in the old roles; and the role alone tells nothing either, while the move goes on. The role, the
//! end of the move, the cluster and its writer instance have to agree. Other members may be rebuilt for hours.

use super::checks::{self, How};
use super::given;
use super::image::MoveImage;
use super::pair::Pair;
use crate::plan::{Intent, Side};
use crate::service::ask::Ask;
use crate::service::observation::{DbCluster, DbEvent, GlobalCluster};
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::rds::status::trouble;
use crate::service::rds::words;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use crate::text::Clean;
use serde_json::Value;

/// A secondary becomes the primary.
pub(super) struct Promote {
    pub pair: Pair,
    pub intent: Intent,
}

impl Promote {
    fn how(&self) -> How {
        match self.intent {
            Intent::Switchover | Intent::Failback => How::Switch,
            Intent::Failover => How::FailOver,
        }
    }

    /// What Aurora said of a move that came to nothing, since it was asked for.
    fn failed(&self, facts: &Facts<'_>) -> Option<Clean> {
        let Pair { new, recovery, .. } = &self.pair;
        let events = facts.see(&words::events(new, recovery, facts.asked.since()?)).found()?;
        let is_end = |event: &&DbEvent| {
            let words = event.message.to_ascii_lowercase();
            let is_move = words.contains("global switchover") || words.contains("global failover");
            is_move && (words.contains("failed") || words.contains("cancelled")) && event.names(recovery)
        };
        events.iter().rev().find(is_end).map(|event| event.message.clone())
    }

    fn standing(&self, global: &GlobalCluster, cluster: &DbCluster, facts: &Facts<'_>) -> Verdict {
        let pair = &self.pair;
        let Some(member) = pair.member(Side::Recovery, global) else {
            let reason = format!("{} of {} is no member of {}", pair.recovery, pair.new.region, global.id);
            return Verdict::bad(reason, "name a cluster of the global database, or see who took it out");
        };
        let is_ours = *facts.asked != Asked::No;
        if is_ours && MoveImage::read(facts.before).is_some_and(|before| before.is_another(cluster)) {
            let reason = format!("another cluster is called {} than the one that was asked for", cluster.id);
            return Verdict::bad(reason, "see who made it, and what became of the secondary");
        }
        let statuses = [(&cluster.id, Some(&cluster.status))]
            .into_iter()
            .chain(cluster.writer().map(|writer| (&writer.id, writer.status.as_ref())));
        for (id, status) in statuses {
            if let Some((status, help)) = status.and_then(|status| Some((status, trouble(status)?))) {
                return Verdict::bad(format!("{id} is {status}"), help);
            }
        }
        let moving = global.moving.as_ref().map(|moving| &moving.status);
        let cancelled = moving.is_some_and(|moving| moving.as_str() == "cancelling");
        if is_ours && cancelled && !member.writer {
            return Verdict::bad(
                format!("the move of {} is cancelled", global.id),
                "wait until it is available again, see why in RDS's events, then retry",
            );
        }
        if let Some(said) = self.failed(facts).filter(|_| !member.writer) {
            return Verdict::bad(
                said.as_str(),
                "clear what it names, then retry once the global database is available",
            );
        }
        let rests = moving.is_none() && global.status.as_str() == "available" && cluster.status.as_str() == "available";
        let writes = cluster.writer().is_some_and(|writer| writer.is_available());
        match (member.writer, moving) {
            (false, None) if rests => Verdict::untouched(format!("available, {} is a secondary", cluster.id)),
            (true, None) if cluster.status.as_str() == "available" && writes => self.promoted(global, cluster, facts),
            _ => Verdict::moving(self.note(global, cluster, member.writer)),
        }
    }

    fn promoted(&self, global: &GlobalCluster, cluster: &DbCluster, facts: &Facts<'_>) -> Verdict {
        let writer = cluster.writer().map_or("", |writer| writer.id.as_str());
        let evidence = format!("{} is the primary of {} and available, {writer} writes", cluster.id, global.id);
        match self.pair.given(cluster, Some(global)) {
            Ok(mut outputs) => {
                // Nobody has to look for a fence's evidence before it could be there.
                let since = facts.asked.since().map(|at| Clean::new(&at.to_string()));
                outputs.extend(since.map(|since| (given::MOVED_AT.to_owned(), since)));
                Verdict::holds(evidence, outputs)
            }
            Err(missing) => Verdict::moving(missing),
        }
    }

    fn note(&self, global: &GlobalCluster, cluster: &DbCluster, writes: bool) -> String {
        let moving = global.moving.as_ref().map_or("no move", |moving| moving.status.as_str());
        let role = if writes { "the primary" } else { "a secondary" };
        let writer = match cluster.writer() {
            Some(writer) => format!("{} {}", writer.id, writer.status.as_deref().unwrap_or("not told")),
            None => "no instance of it writes".to_owned(),
        };
        format!("{} {}, {moving}; {} {role}, {}; {writer}", global.id, global.status, cluster.id, cluster.status)
    }
}

impl Work for Promote {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let pair = &self.pair;
        let mut asks = vec![pair.global().ask, pair.cluster(Side::Recovery).ask];
        match asked.since() {
            // In a failover the other region may never answer, and nothing waits for it.
            None if self.intent != Intent::Failover => asks.push(pair.cluster(Side::Primary).ask),
            None => {}
            Some(since) => asks.push(words::events(&pair.new, &pair.recovery, since).ask),
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let pair = &self.pair;
        let global = match facts.see(&pair.global()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                let reason = format!("there is no global database {}", pair.global);
                return Verdict::bad(reason, "name the global database as it is called in the account");
            }
            Look::There(global) => global,
        };
        match facts.see(&pair.cluster(Side::Recovery)) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::Absent => {
                let reason = format!("there is no cluster {} in {}", pair.recovery, pair.new.region);
                Verdict::bad(reason, "name the cluster as it is called in that region")
            }
            Look::There(cluster) => self.standing(global, cluster, facts),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        checks::all(&self.pair, self.how(), facts)
    }

    /// A switchover is asked of the region that has the primary, a failover of the one that will have it.
    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let (global, target) = (self.pair.global.clone(), self.pair.target(facts));
        let (place, operation) = match self.intent {
            Intent::Switchover | Intent::Failback => {
                (&self.pair.old, RdsOperation::SwitchGlobalCluster { global, target })
            }
            Intent::Failover => (&self.pair.new, RdsOperation::FailOverGlobalCluster { global, target }),
        };
        Some(Act { place: place.clone(), operation: Operation::Rds(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        MoveImage::of(&self.pair, facts)
    }
}
