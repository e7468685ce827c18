//! The newest lines of a component's own log: it goes along with them until somebody scrolls, and again at `End`.

use super::{Answer, Layer, reading};
use crate::console::look::{Role, Theme};
use crate::console::widgets::sheet::Sheet;
use crate::console::widgets::{Motion, fit, wrap};
use crate::console::world::World;
use crate::plan::ComponentName;
use crate::recovery::{objective, words};
use crate::service::observation::LogLine;
use crate::service::{Ask, LogsObservation, LogsQuery, Observation, Query, Seen, Silence, Unanswered, home};
use crate::text::Clean;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};
use tokio::sync::mpsc::Receiver;

/// The columns of text from which on each line names its stream.
const WIDE: usize = 70;
/// How many columns of a stream's name are shown: the end of it, which tells tasks apart.
const STREAM: usize = 8;
/// How many lines say why nothing is told.
const WHY: usize = 6;

/// A component's log.
pub struct ServiceLog {
    component: ComponentName,
    ask: Ask,
    seen: Receiver<Seen>,
    /// What is shown.
    lines: Vec<LogLine>,
    /// What came since, while somebody reads what is shown.
    newer: Option<Vec<LogLine>>,
    follows: bool,
    stands: Stands,
}

/// How it stands with what is told.
enum Stands {
    /// Nothing was told yet.
    Asked,
    /// It was told.
    Told,
    /// There is no such log.
    Absent,
    /// It was not told, and why.
    Silent(Unanswered),
    /// Nothing more will be.
    Over,
}

impl ServiceLog {
    /// The log of `component`, which answers `ask`, as it is seen.
    pub fn new(component: ComponentName, ask: Ask, seen: Receiver<Seen>) -> Self {
        let (lines, newer) = (Vec::new(), None);
        Self { component, ask, seen, lines, newer, follows: true, stands: Stands::Asked }
    }

    /// Waits for what is told next. Safe to drop and call again.
    pub async fn told(&mut self) {
        self.stands = match self.seen.recv().await.map(|seen| seen.answer) {
            None => Stands::Over,
            Some(Ok(Observation::Logs(LogsObservation::Log { lines: Some(lines) }))) => {
                if self.follows {
                    self.lines = lines;
                } else if lines != self.lines {
                    self.newer = Some(lines);
                }
                Stands::Told
            }
            Some(Ok(_)) => Stands::Absent,
            Some(Err(silence)) => Stands::Silent(silence),
        };
    }

    /// Goes along with the newest line again.
    fn follow(&mut self) {
        self.follows = true;
        if let Some(newer) = self.newer.take() {
            self.lines = newer;
        }
    }

    fn group(&self) -> &str {
        match &self.ask.query {
            Query::Logs(LogsQuery::Log { group, .. }) => group,
            _ => "",
        }
    }

    /// When the newest line that was told was said.
    fn newest(&self) -> Option<&LogLine> {
        self.newer.as_ref().unwrap_or(&self.lines).last()
    }

    /// How it stands, in words.
    fn standing(&self, world: &World) -> (Role, String) {
        let who = || format!("{} ({})", home::home(&self.ask), self.ask.query.api_name());
        let newest = self.newest().and_then(|line| line.at).map(|at| {
            let age = objective::seconds_between(at, world.now);
            format!("newest line {} old", words::age(age))
        });
        match &self.stands {
            Stands::Asked => (Role::Dim, format!("{} is asked", who())),
            Stands::Told => match newest {
                None => (Role::Dim, "no line in the last 1:00:00".to_owned()),
                Some(newest) if self.newer.is_some() => {
                    (Role::Accent, format!("stands still, more came: End follows; {newest}"))
                }
                Some(newest) if !self.follows => (Role::Dim, format!("stands still: End follows; {newest}")),
                Some(newest) => (Role::Dim, format!("follows; {newest}")),
            },
            Stands::Absent => {
                let found = if self.lines.is_empty() { "there is no such log group" } else { "the log group is gone" };
                (Role::Failed, format!("✗ {} said no: {found}; name it in the plan as the account has it", who()))
            }
            Stands::Silent(silence) => {
                let (role, sign, word) = match silence.because {
                    Silence::Denied | Silence::Expired | Silence::Refused => (Role::Failed, "✗", "said no"),
                    Silence::Throttled => (Role::Blocked, "▲", "said not yet"),
                    Silence::NoAnswer => (Role::Stale, "?", "did not answer"),
                    Silence::Error => (Role::Stale, "?", "told of an error of its own, so nothing is known"),
                };
                let mut told = format!("{sign} {} {word}: {}", who(), silence.message);
                if silence.because.is_a_no() {
                    let clear = home::clear(self.ask.query.api_name(), silence);
                    told = format!("{} {}", words::sentence(&told), clear.trim_end_matches(", then retry"));
                }
                (role, told)
            }
            Stands::Over => (Role::Stale, "? the session has ended: nothing more is asked".to_owned()),
        }
    }
}

impl Layer for ServiceLog {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        match key.code {
            KeyCode::End | KeyCode::Char('G') => {
                self.follow();
                return Answer::Used;
            }
            KeyCode::Up | KeyCode::PageUp | KeyCode::Home | KeyCode::Char('k' | 'g') => self.follows = false,
            _ => {}
        }
        reading::key(key)
    }

    fn wheel(&mut self, motion: Motion) -> bool {
        if motion == Motion::Up {
            self.follows = false;
        }
        false
    }

    fn is_told(&self) -> bool {
        !matches!(self.stands, Stands::Over)
    }

    fn log(&mut self) -> Option<&mut ServiceLog> {
        Some(self)
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let body: Vec<Line<'static>> = self.lines.iter().flat_map(|line| told(line, theme, width)).collect();
        let (role, standing) = self.standing(world);
        let mut foot =
            vec![Line::default(), Line::from(Span::styled(fit(self.group(), width), theme.style(Role::Text)))];
        let standing = wrap(&Clean::new(&standing), width).into_iter().take(WHY);
        foot.extend(standing.map(|line| Line::from(Span::styled(line, theme.style(role)))));
        foot.push(Line::from(Span::styled("arrows scroll   End follows   Esc back", theme.style(Role::Dim))));
        let title = format!("log of {} in {}", self.component, self.ask.place.region);
        let follow = self.follows.then(|| body.len().saturating_sub(1));
        Sheet { title, body, foot, follow, ..Sheet::default() }
    }
}

/// A line of the log with its time, and where there is room its stream; what is longer goes on below its words.
fn told(line: &LogLine, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let at = line.at.map_or_else(|| "--:--:--Z".to_owned(), words::wall);
    let stream = if width < WIDE { String::new() } else { format!("{:<STREAM$} ", end_of(&line.stream)) };
    let before = at.len() + 1 + stream.chars().count();
    let words = wrap(&line.text, width.saturating_sub(before).max(1)).into_iter().enumerate();
    let lines = words.map(|(nth, words)| {
        let words = Span::styled(words, theme.style(Role::Text));
        match nth {
            0 => Line::from(vec![Span::styled(format!("{at} {stream}"), theme.style(Role::Dim)), words]),
            _ => Line::from(vec![Span::raw(" ".repeat(before)), words]),
        }
    });
    lines.collect()
}

/// The end of a stream's name: `ecs/app/0a1b…` is a task's by its last part, and tasks differ at its end.
fn end_of(stream: &str) -> String {
    let last = stream.rsplit('/').next().unwrap_or(stream);
    let from = last.chars().count().saturating_sub(STREAM);
    // Only what takes one column each: the columns must stay where they are.
    last.chars().skip(from).map(|c| if c.is_ascii() { c } else { '?' }).collect()
}
