"""A project with django-reliable-outbox; of the batches tried, this one is its fastest."""

from tests.benchmarks.messaging.rival_settings import *  # noqa: F403 - as in ours

INSTALLED_APPS = ["reliable_outbox", "tests.benchmarks.messaging.reliable"]
RELIABLE_OUTBOX = {"BATCH_SIZE": 100, "REQUIRE_TRANSACTION": True}
