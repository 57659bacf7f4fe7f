"""How django-domain-events publishes."""

from django_domain_events import fire

from tests.benchmarks.messaging.domain.events import Counted


def counted(number: int) -> None:
    fire(Counted(number))
