"""List every flow that can be drawn."""

from config.flows import choreography
from config.flows.picture import Picture
from config.flows.sagas import picture_of
from orders.sagas.vocabulary.saga import current_definitions


def all_pictures() -> list[Picture]:
    """Draw the newest version of every saga, and the choreography."""
    sagas = sorted(current_definitions(), key=lambda saga: (saga.flow is None, saga.name))
    return [*(picture_of(saga) for saga in sagas), choreography.picture()]
