"""Bring the files about contracts up to date: ``bin/python -m tests.contracts``.

Examples are written where they are missing, and never changed: they stand for rows.
"""

import json
import os

import django

# Nothing is connected to.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DATABASE_URL", "postgres://localhost/none")
os.environ.setdefault("REDIS_URL", "redis://localhost")
django.setup()

from outbox.contracts.async_api import written  # noqa: E402 - needs Django's apps
from tests.contracts.files import (  # noqa: E402 - needs Django's apps
    ASYNC_API,
    NAMES,
    PAGE,
    example_of,
    names,
    page,
    versions,
)
from tests.contracts.samples import sample  # noqa: E402 - likewise

NAMES.write_text("\n".join(names()) + "\n")
PAGE.write_text(page())
ASYNC_API.write_text(written())
for contract, version in versions():
    path = example_of(contract, version)
    if version == contract.version and not path.exists():
        path.write_text(json.dumps(sample(contract), indent=2) + "\n")
