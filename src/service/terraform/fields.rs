//! What a plan says of a root module, and what is wrong with it before anything is run.

use super::words::Module;
use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::resolve::has_reference;

fields! {
    /// What a plan says of a root module of Terraform.
    pub(crate) struct Said {
        required dir: Text, "the directory of the root module; from Landfall's own on where it is no whole path";
        optional program: Text = "terraform".to_owned(), "what is run: `terraform` by default, `tofu`, or a path (from `dir` on)";
        optional var: TextTable, "values of the root module's variables; handed over by the environment, never by arguments";
        optional var_files: Texts, "files of values, as `-var-file` takes them";
        optional workspace: Text, "the workspace; the one that the directory is set to by default";
        optional targets: Texts, "addresses it is limited to, as `-target` takes them";
        optional env: TextTable, "its environment, credentials among it, beside PATH, HOME, LANG, LC_ALL, LC_CTYPE, TMPDIR, TZ and the proxies: nothing else is handed on";
        optional outputs: Texts, "outputs of the root module that other components take as `${name.output}`";
        optional destroys: Count = 0, "how many things at most may be destroyed or replaced; 0 by default";
        optional failback: Text, "the directory whose root module a failback applies in its place";
    }
}

/// The longest it may run where the plan gives no `timeout`: all of a step, in seconds.
pub(super) const STEP_SECONDS: f64 = 3_600.0;

/// How long planning may take at most, in seconds.
const PLAN_SECONDS: f64 = 900.0;

impl Said {
    /// How it is run to look: a third of the step's time, so that what was done can still be looked at.
    pub(super) fn to_look(&self, component: &Component) -> Module {
        self.module(component, (seconds(component) / 3.0).min(PLAN_SECONDS))
    }

    /// How it is run to apply.
    pub(super) fn to_apply(&self, component: &Component) -> Module {
        self.module(component, seconds(component) * 2.0 / 3.0)
    }

    fn module(&self, component: &Component, within: f64) -> Module {
        Module {
            component: component.name.as_str().into(),
            program: self.program.clone(),
            dir: self.dir.clone(),
            var: self.var.clone(),
            var_files: self.var_files.clone(),
            workspace: self.workspace.clone(),
            targets: self.targets.clone(),
            env: self.env.clone(),
            within_seconds: within.floor().max(1.0) as u64,
        }
    }

    /// The first of its texts that waits for another component.
    pub(super) fn waits(&self) -> Option<String> {
        let texts = [Some(&self.dir), Some(&self.program), self.workspace.as_ref()].into_iter().flatten();
        let tables = self.var.values().chain(self.env.values());
        let all = texts.chain(tables).chain(&self.var_files).chain(&self.targets);
        let mut open = all.filter(|text| has_reference(text));
        open.next().map(|text| format!("what it is run with is known once {text} is"))
    }
}

fn seconds(component: &Component) -> f64 {
    component.timeout_seconds.unwrap_or(STEP_SECONDS).max(3.0)
}

/// Whether Terraform takes it as a name.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    let empty = [
        ("dir", Some(&said.dir)),
        ("program", Some(&said.program)),
        ("workspace", said.workspace.as_ref()),
        ("failback", said.failback.as_ref()),
    ];
    for (field, _) in empty.into_iter().filter(|(_, text)| text.is_some_and(|text| text.trim().is_empty())) {
        problems.push(Problem::at(field, format!("`{field}` is empty"), "say it, or leave it out"));
    }
    for (field, names) in [("outputs", said.outputs.iter().collect()), ("var", said.var.keys().collect::<Vec<_>>())] {
        if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
            let help = "letters, digits, _ and -, as the root module has it";
            problems.push(Problem::at(field, format!("`{wrong}` is no name that Terraform takes"), help));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = said.outputs.iter().find(|name| !seen.insert(name.as_str())) {
        problems.push(Problem::at("outputs", format!("`{twice}` is there twice"), "once is enough"));
    }
    for (field, texts) in [("targets", &said.targets), ("var_files", &said.var_files)] {
        if texts.iter().any(|text| text.trim().is_empty()) {
            problems.push(Problem::at(field, "one of them is empty", "leave it out"));
        }
    }
    // What Landfall says itself, so that it is true: another place for the state's lock or the plan would be looked for in vain.
    const OURS: [&str; 3] = ["TF_WORKSPACE", "TF_INPUT", "TF_IN_AUTOMATION"];
    let is_ours = |name: &&String| OURS.contains(&name.as_str()) || name.starts_with("TF_CLI_ARGS");
    if let Some(name) = said.env.keys().find(is_ours) {
        let help = match name.as_str() {
            "TF_WORKSPACE" => "say `workspace`",
            _ => "leave it out: with it another plan would be applied than the one that is shown",
        };
        problems.push(Problem::at("env", format!("`{name}` is said by Landfall itself"), help));
    }
    if let Some(name) = said.var.keys().find(|name| said.env.contains_key(&format!("TF_VAR_{name}"))) {
        problems.push(Problem::at("env", format!("`TF_VAR_{name}` is said by `var` too"), "say it once"));
    }
    problems
}
