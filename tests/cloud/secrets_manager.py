"""Secrets Manager: replicas with versions of their own that follow, stand alone once detached, and are never written to.

Follows the API reference of each operation and the User Guide ("Replicate AWS Secrets Manager secrets across Regions",
"Promote a replica secret to a standalone secret").
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    OperationNotPermittedOnReplica,
)
from moto.secretsmanager.models import (
    FakeSecret,
    ReplicaSecret,
    SecretsManagerBackend,
    secretsmanager_backends,
)
from moto.secretsmanager.responses import SecretsManagerResponse

from clock import CLOCK
from patch import replaces

moto_init = ReplicaSecret.__init__
moto_get = SecretsManagerBackend.get_secret_value
moto_put = SecretsManagerBackend.put_secret_value
moto_restage = SecretsManagerBackend.update_secret_version_stage
moto_describe = FakeSecret.to_dict

# Replication that was asked to fail, by account, region and name.
FAILING: set[tuple[str, str, str]] = set()


def reset() -> None:
    FAILING.clear()


@replaces(ReplicaSecret, "__init__")
def new_replica(self: ReplicaSecret, source: FakeSecret, region: str, status: Any = None, message: Any = None) -> None:
    moto_init(self, source, region, status, message)
    self.kms_key_id, self.copied = None, {}
    if status is None:
        follow(self)


def follow(replica: ReplicaSecret) -> None:
    """What its primary holds now comes to it a little later."""
    if replica.status == "Failed":
        return

    def arrive() -> None:
        key = (replica.source.account_id, replica.region, replica.name)
        if key in FAILING:
            say(replica, "Failed", "Replication failed: Secrets Manager can't use the KMS key of the region.")
            return
        replica.copied = copy.deepcopy(replica.source.versions)
        say(replica, "InSync", "Replication succeeded")

    say(replica, "InProgress", "Replication in progress")
    CLOCK.cancel(replica)
    CLOCK.in_turn(replica, [("secretsmanager.replicate", arrive)])


def say(replica: ReplicaSecret, status: str, message: str) -> None:
    replica.status, replica.message = status, message
    replica.config |= {"Status": status, "StatusMessage": message}


ReplicaSecret.versions = property(lambda self: self.copied)


@replaces(ReplicaSecret, "default_version_id")
@property
def current_of_replica(self: ReplicaSecret) -> str | None:
    return current_of(self)


def current_of(secret: Any) -> str | None:
    return next((key for key, version in secret.versions.items() if "AWSCURRENT" in version["version_stages"]), None)


@replaces(ReplicaSecret, "to_dict")
def describe_replica(self: ReplicaSecret) -> dict[str, Any]:
    """Only its primary tells of replication."""
    told = moto_describe(self.source)
    told.pop("ReplicationStatus", None)
    stages = {key: version["version_stages"] for key, version in self.versions.items()}
    told |= {"ARN": self.arn, "PrimaryRegion": self.source.region, "VersionIdsToStages": stages}
    told.pop("KmsKeyId", None)
    return told | ({"KmsKeyId": self.kms_key_id} if self.kms_key_id else {})


@replaces(FakeSecret, "to_dict")
def describe(self: FakeSecret) -> dict[str, Any]:
    told = moto_describe(self)
    if self.replicas:
        told["PrimaryRegion"] = self.region
    return told


@replaces(FakeSecret)
def create_replicas(self: FakeSecret, replica_regions: list[dict[str, str]], force_overwrite: bool) -> list[Any]:
    made = []
    for wanted in replica_regions or []:
        region = wanted["Region"]
        if region == self.region:
            raise InvalidParameterException("Invalid replica region.")
        backend = secretsmanager_backends[self.account_id][region]
        there = find(backend, self.name)
        if there is not None and not force_overwrite:
            words = f"Replication failed: Secret name {self.name} already exists in region {region}."
            made.append(ReplicaSecret(self, region, "Failed", words))
            continue
        remove(backend, self.name)
        replica = ReplicaSecret(self, region)
        replica.kms_key_id = wanted.get("KmsKeyId")
        replica.config["KmsKeyId"] = wanted.get("KmsKeyId") or SecretsManagerBackend.DEFAULT_KMS_KEY_ALIAS
        dict.__setitem__(backend.secrets, replica.arn, replica)
        made.append(replica)
    return made


def find(backend: SecretsManagerBackend, name: str) -> Any:
    return next((secret for secret in backend.secrets.values() if secret.name == name), None)


def remove(backend: SecretsManagerBackend, name: str) -> None:
    for key in [key for key, secret in backend.secrets.items() if secret.name == name]:
        CLOCK.cancel(backend.secrets[key])
        dict.pop(backend.secrets, key)


@replaces(SecretsManagerBackend)
def replicate_secret_to_regions(
    self: SecretsManagerBackend, secret_id: str, replica_regions: list[dict[str, str]], force_overwrite: bool
) -> tuple[str, list[dict[str, Any]]]:
    """A region that was detached, or where it failed, is one anew."""
    secret = self.describe_secret(secret_id)
    if isinstance(secret, ReplicaSecret):
        raise OperationNotPermittedOnReplica
    asked = [wanted["Region"] for wanted in replica_regions]
    for replica in secret.replicas:
        if replica.region in asked and replica.status not in ("Detached", "Failed"):
            raise InvalidParameterException(f"Region {replica.region} is already a replica.")
    secret.replicas = [replica for replica in secret.replicas if replica.region not in asked]
    secret.replicas += secret.create_replicas(replica_regions, force_overwrite=force_overwrite)
    return secret.arn, [replica.config for replica in secret.replicas]


@replaces(SecretsManagerResponse)
def stop_replication_to_replica(self: SecretsManagerResponse) -> str:
    """Called where the replica is: it stands alone with what it holds."""
    replica = self.backend.describe_secret(self._get_param("SecretId"))
    if not isinstance(replica, ReplicaSecret):
        raise InvalidRequestException("You can't stop replication of a secret that is not a replica.")
    source, region, backend = replica.source, replica.region, self.backend
    alone = copy.copy(source)
    alone.arn, alone.region, alone.replicas = replica.arn, region, []
    alone.versions, alone.kms_key_id = copy.deepcopy(replica.versions), replica.kms_key_id
    alone.rotation_requested = alone.rotation_enabled = False
    alone.default_version_id = current_of(alone)
    arn = replica.arn

    def stand_alone() -> None:
        remove(backend, source.name)
        dict.__setitem__(backend.secrets, source.name, alone)
        say(replica, "Detached", "Replica was promoted to a standalone secret.")

    CLOCK.cancel(replica)
    CLOCK.in_turn(replica, [("secretsmanager.detach", stand_alone)])
    return json.dumps({"ARN": arn})


@replaces(SecretsManagerBackend)
def get_secret_value(self: SecretsManagerBackend, secret_id: str, version_id: str, version_stage: str) -> Any:
    """Without either it is what has AWSCURRENT now, whatever had it first."""
    return moto_get(self, secret_id, version_id, version_stage or (None if version_id else "AWSCURRENT"))


@replaces(SecretsManagerBackend)
def put_secret_value(self: SecretsManagerBackend, secret_id: str, *given: Any, **named: Any) -> Any:
    told = moto_put(self, secret_id, *given, **named)
    spread(self.secrets[secret_id])
    return told


@replaces(SecretsManagerBackend)
def update_secret_version_stage(self: SecretsManagerBackend, secret_id: str, **given: Any) -> Any:
    if secret_id in self.secrets and isinstance(self.secrets[secret_id], ReplicaSecret):
        raise OperationNotPermittedOnReplica
    told = moto_restage(self, secret_id, **given)
    secret = self.secrets[secret_id]
    secret.default_version_id = current_of(secret)
    spread(secret)
    return told


def spread(secret: FakeSecret) -> None:
    for replica in secret.replicas:
        if replica.status in ("InSync", "InProgress"):
            follow(replica)


def make(account: str, region: str, other: str, name: str, holds: Any) -> None:
    """A secret with a replica in the other region; `holds` is its JSON, or a text that is none."""
    text = holds if isinstance(holds, str) else json.dumps(holds)
    secretsmanager_backends[account][region].create_secret(
        name=name,
        secret_string=text,
        secret_binary=None,
        description="landfall",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[{"Region": other}],
        force_overwrite=False,
    )


def described(backend: SecretsManagerBackend) -> Iterator[tuple[str, dict[str, Any]]]:
    for secret in backend.secrets.values():
        current = current_of(secret)
        told = secret.to_dict()
        yield secret.name, {
            "primary_region": told.get("PrimaryRegion"),
            "replication": {replica["Region"]: replica["Status"] for replica in told.get("ReplicationStatus", [])},
            "current": current,
            "versions": {key: version["version_stages"] for key, version in secret.versions.items()},
            "value": secret.versions[current].get("secret_string") if current else None,
        }


# Knobs (POST /_cloud/knob)


def knob_secret_replication(
    region: str, secret: str, failing: bool = True, account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """Replication of the secret to the region ends in `Failed` from now on; `failing` false mends it."""
    key = (account, region, secret)
    FAILING.discard(key)
    if failing:
        FAILING.add(key)
    found = find(secretsmanager_backends[account][region], secret)
    if isinstance(found, ReplicaSecret):
        found.status = "InSync"
        follow(found)


def knob_secret_rotation(
    region: str, secret: str, on: bool = True, next_in_days: float | None = None, account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """Whether it is rotated; `next_in_days` is when it is to be the next time: before now, and it is overdue."""
    found = find(secretsmanager_backends[account][region], secret)
    found.rotation_requested = found.rotation_enabled = on
    found.next_rotation_date = None if next_in_days is None else int(time.time() + next_in_days * 86_400)


def knob_secret_deleted(region: str, secret: str, on: bool = True, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """It is scheduled to be deleted."""
    found = find(secretsmanager_backends[account][region], secret)
    found.deleted_date = 4_102_444_800.0 if on else None
