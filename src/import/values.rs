//! What a payload only names: CloudFormation's exports and Systems Manager's parameters, from what the AWS CLI said of them.

use super::view::{Document, File, View};
use crate::plan::diagnostic::PlanErrors;
use crate::service::arn::Arn;
use std::collections::{BTreeMap, BTreeSet};

/// What names stand for.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// By name, of each region: the region of the stack that exports it, and the value.
    exports: BTreeMap<String, Vec<(String, String)>>,
    parameters: BTreeMap<String, Held>,
}

#[derive(Debug)]
enum Held {
    Plain(String),
    /// A SecureString: its value is never taken.
    Secret,
}

/// What became of a value that is only named.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// It is this, or was no name.
    To(String),
    /// What it names is in no file that was given, and why.
    Not(String),
}

const EXPORTS: &str = "list of exports";
const PARAMETERS: &str = "list of parameters";

impl Values {
    pub fn read(exports: &[File], parameters: &[File]) -> Result<Self, PlanErrors> {
        let mut values = Self::default();
        for file in exports {
            let document = Document::read(file, EXPORTS, true)?;
            let root = document.view(0);
            let list = listed(&root, "Exports", "aws cloudformation list-exports", EXPORTS, file)?;
            for export in list.items() {
                let (Some(name), Some(value)) = (export.said("Name"), export.said("Value")) else { continue };
                let stack = export.said("ExportingStackId").unwrap_or_default();
                let region = Arn::parse(&stack).map_or("", |arn| arn.region).to_owned();
                values.exports.entry(name).or_default().push((region, value));
            }
        }
        for file in parameters {
            let document = Document::read(file, PARAMETERS, true)?;
            let root = document.view(0);
            let list = listed(&root, "Parameters", "aws ssm get-parameters", PARAMETERS, file)?;
            for parameter in list.items() {
                let (Some(name), Some(value)) = (parameter.said("Name"), parameter.said("Value")) else { continue };
                let is_secret = parameter.said("Type").is_none_or(|kind| kind == "SecureString");
                values.parameters.insert(name, if is_secret { Held::Secret } else { Held::Plain(value) });
            }
        }
        Ok(values)
    }

    /// What `text` stands for, in a payload that is run in a region that is so.
    pub fn resolve(&self, text: &str, is_of: impl Fn(&str) -> bool) -> Resolved {
        if let Some(name) = text.strip_prefix("!Import ").or_else(|| text.strip_prefix("!ImportValue ")) {
            return self.export(name.trim(), is_of);
        }
        let Some(path) = text.strip_prefix("resolve:ssm:") else { return Resolved::To(text.to_owned()) };
        let named = |path: &str| self.parameters.get(path);
        // A version behind the last colon.
        match named(path).or_else(|| path.rsplit_once(':').and_then(|(path, _)| named(path))) {
            Some(Held::Plain(value)) => Resolved::To(value.clone()),
            Some(Held::Secret) => Resolved::Not("it is a SecureString, whose value is not taken".to_owned()),
            None => Resolved::Not("--parameters has no such parameter".to_owned()),
        }
    }

    fn export(&self, name: &str, is_of: impl Fn(&str) -> bool) -> Resolved {
        let Some(all) = self.exports.get(name) else {
            return Resolved::Not("--exports has no such export".to_owned());
        };
        // One whose stack is not told may be of any region.
        let fits = all.iter().filter(|(region, _)| region.is_empty() || is_of(region));
        let values: Vec<&String> = fits.map(|(_, value)| value).collect();
        match values.as_slice() {
            [] => Resolved::Not("--exports has it of another region only".to_owned()),
            [one, rest @ ..] if rest.iter().all(|other| other == one) => Resolved::To((*one).clone()),
            _ => Resolved::Not("--exports has it with several values".to_owned()),
        }
    }

    /// The regions that exports are of.
    pub fn regions(&self) -> BTreeSet<&str> {
        let all = self.exports.values().flatten().map(|(region, _)| region.as_str());
        all.filter(|region| !region.is_empty()).collect()
    }
}

fn listed<'a>(root: &View<'a>, key: &str, command: &str, what: &str, file: &File) -> Result<View<'a>, PlanErrors> {
    let list = if root.is_list() { Some(root.clone()) } else { root.get(key) };
    list.filter(View::is_list).ok_or_else(|| {
        let help = format!("give what `{command} --output json` prints");
        let hidden = File { name: file.name.clone(), text: String::new() };
        root.mistake(&hidden, what, &format!("there is no list `{key}`"), &help)
    })
}
