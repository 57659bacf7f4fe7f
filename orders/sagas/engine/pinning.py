"""Find the definition that a saga started with, to which it is pinned."""

import structlog

from orders.sagas.models import ENDED, SagaInstance
from orders.sagas.vocabulary.saga import Saga, definitions
from outbox.retry import UnknownHere

log = structlog.get_logger()


class UnknownDefinition(UnknownHere):
    """A saga is pinned to a definition that the running code does not have."""


def definition_of(instance: SagaInstance) -> type[Saga]:
    """Return the definition that a saga is pinned to, as it was when the saga started.

    :raises UnknownDefinition: this code does not have it, or has edited it in place.
    """
    saga = definitions.get((instance.definition, instance.version))
    pinned_to = f"{instance.definition} version {instance.version}"
    if saga is None:
        raise UnknownDefinition(f"{pinned_to} is not in this code: deploy it again")
    if instance.status not in ENDED and instance.fingerprint not in ("", saga.fingerprint):
        raise UnknownDefinition(
            f"{pinned_to} was edited under running sagas: restore it and make the edit a version"
        )
    return saga


def is_left_behind(instance: SagaInstance) -> bool:
    """Tell whether a saga has ended under a definition that is gone.

    Messages for it are ignored, with a warning.
    """
    is_gone = (instance.definition, instance.version) not in definitions
    if is_gone and instance.status in ENDED:
        log.warning("saga_without_definition", saga=str(instance), version=instance.version)
        return True
    return False
