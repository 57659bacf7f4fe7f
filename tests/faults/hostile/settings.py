"""The settings of the application, with a subscriber that does its worker harm."""

from config.settings import *  # noqa: F403 - all of them
from config.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "tests.faults.hostile"]
