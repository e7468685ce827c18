//! `manual`: a person does something and says so. The gate is the work; once it is passed, the step is done.

use super::answering::{self, Answering};
use super::ask::Ask;
use super::registry::{Context, Service};
use super::say::side_of;
use super::turned::{self, Done, Turned};
use super::work::{Asked, Facts, Outputs, Verdict, Work};
use crate::plan::fields::fields;
use crate::plan::{Application, Component, Draft, Field, Gate, Intent, Kind, Step, When};

/// The kind.
pub struct Manual;

fields! {
    /// What a plan says of what a person does.
    struct Said {
        required ask: Value, "what the person is asked to do, in a sentence";
        optional who: Text, "who is asked";
        optional takes: Duration, "how long they usually need: a minute when it is not said, and no rto is shown to be kept by that";
    }
}

impl Kind for Manual {
    fn name(&self) -> &'static str {
        "manual"
    }
    fn about(&self) -> &'static str {
        "asks a person to do something and waits until they say that it is done"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &[]
    }
    fn steps(&self, component: &Component, application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let ask = said.ask.as_str().into();
        let takes = said.takes.unwrap_or(60.0);
        let confirm = |title: String| Draft::look("confirm", title, side_of(component), takes, takes.max(60.0));
        // What a failback itself asks, and looks at.
        match turned::said(component, "asks").and_then(|asks| asks.as_str()) {
            Some("region") => vec![answering::step(application)],
            Some("divergence") => {
                let confirm = confirm("settle what may differ between the two sides".to_owned());
                vec![confirm.gated(vec![Gate::Divergence { ask }]).at(When::Divergence)]
            }
            Some("window") => {
                let confirm = confirm(format!("decide to go back to {}", application.recovery));
                vec![confirm.gated(vec![Gate::Window { ask }]).at(When::Window)]
            }
            _ => {
                let gate = Gate::Manual { ask, who: said.who.map(Into::into) };
                vec![confirm(format!("confirm {}", component.name)).gated(vec![gate])]
            }
        }
    }
    fn time_is_unsaid(&self, component: &Component) -> bool {
        Said::of(&component.fields).is_ok_and(|said| said.takes.is_none())
    }
}

impl Service for Manual {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        match step.id.action() {
            "healthy" => Box::new(Answering::new(context)),
            _ => Box::new(Confirm),
        }
    }

    fn turned(&self, component: &Component, _done: &Done<'_>) -> Result<Turned, String> {
        let asked = Said::of(&component.fields).map(|said| said.ask).unwrap_or_default();
        Ok(turned::by_hand(component, format!("On the way back, the other way round: {asked}")))
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "ask": "call the bank" })
    }
}

/// Holds as soon as it starts: the gate before it was passed by a person.
pub(super) struct Confirm;

impl Work for Confirm {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::holds("confirmed by a person", Outputs::new())
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Gate;
    use crate::service::scene::{Scene, name_of};
    use serde_json::json;

    #[test]
    fn the_gate_asks_and_the_step_behind_it_holds() {
        let scene = Scene::new("manual", json!({ "ask": "call the bank", "who": "treasury" }));
        let gate = Gate::Manual { ask: "call the bank".into(), who: Some("treasury".into()) };
        assert_eq!(scene.step("confirm").gates, [gate]);
        assert_eq!(name_of(&scene.goal("confirm")), "holds");
    }
}
