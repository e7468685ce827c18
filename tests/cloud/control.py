"""The control API under /_cloud: how tests steer the cloud and see what it was asked. Never in the call log."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException

import accelerators
import alarms
import aurora
import aurora_lag
import automations
import autoscaling
import acm
import bucket_metrics
import buckets
import cloudwatch
import datastore_lag
import datastores
import dynamodb
import ecr
import ec2
import ecs
import elasticache
import elbv2
import events
import functions
import kms
import iam
import logs
import nodegroups
import policy
import queues
import quotas
import rds
import replica_lag
import restores
import route53
import routing_controls
import scaling
import schedules
import secrets_manager
import state
import sts
import table_lag
import world
from calls import Request
from clock import CLOCK
from cloud import Cloud
from errors import Reply

PREFIX = "/_cloud"

KNOBS: dict[str, Callable[..., None]] = {
    "promotion-stuck": rds.knob_promotion_stuck,
    "instance-status": rds.knob_instance_status,
    "replication": rds.knob_replication,
    "db-certificate": rds.knob_certificate,
    "lag": replica_lag.knob_lag,
    "lag-timing": replica_lag.knob_lag_timing,
    "datastore-move": datastores.knob_datastore_move,
    "datastore-status": datastores.knob_datastore_status,
    "cache-status": elasticache.knob_cache_status,
    "cache-nodes": elasticache.knob_cache_nodes,
    "cache-zones": elasticache.knob_cache_zones,
    "cache-page": elasticache.knob_cache_page,
    "cache-lag": datastore_lag.knob_cache_lag,
    "cache-lag-dimension": datastore_lag.knob_cache_lag_dimension,
    "objects-fail": buckets.knob_objects_fail,
    "versioning": buckets.knob_versioning,
    "bucket-metric": bucket_metrics.knob_bucket_metric,
    "replica-status": dynamodb.knob_replica_status,
    "index-status": dynamodb.knob_index_status,
    "table-lists-itself": dynamodb.knob_table_lists_itself,
    "table-lag": table_lag.knob_table_lag,
    "global-move": aurora.knob_global_move,
    "fence-times-out": aurora.knob_fence_times_out,
    "rejoin-stuck": aurora.knob_rejoin_stuck,
    "cluster": aurora.knob_cluster,
    "aurora-lag": aurora_lag.knob_aurora_lag,
    "aurora-lag-older": aurora_lag.knob_aurora_lag_older,
    "role-denies": iam.knob_role_denies,
    "network": ec2.knob_network,
    "role-trusts": iam.knob_role_trusts,
    "simulation-page": iam.knob_simulation_page,
    "certificate": acm.knob_certificate,
    "certificate-page": acm.knob_certificate_page,
    "function": functions.knob_function,
    "executions": functions.knob_executions,
    "mapping": functions.knob_mapping,
    "mapping-page": functions.knob_mapping_page,
    "rule": events.knob_rule,
    "queue": queues.knob_queue,
    "quota": quotas.knob_quota,
    "backup": restores.knob_backup,
    "schedule": schedules.knob_schedule,
    "nodegroup": nodegroups.knob_nodegroup,
    "accelerator": accelerators.knob_accelerator,
    "alarm": alarms.knob_alarm,
    "alarm-page": alarms.knob_alarm_page,
    "tasks-crash": ecs.knob_tasks_crash,
    "unplaceable": ecs.knob_unplaceable,
    "scaling-alarm": scaling.knob_scaling_alarm,
    "capacity-short": autoscaling.knob_capacity_short,
    "group-instances": autoscaling.knob_group_instances,
    "group-alarm": autoscaling.knob_group_alarm,
    "target-health": elbv2.knob_target_health,
    "changes-stuck": route53.knob_changes_stuck,
    "name-servers": route53.knob_name_servers,
    "health-check": route53.knob_health_check,
    "asked-from": route53.knob_asked_from,
    "automation": automations.knob_automation,
    "arc-endpoint": routing_controls.knob_arc_endpoint,
    "arc-control": routing_controls.knob_arc_control,
    "arc-rule": routing_controls.knob_arc_rule,
    "arc-page": routing_controls.knob_arc_page,
    "policy": policy.knob_policy,
    "role-absent": sts.knob_role_absent,
    "key-state": kms.knob_key_state,
    "secret-replication": secrets_manager.knob_secret_replication,
    "secret-rotation": secrets_manager.knob_secret_rotation,
    "secret-deleted": secrets_manager.knob_secret_deleted,
}


class Date:
    """How far the time that the cloud tells is ahead of this machine's."""

    ahead = 0.0


def ahead_seconds() -> float:
    return Date.ahead


def knob_date(ahead: float = 0.0) -> None:
    Date.ahead = ahead


KNOBS["date"] = knob_date


class BadRequest(Exception):
    """What the test asked for makes no sense; the message says why."""


class Control:
    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        # Where the server listens, once it does.
        self.endpoint: str | None = None
        self.routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "/ready"): lambda _: {"ready": True},
            ("POST", "/reset"): self.reset,
            ("POST", "/stages"): self.stages,
            ("POST", "/knob"): self.knob,
            ("POST", "/metric"): self.metric,
            ("POST", "/image"): self.image,
            ("POST", "/call"): self.call,
            ("POST", "/log"): self.log,
            ("POST", "/seed"): self.seed,
            ("GET", "/state"): self.state,
            ("GET", "/calls"): lambda _: cloud.calls.as_json(),
            ("DELETE", "/calls"): lambda _: cloud.calls.clear(),
            ("POST", "/fault"): self.fault,
            ("GET", "/faults"): lambda _: cloud.faults.as_json(),
            ("DELETE", "/faults"): lambda _: cloud.faults.clear(),
        }

    def answer(self, request: Request) -> Reply:
        """JSON back; 400 with an `error` when the request can't be carried out."""
        path = request.path.removeprefix(PREFIX)
        if request.method == "DELETE" and path.startswith("/fault/"):
            return self.remove_fault(path.removeprefix("/fault/"))
        route = self.routes.get((request.method, path))
        if route is None:
            return as_reply(404, {"error": f"no {request.method} {request.path}"})
        try:
            result = route(request)
        except (BadRequest, ServiceException, TypeError, ValueError, KeyError) as error:
            return as_reply(400, {"error": f"{type(error).__name__}: {error}"})
        return as_reply(200, {"ok": True} if result is None else result)

    def reset(self, _: Request) -> None:
        Date.ahead = 0.0
        self.cloud.reset()

    def stages(self, request: Request) -> dict[str, float]:
        """Sets durations in seconds by stage; answers all that are set."""
        wanted = {name: float(seconds) for name, seconds in body_of(request).items()}
        with self.cloud.lock:
            CLOCK.durations |= wanted
            return CLOCK.durations

    def knob(self, request: Request) -> None:
        wanted = body_of(request)
        name = wanted.pop("knob", None)
        if name not in KNOBS:
            raise BadRequest(f"no knob {name!r}; the knobs are {', '.join(KNOBS)}")
        with self.cloud.lock:
            CLOCK.advance()
            KNOBS[name](**wanted)

    def metric(self, request: Request) -> None:
        """PutMetricData's parameters with `region`, and `account` if it is another."""
        wanted = body_of(request)
        with self.cloud.lock:
            cloudwatch.put_metric_data(wanted.get("account", DEFAULT_ACCOUNT_ID), wanted["region"], wanted)

    def call(self, request: Request) -> dict[str, Any]:
        """Calls an AWS API as anybody would: `service`, `region`, `operation` as boto3 names them, and `parameters`."""
        wanted = body_of(request)
        keys = {"aws_access_key_id": "operator", "aws_secret_access_key": "operator"}
        once = Config(retries={"total_max_attempts": 1})
        client = boto3.client(wanted["service"], wanted["region"], endpoint_url=self.endpoint, config=once, **keys)
        try:
            reply = getattr(client, wanted["operation"])(**wanted.get("parameters", {}))
        except (ClientError, ParamValidationError) as error:
            raise BadRequest(str(error)) from error
        reply.pop("ResponseMetadata", None)
        return json.loads(json.dumps(reply, default=str))

    def image(self, request: Request) -> dict[str, str]:
        """`region`, `repository` and `tag`, and `account` if it is another; answers its digest."""
        wanted = body_of(request)
        with self.cloud.lock:
            return {"digest": ecr.put(wanted.pop("account", DEFAULT_ACCOUNT_ID), **wanted)}

    def log(self, request: Request) -> None:
        """`region`, `group`, `stream` and `lines`, and `account` if it is another."""
        wanted = body_of(request)
        with self.cloud.lock:
            logs.write(wanted.pop("account", DEFAULT_ACCOUNT_ID), **wanted)

    def seed(self, request: Request) -> dict[str, Any]:
        """A plan, as TOML or as the same in JSON; answers the state."""
        toml = "toml" in request.headers.get("content-type", "")
        plan = tomllib.loads(request.body.decode()) if toml else body_of(request)
        with self.cloud.lock:
            world.build(plan)
        return self.state(request)

    def state(self, request: Request) -> dict[str, Any]:
        account = parse_qs(urlsplit(request.target).query).get("account", [DEFAULT_ACCOUNT_ID])[0]
        with self.cloud.lock:
            CLOCK.advance()
            return state.summary(account)

    def fault(self, request: Request) -> dict[str, str]:
        return {"id": self.cloud.faults.add(**body_of(request)).id}

    def remove_fault(self, fault_id: str) -> Reply:
        if self.cloud.faults.remove(fault_id):
            return as_reply(200, {"ok": True})
        return as_reply(404, {"error": f"no fault {fault_id}"})


def body_of(request: Request) -> dict[str, Any]:
    wanted = json.loads(request.body or b"{}")
    if not isinstance(wanted, dict):
        raise BadRequest("a JSON object is wanted")
    return wanted


def as_reply(status: int, result: Any) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(result, default=str).encode())
