"""Every gateway fulfils the contract."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from payments.gateways.port import Gateway, RequiresAction
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.gateways.stripe.gateway import StripeGateway
from tests.payments.gateways.contract import Contract, Till, UnderTest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.payments.gateways.stand_in import Localstripe


def sandbox(request: pytest.FixtureRequest) -> Gateway:
    folder: Path = request.getfixturevalue("tmp_path")
    return SandboxGateway(folder / "book.sqlite3")


def stripe_on_localstripe(request: pytest.FixtureRequest) -> Gateway:
    stand_in: Localstripe = request.getfixturevalue("localstripe")
    return StripeGateway("sk_test_12345", [], stand_in.address)


def answer_localstripe(gateway: Any, asked: RequiresAction, confirmed: bool) -> None:  # noqa: FBT001 - as the contract calls it
    """Authenticate as Stripe.js does in the customer's browser."""
    fields = urlencode({"client_secret": asked.client_secret, "success": str(confirmed).lower()})
    address = f"{gateway.api_base}/v1/payment_intents/{asked.reference}/_authenticate"
    headers = {"Authorization": "Bearer sk_test_12345"}
    request = Request(address, fields.encode(), headers, method="POST")  # noqa: S310 - our own address
    with urlopen(request, timeout=5):  # noqa: S310 - likewise
        return


NO_KEYS = "localstripe ignores idempotency keys"
NO_PERIODS = "localstripe cannot list payments of a period: test_stripe_answers.py"

GATEWAYS = [
    UnderTest(
        "sandbox",
        sandbox,
        good_card="pm_card_visa",
        bad_card="pm_card_chargeDeclined",
        asking_card="pm_sandbox_action",
        slow_card="pm_sandbox_processing",
        answer=lambda gateway, asked, confirmed: gateway.answer_bank(
            asked.client_secret, confirmed=confirmed
        ),
    ),
    UnderTest(
        "stripe",
        stripe_on_localstripe,
        good_card="pm_card_visa",
        bad_card="pm_card_chargeCustomerFail",
        asking_card="pm_card_threeDSecure2Required",
        answer=answer_localstripe,
        cannot={
            "test_the_same_key_has_one_effect_and_one_answer": NO_KEYS,
            "test_a_key_with_another_amount_says_nothing_of_the_first_call": NO_KEYS,
            "test_a_part_is_refunded_and_never_more_than_was_taken": (
                "localstripe refunds a charge as often as it is asked to"
            ),
            "test_an_authorization_is_voided_and_captured_no_more": (
                "localstripe captures what was cancelled"
            ),
            "test_an_operation_is_found_by_its_key": NO_PERIODS,
            "test_what_never_arrived_is_not_found": NO_PERIODS,
            "test_a_saved_method_that_was_confirmed_once_is_not_asked_for_again": (
                "localstripe's bank asks every time: test_stripe_answers.py"
            ),
            "test_a_payment_that_the_bank_settles_later_is_being_processed": (
                "localstripe settles at once what Stripe settles later: test_stripe_answers.py"
            ),
        },
    ),
]


@pytest.fixture(params=GATEWAYS, ids=lambda each: each.name)
def till(request: pytest.FixtureRequest) -> Till:
    under_test: UnderTest = request.param
    if reason := under_test.cannot.get(request.node.originalname):
        pytest.skip(reason)
    return Till(under_test.make(request), under_test)


class TestGateway(Contract):
    """The contract, once per gateway."""
