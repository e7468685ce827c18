//! Pure: plans that exist elsewhere, read to a plan to start from. What a file does not say is marked, what does not go
//! over is a finding with its place, and nothing is left out silently. Asks no cloud and opens no file.
//!
//! A dialect is a file or a folder of its own and fills a `draft`; `settle` makes a plan of it that the reader takes.

mod draft;
mod found;
mod json;
mod orchestrator;
mod region_switch;
mod settle;
mod task;
mod terraform;
mod values;
mod view;
mod write;

pub use found::Found;
pub use view::File;

use crate::plan::Plan;
use crate::plan::diagnostic::PlanErrors;
use crate::terraform::{Instance, Sealing};
use draft::Draft;
use found::Note;
use view::Document;

/// What is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Payloads of the DR Orchestrator state machines, and manifests of the module framework of that name.
    DrOrchestrator,
    /// Plans of ARC Region switch, as GetPlan gives them.
    RegionSwitch,
    /// Terraform's or OpenTofu's state, as it is stored or as `show -json` prints it.
    Terraform,
}

/// What the person said beside the files.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The application's name.
    pub name: Option<String>,
    /// The primary region.
    pub primary: Option<String>,
    /// The recovery region.
    pub recovery: Option<String>,
    /// Recovery time objective, as a plan writes it.
    pub rto: Option<String>,
    /// Recovery point objective, as a plan writes it.
    pub rpo: Option<String>,
    /// What `aws cloudformation list-exports` said, of each region.
    pub exports: Vec<File>,
    /// What `aws ssm get-parameters` said.
    pub parameters: Vec<File>,
}

/// What came of it.
#[derive(Debug)]
pub struct Imported {
    /// The plan's text.
    pub text: String,
    /// The same as the reader reads it; none where it could not be made one.
    pub plan: Option<Plan>,
    /// What somebody has to know, say or do, in the order of the files.
    pub found: Vec<Found>,
}

/// Reads `files` to a plan.
///
/// # Errors
/// A file that is not what it should be, with the place.
pub fn import(dialect: Dialect, files: &[File], wanted: &Wanted) -> Result<Imported, PlanErrors> {
    let mut draft = Draft {
        name: wanted.name.clone(),
        primary: wanted.primary.clone(),
        recovery: wanted.recovery.clone(),
        rto: wanted.rto.clone(),
        rpo: wanted.rpo.clone(),
        ..Draft::default()
    };
    let documents: Vec<Document> = files
        .iter()
        .map(|file| Document::read(file, dialect.what(), dialect.holds_secrets()))
        .collect::<Result<_, _>>()?;
    match dialect {
        Dialect::DrOrchestrator => orchestrator::read(files, &documents, wanted, &mut draft)?,
        Dialect::RegionSwitch => region_switch::read(files, &documents, wanted, &mut draft)?,
        Dialect::Terraform => terraform::read(files, &documents, wanted, &mut draft)?,
    }
    // A plan whose regions are one is none.
    if draft.recovery.is_some() && draft.primary == draft.recovery {
        let region = draft.recovery.take().unwrap_or_default();
        let found = format!("both regions would be {region}");
        draft.fails("import-one-region", None, view::Place::default(), found, "say --primary and --recovery");
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let origin = format!("Imported from {} ({}).", names.join(", "), dialect.what());
    let (text, plan) = settle::settle(&mut draft, &origin);
    let mut notes = std::mem::take(&mut draft.notes);
    notes.sort_by_key(|note| (note.place.file, note.place.at));
    let found = notes.into_iter().map(|note: Note| note.placed(&documents)).collect();
    Ok(Imported { text, plan, found })
}

/// What states of Terraform's declare, without what is secret of it.
///
/// # Errors
/// A file that is no state, with the place.
pub fn declared(files: &[File], sealing: &Sealing) -> Result<Vec<Instance>, PlanErrors> {
    let dialect = Dialect::Terraform;
    let read = |file: &File| Document::read(file, dialect.what(), dialect.holds_secrets());
    let documents: Vec<Document> = files.iter().map(read).collect::<Result<_, _>>()?;
    terraform::declared(files, &documents, sealing)
}

impl Dialect {
    /// What its files are called.
    fn what(self) -> &'static str {
        match self {
            Self::DrOrchestrator => "DR Orchestrator payload",
            Self::RegionSwitch => "Region switch plan",
            Self::Terraform => "Terraform state",
        }
    }

    /// Whether its files hold secrets: then no line of them is shown.
    fn holds_secrets(self) -> bool {
        match self {
            Self::DrOrchestrator | Self::RegionSwitch => false,
            Self::Terraform => true,
        }
    }
}
