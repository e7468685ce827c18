"""S3: buckets of one region, and objects that are replicated after a while where a rule says so.

Follows the S3 user guide ("Replicating objects", "Replication status information") and API reference: a bucket of another
region answers 301 with its region; an object shows PENDING, then COMPLETED or FAILED at its source and REPLICA at its
destination; what was there before a rule is not replicated; delete markers only where the rule says so.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.s3.exceptions import ReplicationConfigurationNotFoundError
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from moto.s3.responses import S3Response

import health_checks
from calls import Call
from clock import CLOCK
from errors import CloudError
from patch import replaces

# What is answered wherever it is asked.
ANYWHERE = ("CreateBucket", "GetBucketLocation", "ListBuckets")

moto_put = S3Backend.put_object
moto_delete = S3Backend.delete_object
moto_response_dict = FakeKey.response_dict

FakeKey.replication_status = None
FakeBucket.objects_fail = False


class Elsewhere(CloudError):
    def __init__(self, region: str) -> None:
        message = "The bucket you are attempting to access must be addressed using the specified endpoint."
        super().__init__("PermanentRedirect", message, 301)
        self.region = region


@dataclass
class Copying:
    """An object on its way: seconds since the epoch, and how many bytes."""

    rule: str
    to: str
    since: float
    size: int
    done: float | None = None
    failed: bool = False


def all_buckets(account: str) -> dict[str, FakeBucket]:
    return {name: b for backend in s3_backends[account].values() for name, b in backend.buckets.items()}


def find(account: str, name: str) -> FakeBucket:
    bucket = all_buckets(account).get(name)
    if bucket is None:
        raise ValueError(f"no bucket {name}")
    return bucket


def require_here(call: Call) -> None:
    """A bucket is of one region and answers no other."""
    name = (call.parameters or {}).get("Bucket")
    bucket = all_buckets(call.account).get(name) if name else None
    if bucket is None or call.operation in ANYWHERE or bucket.region_name == call.region:
        return
    raise Elsewhere(bucket.region_name)


def as_s3_names_it(operation: str, body: bytes) -> bytes:
    """An answer's root as the API reference has it; the Rust SDK reads no other."""
    match operation:
        case "GetBucketVersioning":
            return body.replace(b"GetBucketVersioningResponse", b"VersioningConfiguration")
        case "GetBucketNotificationConfiguration":
            return body.replace(b"GetBucketNotificationResponse", b"NotificationConfiguration")
    return body


def copies(bucket: FakeBucket) -> list[Copying]:
    """Everything that was to be replicated from it, and what became of that."""
    if not hasattr(bucket, "copying"):
        bucket.copying = []
    return list(bucket.copying)


def rules(bucket: FakeBucket) -> list[tuple[str, str, bool]]:
    """(id, destination bucket, whether delete markers are replicated) of the rules in force, the strongest first."""
    configured = getattr(bucket, "replication", None) or {"Rule": []}
    enabled = [rule for rule in configured["Rule"] if rule.get("Status") == "Enabled"]
    by_priority = sorted(enabled, key=lambda rule: -int(rule["Priority"]))
    return [
        (
            rule["ID"],
            rule["Destination"]["Bucket"].rpartition(":")[2],
            (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled",
        )
        for rule in by_priority
    ]


@replaces(S3Response)
def get_bucket_replication(self: S3Response) -> Any:
    """As it was put: whole destinations, filters, and delete markers as they are said to be replicated."""
    self.data["Action"] = "GetBucketReplication"
    configured = self.backend.get_bucket_replication(self.bucket_name)
    if not configured:
        raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
    kept = ("ID", "Priority", "Prefix", "Status", "Filter", "SourceSelectionCriteria", "DeleteMarkerReplication", "Destination")
    told = [{name: rule[name] for name in kept if rule.get(name) is not None} for rule in configured["Rule"]]
    return self.serialized(ActionResult({"ReplicationConfiguration": {"Role": configured["Role"], "Rules": told}}))


def each(value: Any) -> list[Any]:
    """Of a policy, in which one stands for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def lets_log(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    """Whether its policy lets S3 write logs into it ("Permissions for log delivery")."""
    policy = json.loads(target_bucket.policy.decode()) if target_bucket.policy else {}
    bucket = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}"
    wanted = {bucket, f"{bucket}/*", f"{bucket}/{target_prefix or ''}*"}
    for statement in each(policy.get("Statement")):
        principal = statement.get("Principal")
        services = each(principal.get("Service")) if isinstance(principal, dict) else []
        is_of_logs = "logging.s3.amazonaws.com" in services and "s3:PutObject" in each(statement.get("Action"))
        if is_of_logs and statement.get("Effect") == "Allow" and wanted & set(each(statement.get("Resource"))):
            return True
    return False


FakeBucket._log_permissions_enabled_policy = staticmethod(lets_log)


def copy(account: str, bucket: FakeBucket, size: int, key: FakeKey | None, done: Any) -> None:
    """Lets a change of the bucket reach the others by and by; without a key it is a delete marker's."""
    copies(bucket)
    for rule, to, markers in rules(bucket):
        destination = all_buckets(account).get(to)
        if destination is None or not (bucket.is_versioned and destination.is_versioned) or (key is None and not markers):
            continue
        copying = Copying(rule, to, CLOCK.wall(), size)
        bucket.copying.append(copying)
        if key is not None:
            key.replication_status = "PENDING"

        def arrive(copying: Copying = copying, destination: FakeBucket = destination) -> None:
            copying.done, copying.failed = CLOCK.wall(), bucket.objects_fail
            if key is not None:
                key.replication_status = "FAILED" if copying.failed else "COMPLETED"
            if not copying.failed:
                done(destination)

        CLOCK.in_turn(copying, [("s3.replicate", arrive)])


@replaces(S3Backend)
def put_object(self: S3Backend, bucket_name: str, key_name: str, value: bytes, *args: Any, **more: Any) -> FakeKey:
    key = moto_put(self, bucket_name, key_name, value, *args, **more)
    bucket = find(self.account_id, bucket_name)

    def arrive(destination: FakeBucket) -> None:
        backend = s3_backends[self.account_id][self.partition]
        replica = moto_put(backend, destination.name, key_name, value)
        replica.replication_status, replica.version_id_of_source = "REPLICA", key.version_id
        health_checks.changed()

    copy(self.account_id, bucket, len(value), key, arrive)
    health_checks.changed()
    return key


@replaces(S3Backend)
def delete_object(
    self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
) -> tuple[bool, dict[str, Any]]:
    told = moto_delete(self, bucket_name, key_name, version_id, bypass)
    bucket = find(self.account_id, bucket_name)

    def arrive(destination: FakeBucket) -> None:
        moto_delete(s3_backends[self.account_id][self.partition], destination.name, key_name)
        health_checks.changed()

    if version_id is None:
        copy(self.account_id, bucket, 0, None, arrive)
    health_checks.changed()
    return told


def response_dict(self: FakeKey) -> dict[str, Any]:
    told = moto_response_dict.fget(self)
    if self.replication_status:
        told["x-amz-replication-status"] = self.replication_status
    return told


FakeKey.response_dict = property(response_dict)


def is_there(account: str, name: str, key: str) -> bool:
    bucket = all_buckets(account).get(name)
    found = bucket.keys.get(key) if bucket is not None else None
    return isinstance(found, FakeKey)


# Knobs (POST /_cloud/knob)


def knob_objects_fail(bucket: str, on: bool = True, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """What is replicated from the bucket from now on fails."""
    find(account, bucket).objects_fail = on


def knob_versioning(bucket: str, status: str | None = "Enabled", account: str = DEFAULT_ACCOUNT_ID) -> None:
    """`Enabled`, `Suspended`, or null, as it was before it was ever enabled."""
    find(account, bucket).versioning_status = status


def waiting(bucket: FakeBucket, rule: str, to: str, moment: float) -> list[Copying]:
    """What was on its way at the moment."""
    mine = [copying for copying in copies(bucket) if (copying.rule, copying.to) == (rule, to)]
    return [c for c in mine if c.since <= moment and (c.done is None or c.done > moment)]


def now() -> float:
    return time.time()
