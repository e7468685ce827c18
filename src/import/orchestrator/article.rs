//! The shape that some articles show: `{"StatePayload": {"Layers": [{"LayerOrder", "Resources"}]}}`. No state machine of
//! AWS's reads it; what it means is plain.

use super::WHAT;
use super::layers::{self, Layer};
use crate::import::draft::{Draft, Piece};
use crate::import::task::{id, region, task};
use crate::import::view::{File, View};
use crate::plan::diagnostic::PlanErrors;

/// Reads the files of this shape.
pub(super) fn read(articles: &[(&File, Vec<Layer<'_>>)], draft: &mut Draft) -> Result<(), PlanErrors> {
    let mut before: Vec<String> = Vec::new();
    for (file, layers) in articles {
        layers::order(layers, draft);
        if let Some(first) = layers.first() {
            let found = "the state machines of AWS read no `Layers`: what was published so never ran".to_owned();
            draft.tells("import-shape", None, first.view.place(), found);
        }
        for layer in layers {
            let mut names = Vec::new();
            for view in &layer.resources {
                let Some(kind) = view.said("ResourceType") else {
                    return Err(view.mistake(
                        file,
                        WHAT,
                        "a resource without `ResourceType`",
                        "it says what it is: RDS, …",
                    ));
                };
                if let Some(piece) = piece(view, &kind, draft) {
                    names.push(draft.add(piece.needs(before.clone())));
                }
            }
            if !names.is_empty() {
                before = names;
            }
        }
    }
    Ok(())
}

fn piece(view: &View<'_>, kind: &str, draft: &mut Draft) -> Option<Piece> {
    let place = view.place();
    let named = view.said("ResourceName");
    let name = named.clone().unwrap_or_else(|| kind.to_owned());
    let action = view.said("Action").unwrap_or_default();
    if action.eq_ignore_ascii_case("failback") {
        draft.tells(
            "import-failback",
            None,
            place,
            format!("{name}: a failback is no part of the plan: it comes from a run's journal"),
        );
        return None;
    }
    let region = view.said("Region").or_else(|| region(named.as_deref()?));
    match (&draft.recovery, region) {
        (None, Some(region)) => draft.recovery = Some(region),
        (Some(recovery), Some(region)) if *recovery != region => {
            let found = format!("it recovers in {region}, and the plan in {recovery}");
            draft.fails("import-regions", None, place.clone(), found, "make a plan of each region");
        }
        _ => {}
    }
    let recovery = named.map(|name| id(&name));
    let is_failover = action.is_empty() || action.eq_ignore_ascii_case("failover");
    let store = |kind| Piece::new(kind, &name, place.clone());
    let piece = match kind.to_ascii_lowercase().as_str() {
        "rds" if is_failover => store("rds")
            .wants("primary", None::<String>, "the source instance in the primary region")
            .wants("recovery", recovery, "its read replica in the recovery region"),
        "aurora" if is_failover => store("aurora")
            .wants("global", None::<String>, "the global database's identifier")
            .wants("primary", None::<String>, "its primary cluster in the primary region")
            .wants("recovery", recovery, "its secondary cluster in the recovery region"),
        "elasticache" if is_failover => store("elasticache")
            .wants("global", None::<String>, "the global datastore's id, with the prefix that AWS gave it")
            .wants("primary", None::<String>, "its primary replication group in the primary region")
            .wants("recovery", recovery, "its secondary replication group in the recovery region"),
        _ => task(&name, format!("{kind} {action}").trim(), Some(view), place.clone()),
    };
    Some(piece)
}
