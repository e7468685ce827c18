//! What is simulated of the world around the clouds: addresses that answer once what stands behind them works, and
//! programs that only say that they were run.

use super::dice::seconds;
use super::fault::FaultKind;
use super::keys;
use super::kind::{self, Program};
use super::rds;
use super::world::World;
use crate::plan::reference::{Piece, pieces};
use crate::plan::{Component, Plan, Side};
use crate::service::dns_name::canonical;
use crate::service::observation::TcpAnswer;
use crate::service::observation::{Exit, HttpAnswer};
use crate::service::{HttpProbe, Invocation, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// How a program of a component was run.
pub struct Ran {
    /// The component's place in the plan.
    pub component: usize,
    /// Whether it was its `undo`.
    pub undo: bool,
    /// Whether it ended as wanted.
    pub well: bool,
}

/// The programs that a plan names, by what is run where that is told without a `${…}`.
pub struct Programs {
    plain: HashMap<Vec<String>, Vec<(usize, Program)>>,
    with_references: Vec<(Vec<String>, usize, Program)>,
}

impl Programs {
    /// Those of `plan`.
    pub fn of(plan: &Plan) -> Self {
        let mut programs = Self { plain: HashMap::new(), with_references: Vec::new() };
        for (place, component) in plan.components.iter().enumerate() {
            let named = kind::of(component.kind.as_str()).map_or_else(Vec::new, |kind| kind.programs(component));
            for (program, part) in named.into_iter().filter(|(program, _)| !program.is_empty()) {
                if program.iter().any(|word| word.contains("${")) {
                    programs.with_references.push((program, place, part));
                } else {
                    programs.plain.entry(program).or_default().push((place, part));
                }
            }
        }
        programs
    }

    /// Whose `run` may be, in the plan's order, and what it is to them.
    fn find(&self, run: &[String]) -> Vec<(usize, Program)> {
        let mut found = self.plain.get(run).cloned().unwrap_or_default();
        let referring = self.with_references.iter().filter(|(patterns, ..)| fits_all(patterns, run));
        found.extend(referring.map(|(_, place, part)| (*place, *part)));
        found
    }
}

/// Whether `text` could come of `pattern` once every `${…}` in it is replaced.
pub fn fits(pattern: &str, text: &str) -> bool {
    let Some(pieces) = pieces(pattern) else { return false };
    let mut rest = text;
    let mut is_open = false;
    let last = pieces.iter().rposition(|piece| !matches!(piece, Piece::Text(part) if part.is_empty()));
    for (place, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Reference { .. } => is_open = true,
            Piece::Text(part) if part.is_empty() => {}
            // What a reference gives may hold this text too: only its last occurrence is the pattern's own.
            Piece::Text(part) if is_open && Some(place) == last => return rest.ends_with(part.as_str()),
            Piece::Text(part) => {
                let found = if is_open { rest.find(part) } else { rest.starts_with(part).then_some(0) };
                let Some(found) = found else { return false };
                rest = &rest[found + part.len()..];
                is_open = false;
            }
        }
    }
    is_open || rest.is_empty()
}

fn fits_all(patterns: &[String], texts: &[String]) -> bool {
    patterns.len() == texts.len() && patterns.iter().zip(texts).all(|(pattern, text)| fits(pattern, text))
}

impl World {
    /// One HTTP request at `at`, answered after `millis`.
    pub(super) fn http(&self, probe: &HttpProbe, millis: u64, at: Timestamp) -> HttpAnswer {
        let meant = self.of_kind("http").find_map(|component| {
            let said = said::Http::of(&component.fields).ok()?;
            fits(&said.url, &probe.url).then_some((component, said.expect))
        });
        let silence = |error: &str| HttpAnswer { millis, error: Some(error.into()), ..HttpAnswer::default() };
        let Some((component, expect)) = meant else {
            return silence("no such host in the simulated regions");
        };
        let fault = self.troubles.active(FaultKind::CheckFails, &keys::component(component.name.as_str()), at);
        if let Some(fault) = fault {
            let body = fault.reason.clone().unwrap_or_else(|| "Service Unavailable".to_owned());
            return HttpAnswer { status: Some(503), body, millis, ..HttpAnswer::default() };
        }
        let side = self.side_of_host(host(&probe.url), at);
        if self.troubles.gone_since(self.plan.application.region(side), at).is_some() {
            return silence("no answer: the connection timed out");
        }
        let works = component.needs.iter().all(|need| self.works(need.as_str(), side, at));
        if !works {
            let body = "Service Unavailable".to_owned();
            return HttpAnswer { status: Some(503), body, millis, ..HttpAnswer::default() };
        }
        let status = expect.status.and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        HttpAnswer {
            status: Some(status),
            body: body_for(expect.contains, expect.json),
            millis,
            ..HttpAnswer::default()
        }
    }

    /// One TCP connection at `at`.
    pub(super) fn tcp(&self, host: &str, port: u16, millis: u64, at: Timestamp) -> TcpAnswer {
        let answer =
            |refused: Option<&str>| TcpAnswer { accepted: refused.is_none(), millis, error: refused.map(Into::into) };
        let is_meant = |component: &&Component| {
            said::Tcp::of(&component.fields)
                .is_ok_and(|said| fits(&said.host, host) && fits(said.port.text(), &port.to_string()))
        };
        if let Some(database) = self.database_at_endpoint(host, at) {
            let is_up = self.databases[database].is_up(&self.troubles, at);
            let is_gone = self.troubles.gone_since(&self.databases[database].region, at).is_some();
            return answer(match (is_gone, is_up) {
                (true, _) => Some("the connection timed out"),
                (false, false) => Some("connection refused"),
                (false, true) => None,
            });
        }
        let Some(component) = self.of_kind("tcp").find(is_meant) else {
            return answer(Some("no such host in the simulated regions"));
        };
        if self.troubles.active(FaultKind::CheckFails, &keys::component(component.name.as_str()), at).is_some() {
            return answer(Some("connection refused"));
        }
        let side = self.side_of_host(host, at);
        if self.troubles.gone_since(self.plan.application.region(side), at).is_some() {
            return answer(Some("the connection timed out"));
        }
        let works = component.needs.iter().all(|need| self.works(need.as_str(), side, at));
        answer((!works).then_some("connection refused"))
    }

    /// The side that serves `host` at `at`: where its record leads; the recovery side for a host without a record.
    fn side_of_host(&self, host: &str, at: Timestamp) -> Side {
        let is_it = |said: said::Route53| canonical(&said.record) == canonical(host);
        let names = |component: &&Component| said::Route53::of(&component.fields).is_ok_and(is_it);
        match self.of_kind("route53").find(names) {
            Some(component) if !self.has_moved(component, at) => Side::Primary,
            Some(_) => Side::Recovery,
            None if self.moved_without_a_record(host).is_some_and(|by| !self.works_itself(by, Side::Recovery, at)) => {
                Side::Primary
            }
            None => Side::Recovery,
        }
    }

    /// What moves a host by its health check alone: an object, or routing controls.
    fn moved_without_a_record(&self, host: &str) -> Option<&Component> {
        let is_it = |record: Option<String>| record.is_some_and(|record| canonical(&record) == canonical(host));
        let switch = |component: &&Component| said::Switch::of(&component.fields).is_ok_and(|said| is_it(said.record));
        let controls =
            |component: &&Component| said::RoutingControl::of(&component.fields).is_ok_and(|said| is_it(said.record));
        self.of_kind("switch").find(switch).or_else(|| self.of_kind("routing-control").find(controls))
    }

    /// Whether the component called `name`, and everything it needs, works on `side` at `at`.
    fn works(&self, name: &str, side: Side, at: Timestamp) -> bool {
        let mut seen = vec![false; self.plan.components.len()];
        let mut left = vec![name];
        while let Some(name) = left.pop() {
            let Some(place) = self.places.get(name).copied() else { continue };
            if std::mem::replace(&mut seen[place], true) {
                continue;
            }
            let component = &self.plan.components[place];
            if !self.works_itself(component, side, at) {
                return false;
            }
            left.extend(component.needs.iter().map(|need| need.as_str()));
        }
        true
    }

    fn works_itself(&self, component: &Component, side: Side, at: Timestamp) -> bool {
        kind::of(component.kind.as_str()).is_none_or(|kind| kind.works(self, component, side, at))
    }

    /// A program that only looks: a component's `verify`, or its `run` when that changes nothing.
    pub(super) fn looked(&self, invocation: &Invocation, at: Timestamp) -> Exit {
        match self.programs.find(&invocation.run).first() {
            Some((place, Program::Verify)) => {
                let last = self.ran.iter().rev().find(|ran| ran.component == *place);
                let is_done = last.is_some_and(|ran| ran.well && !ran.undo);
                if is_done { exit(0, invocation) } else { failed(1, "simulated: not run yet") }
            }
            Some((place, Program::CaughtUp)) => self.caught_up(&self.plan.components[*place], at),
            Some((place, Program::Compare)) => self.compared(&self.plan.components[*place], at),
            Some((place, Program::Run | Program::Undo)) => {
                self.ending(&self.plan.components[*place], false, invocation, at)
            }
            None => exit(0, invocation),
        }
    }

    /// A program that compares a replica with its source: nothing is missing once nobody writes to that any more.
    fn caught_up(&self, component: &Component, at: Timestamp) -> Exit {
        let Ok(said) = said::Rds::of(&component.fields) else { return failed(2, "simulated: no such replica") };
        // On the way back it is the other one that follows.
        let sides = [(Side::Recovery, &said.recovery), (Side::Primary, &said.primary)];
        let mut links = sides.into_iter().filter_map(|(side, id)| {
            let place = self.database(self.plan.application.region(side), id, at)?;
            self.link(place).filter(|link| link.replica.promotion.is_none())
        });
        let Some(link) = links.next() else { return failed(2, "simulated: no such replica") };
        let missing = seconds(link.applied_until(at), link.written_until(at));
        let (is_written_to, has_all) = (link.written_until(at) == at, missing <= 0.0);
        let answer = serde_json::json!({ "caught_up": has_all && !is_written_to, "behind": format!("{missing:.1} s") });
        Exit {
            code: Some(i32::from(is_written_to || !has_all)),
            stdout: answer.to_string().into(),
            stderr: Clean::default(),
        }
    }

    /// A program that compares the two sides of a store that was gone over with: a transaction a second is missing on the one
    /// that was promoted.
    fn compared(&self, component: &Component, at: Timestamp) -> Exit {
        let region = self.plan.application.region(Side::Recovery);
        let missing = match component.kind.as_str() {
            "aurora" => {
                let said = said::Aurora::of(&component.fields).ok();
                said.and_then(|said| self.left_by_a_failover(&said.global, at))
            }
            _ => {
                let said = said::Rds::of(&component.fields).ok();
                let place = said.and_then(|said| self.database(region, &said.recovery, at));
                place.and_then(|place| rds::parted(self, place, at)).map(|(missing, _)| missing)
            }
        };
        let Some(missing) = missing else { return failed(2, "simulated: there is nothing to compare") };
        let key = keys::component(component.name.as_str());
        let by_fault = self.troubles.active(FaultKind::Divergence, &key, at).and_then(|fault| fault.count);
        let missing = by_fault.map_or(missing.ceil() as u64, u64::from);
        let answer = serde_json::json!({
            "missing": missing, "conflicting": 0, "unit": "transactions",
        });
        Exit { code: Some(0), stdout: answer.to_string().into(), stderr: Clean::default() }
    }

    /// A program that changes something: how it ends, and whose it is.
    pub(super) fn run(&self, invocation: &Invocation, at: Timestamp) -> (Exit, Option<Ran>) {
        let found = self.programs.find(&invocation.run);
        let was_run =
            |place: usize| self.ran.iter().rev().find(|ran| ran.component == place).is_some_and(|ran| !ran.undo);
        // Run and undo may be the same program: once it was run, the next time it is the undo.
        let undo = found.iter().find(|(place, part)| *part == Program::Undo && was_run(*place));
        let Some((place, part)) = undo.or(found.iter().find(|(_, part)| matches!(part, Program::Run | Program::Undo)))
        else {
            return (exit(0, invocation), None);
        };
        let undo = *part == Program::Undo;
        let component = &self.plan.components[*place];
        let exit = self.ending(component, undo, invocation, at);
        let well =
            self.troubles.active(FaultKind::CommandFails, &keys::component(component.name.as_str()), at).is_none();
        (exit, Some(Ran { component: *place, undo, well }))
    }

    fn ending(&self, component: &Component, undo: bool, invocation: &Invocation, at: Timestamp) -> Exit {
        let fault = self.troubles.active(FaultKind::CommandFails, &keys::component(component.name.as_str()), at);
        let expected = || said::Command::of(&component.fields).map_or(0, |said| said.expected_exit());
        let wanted = if undo { 0 } else { expected() };
        match fault {
            None => exit(wanted, invocation),
            Some(fault) => {
                let code = if wanted == 1 { 2 } else { 1 };
                failed(code, fault.reason.as_deref().unwrap_or("simulated: it failed"))
            }
        }
    }
}

fn exit(code: i32, invocation: &Invocation) -> Exit {
    let said = format!("simulated: {}", invocation.run.join(" "));
    Exit { code: Some(code), stdout: Clean::new(&said), stderr: Clean::default() }
}

fn failed(code: i32, why: &str) -> Exit {
    Exit { code: Some(code), stdout: Clean::default(), stderr: why.into() }
}

/// The host of an address, without its port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).split(':').next().unwrap_or(authority)
}

/// A body that contains the one, and has the others where they lead.
pub(super) fn body_for(contains: Option<String>, wanted: BTreeMap<String, String>) -> String {
    if wanted.is_empty() {
        return contains.unwrap_or_else(|| "simulated: ok".to_owned());
    }
    let mut body = Value::Object(serde_json::Map::new());
    for (pointer, value) in wanted {
        put(&mut body, &pointer, Value::String(value));
    }
    if let (Some(text), Value::Object(table)) = (contains, &mut body) {
        table.entry("says").or_insert(Value::String(text));
    }
    body.to_string()
}

/// Puts `value` where `pointer` leads, making objects on the way.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(serde_json::Map::new());
        }
        let Value::Object(table) = place else { return };
        place = table.entry(key).or_insert(Value::Null);
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_fits_what_it_was_resolved_from() {
        assert!(fits("https://${lb.dns_name}/health", "https://web.example.com/health"));
        assert!(fits("plain", "plain"));
        assert!(fits("${db.endpoint}", "anything"));
        assert!(fits("${lb.dns_name}.", "shop.us-west-2.example."));
        assert!(fits("${a.host}.${b.host}.com", "www.shop.example.com.com"));
        assert!(!fits("${lb.dns_name}.com", "shop.example.com.org"));
        assert!(!fits("https://${lb.dns_name}/health", "https://web.example.com/other"));
        assert!(!fits("plain", "plainer"));
    }

    #[test]
    fn the_host_of_an_address_is_found() {
        assert_eq!(host("https://shop.example.com:8443/health?x=1"), "shop.example.com");
        assert_eq!(host("http://user@shop.example.com"), "shop.example.com");
    }

    #[test]
    fn a_body_is_as_it_is_expected() {
        let wanted = [("/status", "ok"), ("/checks/db", "up")].map(|(at, value)| (at.to_owned(), value.to_owned()));
        let body: Value = serde_json::from_str(&body_for(None, BTreeMap::from(wanted))).expect("it is JSON");
        assert_eq!(body, json!({ "status": "ok", "checks": { "db": "up" } }));
    }
}
