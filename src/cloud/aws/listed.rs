//! Which series of metrics are there, over every look of one set of clients: what was found once is asked for without a list.

use crate::service::CloudWatchQuery;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What tells a series from others of its metric: names and values.
pub(super) type Dimensions = Vec<(String, String)>;

/// The series that were found.
#[derive(Default)]
pub(super) struct Listed(Mutex<HashMap<CloudWatchQuery, Vec<Dimensions>>>);

impl Listed {
    /// The series of what `query` asks for, where they are known.
    pub(super) fn of(&self, query: &CloudWatchQuery) -> Option<Vec<Dimensions>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(query).cloned()
    }

    /// Notes those that were found; none may be there yet, and is asked for again.
    pub(super) fn note(&self, query: &CloudWatchQuery, found: &[Dimensions]) {
        if !found.is_empty() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(query.clone(), found.to_vec());
        }
    }
}
