"""A PostgreSQL cluster: initialised once, started as a program, cleaned up after a crash."""

import shutil
import signal
from pathlib import Path

import psycopg

from config.demo.stack.finder import postgres_programs
from config.demo.stack.programs import Owner, Program

DATABASE = "orders"

# Small transactions at a high rate: checkpoint seldom, look after hot tables often.
TUNING = {
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_cost_limit": "2000",
    "jit": "off",
}
# For tests: a crash of the machine may lose everything, a crash of the server loses nothing.
# Some tests read the log by logical replication, and several processes of the suite open fifty
# connections at once.
NOT_DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "logical",
    "max_connections": "400",
}


def postgres(home: Path, sockets: Path, owner: Owner, *, durable: bool) -> Program:
    """Return the server as a program; its cluster is initialised and not running."""
    programs = postgres_programs(owner, copies=home / "programs")
    data = home / f"postgres-{_major_version(programs, owner)}"
    if not data.exists():
        _initialise(data, programs, owner)
    _stop_forgotten(data, programs, owner)
    options = {"listen_addresses": "", "unix_socket_directories": str(sockets), **TUNING}
    options |= {} if durable else NOT_DURABLE
    words = (word for key, value in options.items() for word in ("-c", f"{key}={value}"))
    return Program(
        name="postgres",
        command=(str(programs / "postgres"), "-D", str(data), *words),
        folder=home,
        owner=owner,
        stop_signal=signal.SIGINT,
    )


def postgres_answers(sockets: Path) -> bool:
    """Tell whether the server takes connections; create the database once it does."""
    try:
        with psycopg.connect(
            host=str(sockets), user=DATABASE, dbname="postgres", autocommit=True
        ) as connection:
            known = connection.execute(
                "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        return False
    return True


def _major_version(programs: Path, owner: Owner) -> str:
    version = owner.run(str(programs / "postgres"), "--version").stdout.split()[2]
    return version.split(".")[0]


def _initialise(data: Path, programs: Path, owner: Owner) -> None:
    """Create the cluster under another name and rename it: an incomplete one is never used."""
    unfinished = data.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    # Trust is safe here: only the owner of the socket folder, and root, can connect at all.
    made = owner.run(
        *(str(programs / "initdb"), "-D", str(unfinished), "-U", DATABASE, "-N"),
        *("--auth=trust", "--encoding=UTF8", "--locale=C"),
    )
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
    unfinished.rename(data)


def _stop_forgotten(data: Path, programs: Path, owner: Owner) -> None:
    """Stop a server that outlived its supervisor, and remove a stale ``postmaster.pid``.

    PostgreSQL itself ignores the file of a dead server, unless its process id now belongs to
    another program, as it may in a restarted container.
    """
    note = data / "postmaster.pid"
    if not note.exists():
        return
    command_line = Path(f"/proc/{note.read_text().split()[0]}/cmdline")
    if command_line.exists() and str(data).encode() not in command_line.read_bytes():
        note.unlink()
        return
    owner.run(str(programs / "pg_ctl"), "-D", str(data), "stop", "-m", "fast", "-w", "-t", "20")
