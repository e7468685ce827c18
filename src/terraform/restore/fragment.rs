//! What a plan says of what is made: components of a recovery side by their names, to be put into a plan.

use super::{Order, Restored};
use crate::snapshot::{Resource, Snapshot};
use crate::terraform::address::slug;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The components, behind what there is to read.
pub fn told(text: &mut String, snapshot: &Snapshot, order: &Order<'_>, restored: &Restored) {
    let components = of(snapshot, restored);
    if components.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\n## For a plan\n\nWhat a plan for {} says of it, by the names that it is made by; `terraform output` has its endpoints and ids.\n\n```toml\n{}```",
        order.to, components
    );
}

/// The components of what is made.
pub fn of(snapshot: &Snapshot, restored: &Restored) -> String {
    let mut text = String::new();
    let mut names = BTreeSet::new();
    let mut done = BTreeSet::new();
    for one in &restored.generated.blocks {
        let Some(resource) = snapshot.resource(&one.of).filter(|_| done.insert(one.of.clone())) else { continue };
        let Some((kind, fields)) = fields(snapshot, resource) else { continue };
        let mut name =
            slug(resource.name.as_deref().unwrap_or(&resource.id)).replace('_', "-").trim_matches('-').to_owned();
        if !names.insert(name.clone()) {
            name = format!("{name}-{}", kind);
            names.insert(name.clone());
        }
        let _ = write!(text, "{}[component.{name}]\nkind = {}\n", if text.is_empty() { "" } else { "\n" }, toml(kind));
        for (field, value) in fields {
            let _ = writeln!(text, "{field} = {value}");
        }
    }
    text
}

/// The kind that it is in a plan, and what its component says.
fn fields(snapshot: &Snapshot, resource: &Resource) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let text = |key: &str| resource.config.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| resource.config.get(key).and_then(Value::as_i64).unwrap_or_default().to_string();
    let name = resource.name.as_deref().unwrap_or(&resource.id);
    let group = |key: &str, member: &str| {
        let first = resource.config.get(key).and_then(Value::as_array).and_then(|all| all.first())?;
        let arn = if member.is_empty() { first.as_str() } else { first.get(member).and_then(Value::as_str) }?;
        let group = snapshot.resource(&crate::snapshot::Reference::new("target-group", arn))?;
        Some(("target_group", toml(group.name.as_deref()?)))
    };
    Some(match resource.kind.as_str() {
        "ecs-service" => {
            let (cluster, service) = resource.id.split_once('/')?;
            let old = format!("{{ cluster = {}, service = {} }}", toml(cluster), toml(service));
            let own = [("cluster", toml(cluster)), ("service", toml(service)), ("desired", number("DesiredCount"))];
            let all = own.into_iter().chain(group("LoadBalancers", "targetGroupArn")).chain([("old", old)]);
            ("ecs", all.collect())
        }
        "autoscaling-group" => {
            let old = format!("{{ group = {} }}", toml(&resource.id));
            let own = [("group", toml(&resource.id)), ("desired", number("DesiredCapacity"))];
            ("autoscaling", own.into_iter().chain(group("TargetGroupARNs", "")).chain([("old", old)]).collect())
        }
        "load-balancer" => {
            ("load-balancer", vec![("name", toml(name)), ("target_group", toml(target_group(snapshot, resource)?))])
        }
        "queue" => ("queue", vec![("name", toml(name))]),
        "certificate" => ("certificate", vec![("domain", toml(text("DomainName")))]),
        _ => return None,
    })
}

/// The first target group that a listener of the balancer sends to.
fn target_group<'a>(snapshot: &'a Snapshot, balancer: &Resource) -> Option<&'a str> {
    let own = |one: &&Resource| {
        one.kind == "listener" && one.config.get("LoadBalancer").and_then(Value::as_str) == Some(&balancer.id)
    };
    let sends = snapshot.resources.iter().filter(own).map(|one| Value::from(one.config.clone()).to_string());
    let sends: Vec<String> = sends.collect();
    let groups = snapshot.resources.iter().filter(|one| one.kind == "target-group");
    let group = groups.into_iter().find(|group| sends.iter().any(|text| text.contains(&format!("\"{}\"", group.id))));
    group.and_then(|group| group.name.as_deref())
}

fn toml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
