//! The simulated AWS Lambda: functions with an alias, concurrency and event source mappings that take time to change.

use super::database::ACCOUNT;
use super::fault::FaultKind;
use super::invoke;
use super::kind::{Program, Simulated};
use super::trouble::progress;
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{Concurrency, EventMapping, Function as Seen, FunctionAlias, Settings};
use crate::service::{LambdaObservation, LambdaOperation, LambdaQuery, Observation, Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How long a mapping takes to change, in seconds.
const CHANGES: (f64, f64) = (8.0, 30.0);

/// A function: what of it changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Function {
    reserved: Option<u64>,
    /// What each alias is of, with the shares of other versions, and how often that was changed.
    aliases: BTreeMap<String, (Clean, BTreeMap<Clean, f64>, u64)>,
    mappings: Vec<Mapping>,
}

/// An event source mapping.
#[derive(Clone, Debug)]
struct Mapping {
    uuid: Clean,
    source: Clean,
    /// The alias that it is of.
    alias: Option<String>,
    on: bool,
    /// When it was changed last, and how long that takes, in seconds.
    changed: Option<(Timestamp, f64)>,
}

/// A function's name and what of it is meant: `arn:…:function:NAME:ALIAS`, `NAME:ALIAS`, `NAME`.
fn parts(given: &str) -> (&str, Option<&str>) {
    let rest = given.rsplit_once(":function:").map_or(given, |(_, rest)| rest);
    rest.split_once(':').map_or((rest, None), |(name, alias)| (name, Some(alias)))
}

pub(super) fn key(region: &Region, given: &str) -> String {
    format!("{region}/lambda/{}", parts(given).0)
}

/// What the mapping of `source` to the function `given` is called: as the plan calls it, where that is no ARN.
fn uuid(given: &str, source: &str) -> Clean {
    match source.strip_prefix("arn:").and_then(|rest| rest.rsplit(':').next()) {
        Some(name) => Clean::new(&format!("{}-of-{name}", parts(given).0)),
        None => Clean::new(source),
    }
}

fn mapping_key(region: &Region, uuid: &str) -> String {
    format!("{region}/mapping/{uuid}")
}

/// The revision of an alias that was changed so often.
fn revision(changes: u64) -> Clean {
    Clean::new(&format!("r{changes}"))
}

impl World {
    fn function(&self, region: &Region, given: &str) -> Option<&Function> {
        self.functions.get(&key(region, given))
    }

    /// The key of the function that a mapping is of.
    fn mapped(&self, region: &Region, uuid: &str) -> Option<String> {
        let of_region = |key: &&String| key.starts_with(&format!("{region}/"));
        let has = |function: &Function| function.mappings.iter().any(|mapping| mapping.uuid.as_str() == uuid);
        self.functions.keys().filter(of_region).find(|key| has(&self.functions[*key])).cloned()
    }

    fn state(&self, key: &str, mapping: &Mapping, at: Timestamp) -> &'static str {
        let stuck = self.troubles.windows(FaultKind::EventsStuck, key);
        let is_over = mapping.changed.is_none_or(|(since, takes)| progress((since, 0.0, takes), &stuck, at) >= takes);
        match (mapping.on, is_over) {
            (true, true) => "Enabled",
            (true, false) => "Enabling",
            (false, true) => "Disabled",
            (false, false) => "Disabling",
        }
    }

    fn mappings(&self, region: &Region, given: &str, at: Timestamp) -> Option<Vec<EventMapping>> {
        let function = self.function(region, given)?;
        let (key, (_, alias)) = (key(region, given), parts(given));
        let own = function.mappings.iter().filter(|mapping| mapping.alias.as_deref() == alias);
        let told = own.map(|mapping| EventMapping {
            uuid: mapping.uuid.clone(),
            source: Some(mapping.source.clone()),
            state: self.state(&key, mapping, at).into(),
            reason: None,
            last: mapping.on.then(|| "OK".into()),
        });
        Some(told.collect())
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &LambdaQuery) -> Option<String> {
    match query {
        LambdaQuery::LambdaSettings => None,
        LambdaQuery::Function { function, .. }
        | LambdaQuery::FunctionConcurrency { function }
        | LambdaQuery::FunctionAlias { function, .. }
        | LambdaQuery::EventMappings { function } => Some(key(region, function)),
    }
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &LambdaQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &LambdaQuery, at: Timestamp) -> Observation {
    match query {
        LambdaQuery::Function { function, qualifier } => {
            let name = parts(function).0;
            let seen = world.function(region, function).map(|_| Seen {
                arn: Clean::new(&format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}")),
                version: qualifier.clone().unwrap_or_else(|| "$LATEST".into()),
                state: "Active".into(),
                reason: None,
                update: "Successful".into(),
                update_reason: None,
                code: Some("sim".into()),
            });
            LambdaObservation::Function { function: seen }
        }
        LambdaQuery::FunctionConcurrency { function } => {
            let concurrency = world.function(region, function).map(|found| Concurrency { reserved: found.reserved });
            LambdaObservation::FunctionConcurrency { concurrency }
        }
        // Room enough for everything.
        LambdaQuery::LambdaSettings => {
            LambdaObservation::LambdaSettings { settings: Some(Settings { most: 100_000, unreserved: 100_000 }) }
        }
        LambdaQuery::FunctionAlias { function, alias } => {
            let found = world.function(region, function).and_then(|found| found.aliases.get(alias.as_str()));
            let alias = found.map(|(version, weights, changes)| FunctionAlias {
                arn: Clean::new(&format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{}:{alias}", parts(function).0)),
                version: version.clone(),
                weights: weights.clone(),
                revision: revision(*changes),
            });
            LambdaObservation::FunctionAlias { alias }
        }
        LambdaQuery::EventMappings { function } => {
            LambdaObservation::EventMappings { mappings: world.mappings(region, function, at) }
        }
    }
    .into()
}

/// What an operation is about: a mapping is called by no function's name.
pub(super) fn about(region: &Region, operation: &LambdaOperation) -> Vec<String> {
    match operation {
        LambdaOperation::SetEventMapping { uuid, .. } => vec![mapping_key(region, uuid)],
        LambdaOperation::PointAlias { function, .. }
        | LambdaOperation::ReserveConcurrency { function, .. }
        | LambdaOperation::ReleaseConcurrency { function }
        | LambdaOperation::InvokeFunction { function, .. } => vec![key(region, function)],
    }
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &LambdaOperation, at: Timestamp) -> Option<Refusal> {
    let absent = |what: &str| Some(Refusal::new("ResourceNotFoundException", &format!("{what} does not exist")));
    match operation {
        LambdaOperation::SetEventMapping { uuid, .. } => {
            let Some(key) = world.mapped(region, uuid) else { return absent(uuid) };
            let is_changing = world.functions[&key].mappings.iter().any(|mapping| {
                mapping.uuid == *uuid && !matches!(world.state(&key, mapping, at), "Enabled" | "Disabled")
            });
            is_changing.then(|| Refusal::new("ResourceInUseException", "the event source mapping is in use"))
        }
        LambdaOperation::PointAlias { function, alias, revision, .. } => {
            let found = world.function(region, function).and_then(|found| found.aliases.get(alias.as_str()));
            let Some((_, _, changes)) = found else { return absent(alias) };
            let is_newest = self::revision(*changes) == *revision;
            let words = "the revision id is not the latest";
            (!is_newest).then(|| Refusal::new("PreconditionFailedException", words))
        }
        LambdaOperation::InvokeFunction { function, .. } => match world.function(region, function) {
            Some(found) if found.reserved == Some(0) => {
                Some(Refusal::new("TooManyRequestsException", "Rate Exceeded."))
            }
            Some(_) => None,
            None => absent(function),
        },
        LambdaOperation::ReserveConcurrency { function, .. } | LambdaOperation::ReleaseConcurrency { function } => {
            if world.function(region, function).is_some() {
                None
            } else {
                absent(function)
            }
        }
    }
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &LambdaOperation, at: Timestamp) -> Receipt {
    if let LambdaOperation::InvokeFunction { function, payload, .. } = operation {
        return invoke::take(world, &key(region, function), payload.as_deref(), at);
    }
    let key = match operation {
        LambdaOperation::SetEventMapping { uuid, .. } => world.mapped(region, uuid),
        LambdaOperation::PointAlias { function, .. }
        | LambdaOperation::ReserveConcurrency { function, .. }
        | LambdaOperation::ReleaseConcurrency { function }
        | LambdaOperation::InvokeFunction { function, .. } => Some(key(region, function)),
    };
    let dice = world.dice;
    let Some(function) = key.and_then(|key| world.functions.get_mut(&key)) else { return Receipt::default() };
    match operation {
        LambdaOperation::SetEventMapping { uuid, enabled } => {
            for mapping in function.mappings.iter_mut().filter(|mapping| mapping.uuid == *uuid) {
                if mapping.on != *enabled {
                    let takes = dice.between(&format!("{uuid} changes {enabled}"), CHANGES.0, CHANGES.1);
                    (mapping.on, mapping.changed) = (*enabled, Some((at, takes)));
                }
            }
            Receipt::default()
        }
        LambdaOperation::PointAlias { alias, version, weights, .. } => {
            let changes = function.aliases.get(alias.as_str()).map_or(0, |(_, _, changes)| *changes) + 1;
            function.aliases.insert(alias.to_string(), (version.clone(), weights.clone(), changes));
            Receipt { id: Some(revision(changes)), exit: None }
        }
        LambdaOperation::ReserveConcurrency { executions, .. } => {
            function.reserved = Some(*executions);
            Receipt::default()
        }
        LambdaOperation::ReleaseConcurrency { .. } => {
            function.reserved = None;
            Receipt::default()
        }
        LambdaOperation::InvokeFunction { .. } => Receipt::default(),
    }
}

/// The kind `lambda`: a function that gets events on the old side, and one on the other that gets none.
pub(super) struct Lambda;

impl Lambda {
    fn names(component: &Component) -> Option<(said::Lambda, Vec<(Side, String)>)> {
        let said = said::Lambda::of(&component.fields).ok()?;
        let mut names = vec![(Side::Recovery, said.function.clone())];
        names.extend(said.old.iter().map(|old| (Side::Primary, old.function.clone())));
        Some((said, names))
    }
}

impl Simulated for Lambda {
    fn stand(&self, world: &mut World, component: &Component) {
        let Some((said, names)) = Self::names(component) else { return };
        for (side, given) in names {
            let region = world.plan.application.region(side).clone();
            let is_new = side == Side::Recovery;
            let sources = match &said.old {
                _ if is_new => said.event_sources.as_slice(),
                Some(old) => old.event_sources.as_slice(),
                None => &[],
            };
            let alias = if is_new { said.alias.clone() } else { parts(&given).1.map(str::to_owned) };
            let key = key(&region, &given);
            let function = world.functions.entry(key.clone()).or_default();
            if let Some(alias) = &alias {
                function.aliases.entry(alias.clone()).or_insert_with(|| ("1".into(), BTreeMap::new(), 1));
            }
            for source in sources {
                let uuid = uuid(&given, source);
                let (source, alias) = (Clean::new(source), alias.clone());
                function.mappings.push(Mapping { uuid, source, alias, on: !is_new, changed: None });
            }
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Some((said, names)) = Self::names(component) else { return Vec::new() };
        let mut keys: Vec<String> = names.iter().map(|(side, given)| key(application.region(*side), given)).collect();
        for (side, given) in &names {
            let old = said.old.iter().flat_map(|old| &old.event_sources);
            let sources: Vec<&String> =
                if *side == Side::Recovery { said.event_sources.iter().collect() } else { old.collect() };
            let region = application.region(*side);
            keys.extend(sources.into_iter().map(|source| mapping_key(region, &uuid(given, source))));
        }
        keys
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// As far as events come to it on that side.
    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Some((_, names)) = Self::names(component) else { return false };
        let region = world.plan.application.region(side);
        let Some((_, given)) = names.into_iter().find(|(of, _)| *of == side) else { return true };
        let key = key(region, &given);
        let Some(function) = world.functions.get(&key) else { return false };
        function.reserved != Some(0)
            && function.mappings.iter().all(|mapping| world.state(&key, mapping, at) == "Enabled")
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all = world.functions.iter().map(|(key, function)| {
            let mappings: Map<String, Value> = function
                .mappings
                .iter()
                .map(|mapping| (mapping.source.to_string(), json!(world.state(key, mapping, at))))
                .collect();
            let aliases: Map<String, Value> =
                function.aliases.iter().map(|(name, (version, _, _))| (name.clone(), json!(version))).collect();
            let told = json!({ "reserved": function.reserved, "aliases": aliases, "events": mappings });
            (key.clone(), told)
        });
        let all: Map<String, Value> = all.collect();
        if all.is_empty() { Vec::new() } else { vec![("functions", all)] }
    }
}
