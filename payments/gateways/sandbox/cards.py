"""The sandbox's payment methods, and how it behaves for each.

Ordinary ones have the names of Stripe's test payment methods (docs.stripe.com/testing), so that
they work there too. ``pm_sandbox_<manner>`` causes a fault at the charge or the authorization,
``pm_sandbox_<step>_<manner>`` at any of ``STEPS``, such as ``pm_sandbox_refund_silent_once``.
"""

from dataclasses import dataclass
from functools import lru_cache

DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedLostCard": "lost_card",
    "pm_card_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_chargeDeclinedIncorrectCvc": "incorrect_cvc",
    "pm_card_chargeDeclinedProcessingError": "processing_error",
    "pm_card_chargeDeclinedFraudulent": "fraudulent",
}
AUTHENTICATED = {
    "pm_card_authenticationRequired": "action_always",
    "pm_card_authenticationRequiredOnSetup": "action",
    "pm_card_threeDSecure2Required": "action",
    "pm_card_threeDSecureRequiredChargeDeclined": "action_declined",
}
"""Cards whose bank asks the customer, and the manner in which they are treated."""

SUCCESSES = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_amex"})

BEGINNINGS = frozenset({"charge", "authorize"})
STEPS = BEGINNINGS | {"capture", "void", "refund"}
EVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Manner:
    """How the sandbox treats calls. Counts are of calls with the same key.

    :ivar decline_code: decline with this code.
    :ivar delay: seconds until the answer.
    :ivar silent: the number of calls without an answer; the first one has its effect.
    :ivar lost: the number of calls without an answer or effect.
    :ivar limited: the number of calls refused by a rate limit, with a time to wait.
    :ivar stored_error: the first call has its effect; it and all later ones get the same server
        error.
    :ivar asks_customer: the customer has to confirm it at the bank; a saved method has to be
        confirmed only once.
    :ivar asks_always: a saved method too.
    :ivar settles_later: the bank accepts it, and settles it when it is told to.
    :ivar refused_later: how it is declined once it is confirmed or settled.
    :ivar excess: minor units that the first such operation moves beyond the requested amount; a
        refund moves that much less.
    """

    decline_code: str = ""
    delay: float = 0.0
    silent: int = 0
    lost: int = 0
    limited: int = 0
    stored_error: bool = False
    asks_customer: bool = False
    asks_always: bool = False
    settles_later: bool = False
    refused_later: str = ""
    excess: int = 0


FINE = Manner()

MANNERS = {
    "declined": Manner(decline_code="declined_by_sandbox"),
    "slow": Manner(delay=0.2),
    "very_slow": Manner(delay=2.0),
    "silent_once": Manner(silent=1),
    "silent_thrice": Manner(silent=3),
    "late": Manner(silent=8),
    "silent": Manner(silent=EVER),
    "lost_once": Manner(lost=1),
    "lost_thrice": Manner(lost=3),
    "lost": Manner(lost=EVER),
    "limited_once": Manner(limited=1),
    "error_stored": Manner(stored_error=True),
    "wrong_amount": Manner(excess=100),
    "action": Manner(asks_customer=True),
    "action_always": Manner(asks_customer=True, asks_always=True),
    "action_declined": Manner(asks_customer=True, refused_later="insufficient_funds"),
    "action_processing": Manner(asks_customer=True, settles_later=True),
    "action_silent_once": Manner(asks_customer=True, silent=1),
    "processing": Manner(settles_later=True),
    "processing_fails": Manner(settles_later=True, refused_later="debit_returned"),
}


@lru_cache(maxsize=1024)
def manner_of(payment_method: str, kind: str) -> Manner:
    """Return how the sandbox treats operations of this kind with this payment method."""
    if payment_method in SUCCESSES:
        return FINE
    if payment_method in DECLINES:
        return _at(kind in BEGINNINGS, Manner(decline_code=DECLINES[payment_method]))
    if payment_method in AUTHENTICATED:
        return _at(kind in BEGINNINGS, MANNERS[AUTHENTICATED[payment_method]])
    prefix, _, name = payment_method.partition("pm_sandbox_")
    step, _, rest = name.partition("_")
    if not prefix and name in MANNERS:
        return _at(kind in BEGINNINGS, MANNERS[name])
    if not prefix and step in STEPS and rest in MANNERS:
        return _at(kind == step, MANNERS[rest])
    return Manner(decline_code="no_such_payment_method")


def _at(applies: bool, manner: Manner) -> Manner:  # noqa: FBT001 - read as: at this step, in this manner
    return manner if applies else FINE
