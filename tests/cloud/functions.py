"""AWS Lambda functions, of our own: aliases that are pointed by revision, reserved concurrency, and event source mappings
that take time to be enabled and disabled.

Follows the API reference of UpdateEventSourceMapping (`Enabling`, `Disabling`, …; one that is changing is in use),
ListEventSourceMappings, UpdateAlias (a RevisionId that is not the newest is refused with 412; a routing configuration
stays unless another is given), PutFunctionConcurrency and Invoke, and of GetFunctionConfiguration for State and
LastUpdateStatus. A function that is not there is a 404 everywhere. Functions are made by seeding, by the knob and, in
`function_making`, as somebody makes them; what is in neither answers NotImplemented.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from calls import Call
from clock import CLOCK
from errors import CloudError, Reply

# `name`, `name:qualifier`, or the same behind an ARN, whole or partial.
NAME = re.compile(r"^(?:arn:[^:]+:lambda:[^:]+:\d+:function:|(?:\d+:)?function:|\d+:)?([\w-]+)(?::([\w$-]+))?$")
LATEST = "$LATEST"
UNRESERVED = 1000
KEPT_UNRESERVED = 100
LARGEST_PAGE = 100
CHANGING = ("Creating", "Enabling", "Disabling", "Updating", "Deleting")
PAGE = {"most": LARGEST_PAGE}


@dataclass
class Mapping:
    uuid: str
    arn: str
    source: str
    function_arn: str
    state: str
    last_result: str = "No records processed"
    modified: float = field(default_factory=time.time)
    # It stays in what it is changing to.
    stuck: bool = False
    # What else was said of it, and its tags.
    told: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Alias:
    version: str
    weights: dict[str, float] = field(default_factory=dict)
    description: str = ""
    revision: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Function:
    name: str
    arn: str
    versions: list[str]
    reserved: int | None = None
    aliases: dict[str, Alias] = field(default_factory=dict)
    # What GetFunctionConfiguration tells, of all versions alike.
    told: dict[str, Any] = field(default_factory=dict)
    # What Invoke answers: the payload, and the error's sort, where it is one.
    answer: Any = None
    error: str | None = None
    invoked: list[Any] = field(default_factory=list)
    # As it was made: where its code is, its tags, and who may call it, by qualifier.
    code: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str | None, list[dict[str, Any]]] = field(default_factory=dict)


FUNCTIONS: dict[tuple[str, str], dict[str, Function]] = defaultdict(dict)
MAPPINGS: dict[tuple[str, str], dict[str, Mapping]] = defaultdict(dict)


# How many executions an account may have at once in a region, where that is not as usual.
MOST: dict[tuple[str, str], int] = {}


def reset() -> None:
    FUNCTIONS.clear()
    MAPPINGS.clear()
    MOST.clear()
    PAGE["most"] = LARGEST_PAGE


def put(account: str, region: str, name: str, versions: int = 2) -> Function:
    """One that is active, with so many published versions."""
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
    code = base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()
    told = {"State": "Active", "LastUpdateStatus": "Successful", "CodeSha256": code, "Runtime": "python3.13"}
    found = Function(name, arn, [str(number + 1) for number in range(versions)], told=told)
    FUNCTIONS[account, region][name] = found
    return found


def map_source(account: str, region: str, function: str, source: str, enabled: bool) -> Mapping:
    """An event source mapping to the function, or to what of it its qualifier says."""
    found, qualifier = find(account, region, function)
    arn = f"{found.arn}:{qualifier}" if qualifier else found.arn
    name = str(uuid.uuid4())
    own = f"arn:aws:lambda:{region}:{account}:event-source-mapping:{name}"
    mapping = Mapping(name, own, source, arn, "Enabled" if enabled else "Disabled")
    MAPPINGS[account, region][mapping.uuid] = mapping
    return mapping


def parsed(given: str) -> tuple[str, str | None]:
    match = NAME.match(given)
    if not match:
        raise CloudError("ValidationException", f"1 validation error detected: Value '{given}' at 'functionName'")
    return match[1], match[2]


def find(account: str, region: str, given: str) -> tuple[Function, str | None]:
    name, qualifier = parsed(given)
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
    if name not in FUNCTIONS[account, region] or (given.startswith("arn:") and not given.startswith(arn)):
        raise absent(f"Function not found: {given if given.startswith('arn:') else arn}")
    return FUNCTIONS[account, region][name], qualifier


def absent(message: str) -> CloudError:
    return CloudError("ResourceNotFoundException", message, 404)


def version_of(function: Function, qualifier: str | None) -> str:
    if qualifier in function.aliases:
        return function.aliases[qualifier].version
    if qualifier is not None and qualifier not in (*function.versions, LATEST):
        raise absent(f"Function not found: {function.arn}:{qualifier}")
    return qualifier or LATEST


def get_function_configuration(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, qualifier = find(call.account, call.region, given["FunctionName"])
    version = version_of(found, given.get("Qualifier") or qualifier)
    arn = found.arn if version == LATEST else f"{found.arn}:{version}"
    return {"FunctionName": found.name, "FunctionArn": arn, "Version": version} | found.told


def get_function_concurrency(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    return {} if found.reserved is None else {"ReservedConcurrentExecutions": found.reserved}


def put_function_concurrency(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    wanted = given["ReservedConcurrentExecutions"]
    others = [f.reserved or 0 for f in FUNCTIONS[call.account, call.region].values() if f is not found]
    if MOST.get((call.account, call.region), UNRESERVED) - sum(others) - wanted < KEPT_UNRESERVED:
        message = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution"
        raise CloudError("InvalidParameterValueException", f"{message} below its minimum value of [{KEPT_UNRESERVED}].")
    found.reserved = wanted
    return {"ReservedConcurrentExecutions": wanted}


def get_account_settings(call: Call, _: dict[str, Any]) -> dict[str, Any]:
    most = MOST.get((call.account, call.region), UNRESERVED)
    reserved = sum(found.reserved or 0 for found in FUNCTIONS[call.account, call.region].values())
    limit = {"ConcurrentExecutions": most, "UnreservedConcurrentExecutions": most - reserved}
    return {"AccountLimit": limit | {"TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800}}


def delete_function_concurrency(call: Call, given: dict[str, Any]) -> None:
    found, _ = find(call.account, call.region, given["FunctionName"])
    found.reserved = None


def alias_of(call: Call, given: dict[str, Any]) -> tuple[Function, Alias]:
    found, _ = find(call.account, call.region, given["FunctionName"])
    if given["Name"] not in found.aliases:
        raise absent(f"Alias not found: {found.arn}:{given['Name']}")
    return found, found.aliases[given["Name"]]


def get_alias(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, alias = alias_of(call, given)
    told = {"AliasArn": f"{found.arn}:{given['Name']}", "Name": given["Name"], "Description": alias.description}
    told |= {"FunctionVersion": alias.version, "RevisionId": alias.revision}
    return told | ({"RoutingConfig": {"AdditionalVersionWeights": alias.weights}} if alias.weights else {})


def update_alias(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found, alias = alias_of(call, given)
    if given.get("RevisionId") not in (None, alias.revision):
        raise CloudError("PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id.", 412)
    wanted = given.get("FunctionVersion", alias.version)
    weights = alias.weights
    if "RoutingConfig" in given:
        weights = given["RoutingConfig"].get("AdditionalVersionWeights") or {}
    for version in (wanted, *weights):
        if version not in (*found.versions, LATEST):
            raise absent(f"Function not found: {found.arn}:{version}")
    found.aliases[given["Name"]] = Alias(wanted, dict(weights), given.get("Description", alias.description))
    return get_alias(call, given)


def mapping_told(mapping: Mapping) -> dict[str, Any]:
    return {
        "UUID": mapping.uuid,
        "EventSourceMappingArn": mapping.arn,
        "EventSourceArn": mapping.source,
        "FunctionArn": mapping.function_arn,
        "State": mapping.state,
        "StateTransitionReason": "USER_INITIATED",
        "LastModified": mapping.modified,
        "LastProcessingResult": mapping.last_result,
        "BatchSize": 10,
    } | mapping.told


def list_event_source_mappings(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Those of the function, by its name those that are mapped to no alias or version of it."""
    wanted = None
    if given.get("FunctionName"):
        found, qualifier = find(call.account, call.region, given["FunctionName"])
        version_of(found, qualifier)
        wanted = f"{found.arn}:{qualifier}" if qualifier else found.arn
    source = given.get("EventSourceArn")
    all_ = [
        mapping_told(mapping)
        for mapping in MAPPINGS[call.account, call.region].values()
        if wanted in (None, mapping.function_arn) and source in (None, mapping.source)
    ]
    start = int(given.get("Marker") or 0)
    end = start + min(PAGE["most"], int(given.get("MaxItems") or LARGEST_PAGE))
    return {"EventSourceMappings": all_[start:end]} | ({"NextMarker": str(end)} if end < len(all_) else {})


def update_event_source_mapping(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    mapping = MAPPINGS[call.account, call.region].get(given["UUID"])
    if mapping is None:
        raise absent("The resource you requested does not exist.")
    if mapping.state in CHANGING:
        message = f"Cannot update the event source mapping because it is in use. (state: {mapping.state})"
        raise CloudError("ResourceInUseException", message)
    mapping.told |= {name: value for name, value in given.items() if name not in ("UUID", "FunctionName", "Enabled")}
    turn(mapping, given.get("Enabled", mapping.state == "Enabled"))
    return mapping_told(mapping)


def turn(mapping: Mapping, enabled: bool) -> None:
    wanted = "Enabled" if enabled else "Disabled"
    if mapping.state == wanted:
        return
    mapping.state, mapping.modified = ("Enabling" if enabled else "Disabling"), time.time()

    def there() -> None:
        mapping.state = wanted

    CLOCK.in_turn(mapping, [("lambda.mapping", there)], hold=lambda: mapping.stuck)


def invoke(call: Call, given: dict[str, Any]) -> Reply:
    """Asked for its answer at once: 200 whatever the function made of it; a dry run is 204."""
    found, qualifier = find(call.account, call.region, given["FunctionName"])
    version = version_of(found, given.get("Qualifier") or qualifier)
    headers = {"x-amz-executed-version": version}
    if given.get("InvocationType") == "DryRun":
        return Reply(204, headers)
    if found.reserved == 0:
        raise CloudError("TooManyRequestsException", "Rate Exceeded.", 429)
    if found.told["State"] == "Pending":
        raise CloudError("ResourceConflictException", "The operation cannot be performed at this time.", 409)
    payload = given.get("Payload") or b""
    found.invoked.append(payload.decode() if isinstance(payload, bytes) else payload)
    if given.get("InvocationType") == "Event":
        return Reply(202, headers)
    if found.error:
        headers["x-amz-function-error"] = found.error
    return Reply(200, headers, json.dumps(found.answer).encode())


ANSWERS: dict[str, Callable[[Call, dict[str, Any]], Any]] = {
    "GetFunctionConfiguration": get_function_configuration,
    "GetFunctionConcurrency": get_function_concurrency,
    "PutFunctionConcurrency": put_function_concurrency,
    "DeleteFunctionConcurrency": delete_function_concurrency,
    "GetAccountSettings": get_account_settings,
    "GetAlias": get_alias,
    "UpdateAlias": update_alias,
    "ListEventSourceMappings": list_event_source_mappings,
    "UpdateEventSourceMapping": update_event_source_mapping,
    "Invoke": invoke,
}
STATUS = {"DeleteFunctionConcurrency": 204, "UpdateEventSourceMapping": 202}


def answer(call: Call) -> Reply:
    if call.operation not in ANSWERS:
        raise CloudError("NotImplemented", f"The test cloud has no lambda {call.operation}")
    told = ANSWERS[call.operation](call, call.parameters or {})
    headers = {"content-type": "application/json", "x-amzn-requestid": str(uuid.uuid4())}
    if isinstance(told, Reply):
        return Reply(told.status, headers | told.headers, told.body)
    body = b"" if told is None else json.dumps(told).encode()
    return Reply(STATUS.get(call.operation, 200), headers, body)


def described(account: str, region: str) -> dict[str, Any]:
    """For the state: functions with their aliases, and what events come to them."""
    mappings = list(MAPPINGS[account, region].values())
    return {
        name: {
            "reserved": found.reserved,
            "aliases": {alias: [it.version, it.weights] for alias, it in found.aliases.items()},
            "mappings": {it.source: it.state for it in mappings if parsed(it.function_arn)[0] == name},
            "invoked": found.invoked,
        }
        for name, found in FUNCTIONS[account, region].items()
    }


# Knobs (POST /_cloud/knob)


def knob_function(
    region: str,
    function: str,
    reserved: int | None = None,
    alias: dict[str, Any] | None = None,
    answer: Any = None,
    error: str | None = None,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
    **told: Any,
) -> None:
    """The function, made where it is not there, comes to be so: `reserved` (-1: not at all), `alias` as {name: [version,
    weights]}, what Invoke answers and whether that is an `error`, it is no more (`gone`); and whatever
    GetFunctionConfiguration tells (`State`, `StateReason`, `LastUpdateStatus`, `CodeSha256`, …)."""
    there = FUNCTIONS[account, region]
    if gone:
        del there[function]
        return
    found = there.get(function) or put(account, region, function)
    if reserved is not None:
        found.reserved = None if reserved < 0 else reserved
    for name, (version, weights) in (alias or {}).items():
        found.aliases[name] = Alias(version, weights)
    found.answer, found.error = answer, error
    found.told |= told


def knob_mapping(
    region: str,
    function: str,
    source: str,
    state: str | None = None,
    last_result: str | None = None,
    stuck: bool | None = None,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The function's mapping of that source, made where it is not there, is in `state`, tells this of its last processing,
    stays in what it is changing to (`stuck`)."""
    found, qualifier = find(account, region, function)
    arn = f"{found.arn}:{qualifier}" if qualifier else found.arn
    own = [it for it in MAPPINGS[account, region].values() if (it.source, it.function_arn) == (source, arn)]
    mapping = own[0] if own else map_source(account, region, function, source, True)
    if state is not None:
        CLOCK.cancel(mapping)
        mapping.state = state
    if last_result is not None:
        mapping.last_result = last_result
    if stuck is not None:
        mapping.stuck = stuck


def knob_mapping_page(size: int = LARGEST_PAGE) -> None:
    """So many mappings at most in an answer that lists them."""
    PAGE["most"] = size


def knob_executions(region: str, most: int, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The account may have so many executions of functions at once in the region."""
    MOST[account, region] = most
