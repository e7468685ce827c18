//! Scheduled actions, in words.

use super::words::ScheduledAction;

/// What it does, and when.
pub(super) fn in_words(action: &ScheduledAction) -> String {
    let sizes = [("min", action.min), ("max", action.max), ("desired", action.desired)];
    let sets: Vec<String> =
        sizes.into_iter().filter_map(|(name, size)| size.map(|size| format!("{name} {size}"))).collect();
    let at = action.at.map_or_else(String::new, |at| format!(" at {at:.0}"));
    format!("{} sets {}{at}", action.name, sets.join(", "))
}
