"""S3 lifecycle configurations: told as they were put, with the sizes of objects that a filter asks for and the newer versions
that are kept, which moto drops; and from which size on objects are moved at all.

Follows the API reference of PutBucketLifecycleConfiguration (`x-amz-transition-default-minimum-object-size`, which is
`all_storage_classes_128K` unless it is said) and GetBucketLifecycleConfiguration.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.s3.exceptions import NoSuchLifecycleConfiguration
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from calls import Call
from patch import replaces

# Both are at the same address.
PUTS = ("PutBucketLifecycleConfiguration", "PutBucketLifecycle")
USUAL_SIZE = "all_storage_classes_128K"
# What XML has once for each, as the models call it.
LISTS = {"Transition": "Transitions", "NoncurrentVersionTransition": "NoncurrentVersionTransitions", "Tag": "Tags"}

moto_set = FakeBucket.set_lifecycle
FakeBucket.lifecycle_size = USUAL_SIZE


@replaces(FakeBucket)
def set_lifecycle(self: FakeBucket, rules: list[dict[str, Any]]) -> None:
    moto_set(self, rules)
    self.lifecycle_said = [as_named(rule) for rule in rules]


def as_named(said: Any, within: str = "Rule") -> Any:
    """Of what XML says, with the names of the models: lists are lists even of one, and an empty text is one."""
    if not isinstance(said, dict):
        return "" if said is None else said
    told = {}
    for name, value in said.items():
        is_list = name in LISTS and (name != "Tag" or within == "And")
        if is_list:
            told[LISTS[name]] = [as_named(one, name) for one in (value if isinstance(value, list) else [value])]
        elif value is None and name in ("Filter", "And"):
            told[name] = {}
        else:
            told[name] = as_named(value, name)
    return told


def put(call: Call, bucket: FakeBucket) -> None:
    """What a header says of the configuration that was just put."""
    bucket.lifecycle_size = (call.parameters or {}).get("TransitionDefaultMinimumObjectSize") or USUAL_SIZE


@replaces(S3Response)
def get_bucket_lifecycle(self: S3Response) -> Any:
    self.data["Action"] = "GetBucketLifecycleConfiguration"
    if not self.backend.get_bucket_lifecycle(self.bucket_name):
        raise NoSuchLifecycleConfiguration(bucket_name=self.bucket_name)
    bucket = self.backend.get_bucket(self.bucket_name)
    told = {"Rules": bucket.lifecycle_said, "TransitionDefaultMinimumObjectSize": bucket.lifecycle_size}
    return self.serialized(ActionResult(told))
