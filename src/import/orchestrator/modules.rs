//! The modules, one by one: what component each becomes when it warms the recovery side, goes over, or cleans up behind.

use super::manifest::Work;
use crate::import::draft::{Draft, Piece, Says, TODO};
use crate::import::task::{id, task};
use crate::import::view::View;

const TARGETS: &str = "the target group there: a running task or instance is not a healthy one";

/// The parameters of modules that become components.
const READ: &[&str] = &[
    "AccountId",
    "Aias",
    "Alias",
    "Autoscalinggroupnames",
    "BusName",
    "ClusterConfigSSMKey",
    "ClusterEndpointSSMKey",
    "DBClusterIdentifier",
    "DBInstanceIdentifier",
    "DBInstanceIdentifierSource",
    "DesiredCount",
    "EcsAsgMinSize",
    "EcsClusterName",
    "EcsDesiredSize",
    "EcsServiceName",
    "EventRuleName",
    "GlobalClusterIdentifier",
    "HostedZoneId",
    "R53RecordName",
    "RecordType",
    "RecordValue",
];

/// What Instantiate does.
pub(super) fn warm(work: &Work<'_>, before: &[String], draft: &mut Draft) -> Vec<String> {
    if work.action != "AuroraMySQL" {
        return activate(work, before, draft);
    }
    let piece = task(&work.name, "AuroraMySQL Instantiate", work.parameters.view.as_ref(), work.view.place());
    let piece = piece.comment("it makes readers; the cluster's own failover is a component of its own");
    vec![draft.add(piece.needs(before.iter().cloned()))]
}

/// What Activate does; what Instantiate did already is not done again.
pub(super) fn activate(work: &Work<'_>, before: &[String], draft: &mut Draft) -> Vec<String> {
    if work.parameters.view.is_none() {
        let piece = task(&work.name, &work.action, None, work.view.place());
        return vec![draft.add(piece.needs(before.iter().cloned()))];
    }
    let mut names = Vec::new();
    for piece in pieces(work, before, draft) {
        let is_same = |there: &&Piece| {
            there.kind == piece.kind && identity(there) == identity(&piece) && identity(there).is_some()
        };
        if let Some(there) = draft.pieces.iter().find(is_same).map(|there| there.name.clone()) {
            draft.tells(
                "import-twice",
                Some(&there),
                work.view.place(),
                format!("it is {there} again, and is in the plan once"),
            );
            names.push(there);
            continue;
        }
        let mut piece = piece.needs(before.iter().cloned());
        let unread = work.parameters.unread(READ);
        if piece.kind != "manual" && piece.kind != "invoke" && !unread.is_empty() {
            let found = format!("parameters that nothing here reads: {}", unread.join(", "));
            piece = piece.fails("import-unread", found, "see what they say, and say it in the component");
        }
        if piece.kind != "manual" {
            piece.account.clone_from(&work.account);
        }
        names.push(draft.add(piece));
    }
    names
}

/// A field and what it says, where that is known.
type Said = (&'static str, Option<String>);

/// What Cleanup does to the old side: the same component's fence, where it has one.
pub(super) fn clean_up(work: &Work<'_>, draft: &mut Draft) {
    let place = work.view.place();
    let parameters = &work.parameters;
    let groups = groups(work);
    let olds: Vec<(&str, Vec<Said>)> = match work.action.as_str() {
        "ECS" => vec![(
            "ecs",
            vec![
                ("cluster", parameters.get("EcsClusterName", draft)),
                ("service", parameters.get("EcsServiceName", draft)),
            ],
        )],
        "AutoScaling" => groups.into_iter().map(|group| ("autoscaling", vec![("group", Some(group))])).collect(),
        "EventBridge" => vec![("rule", vec![("rule", parameters.get("EventRuleName", draft))])],
        "AuroraMySQL" | "ElastiCache" | "SQLServer" | "MemoryDB" => {
            let found = format!("{}: it deletes the old side; a failover of this plan never does", work.name);
            return draft.tells("import-destructive", None, place, found);
        }
        other => {
            let found = format!("{}: what {other} does to the old side is in no component", work.name);
            return draft.fails(
                "import-cleanup",
                None,
                place,
                found,
                "fence the old side by a component, or ask a person",
            );
        }
    };
    for (kind, keys) in olds {
        let is_it = |piece: &&mut Piece| {
            piece.kind == kind && keys.iter().all(|(key, said)| said.is_some() && piece.said(key) == said.as_deref())
        };
        let found = format!("{}: no component is called so in the other phases", work.name);
        match draft.pieces.iter_mut().find(is_it) {
            Some(piece) => {
                let old = keys.iter().filter_map(|(key, said)| Some(((*key).to_owned(), Says::text(said.clone()?))));
                piece.set("old", Says::Table(old.collect()));
            }
            None => {
                draft.fails("import-cleanup", None, place.clone(), found, "give `old` to the component that is meant")
            }
        }
    }
}

/// What makes two works the same component.
fn identity(piece: &Piece) -> Option<String> {
    let keys: &[&str] = match piece.kind {
        "aurora" | "elasticache" => &["global"],
        "ecs" => &["cluster", "service"],
        "autoscaling" => &["group"],
        "rule" => &["rule", "bus"],
        "route53" => &["zone", "record", "type"],
        "load-balancer" => &["name"],
        "rds-restore" => &["instance"],
        _ => return None,
    };
    let said: Vec<&str> = keys.iter().map(|key| piece.said(key).unwrap_or_default()).collect();
    (!said[0].is_empty()).then(|| said.join("\n"))
}

fn pieces(work: &Work<'_>, before: &[String], draft: &mut Draft) -> Vec<Piece> {
    let parameters = &work.parameters;
    let mut get = |key: &str| parameters.get(key, draft);
    let place = parameters.at.clone();
    match work.action.as_str() {
        "AuroraMySQL" => {
            let piece = Piece::new("aurora", &work.name, place)
                .wants(
                    "global",
                    get("GlobalClusterIdentifier").map(|text| id(&text)),
                    "the global database's identifier",
                )
                .wants("primary", None::<String>, "its primary cluster in the primary region")
                .wants(
                    "recovery",
                    get("DBClusterIdentifier").map(|text| id(&text)),
                    "its secondary cluster in the recovery region",
                );
            vec![piece]
        }
        "ElastiCache" => {
            let mut piece = Piece::new("elasticache", &work.name, place)
                .wants(
                    "global",
                    get("GlobalClusterIdentifier"),
                    "the global datastore's id, with the prefix that AWS gave it",
                )
                .wants("primary", None::<String>, "its primary replication group in the primary region")
                .wants("recovery", get("DBClusterIdentifier"), "its secondary replication group in the recovery region")
                .tells("import-detach", "it takes the group out of its datastore; the plan fails the datastore over");
            if let Some(key) = parameters.raw("ClusterEndpointSSMKey") {
                let found = format!("it writes the endpoint into the parameter {key}; the plan does not");
                piece =
                    piece.fails("import-parameter", found, "add a `parameter` component whose value is the endpoint");
            }
            vec![piece]
        }
        "ECS" => {
            let (cluster, service) = (get("EcsClusterName"), get("EcsServiceName"));
            let name = service.clone().unwrap_or_else(|| work.name.clone());
            let piece = Piece::new("ecs", &name, place)
                .wants("cluster", cluster, "the cluster in the recovery region")
                .wants("service", service, "the service in the recovery region");
            let piece = counted(piece, "desired", get("EcsDesiredSize"), "how many tasks run there")
                .advised("target_group", TARGETS);
            let min = get("EcsAsgMinSize").and_then(|text| text.parse().ok());
            vec![match min {
                Some(min) => piece.with("min", Says::Count(min)),
                None => piece,
            }]
        }
        "AutoScaling" => {
            let desired = get("DesiredCount");
            let group = |group: String| {
                let piece = Piece::new("autoscaling", &group, place.clone()).with("group", Says::text(group));
                counted(piece, "desired", desired.clone(), "how much capacity is in service there")
                    .advised("target_group", TARGETS)
                    .advised("min", "what no policy or schedule scales it in below")
            };
            groups(work).into_iter().map(group).collect()
        }
        "EventBridge" => {
            let (rule, bus) = (get("EventRuleName"), get("BusName"));
            let name = rule.clone().unwrap_or_else(|| work.name.clone());
            let piece =
                Piece::new("rule", &name, place).wants("rule", rule, "the rule in the recovery region").advised(
                    "old",
                    "the rule in the primary region: one that goes by the clock runs on both sides otherwise",
                );
            vec![match bus.filter(|bus| bus != "default") {
                Some(bus) => piece.with("bus", Says::text(bus)),
                None => piece,
            }]
        }
        "LambdaFunction" => vec![invoke(work, draft)],
        "R53Record" => record(work, before, draft),
        "SQLServer" => {
            let source = get("DBInstanceIdentifierSource");
            let piece = Piece::new("rds-restore", &work.name, place)
                .unknown(
                    "source",
                    Says::text(TODO),
                    "the ARN of its replicated automated backup in the recovery region",
                )
                .wants("instance", source, "the identifier that it gets there")
                .advised("security_groups", "a restored instance has none of the source's")
                .advised("parameter_group", "a restored instance has the default one otherwise");
            vec![piece]
        }
        other => vec![task(&work.name, other, parameters.view.as_ref(), place)],
    }
}

fn counted(piece: Piece, name: &str, said: Option<String>, todo: &str) -> Piece {
    match said.as_ref().and_then(|said| said.parse().ok()) {
        Some(count) => piece.with(name, Says::Count(count)),
        None => piece.unknown(name, Says::Count(1), todo),
    }
}

/// The groups of an AutoScaling work: a list, or one.
fn groups(work: &Work<'_>) -> Vec<String> {
    let Some(view) = work.parameters.view.as_ref().and_then(|view| view.get("Autoscalinggroupnames")) else {
        return Vec::new();
    };
    if view.is_list() {
        view.items().iter().filter_map(View::text).collect()
    } else {
        view.text().into_iter().collect()
    }
}

fn invoke(work: &Work<'_>, draft: &mut Draft) -> Piece {
    let parameters = &work.parameters;
    let entries = parameters.view.iter().flat_map(View::entries).map(|(key, _)| key).collect::<Vec<_>>();
    let called = |part: &str| entries.iter().find(|key| key.to_ascii_lowercase().contains(part)).cloned();
    let function = called("function").or_else(|| called("lambda")).and_then(|key| parameters.get(&key, draft));
    let piece = Piece::new("invoke", &work.name, parameters.at.clone())
        .wants("function", function, "the function in the recovery region")
        .advised("undo", "the invocation that takes it back; without one there is no way back from it");
    let Some(key) = called("payload") else { return piece };
    let payload = parameters.raw(&key);
    match payload {
        Some(payload) => piece.with("payload", Says::text(payload)),
        None => piece.advised("payload", "what it is handed, as JSON in a text: it was an object there"),
    }
}

fn record(work: &Work<'_>, before: &[String], draft: &mut Draft) -> Vec<Piece> {
    let parameters = &work.parameters;
    let place = parameters.at.clone();
    let zone = parameters.get("HostedZoneId", draft).map(|zone| zone.trim_start_matches("/hostedzone/").to_owned());
    let record = parameters.get("R53RecordName", draft);
    let kind = parameters.get("RecordType", draft).unwrap_or_else(|| "A".to_owned());
    // The module reads the misspelt name; its documentation has the other.
    let alias =
        ["Aias", "Alias"].iter().find_map(|key| parameters.view.as_ref()?.get(key)).and_then(|view| view.truth());
    let name = record.clone().unwrap_or_else(|| work.name.clone());
    let mut piece = Piece::new("route53", &name, place.clone())
        .wants("zone", zone, "the hosted zone's id")
        .wants("record", record, "the record's name")
        .with("type", Says::text(kind.clone()));
    let value = parameters.view.as_ref().and_then(|view| view.get("RecordValue"));
    if alias != Some(true) {
        let values: Vec<String> = match &value {
            Some(list) if list.is_list() => list.items().iter().filter_map(View::text).collect(),
            _ => parameters.get("RecordValue", draft).into_iter().collect(),
        };
        if values.len() == 1 && kind == "A" && value.as_ref().is_some_and(|value| !value.is_list()) {
            piece =
                piece.tells("import-no-ttl", "a plain A without a time to live fails there; it gets 60 seconds here");
        }
        let piece = match values.is_empty() {
            true => piece.unknown("values", Says::texts([TODO]), "what it answers"),
            false => piece.with("values", Says::texts(values)),
        };
        return vec![piece.with("ttl", Says::Count(60))];
    }
    let balancer = parameters.get("RecordValue", draft).filter(|name| !name.contains('.'));
    let there = draft
        .pieces
        .iter()
        .find(|piece| piece.kind == "load-balancer" && piece.said("name") == balancer.as_deref() && balancer.is_some());
    let known = there.map(|piece| piece.name.clone());
    let name = known.unwrap_or_else(|| {
        let name = balancer.clone().unwrap_or_else(|| format!("{name}-balancer"));
        let mut piece = Piece::new("load-balancer", &name, place)
            .wants("name", balancer, "the load balancer that the record answers")
            .unknown("target_group", Says::text(TODO), "its target group in the recovery region")
            .needs(before.iter().cloned());
        piece.account.clone_from(&work.account);
        draft.add(piece)
    });
    let output = |output: &str| Says::Reference(format!("${{{name}.{output}}}"));
    let target = vec![("dns_name".to_owned(), output("dns_name")), ("zone_id".to_owned(), output("zone_id"))];
    vec![piece.with("alias", Says::Table(target)).needs([name])]
}
