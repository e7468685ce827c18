"""AssumeRole of a role that does not exist (or does not trust the caller) is refused.

Follows the STS API reference: AccessDenied, which does not tell which of the two it was. moto would give
credentials for any role.
"""

from __future__ import annotations

from typing import Any

from moto.sts.models import STSBackend

import iam
from errors import CloudError
from patch import replaces

moto_assume_role = STSBackend.assume_role
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
