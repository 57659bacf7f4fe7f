"""How mail leaves the house, from one address such as ``smtps://user:password@host``."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from outbox.kit.secret import Secret

SECONDS = 8
"""How long a mail server may take: less than the lease of a claim."""

_NONE = Secret("")
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True)
class Mail:
    """Django's settings for e-mail.

    :ivar tls: the connection turns to TLS after its start (STARTTLS); with ``ssl`` it is TLS.
    """

    backend: str
    host: str = ""
    port: int = 25
    user: str = ""
    password: Secret = _NONE
    tls: bool = False
    ssl: bool = False

    @property
    def is_on(self) -> bool:
        """Whether customers are written to."""
        return not self.backend.endswith(".dummy.EmailBackend")


def read_mail(text: str) -> Mail:
    """Read ``none``, ``console:`` or the address of a mail server.

    :raises ValueError: it is none of them.
    """
    if text in {"none", "console:"}:
        kind = "dummy" if text == "none" else "console"
        return Mail(f"django.core.mail.backends.{kind}.EmailBackend")
    address = urlsplit(text)
    if address.scheme not in _PORTS or not address.hostname or address.path not in {"", "/"}:
        raise ValueError(text)
    return Mail(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=address.hostname,
        port=address.port or _PORTS[address.scheme],
        user=unquote(address.username or ""),
        password=Secret(unquote(address.password or "")),
        tls=address.scheme == "smtp+tls",
        ssl=address.scheme == "smtps",
    )
