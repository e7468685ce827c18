//! Every event of the run, kept whole and in order, with an index for each way of looking at them, so that no screen
//! ever goes over all of them. What only tells the same again has no row of its own. A copy shares what it holds. Pure.

use super::repeats::Repeats;
use crate::plan::Level;
use crate::recovery::event::{Event, GateAnswer, What};
use imbl::Vector;
use std::sync::Arc;

/// What sort of thing an event is, for those who look for one sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The run or a session was opened, closed or ended.
    Session,
    /// A person decided, or is asked to.
    Decision,
    /// A step went on.
    Step,
    /// A step failed, stayed unknown or is owed.
    Failure,
    /// An API call that could change something.
    Change,
    /// An API call that only looks.
    Look,
    /// Lag, health, credentials.
    Telemetry,
    /// Something a person wrote down.
    Note,
    /// In a drill something was let go wrong, or right again: nothing that the commander did.
    Fault,
}

impl Sort {
    /// The sort of an event.
    pub fn of(event: &Event) -> Self {
        match &event.what {
            What::RunOpened(_)
            | What::SessionOpened { .. }
            | What::SessionClosed { .. }
            | What::CredentialsRenewed { .. }
            | What::RunEnded(_)
            | What::TakenUp(_)
            | What::Later { .. } => Self::Session,
            What::ModeChanged { .. }
            | What::ValuesRead { .. }
            | What::Started(_)
            | What::StepSkipped { .. }
            | What::GateOpened { .. }
            | What::RollbackStarted { .. }
            | What::AbortRequested { .. } => Self::Decision,
            What::GatePassed { answer: GateAnswer::Within, .. } => Self::Step,
            What::GatePassed { .. } => Self::Decision,
            What::StepFailed { .. }
            | What::StepUnknown { .. }
            | What::StepOwed { .. }
            | What::UndoImpossible { .. }
            | What::UndoFailed { .. }
            | What::UndoUnknown { .. }
            | What::CredentialsExpired { .. }
            | What::RollbackStopped { .. } => Self::Failure,
            What::StepStarted { .. }
            | What::StepActing { .. }
            | What::StepActed { .. }
            | What::StepProgress { .. }
            | What::StepWithdrawn { .. }
            | What::StepSucceeded { .. }
            | What::UndoStarted { .. }
            | What::UndoActing { .. }
            | What::UndoActed { .. }
            | What::StepUndone { .. }
            | What::RollbackEnded => Self::Step,
            What::Call { call, .. } if call.mutation => Self::Change,
            What::Call { .. } => Self::Look,
            // What turned failing is more than a sample.
            What::RulesTurned { found, .. } if found.iter().any(|found| found.check.level == Level::Failing) => {
                Self::Failure
            }
            What::Preflight(_)
            | What::RulesTurned { .. }
            | What::ReturnJudged(_)
            | What::Lag { .. }
            | What::Health { .. }
            | What::HealthUnchanged { .. }
            | What::Identity { .. }
            | What::Watched { .. } => Self::Telemetry,
            What::Note { .. } => Self::Note,
            What::FaultInjected { .. } | What::FaultEnded { .. } => Self::Fault,
        }
    }
}

/// Which events are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slice {
    /// Decisions, failures, notes, and how the run and its sessions went.
    #[default]
    Decisions,
    /// What was done and what came of it: all but looking and what was seen.
    Run,
    /// API calls.
    Calls,
    /// Everything.
    Everything,
}

impl Slice {
    /// Every slice, in the order in which they are gone through: from the first, one key shows everything.
    pub const ALL: [Self; 4] = [Self::Decisions, Self::Everything, Self::Run, Self::Calls];

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "what was done",
            Self::Decisions => "decisions and failures",
            Self::Calls => "calls",
            Self::Everything => "everything",
        }
    }

    /// The slice after this one, the first after the last.
    pub fn next(self) -> Self {
        match self {
            Self::Decisions => Self::Everything,
            Self::Everything => Self::Run,
            Self::Run => Self::Calls,
            Self::Calls => Self::Decisions,
        }
    }

    fn holds(self, sort: Sort) -> bool {
        match sort {
            Sort::Session | Sort::Decision | Sort::Failure | Sort::Note | Sort::Fault => self != Self::Calls,
            Sort::Step => matches!(self, Self::Run | Self::Everything),
            Sort::Change => self != Self::Decisions,
            Sort::Look => matches!(self, Self::Calls | Self::Everything),
            Sort::Telemetry => self == Self::Everything,
        }
    }
}

/// Every event of the run, in order.
#[derive(Clone, Debug, Default)]
pub struct Record {
    all: Vector<Arc<Event>>,
    /// The places of the events that have a row, by slice.
    run: Vector<usize>,
    decisions: Vector<usize>,
    calls: Vector<usize>,
    everything: Vector<usize>,
    /// Those that only tell again what another told.
    repeats: Repeats,
}

impl Record {
    /// Every event, in order.
    pub fn events(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.all.iter()
    }

    /// Every event, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.all.iter().rev()
    }

    /// Adds an event.
    pub fn push(&mut self, event: &Arc<Event>) {
        let (place, sort) = (self.all.len(), Sort::of(event));
        self.all.push_back(Arc::clone(event));
        if self.repeats.take(event, place) {
            return;
        }
        for slice in Slice::ALL.into_iter().filter(|slice| slice.holds(sort)) {
            self.index_mut(slice).push_back(place);
        }
    }

    fn index(&self, slice: Slice) -> &Vector<usize> {
        match slice {
            Slice::Run => &self.run,
            Slice::Decisions => &self.decisions,
            Slice::Calls => &self.calls,
            Slice::Everything => &self.everything,
        }
    }

    fn index_mut(&mut self, slice: Slice) -> &mut Vector<usize> {
        match slice {
            Slice::Run => &mut self.run,
            Slice::Decisions => &mut self.decisions,
            Slice::Calls => &mut self.calls,
            Slice::Everything => &mut self.everything,
        }
    }

    /// How many events there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// How many rows a slice has.
    pub fn len(&self, slice: Slice) -> usize {
        self.index(slice).len()
    }

    /// The place of a slice's event at `row`.
    pub fn place(&self, slice: Slice, row: usize) -> Option<usize> {
        self.index(slice).get(row).copied()
    }

    /// The row of a slice that shows the event at `place`, or the last one before it.
    pub fn row(&self, slice: Slice, place: usize) -> usize {
        match self.index(slice).binary_search(&place) {
            Ok(row) => row,
            Err(after) => after.saturating_sub(1),
        }
    }

    /// The events that only tell again what the one at `place` told, in order.
    pub fn repeats(&self, place: usize) -> impl ExactSizeIterator<Item = &Arc<Event>> {
        self.repeats.of(place).iter().map(|again| &self.all[*again])
    }

    /// The event at `place`.
    pub fn event(&self, place: usize) -> Option<&Arc<Event>> {
        self.all.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::Mode;
    use crate::service::CallMade;
    use crate::text::Clean;

    fn event(seq: u64, what: What) -> Arc<Event> {
        Arc::new(Event { seq, at: jiff::Timestamp::UNIX_EPOCH, offset_ms: 0, epoch: 1, by: "ana".into(), what })
    }

    fn record() -> Record {
        let mut record = Record::default();
        let whats = [
            What::ModeChanged { mode: Mode::Auto },
            What::StepStarted { step: "db/promote".into(), attempt: 1 },
            What::Lag { component: "db".into(), sample: Default::default() },
            What::StepFailed { step: "db/promote".into(), reason: "no".into(), help: "".into(), checks: vec![] },
            What::Note { text: "calling the DBA".into(), step: None },
        ];
        for (seq, what) in whats.into_iter().enumerate() {
            record.push(&event(seq as u64, what));
        }
        record
    }

    fn places(record: &Record, slice: Slice) -> Vec<usize> {
        (0..record.len(slice)).filter_map(|row| record.place(slice, row)).collect()
    }

    #[test]
    fn each_slice_shows_its_own_events_in_order() {
        let record = record();
        assert_eq!(places(&record, Slice::Run), [0, 1, 3, 4]);
        assert_eq!(places(&record, Slice::Decisions), [0, 3, 4]);
        assert_eq!(places(&record, Slice::Calls), Vec::<usize>::new());
        assert_eq!(places(&record, Slice::Everything), [0, 1, 2, 3, 4]);
    }

    fn call(operation: &str, error: Option<&str>, mutation: bool) -> What {
        let call = CallMade {
            operation: operation.into(),
            region: "us-west-2".into(),
            attempt: 1,
            latency_ms: 40,
            request_id: None,
            error: error.map(Clean::new),
            mutation,
        };
        What::Call { step: Some("db/promote".into()), call }
    }

    #[test]
    fn what_is_asked_again_and_answered_the_same_is_one_row_with_its_number() {
        let mut record = record();
        let polls = ["DescribeDBInstances", "DescribeServices"];
        for seq in 5..15 {
            record.push(&event(seq, call(polls[seq as usize % 2], None, false)));
        }
        assert_eq!(places(&record, Slice::Calls), [5, 6]);
        assert_eq!((record.repeats(5).len(), record.repeats(6).len(), record.count()), (4, 4, 15));
        let again: Vec<u64> = record.repeats(5).map(|event| event.seq).collect();
        assert_eq!(again, [7, 9, 11, 13], "every one of them is still there");
    }

    #[test]
    fn another_answer_a_change_and_what_happened_between_are_no_repeats() {
        let mut record = Record::default();
        let whats = [
            call("DescribeDBInstances", None, false),
            call("DescribeDBInstances", Some("no answer"), false),
            call("PromoteReadReplica", None, true),
            call("PromoteReadReplica", None, true),
            call("DescribeDBInstances", None, false),
            What::StepStarted { step: "db/promote".into(), attempt: 1 },
            call("DescribeDBInstances", None, false),
        ];
        for (seq, what) in whats.into_iter().enumerate() {
            record.push(&event(seq as u64, what));
        }
        assert_eq!(places(&record, Slice::Everything), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn an_event_keeps_its_place_from_slice_to_slice_as_near_as_there_is_one() {
        let record = record();
        for slice in Slice::ALL {
            for row in 0..record.len(slice) {
                let place = record.place(slice, row).expect("a row of the slice");
                assert_eq!(record.row(slice, place), row);
            }
        }
        assert_eq!(record.row(Slice::Decisions, 2), 0);
        assert_eq!(record.row(Slice::Calls, 4), 0);
    }

    #[test]
    fn a_copy_goes_its_own_way() {
        let before = record();
        let mut after = before.clone();
        after.push(&event(5, What::RollbackEnded));
        assert_eq!((before.len(Slice::Everything), after.len(Slice::Everything)), (5, 6));
    }

    #[test]
    fn going_through_the_slices_comes_round() {
        let mut slice = Slice::default();
        for expected in Slice::ALL {
            assert_eq!(slice, expected);
            slice = slice.next();
        }
        assert_eq!(slice, Slice::default());
    }
}
