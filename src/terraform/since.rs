//! What a later snapshot says of what an earlier one is written as: an import is for what is there, and what is there no more is
//! made anew. A store is not: made anew, it would be empty.

use super::generate::{Generated, generate, note};
use super::restore::is_store;
use crate::snapshot::format::ABSENT;
use crate::snapshot::{Reference, Resource, Snapshot};
use std::collections::BTreeSet;

/// Takes the import from each block of `generated`, written of `snapshot`, that `newest` has not, and notes it; how many.
///
/// A block is there when the newest is written with one of its class and import. Of what is in the newest and could not be
/// written of it, and of what it names as outside, nobody knows better: the import stays, and stops a plan where it is wrong.
pub fn settle(generated: &mut Generated, snapshot: &Snapshot, newest: &Snapshot) -> usize {
    let now = generate(newest, &|_| true);
    let there: BTreeSet<(&str, &str)> =
        now.blocks.iter().filter_map(|one| Some((one.address.class.as_str(), one.import.as_deref()?))).collect();
    let written: BTreeSet<&Reference> = now.blocks.iter().map(|one| &one.of).collect();
    let taken = newest.taken.as_ref().map_or_else(String::new, |taken| format!(", taken {}", taken.started));
    let newest_is = format!("the newest snapshot ({}{taken})", &newest.hash()[..12]);
    let mut notes = Vec::new();
    let mut gone = 0;
    for one in &mut generated.blocks {
        let Some(import) = one.import.clone() else { continue };
        if there.contains(&(one.address.class.as_str(), import.as_str())) {
            continue;
        }
        let Some(resource) = snapshot.resource(&one.of) else { continue };
        let is_kept = match newest.resource(&one.of) {
            Some(_) => !written.contains(&one.of),
            None => is_outside(newest, resource),
        };
        if is_kept {
            let found = format!(
                "{newest_is} has it, and not how it is set up: whether all of it is there is not known, and its imports stay"
            );
            notes.push(note(
                "not-known-now",
                resource,
                &found,
                "look whether it is there: a plan stops at an import of what is not",
            ));
            continue;
        }
        if newest.resource(&one.of).is_none() && is_store(snapshot, resource) {
            let found = format!(
                "it is a store, and {newest_is} has it not: its imports stay, so that a plan stops and nothing empty is made"
            );
            notes.push(note(
                "store-gone",
                resource,
                &found,
                "bring it back from a copy of its data first, or leave it out: --without",
            ));
            continue;
        }
        one.import = None;
        one.is_gone = true;
        gone += 1;
        let found =
            format!("{newest_is} has no {}: it is written without an import, and an apply makes it", one.address);
        let fix = format!(
            "nothing, if it is gone; if it is there all the same: terraform import '{}' '{import}'",
            one.address
        );
        notes.push(note("not-there-now", resource, &found, &fix));
    }
    generated.notes.extend(notes);
    generated.notes.sort();
    generated.notes.dedup();
    gone
}

/// Whether a snapshot refers to it as what is there and was not captured.
fn is_outside(newest: &Snapshot, resource: &Resource) -> bool {
    let reference = resource.reference().to_string();
    let is_it = |to: &String| *to == reference || *to == resource.id || Some(to) == resource.arn.as_ref();
    newest.outside.iter().any(|one| one.why != ABSENT && is_it(&one.to))
}
