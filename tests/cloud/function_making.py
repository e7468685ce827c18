"""Lambda functions as somebody makes them, and all that is told of one: its code's image, its tags, who may call it, its
versions, and what feeds it.

Follows the API reference of CreateFunction (a function is `Pending`, then `Active`; `Publish` makes version 1 at once),
GetFunction (configuration, code, concurrency where there is some, and tags), AddPermission and GetPolicy (404 where
nobody was permitted anything), CreateAlias (of a version that is there), CreateEventSourceMapping and its sisters.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from calls import Call
from clock import CLOCK
from errors import CloudError
from functions import (
    ANSWERS,
    FUNCTIONS,
    LATEST,
    MAPPINGS,
    STATUS,
    Alias,
    Function,
    absent,
    alias_of,
    find,
    get_alias,
    map_source,
    mapping_told,
    parsed,
    turn,
    version_of,
)

# What CreateFunction and UpdateFunctionConfiguration take as it is told again.
KEPT = (
    "Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "KMSKeyArn", "PackageType", "Architectures",
    "EphemeralStorage", "TracingConfig", "DeadLetterConfig", "VpcConfig", "FileSystemConfigs", "Environment",
)
# Of a mapping likewise, beside how it is.
OF_MAPPINGS = (
    "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "MaximumRetryAttempts", "FilterCriteria",
    "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "TumblingWindowInSeconds", "FunctionResponseTypes",
    "StartingPosition", "ScalingConfig", "DestinationConfig", "KMSKeyArn",
)


def answers(*operations: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The decorated function answers these operations."""

    def put(method: Callable[..., Any]) -> Callable[..., Any]:
        for operation in operations:
            ANSWERS[operation] = method
        return method

    return put


def digest(code: dict[str, Any]) -> str:
    """An image's own, wherever it is; of a package its hash."""
    if "@sha256:" in str(code.get("ImageUri")):
        return code["ImageUri"].rpartition(":")[2]
    told = json.dumps({name: str(value) for name, value in code.items()}, sort_keys=True)
    return base64.b64encode(hashlib.sha256(told.encode()).digest()).decode()


def take(found: Function, given: dict[str, Any]) -> None:
    """What is said of a function, as it is told from then on."""
    told = {name: given[name] for name in KEPT if name in given}
    for name in ("Description", "KMSKeyArn"):
        if told.get(name) == "":
            del told[name]
            found.told.pop(name, None)
    if "VpcConfig" in told:
        vpc = told["VpcConfig"]
        told["VpcConfig"] = {"SubnetIds": vpc.get("SubnetIds") or [], "SecurityGroupIds": vpc.get("SecurityGroupIds") or []}
    if "Layers" in given:
        told["Layers"] = [{"Arn": arn, "CodeSize": 1024} for arn in given["Layers"]]
    if "ImageConfig" in given:
        told["ImageConfigResponse"] = {"ImageConfig": given["ImageConfig"]}
    if "SnapStart" in given:
        told["SnapStart"] = given["SnapStart"] | {"OptimizationStatus": "Off"}
    if "LoggingConfig" in given:
        told["LoggingConfig"] = found.told.get("LoggingConfig", {}) | given["LoggingConfig"]
    found.told |= told


@answers("CreateFunction")
def create_function(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    name, _ = parsed(given["FunctionName"])
    there = FUNCTIONS[call.account, call.region]
    if name in there:
        raise CloudError("ResourceConflictException", f"Function already exist: {name}", 409)
    arn = f"arn:aws:lambda:{call.region}:{call.account}:function:{name}"
    usual = {
        "MemorySize": 128,
        "Timeout": 3,
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "TracingConfig": {"Mode": "PassThrough"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "State": "Pending",
        "StateReasonCode": "Creating",
        "LastUpdateStatus": "InProgress",
    }
    found = Function(name, arn, [], told=usual)
    take(found, given)
    coded(found, given["Code"])
    found.tags = dict(given.get("Tags") or {})
    there[name] = found
    CLOCK.in_turn(found, [("lambda.function", lambda: settled(found))])
    if given.get("Publish"):
        publish(found)
    return configuration(found)


def coded(found: Function, code: dict[str, Any]) -> None:
    found.code = dict(code)
    found.told |= {"CodeSha256": digest(code), "CodeSize": len(str(code)), "RevisionId": str(uuid.uuid4())}


def settled(found: Function) -> None:
    found.told |= {"State": "Active", "LastUpdateStatus": "Successful"}
    found.told.pop("StateReasonCode", None)


def publish(found: Function) -> str:
    found.versions.append(str(len(found.versions) + 1))
    return found.versions[-1]


def configuration(found: Function, version: str = LATEST) -> dict[str, Any]:
    arn = found.arn if version == LATEST else f"{found.arn}:{version}"
    modified = "2026-01-01T00:00:00.000+0000"
    return {"FunctionName": found.name, "FunctionArn": arn, "Version": version, "LastModified": modified} | found.told


@answers("GetFunction")
def get_function(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, qualifier = find(call.account, call.region, given["FunctionName"])
    version = version_of(found, given.get("Qualifier") or qualifier)
    told: dict[str, Any] = {"Configuration": configuration(found, version), "Tags": found.tags}
    image = found.code.get("ImageUri")
    place = {"ImageUri": image, "ResolvedImageUri": image, "RepositoryType": "ECR"}
    told["Code"] = place if image else {"RepositoryType": "S3", "Location": f"https://{found.name}.invalid/?X-Amz-Signature=0"}
    return told | ({} if found.reserved is None else {"Concurrency": {"ReservedConcurrentExecutions": found.reserved}})


@answers("UpdateFunctionConfiguration")
def update_function_configuration(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    take(found, given)
    return configuration(found)


@answers("UpdateFunctionCode")
def update_function_code(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    coded(found, {name: given[name] for name in ("ImageUri", "S3Bucket", "S3Key", "S3ObjectVersion", "ZipFile") if name in given})
    return configuration(found, publish(found) if given.get("Publish") else LATEST)


@answers("PublishVersion")
def publish_version(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    return configuration(found, publish(found))


@answers("ListVersionsByFunction")
def list_versions(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    return {"Versions": [configuration(found, version) for version in (LATEST, *found.versions)]}


@answers("GetFunctionCodeSigningConfig")
def get_code_signing(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    return {"FunctionName": found.name}


@answers("DeleteFunction")
def delete_function(call: Call, given: dict[str, Any]) -> None:
    found, _ = find(call.account, call.region, given["FunctionName"])
    del FUNCTIONS[call.account, call.region][found.name]


# Tags


def tagged(call: Call, arn: str) -> dict[str, str]:
    """The tags of a function or of what feeds one."""
    if ":event-source-mapping:" in arn:
        return mapping_of(call, arn.rsplit(":", 1)[-1]).tags
    return find(call.account, call.region, arn)[0].tags


@answers("ListTags")
def list_tags(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": tagged(call, given["Resource"])}


@answers("TagResource")
def tag_resource(call: Call, given: dict[str, Any]) -> None:
    tagged(call, given["Resource"]).update(given["Tags"])


@answers("UntagResource")
def untag_resource(call: Call, given: dict[str, Any]) -> None:
    tags = tagged(call, given["Resource"])
    for key in given["TagKeys"]:
        tags.pop(key, None)


# Who may call it


def statement(found: Function, given: dict[str, Any], arn: str) -> dict[str, Any]:
    principal = given["Principal"]
    is_service = "." in principal and not principal.startswith("arn:")
    who = {"Service": principal} if is_service else {"AWS": principal}
    told = {"Sid": given["StatementId"], "Effect": "Allow", "Principal": who, "Action": given["Action"], "Resource": arn}
    asked = {
        ("ArnLike", "AWS:SourceArn"): given.get("SourceArn"),
        ("StringEquals", "AWS:SourceAccount"): given.get("SourceAccount"),
        ("StringEquals", "lambda:EventSourceToken"): given.get("EventSourceToken"),
    }
    conditions: dict[str, dict[str, str]] = {}
    for (how, key), value in asked.items():
        if value is not None:
            conditions.setdefault(how, {})[key] = value
    return told | ({"Condition": conditions} if conditions else {})


@answers("AddPermission")
def add_permission(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, qualifier = find(call.account, call.region, given["FunctionName"])
    qualifier = given.get("Qualifier") or qualifier
    version_of(found, qualifier)
    arn = f"{found.arn}:{qualifier}" if qualifier else found.arn
    said = statement(found, given, arn)
    own = found.policies.setdefault(qualifier, [])
    if any(one["Sid"] == said["Sid"] for one in own):
        raise CloudError("ResourceConflictException", f"The statement id ({said['Sid']}) provided already exists.", 409)
    own.append(said)
    return {"Statement": json.dumps(said)}


@answers("GetPolicy")
def get_policy(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, qualifier = find(call.account, call.region, given["FunctionName"])
    own = found.policies.get(given.get("Qualifier") or qualifier)
    if not own:
        raise absent("The resource you requested does not exist.")
    return {"Policy": json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": own}), "RevisionId": str(uuid.uuid4())}


@answers("RemovePermission")
def remove_permission(call: Call, given: dict[str, Any]) -> None:
    found, qualifier = find(call.account, call.region, given["FunctionName"])
    own = found.policies.get(given.get("Qualifier") or qualifier) or []
    left = [one for one in own if one["Sid"] != given["StatementId"]]
    if len(left) == len(own):
        raise absent("Statement does not exist")
    own[:] = left


# Aliases


@answers("CreateAlias")
def create_alias(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    if given["Name"] in found.aliases:
        raise CloudError("ResourceConflictException", f"Alias already exists: {found.arn}:{given['Name']}", 409)
    weights = (given.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for version in (given["FunctionVersion"], *weights):
        if version not in (*found.versions, LATEST):
            raise absent(f"Function not found: {found.arn}:{version}")
    found.aliases[given["Name"]] = Alias(given["FunctionVersion"], dict(weights), given.get("Description") or "")
    return get_alias(call, given)


@answers("ListAliases")
def list_aliases(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    return {"Aliases": [get_alias(call, given | {"Name": name}) for name in sorted(found.aliases)]}


@answers("DeleteAlias")
def delete_alias(call: Call, given: dict[str, Any]) -> None:
    found, _ = alias_of(call, given)
    del found.aliases[given["Name"]]


# What feeds it


def mapping_of(call: Call, name: str) -> Any:
    mapping = MAPPINGS[call.account, call.region].get(name)
    if mapping is None:
        raise absent("The resource you requested does not exist.")
    return mapping


@answers("CreateEventSourceMapping")
def create_mapping(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    source, name = given["EventSourceArn"], given["FunctionName"]
    mapping = map_source(call.account, call.region, name, source, False)
    mapping.told = {key: given[key] for key in OF_MAPPINGS if key in given}
    mapping.tags = dict(given.get("Tags") or {})
    turn(mapping, given.get("Enabled", True))
    return mapping_told(mapping)


@answers("GetEventSourceMapping")
def get_mapping(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    return mapping_told(mapping_of(call, given["UUID"]))


@answers("DeleteEventSourceMapping")
def delete_mapping(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    mapping = mapping_of(call, given["UUID"])
    del MAPPINGS[call.account, call.region][mapping.uuid]
    return mapping_told(mapping) | {"State": "Deleting"}


STATUS |= {
    "CreateFunction": 201,
    "PublishVersion": 201,
    "AddPermission": 201,
    "CreateAlias": 201,
    "DeleteFunction": 204,
    "DeleteAlias": 204,
    "RemovePermission": 204,
    "TagResource": 204,
    "UntagResource": 204,
    "CreateEventSourceMapping": 202,
    "DeleteEventSourceMapping": 202,
}
