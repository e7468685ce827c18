"""FilterLogEvents from the newest line on where `startFromHead` is false, as its API reference says; moto knows only the
other way. A log group that is absent is refused by moto's own ResourceNotFoundException.
"""

from __future__ import annotations

import json
from typing import Any

from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogsBackend, logs_backends
from moto.logs.responses import LogsResponse

from patch import replaces

JAN_2024 = 1_704_067_200_000

moto_filter_log_events = LogsResponse.filter_log_events


@replaces(LogsResponse)
def filter_log_events(self: LogsResponse) -> Any:
    if self._get_param("startFromHead") is not False:
        return moto_filter_log_events(self)
    names = ("logStreamNames", "startTime", "endTime")
    streams, start, end = (self._get_param(name) for name in names)
    pattern, limit = self._get_param("filterPattern"), self._get_param("limit") or 10_000
    if (start or 0) < JAN_2024:
        raise InvalidParameterException("startFromHead=false needs a start on or after Jan 1, 2024", "startTime", start)
    group = self._get_param("logGroupName")
    everything = (streams or [], start, end, None, None, pattern, True)
    events, _, searched = self.logs_backend.filter_log_events(group, *everything)
    events.reverse()
    first = int(self._get_param("nextToken") or 0)
    last = first + limit
    more = {"nextToken": str(last)} if last < len(events) else {}
    return json.dumps({"events": events[first:last], "searchedLogStreams": searched} | more)


# Control (POST /_cloud/log)


def write(account: str, region: str, group: str, stream: str, lines: list[dict[str, Any]]) -> None:
    """Lines as `{"timestamp": MILLISECONDS, "message": TEXT}`; what they are written to is made where it is not there."""
    backend: LogsBackend = logs_backends[account][region]
    if group not in backend.groups:
        backend.create_log_group(group, {})
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    backend.put_log_events(group, stream, lines)
