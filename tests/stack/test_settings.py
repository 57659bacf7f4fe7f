"""Settings from environment variables: invalid and unsafe values stop the start."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.environment.keys import DEVELOPMENT_KEY, DEVELOPMENT_WEBHOOK_SECRET
from tests.environments import DEVELOPMENT, PRODUCTION, settings_in


def manage(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", *words],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEBUG", "maybe"),
        ("HTTPS", "yes"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://localhost/shop"),
        ("DATABASE_URL", "sqlite:///shop.sqlite3"),
        ("DATABASE_POOLING", "session"),
        ("DATABASE_PREPARE", "sometimes"),
        ("REDIS_URL", "amqp://localhost"),
        ("BROKER_URL", "sqs://queue.example"),
        ("STATEMENT_TIMEOUT_SECONDS", "0"),
        ("ORDER_FLOW", "Charge First"),
        ("PAYMENT_GATEWAY", "../sandbox"),
        ("SANDBOX_DELAY_SECONDS", "-1"),
        ("SANDBOX_DELAY_SECONDS", "nan"),
        ("SANDBOX_WEBHOOK_SECRET", "short"),
        ("STRIPE_API_KEY", "pk_is_the_public_one"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_is_long_enough_here,short"),
        ("STRIPE_API_BASE", "api.stripe.com"),
        ("ALERT_WEBHOOK_URL", "http://chat.example/hook"),
        ("PASSWORD_WORDS", "tea,teapot"),
        ("SANDBOX_ALLOWED", "perhaps"),
        ("GATEWAY_CALLS_AT_ONCE", "0"),
        ("GATEWAY_CALLS_PER_SECOND", "-1"),
        ("REFUND_APPROVAL_ABOVE", "none"),
        ("OUTBOX_BATCH", "many"),
        ("OUTBOX_LEASE_SECONDS", "1.5"),
        ("API_REQUESTS_PER_MINUTE", "-1"),
        ("API_TOKEN_DAYS", "0"),
        ("PROXIES", "one"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "https://*.shop.example"),
        ("CORS_ORIGINS", "https://shop.example/"),
        ("CORS_ORIGINS", "https://me:it@shop.example"),
        ("CORS_ORIGINS", "shop.example"),
        ("IDEMPOTENCY_KEEP_HOURS", "23"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{variable} cannot be .*: it wants "):
        settings_in({**PRODUCTION, variable: value})


@pytest.mark.parametrize("variable", sorted(PRODUCTION))
def test_production_starts_on_no_default_secret_host_or_server(variable: str) -> None:
    rest = {name: value for name, value in PRODUCTION.items() if name != variable}
    with pytest.raises(ImproperlyConfigured, match=rf"^{variable} is not set: it wants "):
        settings_in(rest)


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("SECRET_KEY", DEVELOPMENT_KEY, "SECRET_KEY is published in the source"),
        (
            "SANDBOX_WEBHOOK_SECRET",
            f"a secret of our own,{DEVELOPMENT_WEBHOOK_SECRET}",
            "SANDBOX_WEBHOOK_SECRET is published in the source",
        ),
        ("HTTPS", "0", "HTTPS cannot be 0: shop.example is not this machine"),
        ("REDIS_URL", "redis://cache.example:6379/0", "REDIS_URL has no password"),
        ("REDIS_URL", "rediss://shop@cache.example", "REDIS_URL has no password"),
        ("BROKER_URL", "amqp://rabbit.example/shop", "BROKER_URL has no password"),
        ("CORS_ORIGINS", "http://shop.example", "CORS_ORIGINS cannot have http://shop.example"),
        ("ALLOWED_HOSTS", "shop.example,*", "ALLOWED_HOSTS cannot be '\\*'"),
        ("STRIPE_API_BASE", "http://stripe.example", "STRIPE_API_BASE cannot begin with http"),
        ("ACCOUNT_URL", "http://shop.example/account", "ACCOUNT_URL cannot begin with http"),
        ("ORDER_PAGE", "http://shop.example/{number}", "ORDER_PAGE cannot begin with http"),
        ("PAYMENT_RETURN_URL", "http://shop.example", "PAYMENT_RETURN_URL cannot begin with http"),
        ("PAYMENT_GATEWAY", "sandbox", "PAYMENT_GATEWAY cannot be 'sandbox', which takes no money"),
    ],
)
def test_production_refuses_what_lets_strangers_in(
    variable: str, value: str, complaint: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{complaint}"):
        settings_in({**PRODUCTION, variable: value})


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTPS": "0", "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]"},
        {"REDIS_URL": "redis://127.0.0.1:6379/0"},
        {"REDIS_URL": "redis+socket:///run/redis.sock"},
        {"CORS_ORIGINS": "http://localhost:5173,https://shop.example"},
        {"STRIPE_API_BASE": "http://127.0.0.1:8420"},
    ],
)
def test_what_stays_on_this_machine_is_let_be(variables: dict[str, str]) -> None:
    assert not settings_in({**PRODUCTION, **variables}).DEBUG


@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        ("OUTBOX_BACTH", "OUTBOX_BACTH is no setting: did you mean OUTBOX_BATCH?"),
        ("WEBHOOKS_KEYS", "WEBHOOKS_KEYS is no setting: did you mean WEBHOOK_SECRET_KEYS?"),
        ("SANDBOX_ZZZ_ZZZ_ZZZ_ZZZ", "SANDBOX_ZZZ_ZZZ_ZZZ_ZZZ is no setting: remove it"),
    ],
)
def test_a_variable_that_looks_like_ours_and_is_none_is_refused(
    variable: str, complaint: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_in({**DEVELOPMENT, variable: "1"})
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    "variable", ["GATEWAY_SERVICE_HOST", "GATEWAY_PORT", "GATEWAY_PORT_80_TCP_ADDR", "HOME"]
)
def test_variables_of_others_are_nothing_to_us(variable: str) -> None:
    assert settings_in({**DEVELOPMENT, variable: "tcp://10.0.0.1:80"}).DEBUG


def test_rabbitmq_takes_the_place_of_redis() -> None:
    url = "amqp://shop:password@rabbit.example/shop"
    rest = {name: value for name, value in PRODUCTION.items() if name != "REDIS_URL"}
    assert url == settings_in({**rest, "BROKER_URL": url}).CELERY_BROKER_URL
    assert url == settings_in({**PRODUCTION, "BROKER_URL": url}).CELERY_BROKER_URL
    assert PRODUCTION["REDIS_URL"] == settings_in(PRODUCTION).CELERY_BROKER_URL


def test_goods_are_given_away_for_a_test_card_only_where_that_is_said_twice() -> None:
    asked = {**PRODUCTION, "PAYMENT_GATEWAY": "sandbox", "SANDBOX_ALLOWED": "1"}
    assert settings_in(asked).PAYMENT_GATEWAY == "sandbox"
    assert settings_in(DEVELOPMENT).PAYMENT_GATEWAY == "sandbox"


def test_development_needs_only_its_servers() -> None:
    environment = settings_in(DEVELOPMENT)
    assert environment.DEBUG
    assert not environment.SECURE_SSL_REDIRECT
    assert "localhost" in environment.ALLOWED_HOSTS


def test_an_error_never_repeats_a_password() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_in({**PRODUCTION, "DATABASE_URL": "mysql://shop:hunter2@db/shop"})
    assert "hunter2" not in str(caught.value)


def test_a_command_answers_a_wrong_setting_with_one_line_and_status_2() -> None:
    answer = manage("check", **{**PRODUCTION, "OUTBOX_BATCH": "many"})
    assert answer.returncode == 2
    assert answer.stderr == "OUTBOX_BATCH cannot be 'many': it wants a whole number of 1 or more\n"


def test_production_passes_the_deployment_checks() -> None:
    answer = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert answer.returncode == 0, answer.stderr


def test_read_models_may_not_share_the_main_database_as_if_it_were_theirs() -> None:
    same = {**PRODUCTION, "READMODEL_DATABASE_URL": PRODUCTION["DATABASE_URL"]}
    with pytest.raises(ImproperlyConfigured, match="READMODEL_DATABASE_URL cannot be the database"):
        settings_in(same)
