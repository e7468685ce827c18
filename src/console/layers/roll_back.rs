//! The preview of a rollback: what will be undone in which order and which side can serve after each, what stays and
//! why, what is lost, where it will stop, how long it takes. Going back is asked for in words; past a point of no
//! return in words of its own.

use super::Front;
use super::form::{Asked, Body, Purpose};
use crate::console::look::{Role, Theme};
use crate::console::prospect::names;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{ComponentName, Role as Part, StepId};
use crate::recovery::rollback::{self, Preview};
use crate::recovery::{Command, Mode, Status, objective, words};
use crate::text::Clean;
use crossterm::event::KeyCode;

/// The words that go past a point of no return.
const PAST_THE_POINT: &str = "past the point";

/// How far back.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// To the very start, but for what stands on a store that was promoted.
    ToTheStart,
    /// To before this step.
    Before(StepId),
    /// To the very start, past the points of no return that were crossed.
    PastThePoint,
}

/// Going back.
pub struct RollBack {
    /// The step that was chosen when it was opened, if it was ever started.
    step: Option<StepId>,
    way: Way,
    /// The recovery region: it is typed to go back.
    region: Clean,
}

impl RollBack {
    /// Going back to the very start; another way when it is chosen in the layer: to before the step at `chosen`, or past
    /// the point of no return.
    pub fn new(world: &World, chosen: Option<usize>) -> Self {
        let started = chosen.filter(|place| world.state.steps[*place].order.is_some());
        Self {
            step: started.map(|place| world.state.plan_step(place).id.clone()),
            way: Way::ToTheStart,
            region: Clean::new(world.state.run.plan.application.recovery.as_str()),
        }
    }

    /// Every way there is now.
    fn ways(&self, world: &World) -> Vec<Way> {
        let mut ways = vec![Way::ToTheStart];
        ways.extend(self.step.clone().map(Way::Before));
        let preview = rollback::preview(&world.state, None, false);
        if !preview.crossed.is_empty() || stores_of(world, &preview).next().is_some() {
            ways.push(Way::PastThePoint);
        }
        ways
    }

    fn to(&self) -> Option<&StepId> {
        match &self.way {
            Way::Before(step) => Some(step),
            Way::ToTheStart | Way::PastThePoint => None,
        }
    }

    fn preview(&self, world: &World) -> Preview {
        rollback::preview(&world.state, self.to(), self.way == Way::PastThePoint)
    }

    /// The ways, the chosen one marked; the line it stands on.
    fn say_ways(&self, world: &World, prose: &mut Prose<'_>) -> Option<usize> {
        let ways = self.ways(world);
        if ways.len() == 1 {
            return None;
        }
        let mut chosen = None;
        for (at, way) in ways.into_iter().enumerate() {
            let here = way == self.way;
            let (role, sign) = match (here, &way) {
                (true, Way::PastThePoint) => (Role::Failed, "▸"),
                (true, Way::ToTheStart | Way::Before(_)) => (Role::Title, "▸"),
                (false, _) => (Role::Dim, " "),
            };
            let text = match &way {
                Way::ToTheStart => "to the very start".to_owned(),
                Way::Before(step) => format!("to before {}", title(world, step)),
                Way::PastThePoint if self.preview(world).crossed.is_empty() => {
                    "to the very start, whatever stores lose by it".to_owned()
                }
                Way::PastThePoint => "past the point of no return: a false alarm, the old side is whole".to_owned(),
            };
            if here {
                chosen = Some(prose.len());
            }
            let number = if world.keys.are_typed() { format!("{} {sign}", at + 1) } else { sign.to_owned() };
            prose.item(role, &number, &text);
        }
        prose.blank();
        chosen
    }
}

impl Purpose for RollBack {
    fn title(&self, world: &World) -> String {
        match &self.way {
            Way::Before(step) => format!("roll back to before {}", title(world, step)),
            Way::ToTheStart => "roll back to the very start".to_owned(),
            Way::PastThePoint => "roll back past the point of no return".to_owned(),
        }
    }

    fn front(&self) -> Front {
        Front::Back
    }

    fn role(&self) -> Role {
        Role::Failed
    }

    fn body(&self, world: &World, theme: &Theme, width: usize) -> Body {
        let preview = self.preview(world);
        let mut prose = Prose::new(theme, width);
        let chosen = self.say_ways(world, &mut prose);
        let telling = Telling { world, preview: &preview, past_the_point: self.way == Way::PastThePoint };
        telling.what_is_lost(&mut prose);
        telling.what_is_undone(&mut prose);
        telling.what_stays(&mut prose);
        let goes_on = match world.state.mode {
            Mode::Step => format!("Each undo waits for {}.", world.keys.hint("go")),
            Mode::Auto | Mode::Hold => {
                format!("It goes on by itself; {} holds it after the undo it is at.", world.keys.hint("hold"))
            }
        };
        prose.blank().say(Role::Dim, &goes_on);
        Body { lines: prose.done(), chosen }
    }

    fn fields(&self, _: &World) -> Vec<Asked> {
        let region = Asked::exactly(&self.region, "to go back");
        match self.way {
            Way::ToTheStart | Way::Before(_) => vec![region, Asked::maybe_words("because")],
            Way::PastThePoint => {
                vec![region, Asked::exactly(PAST_THE_POINT, "to go past it"), Asked::words("because, for the report")]
            }
        }
    }

    fn command(&self, texts: &[Clean], _: &World) -> Command {
        let text = |at: usize| texts.get(at).cloned().unwrap_or_default();
        let (reason, past_the_point) = match self.way {
            Way::ToTheStart | Way::Before(_) => (text(1), None),
            Way::PastThePoint => (text(2), Some(text(2))),
        };
        Command::RollBack { to: self.to().cloned(), typed: text(0), reason, past_the_point }
    }

    fn said(&self, world: &World) -> String {
        self.title(world)
    }

    fn verdict(&self, world: &World) -> Option<(Role, String)> {
        if let Err(why) = self.stands(world) {
            return Some((Role::Failed, why));
        }
        let preview = self.preview(world);
        if preview.undo.is_empty() && preview.in_flight.is_empty() && preview.stops_at.is_none() {
            let ends = if self.to().is_none() { "; it only ends the run as rolled back" } else { "" };
            return Some((Role::Failed, format!("undoes nothing: {} stay{ends}", words::steps(preview.stays.len()))));
        }
        let mut parts =
            vec![format!("undoes {}, ≈ {}", words::steps(preview.undo.len()), words::clock(preview.seconds))];
        let mut role = Role::Blocked;
        if self.way == Way::PastThePoint {
            parts.push(format!("loses what {} took since", names(&preview.crossed)));
            role = Role::Failed;
        }
        if !preview.loses_data.is_empty() {
            parts.push(format!("{} may lose writes", preview.loses_data.len()));
        }
        if !preview.stays.is_empty() {
            parts.push(format!("{} stay", preview.stays.len()));
        }
        if !preview.in_flight.is_empty() {
            parts.push(format!("{} under way come to rest first", preview.in_flight.len()));
        }
        Some((role, parts.join(" · ")))
    }

    fn stands(&self, world: &World) -> Result<(), String> {
        if !world.followed {
            return Err("SESSION ENDED: nothing can be asked of it any more".to_owned());
        }
        let preview = self.preview(world);
        if preview.undo.is_empty() && preview.stays.is_empty() && preview.stops_at.is_none() {
            return Err("nothing that acted is left to undo".to_owned());
        }
        Ok(())
    }

    fn choose(&mut self, key: KeyCode, world: &World) -> bool {
        let ways = self.ways(world);
        let at = ways.iter().position(|way| *way == self.way).unwrap_or(0);
        let next = match key {
            KeyCode::Up => at.saturating_sub(1),
            KeyCode::Down => (at + 1).min(ways.len() - 1),
            _ => return false,
        };
        self.way = ways[next].clone();
        ways.len() > 1
    }

    fn pick(&mut self, number: usize, world: &World) -> bool {
        let ways = self.ways(world);
        let picked = number.checked_sub(1).and_then(|at| ways.get(at)).filter(|_| ways.len() > 1);
        if let Some(way) = picked {
            self.way = way.clone();
        }
        picked.is_some()
    }

    fn chooses_by(&self, world: &World) -> [&'static str; 2] {
        if self.ways(world).len() > 1 { ["arrows how far", "arrows how far"] } else { [""; 2] }
    }
}

/// The stores that were moved and may lose writes by moving back.
fn stores_of<'a>(world: &'a World, preview: &'a Preview) -> impl Iterator<Item = &'a ComponentName> {
    let steps = preview.loses_data.iter().filter_map(|step| world.state.step(step));
    steps.filter(|(step, _)| step.role() == Part::Promotion).map(|(step, _)| &step.component)
}

/// What a preview says.
struct Telling<'a> {
    world: &'a World,
    preview: &'a Preview,
    past_the_point: bool,
}

fn title(world: &World, step: &StepId) -> String {
    world.state.step(step).map_or(step.as_str(), |(step, _)| step.title.as_str()).to_owned()
}

impl Telling<'_> {
    fn title(&self, step: &StepId) -> String {
        title(self.world, step)
    }

    /// What going past a point of no return costs, with its number, before anything else.
    fn what_is_lost(&self, prose: &mut Prose<'_>) {
        let state = &self.world.state;
        let application = &state.run.plan.application;
        if !self.past_the_point {
            if !self.preview.crossed.is_empty() {
                let (were, it) = if self.preview.crossed.len() == 1 { ("was", "it") } else { ("were", "them") };
                let told = format!(
                    "{} {were} promoted: {} has the data now. What stands on {it} stays; the way from here is forward.",
                    names(&self.preview.crossed),
                    application.recovery
                );
                prose.say(Role::Blocked, &told).blank();
            }
            return;
        }
        for store in &self.preview.crossed {
            let Some(promoted) = state.promotions.get(store) else { continue };
            let ago = words::age(objective::seconds_between(promoted.at, self.world.now));
            let told = format!(
                "What was written to {store} in {} since its promotion at {}, {ago} ago, is lost.",
                application.recovery,
                words::wall(promoted.at)
            );
            prose.say(Role::Failed, &told);
        }
        let fences: Vec<String> =
            self.preview.undo.iter().filter(|step| self.lets_both_write(step)).map(|step| self.title(step)).collect();
        if !fences.is_empty() {
            let told = format!(
                "From the undo of {} on, both sides can write: see that nobody writes in {} any more.",
                names(&fences),
                application.recovery
            );
            prose.say(Role::Failed, &told);
        }
        prose.blank();
    }

    /// Whether undoing `step` lets the old side of a promoted store write again.
    fn lets_both_write(&self, step: &StepId) -> bool {
        let step = self.world.state.step(step).map(|(step, _)| step);
        step.is_some_and(|step| step.role() == Part::Fence && self.preview.crossed.contains(&step.component))
    }

    fn what_is_undone(&self, prose: &mut Prose<'_>) {
        let preview = self.preview;
        for step in &preview.in_flight {
            prose.item(Role::Blocked, " ↻", &format!("{} is under way: it comes to rest first", self.title(step)));
        }
        let told = match preview.undo.len() {
            0 => "Nothing will be undone: the run ends where it stands.".to_owned(),
            count => {
                format!(
                    "{} will be undone, latest first; ≈{} in all",
                    words::steps(count),
                    words::clock(preview.seconds)
                )
            }
        };
        prose.say(Role::Title, &told);
        for (at, step) in preview.undo.iter().enumerate() {
            let place = self.world.state.place(step);
            let region =
                self.world.state.step(step).map(|(step, _)| format!(" in {}", step.region)).unwrap_or_default();
            let loses = if preview.loses_data.contains(step) { ", writes may be lost" } else { "" };
            let role = if loses.is_empty() { Role::Text } else { Role::Blocked };
            let sure = place.is_none_or(|place| self.world.state.steps[place].status != Status::Running);
            let undo = if sure { "undo" } else { "undo, if it acted," };
            let serves = place.and_then(|place| rollback::serves_after(&self.world.state, place));
            let serves = serves.map_or_else(String::new, |serves| format!("  → {serves}"));
            let told = format!("{undo} {}{region}{loses}{serves}", self.title(step));
            // Who types lines chooses by numbers: this is no choice.
            let sign = if self.world.keys.are_typed() { "·".to_owned() } else { format!("{:>2}", at + 1) };
            prose.item(role, &sign, &told);
        }
        if let Some(step) = &preview.stops_at {
            let text = format!("stops at {}: it is not known whether it happened", self.title(step));
            prose.item(Role::Failed, " ?", &text);
        }
        if !preview.loses_data.is_empty() {
            let told = format!("undoing {} of them may lose what was written since", preview.loses_data.len());
            prose.blank().say(Role::Blocked, &told);
            let state = &self.world.state;
            for store in stores_of(self.world, preview) {
                let Some(promoted) = state.promotions.get(store) else { continue };
                let ago = words::age(objective::seconds_between(promoted.at, self.world.now));
                let asked = if self.past_the_point { "" } else { "; above its rpo it is not undone" };
                let told = format!("{store} was moved at {}, {ago} ago{asked}", words::wall(promoted.at));
                prose.item(Role::Blocked, "·", &told);
            }
        }
    }

    /// What is not taken back: the reasons, each with the steps it holds for.
    fn what_stays(&self, prose: &mut Prose<'_>) {
        let mut reasons: Vec<(&Clean, Vec<String>)> = Vec::new();
        for (step, why) in &self.preview.stays {
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, steps)) => steps.push(self.title(step)),
                None => reasons.push((why, vec![self.title(step)])),
            }
        }
        if reasons.is_empty() {
            return;
        }
        prose.blank().say(Role::Failed, &format!("Stays as it is: {}", words::steps(self.preview.stays.len())));
        for (why, steps) in reasons {
            prose.item(Role::Failed, " ✗", &format!("{}: {why}", steps.join(", ")));
        }
    }
}
