//! What the simulated world says, in the shape in which the APIs say it: only what it knows of a thing, and nothing made up.

use crate::service::{
    AutoScalingObservation, DnsObservation, DynamoDbObservation, EcsObservation, ElastiCacheObservation,
    ElbObservation, IamObservation, KmsObservation, LambdaObservation, Observation, ParameterObservation,
    RdsObservation, S3Observation, SecretObservation, SqsObservation, StsObservation,
};
use crate::text::Clean;
use serde_json::{Value, json};

/// Makes of what was seen what is answered; `None` where there is no such thing.
pub(super) type Shape = fn(&[Observation]) -> Option<Value>;

/// A list of those that are there.
macro_rules! list {
    ($name:ident, $pattern:pat => $value:expr) => {
        pub(super) fn $name(seen: &[Observation]) -> Option<Value> {
            let each = seen.iter().filter_map(|one| match one {
                $pattern => Some($value),
                _ => None,
            });
            Some(each.collect())
        }
    };
}

/// The one thing, where it is there.
macro_rules! one {
    ($name:ident, $pattern:pat => $value:expr) => {
        pub(super) fn $name(seen: &[Observation]) -> Option<Value> {
            seen.iter().find_map(|one| match one {
                $pattern => Some($value),
                _ => None,
            })
        }
    };
}

one!(identity, Observation::Sts(StsObservation::Identity(one)) => json!({ "Account": one.account, "Arn": one.arn }));

list!(instances, Observation::Rds(RdsObservation::DbInstance { instance: Some(one) }) => {
    let set = &one.settings;
    json!({
        "DBInstanceIdentifier": one.id,
        "DBInstanceArn": one.arn,
        "Engine": one.engine,
        "EngineVersion": set.engine_version,
        "DBInstanceClass": set.class,
        "MultiAZ": set.multi_az.map(|is| is.to_string()),
        "StorageEncrypted": set.encrypted.map(|is| is.to_string()),
        "DeletionProtection": set.deletion_protection.map(|is| is.to_string()),
        "AllocatedStorage": set.allocated_gib,
        "BackupRetentionPeriod": one.backup_retention_days,
        "DBClusterIdentifier": one.cluster,
        "ReadReplicaSourceDBInstanceIdentifier": one.replica_of,
        "Endpoint": one.endpoint.as_ref().map(|address| json!({ "Address": address, "Port": one.port })),
    })
});

list!(clusters, Observation::Rds(RdsObservation::DbCluster { cluster: Some(one) }) => json!({
    "DBClusterIdentifier": one.id,
    "DBClusterArn": one.arn,
    "Engine": "aurora-postgresql",
    "EngineVersion": one.engine_version,
    "Port": one.port,
    "Endpoint": one.endpoint,
    "ReaderEndpoint": one.reader,
    "DBClusterMembers": one.instances.iter().map(|member| json!({ "DBInstanceIdentifier": member.id })).collect::<Vec<_>>(),
}));

list!(global_clusters, Observation::Rds(RdsObservation::GlobalCluster { global: Some(one) }) => json!({
    "GlobalClusterIdentifier": one.id,
    "EngineVersion": one.engine_version,
    "GlobalClusterMembers": one.members.iter().map(|member| json!({ "DBClusterArn": member.arn })).collect::<Vec<_>>(),
}));

list!(caches, Observation::ElastiCache(ElastiCacheObservation::ReplicationGroup { group: Some(one) }) => json!({
    "ReplicationGroupId": one.id,
    "MultiAZ": one.multi_az,
    "AutomaticFailover": one.fails_over,
    "GlobalReplicationGroupInfo": one.datastore.as_ref().map(|id| json!({ "GlobalReplicationGroupId": id, "GlobalReplicationGroupMemberRole": one.role })),
    "NodeGroups": [{
        "PrimaryEndpoint": { "Address": one.endpoint },
        "ReaderEndpoint": { "Address": one.reader },
    }],
}));

list!(datastores, Observation::ElastiCache(ElastiCacheObservation::GlobalDatastore { datastore: Some(one) }) => json!({
    "GlobalReplicationGroupId": one.id,
    "Members": one.members.iter().map(|member| json!({
        "ReplicationGroupId": member.group, "ReplicationGroupRegion": member.region, "Role": member.role,
    })).collect::<Vec<_>>(),
}));

/// Clusters are nothing but names in the world: whoever names one finds it.
pub(super) fn ecs_clusters(names: &[Clean]) -> Value {
    names.iter().map(|name| json!({ "clusterName": name, "status": "ACTIVE" })).collect()
}

list!(services, Observation::Ecs(EcsObservation::EcsService { service: Some(one) }) => json!({
    "serviceName": one.name,
    "serviceArn": one.arn,
    "clusterArn": format!("arn:aws:ecs:::cluster/{}", last(&one.cluster)),
    "status": one.status,
    "desiredCount": one.desired,
    "launchType": one.on_fargate.then_some("FARGATE"),
    "schedulingStrategy": one.scheduling,
    "taskDefinition": one.task_definition,
    "loadBalancers": one.balancers.iter().map(|balancer| json!({
        "targetGroupArn": balancer.target_group,
        "containerName": balancer.container,
        "containerPort": balancer.port,
    })).collect::<Vec<_>>(),
}));

one!(definition, Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(one) }) => json!({
    "taskDefinition": {
        "taskDefinitionArn": one.arn,
        "family": one.family,
        "containerDefinitions": one.containers.iter().map(|container| json!({
            "name": container.name,
            "image": container.image,
            "environment": container.environment.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    },
}));

/// The scalable targets of these, of which this was seen one by one.
pub(super) fn targets(ids: &[Clean], seen: &[Observation]) -> Value {
    let each = ids.iter().zip(seen).filter_map(|(id, one)| match one {
        Observation::Ecs(EcsObservation::ScalableTarget { target: Some(one) }) => Some(json!({
            "ServiceNamespace": "ecs",
            "ResourceId": id,
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": one.min,
            "MaxCapacity": one.max,
        })),
        _ => None,
    });
    each.collect()
}

one!(function, Observation::Lambda(LambdaObservation::Function { function: Some(one) }) => json!({
    "Configuration": { "FunctionArn": one.arn, "CodeSha256": one.code },
}));

list!(mappings, Observation::Lambda(LambdaObservation::EventMappings { mappings: Some(all) }) => {
    all.iter().map(|one| json!({ "EventSourceArn": one.source, "State": one.state })).collect::<Value>()
});

one!(concurrency, Observation::Lambda(LambdaObservation::FunctionConcurrency { concurrency: Some(one) }) => {
    json!({ "ReservedConcurrentExecutions": one.reserved })
});

list!(target_groups, Observation::Elb(ElbObservation::TargetHealth { group: Some(one) }) => json!({
    "TargetGroupArn": one.arn,
    "TargetGroupName": one.arn.split('/').nth(1),
    "LoadBalancerArns": one.balancers,
}));

list!(balancers, Observation::Elb(ElbObservation::LoadBalancer { load_balancer: Some(one) }) => json!({
    "LoadBalancerArn": one.arn,
    "LoadBalancerName": balancer_name(&one.arn),
    "DNSName": one.dns_name,
    "Type": if one.arn.contains("loadbalancer/net/") { "network" } else { "application" },
}));

/// A load balancer's name, from its ARN or as it is.
pub(super) fn balancer_name(named: &str) -> &str {
    if named.starts_with("arn:") { named.split('/').nth(2).unwrap_or(named) } else { named }
}

/// Nothing in the world carries tags.
pub(super) fn no_tags(arns: &[Clean]) -> Value {
    arns.iter().map(|arn| json!({ "ResourceArn": arn, "Tags": [] })).collect()
}

list!(groups, Observation::AutoScaling(AutoScalingObservation::AutoScalingGroup { group: Some(one) }) => json!({
    "AutoScalingGroupName": one.name,
    "AutoScalingGroupARN": one.arn,
    "MinSize": one.min,
    "MaxSize": one.max,
    "DesiredCapacity": one.desired,
    "TargetGroupARNs": one.target_groups,
}));

/// A secret's name, without the letters that its ARN has behind it.
pub(super) fn secret_name(named: &str) -> Clean {
    let Some((_, name)) = named.split_once(":secret:") else { return Clean::new(named) };
    Clean::new(name.rsplit_once('-').map_or(name, |(name, _)| name))
}

one!(secret, Observation::Secret(SecretObservation::Secret { secret: Some(one) }) => json!({
    "ARN": one.arn,
    "Name": one.name,
    "KmsKeyId": one.key,
    "RotationEnabled": one.rotates,
    "ReplicationStatus": one.replicas.iter().map(|replica| json!({ "Region": replica.region })).collect::<Vec<_>>(),
}));

list!(parameters, Observation::Parameter(ParameterObservation::Parameter { parameter: Some(one) }) => {
    json!({ "Name": one.name, "Type": one.kind })
});

one!(role, Observation::Iam(IamObservation::Role { role: Some(one) }) => {
    json!({ "Role": { "Arn": one.arn, "RoleName": last(&one.arn), "Path": "/" } })
});

one!(key, Observation::Kms(KmsObservation::Key { key: Some(one) }) => json!({ "KeyMetadata": {
    "KeyId": one.id,
    "Arn": one.arn,
    "KeyUsage": one.usage,
    "KeySpec": one.spec,
    "MultiRegion": one.multi_region,
    "Enabled": one.state.as_str() == "Enabled",
} }));

one!(table, Observation::DynamoDb(DynamoDbObservation::Table { table: Some(one) }) => json!({ "Table": {
    "TableName": one.name,
    "BillingModeSummary": { "BillingMode": one.billing },
    "GlobalSecondaryIndexes": one.indexes.iter().map(|index| json!({ "IndexName": index.name })).collect::<Vec<_>>(),
    "Replicas": one.replicas.iter().map(|replica| json!({ "RegionName": replica.region })).collect::<Vec<_>>(),
} }));

one!(backups, Observation::DynamoDb(DynamoDbObservation::ContinuousBackups { recovery: Some(status) }) => json!({
    "ContinuousBackupsDescription": {
        "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": status },
    },
}));

one!(location, Observation::S3(S3Observation::Bucket { bucket: Some(one) }) => json!({ "LocationConstraint": one.region }));

one!(versioning, Observation::S3(S3Observation::BucketVersioning { versioning: Some(one) }) => json!({ "Status": one.status }));

one!(queue_url, Observation::Sqs(SqsObservation::Queue { queue: Some(one) }) => json!({ "QueueUrl": one.url }));

one!(queue, Observation::Sqs(SqsObservation::Queue { queue: Some(one) }) => {
    json!({ "Attributes": { "QueueArn": one.arn } })
});

pub(super) fn zones(seen: &[Observation]) -> Option<Value> {
    let each = seen.iter().flat_map(|one| match one {
        Observation::Dns(DnsObservation::HostedZones { zones }) => zones.as_slice(),
        _ => &[],
    });
    let each = each.map(|one| {
        json!({ "Id": format!("/hostedzone/{}", one.id), "Name": one.name, "Config": { "PrivateZone": one.private.to_string() } })
    });
    Some(each.collect())
}

pub(super) fn records(seen: &[Observation]) -> Option<Value> {
    let each = seen.iter().flat_map(|one| match one {
        Observation::Dns(DnsObservation::ZoneRecords { records, .. }) => records.as_slice(),
        _ => &[],
    });
    let each = each.map(|one| {
        json!({
            "Name": one.name,
            "Type": one.record_type,
            "TTL": one.ttl,
            "SetIdentifier": one.set_identifier,
            "Weight": one.weight,
            "Failover": one.failover,
            "Region": one.region,
            "HealthCheckId": one.health_check,
            "ResourceRecords": one.values.iter().map(|value| json!({ "Value": value })).collect::<Vec<_>>(),
            "AliasTarget": one.alias.as_ref().map(|alias| json!({
                "DNSName": alias.dns_name,
                "HostedZoneId": alias.zone_id,
                "EvaluateTargetHealth": alias.evaluate_health.to_string(),
            })),
        })
    });
    Some(each.collect())
}

/// What stands behind the last slash.
fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}
