//! Blocks as they were written for one region, turned into those of another.

use super::fate::{Fate, Fates};
use super::place::{self, Move};
use super::stores::{self, Data};
use super::{Order, access};
use crate::snapshot::{Reference, Resource};
use crate::terraform::address::{Address, slug};
use crate::terraform::generate::{Written, said};
use crate::terraform::hcl::{Block, Body, Expr, Part};
use crate::terraform::known::GIVEN;
use crate::terraform::rules::Layer;
use crate::terraform::source::{Variable, Writing};
use std::collections::{BTreeMap, BTreeSet};

/// What nobody reads but people.
const WORDS: &[&str] = &["tags", "tag", "description", "comment", "alarm_description", "lifecycle"];

/// `value` with everything in its texts as it is there.
pub fn text(moved: &Move<'_>, value: Expr) -> Expr {
    value.turned(&mut |parts| {
        let parts = parts.into_iter().flat_map(|part| match part {
            Part::Literal(text) => moved.parts(&text),
            said => vec![said],
        });
        Expr::of_parts(parts.collect())
    })
}

/// The blocks as they are to be there, with what is added to roles.
pub fn all(
    order: &Order<'_>,
    fates: &Fates,
    moved: &Move<'_>,
    writing: &Writing<'_>,
    blocks: Vec<Written>,
) -> Vec<Written> {
    moved.zones.take();
    let mut turned = Vec::new();
    for mut one in blocks {
        let Some(resource) = writing.snapshot.resource(&one.of) else { continue };
        let mut more = Vec::new();
        if !of_its_class(order, fates, resource, writing, &mut one, &mut more) {
            continue;
        }
        moved.seen();
        beside(&mut one, writing);
        ids(&mut one, writing, &order.to);
        places(&mut one.block.body, moved);
        told(moved, &one.of, writing, order);
        one.import = None;
        turned.push(one);
        turned.append(&mut more);
    }
    for (reference, fate) in &fates.of {
        let (Fate::There(_), "iam-role") = (fate, reference.kind.as_str()) else { continue };
        let role = writing.snapshot.resource(reference).filter(|role| (order.is_chosen)(role));
        let Some((role, at)) = role.zip(fates.addresses.get(reference)) else { continue };
        moved.seen();
        if let Some(added) = access::added(role, at, &order.to, writing, moved) {
            turned.push(added);
        }
        told(moved, reference, writing, order);
    }
    replicas_of_keys(&mut turned);
    turned.sort_by(|one, other| (one.layer, &one.address).cmp(&(other.layer, &other.address)));
    given(fates, writing, &turned, &order.to);
    turned
}

/// Versions of launch templates that are numbers, as the latest.
fn latest(body: &mut Body) {
    let is_of_template = ["id", "launch_template_id"].iter().any(|name| body.value(name).is_some());
    let is_number = body.value("version").and_then(Expr::literal).is_some_and(|said| said.parse::<u64>().is_ok());
    if is_of_template && is_number {
        body.set("version", Expr::text("$Latest"));
    }
    body.parts_mut().1.iter_mut().for_each(|block| latest(&mut block.body));
}

/// Whether an alias of a function points to a version that was published, as most do.
fn has_version(function: &Resource) -> bool {
    let aliases = function.config.get("Aliases").and_then(|all| all.as_array());
    aliases.into_iter().flatten().any(|alias| is_version(alias.get("FunctionVersion").and_then(|said| said.as_str())))
}

fn is_version(said: Option<&str>) -> bool {
    said.is_some_and(|said| said.parse::<u64>().is_ok())
}

/// An alias of a version: what is made has one alone, whatever the number was.
fn first_version(body: &mut Body, writing: &Writing<'_>, of: &Reference) {
    let function = match body.value("function_name") {
        Some(Expr::Said(said)) => said.strip_suffix(".function_name").map(str::to_owned),
        _ => None,
    };
    let version = body.value("function_version").and_then(Expr::literal).map(str::to_owned);
    let Some(function) = function.filter(|_| is_version(version.as_deref())) else { return };
    body.set("function_version", Expr::said(&format!("{function}.version")));
    let is_split = body.nested().iter().any(|block| block.keyword == "routing_config");
    body.drop_all(&["routing_config"]);
    let also = if is_split { ", and what it sent to another" } else { "" };
    writing.note(
        "function-version",
        of,
        &format!(
            "an alias points to version {}{also}: what is made is published once, and all of it goes there",
            version.unwrap_or_default()
        ),
        "see that the code that is given is of that version",
    );
}

/// What its class needs; false when it is not to be there at all.
fn of_its_class(
    order: &Order<'_>,
    fates: &Fates,
    resource: &Resource,
    writing: &Writing<'_>,
    one: &mut Written,
    more: &mut Vec<Written>,
) -> bool {
    let (of, to, from) = (&one.of.clone(), order.to.as_str(), writing.snapshot.region.as_str());
    let note = |code, found: &str, fix: &str| writing.note(code, of, found, fix);
    if let Some(data) = fates.data.get(of) {
        stores::filled(*data, resource, to, one, writing);
        if *data == Data::Empty && stores::is_store(writing.snapshot, resource) {
            note("store-empty", "it is made without any data, as was said", "see that its data comes from elsewhere");
        }
    }
    let name = one.address.name.clone();
    let body = &mut one.block.body;
    match one.block.labels[0].as_str() {
        "aws_s3_bucket" => {
            let default = another_name(&resource.id, from, to);
            let about =
                format!("The bucket in {to} in the place of {}: names of buckets are of all the world.", resource.id);
            let variable = Variable { about, is_secret: false, default };
            body.set("bucket", writing.give(&format!("{name}_bucket"), variable));
            if resource.id.len() < 8 {
                let found = "its name is too short to be told from a word: where a text has it, it stays as it is";
                note("bucket-short", found, "look for it in environments and policies");
            }
            note(
                "bucket-empty",
                "it is made without any object",
                "replicate or copy what is in it, before the incident",
            );
        }
        "aws_s3_bucket_replication_configuration" => {
            note(
                "bucket-replication",
                "where it replicates to is not written",
                "say where the bucket there replicates to",
            );
            return false;
        }
        "aws_secretsmanager_secret" => {
            if body.nested().iter().any(|block| block.keyword == "replica") {
                body.drop_all(&["replica"]);
            }
            note(
                "secret-empty",
                "it is made without a value: none is captured",
                "put its value in, or let AWS replicate it",
            );
        }
        "aws_kms_key" if is_replicated(resource, order) => {
            body.drop_all(&[
                "key_usage",
                "customer_master_key_spec",
                "multi_region",
                "enable_key_rotation",
                "rotation_period_in_days",
                "is_enabled",
            ]);
            let primary = resource.config.get("PrimaryKey").and_then(|arn| arn.as_str()).or(resource.arn.as_deref());
            body.set("primary_key_arn", primary.unwrap_or_default());
        }
        "aws_kms_key" => {
            note(
                "key-new",
                "it is another key: what was encrypted by the old one cannot be read by it",
                "encrypt anew what comes there",
            );
        }
        "aws_acm_certificate" if body.value("domain_name").is_some() => {
            note(
                "certificate-new",
                "it is another certificate, and is valid only once its domain is validated",
                "apply this before the incident; the DNS records that validated it serve again, while they are there",
            );
        }
        "aws_acm_certificate" => {
            note(
                "certificate-imported",
                "it was imported, and its key is not captured",
                "import it there before the incident, or give its parts",
            );
        }
        "aws_lb" if body.nested().iter().any(|block| block.keyword == "access_logs") => {
            note(
                "balancer-logs",
                "whom a bucket lets write a load balancer's logs is another account in each region",
                "look at the bucket's policy",
            );
        }
        "aws_ecs_task_definition" => {
            if let Some(value) = body.value("container_definitions").cloned() {
                let mut tags = Vec::new();
                body.set("container_definitions", images(writing, &name, of, to, value, &mut tags));
                one.block.comments.extend(tags);
            }
        }
        "aws_lambda_function" => {
            if let Some(Expr::Text(parts)) = body.value("image_uri").cloned() {
                body.set("image_uri", image(writing, &name, None, of, to, parts, &mut Vec::new()));
            }
            if has_version(resource) {
                body.set("publish", true);
            }
            if body.value("s3_key").is_some() {
                note("function-code", "its code is not captured", "put its package into a bucket there, and give that");
            }
        }
        "aws_lambda_alias" => first_version(body, writing, of),
        "aws_lambda_event_source_mapping" => {
            body.set("enabled", false);
            note(
                "function-sources",
                "what feeds it is made switched off: which side reads is the runbook's to say",
                "switch it on by the runbook",
            );
        }
        "aws_secretsmanager_secret_rotation" => {
            note(
                "secret-rotation",
                "it is rotated, and what is made there has no value to rotate yet: that is not written",
                "set its rotation up once its value is there",
            );
            return false;
        }
        "aws_autoscaling_group" => {
            let tag = Body::default().with("key", super::MADE).with("value", from).with("propagate_at_launch", true);
            *body = std::mem::take(body).block("tag", tag);
            // What is made has one version, whatever its number was.
            latest(body);
            if resource.config.contains_key("Launches") {
                note(
                    "template-version",
                    "it starts its machines from a version of its launch template that is not the latest: the latest is what is made",
                    "make the version that it starts from the latest, or change what is written of the template",
                );
            }
        }
        "aws_vpc" => more.extend(other_ranges(resource, one)),
        "aws_subnet" if body.value("ipv6_cidr_block").is_some() => match six(resource, writing) {
            Some(range) => body.set("ipv6_cidr_block", Expr::said(&range)),
            None => {
                body.drop_all(SIX);
                note(
                    "ipv6-range",
                    "its IPv6 addresses are of a network that is not made here",
                    "give it a range of the network that is there",
                );
            }
        },
        "aws_ssm_parameter" => {
            note("parameter-value", "its value is not captured", "give it as it is to be there: it may name hosts");
        }
        _ => {}
    }
    keys(writing, of, &mut one.block.body);
    true
}

/// What stands beside a resource, as a bucket's policy does, names it as what it will be, not as what it was.
fn beside(one: &mut Written, writing: &Writing<'_>) {
    fn of(body: &mut Body, turn: &mut dyn FnMut(Vec<Part>) -> Expr) {
        let (values, blocks) = body.parts_mut();
        for (_, value) in values.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
            *value = std::mem::replace(value, Expr::Null).turned(turn);
        }
        blocks.iter_mut().for_each(|block| of(&mut block.body, turn));
    }
    if crate::terraform::rules::of(&one.of.kind).is_none_or(|rule| rule.class == one.address.class) {
        return;
    }
    let reference = one.of.clone();
    // What names the block itself, as an alias of a key does, stays its name.
    let itself = format!("{}.", one.address);
    let is_itself = |part: &Part| matches!(part, Part::Said(said) if said.starts_with(&itself));
    of(&mut one.block.body, &mut |parts| {
        let parts = parts.into_iter().flat_map(|part| match part {
            Part::Literal(text) => match writing.index.own(&text, &reference) {
                own if own.iter().any(is_itself) => vec![Part::Literal(text)],
                own => own,
            },
            said => vec![said],
        });
        Expr::of_parts(parts.collect())
    });
}

/// Whether a key can have replicas in other regions.
pub fn is_multi_region(resource: &Resource) -> bool {
    resource.config.get("MultiRegion").is_some_and(|truth| *truth == true)
}

/// Whether a key is there as a replica: none is in another account.
pub fn is_replicated(key: &Resource, order: &Order<'_>) -> bool {
    is_multi_region(key) && order.account.is_none()
}

/// A bucket's name in another region; none where nothing of that length is taken.
pub(super) fn another_name(id: &str, from: &str, to: &str) -> Option<String> {
    let name = if id.contains(from) { id.replace(from, to) } else { format!("{id}-{to}") };
    (name.len() <= 63).then_some(name)
}

/// What a subnet says of IPv6, which needs a range.
const SIX: &[&str] = &["ipv6_cidr_block", "assign_ipv6_address_on_creation", "enable_dns64", "ipv6_native"];

/// A subnet's place in the IPv6 range that its network gets of AWS: the same as it has in the old one.
fn six(subnet: &Resource, writing: &Writing<'_>) -> Option<String> {
    let parsed = |text: &str| {
        let (address, length) = text.split_once('/')?;
        Some((of_six(address)?, length.parse::<u32>().ok().filter(|length| *length <= 128)?))
    };
    let vpc = Reference::new("vpc", subnet.config.get("VpcId")?.as_str()?);
    let (own, length) = parsed(subnet.config.get("Ipv6CidrBlock")?.as_str()?)?;
    let ranges = writing.snapshot.resource(&vpc)?.config.get("Ipv6CidrBlocks")?.as_array()?;
    let (all, least) = ranges.first().and_then(|range| parsed(range.as_str()?))?;
    let bits = length.checked_sub(least).filter(|bits| (1..=32).contains(bits))?;
    let is_within = all.checked_shr(128 - least) == own.checked_shr(128 - least);
    let place = (own >> (128 - length)) & ((1 << bits) - 1);
    let Expr::Said(network) = writing.index.field("vpc", &vpc.id, &subnet.reference()) else { return None };
    let network = network.strip_suffix(".id").filter(|network| network.starts_with("aws_vpc."))?;
    is_within.then(|| format!("cidrsubnet({network}.ipv6_cidr_block, {bits}, {place})"))
}

/// An address of IPv6 as a number.
fn of_six(text: &str) -> Option<u128> {
    let groups = |text: &str| -> Option<Vec<u128>> {
        let each = text.split(':').filter(|group| !group.is_empty());
        each.map(|group| u16::from_str_radix(group, 16).ok().map(u128::from)).collect()
    };
    let (first, last) = text.split_once("::").unwrap_or((text, ""));
    let (first, last) = (groups(first)?, groups(last)?);
    let left_out = 8_usize.checked_sub(first.len() + last.len())?;
    let all = first.into_iter().chain(std::iter::repeat_n(0, left_out)).chain(last);
    Some(all.fold(0, |number, group| (number << 16) | group))
}

/// The second ranges of a network.
fn other_ranges(resource: &Resource, vpc: &Written) -> Vec<Written> {
    let ranges = resource.config.get("OtherCidrBlocks").and_then(|ranges| ranges.as_array());
    // What its import is known by is written already, as it is in place.
    let is_written = |range: &&str| resource.config.get("CidrAssociations").is_some_and(|by| by.get(*range).is_some());
    let ranges = ranges.into_iter().flatten().filter_map(|range| range.as_str()).filter(|range| !is_written(range));
    let each = ranges.map(|range| {
        let class = "aws_vpc_ipv4_cidr_block_association";
        let address = Address::new(class, &format!("{}_{}", vpc.address.name, slug(range)));
        let body = Body::default().with("vpc_id", Expr::said(&vpc.address.says("id"))).with("cidr_block", range);
        let block = Block::new("resource", &[class, &address.name], body);
        Written { layer: Layer::Network, address, of: vpc.of.clone(), import: None, is_gone: false, block }
    });
    each.collect()
}

/// A key of AWS's own has another id in each region: what says none has the one of its service.
fn keys(writing: &Writing<'_>, of: &Reference, body: &mut Body) {
    let (values, blocks) = body.parts_mut();
    let is_own = |value: &Expr| {
        let arn = value.literal().filter(|text| text.contains(":key/") && text.starts_with("arn:"));
        arn.is_some_and(|arn| {
            let id = arn.rsplit('/').next().unwrap_or(arn);
            let outside = writing.snapshot.outside.iter().filter(|one| one.to == arn || one.to.ends_with(id));
            outside.into_iter().any(|one| one.why.contains("AWS's own"))
        })
    };
    let before = values.len();
    values.retain(|(name, value)| !(name.contains("kms") && is_own(value)));
    if values.len() != before {
        writing.note(
            "key-of-aws",
            of,
            "it is encrypted by a key of AWS's own, of which each region has another",
            "nothing: without one it is encrypted by the one that is there",
        );
    }
    blocks.iter_mut().for_each(|block| keys(writing, of, &mut block.body));
}

/// Images of containers by their digest: that has to be given, since nobody knows that it is there. A tag says another thing in
/// each registry: what it stood for where it ran is told beside it.
fn images(writing: &Writing<'_>, name: &str, of: &Reference, to: &str, value: Expr, tags: &mut Vec<String>) -> Expr {
    match value {
        Expr::Json(inner) => Expr::Json(Box::new(images(writing, name, of, to, *inner, tags))),
        Expr::List(items) => {
            Expr::List(items.into_iter().map(|item| images(writing, name, of, to, item, tags)).collect())
        }
        Expr::Object(mut members) => {
            let container = members.iter().find(|(key, _)| key == "name").and_then(|(_, value)| value.literal());
            let container = container.unwrap_or("container").to_owned();
            for (key, value) in &mut members {
                if let (true, Expr::Text(parts)) = (key == "image", &*value) {
                    *value = image(writing, name, Some(&container), of, to, parts.clone(), tags);
                }
            }
            Expr::Object(members)
        }
        other => other,
    }
}

fn image(
    writing: &Writing<'_>,
    name: &str,
    container: Option<&str>,
    of: &Reference,
    to: &str,
    parts: Vec<Part>,
    tags: &mut Vec<String>,
) -> Expr {
    let (called, whose, its) = match container.map(slug) {
        Some(called) => (called.clone(), format!("{called} of {of}"), format!("the image of {called}")),
        None => ("it".to_owned(), of.to_string(), "its image".to_owned()),
    };
    let is_registry = parts.iter().any(|part| match part {
        Part::Literal(text) => text.contains(".dkr.ecr."),
        Part::Said(said) => said.ends_with(".repository_url"),
    });
    let Some((Part::Literal(last), first)) = parts.split_last().filter(|_| is_registry) else {
        return Expr::of_parts(parts);
    };
    let digests = container.map(|container| running(writing, of, container)).unwrap_or_default();
    let (rest, digest) = match (last.split_once('@'), digests.as_slice()) {
        (Some((rest, digest)), _) => (rest, digest.to_owned()),
        (None, [digest]) => {
            let (rest, tag) = last.rsplit_once(':').unwrap_or((last, "latest"));
            tags.push(format!("{called} runs {digest} in {}, by the tag {tag}.", writing.snapshot.region));
            (rest, digest.clone())
        }
        (None, _) => {
            writing.note(
                "image-tag",
                of,
                &format!(
                    "{called} runs an image by its tag, which the registry in {to} may have of another, or not at all"
                ),
                "let ECR replicate its repository, and look that the tag is there",
            );
            return Expr::of_parts(parts);
        }
    };
    let about = format!("The digest of the image of {whose}, as {to}'s registry has it; it runs {digest}.");
    let given = writing.variable(
        &format!("{name}_{}_digest", if container.is_some() { called.as_str() } else { "image" }),
        &about,
        false,
    );
    writing.note(
        "image-digest",
        of,
        &format!("{its} has to be in the registry in {to}"),
        "let ECR replicate its repository before the incident: the digest is the same there",
    );
    let Expr::Said(given) = given else { return Expr::of_parts(parts) };
    let mut all = first.to_vec();
    all.extend([Part::Literal(format!("{rest}@")), Part::Said(given)]);
    Expr::of_parts(all)
}

/// The digests that tasks of this definition run in this container, as their services tell them.
fn running(writing: &Writing<'_>, definition: &Reference, container: &str) -> Vec<String> {
    let services = writing.snapshot.resources.iter().filter(|one| one.kind == "ecs-service");
    let of = |one: &&Resource| one.config.get("TaskDefinition").and_then(|id| id.as_str()) == Some(&definition.id);
    let told = services.filter(of).filter_map(|one| one.config.get("Images")?.get(container)?.as_array());
    let all: BTreeSet<String> = told.flatten().filter_map(|digest| digest.as_str().map(str::to_owned)).collect();
    all.into_iter().collect()
}

/// What is there by the id of one region has another in the other: that is given.
fn ids(one: &mut Written, writing: &Writing<'_>, to: &str) {
    fn of(body: &mut Body, path: &str, give: &mut dyn FnMut(&str, &str) -> Expr) {
        let (values, blocks) = body.parts_mut();
        for (name, value) in values.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
            if matches!(value, Expr::Json(_) | Expr::Base64(_)) {
                continue;
            }
            let path = format!("{path}_{name}");
            *value = value.clone().turned(&mut |parts| match parts.as_slice() {
                [Part::Literal(text)] if place::is_regional_id(text) => give(&path, text),
                _ => Expr::of_parts(parts),
            });
        }
        for block in blocks.iter_mut().filter(|block| !WORDS.contains(&block.keyword.as_str())) {
            of(&mut block.body, &format!("{path}_{}", block.keyword), give);
        }
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let reference = one.of.clone();
    let mut give = |path: &str, id: &str| {
        let taken = known.get(path).is_some_and(|other| other != id);
        let name = if taken { format!("{path}_{}", slug(id)) } else { path.to_owned() };
        known.insert(name.clone(), id.to_owned());
        let what = id.split('-').next().unwrap_or_default();
        let image = writing.snapshot.resource(&reference).and_then(|of| of.config.get("Latest")?.get("Image"));
        let called = image.filter(|_| what == "ami").map_or_else(String::new, |image| {
            let text = |name: &str| image.get(name).and_then(|text| text.as_str()).unwrap_or("nobody knows whom");
            format!(" ({}, of {})", text("Name"), text("Owner"))
        });
        let about = format!("What is in {to} in the place of {id}{called}, for {reference}.");
        let (found, fix) = match what {
            "ami" => (
                "it starts machines from an image of one region",
                "copy the image there before the incident, and give its id",
            ),
            "pcx" | "tgw" | "vgw" => (
                "a route leads out of the network",
                "make the way there, give its id, and see that its addresses do not overlap",
            ),
            _ => ("it names something of one region that is not captured", "give what is in its place there"),
        };
        writing.note(
            if what == "ami" { "image-machine" } else { "id-outside" },
            &reference,
            &format!("{found}: {id}{called}"),
            fix,
        );
        writing.variable(&name, &about, false)
    };
    let name = one.address.name.clone();
    of(&mut one.block.body, &name, &mut give);
}

/// Every text of a body as it is there.
fn places(body: &mut Body, moved: &Move<'_>) {
    let (values, blocks) = body.parts_mut();
    for (name, value) in values.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
        // Where a table is brought back from, and the key that one replicates, are where they are.
        if !["restore_source_table_arn", "primary_key_arn"].contains(&name.as_str()) {
            *value = text(moved, std::mem::replace(value, Expr::Null));
        }
    }
    for block in blocks.iter_mut().filter(|block| !WORDS.contains(&block.keyword.as_str())) {
        places(&mut block.body, moved);
    }
}

/// What was met in its texts, as what is to be settled.
fn told(moved: &Move<'_>, of: &Reference, writing: &Writing<'_>, order: &Order<'_>) {
    let mut seen = moved.seen();
    // What it calls itself by, and what stands in a circle with it, is made as it is.
    let own = writing.snapshot.resources.iter().filter_map(|one| one.arn.as_deref());
    let own: BTreeSet<&str> = own.collect();
    seen.repointed.retain(|arn| !own.contains(arn.as_str()));
    let list = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
    if !seen.repointed.is_empty() {
        let found =
            format!("it names what the snapshot has not, and now names it in {}: {}", order.to, list(seen.repointed));
        writing.note("repointed", of, &found, "see that it is there before this is applied");
    }
    if !seen.left.is_empty() {
        let found = format!("a name has the region or the account in it, and stays as it is: {}", list(seen.left));
        writing.note("name-left", of, &found, "change it by hand, if there is another there");
    }
    if !seen.ids.is_empty() {
        let found = format!("a text names what is only in one region: {}", list(seen.ids));
        writing.note("id-in-text", of, &found, "change it by hand");
    }
}

/// A key that has a primary elsewhere is of another class.
fn replicas_of_keys(blocks: &mut [Written]) {
    let names: Vec<String> = blocks
        .iter()
        .filter(|one| one.address.class == "aws_kms_key" && one.block.body.value("primary_key_arn").is_some())
        .map(|one| one.address.name.clone())
        .collect();
    if names.is_empty() {
        return;
    }
    let other = |said: &str| {
        let mut parts = said.splitn(3, '.');
        match (parts.next(), parts.next()) {
            (Some("aws_kms_key"), Some(name)) if names.iter().any(|one| one == name) => {
                said.replacen("aws_kms_key", "aws_kms_replica_key", 1)
            }
            _ => said.to_owned(),
        }
    };
    fn renamed(body: &mut Body, other: &dyn Fn(&str) -> String) {
        fn of(value: &mut Expr, other: &dyn Fn(&str) -> String) {
            match value {
                Expr::Said(said) => *said = other(said),
                Expr::Text(parts) => parts.iter_mut().for_each(|part| {
                    if let Part::Said(said) = part {
                        *said = other(said);
                    }
                }),
                Expr::List(items) => items.iter_mut().for_each(|item| of(item, other)),
                Expr::Object(members) => members.iter_mut().for_each(|(_, value)| of(value, other)),
                Expr::Json(inner) | Expr::Base64(inner) => of(inner, other),
                Expr::Null | Expr::Truth(_) | Expr::Number(_) => {}
            }
        }
        let (values, blocks) = body.parts_mut();
        values.iter_mut().for_each(|(_, value)| of(value, other));
        blocks.iter_mut().for_each(|block| renamed(&mut block.body, other));
    }
    for one in blocks {
        renamed(&mut one.block.body, &other);
        if one.address.class == "aws_kms_key" && names.contains(&one.address.name) {
            one.address.class = "aws_kms_replica_key".to_owned();
            one.block.labels[0].clone_from(&one.address.class);
        }
    }
}

/// What is said of things that are neither made nor there: somebody gives it.
fn given(fates: &Fates, writing: &Writing<'_>, blocks: &[Written], to: &str) {
    let names: Vec<(&Reference, String)> = fates
        .addresses
        .iter()
        .filter(|(_, address)| address.class == GIVEN)
        .map(|(of, address)| (of, format!("{}_", address.name)))
        .collect();
    for said in blocks.iter().flat_map(|one| said(&one.block.body)) {
        let Some(name) = said.strip_prefix("var.") else { continue };
        let whose = names.iter().filter(|(_, prefix)| name.starts_with(prefix.as_str()));
        if let Some((of, prefix)) = whose.max_by_key(|(_, prefix)| prefix.len()) {
            let what = name[prefix.len()..].replace('_', " ");
            writing.variable(name, &format!("The {what} of what is in {to} in the place of {of}."), false);
        }
    }
}
