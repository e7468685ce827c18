//! The files of a restore: what is made, what is looked up, what is to be given, and what to read first.

use super::{MADE, Order, Restored};
use crate::snapshot::Snapshot;
use crate::terraform::files::{headed, main, sentence, variable};
use crate::terraform::generate::Written;
use crate::terraform::hcl::{self, Block, Body, Expr};
use crate::terraform::rules::Layer;
use crate::terraform::source::Variable;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The files, by name. The same snapshot and order give the same bytes.
pub fn written(snapshot: &Snapshot, order: &Order<'_>, restored: &Restored) -> BTreeMap<String, String> {
    let blocks = &restored.generated.blocks;
    let mut files = main(&|layer: Option<Layer>| {
        let of = blocks.iter().filter(|one| layer.is_none_or(|layer| one.layer == layer));
        of.map(|one| one.block.clone()).collect()
    });
    files.insert("provider.tf".to_owned(), provider(snapshot, order));
    files.insert("variables.tf".to_owned(), variables(order, restored));
    files.insert("locals.tf".to_owned(), locals(restored));
    files.insert("existing.tf".to_owned(), existing(order, restored));
    files.insert("outputs.tf".to_owned(), outputs(restored));
    files.retain(|_, text| !text.is_empty());
    let from = format!("{} in {}, snapshot {}", snapshot.application, snapshot.region, &snapshot.hash()[..12]);
    let mut files: BTreeMap<String, String> =
        files.into_iter().map(|(name, text)| (name, headed("# ", "restore", &from, &text))).collect();
    let readme = readme(snapshot, order, restored);
    files.insert("README.md".to_owned(), headed("<!-- ", "restore", &from, &readme));
    files
}

fn provider(snapshot: &Snapshot, order: &Order<'_>) -> String {
    let aws = Expr::Object(vec![
        ("source".to_owned(), "hashicorp/aws".into()),
        ("version".to_owned(), ">= 5.40, < 7.0".into()),
    ]);
    let terraform = Body::default()
        .with("required_version", ">= 1.5")
        .block("required_providers", Body::default().with("aws", aws));
    let account = match &order.account {
        None => Some(snapshot.account.clone()),
        Some(number) => number.clone(),
    };
    let account = account.filter(|number| !number.is_empty());
    let tags = Expr::Object(vec![(MADE.to_owned(), snapshot.region.as_str().into())]);
    let provider = Body::default()
        .with("region", Expr::said("var.region"))
        .maybe("allowed_account_ids", account.map(|number| Expr::List(vec![number.as_str().into()])))
        .block("default_tags", Body::default().with("tags", tags));
    hcl::file(&[], &[Block::new("terraform", &[], terraform), Block::new("provider", &["aws"], provider)])
}

fn variables(order: &Order<'_>, restored: &Restored) -> String {
    let region = Variable {
        about: "The region that all of it is made in.".to_owned(),
        is_secret: false,
        default: Some(order.to.clone()),
    };
    let own = restored.generated.variables.iter().map(|(name, one)| variable(name, one));
    let blocks: Vec<Block> = std::iter::once(variable("region", &region)).chain(own).collect();
    hcl::file(&[], &blocks)
}

/// The zones there in the place of those that the snapshot names, and what is there that no data source looks up.
fn locals(restored: &Restored) -> String {
    let mut body = Body::default();
    if !restored.zones.is_empty() {
        let zone = |(place, zone): (usize, &String)| {
            let said = format!("data.aws_availability_zones.available.names[{place} % {COUNT}]");
            (zone.clone(), Expr::said(&said))
        };
        body.put("zone", Expr::Object(restored.zones.iter().enumerate().map(zone).collect()));
    }
    if !restored.literal.is_empty() {
        let there = restored.literal.iter().map(|(name, id, arn)| {
            let both = vec![("id".to_owned(), id.as_str().into()), ("arn".to_owned(), arn.as_str().into())];
            (name.clone(), Expr::Object(both))
        });
        body.put("there", Expr::Object(there.collect()));
    }
    if body.is_empty() { String::new() } else { hcl::file(&[], &[Block::new("locals", &[], body)]) }
}

const COUNT: &str = "length(data.aws_availability_zones.available.names)";

fn existing(order: &Order<'_>, restored: &Restored) -> String {
    let mut blocks = Vec::new();
    if !restored.zones.is_empty() {
        let filter = Body::default().with("name", "opt-in-status").with("values", vec!["opt-in-not-required".into()]);
        let zones = Body::default().with("state", "available").block("filter", filter);
        blocks.push(Block::new("data", &["aws_availability_zones", "available"], zones));
        let enough =
            Body::default().with("condition", Expr::said(&format!("{COUNT} >= {}", restored.zones.len()))).with(
                "error_message",
                format!(
                    "There are fewer zones than the {} of the snapshot: some stand in one together.",
                    restored.zones.len()
                )
                .as_str(),
            );
        blocks.push(Block::new("check", &["zones"], Body::default().block("assert", enough)));
    }
    if order.account.is_some() {
        blocks.push(Block::new("data", &["aws_caller_identity", "current"], Body::default()));
    }
    let mut looked: Vec<&Block> = restored.existing.iter().collect();
    looked.sort_by(|one, other| one.labels.cmp(&other.labels));
    blocks.extend(looked.into_iter().cloned());
    hcl::file(&[], &blocks)
}

/// What others ask of what is made: class, and what it says.
const SAID: &[(&str, &[&str])] = &[
    ("aws_vpc", &["id"]),
    ("aws_subnet", &["id"]),
    ("aws_security_group", &["id"]),
    ("aws_lb", &["arn", "dns_name", "zone_id"]),
    ("aws_lb_target_group", &["arn"]),
    ("aws_ecs_cluster", &["name"]),
    ("aws_ecs_service", &["name"]),
    ("aws_autoscaling_group", &["name"]),
    ("aws_lambda_function", &["arn"]),
    ("aws_db_instance", &["address", "identifier"]),
    ("aws_rds_cluster", &["endpoint", "reader_endpoint"]),
    ("aws_elasticache_replication_group", &["primary_endpoint_address"]),
    ("aws_dynamodb_table", &["name"]),
    ("aws_s3_bucket", &["bucket"]),
    ("aws_sqs_queue", &["url"]),
    ("aws_sns_topic", &["arn"]),
    ("aws_kms_key", &["arn"]),
    ("aws_kms_replica_key", &["arn"]),
    ("aws_secretsmanager_secret", &["arn"]),
    ("aws_acm_certificate", &["arn"]),
    ("aws_ecr_repository", &["repository_url"]),
];

fn outputs(restored: &Restored) -> String {
    let mut blocks = Vec::new();
    for one in &restored.generated.blocks {
        let Some((class, said)) = SAID.iter().find(|(class, _)| *class == one.address.class) else { continue };
        for attribute in *said {
            let name = format!("{}_{}_{attribute}", class.trim_start_matches("aws_"), one.address.name);
            let body = Body::default().with("value", Expr::said(&one.address.says(attribute)));
            blocks.push(Block::new("output", &[&name], body));
        }
    }
    hcl::file(&[], &blocks)
}

/// Where what makes and changes something of a class is, besides its own region.
fn control(class: &str, partition: &str) -> Option<(&'static str, &'static str)> {
    let home = match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    };
    if class.starts_with("aws_iam_") {
        Some((home, "IAM is made and changed there alone"))
    } else if class.starts_with("aws_route53_") {
        Some((home, "Route 53 is made and changed there alone"))
    } else if class.starts_with("aws_s3_bucket") {
        Some((home, "what a bucket is set up as rests on it"))
    } else if class == "aws_lb" {
        Some((home, "a load balancer gets its name in Route 53"))
    } else {
        None
    }
}

fn readme(snapshot: &Snapshot, order: &Order<'_>, restored: &Restored) -> String {
    let generated = &restored.generated;
    let (to, from, partition) = (&order.to, &snapshot.region, snapshot.partition.as_str());
    let taken = snapshot.taken.as_ref().map_or_else(String::new, |taken| format!(", taken {}", taken.started));
    let mut text = format!(
        "# {} of {from} in {to}\n\n{} blocks of Terraform that build in {to} what is missing there, from the snapshot {}{taken}. Landfall \
         applies nothing. Look at the plan before you apply it: it is to destroy and replace nothing.\n\n    terraform init\n    terraform plan -out plan\n    \
         terraform apply plan\n\nKeep its state where it outlives {from}. Records are not written: who is led to {to} is the runbook's to \
         say.\n",
        line(&snapshot.application),
        generated.blocks.len(),
        &snapshot.hash()[..12],
    );
    if !snapshot.complete {
        text.push_str("\nThe snapshot is not complete: what could not be read stands in no file here.\n");
    }
    let added: Vec<&Written> = generated
        .blocks
        .iter()
        .filter(|one| one.address.name.ends_with("_recovery") && one.address.class == "aws_iam_role_policy")
        .collect();
    if !added.is_empty() {
        let home = control("aws_iam_", partition).map_or("", |(home, _)| home);
        let _ = writeln!(
            text,
            "\n## First, before the incident\n\nThe roles are of all regions, and their policies name what is in {from}. Each of these is added beside \
             them and changes none. IAM's control plane is in {home}: apply these before the incident.\n"
        );
        text.extend(added.iter().map(|one| format!("- `{}`\n", one.address)));
    }
    let asked: Vec<_> = generated.variables.iter().filter(|(_, variable)| variable.default.is_none()).collect();
    if !asked.is_empty() {
        text.push_str("\n## To give\n\n");
        for (name, variable) in asked {
            let secret = if variable.is_secret { " Secret: keep it out of files." } else { "" };
            let _ = writeln!(text, "- `{name}`: {}{secret}", line(&variable.about));
        }
    }
    if !generated.notes.is_empty() {
        text.push_str("\n## To settle\n\n");
        for note in &generated.notes {
            let _ = writeln!(
                text,
                "- `{}` **{}**: {}. {}.",
                note.code,
                line(&note.of),
                line(&note.found),
                sentence(&line(&note.fix))
            );
        }
    }
    if restored.zones.len() > 1 {
        let _ = writeln!(
            text,
            "\n## Zones\n\nThe snapshot is in {} zones ({}); each has the next of {to}'s in its place. Where there are fewer, the plan warns, and \
             some stand in one together.",
            restored.zones.len(),
            restored.zones.join(", ")
        );
    }
    tell_planes(&mut text, snapshot, restored);
    if !restored.reused.is_empty() {
        let _ = writeln!(text, "\n## There already\n\nLooked up, not made.\n");
        text.extend(restored.reused.iter().map(|(of, id)| format!("- {} → {}\n", line(&of.to_string()), line(id))));
    }
    if !restored.outside.is_empty() {
        let _ = writeln!(text, "\n## Not made\n\nLeft out, or to be given above, where something names it.\n");
        text.extend(restored.outside.iter().map(|of| format!("- {}\n", line(&of.to_string()))));
    }
    super::fragment::told(&mut text, snapshot, order, restored);
    text
}

/// Another region that is needed to make something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plane<'a> {
    /// Which.
    pub region: &'a str,
    /// Why.
    pub why: &'static str,
    /// The classes.
    pub classes: BTreeSet<&'a str>,
    /// Whether it is the one that is restored from.
    pub is_source: bool,
}

/// The other regions that are needed, and the classes that need none.
pub fn planes<'a>(snapshot: &Snapshot, restored: &'a Restored) -> (Vec<Plane<'a>>, BTreeSet<&'a str>) {
    let mut elsewhere: BTreeMap<(&str, &'static str), BTreeSet<&str>> = BTreeMap::new();
    let mut own: BTreeSet<&str> = BTreeSet::new();
    for one in &restored.generated.blocks {
        let class = one.address.class.as_str();
        let of_its_primary = one.block.body.value("primary_key_arn").and_then(Expr::literal);
        let of_its_primary = of_its_primary.and_then(|arn| arn.split(':').nth(3));
        let of_its_primary = of_its_primary.map(|region| (region, "a key is replicated by the region of its primary"));
        match of_its_primary.or_else(|| control(class, &snapshot.partition)) {
            Some(home) => drop(elsewhere.entry(home).or_default().insert(class)),
            None => drop(own.insert(class)),
        }
    }
    let planes = elsewhere.into_iter().map(|((region, why), classes)| {
        let is_source = region == snapshot.region;
        Plane { region, why, classes, is_source }
    });
    (planes.collect(), own)
}

/// By which region each is made.
fn tell_planes(text: &mut String, snapshot: &Snapshot, restored: &Restored) {
    let (elsewhere, own) = planes(snapshot, restored);
    text.push_str("\n## Which control planes it needs\n\n");
    for one in elsewhere {
        let failing =
            if one.is_source { " **It is the region that is restored from: it may be what fails.**" } else { "" };
        let classes: Vec<&str> = one.classes.into_iter().collect();
        let _ = writeln!(text, "- {}: {} ({}).{failing}", one.region, classes.join(", "), one.why);
    }
    if !own.is_empty() {
        let _ = writeln!(text, "- its own region alone: {}.", own.into_iter().collect::<Vec<_>>().join(", "));
    }
}

/// Names of people's stand on one line.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
