"""POST over https: to a checked address, without redirects, with a time limit."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from threading import Timer
from urllib.parse import urlsplit

from outbox.webhooks.addresses import Address, resolve

MOST_READ = 400
"""Bytes of the body of a refusal."""


class NoAnswer(Exception):
    """The endpoint did not answer, or not in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer; of its body only the beginning is read, and that only if it refuses.

    :ivar retry_after: the seconds that the endpoint asks for, 0 if it asks for none.
    :ivar excerpt: how the body of a refusal begins.
    """

    status: int
    retry_after: float
    excerpt: str = ""


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, private: bool = False
) -> Answer:
    """Send a body and return the head of the answer.

    :param seconds: time limit for everything together, even for an answer that trickles in.
    :param private: allow addresses that are not on the public internet.
    :raises AddressRefused: the host is not on the public internet.
    :raises NoAnswer: anything else failed.
    """
    target = urlsplit(url)
    host, port = target.hostname or "", target.port or 443
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    until = time.monotonic() + seconds
    try:
        addresses = resolve(host, port, private=private)
        with _connected(addresses, host, until) as tls:
            connection = HTTPSConnection(host, port, context=tls_settings())
            connection.sock = tls
            connection.request("POST", path, body, dict(headers))
            return _head(connection.getresponse())
    except (OSError, HTTPException) as error:
        late = time.monotonic() >= until
        what = f"no answer within {seconds:g} seconds" if late else str(error)
        raise NoAnswer(f"{host}: {what or type(error).__name__}") from error


@cache
def tls_settings() -> ssl.SSLContext:
    """Return a context that verifies the host's certificate.

    ``SSL_CERT_FILE`` (OpenSSL) names other authorities than the machine's.
    """
    return ssl.create_default_context()


@contextmanager
def _connected(addresses: list[Address], host: str, until: float) -> Iterator[ssl.SSLSocket]:
    """Connect to the first address that answers; shut the socket down at the time limit."""
    plain = _first(addresses, until)
    with tls_settings().wrap_socket(
        plain, server_hostname=host, do_handshake_on_connect=False
    ) as tls:
        timer = Timer(max(until - time.monotonic(), 0), _cut, [tls])
        timer.start()
        try:
            tls.do_handshake()
            yield tls
        finally:
            timer.cancel()


def _first(addresses: list[Address], until: float) -> socket.socket:
    failures: list[OSError] = []
    for address in addresses:
        plain = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            plain.settimeout(max(until - time.monotonic(), 0.001))
            plain.connect(address.place)
        except OSError as error:
            plain.close()
            failures.append(error)
        else:
            return plain
    raise failures[0]


def _cut(tls: ssl.SSLSocket) -> None:
    """End a blocked read or write; the thread that owns the socket closes it."""
    with suppress(OSError):
        socket.socket.shutdown(tls, socket.SHUT_RDWR)


def _head(response: HTTPResponse) -> Answer:
    asked = response.headers.get("Retry-After", "")
    return Answer(
        response.status,
        float(asked) if asked.isdecimal() else 0.0,
        "" if 200 <= response.status < 300 else _beginning(response),
    )


def _beginning(response: HTTPResponse) -> str:
    """Read how a body begins; that it does not come in time changes nothing."""
    try:
        return response.read(MOST_READ).decode(errors="replace")
    except (OSError, HTTPException):
        return ""
