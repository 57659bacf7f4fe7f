"""A webhook goes to the public internet, and to the very address that was looked at."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from outbox.webhooks.addresses import AddressRefused, is_public, resolve
from outbox.webhooks.sending import NoAnswer, post


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - nobody binds to it
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "fec0::1",
        "3fff::1",
        "5f00::1",
        "192.88.99.1",
        "168.63.129.16",
        "192.0.0.9",
        "192.31.196.1",
        "2001:1::1",
        "2620:4f:8000::1",
        "::ffff:168.63.129.16",
        "64:ff9b:1::1",
        "100::1",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_address_of_the_public_internet_is_taken(address: str) -> None:
    assert is_public(ip_address(address))


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
