"""The addresses that belong to no host on the public internet.

``special_addresses.csv`` holds IANA's registries of special-purpose addresses as of October 2025,
each block with the RFC that set it apart, and the blocks of multicast and of deprecated kinds that
IANA keeps elsewhere. Blocks that are reached by anycast are listed too: they are no host. To renew
the list, compare it with

- https://www.iana.org/assignments/iana-ipv4-special-registry
- https://www.iana.org/assignments/iana-ipv6-special-registry
- https://www.iana.org/assignments/ipv6-address-space (2000::/3 alone is given to hosts)
"""

import csv
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")

MAPPED: Final = IPv6Network("::ffff:0:0/96")
"""IPv4 as IPv6 sockets write it (RFC 4291, section 2.5.5.2)."""

TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052)."""

_OF_CLOUDS: Final = IPv4Network("168.63.129.16/32")
"""In no registry: Azure answers at it within every virtual machine. Other clouds' are private."""


def _registered() -> tuple[IPv4Network | IPv6Network, ...]:
    with Path(__file__).with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        return tuple(ip_network(row["block"]) for row in csv.DictReader(file))


SPECIAL_PURPOSE: Final = (*_registered(), _OF_CLOUDS)
