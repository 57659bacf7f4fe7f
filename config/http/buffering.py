"""A gunicorn worker that buffers each request as a whole before a thread answers it.

gunicorn's own threads read while a client sends, so that a few slow clients occupy all of them.
Here the event loop reads the requests of all connections, and a thread gets one that is complete.
Probes have a thread of their own. Run it with
``--worker-class config.http.buffering.BufferingWorker``.
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

from config.http.raw_requests import (
    LARGEST_HEAD,
    LARGEST_REQUEST,
    RefusedEarly,
    answer_of,
    expects_continue,
    is_probe,
    is_whole,
)

SECONDS_TO_SEND: Final = 20
"""How long a client may take to send one request."""

SECONDS_TO_TAKE: Final = 2
"""How long sending an answer may stall before the connection is closed."""

MOST_BUFFERED: Final = 128 * 1024 * 1024
"""Bytes of all incomplete requests of a process."""

_PATIENCE: Final = struct.pack("ll", SECONDS_TO_TAKE, 0)
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

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
"""What gunicorn raises for a malformed request; it answers other errors itself."""


class BufferingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Buffer with each connection what has arrived of its request: ``conn.buffered``."""

    def init_process(self) -> None:
        self.probes = ThreadPoolExecutor(1, thread_name_prefix="probes")
        self.buffered = 0
        # Python's sendfile has no timeout for a client that does not read.
        self.cfg.set("sendfile", False)  # noqa: FBT003 - gunicorn's signature
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """Start to buffer a request; gunicorn calls this where it would have a thread read."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
        conn.buffered = bytearray(conn.parser.unreader.take_buffered() if conn.parser else b"")
        conn.was_continued = False
        conn.timeout = time.monotonic() + SECONDS_TO_SEND
        conn.sock.setblocking(False)  # noqa: FBT003 - the socket's signature
        self.buffered += len(conn.buffered)
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read_on, conn))
        self._look_at(conn)

    def murder_pending(self) -> None:
        """Close connections that took too long; gunicorn calls this about once a second."""
        before = set(self.pending_conns)
        super().murder_pending()
        self.buffered -= sum(len(conn.buffered) for conn in before.difference(self.pending_conns))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a malformed request with a problem."""
        if type(exc) not in _REFUSED:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request of %s: %s", addr, exc)
        _send(client, answer_of(*_REFUSED[type(exc)]))

    def _read_on(self, conn: Any, sock: socket.socket) -> None:
        try:
            came = sock.recv(LARGEST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._forget(conn)
            self._close(conn)
            return
        conn.buffered += came
        self.buffered += len(came)
        self._look_at(conn)

    def _look_at(self, conn: Any) -> None:
        """Hand a complete request to a thread, refuse one that is too large, or wait for more."""
        try:
            is_here = is_whole(conn.buffered)
        except RefusedEarly as refusal:
            self._refuse(conn, refusal)
            return
        if is_here:
            self._hand_over(conn)
        elif self.buffered > MOST_BUFFERED:
            self._refuse(conn, RefusedEarly(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"))
        elif not conn.was_continued and expects_continue(conn.buffered):
            conn.was_continued = True
            _send(conn.sock, _CONTINUE)

    def _hand_over(self, conn: Any) -> None:
        self._forget(conn)
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _PATIENCE)
        conn.initialized = conn.data_ready = True
        conn.parser.unreader.unread(bytes(conn.buffered))
        threads = self.probes if is_probe(conn.buffered) else self.tpool
        conn.buffered = bytearray()
        answered: Future[Any] = threads.submit(self.handle, conn)
        answered.add_done_callback(
            lambda answer: self.method_queue.defer(self.finish_request, conn, answer)
        )

    def _refuse(self, conn: Any, refusal: RefusedEarly) -> None:
        self._forget(conn)
        self.log.warning("Refused a request of %s: %s", conn.client, refusal)
        _send(conn.sock, answer_of(refusal.status, refusal.kind))
        # Closing a socket with unread data resets it, and the client may lose the answer.
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.recv(LARGEST_REQUEST)
        self._close(conn)

    def _forget(self, conn: Any) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)
        self.buffered -= len(conn.buffered)

    def _close(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()


def _send(sock: socket.socket, words: bytes) -> None:
    with suppress(OSError):
        util.write_nonblock(sock, words)
