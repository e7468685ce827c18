//! What differs, of what lies on a disk: Terraform's states, an earlier snapshot and the other region's against the newest snapshot.
//! No cloud is asked.

use crate::cli::capture::{beside, scope};
use crate::cli::drift::state;
use crate::console::drift::{Beside, Compared, Drifts, Known, Row, Side};
use crate::console::inventory::component_of;
use crate::import;
use crate::plan::Plan;
use crate::service::posture::Declared;
use crate::snapshot::{Finding, Reference, Resource, Snapshot, compare};
use crate::terraform::Sealing;
use crate::terraform::drift::against;
use crate::terraform::regions::between;
use crate::terraform::state::Instance;
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A snapshot, and when it was taken.
pub(super) type Kept = (Snapshot, Timestamp);

/// What is compared.
#[derive(Default)]
pub(super) struct Kinds<'a> {
    /// The newest of the primary region, the one before it, and the newest of the recovery region.
    pub primary: Option<&'a Kept>,
    pub earlier: Option<&'a Kept>,
    pub recovery: Option<&'a Kept>,
}

/// The files of `plan`'s states, which lies at `path`.
pub(super) fn states(plan: &Plan, path: &Path) -> Vec<PathBuf> {
    plan.capture.terraform.iter().map(|named| beside(path, named)).filter(|path| path.as_os_str() != "-").collect()
}

/// When a state was written, and how long it is; none where it cannot be told.
pub(super) type Stamp = Option<(SystemTime, u64)>;

/// By what it is known whether a state is another than before.
pub(super) fn stamps(states: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.modified().ok()?, about.len()))
    };
    states.iter().map(stamp).collect()
}

/// All three comparisons.
pub(super) fn all(plan: &Plan, states: &[PathBuf], kinds: &Kinds<'_>) -> Drifts {
    Drifts { tabs: [declared(plan, states, kinds), since(plan, kinds), regions(plan, kinds)] }
}

fn not(why: &str, fix: &str) -> Known {
    Known::Not { why: Clean::new(why), fix: Clean::new(fix) }
}

fn no_snapshot(region: &str, more: &str) -> Known {
    let fix = format!("landfall capture PLAN{more} takes one, in another terminal: it changes nothing");
    not(&format!("there is no snapshot of {region}"), &fix)
}

fn declared(plan: &Plan, states: &[PathBuf], kinds: &Kinds<'_>) -> Known {
    let Some((now, at)) = kinds.primary else { return no_snapshot(plan.application.primary.as_str(), "") };
    if states.is_empty() {
        let fix = "terraform = [\"…\"] in [capture] names the files that terraform state pull writes";
        return not("the plan names no state of Terraform", fix);
    }
    let instances = match instances(states, now) {
        Ok(instances) => instances,
        Err(error) => return not(&format!("{error:#}"), "landfall drift PLAN --terraform STATE tells more"),
    };
    let found = against(now, &instances, &[]);
    let named = match states {
        [one] => one.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        many => format!("{} states", many.len()),
    };
    let mut rows: Vec<Row> = found.compared.findings.iter().map(|one| row(one, now, None)).collect();
    // As far as an apply takes it away, it is worse than what an apply leaves.
    rows.sort_by_key(|row| Row::rank(row.drift));
    Known::There(Compared {
        left: Side { name: Clean::new(&named), at: None },
        right: Side { name: Clean::new(&now.region), at: Some(*at) },
        rows,
        same: Some(found.same),
        uncompared: found.compared.uncompared,
    })
}

/// What the files of `states` declare, as `snapshot` says it.
fn instances(states: &[PathBuf], snapshot: &Snapshot) -> miette::Result<Vec<Instance>> {
    let files = states.iter().map(|path| state(path)).collect::<miette::Result<Vec<_>>>()?;
    Ok(import::declared(&files, &Sealing::default().knowing([snapshot]))?)
}

/// What comes of comparing `snapshot` with them.
pub(super) fn compared(states: &[PathBuf], snapshot: &Snapshot) -> Declared {
    if states.is_empty() {
        return Declared::Nowhere;
    }
    match instances(states, snapshot) {
        Ok(instances) => {
            let found = against(snapshot, &instances, &[]);
            Declared::Compared { compared: Arc::new(found.compared), same: found.same }
        }
        Err(error) => Declared::Unreadable(format!("{error:#}")),
    }
}

fn since(plan: &Plan, kinds: &Kinds<'_>) -> Known {
    let Some((now, at)) = kinds.primary else { return no_snapshot(plan.application.primary.as_str(), "") };
    let Some((then, before)) = kinds.earlier else {
        let fix = "landfall capture PLAN keeps another when something changed";
        return not(&format!("there is one snapshot of {}, and none before it", now.region), fix);
    };
    let mut found = compare(then, now, &[]);
    found.findings.iter_mut().for_each(crate::cli::drift::told_since);
    let whole = |finding: &Finding| {
        let of = Reference::new(&finding.kind, &finding.id);
        Some((now.resource(&of)?, then.resource(&of)?))
    };
    let mut rows: Vec<Row> = found.findings.iter().map(|one| row(one, now, whole(one))).collect();
    rows.sort_by_key(|row| Row::rank(row.drift));
    Known::There(Compared {
        left: Side { name: Clean::new(&then.region), at: Some(*before) },
        right: Side { name: Clean::new(&now.region), at: Some(*at) },
        rows,
        same: None,
        uncompared: found.uncompared,
    })
}

fn regions(plan: &Plan, kinds: &Kinds<'_>) -> Known {
    let application = &plan.application;
    let Some((primary, at)) = kinds.primary else { return no_snapshot(application.primary.as_str(), "") };
    let Some((recovery, there)) = kinds.recovery else {
        return no_snapshot(application.recovery.as_str(), " --region recovery");
    };
    let found = between(primary, recovery, &scope::said(plan), &[]);
    let whole = |finding: &Finding| {
        let of = Reference::new(&finding.kind, &finding.id);
        let one = primary.resource(&of)?;
        let other = recovery.resource(found.there.get(&of)?)?;
        (!(one.global && one.id == other.id)).then_some((other, one))
    };
    let rows = found.compared.findings.iter().map(|one| row(one, primary, whole(one)));
    Known::There(Compared {
        left: Side { name: Clean::new(&primary.region), at: Some(*at) },
        right: Side { name: Clean::new(&recovery.region), at: Some(*there) },
        rows: rows.collect(),
        same: Some(found.same),
        uncompared: found.compared.uncompared,
    })
}

/// A difference of `of`; `whole` are what runs and what it is compared with.
fn row(finding: &Finding, of: &Snapshot, whole: Option<(&Resource, &Resource)>) -> Row {
    let component = of.resource(&Reference::new(&finding.kind, &finding.id)).and_then(component_of);
    let leaf = Row::of(finding, [None, None], component.clone());
    let (Some((right, left)), Some(field)) = (whole, finding.field.as_deref()) else { return leaf };
    // All that stands around the field, where nothing else of it differs: only what is told is to be marked.
    let first = field.split('.').next().unwrap_or_default();
    let around = |side: &Resource| side.config.get(first).map(|value| serde_json::json!({ first: value }));
    let (right, left) = (around(right), around(left));
    let row = Row::of(finding, [right.as_ref(), left.as_ref()].map(|side: Option<&Value>| side), component);
    let marked = |row: &Row| row.beside.iter().filter(|line: &&Beside| line.differs).count();
    if marked(&row) == marked(&leaf) && marked(&row) > 0 { row } else { leaf }
}
