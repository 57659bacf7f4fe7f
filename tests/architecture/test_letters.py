"""Letters to customers are whole in every language."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from orders.languages import LANGUAGES
from orders.letters.writing import FOLDER
from orders.models import AdjustmentKind, ConfirmationPurpose, ReasonCode

TEMPLATES: Path = settings.BASE_DIR / "orders" / "templates" / FOLDER


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_language_has_every_letter_reason_and_label(language: str) -> None:
    letters = sorted((TEMPLATES / language).iterdir())
    assert {path.name for path in letters} == {path.name for path in (TEMPLATES / "en").iterdir()}
    assert LANGUAGES[language].reasons.keys() == set(ReasonCode)
    assert LANGUAGES[language].adjustments.keys() == set(AdjustmentKind)


def test_mails_of_accounts_are_whole_in_every_language() -> None:
    folder = settings.BASE_DIR / "config" / "templates" / "mail"
    assert {path.name for path in folder.iterdir()} == LANGUAGES.keys()
    for language in LANGUAGES:
        assert {path.stem for path in (folder / language).iterdir()} == set(
            ConfirmationPurpose.values
        )
    for path in folder.glob("*/*.txt"):
        says = re.findall(r"{{ (\w+) }}", path.read_text())
        assert says == ([] if path.stem == "no_account" else ["link"]), path


def test_a_folder_of_letters_is_that_of_a_language() -> None:
    assert {path.name for path in TEMPLATES.iterdir() if path.is_dir()} == LANGUAGES.keys()


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*/*.txt")), ids=lambda path: path.stem)
def test_a_letter_has_a_subject_and_no_markup(path: Path) -> None:
    subject, empty, _ = path.read_text().split("\n", maxsplit=2)
    assert "{{ number }}" in subject
    assert empty == ""
    assert not re.search("[<>&]", re.sub(r"{[{%].*?[%}]}", "", path.read_text()))
