"""The project's settings, with two subscribers that bring about effects."""

from config import settings
from config.settings import *  # noqa: F403 - Django's way to build settings on settings

INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.benchmarks.messaging.ours"]
