//! Policies that a role's state has within it. A provider reads them back from AWS into the state of every role, whoever put them
//! there: where a state has one of the role by itself, that is what declares them. Else its code has them within (`inline_policy`),
//! or they were only read back, and no state tells which.

use super::literal::Told;
use super::same::same;
use crate::terraform::state::Instance;
use serde_json::Value;

/// The class of a policy within a role that stands by itself.
const ALONE: &str = "aws_iam_role_policy";

/// How a role's state has a policy that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// As it runs.
    Same,
    /// Otherwise.
    Otherwise,
    /// It has others.
    Not,
}

impl Kept {
    /// What comes of it for `name`, which `by` has or has not.
    pub fn consequence(self, by: &str, name: &str) -> String {
        match self {
            Self::Same => format!(
                "the state of {by} has it within: its code has it as an inline_policy, or it was only read back from AWS, and then a \
                 rebuild from Git has no {name}"
            ),
            Self::Otherwise => format!(
                "the state of {by} has another {name} within: terraform apply sets it back where its code has inline_policy, and leaves \
                 it as it is where it has none"
            ),
            Self::Not => format!(
                "a rebuild from Git has no {ALONE} {name}; terraform apply takes it away where the code of {by} has inline_policy, and \
                 leaves it as it is where it has none"
            ),
        }
    }
}

/// Where a role's state has the policy that `told` is, and how.
pub(super) fn within(instances: &[&Instance], told: &Told) -> Option<(usize, Kept)> {
    let (role, name) = (told.text("role")?, told.text("name")?);
    let at = instances.iter().position(|one| one.class == "aws_iam_role" && one.text("name") == Some(&role))?;
    let policies = policies(instances, at);
    let own = policies.iter().find(|policy| policy["name"].as_str() == Some(&name));
    let kept = match own {
        Some(policy) if same("policy", told.says.get("policy")?, &policy["policy"]) => Kept::Same,
        Some(_) => Kept::Otherwise,
        None if policies.is_empty() => return None,
        None => Kept::Not,
    };
    Some((at, kept))
}

/// The names of those that a role's state has within and that none of `told` is.
pub(super) fn gone(instances: &[&Instance], at: usize, told: &[Told]) -> Vec<String> {
    let Some(role) = instances[at].text("name").filter(|_| instances[at].class == "aws_iam_role") else {
        return Vec::new();
    };
    let runs = |name: &str| {
        let is_it = |one: &&Told| one.class == ALONE && one.text("role").as_deref() == Some(role);
        told.iter().filter(is_it).any(|one| one.text("name").as_deref() == Some(name))
    };
    let names = policies(instances, at).iter().filter_map(|policy| policy["name"].as_str());
    names.filter(|name| !name.is_empty() && !runs(name)).map(str::to_owned).collect()
}

/// The policies that a role's state has within, where it has none of the role by itself.
fn policies<'a>(instances: &[&'a Instance], at: usize) -> &'a [Value] {
    let role = instances[at].text("name");
    if instances.iter().any(|one| one.class == ALONE && one.text("role").map(last) == role) {
        return &[];
    }
    instances[at].attributes.get("inline_policy").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn last(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit('/').next().unwrap_or(text) } else { text }
}
