"""Run localstripe on the loopback address, with its data in memory only.

Started as a program of its own: ``python stand_in_server.py PORT``.
"""

import sys
from typing import Any

from aiohttp import web
from localstripe import resources, server

create = resources.PaymentIntent._api_create  # noqa: SLF001 - localstripe has no public way


def create_card_payment(automatic_payment_methods: object = None, **fields: Any) -> Any:  # noqa: ARG001 - it is dropped
    """Drop a parameter that localstripe does not know."""
    return create(**fields)


if __name__ == "__main__":
    resources.store.dump_to_disk = lambda: None
    resources.PaymentIntent._api_create = create_card_payment  # noqa: SLF001 - as above
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
