from django.apps import AppConfig


class ReadmodelsConfig(AppConfig):
    name = "readmodels"

    def ready(self) -> None:
        """Register what is published here in the map of messages."""
        import readmodels.lag  # noqa: F401, PLC0415 - needs the app registry
