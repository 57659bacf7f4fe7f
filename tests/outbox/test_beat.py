"""Beat is the safety net: what no bell announced is found by its ticks (M4, M8)."""

from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from outbox import bell, tasks
from outbox.relay import drain
from tests.shop import Shop, movable


def test_without_a_single_bell_beat_brings_an_order_to_its_end(
    audited: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "ring", lambda _: None)

    def work(words: tuple[list[str]], **_: Any) -> None:
        drain(*words, seconds=5)

    monkeypatch.setattr(tasks.deliver, "apply_async", work)
    current_app.loader.import_default_modules()
    order = audited.order()
    for _ in range(3):
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            current_app.tasks[str(entry["task"])]()
    order.refresh_from_db()
    assert (order.status, movable()) == ("confirmed", [])


def test_beat_looks_every_second() -> None:
    every = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert (every.get("outbox.relay"), every.get("sagas.sweep")) == (1.0, 1.0)
