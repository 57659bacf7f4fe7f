"""The contract of every gateway. Add a new one to ``GATEWAYS`` in test_contract.py.

Where the stand-in that a gateway is tried on cannot keep a promise, the gateway's entry says so and
why; the promise is then shown elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from payments.gateways.port import (
    CapturesInParts,
    Declined,
    Gateway,
    Processing,
    RequiresAction,
    Result,
    Sought,
    Succeeded,
    Unknown,
)


@dataclass(frozen=True)
class UnderTest:
    """A gateway, cards that it takes and declines, and what its stand-in cannot show.

    :ivar asking_card: a card whose bank asks the customer.
    :ivar answer: does what the customer does at the bank; takes the gateway and what it said.
    :ivar slow_card: a means of payment that the bank settles later; empty if the stand-in has none.
    :ivar cannot: names of tests, each with the reason.
    """

    name: str
    make: Callable[[pytest.FixtureRequest], Gateway]
    good_card: str
    bad_card: str
    asking_card: str = ""
    slow_card: str = ""
    answer: Callable[[Any, RequiresAction, bool], None] | None = None
    cannot: Mapping[str, str] = field(default_factory=dict)


class Till:
    """Requests operations of one order, each with its own key."""

    def __init__(self, gateway: Gateway, cards: UnderTest) -> None:
        self.gateway = gateway
        self.cards = cards
        self.order_id = str(uuid4())
        self.began = datetime.now(UTC) - timedelta(seconds=5)

    def key(self, name: str) -> str:
        return f"{self.order_id}:{name}"

    def charge(
        self,
        name: str = "charge:1",
        amount: int = 1250,
        *,
        card: str = "",
        keep: bool = False,
        saved_for: str = "",
    ) -> Result:
        return self.gateway.charge(
            key=self.key(name),
            amount=amount,
            currency="GBP",
            payment_method=card or self.cards.good_card,
            order_id=self.order_id,
            keep=keep,
            saved_for=saved_for,
        )

    def authorize(self, name: str = "authorize:1", amount: int = 1250) -> Result:
        return self.gateway.authorize(
            key=self.key(name),
            amount=amount,
            currency="GBP",
            payment_method=self.cards.good_card,
            order_id=self.order_id,
        )

    def capture(self, name: str, amount: int, of: Result) -> Result:
        return self.gateway.capture(
            key=self.key(name), amount=amount, currency="GBP", reference=reference(of)
        )

    def capture_part(self, name: str, amount: int, of: Result) -> Result:
        assert isinstance(self.gateway, CapturesInParts)
        return self.gateway.capture_part(
            key=self.key(name), amount=amount, currency="GBP", reference=reference(of)
        )

    def void(self, name: str, amount: int, of: Result) -> Result:
        return self.gateway.void(
            key=self.key(name), amount=amount, currency="GBP", reference=reference(of)
        )

    def refund(self, name: str, amount: int, of: Result) -> Result:
        return self.gateway.refund(
            key=self.key(name), amount=amount, currency="GBP", reference=reference(of)
        )

    def at_the_bank(self, asked: Result, *, confirmed: bool) -> None:
        assert isinstance(asked, RequiresAction), asked
        assert self.cards.answer is not None
        self.cards.answer(self.gateway, asked, confirmed)

    def cancel(self, name: str, of: Result) -> Result:
        return self.gateway.cancel(key=self.key(name), reference=reference(of))

    def find(self, kind: str, name: str, of: Result | None = None) -> Result | None:
        about = reference(of) if of else ""
        return self.gateway.find(Sought(kind, self.key(name), about, self.began))


def reference(result: Result) -> str:
    assert isinstance(result, Succeeded | RequiresAction | Processing), result
    return result.reference


def moved(result: Result | None) -> int | None:
    assert isinstance(result, Succeeded), result
    return result.amount


class Contract:
    """The contract, as tests that take a till."""

    def test_a_charge_takes_what_was_asked_for(self, till: Till) -> None:
        assert moved(till.charge()) == 1250

    def test_a_bad_card_is_declined_with_a_code(self, till: Till) -> None:
        declined = till.charge(card=till.cards.bad_card)
        assert isinstance(declined, Declined)
        assert declined.code

    def test_the_same_key_has_one_effect_and_one_answer(self, till: Till) -> None:
        first = till.charge()
        assert till.charge() == first
        assert moved(till.refund("refund:1", 1250, first)) == 1250
        assert isinstance(till.refund("refund:2", 1, first), Declined)

    def test_a_key_with_another_amount_says_nothing_of_the_first_call(self, till: Till) -> None:
        till.charge()
        assert isinstance(till.charge(amount=1251), Unknown)

    def test_what_was_moved_is_said_with_its_currency(self, till: Till) -> None:
        charged = till.charge()
        assert isinstance(charged, Succeeded)
        assert charged.currency == "GBP"

    def test_an_authorization_is_captured(self, till: Till) -> None:
        held = till.authorize()
        captured = till.capture("capture:1", 1250, held)
        assert moved(captured) in {None, 1250}
        assert isinstance(till.refund("refund:1", 1250, held), Succeeded)

    def test_an_authorization_is_voided_and_captured_no_more(self, till: Till) -> None:
        held = till.authorize()
        assert isinstance(till.void("void:1", 1250, held), Succeeded)
        assert isinstance(till.capture("capture:1", 1250, held), Declined)

    def test_what_was_captured_is_voided_no_more(self, till: Till) -> None:
        held = till.authorize()
        till.capture("capture:1", 1250, held)
        assert isinstance(till.void("void:1", 1250, held), Declined)

    def test_parts_are_captured_until_the_last_one_lets_the_rest_go(self, till: Till) -> None:
        if not isinstance(till.gateway, CapturesInParts):
            pytest.skip("it captures an authorization once")
        held = till.authorize()
        for number in (1, 2):
            again = till.capture_part(f"capture:{number}", 400, held)
            assert moved(again) == moved(till.capture_part(f"capture:{number}", 400, held)) == 400
        assert isinstance(till.capture_part("capture:3", 451, held), Declined)
        assert moved(till.capture("capture:4", 250, held)) == 250
        assert isinstance(till.capture("capture:5", 200, held), Declined)
        assert moved(till.refund("refund:1", 1050, held)) == 1050

    def test_what_is_left_after_a_part_is_voided(self, till: Till) -> None:
        if not isinstance(till.gateway, CapturesInParts):
            pytest.skip("it captures an authorization once")
        held = till.authorize()
        till.capture_part("capture:1", 400, held)
        assert isinstance(till.void("void:1", 850, held), Succeeded)
        assert isinstance(till.capture("capture:2", 1, held), Declined)

    def test_a_part_is_refunded_and_never_more_than_was_taken(self, till: Till) -> None:
        charged = till.charge()
        assert moved(till.refund("refund:1", 1000, charged)) == 1000
        assert isinstance(till.refund("refund:2", 251, charged), Declined)
        assert moved(till.refund("refund:3", 250, charged)) == 250

    def test_an_operation_is_found_by_its_key(self, till: Till) -> None:
        charged = till.charge()
        assert till.find("charge", "charge:1") == charged
        refunded = till.refund("refund:1", 450, charged)
        assert till.find("refund", "refund:1", charged) == refunded

    def test_what_never_arrived_is_not_found(self, till: Till) -> None:
        assert till.find("charge", "charge:1") is None
        charged = till.charge()
        assert till.find("refund", "refund:1", charged) is None

    def test_a_capture_and_a_void_are_found(self, till: Till) -> None:
        taken, let_go = till.authorize("authorize:1"), till.authorize("authorize:2")
        assert till.find("capture", "capture:1", taken) is None
        assert till.find("void", "void:1", let_go) is None
        till.capture("capture:1", 1250, taken)
        till.void("void:1", 1250, let_go)
        assert isinstance(till.find("capture", "capture:1", taken), Succeeded)
        assert isinstance(till.find("void", "void:1", let_go), Succeeded)

    def test_a_customer_who_is_asked_by_the_bank_confirms(self, till: Till) -> None:
        asked = till.charge(card=till.cards.asking_card)
        assert isinstance(asked, RequiresAction)
        assert asked.client_secret or asked.address
        assert till.find("charge", "charge:1", asked) == asked
        till.at_the_bank(asked, confirmed=True)
        assert moved(till.find("charge", "charge:1", asked)) == 1250
        assert isinstance(till.refund("refund:1", 1250, asked), Succeeded)

    def test_a_customer_who_is_asked_by_the_bank_refuses(self, till: Till) -> None:
        asked = till.charge(card=till.cards.asking_card)
        till.at_the_bank(asked, confirmed=False)
        assert isinstance(till.find("charge", "charge:1", asked), Declined)

    def test_what_a_customer_has_not_confirmed_is_canceled(self, till: Till) -> None:
        asked = till.charge(card=till.cards.asking_card)
        assert till.cancel("charge:1", asked) == Declined("canceled")
        assert till.cancel("charge:1", asked) == Declined("canceled")
        assert till.find("charge", "charge:1", asked) == Declined("canceled")

    def test_what_was_confirmed_before_is_not_canceled(self, till: Till) -> None:
        asked = till.charge(card=till.cards.asking_card)
        till.at_the_bank(asked, confirmed=True)
        assert moved(till.cancel("charge:1", asked)) == 1250

    def test_a_payment_that_the_bank_settles_later_is_being_processed(self, till: Till) -> None:
        accepted = till.charge(card=till.cards.slow_card)
        assert isinstance(accepted, Processing)
        assert till.find("charge", "charge:1", accepted) == accepted
        assert till.cancel("charge:1", accepted) == accepted

    def test_a_saved_method_is_charged_later(self, till: Till) -> None:
        first = till.charge(keep=True)
        assert isinstance(first, Succeeded)
        assert first.saved_for
        later = till.charge("charge:2", 1000, saved_for=first.saved_for)
        assert moved(later) == 1000

    def test_a_saved_method_that_was_confirmed_once_is_not_asked_for_again(
        self, till: Till
    ) -> None:
        asked = till.charge(card=till.cards.asking_card, keep=True)
        till.at_the_bank(asked, confirmed=True)
        first = till.find("charge", "charge:1", asked)
        assert isinstance(first, Succeeded)
        later = till.charge(
            "charge:2", 1000, card=till.cards.asking_card, saved_for=first.saved_for
        )
        assert moved(later) == 1000
