"""The README's own command, with clients that send or read as slowly as they can."""

import json
import re
import select
import shlex
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from config.environment.paths import ROOT
from config.http.buffering import SECONDS_TO_SEND
from tests.faults.processes import SECONDS_TO_START, running, serves, wait_until
from tests.ports import HOST, free_port
from tests.threads import waiting_for_a_lock

THREADS = 4
"""Of the README's command."""

SLOW = {
    "a request line that never ends": b"GET /api/",
    "a head that never ends": b"GET /api/v1/products HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    "a body that never ends": (
        b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 60000\r\n\r\n{"
    ),
    "nothing at all": b"",
}


NEVER_TAKEN = (
    b"GET /static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js HTTP/1.1\r\n"
    b"Host: localhost\r\n\r\n"
) * 8
"""Eight times a megabyte and more, so that it fits into no buffer between here and there."""


def command_of_the_readme() -> list[str]:
    """Return the words of the line that starts gunicorn, without where it listens."""
    line = re.search(
        r"^bin/python -m (gunicorn .*) --bind \S+$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert line is not None
    return shlex.split(line[1])


@contextmanager
def web(log: Path, variables: Mapping[str, str] | None = None) -> Iterator[int]:
    port = free_port()
    words = (*command_of_the_readme(), f"--bind={HOST}:{port}", "--no-control-socket")
    with running(log, *words, variables=variables or {}):
        wait_until(lambda: serves(port), log=log, seconds=SECONDS_TO_START)
        yield port


@pytest.fixture(scope="module")
def port(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,  # noqa: ARG001 - creates the database
) -> Iterator[int]:
    with web(tmp_path_factory.mktemp("web") / "web.log") as port:
        yield port


def ask(port: int, path: str) -> int:
    """Return the status of an answer.

    :raises TimeoutError: the server is longer at it than it has patience with any client.
    """
    with closing(HTTPConnection(HOST, port, timeout=SECONDS_TO_SEND - 5)) as connection:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        answer.read()
        return answer.status


@contextmanager
def slow_clients(port: int, begin: bytes, *, count: int = 24) -> Iterator[list[socket.socket]]:
    """Let clients send the beginning of a request, and neither send nor read any more."""
    with ExitStack() as lines:
        yield [begin_slowly(lines, port, begin) for _ in range(count)]


def begin_slowly(lines: ExitStack, port: int, begin: bytes) -> socket.socket:
    line = lines.enter_context(socket.socket())
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.connect((HOST, port))
    line.sendall(begin)
    return line


def answered(lines: list[socket.socket]) -> int:
    """Count the clients to whom an answer, or the end of the connection, has been sent."""
    return len(select.select(lines, [], [], 0)[0])


def answer_to(port: int, *parts: bytes) -> bytes:
    """Send a request in parts and return all that comes back."""
    with socket.create_connection((HOST, port), timeout=15) as line:
        for part in parts:
            line.sendall(part)
            time.sleep(0.05)
        said = b""
        while came := line.recv(65536):
            said += came
        return said


def problem_in(said: bytes) -> dict[str, Any]:
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, said
    told: dict[str, Any] = json.loads(body)
    return told


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("begin", SLOW.values(), ids=SLOW)
def test_slow_clients_hold_up_neither_probes_nor_requests(port: int, begin: bytes) -> None:
    with slow_clients(port, begin) as lines:
        for path in ("/livez", "/readyz", "/problems/"):
            assert ask(port, path) == 200
            assert answered(lines) == 0


def answers_within_a_second(port: int, path: str) -> bool:
    """Ask as an orchestrator does, which gives up after a second and comes once more."""
    for _ in range(2):
        connection = HTTPConnection(HOST, port, timeout=1)
        with closing(connection), suppress(TimeoutError):
            connection.request("GET", path, headers={"Host": "localhost"})
            return connection.getresponse().status == 200
    return False


@pytest.mark.usefixtures("transactional_db")
def test_probes_are_answered_while_every_thread_waits_for_a_lock(port: int) -> None:
    asks = b"GET /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer one\r\n\r\n"
    ask(port, "/readyz")
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("LOCK TABLE config_apitoken IN ACCESS EXCLUSIVE MODE")
        with slow_clients(port, asks):
            wait_until(lambda: waiting_for_a_lock(cursor) >= THREADS)
            for path in ("/livez", "/readyz"):
                assert answers_within_a_second(port, path), path
    assert ask(port, "/problems/") == 200


@pytest.mark.usefixtures("transactional_db")
def test_answers_that_nobody_takes_hold_up_no_probe(port: int) -> None:
    with slow_clients(port, NEVER_TAKEN) as lines:
        wait_until(lambda: answered(lines) > 0)
        for path in ("/livez", "/readyz"):
            assert answers_within_a_second(port, path), path


def test_who_takes_nothing_of_an_answer_is_left(port: int) -> None:
    with slow_clients(port, NEVER_TAKEN, count=4) as lines:
        wait_until(lambda: answered(lines) == len(lines))
        assert ask(port, "/problems/") == 200


def test_who_takes_an_answer_bit_by_bit_gets_all_of_it(port: int) -> None:
    with slow_clients(port, NEVER_TAKEN[: len(NEVER_TAKEN) // 8], count=1) as (line,):
        line.settimeout(15)
        head = line.recv(2048).partition(b"\r\n\r\n")[0]
        length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        until, taken = time.monotonic() + 4, 2048
        while taken < length:
            taken += len(line.recv(4096 if time.monotonic() < until else 65536))
            if time.monotonic() < until:
                time.sleep(0.1)


def test_a_request_that_comes_in_pieces_is_answered(port: int) -> None:
    said = answer_to(
        port,
        b"GET /livez HT",
        b"TP/1.1\r\nHost: localhost\r\nConnec",
        b"tion: close\r\n\r",
        b"\n",
    )
    assert said.startswith(b"HTTP/1.1 200 OK")


def test_requests_that_come_at_once_are_answered_one_after_the_other(port: int) -> None:
    one = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    said = answer_to(port, one + b"\r\n" + one + b"Connection: close\r\n\r\n")
    assert said.count(b"HTTP/1.1 200 OK") == 2


def test_a_body_in_chunks_is_refused_at_once(port: int) -> None:
    said = answer_to(
        port,
        b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    )
    assert said.startswith(b"HTTP/1.1 411 ")
    assert problem_in(said)["type"] == "/problems/length-required"


def test_a_body_that_would_be_too_large_is_not_waited_for(port: int) -> None:
    said = answer_to(
        port,
        b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n",
    )
    assert said.startswith(b"HTTP/1.1 413 ")
    assert problem_in(said)["type"] == "/problems/body-too-large"


def test_a_client_that_asks_before_it_sends_is_told_to(port: int) -> None:
    with socket.create_connection((HOST, port), timeout=15) as line:
        line.sendall(
            b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        line.sendall(b"{}")
        said = b""
        while b" 401 " not in said:
            came = line.recv(65536)
            assert came, said
            said += came


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        (b"GET /api/v1/orders?q=" + b"x" * 9000 + b" HTTP/1.1\r\n", 414, "uri-too-long"),
        (
            b"GET /livez HTTP/1.1\r\nX-A: " + b"x" * 70_000,
            431,
            "header-fields-too-large",
        ),
        (b"GET /livez HTTP/1.1\r\nno header\r\n", 400, "bad-request"),
    ],
)
def test_what_the_server_in_front_refuses_is_a_problem_too(
    port: int, request_: bytes, status: int, kind: str
) -> None:
    told = problem_in(answer_to(port, request_ + b"\r\n"))
    assert (told["status"], told["type"]) == (status, f"/problems/{kind}")
    assert ask(port, told["type"]) == 200
