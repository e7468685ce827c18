//! `tcp`: something accepts connections, seen from where Landfall runs. Sends nothing once connected.

use super::ask::{Ask, Place};
use super::blocked::Blocked;
use super::local;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::say::side_of;
use super::turned::{self, Done, Turned};
use super::work::Want;
use super::work::{Asked, Facts, Health, HealthLevel, Looked, Outputs, Verdict, Work};
use crate::plan::fields::{Later, fields};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step};
use crate::service::observation::TcpAnswer;
use crate::text::Clean;

/// The kind.
pub struct Tcp;

fields! {
    /// What a plan says of what accepts connections.
    pub(crate) struct Said {
        required host: Value, "host name or address, as seen from where Landfall runs";
        required port: CountOrReference, "port, 1 to 65535";
        optional within: Duration = 120.0, "how long it may take to accept a connection; 2m by default";
    }
}

impl Kind for Tcp {
    fn name(&self) -> &'static str {
        "tcp"
    }
    fn about(&self) -> &'static str {
        "verifies that a host accepts a TCP connection, from where Landfall runs"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let Ok(Said { port, .. }) = Said::of(&component.fields) else { return Vec::new() };
        if has_reference(port.text()) || port_of(&port).is_some() {
            return Vec::new();
        }
        let port = port.text();
        vec![Problem::at("port", format!("{port} is not a port"), "a whole number from 1 to 65535")]
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(Said { within, .. }) = Said::of(&component.fields) else { return Vec::new() };
        vec![Draft::look("connect", format!("connect to {}", component.name), side_of(component), 5.0, within)]
    }
}

impl Service for Tcp {
    fn work(&self, _step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let place = Place::of(component, &context.plan.application, side_of(component));
        let Said { host, port, .. } = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        match port_of(&port) {
            Some(port) => Box::new(Connect { place, host: host.into(), port }),
            None => Box::new(Blocked::because(format!("{} is not a port from 1 to 65535", port.text()))),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let want = want(component, application, side)?;
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want).told() {
            Ok(TcpAnswer { accepted: true, millis, .. }) => {
                Health::new(HealthLevel::Up, format!("accepts, {millis} ms"))
            }
            Ok(TcpAnswer { error, .. }) => Health::new(HealthLevel::Down, refusal(error.as_ref())),
            Err(why) => Health::not_told(why),
        }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        Ok(turned::looked(component, done))
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "host": "shop.example.com", "port": 443 })
    }
}

/// What tells how it is on `side`, where that is its own and nothing is waited for that another component gives.
fn want(component: &Component, application: &Application, side: Side) -> Option<Want<TcpAnswer>> {
    let Said { host, port, .. } = Said::of(&component.fields).ok()?;
    let port = port_of(&port)?;
    let place = Place::of(component, application, side);
    (side == side_of(component) && !has_reference(&host)).then(|| local::tcp(&place, &host.into(), port))
}

fn port_of(port: &Later) -> Option<u16> {
    port.known().and_then(|port| port.try_into().ok()).filter(|port| *port > 0)
}

fn refusal(error: Option<&Clean>) -> &str {
    error.map_or("no connection", Clean::as_str)
}

/// Verifies that a connection is accepted.
pub(super) struct Connect {
    /// Which side it counts for.
    pub place: Place,
    /// Host name or address.
    pub host: Clean,
    /// Port.
    pub port: u16,
}

impl Connect {
    fn want(&self) -> Want<TcpAnswer> {
        local::tcp(&self.place, &self.host, self.port)
    }
}

impl Work for Connect {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask]
    }
    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match facts.see(&self.want()).told() {
            Ok(TcpAnswer { accepted: true, millis, .. }) => {
                Verdict::holds(format!("{}:{} accepts, {millis} ms", self.host, self.port), Outputs::new())
            }
            Ok(TcpAnswer { error, .. }) => {
                Verdict::moving(format!("{}:{}: {}", self.host, self.port, refusal(error.as_ref())))
            }
            Err(why) => Verdict::unknown(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Side;
    use crate::service::ask::{LocalQuery, Query};
    use crate::service::observation::{LocalObservation, Observation, TcpAnswer};
    use crate::service::scene::{Scene, name_of, words_of};
    use serde_json::json;

    fn seeing(accepted: bool) -> Scene {
        let query = Query::Local(LocalQuery::Tcp { host: "db.example.com".into(), port: 5432 });
        let error = (!accepted).then(|| "connection refused".into());
        Scene::new("tcp", json!({ "host": "db.example.com", "port": "5432" })).sees(
            Side::Recovery,
            query,
            Observation::Local(LocalObservation::Tcp(TcpAnswer { accepted, millis: 4, error })),
        )
    }

    #[test]
    fn only_an_accepted_connection_holds() {
        assert_eq!(name_of(&seeing(true).goal("connect")), "holds");
        assert_eq!(words_of(&seeing(false).goal("connect")), "db.example.com:5432: connection refused");
        assert_eq!(name_of(&seeing(false).goal("connect")), "moving");
    }

    #[test]
    fn a_port_that_is_none_is_told_in_the_plan_and_never_connected_to() {
        for port in [json!(0), json!(65536), json!("https")] {
            let scene = Scene::new("tcp", json!({ "host": "a", "port": port }));
            assert_eq!(scene.problems().len(), 1);
            assert_eq!(name_of(&scene.goal("connect")), "unknown");
        }
        assert!(Scene::new("tcp", json!({ "host": "a", "port": "${db.port}" })).problems().is_empty());
    }
}
