"""The cookies of a session, as a browser gets them in production."""

import os
import subprocess
import sys

from django.conf import settings

SIGN_IN = """
import django
django.setup()
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.middleware.csrf import get_token
from django.contrib.sessions.middleware import SessionMiddleware
from django.middleware.csrf import CsrfViewMiddleware
settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

def view(request):
    request.session["began"] = 1
    get_token(request)
    return HttpResponse()

request = RequestFactory().get("/", secure=True)
answer = SessionMiddleware(CsrfViewMiddleware(view))(request)
for cookie in answer.cookies.values():
    print(cookie.OutputString())
"""


def cookies(**variables: str) -> list[str]:
    answer = subprocess.run(
        [sys.executable, "-c", SIGN_IN],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.splitlines()


def test_cookies_belong_to_this_host_and_travel_over_tls_only() -> None:
    told = cookies(HTTPS="1", ALLOWED_HOSTS="shop.example")
    assert sorted(each.partition("=")[0] for each in told) == [
        "__Host-csrftoken",
        "__Host-sessionid",
    ]
    for each in told:
        assert "Secure" in each
        assert "Path=/" in each
        assert "SameSite=Lax" in each
        assert "Domain" not in each
    assert any("HttpOnly" in each for each in told if "sessionid" in each)


def test_on_one_machine_without_tls_they_have_plain_names() -> None:
    told = cookies(HTTPS="0", ALLOWED_HOSTS="localhost")
    assert sorted(each.partition("=")[0] for each in told) == ["csrftoken", "sessionid"]
