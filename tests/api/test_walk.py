"""docs/api.md is run as it stands, against a web server and a worker, and answers what it says."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from config.tokens import issue_token
from tests.shop import Shop

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
STEPS = re.findall(r"```sh\n(.*?)```\n```\n(.*?)```", PAGE, re.DOTALL)
NEXT = "---- next ----"


def as_pattern(shown: str) -> re.Pattern[str]:
    """Return what an answer has to look like; ``…`` is any text within a line."""
    return re.compile(re.escape(shown.strip()).replace("…", ".*"))


def test_every_step_answers_what_the_page_shows(shop: Shop, served: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt install curl")
    shop.receive("KETTLE", 20)
    shop.customer.user = User.objects.create_user("ada")
    shop.customer.save()
    token = issue_token(shop.customer.user, name="walk", reason="a test", actor="tests")
    ended = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=f"echo '{NEXT}'\n".join(step for step, _ in STEPS),
        cwd=tmp_path,
        env={**os.environ, "API": served, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    answers = ended.stdout.split(f"{NEXT}\n")
    assert len(answers) == len(STEPS) >= 8
    wrong = [
        f"{step}\nanswered\n{answer}"
        for (step, shown), answer in zip(STEPS, answers, strict=True)
        if not as_pattern(shown).fullmatch(answer.strip())
    ]
    assert not wrong, "\n\n".join(wrong)
