//! The way back of a global database: the old primary is its secondary again, and becomes its primary by a switchover, which
//! loses nothing. One that was taken out of a global database cannot join it again: a new one is made by hand, with a new
//! cluster.

use super::fields::Said;
use super::pair::Pair;
use super::rejoined::Rejoined;
use super::{evidence, snapshot};
use crate::plan::{Application, Component, Draft, Gate, Side};
use crate::service::ask::Ask;
use crate::service::turned::{Done, Turned, said as said_of};
use crate::service::work::{Asked, Facts, Verdict, Work};
use crate::text::Clean;
use serde_json::{Value, json};

/// Where a failback is told which global database it was taken out of.
const LEFT: &str = "left";

/// How long Aurora is waited for to rebuild the old primary: what is not back by then does not come by itself.
const DAY_SECONDS: f64 = 86_400.0;

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
    if !["fail-over", "switch", "detach"].into_iter().any(promoted) {
        return Err(format!("{} was not made primary by that run", said.recovery));
    }
    let mut turned = Turned::of(component);
    turned.set("primary", json!(said.recovery));
    if !promoted("detach") {
        turned.set("recovery", json!(said.primary));
        let copy = done.before("keep-snapshot").and_then(snapshot::copy_of);
        if done.has_acted("keep-snapshot") {
            let called =
                copy.map_or_else(|| "the copy of its snapshot".to_owned(), |copy| format!("the snapshot {copy}"));
            turned.keeps.push(format!("{called} in {there}: what only {} had", said.primary));
        }
        if let Some(copy) = copy {
            turned.said(evidence::SNAPSHOT, json!(copy));
        }
        if done.step("fenced").is_some_and(|fenced| !fenced.is_verified) {
            turned.diverged.push(format!(
                "nobody saw that the writes of {} were blocked: what it took until it was rebuilt is in no count",
                said.primary
            ));
        }
        if promoted("fail-over") {
            let is_in = copy.map_or_else(
                || "was in a snapshot that Aurora took, if it took one: no copy of it was kept".to_owned(),
                |copy| format!("is in {copy}"),
            );
            turned.diverged.push(format!("what {} took and {} did not have {is_in}", said.primary, said.recovery));
        }
        return Ok(turned);
    }
    let (global, cluster) = (format!("{}-back", said.global), format!("{}-back", said.primary));
    turned.set("detach", Value::Null);
    turned.set("global", json!(global));
    turned.set("recovery", json!(cluster));
    turned.said(LEFT, json!({ "global": said.global, "primary": said.primary }));
    turned.notes.push(format!(
        "THE PLAN CHANGES: {} left {}, and no cluster joins a global database again as it is",
        said.recovery, said.global
    ));
    turned.notes.push(format!(
        "global = {global} and recovery = {cluster} are new: they are made by hand, with the calls that the gate tells"
    ));
    turned
        .notes
        .push("write both into the plan of the application once this is done: as it is, it is of no use".to_owned());
    turned.keeps.push(format!(
        "{} in {there}, of the global database {}: the cluster of {here} left it",
        said.primary, said.global
    ));
    turned.diverged.push(format!("what {} took since {} left it is there alone", said.primary, said.recovery));
    Ok(turned)
}

/// The cluster that was left, where one was.
pub(super) fn left(component: &Component) -> Option<&str> {
    said_of(component, LEFT)?.get("primary")?.as_str()
}

/// The step that sees it back; with what has to be done by hand before that, where something has.
pub(super) fn rejoined_step(component: &Component, application: &Application) -> Draft {
    let title = format!("see the old {} back as a secondary", component.name);
    let rejoined = Draft::look("rejoined", title, Side::Recovery, 60.0, 2.0 * DAY_SECONDS).before_the_return();
    let Some(said) = Said::of(&component.fields).ok().filter(|_| said_of(component, LEFT).is_some()) else {
        return rejoined;
    };
    let (here, there) = (&application.primary, &application.recovery);
    let Said { global, primary, recovery, .. } = said;
    let ask = format!(
        "make a new global database of {primary} with a new cluster in {there}: aws rds create-global-cluster --region {here} \
         --global-cluster-identifier {global} --source-db-cluster-identifier THE-ARN-OF-{primary}; then, set up as the cluster \
         that was left there, aws rds create-db-cluster --region {there} --db-cluster-identifier {recovery} \
         --global-cluster-identifier {global} --engine ITS-ENGINE --engine-version ITS-VERSION, and aws rds \
         create-db-instance --region {there} --db-cluster-identifier {recovery} --db-instance-identifier {recovery}-1 \
         --db-instance-class ITS-CLASS --engine ITS-ENGINE"
    );
    rejoined.gated(vec![Gate::Manual { ask: Clean::new(&ask), who: None }])
}

/// Whether the old primary is back as a secondary: Aurora rebuilds it for as long as its volume is large.
pub(super) struct Back {
    pub rejoined: Rejoined,
}

impl Work for Back {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        self.rejoined.asks(asked)
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let waited = facts.now.duration_since(facts.started_at).as_secs_f64();
        let Pair { global, old, primary, .. } = &self.rejoined.pair;
        match self.rejoined.goal(facts) {
            Verdict::Moving { note, .. } if waited >= DAY_SECONDS => Verdict::bad(
                format!("{note}, for a day now: it does not come by itself"),
                format!(
                    "keep a snapshot of it, give it another name (aws rds modify-db-cluster --region {region} \
                     --db-cluster-identifier {primary} --new-db-cluster-identifier {primary}-kept --apply-immediately), make a \
                     new one under its name (aws rds create-db-cluster --region {region} --db-cluster-identifier {primary} \
                     --global-cluster-identifier {global} --engine ITS-ENGINE; then an instance of it), and retry: what only \
                     the old one had is in that snapshot alone",
                    region = old.region
                ),
            ),
            verdict => verdict,
        }
    }
}
