"""What the environment may say, and what a start-up answers when it says something else."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config.environment import read_environment

PRODUCTION = {
    "SECRET_KEY": "a long and random text " * 3,
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "postgres://shop:password@db.example/shop",
    "REDIS_URL": "redis://cache.example:6379/0",
}
DEVELOPMENT = {
    "DEBUG": "1",
    "DATABASE_URL": "postgres://localhost/shop",
    "REDIS_URL": "redis+socket:///run/redis.sock",
}


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
        ("GATEWAY_CALLS_AT_ONCE", "0"),
        ("GATEWAY_CALLS_PER_SECOND", "-1"),
        ("REFUND_APPROVAL_ABOVE", "none"),
        ("OUTBOX_BATCH", "many"),
        ("OUTBOX_LEASE_SECONDS", "1.5"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{variable} cannot be .*: it wants "):
        read_environment({**PRODUCTION, variable: value})


@pytest.mark.parametrize("variable", sorted(PRODUCTION))
def test_production_starts_on_no_default_secret_host_or_server(variable: str) -> None:
    rest = {name: value for name, value in PRODUCTION.items() if name != variable}
    with pytest.raises(ImproperlyConfigured, match=rf"^{variable} is not set: it wants "):
        read_environment(rest)


def test_rabbitmq_takes_the_place_of_redis() -> None:
    url = "amqp://shop:password@rabbit.example/shop"
    rest = {name: value for name, value in PRODUCTION.items() if name != "REDIS_URL"}
    assert read_environment({**rest, "BROKER_URL": url}).broker_url == url
    assert read_environment({**PRODUCTION, "BROKER_URL": url}).broker_url == url
    assert read_environment(PRODUCTION).broker_url == PRODUCTION["REDIS_URL"]


def test_development_needs_only_its_servers() -> None:
    environment = read_environment(DEVELOPMENT)
    assert environment.debug
    assert not environment.https
    assert "localhost" in environment.allowed_hosts


def test_an_error_never_repeats_a_password() -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read_environment({**PRODUCTION, "DATABASE_URL": "mysql://shop:hunter2@db/shop"})
    assert "hunter2" not in str(caught.value)


def test_a_command_answers_a_wrong_setting_with_one_line_and_status_2() -> None:
    answer = manage("check", **{**PRODUCTION, "OUTBOX_BATCH": "many"})
    assert answer.returncode == 2
    assert answer.stderr == "OUTBOX_BATCH cannot be 'many': it wants a whole number of 1 or more\n"


def test_production_passes_the_deployment_checks() -> None:
    answer = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert answer.returncode == 0, answer.stderr


def test_scripts_may_be_evaluated_under_the_admin_only(client: Client) -> None:
    policies = {
        address: client.get(address).headers["Content-Security-Policy"]
        for address in ("/admin/login/", "/api/docs/")
    }
    assert "'unsafe-eval'" in policies["/admin/login/"]
    assert "'unsafe-eval'" not in policies["/api/docs/"]
