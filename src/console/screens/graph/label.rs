//! What is said of a node: its mark, its name, and its time or its lag. Reads the run; knows nothing of places.

use super::topology::Node;
use crate::console::look::{Mark, Role};
use crate::console::screens::Chosen;
use crate::console::step_words;
use crate::console::words;
use crate::console::world::World;
use crate::recovery::{Status, objective};

/// The columns of a glyph and its word.
pub const STATE_COLUMNS: usize = 10;
/// The columns of a time or a lag.
pub const FIGURE_COLUMNS: usize = 9;

/// What is said of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// One column.
    pub glyph: &'static str,
    /// The word of its state.
    pub word: String,
    /// The colour of both.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// Its time or its lag; empty where it has none.
    pub figure: String,
}

impl Label {
    /// What is said of `node`.
    pub fn of(world: &World, node: Node) -> Self {
        match node {
            Node::Component(component) => Self::of_component(world, component),
            Node::Tier(tier) => Self::of_tier(world, tier),
            Node::Further { .. } => Self {
                glyph: "…",
                word: "further".to_owned(),
                role: Role::Dim,
                name: name(world, node),
                figure: String::new(),
            },
        }
    }

    fn of_component(world: &World, component: usize) -> Self {
        let name = name(world, Node::Component(component));
        let Some(place) = Chosen::Component(component).step(world) else {
            return Self { glyph: "–", word: "no step".to_owned(), role: Role::Dim, name, figure: String::new() };
        };
        let mark = Mark::of_step(&world.state, place);
        let figure = lag(world, component).unwrap_or_else(|| time(world, place));
        Self { glyph: mark.glyph, word: mark.word.to_owned(), role: mark.role, name, figure }
    }

    /// Of a tier its worst member speaks, and how many of them are like it.
    fn of_tier(world: &World, tier: usize) -> Self {
        let members = world.shape.tiers.get(tier).map_or(&[][..], |(_, members)| members);
        let name = name(world, Node::Tier(tier));
        let marks = members.iter().filter_map(|component| Chosen::Component(*component).step(world));
        let marks: Vec<Mark> = marks.map(|place| Mark::of_step(&world.state, place)).collect();
        let Some(worst) = marks.iter().min_by_key(|mark| urgency(mark.role)) else {
            return Self { glyph: "–", word: "no step".to_owned(), role: Role::Dim, name, figure: String::new() };
        };
        let alike = marks.iter().filter(|mark| mark == &worst).count();
        let figure = format!("{alike} of {}", members.len());
        Self { glyph: worst.glyph, word: worst.word.to_owned(), role: worst.role, name, figure }
    }

    /// Its glyph and word.
    pub fn state(&self) -> String {
        format!("{} {}", self.glyph, self.word)
    }
}

/// What a node is called.
pub fn name(world: &World, node: Node) -> String {
    match node {
        Node::Component(component) => world.state.run.plan.components[component].name.as_str().to_owned(),
        Node::Tier(tier) => {
            world.shape.tiers.get(tier).map(|(name, members)| format!("▸ {name} {}", members.len())).unwrap_or_default()
        }
        Node::Further { before: true, count } => format!("{count} before"),
        Node::Further { before: false, count } => format!("{count} after"),
    }
}

/// Whether nothing waits for a component any longer: every step of its path lets others go on.
pub fn is_met(world: &World, component: usize) -> bool {
    let mut path = world.shape.steps_of(component).iter().filter(|place| !world.state.plan_step(**place).beside);
    path.all(|place| world.state.steps[*place].status.lets_others_go_on())
}

/// How soon a person must look at what has this colour.
fn urgency(role: Role) -> usize {
    const ORDER: [Role; 8] = [
        Role::Failed,
        Role::Blocked,
        Role::Running,
        Role::Accent,
        Role::Waiting,
        Role::Undone,
        Role::Owed,
        Role::Skipped,
    ];
    ORDER.iter().position(|known| *known == role).unwrap_or(ORDER.len())
}

/// The lag of a store that may still lose data by being promoted.
fn lag(world: &World, component: usize) -> Option<String> {
    let name = &world.state.run.plan.components[component].name;
    world.figures.store(name).filter(|store| store.is_exposed())?;
    let sample = world.state.lags.get(name).map(|lag| &lag.sample);
    let known = sample.and_then(|sample| Some((sample.seconds?, sample.sampled_at?)));
    let Some((seconds, at)) = known else { return Some("lag ?".to_owned()) };
    let age = objective::seconds_between(at, world.now);
    if age > words::STALE_AFTER_SECONDS {
        return Some(format!("stale {}", words::age(age)));
    }
    Some(format!("lag {}", words::amount(seconds)))
}

/// How long its step has taken, or takes as a rule.
fn time(world: &World, place: usize) -> String {
    if world.state.steps[place].status == Status::Waiting {
        return format!("≈{}", words::clock(world.state.plan_step(place).expected_seconds));
    }
    step_words::taken_seconds(world, place).map(words::clock).unwrap_or_default()
}
