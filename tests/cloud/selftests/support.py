"""A running cloud, clients for it, and waiting for conditions."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import cbor2
from botocore.config import Config
from botocore.exceptions import ClientError

SERVER = Path(__file__).parent.parent / "server.py"
EAST, WEST = "us-east-1", "us-west-2"
STAGE_SECONDS = 0.1
# Long enough for a busy machine to look in on each stage of a change.
VISIBLE_SECONDS = 0.4
PATIENCE = 15.0

PLAN = """
[application]
name = "storefront"
primary = "us-east-1"
recovery = "us-west-2"
rto = "15m"
rpo = "60s"

[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"

[component.front]
kind = "load-balancer"
name = "front"
target_group = "api"
healthy = 2

[component.api]
kind = "ecs"
cluster = "storefront"
service = "api"
desired = 4
min = 2
target_group = "api"
environment = { DATABASE_HOST = "${orders-db.endpoint}", MODE = "active" }

[component.dns]
kind = "route53"
zone = "Z123"
record = "shop.example.com."
alias = { dns_name = "${front.dns_name}", zone_id = "${front.zone_id}" }

[component.split]
kind = "route53"
zone = "Z123"
record = "split.example.com"
type = "CNAME"
ttl = 5
weights = { east = 0, west = 100 }

[component.smoke]
kind = "http"
url = "https://shop.example.com/health"
"""

endpoint = ""
# `HOST:PORT` of the name servers, and of the resolver of the VPCs.
dns = dns_private = ""


@contextmanager
def running_cloud() -> Iterator[None]:
    global endpoint, dns, dns_private
    command = [sys.executable, str(SERVER), "--stage-seconds", str(STAGE_SECONDS), "--exit-with-stdin"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    first = json.loads(process.stdout.readline())
    endpoint, dns, dns_private = first["endpoint"], first["dns"], first["dns_private"]
    try:
        yield
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            # Calls that hang still hold it; nothing more is asked of it.
            process.kill()
            process.wait()


@cache
def client(service: str, region: str = WEST, **options: Any) -> Any:
    """One attempt only and a short patience, so that faults are seen as they are."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint + options.pop("path", ""),
        aws_access_key_id=options.pop("key", "AKIATEST"),
        aws_secret_access_key="secret",
        aws_session_token=options.pop("token", None),
        config=Config(retries={"total_max_attempts": 1}, read_timeout=options.pop("read_timeout", PATIENCE)),
    )


def control(method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{endpoint}/_cloud{path}", data=data, method=method)
    request.add_header("content-type", content_type)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def knob(name: str, **settings: Any) -> None:
    control("POST", "/knob", {"knob": name, **settings})


def fault(kind: str, **settings: Any) -> str:
    return control("POST", "/fault", {"kind": kind, **settings})["id"]


def calls(operation: str) -> list[dict[str, Any]]:
    return [call for call in control("GET", "/calls") if call["operation"] == operation]


def raw(signing_name: str, body: bytes | None, headers: dict[str, str], path: str = "/", region: str = WEST) -> Any:
    """(status, body) of a call made by hand, signed only if there is a name to sign for."""
    request = urllib.request.Request(f"{endpoint}{path}", data=body, headers=headers)
    if signing_name:
        scope = f"AKIATEST/20260101/{region}/{signing_name}/aws4_request"
        request.add_header("authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def cbor(operation: str, params: Any, region: str = WEST) -> tuple[int, Any]:
    """A CloudWatch call as the Rust SDK makes it."""
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
    status, answer = raw("monitoring", cbor2.dumps(params), headers, path, region)
    return status, cbor2.loads(answer)


def wait_until(what: str, condition: Callable[[], Any]) -> Any:
    """What the condition gives once it is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"never came true: {what}")


class CloudTest(unittest.TestCase):
    """An empty cloud for each test, with the usual durations."""

    maxDiff = None

    def setUp(self) -> None:
        control("POST", "/reset")

    def seed(self, plan: str = PLAN) -> Any:
        return control("POST", "/seed", plan, "application/toml")

    def refused(self, code: str, call: Callable[..., Any], *args: Any, status: int = 400, **kwargs: Any) -> str:
        """The message of the modelled error that the call must end in."""
        with self.assertRaises(ClientError) as caught:
            call(*args, **kwargs)
        error = caught.exception.response
        self.assertEqual((code, status), (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]))
        return error["Error"]["Message"]
