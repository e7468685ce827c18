//! `tcp`: something accepts connections, seen from where Landfall runs. Sends nothing once connected.

use super::ask::{Ask, Place, Query};
use super::blocked::Blocked;
use super::observation::Observation;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::say::side_of;
use super::work::{Asked, Facts, Health, HealthLevel, Outputs, Verdict, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step, Takes};
use crate::text::Clean;

/// The kind.
pub struct Tcp;

static FIELDS: &[Field] = &[
    Field::required("host", Takes::Value, "host name or address, as seen from where Landfall runs"),
    Field::required("port", Takes::CountOrReference, "port, 1 to 65535"),
    Field::optional("within", Takes::Duration, "how long it may take to accept a connection; 2m by default"),
];

impl Kind for Tcp {
    fn name(&self) -> &'static str {
        "tcp"
    }
    fn about(&self) -> &'static str {
        "verifies that a host accepts a TCP connection, from where Landfall runs"
    }
    fn fields(&self) -> &'static [Field] {
        FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let port = component.fields.required("port");
        if has_reference(&port) || parse_port(&port).is_some() {
            return Vec::new();
        }
        vec![Problem::at("port", format!("{port} is not a port"), "a whole number from 1 to 65535")]
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let within = component.fields.seconds("within").unwrap_or(120.0);
        vec![Draft::look("connect", format!("connect to {}", component.name), side_of(component), 5.0, within)]
    }
}

impl Service for Tcp {
    fn work(&self, _step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let place = Place::of(component, &context.plan.application, side_of(component));
        let (host, port) = (component.fields.required("host"), component.fields.required("port"));
        match parse_port(&port) {
            Some(port) => Box::new(Connect { place, host: host.into(), port }),
            None => Box::new(Blocked::because(format!("{port} is not a port from 1 to 65535"))),
        }
    }
    fn watch(&self, component: &Component, application: &Application, side: Side) -> Vec<Ask> {
        match query(component).filter(|_| side == side_of(component)) {
            Some(query) => vec![Place::of(component, application, side).ask(query)],
            None => Vec::new(),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side, facts: &Facts<'_>) -> Health {
        let Some(query) = query(component).filter(|_| side == side_of(component)) else {
            return Health::nothing_here();
        };
        match facts.answer(&Place::of(component, application, side), &query) {
            Ok(Observation::Tcp { accepted: true, millis, .. }) => {
                Health::new(HealthLevel::Up, format!("accepts, {millis} ms"))
            }
            Ok(Observation::Tcp { error, .. }) => Health::new(HealthLevel::Down, refusal(error.as_ref())),
            Ok(_) => Health::not_told("the answer was of another kind than the question"),
            Err(why) => Health::not_told(why),
        }
    }
}

fn query(component: &Component) -> Option<Query> {
    let host = component.fields.required("host");
    let port = parse_port(&component.fields.required("port"))?;
    (!has_reference(&host)).then(|| Query::Tcp { host: host.into(), port })
}

fn parse_port(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|port| *port > 0)
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
    fn query(&self) -> Query {
        Query::Tcp { host: self.host.clone(), port: self.port }
    }
}

impl Work for Connect {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.place.ask(self.query())]
    }
    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match facts.answer(&self.place, &self.query()) {
            Ok(Observation::Tcp { accepted: true, millis, .. }) => {
                Verdict::holds(format!("{}:{} accepts, {millis} ms", self.host, self.port), Outputs::new())
            }
            Ok(Observation::Tcp { error, .. }) => {
                Verdict::moving(format!("{}:{}: {}", self.host, self.port, refusal(error.as_ref())))
            }
            Ok(_) => Verdict::unknown("the answer was of another kind than the question"),
            Err(why) => Verdict::unknown(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Side;
    use crate::service::ask::Query;
    use crate::service::observation::Observation;
    use crate::service::scene::{Scene, name_of, words_of};
    use serde_json::json;

    fn seeing(accepted: bool) -> Scene {
        let query = Query::Tcp { host: "db.example.com".into(), port: 5432 };
        let error = (!accepted).then(|| "connection refused".into());
        Scene::new("tcp", json!({ "host": "db.example.com", "port": "5432" })).sees(
            Side::Recovery,
            query,
            Observation::Tcp { accepted, millis: 4, error },
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
