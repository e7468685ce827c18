"""What a role may do: SimulatePrincipalPolicy and SimulateCustomPolicy, which moto has not.

Follows the IAM user guide, "Policy evaluation logic" and "Testing IAM policies with the IAM policy simulator": a deny
anywhere goes before every allow; what nothing allows is denied; a permissions boundary and a service control policy
allow nothing by themselves and must allow it too; a statement whose condition asks for a context value that was not
given is not applied, and the key is among MissingContextValues. Resource policies are not looked at, as by the
simulator's own word they are not for a role unless they are given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy, Role, iam_backends
from moto.iam.responses import IamResponse

from errors import CloudError
from patch import replaces

# AWS's own policies, by ARN: moto has them all and, for their number, offers none.
def of_aws(account: str, region: str, arn: str) -> ManagedPolicy | None:
    found = every_policy_of_aws().get(arn.rsplit("/", 1)[-1])
    policy = found and AWSManagedPolicy.from_data(arn.rsplit("/", 1)[-1], account, region, found)
    return policy if policy and policy.arn == arn else None


@cache
def every_policy_of_aws() -> dict[str, Any]:
    return json.loads(aws_managed_policies_data)


def knows_those_of_aws(name: str) -> None:
    """What names a policy of AWS's own finds it (IAM User Guide, "AWS managed policies")."""
    of_moto = getattr(IAMBackend, name)

    @replaces(IAMBackend, name)
    def known(self: IAMBackend, policy_arn: str, *args: Any, **kwargs: Any) -> Any:
        if ":iam::aws:policy/" in policy_arn and policy_arn not in self.managed_policies:
            found = of_aws(self.account_id, self.region_name, policy_arn)
            if found is not None:
                self.managed_policies[policy_arn] = found
        return of_moto(self, policy_arn, *args, **kwargs)


for operation in (
    "attach_role_policy", "attach_group_policy", "attach_user_policy", "get_policy", "get_policy_version", "list_policy_versions",
):
    knows_those_of_aws(operation)

Policy = tuple[str, str, dict[str, Any]]
# Results in an answer: where no number is asked for, and at most.
MAX_ITEMS, LARGEST_PAGE = 100, 1000

# The policy that everybody has who calls: without it they may do everything (the knob `policy`).
EVERYBODY: dict[str, Any] = {}
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# The roles that somebody took on.
TAKEN_ON: set[str] = set()

# Set by knobs: what an organization denies, by role; and how many results a page has.
DENIED_BY_ORGANIZATION: dict[str, list[str]] = {}
PAGE = {"most": LARGEST_PAGE}


def reset() -> None:
    DENIED_BY_ORGANIZATION.clear()
    TAKEN_ON.clear()
    PAGE["most"] = LARGEST_PAGE


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@lru_cache(maxsize=4096)
def translated(pattern: str, is_action: bool) -> re.Pattern[str]:
    letters = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(letters, re.IGNORECASE if is_action else 0)


def matches(pattern: str, text: str, is_action: bool = False) -> bool:
    """`*` stands for any letters and `?` for one; actions are compared without case."""
    return translated(pattern, is_action).fullmatch(text) is not None


def any_of(patterns: Any, text: str, is_action: bool = False) -> bool:
    return any(matches(pattern, text, is_action) for pattern in listed(patterns))


def is_about(statement: dict[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        of_action = not any_of(statement["NotAction"], action, True)
    else:
        of_action = any_of(statement.get("Action"), action, True)
    if "NotResource" in statement:
        return of_action and not any_of(statement["NotResource"], resource)
    return of_action and any_of(statement.get("Resource"), resource)


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringEqualsIgnoreCase": lambda found, wanted: found.lower() == wanted.lower(),
    "StringLike": lambda found, wanted: matches(wanted, found),
    "ArnEquals": lambda found, wanted: matches(wanted, found),
    "ArnLike": lambda found, wanted: matches(wanted, found),
    "Bool": lambda found, wanted: found.lower() == wanted.lower(),
}
OPERATORS |= {
    name.replace("String", "StringNot").replace("Arn", "ArnNot"): (lambda found, wanted, test=test: not test(found, wanted))
    for name, test in list(OPERATORS.items())
    if name != "Bool"
}


def missing_of(statement: dict[str, Any], context: dict[str, list[str]]) -> list[str]:
    keys = [key for tests in statement.get("Condition", {}).values() for key in tests]
    return [key for key in keys if key.lower() not in context]


def is_met(statement: dict[str, Any], context: dict[str, list[str]]) -> bool:
    """Every operator and key of the condition; a value of a key that is not there meets nothing."""
    for operator, tests in statement.get("Condition", {}).items():
        test = OPERATORS.get(operator.removeprefix("ForAnyValue:"))
        if test is None:
            raise CloudError("PolicyEvaluation", f"The test cloud knows no condition operator {operator}", 500)
        every = "Not" in operator
        for key, wanted in tests.items():
            found = context.get(key.lower(), [])
            met = (all if every else any)(test(value, str(want)) for value in found for want in listed(wanted))
            if not found or not met:
                return False
    return True


def judge(policies: list[Policy], action: str, resource: str, context: dict[str, list[str]]) -> dict[str, Any]:
    """The decision of these policies by themselves."""
    allowing: list[Policy] = []
    denying: list[Policy] = []
    missing: list[str] = []
    for policy in policies:
        for statement in listed(policy[2].get("Statement")):
            if not is_about(statement, action, resource):
                continue
            lacks = missing_of(statement, context)
            if lacks:
                missing += [key for key in lacks if key not in missing]
            elif is_met(statement, context):
                (denying if statement["Effect"] == "Deny" else allowing).append(policy)
    decision = "explicitDeny" if denying else "allowed" if allowing else "implicitDeny"
    return {"decision": decision, "matched": denying or allowing, "missing": missing}


def result_of(
    policies: list[Policy],
    boundary: list[Policy] | None,
    organization: list[str],
    action: str,
    resource: str,
    context: dict[str, list[str]],
) -> dict[str, Any]:
    found = judge(policies, action, resource, context)
    decision, missing = found["decision"], found["missing"]
    result: dict[str, Any] = {"EvalActionName": action, "EvalResourceName": resource}
    if boundary is not None:
        bounds = judge(boundary, action, resource, context)
        missing = missing + [key for key in bounds["missing"] if key not in missing]
        within = bounds["decision"] == "allowed"
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
        if bounds["decision"] == "explicitDeny":
            decision = "explicitDeny"
        elif not within and decision == "allowed":
            decision = "implicitDeny"
    if organization:
        by_organization = not any_of(organization, action, True)
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": by_organization}
        if not by_organization:
            decision = "explicitDeny"
    return result | {
        "EvalDecision": decision,
        "MatchedStatements": [{"SourcePolicyId": name, "SourcePolicyType": kind} for name, kind, _ in found["matched"]],
        "MissingContextValues": missing,
    }


def document_of(text: Any) -> dict[str, Any]:
    return text if isinstance(text, dict) else json.loads(unquote(text) if text.lstrip().startswith("%") else text)


def standing(policy: ManagedPolicy) -> Any:
    """The document of the version that counts."""
    return next(version.document for version in policy.versions if version.is_default)


def policies_of(role: Role) -> Iterator[Policy]:
    for name, text in role.policies.items():
        yield f"role_{role.name}_{name}", "IAM Policy", document_of(text)
    for policy in role.managed_policies.values():
        yield policy.name, "IAM Policy", document_of(standing(policy))


def boundary_of(backend: IAMBackend, role: Role) -> list[Policy] | None:
    arn = role.permissions_boundary_arn
    if not arn:
        return None
    policy = backend.managed_policies[arn]
    return [(policy.name, "IAM Policy", document_of(standing(policy)))]


def role_of(backend: IAMBackend, arn: str) -> Role:
    role = next((role for role in backend.roles.values() if role.arn == arn), None)
    if role is None:
        raise CloudError("NoSuchEntity", f"The role with arn {arn} cannot be found.", 404)
    return role


def callers() -> Policy:
    """What every caller has."""
    return "everybody", "IAM Policy", EVERYBODY or EVERYTHING


def source_of(backend: IAMBackend, arn: str) -> tuple[list[Policy], list[Policy] | None]:
    """The policies of a user or a role, and its boundary: of who calls, what every caller has is among them."""
    if ":user/" in arn:
        return [callers()], None
    role = role_of(backend, arn)
    own = list(policies_of(role))
    return [*own, callers()] if arn in TAKEN_ON else own, boundary_of(backend, role)


def context_of(response: IamResponse) -> dict[str, list[str]]:
    entries = response._get_param("ContextEntries") or []
    return {entry["ContextKeyName"].lower(): listed(entry["ContextKeyValues"]) for entry in entries}


def answer(response: IamResponse, result: Callable[[str, str], dict[str, Any]]) -> ActionResult:
    """A page of what `result` says of each action at each resource."""
    asked = pairs(response)
    start = int(response._get_param("Marker") or 0)
    end = start + min(PAGE["most"], int(response._get_param("MaxItems") or MAX_ITEMS))
    more = {"IsTruncated": True, "Marker": str(end)} if end < len(asked) else {"IsTruncated": False}
    return ActionResult({"EvaluationResults": [result(*pair) for pair in asked[start:end]]} | more)


def pairs(response: IamResponse) -> list[tuple[str, str]]:
    resources = listed(response._get_param("ResourceArns")) or ["*"]
    return [(action, resource) for action in listed(response._get_param("ActionNames")) for resource in resources]


@replaces(IamResponse)
def simulate_principal_policy(self: IamResponse) -> ActionResult:
    arn = self._get_param("PolicySourceArn")
    own, boundary = source_of(self.backend, arn)
    given = listed(self._get_param("PolicyInputList"))
    policies = [*own, *(("PolicyInputList", "IAM Policy", document_of(text)) for text in given)]
    organization, context = DENIED_BY_ORGANIZATION.get(arn, []), context_of(self)
    return answer(self, lambda action, on: result_of(policies, boundary, organization, action, on, context))


@replaces(IamResponse)
def simulate_custom_policy(self: IamResponse) -> ActionResult:
    policies = [("PolicyInputList", "IAM Policy", document_of(text)) for text in listed(self._get_param("PolicyInputList"))]
    bounds = listed(self._get_param("PermissionsBoundaryPolicyInputList"))
    boundary = [("PermissionsBoundaryPolicyInputList", "IAM Policy", document_of(text)) for text in bounds] or None
    context = context_of(self)
    return answer(self, lambda action, on: result_of(policies, boundary, [], action, on, context))


def take_on(arn: str) -> None:
    """Somebody took on the role: it is there, with what every caller may do."""
    TAKEN_ON.add(arn)
    account, path = arn.split(":")[4], arn.split(":", 5)[5].split("/")[1:]
    roles = iam_backends[account]["aws"].roles.values()
    if not any(role.arn == arn for role in roles):
        before = f"/{'/'.join(path[:-1])}/" if path[:-1] else "/"
        iam_backends[account]["aws"].create_role(path[-1], '{"Statement": []}', before, None, "", [], "3600")


def put(account: str, component: dict[str, Any]) -> str:
    """The role of a plan's component, allowed what it has to do; its ARN."""
    given = component["role"]
    *path, name = given.split(":", 5)[5].split("/")[1:] if given.startswith("arn:") else [given]
    services = component.get("trusts", [])
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust] if services else []})
    path = f"/{'/'.join(path)}/" if path else "/"
    role = iam_backends[account]["aws"].create_role(name, document, path, None, "", [], "3600")
    if component.get("may"):
        allowed = {"Effect": "Allow", "Action": component["may"], "Resource": component.get("on", "*")}
        role.policies["own"] = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    return role.arn


def attach(account: str, arn: str) -> None:
    """Gives the role a policy beside its own: roles hardly ever have those alone."""
    backend, name = iam_backends[account]["aws"], arn.rsplit("/", 1)[-1]
    logs = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [logs]})
    policy = backend.create_policy("", "/", document, f"{name}-logs", {})
    backend.attach_role_policy(policy.arn, name)


# Knobs (POST /_cloud/knob)


def knob_role_denies(role: str, actions: list[str] | None = None, by: str = "policy") -> None:
    """These actions (patterns; none ends it) of the role with this ARN are denied by a `policy` of its own or by its
    `organization`."""
    backend = iam_backends[role.split(":")[4]]["aws"]
    found = role_of(backend, role)
    if by == "organization":
        DENIED_BY_ORGANIZATION[role] = actions or []
        return
    found.policies.pop("denies", None)
    if actions:
        statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
        found.policies["denies"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def knob_role_trusts(role: str, statements: list[dict[str, Any]]) -> None:
    """The statements of the trust policy of the role with this ARN."""
    found = role_of(iam_backends[role.split(":")[4]]["aws"], role)
    found.assume_role_policy_document = json.dumps({"Version": "2012-10-17", "Statement": statements})


def knob_simulation_page(size: int = LARGEST_PAGE) -> None:
    """So many results at most in an answer of the policy simulator."""
    PAGE["most"] = size
