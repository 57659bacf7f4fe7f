"""A wire between a client and a server, which a test can cut or let go dead."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
COMMIT = b"COMMIT\0"
RESET = struct.pack("ii", 1, 0)
"""Of SO_LINGER: close without a farewell, so that the other end reads a reset."""

Address = tuple[str, int] | Path


@dataclass(eq=False)
class _Call:
    """One connection: the client's end and the server's."""

    client: socket.socket
    server: socket.socket
    is_dead: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def hang_up(self) -> None:
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def reset(self) -> None:
        with suppress(OSError):
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.client.close()
        self.hang_up()


@dataclass
class Wire:
    """Forwards what connects to ``port`` of this machine to a server.

    :ivar delay: seconds that whatever is sent, in either direction, takes longer.
    """

    server: Address
    calls: set[_Call] = field(default_factory=set)
    cuts_commits: bool = False
    cuts_replies_to_commit: bool = False
    cut: int = 0
    delay: float = 0

    def __post_init__(self) -> None:
        self.listener = socket.create_server((HOST, 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def go_dead(self) -> None:
        """Let open connections stay open and carry nothing, ever; fresh ones work.

        So it is for both ends when a firewall between them has forgotten the connection.
        """
        for call in list(self.calls):
            call.is_dead = True

    def reset(self) -> None:
        """End all open connections without a farewell."""
        for call in list(self.calls):
            call.reset()

    @contextmanager
    def losing_a_reply_to_commit(self) -> Iterator[None]:
        """Cut the next connection that commits once the server has answered, unheard."""
        self.cuts_replies_to_commit, before = True, self.cut
        yield
        assert self.cut == before + 1, "nobody has committed"

    @contextmanager
    def losing_a_commit(self) -> Iterator[None]:
        """Cut the next connection that commits before the server has heard of it."""
        self.cuts_commits, before = True, self.cut
        yield
        assert self.cut == before + 1, "nobody wanted to commit"

    def close(self) -> None:
        self.listener.close()
        for call in list(self.calls):
            call.hang_up()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = _connected(self.server)
            except OSError:
                client.close()
                continue
            call = _Call(client, server)
            self.calls.add(call)
            for end in (client, server):
                threading.Thread(target=self._pump, args=(call, end), daemon=True).start()

    def _pump(self, call: _Call, source: socket.socket) -> None:
        target = call.server if source is call.client else call.client
        with suppress(OSError):
            while data := source.recv(65536):
                if call.is_dead:
                    continue
                if self.delay:
                    time.sleep(self.delay)
                cuts = self.cuts_commits or self.cuts_replies_to_commit
                if cuts and source is call.client and COMMIT in data:
                    self._cut_at_commit(call, data)
                else:
                    target.sendall(data)
        self.calls.discard(call)
        call.ended.set()
        call.hang_up()

    def _cut_at_commit(self, call: _Call, commit: bytes) -> None:
        """Hang up when the server has ended the session, which it does after a commit it knows of.

        Nothing comes back from before the server hears of it: it may be quicker than we are.
        """
        call.is_dead = True
        self.cut += 1  # before the client hears of it, and its test asks
        if self.cuts_replies_to_commit:
            call.server.sendall(commit)
        self.cuts_commits = self.cuts_replies_to_commit = False
        call.server.shutdown(socket.SHUT_WR)
        call.ended.wait()


def _connected(address: Address) -> socket.socket:
    if isinstance(address, Path):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(address))
        except OSError:
            server.close()
            raise
        return server
    return socket.create_connection(address, timeout=None)
