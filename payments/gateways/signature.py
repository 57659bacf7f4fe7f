"""Signatures of webhooks: ``t=<seconds>,v1=<hex>``, HMAC-SHA256 over ``<seconds>.<body>``.

Source: the scheme ``v1`` of Stripe, docs.stripe.com/webhooks, "Verify webhook signatures manually".
"""

import hmac
import time
from collections.abc import Sequence

from payments.gateways.port import Forged

TOLERANCE = 300
"""Seconds that the clock of the signer may differ from ours, in both directions."""


def sign(body: bytes, secret: str, at: float | None = None) -> str:
    """Return the header that signs a body; ``at`` is in seconds since 1970, now by default."""
    seconds = int(time.time() if at is None else at)
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def check(body: bytes, header: str, secrets: Sequence[str]) -> int:
    """Check a signature against each secret: two of them serve while one replaces the other.

    :returns: when it was signed, in seconds since 1970.
    :raises Forged: no secret made it, or it is older or younger than ``TOLERANCE``.
    """
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or not given:
        raise Forged("the signature has not the form t=...,v1=...")
    seconds = int(times[0][:12])
    good = [_digest(body, secret, seconds) for secret in secrets]
    if not any(hmac.compare_digest(a.encode(), b.encode()) for a in good for b in given):
        raise Forged("the signature is of another body or another secret")
    if abs(time.time() - seconds) > TOLERANCE:
        raise Forged(f"the signature is not of the last {TOLERANCE} seconds")
    return seconds


def _digest(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), b"%d.%b" % (seconds, body), "sha256").hexdigest()
