"""The settings of the project, with the saga engine."""

from settings import *  # noqa: F403 - what messaging needs

INSTALLED_APPS = [*INSTALLED_APPS, "orders.sagas", "lights"]  # noqa: F405 - of settings
CELERY_BEAT_SCHEDULE = {
    **CELERY_BEAT_SCHEDULE,  # noqa: F405 - likewise
    "sagas": {"task": "sagas.sweep", "schedule": Every(1)},  # noqa: F405 - likewise
}
