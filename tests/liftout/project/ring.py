"""Ring a bell, in a transaction."""

import os
import sys
from uuid import uuid4

import django
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from bells.events import BellRang  # noqa: E402 - needs Django's apps

from outbox.publishing import publish  # noqa: E402 - likewise

with transaction.atomic():
    publish(BellRang(number=int(sys.argv[1])), conversation=uuid4())
