"""What bin/demo accepts, and how it holds its state folder."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.demo.stack import local_folder
from config.demo.stack.demo import port_for
from config.demo.stack.local_folder import InUse, kept_secret, readable_by_shells, state_folder
from config.demo.stack.options import read_options
from config.demo.stack.programs import Program
from config.demo.stack.supervisor import Supervisor
from config.environment.paths import ROOT
from payments.gateways.sandbox.book import Book


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--orders", "no/such/file.csv"], "no/such/file.csv does not exist"),
        (["--json", "no/such/folder/summary.json"], "the folder no/such/folder does not exist"),
        (["--layout", "northwind"], "--layout says how to replay: it needs --orders PATH"),
        (["--port", "http"], "--port"),
        (["--port", "70000"], "--port"),
        (["--twice"], "--twice"),
        (["order.csv"], "order.csv"),
    ],
)
def test_what_it_cannot_do_is_answered_with_one_line_and_status_2(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(words)
    printed = capsys.readouterr().err
    assert ended.value.code == 2
    assert printed.startswith("bin/demo: ")
    assert complaint in printed
    assert printed.count("\n") == 1


def test_options_of_the_replay_are_passed_on(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.touch()
    options = read_options(["--orders", str(orders), "--opening-stock", "0.5", "--limit", "10"])
    assert options.replay == ["--opening-stock=0.5", "--limit=10"]
    assert not options.once


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(local_folder, "STATE", tmp_path / ".local")
    return tmp_path / ".local"


@pytest.mark.usefixtures("folder")
def test_one_folder_runs_one_stack() -> None:
    with state_folder(), pytest.raises(InUse, match="Another stack"), state_folder():
        pytest.fail("the second one was let in")
    with state_folder():
        assert True


@pytest.mark.usefixtures("folder")
def test_logs_and_the_sandbox_book_are_ours_alone(folder: Path) -> None:
    with state_folder():
        supervisor = Supervisor(logs=folder / "logs")
        supervisor.run(Program(name="says", command=("true",), folder=folder))
        supervisor.start([Program(name="lasts", command=("sleep", "30"), folder=folder)])
        supervisor.stop()
        Book(folder / "book.sqlite3")
    others = stat.S_IRWXG | stat.S_IRWXO
    files = [*(folder / "logs").iterdir(), *folder.glob("book.sqlite3*"), folder / "logs"]
    assert len(files) > 3
    assert [each.name for each in files if each.stat().st_mode & others] == []


def test_a_generated_secret_stays_and_is_ours_alone(folder: Path) -> None:
    with state_folder():
        secret = kept_secret("secret-key")
        assert len(secret) >= 50
        assert kept_secret("secret-key") == secret
        assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600


def test_a_reset_forgets_everything_but_the_installed_environments(folder: Path) -> None:
    with state_folder():
        secret = kept_secret("secret-key")
        (folder / "venv-requirements").mkdir()
        (folder / "servers").mkdir()
    with state_folder(reset=True):
        assert kept_secret("secret-key") != secret
        assert (folder / "venv-requirements").exists()
        assert not (folder / "servers").exists()


@pytest.mark.usefixtures("folder")
def test_a_shell_reads_what_commands_need_while_the_stack_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "demo.env"
    monkeypatch.setattr(local_folder, "SHELL_FILE", file)
    with state_folder(), readable_by_shells({"SECRET_KEY": "it's $HOME; `id`"}):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        words = ["sh", "-c", '. "$1"; printenv SECRET_KEY', "sh", str(file)]
        shown = subprocess.run(words, capture_output=True, text=True, check=True)
    assert shown.stdout == "it's $HOME; `id`\n"
    assert not file.exists()


def test_a_port_that_is_taken_is_told_with_the_one_taken_instead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        port = port_for(number)
    assert port != number
    assert capsys.readouterr().err == f"Port {number} is taken: serving on {port} instead\n"


def test_the_projects_python_is_made_in_a_path_with_spaces(tmp_path: Path) -> None:
    root = tmp_path / "my own shop"
    (root / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "python", root / "bin")
    (root / "requirements.txt").write_text("# none\n")
    said = subprocess.run(
        [str(root / "bin" / "python"), "-c", "import sys; print(sys.prefix)"],
        env={**os.environ, "LOCK": "requirements.txt", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout == f"{root}/.local/venv-requirements\n", said.stderr
