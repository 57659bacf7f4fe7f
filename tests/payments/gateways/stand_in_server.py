"""Run localstripe on the loopback address, with its data in memory only.

Started as a program of its own: ``python stand_in_server.py PORT``.
"""

import sys
from typing import Any

from aiohttp import web
from localstripe import resources, server

ASKS_THE_CUSTOMER = "pm_card_threeDSecure2Required"
"""Stripe's test payment method whose bank asks the customer; localstripe knows only its number."""

retrieve_method = resources.PaymentMethod._api_retrieve  # noqa: SLF001 - localstripe has no public way
create = resources.PaymentIntent._api_create  # noqa: SLF001 - localstripe has no public way


DROPPED = ("automatic_payment_methods", "return_url", "setup_future_usage")
"""Parameters that localstripe does not know."""


def create_card_payment(**fields: Any) -> Any:
    return create(**{name: value for name, value in fields.items() if name not in DROPPED})


def retrieve_card(id: str) -> Any:  # noqa: A002 - localstripe names it so
    if id != ASKS_THE_CUSTOMER:
        return retrieve_method(id)
    card = {"number": "4000000000003220", "exp_month": "12", "exp_year": "2050", "cvc": "123"}
    made = resources.PaymentMethod(type="card", card=card)
    made.id = id
    return made


if __name__ == "__main__":
    resources.store.dump_to_disk = lambda: None
    resources.PaymentIntent._api_create = create_card_payment  # noqa: SLF001 - as above
    resources.PaymentMethod._api_retrieve = retrieve_card  # noqa: SLF001 - as above
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
