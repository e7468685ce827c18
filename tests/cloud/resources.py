"""What a call is done to, as IAM names it: the ARNs that an identity policy has to allow, and what a request says at the
keys of conditions.

Follows the Service Authorization Reference: a row each for the actions that it lists a resource for. Of an action without
a row the resource is `*`, which only a policy for everything allows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.secretsmanager.models import secretsmanager_backends

import functions
from calls import Call

Given = dict[str, Any]
ANY = ["*"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def is_arn(text: str) -> bool:
    return text.startswith("arn:")


def last(text: str) -> str:
    """The name, whether it is given by itself or at the end of a path or an ARN."""
    return text.rsplit("/", 1)[-1]


def in_region(service: str, thing: str) -> Callable[[Call, Given], list[str]]:
    """`thing` with the parameters that it names, in the region that is called."""

    def arns(call: Call, given: Given) -> list[str]:
        return [f"arn:aws:{service}:{call.region}:{call.account}:{thing.format_map(given)}"]

    return arns


def cluster_of(call: Call, given: Given, name: str = "DbClusterIdentifier") -> list[str]:
    cluster = given[name]
    arn = cluster if is_arn(cluster) else f"arn:aws:rds:{call.region}:{call.account}:cluster:{cluster}"
    return [f"arn:aws:rds::{call.account}:global-cluster:{given['GlobalClusterIdentifier']}", arn]


def target_cluster(call: Call, given: Given) -> list[str]:
    return cluster_of(call, given, "TargetDbClusterIdentifier")


def snapshots(call: Call, given: Given) -> list[str]:
    names = [given["SourceDBClusterSnapshotIdentifier"], given["TargetDBClusterSnapshotIdentifier"]]
    prefix = f"arn:aws:rds:{call.region}:{call.account}:cluster-snapshot:"
    return [name if is_arn(name) else prefix + name for name in names]


def restored(call: Call, given: Given) -> list[str]:
    """What is not named is RDS's own default."""
    things = [
        f"db:{given.get('TargetDBInstanceIdentifier') or given['DBInstanceIdentifier']}",
        f"og:{given.get('OptionGroupName') or 'default:postgres-15'}",
        f"pg:{given.get('DBParameterGroupName') or 'default.postgres15'}",
        f"subgrp:{given.get('DBSubnetGroupName') or 'default'}",
    ]
    arns = [f"arn:aws:rds:{call.region}:{call.account}:{thing}" for thing in things]
    source = given.get("SourceDBInstanceAutomatedBackupsArn") or given.get("DBSnapshotIdentifier")
    prefix = f"arn:aws:rds:{call.region}:{call.account}:snapshot:"
    return [*arns, *([source if is_arn(source) else prefix + source] if source else [])]


def replica_of(call: Call, given: Given) -> list[str]:
    """Those of its groups that are named, and the instance that it replicates (Service Authorization Reference, Amazon RDS)."""
    groups = [("og", "OptionGroupName"), ("pg", "DBParameterGroupName"), ("subgrp", "DBSubnetGroupName")]
    things = [f"db:{given['DBInstanceIdentifier']}", *(f"{kind}:{given[name]}" for kind, name in groups if given.get(name))]
    prefix = f"arn:aws:rds:{call.region}:{call.account}:"
    source = given["SourceDBInstanceIdentifier"]
    return [*(prefix + thing for thing in things), source if is_arn(source) else f"{prefix}db:{source}"]


def kept_as(call: Call, given: Given) -> list[str]:
    things = [f"db:{given['DBInstanceIdentifier']}", f"snapshot:{given['FinalDBSnapshotIdentifier']}"]
    return [f"arn:aws:rds:{call.region}:{call.account}:{thing}" for thing in things]


def datastore(call: Call, given: Given) -> list[str]:
    return [f"arn:aws:elasticache::{call.account}:globalreplicationgroup:{given['GlobalReplicationGroupId']}"]


def services(call: Call, given: Given) -> list[str]:
    cluster = last(given.get("cluster") or "default")
    names = listed(given.get("services") or given.get("service"))
    return [f"arn:aws:ecs:{call.region}:{call.account}:service/{cluster}/{last(name)}" for name in names]


def as_given(name: str) -> Callable[[Call, Given], list[str]]:
    return lambda _, given: listed(given.get(name))


def function(call: Call, given: Given) -> list[str]:
    name, _ = functions.parsed(given["FunctionName"])
    qualifier = f":{given['Qualifier']}" if given.get("Qualifier") else ""
    return [f"arn:aws:lambda:{call.region}:{call.account}:function:{name}{qualifier}"]


def secret(call: Call, given: Given) -> list[str]:
    secrets = secretsmanager_backends[call.account][call.region].secrets.values()
    named = given["SecretId"]
    found = next((secret for secret in secrets if named in (secret.name, secret.arn)), None)
    if found is None:
        return [named if is_arn(named) else f"arn:aws:secretsmanager:{call.region}:{call.account}:secret:{named}"]
    return [found.arn]


def key(call: Call, given: Given) -> list[str]:
    backend = kms_backends[call.account][call.region]
    found = backend.keys.get(backend.any_id_to_key_id(given["KeyId"]))
    return [found.arn if found else f"arn:aws:kms:{call.region}:{call.account}:key/{last(given['KeyId'])}"]


def parameters(call: Call, given: Given) -> list[str]:
    names = listed(given.get("Names") or given.get("Name"))
    prefix = f"arn:aws:ssm:{call.region}:{call.account}:parameter/"
    return [name if is_arn(name) else prefix + name.split(":")[0].removeprefix("/") for name in names]


def automation(call: Call, given: Given) -> list[str]:
    name = last(given["DocumentName"])
    owner = "" if name.startswith(("AWS", "Amazon")) else call.account
    execution = f"arn:aws:ssm:{call.region}:{call.account}:automation-execution/0a1b"
    return [f"arn:aws:ssm:{call.region}:{owner}:document/{name}", execution]


def bucket(_: Call, given: Given) -> list[str]:
    return [f"arn:aws:s3:::{given['Bucket']}"]


def stored(_: Call, given: Given) -> list[str]:
    return [f"arn:aws:s3:::{given['Bucket']}/{given['Key']}"]


def of_zone(kind: str, *names: str) -> Callable[[Call, Given], list[str]]:
    def arns(_: Call, given: Given) -> list[str]:
        return [f"arn:aws:route53:::{kind}/{last(next(given[name] for name in names if name in given))}"]

    return arns


def role(call: Call, given: Given) -> list[str]:
    name = given["RoleName"]
    found = next((role for role in iam_backends[call.account]["aws"].roles.values() if role.name == name), None)
    return [found.arn if found else f"arn:aws:iam::{call.account}:role/{name}"]


HANDED_TO = {
    "ecs": "ecs-tasks.amazonaws.com",
    "events": "events.amazonaws.com",
    "scheduler": "scheduler.amazonaws.com",
}


def handed_on(_: Call, given: Given) -> list[str]:
    given = given | (given.get("Target") or {})
    return [given[name] for name in ("executionRoleArn", "taskRoleArn", "RoleArn") if given.get(name)]


def schedule(call: Call, given: Given) -> list[str]:
    group = given.get("GroupName") or "default"
    return [f"arn:aws:scheduler:{call.region}:{call.account}:schedule/{group}/{given['Name']}"]


def node_group(call: Call, given: Given) -> list[str]:
    group = f"nodegroup/{given['clusterName']}/{given['nodegroupName']}/0ab1"
    return [f"arn:aws:eks:{call.region}:{call.account}:{group}"]


def changed(call: Call, given: Given) -> list[str]:
    cluster = f"arn:aws:eks:{call.region}:{call.account}:cluster/{given['name']}"
    return [cluster, *node_group(call, given | {"clusterName": given["name"]})]


def group(call: Call, given: Given) -> list[str]:
    backend = autoscaling_backends[call.account][call.region]
    name = given["AutoScalingGroupName"]
    found = backend.autoscaling_groups.get(name)
    prefix = f"arn:aws:autoscaling:{call.region}:{call.account}:autoScalingGroup"
    return [found.arn if found else f"{prefix}:00000000-0000-0000-0000-000000000000:autoScalingGroupName/{name}"]


def rule(call: Call, given: Given) -> list[str]:
    bus = last(given.get("EventBusName") or "default")
    name = given.get("Name") or given["Rule"]
    path = name if bus == "default" else f"{bus}/{name}"
    return [f"arn:aws:events:{call.region}:{call.account}:rule/{path}"]


def queue(call: Call, given: Given) -> list[str]:
    account = given.get("QueueOwnerAWSAccountId") or call.account
    return [f"arn:aws:sqs:{call.region}:{account}:{given.get('QueueName') or last(given['QueueUrl'])}"]


def controls(_: Call, given: Given) -> list[str]:
    return [entry["RoutingControlArn"] for entry in given["UpdateRoutingControlStateEntries"]]


def repository(call: Call, given: Given) -> list[str]:
    account = given.get("registryId") or call.account
    return [f"arn:aws:ecr:{call.region}:{account}:repository/{given['repositoryName']}"]


ARNS: dict[str, Callable[[Call, Given], list[str]]] = {
    "rds:ModifyDBInstance": in_region("rds", "db:{DBInstanceIdentifier}"),
    "rds:DeleteDBInstance": in_region("rds", "db:{DBInstanceIdentifier}"),
    "rds:CreateDBSnapshot": kept_as,
    "rds:AddTagsToResource": lambda call, given: [given["ResourceName"]] if "ResourceName" in given else restored(call, given)[:1],
    "rds:RestoreDBInstanceToPointInTime": restored,
    "rds:RestoreDBInstanceFromDBSnapshot": restored,
    "rds:CreateDBInstanceReadReplica": replica_of,
    "rds:PromoteReadReplica": in_region("rds", "db:{DBInstanceIdentifier}"),
    "rds:SwitchoverGlobalCluster": target_cluster,
    "rds:FailoverGlobalCluster": target_cluster,
    "rds:RemoveFromGlobalCluster": cluster_of,
    "rds:CopyDBClusterSnapshot": snapshots,
    "elasticache:FailoverGlobalReplicationGroup": datastore,
    "elasticache:DisassociateGlobalReplicationGroup": datastore,
    "ecs:DescribeServices": services,
    "ecs:UpdateService": services,
    "ecs:DescribeTasks": as_given("tasks"),
    "ecs:DescribeContainerInstances": as_given("containerInstances"),
    "ecs:RegisterTaskDefinition": in_region("ecs", "task-definition/{family}:1"),
    "iam:PassRole": handed_on,
    "application-autoscaling:RegisterScalableTarget": in_region("application-autoscaling", "scalable-target/0ec5"),
    "ecr:DescribeImages": repository,
    "logs:DescribeLogGroups": in_region("logs", "log-group:{logGroupNamePrefix}"),
    "rds:DescribeDBParameters": in_region("rds", "pg:{DBParameterGroupName}"),
    "rds:DescribeDBClusterParameters": in_region("rds", "cluster-pg:{DBClusterParameterGroupName}"),
    "logs:FilterLogEvents": in_region("logs", "log-group:{logGroupName}:log-stream:"),
    "lambda:GetFunctionConfiguration": function,
    "lambda:GetAlias": function,
    "lambda:GetFunctionConcurrency": function,
    "lambda:UpdateAlias": function,
    "lambda:PutFunctionConcurrency": function,
    "lambda:DeleteFunctionConcurrency": function,
    "lambda:InvokeFunction": function,
    "lambda:UpdateEventSourceMapping": in_region("lambda", "event-source-mapping:{UUID}"),
    "secretsmanager:DescribeSecret": secret,
    "secretsmanager:GetSecretValue": secret,
    "secretsmanager:PutSecretValue": secret,
    "secretsmanager:StopReplicationToReplica": secret,
    "secretsmanager:ReplicateSecretToRegions": secret,
    "secretsmanager:UpdateSecretVersionStage": secret,
    "kms:DescribeKey": key,
    "kms:GenerateDataKey": key,
    "kms:GetKeyPolicy": key,
    "kms:ListGrants": key,
    "ssm:GetParameters": parameters,
    "ssm:GetParameter": parameters,
    "ssm:PutParameter": parameters,
    "ssm:DeleteParameter": parameters,
    "ssm:DescribeDocument": lambda call, given: automation(call, {"DocumentName": given["Name"]})[:1],
    "ssm:GetAutomationExecution": in_region("ssm", "automation-execution/{AutomationExecutionId}"),
    "ssm:StartAutomationExecution": automation,
    "s3:ListBucket": bucket,
    "s3:GetBucketVersioning": bucket,
    "s3:GetReplicationConfiguration": bucket,
    "s3:GetObject": stored,
    "s3:PutObject": stored,
    "s3:DeleteObject": stored,
    "route53:ChangeResourceRecordSets": of_zone("hostedzone", "HostedZoneId"),
    "route53:ListResourceRecordSets": of_zone("hostedzone", "HostedZoneId", "Id"),
    "route53:GetHostedZone": of_zone("hostedzone", "Id"),
    "route53:GetHealthCheck": of_zone("healthcheck", "HealthCheckId"),
    "route53:GetChange": of_zone("change", "Id"),
    "acm:DescribeCertificate": as_given("CertificateArn"),
    "dynamodb:DescribeContinuousBackups": in_region("dynamodb", "table/{TableName}"),
    "dynamodb:DescribeTable": in_region("dynamodb", "table/{TableName}"),
    "autoscaling:UpdateAutoScalingGroup": group,
    "events:DescribeRule": rule,
    "events:ListTargetsByRule": rule,
    "events:EnableRule": rule,
    "events:DisableRule": rule,
    "events:PutRule": rule,
    "sqs:GetQueueUrl": queue,
    "sqs:GetQueueAttributes": queue,
    "globalaccelerator:DescribeAccelerator": as_given("AcceleratorArn"),
    "globalaccelerator:DescribeEndpointGroup": as_given("EndpointGroupArn"),
    "globalaccelerator:UpdateEndpointGroup": as_given("EndpointGroupArn"),
    "route53-recovery-cluster:GetRoutingControlState": as_given("RoutingControlArn"),
    "route53-recovery-cluster:UpdateRoutingControlStates": controls,
    "scheduler:GetSchedule": schedule,
    "scheduler:UpdateSchedule": schedule,
    "eks:DescribeNodegroup": node_group,
    "eks:UpdateNodegroupConfig": node_group,
    "eks:DescribeUpdate": changed,
    "iam:GetPolicy": as_given("PolicyArn"),
    "iam:GetPolicyVersion": as_given("PolicyArn"),
    "iam:GetRole": role,
    "iam:GetRolePolicy": role,
    "iam:ListAttachedRolePolicies": role,
    "iam:ListRolePolicies": role,
    "iam:SimulatePrincipalPolicy": as_given("PolicySourceArn"),
}


def touched(call: Call, action: str) -> list[str]:
    """The ARNs of what the call does `action` to: each of them has to be allowed."""
    row = ARNS.get(action)
    try:
        return (row(call, call.parameters or {}) if row else ANY) or ANY
    except (KeyError, TypeError, StopIteration):
        # What is not said right is refused by the service, not by IAM.
        return ANY


def context(call: Call, action: str) -> dict[str, list[str]]:
    """What the request says, by the keys of conditions in lower case."""
    given = call.parameters or {}
    said = {"aws:requestedregion": [call.region]}
    if action == "iam:PassRole":
        said["iam:passedtoservice"] = [HANDED_TO[call.service]]
    if call.service == "application-autoscaling" and given.get("ServiceNamespace"):
        said["application-autoscaling:service-namespace"] = [given["ServiceNamespace"]]
    if action == "lambda:UpdateEventSourceMapping":
        mapping = functions.MAPPINGS[call.account, call.region].get(given.get("UUID", ""))
        said["lambda:functionarn"] = [mapping.function_arn] if mapping else []
    if call.service == "kms" and given.get("KeyId"):
        said["kms:resourcealiases"] = aliases(call, given["KeyId"])
    return said


def aliases(call: Call, key_id: str) -> list[str]:
    backend = kms_backends[call.account][call.region]
    found = backend.keys.get(backend.any_id_to_key_id(key_id))
    return sorted(found.aliases) if found else []
