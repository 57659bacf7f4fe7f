"""The demo shows its mails in a browser: on this machine, and without running what they contain."""

import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import override_settings

from config.demo.stack.mailbox import Mailbox, mails_in
from config.environment.mail import read_mail
from tests.ports import HOST, free_port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    server = read_mail(f"file:{tmp_path}")
    with override_settings(EMAIL_FILE_PATH=server.folder):
        for number in (1, 2):
            mail = EmailMultiAlternatives(
                f"<b>Mail {number}</b>", f"a & b {number}", "shop@shop.example", ["ada@a.example"]
            )
            mail.attach_alternative("<p>Hello<script>alert(1)</script></p>", "text/html")
            get_connection(server.backend).send_messages([mail])
    return tmp_path


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    port = free_port()
    with Mailbox(folder, (HOST, port)) as mailbox:
        Thread(target=mailbox.serve_forever, daemon=True).start()
        yield port
        mailbox.shutdown()


def read(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://{HOST}:{port}{path}") as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return str(answer.read().decode())


def test_mails_are_listed_and_each_is_shown_in_both_parts(folder: Path, port: int) -> None:
    listed = read(port, "/")
    assert "&lt;b&gt;Mail 1&lt;/b&gt;" in listed
    assert "&lt;b&gt;Mail 2&lt;/b&gt;" in listed
    shown = read(port, f"/{mails_in(folder)[0].key}")
    assert "<pre>a &amp; b" in shown
    assert '<iframe sandbox srcdoc="&lt;p&gt;Hello&lt;script&gt;' in shown
    assert "<script>" not in listed + shown


@pytest.mark.parametrize(
    ("host", "path"), [("evil.example", "/"), (HOST, "/../etc/passwd"), (HOST, "/nothing.0")]
)
def test_there_is_nothing_else(port: int, host: str, path: str) -> None:
    connection = HTTPConnection(HOST, port, timeout=10)
    connection.request("GET", path, headers={"Host": f"{host}:{port}"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (404, b"There is no such mail.")
    connection.close()
