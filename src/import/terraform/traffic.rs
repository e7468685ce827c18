//! What leads clients: certificates, load balancers, records, and the alarms that say it is well.

use super::compute::target_group;
use super::estate::Estate;
use super::order::Order;
use super::state::Resource;
use super::stores::{add, missing};
use crate::import::draft::{Draft, Piece, Says};
use std::collections::{BTreeMap, HashMap};

const NO_COUNTERPART: &str = "import-no-counterpart";

pub(super) fn read(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    certificates(estate, order, draft);
    let balancers = balancers(estate, order, draft);
    records(estate, &balancers, order, draft);
    alarms(estate, order, draft);
}

fn certificates(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for certificate in estate.primary("aws_acm_certificate") {
        let twin = estate.twin(certificate, "domain_name");
        let (Some(twin), Some(domain)) = (twin, certificate.said("domain_name")) else {
            missing(certificate, "certificate", "a certificate", NO_COUNTERPART, order, draft);
            continue;
        };
        let piece = Piece::new("certificate", &format!("{domain}-certificate"), certificate.place())
            .with("domain", Says::text(domain));
        add(piece, &[certificate, twin], order, draft);
    }
}

/// A load balancer of the primary region, by its DNS name, and the component that is in its place.
type Balancers = HashMap<String, Option<String>>;

fn balancers(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) -> Balancers {
    let mut known = Balancers::new();
    for kind in ["aws_lb", "aws_alb"] {
        for balancer in estate.primary(kind) {
            let dns = balancer.said("dns_name").map(|name| name.to_ascii_lowercase());
            let twin = estate.twin(balancer, "name");
            let name = match twin.and_then(|twin| Some((twin, twin.said("name")?))) {
                Some((twin, name)) => Some(balancer_with(balancer, twin, &name, estate, order, draft)),
                None => {
                    missing(balancer, "load-balancer", "a load balancer", NO_COUNTERPART, order, draft);
                    None
                }
            };
            if let Some(dns) = dns {
                known.insert(dns, name);
            }
        }
    }
    known
}

fn balancer_with(
    balancer: &Resource<'_>,
    twin: &Resource<'_>,
    name: &str,
    estate: &Estate<'_>,
    order: &mut Order,
    draft: &mut Draft,
) -> String {
    let arn = twin.arn();
    let groups = ["aws_lb_target_group", "aws_alb_target_group"].into_iter().flat_map(|kind| estate.recovery(kind));
    let of_it: Vec<String> = groups
        .filter(|group| group.texts("load_balancer_arns").iter().any(|own| Some(own) == arn.as_ref()))
        .filter_map(|group| group.arn().and_then(|arn| target_group(&arn)))
        .collect();
    let serves = |group: &str, piece: &Piece| piece.said("target_group") == Some(group);
    // One that a service registers with, before one that nobody does.
    let used = of_it.iter().find(|group| draft.pieces.iter().any(|piece| serves(group, piece)));
    let group = used.or(of_it.first()).cloned();
    let behind: Vec<String> = draft
        .pieces
        .iter()
        .filter(|piece| of_it.iter().any(|group| serves(group, piece)))
        .map(|piece| piece.name.clone())
        .collect();
    let mut piece = Piece::new("load-balancer", name, balancer.place())
        .with("name", Says::text(name))
        .wants("target_group", group, "its target group in the recovery region")
        .needs(behind);
    if let [_, _, ..] = of_it.as_slice() {
        piece = piece.comment(format!("its target groups: {}", of_it.join(", ")));
    }
    add(piece, &[balancer, twin], order, draft)
}

/// A record set, and the record that it is of.
type Records<'e, 'a> = BTreeMap<(String, String, String), Vec<&'e Resource<'a>>>;

fn records(estate: &Estate<'_>, balancers: &Balancers, order: &mut Order, draft: &mut Draft) {
    let mut all: Records<'_, '_> = BTreeMap::new();
    for record in estate.of("aws_route53_record") {
        let name = record.said("fqdn").or_else(|| record.said("name"));
        let (Some(zone), Some(name), Some(kind)) = (record.said("zone_id"), name, record.said("type")) else {
            continue;
        };
        all.entry((zone, name.trim_end_matches('.').to_ascii_lowercase(), kind)).or_default().push(record);
    }
    for ((zone, name, kind), sets) in all {
        let piece = Piece::new("route53", &name, sets[0].place())
            .with("zone", Says::text(&zone))
            .with("record", Says::text(format!("{name}.")))
            .with("type", Says::text(&kind));
        let answered = match routing(sets[0]) {
            Some("failover") => Some(roles(piece, &sets)),
            Some("weighted") => Some(weights(piece, &sets, estate)),
            Some(other) => {
                let found =
                    format!("{name} is routed by {other}: what it answers then is for its health checks to say");
                draft.tells("import-routing", None, sets[0].place(), found);
                continue;
            }
            None => simple(piece, sets[0], balancers),
        };
        match answered {
            Some(Some(piece)) => drop(add(piece, &sets, order, draft)),
            // It leads to nothing of the primary region.
            None => {}
            Some(None) => {
                let found = format!("{name} leads to the primary region, and no set of it to the recovery region");
                let ask = format!("let {name} ({kind}) answer the recovery region");
                let piece = Piece::manual(&name, &ask, sets[0].place());
                let fix = "put a route53 component in its place: what it answers, by `values`, `alias`, `weights` or `failover`";
                let name = draft.add(piece.fails(NO_COUNTERPART, found, fix));
                order.is(&name, "route53", sets.iter().copied());
            }
        }
    }
}

/// By what a record is routed; nothing for a simple one.
fn routing(record: &Resource<'_>) -> Option<&'static str> {
    let kinds = [
        ("failover_routing_policy", "failover"),
        ("weighted_routing_policy", "weighted"),
        ("latency_routing_policy", "latency"),
        ("geolocation_routing_policy", "geolocation"),
        ("geoproximity_routing_policy", "geoproximity"),
        ("cidr_routing_policy", "network"),
    ];
    let by_block = kinds.into_iter().find(|(key, _)| !record.blocks(key).is_empty()).map(|(_, word)| word);
    let is_multivalue = record.get("multivalue_answer_routing_policy").and_then(|view| view.truth()) == Some(true);
    by_block.or(is_multivalue.then_some("multivalue"))
}

/// The two sets change their roles.
fn roles(piece: Piece, sets: &[&Resource<'_>]) -> Option<Piece> {
    let of = |role: &str| {
        let is_it = |set: &&&Resource<'_>| {
            set.blocks("failover_routing_policy").first().and_then(|policy| policy.said("type")).as_deref()
                == Some(role)
        };
        sets.iter().find(is_it).and_then(|set| set.said("set_identifier"))
    };
    let (primary, secondary) = (of("PRIMARY")?, of("SECONDARY")?);
    let roles = vec![("primary".to_owned(), Says::text(secondary)), ("secondary".to_owned(), Says::text(primary))];
    Some(piece.with("failover", Says::Table(roles)))
}

/// All weight goes to the sets that lead to the recovery region.
fn weights(piece: Piece, sets: &[&Resource<'_>], estate: &Estate<'_>) -> Option<Piece> {
    let of_recovery: Vec<String> = ["aws_lb", "aws_alb"]
        .into_iter()
        .flat_map(|kind| estate.recovery(kind))
        .filter_map(|balancer| balancer.said("dns_name"))
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let region = estate.recovery.as_deref()?;
    let leads_there = |set: &Resource<'_>| {
        targets(set).iter().any(|target| of_recovery.contains(target) || target.contains(&format!(".{region}.")))
    };
    let mut weights = Vec::new();
    for set in sets {
        let weight = u64::from(leads_there(set)) * 100;
        weights.push((set.said("set_identifier")?, Says::Count(weight)));
    }
    let leads = weights.iter().filter(|(_, weight)| *weight == Says::Count(100)).count();
    (leads > 0 && leads < weights.len()).then(|| piece.with("weights", Says::Table(weights)))
}

/// The names that a set answers with, in small letters and without what an alias puts before them.
fn targets(set: &Resource<'_>) -> Vec<String> {
    let aliases = set.blocks("alias").into_iter().filter_map(|alias| alias.said("name"));
    let plain =
        |name: String| name.to_ascii_lowercase().trim_end_matches('.').trim_start_matches("dualstack.").to_owned();
    aliases.chain(set.texts("records")).map(plain).collect()
}

/// A simple record that leads to a load balancer of the primary region: `None` where it does not.
fn simple(piece: Piece, record: &Resource<'_>, balancers: &Balancers) -> Option<Option<Piece>> {
    let balancer = targets(record).iter().find_map(|target| balancers.get(target))?;
    let Some(name) = balancer else { return Some(None) };
    let output = |output: &str| Says::Reference(format!("${{{name}.{output}}}"));
    let piece = piece.needs([name.clone()]);
    if record.blocks("alias").is_empty() {
        let ttl = record.get("ttl").and_then(|ttl| ttl.count()).unwrap_or(60);
        return Some(Some(piece.with("values", Says::List(vec![output("dns_name")])).with("ttl", Says::Count(ttl))));
    }
    let target = vec![("dns_name".to_owned(), output("dns_name")), ("zone_id".to_owned(), output("zone_id"))];
    Some(Some(piece.with("alias", Says::Table(target))))
}

fn alarms(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    let kinds = ["aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"];
    let all: Vec<&Resource<'_>> = kinds.into_iter().flat_map(|kind| estate.recovery(kind)).collect();
    for some in all.chunks(100) {
        let names: Vec<String> = some.iter().filter_map(|alarm| alarm.said("alarm_name")).collect();
        if names.is_empty() {
            continue;
        }
        let needed: Vec<String> = draft
            .pieces
            .iter()
            .filter(|piece| matches!(piece.kind, "route53" | "load-balancer" | "ecs" | "autoscaling"))
            .map(|piece| piece.name.clone())
            .collect();
        let piece = Piece::new("alarm", "alarms", some[0].place()).with("names", Says::texts(names)).needs(needed);
        add(piece, some, order, draft);
    }
}
