"""The Stripe gateway reads Stripe's answers, which are written here after its documentation.

Nothing here was recorded from Stripe; docs/gateways.md says what to try there.
"""

import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from payments.gateways import signature
from payments.gateways.port import (
    Declined,
    Disputed,
    Forged,
    GatewaySilent,
    Notice,
    Processing,
    RequiresAction,
    Result,
    Sought,
    Stage,
    Succeeded,
    Unknown,
    Unreadable,
)
from payments.gateways.stripe import look_up
from payments.gateways.stripe.gateway import StripeGateway
from payments.gateways.stripe.look_up import MOST_PAGES

SECRET = "whsec_for_these_tests_only"
NOW = datetime.now(UTC).replace(microsecond=0)

Answer = tuple[int, dict[str, Any], dict[str, str]]


def intent(status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    return {
        "object": "payment_intent",
        "id": "pi_1",
        "status": status,
        "amount": 1250,
        "amount_received": 1250 if status == "succeeded" else 0,
        "amount_capturable": 1250 if status == "requires_capture" else 0,
        "capture_method": "automatic",
        "currency": "gbp",
        "created": int(NOW.timestamp()),
        "metadata": {"order_id": "an-order", "key": "k1"},
        "last_payment_error": None,
        **fields,
    }


def refund(status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    return {
        "object": "refund",
        "id": "re_1",
        "status": status,
        "amount": 450,
        "currency": "gbp",
        "created": int(NOW.timestamp()),
        "payment_intent": "pi_1",
        "metadata": {"key": "r1"},
        **fields,
    }


def dispute(status: str = "needs_response", **fields: Any) -> dict[str, Any]:
    return {
        "object": "dispute",
        "id": "dp_1",
        "amount": 1250,
        "currency": "gbp",
        "created": int(NOW.timestamp()),
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "reason": "fraudulent",
        "status": status,
        "evidence_details": {"due_by": int(NOW.timestamp()) + 7 * 86400},
        "metadata": {},
        **fields,
    }


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "url": "/v1/any", "has_more": False, "data": list(items)}


def error(type_: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"type": type_, "message": "told to a developer", **fields}}


class Stripe(stripe.HTTPClient):
    """Stands in for Stripe: gives prepared answers, and records the requests.

    Nothing is disputed unless it is told so.
    """

    name = "tests"

    def __init__(self, *answers: Answer | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, list[str]], Mapping[str, str]]] = []

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        fields = parse_qs(post_data or parts.query)
        self.asked.append((method.upper(), parts.path, fields, headers or {}))
        is_of_disputes = parts.path == "/v1/disputes" and not self.answers
        answer = ok(listed()) if is_of_disputes else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, answer_headers = answer
        return json.dumps(body), status, answer_headers


def gateway_with(*answers: Answer | Exception) -> tuple[StripeGateway, Stripe]:
    outside = Stripe(*answers)
    return StripeGateway("sk_test_1", [SECRET], http_client=outside), outside


def ok(body: dict[str, Any]) -> Answer:
    return 200, body, {}


def charge(
    gateway: StripeGateway, amount: int = 1250, *, keep: bool = False, saved_for: str = ""
) -> Result:
    return gateway.charge(
        key="k1",
        amount=amount,
        currency="GBP",
        payment_method="pm_card_visa",
        order_id="an-order",
        keep=keep,
        saved_for=saved_for,
    )


def sought(kind: str, key: str = "k1", reference: str = "pi_1") -> Sought:
    return Sought(kind, key, reference, NOW - timedelta(minutes=1))


def test_a_charge_carries_our_key_and_the_order_and_is_confirmed_at_once() -> None:
    gateway, outside = gateway_with(ok(intent()))
    assert charge(gateway) == Succeeded("pi_1", 1250, "GBP")
    ((method, path, fields, headers),) = outside.asked
    assert (method, path) == ("POST", "/v1/payment_intents")
    assert headers["Idempotency-Key"] == "k1"
    assert fields["metadata[key]"] == ["k1"]
    assert fields["metadata[order_id]"] == ["an-order"]
    assert (fields["amount"], fields["currency"]) == (["1250"], ["gbp"])
    assert (fields["confirm"], fields["capture_method"]) == (["true"], ["automatic"])
    assert "payment_method_types[0]" not in fields


def test_a_payment_of_nothing_never_reaches_stripe() -> None:
    gateway, outside = gateway_with()
    assert charge(gateway, amount=0) == Succeeded("nothing", 0, "GBP")
    taken = gateway.capture(key="c", amount=0, currency="GBP", reference="nothing")
    assert taken == gateway.void(key="v", amount=0, currency="GBP", reference="nothing")
    assert outside.asked == []


WRONG_STATE: Answer = (
    400,
    error("invalid_request_error", code="payment_intent_unexpected_state"),
    {},
)
CARD = error("card_error", code="card_declined", decline_code="insufficient_funds")
ANSWERS: list[tuple[Answer, Result | None]] = [
    ((402, CARD, {}), Declined("insufficient_funds")),
    ((402, error("card_error", code="expired_card"), {}), Declined("expired_card")),
    ((400, error("invalid_request_error", code="amount_too_small"), {}), None),
    (
        (400, error("invalid_request_error", code="resource_missing", param="payment_method"), {}),
        Declined("resource_missing"),
    ),
    ((200, intent("canceled"), {}), Declined("canceled")),
]


def test_a_card_whose_bank_asks_the_customer_says_what_the_customer_needs() -> None:
    """An intent that requires an action has the client secret, and perhaps a page of the bank."""
    asked = intent(
        "requires_action",
        client_secret="pi_1_secret_1",
        next_action={"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example"}},
    )
    gateway, outside = gateway_with(ok(asked))
    answered = charge(gateway)
    assert answered == RequiresAction("pi_1", "pi_1_secret_1", "https://bank.example")
    assert "secret" not in repr(answered)
    assert "bank.example" not in repr(answered)
    assert "off_session" not in outside.asked[0][2]


def test_a_payment_method_is_saved_with_the_first_payment_for_a_customer_at_stripe() -> None:
    customer = {"object": "customer", "id": "cus_1"}
    gateway, outside = gateway_with(ok(customer), ok(intent(customer="cus_1")))
    assert charge(gateway, keep=True) == Succeeded("pi_1", 1250, "GBP", "cus_1")
    (_, made, about, first), (_, path, fields, headers) = outside.asked
    assert (made, path) == ("/v1/customers", "/v1/payment_intents")
    assert about == {"metadata[order_id]": ["an-order"]}
    assert (first["Idempotency-Key"], headers["Idempotency-Key"]) == ("k1:customer", "k1")
    assert fields["customer"] == ["cus_1"]
    assert fields["setup_future_usage"] == ["off_session"]
    assert "off_session" not in fields


def test_a_saved_payment_method_is_charged_off_session() -> None:
    gateway, outside = gateway_with(ok(intent(customer="cus_1")))
    assert charge(gateway, keep=True, saved_for="cus_1") == Succeeded("pi_1", 1250, "GBP", "cus_1")
    ((_, _, fields, _),) = outside.asked
    assert (fields["customer"], fields["off_session"]) == (["cus_1"], ["true"])
    assert "setup_future_usage" not in fields


def test_a_bank_that_asks_when_the_customer_is_away_asks_the_customer_to_come_back() -> None:
    left = intent(
        "requires_payment_method",
        client_secret="pi_1_secret_1",
        last_payment_error={"code": "authentication_required"},
    )
    refused = error("card_error", code="authentication_required", payment_intent=left)
    gateway, _ = gateway_with((402, refused, {}), ok(left))
    asked = RequiresAction("pi_1", "pi_1_secret_1")
    assert charge(gateway, saved_for="cus_1") == asked
    assert gateway.find(sought("charge")) == asked
    notice = read(event("payment_intent.payment_failed", left))
    assert notice is not None
    assert notice.result is None


@pytest.mark.parametrize(
    ("saved_for", "redirects"),
    [("", {"return_url": ["https://shop.example/orders/an-order"]}), ("cus_1", {})],
)
def test_a_page_of_the_bank_sends_the_customer_back_to_the_shop(
    saved_for: str, redirects: dict[str, list[str]]
) -> None:
    outside = Stripe(ok(intent()))
    gateway = StripeGateway(
        "sk_test_1",
        [SECRET],
        http_client=outside,
        return_url="https://shop.example/orders/{order_id}",
    )
    charge(gateway, saved_for=saved_for)
    fields = outside.asked[0][2]
    assert {name: fields[name] for name in fields if name == "return_url"} == redirects
    assert ("automatic_payment_methods[allow_redirects]" in fields) == bool(saved_for)


def test_a_payment_that_the_bank_settles_later_is_being_processed() -> None:
    gateway, _ = gateway_with(ok(intent("processing")))
    assert charge(gateway) == Processing("pi_1")


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        ([(200, intent("canceled"), {})], Declined("canceled")),
        ([(200, intent("canceled", last_payment_error={"code": "x"}), {})], Declined("canceled")),
        ([WRONG_STATE, (200, intent("succeeded"), {})], Succeeded("pi_1", 1250, "GBP")),
        ([WRONG_STATE, (200, intent("processing"), {})], Processing("pi_1")),
        ([(500, error("api_error"), {})], None),
    ],
)
def test_a_payment_is_canceled_unless_it_was_made_before(
    answers: list[Answer], result: Result | None
) -> None:
    gateway, outside = gateway_with(*answers)
    canceled = gateway.cancel(key="k1", reference="pi_1")
    assert canceled == result if result else isinstance(canceled, Unknown)
    method, path, _, headers = outside.asked[0]
    assert (method, path) == ("POST", "/v1/payment_intents/pi_1/cancel")
    assert headers["Idempotency-Key"] == "k1:cancel"


def test_a_payment_whose_name_is_known_is_looked_up_by_it() -> None:
    gateway, outside = gateway_with(ok(intent("requires_action", client_secret="s")))
    assert gateway.find(sought("charge")) == RequiresAction("pi_1", "s")
    assert outside.asked[0][:2] == ("GET", "/v1/payment_intents/pi_1")


def test_that_the_bank_processes_a_payment_is_reported_by_webhook() -> None:
    notice = read(event("payment_intent.processing", intent("processing")))
    assert notice is not None
    assert (notice.kind, notice.key, notice.result) == ("charge", "k1", Processing("pi_1"))


@pytest.mark.parametrize(("answer", "result"), ANSWERS)
def test_a_refusal_is_final_only_where_it_is_about_the_card_or_the_request(
    answer: Answer, result: Result | None
) -> None:
    gateway, _ = gateway_with(answer)
    assert charge(gateway) == (result or Declined("amount_too_small"))


@pytest.mark.parametrize(
    "answer",
    [
        (500, error("api_error"), {}),
        (503, error("api_error"), {}),
        (401, error("invalid_request_error"), {}),
        (403, error("invalid_request_error"), {}),
        (409, error("idempotency_error", code="idempotency_key_in_use"), {}),
        (409, error("invalid_request_error", code="lock_timeout"), {}),
        (400, error("idempotency_error"), {}),
        (400, error("invalid_request_error", code="parameter_unknown"), {}),
        (400, error("invalid_request_error", code="resource_missing", param="intent"), {}),
        (200, {"id": "pi_1"}, {}),
        stripe.APIConnectionError("the connection was cut"),  # type: ignore[no-untyped-call]
    ],
)
def test_silence_errors_of_the_server_and_refusals_of_the_call_leave_the_outcome_unknown(
    answer: Answer | Exception,
) -> None:
    gateway, _ = gateway_with(answer)
    assert isinstance(charge(gateway), Unknown)


def test_too_many_requests_say_how_long_to_wait() -> None:
    limited = error("invalid_request_error", code="rate_limit")
    gateway, _ = gateway_with((429, limited, {"Retry-After": "7"}))
    result = charge(gateway)
    assert isinstance(result, Unknown)
    assert result.retry_after == 7


def test_another_amount_than_was_asked_for_is_reported() -> None:
    gateway, _ = gateway_with(ok(intent(amount_received=1350)))
    assert charge(gateway) == Succeeded("pi_1", 1350, "GBP")


def test_an_authorization_is_captured_by_hand_later() -> None:
    gateway, outside = gateway_with(
        ok(intent("requires_capture")), ok(intent(amount_received=1000))
    )
    held = gateway.authorize(
        key="a1", amount=1250, currency="GBP", payment_method="pm_1", order_id="an-order"
    )
    assert held == Succeeded("pi_1", 1250, "GBP")
    taken = gateway.capture(key="c1", amount=1000, currency="GBP", reference="pi_1")
    assert taken == Succeeded("pi_1", 1000, "GBP")
    (_, _, begun, _), (_, path, fields, headers) = outside.asked
    assert begun["capture_method"] == ["manual"]
    assert (path, fields["amount_to_capture"]) == ("/v1/payment_intents/pi_1/capture", ["1000"])
    assert headers["Idempotency-Key"] == "c1"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("succeeded", Succeeded("re_1", 450, "GBP")),
        ("pending", Succeeded("re_1", 450, "GBP")),
        ("failed", Declined("refund_failed")),
    ],
)
def test_a_refund_is_done_when_it_is_on_its_way(status: str, result: Result) -> None:
    gateway, outside = gateway_with(ok(refund(status)))
    assert gateway.refund(key="r1", amount=450, currency="GBP", reference="pi_1") == result
    assert outside.asked[0][3]["Idempotency-Key"] == "r1"


OTHER = intent(id="pi_0", metadata={"key": "k0"})


def test_a_charge_is_found_by_its_key_among_those_of_its_day() -> None:
    gateway, _ = gateway_with(ok(listed(OTHER, intent())), ok(listed(OTHER)))
    assert gateway.find(sought("charge", reference="")) == Succeeded("pi_1", 1250, "GBP")
    assert gateway.find(sought("charge", reference="")) is None


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_charge_is_found_although_stripes_clock_is_minutes_apart_from_ours(minutes: int) -> None:
    gateway, outside = gateway_with(ok(listed(intent())))
    asked_at = NOW - timedelta(minutes=10)
    gateway.find(Sought("charge", "k1", "", asked_at))
    ((_, _, fields, _),) = outside.asked
    stamped = int((asked_at + timedelta(minutes=minutes)).timestamp())
    assert int(fields["created[gte]"][0]) <= stamped < int(fields["created[lt]"][0])


def long_ago() -> Sought:
    return Sought("charge", "k1", "", NOW - timedelta(days=3))


def test_a_charge_of_another_day_is_searched_for_by_our_key_and_read_fresh() -> None:
    found = {**listed(intent("processing")), "object": "search_result"}
    gateway, outside = gateway_with(ok(listed()), ok(found), ok(intent()))
    assert gateway.find(long_ago()) == Succeeded("pi_1", 1250, "GBP")
    (_, (_, path, fields, _), (_, read, _, _)) = outside.asked
    assert (path, fields["query"]) == ("/v1/payment_intents/search", ['metadata["key"]:"k1"'])
    assert read == "/v1/payment_intents/pi_1"


def test_one_that_neither_the_list_nor_the_search_knows_never_arrived() -> None:
    gateway, _ = gateway_with(ok(listed()), ok({**listed(), "object": "search_result"}))
    assert gateway.find(long_ago()) is None


def test_a_list_that_goes_on_for_ever_is_read_for_so_many_pages_and_then_searched() -> None:
    endless = ok({**listed(OTHER), "has_more": True})
    nothing = ok({**listed(), "object": "search_result"})
    gateway, outside = gateway_with(*[endless] * MOST_PAGES, nothing)
    assert gateway.find(sought("charge", reference="")) is None
    assert len(outside.asked) == MOST_PAGES + 1


def test_a_list_that_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_up, "MOST_SECONDS", -1.0)
    endless = ok({**listed(refund(metadata={})), "has_more": True})
    gateway, outside = gateway_with(endless, endless)
    assert isinstance(gateway.find(sought("refund", "r1")), Unknown)
    assert len(outside.asked) == 1


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [("ISK", 15, 1500), ("UGX", 1, 100), ("MGA", 1500, 15), ("JPY", 15, 15), ("KWD", 1230, 1230)],
)
def test_amounts_are_counted_as_stripe_counts_them_there_and_back(
    currency: str, ours: int, theirs: int
) -> None:
    fields: dict[str, Any] = {"amount": theirs, "currency": currency.lower()}
    made = intent(**fields, amount_received=theirs)
    gateway, outside = gateway_with(ok(made), ok(refund(**fields)), ok(listed(made)), ok(listed()))
    charged = gateway.charge(
        key="k1", amount=ours, currency=currency, payment_method="pm_1", order_id="an-order"
    )
    assert charged == Succeeded("pi_1", ours, currency)
    given_back = gateway.refund(key="r1", amount=ours, currency=currency, reference="pi_1")
    assert given_back == Succeeded("re_1", ours, currency)
    assert [fields["amount"] for _, _, fields, _ in outside.asked] == [[str(theirs)]] * 2
    (entry,) = gateway.entries(NOW, NOW + timedelta(days=1))
    assert (entry.amount, entry.currency) == (ours, currency)


def test_an_amount_with_a_fraction_that_stripe_cannot_move_is_refused_without_a_call() -> None:
    gateway, outside = gateway_with()
    asked: dict[str, Any] = {
        "key": "k1",
        "currency": "MGA",
        "payment_method": "pm_1",
        "order_id": "an-order",
    }
    assert gateway.charge(amount=1501, **asked) == Declined("amount_not_at_stripe")
    assert outside.asked == []


def test_a_capture_and_a_void_are_read_off_the_payment() -> None:
    states = [intent("requires_capture"), intent(), intent("canceled")]
    gateway, _ = gateway_with(*[ok(state) for state in states for _ in range(2)])
    found = [gateway.find(sought(kind)) for _ in states for kind in ("capture", "void")]
    assert found == [
        *(None, None),
        *(Succeeded("pi_1", 1250, "GBP"), Declined("captured")),
        *(Declined("canceled"), Succeeded("pi_1")),
    ]


def test_a_look_up_without_an_answer_says_nothing() -> None:
    gateway, _ = gateway_with((500, error("api_error"), {}))
    assert isinstance(gateway.find(sought("refund")), Unknown)


def test_its_book_has_charges_captures_voids_and_refunds() -> None:
    payments = [
        intent(),
        intent(id="pi_2", capture_method="manual"),
        intent("canceled", id="pi_3", capture_method="manual"),
        intent("requires_payment_method", id="pi_4"),
    ]
    refunds = listed(refund(), refund("failed", id="re_2", failure_reason="lost_or_stolen_card"))
    gateway, _ = gateway_with(ok(listed(*payments)), ok(refunds), ok(listed(dispute())))
    book = list(gateway.entries(NOW, NOW + timedelta(days=1)))
    assert [(each.kind, each.key, each.amount) for each in book] == [
        ("charge", "k1", 1250),
        ("capture", "", 1250),
        ("authorize", "k1", 1250),
        ("authorize", "k1", 1250),
        ("void", "", 1250),
        ("refund", "r1", 450),
        ("refund", "r1", 450),
        ("dispute", "", 1250),
    ]
    failed, disputed = book[-2:]
    assert (failed.failed, failed.about) == ("lost_or_stolen_card", "pi_1")
    assert (disputed.dispute and disputed.dispute.stage, disputed.about) == ("needs_answer", "pi_1")


def test_a_book_that_breaks_off_is_not_taken_for_whole() -> None:
    gateway, _ = gateway_with(ok(listed(intent())), (500, error("api_error"), {}))
    with pytest.raises(GatewaySilent):
        list(gateway.entries(NOW, NOW + timedelta(days=1)))


def event(type_: str, fields: dict[str, Any]) -> bytes:
    envelope = {"object": "event", "id": "evt_1", "type": type_, "created": int(NOW.timestamp())}
    return json.dumps({**envelope, "data": {"object": fields}}).encode()


def read(body: bytes, *secrets: str) -> Notice | None:
    gateway = StripeGateway("sk_test_1", list(secrets or [SECRET]))
    return gateway.read_webhook(body, {"Stripe-Signature": signature.sign(body, SECRET)})


MANUAL = {"capture_method": "manual"}
FAILED = {"last_payment_error": {"code": "card_declined", "decline_code": "lost_card"}}
MEANINGS = [
    ("payment_intent.succeeded", intent(), "charge", Succeeded("pi_1", 1250, "GBP")),
    ("payment_intent.succeeded", intent(**MANUAL), "capture", Succeeded("pi_1", 1250, "GBP")),
    (
        "payment_intent.amount_capturable_updated",
        intent("requires_capture", **MANUAL),
        "authorize",
        Succeeded("pi_1", 1250, "GBP"),
    ),
    (
        "payment_intent.payment_failed",
        intent("requires_payment_method", **FAILED),
        "charge",
        Declined("lost_card"),
    ),
    ("payment_intent.canceled", intent("canceled", **MANUAL), "void", Succeeded("pi_1")),
    ("refund.updated", refund(), "refund", Succeeded("re_1", 450, "GBP")),
    ("refund.failed", refund("failed"), "refund", Declined("refund_failed")),
    ("charge.dispute.created", dispute(), "dispute", None),
]


@pytest.mark.parametrize(("type_", "fields", "kind", "result"), MEANINGS)
def test_a_webhook_says_what_became_of_which_operation(
    type_: str, fields: dict[str, Any], kind: str, result: Result | None
) -> None:
    notice = read(event(type_, fields))
    assert notice is not None
    assert (notice.event_id, notice.kind, notice.result) == ("evt_1", kind, result)


def test_a_webhook_names_the_payment_that_it_is_about() -> None:
    told = [
        read(event("refund.created", refund(metadata={}))),
        read(event("charge.dispute.closed", dispute("lost"))),
        read(event("payment_intent.succeeded", intent())),
    ]
    assert [notice and notice.about for notice in told] == ["pi_1"] * 3
    assert told[1] is not None
    assert told[1].dispute == Disputed(
        "dp_1", 1250, "GBP", "fraudulent", Stage.LOST, NOW + timedelta(days=7)
    )


def test_webhooks_of_other_types_are_passed_over() -> None:
    assert read(event("customer.created", {"id": "cus_1"})) is None


def odd(**fields: Any) -> bytes:
    return json.dumps({**json.loads(event("refund.created", refund())), **fields}).encode()


ODD_TIME, ODD_NAME = odd(created=10**20), odd(id=7)
ODD_AMOUNT = odd(data={"object": refund(amount=2**63)})


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b"not json", b'{"type": 1, "data": 2}', ODD_TIME, ODD_NAME, ODD_AMOUNT]
)
def test_a_signed_body_without_the_form_of_an_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_a_signature_by_the_scheme_that_stripe_documents_is_accepted() -> None:
    body, now = event("payment_intent.succeeded", intent()), int(time.time())
    signed = hmac.new(SECRET.encode(), f"{now}.".encode() + body, "sha256").hexdigest()
    gateway = StripeGateway("sk_test_1", [SECRET])
    headers = {"Stripe-Signature": f"t={now},v1={signed},v0=00"}
    assert gateway.read_webhook(body, headers) is not None


def test_either_of_two_secrets_will_do_and_no_third() -> None:
    body = event("payment_intent.succeeded", intent())
    assert read(body, "the next secret of ours", SECRET) is not None
    with pytest.raises(Forged):
        read(body, "the next secret of ours", "and the one after that")
