//! `s3`: a bucket that another is replicated to is used in its place. Nothing is promoted: what was written in the other and
//! has not come is missing until it can. Knows nothing of how S3 is called.

pub mod fields;
mod readiness;
mod ready;
#[cfg(test)]
mod tests;
pub mod words;

use super::ask::{Ask, Place};
use super::blocked::Blocked;
use super::grants::{ANY, Grant, On};
use super::observation::LagSample;
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::turned::{Done, Turned};
use super::work::{Facts, Health, HealthLevel, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Plan, Problem, Role, Side, Step};
use crate::text::Clean;
use fields::Said;
use ready::Ready;

/// The kind.
pub struct S3;

impl Kind for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }
    fn about(&self) -> &'static str {
        "verifies that the bucket that S3 replicates to can be used, in a switchover that nothing more waits to be replicated, and tells how far it is behind and what failed"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["bucket"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let title = format!("use the copy of {}", component.name);
        let (expected, timeout) = match intent {
            Intent::Failover => (2.0, 60.0),
            // What waits is counted once a minute, and told a minute or two later.
            Intent::Switchover | Intent::Failback => (150.0, 900.0),
        };
        let ready = Draft::look("ready", title, Side::Recovery, expected, timeout).part(Role::Copy);
        vec![ready.gated(application.loss_gate(component).into_iter().collect())]
    }
}

impl Service for S3 {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let ready = Ready::of(context.component, &context.plan.application, context.intent);
        match (ready, step.id.action()) {
            (Err(missing), _) => Box::new(Blocked::missing(missing)),
            (Ok(ready), "ready") => Box::new(ready),
            (Ok(_), _) => Box::new(Blocked::unknown_step(step)),
        }
    }
    /// In the region of the destination, whether anything is replicated or not (Amazon S3 User Guide, "Using S3
    /// Replication metrics").
    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let said = Said::of(&component.fields).ok()?;
        Some(words::lag(&Place::of(component, application, Side::Recovery), &said.pair()).ask)
    }
    /// What failed to be replicated stays behind, however small the lag of the rest is.
    fn weigh_lag(
        &self,
        component: &Component,
        application: &Application,
        sample: LagSample,
        facts: &Facts<'_>,
    ) -> LagSample {
        let Ok(said) = Said::of(&component.fields) else { return sample };
        let old = Place::of(component, application, Side::Primary);
        match facts.see(&words::failed(&old, &said.pair())) {
            Look::There(failed) if failed.total > 0.0 => {
                let instead = format!("{:.0} changes failed to be replicated of late", failed.total);
                let sampled_at = [sample.sampled_at, failed.newest.map(|(at, _)| at), Some(facts.now)];
                LagSample {
                    seconds: None,
                    sampled_at: sampled_at.into_iter().flatten().max(),
                    instead: Some(Clean::new(&instead)),
                }
            }
            Look::There(_) | Look::Absent | Look::NotTold(_) => sample,
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Some(Looked::new([], move |_| Health::not_told(&missing.to_string()))),
        };
        let at = Place::of(component, application, side);
        let (pair, region) = (said.pair(), at.region.clone());
        let (name, failed) = match side {
            Side::Primary => (&pair.source, Some(words::failed(&at, &pair).ask)),
            Side::Recovery => (&pair.destination, None),
        };
        let want = words::bucket(&at, name);
        let asks = [want.ask.clone()].into_iter().chain(failed);
        Some(Looked::new(asks, move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, "there is no such bucket"),
            Look::There(bucket) if bucket.region.as_str() != region.as_str() => {
                Health::new(HealthLevel::Down, format!("it is of {}", bucket.region))
            }
            Look::There(_) => Health::new(HealthLevel::Up, "answers"),
        }))
    }
    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        let said = Said::of(&component.fields);
        said.map(|said| readiness::of(&said, component, &plan.application)).unwrap_or_default()
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let mut turned = Turned::of(component).remembering(component);
        turned.set("primary", said.recovery.as_str().into());
        turned.set("recovery", said.primary.as_str().into());
        // It is a rule of the other bucket.
        turned.set("rule", serde_json::Value::Null);
        let (there, back) = (&done.application.recovery, &said.primary);
        turned
            .notes
            .push(format!("what was written in {there} is replicated to {back} by a rule of {} alone", said.recovery));
        turned.diverged.push(format!(
            "objects of {} that were not replicated: see its replication status FAILED and PENDING",
            said.primary
        ));
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &["s3:ListBucket", "s3:GetBucketVersioning", "s3:GetReplicationConfiguration"],
                    &[On::Named("s3:::{primary}"), On::Named("s3:::{recovery}")],
                ),
                // The key that its rules name.
                Grant::look(&["kms:DescribeKey"], &[On::Made("kms:{recovery-place}:key/*")]),
                Grant::look(&["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], ANY),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "primary": "media-east", "recovery": "media-west" })
    }
}
