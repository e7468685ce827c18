"""AssumeRole of a role that does not exist (or does not trust the caller) is refused, and so is a source identity that the
role's trust policy does not allow to be set.

Follows the STS API reference: AccessDenied, which does not tell which of the two it was. moto would give
credentials for any role, and takes no notice of a source identity.
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.sts.models import STSBackend
from moto.sts.responses import TokenResponse

import iam
from errors import CloudError
from patch import replaces

moto_assume_role = STSBackend.assume_role
moto_answer_assume_role = TokenResponse.assume_role
moto_get_caller_identity = STSBackend.get_caller_identity

# Role ARNs.
ABSENT_ROLES: set[str] = set()


@replaces(STSBackend)
def assume_role(self: STSBackend, *args: Any, **kwargs: Any) -> Any:
    role_arn = kwargs["role_arn"]
    if role_arn in ABSENT_ROLES:
        caller = f"arn:aws:iam::{self.account_id}:user/moto"
        message = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        raise CloudError("AccessDenied", message, status=403)
    taken = moto_assume_role(self, *args, **kwargs)
    iam.take_on(role_arn)
    return taken


@replaces(TokenResponse, "assume_role")
def answer_assume_role(self: TokenResponse) -> ActionResult:
    identity, role_arn = self._get_param("SourceIdentity"), self._get_param("RoleArn")
    if identity is not None:
        if not re.fullmatch(r"[\w+=,.@-]{2,64}", identity) or identity.startswith("aws:"):
            message = f"1 validation error detected: Value '{identity}' at 'sourceIdentity' failed to satisfy constraint"
            raise CloudError("ValidationError", message, status=400)
        if not lets_set_source_identity(role_arn):
            caller = f"arn:aws:iam::{self.current_account}:user/moto"
            message = f"User: {caller} is not authorized to perform: sts:SetSourceIdentity on resource: {role_arn}"
            raise CloudError("AccessDenied", message, status=403)
    return moto_answer_assume_role(self)


def lets_set_source_identity(role_arn: str) -> bool:
    """Whether the trust policy of the role allows it; a role that was only named, and has none, does."""
    roles = iam_backends[role_arn.split(":")[4]]["aws"].roles.values()
    found = next((role for role in roles if role.arn == role_arn), None)
    statements = json.loads(found.assume_role_policy_document)["Statement"] if found else []
    allowed = [statement["Action"] for statement in statements if statement["Effect"] == "Allow"]
    actions = [action for some in allowed for action in ([some] if isinstance(some, str) else some)]
    return not statements or any(action in ("*", "sts:*", "sts:SetSourceIdentity") for action in actions)


@replaces(STSBackend)
def get_caller_identity(self: STSBackend, access_key_id: str, region: str) -> tuple[str, str, str]:
    """Users are IAM's; moto says that they are STS's."""
    user_id, arn, account = moto_get_caller_identity(self, access_key_id, region)
    return user_id, arn.replace(":sts::", ":iam::") if ":user/" in arn else arn, account


# Knob (POST /_cloud/knob)


def knob_role_absent(role: str, on: bool = True) -> None:
    """AssumeRole of this role (an ARN) is refused while this is on."""
    if on:
        ABSENT_ROLES.add(role)
    else:
        ABSENT_ROLES.discard(role)
