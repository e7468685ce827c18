//! A recording being played: which event it stands at, what time it shows, how fast it goes. Folds the events again
//! from the nearest checkpoint; knows no key and no terminal.

use super::marks::{Mark, mark_of};
use super::speed::Speed;
use crate::console::past::Past;
use crate::console::world::World;
use crate::recovery::objective::seconds_between;
use crate::recovery::{Event, What};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// How many events lie between two checkpoints: what a seek folds at most, some milliseconds of it. A checkpoint of
/// 2,000 components takes two megabytes or more, so that they are few.
const EVERY: usize = 16_384;
/// Silences longer than this many seconds of the run's time are cut short while playing: nobody was there.
const LONGEST_SILENCE: f64 = 120.0;

/// How long before the event that ends such a silence it is played on, in seconds of the run: so that it is seen to come.
const LEAD_IN: f64 = 2.0;

/// A moment of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// So many seconds after the declaration of the incident.
    Seconds(f64),
    /// The last event.
    End,
}

/// How a replay begins.
#[derive(Clone, Debug)]
pub struct Begin {
    /// How many seconds of the run pass in one.
    pub speed: f64,
    /// Where it begins; at the first event when absent.
    pub at: Option<Moment>,
    /// Whether it plays by itself.
    pub playing: bool,
    /// Another recording to be laid beside it.
    pub beside: Option<Arc<[Arc<Event>]>>,
}

/// A recording being played.
#[derive(Clone, Debug)]
pub struct Player {
    events: Vec<Arc<Event>>,
    /// After all the events that have been loaded.
    head: Past,
    /// After every [`EVERY`] events; the first one after the run was opened.
    checkpoints: Vec<Past>,
    marks: Vec<Mark>,
    /// How many events are folded into what is shown.
    shown: usize,
    time: Timestamp,
    /// Where a longer recording beside it ends: it goes on that far, standing at its own last event.
    goes_on_until: Option<Timestamp>,
    /// Still to be gone to, once that much is loaded.
    going_to: Option<Timestamp>,
    speed: Speed,
    playing: bool,
    loaded: bool,
}

impl Player {
    /// A recording that begins with `first`; `None` when that opens no run.
    pub fn open(first: &Arc<Event>, begin: &Begin) -> Option<Self> {
        let head = Past::open(first)?;
        let going_to = begin.at.and_then(|moment| match moment {
            Moment::Seconds(seconds) => later(head.state.run.declared_at, seconds),
            // Beyond all events: gone to once all are loaded.
            Moment::End => Some(Timestamp::MAX),
        });
        let time = head.state.at;
        Some(Self {
            events: vec![Arc::clone(first)],
            checkpoints: vec![head.clone()],
            head,
            marks: Vec::new(),
            shown: 1,
            time,
            goes_on_until: None,
            going_to,
            speed: Speed::nearest(begin.speed),
            playing: begin.playing,
            loaded: false,
        })
    }

    /// Takes events of the recording as they are loaded.
    pub fn load(&mut self, events: &[Arc<Event>], world: &mut World) {
        for event in events {
            self.head.take(event);
            self.events.push(Arc::clone(event));
            self.marks.extend(mark_of(event, self.events.len()));
            if self.events.len().is_multiple_of(EVERY) {
                self.checkpoints.push(self.head.clone());
            }
        }
        if let Some(time) = self.going_to.filter(|time| self.head.state.at >= *time) {
            self.seek(time, world);
        }
        world.changes += 1;
    }

    /// Learns that the whole recording is loaded.
    pub fn all_loaded(&mut self, world: &mut World) {
        self.loaded = true;
        if let Some(time) = self.going_to {
            self.seek(time, world);
        }
        world.changes += 1;
    }

    /// Lets `passed` of the viewer's time pass; `true` when what is shown changed.
    pub fn pass(&mut self, passed: Duration, world: &mut World) -> bool {
        if !self.playing || self.going_to.is_some() {
            return false;
        }
        let mut time = later(self.time, passed.as_secs_f64() * self.speed.times()).unwrap_or(self.time);
        if let Some(next) = self.events.get(self.shown) {
            let silence = next.at.duration_since(time).as_secs_f64();
            if silence > LONGEST_SILENCE {
                time = later(next.at, -LEAD_IN).unwrap_or(next.at);
            }
        } else if !self.loaded {
            // What comes next is still being read: the time waits for it.
            return false;
        }
        let shown = self.shown;
        let time = time.min(self.end());
        let changes = world.changes;
        self.time = time;
        self.show(self.count_until(self.time).max(shown), world);
        if self.is_at_its_end() {
            self.playing = false;
            return true;
        }
        self.shown != shown || world.changes != changes
    }

    /// Goes to `time`, as far as the recording reaches.
    pub fn seek(&mut self, time: Timestamp, world: &mut World) {
        self.going_to = None;
        self.time = time.clamp(self.events[0].at, self.end());
        self.show(self.count_until(self.time).max(1), world);
    }

    /// Goes to so many seconds after the declaration of the incident.
    pub fn seek_seconds(&mut self, seconds: f64, world: &mut World) {
        let time = later(self.head.state.run.declared_at, seconds).unwrap_or(self.time);
        self.seek(time, world);
    }

    /// Goes `seconds` of the run's time on, or back.
    pub fn scrub(&mut self, seconds: f64, world: &mut World) {
        let time = later(self.time, seconds).unwrap_or(self.time);
        self.seek(time, world);
    }

    /// To the start.
    pub fn to_start(&mut self, world: &mut World) {
        self.stand_at(1, world);
    }

    /// To the end of what is loaded.
    pub fn to_end(&mut self, world: &mut World) {
        self.seek(self.end(), world);
    }

    /// Goes on for so many seconds after the declaration, where its own end comes before: a longer recording is beside it.
    pub fn go_on_for(&mut self, seconds: f64) {
        self.goes_on_until = later(self.head.state.run.declared_at, seconds);
    }

    /// How long the recording is, in seconds from the declaration, as far as it is loaded.
    pub fn length_seconds(&self) -> f64 {
        seconds_between(self.head.state.run.declared_at, self.head.state.at)
    }

    /// Where it ends: its last event, or the end of a longer one beside it.
    fn end(&self) -> Timestamp {
        self.goes_on_until.map_or(self.head.state.at, |until| until.max(self.head.state.at))
    }

    fn is_at_its_end(&self) -> bool {
        self.shown == self.events.len() && self.loaded && self.time >= self.end()
    }

    /// To the next event that is more than a call or a sample; `false` when there is none.
    pub fn next_event(&mut self, world: &mut World) -> bool {
        let next = (self.shown..self.events.len()).find(|at| tells(&self.events[*at]));
        self.stand_after(next, world)
    }

    /// To the one before.
    pub fn previous_event(&mut self, world: &mut World) -> bool {
        let before = (0..self.shown.saturating_sub(1)).rev().find(|at| tells(&self.events[*at]));
        self.stand_after(before, world)
    }

    /// To the next gate or failure; `false` when there is none.
    pub fn next_mark(&mut self, world: &mut World) -> bool {
        let next = self.marks.iter().find(|mark| mark.after > self.shown).map(|mark| mark.after - 1);
        self.stand_after(next, world)
    }

    /// To the one before.
    pub fn previous_mark(&mut self, world: &mut World) -> bool {
        let before = self.marks.iter().rev().find(|mark| mark.after < self.shown).map(|mark| mark.after - 1);
        self.stand_after(before, world)
    }

    /// Plays on, or stands still; from the end it begins anew.
    pub fn play_or_pause(&mut self, world: &mut World) {
        self.playing = !self.playing;
        if self.playing && self.is_at_its_end() {
            self.to_start(world);
            self.playing = true;
        }
    }

    /// Goes faster or slower.
    pub fn change_speed(&mut self, faster: bool) {
        self.speed = if faster { self.speed.faster() } else { self.speed.slower() };
    }

    /// Whether it plays.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// How fast it plays.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether all of it is loaded.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// How many events are shown, of how many that are loaded.
    pub fn place(&self) -> (usize, usize) {
        (self.shown, self.events.len())
    }

    /// The time shown.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// When the recording begins and ends, as far as it is loaded.
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.events[0].at, self.end())
    }

    /// The gates, failures and ends, in order.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    fn stand_after(&mut self, event: Option<usize>, world: &mut World) -> bool {
        if let Some(event) = event {
            self.stand_at(event + 1, world);
        }
        event.is_some()
    }

    /// Shows the first `count` events, and the time of the last of them.
    fn stand_at(&mut self, count: usize, world: &mut World) {
        self.going_to = None;
        self.time = self.events[count - 1].at;
        self.show(count, world);
    }

    /// How many events had happened by `time`. Their times never go back.
    fn count_until(&self, time: Timestamp) -> usize {
        self.events.partition_point(|event| event.at <= time)
    }

    fn show(&mut self, count: usize, world: &mut World) {
        let count = count.clamp(1, self.events.len());
        let checkpoint = count / EVERY;
        let is_nearer = count < self.shown || checkpoint * EVERY > self.shown;
        if is_nearer {
            let past = self.checkpoints[checkpoint].clone();
            world.stand(past);
            self.shown = (checkpoint * EVERY).max(1);
        }
        world.take(&self.events[self.shown..count]);
        self.shown = count;
        // Behind its own end it stands there, whatever goes on beside it.
        world.at_exactly(self.time.min(self.head.state.at));
    }
}

/// Whether an event is more than a call or a sample.
fn tells(event: &Event) -> bool {
    !matches!(
        event.what,
        What::Call { .. }
            | What::Lag { .. }
            | What::Health { .. }
            | What::HealthUnchanged { .. }
            | What::Identity { .. }
            | What::Watched { .. }
            | What::StepProgress { .. }
    )
}

fn later(time: Timestamp, seconds: f64) -> Option<Timestamp> {
    time.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}
