"""A process starts only with a payment gateway that exists."""

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings


@pytest.mark.parametrize("name", ["sandbox", "stripe"])
def test_a_gateway_is_accepted(settings: Settings, name: str) -> None:
    settings.PAYMENT_GATEWAY = name
    apps.get_app_config("payments").ready()


@pytest.mark.parametrize(
    "name",
    ["strip", "port", "results", "line", "once", "notices", "signature", "sandbox.book", "a-b", ""],
)
def test_a_name_without_a_gateway_stops_the_start(settings: Settings, name: str) -> None:
    settings.PAYMENT_GATEWAY = name
    with pytest.raises(ImproperlyConfigured, match=r"^PAYMENT_GATEWAY cannot be '.*'.*connect\(\)"):
        apps.get_app_config("payments").ready()
