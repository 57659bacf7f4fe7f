"""The project's settings, with the address of the bare view beside the project's own."""

from config.settings import *  # noqa: F403 - Django's way to build settings on settings

ROOT_URLCONF = "tests.benchmarks.bare.urls"
