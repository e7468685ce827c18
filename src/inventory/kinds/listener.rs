//! Listeners and their rules.

use super::elb::{ELB_TAGS, LISTENERS, MARKER, NO_SUCH, elb_tags};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::canonical::sorted;
use serde_json::{Map, Value, json};

static CERTIFICATES: Operation =
    Operation::list(Api::Elb, "DescribeListenerCertificates", "Certificates").paged(MARKER).absent(NO_SUCH);
static RULES: Operation = Operation::list(Api::Elb, "DescribeRules", "Rules").paged(MARKER).absent(NO_SUCH);

pub(super) static KINDS: &[Kind] = &[Kind::of("listener", listener, &[&LISTENERS, &RULES, &CERTIFICATES, &ELB_TAGS])];

/// Actions, each with its target groups told once.
fn actions(desk: &mut Desk<'_>, items: &[&Value]) -> Value {
    let mut ordered: Vec<(i64, Value)> = Vec::new();
    for action in items {
        let mut config = Config::of(
            action,
            &[
                ("Type", "", As::Text),
                ("FixedResponse", "FixedResponseConfig", As::Whole),
                ("Redirect", "RedirectConfig", As::Whole),
            ],
        );
        for (member, name) in
            [("AuthenticateCognitoConfig", "AuthenticateCognito"), ("AuthenticateOidcConfig", "AuthenticateOidc")]
        {
            config.put(name, desk.sealer.value(name, &pick::without_nothing(pick::at(action, member))));
        }
        let forward = list(action, "ForwardConfig.TargetGroups");
        let mut groups: Vec<Value> = Vec::new();
        let alone = text(action, "TargetGroupArn").filter(|_| forward.is_empty());
        for (group, weight) in forward
            .iter()
            .filter_map(|group| Some((text(group, "TargetGroupArn")?, pick::taken(group, "Weight", As::Number))))
            .chain(alone.map(|group| (group, Value::Null)))
        {
            desk.refer("target-group", Some(group), "forward");
            groups.push(json!({ "TargetGroup": group, "Weight": if weight.is_null() { 1.into() } else { weight } }));
        }
        config.put("Forward", sorted(groups));
        let stickiness = pick::at(action, "ForwardConfig.TargetGroupStickinessConfig");
        if text(stickiness, "Enabled") == Some("true") {
            config.put("Stickiness", stickiness.clone());
        }
        let order = pick::taken(action, "Order", As::Number).as_i64().unwrap_or(1);
        ordered.push((order, config.value()));
    }
    ordered.sort_by_key(|(order, _)| *order);
    ordered.into_iter().map(|(_, action)| action).collect()
}

fn listener(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    let asked = || json!({ "ListenerArn": arn });
    let balancer = balancer_of(arn).ok_or(Stop::Absent)?;
    let all = desk.list(&LISTENERS, json!({ "LoadBalancerArn": balancer }));
    let (rules, tagged) = (desk.list(&RULES, asked()), desk.one(&ELB_TAGS, arn));
    let one = all?.into_iter().find(|one| text(one, "ListenerArn") == Some(arn)).ok_or(Stop::Absent)?;
    let mut config = Config::of(
        one,
        &[
            ("Port", "", As::Number),
            ("Protocol", "", As::Text),
            ("SslPolicy", "", As::Text),
            ("AlpnPolicy", "", As::Set),
        ],
    );
    config.names_the_rest(one, &[("MutualAuthentication.Mode", &["off"])]);
    desk.need("load-balancer", Some(&balancer), "LoadBalancerArn");
    config.put("LoadBalancer", balancer.as_str());
    let defaults = list(one, "DefaultActions");
    let defaults = actions(desk, &defaults);
    config.put("DefaultActions", defaults);
    let certificates = list(one, "Certificates");
    config.put("Certificates", pick::set(each(&certificates, "CertificateArn")));
    for certificate in each(&certificates, "CertificateArn") {
        desk.refer("certificate", Some(certificate), "Certificates");
    }
    if matches!(text(one, "Protocol"), Some("HTTPS" | "TLS")) {
        let more = desk.list(&CERTIFICATES, asked());
        let more = desk.part(more, |desk, more| {
            let more = each(&more, "CertificateArn");
            for certificate in &more {
                desk.refer("certificate", Some(certificate), "Certificates");
            }
            let own = each(&certificates, "CertificateArn");
            pick::set(more.into_iter().filter(|certificate| !own.contains(certificate)))
        })?;
        config.put("MoreCertificates", more);
    }
    // Each rule has tags of its own, which are asked for together.
    let arns = rules.iter().flatten().filter(|rule| text(rule, "IsDefault") != Some("true"));
    let arns: Vec<String> = arns.filter_map(|rule| text(rule, "RuleArn").map(str::to_owned)).collect();
    let asked: Vec<Step<&Value>> = arns.iter().map(|arn| desk.one(&ELB_TAGS, arn)).collect();
    let mut tags_of_rules = Map::new();
    for (arn, step) in arns.into_iter().zip(asked) {
        let told = desk.part(step, |desk, one| Value::Object(tags(&list(one, "Tags"), desk.sealer)))?;
        tags_of_rules.insert(arn, told);
    }
    let mut rest = Vec::new();
    let rules = desk.part(rules, |desk, rules| {
        let mut told = Map::new();
        for rule in rules.iter().filter(|rule| text(rule, "IsDefault") != Some("true")) {
            let priority = text(rule, "Priority").unwrap_or_default();
            let is_turned = !list(rule, "Transforms").is_empty();
            let by_pattern = rule.get("Conditions").is_some_and(|of| of.to_string().contains("\"RegexValues\":{"));
            let of = [(is_turned, "Transforms"), (by_pattern, "RegexValues")].into_iter();
            rest.extend(of.filter(|(is_set, _)| *is_set).map(|(_, name)| format!("rule {priority} {name}")));
            let mut one = Config::default();
            let conditions = list(rule, "Conditions").into_iter().map(|condition| {
                let values = pick::texts(condition, "Values");
                let mut config = Config::of(condition, &[("Field", "", As::Text)]);
                let mut all: Vec<&str> = values;
                for (member, _) in condition.as_object().into_iter().flatten() {
                    all.extend(pick::texts(condition, &format!("{member}.Values")));
                }
                // By a header that only it sends, a load balancer knows who stands before it.
                let header = text(condition, "HttpHeaderConfig.HttpHeaderName");
                let sealer = desk.sealer;
                let sealed = |value: &str| match header {
                    Some(name) => sealer.header(name, value),
                    None => sealer.text("Values", value),
                };
                let all: Vec<String> = all.into_iter().map(sealed).collect();
                config.put("Values", pick::set(all.iter().map(String::as_str)));
                let named = header.map(|name| json!({ "HttpHeaderName": sealer.text("HttpHeaderName", name) }));
                config.put("HttpHeaderConfig", named);
                let query = pick::without_nothing(pick::at(condition, "QueryStringConfig"));
                config.put("QueryStringConfig", sealer.value("QueryStringConfig", &query));
                config.value()
            });
            one.put("Conditions", sorted(conditions.collect()));
            let acts = list(rule, "Actions");
            one.put("Actions", actions(desk, &acts));
            one.put("Arn", text(rule, "RuleArn"));
            one.put("Tags", text(rule, "RuleArn").and_then(|arn| tags_of_rules.remove(arn)).unwrap_or_default());
            told.insert(text(rule, "Priority").unwrap_or_default().to_owned(), one.value());
        }
        Value::Object(told)
    })?;
    config.put("Rules", rules);
    config.names_also(rest);
    let tags = elb_tags(desk, tagged, &mut config)?;
    let name = format!("{}:{}", text(one, "Protocol").unwrap_or_default(), text(one, "Port").unwrap_or_default());
    found(Found { arn: Some(arn.to_owned()), name: Some(name), config, tags })
}

/// The load balancer that a listener's ARN names.
fn balancer_of(listener: &str) -> Option<String> {
    let (head, _) = listener.rsplit_once('/')?;
    Some(head.replacen(":listener/", ":loadbalancer/", 1))
}
