"""Whether this process is alive, and whether it can serve: for orchestrators and load balancers.

A broker that is away makes nothing unready: the database is the queue, orders are taken and wait.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outbox.doorbell.backlog import Backlog
from outbox.doorbell.heartbeats import workers
from outbox.operations.status import oldest_owed_seconds

SECONDS_TO_ANSWER = 0.2
"""What a request waits for the broker at most; orchestrators give a probe a second in all."""

SECONDS_TO_ANSWER_FIRST = 0.8
"""The same of a process that has not asked before: it has to load its client and to connect."""

BETWEEN_LOOKS = 1.0


class Doorbell:
    """Whether the broker answers, asked in a thread of its own that may hang with it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="doorbell")
        self._backlog = Backlog()
        self._asking = Lock()
        self._look: Future[None] | None = None
        self._next_look = 0.0
        self._looks = 0

    def told(self) -> str:
        """Return what is known by a look that is a second old at most: ``answers`` or ``away``.

        A process that has not looked before calls nobody ``away`` for its first second, in which
        much else keeps it busy: the broker is ``unknown`` to it.
        """
        with self._asking:
            if self._look is None or (self._look.done() and time.monotonic() > self._next_look):
                self._look = self._thread.submit(self._backlog.look)
                self._next_look = time.monotonic() + BETWEEN_LOOKS
                self._looks += 1
            look, looks, fresh_until = self._look, self._looks, self._next_look
        try:
            look.result(timeout=SECONDS_TO_ANSWER if looks > 1 else SECONDS_TO_ANSWER_FIRST)
        except Exception:  # noqa: BLE001 - whatever ails the broker, the answer is no
            return "unknown" if looks == 1 and time.monotonic() < fresh_until else "away"
        return "answers"


doorbell = Doorbell()


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view is given one
    """Say that this process answers; it asks nobody."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - likewise
    """Say whether requests can be served (200), and how things go, or not (503).

    They cannot where the database is away, or takes no writes: as a replica, or by its settings.
    """
    try:
        if not _takes_writes():
            return JsonResponse({"status": "unready", "database": "read-only"}, status=503)
        oldest, there = oldest_owed_seconds(), len(workers())
    except Error:
        return JsonResponse({"status": "unready", "database": "away"}, status=503)
    broker = doorbell.told()
    return JsonResponse(
        {
            "status": "ready" if broker != "away" and there else "degraded",
            "database": "answers",
            "broker": broker,
            "workers": there,
            "oldest_owed_seconds": round(oldest, 3),
        }
    )


def _takes_writes() -> bool:
    with connection.cursor() as cursor:
        # A server in recovery has all its transactions read-only.
        cursor.execute("SELECT current_setting('transaction_read_only') = 'off'")
        return bool(cursor.fetchone()[0])
