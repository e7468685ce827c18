"""Route 53 health checks of objects in S3: healthy while the object answers, or while it does not where they are inverted;
and of routing controls: healthy while the control is on.

Follows the Route 53 guide ("How Amazon Route 53 determines whether a health check is healthy", "Creating and updating
health checks"): a disabled check is always healthy, an inverted one's status is turned around; the checkers notice a
change after their intervals (stage `route53.health`).
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.models import HealthCheck, route53_backends
from moto.route53.responses import Route53

import buckets
import routing_controls
from clock import CLOCK
from patch import replaces

# What the checkers saw last of each check's object, by id.
SEEN: dict[str, bool] = {}
# The routing controls that checks are of, by their ids.
ROUTED: dict[str, str] = {}


def reset() -> None:
    SEEN.clear()
    ROUTED.clear()


def object_of(check: HealthCheck) -> tuple[str, str] | None:
    """(bucket, key) that the check asks for; none when it asks for something else."""
    host, path = (check.fqdn or "").lower(), (check.resource_path or "").lstrip("/")
    if not host.endswith(".amazonaws.com") or not path:
        return None
    if host.startswith(("s3.", "s3-")):
        bucket, _, key = path.partition("/")
        return bucket, key
    bucket, found, _ = host.partition(".s3")
    return (bucket, path) if found else None


def every() -> list[tuple[str, HealthCheck]]:
    accounts = list(route53_backends.items())
    return [(a, check) for a, regions in accounts for b in regions.values() for check in b.health_checks.values()]


def look(account: str, check: HealthCheck) -> bool | None:
    """Whether its object is there, or its control on; none for a check of something else."""
    if check.id in ROUTED:
        return routing_controls.is_on(ROUTED[check.id])
    wanted = object_of(check)
    return None if wanted is None else buckets.is_there(account, *wanted)


def note() -> None:
    """What is about to change was seen as it is."""
    for account, check in every():
        found = look(account, check)
        if found is not None:
            SEEN.setdefault(check.id, found)


def changed() -> None:
    """An object may have come or gone: the checkers notice in a while."""

    def notice() -> None:
        for account, check in every():
            found = look(account, check)
            if found is not None:
                SEEN[check.id] = found

    for account, check in every():
        found = look(account, check)
        if found is not None:
            SEEN.setdefault(check.id, not found)
    CLOCK.in_turn(object(), [("route53.health", notice)])


def answers(account: str, check: HealthCheck) -> bool | None:
    """What the checkers say that they got."""
    found = look(account, check)
    return found if found is None else SEEN.setdefault(check.id, found)


def is_unhealthy(check_id: str | None) -> bool:
    for account, check in every():
        if check.id == check_id:
            answered = answers(account, check)
            return answered is not None and not check.disabled and answered == check.inverted
    return False


@replaces(Route53)
def get_health_check_status(self: Route53) -> ActionResult:
    check = self.backend.get_health_check(self._get_param("HealthCheckId"))
    answered = answers(self.current_account, check)
    status = "Failure: HTTP Status Code 404, Not Found" if answered is False else "Success: HTTP Status Code 200, OK"
    observations = [
        {"Region": region, "IPAddress": ip, "StatusReport": {"Status": status, "CheckedTime": utcnow()}}
        for region, ip in (("us-east-1", "192.0.2.11"), ("eu-west-1", "192.0.2.12"), ("ap-southeast-1", "192.0.2.13"))
    ]
    return ActionResult({"HealthCheckObservations": observations})


def put(
    check_id: str, fqdn: str, path: str, inverted: bool = True, account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """A check with this id, for seeding."""
    wanted: dict[str, Any] = {"type": "HTTPS", "port": 443, "fqdn": fqdn, "resource_path": path, "inverted": inverted}
    backend = next(iter(route53_backends[account].values()), None) or route53_backends[account]["aws"]
    backend.health_checks[check_id] = HealthCheck(check_id, check_id, wanted | {"request_interval": 10})


def put_routed(check_id: str, control: str, inverted: bool = False, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """A check of a routing control, for seeding."""
    put(check_id, "", "", inverted, account)
    ROUTED[check_id] = control
