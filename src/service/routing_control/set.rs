//! Routing controls are as wanted, all of them, by the word of two endpoints of their cluster.

use super::fields::{ENDPOINTS, Said, WANTED, outside, panel_of, short};
use super::words::{self, ClusterEndpoint, Operation, PanelControl, RoutingControl, ToldState};
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Image, Look, Verdict, Want, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many endpoints have to agree.
const AGREE: usize = 2;

/// Controls are on, or off.
pub(super) struct Set {
    pub place: Place,
    pub endpoints: Vec<ClusterEndpoint>,
    pub wanted: BTreeMap<Clean, bool>,
    pub overriding: Vec<Clean>,
    /// How they are before it is done, where that is not in the before-image: on the way back.
    from: Option<BTreeMap<Clean, Clean>>,
    /// How many endpoints are outside of the primary region, and what that is called.
    outside: (usize, Clean),
}

/// How they were before: their states, as they were told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Before {
    pub states: BTreeMap<Clean, Clean>,
}

/// What the endpoints' word comes to of one control.
enum Reading<'a> {
    State { state: &'a str, by: BTreeSet<&'a str> },
    Moving(String),
    Unknown(String),
    Bad(String),
}

/// Whether prechecks may be asked for: what was sent without an answer is sent again once it left no trace.
fn may_be_sent(asked: &Asked) -> bool {
    match asked {
        Asked::No | Asked::Unanswered { .. } => true,
        Asked::Taken { .. } => false,
    }
}

/// The word for it.
fn word(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

fn read(state: &str) -> Option<bool> {
    match state {
        "On" => Some(true),
        "Off" => Some(false),
        _ => None,
    }
}

impl Set {
    /// As the plan wants them; `None` where it does not say all of it.
    pub fn of(said: &Said, component: &Component, application: &Application) -> Option<Self> {
        let (endpoints, wanted) = (said.cluster()?, said.wanted()?);
        let outside = (outside(&endpoints, application), Clean::new(application.primary.as_str()));
        let overriding = said.r#override.iter().map(|rule| Clean::new(rule)).collect();
        let place = Place::of(component, application, Side::Recovery);
        Some(Self { place, endpoints, wanted, overriding, outside, from: None })
    }

    /// The way back, if there is one: no safety rule is overridden for it.
    pub fn back(self, before: &Value) -> Option<Self> {
        let before = Before::of_journal(before)?;
        let state = |control: &Clean| Some((control.clone(), read(before.states.get(control)?)?));
        let wanted: BTreeMap<Clean, bool> = self.wanted.keys().map(state).collect::<Option<_>>()?;
        let from = self.wanted.iter().map(|(control, on)| (control.clone(), word(*on).into())).collect();
        (wanted != self.wanted).then_some(Self { wanted, overriding: Vec::new(), from: Some(from), ..self })
    }

    /// A control, by all endpoints for the first one while it may still have to be sent, by two else.
    fn want(&self, control: &Clean, asked: &Asked) -> Want<RoutingControl> {
        let is_first = self.wanted.keys().next() == Some(control);
        let enough = if is_first && may_be_sent(asked) { self.endpoints.len() } else { AGREE };
        words::control(&self.place, control, &self.endpoints, enough)
    }

    fn panel(&self, panel: &Clean) -> Want<Vec<PanelControl>> {
        words::panel(&self.place, panel, &self.endpoints)
    }

    /// The panels in which something is turned off.
    fn turned_off(&self) -> BTreeSet<Clean> {
        self.wanted.iter().filter(|(_, on)| !**on).filter_map(|(control, _)| panel_of(control)).collect()
    }

    fn reading<'a>(&self, control: &Clean, facts: &Facts<'a>) -> Reading<'a> {
        let found = match facts.see(&self.want(control, facts.asked)) {
            Look::NotTold(why) => return Reading::Unknown(why.to_owned()),
            Look::Absent => return Reading::Bad(format!("there is no routing control {control}")),
            Look::There(found) => found,
        };
        if let Some(other) = found.told.iter().find(|told| told.control != *control) {
            return Reading::Bad(another(control, other));
        }
        let mut by: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for told in &found.told {
            by.entry(told.state.as_str()).or_default().insert(told.by.as_str());
        }
        let each = || {
            let says = |(state, by): (&&str, &BTreeSet<&str>)| format!("{state} by {}", join(by));
            by.iter().map(says).collect::<Vec<_>>().join(" and ")
        };
        let Some((state, agree)) = by.iter().max_by_key(|(_, by)| by.len()) else {
            let why =
                found.untold.first().map_or_else(String::new, |untold| format!(": {}: {}", untold.by, untold.why));
            return Reading::Unknown(format!("no endpoint tells {}{why}", short(control)));
        };
        if by.len() == 1 && agree.len() < AGREE {
            return Reading::Unknown(format!("{} is {} alone: two have to agree", short(control), each()));
        }
        // One that lags behind all others is outvoted; of two, neither is.
        let is_agreed = agree.len() >= AGREE && 2 * agree.len() > found.told.len();
        match read(state) {
            Some(_) if is_agreed => Reading::State { state, by: agree.clone() },
            Some(_) | None => Reading::Moving(format!("{} is {}", short(control), each())),
        }
    }

    /// Whether it is the very control, by every endpoint that tells of it.
    fn identity(&self, facts: &Facts<'_>) -> Check {
        let code = "arc-control";
        let names: Vec<&str> = self.wanted.keys().map(|control| short(control)).collect();
        let wanted = format!("the routing controls {}", names.join(", "));
        let fix = "name the control by its ARN, and the endpoints of its own cluster";
        for control in self.wanted.keys() {
            match facts.see(&self.want(control, facts.asked)) {
                Look::NotTold(why) => return Check::not_told(code, why, &wanted).of_identity(),
                Look::Absent => {
                    let found = format!("there is no routing control {control}");
                    return Check::that(code, false, found, &wanted, fix).of_identity();
                }
                Look::There(found) => {
                    if let Some(other) = found.told.iter().find(|told| told.control != *control) {
                        return Check::that(code, false, another(control, other), &wanted, fix).of_identity();
                    }
                }
            }
        }
        Check::that(code, true, "they are", &wanted, "").of_identity()
    }

    /// Whether enough endpoints answer.
    fn answering(&self, facts: &Facts<'_>) -> Option<Check> {
        let code = "arc-endpoints";
        let wanted = format!("{WANTED} endpoints of {ENDPOINTS} or more answer");
        let found = match facts.see(&self.want(self.wanted.keys().next()?, facts.asked)) {
            Look::NotTold(why) => return Some(Check::not_told(code, why, &wanted)),
            Look::Absent => return None,
            Look::There(found) => found,
        };
        let answering: BTreeSet<&str> = found.told.iter().map(|told| told.by.as_str()).collect();
        let silent = found.untold.iter().map(|untold| format!("; {}: {}", untold.by, untold.why));
        let told = format!("{} of {} answer{}", answering.len(), self.endpoints.len(), silent.collect::<String>());
        if let Some(refused) = found.untold.iter().find(|untold| untold.refused) {
            let fix = format!(
                "see that the endpoint in {} is of this cluster, and that these credentials may ask it",
                refused.by
            );
            return Some(Check::that(code, false, told, &wanted, fix));
        }
        let fix = "see that they can be reached from here: any of them may be the one that is needed";
        let check = Check::that(code, answering.len() >= WANTED, told, &wanted, fix);
        // Two are enough to change it and to be sure of it.
        Some(Check { weight: if answering.len() < AGREE { Weight::Blocks } else { Weight::Slows }, ..check })
    }

    /// Whether somebody is still served by each panel in which something is turned off.
    fn never_all_off(&self, facts: &Facts<'_>) -> Vec<Check> {
        self.turned_off().iter().map(|panel| self.one_stays_on(panel, facts)).collect()
    }

    fn one_stays_on(&self, panel: &Clean, facts: &Facts<'_>) -> Check {
        let code = "arc-off-off";
        let wanted = format!("a control of {} that is on afterwards", short(panel));
        let fix =
            "turn another on in the same step (`controls`), or before this one: with all of them off nobody is served";
        let all = match facts.see(&self.panel(panel)) {
            Look::NotTold(why) => return Check::not_told(code, why, &wanted),
            Look::Absent => {
                return Check::that(code, false, format!("there is no control panel {panel}"), &wanted, fix);
            }
            Look::There(all) => all,
        };
        let is_on = |found: &&PanelControl| match self.wanted.get(&found.control) {
            Some(on) => *on,
            None => found.state.as_str() == "On",
        };
        match all.iter().find(is_on) {
            Some(found) => {
                let name = found.name.as_deref().unwrap_or_else(|| short(&found.control));
                Check::that(code, true, format!("{name} is"), &wanted, "")
            }
            None => Check::that(code, false, format!("all {} would be off", all.len()), &wanted, fix),
        }
    }

    fn outside(&self) -> Check {
        let (outside, primary) = &self.outside;
        let wanted = format!("{WANTED} endpoints or more outside of {primary}");
        let check =
            Check::that("arc-not-in-failing", *outside >= WANTED, format!("{outside} are"), &wanted, "give all five");
        Check { weight: Weight::Slows, ..check }
    }

    fn states(&self, facts: &Facts<'_>) -> BTreeMap<Clean, Clean> {
        let state = |control: &Clean| match self.reading(control, facts) {
            Reading::State { state, .. } => Some((control.clone(), Clean::new(state))),
            Reading::Moving(_) | Reading::Unknown(_) | Reading::Bad(_) => None,
        };
        self.wanted.keys().filter_map(state).collect()
    }
}

fn join(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

fn another(control: &Clean, told: &ToldState) -> String {
    format!("the endpoint in {} told of {} and not of {control}", told.by, told.control)
}

impl Work for Set {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let mut asks: Vec<Ask> = self.wanted.keys().map(|control| self.want(control, asked).ask).collect();
        if may_be_sent(asked) {
            asks.extend(self.turned_off().iter().map(|panel| self.panel(panel).ask));
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let readings: Vec<(&Clean, bool, Reading<'_>)> =
            self.wanted.iter().map(|(control, on)| (control, *on, self.reading(control, facts))).collect();
        let (mut moving, mut unknown, mut notes, mut is_as_wanted) = (None, None, Vec::new(), true);
        let mut told_by = BTreeSet::new();
        for (control, on, reading) in &readings {
            match reading {
                Reading::Bad(why) => {
                    return Verdict::bad(why, "name the control by its ARN, and the endpoints of its own cluster");
                }
                Reading::Unknown(why) => unknown = unknown.or(Some(why)),
                Reading::Moving(note) => moving = moving.or(Some(note)),
                Reading::State { state, by } => {
                    told_by.extend(by.iter().copied());
                    notes.push(format!("{} {state}", short(control)));
                    is_as_wanted &= read(state) == Some(*on);
                }
            }
        }
        match (unknown, moving) {
            (Some(why), _) => return Verdict::unknown(why),
            (None, Some(note)) => return Verdict::moving(note),
            (None, None) => {}
        }
        let told = notes.join(", ");
        if is_as_wanted {
            return Verdict::holds(format!("{told}, by {}", join(&told_by)), outputs([]));
        }
        let before = self.from.clone().or_else(|| Some(Before::of_journal(facts.before)?.states));
        let is_as_before = before.is_none_or(|before| before == self.states(facts));
        match facts.asked {
            // All or none of them are changed: anything between is somebody else's.
            Asked::Unanswered { .. } | Asked::Taken { .. } if !is_as_before => Verdict::moving(told),
            Asked::No | Asked::Unanswered { .. } | Asked::Taken { .. } => Verdict::untouched(told),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let first = [self.identity(facts)].into_iter().chain(self.answering(facts));
        first.chain(self.never_all_off(facts)).chain([self.outside()]).collect()
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        // What is changing already, or not the same everywhere, could not be put back as it was.
        let is_changing = |control| matches!(self.reading(control, facts), Reading::Moving(_));
        if *facts.asked == Asked::No && self.wanted.keys().any(is_changing) {
            return None;
        }
        let operation = Operation::SetRoutingControls {
            endpoints: self.endpoints.clone(),
            states: self.wanted.clone(),
            overriding: self.overriding.clone(),
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Arc(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        Before { states: self.states(facts) }.kept()
    }
}

/// How each of the plan's controls was before, by a before-image that tells of all of them.
pub(super) fn before(said: &Said, image: &Value) -> Option<BTreeMap<Clean, bool>> {
    let before = Before::of_journal(image)?;
    said.wanted()?.keys().map(|control| Some((control.clone(), read(before.states.get(control)?)?))).collect()
}

/// As they are wanted to be, in words.
pub(super) fn in_words(wanted: &BTreeMap<Clean, bool>) -> String {
    let each: Vec<String> = wanted.iter().map(|(control, on)| format!("{} {}", short(control), word(*on))).collect();
    each.join(", ")
}
