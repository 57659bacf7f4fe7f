"""Print the tables of reactions as Markdown, from those that the engine decides by."""

from collections.abc import Callable, Iterator
from inspect import getdoc

from orders.sagas.engine.reactions import ABORT_REQUESTS, ANSWERS, OVERDUE
from orders.sagas.models import SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import Reply


def tables() -> str:
    """Return what a saga does for every status and every message, and what the words mean."""
    return "\n".join([*_of_steps(), "", *_of_sagas(), "", *_meanings()])


def _of_steps() -> Iterator[str]:
    yield f"| a step that is | {' | '.join(Reply)} | deadline |"
    yield f"|---|{'---|' * len(Reply)}---|"
    for status in StepStatus:
        answers = [_name(ANSWERS[status, reply]) for reply in Reply]
        cells = [_words(status), *answers, _name(OVERDUE[status])]
        yield f"| {' | '.join(cells)} |"


def _of_sagas() -> Iterator[str]:
    yield "| a saga that is | asked to abort |"
    yield "|---|---|"
    for status in SagaStatus:
        yield f"| {_words(status)} | {_name(ABORT_REQUESTS[status])} |"


def _meanings() -> Iterator[str]:
    answers: list[Callable[..., None]] = [
        *ANSWERS.values(),
        *OVERDUE.values(),
        *ABORT_REQUESTS.values(),
    ]
    for answer in dict.fromkeys(answers):
        yield f"- *{_name(answer)}*: {' '.join((getdoc(answer) or '').split())}"


def _name(answer: Callable[..., None]) -> str:
    return _words(answer.__name__)


def _words(name: str) -> str:
    return name.replace("_", " ")
