"""A localstripe process, and a server that receives its webhooks."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.ports import free_port

Webhook = tuple[bytes, dict[str, str]]
"""The body and the headers of a webhook."""

SERVER = Path(__file__).with_name("stand_in_server.py")


class Localstripe:
    """Answers at ``address`` as Stripe does, as far as localstripe can."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, SERVER, str(port)], stderr=subprocess.DEVNULL
        )

    def wait_until_it_answers(self) -> None:
        """Return once it answers.

        :raises AssertionError: it does not within 30 seconds.
        """
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self._post("/_config/webhooks/none", b"")
            except URLError as error:
                if getattr(error, "code", 0) == 400:
                    return
            time.sleep(0.05)
        raise AssertionError("localstripe does not answer")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    @contextmanager
    def webhooks(self, secret: str) -> Iterator["Queue[Webhook]"]:
        """Receive its webhooks; they arrive in the queue."""
        received: Queue[Webhook] = Queue()

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.put((body, dict(self.headers)))
                self.send_response(202)
                self.end_headers()

            def log_request(self, code: object = "-", size: object = "-") -> None:
                """Keep quiet."""

        ear = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        thread = threading.Thread(target=ear.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{ear.server_port}/"
        self._post("/_config/webhooks/tests", f"url={address}&secret={secret}".encode())
        try:
            yield received
        finally:
            ear.shutdown()
            thread.join()
            ear.server_close()

    def _post(self, path: str, body: bytes) -> None:
        with urlopen(Request(self.address + path, body, method="POST"), timeout=5):  # noqa: S310 - our own address
            return
