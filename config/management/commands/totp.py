"""Enrol or remove the second factor of a user: ``manage.py totp``."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.access.second_factors import enrol, remove
from outbox.acts import ReasonMissing, shell_operator


class Command(BaseCommand):
    help = "Enrol a user's authenticator and print its address, once; or remove it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, text in (
            ("enrol", "replace the device of a user, and print the new one's address"),
            ("remove", "let a user sign in without a code again"),
        ):
            verb = verbs.add_parser(name, help=text)
            verb.add_argument("user", metavar="USER", help="a user name")
            verb.add_argument("--reason", required=True, help="why; it is recorded")

    def handle(self, *_: Any, verb: str, user: str, reason: str, **__: Any) -> None:
        """Carry out the verb.

        :raises CommandError: with status 2; nothing was changed.
        """
        found = User.objects.filter(username=user).first()
        if found is None:
            raise CommandError(f"there is no user {user}: add one in the admin", returncode=2)
        asked = {"reason": reason, "actor": shell_operator()}
        try:
            if verb == "enrol":
                self.stdout.write(enrol(found, **asked))
            elif not remove(found, **asked):
                raise CommandError(f"{user} has no second factor", returncode=2)
        except ReasonMissing as error:
            raise CommandError(str(error), returncode=2) from error
