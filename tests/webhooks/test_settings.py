"""Settings of webhooks and mail: invalid values stop the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment.keys import DEVELOPMENT_ENCRYPTION_KEY
from tests.environments import PRODUCTION, settings_in

KEY, OLD_KEY = "a2V5LWE" + "A" * 36 + "=", "a2V5LWI" + "A" * 36 + "="


def test_nothing_is_mailed_or_encrypted_unless_asked_for() -> None:
    environment = settings_in(PRODUCTION)
    assert (environment.WEBHOOK_SECRET_KEYS, environment.CUSTOMER_MAIL) == ([], False)


def test_several_keys_encrypt_secrets_the_newest_first() -> None:
    environment = settings_in({**PRODUCTION, "WEBHOOK_SECRET_KEYS": f"{KEY}, {OLD_KEY}"})
    assert [str(each) for each in environment.WEBHOOK_SECRET_KEYS] == [KEY, OLD_KEY]


@pytest.mark.parametrize("key", ["short", KEY[:-2], "whsec_" + KEY])
def test_a_key_of_the_wrong_length_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^WEBHOOK_SECRET_KEYS cannot be what it is"):
        settings_in({**PRODUCTION, "WEBHOOK_SECRET_KEYS": key})


def test_the_key_of_development_is_refused_in_production() -> None:
    with pytest.raises(
        ImproperlyConfigured, match="WEBHOOK_SECRET_KEYS is published in the source"
    ):
        settings_in({**PRODUCTION, "WEBHOOK_SECRET_KEYS": DEVELOPMENT_ENCRYPTION_KEY})


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
