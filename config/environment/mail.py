"""Read how mail is sent from one address, such as ``smtps://user:password@host``."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from outbox.kit.secret import Secret

TIMEOUT_SECONDS = 8
"""How long a mail server may take: less than the lease of a claim."""

_NO_PASSWORD = Secret("")
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """Django's settings for e-mail.

    :ivar folder: where mails are written to files instead of being sent.
    :ivar tls: start in plain text and switch to TLS (STARTTLS); ``ssl`` is TLS from the start.
    """

    backend: str
    host: str = ""
    port: int = 25
    user: str = ""
    password: Secret = _NO_PASSWORD
    tls: bool = False
    ssl: bool = False
    folder: str = ""


NO_MAIL = MailServer("django.core.mail.backends.dummy.EmailBackend")
CONSOLE = MailServer("django.core.mail.backends.console.EmailBackend")


def read_mail(text: str) -> MailServer:
    """Read ``none``, ``console:``, a folder (``file:/path``) or the address of a mail server.

    :raises ValueError: it is none of them.
    """
    if text in {"none", "console:"}:
        return NO_MAIL if text == "none" else CONSOLE
    address = urlsplit(text)
    if address.scheme == "file" and not address.netloc and address.path.startswith("/"):
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return MailServer(backend, folder=unquote(address.path))
    if address.scheme not in _PORTS or not address.hostname or address.path not in {"", "/"}:
        raise ValueError(text)
    return MailServer(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=address.hostname,
        port=address.port or _PORTS[address.scheme],
        user=unquote(address.username or ""),
        password=Secret(unquote(address.password or "")),
        tls=address.scheme == "smtp+tls",
        ssl=address.scheme == "smtps",
    )
