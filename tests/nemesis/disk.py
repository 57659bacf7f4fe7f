"""A disk of its own for PostgreSQL, which a run can fill."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.demo.stack.programs import Owner

ROOMY = 2 * 1024**3


@dataclass(frozen=True)
class Disk:
    """A folder; ``is_own`` if it lies on a file system in memory that was mounted for it."""

    folder: Path
    is_own: bool

    @classmethod
    @contextmanager
    def of(cls, folder: Path, owner: Owner) -> Iterator["Disk"]:
        """Mount a file system at a folder where the system allows it; unmount it afterwards."""
        mounted = os.geteuid() == 0 and _mount("-t", "tmpfs", "tmpfs", str(folder), size=ROOMY)
        if mounted:
            owner.take(folder)
            folder.chmod(0o700)
        try:
            yield cls(folder, mounted)
        finally:
            if mounted:
                subprocess.run(["umount", "--lazy", str(folder)], check=False)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Let not a page more fit on it; it has room again afterwards."""
        used = shutil.disk_usage(self.folder).used
        _mount("-o", "remount", str(self.folder), size=used + 16384)
        try:
            yield
        finally:
            _mount("-o", "remount", str(self.folder), size=ROOMY)


def _mount(*words: str, size: int) -> bool:
    """Mount with a size in bytes; tell whether the system allowed it."""
    *options, target = words
    command = ["mount", *options, "-o", f"size={size}", target]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0
