"""The kinds of value that an environment variable can have: keys, tokens and signing secrets."""

from functools import partial

from cryptography.fernet import Fernet

from config.environment.kinds import ValueKind, names
from outbox.kit.secret import Secret

DEVELOPMENT_ENCRYPTION_KEY = "a25vd24tdG8tZXZlcnlib2R5LWZvci1kZXZlbG9wbWU="
DEVELOPMENT_KEY = "known-to-everybody-and-good-for-development-only-0123"
DEVELOPMENT_WEBHOOK_SECRET = "known-to-everybody-too"  # noqa: S105 - for DEBUG=1 only


def _secret(text: str, *, shortest: int) -> Secret:
    if len(text) < shortest:
        raise ValueError(text)
    return Secret(text)


def _signing_secrets(text: str) -> list[Secret]:
    return [_secret(each, shortest=16) for each in names(text)]


def _encryption_keys(text: str) -> list[Secret]:
    """Read keys of Fernet: 32 bytes each, in base64 for URLs."""
    for each in names(text):
        Fernet(each)
    return [Secret(each) for each in names(text)]


def _stripe_key(text: str) -> Secret:
    if not text.startswith(("sk_", "rk_")):
        raise ValueError(text)
    return Secret(text)


SECRET = ValueKind(
    "a random text of at least 50 characters", partial(_secret, shortest=50), shown=False
)
TOKEN = ValueKind("a secret of 16 characters or more", partial(_secret, shortest=16), shown=False)
SIGNING_SECRETS = ValueKind(
    "random texts of at least 16 characters, separated by commas", _signing_secrets, shown=False
)
ENCRYPTION_KEYS = ValueKind(
    "keys of 32 random bytes in base64 for URLs, separated by commas",
    _encryption_keys,
    shown=False,
)
STRIPE_KEY = ValueKind("a secret key that begins with sk_ or rk_", _stripe_key, shown=False)
