"""Settings of webhooks and mail: invalid values stop the start."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from outbox.webhooks.endpoints import Endpoint
from outbox.webhooks.subscriber import subscribe
from tests.environments import PRODUCTION, settings_in
from tests.webhooks.conftest import OLD_SECRET, SECRET


def test_nobody_is_told_anything_unless_asked_for() -> None:
    environment = settings_in(PRODUCTION)
    assert (environment.WEBHOOKS, environment.CUSTOMER_MAIL) == ([], False)


def test_several_endpoints_each_have_an_address_and_one_secret_or_two() -> None:
    text = f"erp https://erp.example/in {SECRET} {OLD_SECRET} crm https://crm.example:8443 {SECRET}"
    assert [
        Endpoint("erp", "https://erp.example/in", (SECRET, OLD_SECRET)),
        Endpoint("crm", "https://crm.example:8443", (SECRET,)),
    ] == settings_in({**PRODUCTION, "WEBHOOKS": text}).WEBHOOKS


@pytest.mark.parametrize(
    "text",
    [
        f"erp http://erp.example {SECRET}",
        "erp https://erp.example",
        f"https://erp.example {SECRET}",
        f"Erp https://erp.example {SECRET}",
        f"erp https:// {SECRET}",
        f"erp https://user:password@erp.example {SECRET}",
        f"erp https://erp.example:http {SECRET}",
        "erp https://erp.example whsec_c2hvcnQ=",
        "erp https://erp.example whsec_!",
        f"erp https://erp.example {SECRET} {SECRET} {SECRET}",
        f"erp https://erp.example {SECRET} erp https://two.example {SECRET}",
        f"erp https://erp.example {SECRET} crm",
    ],
)
def test_an_endpoint_that_means_nothing_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^WEBHOOKS cannot be what it is: it wants"):
        settings_in({**PRODUCTION, "WEBHOOKS": text})


def test_an_event_that_nobody_knows_is_refused_with_a_choice() -> None:
    for name in ("OrderEaten", "ChargePayment"):
        endpoint = Endpoint("erp", "https://erp.example", (SECRET,), (name,))
        with pytest.raises(ImproperlyConfigured, match=rf"{name}.*it wants some of .*OrderPlaced"):
            subscribe([endpoint])


def manage(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", *words],
        env={"PATH": os.environ["PATH"], **PRODUCTION, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_endpoint_is_a_subscriber_of_the_events_that_it_has_chosen() -> None:
    text = f"erp https://erp.example {SECRET} OrderPlaced crm https://crm.example {SECRET}"
    described = manage("describe_messages", WEBHOOKS=text)
    for name, events in (
        ("webhook_erp", "`OrderPlaced`"),
        ("webhook_crm", "`OrderCancelled`, `OrderConfirmed`"),
    ):
        assert f"| `{name}` | {events} | outside, no transaction open |" in described.stdout


def test_a_command_answers_an_unknown_event_with_one_line_and_status_2() -> None:
    answer = manage("check", WEBHOOKS=f"erp https://erp.example {SECRET} OrderEaten")
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert line.startswith("WEBHOOKS cannot tell erp of 'OrderEaten': it wants some of ")


def test_private_addresses_are_for_development_only() -> None:
    asked = {**PRODUCTION, "WEBHOOK_PRIVATE_ADDRESSES": "1"}
    with pytest.raises(ImproperlyConfigured, match="it wants 0, unless DEBUG=1"):
        settings_in(asked)
    assert settings_in({**asked, "DEBUG": "1"}).WEBHOOK_PRIVATE_ADDRESSES


def test_a_mail_server_has_an_address_and_mail_a_sender() -> None:
    asked = {**PRODUCTION, "EMAIL_URL": "smtp+tls://shop:p%40ss@mail.example"}
    with pytest.raises(ImproperlyConfigured, match="EMAIL_FROM is not set"):
        settings_in(asked)
    mail = settings_in({**asked, "EMAIL_FROM": "orders@shop.example"})
    assert (mail.EMAIL_HOST, mail.EMAIL_PORT) == ("mail.example", 587)
    assert (mail.EMAIL_HOST_USER, mail.EMAIL_HOST_PASSWORD) == ("shop", "p@ss")
    assert (mail.EMAIL_USE_TLS, mail.EMAIL_USE_SSL, mail.CUSTOMER_MAIL) == (True, False, True)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("EMAIL_URL", "mail.example"),
        ("EMAIL_URL", "imap://mail.example"),
        ("EMAIL_URL", "smtp://mail.example:post"),
        ("EMAIL_FROM", "the shop"),
    ],
)
def test_mail_that_could_not_be_sent_is_refused(variable: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{variable} cannot be .*: it wants"):
        settings_in({**PRODUCTION, variable: value})
