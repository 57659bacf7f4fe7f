"""The application with a bug planted, for web, workers and beat of a fault run.

``bin/faults --plant NAME`` starts them with this module and the name in ``PLANT``.
"""

import os

import pytest

from config.celery import app
from config.wsgi import application
from tests.nemesis.bugs import PLANTED

__all__ = ["app", "application"]

PLANTED[os.environ["PLANT"]](pytest.MonkeyPatch())
