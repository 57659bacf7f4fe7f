"""What may happen to deliveries: any order, doubled, late, and over dying workers."""

import random
from contextlib import suppress
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from outbox.models import Delivery
from outbox.registry import subscribers
from outbox.delivery.relay import Owing, owing
from tests.lives import SIDES, Boundary, Killed, Life
from tests.shop import deliver, hurry, let_claims_end, movable

MOST_STEPS = 500


def deliver_and_die(owed: Owing, death: Boundary) -> None:
    """Hand a subscriber what it is owed by a worker that dies if it comes to its death."""
    with Life(death).lived(), suppress(Killed):
        deliver(owed)


def double(chance: random.Random) -> None:
    """Owe a delivery again that was done; the latest of its conversation, so that order is kept."""
    done = Delivery.objects.filter(status="done")
    latest = done.values("subscriber", "correlation_id").annotate(key=Max("id")).order_by("key")
    if latest:
        Delivery.objects.filter(pk=chance.choice(latest)["key"]).update(
            status="owed", due_at=timezone.now(), attempts=0, settled_at=None
        )


def delay(chance: random.Random) -> None:
    """Let a delivery wait for as long as there is anything else to do."""
    owed = Delivery.objects.filter(status="owed", claim=None).order_by("id").values_list("pk")
    if owed:
        later = timezone.now() + timedelta(hours=1)
        Delivery.objects.filter(pk=chance.choice(owed)[0]).update(due_at=later)


def let_time_pass() -> None:
    """Bring the next tries, and the end of what dead workers have claimed."""
    hurry()
    let_claims_end()


def settle_in_disorder(chance: random.Random, *, at_most: int = MOST_STEPS) -> None:
    """Deliver as chance will have it until nothing is owed; no bell is ever heard.

    :raises AssertionError: it does not come to an end.
    """
    for _ in range(at_most):
        owed = owing(subscribers)
        if not owed and not movable():
            return
        what = chance.choices(("deliver", "die", "double", "delay", "time"), (16, 2, 2, 2, 3))[0]
        if not owed or what == "time":
            let_time_pass()
            continue
        one = chance.choice(sorted(owed, key=lambda each: each.subscriber.name))
        match what:
            case "deliver":
                deliver(one)
            case "die":
                deliver_and_die(one, Boundary(chance.randrange(3), chance.choice(SIDES)))
            case "double":
                double(chance)
            case "delay":
                delay(chance)
    assert at_most < MOST_STEPS, "deliveries do not come to an end"
