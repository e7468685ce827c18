//! `dr-orchestrator`: two frameworks of that name. One takes payloads (`StatePayload`) of data stores to fail over and
//! back; the other a manifest a phase, of modules that know more of an application. Several files complete each other.

mod article;
mod failback;
mod layers;
mod manifest;
mod modules;
mod parameters;
mod payload;

use super::Wanted;
use super::draft::Draft;
use super::values::Values;
use super::view::{Document, File, View};
use crate::plan::diagnostic::PlanErrors;

const WHAT: &str = "DR Orchestrator payload";

const SHAPES: &str = "give the input of a state machine, { \"StatePayload\": [ … ] }, or a manifest of a phase, [ { \"layer\": 1, \"resources\": [ … ] } ]";

/// Reads the files of either framework.
pub(super) fn read(
    files: &[File],
    documents: &[Document],
    wanted: &Wanted,
    draft: &mut Draft,
) -> Result<(), PlanErrors> {
    let values = Values::read(&wanted.exports, &wanted.parameters)?;
    let (mut payloads, mut manifests, mut articles) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (file, document)) in files.iter().zip(documents).enumerate() {
        let root = document.view(place);
        match root.get("StatePayload") {
            Some(payload) if payload.is_list() => {
                payloads.push((file, layers::of(&payload, "layer", "resources", file)?))
            }
            Some(payload) => match payload.get("Layers").filter(View::is_list) {
                Some(list) => articles.push((file, layers::of(&list, "LayerOrder", "Resources", file)?)),
                None => return Err(payload.mistake(file, WHAT, "there are no layers in it", SHAPES)),
            },
            None if root.is_list() => manifests.push((file, layers::of(&root, "layer", "resources", file)?)),
            None => return Err(root.mistake(file, WHAT, "there is no `StatePayload` in it", SHAPES)),
        }
    }
    payload::read(&payloads, &values, draft)?;
    article::read(&articles, draft)?;
    manifest::read(&manifests, &values, draft)?;
    if draft.pieces.is_empty() {
        let message = "there is nothing in it that a failover would bring up";
        return Err(documents[0].view(0).mistake(
            &files[0],
            WHAT,
            message,
            "give the failover's file, and the failback's beside it",
        ));
    }
    Ok(())
}
