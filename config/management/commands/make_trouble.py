"""``manage.py make_trouble``: orders in the demo's shop that an operator has to look after."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from config.demo.replay.reporting import errors_in_one_line
from config.demo.trouble import make_trouble
from orders.models import Customer


class Command(BaseCommand):
    """Make trouble, once; workers have to run."""

    help = "Leave an unknown charge, a suspended saga and a proposal in the shop of load_catalogue."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make trouble, and say which orders are in it."""
        by = User.objects.filter(is_superuser=True).order_by("pk").first()
        if by is None:
            raise CommandError("no superuser is there: manage.py createsuperuser", returncode=2)
        if not Customer.objects.filter(reference__startswith="demo:").exists():
            raise CommandError("the shop is empty: manage.py load_catalogue", returncode=2)
        with errors_in_one_line():
            made = make_trouble(by)
        for what, order in made.items():
            self.stdout.write(f"{order}  {order.reference}  {what}")
