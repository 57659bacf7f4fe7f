"""The picture of the choreography: what leads to what, as the handlers have declared it."""

from collections import defaultdict
from collections.abc import Mapping

from config.flows.picture import Box, Picture, State
from orders.events import CHOREOGRAPHED, OrderPlaced
from orders.sagas.engine.engine import NAME as SAGAS
from outbox.contracts.message_map import answers
from outbox.messages import Contract, context_of
from outbox.registry import subscribers, subscribers_of

Message = type[Contract]
Ways = dict[Message, list[Message]]


def picture(states: Mapping[str, State] | None = None) -> Picture:
    """Draw from OrderPlaced on, whatever some context answers, and how an order may end.

    :param states: how far an order has come, by the names of messages.
    """
    drawn = Picture(
        name=CHOREOGRAPHED,
        title="Contexts answer each other's events; nobody coordinates them.",
        is_coloured=states is not None,
    )
    ways = _ways()
    columns = _columns(ways)
    in_column: dict[int, int] = defaultdict(int)
    boxes = {}
    for message, column in columns.items():
        heard_by = ", ".join(_answering(message))
        state = (states or {}).get(message.__name__, State.LEFT)
        row, in_column[column] = in_column[column], in_column[column] + 1
        text = f"to {heard_by}" if heard_by else "an end"
        boxes[message] = drawn.add(Box(message.__name__, column, row, text, state))
    for message, behind in ways.items():
        for each in behind:
            drawn.lead(boxes[message], boxes[each], undoes=columns[each] <= columns[message])
    return drawn


def _ways() -> Ways:
    """Return what each message may lead to; a way that another one makes longer is left out."""
    ways: Ways = {}
    waiting: list[Message] = [OrderPlaced]
    while waiting:
        message = waiting.pop(0)
        if message not in ways:
            ways[message] = _led_to(message)
            waiting += ways[message]
    return {
        message: [each for each in behind if not any(each in ways[other] for other in behind)]
        for message, behind in ways.items()
    }


def _led_to(message: Message) -> list[Message]:
    named = dict.fromkeys(
        published for name, published in answers(message, CHOREOGRAPHED) if name != SAGAS
    )
    return [each for each in named if each is not message and _matters(each)]


def _matters(message: Message) -> bool:
    return context_of(message) == "orders" or bool(_answering(message))


def _answering(message: Message) -> list[str]:
    """Name those who may do something about a message; read models and sagas do not count."""
    return [
        name
        for name in subscribers_of(message, CHOREOGRAPHED)
        if subscribers[name].publishes and name != SAGAS
    ]


def _columns(ways: Ways) -> dict[Message, int]:
    """Place each message behind the first that leads to it."""
    columns: dict[Message, int] = {OrderPlaced: 0}
    waiting: list[Message] = [OrderPlaced]
    while waiting:
        message = waiting.pop(0)
        for each in ways[message]:
            if each not in columns:
                columns[each] = columns[message] + 1
                waiting.append(each)
    return columns
