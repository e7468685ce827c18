//! What runs: services, groups, functions, and what comes to them. The same name in both regions makes a pair; how many
//! run is the primary's number.

use super::environment;
use super::estate::Estate;
use super::order::Order;
use super::state::Resource;
use super::stores::{add, called, missing};
use crate::import::draft::{Draft, Piece, Says};
use crate::import::task::id;
use crate::import::view::View;

const NO_COUNTERPART: &str = "import-no-counterpart";
const TARGETS: &str = "its target group there: a running task or instance is not a healthy one";

pub(super) fn read(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    services(estate, order, draft);
    groups(estate, order, draft);
    functions(estate, order, draft);
    queues(estate, order, draft);
    rules(estate, order, draft);
}

fn services(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for service in estate.primary("aws_ecs_service") {
        let cluster = |service: &Resource<'_>| service.said("cluster").map(|cluster| id(&cluster));
        let own = cluster(service).map(|cluster| estate.bare(&cluster));
        let name = service.said("name");
        let is_called_so = |other: &&Resource<'_>| {
            other.said("name").map(|other| estate.bare(&other)) == name.as_ref().map(|name| estate.bare(name))
        };
        let of_cluster = |other: &&Resource<'_>| cluster(other).map(|cluster| estate.bare(&cluster)) == own;
        let others = || estate.recovery("aws_ecs_service").filter(is_called_so);
        let twin = others().find(of_cluster).or_else(|| others().next());
        let (Some(twin), Some(name)) = (twin, name) else {
            missing(service, "ecs", "a service", NO_COUNTERPART, order, draft);
            continue;
        };
        let mut piece = Piece::new("ecs", &name, service.place())
            .wants("cluster", cluster(twin), "the cluster in the recovery region")
            .wants("service", twin.said("name"), "the service in the recovery region");
        piece = counted(piece, service.get("desired_count").as_ref(), "how many tasks run there");
        piece = match twin
            .blocks("load_balancer")
            .iter()
            .find_map(|balancer| target_group(&balancer.said("target_group_arn")?))
        {
            Some(group) => piece.with("target_group", Says::text(group)),
            None => piece.advised("target_group", TARGETS),
        };
        piece = environment::told(piece, service, twin, estate, order);
        piece = match cluster(service) {
            Some(cluster) => {
                let old = vec![("cluster".to_owned(), Says::text(cluster)), ("service".to_owned(), Says::text(&name))];
                piece.with("old", Says::Table(old))
            }
            None => piece.advised("old", "the service in the primary region, to be fenced"),
        };
        add(piece, &[service, twin], order, draft);
    }
}

/// `desired`, which is what runs in the primary region.
fn counted(piece: Piece, said: Option<&View<'_>>, todo: &str) -> Piece {
    match said.and_then(View::count).filter(|count| *count <= 10_000) {
        Some(count) => piece.with("desired", Says::Count(count)),
        None => piece.unknown("desired", Says::Count(1), todo),
    }
}

/// The name in a target group's ARN.
pub(super) fn target_group(arn: &str) -> Option<String> {
    let mut parts = arn.rsplit(":targetgroup/").next()?.split('/');
    parts.next().filter(|name| !name.is_empty()).map(str::to_owned)
}

fn groups(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for group in estate.primary("aws_autoscaling_group") {
        let twin = estate.twin(group, "name");
        let (Some(own), Some(twin), Some(recovery)) =
            (group.said("name"), twin, twin.and_then(|twin| twin.said("name")))
        else {
            missing(group, "autoscaling", "a group of instances", NO_COUNTERPART, order, draft);
            continue;
        };
        let mut piece = Piece::new("autoscaling", &own, group.place()).with("group", Says::text(recovery));
        piece = counted(piece, group.get("desired_capacity").as_ref(), "how much capacity is in service there");
        piece = match group.get("min_size").and_then(|size| size.count()).filter(|size| *size <= 10_000) {
            Some(size) => piece.with("min", Says::Count(size)),
            None => piece.advised("min", "what no policy or schedule scales it in below"),
        };
        piece = match twin.texts("target_group_arns").first().and_then(|arn| target_group(arn)) {
            Some(target) => piece.with("target_group", Says::text(target)),
            None => piece.advised("target_group", TARGETS),
        };
        piece = piece.with("old", Says::Table(vec![("group".to_owned(), Says::text(own))]));
        add(piece, &[group, twin], order, draft);
    }
}

fn functions(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for function in estate.primary("aws_lambda_function") {
        let twin = estate.twin(function, "function_name");
        let (Some(own), Some(twin), Some(recovery)) =
            (function.said("function_name"), twin, twin.and_then(|twin| twin.said("function_name")))
        else {
            missing(function, "lambda", "a function", NO_COUNTERPART, order, draft);
            continue;
        };
        let come = |function: &Resource<'_>, all: Vec<&Resource<'_>>| -> Vec<String> {
            let names = [function.said("function_name"), function.arn()];
            let is_its = |mapping: &&&Resource<'_>| {
                let to = mapping.said("function_name").or_else(|| mapping.said("function_arn"));
                to.is_some() && names.contains(&to)
            };
            all.iter().filter(is_its).filter_map(|mapping| mapping.said("event_source_arn")).collect()
        };
        let new = come(twin, estate.recovery("aws_lambda_event_source_mapping").collect());
        let old = come(function, estate.primary("aws_lambda_event_source_mapping").collect());
        let mut piece = Piece::new("lambda", &own, function.place()).with("function", Says::text(recovery));
        if !new.is_empty() {
            piece = piece.with("event_sources", Says::texts(new));
        }
        if !old.is_empty() {
            let said = vec![("function".to_owned(), Says::text(&own)), ("event_sources".to_owned(), Says::texts(old))];
            piece = piece.with("old", Says::Table(said));
        }
        add(piece, &[function, twin], order, draft);
    }
}

fn queues(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for queue in estate.primary("aws_sqs_queue") {
        let twin = estate.twin(queue, "name");
        match twin.and_then(|twin| Some((twin, twin.said("name")?))) {
            Some((twin, name)) => {
                add(
                    Piece::new("queue", &called(queue), queue.place()).with("name", Says::text(name)),
                    &[queue, twin],
                    order,
                    draft,
                );
            }
            None => missing(queue, "queue", "a queue", NO_COUNTERPART, order, draft),
        }
    }
}

fn rules(estate: &Estate<'_>, order: &mut Order, draft: &mut Draft) {
    for rule in estate.primary("aws_cloudwatch_event_rule") {
        let twin = estate.twin(rule, "name");
        let (Some(own), Some(twin), Some(name)) = (rule.said("name"), twin, twin.and_then(|twin| twin.said("name")))
        else {
            missing(rule, "rule", "a rule", NO_COUNTERPART, order, draft);
            continue;
        };
        let bus = |rule: &Resource<'_>| rule.said("event_bus_name").filter(|bus| bus != "default");
        let mut piece = Piece::new("rule", &own, rule.place()).with("rule", Says::text(name));
        let mut old = vec![("rule".to_owned(), Says::text(own))];
        old.extend(bus(rule).map(|bus| ("bus".to_owned(), Says::text(bus))));
        if let Some(bus) = bus(twin) {
            piece = piece.with("bus", Says::text(bus));
        }
        add(piece.with("old", Says::Table(old)), &[rule, twin], order, draft);
    }
}
