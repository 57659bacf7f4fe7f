"""``manage.py tokens``: issue API tokens, list and revoke them."""

from argparse import Namespace
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.access.tokens import TokenNotIssued, issue_token, revoke_token
from config.models import ApiToken
from outbox.acts import ReasonMissing, shell_operator
from outbox.management.options import positive


class Command(BaseCommand):
    help = "Issue an API token and print it, once; list tokens; revoke one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        issue = verbs.add_parser("issue", help="print a new token of a user; it is not stored")
        issue.add_argument("user", metavar="USER", help="a user name")
        issue.add_argument("--name", required=True, help="what it is for")
        issue.add_argument("--days", type=positive, help="how long it is valid (API_TOKEN_DAYS)")
        listed = verbs.add_parser("list", help="list tokens, with their users and when they expire")
        listed.add_argument("user", metavar="USER", nargs="?", help="of this user only")
        revoke = verbs.add_parser("revoke", help="refuse a token from now on")
        revoke.add_argument("token", metavar="NUMBER", type=positive, help="as list shows it")
        for acting in (issue, revoke):
            acting.add_argument("--reason", required=True, help="why; it is recorded")

    def handle(self, *_: Any, verb: str, **options: Any) -> None:
        """Carry out the verb.

        :raises CommandError: with status 2; nothing was changed.
        """
        asked = Namespace(**options)
        try:
            lines = {"issue": self._issue, "list": self._list, "revoke": self._revoke}[verb](asked)
        except (TokenNotIssued, ReasonMissing) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write("\n".join(lines))

    def _issue(self, asked: Namespace) -> list[str]:
        user = _user(asked.user)
        named = {"name": asked.name, "days": asked.days}
        return [issue_token(user, **named, reason=asked.reason, actor=shell_operator())]

    def _list(self, asked: Namespace) -> list[str]:
        tokens = ApiToken.objects.select_related("user").order_by("pk")
        if asked.user:
            tokens = tokens.filter(user=_user(asked.user))
        return [f"{token.pk:>6}  {token}  {token.standing}" for token in tokens]

    def _revoke(self, asked: Namespace) -> list[str]:
        token = revoke_token(asked.token, reason=asked.reason, actor=shell_operator())
        return [f"{token}  {token.standing}"]


def _user(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise TokenNotIssued(f"there is no user {name}: add one in the admin")
    return user
