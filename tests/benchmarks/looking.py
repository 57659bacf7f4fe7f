"""An operator who opens pages of the console, and notes how long each took and what it asked."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings

Looks = dict[str, tuple[list[float], int]]
"""By page: milliseconds of each look, and the queries of the last one."""


def prepare(pages: Mapping[str, str], times: int) -> Callable[[], Looks]:
    """Return what opens each page so many times, after once that does not count.

    :param pages: addresses by name.
    """

    def look() -> Looks:
        user = User.objects.create_user("grace", is_staff=True, is_superuser=True)
        client = Client(raise_request_exception=True)
        with ExitStack() as stack:
            stack.enter_context(override_settings(ALLOWED_HOSTS=["testserver"]))
            client.force_login(user)
            return {name: _looked(client, address, times) for name, address in pages.items()}

    return look


def _looked(client: Client, address: str, times: int) -> tuple[list[float], int]:
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    spent = []
    for number in range(times + 1):
        asked.clear()
        with connection.execute_wrapper(note):
            begun = time.perf_counter()
            answer = client.get(address, follow=True)
            taken = 1000 * (time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} was answered with {answer.status_code}")
        if number:
            spent.append(taken)
    return spent, len(asked)
