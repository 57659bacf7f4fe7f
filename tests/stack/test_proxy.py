"""docs/deploy/nginx.conf as it stands, with a real nginx in front of the README's own command."""

import json
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import trustme

from config.environment.paths import ROOT
from tests.faults.processes import wait_until
from tests.ports import HOST, free_port
from tests.stack.test_slow_clients import NEVER_TAKEN, SLOW, answers_within_a_second, web

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
NAME = "shop.example"
CONFIGURATION = ROOT / "docs" / "deploy" / "nginx.conf"
ATTACKER = "127.0.0.2"
"""Another address than that of the customer: each may hold so many connections."""

MAIN = """
daemon off; {user} pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/shop.conf;
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx: install nginx-light")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Front:
    """Where nginx and gunicorn listen, and whom clients trust."""

    clear: int
    tls: int
    behind: int
    trust: ssl.SSLContext

    def line(self, address: str = "127.0.0.1") -> ssl.SSLSocket:
        """Connect with TLS, from an address of this machine."""
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        plain.settimeout(15)
        plain.bind((address, 0))
        plain.connect((HOST, self.tls))
        return self.trust.wrap_socket(plain, server_hostname=NAME)

    def ask(self, path: str, method: str = "GET", **options: Any) -> Answer:
        headers = {"Host": NAME, **options.pop("headers", {})}
        with closing(HTTPConnection(HOST, self.tls)) as connection:
            connection.sock = self.line()
            connection.request(method, path, headers=headers, **options)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())

    def answers_within_a_second(self, path: str) -> bool:
        for _ in range(2):
            with suppress(TimeoutError), closing(self.line()) as line:
                line.settimeout(1)
                line.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
                return line.recv(100).startswith(b"HTTP/1.1 200")
        return False


@contextmanager
def proxied(folder: Path) -> Iterator[Front]:
    authority = trustme.CA()
    certificate = authority.issue_cert(NAME)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    chain = b"".join(each.bytes() for each in certificate.cert_chain_pems)
    (folder / "chain.pem").write_bytes(chain)
    variables = {"HTTPS": "1", "ALLOWED_HOSTS": f"{NAME},localhost", "PROXIES": "1"}
    with web(folder / "web.log", variables) as behind:
        front = Front(free_port(), free_port(), behind, trust)
        changes = {
            "127.0.0.1:8000": f"{HOST}:{behind}",
            "listen 80": f"listen {HOST}:{front.clear}",
            "listen 443": f"listen {HOST}:{front.tls}",
            "/var/log/nginx/shop.log": str(folder / "access.log"),
            "/etc/ssl/shop.example.pem": str(folder / "chain.pem"),
            "/etc/ssl/shop.example.key": str(folder / "key.pem"),
        }
        text = CONFIGURATION.read_text()
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / "shop.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
        command = [NGINX or "", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        assert "[warn]" not in checked.stderr, checked.stderr
        with (folder / "nginx.log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log)
        try:
            wait_until(lambda: opens(front.tls), log=folder / "nginx.log")
            yield front
        finally:
            process.terminate()
            process.wait()


def opens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex((HOST, port)) == 0


def problem_in(answer: Answer) -> Any:
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.body)
    assert told["status"] == answer.status
    return told["type"]


@pytest.fixture
def front(transactional_db: None, tmp_path: Path) -> Iterator[Front]:  # noqa: ARG001 - its database
    with proxied(tmp_path) as front:
        assert front.ask("/problems/").status == 200
        yield front


@pytest.mark.parametrize("count", [24, 200])
def test_slow_clients_hold_up_neither_probes_nor_customers(front: Front, count: int) -> None:
    attacks = {**SLOW, "answers that nobody takes": NEVER_TAKEN}
    for manner, begin in attacks.items():
        with ExitStack() as lines:
            for _ in range(count):
                line = lines.enter_context(front.line(ATTACKER))
                with suppress(ConnectionError):
                    line.sendall(begin.replace(b"localhost", NAME.encode()))
            for path in ("/livez", "/readyz"):
                assert answers_within_a_second(front.behind, path), (manner, path)
            assert front.answers_within_a_second("/problems/"), manner


def test_the_proxy_serves_the_shop_and_hides_what_is_for_operators(front: Front) -> None:
    assert front.ask("/api/v1/orders").status == 401
    for path in ("/livez", "/readyz", "/metrics", "//metrics", "/%6detrics", "/x/../livez"):
        assert front.ask(path).status == 404, path
    assert front.ask("/api/schema/").headers["Strict-Transport-Security"]


def test_what_a_client_says_of_its_address_is_replaced(front: Front, tmp_path: Path) -> None:
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=6.6.6.6",
    }
    assert front.ask("/api/v1/orders", headers=forged).status == 401
    lines = (tmp_path / "web.log").read_text().splitlines()
    refused = json.loads([line for line in lines if "request_refused" in line][-1])
    assert (refused["status"], refused["address"]) == (401, "127.0.0.1")


def test_the_access_log_knows_no_query(front: Front, tmp_path: Path) -> None:
    front.ask("/api/v1/orders?search=ada%40example.org")
    log = tmp_path / "access.log"
    wait_until(lambda: "/api/v1/orders" in log.read_text())
    assert "ada" not in log.read_text()


def test_clear_text_is_sent_on_for_people_and_refused_for_programs(front: Front) -> None:
    for path, status in (("/admin/", 308), ("/api/v1/orders", 403)):
        with closing(HTTPConnection(HOST, front.clear, timeout=15)) as connection:
            connection.request("GET", path, headers={"Host": NAME})
            assert connection.getresponse().status == status


def test_another_host_name_gets_no_answer(front: Front) -> None:
    with (
        socket.create_connection((HOST, front.tls), timeout=15) as plain,
        pytest.raises(ssl.SSLError),
    ):
        front.trust.wrap_socket(plain, server_hostname="elsewhere.example")
    with socket.create_connection((HOST, front.clear), timeout=15) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n")
        assert plain.recv(100) == b""


def test_what_the_proxy_refuses_is_a_problem(front: Front) -> None:
    assert problem_in(front.ask(f"/api/v1/orders?q={'x' * 9000}")) == "/problems/uri-too-long"
    large = front.ask("/api/v1/orders", headers={"X-Large": "x" * 9000})
    assert problem_in(large) == "/problems/header-fields-too-large"
    body = front.ask("/api/v1/orders", "POST", body=b"x" * 2_600_000)
    assert problem_in(body) == "/problems/body-too-large"


def test_a_shop_that_is_away_is_a_problem_too(tmp_path: Path, transactional_db: None) -> None:  # noqa: ARG001 - its database
    with proxied(tmp_path) as front:
        text = (tmp_path / "shop.conf").read_text()
        (tmp_path / "shop.conf").write_text(text.replace(f"{HOST}:{front.behind}", f"{HOST}:1"))
        os.kill(int((tmp_path / "nginx.pid").read_text()), 1)
        # Workers of the old configuration answer as well until they have gone.
        wait_until(lambda: problem_in(front.ask("/api/v1/orders")) == "/problems/unavailable")
