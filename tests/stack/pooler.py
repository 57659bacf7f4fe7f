"""PgBouncer in front of the database of the tests: a process of its own, on a socket of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from config.demo.stack.programs import Owner
from tests.faults.processes import wait_until

SERVER_CONNECTIONS = 2
"""To the database, for however many clients: two transactions of one client seldom share one."""

PORT = 6432

_SETTINGS = """
[databases]
* = {server}

[pgbouncer]
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
auth_type = any
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
logfile = {folder}/pgbouncer.log
"""


@contextmanager
def pooler() -> Iterator[Path]:
    """Run it until the block ends; yield the folder of its socket."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no PgBouncer: install Debian's pgbouncer")
    owner = Owner.of_servers()
    folder = owner.new_folder(prefix="orders-pooler-")
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        _SETTINGS.format(server=_server(), connections=SERVER_CONNECTIONS, port=PORT, folder=folder)
    )
    owner.take(settings)
    process = subprocess.Popen([program, "-q", str(settings)], cwd=folder, **owner.identity)
    try:
        wait_until(lambda: _answers(folder), log=folder / "pgbouncer.log")
        yield folder
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _server() -> str:
    at = connection.settings_dict
    words = {
        "host": at["HOST"],
        "port": at["PORT"] or 5432,
        "user": at["USER"],
        "password": at["PASSWORD"],
    }
    return " ".join(f"{key}={value}" for key, value in words.items() if value)


def _answers(folder: Path) -> bool:
    name = connection.settings_dict["NAME"]
    try:
        with psycopg.connect(host=str(folder), port=PORT, user="anybody", dbname=name):
            return True
    except psycopg.OperationalError:
        return False
