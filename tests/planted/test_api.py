"""The API with bugs put in: its tests have to show each of them."""

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from config.http import idempotency
from tests.api import test_idempotency


def test_a_key_that_does_not_belong_to_its_user_is_caught(
    ada: APIClient, bob: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    anybody = User.objects.earliest("pk").pk
    monkeypatch.setattr(idempotency, "_user_id", lambda *_: anybody)
    with pytest.raises(AssertionError):
        test_idempotency.test_a_key_belongs_to_its_user(ada, bob)
