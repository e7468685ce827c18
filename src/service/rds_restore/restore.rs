//! A database is made again from what was kept of it. What stands under the name already, and this run did not make, is
//! another's: it is no goal that was met before.

use super::fields::{Said, Source};
use crate::service::ask::{Ask, Place};
use crate::service::observation::{AutomatedBackup, DbInstance, DbSnapshot};
use crate::service::operation::{self, Act};
use crate::service::rds::backups::{backup, snapshot};
use crate::service::rds::status::trouble;
use crate::service::rds::words::{Operation, RestoreFrom, instance};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Image, Look, Verdict, Want, Work};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was made, for who takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// DBInstanceIdentifier, which was free.
    pub id: Clean,
}

/// Restores a database.
pub(super) struct Restore {
    pub place: Place,
    pub said: Said,
    /// The run: what it made carries its name.
    pub run: Clean,
}

/// What a database is restored from, of whichever sort.
struct Kept<'a> {
    arn: &'a Clean,
    status: &'a Clean,
    can_be_used: bool,
    engine: &'a Clean,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

const FREE: &str = "give another `instance`, or see whose it is that has that name, and remove it";
const MAKE: &str = "name one that the recovery region has: a replicated automated backup, or a snapshot that was copied there; both are made beforehand";

impl<'a> Kept<'a> {
    fn backup(found: &'a AutomatedBackup) -> Self {
        let can_be_used =
            ["active", "retained", "replicating"].iter().any(|good| found.status.eq_ignore_ascii_case(good));
        let AutomatedBackup { arn, status, engine, earliest, latest } = found;
        Self { arn, status, can_be_used, engine, from: *earliest, until: *latest }
    }

    fn snapshot(found: &'a DbSnapshot) -> Self {
        let can_be_used = found.status.as_str() == "available";
        let DbSnapshot { arn, status, engine, taken_at, .. } = found;
        Self { arn, status, can_be_used, engine, from: *taken_at, until: *taken_at }
    }
}

impl Restore {
    pub fn id(&self) -> Clean {
        // RDS keeps identifiers in lower case.
        Clean::new(&self.said.instance.to_ascii_lowercase())
    }

    fn want(&self) -> Want<DbInstance> {
        instance(&self.place, &self.id())
    }

    fn source_ask(&self) -> Ask {
        let source = self.said.source.as_str().into();
        match self.said.from() {
            Source::Backup => backup(&self.place, &source).ask,
            Source::Snapshot => snapshot(&self.place, &source).ask,
        }
    }

    /// What it is restored from; why that is not told, or that there is none.
    fn kept<'a>(&self, facts: &Facts<'a>) -> Result<Kept<'a>, Option<&'a str>> {
        let source = self.said.source.as_str().into();
        match self.said.from() {
            Source::Backup => told(facts.see(&backup(&self.place, &source))).map(Kept::backup),
            Source::Snapshot => told(facts.see(&snapshot(&self.place, &source))).map(Kept::snapshot),
        }
    }

    /// Why the instance is not as it was asked for; nothing where it is.
    fn differs(&self, found: &DbInstance, kept: Option<&Kept<'_>>) -> Option<String> {
        let settings = &found.settings;
        let missing = self
            .said
            .security_groups
            .iter()
            .find(|wanted| !settings.security_groups.iter().any(|group| group.as_str() == wanted.as_str()));
        let other = |what: &str, wanted: &Option<String>, has: &Option<Clean>| {
            let wanted =
                wanted.as_ref().filter(|wanted| has.as_deref().is_none_or(|has| !has.eq_ignore_ascii_case(wanted)))?;
            let has = has.as_deref().unwrap_or("none");
            Some(format!("its {what} is {has}, not {wanted}"))
        };
        if found.replica_of.is_some() || found.replica_of_cluster.is_some() || found.cluster.is_some() {
            return Some("it is a replica, or a cluster's".to_owned());
        }
        if let Some(kept) = kept.filter(|kept| kept.engine.as_str() != found.engine.as_str()) {
            return Some(format!("it is {}, and what it is restored from is {}", found.engine, kept.engine));
        }
        missing
            .map(|group| format!("it has not the security group {group}"))
            .or_else(|| other("subnet group", &self.said.subnet_group, &settings.subnet_group))
            .or_else(|| other("parameter group", &self.said.parameter_group, &settings.parameter_group))
            .or_else(|| other("class", &self.said.class, &settings.class))
    }

    fn there(&self, found: &DbInstance, facts: &Facts<'_>) -> Verdict {
        if found.restored_by.as_ref() != Some(&self.run) {
            return Verdict::bad(format!("{} is there, and this run did not make it", found.id), FREE);
        }
        if let Some(help) = trouble(&found.status) {
            return Verdict::bad(format!("{} is {}", found.id, found.status), help);
        }
        if found.status.as_str() != "available" {
            return Verdict::moving(found.status.as_str());
        }
        let kept = match self.kept(facts) {
            // It is there whole: what it was made from may be gone by now.
            Err(None) => None,
            Err(Some(why)) => return Verdict::unknown(why),
            Ok(kept) => Some(kept),
        };
        if let Some(differs) = self.differs(found, kept.as_ref()) {
            return Verdict::bad(differs, "set it as the plan says (ModifyDBInstance), then retry");
        }
        let (Some(endpoint), Some(port)) = (&found.endpoint, found.port) else {
            return Verdict::moving("available, and without an endpoint yet");
        };
        let given = outputs([("endpoint", endpoint.as_str()), ("port", &port.to_string())]);
        Verdict::holds(format!("{} is available at {endpoint}; its password is the old one", found.id), given)
    }

    fn window(&self, kept: &Kept<'_>) -> Check {
        let (code, wanted) = ("restore-window", "a moment that it reaches");
        let told = |at: Option<Timestamp>| at.map_or_else(|| "unknown".to_owned(), |at| format!("{at:.0}"));
        let found = format!("it reaches from {} to {}", told(kept.from), told(kept.until));
        let reaches = match self.said.moment() {
            None => kept.until.is_some(),
            Some(moment) => {
                kept.from.is_some_and(|from| from <= moment) && kept.until.is_some_and(|until| moment <= until)
            }
        };
        Check::that(code, reaches, found, wanted, "give a `to` that is within it, or `latest`")
    }
}

fn told<'a, T>(look: Look<'a, T>) -> Result<&'a T, Option<&'a str>> {
    match look {
        Look::There(found) => Ok(found),
        Look::Absent => Err(None),
        Look::NotTold(why) => Err(Some(why)),
    }
}

impl Work for Restore {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask, self.source_ask()]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match (facts.see(&self.want()), facts.asked) {
            (Look::NotTold(why), _) => Verdict::unknown(why),
            (Look::There(found), _) => self.there(found, facts),
            (Look::Absent, Asked::No | Asked::Unanswered { .. }) => Verdict::untouched("nothing is restored yet"),
            (Look::Absent, Asked::Taken { .. }) => Verdict::moving("it is not told of yet"),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("restore-free", format!("no instance {} in {}", self.id(), self.place.region));
        let free = match facts.see(&self.want()) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, true, "it is free", &wanted, ""),
            Look::There(found) => Check::that(code, false, format!("one is there, {}", found.status), &wanted, FREE),
        };
        let (code, wanted) = ("restore-source", format!("{} in {}", self.said.source, self.place.region));
        let kept = match self.kept(facts) {
            Ok(kept) => kept,
            Err(Some(why)) => return vec![free.of_identity(), Check::not_told(code, why, &wanted).of_identity()],
            Err(None) => {
                let check = Check::that(code, false, "there is none", &wanted, MAKE);
                return vec![free.of_identity(), check.of_identity()];
            }
        };
        let is_here = crate::service::arn::elsewhere(kept.arn, &self.place.region).is_none();
        let is_named = !crate::service::arn::is_arn(&self.said.source) || self.said.source == kept.arn.as_str();
        let source = Check::that(code, is_here && is_named, kept.arn.as_str(), &wanted, MAKE);
        let fix = "wait until it can be used, or restore from another";
        let usable = Check::that("restore-status", kept.can_be_used, kept.status.as_str(), "one that can be used", fix);
        vec![free.of_identity(), source.of_identity(), usable, self.window(&kept)]
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let clean = |text: &Option<String>| text.as_deref().map(Clean::new);
        let source = self.said.source.as_str().into();
        let from = match self.said.from() {
            Source::Backup => RestoreFrom::Backup { backup: source, to: self.said.moment() },
            Source::Snapshot => RestoreFrom::Snapshot { snapshot: source },
        };
        let operation = Operation::RestoreDbInstance {
            from,
            id: self.id(),
            class: clean(&self.said.class),
            subnet_group: clean(&self.said.subnet_group),
            security_groups: self.said.security_groups.iter().map(|group| Clean::new(group)).collect(),
            parameter_group: clean(&self.said.parameter_group),
            multi_az: self.said.multi_az,
            run: self.run.clone(),
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Rds(operation) })
    }

    fn before_image(&self, _facts: &Facts<'_>) -> Value {
        Was { id: self.id() }.kept()
    }
}
