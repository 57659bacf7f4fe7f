"""Orders, duplicates, deaths, cancellations, returns and operators in any order, beside a model."""

import random
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from inventory.services import expire_holds
from orders.flows import FLOWS
from orders.models import IllegalMove, Order
from orders.sagas.models import SagaInstance
from orders.sagas.operators import verbs
from orders.sagas.operators.interventions import Refused
from orders.services import (
    LineToReturn,
    ReturnRefused,
    ShipmentRefused,
    request_cancellation,
    request_return,
)
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import redrive
from testkit import disorder
from testkit.book import kept
from testkit.clock import age_holds, let_deadlines_pass
from testkit.delivering import deliver, settle
from testkit.emptying import empty_tables
from testkit.invariants import assert_clean
from testkit.lives import SIDES, Boundary
from testkit.shop import open_shop, outcome
from tests.crashes.permitted import Expected, Permitted
from tests.shop import send, take_in

DECLINED = "pm_card_chargeDeclined"
CARDS = [
    *("pm_card_visa", DECLINED, "pm_sandbox_silent_once", "pm_sandbox_lost_once"),
    *("pm_sandbox_silent_thrice", "pm_sandbox_refund_silent_once", "pm_sandbox_void_silent_once"),
]
MUGS = 10
WHY = "hypothesis says so"

Known = tuple[Order, Expected]
deaths = st.builds(Boundary, st.integers(0, 3), st.sampled_from(SIDES))
dice = st.randoms(use_true_random=False)


def is_refused(act: Callable[[], object]) -> bool:
    """Do something, unless it is refused."""
    try:
        act()
    except (IllegalMove, Refused, ShipmentRefused):
        return True
    return False


class Orders(RuleBasedStateMachine):
    """The real shop beside the model; whatever is not at rest may be anywhere on its way."""

    known: Bundle[Known] = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        empty_tables()
        self.shop, self.model = open_shop(), Permitted(stock=MUGS)
        self.placed: list[Known] = []

    def teardown(self) -> None:
        self.come_to_rest()

    @initialize(follow_up=st.booleans(), batch=st.sampled_from((1, 200)))
    def begin(self, follow_up: bool, batch: int) -> None:  # noqa: FBT001 - hypothesis passes it
        django_settings.OUTBOX_FOLLOW_UP, django_settings.OUTBOX_BATCH = follow_up, batch

    @rule(
        target=known,
        flow=st.sampled_from(sorted(FLOWS)),
        card=st.sampled_from(CARDS),
        units=st.integers(1, 4),
    )
    def place(self, flow: str, card: str, units: int) -> Known:
        order = self.shop.order({"MUG": units}, payment_method=card, flow=flow)
        self.placed.append((order, self.model.place(flow, units, is_declined=card == DECLINED)))
        return self.placed[-1]

    @rule(chance=dice, times=st.integers(1, 6))
    def deliver(self, chance: random.Random, times: int) -> None:
        for _ in range(times):
            if owed := disorder.some(chance):
                deliver(owed)

    @rule(chance=dice, death=deaths)
    def deliver_and_die(self, chance: random.Random, death: Boundary) -> None:
        if owed := disorder.some(chance):
            disorder.deliver_and_die(owed, death)

    @rule(chance=dice)
    def deliver_in_vain(self, chance: random.Random) -> None:
        if owed := disorder.some(chance):
            disorder.deliver_in_vain(chance, owed)

    @rule(chance=dice)
    def vanish(self, chance: random.Random) -> None:
        if owed := disorder.some(chance):
            disorder.vanish(chance, owed)

    @rule(chance=dice)
    def double(self, chance: random.Random) -> None:
        disorder.double(chance)

    @rule(chance=dice)
    def delay(self, chance: random.Random) -> None:
        disorder.delay(chance)

    @rule()
    def let_time_pass(self) -> None:
        disorder.let_time_pass()

    @rule(one=known)
    def let_deadlines_pass(self, one: Known) -> None:
        let_deadlines_pass(one[0].id)

    @rule(one=known)
    def let_hold_expire(self, one: Known) -> None:
        age_holds(one[0].id)
        expire_holds()
        self.model.let_hold_expire(one[1])

    @rule(one=known)
    def cancel(self, one: Known) -> None:
        order, expected = one
        why = "cancelled_by_customer"
        refused = is_refused(lambda: request_cancellation(order_id=order.id, reason_code=why))
        self.model.cancel(expected, is_refused=refused)

    @rule(one=known)
    def fulfil(self, one: Known) -> None:
        order, expected = one
        self.model.fulfil(expected, is_refused=is_refused(transaction.atomic(partial(send, order))))

    @rule(one=known, units=st.integers(1, 4))
    def bring_back(self, one: Known, units: int) -> None:
        try:
            with transaction.atomic():
                returned = request_return(order_id=one[0].id, lines=[LineToReturn(1, units)])
                take_in(one[0])
        except ReturnRefused:
            answer = "refused"
        else:
            answer = "taken" if returned else "cancelled"
        self.model.bring_back(one[1], units, answer=answer)

    @rule(one=known, verb=st.sampled_from((verbs.suspend, verbs.resume, verbs.retry)))
    def intervene(self, one: Known, verb: Callable[..., object]) -> None:
        for saga in SagaInstance.objects.filter(correlation_id=one[0].id):
            is_refused(partial(verb, saga_id=saga.id, by=None, reason=WHY))

    @rule(one=known)
    def compensate(self, one: Known) -> None:
        order, expected = one
        for saga in SagaInstance.objects.filter(correlation_id=order.id, definition=order.flow):
            act = partial(verbs.compensate, saga_id=saga.id, by=None, reason=WHY)
            self.model.compensate(expected, is_refused=is_refused(act))

    @rule()
    def come_to_rest(self) -> None:
        for saga in SagaInstance.objects.filter(status="suspended"):
            verbs.resume(saga_id=saga.id, by=None, reason=WHY)
        disorder.let_time_pass()
        settle()
        if redrive(Selection(), actor="hypothesis", reason=WHY):  # eight workers died over it
            settle()
        ends = [(order, expected, self.end_of(order)) for order, expected in self.placed]
        for order, expected, end in ends:
            self.model.see(expected, end)
            assert kept(order.id) == expected.kept(end)
        assert self.shop.reserved() == sum(expected.reserved(end) for _, expected, end in ends)
        assert_clean()

    def end_of(self, order: Order) -> str:
        status, reason_code = outcome(order)
        return reason_code if status == "cancelled" else status


@pytest.mark.usefixtures("transactional_db", "handed_twice", "decided_by_the_seed")
def test_orders_end_as_the_model_permits() -> None:
    with override_settings():  # what the last run has chosen ends here
        run_state_machine_as_test(
            Orders,
            settings=settings(
                max_examples=20,
                stateful_step_count=40,
                deadline=None,
                # Shrinking would take minutes; the failing run prints its steps.
                phases=[Phase.explicit, Phase.reuse, Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
