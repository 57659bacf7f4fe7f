"""A webhook goes to the public internet, and to the very address that was looked at."""

import csv
import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis.strategies import ip_addresses

from outbox.webhooks import addresses
from outbox.webhooks.addresses import AddressRefused, is_public, resolve
from outbox.webhooks.sending import NoAnswer, post
from outbox.webhooks.special_addresses import MAPPED, TRANSLATED

REGISTRY = Path(addresses.__file__).with_name("special_addresses.csv")
BLOCKS = [ip_network(row["block"]) for row in csv.DictReader(REGISTRY.read_text().splitlines())]
OF_IPV4 = [block for block in BLOCKS if isinstance(block, IPv4Network)]


def some_of(block: Any) -> set[Any]:
    """Return the first, the last and the middle address of a block."""
    return {block[0], block[-1], block[block.num_addresses // 2]}


def within_ipv6(address: IPv4Address) -> dict[str, IPv6Address]:
    """Return the IPv6 addresses that lead to an IPv4 one, or say that they do."""
    bits = int(address)
    return {
        "mapped (RFC 4291)": IPv6Address(0xFFFF << 32 | bits),
        "compatible (RFC 4291)": IPv6Address(bits),
        "NAT64 (RFC 6052)": IPv6Address((0x64FF9B << 96) | bits),
        "NAT64 for local use (RFC 8215)": IPv6Address((0x64FF9B0001 << 80) | bits),
        "6to4 (RFC 3056)": IPv6Address((0x2002 << 112) | (bits << 80)),
        "Teredo (RFC 4380)": IPv6Address((0x20010000 << 96) | (bits ^ 0xFFFFFFFF)),
    }


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_no_block_that_is_set_apart_is_public(block: Any) -> None:
    translates = block in (MAPPED, TRANSLATED)
    for address in some_of(block):
        assert translates or not is_public(address), address


@pytest.mark.parametrize("block", OF_IPV4, ids=str)
def test_no_form_of_such_an_address_is_public(block: IPv4Network) -> None:
    for inner in some_of(block):
        for form, address in within_ipv6(inner).items():
            assert not is_public(address), (form, address)


def test_every_block_names_the_document_that_sets_it_apart() -> None:
    rows = list(csv.DictReader(REGISTRY.read_text().splitlines()))
    assert len(rows) == len({row["block"] for row in rows}) >= 50
    for row in rows:
        assert re.fullmatch(r"RFC \d+", row["rfc"]), row
        assert row["name"]


@given(ip_addresses())
def test_whatever_python_knows_to_be_special_is_refused(address: Any) -> None:
    assume(address not in MAPPED and address not in TRANSLATED)
    special = not address.is_global or address.is_multicast or address.is_reserved
    assert not (special and is_public(address))


@pytest.mark.parametrize(
    "address",
    [
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "100.100.100.200",
        "169.254.169.254",
        "fd00:ec2::254",
        "1000::1",
        "4000::1",
        "e000::1",
    ],
)
def test_what_no_registry_gives_to_hosts_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "8.8.8.8",
        "172.32.0.1",
        "192.0.1.1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "2a00:1450:4001::1",
        "::ffff:93.184.215.14",
        "64:ff9b::93.184.215.14",
    ],
)
def test_an_address_of_the_public_internet_is_taken(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_tunnel_is_refused_even_to_a_public_address() -> None:
    forms = within_ipv6(IPv4Address("93.184.215.14"))
    public = {form for form, address in forms.items() if is_public(address)}
    assert public == {"mapped (RFC 4291)", "NAT64 (RFC 6052)"}


def answering(*addresses: str) -> Any:
    """Stand in for the name server; ``answers`` are given one after the other."""

    def getaddrinfo(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    return getaddrinfo


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering("93.184.215.14", "10.0.0.5"))
    with pytest.raises(AddressRefused, match=r"hooks\.example is 10\.0\.0\.5, which is not"):
        resolve("hooks.example", 443, private=False)


def test_a_name_is_looked_up_once_and_its_checked_address_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, connected = [], []

    def rebinding(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return list(answering(address)(host, port))

    def connect(_: socket.socket, place: Any) -> None:
        connected.append(place)
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(NoAnswer, match=r"hooks\.example: nobody listens"):
        post("https://hooks.example/in", b"{}", {}, seconds=1)
    assert (asked, connected) == (["hooks.example"], [("93.184.215.14", 443)])
