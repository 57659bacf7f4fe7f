"""Show the mails of the demo in a browser: ``mailbox FOLDER ADDRESS:PORT``.

Mails are files that Django's file backend wrote. The page is for this machine only, and what a mail
contains stays in a frame that may run nothing.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from django.utils.html import escape, format_html, format_html_join

MOST_SHOWN: Final = 200
ALLOWED_HOSTS: Final = ("127.0.0.1", "localhost")

_BETWEEN: Final = b"-" * 79 + b"\n"
"""What the file backend writes after each mail."""

_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="10">
<title>Mails of the demo</title>
<style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 sans-serif; }}
td {{ padding: .3rem 1rem .3rem 0; vertical-align: top; }}
iframe {{ width: 100%; height: 32rem; border: 1px solid #ccc; }}
pre {{ padding: 1rem; background: #f4f4f4; white-space: pre-wrap; }}
</style></head><body>{}</body></html>"""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail; ``key`` is its place in the folder."""

    key: str
    message: EmailMessage

    def part(self, kind: str) -> str:
        """Return the text of a part, ``plain`` or ``html``; nothing if there is none."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


def mails_in(folder: Path) -> list[Mail]:
    """Return the newest mails, the last one first."""
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [mail for path in files[:MOST_SHOWN] for mail in reversed(list(_in(path)))][:MOST_SHOWN]


def _in(path: Path) -> Iterator[Mail]:
    for place, text in enumerate(path.read_bytes().split(_BETWEEN)):
        if text.strip():
            message = message_from_bytes(text, _class=EmailMessage, policy=default)
            yield Mail(f"{path.stem}.{place}", message)


def page_of(folder: Path, path: str) -> str | None:
    """Return the list of mails, or one of them; ``None`` if there is none at this path."""
    mails = mails_in(folder)
    if path == "/":
        return format_html(_PAGE, _list(mails))
    for mail in mails:
        if path == f"/{mail.key}":
            return format_html(_PAGE, _shown(mail))
    return None


def _list(mails: Sequence[Mail]) -> str:
    rows = ((each["Date"], each["To"], f"/{key}", each["Subject"]) for key, each in _pairs(mails))
    listed = format_html_join(
        "\n", '<tr><td>{}</td><td>{}</td><td><a href="{}">{}</a></td></tr>', rows
    )
    return format_html("<h1>Mails</h1><table>{}</table>", listed or "None yet.")


def _pairs(mails: Sequence[Mail]) -> Iterator[tuple[str, EmailMessage]]:
    return ((mail.key, mail.message) for mail in mails)


def _shown(mail: Mail) -> str:
    frame = format_html('<iframe sandbox srcdoc="{}"></iframe>', escape(mail.part("html")))
    return format_html(
        '<p><a href="/">All mails</a></p><h1>{}</h1><p>To {}</p>{}<h2>As text</h2><pre>{}</pre>',
        mail.message["Subject"],
        mail.message["To"],
        frame if mail.part("html") else "",
        mail.part("plain"),
    )


class Mailbox(ThreadingHTTPServer):
    """Serves the mails of a folder."""

    daemon_threads = True

    def __init__(self, folder: Path, address: tuple[str, int]) -> None:
        self.folder = folder
        super().__init__(address, Visit)


class Visit(BaseHTTPRequestHandler):
    """One request for a page of the mailbox."""

    server: Mailbox

    def do_GET(self) -> None:
        """Answer a page; a name that is not this machine's is refused (DNS rebinding)."""
        host = self.headers.get("Host", "").rpartition(":")[0]
        page = page_of(self.server.folder, self.path) if host in ALLOWED_HOSTS else None
        self.send_response(200 if page else 404)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write((page or "There is no such mail.").encode())

    def log_message(self, *_: object) -> None:
        """Log nothing: an open page reloads itself all the time."""


def main(words: Sequence[str]) -> None:
    """Serve until the process is ended."""
    folder, address = words
    host, _, port = address.rpartition(":")
    Mailbox(Path(folder), (host, int(port))).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
