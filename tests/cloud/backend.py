"""Carries out one AWS call: CloudWatch's CBOR, Lambda and routing controls by our own hand, all else by moto under the fidelity layer."""

from __future__ import annotations

import re
import sys
import traceback
import uuid

from botocore.model import OperationNotFoundError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

import accelerators
import aurora  # noqa: F401 - imported for what it changes in moto, like those below
import automations
import autoscaling  # noqa: F401
import acm  # noqa: F401
import buckets
import cache_clusters  # noqa: F401
import cloudwatch
import dynamodb  # noqa: F401
import ec2  # noqa: F401
import ec2_networks  # noqa: F401
import ecs  # noqa: F401
import elasticache  # noqa: F401
import elbv2  # noqa: F401
import events  # noqa: F401
import function_making  # noqa: F401
import functions
import iam  # noqa: F401
import kms  # noqa: F401
import lifecycles
import logs  # noqa: F401
import nodegroups
import parameter_groups  # noqa: F401
import parameters  # noqa: F401
import queues  # noqa: F401
import quotas
import rds  # noqa: F401
import restores  # noqa: F401
import route53  # noqa: F401
import route53_protections  # noqa: F401
import routing_controls
import scaling  # noqa: F401
import schedules  # noqa: F401
import secrets_manager  # noqa: F401
import sts  # noqa: F401
import tagged  # noqa: F401
from calls import Call, Request
from errors import CloudError, Reply, render

# What moto carries out, by its own names.
SERVICES = (
    "acm", "applicationautoscaling", "autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "elasticache", "elbv2",
    "iam", "kms", "logs", "rds", "resourcegroupstaggingapi", "route53", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts",
)
MOTO = DomainDispatcherApplication(create_backend_app)
CODE_IN_XML = re.compile(rb"<Code>([^<]+)</Code>")
CODE_IN_JSON = re.compile(rb'"__type": ?"([^"]+)"')


def carry_out(request: Request, call: Call) -> Reply:
    """Always answers in the service's protocol: an error is a modelled one, whatever went wrong."""
    try:
        if not call.service:
            raise CloudError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        if not call.operation:
            raise CloudError("InvalidAction", f"No operation of {call.service} is at {request.method} {request.path}")
        if call.parameters is None and call.protocol in ("json", "cbor"):
            raise CloudError("SerializationException", f"The body is not {call.protocol.upper()}")
        if call.protocol == "cbor":
            return cbor_call(call)
        if call.service == "lambda":
            return functions.answer(call)
        if call.service == "eks":
            return nodegroups.answer(call)
        if call.service == "globalaccelerator":
            return accelerators.answer(call)
        if call.service == "servicequotas":
            return quotas.answer(call)
        if automations.answers(call):
            return automations.answer(call)
        if call.service == "route53-recovery-cluster":
            return routing_controls.answer(request, call)
        if call.service == "s3":
            return s3_call(request, call)
        return moto_call(request, call)
    except CloudError as error:
        return render(call.protocol, error)
    except (NotImplementedError, OperationNotFoundError):
        return render(call.protocol, not_implemented(call))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        return render(call.protocol, CloudError("InternalFailure", f"{type(error).__name__}: {error}", 500))


def not_implemented(call: Call) -> CloudError:
    return CloudError("NotImplemented", f"The test cloud has no {call.service} {call.operation}")


def cbor_call(call: Call) -> Reply:
    if call.service != "cloudwatch":
        raise not_implemented(call)
    return cloudwatch.cbor_answer(call.account, call.region, call.operation, call.parameters)


def s3_call(request: Request, call: Call) -> Reply:
    """Every answer has an id of its own."""
    try:
        buckets.require_here(call)
        reply = moto_call(request, call)
        if call.operation in lifecycles.PUTS and reply.status < 300:
            lifecycles.put(call, buckets.find(call.account, call.parameters["Bucket"]))
        reply.body = buckets.as_s3_names_it(call.operation, reply.body)
    except CloudError as error:
        reply = render("s3", error)
        if isinstance(error, buckets.Elsewhere):
            reply.headers["x-amz-bucket-region"] = error.region
    reply.headers.setdefault("x-amz-request-id", uuid.uuid4().hex[:16].upper())
    return reply


def moto_call(request: Request, call: Call) -> Reply:
    chunks, status_line, headers = run_wsgi_app(MOTO, request.for_moto().environ, buffered=True)
    status, body = int(status_line.split()[0]), b"".join(chunks)
    if status >= 400 and headers.get("content-type", "").startswith("text/html") and b"<!doctype html" in body[:100]:
        raise not_implemented(call)
    return Reply(status, dict(headers), body, error_code_of(status, body))


def error_code_of(status: int, body: bytes) -> str | None:
    if status < 400:
        return None
    found = CODE_IN_XML.search(body) or CODE_IN_JSON.search(body)
    return found[1].decode() if found else None
