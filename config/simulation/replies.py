"""The replies of a simulation: what does not answer as it should."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from orders.sagas.vocabulary.saga import definitions
from payments.models import OperationKind


class ChosenReply(StrEnum):
    """How what is asked in a simulation answers; without any, it succeeds."""

    DECLINE = "decline"
    SILENCE = "silence"
    LATE = "late"


CALLS: Final = tuple(
    str(kind)
    for kind in (
        *(OperationKind.CHARGE, OperationKind.AUTHORIZE, OperationKind.CAPTURE),
        *(OperationKind.VOID, OperationKind.REFUND),
    )
)
"""Operations of the gateway, which can answer in any way."""

OF_STOCK: Final = ("reserve", "hold")
"""Steps that are declined when the goods are missing."""


class UnknownReply(Exception):
    """No step is called so, or it cannot answer in this way; the message says what can be."""


def chosen(texts: Iterable[str]) -> Mapping[str, ChosenReply]:
    """Read replies such as ``charge=decline`` or ``reserve=silence``.

    :raises UnknownReply: one of them cannot be.
    """
    return dict(_read(text) for text in texts)


def _read(text: str) -> tuple[str, ChosenReply]:
    name, _, word = text.partition("=")
    steps = {step.name for saga in definitions.values() for step in saga.every_step}
    if name not in steps | set(CALLS):
        raise UnknownReply(f"{name} is no step: choose of {', '.join(sorted(steps | set(CALLS)))}")
    if word not in set(ChosenReply):
        raise UnknownReply(f"{text}: write {name}=decline, {name}=silence or {name}=late")
    if word == ChosenReply.DECLINE and name not in (*CALLS, *OF_STOCK):
        raise UnknownReply(f"{name} cannot be declined: choose of {', '.join((*CALLS, *OF_STOCK))}")
    return name, ChosenReply(word)
