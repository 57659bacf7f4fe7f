"""Route read models to a database of their own, if there is one."""

from typing import Any, Final

from django.db import models

READMODELS: Final = "readmodels"
"""The app, and the database that ``READMODEL_DATABASE_URL`` gives it."""


class ReadModelsApart:
    """Keep read models in their database, and other tables out of it."""

    def db_for_read(self, model: type[models.Model], **_: Any) -> str | None:
        return READMODELS if model._meta.app_label == READMODELS else None  # noqa: SLF001 - Django's documented Model._meta API

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool:
        return (db == READMODELS) == (app_label == READMODELS)
