"""Judge the bytes of a request before the application sees it: complete, too large, or a probe.

A refusal is a problem (RFC 9457), like those of the application. This imports nothing of Django:
gunicorn loads it first.
"""

import json
import re
from http import HTTPStatus
from typing import Final

from uuid_utils.compat import uuid7

LARGEST_HEAD: Final = 64 * 1024
LARGEST_REQUEST: Final = 2_500_000 + LARGEST_HEAD
"""Bytes: the limit that Django has for a form."""

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,15})[ \t]*\r?$")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:")
_EXPECTS = re.compile(rb"(?im)^expect:[ \t]*100-continue[ \t]*\r?$")
_PROBE = re.compile(rb"(GET|HEAD) /(livez|readyz)[ ?]")


class RefusedEarly(Exception):
    """The request is refused before it has arrived."""

    def __init__(self, status: HTTPStatus, kind: str) -> None:
        super().__init__(kind)
        self.status, self.kind = status, kind


def is_whole(buffered: bytearray) -> bool:
    """Tell whether a request's head and body have arrived.

    :raises RefusedEarly: it is too large, or comes in chunks, without a length.
    """
    head, end, body = buffered.partition(_END)
    if not end:
        if len(buffered) > LARGEST_HEAD:
            raise RefusedEarly(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "header-fields-too-large"
            )
        return False
    if _CHUNKED.search(head):
        raise RefusedEarly(HTTPStatus.LENGTH_REQUIRED, "length-required")
    length = max((int(each) for each in _LENGTH.findall(head)), default=0)
    if length > LARGEST_REQUEST:
        raise RefusedEarly(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large")
    return len(body) >= length


def is_probe(buffered: bytearray) -> bool:
    """Tell whether this is a probe of an orchestrator."""
    return _PROBE.match(buffered) is not None


def expects_continue(buffered: bytearray) -> bool:
    """Tell whether a client waits for ``100 Continue`` before it sends the body."""
    head, end, _ = buffered.partition(_END)
    return bool(end) and _EXPECTS.search(head) is not None


def answer_of(status: HTTPStatus, kind: str) -> bytes:
    """Return the bytes of an answer with a problem, after which the connection is closed."""
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
