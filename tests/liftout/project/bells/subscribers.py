"""The porter writes down every bell."""

import os
from pathlib import Path

from bells.events import BellRang
from outbox.wiring import on


@on(BellRang, subscriber="porter")
def write_down(event: BellRang) -> None:
    with Path(os.environ["BELLS"]).open("a") as book:
        book.write(f"{event.number}\n")
