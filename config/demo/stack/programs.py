"""Programs that the stack runs, and the user they run as."""

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict


class Identity(TypedDict, total=False):
    """The arguments with which subprocess changes the user; empty to keep the current one."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Owner:
    """The system user a server runs as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def of_servers(cls) -> "Owner":
        """Return the current user, or for root ``postgres``, or ``nobody`` without that."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        for name in ("postgres", "nobody"):
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(user.pw_uid, user.pw_gid)
        raise LookupError("Neither a user postgres nor a user nobody exists to run the servers as")

    @property
    def is_another(self) -> bool:
        return self.uid != os.geteuid()

    @property
    def identity(self) -> Identity:
        if not self.is_another:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, right: str, path: Path) -> bool:
        """Tell whether this user has a right (``x``, ``w`` or ``r``, as in ``test -x``)."""
        return self.run("test", f"-{right}", str(path)).returncode == 0

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a short command as this user."""
        return subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False, **self.identity
        )

    def new_folder(self, *, prefix: str, within: str | None = None) -> Path:
        """Make a private folder (mode 0700) that belongs to this user."""
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
        self.take(folder)
        return folder

    def take(self, path: Path) -> None:
        if self.is_another:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True, kw_only=True)
class Program:
    """One long-running program: how to start it, and which signal ends it cleanly."""

    name: str
    command: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    owner: Owner | None = None
    stop_signal: signal.Signals = signal.SIGTERM
