//! An object is put or deleted: by whether it is there, an inverted health check tells which side serves. S3's data plane in
//! the recovery region is all that it needs.

use super::fields::Said;
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Intent, Weight};
use crate::service::ask::{Ask, DnsQuery, Place};
use crate::service::observation::{Bucket, HealthCheck};
use crate::service::operation::{self, Act};
use crate::service::route53::health_check;
use crate::service::s3::words::{self, Operation};
use crate::service::say::outputs;
use crate::service::turned::own_side;
use crate::service::work::{Asked, Check, Facts, Image, Look, Verdict, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An object is there, or is not.
pub(super) struct Flip {
    pub place: Place,
    pub bucket: Clean,
    pub key: Clean,
    pub present: bool,
    /// The health check that is to watch it, where that is looked at.
    pub check: Option<Clean>,
}

/// How it was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Before {
    /// Whether the object was there.
    pub present: bool,
    /// Its VersionId then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Clean>,
}

impl Flip {
    pub fn of(component: &Component, application: &Application, intent: Intent) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        let place = Place::of(component, application, own_side(component));
        // A failover asks no control plane: that of Route 53 may be in the region that fails.
        let check = said.health_check.filter(|_| intent != Intent::Failover).map(Into::into);
        Ok(Self { place, bucket: said.bucket.into(), key: said.object.into(), present: said.present, check })
    }

    /// The way back, if there is one.
    pub fn back(self, before: &Value) -> Option<Self> {
        let before = Before::of_journal(before)?;
        (before.present != self.present).then_some(Self { present: before.present, check: None, ..self })
    }

    fn is(present: bool) -> &'static str {
        if present { "there" } else { "not there" }
    }

    fn of_the_region(&self, seen: Look<'_, Bucket>) -> Check {
        let (name, region) = (&self.bucket, &self.place.region);
        let wanted = format!("{name} a bucket of {region}");
        let fix = "name a bucket of the recovery region: it must be reached when the other is not";
        let found = match seen {
            Look::NotTold(why) => return Check::not_told("switch-bucket", why, &wanted).of_identity(),
            Look::Absent => format!("no bucket {name}"),
            Look::There(bucket) if bucket.region.as_str() == region.as_str() => {
                return Check::passed("switch-bucket", "it is", &wanted).of_identity();
            }
            Look::There(bucket) => format!("a bucket of {}", bucket.region),
        };
        Check::that("switch-bucket", false, found, &wanted, fix).of_identity()
    }

    /// Whether the health check turns what this does into another answer.
    fn is_watched(&self, id: &Clean, seen: Look<'_, HealthCheck>) -> Check {
        let wanted = format!("{id} an inverted check of {}/{}", self.bucket, self.key);
        let fix = "let it ask for the object by HTTPS, inverted and not disabled: its presence has to make the other side unhealthy";
        let found = match seen {
            Look::NotTold(why) => {
                return Check { weight: Weight::Weakens, ..Check::not_told("switch-checked", why, &wanted) };
            }
            Look::Absent => format!("no health check {id}"),
            Look::There(check) if !check.asks_for(&self.bucket, &self.key) => format!("it asks for {}", check.target()),
            Look::There(check) if check.disabled => "it is disabled, and healthy whatever is there".to_owned(),
            Look::There(check) if !check.inverted => "it is not inverted".to_owned(),
            Look::There(check) => return Check::passed("switch-checked", check.target(), &wanted),
        };
        Check::that("switch-checked", false, found, &wanted, fix)
    }
}

impl Work for Flip {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let mut asks = vec![words::object(&self.place, &self.bucket, &self.key).ask];
        if *asked == Asked::No {
            asks.push(words::bucket(&self.place, &self.bucket).ask);
            asks.extend(self.check.iter().map(|id| self.place.ask(DnsQuery::HealthCheck { id: id.clone() })));
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let key = &self.key;
        if *facts.asked == Asked::No
            && let Look::There(bucket) = facts.see(&words::bucket(&self.place, &self.bucket))
            && bucket.region.as_str() != self.place.region.as_str()
        {
            return Verdict::untouched(format!("{} is a bucket of {}", self.bucket, bucket.region));
        }
        let is_there = match facts.see(&words::object(&self.place, &self.bucket, key)) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::There(_) => true,
            Look::Absent => false,
        };
        if is_there != self.present {
            return Verdict::untouched(format!("{key} is {}", Self::is(is_there)));
        }
        // That an object is not there proves nothing before its bucket is seen.
        let bucket = facts.see(&words::bucket(&self.place, &self.bucket));
        match (bucket, facts.asked) {
            (Look::There(_), _) | (_, Asked::Taken { .. } | Asked::Unanswered { .. }) => {
                Verdict::holds(format!("{key} of {} is {}", self.bucket, Self::is(is_there)), outputs([]))
            }
            (Look::Absent, Asked::No) => Verdict::bad(format!("there is no bucket {}", self.bucket), "name the bucket"),
            (Look::NotTold(why), Asked::No) => Verdict::unknown(why),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let bucket = facts.see(&words::bucket(&self.place, &self.bucket));
        let watched = self.check.iter().map(|id| self.is_watched(id, facts.see(&health_check(&self.place, id))));
        [self.of_the_region(bucket)].into_iter().chain(watched).collect()
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let (bucket, key) = (self.bucket.clone(), self.key.clone());
        let operation = match self.present {
            true => Operation::PutMarker { bucket, key },
            false => Operation::DeleteMarker { bucket, key },
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::S3(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let before = match facts.see(&words::object(&self.place, &self.bucket, &self.key)) {
            Look::There(object) => Before { present: true, version: object.version.clone() },
            Look::Absent => Before { present: false, version: None },
            Look::NotTold(_) => return Value::Null,
        };
        before.kept()
    }
}
