"""What the Resource Groups Tagging API tells of what is here and is none of moto's: functions, what feeds them, and alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.resourcegroupstaggingapi import models

import alarms
import functions

moto_backends = models.iter_taggable_backends


class Ours:
    """The tags of one account and region, as moto asks its own backends for them."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region

    def every(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        """(ARN, resource type, tags, which are the resource's own)."""
        place = self.account, self.region
        for found in functions.FUNCTIONS[place].values():
            yield found.arn, "lambda:function", found.tags
        for mapping in functions.MAPPINGS[place].values():
            yield mapping.arn, "lambda:event-source-mapping", mapping.tags
        for alarm in alarms.ALARMS[place].values():
            yield alarm.told["AlarmArn"], "cloudwatch:alarm", alarm.tags

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        for arn, kind, tags in self.every():
            yield TaggedResource(arn=arn, tags=dict(tags), resource_type=kind)

    def tags_of(self, arn: str) -> dict[str, str] | None:
        return next((tags for known, _, tags in self.every() if known == arn), None)

    def owns_arn(self, arn: str) -> bool:
        return self.tags_of(arn) is not None

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        (self.tags_of(arn) or {}).update(tags)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        own = self.tags_of(arn) or {}
        for key in tag_keys:
            own.pop(key, None)


def backends(account_id: str, region_name: str) -> Iterator[Any]:
    yield Ours(account_id, region_name)
    yield from moto_backends(account_id, region_name)


models.iter_taggable_backends = backends
