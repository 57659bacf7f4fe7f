"""Ring bells, deliver until nothing is owed, and print how the sagas and their steps ended."""

import sys
from uuid import UUID

import django

django.setup()

from bells.events import BellRang  # noqa: E402 - needs Django's apps
from django.db import transaction  # noqa: E402 - likewise

from orders.sagas.models import SagaInstance  # noqa: E402 - likewise
from outbox.delivery.relay import drain, owed_names  # noqa: E402 - likewise
from outbox.publishing import publish  # noqa: E402 - likewise

for number in map(int, sys.argv[1:]):
    with transaction.atomic():
        publish(BellRang(number=number), conversation=UUID(int=number))
while names := owed_names():
    drain(names, seconds=5)
for saga in SagaInstance.objects.order_by("correlation_id").prefetch_related("steps"):
    steps = ", ".join(f"{step.name} {step.status}" for step in saga.steps.order_by("id"))
    sys.stdout.write(f"{saga.definition} {saga.status}: {steps}\n")
