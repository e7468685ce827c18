//! What a restore to the recovery region would make, of what lies on a disk. No cloud is asked, nothing is written.

use super::drifts::Kept;
use crate::cli::restore::{look, pairs};
use crate::console::restore::{Made, Of, Preview};
use crate::plan::Plan;
use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::restore::{self, Data, Order, Refusal, Restored};
use crate::text::{Clean, shell_word};
use std::collections::BTreeMap;
use std::path::Path;

/// What would be made of `primary` where `recovery` is.
pub(super) fn preview(plan: &Plan, path: &Path, primary: Option<&Kept>, recovery: Option<&Kept>) -> Preview {
    let to = plan.application.recovery.as_str();
    let not = |why: &str, fix: &str| Preview::Not { why: Clean::new(why), fix: Clean::new(fix) };
    let Some((snapshot, at)) = primary else {
        let why = format!("there is no snapshot of {} to restore", plan.application.primary);
        return not(&why, "landfall capture PLAN takes one while that region answers");
    };
    let there = recovery.map(|(there, _)| there);
    let command = command(path, to);
    match restored(plan, snapshot, there) {
        Ok((restored, silent)) => {
            let of = Of { to, at: *at, there: recovery.map(|(there, at)| (there, *at)), command: &command };
            Preview::There(Box::new(Made::of(snapshot, of, &restored, &silent)))
        }
        Err(why) => not(&why, "landfall restore PLAN tells more"),
    }
}

/// The command that writes it.
pub(super) fn command(path: &Path, to: &str) -> String {
    let plan = match path.as_os_str().is_empty() {
        true => "PLAN".to_owned(),
        false => shell_word(&path.to_string_lossy()),
    };
    format!("landfall restore {plan} --to {to} --out DIR")
}

/// What is made, and the stores of which nobody says where their data comes from: these are shown as if it came of a copy.
///
/// # Errors
/// Why it cannot be made at all.
pub(super) fn restored(
    plan: &Plan,
    snapshot: &Snapshot,
    there: Option<&Snapshot>,
) -> Result<(Restored, Vec<(Reference, String)>), String> {
    let to = plan.application.recovery.as_str();
    look(to, snapshot, false).map_err(|error| error.to_string())?;
    let mut said: BTreeMap<Reference, Data> = BTreeMap::new();
    let mut silent = Vec::new();
    loop {
        let data = |resource: &Resource| said.get(&resource.reference()).copied();
        match restore::restored(snapshot, &order(plan, snapshot, there, &data)) {
            Ok(restored) => return Ok((restored, silent)),
            Err(Refusal::Asked(why)) => return Err(why),
            Err(Refusal::Stores(stores)) => {
                let before = said.len();
                for (of, why) in stores {
                    let from = [Data::Snapshot, Data::PointInTime, Data::Empty];
                    let first = from.into_iter().find(|data| data.is_of(&of.kind));
                    said.extend(first.map(|data| (of.clone(), data)));
                    silent.push((of, why));
                }
                if said.len() == before {
                    return Err("nobody says where the data of a store comes from".to_owned());
                }
            }
        }
    }
}

/// All of it, to the recovery region.
pub(super) fn order<'a>(
    plan: &Plan,
    snapshot: &Snapshot,
    there: Option<&'a Snapshot>,
    data: &'a dyn Fn(&Resource) -> Option<Data>,
) -> Order<'a> {
    let to = plan.application.recovery.to_string();
    Order {
        pairs: pairs(plan, snapshot, &to),
        to,
        account: None,
        recovery: there,
        data,
        is_chosen: &|_| true,
        is_named: &|_| false,
        cidr: None,
    }
}
