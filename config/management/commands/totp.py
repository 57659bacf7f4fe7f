"""``manage.py totp``: give a member of the staff a second factor, or take it away."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.access.second_factors import enrol, remove
from outbox.acts import ReasonMissing, shell_operator


class Command(BaseCommand):
    help = "Print what an authenticator reads, once; or let somebody sign in without one again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, told in (
            ("enrol", "replace the device of a user, and print the new one's address"),
            ("remove", "have a user sign in without a code"),
        ):
            verb = verbs.add_parser(name, help=told)
            verb.add_argument("user", metavar="USER", help="a user name")
            verb.add_argument("--reason", required=True, help="why; it stays in the records")

    def handle(self, *_: Any, verb: str, user: str, reason: str, **__: Any) -> None:
        """Do what the verb says.

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
