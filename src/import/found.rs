//! What an import has to say: what nobody can know from the file, what is not carried over, what means something else
//! there. Each with its place.

use super::view::{Document, Place};
use crate::plan::Level;
use crate::text::Clean;
use serde::Serialize;

/// One thing that was found while importing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// A stable name such as `import-no-replica`.
    pub code: &'static str,
    /// Failing: it is missing, or does not go over. Unknown: somebody has to say it. Ok: only told.
    pub level: Level,
    /// The component of the plan that it is about.
    pub component: Option<Clean>,
    /// What was found.
    pub found: Clean,
    /// What to do about it; nothing for what is only told.
    pub fix: Clean,
    /// The file.
    pub file: Clean,
    /// The way to it in the file, from its root.
    pub path: Clean,
    /// The line there, from 1.
    pub line: usize,
}

/// The same before its place is told in words.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub code: &'static str,
    pub level: Level,
    pub component: Option<String>,
    pub found: String,
    pub fix: String,
    pub place: Place,
}

impl Note {
    /// With its place in words.
    pub fn placed(self, documents: &[Document]) -> Found {
        let document = documents.get(self.place.file);
        Found {
            code: self.code,
            level: self.level,
            component: self.component.as_deref().map(Clean::new),
            found: Clean::new(&self.found),
            fix: Clean::new(&self.fix),
            file: Clean::new(document.map_or("", |document| &document.name)),
            path: Clean::new(&self.place.path),
            line: document.map_or(1, |document| document.line(&self.place)),
        }
    }
}
