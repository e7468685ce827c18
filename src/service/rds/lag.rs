//! What a lag sample is worth. CloudWatch may go on telling a small number while replication has stopped: as long as the
//! source itself answers and writes, that number says nothing of what is missing.

use super::caught_up::replication_words;
use super::pair::Pair;
use super::status::serves;
use crate::service::observation::LagSample;
use crate::service::work::{Facts, Look};
use crate::text::Clean;

/// `sample`, or that there is none worth anything while the replica says that replication is broken and its source is well.
/// Where the source's region is silent that is how it must be: there the last lag and its age say what may be missing.
pub(super) fn weigh(pair: &Pair, sample: LagSample, facts: &Facts<'_>) -> LagSample {
    let Look::There(replica) = pair.look_replica(facts) else { return sample };
    let Look::There(source) = pair.look_old(facts) else { return sample };
    let Some(replication) = replica.replication.as_ref().filter(|replication| !replication.normal) else {
        return sample;
    };
    if replica.replica_of.is_none() || !serves(&source.status) {
        return sample;
    }
    let instead = Clean::new(&format!("replication is {}", replication_words(replication)));
    LagSample { seconds: None, sampled_at: Some(facts.now), instead: Some(instead) }
}
