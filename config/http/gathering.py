"""The web server's worker: a thread gets a request when it is here as a whole, and not before.

gunicorn's own threads read while a client sends, so that a few slow clients hold all of them. Here
the loop that waits for all connections gathers each request; only then one of the threads answers.
Probes have a thread of their own. Run it with
``--worker-class config.http.gathering.GatheringWorker``.
"""

import selectors
import socket
import struct
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from gunicorn import util
from gunicorn.http import errors, get_parser
from gunicorn.workers.gthread import ThreadWorker

from config.http.front_door import (
    LARGEST_HEAD,
    LARGEST_REQUEST,
    RefusedAtTheDoor,
    answer_of,
    is_probe,
    is_whole,
    waits_for_leave,
)

SECONDS_TO_SEND: Final = 20
"""What a client may take for one request."""

SECONDS_TO_TAKE: Final = 2
"""How long an answer may get no further, before its client is left."""

MOST_HELD: Final = 128 * 1024 * 1024
"""Bytes of all unfinished requests of a process."""

_PATIENCE: Final = struct.pack("ll", SECONDS_TO_TAKE, 0)
_GO_ON: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

_REFUSED: Final = {
    errors.LimitRequestLine: (HTTPStatus.REQUEST_URI_TOO_LONG, "uri-too-long"),
    errors.LimitRequestHeaders: (
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "header-fields-too-large",
    ),
    **dict.fromkeys(
        (
            *(errors.InvalidRequestLine, errors.InvalidRequestMethod, errors.InvalidHTTPVersion),
            *(errors.InvalidHeader, errors.InvalidHeaderName, errors.ObsoleteFolding),
        ),
        (HTTPStatus.BAD_REQUEST, "bad-request"),
    ),
}
"""What gunicorn finds when a request is here; everything else it answers itself."""


class GatheringWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Keeps with each connection what has come of its request: ``conn.gathered``."""

    def init_process(self) -> None:
        self.probes = ThreadPoolExecutor(1, thread_name_prefix="probes")
        self.held = 0
        # Python's sendfile would wait for a client without end.
        self.cfg.set("sendfile", False)  # noqa: FBT003 - gunicorn's signature
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """Begin to gather a request; gunicorn calls this where it would have a thread read."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
        conn.gathered = bytearray(conn.parser.unreader.take_buffered() if conn.parser else b"")
        conn.is_told_to_go_on = False
        conn.timeout = time.monotonic() + SECONDS_TO_SEND
        conn.sock.setblocking(False)  # noqa: FBT003 - the socket's signature
        self.held += len(conn.gathered)
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read_on, conn))
        self._judge(conn)

    def murder_pending(self) -> None:
        """Leave the clients that took too long; gunicorn calls this about once a second."""
        before = set(self.pending_conns)
        super().murder_pending()
        self.held -= sum(len(conn.gathered) for conn in before.difference(self.pending_conns))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Tell as a problem what is no request."""
        if type(exc) not in _REFUSED:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request of %s: %s", addr, exc)
        _say(client, answer_of(*_REFUSED[type(exc)]))

    def _read_on(self, conn: Any, sock: socket.socket) -> None:
        try:
            came = sock.recv(LARGEST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._let_go(conn)
            self._close(conn)
            return
        conn.gathered += came
        self.held += len(came)
        self._judge(conn)

    def _judge(self, conn: Any) -> None:
        """Hand a request that is whole to a thread, refuse one that never will be, or wait."""
        try:
            is_here = is_whole(conn.gathered)
        except RefusedAtTheDoor as refusal:
            self._refuse(conn, refusal)
            return
        if is_here:
            self._hand_over(conn)
        elif self.held > MOST_HELD:
            self._refuse(conn, RefusedAtTheDoor(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"))
        elif not conn.is_told_to_go_on and waits_for_leave(conn.gathered):
            conn.is_told_to_go_on = True
            _say(conn.sock, _GO_ON)

    def _hand_over(self, conn: Any) -> None:
        self._let_go(conn)
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _PATIENCE)
        conn.initialized = conn.data_ready = True
        conn.parser.unreader.unread(bytes(conn.gathered))
        threads = self.probes if is_probe(conn.gathered) else self.tpool
        conn.gathered = bytearray()
        answered: Future[Any] = threads.submit(self.handle, conn)
        answered.add_done_callback(
            lambda answer: self.method_queue.defer(self.finish_request, conn, answer)
        )

    def _refuse(self, conn: Any, refusal: RefusedAtTheDoor) -> None:
        self._let_go(conn)
        self.log.warning("Refused a request of %s: %s", conn.client, refusal)
        _say(conn.sock, answer_of(refusal.status, refusal.kind))
        # A socket that is closed with something unread takes back what it has said.
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.recv(LARGEST_REQUEST)
        self._close(conn)

    def _let_go(self, conn: Any) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)
        self.held -= len(conn.gathered)

    def _close(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()


def _say(sock: socket.socket, words: bytes) -> None:
    with suppress(OSError):
        util.write_nonblock(sock, words)
