//! A secret in two regions: who it is, what must be so before it is used or written to, and what was before.

use super::words::{self, StoredSecret};
use crate::plan::{Application, fields::Missing};
use crate::plan::{Component, Region, Side, Weight};
use crate::service::arn::Arn;
use crate::service::ask::{Ask, Place};
use crate::service::kms;
use crate::service::work::{Check, Facts, Look, Verdict, Want};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// The secret and its places.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub name: Clean,
    pub old: Place,
    pub new: Place,
}

/// A secret as it was before it stopped to be a replica.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct WasReplica {
    /// KmsKeyId of the replica; none for the account's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Clean>,
    /// The version that was current.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Clean>,
}

/// A secret as it was before it was written to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct WasCurrent {
    /// The version that was current.
    pub current: Clean,
    /// The one that is written.
    pub version: Clean,
}

impl Pair {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = super::fields::Said::of(&component.fields)?;
        Ok(Self {
            name: said.name.into(),
            old: Place::of(component, application, Side::Primary),
            new: Place::of(component, application, Side::Recovery),
        })
    }

    pub fn want(&self) -> Want<StoredSecret> {
        words::secret(&self.new, &self.name)
    }

    pub fn want_old(&self) -> Want<StoredSecret> {
        words::secret(&self.old, &self.name)
    }

    /// Its ARN in the recovery region, once that is known.
    pub fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        Some(vec![facts.see(&self.want()).found()?.arn.clone()])
    }

    /// The key that the secret of the recovery region is encrypted with, once that is known.
    pub fn want_key(&self, facts: &Facts<'_>) -> Vec<Ask> {
        let key = facts.see(&self.want()).found().and_then(|secret| secret.key.clone());
        key.map(|key| kms::words::key(&self.new, &key).ask).into_iter().collect()
    }

    /// The secret of the recovery region, who it is proved; or what is wrong with that.
    pub fn proven<'a>(&self, facts: &Facts<'a>) -> Result<&'a StoredSecret, Verdict> {
        let secret = match facts.see(&self.want()) {
            Look::NotTold(why) => return Err(Verdict::unknown(why)),
            Look::Absent => {
                let reason = format!("there is no secret {} in {}", self.name, self.new.region);
                return Err(Verdict::bad(reason, REPLICATE));
            }
            Look::There(secret) => secret,
        };
        match self.is_other(secret) {
            Some(found) => Err(Verdict::bad(found, CHANGE_PLAN)),
            None => Ok(secret),
        }
    }

    /// What shows that `secret` is not the one that is meant.
    fn is_other(&self, secret: &StoredSecret) -> Option<String> {
        let region = Arn::parse(&secret.arn).map(|arn| arn.region);
        if secret.name != self.name || region != Some(self.new.region.as_str()) {
            return Some(format!("{} is not {} of {}", secret.arn, self.name, self.new.region));
        }
        let primary = secret.replica_of(&self.new.region)?;
        (primary != self.old.region.as_str()).then(|| format!("it is a replica of {primary}"))
    }

    /// Everything that is wanted of it.
    pub fn checks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let wanted = format!("{} in {}", self.name, self.new.region);
        let secret = match facts.see(&self.want()) {
            Look::NotTold(why) => return vec![Check::not_told("secret-exists", why, &wanted)],
            Look::Absent => {
                let found = format!("no secret {} in {}", self.name, self.new.region);
                return vec![Check::that("secret-exists", false, found, &wanted, REPLICATE)];
            }
            Look::There(secret) => secret,
        };
        let other = self.is_other(secret);
        let found = || stands(secret, &self.new.region);
        let mut checks = vec![
            Check::that("secret-exists", other.is_none(), other.unwrap_or_else(found), &wanted, CHANGE_PLAN)
                .of_identity(),
            current(secret),
            deletion(secret),
        ];
        checks.extend(self.key(secret, facts));
        checks
    }

    /// A replica is encrypted with a key of its own region.
    fn key(&self, secret: &StoredSecret, facts: &Facts<'_>) -> Option<Check> {
        let id = secret.key.as_ref()?;
        let wanted = "its key Enabled";
        Some(match facts.see(&kms::words::key(&self.new, id)) {
            // Who may not ask for keys is told nothing of them; whether it can be read is for a proof.
            Look::NotTold(why) => Check { weight: Weight::Weakens, ..Check::not_told("secret-key", why, wanted) },
            Look::Absent => Check::that("secret-key", false, format!("no key {id}"), wanted, REPLICATE),
            Look::There(key) => kms::key::state("secret-key", key, wanted),
        })
    }
}

const CHANGE_PLAN: &str = "name the secret as both regions have it";
const REPLICATE: &str = "replicate it to that region (secretsmanager:ReplicateSecretToRegions)";

/// How it stands, in a few words.
pub(super) fn stands(secret: &StoredSecret, region: &Region) -> String {
    match secret.replica_of(region) {
        Some(primary) => format!("a replica of {primary}"),
        None => "stands alone".to_owned(),
    }
}

fn current(secret: &StoredSecret) -> Check {
    let found = secret.current().map_or("no version is AWSCURRENT".to_owned(), |id| format!("{id} is AWSCURRENT"));
    let fix = "put a value into it, or see which of its versions is to be current";
    Check::that("secret-current", secret.current().is_some(), found, "a version that is AWSCURRENT", fix)
}

fn deletion(secret: &StoredSecret) -> Check {
    let found = secret.deleted.map_or("not deleted".to_owned(), |at| format!("deleted on {at}"));
    let fix = "restore it (secretsmanager:RestoreSecret) before it is gone for good";
    Check::that("secret-not-deleted", secret.deleted.is_none(), found, "not deleted", fix)
}

/// A rotation writes to it, and what is detached has none.
pub(super) fn rotation(secret: &StoredSecret) -> Check {
    let found = if secret.rotates { "it is rotated" } else { "no rotation" };
    let fix = "set the rotation up in the recovery region after the recovery: what stands alone has none";
    let check = Check::that("secret-rotation", !secret.rotates, found, "no rotation, or one of its own there", fix);
    Check { weight: Weight::Weakens, ..check }
}
