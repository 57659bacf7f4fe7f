"""Sign and verify webhooks by Stripe's scheme: ``t=<seconds>,v1=<hex>``.

Source: docs.stripe.com/webhooks, "Verify webhook signatures manually".
"""

import time
from collections.abc import Sequence

import stripe

from payments.gateways.port import Forged

TOLERANCE = 300
"""Seconds that the signer's clock may differ from ours, in both directions."""


def sign(body: bytes, secret: str, at: float | None = None) -> str:
    """Return the header that signs a body; ``at`` is in seconds since 1970, now by default."""
    seconds = int(time.time() if at is None else at)
    header: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, seconds)
    return header


def check(body: bytes, header: str, secrets: Sequence[str]) -> None:
    """Verify a signature against each secret; during a rotation there are two.

    :raises Forged: no secret made it, or it is older or newer than ``TOLERANCE`` allows.
    """
    times = [part.removeprefix("t=") for part in header.split(",") if part.startswith("t=")]
    if not header.isascii() or len(times) != 1 or not times[0].isdecimal():
        raise Forged("the signature has not the form t=...,v1=...")
    if not any(_is_signed(body, header, secret) for secret in secrets):
        raise Forged(
            f"the signature is of another body or secret, or older than {TOLERANCE} seconds"
        )
    # The library refuses old signatures only.
    if int(times[0]) > time.time() + TOLERANCE:
        raise Forged(f"the signature is from more than {TOLERANCE} seconds in the future")


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
