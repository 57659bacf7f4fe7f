"""The side bar of the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse_lazy

from config.contexts import own_contexts


def _page(title: str, icon: str, link: Any, needs: str) -> dict[str, Any]:
    """Return an entry for those who have a permission."""

    def may_see(request: HttpRequest) -> bool:
        return request.user.has_perm(needs)

    return {"title": title, "icon": icon, "link": link, "permission": may_see}


def _item(title: str, icon: str, table: str) -> dict[str, Any]:
    app, _, model = table.partition("_")
    link = reverse_lazy(f"admin:{table}_changelist")
    return _page(title, icon, link, f"{app}.view_{model}")


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


def side_bar(_request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the side bar; a context of one's own has one with its pages."""
    pages = {name: list[dict[str, Any]]() for name in own_contexts()}
    for model in admin.site._registry:  # noqa: SLF001 - what is registered
        label, title = model._meta.app_label, model._meta.verbose_name_plural  # noqa: SLF001 - Django's documented Model._meta API
        if label in pages:
            table = f"{label}_{model._meta.model_name}"  # noqa: SLF001 - likewise
            pages[label].append(_item(str(title).capitalize(), "table_rows", table))
    own = [_group(_title(name), *items) for name, items in pages.items() if items]
    return [*NAVIGATION, *own]


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


NAVIGATION = [
    {
        "title": "",
        "items": [
            {"title": "First page", "icon": "monitor_heart", "link": reverse_lazy("admin:index")},
            {"title": "Needs attention", "icon": "pan_tool", "link": reverse_lazy("attention")},
        ],
    },
    _group(
        "Orders",
        _item("Orders", "receipt_long", "orders_order"),
        _item("Returns", "assignment_return", "orders_orderreturn"),
        _item("Refund proposals", "currency_exchange", "orders_refundproposal"),
        _item("Sagas", "account_tree", "sagas_sagainstance"),
        _item("Customers", "group", "orders_customer"),
        _item("Addresses", "home_pin", "orders_customeraddress"),
        _item("Addresses of orders", "pin_drop", "orders_orderaddress"),
        _item("Products", "sell", "orders_product"),
        _item("Vouchers", "redeem", "orders_voucher"),
        _item("Shipping rates", "local_shipping", "orders_shippingrate"),
        _item("Tax rates", "percent", "orders_taxrate"),
    ),
    _group(
        "Read models",
        _item("State and rebuilds", "sync", "readmodels_rebuild"),
        _item("Order summaries", "table_view", "readmodels_ordersummary"),
        _item("Order details", "article", "readmodels_orderdetail"),
        _item("Customer statistics", "person_search", "readmodels_customerstatistics"),
        _item("Daily sales", "trending_up", "readmodels_dailysales"),
        _item("Stock levels", "warehouse", "readmodels_stocklevel"),
        _item("Money at risk", "hourglass_bottom", "readmodels_moneyatrisk"),
    ),
    _group(
        "Payments",
        _item("Payments", "payments", "payments_payment"),
        _item("Webhooks", "webhook", "payments_webhook"),
        _item("Reconciliations", "balance", "payments_reconciliation"),
    ),
    _group(
        "Inventory",
        _item("Stock", "inventory_2", "inventory_stockitem"),
        _item("Movements", "swap_vert", "inventory_stockmovement"),
        _item("Reservations", "bookmark", "inventory_reservation"),
    ),
    _group(
        "Messaging",
        _page("Errors", "bug_report", reverse_lazy("errors"), "outbox.view_lane"),
        _item("Dead letters", "report", "outbox_deadletter"),
        _item("Redrives", "replay", "outbox_redrive"),
        _item("Lanes", "outbox", "outbox_lane"),
        _item("Failed attempts", "running_with_errors", "outbox_failedattempt"),
        _item("Messages", "mail", "outbox_message"),
        _item("Scheduled messages", "schedule", "outbox_scheduledmessage"),
        _item("Webhook endpoints", "webhook", "outbox_webhookendpoint"),
        _item("Webhooks sent again", "replay", "outbox_webhookresend"),
        _item("Attempts of webhooks", "outgoing_mail", "outbox_webhookattempt"),
        _item("Operators' acts", "history_edu", "outbox_operatoract"),
    ),
    _group(
        "Upkeep",
        _item("Figures by minute", "monitoring", "config_minute"),
        _item("Workers", "engineering", "outbox_heartbeat"),
        _item("Daily work", "today", "outbox_dailywork"),
        _item("Drift checks", "difference", "readmodels_driftcheck"),
    ),
    _group(
        "Accounts",
        _item("Users", "person", "auth_user"),
        _item("API tokens", "key", "config_apitoken"),
        _item("Groups", "shield_person", "auth_group"),
    ),
]
