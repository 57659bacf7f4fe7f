"""Draw the choreography: which message leads to which, as the handlers declare."""

from collections import defaultdict
from collections.abc import Mapping

from config.flows.picture import Box, Picture, State
from orders.events import CHOREOGRAPHED, OrderPlaced
from orders.sagas.engine.engine import NAME as SAGAS
from outbox.contracts.message_map import answers
from outbox.messages import Contract, context_of
from outbox.registry import subscribers, subscribers_of

Message = type[Contract]
Successors = dict[Message, list[Message]]


def picture(states: Mapping[str, State] | None = None) -> Picture:
    """Draw OrderPlaced, all messages that follow from it, and how an order may end.

    :param states: the progress of an order, by the names of messages.
    """
    drawn = Picture(
        name=CHOREOGRAPHED,
        title="Contexts react to each other's events; no saga coordinates them.",
        is_coloured=states is not None,
    )
    successors = _successors()
    columns = _columns(successors)
    in_column: dict[int, int] = defaultdict(int)
    boxes = {}
    for message, column in columns.items():
        handlers = ", ".join(_answering(message))
        state = (states or {}).get(message.__name__, State.LEFT)
        row, in_column[column] = in_column[column], in_column[column] + 1
        text = f"to {handlers}" if handlers else "an end"
        boxes[message] = drawn.add(Box(message.__name__, column, row, text, state))
    for message, behind in successors.items():
        for each in behind:
            drawn.lead(boxes[message], boxes[each], compensates=columns[each] <= columns[message])
    return drawn


def _successors() -> Successors:
    """Return what each message may lead to, without shortcuts of longer paths.

    Of two messages that lead to each other, the path goes through the first.
    """
    successors: Successors = {}
    waiting: list[Message] = [OrderPlaced]
    while waiting:
        message = waiting.pop(0)
        if message not in successors:
            successors[message] = _led_to(message)
            waiting += successors[message]
    place = {message: number for number, message in enumerate(successors)}

    def detours(message: Message) -> list[Message]:
        return [
            other
            for other in successors[message]
            if message not in successors[other] or place[other] < place[message]
        ]

    def leads_first(other: Message, each: Message) -> bool:
        mutual = other in successors[each] and place[each] < place[other]
        return each in successors[other] and not mutual

    return {
        message: [
            each
            for each in behind
            if not any(leads_first(other, each) for other in detours(message))
        ]
        for message, behind in successors.items()
    }


def _led_to(message: Message) -> list[Message]:
    named = dict.fromkeys(
        published for name, published in answers(message, CHOREOGRAPHED) if name != SAGAS
    )
    return [each for each in named if each is not message and _matters(each)]


def _matters(message: Message) -> bool:
    return context_of(message) == "orders" or bool(_answering(message))


def _answering(message: Message) -> list[str]:
    """Return the contexts that may react to a message; read models and sagas do not count."""
    return [
        name
        for name in subscribers_of(message, CHOREOGRAPHED)
        if subscribers[name].publishes and name != SAGAS
    ]


def _columns(successors: Successors) -> dict[Message, int]:
    """Place each message in the column after the first message that leads to it."""
    columns: dict[Message, int] = {OrderPlaced: 0}
    waiting: list[Message] = [OrderPlaced]
    while waiting:
        message = waiting.pop(0)
        for each in successors[message]:
            if each not in columns:
                columns[each] = columns[message] + 1
                waiting.append(each)
    return columns
