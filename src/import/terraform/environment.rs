//! A service's environment where it names a store of the primary region: the recovery side must be given the other one's
//! address. Values that look like secrets are told of, and read no further.

use super::estate::Estate;
use super::order::Order;
use super::state::Resource;
use crate::import::draft::{Piece, Says};
use crate::import::json;
use crate::import::view::{Document, File, View};
use crate::seal::looks;

/// The addresses of stores, by what their component gives in their place.
const ADDRESSES: &[(&str, &[(&str, &str)])] = &[
    ("aws_db_instance", &[("address", "endpoint")]),
    ("aws_rds_cluster", &[("endpoint", "endpoint"), ("reader_endpoint", "reader_endpoint")]),
    (
        "aws_elasticache_replication_group",
        &[("primary_endpoint_address", "endpoint"), ("reader_endpoint_address", "reader_endpoint")],
    ),
];

/// Adds to the component what its primary's task definition says of known stores.
pub(super) fn told(
    mut piece: Piece,
    primary: &Resource<'_>,
    recovery: &Resource<'_>,
    estate: &Estate<'_>,
    order: &Order,
) -> Piece {
    let Some(containers) = definition(primary, estate) else { return piece };
    let there = definition(recovery, estate);
    let addresses = addresses(estate, order);
    let (mut set, mut container) = (Vec::new(), None);
    for one in &containers {
        for (name, value) in &one.environment {
            if looks::is_secret(name, value) {
                let found = format!("{name} in the task definition looks like a secret: it is not read");
                piece = piece.fails(
                    "import-secret",
                    found,
                    "keep it in Secrets Manager or Parameter Store, and give the container its ARN",
                );
                continue;
            }
            let Some((address, reference)) = addresses.iter().find(|(address, _)| value.contains(address.as_str()))
            else {
                continue;
            };
            // Where the other side says something else already, it was thought of.
            let is_same = there.as_ref().is_none_or(|there| {
                let said = there
                    .iter()
                    .find(|other| other.name == one.name)
                    .and_then(|other| other.environment.iter().find(|(other, _)| other == name));
                said.is_none_or(|(_, other)| other.contains(address.as_str()))
            });
            if !is_same || container.as_ref().is_some_and(|container| *container != one.name) {
                continue;
            }
            container = Some(one.name.clone());
            let (before, behind) = value.split_once(address.as_str()).unwrap_or((value, ""));
            let plain = |text: &str| text.replace("${", "$${");
            set.push((name.clone(), Says::Reference(format!("{}{reference}{}", plain(before), plain(behind)))));
        }
    }
    if let Some(container) = container.filter(|_| containers.len() > 1) {
        piece = piece.with("container", Says::text(container));
    }
    if set.is_empty() { piece } else { piece.with("environment", Says::Table(set)) }
}

/// The stores' addresses in the primary region, longest first, and the reference that stands for each.
fn addresses(estate: &Estate<'_>, order: &Order) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (kind, keys) in ADDRESSES {
        for resource in estate.primary(kind) {
            let Some(name) = order.component(resource).filter(|name| order.gives(name)) else { continue };
            let address = |(key, output): &(&str, &str)| {
                let address = resource.said(key)?;
                // Some are written with their port.
                let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host).to_owned();
                (host.len() > 8).then(|| (host, format!("${{{name}.{output}}}")))
            };
            found.extend(keys.iter().filter_map(address));
        }
    }
    found.sort_by_key(|(address, _)| std::cmp::Reverse(address.len()));
    found
}

/// A container of a task definition.
struct Container {
    name: String,
    environment: Vec<(String, String)>,
}

/// The containers of the task definition that a service runs.
fn definition(service: &Resource<'_>, estate: &Estate<'_>) -> Option<Vec<Container>> {
    let named = service.said("task_definition")?;
    let is_it = |definition: &&Resource<'_>| {
        let family = definition.said("family");
        definition.region == service.region
            && (definition.arn().as_ref() == Some(&named)
                || definition.said("arn_without_revision").as_ref() == Some(&named)
                || family.as_ref() == Some(&named))
    };
    let definition = estate.of("aws_ecs_task_definition").find(is_it)?;
    let containers = definition.get("container_definitions")?;
    // A text of JSON, in itself of the state's own making.
    let text = containers.raw()?.to_owned();
    json::parse(&text).ok()?;
    let document = Document::read(&File { name: String::new(), text }, "", true).ok()?;
    let container = |view: View<'_>| {
        let environment = view.get("environment").map(|list| list.items()).unwrap_or_default();
        let environment =
            environment.iter().filter_map(|pair| Some((pair.said("name")?, pair.said("value")?))).collect();
        Some(Container { name: view.said("name")?, environment })
    };
    Some(document.view(0).items().into_iter().filter_map(container).collect())
}
