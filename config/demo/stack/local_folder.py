"""The folder ``.local``: data, logs, and generated secrets of this checkout."""

import fcntl
import os
import secrets
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from config.demo.stack.servers import remove_home
from config.environment.paths import STATE

SHELL_FILE = STATE / "demo.env"
"""What a shell reads so that ``manage.py`` speaks to the running stack."""


class InUse(RuntimeError):
    """Another stack runs from this folder: stop it first, or use a second clone."""


@contextmanager
def state_folder(*, reset: bool = False) -> Iterator[None]:
    """Lock the state folder for one stack at a time.

    :param reset: delete everything but the installed environments.
    :raises InUse: another process has the lock, which ends with the process.
    """
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(InUse.__doc__) from error
        if reset:
            _forget()
        (STATE / "logs").mkdir(mode=0o700, exist_ok=True)
        yield


def kept_secret(name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """Return the secret of this name, generated at its first use and readable by us alone."""
    path = STATE / name
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
    return path.read_text()


@contextmanager
def readable_by_shells(variables: Mapping[str, str]) -> Iterator[None]:
    """Keep a file, as long as the stack runs, by which a shell's commands find its servers."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())]
    SHELL_FILE.unlink(missing_ok=True)
    with os.fdopen(os.open(SHELL_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join([*lines, ""]))
    try:
        yield
    finally:
        SHELL_FILE.unlink(missing_ok=True)


def _forget() -> None:
    remove_home(STATE)
    for path in STATE.iterdir():
        if path.name.startswith("venv-") or path.name == "lock":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
