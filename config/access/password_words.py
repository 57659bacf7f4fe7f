"""Keep the words that an attacker of this very shop would try first out of its passwords."""

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError


class NoWordOfTheShop:
    """Refuse passwords that contain a word of ``PASSWORD_WORDS`` (ASVS 5.0, 6.2.11).

    Capitals make no difference.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = [word.casefold() for word in words]

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:  # noqa: ARG002 - Django's signature
        """Raise ValidationError if it contains one."""
        if any(word in password.casefold() for word in self.words):
            raise ValidationError(self.get_help_text(), code="password_word")

    def get_help_text(self) -> str:
        return "Your password must not contain a word that is easily guessed of this shop."
