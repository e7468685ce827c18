//! How a function is, by itself and by the events that come to it.

use super::events::PROBLEM;
use super::fields::Said;
use super::mapped;
use super::words::{self, EventMapping, Function};
use crate::plan::{Application, Component, Side};
use crate::service::ask::Place;
use crate::service::resolve::has_reference;
use crate::service::work::{Facts, Health, HealthLevel, Look, Looked, Want};
use crate::text::Clean;

/// What is watched of a function.
struct Watched {
    function: Want<Function>,
    mappings: Vec<Want<Vec<EventMapping>>>,
    sources: Vec<Clean>,
}

pub(super) fn health(component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
    let said = Said::of(&component.fields).ok()?;
    let place = Place::of(component, application, side);
    let (function, functions, sources) = match side {
        Side::Recovery => (said.function.clone(), vec![mapped(&said)], said.event_sources),
        Side::Primary => {
            let old = said.old?;
            (old.function.clone(), vec![old.function.into()], old.event_sources)
        }
    };
    if has_reference(&function) || sources.iter().any(|source| has_reference(source)) {
        return None;
    }
    let asked = if sources.is_empty() { Vec::new() } else { functions };
    let watched = Watched {
        function: words::function(&place, &function.into(), None),
        mappings: asked.iter().map(|function| words::mappings(&place, function)).collect(),
        sources: sources.into_iter().map(Into::into).collect(),
    };
    let asks: Vec<_> = [watched.function.ask.clone()]
        .into_iter()
        .chain(watched.mappings.iter().map(|want| want.ask.clone()))
        .collect();
    Some(Looked::new(asks, move |facts| watched.health(facts)))
}

impl Watched {
    fn health(&self, facts: &Facts<'_>) -> Health {
        let function = match facts.see(&self.function) {
            Look::NotTold(why) => return Health::not_told(why),
            Look::Absent => return Health::new(HealthLevel::Down, "no such function"),
            Look::There(function) => function,
        };
        match function.state.as_str() {
            "Active" | "Inactive" => {}
            "Failed" => return Health::new(HealthLevel::Down, "Failed"),
            other => return Health::new(HealthLevel::Degraded, other),
        }
        let mut all: Vec<&EventMapping> = Vec::new();
        for want in &self.mappings {
            match facts.see(want) {
                Look::NotTold(why) => return Health::not_told(why),
                Look::Absent => {}
                Look::There(mappings) => all.extend(mappings),
            }
        }
        let own: Vec<&&EventMapping> = all.iter().filter(|mapping| self.is_own(mapping)).collect();
        if own.len() < self.sources.len() {
            let words = format!("{} of {} event sources mapped", own.len(), self.sources.len());
            return Health::new(HealthLevel::Degraded, words);
        }
        let is = |state: &str| own.iter().filter(|mapping| mapping.state.as_str() == state).count();
        let problem = own.iter().filter_map(|mapping| mapping.last.as_ref()).find(|last| last.starts_with(PROBLEM));
        match (problem, own.len()) {
            (_, 0) => Health::new(HealthLevel::Up, function.state.as_str()),
            (_, count) if is("Disabled") == count => Health::new(HealthLevel::Standby, "no events come"),
            (Some(problem), _) => Health::new(HealthLevel::Degraded, problem.as_str()),
            (None, count) if is("Enabled") == count => {
                Health::new(HealthLevel::Up, format!("{}, events come", function.state))
            }
            (None, count) => {
                Health::new(HealthLevel::Degraded, format!("events of {} of {count} sources come", is("Enabled")))
            }
        }
    }

    fn is_own(&self, mapping: &EventMapping) -> bool {
        self.sources.iter().any(|source| mapping.source.as_ref() == Some(source) || mapping.uuid == *source)
    }
}
