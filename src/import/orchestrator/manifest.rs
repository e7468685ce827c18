//! Manifests of the module framework: a file a phase, by `action`. Instantiate and Activate are what a failover does,
//! Cleanup is what fences the old side, Replicate is what a failback does anyway.

use super::WHAT;
use super::layers::{self, Layer};
use super::modules;
use super::parameters::{Parameters, Runs};
use crate::import::draft::{Draft, is_account};
use crate::import::values::Values;
use crate::import::view::{File, View};
use crate::plan::diagnostic::PlanErrors;

/// What a manifest is of, in the order in which a failover takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Instantiate,
    Activate,
    Cleanup,
    Replicate,
}

impl Phase {
    /// By the file's name: the manifest itself does not say it.
    fn of(file: &str) -> Option<Self> {
        let file = file.rsplit('/').next().unwrap_or(file).to_ascii_lowercase();
        let words = [
            ("instantiate", Self::Instantiate),
            ("activate", Self::Activate),
            ("cleanup", Self::Cleanup),
            ("replicate", Self::Replicate),
        ];
        let is_told = |word: &str| file.contains(word) && !file.contains("deactivate");
        words.into_iter().find(|(word, _)| is_told(word)).map(|(_, phase)| phase)
    }
}

/// One module's work: an object of its parameters, and where it is done.
pub(super) struct Work<'a> {
    pub action: String,
    pub name: String,
    pub view: View<'a>,
    pub parameters: Parameters<'a>,
    pub account: Option<String>,
}

/// Reads the manifests.
pub(super) fn read<'a>(
    manifests: &[(&'a File, Vec<Layer<'a>>)],
    values: &'a Values,
    draft: &mut Draft,
) -> Result<(), PlanErrors> {
    let mut phases = Vec::new();
    for (file, layers) in manifests {
        layers::order(layers, draft);
        let phase = Phase::of(&file.name);
        if let (None, Some(first)) = (phase, layers.first()) {
            let found = format!("{} does not say its phase by its name: it is taken as Activate", file.name);
            let fix = "call the files Instantiate.json, Activate.json, Cleanup.json and Replicate.json";
            draft.fails("import-phase", None, first.view.place(), found, fix);
        }
        phases.push((phase.unwrap_or(Phase::Activate), *file, layers));
    }
    phases.sort_by_key(|(phase, ..)| *phase);
    let mut before: Vec<String> = Vec::new();
    for (phase, file, layers) in phases {
        for layer in layers {
            let mut names = Vec::new();
            for view in &layer.resources {
                for work in works(view, values, file, draft)? {
                    match phase {
                        Phase::Instantiate => names.extend(modules::warm(&work, &before, draft)),
                        Phase::Activate => names.extend(modules::activate(&work, &before, draft)),
                        Phase::Cleanup => modules::clean_up(&work, draft),
                        Phase::Replicate => {
                            let found = format!("{}: a failback replicates anew by itself", work.name);
                            draft.tells("import-failback", None, work.view.place(), found);
                        }
                    }
                }
            }
            if !names.is_empty() {
                before = names;
            }
        }
    }
    Ok(())
}

/// What a resource asks for: one work for each object of its parameters.
fn works<'a>(view: &View<'a>, values: &'a Values, file: &File, draft: &mut Draft) -> Result<Vec<Work<'a>>, PlanErrors> {
    let Some(action) = view.said("action") else {
        return Err(view.mistake(
            file,
            WHAT,
            "a resource without `action`",
            "it says which module works: ECS, R53Record, …",
        ));
    };
    let parameters = view.get("parameters");
    let all = match &parameters {
        Some(list) if list.is_list() => list.items().into_iter().map(Some).collect(),
        other => vec![other.clone()],
    };
    let name = view.said("resourceName").unwrap_or_else(|| action.clone());
    let work = |parameters: Option<View<'a>>| {
        let at = parameters.as_ref().unwrap_or(view).place();
        let number = parameters.as_ref().and_then(|inside| inside.said("AccountId")).or_else(|| view.said("AccountId"));
        let account = number.as_ref().filter(|number| is_account(number)).map(|number| draft.account(number));
        if let (Some(number), None) = (&number, &account) {
            let fix = "give the component its `account`";
            draft.fails("import-account", None, at.clone(), format!("`{number}` is no account's number"), fix);
        }
        let parameters = Parameters::new(parameters.filter(View::is_table), at, values, Runs::InRecovery);
        Work { action: action.clone(), name: name.clone(), view: view.clone(), parameters, account }
    };
    Ok(all.into_iter().map(work).collect())
}
