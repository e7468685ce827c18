"""What a request is (service, region, operation, parameters), and the log of every call received."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import cbor2
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from

SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)$")
# SigV4 signing names that differ from the names used in the control API (those of the SDK crates).
SERVICE_OF_SIGNING_NAME = {"elasticloadbalancing": "elasticloadbalancingv2", "monitoring": "cloudwatch"}
MODEL_OF_SERVICE = {"elasticloadbalancingv2": "elbv2"}
# AssumeRole only hands out credentials: it changes nothing that an audit must not change.
READ_ONLY = ("Describe", "List", "Get", "Head", "TestDNSAnswer", "Filter", "AssumeRole", "Simulate")
# What gives out a secret is no look, though it changes nothing.
SECRETS_TOLD = ("GetSecretValue", "BatchGetSecretValue")


@dataclass
class Request:
    """One HTTP request, whole."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def moto(self) -> MotoRequest:
        """For identifying the call."""
        return self.for_moto()

    def for_moto(self) -> MotoRequest:
        """A new one each time: its body can be read once only."""
        url = f"http://{self.headers.get('host', 'localhost')}{self.target}"
        request = MotoRequest.from_primitives(self.method, url, self.headers, self.body)
        request.environ["RAW_URI"] = self.target
        return request


@dataclass
class Call:
    """One AWS call: the log's entry for it. `at` is seconds since the epoch."""

    n: int
    at: float
    service: str
    region: str
    operation: str
    account: str
    access_key: str
    read_only: bool
    protocol: str
    parameters: Any = None
    status: int | None = None
    error_code: str | None = None
    executed: bool = False
    fault: str | None = None
    fault_id: str | None = None
    needs: list[str] = field(default_factory=list)


class CallLog:
    """Calls in the order they arrived; numbers go on over a clearing."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def arrived(self, request: Request) -> Call:
        """Enters the request, identified as far as it can be."""
        call = identify(request)
        with self._lock:
            call.n = next(self._numbers)
            self._calls.append(call)
        return call

    def clear(self) -> None:
        with self._lock:
            self._calls = []

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(call) for call in self._calls]


def identify(request: Request) -> Call:
    """Service and region come from the SigV4 credential scope; an unsigned request has neither."""
    scope = SCOPE.search(request.headers.get("authorization", ""))
    access_key, region, signing_name = scope.groups() if scope else ("", "", "")
    service = SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)
    protocol = protocol_of(request, service)
    operation, path_parameters = operation_of(request, service, protocol)
    account = request.headers.get("x-moto-account-id") or get_account_id_from(access_key)
    parameters = parameters_of(request, service, protocol, operation, path_parameters)
    tells_a_secret = operation in SECRETS_TOLD or bool(isinstance(parameters, dict) and parameters.get("WithDecryption"))
    return Call(
        n=0,
        at=time.time(),
        service=service,
        region=region,
        operation=operation,
        account=account,
        access_key=access_key,
        read_only=operation.startswith(READ_ONLY) and not tells_a_secret,
        protocol=protocol,
        parameters=parameters,
    )


def protocol_of(request: Request, service: str) -> str:
    if CBOR_PATH.search(request.path):
        return "cbor"
    if "x-amz-target" in request.headers:
        return "json"
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "ec2" if service == "ec2" else "query"
    return {"route53": "rest-xml", "s3": "s3"}.get(service, "rest-json")


def operation_of(request: Request, service: str, protocol: str) -> tuple[str, dict[str, Any]]:
    """The operation's name and the parameters that are part of its path; no name if it has none."""
    if protocol == "cbor":
        found = CBOR_PATH.search(request.path)
        return (found[1] if found else ""), {}
    if protocol == "json":
        return request.headers["x-amz-target"].rpartition(".")[2], {}
    if protocol in ("query", "ec2"):
        return request.moto.values.get("Action", ""), {}
    try:
        operation, path_parameters = get_service_router(service).match(request.moto)
    except (NotFound, NotImplementedError, LookupError, ValueError):
        return "", {}
    return str(operation.name), dict(path_parameters)


def parameters_of(
    request: Request, service: str, protocol: str, operation: str, path_parameters: dict[str, Any]
) -> Any:
    """The decoded parameters, or none when the request is not what its operation's model says."""
    try:
        if protocol == "cbor":
            return cbor2.loads(request.body) if request.body else {}
        if protocol == "json":
            return json.loads(request.body or b"{}")
        model = get_service_model(MODEL_OF_SERVICE.get(service, service)).operation_model(operation)
        return PROTOCOL_PARSERS["rest-xml" if protocol == "s3" else protocol](model).parse(
            {
                "method": request.method,
                "values": request.moto.values,
                "headers": request.moto.headers,
                "body": request.body,
                "url_path": request.path,
                "url_params": path_parameters,
            }
        )
    except Exception:
        return None
