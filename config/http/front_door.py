"""What has come of a request before the application sees it, and what is refused there.

A refusal is a problem (RFC 9457), as those of the application are. Nothing of Django is imported:
gunicorn loads this before it.
"""

import json
import re
from http import HTTPStatus
from typing import Final

from uuid_utils.compat import uuid7

LARGEST_HEAD: Final = 64 * 1024
LARGEST_REQUEST: Final = 2_500_000 + LARGEST_HEAD
"""Bytes; what Django reads of a form at most."""

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,15})[ \t]*\r?$")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:")
_EXPECTS = re.compile(rb"(?im)^expect:[ \t]*100-continue[ \t]*\r?$")
_PROBE = re.compile(rb"(GET|HEAD) /(livez|readyz)[ ?]")


class RefusedAtTheDoor(Exception):
    """What comes is not waited for."""

    def __init__(self, status: HTTPStatus, kind: str) -> None:
        super().__init__(kind)
        self.status, self.kind = status, kind


def is_whole(gathered: bytearray) -> bool:
    """Tell whether a request's head and body are here.

    :raises RefusedAtTheDoor: it will be too large, or will not say how large.
    """
    head, end, body = gathered.partition(_END)
    if not end:
        if len(gathered) > LARGEST_HEAD:
            raise RefusedAtTheDoor(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "header-fields-too-large"
            )
        return False
    if _CHUNKED.search(head):
        raise RefusedAtTheDoor(HTTPStatus.LENGTH_REQUIRED, "length-required")
    length = max((int(each) for each in _LENGTH.findall(head)), default=0)
    if length > LARGEST_REQUEST:
        raise RefusedAtTheDoor(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large")
    return len(body) >= length


def is_probe(gathered: bytearray) -> bool:
    """Tell whether an orchestrator asks how things are."""
    return _PROBE.match(gathered) is not None


def waits_for_leave(gathered: bytearray) -> bool:
    """Tell whether a client has sent a head and waits with the body until it is told to go on."""
    head, end, _ = gathered.partition(_END)
    return bool(end) and _EXPECTS.search(head) is not None


def answer_of(status: HTTPStatus, kind: str) -> bytes:
    """Write a whole answer that tells of a problem, after which the connection ends."""
    request_id = str(uuid7())
    body = json.dumps(
        {
            "type": f"/problems/{kind}",
            "title": kind.replace("-", " ").capitalize(),
            "status": status.value,
            "detail": status.description or status.phrase,
            "instance": "/",
            "request_id": request_id,
        }
    )
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nX-Request-ID: {request_id}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode("latin-1")
