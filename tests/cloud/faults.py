"""Faults that tests put between the caller and the cloud, by service, region and operation."""

from __future__ import annotations

import itertools
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from calls import Call
from errors import CloudError, Reply, access_denied, expired_token, throttled

KINDS = ("delay", "hang", "drop", "reply-lost", "throttle", "error", "access-denied")
KINDS += ("expired-token", "page", "blank", "cut", "drip")
ALIASES = {"elbv2": "elasticloadbalancingv2", "elasticloadbalancing": "elasticloadbalancingv2"}
ALIASES |= {"monitoring": "cloudwatch"}
# Signed for us-east-1 wherever they are called from: a dark region does not take them along.
GLOBAL_SERVICES = ("route53", "sts")


DARKNESS: list[Darkness] = []


class Dropped(Exception):
    """The connection is to be closed without a reply."""


@dataclass
class Fault:
    """`times` is how many more calls it hits; none is without end. `access_key` is the key that hit calls are signed with."""

    id: str
    kind: str
    service: str | None = None
    region: str | None = None
    operation: str | None = None
    access_key: str | None = None
    times: int | None = None
    seconds: float = 1.0
    code: str = "InternalFailure"
    status: int = 500
    message: str | None = None
    removed: threading.Event = field(default_factory=threading.Event)

    def hits(self, call: Call) -> bool:
        if self.times == 0:
            return False
        if self.region and not self.service and call.service in GLOBAL_SERVICES:
            return False
        wanted = (
            (self.service, call.service),
            (self.region, call.region),
            (self.operation, call.operation),
            (self.access_key, call.access_key),
        )
        return all(want in (None, "*", found) for want, found in wanted)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "removed"}


@dataclass
class Darkness:
    """When nothing of a region answered: from the fault's coming until it went, in seconds since the epoch."""

    fault_id: str
    region: str
    since: float
    until: float | None = None


def is_dark(fault: Fault) -> bool:
    """Everything of the region hangs or is dropped, and goes on so."""
    narrower = (fault.service, fault.operation, fault.access_key)
    return (
        fault.kind in ("hang", "drop")
        and bool(fault.region)
        and fault.times is None
        and not any(what not in (None, "*") for what in narrower)
    )


def was_dark(region: str, moment: float) -> bool:
    return any(d.region == region and d.since <= moment and (d.until is None or moment < d.until) for d in DARKNESS)


class Faults:
    """The faults in force, oldest first; one call meets the first that hits it."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, kind: str, **wanted: Any) -> Fault:
        if kind not in KINDS:
            raise ValueError(f"no fault kind {kind!r}; the kinds are {', '.join(KINDS)}")
        if "service" in wanted:
            wanted["service"] = ALIASES.get(wanted["service"], wanted["service"])
        with self._lock:
            fault = Fault(id=f"fault-{next(self._numbers)}", kind=kind, **wanted)
            self._faults[fault.id] = fault
        if is_dark(fault):
            DARKNESS.append(Darkness(fault.id, fault.region, time.time()))
        return fault

    def remove(self, fault_id: str) -> bool:
        with self._lock:
            fault = self._faults.pop(fault_id, None)
        if fault is None:
            return False
        fault.removed.set()
        for darkness in DARKNESS:
            if darkness.fault_id == fault_id:
                darkness.until = time.time()
        return True

    def clear(self) -> None:
        for fault_id in list(self._faults):
            self.remove(fault_id)

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_json() for fault in self._faults.values()]

    def meet(self, call: Call) -> Fault | None:
        """The fault that hits this call; it counts as one of its times."""
        with self._lock:
            for fault in self._faults.values():
                if fault.hits(call):
                    if fault.times is not None:
                        fault.times -= 1
                    call.fault = fault.kind
                    call.fault_id = fault.id
                    return fault
        return None


def answer_instead(fault: Fault) -> Reply | None:
    """What a proxy on the way answers in the cloud's place; nothing for other kinds."""
    if fault.kind == "blank":
        return Reply(200, {}, b"")
    if fault.kind != "page":
        return None
    body = b"<html><head><title>Gateway</title></head><body><h1>The server is not reachable</h1></body></html>"
    return Reply(fault.status, {"content-type": "text/html"}, body, f"HTTP {fault.status}")


def suffer(fault: Fault, call: Call, connection: socket.socket) -> None:
    """Does what the fault does before the call is carried out; returns if it is to be carried out."""
    if fault.kind == "delay":
        time.sleep(fault.seconds)
    elif fault.kind == "hang":
        hang(fault, connection)
    elif fault.kind == "drop":
        raise Dropped
    elif fault.kind == "throttle":
        raise throttled(call.protocol)
    elif fault.kind == "access-denied":
        raise access_denied(call.protocol, f"{call.service}:{call.operation}")
    elif fault.kind == "expired-token":
        raise expired_token(call.protocol)
    elif fault.kind == "error":
        raise CloudError(fault.code, fault.message or f"{fault.code} (a fault of the test cloud)", fault.status)


def hang(fault: Fault, connection: socket.socket) -> None:
    """Waits until the fault is removed (then the call goes on) or the caller has gone (then it is not carried out)."""
    removed = False
    while not removed:
        removed = fault.removed.wait(0.05)
        if gone(connection):
            raise Dropped


def gone(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    if not readable:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
