"""docs/api.md is run as it stands, against the demo's shop, and answers what it says."""

import os
import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from orders.models import Product

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
STEPS = re.findall(r"```sh\n(.*?)```\n```\n(.*?)```", PAGE, re.DOTALL)
NEXT = "---- next ----"


def as_pattern(shown: str) -> re.Pattern[str]:
    """Return what an answer has to look like; ``…`` is any text within a line."""
    return re.compile(re.escape(shown.strip()).replace("…", ".*"))


def open_demo() -> str:
    """Put the demo's goods on an empty shelf, and nothing else; return the token that it prints."""
    Product.objects.update(for_sale=False)
    printed = StringIO()
    call_command("load_catalogue", stdout=printed)
    return printed.getvalue().split()[-1]


@pytest.mark.usefixtures("shop")
def test_every_step_answers_what_the_page_shows(served: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt install curl")
    token = open_demo()
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
