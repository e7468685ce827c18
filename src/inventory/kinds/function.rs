//! Functions: how one is set up, who may call it, and what feeds it. Its environment is read with what looks like a secret
//! taken out, and where its code can be fetched from is not taken at all.

use crate::inventory::arn::NOT_READ;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags_of};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::canonical::sorted;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

static FUNCTION: Operation = Operation::one(Api::Lambda, "GetFunction").absent(&["ResourceNotFoundException"]);
static FUNCTION_POLICY: Operation = Operation::one(Api::Lambda, "GetPolicy").absent(&["ResourceNotFoundException"]);
static FUNCTION_ALIASES: Operation =
    Operation::list(Api::Lambda, "ListAliases", "Aliases").paged(&[("Marker", "NextMarker")]);
static SOURCES: Operation =
    Operation::list(Api::Lambda, "ListEventSourceMappings", "EventSourceMappings").paged(&[("Marker", "NextMarker")]);
static SOURCE_TAGS: Operation = Operation::one(Api::Lambda, "ListTags").absent(&["ResourceNotFoundException"]);
static CONCURRENCY: Operation = Operation::one(Api::Lambda, "GetFunctionConcurrency");

pub(super) static KINDS: &[Kind] = &[Kind::of(
    "function",
    function,
    &[&FUNCTION, &FUNCTION_POLICY, &FUNCTION_ALIASES, &SOURCES, &SOURCE_TAGS, &CONCURRENCY],
)];

fn function(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let asked = || json!({ "FunctionName": name });
    let whole = desk.call(&FUNCTION, asked());
    let (policy, aliases, sources, concurrency) = (
        desk.call(&FUNCTION_POLICY, asked()),
        desk.list(&FUNCTION_ALIASES, asked()),
        desk.list(&SOURCES, asked()),
        desk.call(&CONCURRENCY, asked()),
    );
    // What feeds an alias is told of it alone.
    let named = aliases.as_deref().map(|aliases| each(aliases, "Name")).unwrap_or_default();
    let of_aliases =
        named.iter().map(|alias| desk.list(&SOURCES, json!({ "FunctionName": format!("{name}:{alias}") })));
    let sources: Vec<_> = std::iter::once(sources).chain(of_aliases.collect::<Vec<_>>()).collect();
    let whole = whole?;
    let one = pick::at(whole, "Configuration");
    // Where its code can be fetched from is a secret for as long as it is valid: it is not taken.
    let mut config = Config::of(
        one,
        &[
            ("Runtime", "", As::Text),
            ("Handler", "", As::Text),
            ("Role", "", As::Text),
            ("MemorySize", "", As::Number),
            ("Timeout", "", As::Number),
            ("PackageType", "", As::Text),
            ("Description", "", As::Text),
            ("CodeSha256", "", As::Text),
            ("KmsKeyId", "KMSKeyArn", As::Text),
            ("Architectures", "", As::Set),
            ("EphemeralStorage", "EphemeralStorage.Size", As::Number),
            ("TracingMode", "TracingConfig.Mode", As::Text),
            ("DeadLetterTarget", "DeadLetterConfig.TargetArn", As::Text),
            ("Subnets", "VpcConfig.SubnetIds", As::Set),
            ("SecurityGroups", "VpcConfig.SecurityGroupIds", As::Set),
            ("LogGroup", "LoggingConfig.LogGroup", As::Text),
            ("LogFormat", "LoggingConfig.LogFormat", As::Text),
            ("ApplicationLogLevel", "LoggingConfig.ApplicationLogLevel", As::Text),
            ("SystemLogLevel", "LoggingConfig.SystemLogLevel", As::Text),
            ("FileSystems", "FileSystemConfigs", As::Whole),
            ("ImageConfig", "ImageConfigResponse.ImageConfig", As::Whole),
        ],
    );
    config.names_the_rest(
        one,
        &[("TenancyConfig.TenantIsolationMode", &[]), ("DurableConfig", &[]), ("CapacityProviderConfig", &[])],
    );
    config.put("SnapStart", text(one, "SnapStart.ApplyOn").filter(|when| *when != "None"));
    config.put("Ipv6", pick::at(one, "VpcConfig.Ipv6AllowedForDualStack").as_bool().filter(|is_allowed| *is_allowed));
    for system in each(&list(one, "FileSystemConfigs"), "Arn") {
        desk.leave(system, NOT_READ);
    }
    config.put("ImageUri", text(whole, "Code.ImageUri"));
    let layers = list(one, "Layers");
    config.put("Layers", each(&layers, "Arn"));
    for layer in each(&layers, "Arn") {
        desk.leave(layer, NOT_READ);
    }
    let environment = pick::at(one, "Environment.Variables");
    desk.mentions(environment, "environment");
    let variables = environment.as_object().into_iter().flatten();
    let variables = variables
        .map(|(name, value)| (name.clone(), desk.sealer.variable(name, value.as_str().unwrap_or_default()).into()));
    let variables: Map<String, Value> = variables.collect();
    config.put("Environment", variables);
    desk.refer("iam-role", text(one, "Role"), "Role");
    desk.refer("kms-key", text(one, "KMSKeyArn"), "KMSKeyArn");
    desk.refer("queue", text(one, "DeadLetterConfig.TargetArn"), "DeadLetterConfig");
    desk.needs("subnet", pick::texts(one, "VpcConfig.SubnetIds"), "VpcConfig");
    desk.needs("security-group", pick::texts(one, "VpcConfig.SecurityGroupIds"), "VpcConfig");
    if let Some(image) = text(whole, "Code.ImageUri") {
        desk.mention(image, "ImageUri");
    }
    let policy =
        desk.part(policy, |desk, one| desk.sealer.value("policy", &pick::taken(one, "Policy", As::Document)))?;
    config.put("Policy", policy);
    let aliases = desk.part(aliases, |_, aliases| {
        pick::all(
            &aliases,
            &[
                ("Name", "", As::Text),
                ("FunctionVersion", "", As::Text),
                ("Description", "", As::Text),
                ("Weights", "RoutingConfig.AdditionalVersionWeights", As::Whole),
            ],
        )
    })?;
    config.put("Aliases", aliases);
    let (sources, rest) = fed(desk, sources)?;
    config.put("EventSources", sources);
    config.0.extend(rest.0);
    let concurrency = desk.part(concurrency, |_, one| pick::taken(one, "ReservedConcurrentExecutions", As::Number))?;
    config.put("ReservedConcurrency", concurrency);
    let tags = tags_of(pick::at(whole, "Tags"), desk.sealer);
    found(Found {
        arn: text(one, "FunctionArn").map(str::to_owned),
        name: Some(name.to_owned()),
        config,
        tags: Some(tags),
    })
}

/// What feeds it and its aliases, each with its tags, and what of it is not taken.
fn fed(desk: &mut Desk<'_>, sources: Vec<Step<Vec<&Value>>>) -> Step<(Value, Config)> {
    let listed = sources.iter().flat_map(|sources| sources.as_deref().unwrap_or_default());
    let arns = listed.filter_map(|source| Some((text(source, "UUID")?, text(source, "EventSourceMappingArn")?)));
    let tagged: Vec<(&str, Step<&Value>)> =
        arns.map(|(id, arn)| (id, desk.call(&SOURCE_TAGS, json!({ "Resource": arn })))).collect();
    let mut more: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (id, step) in tagged {
        let told = desk.part(step, |desk, one| Value::Object(tags_of(pick::at(one, "Tags"), desk.sealer)))?;
        match told {
            // Of one whose tags were not told nothing is known whole.
            Value::String(_) => return Ok((told, Config::default())),
            Value::Object(tags) if tags.is_empty() => {}
            told => drop(more.entry(id.to_owned()).or_default().insert("Tags".to_owned(), told)),
        }
    }
    let (mut all, mut rest) = (Vec::new(), Config::default());
    for sources in sources {
        let told = desk.part(sources, |desk, sources| {
            for source in &sources {
                rest.names_the_rest(source, SOURCES_REST);
                if let (Some(id), Some(alias)) = (text(source, "UUID"), alias_of(source)) {
                    more.entry(id.to_owned()).or_default().insert("Alias".to_owned(), alias.into());
                }
            }
            for source in each(&sources, "EventSourceArn") {
                desk.refer("queue", Some(source), "event source");
            }
            pick::all(&sources, SOURCE)
        })?;
        match told {
            Value::String(_) => return Ok((told, Config::default())),
            told => all.extend(told.as_array().cloned().unwrap_or_default()),
        }
    }
    for source in &mut all {
        let more = source.get("Uuid").and_then(Value::as_str).and_then(|id| more.get(id).cloned());
        if let (Some(more), Some(members)) = (more, source.as_object_mut()) {
            members.extend(more);
        }
    }
    let mut all = sorted(all);
    all.dedup();
    Ok((all.into(), rest))
}

/// The alias that is fed, where it is not the function itself.
fn alias_of(source: &Value) -> Option<&str> {
    text(source, "FunctionArn")?.split(':').nth(7).filter(|named| *named != "$LATEST")
}

/// What is taken of what feeds it.
const SOURCE: &[pick::Field] = &[
    ("Uuid", "UUID", As::Text),
    ("EventSourceArn", "", As::Text),
    ("BatchSize", "", As::Number),
    ("MaximumBatchingWindowInSeconds", "", As::Number),
    ("ParallelizationFactor", "", As::Number),
    ("MaximumRetryAttempts", "", As::Number),
    ("MaximumRecordAgeInSeconds", "", As::Number),
    ("BisectBatchOnFunctionError", "", As::Truth),
    ("TumblingWindowInSeconds", "", As::Number),
    ("FunctionResponseTypes", "", As::Set),
    ("StartingPosition", "", As::Text),
    ("State", "", As::Text),
    ("Filter", "FilterCriteria", As::Sets),
    ("Scaling", "ScalingConfig", As::Whole),
    ("Destination", "DestinationConfig", As::Whole),
    ("KmsKeyId", "KMSKeyArn", As::Text),
];

/// What may be set of what feeds a function, and is not taken.
const SOURCES_REST: &[(&str, &[&str])] = &[
    ("Topics", &[]),
    ("Queues", &[]),
    ("SourceAccessConfigurations", &[]),
    ("SelfManagedEventSource", &[]),
    ("AmazonManagedKafkaEventSourceConfig", &[]),
    ("SelfManagedKafkaEventSourceConfig", &[]),
    ("DocumentDBEventSourceConfig", &[]),
    ("MetricsConfig", &[]),
    ("ProvisionedPollerConfig", &[]),
    ("StartingPositionTimestamp", &[]),
];
