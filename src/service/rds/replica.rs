//! A cross-region read replica is made: on the way back under the old name, of the instance that writes, and once that is
//! gone over to, again on the other side. It is set up as what had the name before.

use super::names::Arn;
use super::settings::DbSettings;
use super::status::{help_for, serves, trouble};
use super::words;
use crate::service::ask::{Ask, Place};
use crate::service::observation::DbInstance;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Image, Look, Verdict, Work};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a verified replica tells the later steps of its component.
pub(super) const REPLICA: &str = "replica_made";

/// A replica called `id` at `place`, of `source` at `of`.
pub(super) struct MakeReplica {
    /// Where the source is.
    pub of: Place,
    /// The instance that writes.
    pub source: String,
    /// Where the replica is to be.
    pub place: Place,
    /// What it is to be called.
    pub id: String,
    /// What had the name before: it is set up as that is, where nothing else is said.
    pub like: String,
    /// How it is to be set up.
    pub settings: Option<DbSettings>,
}

/// What was there before: nothing of that name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Before {
    source: String,
}

impl MakeReplica {
    fn look_source<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.of, &self.source))
    }

    pub(super) fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.place, &self.id))
    }

    /// How it is set up: as was said, or as what had the name before is.
    fn wanted(&self, facts: &Facts<'_>) -> Option<DbSettings> {
        if let Some(settings) = &self.settings {
            return Some(settings.clone());
        }
        facts.see(&words::instance(&self.place, &self.like)).found().map(|like| (*like.settings).clone())
    }

    /// Whether `instance` is a replica of the source, by its whole ARN where that is known.
    pub(super) fn is_of_the_source(&self, instance: &DbInstance, facts: &Facts<'_>) -> bool {
        let Some(of) = &instance.replica_of else { return false };
        match self.look_source(facts) {
            Look::There(source) => *of == source.arn,
            Look::Absent | Look::NotTold(_) => Arn::of(of)
                .is_some_and(|arn| arn.id.eq_ignore_ascii_case(&self.source) && arn.region == self.of.region.as_str()),
        }
    }

    /// What would help one that is in trouble: what was made as a replica holds nothing that its source has not.
    fn help_for_its_trouble(&self, instance: &DbInstance, facts: &Facts<'_>, help: &str) -> String {
        if instance.status.as_str() != "failed" || !self.is_of_the_source(instance, facts) {
            return help.to_owned();
        }
        let (id, region, source) = (&self.id, &self.place.region, &self.source);
        format!(
            "see why (aws rds describe-events --region {region} --source-type db-instance --source-identifier {id}), take it away \
             by hand, which Landfall never does (it is a replica of {source}, and holds nothing else): aws rds \
             delete-db-instance --region {region} --db-instance-identifier {id} --skip-final-snapshot; then retry"
        )
    }

    /// Whether the name is free: RDS makes nothing under one that something has, whatever that is, and no word passes it.
    fn name_check(&self, facts: &Facts<'_>) -> Check {
        let (code, wanted) = ("rds-replica-name", format!("no {} in {}", self.id, self.place.region));
        let instance = match self.look(facts) {
            Look::NotTold(why) => return Check::not_told(code, why, &wanted).of_identity(),
            Look::Absent => return Check::passed(code, format!("the name {} is free", self.id), &wanted),
            Look::There(instance) => instance,
        };
        let (id, status) = (&self.id, &instance.status);
        if !self.is_of_the_source(instance, facts) {
            let (found, fix) = self.another(instance);
            return Check::that(code, false, found, &wanted, &fix).of_identity();
        }
        let fix = match trouble(status) {
            Some(help) => self.help_for_its_trouble(instance, facts, help),
            None => "wait for it, then retry: it is looked at again, and not made twice".to_owned(),
        };
        Check::that(code, false, format!("{id} is {status}"), &wanted, &fix).of_identity()
    }

    /// What else has the name, and what to do about it.
    pub(super) fn another(&self, instance: &DbInstance) -> (String, String) {
        let is = instance.replica_of.as_ref().map_or("no replica".to_owned(), |of| format!("a replica of {of}"));
        let found = format!("{} is there already, and is {is}", self.id);
        (found, format!("see whose it is: a replica of {} is to have that name", self.source))
    }
}

impl Work for MakeReplica {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let mut asks = vec![words::instance(&self.of, &self.source).ask, words::instance(&self.place, &self.id).ask];
        if self.settings.is_none() {
            asks.push(words::instance(&self.place, &self.like).ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (id, region) = (&self.id, &self.place.region);
        let instance = match self.look(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::untouched(format!("there is no {id} in {region}")),
            Look::There(instance) => instance,
        };
        let status = &instance.status;
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), self.help_for_its_trouble(instance, facts, help));
        }
        if status.as_str() == "creating" {
            return Verdict::moving(format!("{id} is being made"));
        }
        if !self.is_of_the_source(instance, facts) {
            let (found, help) = self.another(instance);
            return Verdict::bad(found, help);
        }
        match &instance.replication {
            _ if !serves(status) => Verdict::moving(format!("{id} is {status}")),
            Some(replication) if replication.normal => Verdict::holds(
                format!("{id} is {status}, a replica of {}, {}", self.source, replication.status),
                outputs([(REPLICA, &self.id)]),
            ),
            Some(replication) => {
                let says = replication.message.as_ref().map_or_else(String::new, |message| format!(": {message}"));
                Verdict::moving(format!("{id} is {status}, its replication {}{says}", replication.status))
            }
            None => Verdict::moving(format!("{id} is {status}, and its replication is not told yet")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.name_check(facts)];
        let (code, wanted) = ("rds-source-writes", format!("{} in {}, a writer", self.source, self.of.region));
        match self.look_source(facts) {
            Look::NotTold(why) => checks.push(Check::not_told(code, why, &wanted).of_identity()),
            Look::Absent => {
                let found = format!("no instance {} in {}", self.source, self.of.region);
                checks.push(Check::that(code, false, found, &wanted, "see which instance writes").of_identity());
            }
            Look::There(source) => {
                let found = match &source.replica_of {
                    Some(of) => format!("{} is a replica itself, of {of}", source.id),
                    None => format!("{} is {}, a writer", source.id, source.status),
                };
                let fix = "see which instance writes";
                checks.push(Check::that(code, source.replica_of.is_none(), found, &wanted, fix).of_identity());
                checks.push(Check::that(
                    "rds-source-status",
                    serves(&source.status),
                    source.status.as_str(),
                    "available",
                    help_for(&source.status),
                ));
                let days = source.backup_retention_days;
                let fix = "give it a backup retention: RDS makes replicas only of what is backed up";
                let found = format!("{days} days");
                checks.push(Check::that("rds-source-backups", days > 0, found, "backups of a day or more", fix));
            }
        }
        match self.wanted(facts) {
            None => {
                let wanted = format!("{} to be copied from, or its settings", self.like);
                checks.push(Check::unanswered("rds-replica-settings", "how it is to be set up is not known", &wanted));
            }
            Some(settings) => {
                let is_encrypted = settings.encrypted == Some(true);
                let found = match (&settings.kms_key, is_encrypted) {
                    (Some(key), _) => key.to_string(),
                    (None, true) => "encrypted, and no key of the region is known".to_owned(),
                    (None, false) => "not encrypted".to_owned(),
                };
                let fix = "give `kms_key` in from_run.settings: a replica in another region needs a key of that region";
                let holds = !is_encrypted || settings.kms_key.is_some();
                checks.push(Check::that("rds-replica-key", holds, found, "a key of the replica's region", fix));
            }
        }
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let Look::There(source) = self.look_source(facts) else { return None };
        let operation = Operation::Rds(RdsOperation::CreateReadReplica {
            id: self.id.as_str().into(),
            source: source.arn.clone(),
            settings: Box::new(self.wanted(facts)?),
        });
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, _facts: &Facts<'_>) -> Value {
        Before { source: self.source.clone() }.kept()
    }
}

/// What is asked about only once there is a replica.
pub(super) struct NotMadeYet;

impl Work for NotMadeYet {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::untouched("the replica is still to be made")
    }
}

/// Nothing is deleted on the way back from the way back: what was made stays, and is listed.
pub(super) struct Stays {
    pub id: String,
}

impl Work for Stays {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::holds(format!("{} stays as it is: nothing is deleted", self.id), crate::service::work::Outputs::new())
    }
}
