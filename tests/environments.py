"""The settings as other environments would make them."""

import os
import runpy
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from unittest import mock

from config.environment.paths import ROOT

PRODUCTION = {
    "SECRET_KEY": "a long and random text " * 3,
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "postgres://shop:password@db.example/shop",
    "REDIS_URL": "redis://:password@cache.example:6379/0",
    "PAYMENT_GATEWAY": "stripe",
    "STRIPE_API_KEY": "sk_live_of_the_shop",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_the_shop_at_stripe",
}
DEVELOPMENT = {
    "DEBUG": "1",
    "DATABASE_URL": "postgres://localhost/shop",
    "REDIS_URL": "redis+socket:///run/redis.sock",
}


def settings_in(variables: Mapping[str, str]) -> Any:
    """Return the settings of a process that has these environment variables and no others.

    :raises ImproperlyConfigured: the settings refuse them.
    """
    names = _run(variables)
    return SimpleNamespace(**{name: value for name, value in names.items() if name.isupper()})


def defaults_in(variables: Mapping[str, str]) -> dict[str, object]:
    """Return the default of every variable that the settings read."""
    defaults: dict[str, object] = _run(variables)["environment"].defaults
    return defaults


def _run(variables: Mapping[str, str]) -> dict[str, Any]:
    with mock.patch.dict(os.environ, variables, clear=True):
        return runpy.run_path(str(ROOT / "config" / "settings.py"))
