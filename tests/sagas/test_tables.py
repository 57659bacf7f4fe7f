"""docs/sagas.md shows the tables that the code decides by, and they leave nothing out."""

from collections.abc import Callable
from itertools import product

import pytest
from django.conf import settings
from django.core.management import call_command

from orders.sagas.engine.reactions import ABORT_REQUESTS, ANSWERS, OVERDUE
from orders.sagas.engine.tables import tables
from orders.sagas.models import SagaStatus, StepStatus
from orders.sagas.operators.verbs import table
from orders.sagas.vocabulary.saga import Reply

PAGE = settings.BASE_DIR / "docs" / "sagas.md"


def test_every_status_has_an_answer_to_every_message() -> None:
    assert set(ANSWERS) == set(product(StepStatus, Reply))
    assert set(OVERDUE) == set(StepStatus)
    assert set(ABORT_REQUESTS) == set(SagaStatus)


@pytest.mark.parametrize(("command", "printed"), [("reactions", tables), ("verbs", table)])
def test_the_page_shows_the_tables_of_this_code(
    command: str, printed: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, below = PAGE.read_text().partition(f"<!-- {command} -->\n")
    shown, _, _ = below.partition(f"<!-- /{command} -->")
    call_command("sagas", command)
    assert capsys.readouterr().out.strip() == printed()
    assert shown.strip() == printed(), f"paste what `manage.py sagas {command}` prints"
