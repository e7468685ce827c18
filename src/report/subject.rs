//! What was run, where, by whom, and on what.

use crate::plan::{Intent, Region};
use crate::recovery::event::{CloudName, Drill};
use crate::recovery::{Event, State, What};
use crate::service::observation::Identity;
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;

/// What was run, where, by whom, and on what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subject {
    /// The run's id.
    pub run: Clean,
    /// The application.
    pub application: Clean,
    /// What it is, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Clean>,
    /// Who owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Clean>,
    /// What was done.
    pub intent: Intent,
    /// The region that serves on a good day.
    pub primary: Region,
    /// The region to be brought up.
    pub recovery: Region,
    /// `aws`, or `sim` for two simulated regions.
    pub cloud: CloudName,
    /// What makes the simulated cloud again, for a drill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<Drill>,
    /// The program that wrote the journal.
    pub program: Clean,
    /// When the incident was declared.
    pub declared_at: Timestamp,
    /// Who drove it, one entry a session.
    pub sessions: Vec<Session>,
    /// Whose credentials were used in each region.
    pub identities: Vec<Identity>,
}

/// One session of a commander.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Who.
    pub commander: Clean,
    /// From which machine.
    pub host: Clean,
    /// Since when.
    pub opened_at: Timestamp,
    /// Whether it went on from an earlier one.
    pub resumed: bool,
    /// Why it closed; `None` when it did not, or was cut off.
    pub closed: Option<Clean>,
}

impl Subject {
    /// Reads it off the state and the events.
    pub fn of(state: &State, events: &[Event]) -> Self {
        let (run, application) = (&state.run, &state.run.plan.application);
        Self {
            run: run.run.clone(),
            application: application.name.clone(),
            description: application.description.clone(),
            owner: application.owner.clone(),
            intent: run.intent,
            primary: application.primary.clone(),
            recovery: application.recovery.clone(),
            cloud: run.cloud,
            drill: run.drill.clone(),
            program: run.program.clone(),
            declared_at: run.declared_at,
            sessions: sessions(events),
            identities: state.identities.values().cloned().collect(),
        }
    }

    /// `DRILL` on a simulated cloud, `REAL` on any other: the word that the console has on its screen.
    pub fn label(&self) -> &'static str {
        match self.cloud {
            CloudName::Sim => "DRILL",
            CloudName::Aws => "REAL",
        }
    }

    /// Everyone who drove it, each once, in the order in which they came.
    pub fn commanders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for session in &self.sessions {
            if !names.contains(&session.commander.as_str()) {
                names.push(session.commander.as_str());
            }
        }
        names
    }
}

fn sessions(events: &[Event]) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for event in events {
        if let What::SessionOpened { host, resumed, .. } = &event.what {
            sessions.push(Session {
                commander: event.by.clone(),
                host: host.clone(),
                opened_at: event.at,
                resumed: *resumed,
                closed: None,
            });
        }
        // The last event of a session that ends its run: nothing else closes it.
        if let (What::RunEnded(_), Some(session)) = (&event.what, sessions.last_mut()) {
            session.closed = Some("the run ended".into());
        }
        if let (What::SessionClosed { why }, Some(session)) = (&event.what, sessions.last_mut()) {
            session.closed = Some(why.clone());
        }
    }
    sessions
}
