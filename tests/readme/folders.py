"""The section of docs/tour.md that lists all folders, each with the docstring of its package.

``python -m tests.readme`` writes it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from config.environment.paths import ROOT
from tests.packages import APPS

PAGE = ROOT / "docs" / "tour.md"
HIDDEN = {"migrations", "management", "templates", "formats"}
"""Folders that Django prescribes."""

WRITE = "bin/python -m tests.readme"
"""The command that the test names when the page is behind the code."""

_HEADING = "\n## Where things are\n\n"


def folders() -> Iterator[Path]:
    """Yield the packages of all apps, relative to the root, each before those in it."""
    for app in (*APPS, "testkit"):
        for init in sorted((ROOT / app).rglob("__init__.py"), key=lambda path: path.parent.parts):
            folder = init.parent.relative_to(ROOT)
            if not HIDDEN & set(folder.parts):
                yield folder


def purpose(folder: Path) -> str:
    """Return the first paragraph of a package's docstring, as one line of Markdown."""
    docstring = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text()))
    first = (docstring or "").partition("\n\n")[0]
    return " ".join(first.split()).replace("``", "`")


def listed() -> str:
    """Return the section as it should be."""
    return "".join(
        f"{'  ' * (len(folder.parts) - 1)}- **{folder.name}/** {purpose(folder)}\n"
        for folder in folders()
    )


def section(page: str) -> str:
    """Return the section as the page has it."""
    return page.partition(_HEADING)[2].partition("\n## ")[0]


def rewritten(page: str) -> str:
    """Return the page with the section as it should be."""
    before, heading, below = page.partition(_HEADING)
    _, next_heading, after = below.partition("\n## ")
    return before + heading + listed() + next_heading + after
