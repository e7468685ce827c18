"""Target health that takes its time, and target groups that know which load balancer routes to them.

Follows the Elastic Load Balancing guide, "Target health status": a registered target is `initial` until it has
passed its checks, a deregistered one `draining` until the deregistration delay is over, and targets of a group that
no load balancer uses are `unused`. LoadBalancerArns of a group are the load balancers whose listeners and rules
forward to it now; "you can use each target group with only one load balancer" (API reference, TargetGroup).
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.elbv2.exceptions import ELBClientError, TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup, elbv2_backends

from clock import CLOCK
from patch import replaces

moto_register = FakeTargetGroup.register
moto_deregister = FakeTargetGroup.deregister

INITIAL = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
HEALTHY = ("healthy", None, None)
DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_REGISTERED = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
NOT_IN_USE = ("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")

moto_create_listener = ELBv2Backend.create_listener
moto_create_rule = ELBv2Backend.create_rule
moto_attributes = ELBv2Backend.describe_load_balancer_attributes

# Set by `knob_target_health`: (state, reason) of every registered target, or none.
FakeTargetGroup.forced_health = None


class TargetGroupAssociationLimit(ELBClientError):
    def __init__(self, arn: str) -> None:
        super().__init__(
            "TargetGroupAssociationLimit",
            f"The following target groups cannot be associated with more than one load balancer: {arn}",
        )


def balancers_of(group: FakeTargetGroup) -> list[str]:
    backend = elbv2_backends[group.account_id][group.region_name]
    return [arn for arn, balancer in backend.load_balancers.items() if forwards_to(backend, balancer, group.arn)]


def forwards_to(backend: ELBv2Backend, balancer: Any, arn: str) -> bool:
    rules = (rule for listener in balancer.listeners.values() for rule in listener.rules.values())
    actions = (action for rule in rules for action in rule.actions if action.type == "forward")
    return any(arn in backend._get_target_group_arns_from(action_data=action.data) for action in actions)


# moto keeps a list that it only adds to.
FakeTargetGroup.load_balancer_arns = property(balancers_of, lambda group, arns: None)


def refuse_second_balancer(backend: ELBv2Backend, balancer_arn: str, actions: list[dict[str, Any]]) -> None:
    for action in actions:
        if action.get("Type", "").lower() != "forward":
            continue
        for arn in backend._get_target_group_arns_from(action_data=action):
            group = backend.target_groups.get(arn)
            if group is not None and any(other != balancer_arn for other in balancers_of(group)):
                raise TargetGroupAssociationLimit(arn)


@replaces(ELBv2Backend)
def create_listener(
    self: ELBv2Backend,
    load_balancer_arn: str,
    protocol: str,
    port: str,
    ssl_policy: str,
    certificate: str | None,
    actions: list[dict[str, Any]],
    *args: Any,
    **kwargs: Any,
) -> Any:
    refuse_second_balancer(self, load_balancer_arn, actions)
    return moto_create_listener(
        self, load_balancer_arn, protocol, port, ssl_policy, certificate, actions, *args, **kwargs
    )


@replaces(ELBv2Backend)
def create_rule(
    self: ELBv2Backend, listener_arn: str, conditions: Any, priority: int, actions: list[dict[str, Any]], *args: Any,
    **kwargs: Any,
) -> Any:
    balancer_arn = listener_arn.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
    refuse_second_balancer(self, balancer_arn, actions)
    rule = moto_create_rule(self, listener_arn, conditions, priority, actions, *args, **kwargs)
    rule.conditions = [told_both_ways(condition) for condition in rule.conditions]
    return rule


#: Conditions that may be given by `Values` alone, and where their values are told besides.
BOTH_WAYS = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}


def told_both_ways(condition: dict[str, Any]) -> dict[str, Any]:
    """However a condition was given, its values are told in both places (ELB API Reference, RuleCondition)."""
    config = BOTH_WAYS.get(condition.get("Field", ""))
    values = condition.get("Values") or (condition.get(config) or {}).get("Values") if config else None
    return {**condition, "Values": values, config: {"Values": values}} if values else condition


moto_create_target_group = ELBv2Backend.create_target_group


@replaces(ELBv2Backend)
def create_target_group(self: ELBv2Backend, *args: Any, **kwargs: Any) -> Any:
    """A group of an Application Load Balancer's keeps a cookie for a day, whether it gives any or not (target group attributes)."""
    group = moto_create_target_group(self, *args, **kwargs)
    if (group.protocol or "").startswith("HTTP"):
        group.attributes.setdefault("stickiness.lb_cookie.duration_seconds", "86400")
    return group


@replaces(FakeTargetGroup)
def register(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    new = [target["Id"] for target in targets if target["Id"] not in self.targets]
    moto_register(self, targets)
    for identifier in new:
        target = self.targets[identifier]
        target["Health"] = INITIAL
        CLOCK.after("elbv2.initial", lambda target=target: target.update(Health=HEALTHY))


@replaces(FakeTargetGroup)
def deregister(self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    moto_deregister(self, targets)
    for target in targets:
        leaving = self.deregistered_targets[target["Id"]]
        CLOCK.after("elbv2.draining", lambda leaving=leaving: forget(self, leaving))


def forget(group: FakeTargetGroup, leaving: dict[str, Any]) -> None:
    """Draining is over, unless the target has been registered again meanwhile."""
    if group.deregistered_targets.get(leaving["Id"]) is leaving:
        del group.deregistered_targets[leaving["Id"]]


@replaces(FakeTargetGroup)
def health_for(self: FakeTargetGroup, target: dict[str, Any], _ec2_backend: Any) -> FakeHealthStatus:
    identifier = target["Id"]
    known = self.targets.get(identifier) or self.deregistered_targets.get(identifier) or target
    port = known.get("Port", self.port)
    return FakeHealthStatus(identifier, port, self.health_check_port, *health_of(self, identifier))


def health_of(group: FakeTargetGroup, identifier: str) -> tuple[str, str | None, str | None]:
    if identifier in group.deregistered_targets:
        return DRAINING
    if identifier not in group.targets:
        return NOT_REGISTERED
    if not group.load_balancer_arns:
        return NOT_IN_USE
    if group.forced_health is not None:
        state, reason = group.forced_health
        return state, reason, f"Health checks say {reason}"
    return group.targets[identifier]["Health"]


@replaces(ELBv2Backend)
def describe_target_health(
    self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    """Without a list of targets, those registered and those draining."""
    group = self.target_groups.get(target_group_arn)
    if group is None:
        raise TargetGroupNotFoundError
    asked = targets or [*group.targets.values(), *group.deregistered_targets.values()]
    return [group.health_for(target, self.ec2_backend) for target in asked]


def group_of(arn: str) -> FakeTargetGroup | None:
    """The target group of the ARN, whose fourth and fifth fields are region and account."""
    fields = arn.split(":")
    if len(fields) < 6:
        return None
    return elbv2_backends[fields[4]][fields[3]].target_groups.get(arn)


# Knob (POST /_cloud/knob)


def knob_target_health(
    region: str,
    target_group: str,
    state: str | None = "unhealthy",
    reason: str = "Target.FailedHealthChecks",
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """Every target of the group (by name) is in this state for this reason; a null state gives them free again."""
    for group in elbv2_backends[account][region].target_groups.values():
        if group.name == target_group:
            group.forced_health = (state, reason) if state else None
            return
    raise TargetGroupNotFoundError


@replaces(ELBv2Backend)
def describe_load_balancer_attributes(self: ELBv2Backend, arn: str) -> dict[str, Any]:
    """An Application Load Balancer keeps connections for an hour unless it is told otherwise; no other has the attribute."""
    told = moto_attributes(self, arn)
    is_application = self.load_balancers[arn].type == "application"
    return ({"client_keep_alive.seconds": "3600"} | told) if is_application else told


made_by_moto = ELBv2Backend.create_load_balancer


@replaces(ELBv2Backend)
def create_load_balancer(self: ELBv2Backend, *given: Any, scheme: str | None = None, **more: Any) -> Any:
    """Open to the internet unless it is said to be internal (ELB API Reference, CreateLoadBalancer, Scheme)."""
    return made_by_moto(self, *given, scheme=scheme or "internet-facing", **more)
