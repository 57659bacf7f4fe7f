"""Lamps and doors: the doors are 1 to 9."""

from uuid import UUID

from lights.commands import OpenDoor, SwitchOff, SwitchOn
from lights.events import DoorMissing, DoorOpened, LampDark, LampLit
from outbox.publishing import publish
from outbox.wiring import on


@on(SwitchOn, publishes=[LampLit])
def switch_on(command: SwitchOn) -> None:
    publish(LampLit(number=command.number), conversation=UUID(int=command.number))


@on(SwitchOff, publishes=[LampDark])
def switch_off(command: SwitchOff) -> None:
    publish(LampDark(number=command.number), conversation=UUID(int=command.number))


@on(OpenDoor, publishes=[DoorOpened, DoorMissing])
def open_door(command: OpenDoor) -> None:
    answer = DoorOpened if command.number < 10 else DoorMissing
    publish(answer(number=command.number), conversation=UUID(int=command.number))
