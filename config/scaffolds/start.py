"""Write the files of an addition from a template, with Django's own means for ``startapp``."""

import subprocess
import sys
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.templates import TemplateCommand

from config.scaffolds import lists

TEMPLATES = Path(__file__).parent / "templates"


class Scaffold(TemplateCommand):
    """Writes the files of one kind of addition; what is there already is left as it is.

    :cvar kind: the folder of its templates, whose files stand in it as they will in the tree.
    :cvar then: the commands to be run afterwards.
    """

    kind: ClassVar[str]
    then: ClassVar[tuple[str, ...]] = ("bin/python -m tests.contracts",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name, in snake_case."""
        parser.add_argument("name", help="in snake_case, such as gift_cards")
        parser.add_argument(
            "--into", type=Path, default=settings.BASE_DIR, metavar="FOLDER", help="the tree"
        )

    def handle(self, name: str, into: Path, **options: Any) -> None:  # type: ignore[override]  # fewer
        """Write the files, and say what comes next."""
        if not name.isidentifier() or name != name.lower():
            raise CommandError(f"{name} is no name in snake_case", returncode=2)
        templates = TEMPLATES / self.kind
        if there := [path for path in _written(templates, name) if (into / path).exists()]:
            raise CommandError(f"{there[0]} is there already: add to it", returncode=2)
        super().handle(
            "project",
            name,
            str(into),
            template=str(templates),
            extensions=["py"],
            files=[],
            **options,
        )
        written, entered = _written(templates, name), self.enter(into, name)
        _format(into, written)
        for path in written:
            self.stdout.write(f"written: {path}")
        for each in entered:
            self.stdout.write(f"entered in: {each}")
        for command in self.then:
            self.stdout.write(f"then run: {command.format(name=name)}")

    def enter(self, into: Path, name: str) -> list[str]:  # noqa: ARG002 - for those that need it
        """Enter it in lists of the tree, and return their files; most things are found unlisted."""
        return []


class OfAnApp(Scaffold):
    """Writes an app of its own beside the others."""

    then: ClassVar[tuple[str, ...]] = (
        "bin/python -m tests.contracts",
        "bin/python -m tests.readme",
        "bin/python -m tests.flows",
        "bin/python manage.py spectacular --file docs/openapi.yaml",
    )

    def enter(self, into: Path, name: str) -> list[str]:
        """Enter the app in the contracts of imports, and in the image."""
        return lists.enter(into, name)


def _format(into: Path, paths: list[Path]) -> None:
    """Break lines and order imports as the name asks for; ruff is there with the tools only."""
    if find_spec("ruff"):
        for words in (["check", "--select", "I", "--fix", "-q"], ["format", "-q"]):
            subprocess.run([sys.executable, "-m", "ruff", *words, *paths], cwd=into, check=True)


def _written(templates: Path, name: str) -> list[Path]:
    """Return the paths of an addition's files in the tree."""
    found = sorted(path.relative_to(templates) for path in templates.rglob("*.py-tpl"))
    return [Path(str(path).replace("project_name", name)).with_suffix(".py") for path in found]
