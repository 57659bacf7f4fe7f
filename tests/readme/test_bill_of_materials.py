"""The bill of materials names what production installs, all of it and nothing else."""

import json
import re
import subprocess

from config.environment.paths import ROOT


def test_the_bill_of_materials_is_the_lock_file() -> None:
    written = subprocess.run([ROOT / "bin" / "sbom"], capture_output=True, text=True, check=True)
    bill = json.loads(written.stdout)
    locked = re.findall(
        r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert bill["bomFormat"] == "CycloneDX"
    assert {(each["name"], each["version"]) for each in bill["components"]} == set(locked)
    assert all(each["purl"].startswith("pkg:pypi/") for each in bill["components"])
