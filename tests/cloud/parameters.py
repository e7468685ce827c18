"""SSM Parameter Store: what a SecureString holds is told to nobody who does not ask for its decryption.

Follows the API reference of PutParameter, GetParameter and GetParameters, and the User Guide ("Working with parameter
versions", "AWS Systems Manager Parameter Store: parameter policies and patterns").
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from moto.ssm.exceptions import SSMException
from moto.ssm.models import Parameter, SimpleSystemManagerBackend, ssm_backends

from patch import replaces

moto_put = SimpleSystemManagerBackend.put_parameter
moto_response = Parameter.response_object


@replaces(Parameter)
def response_object(self: Parameter, decrypt: bool = False, region: str | None = None) -> dict[str, Any]:
    told = moto_response(self, decrypt, region)
    if self.parameter_type == "SecureString" and not decrypt:
        told["Value"] = base64.b64encode(b"AQICAHh" + hashlib.sha256(self.value.encode()).digest()).decode()
    return told


@replaces(SimpleSystemManagerBackend)
def put_parameter(self: SimpleSystemManagerBackend, name: str, description: Any, value: str, *given: Any, **named: Any):
    before = self._parameters[name][-1] if name in self._parameters and self._parameters[name] else None
    pattern = (given[1] if len(given) > 1 else named.get("allowed_pattern")) or (before and before.allowed_pattern)
    if pattern and not re.fullmatch(pattern, value):
        # The message of AWS names the pattern.
        raise SSMException(
            "ParameterPatternMismatchException", f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        )
    return moto_put(self, name, description, value, *given, **named)


def make(account: str, region: str, name: str, value: str, kind: str, pattern: str | None = None) -> None:
    ssm_backends[account][region].put_parameter(
        name, None, value, kind, pattern, None, True, None, "text", tier=None, policies=None
    )


def described(backend: SimpleSystemManagerBackend) -> dict[str, Any]:
    """Those that were made here; AWS's own are loaded when they are asked for."""
    return {
        name: {
            "type": versions[-1].parameter_type,
            "version": versions[-1].version,
            "value": versions[-1].decrypt(versions[-1].value),
            "key": versions[-1].keyid,
        }
        for name, versions in dict.items(backend._parameters)
        if versions and not name.startswith("/aws/")
    }
