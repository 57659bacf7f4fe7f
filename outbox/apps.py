from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = "Messaging"

    def ready(self) -> None:
        """Import every app's wiring, so that a new subscriber needs no edit elsewhere."""
        autodiscover_modules(
            "events", "commands", "handlers", "choreography", "projections", "subscribers"
        )
