"""Amazon SQS queues: what is in each is what the knob says, over what moto counts.

Follows the API reference of GetQueueAttributes: its numbers are texts, and approximate ones; a policy is told as it was put,
and stays where SetQueueAttributes says nothing of it.
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import Queue, SQSBackend, sqs_backends

from patch import replaces

moto_attributes = SQSBackend.get_queue_attributes
moto_set = Queue._set_attributes
moto_told = Queue.attributes
NUMBERS = {
    "waiting": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}
Queue.told = None
# Of what moto keeps otherwise than it was said, or not at all.
AS_SAID = ("RedrivePolicy", "RedriveAllowPolicy", "DeduplicationScope", "FifoThroughputLimit", "SqsManagedSseEnabled")


@replaces(Queue)
def _set_attributes(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
    policy = getattr(self, "policy", None)
    moto_set(self, attributes, now)
    if "Policy" not in attributes:
        self.policy = policy
    said = {name: attributes[name] for name in AS_SAID if isinstance(attributes.get(name), str)}
    self.said = {name: value for name, value in (getattr(self, "said", {}) | said).items() if value}


def attributes(self: Queue) -> dict[str, Any]:
    """With what only a FIFO queue has told of such a one alone."""
    only_fifo = () if self.fifo_queue else ("DeduplicationScope", "FifoThroughputLimit")
    return {name: value for name, value in (moto_told.fget(self) | self.said).items() if name not in only_fifo}


Queue.attributes = property(attributes)


@replaces(SQSBackend)
def get_queue_attributes(self: SQSBackend, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
    found = dict(moto_attributes(self, queue_name, attribute_names))
    told = self.get_queue(queue_name).told or {}
    return found | {name: value for name, value in told.items() if name in found}


def put(account: str, region: str, name: str) -> Queue:
    backend = sqs_backends[account][region]
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    return backend.queues.get(name) or backend.create_queue(name, None, **attributes)


# Knobs (POST /_cloud/knob)


def knob_queue(
    region: str,
    queue: str,
    waiting: int | None = None,
    in_flight: int | None = None,
    delayed: int | None = None,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """So many messages are in the queue, which is made where it is not there; it is no more (`gone`)."""
    if gone:
        del sqs_backends[account][region].queues[queue]
        return
    found = put(account, region, queue)
    given = {"waiting": waiting, "in_flight": in_flight, "delayed": delayed}
    found.told = (found.told or {}) | {NUMBERS[name]: str(count) for name, count in given.items() if count is not None}
