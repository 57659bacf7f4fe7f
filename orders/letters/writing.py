"""Write a letter in the order's language, as text and as HTML.

One template makes both parts: rendered plain for the text, and escaped for the HTML, where its
paragraphs are set in a frame and its lists of goods are tables. The first line is the subject.

Letters contain no text that a customer chose, not even the name: addresses are not verified, so the
shop would mail strangers whatever a customer wrote (ASVS 5.0, 2.2.1 and 1.3.11).
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from orders.languages import LANGUAGES, Language, spoken
from orders.letters.content import Goods, Letter
from orders.models import Adjustment, AdjustmentKind, Order, ReasonCode
from outbox.kit.money import DECIMALS, money
from outbox.kit.texts import one_line

FOLDER: Final = "orders/mail"

_PLAIN: Final = Engine(app_dirs=True, autoescape=False)
_ESCAPED: Final = Engine(app_dirs=True)

Row = tuple[str, str]
"""What it is, and what it costs."""


def written(letter: Letter, order: Order, *, to: str) -> EmailMultiAlternatives:
    """Return a letter as a mail, not sent yet."""
    code = spoken(order.language)
    page = settings.ORDER_PAGE.replace("{number}", order.number)
    facts = dict(_facts(letter, order, code))
    tables = {
        "goods": list(_rows(letter, order, code)),
        "missing": [_row(each, order.currency, code) for each in letter.missing],
    }
    name = f"{FOLDER}/{code}/{letter.template}.txt"
    listed = {place: _as_list(rows) for place, rows in tables.items()}
    subject, _, text = _render(_PLAIN, name, {**facts, **listed, "link": page}).partition("\n")
    shown = {place: _as_table(rows) for place, rows in tables.items()}
    link = format_html('<a href="{0}">{0}</a>', page) if page else ""
    _, _, body = _render(_ESCAPED, name, {**facts, **shown, "link": link}).partition("\n")
    frame = {"language": code, "subject": subject, "paragraphs": list(_paragraphs(body))}
    mail = EmailMultiAlternatives(one_line(subject), f"{text.strip()}\n", None, [to])
    mail.attach_alternative(_render(_ESCAPED, f"{FOLDER}/frame.html", frame), "text/html")
    return mail


def _render(engine: Engine, name: str, content: dict[str, Any]) -> str:
    context = Context(content, autoescape=engine.autoescape)
    return engine.get_template(name).render(context)


def _facts(letter: Letter, order: Order, code: str) -> Iterator[tuple[str, Any]]:
    yield "number", one_line(str(order))
    for name, amount in letter.amounts.items():
        yield name, _amount(amount, order.currency, code)
    for name, fact in letter.facts.items():
        yield name, one_line(fact) if isinstance(fact, str) else fact
    if (reason := letter.facts.get("reason_code")) is not None:
        yield "reason", LANGUAGES[code].reasons[ReasonCode(reason)]
    if until := letter.facts.get("until"):
        yield "until", format_datetime(until, "long", locale=code)


def _rows(letter: Letter, order: Order, code: str) -> Iterator[Row]:
    """Yield a row per line; with the total also what is added to the lines and taken off them."""
    for each in letter.goods:
        yield _row(each, order.currency, code)
    if letter.with_total:
        language = LANGUAGES[code]
        adjustments = list(order.adjustments.order_by("number"))
        for added in (row for row in adjustments if not row.included):
            yield _label(added, language, code), _amount(added.amount, order.currency, code)
        yield language.total, _amount(order.amount, order.currency, code)
        for part in (row for row in adjustments if row.included):
            label = language.included.format(label=_label(part, language, code))
            yield label, _amount(part.amount, order.currency, code)


def _label(adjustment: Adjustment, language: Language, code: str) -> str:
    label = language.adjustments[AdjustmentKind(adjustment.kind)]
    if adjustment.rate is None:
        return label
    return f"{label} {format_decimal(adjustment.rate, locale=code)}\N{NO-BREAK SPACE}%"


def _row(goods: Goods, currency: str, code: str) -> Row:
    cost = "" if goods.amount is None else _amount(goods.amount, currency, code)
    return f"{goods.quantity} × {one_line(goods.name)}", cost  # noqa: RUF001 - the sign of times


def _amount(amount: int, currency: str, code: str) -> str:
    """Format minor units as the language does: ``£12.50``, ``12,50 €``."""
    if currency not in DECIMALS:
        return money(amount, currency)
    return str(format_currency(Decimal(amount).scaleb(-DECIMALS[currency]), currency, locale=code))


def _as_list(rows: Iterable[Row]) -> str:
    return "\n".join(f"  {what}  {cost}".rstrip() for what, cost in rows)


def _as_table(rows: Iterable[Row]) -> SafeString:
    listed = list(rows)
    if not listed:
        return SafeString("")
    cells = format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", listed)
    return format_html("<table>{}</table>", cells)


def _paragraphs(body: str) -> Iterator[SafeString]:
    """Yield the paragraphs of an escaped text; a table is one of its own."""
    for part in body.strip().split("\n\n"):
        if part.strip():
            yield mark_safe(part.strip())  # noqa: S308 - the engine has escaped it  # nosec B308 B703
