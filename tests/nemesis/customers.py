"""Customers of a fault run: each repeats every request by its key until it is answered.

What they were promised stands in their journals, which the system cannot touch.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from tests.nemesis.goods import NONE, PLENTY, SCARCE
from tests.ports import HOST

CARDS = {
    "pm_card_visa": 40,
    "pm_card_chargeDeclined": 10,
    "pm_sandbox_silent_once": 10,
    "pm_sandbox_lost_once": 10,
    "pm_sandbox_error_stored": 4,
    "pm_sandbox_limited_once": 4,
    "pm_sandbox_slow": 4,
    "pm_sandbox_refund_silent_once": 8,
    "pm_sandbox_refund_lost_once": 4,
    "pm_sandbox_capture_silent_once": 4,
    "pm_sandbox_void_silent_once": 4,
}
"""Payment methods, most of which make the gateway misbehave, and how often each is used."""

GOODS = {PLENTY: 85, SCARCE: 10, NONE: 5}
AGAIN = frozenset({409, 429, 503})
"""Answers after which the same request is sent again: in progress, too many, unavailable."""

PAUSE = 0.1
PATIENCE = 10.0
LONGEST = 120.0
IN_PROGRESS = "in-progress"


@dataclass(frozen=True)
class Promise:
    """What was answered with 2xx: a verb, its order, and the answer."""

    verb: str
    order_id: UUID
    key: str
    answer: dict[str, Any]


@dataclass
class Journal:
    """What customers did: ``unanswered`` are requests that were given up, which must be none."""

    promises: list[Promise] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def of(self, verb: str) -> list[Promise]:
        return [each for each in self.promises if each.verb == verb]


class Shopper(threading.Thread):
    """Orders, cancels, packs, dispatches, returns, receives and refunds until told to leave."""

    def __init__(
        self, token: str, port: int, flows: Sequence[str], journal: Journal, random: Random
    ) -> None:
        super().__init__(daemon=True)
        self.token, self.port, self.flows = token, port, flows
        self.journal, self.random = journal, random
        self.leaving = threading.Event()
        self.waiting: list[UUID] = []

    def run(self) -> None:
        while not self.leaving.is_set():
            if placed := self.place():
                if self.random.random() < 0.15:
                    self.act("cancel", placed.order_id, f"/api/v1/orders/{placed.order_id}/cancel")
                else:
                    self.waiting.append(placed.order_id)
            if len(self.waiting) > 10:
                self.look_after(self.waiting.pop(0))
            self.leaving.wait(self.random.uniform(0, 0.2))

    def place(self) -> Promise | None:
        sku = _drawn(self.random, GOODS)
        order: dict[str, Any] = {
            "lines": [{"sku": sku, "quantity": self.random.randint(1, 2)}],
            "payment_method": _drawn(self.random, CARDS),
            "flow": self.random.choice(self.flows),
        }
        return self.act("place", None, "/api/v1/orders", **order)

    def look_after(self, order_id: UUID) -> None:
        """Do something with an order of a while ago; its state may refuse it."""
        at = f"/api/v1/orders/{order_id}"
        match self.random.choice(("nothing", "cancel", "refund", "ship", "ship")):
            case "cancel":
                self.act("cancel", order_id, f"{at}/cancel")
            case "refund":
                self.act("refund", order_id, f"{at}/refunds", amount=100, reason="a scratch")
            case "ship":
                self.ship(order_id, at)

    def ship(self, order_id: UUID, at: str) -> None:
        if packed := self.act("pack", order_id, f"{at}/shipments"):
            shipment = packed.answer["shipment_id"]
            self.act("dispatch", order_id, f"/api/v1/shipments/{shipment}/dispatch")
            if self.random.random() < 0.5:
                self.give_back(order_id, at)

    def give_back(self, order_id: UUID, at: str) -> None:
        """Return a unit, and receive it as the warehouse does; it may still be on its way out."""
        line = {"number": 1, "quantity": 1}
        if back := self.act("return", order_id, f"{at}/returns", lines=[line], reason="broken"):
            returned = back.answer["return_id"]
            came = [{"number": 1, "restocked": 1}]
            self.act("receive", order_id, f"/api/v1/returns/{returned}/receive", lines=came)

    def act(self, verb: str, order_id: UUID | None, path: str, **body: Any) -> Promise | None:
        """Send one request until it is answered; return what was promised, if anything was."""
        key = str(UUID(int=self.random.getrandbits(128)))
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            status, answer = self.post(path, body, key)
            if status is None or (status in AGAIN and _is_passing(status, answer)):
                time.sleep(PAUSE)
                continue
            if 200 <= status < 300:
                promise = Promise(verb, order_id or UUID(answer["id"]), key, answer)
                self.journal.promises.append(promise)
                return promise
            if status >= 500 or verb == "place":
                self.journal.wrong.append(f"{verb} was answered {status}: {answer}")
            return None
        self.journal.unanswered.append(f"{verb} {order_id or ''} {key}")
        return None

    def post(self, path: str, body: dict[str, Any], key: str) -> tuple[int | None, dict[str, Any]]:
        """Send a request once; without a status nobody knows what became of it."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            with closing(http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)) as asked:
                asked.request("POST", path, json.dumps(body), headers)
                answer = asked.getresponse()
                text = answer.read()
        except (OSError, http.client.HTTPException):
            self.journal.answers["none"] += 1
            return None, {}
        self.journal.answers[str(answer.status)] += 1
        if answer.status == 503 and not answer.headers["Retry-After"]:
            self.journal.wrong.append(f"{path} was answered 503 without Retry-After")
        return answer.status, _content(text)


def _is_passing(status: int, answer: dict[str, Any]) -> bool:
    """Tell a request that may be sent again from one that the order's state refuses."""
    return status != 409 or IN_PROGRESS in str(answer.get("type"))


def _content(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text[:300].decode(errors="replace")}
    return found if isinstance(found, dict) else {"text": found}


def _drawn(random: Random, weights: dict[str, int]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
