"""The languages of letters: their labels, and the reasons of a cancellation in words.

The sentences are templates: ``orders/templates/orders/mail`` has a folder for each language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from orders.models import AdjustmentKind, ReasonCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What letters say outside of their sentences.

    :ivar included: of a tax that is part of the prices already.
    :ivar reasons: why an order was cancelled, as the end of a sentence.
    """

    total: str
    included: str
    adjustments: Mapping[AdjustmentKind, str]
    reasons: Mapping[ReasonCode, str]


LANGUAGES: Final[Mapping[str, Language]] = {
    "en": Language(
        total="Total",
        included="{label} of it",
        adjustments={
            AdjustmentKind.DISCOUNT: "Discount",
            AdjustmentKind.VOUCHER: "Voucher",
            AdjustmentKind.SHIPPING: "Shipping",
            AdjustmentKind.TAX: "Tax",
        },
        reasons={
            ReasonCode.PAYMENT_DECLINED: "the payment was declined",
            ReasonCode.OUT_OF_STOCK: "not all of its goods are in stock",
            ReasonCode.TOO_MANY_UNPAID_HOLDS: "too many of your orders wait for their payment",
            ReasonCode.PAYMENT_NOT_CONFIRMED: "the payment was not confirmed with the bank in time",
            ReasonCode.PAYMENT_UNRESOLVED: "the payment could not be completed",
            ReasonCode.CANCELLED_BY_CUSTOMER: "you asked for it",
            ReasonCode.CANCELLED_BY_STAFF: "we had to take it back",
        },
    ),
    "de": Language(
        total="Summe",
        included="darin {label}",
        adjustments={
            AdjustmentKind.DISCOUNT: "Nachlass",
            AdjustmentKind.VOUCHER: "Gutschein",
            AdjustmentKind.SHIPPING: "Versand",
            AdjustmentKind.TAX: "Steuer",
        },
        reasons={
            ReasonCode.PAYMENT_DECLINED: "die Zahlung wurde abgelehnt",
            ReasonCode.OUT_OF_STOCK: "nicht alle Artikel sind vorrätig",
            ReasonCode.TOO_MANY_UNPAID_HOLDS: "zu viele Ihrer Bestellungen warten auf ihre Zahlung",
            ReasonCode.PAYMENT_NOT_CONFIRMED: "die Zahlung wurde nicht rechtzeitig bestätigt",
            ReasonCode.PAYMENT_UNRESOLVED: "die Zahlung konnte nicht abgeschlossen werden",
            ReasonCode.CANCELLED_BY_CUSTOMER: "Sie haben darum gebeten",
            ReasonCode.CANCELLED_BY_STAFF: "wir mussten sie zurücknehmen",
        },
    ),
}
"""By ISO 639 code."""


def spoken(code: str) -> str:
    """Return the code of the language of a letter: the given one, or the shop's."""
    shops: str = settings.SHOP_LANGUAGE
    return code if code in LANGUAGES else shops
