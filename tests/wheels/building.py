"""Wheels of messaging alone, and of the saga engine on top of it, made from this tree."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.environment.paths import ROOT

COMPILED = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True, slots=True)
class Distribution:
    """What one wheel brings.

    :ivar package: the folder that it installs, as a dotted name.
    :ivar needs: the names of the packages that it imports, of those that this project locks.
    :ivar without: folders of it that stay behind.
    :ivar beside: other wheels of this tree that it needs.
    """

    name: str
    package: str
    description: str
    needs: Collection[str]
    without: Collection[str] = ()
    beside: Collection[str] = ()

    @property
    def folder(self) -> Path:
        """Where it stands in the tree."""
        return Path(*self.package.split("."))


MESSAGING = Distribution(
    name="orders-outbox",
    package="outbox",
    description="A transactional outbox for Django: messages in order per conversation",
    needs=(
        *("celery", "cryptography", "django", "django-filter", "django-unfold"),
        *("djangorestframework", "drf-spectacular", "iso4217", "msgspec", "psycopg", "pyyaml"),
        *("redis", "standardwebhooks", "structlog", "uuid-utils"),
    ),
)
SAGAS = Distribution(
    name="orders-sagas",
    package="orders.sagas",
    description="A saga engine for Django on a transactional outbox",
    needs=("celery", "django", "msgspec", "structlog", "uuid-utils"),
    # The shop's own sagas, and what its operators do to them.
    without=("admin", "definitions", "management", "operators"),
    beside=(MESSAGING.name,),
)


def build(into: Path) -> list[Path]:
    """Build both wheels into a folder, and return them, that of messaging first."""
    return [_build(MESSAGING, into), _build(SAGAS, into)]


def _build(distribution: Distribution, into: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix="orders-wheel-") as folder:
        source = Path(folder)
        left = shutil.ignore_patterns("__pycache__", *distribution.without)
        shutil.copytree(ROOT / distribution.folder, source / distribution.folder, ignore=left)
        shutil.copy(ROOT / "LICENSE", source)
        (source / "pyproject.toml").write_text(_described(distribution))
        words = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
        subprocess.run(
            [sys.executable, *words, "--wheel-dir", into.resolve(), "."], cwd=source, check=True
        )
    (made,) = into.glob(f"{distribution.name.replace('-', '_')}-*.whl")
    return made


def _described(distribution: Distribution) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = _requirements(project)
    version = project["version"]
    needs = [wanted[name] for name in distribution.needs]
    needs += [f"{name}=={version}" for name in distribution.beside]
    found = f'include = ["{distribution.package}", "{distribution.package}.*"]\nnamespaces = true'
    return f"""
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "{distribution.name}"
version = "{version}"
description = "{distribution.description}"
license = "{project["license"]}"
license-files = ["LICENSE"]
requires-python = "{project["requires-python"]}"
dependencies = {json.dumps(needs)}

[tool.setuptools.packages.find]
{found}

[tool.setuptools.package-data]
"*" = ["*.csv", "templates/**/*.html"]
"""


def _requirements(project: Mapping[str, Any]) -> dict[str, str]:
    """Return what the project requires, by the package's name."""
    return {re.split(r"[\[<>=~! ]", each, maxsplit=1)[0]: each for each in project["dependencies"]}
