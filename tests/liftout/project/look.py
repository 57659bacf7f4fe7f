"""Look at the admin's pages of messaging, and print the status of each."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - needs Django's apps
from django.test import Client  # noqa: E402 - likewise

client = Client()
client.force_login(User.objects.create_superuser("ada"))
for page in ("message", "lane", "deadletter"):
    sys.stdout.write(f"{client.get(f'/admin/outbox/{page}/').status_code}\n")
