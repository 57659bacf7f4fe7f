"""``bin/demo``: start servers, web, worker and beat, place orders, and serve until Ctrl-C."""

import http.client
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import django
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from config.demo.stack.application import application, mailbox
from config.demo.stack.finder import NotFoundHere
from config.demo.stack.local_folder import (
    SHELL_FILE,
    InUse,
    kept_secret,
    readable_by_shells,
    state_folder,
)
from config.demo.stack.options import Options, read_options
from config.demo.stack.programs import Program
from config.demo.stack.servers import Servers, lasting_home, prepare_servers
from config.demo.stack.signals import ignore_signals, interrupt_on_signals
from config.demo.stack.supervisor import Supervisor
from config.environment.paths import ROOT, STATE

HOST = "127.0.0.1"
ORDERS_OF_OUR_OWN = 40
MAILS = STATE / "mails"
"""Where the demo's mails are written."""


def main(words: list[str]) -> int:
    """Run the demo; return 0 for success, 2 for options that cannot be used, else 1."""
    options = read_options(words)
    interrupt_on_signals()
    try:
        with state_folder(reset=options.reset):
            return _with_servers(options)
    except (InUse, NotFoundHere, ImproperlyConfigured) as error:
        _say(f"bin/demo: {error}")
        return 2
    except (OSError, RuntimeError) as error:
        _say(f"bin/demo: {error}")
        return 1
    except KeyboardInterrupt:
        return 130 if options.once else 0


def _with_servers(options: Options) -> int:
    supervisor = Supervisor(logs=STATE / "logs")
    _say("Starting PostgreSQL and Redis")
    servers = prepare_servers(lasting_home(STATE))
    try:
        supervisor.start(servers.programs)
        supervisor.wait_until(servers.ready, seconds=60, what="PostgreSQL and Redis do not answer")
        return _with_application(options, servers, supervisor)
    finally:
        ignore_signals()
        supervisor.stop("web", "worker", "beat", seconds=2.5)
        supervisor.stop(seconds=1.5)
        servers.forget()


def _with_application(options: Options, servers: Servers, supervisor: Supervisor) -> int:
    os.environ |= _variables(servers)
    with readable_by_shells(_variables(servers) | _mail(options)):
        return _with_database(options, servers, supervisor)


def _with_database(options: Options, servers: Servers, supervisor: Supervisor) -> int:
    _say("Migrating the database")
    password = _migrate()
    port = port_for(options.port)
    mails = _free_port(port + 1)
    supervisor.start(
        [
            *application(_mail(options), address=f"{HOST}:{port}"),
            mailbox(MAILS, address=f"{HOST}:{mails}"),
        ]
    )
    supervisor.wait_until(lambda: _serves(port), seconds=60, what="The web server does not answer")
    audit = ["audit", *(["--own-book"] if servers.own_database else [])]
    status = _bring_orders(options, supervisor, audit)
    if options.once or status == 2:
        return status
    if not options.orders:
        supervisor.run(_manage("make_trouble"))
    _say(
        f"\nShop       http://{HOST}:{port}/shop/",
        f"API docs   http://{HOST}:{port}/api/docs/",
        f"Admin      http://{HOST}:{port}/admin/   user admin, password {password}",
        f"Mails      http://{HOST}:{mails}/",
        f"Logs       {supervisor.logs}",
        f"Commands   . {SHELL_FILE.relative_to(ROOT)}; bin/python manage.py audit",
        "Next       docs/adding.md: a step, a subscriber, a read model of your own",
        "Serving until Ctrl-C, which keeps orders, mails and the password; --reset begins anew",
    )
    while True:
        supervisor.watch()
        time.sleep(0.5)


def _variables(servers: Servers) -> dict[str, str]:
    """Return production's settings, without HTTPS: the demo serves on the loopback only."""
    return {
        **servers.variables,
        "DJANGO_SETTINGS_MODULE": "config.demo.storefront.settings",
        "DEBUG": "0",
        "HTTPS": "0",
        "PAYMENT_GATEWAY": "sandbox",
        "SANDBOX_ALLOWED": "1",
        # A replay places in minutes what one customer ordered in years.
        "UNPAID_HOLDS_PER_CUSTOMER": "1000000",
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "SECRET_KEY": kept_secret("secret-key"),
        "SANDBOX_WEBHOOK_SECRET": kept_secret("sandbox-webhook-secret"),
        "WEBHOOK_SECRET_KEYS": kept_secret("webhook-key", lambda: Fernet.generate_key().decode()),
    }


def _mail(options: Options) -> dict[str, str]:
    """Return the settings of mail: to files, unless the orders of another shop are replayed."""
    MAILS.mkdir(mode=0o700, exist_ok=True)
    return {} if options.orders else {"EMAIL_URL": f"file:{quote(str(MAILS))}"}


def _migrate() -> str:
    """Migrate all databases, and return the password of the user ``admin``."""
    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415 - exists after setup only
    from django.db import connections  # noqa: PLC0415 - as above

    for database in connections:
        call_command("migrate", database=database, verbosity=0)
    password = kept_secret("admin-password", lambda: secrets.token_urlsafe(12))
    admin, _ = User.objects.get_or_create(
        username="admin", defaults={"is_staff": True, "is_superuser": True}
    )
    admin.set_password(password)
    admin.save()
    connections.close_all()
    return password


def _bring_orders(options: Options, supervisor: Supervisor, audit: list[str]) -> int:
    """Place the orders, wait for their ends, and audit; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        summary, findings = Path(folder) / "summary.json", Path(folder) / "findings.json"
        placed = supervisor.run(_manage(*_words(options), f"--json={summary}"))
        if not summary.exists():
            return placed or 1
        audited = supervisor.run(_manage(*audit, f"--json={findings}"))
        story = json.loads(summary.read_text())
        story["audit"] = (
            json.loads(findings.read_text())["audit"] if findings.exists() else "failed"
        )
    if options.json:
        options.json.write_text(json.dumps(story, indent=2) + "\n")
    return placed or audited or int(story["needs_attention"] > 0)


def _words(options: Options) -> list[str]:
    if options.orders is None:
        return ["load_catalogue", f"--orders={ORDERS_OF_OUR_OWN}"]
    return ["replay_orders", str(options.orders), *options.replay]


def _manage(*words: str) -> Program:
    return Program(
        name=words[0],
        command=(sys.executable, str(ROOT / "manage.py"), *words),
        folder=Path.cwd(),
    )


def port_for(wanted: int) -> int:
    """Return a port to serve on, and say so if the wanted one is taken."""
    port = _free_port(wanted)
    if port != wanted:
        _say(f"Port {wanted} is taken: serving on {port} instead")
    return port


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _serves(port: int) -> bool:
    """Tell whether the application has been loaded; the socket opens earlier."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("HEAD", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _say(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
