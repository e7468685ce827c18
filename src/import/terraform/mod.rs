//! `terraform`: a state, as `terraform.tfstate` holds it (version 4) or `terraform show -json` prints it, to a starter plan.
//! What both regions have becomes a component; a store that only the primary has is the most useful finding of all.
//!
//! A state holds secrets in clear: only the attributes named in these files are read, and none that the state marks.

mod compute;
mod environment;
mod estate;
mod order;
mod regions;
mod rest;
mod shape;
mod state;
mod stores;
mod traffic;

use super::Wanted;
use super::draft::{Draft, is_account};
use super::view::{Document, File};
use crate::plan::diagnostic::PlanErrors;
use crate::service::arn::Arn;
use crate::terraform::{Instance, Sealing};
use estate::Estate;
use state::Resource;
use std::collections::{BTreeSet, HashSet};

const WHAT: &str = "Terraform state";

/// Reads the states: several are one estate.
pub(super) fn read(
    files: &[File],
    documents: &[Document],
    wanted: &Wanted,
    draft: &mut Draft,
) -> Result<(), PlanErrors> {
    let mut resources = Vec::new();
    for (place, (file, document)) in files.iter().zip(documents).enumerate() {
        resources.extend(state::read(&document.view(place), file, draft)?);
    }
    once(&mut resources);
    accounts(&resources, draft);
    regions::told(&mut resources);
    regions::sides(&resources, wanted, draft);
    let estate = Estate::new(resources, draft.primary.clone(), draft.recovery.clone());
    let mut order = order::Order::default();
    stores::read(&estate, &mut order, draft);
    compute::read(&estate, &mut order, draft);
    traffic::read(&estate, &mut order, draft);
    rest::read(&estate, &mut order, draft);
    order.needs(&estate, draft);
    if draft.pieces.is_empty() {
        let help = "give the state that has the application's stores and services, of both regions where there are two";
        return Err(documents[0].view(0).mistake(
            &files[0].hidden(),
            WHAT,
            "there is nothing in it that a plan could recover",
            help,
        ));
    }
    Ok(())
}

/// The instances that the states declare, without what is secret of them.
pub(super) fn declared(files: &[File], documents: &[Document], sealing: &Sealing) -> Result<Vec<Instance>, PlanErrors> {
    let mut resources = Vec::new();
    for (place, (file, document)) in files.iter().zip(documents).enumerate() {
        let (view, mut draft) = (document.view(place), Draft::default());
        let read = state::read(&view, file, &mut draft)?;
        if !draft.notes.is_empty() {
            let message = "it is a plan: what it would make is declared by no state yet";
            return Err(view.mistake(&file.hidden(), WHAT, message, "give the state that it is made for"));
        }
        read.iter().try_for_each(|resource| resource.is_named(file))?;
        resources.extend(read);
    }
    once(&mut resources);
    Ok(resources.iter().map(|resource| resource.instance(sealing)).collect())
}

/// A state that was given twice, or is part of another, is one.
fn once(resources: &mut Vec<Resource<'_>>) {
    let mut seen = HashSet::new();
    resources.retain(|resource| {
        let id = resource.arn().or_else(|| resource.said("id"));
        id.is_none_or(|id| seen.insert((resource.address.clone(), id)))
    });
}

/// A plan's components live in one account unless it says so.
fn accounts(resources: &[Resource<'_>], draft: &mut Draft) {
    let number = |resource: &Resource<'_>| Arn::parse(&resource.arn()?).map(|arn| arn.account.to_owned());
    let numbers: BTreeSet<String> = resources.iter().filter_map(number).filter(|number| is_account(number)).collect();
    if numbers.len() < 2 {
        return;
    }
    let numbers: Vec<String> = numbers.into_iter().collect();
    let found = format!("it has resources of several accounts: {}", numbers.join(", "));
    let fix = "give [account.NAME] and each component its `account`";
    draft.fails("import-accounts", None, resources[0].place(), found, fix);
}
