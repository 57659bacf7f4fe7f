"""``bin/faults``, short: every kind of fault at least once; and its witnesses, when they differ."""

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

from config.environment.paths import ROOT
from payments.gateways.sandbox.book import Book
from tests.nemesis.customers import Journal, Promise
from tests.nemesis.nemesis import FAULTS
from tests.nemesis.run import open_shop
from tests.nemesis.site import built, environment
from tests.nemesis.witnesses import compare

MOST = 200
SEED = "1"


def faults(*words: str, into: Path) -> tuple[int, dict[str, Any]]:
    """Run it; return its status and its report."""
    target = into / "report.json"
    done = subprocess.run(
        [ROOT / "bin" / "faults", "--seed", SEED, "--json", target, *words],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=900,
    )
    assert target.exists(), done.stderr[-3000:]
    return done.returncode, json.loads(target.read_text())


def test_overlapping_faults_of_every_kind_lose_and_double_nothing(tmp_path: Path) -> None:
    """Some two hundred of them; fewer where a minute is too short for so many."""
    words = (f"--faults={MOST}", "--minutes=0.8", "--per-second=4")
    status, report = faults(*words, into=tmp_path)
    assert report["wrong"] == []
    assert status == 0
    assert report["faults"].keys() == FAULTS.keys() - {*report["impossible"]}
    assert report["most_at_once"] > 1
    assert report["compared"]["orders"] > 0


def test_witnesses_that_disagree_with_the_database_are_named() -> None:
    order, other = UUID(int=1), UUID(int=2)
    journal = Journal(promises=[Promise("place", order, "a key", {})], wrong=["answered 500"])
    with built() as site:
        open_shop(site)
        book = Book(site.book)
        for number in range(2):
            book.enter(
                key=f"{other}:charge:{number}",
                kind="charge",
                order_id=str(other),
                amount=1250,
                currency="GBP",
                charge=f"{other}:charge:{number}",
                decline_code="",
                asked=1250,
                payment_method="pm_card_visa",
                token="",
                saved_for="",
                rest_stays=0,
            )
        found = compare(site, journal).wrong
    assert found == [
        "answered 500",
        f"order {order} was promised and is gone",
        f"order {other} was charged 2 times",
        f"order {other} is unknown and the gateway keeps 2500",
    ]


def test_a_wrong_option_is_refused_before_anything_starts() -> None:
    done = subprocess.run(
        [ROOT / "bin" / "faults", "--flows", "by_pigeon"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no such flow: by_pigeon" in done.stderr
