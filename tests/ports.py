"""Ports for servers of a test's own."""

import secrets
import socket
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"
FIRST = 20_000
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """Return a port that nobody listens on and that no outgoing connection is given.

    A port that the kernel picks may be some client's own port a moment later, and the server that
    was to have it cannot start. The draw is not that of ``random``, whose seed is the same in all
    processes of the suite.

    :raises OSError: no free port was found.
    """
    last = int(OUTGOING.read_text().split()[0]) if OUTGOING.exists() else 32_768
    for _ in range(100):
        port = FIRST + secrets.randbelow(max(last - FIRST, 1_000))
        with suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise OSError(f"no free port from {FIRST} to {last}")
