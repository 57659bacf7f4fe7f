"""Draw what coordinates an order, coloured by its progress."""

from collections.abc import Iterator

from config.flows import choreography
from config.flows.picture import Picture, State
from config.flows.sagas import picture_of
from orders.events import CHOREOGRAPHED
from orders.models import Order
from orders.sagas.models import SagaInstance, StepStatus
from orders.sagas.vocabulary.saga import Step, definitions
from outbox.models import Message
from outbox.operations.receipts import Receipt, receipts
from outbox.registry import subscribers


def pictures_of_order(order: Order) -> Iterator[Picture]:
    """Draw the choreography if the order takes it, and each of its sagas that this code knows."""
    if order.flow == CHOREOGRAPHED:
        yield choreography.picture(_states(order))
    sagas = SagaInstance.objects.filter(correlation_id=order.id).order_by("id")
    for instance in sagas.prefetch_related("steps"):
        if saga := definitions.get((instance.definition, instance.version)):
            statuses = {step.name: StepStatus(step.status) for step in instance.steps.all()}
            yield picture_of(saga, statuses)


def _states(order: Order) -> dict[str, State]:
    """Return the progress of a choreographed order by its messages.

    The sagas' steps define which event compensates which.
    """
    logged = list(Message.objects.filter(correlation_id=order.id).order_by("sequence"))
    states = dict.fromkeys((message.type for message in logged), State.DONE)
    for step in (step for saga in definitions.values() for step in saga.steps):
        if step.failure and step.failure.__name__ in states:
            states[step.failure.__name__] = State.FAILED
        if isinstance(step, Step) and step.compensated.__name__ in states:
            states[step.success.__name__] = State.COMPENSATED
    answering = {name for name, each in subscribers.items() if each.publishes}
    for each in receipts(logged):
        if each.lane and each.subscriber in answering:
            is_dead = each.receipt is Receipt.STOPPED
            states[each.message.type] = State.FAILED if is_dead else State.RUNNING
    return states
