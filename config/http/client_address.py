"""Where a request comes from, as far as our own proxies tell it."""

from django.http import HttpRequest
from rest_framework.settings import api_settings


def client_address(request: HttpRequest) -> str:
    """Return the address of whoever asked the outermost of our proxies, or us where none is ours.

    What a client itself writes into ``X-Forwarded-For`` stands further left and is not believed.
    """
    proxies = api_settings.NUM_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if not proxies or forwarded is None:
        return str(request.META.get("REMOTE_ADDR", ""))
    addresses = forwarded.split(",")
    return str(addresses[-min(proxies, len(addresses))].strip())
