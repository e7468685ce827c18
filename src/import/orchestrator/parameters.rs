//! A resource's parameters with what they name looked up, and how they are shown where no component can take them.

use crate::import::draft::Draft;
use crate::import::task::id;
use crate::import::values::{Resolved, Values};
use crate::import::view::{Place, View};

/// Where a payload is run: whose exports its names are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    InRecovery,
    InPrimary,
}

/// One resource's parameters.
pub(super) struct Parameters<'a> {
    pub view: Option<View<'a>>,
    pub at: Place,
    values: &'a Values,
    runs: Runs,
}

impl<'a> Parameters<'a> {
    pub fn new(view: Option<View<'a>>, at: Place, values: &'a Values, runs: Runs) -> Self {
        Self { view, at, values, runs }
    }

    /// The place of a parameter, or of the resource.
    pub fn place(&self, key: &str) -> Place {
        self.view.as_ref().and_then(|view| view.get(key)).map_or_else(|| self.at.clone(), |view| view.place())
    }

    /// As it stands there.
    pub fn raw(&self, key: &str) -> Option<String> {
        self.view.as_ref()?.said(key)
    }

    /// The value under `key`; what is only named and cannot be looked up is a finding, once.
    pub fn get(&self, key: &str, draft: &mut Draft) -> Option<String> {
        let raw = self.raw(key)?;
        match self.look_up(&raw, draft) {
            Resolved::To(value) => Some(value).filter(|value| !value.is_empty()),
            Resolved::Not(why) => {
                let found = format!("{key} is only named, `{raw}`: {why}");
                let place = self.place(key);
                let is_said = draft.notes.iter().any(|note| note.code == "import-unresolved" && note.place == place);
                if !is_said {
                    let fix = "--exports FILE takes what `aws cloudformation list-exports` prints, --parameters FILE what `aws ssm get-parameters` does";
                    draft.fails("import-unresolved", None, place, found, fix);
                }
                None
            }
        }
    }

    /// As [`Self::get`], without a word where it cannot be looked up.
    pub fn peek(&self, key: &str, draft: &Draft) -> Option<String> {
        match self.look_up(&self.raw(key)?, draft) {
            Resolved::To(value) => Some(value),
            Resolved::Not(_) => None,
        }
    }

    /// The identifier that an ARN or a name is of.
    pub fn id(&self, key: &str, draft: &mut Draft) -> Option<String> {
        self.get(key, draft).map(|value| id(&value))
    }

    /// The parameters that nothing here reads: another version of the framework has them.
    pub fn unread(&self, known: &[&str]) -> Vec<String> {
        let all = self.view.iter().flat_map(View::entries).map(|(key, _)| key);
        all.filter(|key| !known.contains(&key.as_str())).collect()
    }

    fn look_up(&self, raw: &str, draft: &Draft) -> Resolved {
        let (own, other) = match self.runs {
            Runs::InRecovery => (&draft.recovery, &draft.primary),
            Runs::InPrimary => (&draft.primary, &draft.recovery),
        };
        self.values.resolve(raw, |region| match own {
            Some(own) => region == own,
            None => other.as_deref() != Some(region),
        })
    }
}
