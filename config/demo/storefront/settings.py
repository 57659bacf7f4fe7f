"""The settings of the demo: those of the environment, and the storefront."""

from config.settings import *  # noqa: F403 - all of them
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "config.demo.storefront"]
ROOT_URLCONF = "config.demo.storefront.urls"
