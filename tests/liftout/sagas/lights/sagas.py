"""Let a visitor in."""

from bells.events import BellRang

from lights.commands import OpenDoor, SwitchOff, SwitchOn
from lights.events import DoorMissing, DoorOpened, LampDark, LampLit
from orders.sagas.vocabulary.saga import Pivot, Saga, Step


class LetIn(Saga):
    """Light the lamp, then open the door; without a door the lamp goes off again."""

    version = 1
    started_by = BellRang

    light = Step(SwitchOn, success=LampLit, compensation=SwitchOff, compensated=LampDark)
    open = Pivot(OpenDoor, success=DoorOpened, failure=DoorMissing)
