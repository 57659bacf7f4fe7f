"""Find the address of a client behind our own proxies."""

import re
from ipaddress import ip_address
from typing import Final

from django.http import HttpRequest
from rest_framework.settings import api_settings

_WITH_PORT: Final = re.compile(r"\[(?P<v6>[^]]+)\](:\d+)?|(?P<v4>[\d.]+):\d+")
"""As some proxies write it: ``192.0.2.1:4711``, ``[2001:db8::1]:4711``."""


def client_address(request: HttpRequest) -> str:
    """Return the address that connected to the outermost of our proxies, or to us without any.

    What a client itself writes into ``X-Forwarded-For`` is further left and is ignored. What is no
    address is not believed: it would fit into no column, and could lock no client.
    """
    proxies = api_settings.NUM_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    connected = str(request.META.get("REMOTE_ADDR", ""))
    if not proxies or forwarded is None:
        return connected
    addresses = forwarded.split(",")
    return _address_in(addresses[-min(proxies, len(addresses))].strip()) or connected


def _address_in(text: str) -> str | None:
    if found := _WITH_PORT.fullmatch(text):
        text = found["v6"] or found["v4"]
    try:
        return str(ip_address(text))
    except ValueError:
        return None
