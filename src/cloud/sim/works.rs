//! What a check from outside would find: green only when everything that it needs really works in the recovery region.

use super::fault::FaultKind;
use super::world::{World, is_like};
use crate::plan::Component;
use crate::service::observation::{Exit, HttpAnswer};
use crate::service::{HttpProbe, Observation};
use crate::text::Clean;
use serde_json::{Value, json};

impl World {
    /// The answer to an HTTP request.
    pub(super) fn http(&self, probe: &HttpProbe, now: f64) -> HttpAnswer {
        let component = self.plan.components.iter().find(|component| {
            component.kind.as_str() == "http" && is_like(&[component.fields.required("url")], &[probe.url.to_string()])
        });
        let bad =
            |status, body: &str| HttpAnswer { status: Some(status), body: body.to_owned(), millis: 35, error: None };
        let Some(component) = component else { return bad(404, "nothing is there") };
        if self.check_fails(component, now) {
            return bad(503, "simulated: it does not work");
        }
        if let Some(missing) = self.missing(component, now) {
            return bad(503, &format!("waiting for {missing}"));
        }
        let expect = component.fields.table("expect").unwrap_or_default();
        let status = expect.count("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        let mut body = json!({});
        for (pointer, value) in expect.texts("json") {
            put(&mut body, &pointer, value);
        }
        let body = match expect.text("contains") {
            Some(text) if body == json!({}) => text,
            Some(text) => {
                put(&mut body, "/text", text);
                body.to_string()
            }
            None => body.to_string(),
        };
        HttpAnswer { status: Some(status), body, millis: 42, error: None }
    }

    /// Whether a TCP connection is accepted.
    pub(super) fn tcp(&self, host: &str, port: u16, now: f64) -> Observation {
        let component = self.plan.components.iter().find(|component| {
            component.kind.as_str() == "tcp" && is_like(&[component.fields.required("host")], &[host.to_owned()])
        });
        let error = match component {
            Some(component) if self.check_fails(component, now) => Some("simulated: it does not work".to_owned()),
            Some(component) => self.missing(component, now).map(|missing| format!("waiting for {missing}")),
            None => None,
        };
        let _ = port;
        Observation::Tcp { accepted: error.is_none(), millis: 12, error: error.map(Clean::from) }
    }

    /// How a command that only looks ends: 0 once what it looks for was run.
    pub(super) fn look(&self, words: &[String]) -> Exit {
        let component = self.command_of("verify", words).or_else(|| self.command_of("run", words));
        let done = component.and_then(|name| self.plan.component(&name.as_str().into())).is_none_or(|component| {
            let looks_only = !component.fields.truth("changes", true);
            looks_only || self.was_run(component)
        });
        let stdout = Clean::new(&format!("simulated: {}", words.join(" ")));
        Exit { code: Some(i32::from(!done)), stdout, stderr: Clean::default() }
    }

    fn was_run(&self, component: &Component) -> bool {
        let own = component.fields.list("run");
        self.ran.iter().any(|ran| is_like(&own, ran))
    }

    fn check_fails(&self, component: &Component, now: f64) -> bool {
        self.has(FaultKind::CheckFails, now, self.recovery(), Some(component.name.as_str()))
    }

    /// The first thing that `component` needs, near or far, and that does not work yet.
    fn missing(&self, component: &Component, now: f64) -> Option<String> {
        component.needs.iter().filter_map(|need| self.plan.component(need)).find_map(|need| {
            self.missing(need, now).or_else(|| (!self.works(need, now)).then(|| need.name.to_string()))
        })
    }

    /// Whether a component works in the recovery region.
    fn works(&self, component: &Component, now: f64) -> bool {
        let fields = &component.fields;
        let region = self.recovery();
        match component.kind.as_str() {
            "rds" => {
                let database = self.database(region, &fields.required("recovery"), now);
                database.is_some_and(|database| !database.is_replica(now) && database.status(now) == "available")
            }
            "ecs" => {
                let service = self.service(region, &fields.required("cluster"), &fields.required("service"));
                let desired = fields.count("desired").unwrap_or(1);
                service.is_some_and(|service| service.running(now, self.dice) >= desired)
            }
            "load-balancer" => {
                let group = self.group(region, &fields.required("target_group"), now);
                group.is_some_and(|group| group.healthy() >= fields.count("healthy").unwrap_or(1))
            }
            "route53" => {
                let zone = self.zones.get(&fields.required("zone"));
                let record = fields.required("record");
                zone.is_some_and(|zone| {
                    zone.changes.iter().any(|change| {
                        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
                        change.is_in_sync(now) && change.records.iter().any(|set| plain(&set.name) == plain(&record))
                    })
                })
            }
            "command" => !fields.truth("changes", true) || self.was_run(component),
            _ => true,
        }
    }
}

/// Puts a text at a JSON pointer, making objects on the way.
fn put(body: &mut Value, pointer: &str, value: String) {
    let mut at = body;
    for key in pointer.split('/').skip(1) {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[key];
    }
    *at = serde_json::from_str(&value).unwrap_or(Value::String(value));
}
