//! The blocks of data stores.

use super::blocks::{Block, in_account};
use crate::import::draft::{Draft, Piece};
use crate::import::task::{id, region};
use crate::import::view::View;

pub(super) fn aurora(block: &Block<'_>, inside: &View<'_>, draft: &mut Draft) -> Vec<Piece> {
    let arns: Vec<String> = block.list("databaseClusterArns").iter().filter_map(View::text).collect();
    let of = |own: &Option<String>| arns.iter().find(|arn| own.is_some() && region(arn) == *own).map(|arn| id(arn));
    let (primary, recovery) = (of(&draft.primary), of(&draft.recovery));
    let mut piece = block
        .piece("aurora", &block.name)
        .wants(
            "global",
            inside.said("globalClusterIdentifier").map(|text| id(&text)),
            "the global database's identifier",
        )
        .wants("primary", primary, "its primary cluster in the primary region")
        .wants("recovery", recovery, "its secondary cluster in the recovery region");
    if inside.said("behavior").as_deref() == Some("switchoverOnly") && inside.get("ungraceful").is_none() {
        let found = "it only switches over: with the primary gone it has no way on; the plan's failover has";
        piece = piece.tells("import-switchover", found);
    }
    vec![in_account(piece, inside, "", draft)]
}

pub(super) fn rds(block: &Block<'_>, inside: &View<'_>, draft: &mut Draft) -> Vec<Piece> {
    let map = inside.get("dbInstanceArnMap").map(|view| view.entries()).unwrap_or_default();
    let of = |own: &Option<String>| {
        let (_, view) = map.iter().find(|(region, _)| own.as_ref() == Some(region))?;
        view.text().map(|arn| id(&arn))
    };
    let mut piece = block
        .piece("rds", &block.name)
        .wants("primary", of(&draft.primary), "the source instance in the primary region")
        .wants("recovery", of(&draft.recovery), "its read replica in the recovery region");
    if block.kind == "RdsSwitchoverReadReplica" {
        let found = "it switches an Oracle replica over, which keeps both; the plan promotes it, and a failback makes a new replica";
        piece = piece.tells("import-switchover", found);
    }
    vec![in_account(piece, inside, "", draft)]
}
