"""Every field of every form of the admin: a text is taken or refused, and nothing is half done."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.access.tokens import issue_token
from config.models import ApiToken
from orders.models import Customer, Order, ProposedAct, RefundProposal, TaxRate
from orders.sagas.models import SagaInstance
from orders.sagas.operators.verbs import VERBS
from orders.services.approvals import propose
from outbox.models import Lane, Message, Pace
from outbox.operations.faults import faults
from outbox.operations.redrives import begin_redrive
from payments.models import Payment
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop
from tests.admin.test_access import MODELS
from tests.api.test_every_text import TEXTS

EXAMPLES = [
    "",
    "x" * 121,
    "x" * 501,
    "x" * 5_000,
    "bad \x00 byte",
    "half \ud800 pair",
    "two\r\nlines",
    "two\u2028lines",
    "\u202eright to left\u200f",
    "<script>alert(1)</script>",
    "NaN",
    "1e400",
    "9" * 30,
]

TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name
"""

LEFT_OUT = {"django_session", "outbox_submission", "axes_accessattempt"}

REASON = {"reason": "why"}


class Stage:
    """A shop with something for each form to act on, and somebody who may do everything."""

    def __init__(self, shop: Shop) -> None:
        self.order = shop.order({"MUG": 4})
        settle()
        Payment.objects.update(needs_attention=True, attention_reason="look")
        self.waiting = shop.order(flow="charge_first")
        settle_all_but("gateway")
        self.stuck = shop.order()
        Message.objects.filter(correlation_id=self.stuck.id).update(payload={"order_id": "what"})
        settle_all_but("gateway")
        self.boss = User.objects.create_superuser("boss", password="what the boss knows")
        other = User.objects.create_superuser("another")
        with transaction.atomic():
            order = Order.objects.get(pk=self.order.id)
            propose(order, ProposedAct.REFUND, amount=1, reason="an example", by=other)
        TaxRate.objects.create(country="FR", percent=Decimal(20), jurisdiction="somebody")
        self.nobody = Customer.objects.create(name="Nobody")
        issue_token(other, name="till", reason="an example", actor="boss")
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.boss)

    def cancelling_a_redrive(self) -> str:
        begun = begin_redrive(
            {"subscriber": "sagas"},
            pace=Pace.ONE,
            per_minute=None,
            most_failing=10,
            actor="boss",
            reason="an example",
        )
        return self.page("outbox_redrive_cancel_this", begun.pk)

    def page(self, name: str, key: Any = None) -> str:
        return reverse(
            name if ":" in name or name == "hand-refund" else f"admin:{name}", args=[key]
        )


PASSWORDS = {"usable_password": "true", "password1": "p4ss-w0rd-1", "password2": "p4ss-w0rd-1"}


Door = tuple[str, Callable[[Stage], str], Mapping[str, str]]


def account(**fields: str) -> dict[str, str]:
    inlines = {"date_joined_0": "2026-01-01", "date_joined_1": "10:00", "is_active": "on"}
    names = {"username": "somebody", "first_name": "", "last_name": "", "email": ""}
    return {**names, **inlines, **fields}


def of_saga(verb: str) -> Door:
    fields = {**REASON, **({"reference": "7"} if verb == "resolve" else {})}
    fields |= {"step": "charge"} if verb == "skip" else {}
    return (
        f"saga {verb}",
        lambda stage: stage.page(
            f"sagas_sagainstance_{verb}",
            SagaInstance.objects.get(correlation_id=stage.waiting.id).pk,
        ),
        fields,
    )


def of_dead_letter(verb: str) -> Door:
    return (
        f"dead letter {verb}",
        lambda stage: stage.page(
            f"outbox_deadletter_{verb}_this",
            Lane.objects.filter(correlation_id=stage.stuck.id, stopped=True)[0].pk,
        ),
        {**REASON, "limit": "1"},
    )


def of_proposal(verb: str) -> Door:
    return (
        f"proposal {verb}",
        lambda stage: stage.page(f"orders_refundproposal_{verb}", RefundProposal.objects.get().pk),
        REASON,
    )


OFFER = {"sku": "BOWL", "name": "Bowl", "category": "bowls", "currency": "GBP", "price": "7"}
SOMEBODY = {"name": "Eve", "email": "eve@example.org", "country": "GB", "reference": "crm:7"}
SHIPPING = {"country": "GB", "currency": "GBP", "amount": "4.99", "free_from": "50"}
TAX = {"country": "GB", "category": "books", "percent": "5", "jurisdiction": "HMRC"}


DOORS: list[Door] = [
    *(
        (f"add {kind}", lambda _, kind=kind: reverse(f"admin:orders_{kind}_add_one"), fields)
        for kind, fields in (
            ("shippingrate", {**REASON, **SHIPPING}),
            ("taxrate", {**REASON, **TAX}),
        )
    ),
    (
        "issue voucher",
        lambda _: reverse("admin:orders_voucher_issue"),
        {
            **REASON,
            "code": "SPRING",
            "percent": "5",
            "currency": "GBP",
            "minimum": "1",
            "valid_from_0": "2026-01-01",
            "valid_from_1": "10:00",
            "limit": "7",
        },
    ),
    (
        "change tax rate",
        lambda stage: stage.page("orders_taxrate_change_it", TaxRate.objects.get().pk),
        {**REASON, **TAX},
    ),
    ("offer product", lambda _: reverse("admin:orders_product_offer_one"), {**REASON, **OFFER}),
    (
        "change product",
        lambda stage: stage.page("orders_product_change_product", "MUG"),
        {**REASON, "name": "Mug", "category": "mugs", "for_sale": "on"},
    ),
    (
        "set price",
        lambda stage: stage.page("orders_product_set_a_price", "MUG"),
        {**REASON, "currency": "EUR", "price": "14.90"},
    ),
    (
        "import products",
        lambda _: reverse("admin:orders_product_import_list"),
        {**REASON, "csv": "sku,name,currency,price\r\nMUG,Mug,GBP,12.50\r\n"},
    ),
    (
        "import customers",
        lambda _: reverse("admin:orders_customer_import_list"),
        {**REASON, "csv": "reference,name\r\nC-1,Grace\r\n"},
    ),
    ("add customer", lambda _: reverse("admin:orders_customer_add_one"), {**REASON, **SOMEBODY}),
    (
        "change customer",
        lambda stage: stage.page("orders_customer_change_it", stage.nobody.id),
        {**REASON, "name": "Somebody", "email": "somebody@example.org", "country": "GB"},
    ),
    *(
        (
            f"stock {verb}",
            lambda stage, verb=verb: stage.page(f"inventory_stockitem_{verb}", "MUG"),
            {**REASON, "units": "1"},
        )
        for verb in ("receive", "adjust", "write_off")
    ),
    (
        "refund",
        lambda stage: stage.page("orders_order_refund", stage.order.id),
        {**REASON, "amount": "0.01"},
    ),
    (
        "hand refund",
        lambda stage: stage.page("hand-refund", stage.order.id),
        {**REASON, "amount": "0.01", "how": "cash", "reference": "7"},
    ),
    (
        "erase",
        lambda stage: stage.page("orders_customer_erase", stage.nobody.id),
        REASON,
    ),
    (
        "look after",
        lambda stage: stage.page(
            "payments_payment_look_after", Payment.objects.get(order_id=stage.order.id).pk
        ),
        REASON,
    ),
    *map(of_proposal, ("approve", "refuse")),
    *map(of_saga, VERBS),
    *map(of_dead_letter, ("redrive", "discard")),
    (
        "begin redrive",
        lambda _: reverse("admin:outbox_redrive_begin") + "?subscriber=sagas",
        {**REASON, "pace": "ramp", "per_minute": "7", "most_failing": "10"},
    ),
    (
        "look after an item",
        lambda _: reverse(
            "own", args=["payment", Payment.objects.filter(needs_attention=True)[0].pk]
        ),
        {**REASON, "owner": "boss", "note": "on it"},
    ),
    ("cancel redrive", lambda stage: stage.cancelling_a_redrive(), REASON),
    (
        "note fault",
        lambda _: reverse("error-note", args=[faults()[0].key]),
        {**REASON, "owner": "ada", "fixed_in": "1.5", "note": "the bank"},
    ),
    (
        "issue token",
        lambda stage: stage.page("auth_user_issue_token", stage.boss.pk),
        {**REASON, "name": "till", "days": "3"},
    ),
    (
        "issue service token",
        lambda _: reverse("admin:config_apitoken_issue_for_service"),
        {**REASON, "name": "shop", "scopes": "products:read", "days": "3"},
    ),
    (
        "revoke token",
        lambda stage: stage.page("config_apitoken_revoke", ApiToken.objects.get().pk),
        REASON,
    ),
    (
        "add user",
        lambda _: reverse("admin:auth_user_add"),
        {"username": "new", **PASSWORDS},
    ),
    (
        "change user",
        lambda stage: stage.page("auth_user_change", User.objects.get(username="another").pk),
        account(),
    ),
    (
        "password of a user",
        lambda _: reverse(
            "admin:auth_user_password_change", args=[User.objects.get(username="another").pk]
        ),
        PASSWORDS,
    ),
    ("add group", lambda _: reverse("admin:auth_group_add"), {"name": "new"}),
    (
        "change group",
        lambda stage: stage.page("auth_group_change", Group.objects.order_by("id")[0].pk),
        {"name": "support"},
    ),
    (
        "own password",
        lambda _: reverse("admin:password_change"),
        {"old_password": "x", "new_password1": "p4ss-w0rd-1", "new_password2": "p4ss-w0rd-1"},
    ),
    (
        "sign in",
        lambda _: reverse("admin:login"),
        {"username": "another", "password": "x", "otp_token": "1"},
    ),
]


def post(client: Client, address: str, fields: Mapping[str, str]) -> Any:
    """Send a form whose texts may be anything, as bytes that a browser would not send."""
    body = urlencode({"submission": str(uuid4()), **fields}, errors="surrogatepass")
    return client.post(address, body, content_type="application/x-www-form-urlencoded")


def rows() -> dict[str, int]:
    """Count the rows of every table that an act writes to."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall() if name not in LEFT_OUT]
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names)  # noqa: S608 - names of our own tables
        cursor.execute(counts)
        return dict(cursor.fetchall())


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door[0])
def test_a_text_in_a_form_is_taken_or_refused_and_nothing_is_half_done(
    shop: Shop, door: Door
) -> None:
    _, address_of, fields = door
    stage = Stage(shop)
    address = address_of(stage)
    names = [*fields, *(["submission"] if "reason" in fields else [])]

    def send(name: str, text: str) -> None:
        before = rows()
        answer = post(stage.client, address, {**fields, name: text})
        assert answer.status_code < 500, (name, ascii(text), answer.content[:300])
        was_asked_again = answer.status_code == 200 and b"not shown again" not in answer.content
        if was_asked_again:
            left = rows()
            if name == "old_password":  # a wrong one is an act
                left["outbox_operatoract"] = before["outbox_operatoract"]
            assert left == before, (name, ascii(text))

    for name in names:
        for text in EXAMPLES:
            send(name, text)

    @hypothesis_settings(
        max_examples=6,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(name=st.sampled_from(names), text=TEXTS)
    def send_any(name: str, text: str) -> None:
        send(name, text)

    send_any()
    for order in (stage.order, stage.waiting):
        assert stage.client.get(reverse("timeline", args=[order.id])).status_code == 200
    acts = reverse("admin:outbox_operatoract_changelist")
    assert stage.client.get(acts).status_code == 200


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("model", MODELS)
def test_a_text_in_a_search_a_filter_or_an_address_is_no_error_of_ours(
    model: type[Model],
) -> None:
    table = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # noqa: SLF001 - Django's documented Model._meta API
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("boss"))
    listed = reverse(f"{table}_changelist")
    own = [each for each in admin.site.get_model_admin(model).list_filter if isinstance(each, str)]
    parameters = ["q", "p", "o", "e", "id__exact", *(f"{each}__exact" for each in own)]
    for text in EXAMPLES:
        for parameter in parameters:
            query = urlencode({parameter: text}, errors="surrogatepass")
            answer = client.get(f"{listed}?{query}")
            assert answer.status_code < 500, (parameter, ascii(text))
        key = urlencode({"": text}, errors="surrogatepass")[1:]
        answer = client.get(f"{listed}{key.replace('+', '%20')}/change/")
        assert answer.status_code < 500, ("address", ascii(text))
        action = {"action": text, "_selected_action": text, "index": text, "select_across": text}
        assert post(client, listed, action).status_code < 500, ("action", ascii(text))


BREAKS = ["two\r\nlines", "two\u2028lines", "\x1b[31mred", "a\x85b"]


@pytest.mark.parametrize("text", BREAKS)
@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("hand refund", "how"),
        ("hand refund", "reference"),
        ("saga resolve", "reference"),
        ("add shippingrate", "country"),
        ("change tax rate", "jurisdiction"),
        ("issue voucher", "code"),
        ("issue token", "name"),
        ("add user", "username"),
        ("change user", "first_name"),
        ("change user", "last_name"),
        ("add group", "name"),
        ("change group", "name"),
    ],
)
def test_names_and_references_are_of_one_line(shop: Shop, what: str, name: str, text: str) -> None:
    address_of, fields = next((each[1], each[2]) for each in DOORS if each[0] == what)
    stage = Stage(shop)
    before = rows()
    answer = post(stage.client, address_of(stage), {**fields, name: text})
    assert (answer.status_code, rows()) == (200, before)
    assert not User.objects.filter(first_name=text).exists()
    assert not User.objects.filter(last_name=text).exists()
    assert not Group.objects.filter(name=text).exists()
