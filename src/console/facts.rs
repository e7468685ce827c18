//! The first of the two lines that cannot lie by omission: what sort of run it is, the clock of its objective, when it is
//! done, how many steps are settled, what is lost, where it goes, who commands. None is cut in the middle; where it is
//! narrow they are said in fewer words, then go from the end of that order.

use super::Label;
use super::look::{Role, Theme};
use super::matter;
use super::reading;
use super::words;
use super::world::World;
use crate::plan::Intent;
use crate::recovery::event::CloudName;
use crate::recovery::{start, way_back};
use crate::text::Clean;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// A fact, in as many words as there is room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// In all its words.
    pub whole: String,
    /// In fewer.
    short: String,
    /// In the fewest; may be none.
    least: String,
    /// How it looks.
    pub role: Role,
}

impl Fact {
    fn new(whole: impl Into<String>, short: impl Into<String>, role: Role) -> Self {
        let short = short.into();
        Self { whole: whole.into(), least: short.clone(), short, role }
    }

    fn least(mut self, least: impl Into<String>) -> Self {
        self.least = least.into();
        self
    }
}

/// How a line says its facts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    Whole,
    /// Short ones, with signs between them.
    Parted,
    Short,
    Least,
}

/// The facts, the most worth first: badge, clock, estimate, steps, loss, where it goes, people.
pub fn facts(world: &World) -> Vec<Fact> {
    let found = [
        Some(badge(world)),
        Some(clock(world)),
        estimate(world),
        Some(steps(world)),
        loss(world),
        turned(world),
        Some(aim(world)),
        unprotected(world),
        people(world),
    ];
    found.into_iter().flatten().collect()
}

/// All of them in words, as one line.
pub fn told(world: &World) -> String {
    let facts: Vec<String> = in_order(&facts(world), Words::Whole).into_iter().map(|(text, _)| text).collect();
    facts.join(" · ").replacen(" · ", " ", 1)
}

/// The line for `width` columns.
pub fn line(world: &World, theme: &Theme, width: usize) -> Line<'static> {
    let all = facts(world);
    let without_people = all.len() - usize::from(people(world).is_some());
    let tries = [
        (Words::Whole, all.len()),
        (Words::Whole, without_people),
        (Words::Parted, all.len()),
        (Words::Parted, without_people),
        (Words::Short, all.len()),
        (Words::Short, without_people),
        (Words::Short, without_people - 1),
        (Words::Least, without_people - 1),
    ];
    let wide = |words: Words, kept: usize| {
        let parts = in_order(&all[..kept], words);
        let gaps = parts.len().saturating_sub(1) * gap(words).width();
        parts.iter().map(|(text, _)| text.width()).sum::<usize>() + gaps
    };
    let fitting = tries.into_iter().find(|(words, kept)| wide(*words, *kept) <= width);
    let (words, kept) = fitting.unwrap_or_else(|| {
        let kept = (1..without_people).rev().find(|kept| wide(Words::Least, *kept) <= width);
        (Words::Least, kept.unwrap_or(1))
    });
    let mut spans: Vec<Span<'static>> = Vec::new();
    for (text, role) in in_order(&all[..kept], words) {
        match spans.len() {
            0 => {}
            1 => spans.push(Span::raw(" ")),
            _ => spans.push(Span::styled(gap(words), theme.style(Role::Dim))),
        }
        spans.push(Span::styled(text, theme.style(role)));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::styled(" ".repeat(width.saturating_sub(used)), Style::new()));
    Line::from(spans)
}

fn gap(words: Words) -> &'static str {
    match words {
        Words::Whole | Words::Parted => " · ",
        Words::Short | Words::Least => " ",
    }
}

/// The texts in the order in which they stand: where it goes is read first where all words are said.
fn in_order(facts: &[Fact], words: Words) -> Vec<(String, Role)> {
    let text = |fact: &Fact| match words {
        Words::Whole => fact.whole.clone(),
        Words::Parted | Words::Short => fact.short.clone(),
        Words::Least => fact.least.clone(),
    };
    let mut said: Vec<(String, Role)> = facts.iter().map(|fact| (text(fact), fact.role)).collect();
    let aim = facts.iter().position(|fact| fact.role == Role::Title);
    if let Some(aim) = aim.filter(|_| words == Words::Whole) {
        let aim = said.remove(aim);
        said.insert(1, aim);
    }
    said.retain(|(text, _)| !text.is_empty());
    said
}

/// What sort of run it is, and what a watcher, a replay or a read-only console shows: a word with a border and a place of
/// its own, never only a colour.
pub fn badge(world: &World) -> Fact {
    let about = &world.about;
    let of = match world.state.run.cloud {
        CloudName::Aws => "REAL",
        CloudName::Sim => "DRILL",
    };
    let word = match about.label {
        Label::Real | Label::Drill => about.label.word().to_owned(),
        Label::Replay | Label::Watch | Label::ReadOnly => format!("{} of {of}", about.label.word()),
    };
    let speed = match about.time_scale {
        _ if world.eased => " ×1".to_owned(),
        1.0 => String::new(),
        scale => format!(" ×{scale}"),
    };
    Fact::new(format!("[ {word}{speed} ]"), format!("[{word}{speed}]"), about.label.role())
}

fn clock(world: &World) -> Fact {
    let elapsed = world.figures.elapsed_seconds;
    let rto = world.state.run.plan.application.rto_seconds;
    let of = rto.map(|rto| format!("/{}", words::clock(rto))).unwrap_or_default();
    // Of a way back nothing is noticed but its return.
    let sign = if world.state.run.intent == Intent::Failback { "down " } else { "T+" };
    let told = format!("{sign}{}{of}", words::clock(elapsed));
    match rto.filter(|rto| elapsed > *rto) {
        Some(rto) => {
            let over = words::clock(elapsed - rto);
            Fact::new(format!("{told} OVER {over}"), format!("{told} OVER {over}"), Role::Failed).least(told)
        }
        None => Fact::new(told.clone(), told, Role::Text),
    }
}

/// When it is done, and by how much that is late until the objective has passed; in a rollback, how long that takes.
fn estimate(world: &World) -> Option<Fact> {
    let state = &world.state;
    if state.is_over() {
        return None;
    }
    if state.rollback.is_some() {
        // Nothing is being recovered: how long the way back takes is what there is to say.
        let left: f64 = reading::to_undo(state).map(|place| state.plan_step(place).expected_seconds).sum();
        let left = words::clock(left);
        return Some(Fact::new(format!("back in ≈ {left}"), format!("back≈{left}"), Role::Text));
    }
    let projected = world.figures.projected_seconds;
    let done = words::clock(projected);
    if state.run.intent == Intent::Failback && way_back::return_begun(state).is_none() {
        let role = match state.run.plan.application.rto_seconds.filter(|rto| projected > *rto) {
            Some(_) => Role::Failed,
            None => Role::Text,
        };
        return Some(Fact::new(format!("the return takes ≈ {done}"), format!("return≈{done}"), role).least(""));
    }
    let ahead = if state.needs_start() { " if started now" } else { "" };
    let rto = state.run.plan.application.rto_seconds.filter(|rto| projected > *rto);
    Some(match rto {
        Some(rto) if world.figures.elapsed_seconds <= rto => {
            let late = format!("LATE {}", words::clock(projected - rto));
            let (short, least) = match state.needs_start() {
                true => (format!("if started done≈{done} {late}"), String::new()),
                false => (format!("done≈{done} {late}"), late.clone()),
            };
            Fact::new(format!("done ≈ {done}{ahead} {late}"), short, Role::Failed).least(least)
        }
        late => {
            let role = if late.is_some() { Role::Failed } else { Role::Text };
            let short =
                if state.needs_start() { format!("if started done≈{done}") } else { format!("done≈{done}") };
            let fact = Fact::new(format!("done ≈ {done}{ahead}"), short.clone(), role);
            // What only would be goes before what is.
            fact.least(if state.needs_start() { String::new() } else { short })
        }
    })
}

fn steps(world: &World) -> Fact {
    let told = matter::progress(world);
    match matter::owed(world) {
        0 => Fact::new(told.clone(), told, Role::Text),
        owed => Fact::new(format!("{told} +{owed} owed"), format!("{told}+{owed}"), Role::Text),
    }
}

/// That rules turned failing since the start of what is still to be done.
fn turned(world: &World) -> Option<Fact> {
    let verdict = world.state.turned_to()?;
    let role = if matches!(verdict, start::Verdict::NotReady(_)) { Role::Failed } else { Role::Blocked };
    Some(Fact::new(format!("{verdict} since the start"), verdict.to_string(), role))
}

/// What the store that stands worst lost, or would lose now.
fn loss(world: &World) -> Option<Fact> {
    let worst = world.figures.worst()?;
    let told = worst.loss.bounded();
    let role = if worst.is_over() { Role::Failed } else { Role::Text };
    Some(Fact::new(format!("loss {told}"), format!("loss{}", told.replace(' ', "")), role))
}

fn aim(world: &World) -> Fact {
    let run = &world.state.run;
    let application = &run.plan.application;
    let whole = format!("{} {} → {}", run.intent.word(), application.primary, application.recovery);
    Fact::new(whole, format!("→ {}", application.recovery), Role::Title)
}

/// How long there is no second region to go to, on the way back.
fn unprotected(world: &World) -> Option<Fact> {
    let span = way_back::unprotected(&world.state, world.now)?;
    let told = words::long_age(span.seconds);
    let (whole, role) = if span.is_over {
        (format!("was unprotected {told}"), Role::Text)
    } else {
        (format!("unprotected {told}"), Role::Blocked)
    };
    Some(Fact::new(whole, format!("unprot {told}"), role).least(""))
}

/// Who commands and how many look on; that nobody does is worth a word while the run is not over.
fn people(world: &World) -> Option<Fact> {
    let state = &world.state;
    let (told, role) = if let Some(parted) = world.parted.as_ref().filter(|_| !state.is_over()) {
        let who = parted.taken_by.as_ref().map_or("nobody", Clean::as_str);
        (format!("{who} commands"), Role::Blocked)
    } else if state.driven && !world.driver_gone {
        let watch = if state.watchers > 0 { format!(", {} watch", state.watchers) } else { String::new() };
        (format!("{} commands{watch}", state.commander), Role::Text)
    } else if !state.is_over() {
        ("nobody commands".to_owned(), Role::Blocked)
    } else {
        return None;
    };
    Some(Fact::new(told.clone(), told, role))
}
