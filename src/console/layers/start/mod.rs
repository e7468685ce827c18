//! The start form, once a run: what blocks, what is unknown, what may be lost, what starts at once, what users will
//! notice, what cannot be taken back; and the region that is typed. Nothing is changed anywhere before it is sent.
//!
//! ```text
//! ┏ failover us-east-1 → us-west-2: start storefront ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ us-east-1 ANSWERS and orders-db there is a healthy writer: this failover takes …   ┃  worst first, scrolls
//! ┃ blocks the start                                                                   ┃
//! ┃ ✗ rds-replica-role  orders-db: found a replica of billing, wanted …                ┃
//! ┃ ▸ [ ] cross these 3 now, together                                                  ┃  ↑ ↓ Space
//! ┃ REFUSED: rds-replica-role is another thing than the plan means, and never passed:  ┃  what Enter would bring
//! ┃ change the plan                                                                    ┃
//! ┃ ▸ type us-west-2 to start ________                                                 ┃
//! ┃ Enter sends   ↑ ↓ options, Space gives   Esc back                                  ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

mod choices;
mod tell;

use super::Front;
use super::form::{Asked, Body, Purpose};
use crate::console::figures::{Standing, Store};
use crate::console::look::{Role, Theme};
use crate::console::matter;
use crate::console::prospect::{self, OldSide};
use crate::console::world::World;
use crate::plan::{Intent, Level, StepId};
use crate::recovery::start::{self, Despite, Found};
use crate::recovery::{Command, Mode, Start};
use crate::text::Clean;
use choices::{Choice, Choices};
use crossterm::event::KeyCode;

/// What goes on once the run is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Every step as soon as its needs are verified.
    Auto,
    /// The next step.
    Go,
    /// This step.
    Step(StepId),
    /// As the run is set: step by step, in auto, or held.
    AsSet,
}

/// The start.
pub struct StartForm {
    then: Then,
    region: Clean,
    choices: Choices,
}

/// The label of why losses are accepted.
const WHY_ACCEPTED: &str = "losses accepted, because";
/// The label of why blockers are passed.
const WHY_PASSED: &str = "passed, because";

impl StartForm {
    /// The start, and what goes on after it.
    pub fn new(world: &World, then: Then) -> Self {
        let region = Clean::new(world.state.run.plan.application.recovery.as_str());
        Self { then, region, choices: Choices::default() }
    }

    /// Whether an answer of this session's preflight is there.
    fn is_told(world: &World) -> bool {
        world.state.preflight.is_some()
    }

    /// What is left in the way, in words: nothing where it may start.
    fn refusal(&self, world: &World) -> Option<String> {
        if !world.followed {
            return Some("SESSION ENDED: nothing can be started here any more".to_owned());
        }
        if !world.state.needs_start() {
            return Some(format!("the run is started already; {} goes back", world.keys.hint("back")));
        }
        if !Self::is_told(world) {
            return Some(format!("{}: nothing can start before they are told", matter::asking(world)));
        }
        if let Some(why) = refused(world) {
            return Some(why);
        }
        let left = self.choices.left(world);
        if left.is_empty() {
            return None;
        }
        let by = if world.keys.are_typed() { "its number" } else { "Down" };
        Some(format!("BLOCKED by {}: mend it, or {by} passes it by a word", start::codes(left)))
    }

    /// What Enter starts, and with what.
    fn starts(&self, world: &World) -> (Role, String) {
        let mut parts = Vec::new();
        let mut role = Role::Ok;
        let old = OldSide::of(world);
        if world.state.run.intent == Intent::Failover && old.works() {
            parts.push(format!("takes down {}, which WORKS", world.state.run.plan.application.primary));
            role = Role::Failed;
        }
        let passed = self.choices.passed(world);
        if passed.is_empty() {
            parts.push("nothing blocks".to_owned());
        } else {
            let codes: Vec<&str> = passed.iter().map(Clean::as_str).collect();
            parts.push(format!("passes {}", codes.join(", ")));
            role = Role::Failed;
        }
        let unknown = world.state.preflight.as_ref().map_or(&[][..], |preflight| &preflight.unknown);
        let elsewhere = unknown.iter().filter(|found| !found.in_failing_region).count();
        if !unknown.is_empty() {
            // That the failing region says nothing is expected; of anything else it is not.
            let primary = &world.state.run.plan.application.primary;
            let more = if elsewhere > 0 { format!(" ({elsewhere} not of {primary})") } else { String::new() };
            parts.push(format!("{} unknown{more}, typed over", unknown.len()));
            let worse = if elsewhere > 0 { Role::Failed } else { Role::Blocked };
            role = if role == Role::Ok { worse } else { role };
        }
        // What is asked later decides too, and may have been scrolled out of sight.
        if self.choices.is_on(&Choice::Accept) {
            parts.push("losses accepted".to_owned());
        } else {
            parts.extend(over(world));
        }
        let points = prospect::points_of_no_return(world).len();
        if self.choices.is_on(&Choice::Cross) && points > 0 {
            parts.push(format!("crosses {points} for good"));
            role = Role::Failed;
        } else if points > 0 {
            parts.push(format!("{points} for good, asked in {} turn", if points == 1 { "its" } else { "their" }));
        }
        (role, parts.join(" · "))
    }
}

/// The store that would lose most against its objective, and how many more would lose more than theirs.
fn over(world: &World) -> Option<String> {
    let growing = prospect::growing(world);
    let of_growing = |store: &&Store| store.is_over() && growing.iter().any(|own| own.component == *store.component());
    let mut over = world.figures.stores.iter().filter(of_growing);
    let worst = over.next()?;
    let (loss, rpo) = worst.loss.sides();
    let rpo = rpo.map_or_else(String::new, |rpo| match worst.standing() {
        Standing::Over => format!(" > rpo {rpo}"),
        _ => format!(", rpo {rpo}"),
    });
    let more = match over.count() {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    Some(format!("{} loses {loss}{rpo}{more}", worst.component()))
}

/// Why it cannot start whatever is said; nothing where it may.
fn refused(world: &World) -> Option<String> {
    let (unknown, identity): (Vec<&Found>, Vec<&Found>) =
        world.state.refusers().into_iter().partition(|found| found.check.level == Level::Unknown);
    let mut why = Vec::new();
    if !identity.is_empty() {
        let codes = start::codes(identity);
        why.push(format!("{codes} is another thing than the plan means, and never passed: change the plan"));
    }
    if !unknown.is_empty() {
        let intent = world.state.run.intent.word();
        why.push(format!("{} unknown, and a {intent} starts only when everything was told", unknown.len()));
    }
    (!why.is_empty()).then(|| format!("REFUSED: {}", why.join("; ")))
}

impl Purpose for StartForm {
    fn title(&self, world: &World) -> String {
        let application = &world.state.run.plan.application;
        let (intent, name) = (world.state.run.intent.word(), &application.name);
        format!("{intent} {} → {}: start {name}", application.primary, application.recovery)
    }

    fn front(&self) -> Front {
        Front::Start
    }

    fn role(&self) -> Role {
        Role::Blocked
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Body {
        tell::body(world, &self.then, &self.choices, theme, width)
    }

    fn fields(&self, world: &World) -> Vec<Asked> {
        let mut fields = vec![Asked::exactly(&self.region, "to start")];
        if !self.choices.passed(world).is_empty() {
            fields.push(Asked::words(WHY_PASSED).in_short("pass: why"));
        }
        if self.choices.is_on(&Choice::Accept) {
            fields.push(Asked::words(WHY_ACCEPTED).in_short("loss: why"));
        }
        fields
    }

    fn command(&self, texts: &[Clean], world: &World) -> Command {
        let fields = self.fields(world);
        let said = |label: &str| {
            let at = fields.iter().position(|asked| asked.label == label);
            at.and_then(|at| texts.get(at)).cloned().unwrap_or_default()
        };
        let why = said(WHY_PASSED);
        let passed = self.choices.passed(world).into_iter();
        Command::Start(Start {
            typed: texts.first().cloned().unwrap_or_default(),
            despite: passed.map(|code| Despite { code, why: why.clone() }).collect(),
            accepted: self.choices.accepted(world, &said(WHY_ACCEPTED)),
            crosses: self.choices.is_on(&Choice::Cross),
        })
    }

    fn said(&self, _: &World) -> String {
        "start".to_owned()
    }

    fn orders(&self, texts: &[Clean], world: &World) -> Vec<(Command, String)> {
        let mut orders = vec![(self.command(texts, world), "start".to_owned())];
        let mode = match &self.then {
            Then::Auto => Some(Mode::Auto),
            Then::Go | Then::Step(_) => Some(Mode::Step),
            Then::AsSet => None,
        };
        if let Some(mode) = mode.filter(|mode| *mode != world.state.mode) {
            orders.push((Command::SetMode(mode), crate::recovery::telling::mode_word(mode).to_owned()));
        }
        match &self.then {
            Then::Go => orders.push((Command::Go { step: None }, "go".to_owned())),
            Then::Step(step) => orders.push((Command::Go { step: Some(step.clone()) }, format!("start {step}"))),
            Then::Auto | Then::AsSet => {}
        }
        orders
    }

    fn in_turn(&self) -> bool {
        true
    }

    fn verdict(&self, world: &World) -> Option<(Role, String)> {
        Some(match self.refusal(world) {
            Some(why) if !Self::is_told(world) => (Role::Running, why),
            Some(why) => (Role::Failed, why),
            None => self.starts(world),
        })
    }

    fn stands(&self, world: &World) -> Result<(), String> {
        self.refusal(world).map_or(Ok(()), |_| Err("nothing was sent: it cannot start now".to_owned()))
    }

    fn choose(&mut self, key: KeyCode, world: &World) -> bool {
        self.choices.key(key, world)
    }

    fn pick(&mut self, number: usize, world: &World) -> bool {
        self.choices.pick(number, world)
    }

    fn chooses_by(&self, world: &World) -> [&'static str; 2] {
        if Choices::offered(world).is_empty() { [""; 2] } else { ["arrows options, Space gives", "arrows Space"] }
    }
}
