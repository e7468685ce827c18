"""Errors in the shape each AWS protocol gives them, for faults and for what moto has no model of."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import cbor2


@dataclass
class Reply:
    """What goes back over HTTP."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error_code: str | None = None
    # `cut`: the connection is closed in the middle of the body; `drip`: a byte each second.
    how: str = "whole"


class CloudError(Exception):
    """An AWS error with the status it is sent with."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def render(protocol: str, error: CloudError) -> Reply:
    """The error as the protocol (`query`, `ec2`, `rest-xml`, `json`, `rest-json`, `cbor`) sends it."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-requestid": request_id}
    if protocol == "cbor":
        # Smithy RPC v2 CBOR: the error's shape is in `__type`.
        headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        body = cbor2.dumps({"__type": error.code, "message": error.message})
    elif protocol in ("json", "rest-json"):
        headers |= {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": error.code}
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
    elif protocol == "ec2":
        # "Error codes for the Amazon EC2 API": an answer of its own shape, without blame.
        headers["content-type"] = "text/xml;charset=UTF-8"
        told = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        body = f"<Response><Errors>{told}</Errors><RequestID>{request_id}</RequestID></Response>".encode()
    elif protocol == "s3":
        headers["content-type"] = "application/xml"
        body = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>".encode()
    else:
        headers["content-type"] = "text/xml"
        blame = "Receiver" if error.status >= 500 else "Sender"
        body = (
            f"<ErrorResponse><Error><Type>{blame}</Type><Code>{escape(error.code)}</Code>"
            f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        ).encode()
    return Reply(error.status, headers, body, error.code)


def throttled(protocol: str) -> CloudError:
    """EC2 says `RequestLimitExceeded` with 503, Query and REST-XML services `Throttling`, JSON and CBOR ones
    `ThrottlingException`; both of these with 400."""
    if protocol == "ec2":
        return CloudError("RequestLimitExceeded", "Request limit exceeded.", status=503)
    code = "ThrottlingException" if protocol in ("json", "rest-json", "cbor") else "Throttling"
    return CloudError(code, "Rate exceeded")


def access_denied(protocol: str, operation: str, resource: str | None = None) -> CloudError:
    """EC2 says `UnauthorizedOperation`, Query and REST-XML services `AccessDenied`, both with 403; JSON and CBOR ones
    `AccessDeniedException` with 400."""
    on = f" on resource: {resource}" if resource else ""
    message = f"User is not authorized to perform: {operation}{on} because no identity-based policy allows the action"
    if protocol in ("json", "rest-json", "cbor"):
        return CloudError("AccessDeniedException", message)
    if protocol == "ec2":
        return CloudError("UnauthorizedOperation", message.replace("User is", "You are"), status=403)
    return CloudError("AccessDenied", message, status=403)


def expired_token(protocol: str) -> CloudError:
    """EC2 says `RequestExpired` with 400, Query and REST-XML services `ExpiredToken` with 403, JSON and CBOR ones
    `ExpiredTokenException` with 400."""
    message = "The security token included in the request is expired"
    if protocol in ("json", "rest-json", "cbor"):
        return CloudError("ExpiredTokenException", message)
    if protocol == "ec2":
        return CloudError("RequestExpired", "Request has expired.")
    return CloudError("ExpiredToken", message, status=403)
