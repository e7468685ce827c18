//! The way back of a datastore: the group of the old region is its secondary again, and then its primary. One that was taken out
//! of a datastore cannot join it again: a new datastore is made by hand, with a new group.

use super::fields::Said;
use super::pair::Pair;
use super::words;
use crate::plan::{Application, Component, Draft, Gate, Side};
use crate::service::ask::Ask;
use crate::service::say::outputs;
use crate::service::turned::{Done, Turned, said as said_of};
use crate::service::work::{Asked, Facts, Look, Verdict, Work};
use crate::text::Clean;
use serde_json::{Value, json};

/// Where a failback is told which datastore it was taken out of.
const LEFT: &str = "left";

/// Whether it was taken out of what it was of, whose place something new takes.
pub(super) fn has_left(component: &Component) -> bool {
    said_of(component, LEFT).is_some()
}

/// The component of the failback.
///
/// # Errors
/// Why there is none.
pub(super) fn of(component: &Component, said: &Said, done: &Done<'_>) -> Result<Turned, String> {
    let promoted = |action| done.step(action).is_some_and(|step| step.is_verified);
    let (here, there) = (&done.application.recovery, &done.application.primary);
    if !promoted("move") && !promoted("detach") {
        return Err(format!("{} was not made primary by that run", said.recovery));
    }
    let mut turned = Turned::of(component);
    turned.set("primary", json!(said.recovery));
    if !promoted("detach") {
        turned.set("recovery", json!(said.primary));
        turned.diverged.push(format!(
            "what {} took last and {} did not have is dropped: it is a cache",
            said.primary, said.recovery
        ));
        return Ok(turned);
    }
    let (global, group) = (format!("{}-back", said.global), format!("{}-back", said.primary));
    turned.set("detach", Value::Null);
    turned.set("global", json!(global));
    turned.set("recovery", json!(group));
    turned.said(LEFT, json!({ "global": said.global, "primary": said.primary }));
    turned.notes.push(format!(
        "THE PLAN CHANGES: {} left {}, and no group joins a datastore again as it is",
        said.recovery, said.global
    ));
    turned.notes.push(format!(
        "global = {global} and recovery = {group} are of what is made by hand: give the ids that AWS gave it"
    ));
    turned.notes.push(
        "and write both into the plan of the application once this is done: as it is, it is of no use".to_owned(),
    );
    turned
        .keeps
        .push(format!("{} in {there}, of the datastore {}: the group of {here} left it", said.primary, said.global));
    turned.diverged.push(format!("what {} took since {} left it is there alone", said.primary, said.recovery));
    Ok(turned)
}

/// The step that sees it back; with what has to be done by hand before that, where something has.
pub(super) fn joined_step(component: &Component, application: &Application) -> Draft {
    let title = format!("see the old {} back as a secondary", component.name);
    let joined = Draft::look("joined", title, Side::Recovery, 60.0, 21_600.0).before_the_return();
    let Some(said) = Said::of(&component.fields).ok().filter(|_| said_of(component, LEFT).is_some()) else {
        return joined;
    };
    let (here, there) = (&application.primary, &application.recovery);
    let Said { global, primary, recovery, .. } = said;
    let ask = format!(
        "make a datastore of {primary} with a new group in {there}: aws elasticache create-global-replication-group \
         --region {here} --global-replication-group-id-suffix {global} --primary-replication-group-id {primary}; then aws \
         elasticache create-replication-group --region {there} --replication-group-id {recovery} \
         --global-replication-group-id THE-ID-IT-GAVE --replication-group-description back. Where that id is not {global}, \
         leave, write it into the plan (landfall failback JOURNAL --out FILE), and open that"
    );
    joined.gated(vec![Gate::Manual { ask: Clean::new(&ask), who: None }])
}

/// Whether the group that is to be the primary is a secondary that gets what is written.
pub(super) struct Joined {
    pub pair: Pair,
}

impl Work for Joined {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let Pair { new, datastore, recovery, .. } = &self.pair;
        vec![words::datastore(new, datastore).ask, words::group(new, recovery).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let Pair { new, datastore, recovery, .. } = &self.pair;
        let (found, group) = match (self.pair.look(facts), self.pair.look_group(facts)) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => return Verdict::unknown(why),
            (Look::Absent, _) => {
                return Verdict::moving(format!("there is no datastore {datastore} in {}", new.region));
            }
            (_, Look::Absent) => return Verdict::moving(format!("there is no group {recovery} in {}", new.region)),
            (Look::There(found), Look::There(group)) => (found, group),
        };
        let Some(member) = self.pair.member(found) else {
            return Verdict::moving(format!("{recovery} is no member of {datastore}"));
        };
        let (status, of_group) = (found.status.as_str(), group.status.as_str());
        // Until it is one that is associated it gets nothing of what is written, whatever its own status.
        let membership = member.status.as_str();
        let words = format!("{recovery} is {} of {datastore}, {membership}, {of_group}; {status}", member.role);
        match member.is_primary() || group.is_writer() {
            true => Verdict::bad(words, "it writes already: see which group is meant to"),
            false if [status, of_group, membership] == ["available", "available", "associated"] => {
                Verdict::holds(words, outputs([]))
            }
            false => Verdict::moving(words),
        }
    }
}
