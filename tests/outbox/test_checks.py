"""``manage.py check`` names the settings that messaging needs, before the first delivery fails."""

import re

from django.conf import global_settings, settings
from pytest_django import Settings

from outbox.checks import NEEDED, settings_are_there


def test_a_setting_that_is_missing_is_named_with_its_meaning(settings: Settings) -> None:
    del settings.OUTBOX_BATCH
    (problem,) = settings_are_there()
    assert problem.id == "outbox.E004"
    assert problem.msg.startswith("The setting OUTBOX_BATCH is missing: how many lanes a worker")


def test_every_setting_that_messaging_reads_is_among_them() -> None:
    read = {
        name
        for module in (settings.BASE_DIR / "outbox").rglob("*.py")
        for name in re.findall(r"\bsettings\.([A-Z_]+)", module.read_text())
    }
    assert {name for name in read if not hasattr(global_settings, name)} == set(NEEDED)
