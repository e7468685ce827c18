//! What a replica of a secret has to have: the version that the primary region gives out.

use super::pair::Pair;
use super::words::{self, StoredSecret};
use crate::plan::Weight;
use crate::service::readiness::{Ready, Rule, Sides, Tier};

static SAME_VERSION: Rule = Rule {
    code: "secret-same-version",
    wanted: "the same current version in both regions",
    fix: "ReplicateSecretToRegions again, and see ReplicationStatus: a replica that failed says why",
    costs: "what reads it in the recovery region gets an old password",
    source: "Secrets Manager User Guide, Replicate secrets across Regions",
    tier: Tier::Often,
    weight: Weight::Blocks,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&SAME_VERSION];

/// What a secret is held to: one that the plan writes to stands alone afterwards, and is a replica before.
pub(super) fn of(pair: &Pair) -> Vec<Ready> {
    let on = |place| (words::secret(place, &pair.name), format!("secret {} in {}", pair.name, place.region));
    let both = Sides { old: on(&pair.old), new: on(&pair.new) };
    vec![both.held_to(&SAME_VERSION, |rule, old: &StoredSecret, new: &StoredSecret| {
        match (old.current(), new.current()) {
            (Some(old), Some(new)) if old == new => rule.ok(format!("version {new}")),
            // Two secrets of one name that are none another's copy have no version in common.
            _ if new.primary.is_none() => rule.ok("a secret of its own, no replica"),
            (Some(old), Some(new)) => rule.failing(format!("version {new}, in the primary region {old}")),
            (None, _) | (_, None) => rule.unknown("no version is current"),
        }
    })]
}
