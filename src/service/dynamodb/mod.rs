//! `dynamodb`: a global table is used in the recovery region. Nothing is promoted: both regions take writes, and each gets
//! what was written in the other as soon as it can. Knows nothing of how DynamoDB is called.

pub(super) mod fields;
mod readiness;
mod ready;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::ask::{Ask, Place};
use super::blocked::Blocked;
use super::grants::{ANY, Grant, On};
use super::observation::LagSample;
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::turned::{self, Done, Turned};
use super::work::{Facts, Health, HealthLevel, Look, Looked, Want, Work};
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Role, Side, Step};
use crate::text::Clean;
use fields::Said;
use ready::Ready;
use words::Table;

/// The kind.
pub struct DynamoDb;

impl Kind for DynamoDb {
    fn name(&self) -> &'static str {
        "dynamodb"
    }
    fn about(&self) -> &'static str {
        "verifies that the recovery region's replica of a DynamoDB global table and its indexes can be used, and tells how far it is behind"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["table"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn steps(&self, component: &Component, application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let title = format!("use the copy of {}", component.name);
        let ready = Draft::look("ready", title, Side::Recovery, 2.0, 120.0);
        // What is in every region before it is answered is never behind.
        if said.is_strong() {
            return vec![ready];
        }
        vec![ready.part(Role::Copy).gated(application.loss_gate(component).into_iter().collect())]
    }
}

impl Service for DynamoDb {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        match (Ready::of(context.component, &context.plan.application), step.id.action()) {
            (Err(missing), _) => Box::new(Blocked::missing(missing)),
            (Ok(ready), "ready") => Box::new(ready),
            (Ok(_), _) => Box::new(Blocked::unknown_step(step)),
        }
    }
    /// By the region that is written to: CloudWatch has it nowhere else, and not once that is gone (Amazon DynamoDB
    /// Developer Guide, "Monitoring global tables").
    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let said = Said::of(&component.fields).ok().filter(|said| !said.is_strong())?;
        let place = Place::of(component, application, Side::Primary);
        Some(words::lag(&place, &Clean::new(&said.table), &application.recovery).ask)
    }
    /// A table that nobody writes to has no samples: that is no lag, and does not show that there is none.
    fn weigh_lag(
        &self,
        component: &Component,
        application: &Application,
        sample: LagSample,
        facts: &Facts<'_>,
    ) -> LagSample {
        let want = table_on(component, application, Side::Recovery).ok();
        let seen = want.and_then(|want| facts.see(&want).found());
        if seen.is_some_and(Table::is_strong) {
            let instead =
                "the table is strongly consistent: with `consistency = \"strong\"` in the plan nothing is asked";
            return LagSample { seconds: None, sampled_at: None, instead: Some(instead.into()) };
        }
        match (&sample.seconds, &sample.instead, sample.sampled_at) {
            (None, Some(instead), None) if instead.starts_with("no sample") => {
                let instead = Clean::new(&format!("{instead}: nothing was written there, or nothing replicates"));
                LagSample { instead: Some(instead), ..sample }
            }
            _ => sample,
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let want = match table_on(component, application, side) {
            Ok(want) => want,
            Err(missing) => return Some(Looked::new([], move |_| Health::not_told(&missing.to_string()))),
        };
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, "there is no such table"),
            Look::There(table) => health_of(table),
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
        let mut turned = turned::looked(component, done);
        let region = &done.application.primary;
        let stranded = "what was written there last arrives by itself, and of two writes of one item the later stands";
        turned.diverged.push(format!("the table of {region}: {stranded}; DynamoDB lists neither"));
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &["dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups"],
                    &[On::Named("dynamodb:{place}:table/{table}")],
                ),
                Grant::look(&["cloudwatch:GetMetricData"], ANY),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "table": "carts" })
    }
}

fn health_of(table: &Table) -> Health {
    let at_work = table.indexes.iter().filter(|index| index.status.as_str() == "ACTIVE").count();
    let level = match table.status.as_str() {
        "ACTIVE" if at_work == table.indexes.len() => HealthLevel::Up,
        status if ready::trouble(status).is_some() => HealthLevel::Down,
        _ => HealthLevel::Degraded,
    };
    let indexes = match table.indexes.len() {
        0 => String::new(),
        all => format!(", {at_work}/{all} indexes"),
    };
    Health::new(level, format!("{}{indexes}", table.status))
}

/// The table of one side.
fn table_on(component: &Component, application: &Application, side: Side) -> Result<Want<Table>, Missing> {
    let said = Said::of(&component.fields)?;
    Ok(words::table(&Place::of(component, application, side), &Clean::new(&said.table)))
}
