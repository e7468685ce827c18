//! Where a state has what generation would write: by what an import names it by, however the state puts that; and where it
//! has it within something else.

use super::Placed;
use super::inline::{self, Kept};
use super::literal::{Block, Literal, Told, shown};
use super::same::same;
use crate::snapshot::Snapshot;
use crate::terraform::rules;
use crate::terraform::state::{self, Instance};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The instances of a state, by what they may be named by.
pub(super) struct Declared<'a> {
    instances: &'a [&'a Instance],
    by_key: HashMap<(&'a str, String), usize>,
}

/// What is not declared by itself.
pub(super) enum Elsewhere {
    /// It stands within another instance, as it runs.
    Same(usize),
    /// Another says all that there may be, and it is not among it.
    Taken {
        /// That one's address.
        by: String,
    },
    /// Its role's state has policies within.
    Within {
        /// Which.
        at: usize,
        /// How it has this one.
        kept: Kept,
    },
}

/// Attributes by whose value alone an import may name an instance.
const NAMES: &[&str] = &[
    "id",
    "arn",
    "name",
    "identifier",
    "cluster_identifier",
    "global_cluster_identifier",
    "replication_group_id",
    "bucket",
    "url",
    "function_name",
    "alarm_name",
    "key_id",
    "zone_id",
    "allocation_id",
    "repository",
];

/// How imports of a class name what its attributes tell in parts: these, with this between them.
const PARTS: &[(&str, &[&str], &str)] = &[
    ("aws_iam_role_policy", &["role", "name"], ":"),
    ("aws_iam_role_policy_attachment", &["role", "policy_arn"], "/"),
    ("aws_route_table_association", &["subnet_id", "route_table_id"], "/"),
    ("aws_route_table_association", &["gateway_id", "route_table_id"], "/"),
    ("aws_ecs_service", &["cluster", "name"], "/"),
    ("aws_appautoscaling_target", &["service_namespace", "resource_id", "scalable_dimension"], "/"),
    ("aws_appautoscaling_policy", &["service_namespace", "resource_id", "scalable_dimension", "name"], "/"),
    ("aws_autoscaling_policy", &["autoscaling_group_name", "name"], "/"),
    ("aws_autoscaling_lifecycle_hook", &["autoscaling_group_name", "name"], "/"),
    ("aws_autoscaling_schedule", &["autoscaling_group_name", "scheduled_action_name"], "/"),
    ("aws_cloudwatch_log_metric_filter", &["log_group_name", "name"], ":"),
    ("aws_vpc_dhcp_options_association", &["vpc_id"], ""),
    ("aws_cloudwatch_log_subscription_filter", &["log_group_name", "name"], "|"),
    ("aws_lambda_alias", &["function_name", "name"], "/"),
    ("aws_lambda_permission", &["function_name", "statement_id"], "/"),
    ("aws_route53_record", &["zone_id", "name", "type"], "_"),
    ("aws_route53_record", &["zone_id", "fqdn", "type"], "_"),
    ("aws_route53_record", &["zone_id", "fqdn", "type", "set_identifier"], "_"),
    ("aws_route53_record", &["zone_id", "name", "type", "set_identifier"], "_"),
];

/// Classes that nothing imports: each is found by what it says of what it is. A network has one main table.
const UNNAMED: &[(&str, &[&str])] = &[(MAIN_TABLE, &["vpc_id"]), ("aws_autoscaling_notification", &["topic_arn"])];

/// Which table subnets have that have none of their own: every network has one, whether or not somebody declares which.
const MAIN_TABLE: &str = "aws_main_route_table_association";

/// Parts that what they are of may say itself: a state has there what AWS makes of it where nobody says anything.
const WITHIN: &[(&str, &str, &str)] = &[
    ("aws_sns_topic_policy", "aws_sns_topic", "policy"),
    ("aws_sqs_queue_policy", "aws_sqs_queue", "policy"),
    ("aws_s3_bucket_policy", "aws_s3_bucket", "policy"),
    ("aws_secretsmanager_secret_policy", "aws_secretsmanager_secret", "policy"),
];

/// Whether instances are known by this attribute, alone or with others.
pub fn is_name(attribute: &str) -> bool {
    NAMES.contains(&attribute) || PARTS.iter().any(|(_, parts, _)| parts.contains(&attribute))
}

/// Whether instances of this class are looked up by a name: then each has one.
pub fn is_named(class: &str) -> bool {
    rules::is_written(class) || OF_WHAT.iter().any(|(part, ..)| *part == class) || class.starts_with("aws_s3_bucket_")
}

/// Whether it is what AWS gives to every bucket and network of itself, declared or not.
pub(super) fn is_given(told: &Told) -> bool {
    let says = Value::Object(told.says.iter().map(|(name, value)| (name.clone(), shown(value))).collect()).to_string();
    match told.class.as_str() {
        "aws_s3_bucket_server_side_encryption_configuration" => says.contains("AES256") && !says.contains("kms"),
        "aws_s3_bucket_ownership_controls" => says.contains("BucketOwnerEnforced"),
        "aws_s3_bucket_public_access_block" => says.matches(":true").count() == 4,
        MAIN_TABLE => true,
        _ => false,
    }
}

/// Parts, by the attribute that says what they are of, and its class. Whoever reads that reads all of them.
const OF_WHAT: &[(&str, &str, &str)] = &[
    ("aws_iam_role_policy", "role", "aws_iam_role"),
    ("aws_iam_role_policy_attachment", "role", "aws_iam_role"),
    ("aws_vpc_security_group_ingress_rule", "security_group_id", "aws_security_group"),
    ("aws_vpc_security_group_egress_rule", "security_group_id", "aws_security_group"),
    ("aws_kms_alias", "target_key_id", "aws_kms_key"),
    ("aws_lb_listener", "load_balancer_arn", "aws_lb"),
    ("aws_lb_listener_rule", "listener_arn", "aws_lb_listener"),
    ("aws_lb_listener_certificate", "listener_arn", "aws_lb_listener"),
    ("aws_autoscaling_policy", "autoscaling_group_name", "aws_autoscaling_group"),
    ("aws_appautoscaling_policy", "resource_id", "aws_appautoscaling_target"),
    ("aws_autoscaling_lifecycle_hook", "autoscaling_group_name", "aws_autoscaling_group"),
    ("aws_autoscaling_schedule", "autoscaling_group_name", "aws_autoscaling_group"),
    ("aws_vpc_ipv4_cidr_block_association", "vpc_id", "aws_vpc"),
    ("aws_ecr_lifecycle_policy", "repository", "aws_ecr_repository"),
    ("aws_ecr_repository_policy", "repository", "aws_ecr_repository"),
    ("aws_sns_topic_subscription", "topic_arn", "aws_sns_topic"),
    ("aws_sns_topic_policy", "arn", "aws_sns_topic"),
    ("aws_sqs_queue_policy", "queue_url", "aws_sqs_queue"),
    ("aws_secretsmanager_secret_policy", "secret_arn", "aws_secretsmanager_secret"),
    ("aws_secretsmanager_secret_rotation", "secret_id", "aws_secretsmanager_secret"),
    ("aws_lambda_alias", "function_name", "aws_lambda_function"),
    ("aws_lambda_permission", "function_name", "aws_lambda_function"),
    ("aws_lambda_event_source_mapping", "function_arn", "aws_lambda_function"),
    ("aws_cloudwatch_log_metric_filter", "log_group_name", "aws_cloudwatch_log_group"),
    ("aws_cloudwatch_log_subscription_filter", "log_group_name", "aws_cloudwatch_log_group"),
    ("aws_rds_cluster_instance", "cluster_identifier", "aws_rds_cluster"),
    ("aws_route_table_association", "subnet_id", "aws_subnet"),
];

/// What a part is of: the attribute that says so, and its class.
fn of_what(class: &str) -> Option<(&'static str, &'static str)> {
    if class.starts_with("aws_s3_bucket_") {
        return Some(("bucket", "aws_s3_bucket"));
    }
    OF_WHAT.iter().find(|(part, ..)| *part == class).map(|(_, attribute, of)| (*attribute, *of))
}

/// Classes of what a capture finds by its tags alone, wherever it stands.
const FOUND_BY_TAGS: &[&str] = &[
    "aws_vpc",
    "aws_subnet",
    "aws_security_group",
    "aws_nat_gateway",
    "aws_internet_gateway",
    "aws_route_table",
    "aws_network_acl",
    "aws_vpc_endpoint",
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_elasticache_replication_group",
    "aws_ecs_cluster",
    "aws_ecs_service",
    "aws_lb",
    "aws_lb_target_group",
    "aws_sqs_queue",
    "aws_sns_topic",
    "aws_dynamodb_table",
    "aws_s3_bucket",
    "aws_lambda_function",
    "aws_kms_key",
    "aws_secretsmanager_secret",
    "aws_ssm_parameter",
    "aws_cloudwatch_log_group",
];

/// The instances that are there.
pub(in crate::terraform) fn within<'a>(place: &Placed<'_>, instances: &'a [Instance]) -> Vec<&'a Instance> {
    state::within(place.region, place.account, instances).0
}

/// The instance of `class` that the cloud calls `id`.
pub(in crate::terraform) fn named<'a>(instances: &[&'a Instance], class: &str, id: &str) -> Option<&'a Instance> {
    let of_class: Vec<&'a Instance> = instances.iter().copied().filter(|one| one.class == class).collect();
    if class == "aws_secretsmanager_secret_version" {
        let is_its = |one: &&Instance| {
            let secret = one.text("secret_id").unwrap_or_default();
            let name = secret.split_once(":secret:").map_or(secret, |(_, name)| name);
            name == id || name.strip_prefix(id).is_some_and(|end| end.len() == 7 && end.starts_with('-'))
        };
        return of_class.into_iter().find(is_its);
    }
    let declared = Declared::of(&of_class);
    let at = declared.by_key.get(&(class, id.to_owned()) as &(&str, String)).copied().or_else(|| {
        let wanted = (class == "aws_route53_record").then(|| id.to_lowercase())?;
        declared.by_key.iter().find_map(|((_, key), at)| (key.to_lowercase() == wanted).then_some(*at))
    })?;
    Some(of_class[at])
}

/// Whether `declared` says what an act left as `value`.
pub(in crate::terraform) fn is_left_as(argument: &str, value: &Value, declared: &Value) -> bool {
    same(argument, &of_value(value), declared)
}

fn of_value(value: &Value) -> Literal {
    match value {
        Value::Array(items) => Literal::List(items.iter().map(of_value).collect()),
        Value::Object(members) => {
            let says = members.iter().map(|(name, value)| (name.clone(), of_value(value))).collect();
            Literal::Block(Block { says, ..Block::default() })
        }
        one => Literal::One(one.clone()),
    }
}

/// A part of a name: of an ARN its last.
fn part(class: &str, attribute: &str, text: &str) -> String {
    let is_whole = attribute == "policy_arn" || !text.starts_with("arn:");
    let text = if is_whole { text } else { text.rsplit(['/', ':']).next().unwrap_or(text) };
    if class == "aws_route53_record" { text.trim_end_matches('.').to_lowercase() } else { text.to_owned() }
}

impl<'a> Declared<'a> {
    pub fn of(instances: &'a [&'a Instance]) -> Self {
        let mut by_key = HashMap::new();
        for (at, one) in instances.iter().enumerate() {
            let class = one.class.as_str();
            let named = NAMES.iter().filter_map(|name| one.text(name).map(str::to_owned));
            let parts = PARTS.iter().filter(|(of, ..)| *of == class).filter_map(|(_, attributes, between)| {
                let each: Option<Vec<String>> =
                    attributes.iter().map(|name| Some(part(class, name, one.text(name)?))).collect();
                Some(each?.join(between))
            });
            for key in named.chain(parts) {
                by_key.entry((class, key)).or_insert(at);
            }
        }
        Self { instances, by_key }
    }

    /// The instance that declares it.
    pub fn find(&self, told: &Told) -> Option<usize> {
        let Some(import) = told.import.as_ref() else { return self.unnamed(told) };
        let of = |class: &str, key: &str| {
            let (_, at) = self.by_key.get_key_value(&(class, key.to_owned()) as &(&str, String))?;
            Some(*at)
        };
        let record = (told.class == "aws_route53_record").then(|| {
            // The zone's id has no lower case; the rest has no case at all.
            let (zone, rest) = import.split_once('_').unwrap_or((import, ""));
            format!("{}_{}", zone.to_lowercase(), rest.to_lowercase())
        });
        of(&told.class, import).or_else(|| {
            let wanted = record?;
            self.by_key
                .iter()
                .find_map(|((class, key), at)| (*class == told.class && key.to_lowercase() == wanted).then_some(*at))
        })
    }

    /// The instance that declares of a subnet another table than it has: it is known by both, and so is not found by either.
    pub fn associated_otherwise(&self, told: &Told) -> Option<usize> {
        let subnet = told.text("subnet_id").filter(|_| told.class == "aws_route_table_association")?;
        self.instances.iter().position(|one| one.class == told.class && one.text("subnet_id") == Some(&subnet))
    }

    /// The instance of what no import names.
    fn unnamed(&self, told: &Told) -> Option<usize> {
        let (class, says) = UNNAMED.iter().find(|(class, _)| *class == told.class)?;
        let groups = |one: &Instance| one.attributes.get("group_names").map(ToString::to_string);
        self.instances.iter().position(|one| {
            let is_it = |name: &&str| told.text(name).is_some_and(|text| one.text(name) == Some(&text));
            // One may be for several groups.
            let is_its = groups(one).is_none_or(|groups| groups.contains(&format!("\"{}\"", told.of.id)));
            one.class == *class && is_its && says.iter().all(is_it)
        })
    }

    /// Where a thing stands that no instance is of alone: rules within their group, policies within their role.
    pub fn stands_elsewhere(&self, told: &Told) -> Option<Elsewhere> {
        let parent = |class: &str, name: &str, value: &str| {
            self.instances.iter().position(|one| one.class == class && one.text(name) == Some(value))
        };
        match told.class.as_str() {
            "aws_vpc_security_group_ingress_rule" | "aws_vpc_security_group_egress_rule" => {
                let group = told.text("security_group_id")?;
                let is_in = told.class.contains("ingress");
                if let Some(at) = self.rule_alone(told, &group, is_in) {
                    return Some(Elsewhere::Same(at));
                }
                let at = parent("aws_security_group", "id", &group)?;
                // What a state says of rules within a group is read from AWS: it declares them only where no rule stands alone.
                let alone = ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"];
                let wanted = if is_in { alone[0] } else { alone[1] };
                let stands_alone = self.instances.iter().any(|one| {
                    let is_legacy = one.class == "aws_security_group_rule"
                        && one.text("type") == Some(if is_in { "ingress" } else { "egress" });
                    (one.class == wanted || is_legacy) && one.text("security_group_id") == Some(&group)
                });
                if stands_alone {
                    return None;
                }
                let within = self.instances[at].attributes.get(if is_in { "ingress" } else { "egress" })?.as_array()?;
                if within.is_empty() {
                    return None;
                }
                Some(match within.iter().any(|rule| is_rule(told, rule)) {
                    true => Elsewhere::Same(at),
                    false => Elsewhere::Taken { by: self.instances[at].address.clone() },
                })
            }
            "aws_iam_role_policy" => {
                let role = told.text("role")?;
                let exclusive = parent("aws_iam_role_policies_exclusive", "role_name", &role);
                let taken = exclusive.map(|at| Elsewhere::Taken { by: self.instances[at].address.clone() });
                let within = || inline::within(self.instances, told).map(|(at, kept)| Elsewhere::Within { at, kept });
                taken.or_else(within)
            }
            "aws_iam_role_policy_attachment" => {
                let role = told.text("role")?;
                // The older class has all that a policy may be attached to.
                if let Some(at) = parent("aws_iam_policy_attachment", "policy_arn", &told.text("policy_arn")?) {
                    let roles = self.instances[at].attributes.get("roles").and_then(Value::as_array);
                    let has = roles.is_some_and(|roles| roles.iter().any(|one| one.as_str() == Some(&role)));
                    let by = self.instances[at].address.clone();
                    return Some(if has { Elsewhere::Same(at) } else { Elsewhere::Taken { by } });
                }
                let exclusive = parent("aws_iam_role_policy_attachments_exclusive", "role_name", &role);
                exclusive.map(|at| Elsewhere::Taken { by: self.instances[at].address.clone() })
            }
            class => {
                let (_, of, attribute) = WITHIN.iter().find(|(part, ..)| *part == class)?;
                let import = told.import.as_ref()?;
                let at = self.by_key.get(&(*of, import.clone())).copied()?;
                let declared = self.instances[at].attributes.get(*attribute)?;
                let runs = told.says.get(*attribute)?;
                same(attribute, runs, declared).then_some(Elsewhere::Same(at))
            }
        }
    }

    /// The routes of a table that are declared each by itself.
    pub fn routes_alone(&self, told: &Told) -> Vec<&'a Instance> {
        let of = |one: &&'a Instance| one.class == "aws_route" && one.text("route_table_id") == told.import.as_deref();
        let is_table = told.class == "aws_route_table";
        self.instances.iter().copied().filter(|one| is_table && of(one)).collect()
    }

    /// Rules that a group's instance says within it, where none of that way is declared by itself, and that none of `told` is.
    pub fn rules_gone(&self, at: usize, told: &[Told]) -> Vec<(&'static str, Value)> {
        let one = self.instances[at];
        let Some(group) = one.text("id").filter(|_| one.class == "aws_security_group") else { return Vec::new() };
        let ways =
            [("ingress", "aws_vpc_security_group_ingress_rule"), ("egress", "aws_vpc_security_group_egress_rule")];
        let mut gone = Vec::new();
        for (way, class) in ways {
            let is_alone = |one: &&Instance| {
                let is_legacy = one.class == "aws_security_group_rule" && one.text("type") == Some(way);
                (one.class == class || is_legacy) && one.text("security_group_id") == Some(group)
            };
            if self.instances.iter().copied().any(|one| is_alone(&one)) {
                continue;
            }
            let runs: Vec<&Told> = told
                .iter()
                .filter(|part| part.class == class && part.text("security_group_id").as_deref() == Some(group))
                .collect();
            let rules = one.attributes.get(way).and_then(Value::as_array);
            for rule in rules.into_iter().flatten().flat_map(single) {
                if !runs.iter().any(|part| is_rule(part, &rule)) {
                    gone.push((way, rule));
                }
            }
        }
        gone
    }

    /// A rule that the older class has by itself.
    fn rule_alone(&self, told: &Told, group: &str, is_in: bool) -> Option<usize> {
        self.instances.iter().position(|one| {
            one.class == "aws_security_group_rule"
                && one.text("security_group_id") == Some(group)
                && one.text("type") == Some(if is_in { "ingress" } else { "egress" })
                && is_rule(told, &Value::Object(one.attributes.clone()))
        })
    }

    /// Whether generation writes its class: of others nothing is known here.
    pub fn is_compared(&self, at: usize) -> bool {
        {
            let class = self.instances[at].class.as_str();
            rules::rules().any(|rule| rule.class == class) || (!is_main(class) && class.starts_with("aws_"))
        }
    }

    /// Whether it is found by its tags alone: one that has lost them is looked for in vain.
    pub fn is_found_by_tags(&self, at: usize) -> bool {
        FOUND_BY_TAGS.contains(&self.instances[at].class.as_str())
    }

    /// What it is called, for people.
    pub fn called(&self, at: usize) -> String {
        let one = self.instances[at];
        let named = NAMES.iter().filter_map(|name| one.text(name)).next();
        named.unwrap_or(&one.address).to_owned()
    }

    /// Whether it would have been found if it ran: what it is a part of was read, or it carries the tags that all was looked
    /// for by.
    pub fn was_looked_for(&self, at: usize, snapshot: &Snapshot, told: &[Told], not_whole: &BTreeSet<&str>) -> bool {
        let one = self.instances[at];
        if let Some((attribute, of)) = of_what(&one.class) {
            let Some(value) = one.text(attribute) else { return false };
            let is_it = |part: &&Told| {
                let is_called = |id: &str| id == value || last(id) == last(value);
                // A target is imported by more than it is called by.
                let is_said = || part.text(attribute).as_deref() == Some(value);
                part.class == of && (part.import.as_deref().is_some_and(is_called) || is_said())
            };
            let is_unread = |of: &str| snapshot.gaps.iter().any(|gap| gap.of == of) || not_whole.contains(of);
            return told.iter().find(is_it).is_some_and(|part| !is_unread(&part.of.to_string()));
        }
        // What is found by tags was looked for where these were told, unless one of its kind could not be read.
        let kind = rules::rules().find(|rule| rule.class == one.class).map(|rule| rule.kind);
        let is_of_it = |of: &str| of.split_once('/').is_none_or(|(of, _)| Some(of) == kind);
        let is_unread = snapshot.gaps.iter().any(|gap| is_of_it(&gap.of));
        if snapshot.selectors.is_empty() || is_unread || !FOUND_BY_TAGS.contains(&one.class.as_str()) {
            return false;
        }
        let tags = one.attributes.get("tags_all").or_else(|| one.attributes.get("tags"));
        let Some(tags) = tags.and_then(Value::as_object) else { return false };
        snapshot.selectors.iter().all(|(key, value)| tags.get(key).and_then(Value::as_str) == Some(value))
    }
}

fn last(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit(['/', ':']).next().unwrap_or(text) } else { text }
}

/// Whether a class is what its resource is, and no part of another.
fn is_main(class: &str) -> bool {
    of_what(class).is_none()
}

/// The rules in one block of a group: one for each of whom it is about.
fn single(rule: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let lists = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"];
    let about = |list: &str, one: Value| {
        let mut rule = rule.clone();
        for other in lists {
            rule[other] = Value::Array(if other == list { vec![one.clone()] } else { Vec::new() });
        }
        rule["self"] = (list == "self").into();
        rule
    };
    for list in lists {
        found
            .extend(rule.get(list).and_then(Value::as_array).into_iter().flatten().map(|one| about(list, one.clone())));
    }
    if rule.get("self") == Some(&Value::Bool(true)) {
        found.push(about("self", Value::Null));
    }
    found
}

/// Whether `rule`, as a group or the older class has one, is what a rule that stands alone says.
fn is_rule(told: &Told, rule: &Value) -> bool {
    let number = |name: &str| rule.get(name).and_then(Value::as_i64);
    let protocol = |text: &str| if text == "all" { "-1".to_owned() } else { text.to_lowercase() };
    let own = |name: &str| told.text(name);
    let their = rule.get("protocol").and_then(Value::as_str).map(protocol);
    if own("ip_protocol").map(|text| protocol(&text)) != their {
        return false;
    }
    let port = |name: &str| own(name).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0).max(0);
    let is_all = their.as_deref() == Some("-1");
    if !is_all
        && (port("from_port"), port("to_port")) != (number("from_port").unwrap_or(0), number("to_port").unwrap_or(0))
    {
        return false;
    }
    let holds = |name: &str, text: &str| match rule.get(name) {
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(text)),
        Some(Value::String(one)) => one == text,
        _ => false,
    };
    [
        ("cidr_ipv4", &["cidr_blocks"][..]),
        ("cidr_ipv6", &["ipv6_cidr_blocks"][..]),
        ("prefix_list_id", &["prefix_list_ids"][..]),
        ("referenced_security_group_id", &["security_groups", "source_security_group_id"][..]),
    ]
    .into_iter()
    .any(|(argument, names)| own(argument).is_some_and(|text| names.iter().any(|name| holds(name, &text))))
        || own("referenced_security_group_id").is_some_and(|text| {
            rule.get("self") == Some(&Value::Bool(true)) && told.text("security_group_id") == Some(text)
        })
}
