"""The project's settings, with the address of the plain page beside the project's own.

One client reads as fast as it can, so that nobody counts what it asks.
"""

from config.settings import *  # noqa: F403 - Django's way to build settings on settings

ROOT_URLCONF = "tests.benchmarks.reading.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
API_REQUESTS_PER_MINUTE = 0
