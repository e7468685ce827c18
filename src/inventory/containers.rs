//! What computes: clusters, services and their definitions, functions, and where their images and logs are. Environments are read with what looks like a secret taken out.

use super::ask::{Api, Operation};
use super::desk::{Desk, Found, Read, Step, tags, tags_of};
use super::identity::with_tags;
use super::pick::{self, As, Config, each, list, text};
use super::registry::{Kind, found};
use crate::snapshot::Reference;
use crate::snapshot::canonical::sorted;
use serde_json::{Map, Value, json};

static CLUSTERS: Operation = Operation::list(Api::Ecs, "DescribeClusters", "clusters").many(
    100,
    |ids| json!({ "clusters": ids, "include": ["SETTINGS", "CONFIGURATIONS", "TAGS"] }),
    |one| text(one, "clusterName").map(str::to_owned),
);
static SERVICES: Operation = Operation::list(Api::Ecs, "DescribeServices", "services")
    .many_of(10, cluster_of, services_of, service_id)
    .absent(&["ClusterNotFoundException"]);
static DEFINITION: Operation = Operation::one(Api::Ecs, "DescribeTaskDefinition");
static TARGETS: Operation = Operation::list(Api::Scaling, "DescribeScalableTargets", "ScalableTargets")
    .paged(&[("NextToken", "NextToken")])
    .many(
        50,
        |ids| json!({ "ServiceNamespace": "ecs", "ResourceIds": ids }),
        |one| text(one, "ResourceId").map(str::to_owned),
    );
static POLICIES: Operation =
    Operation::list(Api::Scaling, "DescribeScalingPolicies", "ScalingPolicies").paged(&[("NextToken", "NextToken")]);
static TARGET_TAGS: Operation =
    Operation::one(Api::Scaling, "ListTagsForResource").absent(&["ResourceNotFoundException"]);
static REPOSITORIES: Operation = Operation::list(Api::Ecr, "DescribeRepositories", "repositories")
    .many(100, |ids| json!({ "repositoryNames": ids }), |one| text(one, "repositoryName").map(str::to_owned))
    .absent(&["RepositoryNotFoundException"]);
static REPOSITORY_TAGS: Operation = Operation::list(Api::Ecr, "ListTagsForResource", "tags");
static IMAGE_LIFECYCLE: Operation =
    Operation::one(Api::Ecr, "GetLifecyclePolicy").absent(&["LifecyclePolicyNotFoundException"]);
static REPOSITORY_POLICY: Operation =
    Operation::one(Api::Ecr, "GetRepositoryPolicy").absent(&["RepositoryPolicyNotFoundException"]);
static LOG_GROUPS: Operation =
    Operation::list(Api::Logs, "DescribeLogGroups", "logGroups").paged(&[("nextToken", "nextToken")]);
static LOG_TAGS: Operation = Operation::one(Api::Logs, "ListTagsForResource");
static METRIC_FILTERS: Operation =
    Operation::list(Api::Logs, "DescribeMetricFilters", "metricFilters").paged(&[("nextToken", "nextToken")]);
static SUBSCRIPTIONS: Operation = Operation::list(Api::Logs, "DescribeSubscriptionFilters", "subscriptionFilters")
    .paged(&[("nextToken", "nextToken")]);
static FUNCTION: Operation = Operation::one(Api::Lambda, "GetFunction").absent(&["ResourceNotFoundException"]);
static FUNCTION_POLICY: Operation = Operation::one(Api::Lambda, "GetPolicy").absent(&["ResourceNotFoundException"]);
static FUNCTION_ALIASES: Operation =
    Operation::list(Api::Lambda, "ListAliases", "Aliases").paged(&[("Marker", "NextMarker")]);
static SOURCES: Operation =
    Operation::list(Api::Lambda, "ListEventSourceMappings", "EventSourceMappings").paged(&[("Marker", "NextMarker")]);
static CONCURRENCY: Operation = Operation::one(Api::Lambda, "GetFunctionConcurrency");

pub(super) static KINDS: &[Kind] = &[
    Kind::of("ecs-cluster", cluster, &[&CLUSTERS]),
    Kind::of("ecs-service", service, &[&SERVICES, &TARGETS]),
    Kind::of("task-definition", definition, &[&DEFINITION]),
    Kind::of("scalable-target", scalable_target, &[&TARGETS, &POLICIES, &TARGET_TAGS]),
    Kind::of("repository", repository, &[&REPOSITORIES, &REPOSITORY_TAGS, &IMAGE_LIFECYCLE, &REPOSITORY_POLICY]),
    Kind::of("log-group", log_group, &[&LOG_GROUPS, &LOG_TAGS, &METRIC_FILTERS, &SUBSCRIPTIONS]),
    Kind::of("function", function, &[&FUNCTION, &FUNCTION_POLICY, &FUNCTION_ALIASES, &SOURCES, &CONCURRENCY]),
];

fn cluster_of(id: &str) -> &str {
    id.split_once('/').map_or("default", |(cluster, _)| cluster)
}

fn services_of(ids: &[&str]) -> Value {
    let cluster = ids.first().map_or("default", |id| cluster_of(id));
    let names: Vec<&str> = ids.iter().map(|id| id.split_once('/').map_or(*id, |(_, name)| name)).collect();
    json!({ "cluster": cluster, "services": names, "include": ["TAGS"] })
}

fn service_id(one: &Value) -> Option<String> {
    let cluster = text(one, "clusterArn")?.rsplit('/').next()?;
    Some(format!("{cluster}/{}", text(one, "serviceName")?))
}

fn cluster(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&CLUSTERS, id)?;
    if text(one, "status") == Some("INACTIVE") {
        return Err(super::desk::Stop::Absent);
    }
    let mut config = Config::of(
        one,
        &[
            ("Configuration", "configuration", As::Whole),
            ("CapacityProviders", "capacityProviders", As::Set),
            ("ServiceConnectNamespace", "serviceConnectDefaults.namespace", As::Text),
        ],
    );
    config.put("Settings", sorted(list(one, "settings").into_iter().cloned().collect()));
    config.put(
        "DefaultCapacityProviderStrategy",
        sorted(list(one, "defaultCapacityProviderStrategy").into_iter().cloned().collect()),
    );
    desk.mentions(pick::at(one, "configuration"), "configuration");
    let tags = tags(&list(one, "tags"), desk.sealer);
    found(Found {
        arn: text(one, "clusterArn").map(str::to_owned),
        name: Some(id.to_owned()),
        config,
        tags: Some(tags),
    })
}

fn service(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let resource = format!("service/{id}");
    let (one, targets) = (desk.one(&SERVICES, id), desk.all(&TARGETS, &resource));
    let one = one?;
    if text(one, "status") == Some("INACTIVE") {
        return Err(super::desk::Stop::Absent);
    }
    let definition = text(one, "taskDefinition").map(|arn| arn.rsplit('/').next().unwrap_or(arn));
    let network = pick::at(one, "networkConfiguration.awsvpcConfiguration");
    let mut config = Config::of(
        one,
        &[
            ("DesiredCount", "desiredCount", As::Number),
            ("LaunchType", "launchType", As::Text),
            ("PlatformVersion", "platformVersion", As::Text),
            ("SchedulingStrategy", "schedulingStrategy", As::Text),
            ("DeploymentController", "deploymentController.type", As::Text),
            ("Deployment", "deploymentConfiguration", As::Whole),
            ("HealthCheckGracePeriodSeconds", "healthCheckGracePeriodSeconds", As::Number),
            ("EnableExecuteCommand", "enableExecuteCommand", As::Truth),
            ("EnableECSManagedTags", "enableECSManagedTags", As::Truth),
            ("PropagateTags", "propagateTags", As::Text),
            ("AvailabilityZoneRebalancing", "availabilityZoneRebalancing", As::Text),
            ("PlacementConstraints", "placementConstraints", As::Whole),
            ("PlacementStrategy", "placementStrategy", As::Whole),
            ("AssignPublicIp", "networkConfiguration.awsvpcConfiguration.assignPublicIp", As::Text),
            ("Subnets", "networkConfiguration.awsvpcConfiguration.subnets", As::Set),
            ("SecurityGroups", "networkConfiguration.awsvpcConfiguration.securityGroups", As::Set),
        ],
    );
    config.put("Cluster", cluster_of(id));
    config.put("TaskDefinition", definition);
    config
        .put("CapacityProviderStrategy", sorted(list(one, "capacityProviderStrategy").into_iter().cloned().collect()));
    let balancers = list(one, "loadBalancers");
    config.put("LoadBalancers", sorted(balancers.iter().map(|one| pick::without_nothing(one)).collect()));
    config.put("ServiceRegistries", sorted(list(one, "serviceRegistries").into_iter().cloned().collect()));
    config.names_the_rest(
        one,
        &[("deploymentConfiguration.strategy", &["ROLLING"]), ("deploymentConfiguration.lifecycleHooks", &[])],
    );
    let is_advanced = |one: &&&Value| !pick::at(one, "advancedConfiguration").is_null();
    config.names_also(list(one, "loadBalancers").iter().find(is_advanced).map(|_| "advancedConfiguration".to_owned()));
    // What a service is told by its deployments alone.
    let deployments = list(one, "deployments");
    for deployment in deployments.iter().filter(|one| text(one, "status") == Some("PRIMARY")) {
        config.names_the_rest(
            deployment,
            &[
                ("serviceConnectConfiguration.enabled", &["false"]),
                ("volumeConfigurations", &[]),
                ("vpcLatticeConfigurations", &[]),
            ],
        );
    }
    desk.need("ecs-cluster", Some(cluster_of(id)), "cluster");
    desk.need("task-definition", definition, "taskDefinition");
    desk.needs("subnet", pick::texts(network, "subnets"), "subnets");
    desk.needs("security-group", pick::texts(network, "securityGroups"), "securityGroups");
    for group in each(&balancers, "targetGroupArn") {
        desk.refer("target-group", Some(group), "loadBalancers");
    }
    for registry in each(&list(one, "serviceRegistries"), "registryArn") {
        desk.leave(registry, super::arn::NOT_READ);
    }
    let scaled = desk.part(targets, |desk, targets| {
        if !targets.is_empty() {
            desk.child("scalable-target", &resource, "scaling");
        }
        Value::Null
    })?;
    config.put("Scaling", scaled);
    let tags = tags(&list(one, "tags"), desk.sealer);
    let name = text(one, "serviceName").map(str::to_owned);
    found(Found { arn: text(one, "serviceArn").map(str::to_owned), name, config, tags: Some(tags) })
}

fn scalable_target(desk: &mut Desk<'_>, resource: &str) -> Step<Read> {
    let asked = json!({ "ServiceNamespace": "ecs", "ResourceId": resource });
    let (one, policies) = (desk.one(&TARGETS, resource), desk.list(&POLICIES, asked));
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("ServiceNamespace", "", As::Text),
            ("ScalableDimension", "", As::Text),
            ("MinCapacity", "", As::Number),
            ("MaxCapacity", "", As::Number),
            ("Suspended", "SuspendedState", As::Whole),
        ],
    );
    let service = resource.strip_prefix("service/");
    desk.need("ecs-service", service, "ResourceId");
    let policies = desk.part(policies, |_, policies| {
        let each = policies.into_iter().filter_map(|policy| {
            let of = Config::of(
                policy,
                &[
                    ("PolicyType", "", As::Text),
                    ("TargetTracking", "TargetTrackingScalingPolicyConfiguration", As::Whole),
                    ("StepScaling", "StepScalingPolicyConfiguration", As::Whole),
                ],
            );
            Some((text(policy, "PolicyName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("Policies", policies);
    // An old one has no ARN, and no tags.
    let arn = text(one, "ScalableTargetARN").map(str::to_owned);
    let tagged = match &arn {
        Some(arn) => desk.call(&TARGET_TAGS, json!({ "ResourceARN": arn })),
        None => Err(super::desk::Stop::Absent),
    };
    let tagged = desk.part(tagged, |desk, one| Value::Object(tags_of(pick::at(one, "Tags"), desk.sealer)))?;
    // Without tags of its own it is whose its service is.
    let tags = with_tags(&mut config, tagged).filter(|tags| !tags.is_empty());
    let name = service.and_then(|service| service.rsplit('/').next()).map(str::to_owned);
    found(Found { arn, name, config, tags })
}

fn definition(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let answer = desk.call(&DEFINITION, json!({ "taskDefinition": id, "include": ["TAGS"] }));
    let answer = match answer {
        // A definition that is not there is told as a wrong request.
        Err(super::desk::Stop::Unread { error, .. }) if error == "ClientException" => {
            return Err(super::desk::Stop::Absent);
        }
        answer => answer?,
    };
    let one = pick::at(answer, "taskDefinition");
    let arn = text(one, "taskDefinitionArn").unwrap_or_default();
    let real = arn.rsplit('/').next().unwrap_or(arn);
    if real != id && !real.is_empty() {
        return Ok(Read::Same(Reference::new("task-definition", real)));
    }
    let mut config = Config::of(
        one,
        &[
            ("Family", "family", As::Text),
            ("NetworkMode", "networkMode", As::Text),
            ("RequiresCompatibilities", "requiresCompatibilities", As::Set),
            ("Cpu", "cpu", As::Text),
            ("Memory", "memory", As::Text),
            ("TaskRoleArn", "taskRoleArn", As::Text),
            ("ExecutionRoleArn", "executionRoleArn", As::Text),
            ("RuntimePlatform", "runtimePlatform", As::Whole),
            ("EphemeralStorage", "ephemeralStorage", As::Whole),
            ("PidMode", "pidMode", As::Text),
            ("IpcMode", "ipcMode", As::Text),
            ("ProxyConfiguration", "proxyConfiguration", As::Whole),
            ("PlacementConstraints", "placementConstraints", As::Whole),
        ],
    );
    config.names_the_rest(one, &[("inferenceAccelerators", &[])]);
    config.put("Volumes", sorted(list(one, "volumes").into_iter().map(pick::without_nothing).collect()));
    for volume in each(&list(one, "volumes"), "efsVolumeConfiguration.fileSystemId") {
        desk.leave(volume, super::arn::NOT_READ);
    }
    desk.refer("iam-role", text(one, "taskRoleArn"), "taskRoleArn");
    desk.refer("iam-role", text(one, "executionRoleArn"), "executionRoleArn");
    let containers = list(one, "containerDefinitions");
    config.put("Containers", containers.iter().map(|one| container(desk, one)).collect::<Vec<_>>());
    let tags = tags(&list(answer, "tags"), desk.sealer);
    let name = text(one, "family").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags: Some(tags) })
}

/// What of a container's definition is defaults that are written out one day and not the next.
fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "cpu" => value == 0,
        "privileged" | "readonlyRootFilesystem" | "interactive" | "pseudoTerminal" => value == false,
        _ => false,
    }
}

fn container(desk: &mut Desk<'_>, one: &Value) -> Value {
    let mut config = Map::new();
    for (name, value) in one.as_object().into_iter().flatten() {
        desk.mentions(value, &format!("container {name}"));
        let value = pick::without_nothing(value);
        let kept = match name.as_str() {
            "environment" => variables(desk, &value),
            "secrets" => by_name(&value, "valueFrom"),
            "command" | "entryPoint" => {
                let words: Vec<String> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|word| word.as_str().map(str::to_owned))
                    .collect();
                desk.sealer.arguments(&words).into()
            }
            "portMappings" | "mountPoints" | "environmentFiles" | "ulimits" | "volumesFrom" => {
                sorted(list(&desk.sealer.value(name, &value), "").into_iter().cloned().collect()).into()
            }
            _ => desk.sealer.value(name, &value),
        };
        let is_empty = kept.is_null()
            || kept.as_array().is_some_and(Vec::is_empty)
            || kept.as_object().is_some_and(Map::is_empty)
            || kept.as_str().is_some_and(str::is_empty);
        if !is_empty && !is_default(name, &kept) {
            config.insert(name.clone(), kept);
        }
    }
    let options = pick::at(one, "logConfiguration.options");
    if options.get("awslogs-region").and_then(Value::as_str).is_none_or(|region| region == desk.here.region) {
        desk.need("log-group", options.get("awslogs-group").and_then(Value::as_str), "awslogs-group");
    }
    if let Some(credentials) = text(one, "repositoryCredentials.credentialsParameter") {
        desk.refer("secret", Some(credentials), "repositoryCredentials");
    }
    for secret in list(one, "secrets") {
        // A parameter may stand here by its name alone.
        let from = text(secret, "valueFrom").filter(|from| !from.starts_with("arn:"));
        desk.need("parameter", from, "secrets");
    }
    Value::Object(config)
}

/// A list of names and values as a table, with what looks like a secret taken out.
fn variables(desk: &Desk<'_>, items: &Value) -> Value {
    let each = list(items, "").into_iter().filter_map(|one| {
        let name = text(one, "name")?;
        let value = one.get("value").and_then(Value::as_str).unwrap_or_default();
        Some((name.to_owned(), desk.sealer.variable(name, value).into()))
    });
    Value::Object(each.collect())
}

fn by_name(items: &Value, member: &str) -> Value {
    let each =
        list(items, "").into_iter().filter_map(|one| Some((text(one, "name")?.to_owned(), one.get(member)?.clone())));
    Value::Object(each.collect())
}

fn repository(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = desk.one(&REPOSITORIES, name);
    let asked = || json!({ "repositoryName": name });
    let (lifecycle, policy) = (desk.call(&IMAGE_LIFECYCLE, asked()), desk.call(&REPOSITORY_POLICY, asked()));
    let one = one?;
    let arn = text(one, "repositoryArn").unwrap_or_default();
    let tagged = desk.list(&REPOSITORY_TAGS, json!({ "resourceArn": arn }));
    let mut config = Config::of(
        one,
        &[
            ("ImageTagMutability", "imageTagMutability", As::Text),
            ("ScanOnPush", "imageScanningConfiguration.scanOnPush", As::Truth),
            ("EncryptionType", "encryptionConfiguration.encryptionType", As::Text),
            ("KmsKey", "encryptionConfiguration.kmsKey", As::Text),
        ],
    );
    config.names_the_rest(one, &[("imageTagMutabilityExclusionFilters", &[])]);
    desk.refer("kms-key", text(one, "encryptionConfiguration.kmsKey"), "kmsKey");
    desk.known_by(text(one, "repositoryUri"));
    let lifecycle = desk.part(lifecycle, |_, one| pick::taken(one, "lifecyclePolicyText", As::Document))?;
    config.put("LifecyclePolicy", lifecycle);
    let policy =
        desk.part(policy, |desk, one| desk.sealer.value("policy", &pick::taken(one, "policyText", As::Document)))?;
    config.put("Policy", policy);
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: Some(arn.to_owned()), name: Some(name.to_owned()), config, tags })
}

fn log_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    // Others may begin like it.
    let all = desk.list(&LOG_GROUPS, json!({ "logGroupNamePrefix": name }));
    let filters = desk.list(&METRIC_FILTERS, json!({ "logGroupName": name }));
    let subscribed = desk.list(&SUBSCRIPTIONS, json!({ "logGroupName": name }));
    let one = all?.into_iter().find(|one| text(one, "logGroupName") == Some(name)).ok_or(super::desk::Stop::Absent)?;
    let arn = text(one, "arn").unwrap_or_default().trim_end_matches(":*");
    let tagged = desk.call(&LOG_TAGS, json!({ "resourceArn": arn }));
    let mut config = Config::of(
        one,
        &[
            ("RetentionInDays", "retentionInDays", As::Number),
            ("KmsKeyId", "kmsKeyId", As::Text),
            ("LogGroupClass", "logGroupClass", As::Text),
        ],
    );
    desk.refer("kms-key", text(one, "kmsKeyId"), "kmsKeyId");
    let filters = desk.part(filters, |_, filters| {
        let each = filters.into_iter().filter_map(|filter| {
            let of = Config::of(
                filter,
                &[("Pattern", "filterPattern", As::Text), ("Transformations", "metricTransformations", As::Whole)],
            );
            Some((text(filter, "filterName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("MetricFilters", filters);
    let subscribed = desk.part(subscribed, |desk, filters| {
        let each = filters.into_iter().filter_map(|filter| {
            let mut of = Config::of(
                filter,
                &[
                    ("DestinationArn", "destinationArn", As::Text),
                    ("RoleArn", "roleArn", As::Text),
                    ("Distribution", "distribution", As::Text),
                ],
            );
            // Of all lines, where there is none.
            of.put("Pattern", filter.get("filterPattern").and_then(Value::as_str).unwrap_or_default());
            if filter.get("applyOnTransformedLogs").is_some_and(|truth| *truth == true) {
                of.put("ApplyOnTransformedLogs", true);
            }
            desk.refer("function", text(filter, "destinationArn"), "subscription filter");
            desk.refer("iam-role", text(filter, "roleArn"), "subscription filter");
            Some((text(filter, "filterName")?.to_owned(), of.value()))
        });
        Value::Object(each.collect())
    })?;
    config.put("SubscriptionFilters", subscribed);
    let tagged = desk.part(tagged, |desk, one| Value::Object(tags_of(pick::at(one, "tags"), desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: Some(arn.to_owned()), name: Some(name.to_owned()), config, tags })
}

fn function(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let asked = || json!({ "FunctionName": name });
    let whole = desk.call(&FUNCTION, asked());
    let (policy, aliases, sources, concurrency) = (
        desk.call(&FUNCTION_POLICY, asked()),
        desk.list(&FUNCTION_ALIASES, asked()),
        desk.list(&SOURCES, asked()),
        desk.call(&CONCURRENCY, asked()),
    );
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
        desk.leave(system, super::arn::NOT_READ);
    }
    config.put("ImageUri", text(whole, "Code.ImageUri"));
    let layers = list(one, "Layers");
    config.put("Layers", each(&layers, "Arn"));
    for layer in each(&layers, "Arn") {
        desk.leave(layer, super::arn::NOT_READ);
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
    let mut rest = Config::default();
    let sources = desk.part(sources, |desk, sources| {
        for source in &sources {
            rest.names_the_rest(source, SOURCES_REST);
        }
        for source in each(&sources, "EventSourceArn") {
            desk.refer("queue", Some(source), "event source");
        }
        pick::all(
            &sources,
            &[
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
                ("Filter", "FilterCriteria", As::Whole),
                ("Scaling", "ScalingConfig", As::Whole),
                ("Destination", "DestinationConfig", As::Whole),
                ("KmsKeyId", "KMSKeyArn", As::Text),
            ],
        )
    })?;
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
