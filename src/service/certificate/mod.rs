//! `certificate`: the recovery region has a certificate for a name that clients ask for, issued, and valid for long enough.
//! Certificates are of one region; a failover makes none: validation takes DNS, and up to hours. Changes nothing.

pub(super) mod fields;
mod names;
mod ready;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, On};
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{self, Done, Turned};
use super::work::{Health, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step};
use fields::Said;
use ready::Ready;

/// The kind.
pub struct Certificate;

impl Kind for Certificate {
    fn name(&self) -> &'static str {
        "certificate"
    }
    fn about(&self) -> &'static str {
        "verifies that the recovery region has an issued certificate for a name, valid for long enough"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["arn"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let title = format!("see that {} is issued and valid", component.name);
        vec![Draft::look("ready", title, Side::Recovery, 2.0, 60.0)]
    }
}

impl Service for Certificate {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let ready = match Ready::of(context.component, &context.plan.application) {
            Ok(ready) => ready,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if let Some(unnamed) = Unnamed::of(&[("domain", ready.domain.as_str())]) {
            return Box::new(unnamed);
        }
        match step.id.action() {
            "ready" => Box::new(ready),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        match (side, Ready::of(component, application)) {
            (Side::Recovery, Ok(ready)) if !has_reference(&ready.domain) => {
                Some(Looked::new([ready.want().ask], move |facts| ready.health(facts)))
            }
            _ => None,
        }
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        Ok(turned::looked(component, done))
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(&["acm:ListCertificates"], ANY),
                Grant::look(&["acm:DescribeCertificate"], &[On::Named("acm:{place}:certificate/*")]),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "domain": "shop.example.com", "days": 14, "in_use": true })
    }
}
