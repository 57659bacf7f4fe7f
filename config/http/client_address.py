"""Find the address of a client behind our own proxies."""

from django.http import HttpRequest
from rest_framework.settings import api_settings


def client_address(request: HttpRequest) -> str:
    """Return the address that connected to the outermost of our proxies, or to us without any.

    What a client itself writes into ``X-Forwarded-For`` is further left and is ignored.
    """
    proxies = api_settings.NUM_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if not proxies or forwarded is None:
        return str(request.META.get("REMOTE_ADDR", ""))
    addresses = forwarded.split(",")
    return str(addresses[-min(proxies, len(addresses))].strip())
