"""AssumeRole of a role that does not exist (or does not trust the caller) is refused.

Follows the STS API reference: AccessDenied, which does not tell which of the two it was. moto would give
credentials for any role.
"""

from __future__ import annotations

from typing import Any

from moto.sts.models import STSBackend

from errors import CloudError
from patch import replaces

moto_assume_role = STSBackend.assume_role

# Role ARNs.
ABSENT_ROLES: set[str] = set()


@replaces(STSBackend)
def assume_role(self: STSBackend, *args: Any, **kwargs: Any) -> Any:
    role_arn = kwargs["role_arn"]
    if role_arn in ABSENT_ROLES:
        caller = f"arn:aws:iam::{self.account_id}:user/moto"
        message = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        raise CloudError("AccessDenied", message, status=403)
    return moto_assume_role(self, *args, **kwargs)


# Knob (POST /_cloud/knob)


def knob_role_absent(role: str, on: bool = True) -> None:
    """AssumeRole of this role (an ARN) is refused while this is on."""
    if on:
        ABSENT_ROLES.add(role)
    else:
        ABSENT_ROLES.discard(role)
