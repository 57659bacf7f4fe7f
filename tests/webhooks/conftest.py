"""An endpoint on this machine: real TLS, with a certificate of an authority of its own."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from pytest_django import Settings

from outbox.webhooks.endpoints import add_endpoint
from outbox.webhooks.sending import tls_settings

AUTHORITY = trustme.CA()


@dataclass
class Received:
    """What the endpoint got; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What the endpoint does: answer with these statuses, then with 204.

    :ivar says: the body of its answers.
    """

    url: str = ""
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    says: bytes = b""
    drips: bool = False
    over: threading.Event = field(default_factory=threading.Event)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.path, headers, body))
            if receiver.drips:
                self._drip()
                return
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.says)

        def _drip(self) -> None:
            """Send a status line that never ends."""
            try:
                while not receiver.over.wait(0.05):
                    self.wfile.write(b"H")
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    return Handler


@pytest.fixture
def receiver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[Receiver]:
    """Serve an endpoint that is trusted, at an address that is allowed."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(tls)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    receiver.url = f"https://localhost:{server.server_port}/hooks?from=shop"
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    tls_settings.cache_clear()
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    yield receiver
    receiver.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
    tls_settings.cache_clear()


@pytest.fixture
def erp(receiver: Receiver, transactional_db: None) -> str:  # noqa: ARG001 - the tables
    """Add the receiver as an endpoint of orders that are confirmed or cancelled.

    :returns: its secret.
    """
    _, secret = add_endpoint(name="erp", url=receiver.url, reason="an example", actor="ada")
    return secret
