"""docs/tour.md lists every folder with its docstring."""

from tests.readme.folders import PAGE, WRITE, folders, listed, purpose, section


def test_the_tour_lists_every_folder_with_its_docstring() -> None:
    assert section(PAGE.read_text()) == listed(), f"run {WRITE}"


def test_a_folder_says_its_purpose_in_one_short_sentence() -> None:
    purposes = {str(folder): purpose(folder) for folder in folders()}
    assert {name: text for name, text in purposes.items() if not text.endswith(".")} == {}
    assert {name: text for name, text in purposes.items() if len(text) > 110} == {}
