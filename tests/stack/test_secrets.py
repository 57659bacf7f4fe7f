"""Secrets of the environment appear in no setting, log, error or traceback."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from psycopg.conninfo import make_conninfo

from config.logs import logging_config
from outbox.kit.secret import Secret, redact
from tests.environments import settings_in

CANARY = "canary"
SIGNING = "whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5"
ENVIRONMENT = {
    "DATABASE_URL": f"postgres://shop:{CANARY}-database@127.0.0.1:1/shop",
    "READMODEL_DATABASE_URL": f"postgres://shop:{CANARY}%2Freadmodels@127.0.0.1:1/reads",
    "REDIS_URL": f"redis://:{CANARY}-broker@127.0.0.1:1/0",
    "SECRET_KEY": f"{CANARY}-key" * 8,
    "ALLOWED_HOSTS": "localhost",
    "HTTPS": "0",
    "PAYMENT_GATEWAY": "stripe",
    "STRIPE_API_KEY": f"sk_live_{CANARY}",
    "STRIPE_WEBHOOK_SECRET": f'{CANARY}-"of"-stripe,{CANARY}-of-stripe-before',
    "SANDBOX_WEBHOOK_SECRET": f"{CANARY}-of-the-sandbox",
    "WEBHOOKS": f"erp https://erp.example/in {SIGNING}",
    "ADMINS": "operators@shop.example",
    "ALERT_WEBHOOK_URL": f"https://chat.example/hooks/{CANARY}",
    "EMAIL_URL": f"smtp://shop:{CANARY}-mail@127.0.0.1:1",
    "EMAIL_FROM": "orders@shop.example",
    "METRICS_TOKEN": f"{CANARY}-of-the-metrics",
}
"""Every secret contains a word that appears nowhere else."""

MADE_TO_FAIL = """
import logging, os, sys
import django
from django.conf import settings
django.setup()
import structlog
from django.core import mail
from django.test import Client

mail.get_connection = lambda *_, **__: sys.exit("a mail was about to be sent")
told = [
    settings.CELERY_BROKER_URL, settings.WEBHOOKS, settings.STRIPE_API_KEY, settings.SECRET_KEY,
    settings.STRIPE_WEBHOOK_SECRETS, settings.EMAIL_HOST_PASSWORD, settings.ALERT_WEBHOOK_URL,
    settings.DATABASES, settings.METRICS_TOKEN, settings.SANDBOX_WEBHOOK_SECRETS,
]
client = Client(raise_request_exception=False)
client.get("/livez", headers={"host": "elsewhere.example"})
structlog.get_logger().error("told", settings=told, key=settings.SECRET_KEY)
for each in told:
    logging.getLogger("celery").error("cannot connect to %s", each)
try:
    raise OSError("refused by " + " and by ".join(os.environ.values()))
except OSError:
    logging.getLogger("django.request").exception("failed")
"""


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the canaries, and nothing else, in its environment."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "config.settings", **ENVIRONMENT, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_hidden(text: str) -> None:
    assert CANARY not in text
    assert SIGNING not in text


def test_the_settings_show_no_secret() -> None:
    assert_hidden(repr(settings_in(ENVIRONMENT)))


def test_a_dump_of_the_settings_shows_none() -> None:
    dumped = run("manage.py", "diffsettings", "--all")
    assert "EMAIL_HOST_PASSWORD = '***'" in dumped.stdout
    assert_hidden(dumped.stdout + dumped.stderr)


@pytest.mark.parametrize("debug", ["0", "1"])
def test_the_log_shows_none_and_no_mail_is_sent_by_it(debug: str) -> None:
    logged = run("-c", MADE_TO_FAIL, DEBUG=debug)
    assert logged.returncode == 0, logged.stderr
    assert "refused by" in logged.stderr
    assert_hidden(logged.stdout + logged.stderr)


def test_an_error_report_shows_none() -> None:
    environment = settings_in(ENVIRONMENT)
    request = RequestFactory().get("/")
    request.META.update(ENVIRONMENT)
    try:
        int(f"{environment.WEBHOOKS} {environment.DATABASES} {environment.SECRET_KEY}")
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    assert "ValueError" in reporter.get_traceback_text()
    assert_hidden(reporter.get_traceback_text())


def test_a_request_for_another_host_leaves_one_warning_without_traceback() -> None:
    logged = [json.loads(line) for line in run("-c", MADE_TO_FAIL).stderr.splitlines()]
    (refused,) = [each for each in logged if "elsewhere.example" in json.dumps(each)]
    assert (refused["level"], refused["event"], refused["status"]) == (
        "warning",
        "request_refused",
        400,
    )
    assert "exception" not in refused


def test_no_handler_of_the_log_sends_mail() -> None:
    handlers: dict[str, Any] = logging_config(console=False)["handlers"]
    assert {each["class"] for each in handlers.values()} == {"logging.StreamHandler"}


def test_whoever_has_to_send_a_secret_has_it() -> None:
    secret = Secret("open, sesame")
    assert (str(secret), secret.encode(), "%s" % secret) == (  # noqa: UP031 - libraries do
        "open, sesame",
        b"open, sesame",
        "open, sesame",
    )
    assert (repr(secret), f"{secret}") == ("'***'", "***")
    assert make_conninfo(password=secret) == "password='open, sesame'"


def test_a_secret_is_found_in_any_text_and_short_words_are_left_alone() -> None:
    Secret("open, sesame")
    Secret("shop")
    assert redact('{"said": "open, sesame"} open%2C%20sesame') == '{"said": "***"} ***'
    assert redact("a shop") == "a shop"


def test_the_suite_itself_hands_its_environment_to_nobody() -> None:
    assert CANARY not in json.dumps(dict(os.environ))
