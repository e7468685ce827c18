"""Systems Manager Automation, of our own: moto has no executions.

Follows the Systems Manager API Reference of StartAutomationExecution (ClientToken: the same again is the same execution, with
other parameters it is IdempotentParameterMismatch; parameters that the document has not, or has to have and are not given,
are InvalidAutomationExecutionParametersException), GetAutomationExecution, DescribeDocument, and the User Guide ("Automation
statuses"). Documents are made by seeding and by the knob. What is not here is moto's.
"""

from __future__ import annotations

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

TOKEN = re.compile(r"^[a-fA-F0-9]{8}-([a-fA-F0-9]{4}-){3}[a-fA-F0-9]{12}$")
OVER = ("Success", "Failed", "TimedOut", "Cancelled", "Rejected", "CompletedWithSuccess", "CompletedWithFailure", "Exited")


@dataclass
class Execution:
    id: str
    document: str
    version: str
    parameters: dict[str, list[str]]
    token: str | None
    # Where it is started with a token, what it was started with.
    asked: dict[str, Any]
    status: str = "Pending"
    failure: str | None = None
    started: float = field(default_factory=time.time)


@dataclass
class Document:
    name: str
    # By name: the default, or none where it has to be given.
    parameters: dict[str, str | None] = field(default_factory=dict)
    status: str = "Active"
    sort: str = "Automation"
    versions: int = 1
    # How its executions end, and with what words.
    ends: str = "Success"
    failure: str | None = None
    # What they wait in, if they do.
    waits: str | None = None


DOCUMENTS: dict[tuple[str, str], dict[str, Document]] = defaultdict(dict)
EXECUTIONS: dict[tuple[str, str], dict[str, Execution]] = defaultdict(dict)


def reset() -> None:
    DOCUMENTS.clear()
    EXECUTIONS.clear()


def put(account: str, region: str, name: str, parameters: dict[str, str | None] | None = None) -> Document:
    found = DOCUMENTS[account, region].setdefault(bare(name), Document(bare(name)))
    found.parameters |= parameters or {}
    return found


def bare(given: str) -> str:
    """The name in an ARN of a document; or the name itself."""
    return given.rpartition("/")[2] if given.startswith("arn:") else given


def find(call: Call, given: str, code: str) -> Document:
    found = DOCUMENTS[call.account, call.region].get(bare(given))
    if found is None or (given.startswith("arn:") and f":{call.region}:" not in given):
        raise CloudError(code, f"Document {given} does not exist in your account")
    return found


def version_of(found: Document, given: str | None, code: str) -> str:
    if given in (None, "$DEFAULT"):
        return "1"
    if given == "$LATEST":
        return str(found.versions)
    if not given.isdigit() or not 1 <= int(given) <= found.versions:
        raise CloudError(code, f"The document version {given} is not valid or does not exist.")
    return given


def describe_document(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found = find(call, given["Name"], "InvalidDocument")
    version = version_of(found, given.get("DocumentVersion"), "InvalidDocumentVersion")
    parameters = [
        {"Name": name, "Type": "String"} | ({} if default is None else {"DefaultValue": default})
        for name, default in found.parameters.items()
    ]
    told = {"Name": found.name, "DocumentType": found.sort, "Status": found.status, "DocumentVersion": version}
    told |= {"LatestVersion": str(found.versions), "DefaultVersion": "1", "Owner": call.account, "SchemaVersion": "0.3"}
    return {"Document": told | ({"Parameters": parameters} if parameters else {})}


def start(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    token = given.get("ClientToken")
    if token is not None and not TOKEN.match(token):
        raise CloudError("ValidationException", f"Value '{token}' at 'clientToken' failed to satisfy constraint")
    asked = {name: given.get(name) for name in ("DocumentName", "DocumentVersion", "Parameters")}
    for found in EXECUTIONS[call.account, call.region].values():
        if token is not None and found.token == token:
            if found.asked != asked:
                raise CloudError("IdempotentParameterMismatch", "The token was used with other parameters.")
            return {"AutomationExecutionId": found.id}
    document = find(call, given["DocumentName"], "AutomationDefinitionNotFoundException")
    if document.sort != "Automation":
        raise CloudError("AutomationDefinitionNotFoundException", f"{document.name} is no Automation document")
    version = version_of(document, given.get("DocumentVersion"), "AutomationDefinitionVersionNotFoundException")
    parameters = given.get("Parameters") or {}
    strange = parameters.keys() - document.parameters.keys()
    missing = {name for name, default in document.parameters.items() if default is None} - parameters.keys()
    if strange or missing:
        message = f"Parameters that it has not: {sorted(strange)}; that it has to have: {sorted(missing)}"
        raise CloudError("InvalidAutomationExecutionParametersException", message)
    execution = Execution(str(uuid.uuid4()), document.name, version, parameters, token, asked)
    EXECUTIONS[call.account, call.region][execution.id] = execution
    go_on(execution, document)
    return {"AutomationExecutionId": execution.id}


def go_on(execution: Execution, document: Document) -> None:
    def going() -> None:
        execution.status = document.waits or "InProgress"

    def over() -> None:
        execution.status, execution.failure = document.ends, document.failure

    def waits() -> bool:
        if execution.status != "Pending":
            execution.status = document.waits or "InProgress"
        return execution.status != "Pending" and document.waits is not None

    CLOCK.in_turn(execution, [("ssm.automation", going), ("ssm.automation", over)], hold=waits)


def get(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found = EXECUTIONS[call.account, call.region].get(given["AutomationExecutionId"])
    if found is None:
        raise CloudError("AutomationExecutionNotFoundException", "The execution does not exist.")
    told = {
        "AutomationExecutionId": found.id,
        "DocumentName": found.document,
        "DocumentVersion": found.version,
        "AutomationExecutionStatus": found.status,
        "ExecutionStartTime": found.started,
        "Parameters": found.parameters,
        "Mode": "Auto",
    }
    told |= {} if found.status in ("Pending", *OVER) else {"CurrentStepName": "first"}
    return {"AutomationExecution": told | ({"FailureMessage": found.failure} if found.failure else {})}


ANSWERS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]] = {
    "DescribeDocument": describe_document,
    "StartAutomationExecution": start,
    "GetAutomationExecution": get,
}


def answers(call: Call) -> bool:
    return call.service == "ssm" and call.operation in ANSWERS


def answer(call: Call) -> Reply:
    told = ANSWERS[call.operation](call, call.parameters or {})
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": str(uuid.uuid4())}
    return Reply(200, headers, json.dumps(told).encode())


def described(account: str) -> dict[str, Any]:
    """For the state: by region, what was executed, in order, and how that is."""
    return {
        region: [[it.document, it.parameters, it.status] for it in found.values()]
        for (owner, region), found in list(EXECUTIONS.items())
        if owner == account and found
    }


# Knobs (POST /_cloud/knob)


def knob_automation(
    region: str,
    document: str,
    ends: str = "Success",
    failure: str | None = None,
    waits: str | None = None,
    parameters: dict[str, str | None] | None = None,
    status: str = "Active",
    sort: str = "Automation",
    versions: int = 1,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The document, made where it is not there: how its executions end (`ends`, with `failure` for words), what they wait in
    (`waits`), its `parameters` (name: default, or null where it has to be given), `status`, `sort`, how many `versions`;
    or it is no more (`gone`)."""
    if gone:
        del DOCUMENTS[account, region][document]
        return
    found = put(account, region, document, parameters)
    found.ends, found.failure, found.waits = ends, failure, waits
    found.status, found.sort, found.versions = status, sort, versions
