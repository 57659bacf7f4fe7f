"""Which addresses an endpoint may have: those of the public internet, and no others.

Against server-side request forgery (OWASP, and "SSRF" in the Standard Webhooks specification): a
name that leads into our own network would make us call ourselves. The address that was checked is
the one that is connected to, so that a name server cannot answer differently the second time.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from outbox.webhooks.special_addresses import (
    GLOBAL_UNICAST,
    MAPPED,
    SPECIAL_PURPOSE,
    TRANSLATED,
)


class AddressRefused(Exception):
    """The endpoint's name leads to an address that is not of the public internet."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a socket may connect to, as ``getaddrinfo`` has it."""

    family: socket.AddressFamily
    place: Any


def resolve(host: str, port: int, *, private: bool) -> list[Address]:
    """Look a name up.

    :param private: allow any address; for development and tests.
    :raises AddressRefused: one of its addresses is private, of this machine, or not for one host.
    :raises OSError: there is no such name.
    """
    found = []
    for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = str(place[0]).partition("%")[0]
        if not private and not is_public(ip_address(address)):
            raise AddressRefused(f"{host} is {address}, which is not of the public internet")
        found.append(Address(family, place))
    return found


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of a host on the public internet.

    An IPv4 address that is mapped, or behind a translator, is judged as such. Tunnels (6to4,
    Teredo) are refused with the blocks that they are in.
    """
    if isinstance(address, IPv6Address):
        if address in MAPPED or address in TRANSLATED:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in GLOBAL_UNICAST:
            return False
    # Python's own list is as old as the Python that runs us.
    return address.is_global and not any(address in each for each in SPECIAL_PURPOSE)
