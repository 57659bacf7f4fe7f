"""The project's settings, with what the benchmark's own addresses need beside them."""

from config.settings import *  # noqa: F403 - Django's way to build settings on settings

ROOT_URLCONF = "tests.benchmarks.reading.urls"
