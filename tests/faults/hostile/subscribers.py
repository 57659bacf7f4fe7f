"""A subscriber whose handler ends its process, or has it stopped in the middle of a turn."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from django.db import DatabaseError

from orders.models import Customer
from outbox.messages import Envelope
from outbox.registry import Subscriber
from outbox.retry import Retry
from tests.faults.hostile.events import Befell

STOPPED = "HOSTILE_STOPPED"
"""The variable that names the file in which a stopped worker leaves its process id; another one
beside it says that it went on and found its session ended."""


def receive(envelopes: Sequence[Envelope[Befell]]) -> None:
    """Leave one customer per message, named after the conversation."""
    for envelope in envelopes:
        if envelope.message.what == "exit":
            os._exit(9)
        if envelope.message.what == "stop" and envelope.attempt == 1:
            Path(os.environ[STOPPED]).write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSTOP)
        try:
            Customer.objects.create(name=str(envelope.conversation))
        except DatabaseError:
            Path(os.environ[STOPPED]).with_suffix(".ended").touch()
            raise


hostile = Subscriber("hostile", receive=receive, publishes=False, retry=Retry(attempts=2))
hostile.subscribe_to(Befell)
