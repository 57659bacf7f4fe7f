"""The settings of the demo: those of the environment, and the storefront."""

import os

from config.settings import *  # noqa: F403 - all of them
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "config.demo.storefront"]
MAILS_PAGE = os.environ.get("DEMO_MAILS_PAGE", "")
"""Where the demo shows its mails; empty if it shows none."""
ROOT_URLCONF = "config.demo.storefront.urls"
