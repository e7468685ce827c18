//! Which events are shown: one slice of the record, narrowed to words. What was looked at once is not looked at again.

use super::told;
use crate::console::record::{Record, Slice};
use crate::console::widgets::Narrow;
use crate::console::world::World;
use crate::recovery::Event;
use std::sync::Arc;

/// The rows as they were shown last: what a key means, whatever has come since.
#[derive(Default)]
pub struct Rows {
    record: Record,
    slice: Slice,
    narrow: Narrow,
    /// The places of the events that are kept, while it is narrowed.
    kept: Vec<usize>,
    /// How many events of the slice have been looked at for that.
    looked_at: usize,
}

impl Rows {
    /// Takes in what has come since.
    pub fn catch_up(&mut self, world: &World) {
        self.record = world.memory.record.clone();
        let all = self.record.len(self.slice);
        if all < self.looked_at {
            // A recording was taken back to an earlier time.
            (self.kept, self.looked_at) = (Vec::new(), 0);
        }
        if self.narrow.is_empty() {
            return;
        }
        for row in self.looked_at..all {
            let Some(place) = self.record.place(self.slice, row) else { continue };
            let takes = |event: &Arc<Event>| self.narrow.takes(&format!("{} {}", event.by, told(world, event)));
            if self.record.event(place).is_some_and(takes) {
                self.kept.push(place);
            }
        }
        self.looked_at = all;
        self.narrow.count(self.kept.len(), all);
    }

    /// Shows the next slice.
    pub fn turn_slice(&mut self, world: &World) {
        self.slice = self.slice.next();
        (self.kept, self.looked_at) = (Vec::new(), 0);
        self.catch_up(world);
    }

    /// Narrows to `text`.
    pub fn filter(&mut self, world: &World, text: &str) {
        if self.narrow.set(text) {
            (self.kept, self.looked_at) = (Vec::new(), 0);
        }
        self.catch_up(world);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        if self.narrow.is_empty() { self.record.len(self.slice) } else { self.kept.len() }
    }

    /// The place in the record of a row's event.
    pub fn place(&self, row: usize) -> Option<usize> {
        if self.narrow.is_empty() { self.record.place(self.slice, row) } else { self.kept.get(row).copied() }
    }

    /// The row of the event at `place`, or of the last one shown before it.
    pub fn row(&self, place: usize) -> usize {
        if self.narrow.is_empty() {
            return self.record.row(self.slice, place);
        }
        self.kept.partition_point(|kept| *kept <= place).saturating_sub(1)
    }

    /// A row's event.
    pub fn event(&self, row: usize) -> Option<&Arc<Event>> {
        self.record.event(self.place(row)?)
    }

    /// What is shown, for the pane's title.
    pub fn title(&self) -> String {
        self.narrow.title(&format!("Timeline {} · {} [v]", self.len(), self.slice.word()))
    }

    /// What to say when there is none.
    pub fn none(&self) -> String {
        format!("nothing here: {} [v shows another part]", self.slice.word())
    }
}
