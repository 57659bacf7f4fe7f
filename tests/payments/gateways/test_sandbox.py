"""The sandbox gateway has one effect and one answer per key, and a book on disk."""

from pathlib import Path

import pytest

from payments.gateways.port import Declined, Result, Succeeded, Unknown
from payments.gateways.sandbox.cards import DECLINES
from payments.gateways.sandbox.gateway import SandboxGateway


@pytest.fixture
def gateway(tmp_path: Path) -> SandboxGateway:
    return SandboxGateway(tmp_path / "book.sqlite3", delay=0)


def charge(
    gateway: SandboxGateway, key: str = "k1", amount: int = 500, card: str = "pm_card_visa"
) -> Result:
    return gateway.charge(
        key=key, amount=amount, currency="GBP", payment_method=card, order_id="o1"
    )


def refund(gateway: SandboxGateway, key: str, amount: int, reference: str = "k1") -> Result:
    return gateway.refund(key=key, amount=amount, currency="GBP", reference=reference)


def test_the_same_key_has_one_effect_and_one_answer(gateway: SandboxGateway) -> None:
    assert charge(gateway) == charge(gateway) == Succeeded("k1", 500, "GBP")
    assert gateway.book.connection.execute("SELECT count(*), sum(calls) FROM entry").fetchone() == (
        1,
        2,
    )


def test_a_key_with_other_parameters_says_nothing_of_the_first_call(
    gateway: SandboxGateway,
) -> None:
    charge(gateway)
    assert isinstance(charge(gateway, amount=501), Unknown)


@pytest.mark.parametrize(("card", "code"), sorted(DECLINES.items()))
def test_each_test_card_is_declined_for_its_reason(
    gateway: SandboxGateway, card: str, code: str
) -> None:
    assert charge(gateway, card=card) == Declined(code)


def test_an_unknown_payment_method_is_declined(gateway: SandboxGateway) -> None:
    assert charge(gateway, card="pm_unheard_of") == Declined("no_such_payment_method")


@pytest.mark.parametrize(
    ("card", "calls"), [("pm_sandbox_silent_once", 1), ("pm_sandbox_silent_thrice", 3)]
)
def test_a_silent_gateway_has_charged_although_it_does_not_say_so(
    gateway: SandboxGateway, card: str, calls: int
) -> None:
    for _ in range(calls):
        assert isinstance(charge(gateway, card=card), Unknown)
    assert charge(gateway, card=card) == Succeeded("k1", 500, "GBP")
    assert gateway.book.connection.execute("SELECT sum(amount) FROM entry").fetchone() == (500,)


def test_a_refund_never_exceeds_what_was_captured(gateway: SandboxGateway) -> None:
    charge(gateway)
    assert refund(gateway, "r1", 300) == Succeeded("r1", 300, "GBP")
    assert refund(gateway, "r2", 201) == Declined("cannot_refund")
    assert refund(gateway, "r3", 200) == Succeeded("r3", 200, "GBP")
    assert refund(gateway, "r4", 1) == Declined("cannot_refund")


def test_a_refund_of_the_same_key_is_made_once(gateway: SandboxGateway) -> None:
    charge(gateway)
    assert refund(gateway, "r1", 500) == refund(gateway, "r1", 500) == Succeeded("r1", 500, "GBP")


def test_nothing_is_refunded_of_a_declined_or_unknown_charge(gateway: SandboxGateway) -> None:
    charge(gateway, card="pm_card_chargeDeclined")
    assert refund(gateway, "r1", 500) == Declined("cannot_refund")
    assert refund(gateway, "r2", 500, reference="k9") == Declined("cannot_refund")


def test_the_book_outlives_the_process(gateway: SandboxGateway, tmp_path: Path) -> None:
    charge(gateway)
    again = SandboxGateway(tmp_path / "book.sqlite3", delay=0)
    assert charge(again) == Succeeded("k1", 500, "GBP")
    assert again.book.connection.execute("SELECT count(*) FROM entry").fetchone() == (1,)
