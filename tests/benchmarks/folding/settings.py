"""The project's settings, with as many read models of one shape as ``FOLDED_BY`` says."""

from config import settings
from config.settings import *  # noqa: F403 - Django's way to build settings on settings

INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.benchmarks.folding"]
