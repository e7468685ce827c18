//! A key in the recovery region: who it is before how it is, what its state means, and what must be so before it is used.

use super::fields::in_region;
use super::words::{self, KmsKey};
use crate::plan::{Region, Weight};
use crate::service::arn::Arn;
use crate::service::ask::Place;
use crate::service::work::{Check, Facts, Look, Verdict, Want};
use crate::text::Clean;

/// What would help a key in a state that it does not leave by itself; `None` for every other state, the unknown ones
/// included ("Key states of AWS KMS keys").
pub(in crate::service) fn trouble(state: &str) -> Option<&'static str> {
    match state {
        "Disabled" => Some("enable it in that region: a replica has a state of its own"),
        "PendingDeletion" | "PendingReplicaDeletion" => {
            Some("cancel its deletion (kms:CancelKeyDeletion) and enable it, before it is gone for good")
        }
        "PendingImport" => Some("import its key material in that region: replicas do not share what was imported"),
        "Unavailable" => Some("see the external key store that holds it"),
        _ => None,
    }
}

/// A key, and where it is looked for.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub place: Place,
    /// As the plan has it, in the region of `place`.
    pub id: Clean,
}

impl Key {
    pub fn at(place: Place, key: &str) -> Self {
        Self { id: in_region(key, &place.region), place }
    }

    pub fn want(&self) -> Want<KmsKey> {
        words::key(&self.place, &self.id)
    }

    /// The key, who it is proved, or what is wrong with that.
    pub fn proven<'a>(&self, facts: &Facts<'a>) -> Result<&'a KmsKey, Verdict> {
        let key = match facts.see(&self.want()) {
            Look::NotTold(why) => return Err(Verdict::unknown(why)),
            Look::Absent => {
                let reason = format!("there is no key {} in {}", self.id, self.place.region);
                let help = "replicate the key to that region, or make an alias of that name there";
                return Err(Verdict::bad(reason, help));
            }
            Look::There(key) => key,
        };
        match self.is_other(key) {
            Some(found) => Err(Verdict::bad(found, "name the key as the recovery region has it")),
            None => Ok(key),
        }
    }

    /// What shows that `found` is not the one that is meant.
    fn is_other(&self, found: &KmsKey) -> Option<String> {
        let region = Arn::parse(&found.arn).map(|arn| arn.region);
        if region != Some(self.place.region.as_str()) {
            return Some(format!("{} is not of {}", found.arn, self.place.region));
        }
        let bare = Arn::parse(&self.id).map_or(self.id.as_str(), |arn| arn.resource);
        let bare = bare.strip_prefix("key/").unwrap_or(bare);
        let is_meant = bare.starts_with("alias/") || bare.eq_ignore_ascii_case(&found.id);
        (!is_meant).then(|| format!("the key that was told is {}", found.id))
    }

    /// Everything that is wanted of it.
    pub fn checks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let wanted = format!("{} of {} Enabled", self.id, self.place.region);
        let key = match facts.see(&self.want()) {
            Look::NotTold(why) => return vec![Check::not_told("kms-key", why, &wanted)],
            Look::Absent => {
                let found = format!("no key {} in {}", self.id, self.place.region);
                let fix = "replicate the key to that region, or make an alias of that name there";
                return vec![Check::that("kms-key", false, found, &wanted, fix)];
            }
            Look::There(key) => key,
        };
        let other = self.is_other(key);
        let identity = Check::that(
            "kms-identity",
            other.is_none(),
            other.unwrap_or_else(|| key.arn.to_string()),
            &wanted,
            CHANGE_PLAN,
        );
        let mut checks = vec![identity.of_identity(), state("kms-key", key, &wanted), shared(key)];
        checks.extend(deletion(key));
        checks
    }
}

const CHANGE_PLAN: &str = "name the key as the recovery region has it";

/// How `key` is.
pub(in crate::service) fn state(code: &str, key: &KmsKey, wanted: &str) -> Check {
    let state = key.state.as_str();
    let fix = trouble(state).unwrap_or("wait until it is enabled, then retry");
    Check::that(code, state == "Enabled", state, wanted, fix)
}

/// What was encrypted in one region is decrypted in the other by a multi-Region key only.
fn shared(key: &KmsKey) -> Check {
    let found = if key.multi_region { "a multi-Region key" } else { "a single-Region key" };
    let fix = "use a multi-Region key where what was encrypted in the primary region is to be read in this one";
    let check = Check::that("kms-region", key.multi_region, found, "a multi-Region key", fix);
    Check { weight: Weight::Advises, ..check }
}

fn deletion(key: &KmsKey) -> Option<Check> {
    let at = key.deleted_from?;
    let fix = "cancel its deletion: what it has encrypted is lost with it";
    Some(Check::that("kms-deletion", false, format!("it is deleted on {at}"), "no deletion", fix))
}

/// The alias of `old` and that of `new` are of one key, where both were told and either is of several regions.
pub(super) fn one_alias(old: &KmsKey, new: &KmsKey, primary: &Region) -> Check {
    let found = if old.id == new.id { "one key in both".to_owned() } else { format!("{primary} has {} there", old.id) };
    let holds = old.id == new.id || !(old.multi_region || new.multi_region);
    let fix = "point both aliases at one multi-Region key, or see what the plan means by the alias";
    let check = Check::that("kms-alias", holds, found, "the alias of one key in both regions", fix);
    Check { weight: Weight::Weakens, ..check }
}

/// Which of the two is the primary key, on the way back: while this side was given up somebody may have made the other's that. The
/// key's policies and its rotation are changed at the primary key alone.
pub(super) fn primary_key(old: &KmsKey, new: &KmsKey, regions: (&Region, &Region)) -> Option<Check> {
    let (left, back) = regions;
    let is = |key: &KmsKey, role: &str| key.role.as_deref() == Some(role);
    let is_away = is(old, "PRIMARY") && is(new, "REPLICA") && old.id == new.id;
    is_away.then(|| {
        let fix = format!(
            "aws kms update-primary-region --region {left} --key-id {} --primary-region {back}, in an hour of your choice: both \
             decrypt whichever is the primary",
            old.id
        );
        let found = format!("the primary key is that of {left}");
        let check = Check::that("kms-primary", false, found, "the primary key in the region that is gone back to", fix);
        Check { weight: Weight::Advises, ..check }
    })
}
