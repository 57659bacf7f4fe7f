"""The page about sagas shows the tables that the engine decides by, and they leave nothing out."""

from itertools import product

from django.conf import settings

from orders.sagas.engine.reactions import ABORT_REQUESTS, ANSWERS, Heard
from orders.sagas.engine.tables import tables
from orders.sagas.models import SagaStatus, StepStatus

PAGE = settings.BASE_DIR / "docs" / "sagas.md"


def test_every_status_has_an_answer_to_every_message() -> None:
    assert set(ANSWERS) == set(product(StepStatus, Heard))
    assert set(ABORT_REQUESTS) == set(SagaStatus)


def test_the_page_shows_the_tables_of_this_code() -> None:
    _, _, below = PAGE.read_text().partition("<!-- reactions -->\n")
    shown, _, _ = below.partition("<!-- /reactions -->")
    assert shown.strip() == tables(), "paste what `manage.py sagas reactions` prints"
