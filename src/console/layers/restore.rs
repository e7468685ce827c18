//! What a restore to the other region would make, in front of the screen. It applies nothing: `w` writes the files.

use super::{Answer, Layer, reading};
use crate::console::app::Writing;
use crate::console::look::{Role, Theme};
use crate::console::restore::{Made, Preview, Stands};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crate::recovery::{objective, words};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The preview; it lives on as what is captured does.
pub struct RestorePreview;

impl Layer for RestorePreview {
    fn key(&mut self, key: KeyEvent, world: &World) -> Answer {
        match key.code {
            KeyCode::Char('w') if unwritten(world).is_none() => Answer::Write(Writing::Restore),
            _ => reading::key(key),
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let mut prose = Prose::new(theme, width);
        let title = match world.restore.as_deref() {
            None => "a restore: nothing is known".to_owned(),
            Some(Preview::Not { why, fix }) => {
                prose.say(Role::Blocked, why).say(Role::Text, fix);
                "a restore: nothing can be told".to_owned()
            }
            Some(Preview::There(made)) => {
                told(&mut prose, world, made);
                title(made, width)
            }
        };
        let foot = match unwritten(world) {
            None => "w write the files   arrows scroll   Esc back",
            Some(_) => "arrows scroll   Esc back",
        };
        let foot = vec![Line::default(), Line::from(Span::styled(foot, theme.style(Role::Dim)))];
        Sheet { title, role: None, body: prose.done(), foot, ..Sheet::default() }
    }
}

/// Why it is not written into files from here.
fn unwritten(world: &World) -> Option<String> {
    match world.restore.as_deref() {
        None => Some("nothing is known of it".to_owned()),
        Some(preview) => world.unwritten.map(str::to_owned).or_else(|| preview.unwritten()),
    }
}

/// As much as the width takes, with no number cut.
fn title(made: &Made, width: usize) -> String {
    let silent = match made.silent() {
        0 => String::new(),
        count => format!(", {count} without data"),
    };
    let counts = format!("{} made, {} there, {} left out", made.things(), made.there.len(), made.left.len());
    let all = [format!("restore to {}: {counts}{silent}", made.to), format!("restore: {}{silent}", counts)];
    let fits = |title: &String| title.width() + 2 <= width;
    all.into_iter().find(fits).unwrap_or_else(|| format!("restore: {} made{silent}", made.things()))
}

fn told(prose: &mut Prose<'_>, world: &World, made: &Made) {
    let age = |at| words::long_age(objective::seconds_between(at, world.now));
    prose.say(
        Role::Text,
        &format!(
            "Of {}, as it was captured {} ago: what changed since is not in it. Landfall writes it and applies nothing.",
            made.from,
            age(made.at)
        ),
    );
    match made.there_at {
        Some(at) => prose.say(Role::Dim, &format!("What is in {} already was captured {} ago.", made.to, age(at))),
        None => prose.say(
            Role::Blocked,
            &format!("▲ nothing tells what is in {} already: what is there may be made twice", made.to),
        ),
    };
    if !made.complete {
        prose.say(Role::Blocked, "▲ not all of it could be read: what was not is not made");
    }
    data(prose, made);
    prose.heading(&format!("Made: {} things, {} blocks of Terraform", made.things(), made.blocks));
    for (layer, kinds) in &made.layers {
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        prose.pair(layer.word(), Role::Text, &kinds.join(", "));
    }
    rows(prose, "Left out", "–", &made.left);
    if !made.given.is_empty() {
        prose.heading("To give");
        for (name, about, is_secret) in &made.given {
            let secret = if *is_secret { " Secret." } else { "" };
            prose.item(Role::Waiting, "?", &format!("{name}: {about}{secret}"));
        }
    }
    prose.heading("Control planes");
    if made.planes.is_empty() {
        prose.say(Role::Text, &format!("That of {} alone.", made.to));
    }
    for (region, what, is_source) in &made.planes {
        match is_source {
            true => prose.item(Role::Blocked, "▲", &format!("{region}, which is what may fail: {what}")),
            false => prose.item(Role::Text, "·", &format!("{region}: {what}")),
        };
    }
    prose.heading("Time");
    match made.takes.as_slice() {
        [] => prose.say(Role::Text, "Nothing of it is known to take minutes."),
        takes => {
            for one in takes {
                prose.item(Role::Text, "·", one);
            }
            prose.say(Role::Dim, "Rules of thumb. Of the rest nothing is known to take minutes.")
        }
    };
    if !made.there.is_empty() {
        prose.heading("There already: looked up, not made");
        for (of, id, is_seen) in &made.there {
            let text = if of.ends_with(&**id) { of.to_string() } else { format!("{of} → {id}") };
            match is_seen {
                true => prose.item(Role::Ok, "✓", &text),
                false => prose.item(Role::Waiting, "?", &format!("{text}: no capture has shown it there")),
            };
        }
    }
    rows(prose, "To settle", "·", &made.notes);
    if let Some(why) = unwritten(world) {
        prose.heading("Not written from here");
        prose.item(Role::Waiting, "–", &why);
    }
    prose.heading("Written by");
    prose.say(Role::Accent, &made.command);
}

fn data(prose: &mut Prose<'_>, made: &Made) {
    if made.stores.is_empty() {
        return;
    }
    prose.heading("Data");
    for store in &made.stores {
        let (role, sign) = match store.stands {
            Stands::Seen => (Role::Ok, "✓"),
            Stands::Said => (Role::Waiting, "?"),
            Stands::Silent => (Role::Blocked, "▲"),
        };
        prose.item(role, sign, &format!("{}: {}", store.of, store.told));
    }
}

fn rows(prose: &mut Prose<'_>, heading: &str, sign: &str, rows: &[[crate::text::Clean; 3]]) {
    if rows.is_empty() {
        return;
    }
    prose.heading(heading);
    for [of, found, fix] in rows {
        prose.item(Role::Text, sign, &format!("{of}: {found}; {fix}"));
    }
}
