"""What schemathesis has to be told about the API beside its OpenAPI document."""

from typing import Any

import schemathesis

FOR_SALE = "MUG-01"


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: Any, **__: Any) -> None:
    """Make good requests possible ones, so that more than their refusal is seen.

    What only the server makes is left out, since a guess at it is refused; what is ordered is for
    sale, and stays so.
    """
    if case.meta is not None and case.meta.generation.mode.is_negative:
        return
    case.query.pop("cursor", None)
    case.headers.pop("Consistency-Token", None)
    if not isinstance(case.body, dict):
        return
    if case.path == "/api/v1/orders":
        lines = [{**line, "sku": FOR_SALE} for line in case.body.get("lines", [{"quantity": 1}])]
        case.body = {**case.body, "lines": lines}
    if case.path.endswith(("/cancel", "/returns")):
        # Orders of guests belong to others: staff give a reason.
        case.body = {"reason": "asked for", **case.body}
    if case.path == "/api/v1/products":
        # No pattern says which characters can be seen; tests/api/test_skus.py tries others.
        seen = "".join(each for each in case.body["sku"] if each.isalnum())
        case.body = {**case.body, "sku": seen or "NEW"}
        case.body.pop("active_until", None)
    if "/webhook-endpoints" in case.path:
        right = {
            "name": "erp",
            "events": ["OrderConfirmed"],
            "url": "https://erp.example/hooks",
        }
        case.body |= {name: value for name, value in right.items() if name in case.body}
    if case.path_parameters.get("sku") == FOR_SALE:
        kept = case.body.keys() - {"for_sale", "unit_price"}
        case.body = {name: case.body[name] for name in kept}
