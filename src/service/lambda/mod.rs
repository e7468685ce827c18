//! `lambda`: a function of the recovery region is of its version, has its concurrency and gets its events, and the one of
//! the old side gets none. Knows nothing of how Lambda is called.

mod alias;
mod concurrency;
mod events;
pub(super) mod fields;
mod readiness;
pub(super) mod ready;
mod steps;
#[cfg(test)]
mod tests;
mod turned;
mod watched;
pub(super) mod words;

use super::arn;
use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, Hole, On, When, of_field, text_at};
use super::operation::Receipt;
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{Done, Turned};
use super::work::{Health, Image, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Side, Step};
use crate::text::Clean;
use alias::Point;
use concurrency::{Reserve, Wanted};
use events::Turn;
use fields::Said;
use ready::Ready;

/// The kind.
pub struct Lambda;

/// The functions of both sides, and their aliases.
const FUNCTIONS: &[On] = &[
    On::Named("lambda:{recovery-place}:function:{function}"),
    On::Named("lambda:{recovery-place}:function:{function}:*"),
    On::Named("lambda:{primary-place}:function:{old.function}"),
    On::Named("lambda:{primary-place}:function:{old.function}:*"),
];
/// A mapping has a number that only Lambda knows.
const MAPPINGS: &[On] = &[On::Named("lambda:{place}:event-source-mapping:*")];

impl Kind for Lambda {
    fn name(&self) -> &'static str {
        "lambda"
    }
    fn about(&self) -> &'static str {
        "points a Lambda function's alias at a version, reserves its concurrency and lets its events come; lets none come to the old one any more"
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
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        match Said::of(&component.fields) {
            Ok(said) if intent == Intent::Failback => turned::steps(component, &said),
            Ok(said) => steps::drafts(&component.name, &said, intent),
            Err(_) => Vec::new(),
        }
    }
}

impl Service for Lambda {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let named = [
            ("function", said.function.as_str()),
            ("alias", said.alias.as_deref().unwrap_or_default()),
            ("version", said.version.as_deref().unwrap_or_default()),
        ];
        let old = said.old.as_ref().map(|old| ("old", old.function.as_str()));
        let sources = said.event_sources.iter().map(|source| ("event_sources", source.as_str()));
        let old_sources = said.old.iter().flat_map(|old| &old.event_sources).map(|source| ("old", source.as_str()));
        let fields: Vec<(&str, &str)> = named.into_iter().chain(old).chain(sources).chain(old_sources).collect();
        if let Some(unnamed) = Unnamed::of(&fields) {
            return Box::new(unnamed);
        }
        let of = |side| Place::of(context.component, &context.plan.application, side);
        if let Some(back) = turned::work(step, context.component, &said, of(Side::Primary)) {
            return back;
        }
        work(step, &said, &of).unwrap_or_else(|| Box::new(Blocked::unknown_step(step)))
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok()?;
        let of = |side| Place::of(context.component, &context.plan.application, side);
        match step.id.action() {
            turned::ALIAS | turned::CONCURRENCY => {
                turned::compensation(step.id.action(), context.component, &said, of(Side::Primary), before)
            }
            "alias" => {
                let point = pointing(&said, of(Side::Recovery))?;
                let was = Image::of_journal(before)?;
                Some(Box::new(Point { from: Some(point.to), to: was, ..point }))
            }
            "concurrency" => {
                let wanted = Wanted::Back { was: Image::of_journal(before)?, from: said.concurrency? };
                Some(Box::new(Reserve { wanted, place: of(Side::Recovery), function: said.function.into() }))
            }
            action => {
                let turn = turning(action, &said, &of)?;
                let was: events::Was = Image::of_journal(before)?;
                let on = !turn.on;
                Some(Box::new(Turn { source: was.uuid, on, needs_room: false, ..turn }))
            }
        }
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        watched::health(component, application, side)
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        readiness::of(component, plan)
    }
    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(&["lambda:GetFunctionConfiguration"], FUNCTIONS),
                Grant::look(&["lambda:GetAccountSettings"], ANY),
                Grant::look(&["lambda:GetAlias"], FUNCTIONS).with("version"),
                Grant::look(&["lambda:GetFunctionConcurrency"], FUNCTIONS).with("concurrency"),
                Grant::look(&["lambda:GetFunctionConcurrency"], FUNCTIONS).with("event_sources"),
                Grant::look(&["lambda:ListEventSourceMappings"], ANY).with("event_sources"),
                Grant::look(&["lambda:ListEventSourceMappings"], ANY).with("old"),
                Grant::act("fence", &["lambda:UpdateEventSourceMapping"], MAPPINGS).when(&[When {
                    by: "ArnLike",
                    key: "lambda:FunctionArn",
                    is: &[
                        "arn:{partition}:lambda:{place}:function:{old.function}",
                        "arn:{partition}:lambda:{place}:function:{old.function}:*",
                    ],
                }]),
                Grant::act("alias", &["lambda:UpdateAlias"], &[On::Named("lambda:{place}:function:{function}")]),
                Grant::act(
                    "concurrency",
                    &["lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"],
                    &[On::Named("lambda:{place}:function:{function}")],
                ),
                // Of a failback.
                Grant::look_for("standby-alias", &["lambda:GetAlias"], FUNCTIONS),
                Grant::look_for("standby-concurrency", &["lambda:GetFunctionConcurrency"], FUNCTIONS),
                Grant::act(
                    "standby-alias",
                    &["lambda:UpdateAlias"],
                    &[On::Named("lambda:{place}:function:{old.function}")],
                ),
                Grant::act(
                    "standby-concurrency",
                    &["lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"],
                    &[On::Named("lambda:{place}:function:{old.function}")],
                ),
                Grant::act("events", &["lambda:UpdateEventSourceMapping"], MAPPINGS).when(&[When {
                    by: "ArnLike",
                    key: "lambda:FunctionArn",
                    is: &[
                        "arn:{partition}:lambda:{place}:function:{function}",
                        "arn:{partition}:lambda:{place}:function:{function}:*",
                    ],
                }]),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        match (name, text_at(component, name)) {
            ("function" | "old.function", Some(given)) if !has_reference(given) => {
                // The name alone: not what comes behind it.
                let named = arn::Arn::parse(given).map_or(given, |arn| arn.resource);
                let named = named.strip_prefix("function:").unwrap_or(named);
                Hole::Text(named.split(':').next().unwrap_or(named).to_owned())
            }
            _ => of_field(component, name),
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "function": "orders-worker", "alias": "live", "version": "7", "concurrency": 50,
            "event_sources": ["arn:aws:sqs:eu-central-1:111122223333:orders"],
            "old": {
                "function": "orders-worker",
                "event_sources": ["arn:aws:sqs:eu-west-1:111122223333:orders"],
            },
        })
    }
}

/// The work of a step; `None` for one that this plan does not have.
fn work(step: &Step, said: &Said, of: &dyn Fn(Side) -> Place) -> Option<Box<dyn Work>> {
    match step.id.action() {
        "ready" => {
            let qualifier = said.version.as_ref().or(said.alias.as_ref()).map(|of| Clean::new(of));
            let old = said.old.as_ref().map(|old| (of(Side::Primary), Clean::new(&old.function)));
            Some(Box::new(Ready { place: of(Side::Recovery), function: Clean::new(&said.function), qualifier, old }))
        }
        "alias" => Some(Box::new(pointing(said, of(Side::Recovery))?)),
        "concurrency" => {
            let wanted = Wanted::AtLeast(said.concurrency?);
            Some(Box::new(Reserve { wanted, place: of(Side::Recovery), function: Clean::new(&said.function) }))
        }
        action => Some(Box::new(turning(action, said, of)?)),
    }
}

fn pointing(said: &Said, place: Place) -> Option<Point> {
    let to = alias::Was { version: Clean::new(said.version.as_ref()?), weights: Default::default() };
    let (function, alias) = (Clean::new(&said.function), Clean::new(said.alias.as_ref()?));
    Some(Point { place, function, alias, to, from: None })
}

/// What a step does to the mapping of the event source that it is of.
fn turning(action: &str, said: &Said, of: &dyn Fn(Side) -> Place) -> Option<Turn> {
    let nth = |actions: &[&str]| actions.iter().position(|known| *known == action);
    if let Some(nth) = nth(&steps::FENCES) {
        let old = said.fenced()?;
        let source = Clean::new(old.event_sources.get(nth)?);
        let function = Clean::new(&old.function);
        let mapped = function.clone();
        return Some(Turn { place: of(Side::Primary), function, mapped, source, on: false, needs_room: false });
    }
    let source = Clean::new(said.event_sources.get(nth(&steps::EVENTS)?)?);
    let (function, mapped) = (Clean::new(&said.function), mapped(said));
    Some(Turn { place: of(Side::Recovery), function, mapped, source, on: true, needs_room: said.concurrency.is_none() })
}

/// What the events of the recovery region come to: the alias where there is one.
fn mapped(said: &Said) -> Clean {
    match &said.alias {
        Some(alias) => Clean::new(&format!("{}:{alias}", said.function)),
        None => Clean::new(&said.function),
    }
}
