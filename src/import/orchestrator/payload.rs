//! Payloads of the state machines FAILOVER and FAILBACK: data stores, by `resourceType`.

use super::WHAT;
use super::failback::Failback;
use super::layers::{self, Layer};
use super::parameters::{Parameters, Runs};
use crate::import::draft::{Draft, Piece, Says};
use crate::import::task::{id, region, task};
use crate::import::values::Values;
use crate::import::view::{File, View};
use crate::plan::diagnostic::PlanErrors;

/// A resource of a payload.
struct Resource<'a> {
    kind: String,
    name: Option<String>,
    view: View<'a>,
    parameters: Parameters<'a>,
}

/// The parameters of a failover's resources.
const READ: &[&str] = &[
    "ClusterRegion",
    "DBClusterIdentifier",
    "GlobalClusterIdentifier",
    "GlobalReplicationGroupId",
    "RDSInstanceIdentifier",
    "TargetClusterIdentifier",
    "TargetRegion",
    "TargetReplicationGroupId",
];

const FAILBACK: &[&str] = &["CreateRDSReadReplica", "CreateAuroraSecondaryDBCluster"];

/// Reads the payloads: those of a failback say what those of the failover do not.
pub(super) fn read<'a>(
    payloads: &[(&'a File, Vec<Layer<'a>>)],
    values: &'a Values,
    draft: &mut Draft,
) -> Result<(), PlanErrors> {
    let mut forward: Vec<Vec<Resource<'a>>> = Vec::new();
    let mut back = Vec::new();
    for (file, layers) in payloads {
        layers::order(layers, draft);
        for layer in layers {
            let mut resources = Vec::new();
            for view in &layer.resources {
                let resource = resource(view, values, file)?;
                if FAILBACK.contains(&resource.kind.as_str()) { back.push(resource) } else { resources.push(resource) }
            }
            forward.push(resources);
        }
    }
    regions(forward.iter().flatten(), &back, values, draft);
    let failback: Vec<Failback> = back.iter().map(|resource| failback(resource, draft)).collect();
    let mut before: Vec<String> = Vec::new();
    for layer in forward {
        let mut names = Vec::new();
        for resource in &layer {
            named(resource, draft);
            let Some(piece) = piece(resource, &failback, draft) else { continue };
            names.push(draft.add(piece.needs(before.clone())));
        }
        if !names.is_empty() {
            before = names;
        }
    }
    Ok(())
}

fn resource<'a>(view: &View<'a>, values: &'a Values, file: &File) -> Result<Resource<'a>, PlanErrors> {
    let Some(kind) = view.said("resourceType") else {
        let (message, help) = ("a resource without `resourceType`", "it says what is done: PromoteRDSReadReplica, …");
        return Err(view.mistake(file, WHAT, message, help));
    };
    let runs = if FAILBACK.contains(&kind.as_str()) { Runs::InPrimary } else { Runs::InRecovery };
    let parameters = Parameters::new(view.get("parameters").filter(View::is_table), view.place(), values, runs);
    Ok(Resource { kind, name: view.said("resourceName"), view: view.clone(), parameters })
}

/// What tells the regions where nobody said them.
fn regions<'a>(
    forward: impl Iterator<Item = &'a Resource<'a>> + Clone,
    back: &[Resource<'_>],
    values: &Values,
    draft: &mut Draft,
) {
    let find = |resource: &Resource<'_>, draft: &Draft, said: &str, by_arn: &[&str]| {
        let told = resource.parameters.peek(said, draft);
        told.or_else(|| by_arn.iter().find_map(|key| region(&resource.parameters.peek(key, draft)?)))
    };
    let mut seen: Vec<(String, &Resource<'_>)> = Vec::new();
    for resource in forward.clone() {
        let by_arn = ["DBClusterIdentifier", "RDSInstanceIdentifier"];
        if let Some(region) = find(resource, draft, said(resource), &by_arn) {
            seen.push((region, resource));
        }
    }
    if let Some((first, _)) = seen.first().cloned() {
        for (other, resource) in seen.iter().filter(|(other, _)| *other != first) {
            let found = format!("it recovers in {other}, and others in {first}: a plan has one recovery region");
            draft.fails("import-regions", None, resource.view.place(), found, "make a plan of each region");
        }
        draft.recovery.get_or_insert(first);
    }
    for resource in back {
        if draft.recovery.is_none() {
            draft.recovery =
                find(resource, draft, "SourceRegion", &["SourceRDSInstanceIdentifier", "SourceDBClusterIdentifier"]);
        }
        if draft.primary.is_none() {
            draft.primary = find(resource, draft, "ClusterRegion", &["RDSInstanceIdentifier", "DBClusterIdentifier"])
                .filter(|region| Some(region) != draft.recovery.as_ref());
        }
    }
    let other: Vec<&str> =
        values.regions().into_iter().filter(|region| Some(*region) != draft.recovery.as_deref()).collect();
    if let ([one], None, Some(_)) = (other.as_slice(), &draft.primary, &draft.recovery) {
        draft.primary = Some((*one).to_owned());
    }
    // A region that is only named is nobody's guess, even where another resource told one.
    for resource in forward.filter(|resource| resource.parameters.raw(said(resource)).is_some()) {
        resource.parameters.get(said(resource), draft);
    }
}

/// The parameter that says where a forward resource recovers.
fn said(resource: &Resource<'_>) -> &'static str {
    if resource.kind == "FailoverElastiCacheCluster" { "TargetRegion" } else { "ClusterRegion" }
}

/// What a failback's resource says of the old side, and what it would do to it.
fn failback(resource: &Resource<'_>, draft: &mut Draft) -> Failback {
    let parameters = &resource.parameters;
    let (found, is_aurora) = match resource.kind.as_str() {
        "CreateRDSReadReplica" => {
            ("it deletes the old primary and makes a replica of that name; nothing of it is in the plan", false)
        }
        _ => (
            "it deletes the old cluster, without a last snapshot, and makes a secondary; nothing of it is in the plan",
            true,
        ),
    };
    draft.tells("import-destructive", None, resource.view.place(), found.to_owned());
    for (key, value) in parameters.view.iter().flat_map(View::entries) {
        if value.raw().is_some_and(|text| text.eq_ignore_ascii_case("false")) {
            let found = format!("{key} is the text `False`, which is read as false here and taken as true there");
            draft.tells("import-false-means-true", None, value.place(), found);
        }
    }
    Failback::read(parameters, is_aurora, draft)
}

/// What the state machine fails at, after it has done its work.
fn named(resource: &Resource<'_>, draft: &mut Draft) {
    if resource.name.is_none() {
        let found = "no resourceName: the state machine fails on it once the work is done".to_owned();
        draft.tells("import-no-name", None, resource.view.place(), found);
    }
}

fn piece(resource: &Resource<'_>, failback: &[Failback], draft: &mut Draft) -> Option<Piece> {
    let piece = match resource.kind.as_str() {
        "PromoteRDSReadReplica" => rds(resource, failback, draft),
        "PlannedFailoverAurora" | "UnPlannedFailoverAurora" => aurora(resource, failback, draft),
        "FailoverElastiCacheCluster" => cache(resource, draft),
        other => {
            let name = resource.name.as_deref().unwrap_or(other);
            return Some(task(name, other, resource.parameters.view.as_ref(), resource.view.place()));
        }
    };
    let unread = resource.parameters.unread(READ);
    let piece = match unread.is_empty() {
        true => piece,
        false => {
            let found = format!("parameters that nothing here reads: {}", unread.join(", "));
            piece.fails("import-unread", found, "see what they say, and say it in the component")
        }
    };
    let identity = |piece: &Piece| {
        let keys = ["global", "recovery"].map(|key| piece.said(key).map(str::to_owned));
        (piece.kind, keys)
    };
    let own = identity(&piece);
    let is_known = own.1.iter().any(Option::is_some);
    if let Some(there) =
        draft.pieces.iter().find(|there| is_known && identity(there) == own).map(|there| there.name.clone())
    {
        let found = format!("it is {there} again, and is in the plan once");
        draft.tells("import-twice", Some(&there), resource.view.place(), found);
        return None;
    }
    Some(piece)
}

/// What it is called: as the file calls it, else by its identifier.
fn called<'a>(resource: &'a Resource<'_>, id: Option<&'a String>) -> &'a str {
    resource.name.as_deref().or(id.map(String::as_str)).unwrap_or(&resource.kind)
}

fn theirs(piece: Piece, parameters: &Parameters<'_>, keys: &[&str]) -> Piece {
    let named = |key: &&str| {
        parameters
            .raw(key)
            .filter(|raw| raw.starts_with('!') || raw.starts_with("resolve:"))
            .map(|raw| format!("{key}: {raw}"))
    };
    keys.iter().filter_map(named).fold(piece, Piece::comment)
}

fn rds(resource: &Resource<'_>, failback: &[Failback], draft: &mut Draft) -> Piece {
    let parameters = &resource.parameters;
    let recovery = parameters.id("RDSInstanceIdentifier", draft);
    let other = failback.iter().find(|other| !other.is_aurora && recovery.is_some() && other.source == recovery);
    // One name that is looked up in no region of its own says the same of both.
    let is_told_apart =
        |other: &&Failback| other.id != recovery || other.raw != parameters.raw("RDSInstanceIdentifier");
    let primary = other.filter(is_told_apart).and_then(|other| other.id.clone());
    let mut piece = Piece::new("rds", called(resource, recovery.as_ref()), resource.view.place())
        .wants("primary", primary, "the source instance in the primary region")
        .wants("recovery", recovery, "its read replica in the recovery region");
    if let Some(other) = other {
        if let Some(days) = other.backup_days {
            piece = piece.with("backup_retention", Says::Count(days));
        }
        piece = other.comments(piece);
    }
    if let Some(target) = parameters.raw("TargetClusterIdentifier") {
        piece = piece.comment(format!("TargetClusterIdentifier is never used there: {target}"));
    }
    theirs(piece, parameters, &["RDSInstanceIdentifier"])
}

fn aurora(resource: &Resource<'_>, failback: &[Failback], draft: &mut Draft) -> Piece {
    let parameters = &resource.parameters;
    let global = parameters.id("GlobalClusterIdentifier", draft);
    let recovery = parameters.id("DBClusterIdentifier", draft);
    let other = failback.iter().find(|other| other.is_aurora && global.is_some() && other.global == global);
    let primary = other.and_then(|other| other.id.clone()).filter(|id| Some(id) != recovery.as_ref());
    let mut piece = Piece::new("aurora", called(resource, recovery.as_ref()), resource.view.place())
        .wants("global", global, "the global database's identifier")
        .wants("primary", primary, "its primary cluster in the primary region")
        .wants("recovery", recovery, "its secondary cluster in the recovery region");
    if let Some(other) = other {
        piece = other.comments(piece);
    }
    if resource.kind == "PlannedFailoverAurora" {
        let found = "it is a switchover, which needs the healthy primary; the plan's failover needs none";
        piece = piece.tells("import-switchover", found);
    } else {
        let found = "it detaches the secondary; the plan fails the global database over and keeps its topology";
        piece = piece.tells("import-detach", found);
        piece = piece.comment("detach = true is what was imported: the secondary leaves the global database");
    }
    theirs(piece, parameters, &["GlobalClusterIdentifier", "DBClusterIdentifier"])
}

fn cache(resource: &Resource<'_>, draft: &mut Draft) -> Piece {
    let parameters = &resource.parameters;
    let recovery = parameters.id("TargetReplicationGroupId", draft);
    let global = parameters.get("GlobalReplicationGroupId", draft).map(|text| id(&text));
    let piece = Piece::new("elasticache", called(resource, recovery.as_ref()), resource.view.place())
        .wants("global", global, "the global datastore's id, with the prefix that AWS gave it")
        .wants("primary", None::<String>, "its primary replication group in the primary region")
        .wants("recovery", recovery, "its secondary replication group in the recovery region");
    theirs(piece, parameters, &["GlobalReplicationGroupId", "TargetReplicationGroupId"])
}
