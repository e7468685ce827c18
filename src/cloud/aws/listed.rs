//! Which series of metrics are there, over every look of one set of clients: what was found once is asked for without a list.

use crate::service::CloudWatchQuery;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long none is what is known, where none was found: there may be one soon.
const NONE_FOR: Duration = Duration::from_secs(120);

/// What tells a series from others of its metric: names and values.
pub(super) type Dimensions = Vec<(String, String)>;

/// The series that were found.
#[derive(Default)]
pub(super) struct Listed(Mutex<HashMap<CloudWatchQuery, (Instant, Vec<Dimensions>)>>);

impl Listed {
    /// The series of what `query` asks for, where it is known which there are.
    pub(super) fn of(&self, query: &CloudWatchQuery) -> Option<Vec<Dimensions>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, found) = held.get(query)?;
        (!found.is_empty() || at.elapsed() < NONE_FOR).then(|| found.clone())
    }

    /// Notes those that were found.
    pub(super) fn note(&self, query: &CloudWatchQuery, found: &[Dimensions]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(query.clone(), (Instant::now(), found.to_vec()));
    }
}
