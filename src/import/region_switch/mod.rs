//! `region-switch`: a plan of ARC Region switch, as `get-plan` prints it. The workflow that activates the recovery region
//! makes the plan, behind the one that deactivates the primary. Several files: a plan and the plans that are its steps.

mod blocks;
mod data;
mod steps;

use super::Wanted;
use super::draft::{Draft, Piece, Says};
use super::task::region;
use super::view::{Document, File, View};
use crate::plan::diagnostic::PlanErrors;
use crate::service::arn::Arn;
use std::collections::BTreeMap;
use steps::Walk;

const WHAT: &str = "Region switch plan";
const HELP: &str = "give what `aws arc-region-switch get-plan --arn ARN --output json` prints";

/// Reads the first file's plan, and of the others what it has for steps.
pub(super) fn read(
    files: &[File],
    documents: &[Document],
    wanted: &Wanted,
    draft: &mut Draft,
) -> Result<(), PlanErrors> {
    let mut plans = Vec::new();
    for (place, (file, document)) in files.iter().zip(documents).enumerate() {
        let root = document.view(place);
        let plan = root.get("plan").unwrap_or_else(|| root.clone());
        if !plan.get("workflows").is_some_and(|workflows| workflows.is_list()) {
            return Err(plan.mistake(file, WHAT, "there is no list `workflows` in it", HELP));
        }
        plans.push((plan, file));
    }
    let (plan, file) = &plans[0];
    about(plan, wanted, draft);
    let children: BTreeMap<String, (View<'_>, &File)> =
        plans.iter().skip(1).filter_map(|(plan, file)| Some((plan.said("arn")?, (plan.clone(), *file)))).collect();
    let mut walk = Walk { children, used: Vec::new(), open: vec![plan.said("arn").unwrap_or_default()], count: 0 };
    let last = walk.plan(plan, file, &[], draft)?;
    for (plan, _) in
        plans.iter().skip(1).filter(|(plan, _)| plan.said("arn").is_none_or(|arn| !walk.used.contains(&arn)))
    {
        let found = "no step of the first file's plan is this plan: it is not taken".to_owned();
        draft.fails("import-unused-file", None, plan.place(), found, "give the plan that it is a step of first");
    }
    alarms(plan, &last, draft);
    if draft.pieces.is_empty() {
        return Err(plan.mistake(file, WHAT, "no workflow of it brings a region up", HELP));
    }
    Ok(())
}

/// What the plan says of the whole application.
fn about(plan: &View<'_>, wanted: &Wanted, draft: &mut Draft) {
    draft.name = draft.name.take().or_else(|| plan.said("name"));
    draft.description = plan.said("description");
    let minutes = plan.get("recoveryTimeObjectiveMinutes").as_ref().and_then(View::count);
    draft.rto = draft.rto.take().or_else(|| minutes.map(|minutes| format!("{minutes}m")));
    let regions: Vec<String> =
        plan.get("regions").iter().flat_map(View::items).filter_map(|region| region.text()).collect();
    let other = |of: &Option<String>| match regions.as_slice() {
        [one, two] if of.as_ref() == Some(one) => Some(two.clone()),
        [one, two] if of.as_ref() == Some(two) => Some(one.clone()),
        _ => None,
    };
    let said = plan.said("primaryRegion").filter(|region| wanted.recovery.as_ref() != Some(region));
    draft.primary = draft.primary.take().or_else(|| other(&draft.recovery)).or(said);
    draft.recovery = draft.recovery.take().or_else(|| other(&draft.primary));
    if plan.said("recoveryApproach").as_deref() == Some("activeActive") {
        let found = "both regions serve: what deactivates the primary comes first".to_owned();
        draft.tells("import-active-active", None, plan.place(), found);
    }
    if let Some(triggers) = plan.get("triggers").filter(|triggers| !triggers.items().is_empty()) {
        let found = "alarms start it there: Landfall never starts by itself".to_owned();
        draft.tells("import-trigger", None, triggers.place(), found);
    }
}

/// What says that the application is well comes last.
fn alarms(plan: &View<'_>, last: &[String], draft: &mut Draft) {
    let all: Vec<(String, View<'_>)> = plan.get("associatedAlarms").iter().flat_map(View::entries).collect();
    let (mut names, mut place) = (Vec::new(), None);
    for (_, alarm) in all {
        if alarm.said("alarmType").as_deref() != Some("applicationHealth") {
            continue;
        }
        let resource = alarm.said("resourceIdentifier").unwrap_or_default();
        let name =
            Arn::parse(&resource).and_then(|arn| arn.resource.strip_prefix("alarm:")).unwrap_or(&resource).to_owned();
        match region(&resource) {
            Some(region) if draft.recovery.as_ref() != Some(&region) => {
                let found = format!("the alarm {name} is in {region}: it says nothing of the recovery region");
                draft.tells("import-alarm", None, alarm.place(), found);
            }
            _ => {
                place.get_or_insert_with(|| alarm.place());
                names.push(name);
            }
        }
    }
    if let Some(place) = place {
        let piece = Piece::new("alarm", "application-health", place).with("names", Says::texts(names));
        draft.add(piece.needs(last.iter().cloned()));
    }
}
