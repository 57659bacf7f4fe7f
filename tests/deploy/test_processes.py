"""The units and the containers of docs/deploy start what the README says, with good settings."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.environment.paths import ROOT

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSE = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())
CONTAINERFILE = (DEPLOY / "container" / "Containerfile").read_text()
OURS = ("migrate", "web", "worker", "beat")
README = (ROOT / "README.md").read_text()


def words_of_the_readme(program: str) -> list[str]:
    """Return how the README starts ``gunicorn``, or ``celery`` with a word such as ``worker``."""
    wanted = program.split()
    line = next(
        line
        for line in README.splitlines()
        if line.startswith(f"bin/python -m {wanted[0]}") and wanted[-1] in line.split()
    )
    return line.split()[2:]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_finds_the_units_right(tmp_path: Path) -> None:
    for unit in UNITS:
        # The programs are where a deployment puts them, which is not here.
        text = re.sub(
            r"/srv/orders/\.venv/bin/\w+", shutil.which("true") or "/bin/true", unit.read_text()
        )
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text)
    words = [
        "systemd-analyze",
        "verify",
        "--man=no",
        *sorted(str(each) for each in tmp_path.iterdir()),
    ]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    ours = [line for line in found.stderr.splitlines() if "orders-" in line]
    assert (found.returncode, ours) == (0, [])


@pytest.mark.parametrize("program", ["gunicorn", "celery worker", "celery beat"])
def test_units_and_containers_start_the_processes_as_the_readme_does(program: str) -> None:
    wanted = [word for word in words_of_the_readme(program) if not word.endswith(":8000")]
    starts = [
        line.partition("=")[2].split()
        for unit in UNITS
        for line in unit.read_text().splitlines()
        if line.startswith("ExecStart=")
    ]
    starts += [
        each["command"]
        for name, each in COMPOSE["services"].items()
        if name in OURS and "command" in each
    ]
    starts.append(yaml.safe_load(CONTAINERFILE.split("\nCMD ")[1]))
    fitting = [
        start
        for start in starts
        if set(wanted[1:]) <= set(start) and start[0].endswith(wanted[0].split(".")[-1])
    ]
    assert len(fitting) == 2


@pytest.mark.parametrize("service", OURS)
def test_a_container_of_ours_may_write_nothing_and_do_nothing_special(service: str) -> None:
    settings: dict[str, Any] = COMPOSE["services"][service]
    assert settings["read_only"]
    assert settings["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in settings["security_opt"]
    assert "privileged" not in settings


def test_only_the_web_port_is_open_and_only_to_this_machine() -> None:
    ports = {name: each["ports"] for name, each in COMPOSE["services"].items() if "ports" in each}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}


def test_the_image_has_all_apps_and_no_root() -> None:
    copied = set(re.findall(r"^COPY (\w+) \./", CONTAINERFILE, re.MULTILINE))
    apps = {each.parent.name for each in ROOT.glob("*/apps.py")}
    assert copied == apps
    assert re.findall(r"^USER (.*)$", CONTAINERFILE, re.MULTILINE) == ["10001:10001"]


def test_the_example_settings_pass_the_deployment_check() -> None:
    example = (DEPLOY / "container" / "shop.env.example").read_text()
    lines = [line.partition("=")[::2] for line in example.splitlines() if line]
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LOCK") if name in os.environ}
    words = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    found = subprocess.run(
        words, cwd=ROOT, env={**clean, **dict(lines)}, capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")
