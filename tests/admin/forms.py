"""The page of an act, opened and sent as a browser does it."""

import re
from collections.abc import Mapping
from typing import Any

from django.test import Client

_SUBMISSION = re.compile(r'name="submission" value="([0-9a-f-]{36})"')

Page = Any
"""An answer of Django's test client."""


def send(client: Client, address: str, fields: Mapping[str, Any], *, follow: bool = False) -> Page:
    """Open the page of an act, fill in its form, and send it."""
    return client.post(address, filled(client.get(address), fields), follow=follow)


def filled(page: Page, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a browser sends of a page when these fields are filled in."""
    (submission,) = _SUBMISSION.findall(page.content.decode())
    return {**fields, "submission": submission}
