"""``manage.py startgateway``: write the files of a gateway, with a test."""

from config.scaffolds.start import Scaffold


class Command(Scaffold):
    """Write the files of a gateway."""

    help = "Write the files of a gateway that works, with a test; then make it yours."
    kind = "gateway"
    then = ("PAYMENT_GATEWAY=… bin/test tests/payments/gateways",)
