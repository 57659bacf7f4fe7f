"""URLs of messaging."""

from django.urls import path

from outbox.api import DiscardDeadLetters, ListDeadLetters, RedriveDeadLetters, ShowStatus

urlpatterns = [
    path("operations/status", ShowStatus.as_view(), name="status"),
    path("operations/dead-letters", ListDeadLetters.as_view(), name="dead-letters"),
    path(
        "operations/dead-letters/redrive",
        RedriveDeadLetters.as_view(),
        name="redrive-dead-letters",
    ),
    path(
        "operations/dead-letters/discard",
        DiscardDeadLetters.as_view(),
        name="discard-dead-letters",
    ),
]
