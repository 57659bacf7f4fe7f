"""PostgreSQL and Redis for one stack: private data, private Unix sockets, no open port.

A server whose URL is in the environment is not started here.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from config.demo.stack.finder import redis_program
from config.demo.stack.postgres import DATABASE, postgres, postgres_answers
from config.demo.stack.programs import Owner, Program

# Only folders made by mkdtemp go here: private, and their names cannot be foreseen.
_SHORT = Path("/tmp")  # noqa: S108 - see above  # nosec B108
_LASTING = Path("/var/tmp")  # noqa: S108 - see above  # nosec B108
# A socket's path has to stay below about a hundred characters (sockaddr_un).
_LONGEST_FOLDER = 60


@dataclass(frozen=True, kw_only=True)
class Servers:
    """The programs to start, and the variables by which the application finds them."""

    programs: list[Program]
    variables: Mapping[str, str]
    sockets: Path

    @property
    def own_database(self) -> bool:
        """Whether PostgreSQL is started here, so that the gateway's book serves it alone."""
        return any(program.name == "postgres" for program in self.programs)

    def ready(self) -> bool:
        """Tell whether both servers answer; create the database once PostgreSQL does."""
        answers = {"postgres": postgres_answers, "redis": _redis_answers}
        return all(answers[program.name](self.sockets) for program in self.programs)

    def forget(self) -> None:
        """Remove the folder of the sockets, once the servers have stopped."""
        shutil.rmtree(self.sockets, ignore_errors=True)


def prepare_servers(home: Path, *, durable: bool = True) -> Servers:
    """Find the programs and prepare their data in ``home``; start nothing.

    :param home: a folder of the user that the servers run as; see :func:`lasting_home`.
    :param durable: keep PostgreSQL's safe defaults; ``False`` trades them for speed in tests.
    :raises NotFoundHere: neither this machine nor a wheel has a server that is needed.
    """
    owner = Owner.of_servers()
    sockets = _new_sockets(home, owner)
    programs: list[Program] = []
    if not (database := os.environ.get("DATABASE_URL")):
        programs.append(postgres(home, sockets, owner, durable=durable))
        database = f"postgres://{DATABASE}@{quote(str(sockets), safe='')}/{DATABASE}"
    variables = {"DATABASE_URL": database}
    if broker := os.environ.get("REDIS_URL"):
        variables["REDIS_URL"] = broker
    elif not os.environ.get("BROKER_URL"):
        programs.append(_redis(home, sockets, owner))
        variables["REDIS_URL"] = f"redis+socket://{sockets}/redis.sock"
    return Servers(programs=programs, variables=variables, sockets=sockets)


def lasting_home(state: Path) -> Path:
    """Return the folder of the servers' data that belongs to a state folder; make it if needed.

    The user that root drops to may have no access to a checkout in a private home; the data is then
    in a private folder elsewhere, and a file in the state folder has its path.
    """
    owner = Owner.of_servers()
    note = _note(state)
    if note.exists() and (elsewhere := Path(note.read_text().strip())).is_dir():
        return elsewhere
    if owner.can("x", state):
        home = state / "servers"
        home.mkdir(mode=0o700, exist_ok=True)
        owner.take(home)
        return home
    elsewhere = owner.new_folder(prefix="orders-data-", within=str(_LASTING))
    note.write_text(f"{elsewhere}\n")
    return elsewhere


def remove_home(state: Path) -> None:
    """Delete the data of the servers of this state folder."""
    note = _note(state)
    if note.exists():
        shutil.rmtree(note.read_text().strip(), ignore_errors=True)
    note.unlink(missing_ok=True)
    shutil.rmtree(state / "servers", ignore_errors=True)


def _note(state: Path) -> Path:
    return state / "servers-are-in"


def _new_sockets(home: Path, owner: Owner) -> Path:
    """Create the folder of the sockets, and remove that of a run that was killed."""
    usual = tempfile.gettempdir()
    fits = len(usual) <= _LONGEST_FOLDER and owner.can("x", Path(usual))
    sockets = owner.new_folder(prefix="orders-", within=usual if fits else str(_SHORT))
    link = home / "sockets"
    if link.is_symlink():
        shutil.rmtree(link.readlink(), ignore_errors=True)
        link.unlink()
    link.symlink_to(sockets)
    return sockets


def _redis(home: Path, sockets: Path, owner: Owner) -> Program:
    """Return a Redis without persistence: its tasks only wake workers."""
    program = redis_program(owner, copies=home / "programs")
    options = {
        "port": "0",
        "unixsocket": str(sockets / "redis.sock"),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "databases": "64",
        "dir": str(sockets),
    }
    words = (word for key, value in options.items() for word in (f"--{key}", value))
    return Program(name="redis", command=(str(program), *words), folder=sockets, owner=owner)


def _redis_answers(sockets: Path) -> bool:
    try:
        with closing(redis.Redis(unix_socket_path=str(sockets / "redis.sock"))) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
