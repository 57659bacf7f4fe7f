"""The examples of docs/testkit.md run as they stand, in a folder that knows the kit and no test."""

import re
from pathlib import Path

from tests.copies import ROOT, own_database, python

PAGE = ROOT / "docs" / "testkit.md"

INI = f"""[pytest]
DJANGO_SETTINGS_MODULE = config.settings
django_find_project = false
pythonpath = {ROOT}
addopts = -p no:schemathesis -p no:cacheprovider -p no:randomly
"""
NO_TEST_IS_KNOWN = """
def test_nothing_of_the_tests_is_imported():
    import sys
    assert [name for name in sys.modules if name.partition(".")[0] == "tests"] == []
"""


def test_the_kit_serves_tests_of_others(tmp_path: Path) -> None:
    text = PAGE.read_text()
    conftest, *examples = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_own.py").write_text("\n\n".join([*examples, NO_TEST_IS_KNOWN]))
    said = python(tmp_path, "pytest", "-q", DATABASE_URL=own_database("elsewhere"))
    assert re.search(rf"\b{text.count('def test_') + 1} passed", said), said
