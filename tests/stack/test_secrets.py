"""Secrets of the environment appear in no setting, log, error or traceback."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.views.debug import ExceptionReporter
from psycopg.conninfo import make_conninfo
from pytest_django import Settings

from config.logs import logging_config
from outbox.kit.secret import Secret, redact
from tests.environments import settings_in

CANARY = "canary"
ENCRYPTING = "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2E="
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
    "WEBHOOK_SECRET_KEYS": ENCRYPTING,
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
    settings.CELERY_BROKER_URL, settings.WEBHOOK_SECRET_KEYS, settings.STRIPE_API_KEY,
    settings.SECRET_KEY,
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
    assert ENCRYPTING not in text


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
        int(f"{environment.WEBHOOK_SECRET_KEYS} {environment.DATABASES} {environment.SECRET_KEY}")
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    assert "ValueError" in reporter.get_traceback_text()
    assert_hidden(reporter.get_traceback_text())


AWAY = """
import io, json, logging, sys, traceback
import django
django.setup()
import structlog
from celery import current_app
from django.conf import settings
from django.db import connections
from config.celery import app
from outbox.kit.secret import redact

def database():
    connections["default"].ensure_connection()

def readmodels():
    connections["readmodels"].ensure_connection()

def broker():
    app.connection_for_write().ensure_connection(max_retries=1, timeout=1)

def bell():
    app.send_task("ring", retry=False)

def gateway():
    from payments.gateways.line import line_to
    return line_to("stripe") / 0

def mail():
    from django.core.mail import send_mail
    send_mail("s", "t", None, ["a@b.example"])

for fails in (database, readmodels, broker, bell, gateway, mail):
    copies = [str(settings.SECRET_KEY), dict(settings.DATABASES["default"])]
    try:
        fails()
    except Exception as error:
        structlog.get_logger().exception("failed", error=error, args_=error.args)
        logging.getLogger("anything").exception("%s failed: %r", fails.__name__, error)
        tracker = traceback.TracebackException.from_exception(error, capture_locals=True)
        print(redact("".join(tracker.format())))
        print(fails.__name__, type(error).__name__, error, repr(error))
    else:
        sys.exit(f"{fails.__name__} did not fail")
print("all failed")
"""


def test_no_failure_to_connect_shows_one_nor_do_its_local_variables() -> None:
    failed = run("-c", AWAY)
    assert "all failed" in failed.stdout, failed.stdout[-2000:] + failed.stderr[-2000:]
    assert_hidden(failed.stdout + failed.stderr)


@pytest.mark.parametrize("command", [["migrate"], ["check", "--database", "default"], ["shell"]])
def test_a_command_that_finds_no_database_shows_none(command: list[str]) -> None:
    failed = run("manage.py", *command)
    assert_hidden(failed.stdout + failed.stderr)


DUMPED = """
import json
import django
django.setup()
from django.conf import settings
from config.celery import app
print(app.conf.humanize(with_defaults=True, censored=True))
print(app.bugreport())
print(repr(app), repr(app.conf), app.connection_for_write().as_uri(), app.connection_for_write())
print(app.conf.table(with_defaults=False, censored=True))
for name in dir(settings):
    print(name, repr(getattr(settings, name)), f"{getattr(settings, name)}")
print(repr(settings._wrapped), vars(settings._wrapped))
print("dumped")
"""


def test_no_dump_of_celerys_settings_or_ours_shows_one() -> None:
    dumped = run("-c", DUMPED)
    assert dumped.stdout.rstrip().endswith("dumped"), dumped.stderr
    assert "broker_url" in dumped.stdout
    assert_hidden(dumped.stdout + dumped.stderr)


PAGE = """
import sys
import django
django.setup()
from django.conf import settings
from django.test import Client, RequestFactory
from django.views.debug import technical_500_response
import os

def fail(request):
    plain = [str(settings.SECRET_KEY), str(settings.STRIPE_API_KEY), dict(os.environ)]
    nested = {"url": os.environ["DATABASE_URL"], "of": settings.STRIPE_WEBHOOK_SECRETS}
    raise RuntimeError("told " + " ".join(os.environ.values()))

request = RequestFactory().get("/?token=" + os.environ["METRICS_TOKEN"])
for accept in ("text/html", "application/json"):
    request.META["HTTP_ACCEPT"] = accept
    try:
        fail(request)
    except RuntimeError:
        page = technical_500_response(request, *sys.exc_info())
        print(page.content.decode())
"""


def test_the_debug_page_shows_none_in_message_variables_or_settings() -> None:
    page = run("-c", PAGE, DEBUG="1")
    assert "RuntimeError" in page.stdout, page.stderr
    assert "STRIPE_API_KEY" in page.stdout
    assert_hidden(page.stdout + page.stderr)


@pytest.mark.django_db
def test_the_metrics_show_none(client: Client, settings: Settings) -> None:
    environment = settings_in(ENVIRONMENT)
    settings.WEBHOOK_SECRET_KEYS, settings.METRICS_TOKEN = (
        environment.WEBHOOK_SECRET_KEYS,
        environment.METRICS_TOKEN,
    )
    settings.STRIPE_API_KEY = environment.STRIPE_API_KEY
    token = f"Bearer {CANARY}-of-the-metrics"
    shown = client.get("/metrics", headers={"authorization": token})
    assert (shown.status_code, b"outbox_" in shown.content) == (200, True)
    assert_hidden(shown.content.decode())


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
