"""KMS: keys of two regions with the states of their own, and proofs that change nothing.

Follows the API reference of each operation and the Developer Guide ("Multi-Region keys in AWS KMS", "Key states of AWS
KMS keys", "Testing your permissions": a call with DryRun that would have been carried out ends in
DryRunOperationException).
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError
from moto.kms import utils
from moto.kms.models import Key, KmsBackend, kms_backends
from moto.kms.responses import KmsResponse

from clock import CLOCK
from patch import replaces

moto_key_id = utils.generate_key_id
moto_init = Key.__init__
moto_encrypt = KmsBackend.encrypt
moto_decrypt = KmsBackend.decrypt
moto_generate = KmsResponse.generate_data_key
moto_list_grants = KmsResponse.list_grants

# Either form: AWS writes those of multi-Region keys without hyphens, 36 characters in all.
KEY_ID = re.compile(r"(mrk-)?[a-f0-9]{8}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{12}", re.IGNORECASE)


class DryRun(JsonRESTError):
    code = 412


def key_id(multi_region: bool = False) -> str:
    return "mrk-" + moto_key_id().replace("-", "") if multi_region else moto_key_id()


# Where it is made, under both of its names.
utils.generate_key_id = key_id
Key.__init__.__globals__["generate_key_id"] = key_id


def refused(code: str, message: str) -> JsonRESTError:
    return JsonRESTError(code, message)


@replaces(Key, "__init__")
def new(self: Key, *given: Any, **named: Any) -> None:
    moto_init(self, *given, **named)
    self.key_usage = self.key_usage or "ENCRYPT_DECRYPT"
    # Which region has the primary: one answer for the whole family of a multi-Region key.
    self.family = {"primary": self.region, "regions": [self.region]}


def arn_in(key: Key, region: str) -> str:
    return key.arn.replace(f":{key.region}:", f":{region}:")


def configuration(key: Key) -> dict[str, Any]:
    """As its own region tells it; moto has one such table for all regions of a key."""
    primary = key.family["primary"]
    others = [region for region in key.family["regions"] if region != primary]
    return {
        "MultiRegionKeyType": "PRIMARY" if key.region == primary else "REPLICA",
        "PrimaryKey": {"Arn": arn_in(key, primary), "Region": primary},
        "ReplicaKeys": [{"Arn": arn_in(key, region), "Region": region} for region in others],
    }


@replaces(KmsBackend)
def describe_key(self: KmsBackend, key_id: str) -> Key:
    key = self.keys[self.any_id_to_key_id(key_id)]
    if key.multi_region:
        key.multi_region_configuration = configuration(key)
    return key


@replaces(KmsBackend)
def replicate_key(self: KmsBackend, key_id: str, replica_region: str) -> Key:
    """A key of its own in its region, with the same material: state, policy and aliases are not shared."""
    key = self.keys[self.any_id_to_key_id(key_id)]
    if not key.multi_region or key.family["primary"] != self.region_name:
        raise refused("UnsupportedOperationException", f"{key.arn} is not a multi-Region primary key.")
    if replica_region in key.family["regions"]:
        raise refused("AlreadyExistsException", f"{key.id} is in {replica_region} already.")
    replica = Key.__new__(Key)
    replica.__dict__.update(key.__dict__)
    replica.region, replica.arn = replica_region, arn_in(key, replica_region)
    replica.aliases, replica.grants, replica.policy = {}, {}, replica.generate_default_policy()
    replica.description, replica.key_state = "", "Creating"
    key.family["regions"].append(replica_region)
    kms_backends[self.account_id][replica_region].keys[replica.id] = replica
    CLOCK.in_turn(replica, [("kms.create", lambda: settle(replica))])
    return replica


@replaces(KmsResponse, "replicate_key")
def replicate_key_response(self: KmsResponse) -> str:
    """With the description, policy and tags that the replica is given: none is its primary's (ReplicateKey)."""
    key_id, region = self._get_param("KeyId"), self._get_param("ReplicaRegion")
    self._validate_cmk_id(key_id)
    replica = self.kms_backend.replicate_key(key_id, region)
    there, tags = kms_backends[self.current_account][region], self._get_param("Tags") or []
    replica.description = self._get_param("Description") or ""
    replica.policy = self._get_param("Policy") or replica.policy
    there.tag_resource(replica.id, {tag["TagKey"]: tag["TagValue"] for tag in tags})
    told = {"ReplicaKeyMetadata": there.describe_key(replica.id).to_dict()["KeyMetadata"]}
    return json.dumps(told | {"ReplicaPolicy": replica.policy, "ReplicaTags": tags})


def settle(key: Key) -> None:
    if key.key_state in ("Creating", "Updating"):
        key.key_state = "Enabled"


def usable(backend: KmsBackend, key_id: str) -> Key:
    """The key, if it can be used for cryptography as it is."""
    key = backend.keys[backend.any_id_to_key_id(key_id)]
    if key.key_state == "Disabled":
        raise refused("DisabledException", f"{key.arn} is disabled.")
    if key.key_state not in ("Enabled", "Updating"):
        raise refused("KMSInvalidStateException", f"{key.arn} is pending {key.key_state}.")
    return key


@replaces(KmsBackend)
def encrypt(self: KmsBackend, key_id: str, **given: Any) -> Any:
    return moto_encrypt(self, usable(self, key_id).id, **given)


@replaces(KmsBackend)
def decrypt(self: KmsBackend, *given: Any, **named: Any) -> Any:
    plaintext, arn = moto_decrypt(self, *given, **named)
    usable(self, arn)
    return plaintext, arn


@replaces(KmsResponse)
def _validate_cmk_id(self: KmsResponse, key_id: str) -> None:
    bare = self.kms_backend.get_key_id(key_id)
    region = key_id.split(":")[3] if key_id.startswith("arn:") else self.region
    if region != self.region or not KEY_ID.fullmatch(bare):
        raise refused("NotFoundException", f"Invalid keyId {key_id}")
    if bare not in self.kms_backend.keys:
        raise refused("NotFoundException", f"Key '{self._display_arn(key_id)}' does not exist")


@replaces(KmsResponse)
def list_grants(self: KmsResponse) -> str:
    """Of a key by its id or ARN: an alias is none (API reference)."""
    self._validate_cmk_id(self._get_param("KeyId"))
    return moto_list_grants(self)


@replaces(KmsResponse)
def generate_data_key(self: KmsResponse) -> str:
    key_id = self._get_param("KeyId")
    self._validate_key_id(key_id)
    key = usable(self.kms_backend, key_id)
    if key.key_usage != "ENCRYPT_DECRYPT" or key.key_spec != "SYMMETRIC_DEFAULT":
        raise refused("InvalidKeyUsageException", f"{key.arn} key usage is {key.key_usage} which is not valid.")
    if self._get_param("DryRun"):
        message = "The request would have succeeded, but the DryRun option is set."
        raise DryRun("DryRunOperationException", message)
    return moto_generate(self)


@replaces(KmsResponse)
def update_primary_region(self: KmsResponse) -> str:
    """Both keys are `Updating` for a while, and can be used meanwhile."""
    key_id, region = self._get_param("KeyId"), self._get_param("PrimaryRegion")
    self._validate_cmk_id(key_id)
    key = self.kms_backend.describe_key(key_id)
    if not key.multi_region or key.family["primary"] != self.region or region not in key.family["regions"]:
        raise refused("UnsupportedOperationException", f"{key.arn} cannot give its place to {region}.")
    both = [kms_backends[self.current_account][place].keys[key.id] for place in (self.region, region)]
    for one in both:
        one.key_state = "Updating"

    def moved() -> None:
        key.family["primary"] = region
        for one in both:
            settle(one)

    CLOCK.in_turn(key, [("kms.move", moved)])
    return json.dumps({})


def make(account: str, region: str, other: str, key: str) -> Key:
    """A multi-Region key in both regions under the plan's id or alias."""
    backend = kms_backends[account][region]
    made = backend.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "landfall", None, multi_region=True)
    name = key.rsplit(":", 1)[-1]
    if not name.startswith("alias/"):
        del backend.keys[made.id]
        made.arn = made.arn.replace(made.id, name.removeprefix("key/"))
        made.id = name.removeprefix("key/")
        backend.keys[made.id] = made
    backend.replicate_key(made.id, other)
    if name.startswith("alias/"):
        for place in (region, other):
            kms_backends[account][place].create_alias(made.id, name)
    return made


def described(key: Key) -> dict[str, Any]:
    kind = configuration(key)["MultiRegionKeyType"] if key.multi_region else "SINGLE"
    return {"state": key.key_state, "kind": kind, "aliases": sorted(key.aliases)}


# Knobs (POST /_cloud/knob)


def knob_key_state(region: str, key: str, state: str, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The key (by id or alias) is in this state: `Disabled`, `PendingDeletion`, `Unavailable`, …"""
    backend = kms_backends[account][region]
    found = backend.keys[backend.any_id_to_key_id(key)]
    CLOCK.cancel(found)
    found.key_state, found.enabled = state, state == "Enabled"
