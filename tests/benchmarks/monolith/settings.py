"""The project's settings, with the monolith installed beside the project's own apps."""

from pathlib import Path

from config import settings
from config.settings import *  # noqa: F403 - Django's way to build settings on settings

INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.benchmarks.monolith"]

# A book of its own, beside the other: ours is audited.
SANDBOX_BOOK = Path(settings.SANDBOX_BOOK).with_name("monolith.sqlite3")
