"""The test cloud as one thing: what comes in, the faults it meets, what is done, what goes back."""

from __future__ import annotations

import socket
import threading

from moto.moto_api._internal.models import moto_api_backend

import accelerators
import alarms
import aurora_lag
import acm
import automations
import backend
import cloudwatch
import datastore_lag
import dynamodb
import ec2
import elasticache
import faults
import functions
import health_checks
import iam
import nodegroups
import policy
import replica_lag
import restores
import quotas
import route53
import routing_controls
import secrets_manager
import sts
from calls import Call, CallLog, Request
from clock import CLOCK
from errors import CloudError, Reply, render
from faults import Dropped, Faults, answer_instead, suffer


class Cloud:
    """One call is carried out at a time (moto's models are not made for threads); faults hold up only their own."""

    def __init__(self) -> None:
        self.calls = CallLog()
        self.faults = Faults()
        self.lock = threading.RLock()

    def answer(self, request: Request, connection: socket.socket) -> Reply:
        """The reply, or `Dropped` if there is to be none."""
        with self.lock:
            call = self.calls.arrived(request)
        fault = self.faults.meet(call)
        if fault is not None:
            page = answer_instead(fault)
            if page is not None:
                return noted(call, page)
            try:
                suffer(fault, call, connection)
            except CloudError as error:
                return noted(call, render(call.protocol, error))
        try:
            with self.lock:
                policy.check(call)
        except CloudError as error:
            return noted(call, render(call.protocol, error))
        with self.lock:
            CLOCK.advance()
            call.executed = True
            reply = noted(call, backend.carry_out(request, call))
        if fault is not None and fault.kind == "reply-lost":
            raise Dropped
        if fault is not None and fault.kind in ("cut", "drip"):
            reply.how = fault.kind
        return reply

    def reset(self) -> None:
        """An empty cloud: no resources, no faults, no calls, the durations it was started with."""
        self.faults.clear()
        with self.lock:
            CLOCK.reset()
            moto_api_backend.reset()
            route53.reset()
            acm.reset()
            iam.reset()
            ec2.reset()
            alarms.reset()
            restores.reset()
            nodegroups.reset()
            accelerators.reset()
            quotas.reset()
            functions.reset()
            routing_controls.reset()
            automations.reset()
            cloudwatch.METRICS.clear()
            replica_lag.reset()
            elasticache.reset()
            datastore_lag.reset()
            secrets_manager.reset()
            dynamodb.reset()
            aurora_lag.reset()
            faults.DARKNESS.clear()
            health_checks.reset()
            policy.reset()
            sts.ABSENT_ROLES.clear()
            self.calls.clear()


def noted(call: Call, reply: Reply) -> Reply:
    call.status = reply.status
    call.error_code = reply.error_code
    return reply
