//! Workflows and their steps: one after the other, or side by side; a step that is another plan is that plan's steps.

use super::blocks::{self, Block, Does};
use super::{HELP, WHAT};
use crate::import::draft::{Draft, Piece};
use crate::import::view::{File, View};
use crate::plan::diagnostic::PlanErrors;
use std::collections::BTreeMap;

/// How a plan and the plans in it are walked.
pub(super) struct Walk<'a> {
    /// The plans of the other files, by their ARN.
    pub children: BTreeMap<String, (View<'a>, &'a File)>,
    /// Those that were steps.
    pub used: Vec<String>,
    /// Those that are being walked: none is a step of itself.
    pub open: Vec<String>,
    /// How many steps there were.
    pub count: usize,
}

/// More steps than this has no plan; each waits for all that are side by side before it.
const MOST: usize = 1000;

impl<'a> Walk<'a> {
    /// Adds a plan's components behind `before`; gives those that are last.
    pub fn plan(
        &mut self,
        plan: &View<'a>,
        file: &File,
        before: &[String],
        draft: &mut Draft,
    ) -> Result<Vec<String>, PlanErrors> {
        let workflows = plan.get("workflows").map(|list| list.items()).unwrap_or_default();
        let all: Vec<(String, Option<String>, View<'a>)> = workflows
            .into_iter()
            .map(|view| {
                (view.said("workflowTargetAction").unwrap_or_default(), view.said("workflowTargetRegion"), view)
            })
            .collect();
        let activates: Vec<_> = all.iter().filter(|(action, ..)| action == "activate").collect();
        // The only one there is says which region is meant.
        if let ([(_, Some(region), _)], None) = (activates.as_slice(), &draft.recovery) {
            draft.recovery = Some(region.clone()).filter(|region| draft.primary.as_ref() != Some(region));
        }
        let mut last = before.to_vec();
        let (mut found, mut is_activated) = (false, false);
        // A switch deactivates the one before it activates the other.
        let mut all = all;
        all.sort_by_key(|(action, ..)| action != "deactivate");
        for (action, region, workflow) in &all {
            let is_of = |own: &Option<String>| region.is_none() || region == own;
            match action.as_str() {
                "activate" if is_of(&draft.recovery) && !is_activated => {
                    (found, is_activated) = (true, true);
                    last = self.steps(&steps(workflow), file, &last, Does::BringsUp, draft)?;
                }
                "deactivate" if is_of(&draft.primary) => {
                    found |= !steps(workflow).is_empty();
                    last = self.steps(&steps(workflow), file, &last, Does::TakesDown, draft)?;
                }
                "activate" | "deactivate" => {
                    let found =
                        format!("this workflow is of {}: it is the way back", region.as_deref().unwrap_or("no region"));
                    draft.tells("import-failback", None, workflow.place(), found);
                }
                "postRecovery" => {
                    let found =
                        "what comes after a recovery is a failback's, which comes from a run's journal".to_owned();
                    draft.tells("import-failback", None, workflow.place(), found);
                }
                other => {
                    let found = format!("a workflow that does `{other}`: it is not taken");
                    draft.fails(
                        "import-unknown-type",
                        None,
                        workflow.place(),
                        found,
                        "see what it does, and add components for it",
                    );
                }
            }
        }
        if !found {
            let found = "no workflow activates the recovery region".to_owned();
            let fix = "say --recovery REGION: one that a workflow activates";
            draft.fails("import-no-workflow", None, plan.place(), found, fix);
        }
        Ok(last)
    }

    /// Adds steps that go one after the other; gives the components that are last.
    fn steps(
        &mut self,
        steps: &[View<'a>],
        file: &File,
        before: &[String],
        does: Does,
        draft: &mut Draft,
    ) -> Result<Vec<String>, PlanErrors> {
        let mut last = before.to_vec();
        for step in steps {
            let added = self.step(step, file, &last, does, draft)?;
            if !added.is_empty() {
                last = added;
            }
        }
        Ok(last)
    }

    fn step(
        &mut self,
        step: &View<'a>,
        file: &File,
        before: &[String],
        does: Does,
        draft: &mut Draft,
    ) -> Result<Vec<String>, PlanErrors> {
        let Some(kind) = step.said("executionBlockType") else {
            return Err(step.mistake(file, WHAT, "a step without `executionBlockType`", HELP));
        };
        self.count += 1;
        if self.count > MOST {
            return Err(step.mistake(file, WHAT, &format!("more than {MOST} steps"), HELP));
        }
        let name = step.said("name").unwrap_or_else(|| kind.clone());
        let configuration = step.get("executionBlockConfiguration");
        // It is a union: one member says all.
        let inside =
            configuration.and_then(|view| view.entries().into_iter().map(|(_, view)| view).find(View::is_table));
        match (kind.as_str(), &inside) {
            ("Parallel", Some(parallel)) => {
                let mut names = Vec::new();
                for step in parallel.get("steps").map(|list| list.items()).unwrap_or_default() {
                    names.extend(self.step(&step, file, before, does, draft)?);
                }
                return Ok(names);
            }
            ("ARCRegionSwitchPlan", Some(plan)) => {
                let arn = plan.said("arn").unwrap_or_default();
                if let Some((child, file)) = self.children.get(&arn).cloned().filter(|_| !self.open.contains(&arn)) {
                    self.used.push(arn.clone());
                    self.open.push(arn);
                    let last = self.plan(&child, file, before, draft)?;
                    self.open.pop();
                    return Ok(last);
                }
                let piece = Piece::manual(&name, &format!("bring up what the plan {arn} does"), step.place());
                let (found, fix) = match self.open.contains(&arn) {
                    true => (format!("the plan {arn} is a step of itself"), "see what was meant"),
                    false => (
                        format!("a step that is the plan {arn}, which is in no file"),
                        "give its file behind this one: get-plan prints it",
                    ),
                };
                let piece = piece.fails("import-child-plan", found, fix);
                return Ok(vec![draft.add(piece.needs(before.iter().cloned()))]);
            }
            _ => {}
        }
        let block = Block { kind, name, step: step.clone(), inside, does };
        let mut names = Vec::new();
        for piece in blocks::pieces(&block, draft) {
            if let Some(there) = again(&piece, draft) {
                let found = format!("{} is {there} again, and is in the plan once", block.name);
                draft.tells("import-twice", Some(&there), step.place(), found);
                continue;
            }
            // Nothing waits for the region that fails.
            let is_beside = piece.said("region") == Some("primary")
                || (piece.kind == "lambda" && piece.said_any("event_sources").is_none());
            let name = draft.add(piece.needs(before.iter().cloned()));
            if !is_beside {
                names.push(name);
            }
        }
        Ok(names)
    }
}

fn steps<'a>(workflow: &View<'a>) -> Vec<View<'a>> {
    workflow.get("steps").map(|list| list.items()).unwrap_or_default()
}

/// The component that `piece` would be once more.
fn again(piece: &Piece, draft: &Draft) -> Option<String> {
    let keys: &[&str] = match piece.kind {
        "aurora" => &["global"],
        "rds" => &["recovery"],
        "ecs" => &["cluster", "service"],
        "autoscaling" => &["group"],
        _ => return None,
    };
    let own: Vec<&str> = keys.iter().map(|key| piece.said(key)).collect::<Option<_>>()?;
    let is_same = |there: &&Piece| {
        there.kind == piece.kind && keys.iter().zip(&own).all(|(key, own)| there.said(key) == Some(*own))
    };
    draft.pieces.iter().find(is_same).map(|there| there.name.clone())
}
