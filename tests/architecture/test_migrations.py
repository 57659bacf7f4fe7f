"""Tables grow first and shrink in a later release: old and new code run side by side."""

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

from tests.packages import APPS

OURS = [*APPS, "sagas"]

# An index is made concurrently, outside of transactions.
pytestmark = pytest.mark.django_db(transaction=True)


def lint(*apps_linted: str) -> MigrationLinter:
    linter = MigrationLinter(
        str(settings.BASE_DIR),
        include_apps=list(apps_linted),
        warnings_as_errors_tests=["CREATE_INDEX"],
        no_cache=True,
        no_output=True,
        ignore_initial_migrations=True,
        ignore_name=widenings(),
    )
    linter.lint_all_migrations()
    return linter


def test_no_migration_breaks_the_code_that_runs_beside_it() -> None:
    linter = lint(*OURS)
    assert not linter.has_errors
    assert linter.nb_valid == len(written_later()) - len(widenings())


def widenings() -> list[str]:
    """List the migrations that only widen columns of texts.

    The linter reports every change of a column; a longer one takes what the code of before writes,
    and PostgreSQL rewrites no row for it.
    """
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [
        name
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS
        and migration.operations
        and all(_widens(loader, migration, each) for each in migration.operations)
    ]


def _widens(loader: MigrationLoader, migration: Any, operation: Any) -> bool:
    if not isinstance(operation, migrations.AlterField):
        return False
    before = loader.project_state(list(migration.dependencies)).models
    field = before[migration.app_label, operation.model_name_lower].fields[operation.name]
    return (
        isinstance(field, models.CharField)
        and type(operation.field) is type(field)
        and (operation.field.max_length or 0) > (field.max_length or 0)
        and operation.field.null == field.null
    )


def written_later() -> list[str]:
    """List the files of our migrations behind the first ones, which only make new tables."""
    folders = [Path(apps.get_app_config(app).path) / "migrations" for app in OURS]
    files = (file.name for folder in folders for file in folder.glob("0*.py"))
    return [name for name in files if not name.startswith("0001")]


BREAKS = {
    "a column goes": migrations.RemoveField("heartbeat", "beat_at"),
    "a column is renamed": migrations.RenameField("heartbeat", "beat_at", "at"),
    "a column has to be filled": migrations.AddField(
        "heartbeat", "node", models.CharField(max_length=10)
    ),
    "an index locks its table": migrations.AddIndex(
        "heartbeat", models.Index(fields=["beat_at"], name="outbox_heartbeat_at")
    ),
}


@pytest.fixture
def next_migration(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Put one more migration on disk, as it were."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    (last,) = loader.graph.leaf_nodes("outbox")
    planned = type("Migration", (migrations.Migration,), {})("0099_planned", "outbox")
    planned.dependencies, planned.operations = [last], [BREAKS[request.param]]
    load = MigrationLoader.load_disk

    def load_one_more(self: MigrationLoader) -> None:
        load(self)
        self.disk_migrations["outbox", "0099_planned"] = planned

    monkeypatch.setattr(MigrationLoader, "load_disk", load_one_more)
    # The linter keeps what it has found by the contents of files.
    monkeypatch.setattr(MigrationLinter, "get_migration_hash", lambda *_: "")


@pytest.mark.parametrize("next_migration", BREAKS, indirect=True)
@pytest.mark.usefixtures("next_migration")
def test_a_migration_that_breaks_it_is_found() -> None:
    assert lint("outbox").has_errors
